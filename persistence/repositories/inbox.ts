/**
 * The inbox: what outside systems told us, once per source event. A row is received, given to its engagement
 * (dispatched), and consumed when the engagement has published the state that contains it; what cannot be given to
 * anybody ends as dead, in sight (undelivered-facts.ts).
 */
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../domain/actor.ts';
import type { InboxFact, InboxFactType, InboxPage } from '../../domain/engagement/calls.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { mintId } from '../ids.ts';
import { firstRow, rows } from '../sql.ts';

const PAGE_MAX = 50;

/** A fact as it comes in. `occurredAt` is the source's ISO instant. */
export interface InboxEntry {
  connectionId: string;
  /** The source's event id, or one built from object and version; unique per connection for ever. */
  eventId: string;
  type: InboxFactType;
  objectKey: string;
  version: string;
  effectiveOn: PlainDate | null;
  occurredAt: string;
  correlationId: string;
  actor: Actor;
  /** What resolves the engagement when it is not known yet. */
  origin: { dealId?: string; projectId?: string; milestoneId?: string; erpInvoiceId?: string };
  data: InboxFact['data'];
  engagementId: string | null;
}

/** A received row on its way to an engagement. */
export interface ReceivedFact {
  inboxId: string;
  connectionId: string;
  type: InboxFactType;
  objectKey: string;
  version: string;
  correlationId: string;
  actor: Actor;
  origin: InboxEntry['origin'];
  data: InboxFact['data'];
  engagementId: string | null;
  attempts: number;
}

const ON_ARCHIVED_PROJECT = `EXISTS (SELECT FROM external_ref project
  WHERE project.connection_id = inbox.connection_id AND project.type = 'project'
    AND project.external_id = payload->'origin'->>'projectId' AND project.ended_at IS NOT NULL)`;

/** The inbox. */
export class Inbox {
  constructor(private readonly db: EntityManager) {}

  /** Keeps a fact; answers whether it is new, and the id of the row that has it. */
  async receive(entry: InboxEntry): Promise<{ inboxId: string; isNew: boolean }> {
    const inserted = await firstRow<{ inboxId: string }>(
      this.db,
      `INSERT INTO inbox (inbox_id, connection_id, event_id, fact_type, object_key, version, effective_on, occurred_at,
         correlation_id, actor, payload, engagement_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       ON CONFLICT (connection_id, event_id) DO NOTHING RETURNING inbox_id AS "inboxId"`,
      [
        mintId('inb'),
        entry.connectionId,
        entry.eventId,
        entry.type,
        entry.objectKey,
        entry.version,
        entry.effectiveOn,
        entry.occurredAt,
        entry.correlationId,
        JSON.stringify(entry.actor),
        JSON.stringify({ origin: entry.origin, data: entry.data }),
        entry.engagementId,
      ],
    );
    if (inserted) return { inboxId: inserted.inboxId, isNew: true };
    const known = await firstRow<{ inboxId: string }>(
      this.db,
      'SELECT inbox_id AS "inboxId" FROM inbox WHERE connection_id = $1 AND event_id = $2',
      [entry.connectionId, entry.eventId],
    );
    if (!known) throw new Error(`inbox row of ${entry.connectionId} ${entry.eventId} vanished`);
    return { inboxId: known.inboxId, isNew: false };
  }

  /** Whether a row says the same: an event told again is one fact, and another one under its id would be lost. */
  async says(inboxId: string, entry: InboxEntry): Promise<boolean> {
    const { type, objectKey, version, effectiveOn, engagementId, data } = entry;
    const same = await firstRow<{ inboxId: string }>(
      this.db,
      `SELECT inbox_id AS "inboxId" FROM inbox WHERE inbox_id = $1 AND fact_type = $2 AND object_key = $3
         AND version = $4 AND effective_on IS NOT DISTINCT FROM $5::date AND engagement_id IS NOT DISTINCT FROM $6
         AND payload->'data' = $7::jsonb`,
      [inboxId, type, objectKey, version, effectiveOn, engagementId, JSON.stringify(data)],
    );
    return same !== undefined;
  }

  /**
   * The latest version of the object that its engagement was told in another row; only a later one changes anything
   * there. Of an object the invoice counts as well: two ERPs may give two invoices one id.
   */
  async latestVersion(inboxId: string, entry: InboxEntry): Promise<string | undefined> {
    const { connectionId, objectKey, engagementId, data } = entry;
    const latest = await firstRow<{ version: string }>(
      this.db,
      `SELECT version FROM inbox WHERE connection_id = $1 AND object_key = $2 AND engagement_id = $3 AND inbox_id <> $4
         AND payload->'data'->>'invoiceId' IS NOT DISTINCT FROM $5
         AND status IN ('received', 'dispatched', 'consumed') ORDER BY version COLLATE "C" DESC LIMIT 1`,
      [connectionId, objectKey, engagementId, inboxId, data.invoiceId ?? null],
    );
    return latest?.version;
  }

  /** The latest fact about an object, whatever became of it; amounts are null where it has none. */
  latestAbout(
    connectionId: string,
    objectKey: string,
  ): Promise<
    { type: InboxFactType; version: string; unpaidMinor: number | null; creditedMinor: number | null } | undefined
  > {
    const statement = `SELECT fact_type AS type, version, payload->'data'->'unpaidMinor' AS "unpaidMinor",
        payload->'data'->'creditedMinor' AS "creditedMinor"
      FROM inbox WHERE connection_id = $1 AND object_key = $2 ORDER BY seq DESC LIMIT 1`;
    return firstRow(this.db, statement, [connectionId, objectKey]);
  }

  /**
   * Milestones of an engagement that the customer accepted and did not reject later, with the date; where the source
   * told none, the day on which it happened there (UTC). What was accepted on a project that undo archived counts no
   * more.
   */
  acceptedMilestones(engagementId: string): Promise<{ milestoneId: string; acceptedOn: PlainDate }[]> {
    return rows(
      this.db,
      `SELECT milestone_id AS "milestoneId", accepted_on AS "acceptedOn" FROM (
         SELECT DISTINCT ON (object_key) fact_type, payload->'data'->>'milestoneId' AS milestone_id,
         coalesce(effective_on, (occurred_at AT TIME ZONE 'UTC')::date) AS accepted_on
         FROM inbox WHERE engagement_id = $1 AND fact_type IN ('milestoneAccepted', 'milestoneRejected')
           AND NOT ${ON_ARCHIVED_PROJECT}
         ORDER BY object_key, version DESC, seq DESC) latest
       WHERE fact_type = 'milestoneAccepted' AND milestone_id IS NOT NULL`,
      [engagementId],
    );
  }

  /**
   * Facts that the engagement has not consumed, oldest first, at most 50. What is about a project that undo archived
   * meanwhile says so.
   */
  async unread(engagementId: string): Promise<InboxPage> {
    const found = await rows<Omit<InboxFact, 'data'> & { payload: { data: InboxFact['data'] } }>(
      this.db,
      `SELECT inbox_id AS "inboxId", fact_type AS type, object_key AS "objectKey", version,
        effective_on AS "effectiveOn",
        CASE WHEN ${ON_ARCHIVED_PROJECT}
          THEN jsonb_set(payload, '{data,archivedProjectId}', payload->'origin'->'projectId')
            ELSE payload END AS payload
       FROM inbox WHERE engagement_id = $1 AND status IN ('received', 'dispatched') ORDER BY seq LIMIT $2`,
      [engagementId, PAGE_MAX + 1],
    );
    const facts = found.slice(0, PAGE_MAX).map(({ payload, ...fact }) => ({ ...fact, data: payload.data }));
    return { facts, more: found.length > PAGE_MAX };
  }

  /** The engagement has these in its published state. */
  async consume(engagementId: string, inboxIds: readonly string[]): Promise<void> {
    if (inboxIds.length === 0) return;
    const statement = `UPDATE inbox SET status = 'consumed' WHERE engagement_id = $1 AND inbox_id = ANY($2)
      AND status IN ('received', 'dispatched')`;
    await rows(this.db, statement, [engagementId, inboxIds]);
  }

  /** Takes received rows that are due, for `leaseMs`; another dispatcher skips them meanwhile. */
  async claim(limit: number, leaseMs: number): Promise<ReceivedFact[]> {
    const claimed = await rows<
      Omit<ReceivedFact, 'origin' | 'data'> & { seq: number; payload: Pick<ReceivedFact, 'origin' | 'data'> }
    >(
      this.db,
      `UPDATE inbox SET next_attempt_at = now() + $2 * interval '1 millisecond'
       WHERE inbox_id IN (SELECT inbox_id FROM inbox WHERE status = 'received' AND next_attempt_at <= now()
         ORDER BY next_attempt_at, seq LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING seq, inbox_id AS "inboxId", connection_id AS "connectionId", fact_type AS type,
       object_key AS "objectKey", version,
         correlation_id AS "correlationId", actor, payload, engagement_id AS "engagementId", attempts`,
      [limit, leaseMs],
    );
    return claimed.sort((a, b) => a.seq - b.seq).map(({ seq: _, payload, ...fact }) => ({ ...fact, ...payload }));
  }

  /** Writes down whose fact it is, with the ids that could not be told before, before that engagement is told. */
  async assign(
    inboxId: string,
    engagementId: string,
    ids: Pick<InboxFact['data'], 'milestoneId' | 'invoiceId'>,
  ): Promise<void> {
    const statement = `UPDATE inbox SET engagement_id = $2, payload = jsonb_set(payload, '{data}',
      payload->'data' || $3::jsonb)
      WHERE inbox_id = $1`;
    await rows(this.db, statement, [inboxId, engagementId, JSON.stringify(ids)]);
  }

  /** A hint about a deal became a fact of its engagement: what the deal's record says. */
  async settle(
    inboxId: string,
    fact: Pick<InboxFact, 'type' | 'objectKey' | 'version' | 'effectiveOn'> & { engagementId: string },
  ): Promise<void> {
    const { type, objectKey, version, effectiveOn, engagementId } = fact;
    const statement = `UPDATE inbox SET fact_type = $2, object_key = $3, version = $4, effective_on = $5,
      engagement_id = $6 WHERE inbox_id = $1`;
    await rows(this.db, statement, [inboxId, type, objectKey, version, effectiveOn, engagementId]);
  }

  /**
   * Rows that were given to an engagement that ended before it read them are due again: they are ignored with a reason
   * or begin it anew, never forgotten. So are rows that nobody has read for an hour: the engagement is told again, and
   * one that was terminated in the engine is found out.
   */
  async takeBackUnread(): Promise<void> {
    await rows(
      this.db,
      `UPDATE inbox SET status = 'received', next_attempt_at = now() FROM engagement_view v
       WHERE inbox.status = 'dispatched' AND v.engagement_id = inbox.engagement_id
         AND (v.stage IN ('closed', 'cancelled') OR inbox.next_attempt_at <= now())`,
    );
  }

  /** The engagement was told; it may have consumed the row already. */
  async markDispatched(inboxId: string): Promise<void> {
    await rows(
      this.db,
      `UPDATE inbox SET status = 'dispatched', reason = NULL, next_attempt_at = now() + interval '1 hour'
       WHERE inbox_id = $1 AND status = 'received'`,
      [inboxId],
    );
  }

  /** The fact concerns nobody any more. */
  async markIgnored(inboxId: string, reason: string): Promise<void> {
    await rows(
      this.db,
      `UPDATE inbox SET status = 'ignored', reason = $2 WHERE inbox_id = $1 AND status = 'received'`,
      [inboxId, reason],
    );
  }

  /** Dispatching failed: tried again after `delayMs`, or dead after `attemptsMax` attempts; null = never dead. */
  async markFailed(
    inboxId: string,
    reason: string,
    delayMs: number,
    attemptsMax: number | null,
  ): Promise<'received' | 'dead'> {
    const row = await firstRow<{ status: 'received' | 'dead' }>(
      this.db,
      `UPDATE inbox SET attempts = attempts + 1, reason = $2, next_attempt_at = now() + $3 * interval '1 millisecond',
         status = CASE WHEN attempts + 1 >= $4::integer THEN 'dead' ELSE 'received' END
       WHERE inbox_id = $1 AND status = 'received' RETURNING status`,
      [inboxId, reason, delayMs, attemptsMax],
    );
    return row?.status ?? 'received';
  }

  /** It is known now whose object this is: facts about it that came before, dead ones too, are due again. */
  async revive(connectionId: string, objectKey: string): Promise<void> {
    const statement = `UPDATE inbox SET status = 'received', attempts = 0, next_attempt_at = now()
      WHERE connection_id = $1 AND object_key = $2 AND status IN ('received', 'dead')`;
    await rows(this.db, statement, [connectionId, objectKey]);
  }

  /** How many rows are in each status. */
  counts(): Promise<{ status: string; count: number }[]> {
    return rows(this.db, 'SELECT status, count(*) AS count FROM inbox GROUP BY status ORDER BY status');
  }
}
