/**
 * What engagements are told of work. Time lines are never announced to them (decisions.md 8); two things are: that the
 * first time was approved, which is the point of no return, and that work of a month began or ceased to wait for
 * approval in Throughline. How much waits is kept in a view that is counted anew whenever lines or decisions come.
 */
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../domain/actor.ts';
import { batchIdOf, type WorkBatch } from '../../domain/work/batch.ts';
import { lockUntilCommit, rows } from '../sql.ts';
import { Inbox } from './inbox.ts';
import { latest, ON_ARCHIVED_PROJECT, WorkLines } from './work.ts';

/** The name under which those who count and decide the work of an engagement take turns. */
export function workLock(engagementId: string): string {
  return `work:${engagementId}`;
}

interface CountedBatch extends WorkBatch {
  waiting: number;
  version: number;
  at: Date;
  correlationId: string;
}

const undecided = (table: string, date: string, minutes: string): string => `SELECT engagement_id, legal_entity_id,
    to_char(${date}, 'YYYY-MM') AS month, state, ${minutes}, occurred_at FROM ${table} line
  WHERE engagement_id = ANY($1) AND decided_in = 'throughline' AND state IN ('submitted', 'rejected')
    AND ${latest(table)} AND NOT ${ON_ARCHIVED_PROJECT}`;

const COUNT = `WITH line AS (
    ${undecided('time_line', 'worked_on', 'minutes')} UNION ALL ${undecided('expense_line', 'incurred_on', 'NULL')}
  ), counted AS (
    SELECT engagement_id, legal_entity_id, month,
      count(minutes) FILTER (WHERE state = 'submitted') AS waiting_time,
      coalesce(sum(minutes) FILTER (WHERE state = 'submitted'), 0) AS waiting_minutes,
      count(*) FILTER (WHERE state = 'submitted' AND minutes IS NULL) AS waiting_expenses,
      count(*) FILTER (WHERE state = 'rejected') AS rejected,
      min(occurred_at) FILTER (WHERE state = 'submitted') AS waiting_since
    FROM line GROUP BY engagement_id, legal_entity_id, month
  )
  INSERT INTO work_batch AS b (engagement_id, legal_entity_id, month, waiting_time, waiting_minutes, waiting_expenses,
    rejected, waiting_since)
  SELECT engagement_id, legal_entity_id, month, coalesce(counted.waiting_time, 0), coalesce(counted.waiting_minutes, 0),
    coalesce(counted.waiting_expenses, 0), coalesce(counted.rejected, 0), counted.waiting_since
  FROM counted FULL JOIN (SELECT engagement_id, legal_entity_id, month FROM work_batch WHERE engagement_id = ANY($1))
    known USING (engagement_id, legal_entity_id, month)
  ON CONFLICT (engagement_id, legal_entity_id, month) DO UPDATE SET waiting_time = excluded.waiting_time,
    waiting_minutes = excluded.waiting_minutes, waiting_expenses = excluded.waiting_expenses,
    rejected = excluded.rejected, waiting_since = excluded.waiting_since, version = b.version + 1
  WHERE (b.waiting_time, b.waiting_minutes, b.waiting_expenses, b.rejected, b.waiting_since) IS DISTINCT FROM
    (excluded.waiting_time, excluded.waiting_minutes, excluded.waiting_expenses, excluded.rejected,
     excluded.waiting_since)
  RETURNING engagement_id AS "engagementId", legal_entity_id AS "legalEntityId", month,
    waiting_time + waiting_expenses AS waiting, version, coalesce(waiting_since, now()) AS at,
    (SELECT correlation_id FROM engagement e WHERE e.engagement_id = b.engagement_id) AS "correlationId"`;

/** Facts about work. `reporter`: who told or decided it. */
export class WorkFacts {
  constructor(private readonly db: EntityManager) {}

  /** Tells engagements with approved time of this connection that have not been told of it; returns how many. */
  async tellFirstApprovals(connectionId: string, reporter: Actor): Promise<number> {
    const approvals = await new WorkLines(this.db).firstApprovals(connectionId);
    for (const { engagementId, correlationId, approvedAt } of approvals) {
      const occurredAt = approvedAt.toISOString();
      const objectKey = `first-work:${engagementId}`;
      await new Inbox(this.db).receive({
        ...{ connectionId, eventId: objectKey, type: 'firstTimeApproved', objectKey, version: occurredAt },
        ...{ effectiveOn: occurredAt.slice(0, 10), occurredAt, correlationId, actor: reporter, origin: {}, data: {} },
        engagementId,
      });
    }
    return approvals.length;
  }

  /**
   * Counts anew what waits in these engagements, and tells each whose month of work began to wait, or waits no more;
   * returns how many facts that made. Call it inside a transaction: until it ends, nobody else counts them.
   */
  async tellWaiting(connectionId: string, engagementIds: readonly string[], reporter: Actor): Promise<number> {
    if (engagementIds.length === 0) return 0;
    for (const engagementId of [...new Set(engagementIds)].sort())
      await lockUntilCommit(this.db, workLock(engagementId));
    const before = await rows<WorkBatch>(
      this.db,
      `SELECT engagement_id AS "engagementId", legal_entity_id AS "legalEntityId", month FROM work_batch
       WHERE engagement_id = ANY($1) AND waiting_time + waiting_expenses > 0`,
      [engagementIds],
    );
    const waited = new Set(before.map(batchIdOf));
    const counted = await rows<CountedBatch>(this.db, COUNT, [engagementIds]);
    const news = counted.filter((batch) => batch.waiting > 0 !== waited.has(batchIdOf(batch)));
    for (const batch of news) await this.tell(connectionId, batch, reporter);
    return news.length;
  }

  private async tell(connectionId: string, batch: CountedBatch, reporter: Actor): Promise<void> {
    const { engagementId, legalEntityId, month, waiting, at, correlationId } = batch;
    const objectKey = `work:${batchIdOf(batch)}`;
    const version = String(batch.version).padStart(10, '0');
    await new Inbox(this.db).receive({
      ...{ connectionId, eventId: `${objectKey}@${version}`, type: waiting > 0 ? 'workSubmitted' : 'workDecided' },
      ...{ objectKey, version, effectiveOn: null, occurredAt: at.toISOString(), correlationId, actor: reporter },
      ...{ origin: {}, data: { work: { legalEntityId, month } }, engagementId },
    });
  }
}
