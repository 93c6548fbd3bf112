import fc from 'fast-check';
import { compareDecimals, sumDecimals } from '../../../domain/money/decimal.ts';
import type { Rounding } from '../../../domain/money/rounding.ts';
import { allocatePrice, type AllocationTerms } from '../../../domain/revenue/allocate-price.ts';
import { code } from '../money/domain-error.ts';

const UNITS: Rounding = { mode: 'half-away-from-zero', scale: 0 };
const CENTS: Rounding = { mode: 'half-away-from-zero', scale: 2 };

function terms(
  transactionPrice: string,
  alone: Record<string, string | null>,
  more: Partial<AllocationTerms> = {},
): AllocationTerms {
  const obligations = Object.entries(alone).map(([obligationId, standAlonePrice]) => ({
    obligationId,
    standAlonePrice,
  }));
  return { transactionPrice, obligations, ...more };
}
const prices = (of: AllocationTerms, rounding: Rounding | null = UNITS) =>
  Object.fromEntries(allocatePrice(of, rounding).map(({ obligationId, price }) => [obligationId, price.value]));

describe('the price among obligations by stand-alone selling price', () => {
  test('a licence and its implementation (Project Operations)', () => {
    // 450,000 over 100,000 and 400,000: 90,000 and 360,000.
    expect(prices(terms('450000', { licence: '100000', implementation: '400000' }))).toEqual({
      licence: '90000',
      implementation: '360000',
    });
  });

  test('cents go by largest remainder, ties to the first', () => {
    // 100.00 / 3 = 33.33 each, one cent left.
    expect(prices(terms('100.00', { a: '7', b: '7', c: '7' }), CENTS)).toEqual({ a: '33.34', b: '33.33', c: '33.33' });
  });

  test('an obligation that is free alone gets nothing', () => {
    expect(prices(terms('90', { a: '100', onboarding: '0' }))).toEqual({ a: '90', onboarding: '0' });
  });

  test('refuses what it cannot allocate', () => {
    expect(code(() => prices(terms('100', { a: '1', b: null })))).toBe('SSP_MISSING');
    expect(code(() => prices(terms('100', { a: '0' })))).toBe('ALLOCATION_INVALID');
    expect(code(() => prices(terms('100', { a: '-1', b: '2' }), null))).toBe('ALLOCATION_INVALID');
    expect(code(() => prices(terms('100.005', { a: '1' }), CENTS))).toBe('ALLOCATION_INVALID');
    const twice = [1, 2].map(() => ({ obligationId: 'a', standAlonePrice: '1' }));
    expect(code(() => prices({ transactionPrice: '1', obligations: twice }))).toBe('OBLIGATION_DUPLICATE');
  });
});

describe('a discount seen for a bundle', () => {
  test('stays inside it, and the others share the rest by their own prices', () => {
    // B and C at 60: 60 x 55/100 = 33 and 27; 70 left for A and D: 70 x 40/80.
    const alone = { A: '40', B: '55', C: '45', D: '40' };
    const bundle = { obligationIds: ['B', 'C'], price: '60' };
    expect(prices(terms('130', alone, { bundle }))).toEqual({ A: '35', B: '33', C: '27', D: '35' });
  });

  test('must be a discount, fit the price and hold known obligations', () => {
    const bundled = (price: string, ids = ['B', 'C'], total = '100') =>
      code(() => prices(terms(total, { A: '40', B: '55', C: '45' }, { bundle: { obligationIds: ids, price } })));
    expect(bundled('101')).toBe('BUNDLE_INVALID');
    expect(bundled('60', ['B', 'C'], '59')).toBe('BUNDLE_INVALID');
    expect(bundled('60', ['A', 'B', 'C'])).toBe('BUNDLE_INVALID');
    expect(bundled('60', ['B', 'X'])).toBe('OBLIGATION_UNKNOWN');
  });
});

describe('the residual', () => {
  test('is what the observable prices leave', () => {
    // 130 - 40 - 60.
    expect(prices(terms('130', { A: '40', B: '60', D: null }, { residualId: 'D' }))).toEqual({
      A: '40',
      B: '60',
      D: '30',
    });
  });

  test('needs an obligation without a price of its own, and something left for it', () => {
    const left = (total: string, d: string | null) =>
      code(() => prices(terms(total, { A: '40', D: d }, { residualId: 'D' })));
    expect(left('130', '50')).toBe('RESIDUAL_WITHOUT_EVIDENCE');
    expect(left('39', null)).toBe('RESIDUAL_NOT_POSITIVE');
    expect(left('40', null)).toBe('RESIDUAL_NOT_POSITIVE');
    expect(code(() => prices(terms('1', { A: '1' }, { residualId: 'X' })))).toBe('OBLIGATION_UNKNOWN');
  });

  test('tells what it was taken from', () => {
    const [, rest] = allocatePrice(terms('130', { A: '40', D: null }, { residualId: 'D' }), UNITS);
    expect(rest?.price.derivation).toMatchObject({
      rule: 'price - observable prices of the others',
      inputs: { transactionPrice: '130', observed: '40' },
      parts: [{ rule: 'stand-alone selling price' }],
    });
  });
});

test('the parts sum to the price, in cents and exactly, with and without exceptions', () => {
  const alone = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 3, maxLength: 6 });
  fc.assert(
    fc.property(
      alone,
      fc.nat(1_000_000),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(null, CENTS),
      (some, extra, bundled, residual, rounding) => {
        const [first = 0, second = 0] = some;
        const sum = some.reduce((a, b) => a + b, 0);
        const obligations = some.map((price, index) => ({
          obligationId: String(index),
          standAlonePrice: residual && index === 2 ? null : String(price),
        }));
        const transactionPrice = String(sum + extra);
        const parts = allocatePrice(
          {
            transactionPrice,
            obligations,
            ...(bundled
              ? { bundle: { obligationIds: ['0', '1'], price: String(Math.ceil((first + second) / 2)) } }
              : {}),
            ...(residual ? { residualId: '2' } : {}),
          },
          rounding,
        );
        expect(parts).toHaveLength(some.length);
        expect(compareDecimals(sumDecimals(parts.map((part) => part.price.value)), transactionPrice)).toBe(0);
      },
    ),
  );
});
