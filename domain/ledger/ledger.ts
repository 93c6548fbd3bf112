/**
 * The ledger as a value: entries that are only ever added, and balances that are only ever their sum, so that replaying
 * the entries gives the same books (decisions.md 9 and 17). Every entry balances by itself, in the currency of its
 * transaction and in the functional currency of its legal entity; what was wrong is reversed, never edited.
 */
import type { AccountRole } from '../configuration.ts';
import { toBase } from '../currency/convert.ts';
import type { FoundRate } from '../currency/exchange-rates.ts';
import { DomainError } from '../errors.ts';
import { allocate } from '../money/allocate.ts';
import type { RoundingMode } from '../money/decimal.ts';
import { add, type CurrencyCode, formatDecimal, formatMoney, isZero, type Money } from '../money/money.ts';
import { subtract, sumMoney, zero } from '../money/money.ts';
import { toMoney } from '../money/rounding.ts';
import type { PlainDate } from '../time/plain-date.ts';
import { assertBalanced, type JournalDraft, type JournalLine, opposite, sideTotal } from './journal.ts';
import { assertPostable, type Book, type PeriodLock, type Poster } from './periods.ts';

/** A line in both currencies. Only lines of exchange differences have no amount in that of the transaction. */
export interface EntryLine extends JournalLine {
  functional: Money;
}

/** An entry of one book. Effective = when it happened for the business, posted = in which period it counts. */
export interface Entry {
  entryId: string;
  legalEntityId: string;
  book: Book;
  currency: CurrencyCode;
  functionalCurrency: CurrencyCode;
  /** Id of the exchange rate that translated it; null in the functional currency itself. */
  rateId: string | null;
  effectiveOn: PlainDate;
  postedOn: PlainDate;
  memo: string;
  source: JournalDraft['source'];
  lines: readonly EntryLine[];
  /** Id of the entry that this one takes back. */
  reverses: string | null;
}

/** Entries in the order in which they were added. */
export interface Ledger {
  entries: readonly Entry[];
}

/** A ledger without entries. */
export const EMPTY_LEDGER: Ledger = { entries: [] };

/**
 * A journal's lines in both currencies. The total of each side is translated and rounded once; the lines share it by
 * largest remainder, so the entry balances in both. `rate` is that of the journal's currency against the functional one
 * as base (domain/currency), its id null where they are one.
 * @throws EXCHANGE_RATE_MISSING when the currencies differ and the rate is that of the base, JOURNAL_UNBALANCED,
 *   JOURNAL_INVALID, AMOUNT_OVERFLOW
 */
export function translated(
  journal: JournalDraft,
  to: { functionalCurrency: CurrencyCode; rate: Pick<FoundRate, 'rateId' | 'perBase'>; mode: RoundingMode },
): EntryLine[] {
  const { functionalCurrency, rate, mode } = to;
  const { lines, currency } = assertBalanced(journal);
  if (currency === functionalCurrency) return lines.map((line) => ({ ...line, functional: line.amount }));
  if (rate.rateId === null) {
    const message = `"${journal.memo}" is in ${currency}: its rate against ${functionalCurrency} is missing`;
    throw new DomainError('EXCHANGE_RATE_MISSING', message, { currency, functionalCurrency });
  }
  const functionalOf = (side: JournalLine['side']) => {
    const amounts = lines.filter((line) => line.side === side).map((line) => formatDecimal(line.amount));
    const exact = toBase(formatDecimal(sideTotal(journal, side)), rate.perBase, null);
    return allocate(toMoney(exact.value, functionalCurrency, mode), amounts);
  };
  const left = { debit: functionalOf('debit'), credit: functionalOf('credit') };
  return lines.map((line) => ({ ...line, functional: left[line.side].shift() ?? zero(functionalCurrency) }));
}

/** The sum of one side in the functional currency. */
function functionalTotal({ lines, functionalCurrency }: Entry, side: JournalLine['side']): Money {
  return sumMoney(
    lines.filter((line) => line.side === side).map((line) => line.functional),
    functionalCurrency,
  );
}

/**
 * The entry itself, when it balances in both currencies and no line is negative or without any amount.
 * @throws JOURNAL_UNBALANCED, JOURNAL_INVALID, CURRENCY_MISMATCH
 */
export function assertEntry(entry: Entry): Entry {
  const { entryId, lines } = entry;
  const isBad = ({ amount, functional }: EntryLine) =>
    Math.min(amount.amountMinor, functional.amountMinor) < 0 || (isZero(amount) && isZero(functional));
  if (lines.length === 0 || lines.some(isBad)) {
    throw new DomainError('JOURNAL_INVALID', `entry ${entryId} has no lines, or one that is not above zero`, {
      entryId,
    });
  }
  const draft = { lines: [...lines], currency: entry.currency };
  for (const [debit, credit] of [
    [sideTotal(draft, 'debit'), sideTotal(draft, 'credit')],
    [functionalTotal(entry, 'debit'), functionalTotal(entry, 'credit')],
  ] as const) {
    if (debit.amountMinor === credit.amountMinor) continue;
    const message = `entry ${entryId}: debits are ${formatMoney(debit)} and credits ${formatMoney(credit)}`;
    throw new DomainError('JOURNAL_UNBALANCED', message, { entryId, debit, credit });
  }
  return entry;
}

/**
 * The ledger with one entry more. The same entry again changes nothing, so that an unknown outcome may be repeated.
 * @throws ENTRY_DUPLICATE when its id has other content, PERIOD_CLOSED, REVERSAL_INVALID, and those of `assertEntry`
 */
export function append(ledger: Ledger, entry: Entry, locks: readonly PeriodLock[], poster: Poster = 'anyone'): Ledger {
  const { entryId } = assertEntry(entry);
  const known = ledger.entries.find((one) => one.entryId === entryId);
  if (known) {
    if (JSON.stringify(known) === JSON.stringify(entry)) return ledger;
    const message = `entry ${entryId} is in the ledger with other content`;
    throw new DomainError('ENTRY_DUPLICATE', message, { entryId });
  }
  assertPostable(entry, locks, poster);
  if (entry.reverses !== null) assertReversal(ledger, entry, entry.reverses);
  return { entries: [...ledger.entries, entry] };
}

/**
 * The entry that takes another back, in the same book, at the rate of the original; `postedOn` lies in an open period.
 * @throws REVERSAL_INVALID when the original is unknown, itself a reversal, or reversed already
 */
export function reversalOf(ledger: Ledger, originalId: string, entryId: string, postedOn: PlainDate): Entry {
  const original = reversible(ledger, originalId);
  return {
    ...original,
    entryId,
    postedOn,
    memo: `Reversal: ${original.memo}`,
    source: { kind: 'reversal', id: originalId },
    lines: original.lines.map((line) => ({ ...line, side: opposite(line.side) })),
    reverses: originalId,
  };
}

function reversible({ entries }: Ledger, originalId: string): Entry {
  const original = entries.find((one) => one.entryId === originalId);
  const earlier = entries.find((one) => one.reverses === originalId);
  if (original && original.reverses === null && !earlier) return original;
  const why = !original
    ? 'is not in the ledger'
    : earlier
      ? `was reversed by ${earlier.entryId}`
      : 'is a reversal: what it took back is posted anew instead';
  throw new DomainError('REVERSAL_INVALID', `entry ${originalId} ${why}`, { originalId, by: earlier?.entryId ?? null });
}

/** A reversal has the lines of the original with the sides changed, in the original's book. */
function assertReversal(ledger: Ledger, entry: Entry, originalId: string): void {
  reversible(ledger, originalId);
  const expected = reversalOf(ledger, originalId, entry.entryId, entry.postedOn);
  const part = ({ legalEntityId, book, currency, lines }: Entry) =>
    JSON.stringify([
      legalEntityId,
      book,
      currency,
      lines.map((line) => [line.accountRole, line.side, line.amount, line.functional, line.contractLineId]),
    ]);
  if (part(entry) === part(expected)) return;
  const message = `entry ${entry.entryId} is not the opposite of ${originalId}`;
  throw new DomainError('REVERSAL_INVALID', message, { entryId: entry.entryId, originalId });
}

/** What one account holds: debits less credits, in both currencies. */
export interface AccountBalance {
  legalEntityId: string;
  book: Book;
  accountRole: AccountRole;
  amount: Money;
  functional: Money;
}

/**
 * The balances of all accounts by legal entity, book, account role and currency, in the order of these; those that came
 * back to nothing are left out.
 * @throws AMOUNT_OVERFLOW
 */
export function accountBalances({ entries }: Ledger): AccountBalance[] {
  const sums = new Map<string, AccountBalance>();
  for (const { legalEntityId, book, lines } of entries) {
    for (const { accountRole, side, amount, functional } of lines) {
      const key = [legalEntityId, book, accountRole, amount.currency, functional.currency].join('|');
      const before = sums.get(key) ?? {
        ...{ legalEntityId, book, accountRole },
        ...{ amount: zero(amount.currency), functional: zero(functional.currency) },
      };
      const signed = side === 'debit' ? add : subtract;
      const after = { amount: signed(before.amount, amount), functional: signed(before.functional, functional) };
      sums.set(key, { ...before, ...after });
    }
  }
  return [...sums.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, balance]) => balance)
    .filter(({ amount, functional }) => !isZero(amount) || !isZero(functional));
}

/**
 * Debits less credits of a whole book in each currency: nothing, as long as every entry balances. Asked of books that
 * others keep too.
 */
export function trialBalance(ledger: Ledger): { legalEntityId: string; book: Book; difference: Money }[] {
  const sums = new Map<string, { legalEntityId: string; book: Book; difference: Money }>();
  for (const { legalEntityId, book, amount } of accountBalances(ledger)) {
    const key = [legalEntityId, book, amount.currency].join('|');
    const before = sums.get(key)?.difference ?? zero(amount.currency);
    sums.set(key, { legalEntityId, book, difference: add(before, amount) });
  }
  return [...sums.values()];
}
