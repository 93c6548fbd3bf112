/**
 * Who may make the record of a key in another system: one worker at a time, of all (ADR 0015). Times are those of the
 * database, whose one clock all workers share. A claim is for a call to the outside, so it is never taken inside a
 * transaction: it must be there whatever becomes of the caller.
 */
import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../sql.ts';

/** Claims on keys of connections. */
export class Claims {
  constructor(private readonly db: EntityManager) {}

  /**
   * Takes the key for `forMs` milliseconds, if nobody holds it or the holder's time is over; else says in how many
   * milliseconds it is (0 where it was given back in this moment).
   */
  async take(wanted: {
    connectionId: string;
    key: string;
    forMs: number;
  }): Promise<{ token: string } | { freeInMs: number }> {
    const { connectionId, key, forMs } = wanted;
    const won = await firstRow<{ token: string }>(
      this.db,
      `INSERT INTO create_claim AS held (connection_id, key, expires_at)
       VALUES ($1, $2, statement_timestamp() + $3 * interval '1 millisecond')
       ON CONFLICT (connection_id, key) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at
       WHERE held.expires_at <= statement_timestamp()
       RETURNING token`,
      [connectionId, key, forMs],
    );
    if (won) return won;
    const held = await firstRow<{ freeInMs: number }>(
      this.db,
      `SELECT greatest(0, ceil(extract(epoch FROM expires_at - statement_timestamp()) * 1000))::bigint AS "freeInMs"
       FROM create_claim WHERE connection_id = $1 AND key = $2`,
      [connectionId, key],
    );
    return held ?? { freeInMs: 0 };
  }

  /** Gives the claim back, if it is still the one that was taken with this token. */
  async release(token: string): Promise<void> {
    await rows(this.db, 'DELETE FROM create_claim WHERE token = $1', [token]);
  }

  /** Removes claims that are over, at most `limit` of them; returns how many. */
  async sweep(limit: number): Promise<number> {
    const removed = await rows(
      this.db,
      `DELETE FROM create_claim WHERE token = ANY (ARRAY(
         SELECT token FROM create_claim WHERE expires_at <= statement_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED))
       RETURNING 1`,
      [limit],
    );
    return removed.length;
  }
}
