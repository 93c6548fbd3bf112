/**
 * Journal entries in our books: lines by account role, always balanced, never edited: a correction is a reversal and a
 * new entry (domain.md, Postings; decisions.md 17). The roles become account numbers of the entity's ERP at the edge.
 */
import type { AccountRole } from '../configuration.ts';
import { DomainError } from '../errors.ts';
import { compareMoney, type CurrencyCode, formatMoney, isZero, type Money, negate, sumMoney } from '../money/money.ts';
import type { Month } from '../time/period.ts';
import type { PlainDate } from '../time/plain-date.ts';
import { afterRecognition, type LineBalance } from './balances.ts';

/** One line; the amount is above zero, the side says which way. */
export interface JournalLine {
  accountRole: AccountRole;
  side: 'debit' | 'credit';
  amount: Money;
  /** The contract line it belongs to; null for receivable, tax and cash of a whole document. */
  contractLineId: string | null;
}

/** What a journal is about. */
export interface JournalSource {
  kind:
    | ('invoice' | 'payment' | 'revenue' | 'reversal' | 'cost' | 'credit-memo')
    | ('write-down' | 'loss' | 'modification' | 'rebate' | 'contract-event' | 'transfer');
  /**
   * Id of the document, payment, batch, change or reversed journal; the month for revenue and losses; a move's ERPs.
   */
  id: string;
}

/** A balanced entry, not yet posted. */
export interface JournalDraft {
  legalEntityId: string;
  currency: CurrencyCode;
  postedOn: PlainDate;
  memo: string;
  source: JournalSource;
  lines: JournalLine[];
}

/** The sum of one side. @throws CURRENCY_MISMATCH */
export function sideTotal(journal: Pick<JournalDraft, 'lines' | 'currency'>, side: JournalLine['side']): Money {
  const amounts = journal.lines.filter((line) => line.side === side).map((line) => line.amount);
  return sumMoney(amounts, journal.currency);
}

/**
 * The journal itself, when debits equal credits, every line is above zero and all are in its currency.
 * @throws JOURNAL_UNBALANCED, JOURNAL_INVALID, CURRENCY_MISMATCH
 */
export function assertBalanced(journal: JournalDraft): JournalDraft {
  if (journal.lines.length === 0 || journal.lines.some((line) => line.amount.amountMinor <= 0)) {
    throw new DomainError('JOURNAL_INVALID', `"${journal.memo}" has no lines, or one that is not above zero`, {
      source: journal.source,
    });
  }
  const [debit, credit] = [sideTotal(journal, 'debit'), sideTotal(journal, 'credit')];
  if (compareMoney(debit, credit) === 0) return journal;
  const message = `"${journal.memo}": debits are ${formatMoney(debit)} and credits ${formatMoney(credit)}`;
  throw new DomainError('JOURNAL_UNBALANCED', message, { source: journal.source, debit, credit });
}

/**
 * The entry that takes back another, line by line with the sides changed. `journalId` is the id under which it was
 * posted.
 */
export function reversal(journal: JournalDraft, journalId: string, postedOn: PlainDate): JournalDraft {
  const lines = journal.lines.map((line) => ({ ...line, side: opposite(line.side) }));
  return {
    ...journal,
    postedOn,
    memo: `Reversal: ${journal.memo}`,
    source: { kind: 'reversal', id: journalId },
    lines,
  };
}

/** The other side of an account. */
export function opposite(side: JournalLine['side']): JournalLine['side'] {
  return side === 'debit' ? 'credit' : 'debit';
}

/** Revenue of one contract line in a month, and where its balances stand before. */
export interface RevenueRow {
  balance: LineBalance;
  recognised: Money;
}

/**
 * The lines that recognise revenue, and the balances after them: contract liability first, then contract asset
 * (unbilled receivable for time and materials); a negative amount goes the other way.
 * @throws CURRENCY_MISMATCH
 */
export function recognitionLines(rows: readonly RevenueRow[]): { lines: JournalLine[]; balances: LineBalance[] } {
  const after = rows.map((row) => ({ ...row, ...afterRecognition(row.balance, row.recognised) }));
  const lines = after.flatMap(({ balance: { contractLineId }, recognised, movements }): JournalLine[] => {
    if (isZero(recognised)) return [];
    const up = recognised.amountMinor > 0;
    const revenue = {
      accountRole: 'revenue',
      side: up ? 'credit' : 'debit',
      amount: up ? recognised : negate(recognised),
    } as const;
    return [...movements, revenue].map((line) => ({ ...line, contractLineId }));
  });
  return { lines, balances: after.map(({ balance }) => balance) };
}

/**
 * The entry of a revenue run of one entity and currency, with the balances after it: contract liability first, then
 * contract asset (unbilled receivable for time and materials) against revenue; a negative amount takes revenue back. No
 * entry when nothing is recognised.
 * @throws CURRENCY_MISMATCH
 */
export function revenueJournal(input: {
  legalEntityId: string;
  currency: CurrencyCode;
  month: Month;
  postedOn: PlainDate;
  rows: readonly RevenueRow[];
}): { journal: JournalDraft | null; balances: LineBalance[] } {
  const { legalEntityId, currency, month, postedOn, rows } = input;
  const { lines, balances } = recognitionLines(rows);
  if (lines.length === 0) return { journal: null, balances };
  const memo = `Revenue of ${month}`;
  const source = { kind: 'revenue' as const, id: month };
  return { journal: assertBalanced({ legalEntityId, currency, postedOn, memo, source, lines }), balances };
}
