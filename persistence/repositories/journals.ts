/**
 * The ledger: balanced journals, once per source, never edited. Lines carry the account role of our postings and the
 * account number that it had in the entity's ERP when the journal was made.
 */
import type { EntityManager } from 'typeorm';
import type { AccountRole } from '../../domain/configuration.ts';
import { DomainError } from '../../domain/errors.ts';
import { releasingPolicy } from '../../domain/ledger/release.ts';
import { type StateOf, transition } from '../../domain/lifecycle.ts';
import type { Month } from '../../domain/time/period.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { mintId } from '../ids.ts';
import { firstRow, rows } from '../sql.ts';

/** One line; exactly one of debit and credit is not zero. */
export interface JournalLine {
  accountRole: AccountRole;
  account: string;
  contractLineId: string | null;
  debitMinor: number;
  creditMinor: number;
}

/** A journal to write. `erp-document`: the ERP books it itself by its own document; `primary`: we post it there. */
export interface JournalEntry {
  engagementId: string | null;
  legalEntityId: string;
  erpEntityRef: string;
  book: 'primary' | 'erp-document';
  month: Month;
  postedOn: PlainDate;
  currency: string;
  sourceKind: 'invoice' | 'reclass' | 'payment' | 'revenue' | 'cost' | 'reversal';
  sourceId: string;
  key: string;
  memo: string;
  /** The document's id in the ERP where it has posted already. */
  erpId: string | null;
  lines: JournalLine[];
}

/** A journal as the ERP is to post it, and what must read back. */
export interface PostableJournal {
  journalId: string;
  legalEntityId: string;
  key: string;
  order: {
    erpEntityRef: string;
    currency: string;
    postedOn: PlainDate;
    memo: string;
    lines: { account: string; debitMinor: number; creditMinor: number; memo: string }[];
  };
  totals: { currency: string; debitMinor: number; creditMinor: number; postedOn: PlainDate };
}

/**
 * Balances of one contract line in its currency, minor units: assets as debit, liability and revenue as credit
 * balances.
 */
export interface LineBalance {
  contractLineId: string;
  currency: string;
  contractAssetMinor: number;
  contractLiabilityMinor: number;
  unbilledReceivableMinor: number;
  recognisedMinor: number;
}

interface PostableRow {
  journalId: string;
  legalEntityId: string;
  key: string;
  erpEntityRef: string;
  currency: string;
  postedOn: PlainDate;
  memo: string;
  lines: { account: string; debitMinor: number; creditMinor: number; memo: string }[];
}

const POSTABLE = `SELECT j.journal_id AS "journalId", j.legal_entity_id AS "legalEntityId", j.key,
  j.erp_entity_ref AS "erpEntityRef", j.currency, j.posted_on AS "postedOn", j.memo,
    json_agg(json_build_object('account', l.account, 'debitMinor', l.debit_minor, 'creditMinor', l.credit_minor,
      'memo', coalesce(l.contract_line_id, l.account_role)) ORDER BY l.line_no) AS lines
  FROM journal j JOIN journal_line l USING (journal_id)`;

function toPostable({ journalId, legalEntityId, key, lines, ...order }: PostableRow): PostableJournal {
  const sum = (side: 'debitMinor' | 'creditMinor'): number => lines.reduce((total, line) => total + line[side], 0);
  const { currency, postedOn } = order;
  const totals = { currency, debitMinor: sum('debitMinor'), creditMinor: sum('creditMinor'), postedOn };
  return { journalId, legalEntityId, key, order: { ...order, lines }, totals };
}

/** Journals of all sources. */
export class Journals {
  constructor(private readonly db: EntityManager) {}

  /** Writes a journal and returns its id; the same source again returns the one that exists. */
  async add(entry: JournalEntry): Promise<string> {
    const known = await this.idOfSource(entry);
    if (known !== undefined) return known;
    const journalId = mintId('jnl');
    await rows(
      this.db,
      `INSERT INTO journal (journal_id, engagement_id, legal_entity_id, erp_entity_ref, book, month, posted_on,
        currency, source_kind, source_id, key, memo, state, erp_id, released_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        journalId,
        entry.engagementId,
        entry.legalEntityId,
        entry.erpEntityRef,
        entry.book,
        entry.month,
        entry.postedOn,
        entry.currency,
        entry.sourceKind,
        entry.sourceId,
        entry.key,
        entry.memo,
        // What the ERP booked by its own document is written down as what it is there.
        entry.erpId === null ? 'proposed' : 'posted',
        entry.erpId,
        entry.erpId === null ? null : releasingPolicy(entry.sourceKind),
      ],
    );
    const lines = entry.lines.map((line, index) => ({ ...line, lineNo: index + 1 }));
    await rows(
      this.db,
      `INSERT INTO journal_line (journal_id, line_no, account_role, account, contract_line_id, debit_minor,
        credit_minor, currency)
       SELECT $1, "lineNo", "accountRole", account, "contractLineId", "debitMinor", "creditMinor", $2
       FROM jsonb_to_recordset($3::jsonb) AS line("lineNo" integer, "accountRole" text, account text,
       "contractLineId" text, "debitMinor" bigint, "creditMinor" bigint)`,
      [journalId, entry.currency, JSON.stringify(lines)],
    );
    return journalId;
  }

  private async idOfSource(
    entry: Pick<JournalEntry, 'sourceKind' | 'sourceId' | 'currency'>,
  ): Promise<string | undefined> {
    const statement = `SELECT journal_id AS id FROM journal WHERE source_kind = $1 AND source_id = $2
      AND currency = $3`;
    return (await firstRow<{ id: string }>(this.db, statement, [entry.sourceKind, entry.sourceId, entry.currency]))?.id;
  }

  /** True when a source has its journal. */
  async exists(sourceKind: JournalEntry['sourceKind'], sourceId: string): Promise<boolean> {
    const statement = 'SELECT 1 AS found FROM journal WHERE source_kind = $1 AND source_id = $2 LIMIT 1';
    return (await firstRow(this.db, statement, [sourceKind, sourceId])) !== undefined;
  }

  /** The revenue journals of an entity's month, one per currency, posted or not: posting again by key is harmless. */
  async toPost(of: {
    engagementId: string;
    legalEntityId: string;
    scope: { month?: Month };
  }): Promise<PostableJournal[]> {
    const found = await rows<PostableRow>(
      this.db,
      `${POSTABLE} WHERE j.engagement_id = $1 AND j.legal_entity_id = $2 AND j.month = $3 AND j.source_kind = 'revenue'
       GROUP BY j.journal_id ORDER BY j.currency`,
      [of.engagementId, of.legalEntityId, of.scope.month ?? ''],
    );
    return found.map(toPostable);
  }

  /** Journals of these kinds that are not in the ERP yet, for these legal entities, oldest first. */
  async unposted(
    sourceKinds: readonly JournalEntry['sourceKind'][],
    legalEntityIds: readonly string[],
  ): Promise<PostableJournal[]> {
    const found = await rows<PostableRow>(
      this.db,
      `${POSTABLE} WHERE j.state <> 'posted' AND j.source_kind = ANY($1) AND j.legal_entity_id = ANY($2)
       GROUP BY j.journal_id ORDER BY j.journal_id`,
      [sourceKinds, legalEntityIds],
    );
    return found.map(toPostable);
  }

  /**
   * Policy lets the journal go to the ERP; repeating is harmless.
   * @throws JOURNAL_NEEDS_APPROVAL when no policy covers its kind
   */
  async release(journalId: string): Promise<void> {
    const { state, sourceKind } = await this.get(journalId);
    if (state === 'released' || state === 'posted') return;
    const to = transition('journal', state, 'released');
    const statement = `UPDATE journal SET state = $3, released_by = $4 WHERE journal_id = $1 AND state = $2`;
    await rows(this.db, statement, [journalId, state, to, releasingPolicy(sourceKind)]);
  }

  /**
   * The ERP has it under this id; repeating is harmless.
   * @throws TRANSITION_REFUSED when nobody released it, JOURNAL_POSTED when it is posted under another id
   */
  async markPosted(journalId: string, erpId: string): Promise<void> {
    const { state, erpId: known } = await this.get(journalId);
    if (state === 'posted' && known === erpId) return;
    if (state === 'posted') {
      const message = `journal ${journalId} is posted as ${String(known)}, not as ${erpId}`;
      throw new DomainError('JOURNAL_POSTED', message, { journalId });
    }
    const to = transition('journal', state, 'posted');
    const statement = `UPDATE journal SET state = $3, erp_id = $4 WHERE journal_id = $1 AND state = $2`;
    await rows(this.db, statement, [journalId, state, to, erpId]);
    await rows(this.db, 'DELETE FROM journal_refusal WHERE journal_id = $1', [journalId]);
  }

  /** The ERP did not take it: kept in sight with the reason until it does. */
  async refuse(journalId: string, reason: string): Promise<void> {
    await rows(
      this.db,
      `INSERT INTO journal_refusal AS known (journal_id, reason) VALUES ($1, $2)
       ON CONFLICT (journal_id) DO UPDATE SET reason = excluded.reason, attempts = known.attempts + 1,
         last_refused_at = now()`,
      [journalId, reason],
    );
  }

  private async get(
    journalId: string,
  ): Promise<{ state: StateOf<'journal'>; sourceKind: string; erpId: string | null }> {
    const statement = `SELECT state, source_kind AS "sourceKind", erp_id AS "erpId" FROM journal WHERE journal_id = $1`;
    const found = await firstRow<{ state: StateOf<'journal'>; sourceKind: string; erpId: string | null }>(
      this.db,
      statement,
      [journalId],
    );
    if (found) return found;
    throw new DomainError('JOURNAL_UNKNOWN', `there is no journal ${journalId}`, { journalId });
  }

  /** Balances per contract line of an engagement, from the journals. */
  balances(engagementId: string): Promise<LineBalance[]> {
    const debit = (role: AccountRole): string => `coalesce(sum(l.debit_minor - l.credit_minor)
      FILTER (WHERE l.account_role = '${role}'), 0)::bigint`;
    const credit = (role: AccountRole): string => `coalesce(sum(l.credit_minor - l.debit_minor)
      FILTER (WHERE l.account_role = '${role}'), 0)::bigint`;
    return rows(
      this.db,
      `SELECT l.contract_line_id AS "contractLineId", l.currency, ${debit('contract-asset')} AS "contractAssetMinor",
         ${credit('contract-liability')} AS "contractLiabilityMinor", ${debit('unbilled-receivable')}
         AS "unbilledReceivableMinor",
         ${credit('revenue')} AS "recognisedMinor"
       FROM journal j JOIN journal_line l USING (journal_id)
       WHERE j.engagement_id = $1 AND l.contract_line_id IS NOT NULL
       GROUP BY l.contract_line_id, l.currency ORDER BY l.contract_line_id`,
      [engagementId],
    );
  }
}
