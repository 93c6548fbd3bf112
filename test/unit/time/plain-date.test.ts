import fc from 'fast-check';
import {
  addDays,
  addMonths,
  dateFromEpochDays,
  daysBetween,
  daysInMonth,
  earlierOf,
  epochDays,
  isPlainDate,
  laterOf,
  startOfMonth,
} from '../../../domain/time/plain-date.ts';
import { code } from '../money/domain-error.ts';

describe('calendar dates', () => {
  test('count from 1970-01-01', () => {
    expect(epochDays('1970-01-01')).toBe(0);
    expect(epochDays('2000-03-01')).toBe(11_017);
    expect(dateFromEpochDays(-1)).toBe('1969-12-31');
  });

  test('agree with the calendar of the platform over eight hundred years', () => {
    const day = fc.integer({ min: -150_000, max: 150_000 });
    fc.assert(
      fc.property(day, (days) => dateFromEpochDays(days) === new Date(days * 86_400_000).toISOString().slice(0, 10)),
    );
    fc.assert(fc.property(day, (days) => epochDays(dateFromEpochDays(days)) === days));
  });

  test('know leap years', () => {
    expect([2024, 2026, 1900, 2000].map((year) => daysInMonth(year, 2))).toEqual([29, 28, 28, 29]);
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(daysBetween('2026-02-28', '2026-03-01')).toBe(1);
    expect(daysBetween('2026-03-01', '2026-02-28')).toBe(-1);
  });

  test('end with the year 9999: a date beyond would no longer compare in date order', () => {
    expect(addDays('9999-12-30', 1)).toBe('9999-12-31');
    expect(code(() => addDays('9999-12-31', 1))).toBe('DATE_INVALID');
    expect(code(() => addMonths('9999-12-01', 1))).toBe('DATE_INVALID');
    expect(code(() => addDays('0000-01-01', -1))).toBe('DATE_INVALID');
  });

  test('keep the anchor day over shorter months', () => {
    // Billing on the 31st: 31 January, 28 February, 31 March, 30 April.
    expect([0, 1, 2, 3].map((months) => addMonths('2026-01-31', months))).toEqual([
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
    ]);
    expect(addMonths('2026-04-30', 1, 31)).toBe('2026-05-31');
    expect(addMonths('2026-01-15', -13)).toBe('2024-12-15');
    expect(startOfMonth('2026-02-17')).toBe('2026-02-01');
  });

  test('compare as text', () => {
    expect(laterOf('2026-02-01', '2026-01-31')).toBe('2026-02-01');
    expect(earlierOf('2026-02-01', '2026-01-31')).toBe('2026-01-31');
  });

  test.each(['2026-02-30', '2026-13-01', '2026-00-10', '2026-1-1', '26-01-01', '2026-01-01T00:00', '', 'today'])(
    '"%s" is not a date',
    (text) => {
      expect(isPlainDate(text)).toBe(false);
      expect(code(() => epochDays(text))).toBe('DATE_INVALID');
    },
  );
});
