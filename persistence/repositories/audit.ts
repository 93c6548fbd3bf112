/** The audit trail: who did what to what, accepted or refused (decisions.md 24). Append-only in the database itself. */
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../domain/actor.ts';
import { rows } from '../sql.ts';

/** One row of the trail. `occurredAt` is an ISO instant, now where it is left out. */
export interface AuditEntry {
  actor: Actor;
  action: string;
  objectType: string;
  objectId: string;
  engagementId: string | null;
  outcome: 'accepted' | 'refused';
  before: unknown;
  after: unknown;
  reason: string | null;
  correlationId: string;
  occurredAt?: string;
}

/** The trail. */
export class Audit {
  constructor(private readonly db: EntityManager) {}

  async add(entry: AuditEntry): Promise<void> {
    await rows(
      this.db,
      `INSERT INTO audit_entry (occurred_at, actor, action, object_type, object_id, engagement_id, outcome, before,
        after, reason, correlation_id)
       VALUES (coalesce($1, now()), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        entry.occurredAt ?? null,
        JSON.stringify(entry.actor),
        entry.action,
        entry.objectType,
        entry.objectId,
        entry.engagementId,
        entry.outcome,
        JSON.stringify(entry.before ?? null),
        JSON.stringify(entry.after ?? null),
        entry.reason,
        entry.correlationId,
      ],
    );
  }

  /** The trail of an engagement, oldest first. */
  ofEngagement(engagementId: string): Promise<(AuditEntry & { auditId: number; occurredAt: string })[]> {
    return rows(
      this.db,
      `SELECT audit_id AS "auditId", to_char(occurred_at AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "occurredAt", actor,
         action, object_type AS "objectType", object_id AS "objectId", engagement_id AS "engagementId", outcome,
         before, after, reason, correlation_id AS "correlationId"
       FROM audit_entry WHERE engagement_id = $1 ORDER BY audit_id`,
      [engagementId],
    );
  }
}
