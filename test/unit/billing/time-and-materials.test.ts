import fc from 'fast-check';
import { billingRuns, timeAndMaterialsBill } from '../../../domain/billing/time-and-materials.ts';
import { compareDecimals, times } from '../../../domain/money/decimal.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;

describe('a bill of time and materials', () => {
  test('lines are rounded one by one, the fee is on the time alone', () => {
    const bill = timeAndMaterialsBill(
      {
        // 7.333 x 99.99 = 733.22667 -> 733.23; 0.5 x 80 = 40
        time: [
          { hours: '7.333', rate: '99.99' },
          { hours: '0.5', rate: '80' },
        ],
        // 200 + 7.5 % = 215; 1000 + 10 % = 1100, of which the cap leaves 850
        expenses: [
          { cost: '200', markupPercent: '7.5', capRemaining: null },
          { cost: '1000', markupPercent: '10', capRemaining: '850' },
        ],
        feePercentOnTime: '12.5', // of 773.23 = 96.65375
      },
      cents,
    );
    expect([bill.time, bill.expenses, bill.fee, bill.total].map(({ value }) => value)).toEqual([
      '773.23',
      '1065',
      '96.65',
      '1934.88',
    ]);
  });

  test('a cap that is used up leaves nothing, and never bills backwards', () => {
    const expenses = [{ cost: '10', markupPercent: '0', capRemaining: '-5' }];
    expect(timeAndMaterialsBill({ time: [], expenses, feePercentOnTime: '0' }, cents).total.value).toBe('0');
  });

  test('negative rates and fees, and a mark-up that makes a price negative, are refused', () => {
    const none = { time: [], expenses: [], feePercentOnTime: '0' };
    expect(code(() => timeAndMaterialsBill({ ...none, time: [{ hours: '1', rate: '-1' }] }, cents))).toBe(
      'QUANTITY_INVALID',
    );
    const expenses = [{ cost: '1', markupPercent: '-101', capRemaining: null }];
    expect(code(() => timeAndMaterialsBill({ ...none, expenses }, cents))).toBe('MARKUP_INVALID');
    expect(code(() => timeAndMaterialsBill({ ...none, feePercentOnTime: '-1' }, cents))).toBe('QUANTITY_INVALID');
  });
});

describe('billing runs', () => {
  test('work that becomes known after its run is billed by the next one', () => {
    const entries = [
      { workedOn: '2026-01-10', hours: '4', knownFromRun: 0 },
      { workedOn: '2026-01-20', hours: '2', knownFromRun: 1 },
      { workedOn: '2026-02-05', hours: '1', knownFromRun: 0 },
    ];
    // Run 1 knows of the 4 hours of January: 400. Run 2 has 2 hours that became known late and 1 of February: 300.
    const { invoices, total } = billingRuns(entries, ['2026-01-31', '2026-02-28', '2026-02-28'], '100', cents);
    expect(invoices.map(({ value }) => value)).toEqual(['400', '300', '0']);
    expect(total.value).toBe('700');
  });

  test('the day of the cut-off is billed, the day after it waits; each entry is rounded by itself', () => {
    const entries = ['2026-01-30', '2026-01-31', '2026-02-01'].map((workedOn) => {
      return { workedOn, hours: '0.125', knownFromRun: 0 };
    });
    // 0.125 x 99.99 = 12.49875 = 12.50 each: two by 31 January, the third with the next run.
    const { invoices } = billingRuns(entries, ['2026-01-31', '2026-02-28'], '99.99', cents);
    expect(invoices.map(({ value }) => value)).toEqual(['25', '12.5']);
  });

  test('a rate below zero is refused', () => {
    expect(code(() => billingRuns([], ['2026-01-31'], '-1', cents))).toBe('QUANTITY_INVALID');
  });

  test('every entry is billed at most once, and all of those that were known in time', () => {
    const entry = fc.record({
      workedOn: fc.integer({ min: 1, max: 28 }).map((day) => `2026-02-${String(day).padStart(2, '0')}`),
      hours: fc.integer({ min: 0, max: 24 }).map(String),
      knownFromRun: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const { total } = billingRuns(entries, ['2026-02-07', '2026-02-14', '2026-02-28', '2026-02-28'], '10', cents);
        const hours = entries.reduce((sum, one) => sum + Number(one.hours), 0);
        expect(compareDecimals(total.value, times(String(hours), '10'))).toBe(0);
      }),
    );
  });
});
