// Contract modifications in figures: the published examples with other figures, and what cannot be computed.
import fc from 'fast-check';
import {
  catchUpByProgress,
  catchUpByUnits,
  prospectiveTime,
  prospectiveUnits,
  remainingUnits,
  separateContract,
} from '../../../domain/change/modification.ts';
import { compareDecimals, minus, plus, times } from '../../../domain/money/decimal.ts';
import type { Figure } from '../../../domain/money/derivation.ts';
import { code } from '../money/domain-error.ts';

const CENTS = { mode: 'half-away-from-zero', scale: 2 } as const;
const NONE = { qty: '0', price: '0' };

function values(figures: Record<string, Figure>): Record<string, string> {
  return Object.fromEntries(Object.entries(figures).map(([key, { value }]) => [key, value]));
}

describe('added at its stand-alone price: a contract of its own', () => {
  test('both go on at their own price', () => {
    // 80 of 200 left at 12.50 = 1,000; 40 x 11 = 440; 200 x 12.50 + 440 = 2,940.
    const result = separateContract({ qty: '200', price: '12.50' }, '120', { qty: '40', price: '11' }, CENTS);
    expect(values(result)).toEqual({ originalRemainingRevenue: '1000', addedRevenue: '440', totalRevenue: '2940' });
  });

  test('each figure is rounded on its own', () => {
    // 1.5 x 0.333 = 0.4995; 2 x 0.333 = 0.666; 1.5 x 0.333 + 0.666 = 1.1655.
    const result = separateContract({ qty: '1.5', price: '0.333' }, '0', { qty: '2', price: '0.333' }, CENTS);
    expect(values(result)).toEqual({ originalRemainingRevenue: '0.5', addedRevenue: '0.67', totalRevenue: '1.17' });
  });

  test('more cannot be delivered than was promised', () => {
    expect(code(() => separateContract({ qty: '10', price: '1' }, '11', NONE, null))).toBe('MODIFICATION_INVALID');
    expect(code(() => remainingUnits({ qty: '10', price: '1' }, '-1'))).toBe('MODIFICATION_INVALID');
  });
});

describe('prospective', () => {
  test('undelivered and added units share one price, the credit stays out of it', () => {
    // 40 x 50 + 20 x 35 = 2,700 over 60 units = 45; 100 delivered x 3 = 300 less revenue now.
    const result = prospectiveUnits(
      { qty: '40', price: '50' },
      { qty: '20', price: '35' },
      { qty: '100', amount: '3' },
      CENTS,
    );
    expect(values(result)).toEqual({
      revenueReductionNow: '300',
      remainingConsideration: '2700',
      remainingQty: '60',
      unitRevenue: '45',
    });
  });

  test('scope may go down: units taken away are negative', () => {
    // 60 x 100 - 20 x 90 = 4,200 over 40 = 105.
    const result = prospectiveUnits({ qty: '60', price: '100' }, { qty: '-20', price: '90' }, null, CENTS);
    expect(values(result)).toMatchObject({ revenueReductionNow: '0', unitRevenue: '105', remainingQty: '40' });
  });

  test('a service repriced and extended: what is left over the periods left', () => {
    // 60,000 + 3 x 50,000 = 210,000 over 4 = 52,500; 100 / 3 = 33.33.
    expect(values(prospectiveTime(['60000', '150000'], '4', null))).toEqual({ total: '210000', perPeriod: '52500' });
    expect(values(prospectiveTime(['100'], '3', CENTS))).toEqual({ total: '100', perPeriod: '33.33' });
  });

  test('nothing left to deliver cannot carry a price', () => {
    expect(code(() => prospectiveUnits(NONE, NONE, null, null))).toBe('MODIFICATION_INVALID');
    expect(code(() => prospectiveTime(['1'], '0', null))).toBe('MODIFICATION_INVALID');
  });
});

describe('cumulative catch-up', () => {
  test('by progress, from the exact ratio', () => {
    const before = { transactionPrice: '1000', costToDate: '300', totalCost: '600' };
    const after = { transactionPrice: '1200', costToDate: '300', totalCost: '900' };
    // 1/2 of 1,000 = 500; 1/3 of 1,200 = 400.
    const result = catchUpByProgress(before, after, { amounts: CENTS, ratios: null });
    expect(result.recognisedBefore.value).toBe('500');
    expect(result.adjustment.value).toBe('-100');
  });

  test('by progress, from a ratio rounded before use', () => {
    const before = { transactionPrice: '1000', costToDate: '300', totalCost: '900' };
    const after = { transactionPrice: '1000', costToDate: '300', totalCost: '700' };
    // 33.3 % = 333; 42.9 % = 429.
    const ratios = { mode: 'half-away-from-zero', scale: 3 } as const;
    expect(values(catchUpByProgress(before, after, { amounts: CENTS, ratios }))).toEqual({
      progressBefore: '0.333',
      recognisedBefore: '333',
      progressAfter: '0.429',
      adjustment: '96',
    });
  });

  test('by units: what is done is re-priced to the blended price', () => {
    // (120 x 100 + 30 x 80) / 150 = 96; 60 x (96 - 100) = -240.
    const [original, added] = [
      { qty: '120', price: '100' },
      { qty: '30', price: '80' },
    ];
    expect(values(catchUpByUnits(original, added, '60', { amounts: CENTS, ratios: null }))).toEqual({
      blendedPrice: '96',
      recognisedBefore: '6000',
      adjustment: '-240',
      totalRevenue: '14400',
    });
  });

  test('by units: the shown price is rounded, the adjustment is computed from the exact one', () => {
    // (2 x 100 + 1 x 80) / 3 = 93.333...; 2 x (93.333... - 100) = -13.333..., from the rounded price it were -13.34.
    const [original, added] = [
      { qty: '2', price: '100' },
      { qty: '1', price: '80' },
    ];
    const result = catchUpByUnits(original, added, '2', { amounts: CENTS, ratios: null });
    expect([result.blendedPrice.value, result.adjustment.value]).toEqual(['93.33', '-13.33']);
    const rounded = catchUpByUnits(original, added, '2', { amounts: CENTS, ratios: CENTS });
    expect([rounded.blendedPrice.value, rounded.adjustment.value]).toEqual(['93.33', '-13.34']);
  });

  test('by units: no units, or more done than there are', () => {
    const rounding = { amounts: null, ratios: null };
    expect(code(() => catchUpByUnits(NONE, NONE, '0', rounding))).toBe('MODIFICATION_INVALID');
    expect(code(() => catchUpByUnits({ qty: '5', price: '1' }, NONE, '6', rounding))).toBe('MODIFICATION_INVALID');
  });
});

test('in every way recognised + adjustment + what is left is the new price', () => {
  const count = fc.integer({ min: 1, max: 500 });
  fc.assert(
    fc.property(count, count, count, count, fc.nat(), (oq, op, aq, ap, seed) => {
      const done = String(seed % (oq + 1));
      const [original, added] = [
        { qty: String(oq), price: String(op) },
        { qty: String(aq), price: String(ap) },
      ];
      const total = plus(times(original.qty, original.price), times(added.qty, added.price));
      const recognised = times(done, original.price);

      const own = separateContract(original, done, added, null);
      const left = plus(own.originalRemainingRevenue.value, own.addedRevenue.value);
      expect(plus(recognised, left)).toBe(total);

      const blend = prospectiveUnits(remainingUnits(original, done), added, null, null);
      expect(plus(recognised, blend.remainingConsideration.value)).toBe(total);

      const caughtUp = catchUpByUnits(original, added, done, { amounts: null, ratios: null });
      const toDate = plus(recognised, caughtUp.adjustment.value);
      // done / all of the total; equal up to the 28 digits that a quotient keeps.
      const difference = minus(times(toDate, String(oq + aq)), times(total, done));
      expect(compareDecimals(difference.replace('-', ''), '0.000001') < 0).toBe(true);
    }),
  );
});
