import fc from 'fast-check';
import { retainerPeriods } from '../../../domain/billing/retainer.ts';
import { billingSchedule } from '../../../domain/billing/schedule.ts';
import type { Contract, ContractLine } from '../../../domain/deal/contract.ts';
import { validateDeal } from '../../../domain/deal/validate-deal.ts';
import { formatMoney, money, sumMoney } from '../../../domain/money/money.ts';
import { addDays } from '../../../domain/time/plain-date.ts';
import { CONFIGURATION, deal } from '../deal/fixtures.ts';
import { code } from '../money/domain-error.ts';
import { fixedLine, retainerLine, timeLine } from './fixtures.ts';

function contract(...lines: ContractLine[]): Contract {
  const validation = validateDeal(deal(), CONFIGURATION, 1);
  if (!validation.ok) throw new Error('the good deal is not good');
  return { ...validation.contract, lines };
}

const told = (...lines: ContractLine[]) =>
  billingSchedule(contract(...lines), 'TL-UK', 'half-away-from-zero').map(
    (item) => `${item.dueOn} ${formatMoney(item.amount)}`,
  );

describe('the periods of a retainer', () => {
  const periodsOf = (...terms: Parameters<typeof retainerLine>) =>
    retainerPeriods(retainerLine(...terms), 'half-away-from-zero').map(
      ({ month, dueOn, amount }) => `${month} ${dueOn} ${formatMoney(amount)}`,
    );

  test('in advance are due on their first covered day, in arrears on the first day after the month', () => {
    expect(periodsOf('4000', 'GBP', ['2026-01-01', '2026-02-28'])).toEqual([
      '2026-01 2026-01-01 4,000.00 GBP',
      '2026-02 2026-02-01 4,000.00 GBP',
    ]);
    expect(periodsOf('4000', 'GBP', ['2025-12-01', '2025-12-31'], 'arrears')).toEqual([
      '2025-12 2026-01-01 4,000.00 GBP',
    ]);
  });

  test('in part months are worth their days of the month', () => {
    // 16 of 31 days x 1,000 = 516.129.. = 516.13; 14 of 28 = 500.00
    expect(periodsOf('1000', 'GBP', ['2026-01-16', '2026-02-14'])).toEqual([
      '2026-01 2026-01-16 516.13 GBP',
      '2026-02 2026-02-01 500.00 GBP',
    ]);
    // 1 of 29 days x 100,000 yen = 3,448.27.. = 3,448 (2028 is a leap year)
    expect(periodsOf('100000', 'JPY', ['2028-02-29', '2028-02-29'])).toEqual(['2028-02 2028-02-29 3,448 JPY']);
    // 10 of 30 days x 100.000 dinars = 33.3333.. = 33.333
    expect(periodsOf('100', 'KWD', ['2026-04-21', '2026-04-30'])).toEqual(['2026-04 2026-04-21 33.333 KWD']);
  });

  test('of no day are refused', () => {
    expect(code(() => periodsOf('1000', 'GBP', ['2026-02-01', '2026-01-31']))).toBe('PERIOD_INVALID');
    expect(code(() => periodsOf('1000', 'GBP', ['2026-02-30', '2026-03-31']))).toBe('DATE_INVALID');
  });

  test('leave no day out and count none twice', () => {
    fc.assert(
      fc.property(fc.nat(4000), fc.nat(900), (start, length) => {
        const [from, to] = [addDays('2024-01-01', start), addDays('2024-01-01', start + length)];
        const periods = retainerPeriods(retainerLine('1000', 'GBP', [from, to]), 'half-even');
        expect(periods[0]?.period.from).toBe(from);
        expect(periods.at(-1)?.period.untilExclusive).toBe(addDays(to, 1));
        periods
          .slice(1)
          .forEach(({ period }, index) => expect(period.from).toBe(periods[index]?.period.untilExclusive));
      }),
    );
  });
});

describe('the billing schedule of a contract', () => {
  test('names milestones with their due dates and retainer months with theirs, by date', () => {
    const retainer = retainerLine('100', 'GBP', ['2026-01-01', '2026-02-28']);
    expect(told(fixedLine(), retainer)).toEqual([
      '2026-01-01 100.00 GBP',
      '2026-01-30 300.00 GBP',
      '2026-02-01 100.00 GBP',
      '2026-02-27 500.00 GBP',
      '2026-03-31 200.00 GBP',
    ]);
  });

  test('estimates time by the days of each month, and gives the odd penny to the largest remainder', () => {
    // 90 days: 31, 28, 31. 1,000 x 31/90 = 344.444.., 28/90 = 311.111..: one penny is left for the first.
    const role = { roleId: 'r', role: 'Consultant', budgetMinutes: 600, startOn: '2026-01-01', endOn: '2026-03-31' };
    expect(told({ ...timeLine(), roles: [role] })).toEqual([
      '2026-02-01 344.45 GBP',
      '2026-03-01 311.11 GBP',
      '2026-04-01 344.44 GBP',
    ]);
  });

  test('estimates time by what the roles of a month cost', () => {
    // January 60 min x 180 = 180, March 60 min x 190 = 190: 1,000 x 180/370 = 486.486.., 190/370 = 513.513..; yen: 486
    // and 514.
    const role = { roleId: 'r', role: 'Principal', budgetMinutes: 60 };
    const roles = [
      { ...role, startOn: '2026-01-01', endOn: '2026-01-31' },
      { ...role, startOn: '2026-03-01', endOn: '2026-03-31' },
    ];
    expect(told({ ...timeLine('JPY'), roles })).toEqual([
      '2026-02-01 486 JPY',
      '2026-03-01 0 JPY',
      '2026-04-01 514 JPY',
    ]);
  });

  test('spreads time evenly where no sold role has a price', () => {
    // 1,000.000 dinars / 3 = 333.333 and one fils left for the first.
    expect(told(timeLine('KWD'))).toEqual([
      '2026-02-01 333.334 KWD',
      '2026-03-01 333.333 KWD',
      '2026-04-01 333.333 KWD',
    ]);
  });

  test('has nothing for an entity without lines', () => {
    expect(billingSchedule(contract(fixedLine()), 'TL-DE', 'half-even')).toEqual([]);
  });

  test('of time and materials always sums to the value of the line', () => {
    const role = fc.record({
      role: fc.constantFrom('Principal', 'Consultant', 'Analyst'),
      minutes: fc.integer({ min: 1, max: 100_000 }),
      first: fc.nat(89),
      days: fc.nat(89),
    });
    fc.assert(
      fc.property(
        fc.nat(1_000_000_000),
        fc.array(role, { maxLength: 6 }),
        fc.constantFrom('JPY', 'GBP', 'KWD'),
        (minor, some, currency) => {
          const roles = some.map(({ role: name, minutes, first, days }, index) => ({
            roleId: String(index),
            role: name,
            budgetMinutes: minutes,
            startOn: addDays('2026-01-01', Math.min(first, days)),
            endOn: addDays('2026-01-01', Math.max(first, days)),
          }));
          const line = { ...timeLine(currency), value: money(minor, currency), roles };
          const items = billingSchedule(contract(line), 'TL-UK', 'half-even');
          expect(
            sumMoney(
              items.map((item) => item.amount),
              currency,
            ),
          ).toEqual(line.value);
        },
      ),
    );
  });
});
