/**
 * Work that is approved in Throughline: what waits, in batches, and the decisions on it. A decision is a revision of
 * its own of each entry it is about (`<version>!`, which sorts after the PSA's revision and before its next one), so
 * that everything downstream reads approved work as it does a PSA's, and a change in the PSA takes an approval away.
 */
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../domain/actor.ts';
import { contentOf, type WorkBatch, type WorkEntry, type WorkVerdict } from '../../domain/work/batch.ts';
import { hashOf } from '../canonical-json.ts';
import { firstRow, rows } from '../sql.ts';
import { latest, ON_ARCHIVED_PROJECT } from './work.ts';

/** So many entries are shown and decided at once, the oldest first; what is beyond follows when these are decided. */
const ENTRIES_MAX = 2_000;

/** An entry that was rejected here and has not changed in the PSA since. */
export interface RejectedEntry extends WorkEntry {
  reason: string;
  rejectedBy: string;
  /** Milliseconds since 1970. */
  rejectedAt: number;
}

/** A batch with all that it shows. */
export interface BatchContent {
  entries: WorkEntry[];
  /** There are more than fit into one decision. */
  more: boolean;
  rejected: RejectedEntry[];
  /** SHA-256 of the content that a decision on it approves or rejects. */
  hash: string;
}

/** A batch in a list. */
export interface ListedBatch extends WorkBatch {
  time: number;
  minutes: number;
  expenses: number;
  rejected: number;
  /** When the oldest of what waits was submitted, milliseconds since 1970; null when nothing waits. */
  waitingSince: number | null;
}

/** Which batches a list has. */
export interface BatchFilter {
  engagementId: string | undefined;
  legalEntityId: string | undefined;
  status: 'waiting' | 'rejected' | undefined;
  /** Legal entities that the reader acts for, `*` = all. */
  visibleTo: readonly string[];
}

/** A decision that was taken. */
export interface WorkDecision {
  decisionId: string;
  commandId: string;
  batch: WorkBatch;
  verdict: WorkVerdict;
  hash: string;
  reason: string | null;
  actor: Actor;
}

const STATUS = { waiting: 'waiting_time + waiting_expenses > 0', rejected: 'rejected > 0' };

/** Lines of one month of a legal entity of an engagement ($1, $2, $3 = first day) that nobody has approved. */
const undecided = (state: 'submitted' | 'rejected', columns = ''): string => {
  const where = (table: string, date: string): string => `WHERE line.engagement_id = $1 AND line.legal_entity_id = $2
    AND line.${date} >= $3::date AND line.${date} < $3::date + interval '1 month'
    AND line.decided_in = 'throughline' AND line.state = '${state}' AND ${latest(table)} AND NOT ${ON_ARCHIVED_PROJECT}`;
  const decided = columns === '' ? '' : 'JOIN work_decision decision USING (decision_id)';
  return `SELECT * FROM (
    SELECT 'time' AS kind, line.connection_id AS "connectionId", line.entry_id AS "entryId", line.version,
      line.resource_id AS "resourceId", line.worked_on AS "workedOn", line.role, line.minutes,
      NULL::bigint AS "amountMinor", NULL AS currency, line.billable ${columns}
    FROM time_line line ${decided} ${where('time_line', 'worked_on')}
    UNION ALL
    SELECT 'expense', line.connection_id, line.entry_id, line.version, line.resource_id, line.incurred_on,
      line.category, NULL, line.amount_minor, line.currency, line.billable ${columns}
    FROM expense_line line ${decided} ${where('expense_line', 'incurred_on')}) work
    ORDER BY "workedOn", kind DESC, "connectionId", "entryId" LIMIT $4`;
};

const REJECTION = `, decision.reason, decision.actor->>'subject' AS "rejectedBy",
  floor(extract(epoch FROM decision.decided_at) * 1000)::bigint AS "rejectedAt"`;

/** What both tables have, and what only one has. */
const SHARED = 'project_id, engagement_id, legal_entity_id, resource_id, billable';
const OWN = {
  time_line: 'task_id, role, worked_on, minutes',
  expense_line: 'category, incurred_on, amount_minor, currency',
};

/** Batches and decisions. */
export class WorkBatches {
  constructor(private readonly db: EntityManager) {}

  /** Batches of open engagements, oldest month first, at most `limit`, after `after`; ended ones only by their id. */
  list(
    { engagementId, legalEntityId, status, visibleTo }: BatchFilter,
    limit: number,
    after: WorkBatch | undefined,
  ): Promise<ListedBatch[]> {
    return rows(
      this.db,
      `SELECT engagement_id AS "engagementId", legal_entity_id AS "legalEntityId", month, waiting_time AS time,
         waiting_minutes AS minutes, waiting_expenses AS expenses, rejected,
         floor(extract(epoch FROM waiting_since) * 1000)::bigint AS "waitingSince"
       FROM work_batch JOIN engagement_view v USING (engagement_id)
       WHERE waiting_time + waiting_expenses + rejected > 0 AND ${status ? STATUS[status] : 'true'}
         AND ('*' = ANY($1::text[]) OR legal_entity_id = ANY($1)) AND ($2::text IS NULL OR legal_entity_id = $2)
         AND CASE WHEN $3::text IS NULL THEN v.stage NOT IN ('closed', 'cancelled') ELSE engagement_id = $3 END
         AND ($4::text IS NULL OR (month, engagement_id, legal_entity_id) > ($4, $5::text, $6::text))
       ORDER BY month, engagement_id, legal_entity_id LIMIT $7`,
      [
        ...[visibleTo, legalEntityId ?? null, engagementId ?? null],
        ...[after?.month ?? null, after?.engagementId ?? null, after?.legalEntityId ?? null, limit],
      ],
    );
  }

  /** What waits in a batch, what was rejected in it, and the hash of what waits. */
  async read(batch: WorkBatch): Promise<BatchContent> {
    const { engagementId, legalEntityId, month } = batch;
    const which = [engagementId, legalEntityId, `${month}-01`, ENTRIES_MAX + 1];
    const found = await rows<WorkEntry>(this.db, undecided('submitted'), which);
    const rejected = await rows<RejectedEntry>(this.db, undecided('rejected', REJECTION), which);
    const entries = found.slice(0, ENTRIES_MAX);
    const more = found.length > ENTRIES_MAX;
    return { entries, more, rejected: rejected.slice(0, ENTRIES_MAX), hash: hashOf(contentOf(batch, entries)) };
  }

  /** The decision that a command has taken, with the entries it was about; undefined when it took none. */
  async findDecision(commandId: string): Promise<{ verdict: WorkVerdict; entries: DecidedEntry[] } | undefined> {
    const statement = 'SELECT verdict FROM work_decision WHERE command_id = $1';
    const decision = await firstRow<{ verdict: WorkVerdict }>(this.db, statement, [commandId]);
    if (!decision) return undefined;
    const of = (kind: string, table: string, date: string): string => `SELECT '${kind}' AS kind, ${date} AS worked_on,
      connection_id AS "connectionId", entry_id AS "entryId", rtrim(version, '!') AS version
      FROM ${table} line JOIN work_decision d USING (decision_id)
      WHERE d.command_id = $1 AND line.engagement_id = d.engagement_id`;
    const entries = await rows<DecidedEntry>(
      this.db,
      `SELECT kind, "connectionId", "entryId", version FROM (${of('time', 'time_line', 'worked_on')}
         UNION ALL ${of('expense', 'expense_line', 'incurred_on')}) work
       ORDER BY worked_on, kind DESC, "connectionId", "entryId"`,
      [commandId],
    );
    return { verdict: decision.verdict, entries };
  }

  /** Writes a decision and the revisions that it makes. Call it inside a transaction. */
  async add(decision: WorkDecision, entries: readonly WorkEntry[]): Promise<void> {
    const { decisionId, commandId, batch, verdict, hash, reason, actor } = decision;
    const { engagementId, legalEntityId, month } = batch;
    await rows(
      this.db,
      `INSERT INTO work_decision (decision_id, command_id, engagement_id, legal_entity_id, month, verdict, hash, reason,
         actor, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now())`,
      [decisionId, commandId, engagementId, legalEntityId, month, verdict, hash, reason, JSON.stringify(actor)],
    );
    await this.decide(
      'time_line',
      decision,
      entries.filter(({ kind }) => kind === 'time'),
    );
    await this.decide(
      'expense_line',
      decision,
      entries.filter(({ kind }) => kind === 'expense'),
    );
  }

  private async decide(
    table: keyof typeof OWN,
    { decisionId, verdict }: WorkDecision,
    entries: readonly WorkEntry[],
  ): Promise<void> {
    const named = entries.map(({ connectionId, entryId, version }) => ({ connectionId, entryId, version }));
    const columns = `connection_id, entry_id, ${SHARED}, ${OWN[table]}`;
    await rows(
      this.db,
      `INSERT INTO ${table} (${columns}, version, state, occurred_at, decided_in, decision_id)
       SELECT ${columns}, line.version || '!', $2, now(), 'throughline', $3
       FROM ${table} line JOIN jsonb_to_recordset($1::jsonb)
         AS named("connectionId" text, "entryId" text, version text)
         ON (line.connection_id, line.entry_id, line.version) = (named."connectionId", named."entryId", named.version)`,
      [JSON.stringify(named), verdict, decisionId],
    );
  }

  /** The persons who approved, here, work that an invoice bills: its preparers in the sense of operations.md 5, 1. */
  async approversOf(invoiceId: string): Promise<string[]> {
    const of = (kind: string, table: string): string => `SELECT decision_id FROM ${table} line JOIN rated_line rated
      ON rated.kind = '${kind}' AND rated.version = line.version
        AND rated.source_key = line.connection_id || ':' || line.entry_id
      WHERE rated.invoice_id = $1 AND line.decision_id IS NOT NULL
        AND line.engagement_id = (SELECT engagement_id FROM invoice WHERE invoice_id = $1)`;
    const found = await rows<{ subject: string }>(
      this.db,
      `SELECT DISTINCT subject FROM work_decision
         CROSS JOIN LATERAL unnest(ARRAY[actor->>'subject', actor->>'onBehalfOf']) subject
       WHERE subject IS NOT NULL AND decision_id IN (${of('time', 'time_line')} UNION ALL
         ${of('expense', 'expense_line')})
       ORDER BY subject`,
      [invoiceId],
    );
    return found.map(({ subject }) => subject);
  }
}

/** An entry that was decided on: the revision of the PSA that it was. */
export type DecidedEntry = Pick<WorkEntry, 'kind' | 'connectionId' | 'entryId' | 'version'>;
