/**
 * Which engagements a change of a CRM account may concern. A deal that waits in validation has no contract and so no
 * known customer yet: all of those of the connection look again, because a missing tax profile may just have been
 * filled in.
 */
import type { EntityManager } from 'typeorm';
import { rows } from '../sql.ts';

/** Engagements by the account of their customer. */
export class AccountEngagements {
  constructor(private readonly db: EntityManager) {}

  /** Open engagements of the account's customer, and those of the connection that are still being validated. */
  async concernedBy(connectionId: string, accountId: string): Promise<string[]> {
    const found = await rows<{ engagementId: string }>(
      this.db,
      `SELECT e.engagement_id AS "engagementId" FROM engagement e LEFT JOIN engagement_view v USING (engagement_id)
       WHERE e.connection_id = $1 AND coalesce(v.stage, 'received') NOT IN ('closed', 'cancelled')
         AND (v.customer_id IS NULL OR v.customer_id = $1 || '-' || $2)
       ORDER BY e.engagement_id`,
      [connectionId, accountId],
    );
    return found.map(({ engagementId }) => engagementId);
  }
}
