/**
 * Cross references: the ids that other systems gave to what belongs to an engagement. They are kept when the object is
 * gone, so that an old id still tells whose it was.
 */
import type { EntityManager } from 'typeorm';
import type { ExternalRef } from '../../domain/ids.ts';
import { firstRow, rows } from '../sql.ts';

/** Whose reference it is; `key` is ours (the step's idempotency key, a task's or milestone's key). */
export interface ReferenceOwner {
  engagementId: string;
  legalEntityId: string;
  key: string;
}

const COLUMNS = `engagement_id AS "engagementId", legal_entity_id AS "legalEntityId", key,
  connection_id AS "connectionId", type, external_id AS id`;

/** Ids in other systems: types are project, task, milestone, customer, contract, invoice. */
export class References {
  constructor(private readonly db: EntityManager) {}

  /**
   * Keeps a reference; the same key again replaces the id and revives an ended one. With `lookAgainAfterMs`, its key is
   * to be looked up once more after that time.
   */
  async put(
    { engagementId, legalEntityId, key }: ReferenceOwner,
    { connectionId, type, id }: ExternalRef,
    { lookAgainAfterMs = null }: { lookAgainAfterMs?: number | null } = {},
  ): Promise<void> {
    await rows(
      this.db,
      `INSERT INTO external_ref (engagement_id, legal_entity_id, connection_id, type, key, external_id, look_again_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + $7::bigint * interval '1 millisecond')
       ON CONFLICT (engagement_id, legal_entity_id, connection_id, type, key)
       DO UPDATE SET external_id = excluded.external_id, ended_at = NULL, look_again_at = excluded.look_again_at`,
      [engagementId, legalEntityId, connectionId, type, key, id, lookAgainAfterMs],
    );
  }

  /** Living references of a connection whose key is to be looked up once more now, longest due first. */
  dueToLookAgain(
    connectionId: string,
    type: string,
    limit: number,
  ): Promise<(ReferenceOwner & ExternalRef & { dueAt: Date })[]> {
    const statement = `SELECT ${COLUMNS}, look_again_at AS "dueAt" FROM external_ref WHERE connection_id = $1 AND type = $2 AND ended_at IS NULL
      AND look_again_at <= now() ORDER BY look_again_at LIMIT $3`;
    return rows(this.db, statement, [connectionId, type, limit]);
  }

  /** Its key was looked up once more; a reference that was put meanwhile waits for its own time. */
  async lookedAgain({ engagementId, legalEntityId, key }: ReferenceOwner, ref: ExternalRef): Promise<void> {
    await rows(
      this.db,
      `UPDATE external_ref SET look_again_at = NULL WHERE engagement_id = $1 AND legal_entity_id = $2 AND key = $3
         AND connection_id = $4 AND type = $5 AND look_again_at <= now()`,
      [engagementId, legalEntityId, key, ref.connectionId, ref.type],
    );
  }

  /** The object was archived or removed: its references of this type stay readable and count no more. */
  async end(owner: Pick<ReferenceOwner, 'engagementId' | 'legalEntityId'>, type: string): Promise<void> {
    await rows(
      this.db,
      `UPDATE external_ref SET ended_at = now()
       WHERE engagement_id = $1 AND legal_entity_id = $2 AND type = $3 AND ended_at IS NULL`,
      [owner.engagementId, owner.legalEntityId, type],
    );
  }

  /** True when another engagement has a living reference to the same object. */
  async usedByOthers(owner: Pick<ReferenceOwner, 'engagementId' | 'legalEntityId'>, type: string): Promise<boolean> {
    const other = await firstRow(
      this.db,
      `SELECT 1 AS found FROM external_ref mine
       JOIN external_ref theirs USING (connection_id, type, external_id)
       WHERE mine.engagement_id = $1 AND mine.legal_entity_id = $2 AND type = $3
         AND theirs.engagement_id <> mine.engagement_id AND theirs.ended_at IS NULL
       LIMIT 1`,
      [owner.engagementId, owner.legalEntityId, type],
    );
    return other !== undefined;
  }

  /** Living references of an engagement. */
  ofEngagement(engagementId: string, type: string): Promise<(ReferenceOwner & ExternalRef)[]> {
    const statement = `SELECT ${COLUMNS} FROM external_ref
      WHERE engagement_id = $1 AND type = $2 AND ended_at IS NULL ORDER BY legal_entity_id, key`;
    return rows(this.db, statement, [engagementId, type]);
  }

  /** Whose living object this is. */
  async find(ref: ExternalRef): Promise<(ReferenceOwner & ExternalRef) | undefined> {
    const owner = await this.findOwner(ref);
    return owner?.hasEnded === false ? owner : undefined;
  }

  /** Whose object this is, or was before it was archived or removed; a living reference counts first. */
  findOwner({
    connectionId,
    type,
    id,
  }: ExternalRef): Promise<(ReferenceOwner & ExternalRef & { hasEnded: boolean }) | undefined> {
    const statement = `SELECT ${COLUMNS}, ended_at IS NOT NULL AS "hasEnded" FROM external_ref
      WHERE connection_id = $1 AND type = $2 AND external_id = $3 ORDER BY ended_at DESC NULLS FIRST,
      recorded_at DESC LIMIT 1`;
    return firstRow(this.db, statement, [connectionId, type, id]);
  }
}
