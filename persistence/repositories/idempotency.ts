/**
 * Answers of API commands by the caller's idempotency key, so that a repeated request gets the first one's answer. The
 * first request holds the key while it works; a holder that died gives it up after a while.
 */
import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../sql.ts';

/** What identifies a request. */
export interface RequestKey {
  client: string;
  method: string;
  route: string;
  key: string;
}

/** What the edge does with a request: work, answer as before, or refuse. */
export type Admission =
  | { outcome: 'first' }
  | { outcome: 'replay'; status: number; body: unknown }
  | { outcome: 'running' }
  | { outcome: 'conflict' };

const KEPT_HOURS = 48;
const HELD_MS_MAX = 60_000;

/** The key store. */
export class Idempotency {
  constructor(private readonly db: EntityManager) {}

  /** Asks to run a request; `fingerprint` tells whether the same key came with the same content. */
  async admit({ client, method, route, key }: RequestKey, fingerprint: string): Promise<Admission> {
    const won = await firstRow(
      this.db,
      `INSERT INTO idempotency_key AS k (client, method, route, key, fingerprint, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 hour')
       ON CONFLICT (client, method, route, key) DO UPDATE SET fingerprint = excluded.fingerprint, created_at = now(),
         expires_at = excluded.expires_at, status = NULL, body = NULL
       WHERE k.expires_at < now()
         OR (k.status IS NULL AND k.fingerprint = excluded.fingerprint
         AND k.created_at < now() - $7 * interval '1 millisecond')
       RETURNING 1 AS won`,
      [client, method, route, key, fingerprint, KEPT_HOURS, HELD_MS_MAX],
    );
    if (won) return { outcome: 'first' };
    const held = await firstRow<{ fingerprint: string; status: number | null; body: unknown }>(
      this.db,
      `SELECT fingerprint, status, body FROM idempotency_key
       WHERE client = $1 AND method = $2 AND route = $3 AND key = $4`,
      [client, method, route, key],
    );
    if (!held) return { outcome: 'running' };
    if (held.fingerprint !== fingerprint) return { outcome: 'conflict' };
    return held.status === null ? { outcome: 'running' } : { outcome: 'replay', status: held.status, body: held.body };
  }

  /** Keeps the answer for repetitions. */
  async finish({ client, method, route, key }: RequestKey, status: number, body: unknown): Promise<void> {
    await rows(
      this.db,
      'UPDATE idempotency_key SET status = $5, body = $6 WHERE client = $1 AND method = $2 AND route = $3 AND key = $4',
      [client, method, route, key, status, JSON.stringify(body ?? null)],
    );
  }

  /** Nothing happened: the next request may try. */
  async abandon({ client, method, route, key }: RequestKey): Promise<void> {
    await rows(
      this.db,
      'DELETE FROM idempotency_key WHERE client = $1 AND method = $2 AND route = $3 AND key = $4 AND status IS NULL',
      [client, method, route, key],
    );
  }

  /** Removes answers that are no longer kept, at most `limit` of them; returns how many. */
  async sweep(limit: number): Promise<number> {
    const removed = await rows(
      this.db,
      `DELETE FROM idempotency_key WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM idempotency_key WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))
       RETURNING 1`,
      [limit],
    );
    return removed.length;
  }
}
