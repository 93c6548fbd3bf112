import fc from 'fast-check';
import { compareDecimals, sumDecimals } from '../../../domain/money/decimal.ts';
import { catchUp, changesOf, earnedToDate, type Measure, progressOf } from '../../../domain/revenue/progress.ts';
import { code } from '../money/domain-error.ts';

const CENTS = { mode: 'half-even', scale: 2 } as const;
const earned = (price: string, measure: Measure) => earnedToDate(price, progressOf(measure), CENTS).value;

describe('progress to date', () => {
  test('by costs and by hours, against the current forecast', () => {
    // 1,400 / 5,400 and 3,800 / 5,400 at four digits (B40): stacking the overrun on the forecast would give 0.6441.
    const ratios = { mode: 'half-away-from-zero', scale: 4 } as const;
    const of = (toDate: string) => progressOf({ by: 'costs', toDate, forecast: '5400' }, ratios).figure.value;
    expect([of('1400'), of('3800')]).toEqual(['0.2593', '0.7037']);
    // 30 of 80 hours, 1,000 x 0.375.
    expect(earned('1000', { by: 'hours', toDate: '30', forecast: '80' })).toBe('375');
  });

  test('is at most 1 when more is spent than forecast, and tells so', () => {
    const over = progressOf({ by: 'costs', toDate: '120', forecast: '100' });
    expect(over.share).toEqual({ numerator: '1', denominator: '1' });
    expect(over.figure.derivation).toMatchObject({
      rule: 'costs to date / current forecast, at most 1',
      inputs: { done: '120', whole: '100' },
    });
  });

  test('by units and by the value of milestones', () => {
    // 7 of 12 licences, 100 x 7/12 = 58.333..; milestones of 200 + 300 of 1,000.
    expect(earned('100', { by: 'units', delivered: '7', promised: '12' })).toBe('58.33');
    const milestones = [
      { milestoneId: 'a', value: '200', reached: true },
      { milestoneId: 'b', value: '500', reached: false },
      { milestoneId: 'c', value: '300', reached: true },
    ];
    expect(earned('2000', { by: 'milestones', milestones })).toBe('1000');
  });

  test('by days: nothing before the span, all after it, the day itself included', () => {
    const at = (asOf: string) => earned('31', { by: 'days', startOn: '2026-03-01', endOn: '2026-03-31', asOf });
    expect([at('2026-02-28'), at('2026-03-01'), at('2026-03-10'), at('2026-03-31'), at('2026-05-01')]).toEqual([
      '0',
      '1',
      '10',
      '31',
      '31',
    ]);
  });

  test('at a point in time: nothing until control has passed', () => {
    const at = (transferredOn: string | null) => earned('50', { by: 'transfer', transferredOn, asOf: '2026-03-31' });
    expect([at(null), at('2026-04-01'), at('2026-03-31')]).toEqual(['0', '0', '50']);
  });

  test('of nothing, or of negative quantities, cannot be measured', () => {
    expect(code(() => progressOf({ by: 'costs', toDate: '0', forecast: '0' }))).toBe('PROGRESS_INVALID');
    expect(code(() => progressOf({ by: 'units', delivered: '-1', promised: '2' }))).toBe('PROGRESS_INVALID');
    expect(code(() => progressOf({ by: 'milestones', milestones: [] }))).toBe('PROGRESS_INVALID');
    const backwards: Measure = { by: 'days', startOn: '2026-02-02', endOn: '2026-02-01', asOf: '2026-02-01' };
    expect(code(() => progressOf(backwards))).toBe('PROGRESS_INVALID');
  });
});

describe('recognised now', () => {
  test('is earned to date less recognised before, so thirds end at the price', () => {
    // 100 x 1/3 = 33.33, x 2/3 = 66.67, x 1 = 100: 33.33, 33.34, 33.33.
    const toDate = ['1', '2', '3'].map((delivered) =>
      earnedToDate('100', progressOf({ by: 'units', delivered, promised: '3' }), CENTS),
    );
    expect(changesOf(toDate).map((change) => change.value)).toEqual(['33.33', '33.34', '33.33']);
  });

  test('is negative when the forecast grew, and a price of zero earns zero', () => {
    // 50 of 100 was 500; now 50 of 200 is 250.
    const less = earnedToDate('1000', progressOf({ by: 'costs', toDate: '50', forecast: '200' }), CENTS);
    expect(catchUp(less, '500').value).toBe('-250');
    expect(earned('0', { by: 'units', delivered: '1', promised: '3' })).toBe('0');
  });

  test('adds up to what is earned, never to more than the price, in whatever steps', () => {
    const units = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 1_000_000 }), (steps, price) => {
        const total = String(steps.reduce((a, b) => a + b, 1));
        const toDate = steps.map((_, index) => {
          const delivered = String(steps.slice(0, index + 1).reduce((a, b) => a + b, 0));
          return earnedToDate(String(price), progressOf({ by: 'units', delivered, promised: total }), CENTS);
        });
        const recognised = sumDecimals(changesOf(toDate).map((change) => change.value));
        expect(recognised).toBe(toDate.at(-1)?.value);
        expect(compareDecimals(recognised, String(price))).toBeLessThanOrEqual(0);
      }),
    );
  });
});
