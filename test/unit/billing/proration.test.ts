// Part periods and period ends. The tables are those of Business Central, "Period calculation for subscription
// contracts", and Kill Bill, TestInvoiceDateUtilsWithFixedProration; only the figures are taken.
import fc from 'fast-check';
import {
  billingPeriodEnd,
  coefficient,
  prorate,
  shareByActualDays,
  shareByThirtyDayMonths,
  sharesOfSpan,
} from '../../../domain/billing/proration.ts';
import { compareDecimals } from '../../../domain/money/decimal.ts';
import { formatFraction, parseFraction } from '../../../domain/money/fraction.ts';
import { period } from '../../../domain/time/period.ts';
import { addDays, dateFromEpochDays, daysBetween } from '../../../domain/time/plain-date.ts';
import { code } from '../money/domain-error.ts';

const nine = { mode: 'half-away-from-zero', scale: 9 } as const;
const three = { mode: 'half-away-from-zero', scale: 3 } as const;

describe('the end of a billing period', () => {
  // Start, then the last day after 1, 2, 3 and 12 months.
  test.each([
    ['2024-01-28', '2024-02-27', '2024-03-27', '2024-04-27', '2025-01-27'],
    ['2024-01-29', '2024-02-28', '2024-03-28', '2024-04-28', '2025-01-28'],
    ['2024-01-30', '2024-02-28', '2024-03-29', '2024-04-29', '2025-01-29'],
    ['2024-01-31', '2024-02-28', '2024-03-30', '2024-04-29', '2025-01-30'],
    ['2024-02-29', '2024-03-28', '2024-04-28', '2024-05-28', '2025-02-27'],
  ])('aligned to the start of the month, from %s', (start, ...ends) => {
    expect([1, 2, 3, 12].map((months) => billingPeriodEnd(start, months, 'start'))).toEqual(ends);
  });

  test.each([
    ['2024-01-28', '2024-02-27', '2024-03-27', '2024-04-27', '2025-01-27'],
    ['2024-01-29', '2024-02-26', '2024-03-28', '2024-04-27', '2025-01-28'],
    ['2024-01-30', '2024-02-27', '2024-03-29', '2024-04-28', '2025-01-29'],
    ['2024-01-31', '2024-02-28', '2024-03-30', '2024-04-29', '2025-01-30'],
    ['2024-02-29', '2024-03-30', '2024-04-29', '2024-05-30', '2025-02-27'],
  ])('aligned to the end of the month, from %s', (start, ...ends) => {
    expect([1, 2, 3, 12].map((months) => billingPeriodEnd(start, months, 'end'))).toEqual(ends);
  });

  test('no period of no months', () => {
    for (const months of [0, -1, 1.5])
      expect(code(() => billingPeriodEnd('2024-01-31', months, 'end'))).toBe('PERIOD_INVALID');
    expect(code(() => billingPeriodEnd('2024-02-30', 1, 'end'))).toBe('DATE_INVALID');
  });
});

describe('the share of a part period', () => {
  test.each([
    ['2023-05-23', '2023-06-15'],
    ['2023-06-23', '2023-07-15'],
    ['2023-02-23', '2023-03-15'],
    ['2024-02-23', '2024-03-15'],
  ])('is 22 of 30 days from %s until %s when every month has 30', (from, until) => {
    expect(coefficient([shareByThirtyDayMonths(period(from, until))], nine).value).toBe('0.733333333');
  });

  test('by months of 30 days prices a part of a month, a quarter, and a month end alike', () => {
    // 23 May until 15 June: 30 + 15 - 23 = 22 days of 30 at 299.00: 219.2666.. = 219.27
    const two = { mode: 'half-away-from-zero', scale: 2 } as const;
    const share = shareByThirtyDayMonths(period('2023-05-23', '2023-06-15'));
    expect(prorate('299', [share], two, null).value).toBe('219.27');
    // 23 May until 1 July: 60 + 1 - 23 = 38 days of the 90 from April until July, at 900.00: 380.00
    const quarter = period('2023-04-01', '2023-07-01');
    const part = shareByThirtyDayMonths(period('2023-05-23', '2023-07-01'), quarter);
    expect([formatFraction(part), prorate('900', [part], two, null).value]).toEqual(['38/90', '380']);
    // The whole quarter is 90 of 90, whatever its months have; and no share is no price.
    expect(formatFraction(shareByThirtyDayMonths(quarter, quarter))).toBe('90/90');
    expect(code(() => prorate('900', [], two, null))).toBe('FRACTION_INVALID');
  });

  test('by actual days counts the days of the period that is started', () => {
    // 10 of the 28 days from 15 February until 15 March 2023, 10 of 29 a year later
    const part = (year: string) => period(`${year}-02-20`, `${year}-03-01`);
    const whole = (year: string) => period(`${year}-02-15`, `${year}-03-15`);
    expect(formatFraction(shareByActualDays(part('2023'), whole('2023')))).toBe('9/28');
    expect(formatFraction(shareByActualDays(part('2024'), whole('2024')))).toBe('10/29');
    expect(code(() => shareByActualDays(period('2023-02-14', '2023-02-20'), whole('2023')))).toBe('PERIOD_INVALID');
  });

  // Price 100 per base period of 1 or 3 months: whole base periods, then days of the one that is started.
  test.each([
    ['2023-01-01', '2023-01-15', 1, '48.387'], // 15/31
    ['2023-02-01', '2023-02-14', 1, '50'], // 14/28
    ['2023-01-01', '2023-02-14', 1, '150'], // 1 + 14/28
    ['2023-01-31', '2023-03-01', 1, '107.143'], // 1 + 2/28
    ['2023-01-01', '2023-01-14', 3, '15.556'], // 14/90
    ['2023-01-01', '2023-04-14', 3, '115.385'], // 1 + 14/91
    ['2023-02-28', '2023-06-14', 3, '119.565'], // 1 + 18/92
  ])('a price of 100 from %s to %s per %i months is %s times a hundredth', (start, end, months, expected) => {
    expect(prorate('100', sharesOfSpan(start, end, months, 'start'), three, null).value).toBe(expected);
  });

  test('a coefficient that the convention rounds is rounded before it meets the price', () => {
    const third = [parseFraction('1/3')];
    const two = { mode: 'half-even', scale: 2 } as const;
    expect(prorate('1000', third, null, two).value).toBe('330'); // 1000 x 0.33
    expect(prorate('1000', third, two, null).value).toBe('333.33');
    expect(code(() => prorate('1', [], null, null))).toBe('FRACTION_INVALID');
  });

  test('splitting a span on a day of a new base period changes nothing; no day is charged twice or left out', () => {
    const day = fc.integer({ min: 18_000, max: 22_000 }).map(dateFromEpochDays);
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 500 }), fc.constantFrom(1, 3, 12), (start, length, months) => {
        const end = addDays(start, length);
        const shares = sharesOfSpan(start, end, months, 'start');
        const days = shares.reduce((sum, { numerator }) => sum + Number(numerator), 0);
        expect(days).toBe(daysBetween(start, end) + 1);
        for (const { numerator, denominator } of shares)
          expect(compareDecimals(numerator, denominator)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
