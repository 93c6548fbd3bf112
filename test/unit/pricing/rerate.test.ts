import fc from 'fast-check';
import { parseFraction } from '../../../domain/money/fraction.ts';
import { add, formatMoney, money, parseMoney, sumMoney } from '../../../domain/money/money.ts';
import type { RateCard } from '../../../domain/pricing/rate-card.ts';
import { exposureOf, type PricedEntry, rerate, type Rerating } from '../../../domain/pricing/rerate.ts';
import { code } from '../money/domain-error.ts';
import { card, line, perHour, work } from './cards.ts';

/** 7 h 20 min on 15 May, priced 733.33 at 100 an hour by version 1. */
const entry = (standing: PricedEntry['standing'], changes: Partial<PricedEntry> = {}): PricedEntry => ({
  entryId: 'e-1',
  work: work(),
  worked: { quantity: parseFraction('440/60'), unit: 'hour' },
  price: {
    cardId: 'c',
    cardVersion: 1,
    lineId: 'l',
    overrideId: null,
    effectiveFrom: '2026-01-01',
    rate: '100',
    unit: 'hour',
  },
  amount: parseMoney('733.33', 'GBP'),
  standing,
  ...changes,
});
const versions = [
  card('c', [line('l')]),
  card('c', [line('l', { price: perHour('110') })], { version: 2, validFrom: '2026-05-01' }),
];
const again = (one: PricedEntry, openFrom = '2026-05-01', cards = versions) =>
  rerate(one, cards, openFrom, 'half-away-from-zero');

describe('re-rating on request', () => {
  test('an unbilled entry is reversed at its old price and added at the new one', () => {
    // 440 min x 110 / 60 = 806.666.. = 806.67
    const result = again(entry({ status: 'unbilled' }));
    expect(result).toMatchObject({
      outcome: 're-rated',
      reversal: { sign: -1, price: { cardVersion: 1, rate: '100' }, amount: parseMoney('-733.33', 'GBP') },
      replacement: { sign: 1, price: { cardVersion: 2, rate: '110' }, amount: parseMoney('806.67', 'GBP') },
      redraftInvoiceId: null,
    });
    if (result.outcome !== 're-rated') throw new Error(result.outcome);
    expect(add(result.reversal.amount, entry({ status: 'unbilled' }).amount).amountMinor).toBe(0);
  });

  test('one on a draft invoice names the draft to compute anew', () => {
    expect(again(entry({ status: 'on-draft', invoiceId: 'inv-1' }))).toMatchObject({
      outcome: 're-rated',
      redraftInvoiceId: 'inv-1',
    });
  });

  test('one of a closed period gets an adjustment row in the first open one', () => {
    // 806.67 - 733.33 = 73.34
    expect(again(entry({ status: 'unbilled' }), '2026-06-01')).toMatchObject({
      outcome: 'adjustment',
      bookedOn: '2026-06-01',
      amount: parseMoney('73.34', 'GBP'),
      redraftInvoiceId: null,
    });
    // On a draft it is not billed yet: the draft is made anew as well.
    const onDraft = entry({ status: 'on-draft', invoiceId: 'inv-1' });
    expect(again(onDraft, '2026-06-01')).toMatchObject({ outcome: 'adjustment', redraftInvoiceId: 'inv-1' });
  });

  test('a day that has other hours is another charge at the same rate', () => {
    // 440 / 60 h at 800 a day of 8 hours: 733.33; of 7.5 hours: 782.222.. = 782.22
    const perDay = line('l', { price: { by: 'rate', unit: 'day', rate: '800', markupPercent: '0' } });
    const old = entry({ status: 'unbilled' });
    const priced = { ...old, price: { ...old.price, rate: '800', unit: 'day' } };
    const hours = (day: string) => [card('c', [perDay], { version: 2, hoursPerUnit: { day } })];
    expect(again(priced, '2026-05-01', hours('8')).outcome).toBe('unchanged');
    expect(again(priced, '2026-05-01', hours('7.5'))).toMatchObject({
      outcome: 're-rated',
      replacement: { amount: parseMoney('782.22', 'GBP') },
    });
  });

  test('a billed one is not touched: what it would differ by is reported, and summed', () => {
    const billed = entry({ status: 'billed', invoiceId: 'inv-2' });
    const results = [again(billed), again(billed, '2026-06-01'), again(entry({ status: 'unbilled' }))];
    expect(results.map((one) => one.outcome)).toEqual(['exposure', 'exposure', 're-rated']);
    expect(results[0]).toMatchObject({
      invoiceId: 'inv-2',
      billed: parseMoney('733.33', 'GBP'),
      byRule: parseMoney('806.67', 'GBP'),
      difference: parseMoney('73.34', 'GBP'),
    });
    // twice 73.34
    expect(formatMoney(exposureOf(results, 'GBP'))).toBe('146.68 GBP');
    expect(formatMoney(exposureOf([], 'GBP'))).toBe('0.00 GBP');
  });

  test('the same rate changes nothing, whatever the version', () => {
    const sameRate = [card('c', [line('l', { price: perHour('100.00') })], { version: 3 })];
    expect(again(entry({ status: 'unbilled' }), '2026-05-01', sameRate)).toEqual({
      outcome: 'unchanged',
      entryId: 'e-1',
    });
  });

  test('without a rate today, or in another currency, the entry keeps its price', () => {
    expect(code(() => again(entry({ status: 'unbilled' }), '2026-05-01', []))).toBe('RATE_MISSING');
    const other = entry({ status: 'unbilled' }, { amount: parseMoney('733.33', 'EUR') });
    expect(code(() => again(other))).toBe('CURRENCY_MISMATCH');
  });
});

describe('whatever the card says now', () => {
  /** An entry of some minutes with a price of its own, and what the card says of it now: per hour, or per day. */
  const cases = fc.record({
    minutes: fc.integer({ min: 1, max: 6000 }),
    old: fc.integer({ min: 0, max: 50_000 }),
    now: fc.integer({ min: 0, max: 50_000 }),
    byDay: fc.boolean(),
    dayQuarters: fc.integer({ min: 20, max: 40 }),
    standing: fc.constantFrom<PricedEntry['standing'][]>(
      { status: 'unbilled' },
      { status: 'on-draft', invoiceId: 'draft' },
      { status: 'billed', invoiceId: 'posted' },
    ),
    openFrom: fc.constantFrom('2026-05-01', '2026-05-15', '2026-05-16', '2026-06-01'),
  });
  type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

  /** Pence of minutes at pence an hour (or a day of so many quarters of an hour), half a penny away from zero. */
  const penceOf = ({ minutes, now, byDay, dayQuarters }: Case): number => {
    const [numerator, denominator] = [BigInt(minutes) * BigInt(now), BigInt(byDay ? dayQuarters * 15 : 60)];
    return Number((2n * numerator + denominator) / (2n * denominator));
  };

  const reratedOf = (one: Case): { entry: PricedEntry; result: Rerating; cards: RateCard[] } => {
    const { minutes, old, now, byDay, dayQuarters, standing, openFrom } = one;
    const unit = byDay ? 'day' : 'hour';
    const priced = entry(standing, {
      worked: { quantity: parseFraction(`${String(minutes)}/60`), unit: 'hour' },
      amount: money(penceOf({ ...one, now: old, byDay: false }), 'GBP'),
    });
    const before = { ...priced, price: { ...priced.price, rate: (old / 100).toFixed(2) } };
    const hoursPerUnit = { day: (dayQuarters / 4).toFixed(2) };
    const price = { by: 'rate', unit, rate: (now / 100).toFixed(2), markupPercent: '0' } as const;
    const cards = [card('c', [line('l', { price })], { version: 2, hoursPerUnit })];
    return { entry: before, result: again(before, openFrom, cards), cards };
  };

  test('what stands after it is the charge by rule; what is billed stands as billed', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { entry: before, result } = reratedOf(one);
        const byRule = money(penceOf(one), 'GBP');
        const parts =
          result.outcome === 're-rated'
            ? [result.reversal.amount, result.replacement.amount]
            : result.outcome === 'adjustment'
              ? [result.amount]
              : result.outcome === 'exposure'
                ? [result.difference]
                : [];
        expect(sumMoney([before.amount, ...parts], 'GBP')).toEqual(byRule);
        if (result.outcome === 're-rated') expect(add(result.reversal.amount, before.amount).amountMinor).toBe(0);

        const isBilled = one.standing.status === 'billed';
        const isClosed = before.work.workedOn < one.openFrom;
        const expected = isBilled ? 'exposure' : isClosed ? 'adjustment' : 're-rated';
        expect(['unchanged', expected]).toContain(result.outcome);
        if (result.outcome === 're-rated' || result.outcome === 'adjustment') {
          expect(result.redraftInvoiceId).toBe(one.standing.status === 'on-draft' ? 'draft' : null);
        }
      }),
    );
  });

  test('re-rated once it is unchanged by the same card', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { entry: before, result, cards } = reratedOf(one);
        if (result.outcome !== 're-rated') return;
        const { price, amount } = result.replacement;
        expect(again({ ...before, price, amount }, one.openFrom, cards).outcome).toBe('unchanged');
      }),
    );
  });

  test('the exposure of many is the sum of what billed ones differ by, and of those alone', () => {
    fc.assert(
      fc.property(fc.array(cases, { maxLength: 8 }), (all) => {
        const results = all.map(reratedOf);
        const pence = all.reduce((sum, one, index) => {
          const before = results[index]?.entry.amount.amountMinor ?? 0;
          return one.standing.status === 'billed' ? sum + penceOf(one) - before : sum;
        }, 0);
        const reratings = results.map(({ result }) => result);
        expect(exposureOf(reratings, 'GBP')).toEqual(money(pence, 'GBP'));
      }),
    );
  });
});
