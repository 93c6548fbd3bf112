/**
 * Journals that the ERP did not take, with its words, for people: each is tried again by every run of the cost job, and
 * is here until the ERP has it.
 */
import type { EntityManager } from 'typeorm';
import { type Money, money } from '../../domain/money/money.ts';
import type { Month } from '../../domain/time/period.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { rows } from '../sql.ts';

/** A journal that is not in the ERP. */
export interface UnpostedJournal {
  journalId: string;
  legalEntityId: string;
  /** Null for the cost of approved time, which is posted for a legal entity and a month. */
  engagementId: string | null;
  sourceKind: string;
  /** Our key: what the ERP would know it by. */
  key: string;
  memo: string;
  month: Month;
  postedOn: PlainDate;
  /** The sum of one side. */
  amount: Money;
  reason: string;
  attempts: number;
  /** Milliseconds since 1970. */
  firstRefusedAt: number;
  lastRefusedAt: number;
}

/** More than anybody reads: the rest shows when these are posted. */
const SHOWN_MAX = 200;

/** The refusals of journals. */
export class UnpostedJournals {
  constructor(private readonly db: EntityManager) {}

  /** Longest refused first, at most 200; for a reader who acts for these legal entities (`*` = all). */
  async list(legalEntities: readonly string[]): Promise<UnpostedJournal[]> {
    const found = await rows<Omit<UnpostedJournal, 'amount'> & { amountMinor: number; currency: string }>(
      this.db,
      `SELECT j.journal_id AS "journalId", j.legal_entity_id AS "legalEntityId", j.engagement_id AS "engagementId",
         j.source_kind AS "sourceKind", j.key, j.memo, j.month, j.posted_on AS "postedOn", j.currency,
         (SELECT sum(debit_minor)::bigint FROM journal_line l WHERE l.journal_id = j.journal_id) AS "amountMinor",
         refusal.reason, refusal.attempts,
         floor(extract(epoch FROM refusal.first_refused_at) * 1000)::bigint AS "firstRefusedAt",
         floor(extract(epoch FROM refusal.last_refused_at) * 1000)::bigint AS "lastRefusedAt"
       FROM journal_refusal refusal JOIN journal j USING (journal_id)
       WHERE '*' = ANY($1::text[]) OR j.legal_entity_id = ANY($1::text[])
       ORDER BY refusal.first_refused_at, j.journal_id LIMIT $2`,
      [legalEntities, SHOWN_MAX],
    );
    return found.map(({ amountMinor, currency, ...journal }) => ({ ...journal, amount: money(amountMinor, currency) }));
  }
}
