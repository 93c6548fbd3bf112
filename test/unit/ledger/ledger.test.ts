import fc from 'fast-check';
import { afterBilling, afterRecognition, identityHolds, openingBalance } from '../../../domain/ledger/balances.ts';
import { invoicePostings, paymentPostings } from '../../../domain/ledger/invoice-posting.ts';
import { type JournalDraft, revenueJournal } from '../../../domain/ledger/journal.ts';
import { BASE, perBase } from '../../../domain/currency/exchange-rates.ts';
import {
  accountBalances,
  append,
  EMPTY_LEDGER,
  type Entry,
  type Ledger,
  reversalOf,
  translated,
  trialBalance,
} from '../../../domain/ledger/ledger.ts';
import type { PeriodLock } from '../../../domain/ledger/periods.ts';
import { settlementLines } from '../../../domain/ledger/postings.ts';
import { add, formatDecimal, money, type Money, parseMoney, subtract, zero } from '../../../domain/money/money.ts';
import { code } from '../money/domain-error.ts';

const BASE_RATE = { rateId: null, perBase: BASE };
const lock = (book: string, month: string, state: PeriodLock['state']): PeriodLock => ({
  ...{ legalEntityId: 'TL-UK', book, month, state },
});
const locks = [lock('ifrs', '2026-01', 'closed'), lock('ifrs', '2026-02', 'open'), lock('tax', '2026-01', 'open')];

function draft(amount: Money, id = 'd1'): JournalDraft {
  return {
    ...{ legalEntityId: 'TL-UK', currency: amount.currency, postedOn: '2026-02-10', memo: id },
    source: { kind: 'invoice', id },
    lines: [
      { accountRole: 'receivable', side: 'debit', amount, contractLineId: null },
      { accountRole: 'contract-liability', side: 'credit', amount, contractLineId: 'x' },
    ],
  };
}

function entry(entryId: string, journal: JournalDraft, changes: Partial<Entry> = {}): Entry {
  const { legalEntityId, currency, postedOn, memo, source } = journal;
  return {
    ...{ entryId, legalEntityId, book: 'ifrs', currency, functionalCurrency: 'GBP', rateId: null },
    ...{ effectiveOn: postedOn, postedOn, memo, source, reverses: null },
    lines: translated(journal, { functionalCurrency: currency, rate: BASE_RATE, mode: 'half-even' }),
    ...(currency === 'GBP' ? {} : { functionalCurrency: currency }),
    ...changes,
  };
}

const gbp = (amount: string) => parseMoney(amount, 'GBP');
const told = (ledger: Ledger) =>
  accountBalances(ledger).map(({ book, accountRole, amount, functional }) =>
    [book, accountRole, formatDecimal(amount), amount.currency, formatDecimal(functional)].join(' '),
  );

describe('the ledger', () => {
  test('adds entries once; the same again changes nothing, other content under the id is refused', () => {
    const one = append(EMPTY_LEDGER, entry('e1', draft(gbp('10'))), locks);
    expect(append(one, entry('e1', draft(gbp('10'))), locks)).toBe(one);
    expect(code(() => append(one, entry('e1', draft(gbp('11'))), locks))).toBe('ENTRY_DUPLICATE');
    expect(told(one)).toEqual(['ifrs contract-liability -10.00 GBP -10.00', 'ifrs receivable 10.00 GBP 10.00']);
  });

  test('each book closes on its own', () => {
    const january = entry('e1', { ...draft(gbp('10')), postedOn: '2026-01-31' });
    expect(code(() => append(EMPTY_LEDGER, january, locks))).toBe('PERIOD_CLOSED');
    expect(append(EMPTY_LEDGER, { ...january, book: 'tax' }, locks).entries).toHaveLength(1);
    expect(code(() => append(EMPTY_LEDGER, { ...january, book: 'us-gaap' }, locks))).toBe('PERIOD_CLOSED');
  });

  test('a reversal cancels its original out, once, and is never itself reversed', () => {
    const one = append(EMPTY_LEDGER, entry('e1', draft(gbp('10'))), locks);
    const back = reversalOf(one, 'e1', 'e2', '2026-02-20');
    expect(back).toMatchObject({ reverses: 'e1', effectiveOn: '2026-02-10', postedOn: '2026-02-20' });
    const two = append(one, back, locks);
    expect(told(two)).toEqual([]);
    expect(code(() => reversalOf(two, 'e1', 'e3', '2026-02-21'))).toBe('REVERSAL_INVALID');
    expect(code(() => append(two, { ...back, entryId: 'e3' }, locks))).toBe('REVERSAL_INVALID');
    expect(code(() => reversalOf(two, 'e2', 'e3', '2026-02-21'))).toBe('REVERSAL_INVALID');
    expect(code(() => reversalOf(two, 'e9', 'e3', '2026-02-21'))).toBe('REVERSAL_INVALID');
    // What says that it reverses and has other lines or another book does not.
    expect(code(() => append(one, entry('e2', draft(gbp('10')), { reverses: 'e1' }), locks))).toBe('REVERSAL_INVALID');
    const elsewhere = { ...back, book: 'tax', postedOn: '2026-01-20' };
    expect(code(() => append(one, elsewhere, locks))).toBe('REVERSAL_INVALID');
  });

  test('an entry that does not balance in one of its currencies, or has an empty line, is refused', () => {
    const good = entry('e1', draft(gbp('10')));
    const bent = (change: object) => ({
      ...good,
      lines: good.lines.map((line, i) => (i === 0 ? { ...line, ...change } : line)),
    });
    expect(code(() => append(EMPTY_LEDGER, bent({ amount: gbp('9') }), locks))).toBe('JOURNAL_UNBALANCED');
    expect(code(() => append(EMPTY_LEDGER, bent({ functional: gbp('9') }), locks))).toBe('JOURNAL_UNBALANCED');
    expect(code(() => append(EMPTY_LEDGER, bent({ amount: gbp('0'), functional: gbp('0') }), locks))).toBe(
      'JOURNAL_INVALID',
    );
    expect(code(() => append(EMPTY_LEDGER, { ...good, lines: [] }, locks))).toBe('JOURNAL_INVALID');
  });

  test('amounts beyond what can be held exactly are an error, not a wrong balance', () => {
    const most = money(Number.MAX_SAFE_INTEGER, 'GBP');
    const full = append(EMPTY_LEDGER, entry('e1', draft(most)), locks);
    expect(code(() => accountBalances(append(full, entry('e2', draft(gbp('0.01'))), locks)))).toBe('AMOUNT_OVERFLOW');
  });
});

describe('an entry in another currency', () => {
  const at = (rate: string) => ({ rateId: 'ecb:2026-02-10', perBase: perBase(rate, 'base-per-fc') });
  const translate = (journal: JournalDraft) =>
    translated(journal, { functionalCurrency: 'GBP', rate: at('0.333'), mode: 'half-away-from-zero' });

  test('is translated once a side, so that it balances in the functional currency too', () => {
    // 3 x 0.05 EUR at 0.333: 0.15 x 0.333 = 0.04995, so 0.05; a line alone would be 0.01665, so 0.02, and 0.06 in all.
    const five = parseMoney('0.05', 'EUR');
    const journal = draft(parseMoney('0.15', 'EUR'));
    const [receivable, liability] = journal.lines;
    if (!receivable || !liability) throw new Error('the draft has two lines');
    const credits = ['a', 'b', 'c'].map((contractLineId) => ({ ...liability, amount: five, contractLineId }));
    const lines = translate({ ...journal, lines: [receivable, ...credits] });
    expect(lines.map(({ functional }) => formatDecimal(functional))).toEqual(['0.05', '0.02', '0.02', '0.01']);
  });

  test('without a rate is refused', () => {
    const to = { functionalCurrency: 'GBP', rate: BASE_RATE, mode: 'half-even' as const };
    expect(code(() => translated(draft(parseMoney('1', 'EUR')), to))).toBe('EXCHANGE_RATE_MISSING');
  });

  test('settled at another rate leaves nothing on the receivable, in either currency', () => {
    const amount = parseMoney('100', 'EUR');
    const journal = draft(amount);
    const lines = translated(journal, {
      functionalCurrency: 'GBP',
      rate: at('0.85'),
      mode: 'half-even',
    });
    const booked = entry('e1', journal, { lines, functionalCurrency: 'GBP', rateId: at('0.85').rateId });
    const paid = {
      ...booked,
      entryId: 'e2',
      lines: settlementLines({ amount, booked: gbp('85'), settled: gbp('87') }),
    };
    const ledger = append(append(EMPTY_LEDGER, booked, locks), paid, locks);
    expect(told(ledger)).toEqual([
      'ifrs cash 100.00 EUR 87.00',
      'ifrs contract-liability -100.00 EUR -85.00',
      'ifrs exchange-gain 0.00 EUR -2.00',
    ]);
  });
});

describe('replay', () => {
  const currency = fc.constantFrom('JPY', 'GBP', 'KWD');
  const event = fc.record({
    type: fc.constantFrom('bill', 'recognise', 'pay'),
    minor: fc.integer({ min: 1, max: 1_000_000 }),
    weight: fc.nat(),
  });

  /** Books the events of one contract line; money is paid as far as something is unpaid. */
  function books(
    events: readonly { type: string; minor: number }[],
    unit: string,
    model: 'fixed-fee' | 'time-and-materials',
  ) {
    let balance = openingBalance('x', model, unit);
    let unpaid = zero(unit);
    let ledger = EMPTY_LEDGER;
    for (const [index, { type, minor }] of events.entries()) {
      const amount = money(minor, unit);
      const of = { legalEntityId: 'TL-UK', currency: unit, postedOn: '2026-02-10' };
      const id = `e${String(index)}`;
      let journal: JournalDraft | null = null;
      if (type === 'bill') {
        const document = { ...of, invoiceId: id, invoiceOn: of.postedOn, tax: zero(unit), total: amount };
        journal = invoicePostings({ ...document, lines: [{ contractLineId: 'x', amount }] }, [balance]).journal;
        balance = afterBilling(balance, amount).balance;
        unpaid = add(unpaid, amount);
      } else if (type === 'recognise') {
        journal = revenueJournal({ ...of, month: '2026-02', rows: [{ balance, recognised: amount }] }).journal;
        balance = afterRecognition(balance, amount).balance;
      } else if (minor <= unpaid.amountMinor) {
        journal = paymentPostings({ ...of, paymentId: id, invoiceId: 'i', amount, unpaid, paidOn: of.postedOn });
        unpaid = subtract(unpaid, amount);
      }
      if (!journal) continue;
      for (const book of ['ifrs', 'tax']) ledger = append(ledger, entry(`${id}-${book}`, journal, { book }), open);
      expect(identityHolds(balance)).toBe(true);
    }
    return { ledger, balance };
  }
  const open = [lock('ifrs', '2026-02', 'open'), lock('tax', '2026-02', 'open')];

  test('debits are credits in every book and currency after any events, and both books say the same', () => {
    fc.assert(
      fc.property(fc.array(event), currency, (events, unit) => {
        const { ledger } = books(events, unit, 'fixed-fee');
        for (const { difference } of trialBalance(ledger)) expect(difference).toEqual(zero(unit));
        const of = (book: string) =>
          told(ledger).flatMap((line) => (line.startsWith(`${book} `) ? [line.slice(book.length)] : []));
        expect(of('ifrs')).toEqual(of('tax'));
      }),
    );
  });

  test('in any legal order the balances are the same', () => {
    const models = fc.constantFrom('fixed-fee' as const, 'time-and-materials' as const);
    fc.assert(
      fc.property(fc.array(event), models, (events, model) => {
        // Legal: nothing is paid before it is billed, so payments that fit come last in both orders.
        const paid = (type: string) => Number(type === 'pay');
        const first = [...events].sort((a, b) => paid(a.type) - paid(b.type));
        const second = [...events].sort((a, b) => paid(a.type) - paid(b.type) || a.weight - b.weight);
        const fits = (list: typeof events) => list.filter(({ type }) => type !== 'pay');
        const total = fits(events).reduce((sum, one) => sum + (one.type === 'bill' ? one.minor : 0), 0);
        const all = events.reduce((sum, one) => sum + (one.type === 'pay' ? one.minor : 0), 0);
        const [a, b] = all <= total ? [first, second] : [fits(first), fits(second)];
        expect(told(books(b, 'GBP', model).ledger)).toEqual(told(books(a, 'GBP', model).ledger));
      }),
    );
  });
});
