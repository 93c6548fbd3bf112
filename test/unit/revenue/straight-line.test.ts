import fc from 'fast-check';
import { compareDecimals, sumDecimals } from '../../../domain/money/decimal.ts';
import { formatDecimal, money } from '../../../domain/money/money.ts';
import type { Rounding } from '../../../domain/money/rounding.ts';
import {
  type Convention,
  deferredAfter,
  earnedThrough,
  type RemainderRow,
  straightLine,
} from '../../../domain/revenue/straight-line.ts';
import { addDays } from '../../../domain/time/plain-date.ts';
import { code } from '../money/domain-error.ts';

const CENTS: Rounding = { mode: 'half-away-from-zero', scale: 2 };
const CONVENTIONS: readonly Convention[] = ['daily', 'equal-months', 'partial-daily', 'month-weighted'];

function spread(
  [amount, startOn, endOn]: [string, string, string],
  convention: Convention,
  remainder?: RemainderRow,
  rounding: Rounding | null = CENTS,
) {
  return straightLine({ amount, startOn, endOn }, convention, rounding, remainder).map((row) => row.amount.value);
}

describe('part months by days, whole months share the rest (Business Central contract deferrals)', () => {
  test('Example 1: twelve whole months get a twelfth each', () => {
    expect(spread(['1200.00', '2021-01-01', '2021-12-31'], 'partial-daily')).toEqual(Array(12).fill('100'));
  });

  test('Example 3: less than a year, both ends part months', () => {
    // 311 days: 17/311 x 1,022.47 = 55.8907; 21/311 = 69.04; (1,022.47 - 55.89 - 69.04) / 9 = 99.7267; the last row is
    // 1,022.47 - 55.89 - 9 x 99.73 = 69.01.
    expect(spread(['1022.47', '2021-01-15', '2021-11-21'], 'partial-daily')).toEqual([
      '55.89',
      ...Array<string>(9).fill('99.73'),
      '69.01',
    ]);
  });

  test('a whole last month is a whole month, also when the first is not', () => {
    // 17 of 45 days: 45.00 x 17/45 = 17; February, whole, has the rest.
    expect(spread(['45.00', '2021-01-15', '2021-02-28'], 'partial-daily')).toEqual(['17', '28']);
  });

  test('two part months and no whole one', () => {
    // 15 days of January and 10 of February: 100 x 15/25 = 60.
    expect(spread(['100.00', '2023-01-17', '2023-02-10'], 'partial-daily')).toEqual(['60', '40']);
  });
});

describe('months weighed by their covered share (OCA, prorata temporis)', () => {
  test('Case I: from the 17th to the 15th two months later', () => {
    // Weights 15/31, 1, 15/31, in all 61/31: 2,000 x 15/61 = 491.803, 2,000 x 31/61 = 1,016.393; the first row has
    // 2,000 - 1,016.39 - 491.80 = 491.81.
    expect(spread(['2000', '2023-01-17', '2023-03-15'], 'month-weighted', 'first')).toEqual([
      '491.81',
      '1016.39',
      '491.8',
    ]);
  });

  test('a February of 29 days is a whole month on its 29th only', () => {
    // 2024: 29/29 and 31/31: half each. Until the 28th: 28/29 and 1 before it: 59.00 x 28/57.
    expect(spread(['59.00', '2024-02-01', '2024-03-31'], 'month-weighted')).toEqual(['29.5', '29.5']);
    expect(spread(['57.00', '2024-01-01', '2024-02-28'], 'month-weighted')).toEqual(['29', '28']);
  });
});

describe('equal months', () => {
  test('OCA Case I: every month touched the same, the first row takes the cent', () => {
    // 2,000 / 3 = 666.67 twice; 2,000 - 1,333.34 = 666.66.
    expect(spread(['2000', '2023-01-17', '2023-03-15'], 'equal-months', 'first')).toEqual([
      '666.66',
      '666.67',
      '666.67',
    ]);
  });

  test('OCA Cases C and F', () => {
    expect(spread(['60', '2023-02-01', '2023-03-31'], 'equal-months')).toEqual(['30', '30']);
    expect(spread(['777', '2022-12-01', '2023-02-28'], 'equal-months')).toEqual(['259', '259', '259']);
  });
});

describe('by days', () => {
  test('a leap year has its day', () => {
    // 366.00 over 2024: a unit a day.
    expect(spread(['366.00', '2024-01-01', '2024-12-31'], 'daily').slice(0, 3)).toEqual(['31', '29', '31']);
  });

  test('the row that takes the cent is the first, the last or the largest', () => {
    // 10 over 31 + 31 + 30 days: 3.3696, 3.3696, 3.2609: rounded 3.37 + 3.37 + 3.26 = 10.00, no rest; at one digit
    // 3.4 + 3.4 + 3.3 = 10.1, so 0.1 too much.
    const span: [string, string, string] = ['10', '2026-07-01', '2026-09-30'];
    const tenths: Rounding = { mode: 'half-away-from-zero', scale: 1 };
    expect(spread(span, 'daily', 'first', tenths)).toEqual(['3.3', '3.4', '3.3']);
    expect(spread(span, 'daily', 'last', tenths)).toEqual(['3.4', '3.4', '3.2']);
    expect(spread(span, 'daily', 'largest', tenths)).toEqual(['3.3', '3.4', '3.3']);
    // 0.1 goes to the largest row, here the second: 1 day, 31 days.
    expect(spread(['10', '2026-06-30', '2026-07-31'], 'daily', 'largest', { mode: 'up', scale: 1 })).toEqual([
      '0.4',
      '9.6',
    ]);
  });

  test('the row that takes the rest says so', () => {
    const [, , last] = straightLine({ amount: '10', startOn: '2026-07-01', endOn: '2026-09-30' }, 'daily', {
      mode: 'up',
      scale: 0,
    });
    // 4 + 4 + the rest of 10 = 2, own share 10 x 30/92.
    expect(last?.amount.derivation).toMatchObject({
      rule: 'amount - all other months; own share: amount x days / all days',
      inputs: { others: '8', share: '3.260869565217391304347826087' },
      exact: '2',
    });
  });
});

describe('every convention', () => {
  test.each(CONVENTIONS)('%s gives a span inside one month that month, whole or not, and one day too', (convention) => {
    expect(spread(['113.5', '2022-10-01', '2022-10-15'], convention)).toEqual(['113.5']);
    expect(spread(['255', '2023-05-01', '2023-05-31'], convention)).toEqual(['255']);
    expect(spread(['1', '2024-02-29', '2024-02-29'], convention)).toEqual(['1']);
  });

  test.each(CONVENTIONS)('%s refuses a span that ends before it begins', (convention) => {
    expect(code(() => spread(['1', '2026-02-02', '2026-02-01'], convention))).toBe('PERIOD_INVALID');
    expect(code(() => spread(['1,5', '2026-02-01', '2026-02-02'], convention))).toBe('DECIMAL_INVALID');
  });

  const spans = fc.record({
    cents: fc.integer({ min: -1_000_000_00, max: 1_000_000_00 }),
    start: fc.nat(2000),
    days: fc.integer({ min: 0, max: 1500 }),
  });

  test('rows sum to the amount, rounded or exact, and the last month has earned it', () => {
    fc.assert(
      fc.property(
        spans,
        fc.constantFrom(...CONVENTIONS),
        fc.constantFrom<RemainderRow>('first', 'last', 'largest'),
        fc.constantFrom<Rounding | null>(null, CENTS, { mode: 'half-even', scale: 2 }, { mode: 'down', scale: 3 }),
        ({ cents, start, days }, convention, remainder, rounding) => {
          const startOn = addDays('2023-01-01', start);
          const amount = formatDecimal(money(cents, 'GBP'));
          const rows = straightLine(
            { amount, startOn, endOn: addDays(startOn, days) },
            convention,
            rounding,
            remainder,
          );
          expect(compareDecimals(sumDecimals(rows.map((row) => row.amount.value)), amount)).toBe(0);
          expect(compareDecimals(earnedThrough(rows, '9999-12').value, amount)).toBe(0);
        },
      ),
    );
  });
});

describe('the cut-off of a prepaid span', () => {
  const year = { amount: '365.00', startOn: '2026-01-01', endOn: '2026-12-31' };

  test('before, on the first day, inside and at the end', () => {
    // A unit a day: 365 - 1, 365 - 31 - 28.
    const deferred = ['2025-12-31', '2026-01-01', '2026-02-28', '2026-12-30', '2026-12-31', '2027-06-30'];
    expect(deferred.map((date) => deferredAfter(year, date, CENTS).value)).toEqual([
      '365',
      '364',
      '306',
      '1',
      '0',
      '0',
    ]);
  });

  test('is rounded once: 100 over three days, two of them after', () => {
    const days = { amount: '100', startOn: '2026-03-30', endOn: '2026-04-01' };
    expect(deferredAfter(days, '2026-03-30', CENTS).value).toBe('66.67');
    expect(deferredAfter(days, '2026-03-30', { mode: 'down', scale: 2 }).value).toBe('66.66');
  });

  test('knows the last of all dates, which stands for no end in many systems', () => {
    // Over for long: nothing is left.
    expect(deferredAfter(year, '9999-12-31', CENTS).value).toBe('0');
    const last = { amount: '365', startOn: '9999-01-01', endOn: '9999-12-30' };
    expect(deferredAfter(last, '9999-12-31', CENTS).value).toBe('0');
    // 365 x 1 / 364 = 1.0027
    expect(deferredAfter(last, '9999-12-29', CENTS).value).toBe('1');
  });

  test('refuses what is no date and no span', () => {
    expect(code(() => deferredAfter(year, '2026-02-30', null))).toBe('DATE_INVALID');
    expect(code(() => deferredAfter({ ...year, endOn: '2025-01-01' }, '2026-01-01', null))).toBe('PERIOD_INVALID');
  });

  test('by days agrees with the schedule by days at every month end, without rounding', () => {
    const rows = straightLine(year, 'daily', null);
    const earned = earnedThrough(rows, '2026-03');
    // 31 + 28 + 31 days.
    expect(earned.value).toBe('90');
    expect(deferredAfter(year, '2026-03-31', null).value).toBe('275');
    expect(earned.derivation.parts).toHaveLength(3);
  });
});
