import fc from 'fast-check';
import { formatDecimal, type Money, money, parseMoney, sumMoney } from '../../../domain/money/money.ts';
import {
  dueRows,
  planRevenue,
  recognisedTotal,
  replanRevenue,
  scheduleStateOf,
  type RevenueSchedule,
  withRecognised,
} from '../../../domain/revenue/revenue-schedule.ts';
import { straightLine } from '../../../domain/revenue/straight-line.ts';
import { code } from '../money/domain-error.ts';

const CENTS = { mode: 'half-away-from-zero', scale: 2 } as const;
const gbp = (text: string) => parseMoney(text, 'GBP');
const months = (price: Money, startOn: string, endOn: string) =>
  straightLine({ amount: formatDecimal(price), startOn, endOn }, 'equal-months', CENTS);
const told = ({ rows }: RevenueSchedule) =>
  rows.map((row) => `${row.month} ${formatDecimal(row.amount)} ${row.state} ${row.reason}`);

describe('a revenue schedule', () => {
  const quarter = planRevenue('o1', gbp('100.00'), months(gbp('100.00'), '2026-01-01', '2026-03-31'));

  test('has rows that sum to the price', () => {
    // 33.33, 33.33 and what is left.
    expect(told(quarter)).toEqual([
      '2026-01 33.33 planned plan',
      '2026-02 33.33 planned plan',
      '2026-03 33.34 planned plan',
    ]);
    expect(code(() => planRevenue('o1', gbp('99.00'), months(gbp('100.00'), '2026-01-01', '2026-03-31')))).toBe(
      'SCHEDULE_TOTAL',
    );
  });

  test('recognises what is due, once', () => {
    expect(dueRows(quarter, '2026-02')).toHaveLength(2);
    const recognised = withRecognised(quarter, '2026-02');
    expect(recognisedTotal(recognised)).toEqual(gbp('66.66'));
    expect(dueRows(recognised, '2026-02')).toEqual([]);
    expect(withRecognised(recognised, '2026-02')).toEqual(recognised);
  });

  test('a higher price replaces open rows, and closed months are adjusted in the first open one', () => {
    // 120 over three months is 40 a month: 40 - 33.33 = 6.67 for January, in February.
    const before = withRecognised(quarter, '2026-01');
    const price = gbp('120.00');
    const after = replanRevenue(before, { price, months: months(price, '2026-01-01', '2026-03-31') }, '2026-02');
    expect(told(after)).toEqual([
      '2026-01 33.33 recognised plan',
      '2026-02 6.67 planned adjustment',
      '2026-02 40.00 planned plan',
      '2026-03 40.00 planned plan',
    ]);
    expect(after.version).toBe(2);
  });

  test('a longer service takes back what was recognised too early', () => {
    // 100 over four months is 25: after two of 33.33 the adjustment is 50 - 66.66.
    const before = withRecognised(quarter, '2026-02');
    const plan = { price: gbp('100.00'), months: months(gbp('100.00'), '2026-01-01', '2026-04-30') };
    expect(told(replanRevenue(before, plan, '2026-03')).slice(2)).toEqual([
      '2026-03 -16.66 planned adjustment',
      '2026-03 25.00 planned plan',
      '2026-04 25.00 planned plan',
    ]);
  });

  test('a row that was due and not recognised is caught up with the adjustment', () => {
    // Nothing recognised of January and February: 66.66 in March.
    const plan = { price: gbp('100.00'), months: months(gbp('100.00'), '2026-01-01', '2026-03-31') };
    expect(told(replanRevenue(quarter, plan, '2026-03'))).toEqual([
      '2026-03 66.66 planned adjustment',
      '2026-03 33.34 planned plan',
    ]);
  });

  test('refuses a plan from a month that is recognised, in disorder, in another currency or unrounded', () => {
    const before = withRecognised(quarter, '2026-02');
    const plan = { price: gbp('100.00'), months: months(gbp('100.00'), '2026-01-01', '2026-03-31') };
    expect(code(() => replanRevenue(before, plan, '2026-02'))).toBe('SCHEDULE_CLOSED');
    expect(code(() => planRevenue('o', plan.price, [...plan.months].reverse()))).toBe('SCHEDULE_ORDER');
    const yen = money(100, 'JPY');
    expect(
      code(() => replanRevenue(before, { price: yen, months: months(yen, '2026-01-01', '2026-01-31') }, '2026-03')),
    ).toBe('CURRENCY_MISMATCH');
    const exact = straightLine({ amount: '100', startOn: '2026-01-01', endOn: '2026-03-31' }, 'equal-months', null);
    expect(code(() => planRevenue('o', gbp('100.00'), exact))).toBe('AMOUNT_INVALID');
  });

  test('is planned, partly recognised and recognised, and each is replaced by a new plan', () => {
    const [planned, partly, whole] = [quarter, withRecognised(quarter, '2026-02'), withRecognised(quarter, '2026-03')];
    expect([planned, partly, whole].map(scheduleStateOf)).toEqual(['planned', 'partly-recognised', 'recognised']);
    const { price } = quarter;
    const plan = { price, months: months(price, '2026-01-01', '2026-03-31') };
    expect(scheduleStateOf(replanRevenue(whole, plan, '2026-04'))).toBe('recognised');
  });

  test('of a price of zero needs no rows', () => {
    expect(planRevenue('free', gbp('0.00'), [])).toMatchObject({ version: 1, rows: [] });
  });

  test('stays the contract value through any plans, and recognised rows stay as they were', () => {
    const plans = fc.array(fc.record({ cents: fc.nat(1_000_000), length: fc.integer({ min: 1, max: 11 }) }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(plans, (some) => {
        const plan = ({ cents, length }: { cents: number; length: number }) => {
          const price = money(cents, 'GBP');
          return { price, months: months(price, '2026-01-01', `2026-${String(length).padStart(2, '0')}-28`) };
        };
        const [first = { cents: 0, length: 1 }, ...later] = some;
        const start = plan(first);
        let schedule = planRevenue('o', start.price, start.months);
        later.forEach((next, index) => {
          const open = `2026-${String(index + 2).padStart(2, '0')}`;
          schedule = withRecognised(schedule, `2026-${String(index + 1).padStart(2, '0')}`);
          const kept = schedule.rows.filter((row) => row.state === 'recognised');
          const { price, months: rows } = plan(next);
          schedule = replanRevenue(schedule, { price, months: rows }, open);
          expect(schedule.rows.filter((row) => row.state === 'recognised')).toEqual(kept);
          expect(
            sumMoney(
              schedule.rows.map((row) => row.amount),
              'GBP',
            ),
          ).toEqual(price);
        });
        const done = withRecognised(schedule, '2026-12');
        expect(recognisedTotal(done)).toEqual(done.price);
      }),
    );
  });
});
