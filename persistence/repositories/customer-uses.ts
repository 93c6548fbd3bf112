/**
 * Who of us uses a customer of an ERP. Engagements of one account share it, so what an undo has to put back is not what
 * one engagement found, but what the first of those that use it found (ADR 0008). Callers hold the customer's lock.
 */
import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../sql.ts';

/** One engagement's use of a customer; `customerKey` is our key of it in the ERP. */
export interface CustomerUse {
  connectionId: string;
  customerKey: string;
  engagementId: string;
}

const SAME = 'connection_id = $1 AND customer_key = $2 AND engagement_id';

/** Uses of shared customers. `Found` is the record as it was read, null where there was none. */
export class CustomerUses {
  constructor(private readonly db: EntityManager) {}

  /** The engagement uses the customer from now on, and found it so; a living use stays as it began. */
  async begin({ connectionId, customerKey, engagementId }: CustomerUse, found: object | null): Promise<void> {
    await rows(
      this.db,
      `INSERT INTO customer_use AS use (connection_id, customer_key, engagement_id, found)
       VALUES ($1, $2, $3, $4::jsonb)
       ON CONFLICT (connection_id, customer_key, engagement_id)
       DO UPDATE SET found = excluded.found, began_at = excluded.began_at, ended_at = NULL
       WHERE use.ended_at IS NOT NULL`,
      [connectionId, customerKey, engagementId, JSON.stringify(found)],
    );
  }

  /** How the engagement found the customer, and whether it still uses it. */
  find<Found>({ connectionId, customerKey, engagementId }: CustomerUse) {
    return firstRow<{ found: Found | null; living: boolean }>(
      this.db,
      `SELECT found, ended_at IS NULL AS living FROM customer_use WHERE ${SAME} = $3`,
      [connectionId, customerKey, engagementId],
    );
  }

  /** Other engagements that use the customer now; `isNewer` where they began after this one. */
  others({ connectionId, customerKey, engagementId }: CustomerUse): Promise<(CustomerUse & { isNewer: boolean })[]> {
    return rows(
      this.db,
      `SELECT $1::text AS "connectionId", $2::text AS "customerKey", engagement_id AS "engagementId",
         coalesce(began_at > (SELECT began_at FROM customer_use WHERE ${SAME} = $3), false) AS "isNewer"
       FROM customer_use WHERE ${SAME} <> $3 AND ended_at IS NULL ORDER BY began_at`,
      [connectionId, customerKey, engagementId],
    );
  }

  /** The engagement uses it no more. Who came next takes over what it had found: that is to be put back now. */
  async end({ connectionId, customerKey, engagementId }: CustomerUse, next: CustomerUse | undefined): Promise<void> {
    await rows(
      this.db,
      `UPDATE customer_use use SET
         ended_at = CASE WHEN use.engagement_id = $3 THEN now() END,
         found = CASE WHEN use.engagement_id = $3 THEN use.found ELSE own.found END
       FROM (SELECT found FROM customer_use WHERE ${SAME} = $3 AND ended_at IS NULL) own
       WHERE use.connection_id = $1 AND use.customer_key = $2 AND use.engagement_id IN ($3, $4)`,
      [connectionId, customerKey, engagementId, next?.engagementId ?? engagementId],
    );
  }
}
