import fc from 'fast-check';
import { progressInvoice, scheduleInvoice, taskProgressInvoices } from '../../../domain/billing/progress.ts';
import { compareDecimals, sumDecimals } from '../../../domain/money/decimal.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;
const toCents = { step: '0.01', mode: 'half-away-from-zero' } as const;

describe('billing by percentage', () => {
  test('bills the whole to date less what was billed, rounded once over all lines', () => {
    const lines = [
      { contractValue: '1000', actualCost: '1', budgetCost: '3' },
      { contractValue: '500', percent: '12.5' },
    ];
    // 333.333... + 62.50 = 395.833... -> 395.83; less 100.00
    expect(progressInvoice(lines, '100', toCents).value).toBe('295.83');
    expect(progressInvoice(lines, '0', { step: '5', mode: 'half-away-from-zero' }).value).toBe('395');
  });

  test('a line over budget is worth its value, not more; progress that went down is credited', () => {
    // 1200 of 1000 spent: 100 %
    expect(
      progressInvoice([{ contractValue: '800', actualCost: '1200', budgetCost: '1000' }], '750', toCents).value,
    ).toBe('50');
    expect(progressInvoice([{ contractValue: '800', percent: '40' }], '400', toCents).value).toBe('-80');
  });

  test('impossible progress is refused', () => {
    const line = { contractValue: '1' };
    expect(code(() => progressInvoice([{ ...line, percent: '100.01' }], '0', null))).toBe('PROGRESS_INVALID');
    expect(code(() => progressInvoice([{ ...line, percent: '-1' }], '0', null))).toBe('PROGRESS_INVALID');
    expect(code(() => progressInvoice([{ ...line, actualCost: '1', budgetCost: '0' }], '0', null))).toBe(
      'PROGRESS_INVALID',
    );
    expect(code(() => progressInvoice([{ ...line, actualCost: '-1', budgetCost: '2' }], '0', null))).toBe(
      'PROGRESS_INVALID',
    );
  });
});

describe('billing by finished tasks', () => {
  test('each step bills what moved, at cumulative value', () => {
    const items = [
      { itemId: 'design', value: '100.01' },
      { itemId: 'build', value: '300' },
    ];
    const invoices = taskProgressInvoices(
      items,
      [{ design: '0.5' }, { design: '1', build: '0.25' }, { build: '1' }],
      cents,
    );
    // 50.005 -> 50.01; 100.01 + 75 = 175.01, less 50.01; 400.01 less 175.01
    expect(invoices.map(({ invoice }) => invoice.value)).toEqual(['50.01', '125', '225']);
  });

  test('progress that goes back is credited, and an item without value bills nothing', () => {
    const items = [
      { itemId: 'report', value: '80' },
      { itemId: 'kick-off', value: '0' },
    ];
    // 80 x 0.75 = 60; 80 x 0.5 = 40, less 60; nothing for the kick-off; 80 less 40
    const steps: Record<string, string>[] = [
      { report: '0.75' },
      { report: '0.5' },
      { 'kick-off': '1' },
      { report: '1' },
    ];
    const invoices = taskProgressInvoices(items, steps, cents);
    expect(invoices.map(({ invoice }) => invoice.value)).toEqual(['60', '-20', '0', '40']);
    const twice = [...items, { itemId: 'report', value: '1' }];
    expect(code(() => taskProgressInvoices(twice, steps, cents))).toBe('BILLING_ITEM_DUPLICATE');
  });

  test('unknown items and progress beyond the whole are refused', () => {
    expect(code(() => taskProgressInvoices([], [{ constructor: '1' }], null))).toBe('PROGRESS_INVALID');
    expect(code(() => taskProgressInvoices([{ itemId: 'a', value: '1' }], [{ a: '1.1' }], null))).toBe(
      'PROGRESS_INVALID',
    );
  });

  test('the invoices of all steps sum to the value at the end, whatever the steps', () => {
    const progress = fc.integer({ min: 0, max: 1000 }).map((thousandths) => (thousandths / 1000).toFixed(3));
    const value = fc.integer({ min: 0, max: 10_000_000 }).map((minor) => (minor / 100).toFixed(2));
    fc.assert(
      fc.property(value, value, fc.array(fc.record({ a: progress, b: progress }), { maxLength: 8 }), (a, b, steps) => {
        const items = [
          { itemId: 'a', value: a },
          { itemId: 'b', value: b },
        ];
        const invoices = taskProgressInvoices(items, [...steps, { a: '1', b: '1' }], cents);
        const total = sumDecimals(invoices.map(({ invoice }) => invoice.value));
        expect(compareDecimals(total, sumDecimals([a, b]))).toBe(0);
      }),
    );
  });
});

describe('billing by schedule', () => {
  const items = [
    { itemId: 'kick-off', amount: '1000.50' },
    { itemId: 'go-live', amount: '2000' },
  ];

  test('completed items bill whole, the rest remains', () => {
    const bill = scheduleInvoice('3000.50', items, ['go-live', 'go-live']);
    expect([bill.scheduleTotal, bill.invoice, bill.remaining].map(({ value }) => value)).toEqual([
      '3000.5',
      '2000',
      '1000.5',
    ]);
  });

  test('units of delivery bill as they are delivered, until nothing remains', () => {
    // Three lots of 3,333.33 and one of 3,333.34: 13,333.33 in all; two lots 6,666.66, 6,666.67 remain.
    const lots = ['a', 'b', 'c', 'd'].map((itemId) => ({ itemId, amount: itemId === 'd' ? '3333.34' : '3333.33' }));
    const bill = (...done: string[]) => scheduleInvoice('13333.33', lots, done);
    expect([bill('a', 'c').invoice.value, bill('a', 'c').remaining.value]).toEqual(['6666.66', '6666.67']);
    expect([bill('a', 'b', 'c', 'd').invoice.value, bill('a', 'b', 'c', 'd').remaining.value]).toEqual([
      '13333.33',
      '0',
    ]);
    const twice = [...lots, { itemId: 'a', amount: '1' }];
    expect(code(() => scheduleInvoice('13334.33', twice, []))).toBe('BILLING_ITEM_DUPLICATE');
  });

  test('a schedule that does not sum to the contract and an item that is not on it are refused', () => {
    expect(code(() => scheduleInvoice('3000', items, []))).toBe('SCHEDULE_SUM');
    expect(code(() => scheduleInvoice('3000.50', items, ['hand-over']))).toBe('SCHEDULE_ITEM_UNKNOWN');
  });
});
