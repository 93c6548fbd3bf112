import fc from 'fast-check';
import { compareDecimals, plus } from '../../../domain/money/decimal.ts';
import { expensePrice, type Purchase, purchaseCost, underCap, withoutTax } from '../../../domain/pricing/expense.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;
const purchase = (amount: string, changes: Partial<Purchase> = {}): Purchase => ({
  amount,
  taxPercent: '5',
  includesTax: false,
  taxToProject: 'none',
  ...changes,
});

describe('the price of an expense', () => {
  test('at cost, with a mark-up, or per unit', () => {
    const cost = withoutTax('123.45');
    expect(expensePrice(cost, { method: 'at-cost' }, cents).value).toBe('123.45');
    // 123.45 x 1.05 = 129.6225 = 129.62
    expect(expensePrice(cost, { method: 'markup', markupPercent: '5' }, cents).value).toBe('129.62');
    // 3 x 41.155 = 123.465 = 123.47, whatever it cost
    const perUnit = { method: 'per-unit', unitPrice: '41.155', quantity: '3' } as const;
    expect(expensePrice(cost, perUnit, cents).value).toBe('123.47');
    // a discount: 200 x 0.9 = 180
    expect(expensePrice(withoutTax('200'), { method: 'markup', markupPercent: '-10' }, cents).value).toBe('180');
  });

  test('a mark-up below -100 % is refused', () => {
    expect(code(() => expensePrice(withoutTax('1'), { method: 'markup', markupPercent: '-100.1' }, null))).toBe(
      'MARKUP_INVALID',
    );
  });
});

describe('purchase tax', () => {
  const markup = { method: 'markup', markupPercent: '5' } as const;
  const parts = ['none', 'all', { nonDeductiblePercent: '20' }] as const;

  test('that we get back is no cost; the rest is cost before the mark-up', () => {
    // 1,000; 1,000 x 1.05; 1,000 x 1.01, each x 1.05
    const all = parts.map((taxToProject) => purchase('1000', { taxToProject }));
    expect(all.map((one) => purchaseCost(one, cents).value)).toEqual(['1000', '1050', '1010']);
    expect(all.map((one) => expensePrice(one, markup, cents).value)).toEqual(['1050', '1102.5', '1060.5']);
  });

  test('that is in the amount is taken out by division, and no cent is lost on the way', () => {
    // 1,000 / 1.05 = 952.38; + 47.62 = 1,000; 952.3809.. x 1.01 = 961.90 (second table of the source)
    const all = parts.map((taxToProject) => purchase('1000', { includesTax: true, taxToProject }));
    expect(all.map((one) => purchaseCost(one, cents).value)).toEqual(['952.38', '1000', '961.9']);
    // x 1.05: 1,000; 1,050; 1,010, exactly, though 952.38 x 1.05 = 999.999
    expect(all.map((one) => expensePrice(one, markup, null).value)).toEqual(['1000', '1050', '1010']);
  });

  test('below zero, or a part of more than all of it, is refused', () => {
    expect(code(() => purchaseCost(purchase('1', { taxPercent: '-1' }), null))).toBe('TAX_INVALID');
    for (const nonDeductiblePercent of ['-1', '100.5']) {
      const taxToProject = { nonDeductiblePercent };
      expect(code(() => purchaseCost(purchase('1', { taxToProject }), null))).toBe('TAX_INVALID');
    }
  });

  test('a larger part of it never makes the cost smaller', () => {
    const pct = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(pct, pct, fc.boolean(), (a, b, includesTax) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((part) =>
          purchaseCost(
            purchase('1234.56', { includesTax, taxToProject: { nonDeductiblePercent: String(part) } }),
            cents,
          ),
        );
        expect(compareDecimals(less?.value ?? '', more?.value ?? '')).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('a cap', () => {
  const price = (amount: string) => expensePrice(withoutTax(amount), { method: 'at-cost' }, cents);

  test.each([
    ['2000', '10000', '2000', '0'],
    // 2,000 of which 1,500 fit
    ['2000', '1500', '1500', '500'],
    ['2000', '0', '0', '2000'],
    // overdrawn: nothing may be billed
    ['2000', '-10', '0', '2000'],
    // a credit is never held
    ['-50', '0', '-50', '0'],
  ])('%s under %s: %s now, %s beyond', (amount, capRemaining, billable, beyond) => {
    const split = underCap(price(amount), capRemaining);
    expect([split.billable.value, split.beyond.value]).toEqual([billable, beyond]);
  });

  test('what may be billed and what is beyond sum to the price', () => {
    const amount = fc.integer({ min: -10_000, max: 10_000 }).map(String);
    fc.assert(
      fc.property(amount, amount, (cost, cap) => {
        const { billable, beyond } = underCap(price(cost), cap);
        expect(plus(billable.value, beyond.value)).toBe(price(cost).value);
      }),
    );
  });
});
