import fc from 'fast-check';
import { allocate, roundedToSum } from '../../../domain/money/allocate.ts';
import { money, sumMoney } from '../../../domain/money/money.ts';
import { code } from './domain-error.ts';

describe('allocation by largest remainder', () => {
  test.each([
    // 100.00 / 3 = 33.33 and one cent left: all remainders are equal, so it goes to the first.
    [10_000, 'GBP', ['1', '1', '1'], [3334, 3333, 3333]],
    // 101 / 3 = 33 and two left: to the first two.
    [101, 'JPY', ['1', '1', '1'], [34, 34, 33]],
    // 101 x 0.3 = 30.3, 101 x 0.7 = 70.7: the remainder .7 is the largest.
    [101, 'JPY', ['3', '7'], [30, 71]],
    // 5 x 0.7 = 3.5, 5 x 0.3 = 1.5: equal remainders, the first wins; a weight of zero gets nothing.
    [5, 'JPY', ['7', '0', '3'], [4, 0, 1]],
    // 1.000 KWD by 12.5 : 25 = 333.33.. : 666.66.. fils.
    [1000, 'KWD', ['12.5', '25'], [333, 667]],
    [-10_000, 'GBP', ['1', '1', '1'], [-3334, -3333, -3333]],
    [0, 'GBP', ['1', '2'], [0, 0]],
  ])('splits %i minor units of %s by %j into %j', (total, currency, weights, parts) => {
    expect(allocate(money(total, currency), weights).map((part) => part.amountMinor)).toEqual(parts);
  });

  test('refuses weights that say nothing', () => {
    expect(code(() => allocate(money(1, 'GBP'), []))).toBe('ALLOCATION_INVALID');
    expect(code(() => allocate(money(1, 'GBP'), ['0', '0.00']))).toBe('ALLOCATION_INVALID');
    expect(code(() => allocate(money(1, 'GBP'), ['1', '-1']))).toBe('ALLOCATION_INVALID');
    expect(code(() => allocate(money(1, 'GBP'), ['a']))).toBe('ALLOCATION_INVALID');
  });

  const weight = fc.tuple(fc.nat(100_000), fc.nat(999)).map(([whole, part]) => `${String(whole)}.${String(part)}`);
  test('the parts always sum to the whole, and each is within one unit of its exact share', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.array(weight, { minLength: 1, maxLength: 20 }).filter((all) => all.some((w) => Number(w) > 0)),
        (total, weights) => {
          const parts = allocate(money(total, 'GBP'), weights);
          expect(sumMoney(parts, 'GBP').amountMinor).toBe(total + 0);
          const all = weights.reduce((sum, w) => sum + Number(w), 0);
          parts.forEach((part, index) => {
            const exact = (total * Number(weights[index])) / all;
            const actual = part.amountMinor;
            expect(Math.abs(actual - exact)).toBeLessThanOrEqual(1 + Math.abs(exact) * 1e-9);
          });
        },
      ),
    );
  });
});

describe('parts rounded to a sum', () => {
  test('the part that is named takes what rounding left', () => {
    // 1 / 3 = 0.33 three times: the second takes 0.34.
    const thirds = ['0.3333', '0.3333', '0.3333'];
    const cents = { mode: 'half-even', scale: 2 } as const;
    expect(roundedToSum('1', thirds, cents, 1)).toEqual(['0.33', '0.34', '0.33']);
    expect(roundedToSum('1', thirds, null, 0)).toEqual(['0.3334', '0.3333', '0.3333']);
  });

  test('what is no number is refused', () => {
    expect(code(() => roundedToSum('1', ['x'], null, 1))).toBe('DECIMAL_INVALID');
  });
});
