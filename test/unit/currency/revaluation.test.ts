// Figures marked OCA are published in OCA/account-closing, account_multicurrency_revaluation/tests.
import fc from 'fast-check';
import { perBase } from '../../../domain/currency/exchange-rates.ts';
import { type BalanceKind, bookedItem, revalue } from '../../../domain/currency/revaluation.ts';
import { sumDecimals } from '../../../domain/money/decimal.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;
const per = (rate: string) => perBase(rate, 'fc-per-base');
const item = (fcAmount: string, rate: string, kind: BalanceKind = 'receivable') =>
  bookedItem(kind, fcAmount, per(rate), cents);
const at = (items: ReturnType<typeof item>[], ...rates: string[]) => {
  const { booked, revaluations } = revalue(items, rates.map(per), cents);
  return {
    booked: booked.value,
    rows: revaluations.map(({ value, vsBooked, incremental }) => [value.value, vsBooked.value, incremental.value]),
  };
};

describe('open items at the closing rate', () => {
  test('are a loss when the currency falls', () => {
    // OCA, test_revaluation_loss: 100 / 1.25 + 100 / 1.00 = 180; at 2.50 = 80, -100; at 4.00 = 50, -130 or -30 more.
    expect(at([item('100', '1.25'), item('100', '1.00')], '2.50', '4.00')).toEqual({
      booked: '180',
      rows: [
        ['80', '-100', '-100'],
        ['50', '-130', '-30'],
      ],
    });
  });

  test('are rounded one by one', () => {
    // OCA, test_revaluation_payment: 5,000 / 0.75 = 6,666.67; at 1.25 = 4,000: -2,666.67; 1,000 left at 1.25 = 800.
    expect(at([item('5000', '0.75')], '1.25')).toEqual({
      booked: '6666.67',
      rows: [['4000', '-2666.67', '-2666.67']],
    });
    // 100 / 3 = 33.33 twice; together 66.67 would not be what the ledger holds.
    expect(at([item('100', '3'), item('100', '3')]).booked).toBe('66.66');
  });

  test('move only when they are settled in currency: an advance keeps the rate of its day', () => {
    // 100 receivable and 100 unbilled at 2.00 = 50 each, an advance of -100 at 4.00 = -25: 75.
    // At 1.00: 100 + 100 - 25 = 175, a gain of 100; the advance would have taken 75 of it away.
    const items = [item('100', '2'), item('100', '2', 'unbilled-receivable'), item('-100', '4', 'contract-liability')];
    expect(at(items, '1')).toEqual({ booked: '75', rows: [['175', '100', '100']] });
  });

  test('need a rate', () => {
    expect(code(() => item('100', '0'))).toBe('EXCHANGE_RATE_INVALID');
    expect(at([], '1')).toEqual({ booked: '0', rows: [['0', '0', '0']] });
  });

  test('steps come to the difference from the booking', () => {
    const rate = fc.integer({ min: 1, max: 100_000 }).map((value) => (value / 1000).toFixed(3));
    const items = fc.array(fc.tuple(fc.integer().map(String), rate), { maxLength: 5 });
    fc.assert(
      fc.property(items, fc.array(rate, { minLength: 1, maxLength: 6 }), (rows, rates) => {
        const { rows: steps } = at(
          rows.map(([amount, bookedAt]) => item(amount, bookedAt)),
          ...rates,
        );
        expect(sumDecimals(steps.map(([, , step = '0']) => step))).toBe(steps.at(-1)?.[1]);
      }),
    );
  });
});
