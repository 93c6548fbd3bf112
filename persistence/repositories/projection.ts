/**
 * The read side: one view row per engagement, its timeline, and lists. Rebuilt from what the workflow publishes, never
 * a source.
 */
import type { EntityManager } from 'typeorm';
import type { TimelineEntry } from '../../domain/engagement/state.ts';
import type { EngagementSummary } from '../../domain/engagement/view.ts';
import type { EngagementStage } from '../../domain/lifecycle.ts';
import { money } from '../../domain/money/money.ts';
import { firstRow, rows } from '../sql.ts';

const LIST_MAX = 200;

/** What the workflow publishes at the end of a turn. */
export interface Publication {
  engagementId: string;
  turn: number;
  summary: EngagementSummary;
  timeline: TimelineEntry[];
  /** Inbox rows that this state contains. */
  acknowledge: string[];
}

/** Which engagements a list has. Everything is optional; all that is given must hold. */
export interface EngagementFilter {
  stage?: string;
  legalEntityId?: string;
  customerId?: string;
  currency?: string;
  blockedBy?: string;
  parkedReason?: string;
  ownerRole?: string;
  needsHuman?: boolean;
  /** ISO instant: due on or before. */
  dueBefore?: string;
  /** Legal entities that the reader may see (`*` = all); an engagement not yet bound to any is seen by everyone. */
  visibleTo: readonly string[];
}

/** A page of a list, newest engagement first; `cursor` continues it, null at the end. */
export interface EngagementList {
  engagements: EngagementSummary[];
  cursor: string | null;
}

/** A published view. */
export interface PublishedView {
  turn: number;
  summary: EngagementSummary;
  updatedAt: Date;
}

const CONDITIONS: Readonly<Record<Exclude<keyof EngagementFilter, 'visibleTo'>, (parameter: string) => string>> = {
  stage: (p) => `stage = ${p}`,
  legalEntityId: (p) => `legal_entity_ids @> ARRAY[${p}::text]`,
  customerId: (p) => `customer_id = ${p}`,
  currency: (p) => `${p} = ANY(currencies)`,
  blockedBy: (p) => `blocked_by = ${p}`,
  parkedReason: (p) => `parked_reason = ${p}`,
  ownerRole: (p) => `owner_role = ${p}`,
  needsHuman: (p) => `needs_human = ${p}`,
  dueBefore: (p) => `due_at <= ${p}::timestamptz`,
};

/** Views, timelines and lists of engagements. */
export class Projection {
  constructor(private readonly db: EntityManager) {}

  /** Writes summary and timeline; an older turn changes nothing, a repetition neither. */
  async publish(publication: Publication): Promise<void> {
    await this.db.transaction(async (db) => {
      if (await writeView(db, publication)) await writeAmounts(db, publication.summary);
      await writeTimeline(db, publication.engagementId, publication.timeline);
    });
  }

  async find(engagementId: string): Promise<PublishedView | undefined> {
    return firstRow<PublishedView>(
      this.db,
      `SELECT published_turn AS turn, summary, updated_at AS "updatedAt" FROM engagement_view WHERE engagement_id = $1`,
      [engagementId],
    );
  }

  /**
   * The published stage of an engagement, which stays what it is until the transaction ends. @throws Error without view
   */
  async stageUntilCommit(engagementId: string): Promise<EngagementStage> {
    const statement = 'SELECT stage FROM engagement_view WHERE engagement_id = $1 FOR SHARE';
    const view = await firstRow<{ stage: EngagementStage }>(this.db, statement, [engagementId]);
    if (view) return view.stage;
    throw new Error(`engagement ${engagementId} has no view`);
  }

  /** Where the published view and timeline of an engagement end; undefined when nothing was published. */
  async lastPublished(engagementId: string): Promise<{ turn: number; timelineSeq: number } | undefined> {
    return firstRow(
      this.db,
      `SELECT published_turn AS turn, (SELECT coalesce(max(seq), 0) FROM timeline t
         WHERE t.engagement_id = v.engagement_id) AS "timelineSeq"
       FROM engagement_view v WHERE engagement_id = $1 AND published_turn > 0`,
      [engagementId],
    );
  }

  /**
   * A page of engagements, at most `limit` (200), after `cursor`. Keyset: pages neither skip nor repeat while rows
   * change.
   */
  async list(filter: EngagementFilter, limit: number, cursor: string | null): Promise<EngagementList> {
    const parameters: unknown[] = [];
    const put = (value: unknown): string => `$${String(parameters.push(value))}`;
    const conditions = Object.entries(CONDITIONS).flatMap(([field, condition]) => {
      const value = filter[field as keyof typeof CONDITIONS];
      return value === undefined ? [] : [condition(put(value))];
    });
    if (!filter.visibleTo.includes('*')) {
      conditions.push(`(legal_entity_ids && ${put(filter.visibleTo)}::text[] OR legal_entity_ids = '{}')`);
    }
    if (cursor !== null) conditions.push(`engagement_id < ${put(cursor)}`);
    const size = Math.min(Math.max(1, limit), LIST_MAX);
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const found = await rows<{ summary: EngagementSummary }>(
      this.db,
      `SELECT summary FROM engagement_view ${where} ORDER BY engagement_id DESC LIMIT ${put(size + 1)}`,
      parameters,
    );
    const engagements = found.slice(0, size).map((row) => row.summary);
    return { engagements, cursor: found.length > size ? (engagements.at(-1)?.engagementId ?? null) : null };
  }

  /** Timeline entries after a sequence number, oldest first. */
  async timeline(engagementId: string, afterSeq = 0, limit = LIST_MAX): Promise<TimelineEntry[]> {
    const found = await rows<
      Omit<TimelineEntry, 'at' | 'amount'> & { at: Date; amountMinor: number | null; currency: string | null }
    >(
      this.db,
      `SELECT seq, at, kind, title, actor, saga_id AS "sagaId", amount_minor AS "amountMinor", currency FROM timeline
       WHERE engagement_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
      [engagementId, afterSeq, limit],
    );
    return found.map(({ at, amountMinor, currency, ...entry }) => ({
      ...entry,
      at: at.getTime(),
      amount: amountMinor === null || currency === null ? null : money(amountMinor, currency),
    }));
  }
}

function instant(atMs: number | null): Date | null {
  return atMs === null ? null : new Date(atMs);
}

async function writeView(db: EntityManager, { engagementId, turn, summary }: Publication): Promise<boolean> {
  const written = await rows(
    db,
    `INSERT INTO engagement_view AS v (engagement_id, connection_id, deal_id, stage, legal_entity_ids, currencies,
      customer_id,
       customer_name, blocked_by, parked_reason, owner_role, needs_human, due_at, next_at, published_turn, summary)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     ON CONFLICT (engagement_id) DO UPDATE SET stage = excluded.stage, legal_entity_ids = excluded.legal_entity_ids,
       currencies = excluded.currencies, customer_id = excluded.customer_id, customer_name = excluded.customer_name,
       blocked_by = excluded.blocked_by, parked_reason = excluded.parked_reason, owner_role = excluded.owner_role,
       needs_human = excluded.needs_human, due_at = excluded.due_at, published_turn = excluded.published_turn,
       summary = excluded.summary, next_at = excluded.next_at, updated_at = now()
     WHERE v.published_turn < excluded.published_turn
     RETURNING engagement_id`,
    [
      engagementId,
      summary.connectionId,
      summary.dealId,
      summary.stage,
      summary.legalEntityIds,
      summary.currencies,
      summary.customerId,
      summary.customerName,
      summary.blockedBy,
      summary.parkedReason,
      summary.ownerRole,
      summary.needsHuman,
      instant(summary.decisionDueAt),
      instant(summary.nextAt),
      turn,
      JSON.stringify(summary),
    ],
  );
  return written.length > 0;
}

async function writeAmounts(db: EntityManager, summary: EngagementSummary): Promise<void> {
  await rows(db, 'DELETE FROM engagement_amount WHERE engagement_id = $1', [summary.engagementId]);
  const columns = [summary.contractValue, summary.billed, summary.paid, summary.recognised];
  const currencies = [...new Set(columns.flat().map((amount) => amount.currency))];
  for (const currency of currencies) {
    const amounts = columns.map((column) => column.find((amount) => amount.currency === currency)?.amountMinor ?? 0);
    await rows(db, 'INSERT INTO engagement_amount VALUES ($1, $2, $3, $4, $5, $6)', [
      summary.engagementId,
      currency,
      ...amounts,
    ]);
  }
}

async function writeTimeline(
  db: EntityManager,
  engagementId: string,
  entries: readonly TimelineEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const lines = entries.map(({ at, amount, ...entry }) => ({
    ...entry,
    at: new Date(at).toISOString(),
    amountMinor: amount?.amountMinor ?? null,
    currency: amount?.currency ?? null,
  }));
  await rows(
    db,
    `INSERT INTO timeline (engagement_id, seq, at, kind, title, actor, saga_id, amount_minor, currency)
     SELECT $1, seq, at, kind, title, actor, "sagaId", "amountMinor", currency
     FROM jsonb_to_recordset($2::jsonb) AS entry(seq integer, at timestamptz, kind text, title text, actor text,
     "sagaId" text, "amountMinor" bigint, currency text)
     ON CONFLICT (engagement_id, seq) DO NOTHING`,
    [engagementId, JSON.stringify(lines)],
  );
}
