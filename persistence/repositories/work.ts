/**
 * Time and expenses as the PSA told them: one row per revision, appended set-based; the latest revision of an entry
 * counts. Whether work is billed is not a column: it is whether a living invoice has it as a source.
 */
import type { EntityManager } from 'typeorm';
import type { WorkStanding } from '../../domain/billing/billed-states.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { firstRow, rows } from '../sql.ts';

/** Approval states of work. */
export type WorkLineState = 'draft' | 'submitted' | 'approved' | 'rejected';

/** A revision of a time entry to keep. */
export interface TimeRevision {
  entryId: string;
  version: string;
  projectId: string;
  taskId: string | null;
  resourceId: string;
  role: string;
  workedOn: PlainDate;
  minutes: number;
  billable: boolean;
  state: WorkLineState;
  changedAt: string;
}

/** A revision of an expense to keep. */
export interface ExpenseRevision {
  entryId: string;
  version: string;
  projectId: string;
  resourceId: string;
  category: string;
  incurredOn: PlainDate;
  amountMinor: number;
  currency: string;
  billable: boolean;
  state: WorkLineState;
  changedAt: string;
}

/** What living invoices bill of an entry. A limit may have divided it, so that it is billed in parts. */
export interface BilledParts {
  /** Number of the last part; 0: no invoice has the entry. */
  lastPart: number;
  billedMinor: number;
  /** What the price had beyond that when it was billed. */
  leftMinor: number;
}

/** A time entry as it stands. `taskKey` is ours, where the task is known. */
export interface TimeLine extends BilledParts {
  connectionId: string;
  entryId: string;
  version: string;
  taskKey: string | null;
  resourceId: string;
  role: string;
  workedOn: PlainDate;
  minutes: number;
  billable: boolean;
}

/** An expense as it stands. */
export interface ExpenseLine extends BilledParts {
  connectionId: string;
  entryId: string;
  version: string;
  resourceId: string;
  category: string;
  incurredOn: PlainDate;
  amountMinor: number;
  currency: string;
  billable: boolean;
}

/** Where work is approved: in the PSA that told it, or here, because that one has no approval. */
export type DecidedIn = 'psa' | 'throughline';

/** How many rows arrived, how many of them belong to no project of ours, and to which engagements the others do. */
export interface Appended {
  rows: number;
  unknownProject: number;
  engagementIds: string[];
}

/** Work that awaits approval: how many entries, and how many of them await it in Throughline. */
export interface AwaitingWork {
  time: number;
  expenses: number;
  here: number;
}

const TIME_COLUMNS = `"entryId" text, version text, "projectId" text, "taskId" text, "resourceId" text, role text,
  "workedOn" date, minutes integer, billable boolean, state text, "changedAt" timestamptz`;
const EXPENSE_COLUMNS = `"entryId" text, version text, "projectId" text, "resourceId" text, category text,
  "incurredOn" date, "amountMinor" bigint, currency text, billable boolean, state text, "changedAt" timestamptz`;
const OF_PROJECT = `LEFT JOIN external_ref ref ON ref.connection_id = $1 AND ref.type = 'project'
  AND ref.external_id = line."projectId" AND ref.ended_at IS NULL`;
const COUNTED = `SELECT count(*) AS rows, count(*) FILTER (WHERE engagement_id IS NULL) AS "unknownProject",
  coalesce(array_agg(DISTINCT engagement_id) FILTER (WHERE engagement_id IS NOT NULL), '{}') AS "engagementIds"
  FROM appended`;

/**
 * A change stamp may be coarse: a second change under the same stamp is a later revision (`<stamp>#2`), the same
 * content again is none. `#` and `$` are neighbours in the "C" collation, so this is a range of the primary key. What
 * was decided here is no revision of the PSA: told once more, an entry is as it was told before.
 */
const keptRevision = (table: string): string => `LEFT JOIN LATERAL (SELECT * FROM ${table} k WHERE k.connection_id = $1
  AND k.entry_id = line."entryId" AND k.version >= line.version AND k.version < line.version || '$'
  AND k.decision_id IS NULL ORDER BY k.version DESC LIMIT 1) kept ON true`;
const REVISION = `CASE WHEN kept.version IS NULL THEN line.version
  ELSE line.version || '#' || coalesce(nullif(split_part(kept.version, '#', 2), '')::integer, 1) + 1 END`;

/** True in SQL when `line` is the latest revision of its entry. */
export const latest = (
  table: string,
): string => `NOT EXISTS (SELECT FROM ${table} newer WHERE newer.connection_id = line.connection_id
  AND newer.entry_id = line.entry_id AND newer.version > line.version)`;

/** True in SQL when undo archived the project of `line`: the line is kept and counts for nobody. */
export const ON_ARCHIVED_PROJECT = `EXISTS (SELECT FROM external_ref project WHERE project.connection_id = line.connection_id
  AND project.type = 'project' AND project.external_id = line.project_id AND project.ended_at IS NOT NULL)`;

interface WorkTable {
  name: string;
  kind: 'time' | 'expense';
  /** What a price depends on, beside whether it is billed at all. The category of an expense is only a word on it. */
  content: readonly string[];
}
const TIME: WorkTable = { name: 'time_line', kind: 'time', content: ['project_id', 'minutes', 'role', 'worked_on'] };
const EXPENSES: WorkTable = {
  name: 'expense_line',
  kind: 'expense',
  content: ['project_id', 'incurred_on', 'amount_minor', 'currency'],
};

/** True in SQL when the revision `line` would be priced otherwise than the revision `was`, or not at all. */
const differs = ({ content }: WorkTable): string => {
  const of = (revision: string): string => [...content, 'state'].map((column) => `${revision}.${column}`).join(', ');
  return `(${of('line')}) IS DISTINCT FROM (${of('was')})`;
};

/**
 * What living invoices bill of `line`, as `billed`; `unchanged`: the entry still says what they bill. A price is the
 * same on each of its parts: what that invoice bills of it and what it leaves.
 */
const billedParts = (table: WorkTable): string => `LEFT JOIN LATERAL (
    SELECT coalesce(max(source.part), 0) AS last_part, coalesce(sum(rated.amount_minor), 0)::bigint AS billed_minor,
      coalesce(max(rated.amount_minor + rated.held_minor) - sum(rated.amount_minor), 0)::bigint AS left_minor,
      bool_and(NOT (${differs(table)})) AS unchanged
    FROM invoice_source source
    JOIN rated_line rated USING (invoice_id, kind, source_key)
    JOIN ${table.name} was ON was.connection_id = line.connection_id AND was.entry_id = line.entry_id
      AND was.version = rated.version
    WHERE source.active AND source.kind = '${table.kind}'
      AND source.source_key = line.connection_id || ':' || line.entry_id) billed ON true`;
const BILLED_COLUMNS = `billed.last_part AS "lastPart", billed.billed_minor AS "billedMinor",
  billed.left_minor AS "leftMinor"`;
const UNBILLED = `line.billable AND (billed.last_part = 0 OR billed.left_minor > 0 AND billed.unchanged)`;

/** Time and expense lines. */
export class WorkLines {
  constructor(private readonly db: EntityManager) {}

  /**
   * Appends revisions; those known already are passed over. Lines of unknown projects are kept without an engagement.
   * `decidedIn` says where what is submitted awaits approval.
   */
  async appendTime(
    connectionId: string,
    revisions: readonly TimeRevision[],
    decidedIn: DecidedIn = 'psa',
  ): Promise<Appended> {
    return this.append(
      `INSERT INTO time_line (connection_id, entry_id, version, project_id, task_id, engagement_id, legal_entity_id,
        resource_id, role, worked_on, minutes, billable, state, occurred_at, decided_in)
       SELECT $1, line."entryId", ${REVISION}, line."projectId", line."taskId", ref.engagement_id, ref.legal_entity_id,
         line."resourceId", line.role, line."workedOn", line.minutes, line.billable, line.state, line."changedAt", $3
       FROM jsonb_to_recordset($2::jsonb) AS line(${TIME_COLUMNS}) ${OF_PROJECT} ${keptRevision('time_line')}
       WHERE (kept.project_id, kept.role, kept.worked_on, kept.minutes, kept.billable, kept.state)
         IS DISTINCT FROM (line."projectId", line.role, line."workedOn", line.minutes, line.billable, line.state)`,
      [connectionId, revisions, decidedIn],
    );
  }

  /** Likewise for expenses. */
  async appendExpenses(
    connectionId: string,
    revisions: readonly ExpenseRevision[],
    decidedIn: DecidedIn = 'psa',
  ): Promise<Appended> {
    return this.append(
      `INSERT INTO expense_line (connection_id, entry_id, version, project_id, engagement_id, legal_entity_id,
        resource_id, category, incurred_on, amount_minor, currency, billable, state, occurred_at, decided_in)
       SELECT $1, line."entryId", ${REVISION}, line."projectId", ref.engagement_id, ref.legal_entity_id,
         line."resourceId", line.category, line."incurredOn", line."amountMinor", line.currency, line.billable,
         line.state, line."changedAt", $3
       FROM jsonb_to_recordset($2::jsonb) AS line(${EXPENSE_COLUMNS}) ${OF_PROJECT} ${keptRevision('expense_line')}
       WHERE (kept.project_id, kept.incurred_on, kept.amount_minor, kept.currency, kept.billable, kept.state)
         IS DISTINCT FROM (line."projectId", line."incurredOn", line."amountMinor", line.currency, line.billable,
           line.state)`,
      [connectionId, revisions, decidedIn],
    );
  }

  private async append(
    insert: string,
    [connectionId, revisions, decidedIn]: [string, readonly object[], DecidedIn],
  ): Promise<Appended> {
    const nothing = { rows: 0, unknownProject: 0, engagementIds: [] };
    if (revisions.length === 0) return nothing;
    const statement = `WITH appended AS (${insert} ON CONFLICT DO NOTHING RETURNING engagement_id) ${COUNTED}`;
    const values = [connectionId, JSON.stringify(revisions), decidedIn];
    return (await firstRow<Appended>(this.db, statement, values)) ?? nothing;
  }

  /** Gives lines that came before their project was known to its engagement; returns whose they are now. */
  async adopt(connectionId: string): Promise<string[]> {
    const adopted = new Set<string>();
    for (const table of ['time_line', 'expense_line']) {
      const found = await rows<{ engagementId: string }>(
        this.db,
        `UPDATE ${table} line SET engagement_id = ref.engagement_id, legal_entity_id = ref.legal_entity_id
          FROM external_ref ref
         WHERE line.engagement_id IS NULL AND line.connection_id = $1
           AND ref.connection_id = $1 AND ref.type = 'project' AND ref.external_id = line.project_id
           AND ref.ended_at IS NULL
         RETURNING line.engagement_id AS "engagementId"`,
        [connectionId],
      );
      for (const { engagementId } of found) adopted.add(engagementId);
    }
    return [...adopted];
  }

  /**
   * Engagements with approved time of this connection on a living project whose first approval nobody was told of, and
   * when it happened.
   */
  firstApprovals(connectionId: string): Promise<{ engagementId: string; correlationId: string; approvedAt: Date }[]> {
    return rows(
      this.db,
      `SELECT e.engagement_id AS "engagementId", e.correlation_id AS "correlationId",
         min(first.approved_at) AS "approvedAt"
       FROM engagement e
       JOIN external_ref ref ON ref.engagement_id = e.engagement_id AND ref.connection_id = $1 AND ref.type = 'project'
       CROSS JOIN LATERAL (SELECT min(occurred_at) AS approved_at FROM time_line t
         WHERE t.engagement_id = e.engagement_id AND t.connection_id = $1 AND t.project_id = ref.external_id
           AND t.state = 'approved') first
       WHERE first.approved_at IS NOT NULL AND ref.ended_at IS NULL
         AND NOT EXISTS (SELECT FROM inbox WHERE inbox.engagement_id = e.engagement_id
         AND fact_type = 'firstTimeApproved')
       GROUP BY e.engagement_id`,
      [connectionId],
    );
  }

  /**
   * Projects of this connection that undo archived and that have approved work, whose they were, and when the latest
   * was approved.
   */
  archivedWork(
    connectionId: string,
  ): Promise<{ engagementId: string; correlationId: string; projectId: string; approvedAt: Date }[]> {
    const approved = (table: string): string => `SELECT max(line.occurred_at) AS at FROM ${table} line
      WHERE line.connection_id = $1 AND line.project_id = ref.external_id AND line.state = 'approved'
        AND (line.engagement_id IS NULL OR line.engagement_id = ref.engagement_id) AND ${latest(table)}`;
    return rows(
      this.db,
      `SELECT e.engagement_id AS "engagementId", e.correlation_id AS "correlationId", ref.external_id AS "projectId",
         max(approved.at) AS "approvedAt"
       FROM external_ref ref JOIN engagement e USING (engagement_id)
       CROSS JOIN LATERAL (${approved('time_line')} UNION ALL ${approved('expense_line')}) approved
       WHERE ref.connection_id = $1 AND ref.type = 'project' AND ref.ended_at IS NOT NULL AND approved.at IS NOT NULL
       GROUP BY e.engagement_id, ref.external_id`,
      [connectionId],
    );
  }

  /**
   * Approved time of a legal entity worked before a date, oldest first; with `unbilledOnly`, billable time that no
   * invoice has, or of which invoices have a part and something is left.
   */
  approvedTime(scope: WorkScope): Promise<TimeLine[]> {
    return rows(
      this.db,
      `SELECT line.connection_id AS "connectionId", line.entry_id AS "entryId", line.version, task.key AS "taskKey",
         line.resource_id AS "resourceId", line.role, line.worked_on AS "workedOn", line.minutes, line.billable,
         ${BILLED_COLUMNS}
       FROM time_line line
       LEFT JOIN external_ref task ON task.type = 'task' AND task.connection_id = line.connection_id
         AND task.external_id = line.task_id AND task.engagement_id = line.engagement_id
       ${billedParts(TIME)}
       WHERE line.engagement_id = $1 AND line.legal_entity_id = $2 AND line.worked_on < $3 AND line.state = 'approved'
         AND ${latest('time_line')} AND NOT ${ON_ARCHIVED_PROJECT} ${scope.unbilledOnly ? `AND ${UNBILLED}` : ''}
       ORDER BY line.worked_on, line.connection_id, line.entry_id`,
      [scope.engagementId, scope.legalEntityId, scope.untilExclusive],
    );
  }

  /** Likewise for expenses. */
  approvedExpenses(scope: WorkScope): Promise<ExpenseLine[]> {
    return rows(
      this.db,
      `SELECT line.connection_id AS "connectionId", line.entry_id AS "entryId", line.version,
        line.resource_id AS "resourceId",
         line.category, line.incurred_on AS "incurredOn", line.amount_minor AS "amountMinor", line.currency,
         line.billable, ${BILLED_COLUMNS}
       FROM expense_line line
       ${billedParts(EXPENSES)}
       WHERE line.engagement_id = $1 AND line.legal_entity_id = $2 AND line.incurred_on < $3 AND line.state = 'approved'
         AND ${latest('expense_line')} AND NOT ${ON_ARCHIVED_PROJECT} ${scope.unbilledOnly ? `AND ${UNBILLED}` : ''}
       ORDER BY line.incurred_on, line.connection_id, line.entry_id`,
      [scope.engagementId, scope.legalEntityId, scope.untilExclusive],
    );
  }

  /**
   * Entries of an engagement that are submitted and not yet approved or rejected; with `of`, those of a legal entity
   * worked before a date.
   */
  async submitted(
    engagementId: string,
    of: Pick<WorkScope, 'legalEntityId' | 'untilExclusive'> | null = null,
  ): Promise<AwaitingWork> {
    const waiting = (table: string, date: string): string => `SELECT decided_in FROM ${table} line
      WHERE engagement_id = $1 AND state = 'submitted' AND ${latest(table)} AND NOT ${ON_ARCHIVED_PROJECT}
        AND ($2::text IS NULL OR legal_entity_id = $2 AND ${date} < $3::date)`;
    const counted = await firstRow<AwaitingWork>(
      this.db,
      `WITH line AS (SELECT true AS is_time, decided_in FROM (${waiting('time_line', 'worked_on')}) worked
         UNION ALL SELECT false, decided_in FROM (${waiting('expense_line', 'incurred_on')}) spent)
       SELECT count(*) FILTER (WHERE is_time) AS time, count(*) FILTER (WHERE NOT is_time) AS expenses,
         count(*) FILTER (WHERE decided_in = 'throughline') AS here FROM line`,
      [engagementId, of?.legalEntityId ?? null, of?.untilExclusive ?? null],
    );
    return counted ?? { time: 0, expenses: 0, here: 0 };
  }

  /**
   * Billed work whose latest revision says something else than what was billed. One thing is no change of what was
   * billed: an entry of which a posted invoice bills a part is marked as not billable. That gives up the rest of it.
   */
  async changedAfterBilling(engagementId: string): Promise<ChangedWork[]> {
    const own = (table: WorkTable) => this.changedIn(table, 'was.engagement_id = $1', [engagementId]);
    return [...(await own(TIME)), ...(await own(EXPENSES))];
  }

  /** Likewise, among these entries of a connection. */
  async changedAmong(
    connectionId: string,
    entryIds: { time: readonly string[]; expense: readonly string[] },
  ): Promise<ChangedWork[]> {
    const among = (table: WorkTable) =>
      this.changedIn(table, 'was.connection_id = $1 AND was.entry_id = ANY($2)', [connectionId, entryIds[table.kind]]);
    return [...(await among(TIME)), ...(await among(EXPENSES))];
  }

  private changedIn(table: WorkTable, which: string, parameters: readonly unknown[]): Promise<ChangedWork[]> {
    return rows(
      this.db,
      `SELECT source.kind, line.entry_id AS "entryId", source.invoice_id AS "invoiceId",
         invoice.engagement_id AS "engagementId", invoice.number AS "invoiceNumber", line.occurred_at AS "changedAt",
         line.state AS told, line.billable, invoice.state AS invoice
       FROM invoice_source source
       JOIN rated_line rated USING (invoice_id, kind, source_key)
       JOIN invoice USING (invoice_id)
       JOIN ${table.name} was ON source.source_key = was.connection_id || ':' || was.entry_id
         AND was.version = rated.version
       JOIN ${table.name} line ON line.connection_id = was.connection_id AND line.entry_id = was.entry_id
       ${billedParts(table)}
       WHERE source.active AND source.kind = '${table.kind}' AND ${which} AND ${latest(table.name)}
         AND (${differs(table)} OR line.billable <> was.billable AND (billed.left_minor = 0 OR invoice.state = 'draft'))
       ORDER BY line.entry_id`,
      parameters,
    );
  }
}

/** A billed entry that changed, and an invoice that has it. */
export interface ChangedWork extends WorkStanding {
  kind: 'time' | 'expense';
  entryId: string;
  engagementId: string;
  invoiceId: string;
  /** Null on a draft. */
  invoiceNumber: string | null;
  changedAt: Date;
}

/** Which work is wanted. */
export interface WorkScope {
  engagementId: string;
  legalEntityId: string;
  untilExclusive: PlainDate;
  unbilledOnly: boolean;
}
