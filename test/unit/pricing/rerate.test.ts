import { parseFraction } from '../../../domain/money/fraction.ts';
import { add, formatMoney, parseMoney } from '../../../domain/money/money.ts';
import { exposureOf, type PricedEntry, rerate } from '../../../domain/pricing/rerate.ts';
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
