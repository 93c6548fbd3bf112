import fc from 'fast-check';
import { sumDecimals } from '../../../domain/money/decimal.ts';
import { cashPriceOf, financingPlan, isFinancing } from '../../../domain/revenue/financing.ts';
import { code } from '../money/domain-error.ts';

const UNITS = { mode: 'half-away-from-zero', scale: 0 } as const;

describe('a significant financing component', () => {
  test('an advance of two years grows into the revenue (IFRS 15 Example 29)', () => {
    // 4,000 at 6 %: 4,240, then 4,494.40; interest 240 + 254 in whole units.
    const plan = financingPlan('4000', '6', 2, UNITS);
    expect(plan.balances.map((one) => one.value)).toEqual(['4240', '4494']);
    expect(plan.interestByYear.map((one) => one.value)).toEqual(['240', '254']);
    expect(plan.interest.value).toBe('494');
  });

  test('a year that was rounded is not compounded', () => {
    // 1,000 at 0.05 %: 1,000.5, so 1,001; 1,001.00025, so 1,001 and not 1,001 x 1.0005 = 1,001.5, so 1,002.
    expect(financingPlan('1000', '0.05', 2, UNITS).balances.map((one) => one.value)).toEqual(['1001', '1001']);
  });

  test('what is due later is worth its cash price today', () => {
    // 121 / 1.1^2 = 100 (Example 26); 5,000 / 1.06^2 = 4,449.98.
    expect(cashPriceOf('121', '10', 2, null).value).toBe('100');
    expect(cashPriceOf('5000', '6', 2, { mode: 'half-even', scale: 2 }).value).toBe('4449.98');
  });

  test('needs whole years and a rate that leaves something', () => {
    expect(code(() => financingPlan('100', '10', 0, null))).toBe('FINANCING_INVALID');
    expect(code(() => financingPlan('100', '10', 1.5, null))).toBe('FINANCING_INVALID');
    expect(code(() => cashPriceOf('100', '-100', 1, null))).toBe('FINANCING_INVALID');
  });

  test('interest of the years is the last balance less the principal', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(3000), fc.integer({ min: 1, max: 15 }), (principal, rate, years) => {
        const plan = financingPlan(String(principal), String(rate / 100), years, UNITS);
        expect(sumDecimals(plan.interestByYear.map((one) => one.value))).toBe(plan.interest.value);
      }),
    );
  });

  test('up to one year apart nothing is adjusted where the expedient is taken', () => {
    const apart = (paidOn: string, more = {}) =>
      isFinancing({ performedOn: '2026-01-31', paidOn, significant: true, oneYearExpedient: true, ...more });
    expect([apart('2027-01-31'), apart('2027-02-01'), apart('2025-01-31'), apart('2025-01-30')]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(apart('2026-03-01', { oneYearExpedient: false })).toBe(true);
    expect(apart('2029-01-31', { significant: false })).toBe(false);
    expect(code(() => apart('2026-02-30'))).toBe('DATE_INVALID');
  });
});
