// Replaying the ledger in any legal order gives the same balances. Two kinds of order: the entries of the books, where
// legal is that a reversal follows its original; and the events behind them, booked anew, where legal is that nothing is
// paid, credited or taken back before it is there. Delivered twice, an entry counts once.
import fc from 'fast-check';
import { perBase } from '../../../domain/currency/exchange-rates.ts';
import { type LineBalance, openingBalance } from '../../../domain/ledger/balances.ts';
import { invoicePostings, paymentPostings } from '../../../domain/ledger/invoice-posting.ts';
import { type JournalDraft, revenueJournal } from '../../../domain/ledger/journal.ts';
import {
  accountBalances,
  append,
  EMPTY_LEDGER,
  type Entry,
  type Ledger,
  reversalOf,
  translated,
} from '../../../domain/ledger/ledger.ts';
import { costPosting, creditMemoPosting } from '../../../domain/ledger/postings.ts';
import { formatMoney, type Money, money } from '../../../domain/money/money.ts';
import { code } from '../money/domain-error.ts';

const BOOKS = ['ifrs', 'tax'] as const;
const MONTHS = ['2026-01', '2026-02'] as const;
const LOCKS = BOOKS.flatMap((book) =>
  MONTHS.map((month) => ({ legalEntityId: 'TL', book, month, state: 'open' as const })),
);
const MODELS = { a: 'fixed-fee', b: 'time-and-materials', c: 'retainer' } as const;
type LineId = keyof typeof MODELS;

const told = (ledger: Ledger) =>
  accountBalances(ledger).map(({ legalEntityId, book, accountRole, amount, functional }) =>
    [legalEntityId, book, accountRole, formatMoney(amount), formatMoney(functional)].join(' '),
  );

/** Something that happens to a line, and how often something was before it that it must follow. */
interface Happening {
  id: string;
  type: 'invoice' | 'revenue' | 'pay' | 'credit' | 'cost';
  line: LineId;
  minor: number;
  /** The invoice that a payment clears, or a credit takes back whole. */
  of: Happening | null;
  month: (typeof MONTHS)[number];
}

const drawn = fc.record({
  type: fc.constantFrom('invoice' as const, 'revenue' as const, 'pay' as const, 'credit' as const, 'cost' as const),
  line: fc.constantFrom<LineId[]>('a', 'b', 'c'),
  minor: fc.integer({ min: 1, max: 1_000_000 }),
  month: fc.constantFrom(...MONTHS),
});

/** A payment or a credit goes with the latest invoice of its line that none went with before; without one it is none. */
const lives = fc.array(drawn, { maxLength: 14 }).map((all) => {
  const happenings: Happening[] = [];
  for (const [index, one] of all.entries()) {
    const follows = one.type === 'pay' || one.type === 'credit';
    const free = happenings.findLast(
      (other) => other.type === 'invoice' && other.line === one.line && !happenings.some(({ of }) => of === other),
    );
    if (!follows) happenings.push({ id: `e${String(index)}`, ...one, of: null });
    else if (free) happenings.push({ id: `e${String(index)}`, ...one, minor: free.minor, of: free });
  }
  return happenings;
});

/** The happenings in the order of other weights, as far as that is legal: what follows another comes after it. */
function inAnotherOrder(happenings: readonly Happening[], weights: readonly number[]): Happening[] {
  const weighed = happenings.map((one, index) => ({ one, weight: weights[index % weights.length] ?? 0 }));
  const order = weighed.sort((a, b) => a.weight - b.weight).map(({ one }) => one);
  const first = order.filter(({ of }) => of === null);
  // Each that follows stands as early as it may, or as late as its weight says.
  return order
    .filter(({ of }) => of !== null)
    .reduce((done, one) => {
      const earliest = done.findIndex((other) => other === one.of) + 1;
      const at = Math.max(earliest, order.indexOf(one));
      return [...done.slice(0, at), one, ...done.slice(at)];
    }, first);
}

/** Books the happenings of a contract one after another. */
function journalsOf(
  happenings: readonly Happening[],
  currency: string,
): { journals: JournalDraft[]; balances: LineBalance[] } {
  let balances = (['a', 'b', 'c'] as const).map((id) => openingBalance(id, MODELS[id], currency));
  const balanceOf = (line: LineId) => balances.filter(({ contractLineId }) => contractLineId === line);
  const journals: JournalDraft[] = [];
  const keep = (journal: JournalDraft | null, after: readonly LineBalance[] = []) => {
    if (journal) journals.push(journal);
    balances = balances.map((one) => after.find(({ contractLineId }) => contractLineId === one.contractLineId) ?? one);
  };
  for (const { id, type, line, minor, month } of happenings) {
    const amount = money(minor, currency);
    const none = money(0, currency);
    const of = { legalEntityId: 'TL', currency, postedOn: `${month}-10` };
    if (type === 'invoice') {
      const lines = [{ contractLineId: line, amount }];
      const document = { ...of, invoiceId: id, invoiceOn: of.postedOn, tax: none, total: amount, lines };
      const posted = invoicePostings(document, balances);
      keep(posted.journal, posted.balances);
    } else if (type === 'revenue') {
      const rows = balanceOf(line).map((balance) => ({ balance, recognised: amount }));
      const run = revenueJournal({ ...of, month, rows });
      keep(run.journal, run.balances);
    } else if (type === 'pay') {
      const paid = { paymentId: id, invoiceId: 'i', legalEntityId: 'TL', paidOn: of.postedOn };
      keep(paymentPostings({ ...paid, amount, unpaid: amount }));
    } else if (type === 'credit') {
      const lines = [{ contractLineId: line, net: amount, ofRevenue: none }];
      const memo = creditMemoPosting({ ...of, sourceId: id }, { lines, tax: none }, balances);
      keep(memo.journal, memo.balances);
    } else {
      keep(costPosting({ ...of, sourceId: id }, { amount, against: 'payroll-clearing', contractLineId: line }));
    }
  }
  return { journals, balances };
}

/** The entries of journals in both books, in the currency itself: rounding has a place of its own below. */
function entriesOf(journals: readonly JournalDraft[], functionalCurrency: string, base: string): Entry[] {
  const rate = { rateId: 'r', perBase: perBase(base, 'base-per-fc') };
  return journals.flatMap((journal, index) =>
    BOOKS.map((book): Entry => {
      const { legalEntityId, currency, postedOn, memo, source } = journal;
      const of = { legalEntityId, book, currency, functionalCurrency, rateId: 'r', effectiveOn: postedOn, postedOn };
      const lines = translated(journal, { functionalCurrency, rate, mode: 'half-even' });
      return { entryId: `${book} ${String(index)}`, ...of, memo, source, lines, reverses: null };
    }),
  );
}

const post = (entries: readonly Entry[], ledger = EMPTY_LEDGER) =>
  entries.reduce((books, one) => append(books, one, LOCKS), ledger);
const turned = <T>(all: readonly T[], by: number): T[] => {
  const at = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(at), ...all.slice(0, at)].reverse();
};
const weights = fc.array(fc.nat(1000), { minLength: 14, maxLength: 14 });
const currencies = fc.constantFrom('GBP', 'JPY', 'KWD');

test('the events of a contract, booked in any legal order, end with the same balances of its lines and accounts', () => {
  let differed = 0;
  fc.assert(
    fc.property(lives, weights, currencies, (happenings, order, currency) => {
      const other = inAnotherOrder(happenings, order);
      expect([...other].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
        [...happenings].sort((a, b) => (a.id < b.id ? -1 : 1)),
      );
      if (other.some((one, index) => one !== happenings[index])) differed += 1;
      const [first, second] = [journalsOf(happenings, currency), journalsOf(other, currency)];
      expect(second.balances).toEqual(first.balances);
      const books = ({ journals }: typeof first) => told(post(entriesOf(journals, currency, '1')));
      expect(books(second)).toEqual(books(first));
    }),
  );
  expect(differed).toBeGreaterThan(30);
});

test('the entries of the books, reversals after what they take back, add up the same in any order', () => {
  const reversed = fc.array(fc.nat(20), { maxLength: 5 });
  fc.assert(
    fc.property(lives, reversed, fc.nat(20), currencies, (happenings, taken, by, currency) => {
      const entries = entriesOf(journalsOf(happenings, 'EUR').journals, currency, '0.8637');
      const originals = [...new Set(taken)].flatMap((at) => entries[at] ?? []);
      const back = (ledger: Ledger, entryId: string) =>
        append(ledger, reversalOf(ledger, entryId, `${entryId} back`, '2026-02-20'), LOCKS);

      // All entries, then all reversals; and the entries the other way round, each reversed at once.
      const late = originals.reduce((ledger, { entryId }) => back(ledger, entryId), post(entries));
      const atOnce = turned(entries, by).reduce((ledger, one) => {
        const after = append(ledger, one, LOCKS);
        return originals.includes(one) ? back(after, one.entryId) : after;
      }, EMPTY_LEDGER);
      expect(told(atOnce)).toEqual(told(late));
      // What was taken back is as if it had never been.
      expect(told(late)).toEqual(told(post(entries.filter((one) => !originals.includes(one)))));
    }),
  );
});

test('an entry that is delivered twice, at any time, counts once; a reversal before its original is refused', () => {
  fc.assert(
    fc.property(lives, fc.array(fc.nat(27)), fc.nat(20), (happenings, again, by) => {
      const entries = entriesOf(journalsOf(happenings, 'GBP').journals, 'GBP', '1');
      const repeated = turned([...entries, ...again.flatMap((at) => entries[at] ?? [])], by);
      expect(told(post(repeated))).toEqual(told(post(entries)));
      const [entry] = entries;
      if (!entry) return;
      const reversal = reversalOf(post(entries), entry.entryId, 'back', '2026-02-20');
      expect(code(() => post([reversal, ...entries]))).toBe('REVERSAL_INVALID');
    }),
  );
});

test('both books say the same of the transactions', () => {
  fc.assert(
    fc.property(lives, (happenings) => {
      const { journals } = journalsOf(happenings, 'EUR');
      const ledger = post(entriesOf(journals, 'GBP', '0.86'));
      const of = (book: string) =>
        accountBalances(ledger)
          .filter((one) => one.book === book)
          .map(({ accountRole, amount }: { accountRole: string; amount: Money }) => [accountRole, amount]);
      expect(of('ifrs')).toEqual(of('tax'));
    }),
  );
});
