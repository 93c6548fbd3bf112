/**
 * Calendar dates as 'YYYY-MM-DD' strings (ISO 8601), in the proleptic Gregorian calendar, without Date and without time
 * zones. Strings compare in date order, survive JSON, and mean the same in the API, the worker and the workflow
 * sandbox.
 */
import { DomainError } from '../errors.ts';

/** A calendar date 'YYYY-MM-DD'. */
export type PlainDate = string;

const PATTERN = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * Days since 1970-01-01 for a civil date (algorithm: Howard Hinnant, "chrono-compatible low-level date algorithms").
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The inverse of `daysFromCivil`. */
function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

/** A number of a date in its width: month 3 is '03'. */
export function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function format(year: number, month: number, day: number): PlainDate {
  if (year < 0 || year > 9999) {
    // Written with more or fewer digits it would no longer compare in date order.
    const date = `${String(year)}-${padded(month, 2)}-${padded(day, 2)}`;
    throw new DomainError('DATE_INVALID', `${date} is outside the years 0000 to 9999`, { date });
  }
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days in a month, 28 to 31. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The parts of a date. @throws DATE_INVALID when the text is not a real date. */
export function partsOf(date: PlainDate): { year: number; month: number; day: number } {
  const match = PATTERN.exec(date);
  const [year, month, day] = match ? [Number(match[1]), Number(match[2]), Number(match[3])] : [0, 0, 0];
  if (!match || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    throw new DomainError('DATE_INVALID', `"${date}" is not a date of the form YYYY-MM-DD`, { date });
  }
  return { year, month, day };
}

/** True when the text is a real calendar date. */
export function isPlainDate(text: string): boolean {
  const match = PATTERN.exec(text);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** Whole days since 1970-01-01. @throws DATE_INVALID */
export function epochDays(date: PlainDate): number {
  const { year, month, day } = partsOf(date);
  return daysFromCivil(year, month, day);
}

/** The date that many whole days after 1970-01-01. @throws DATE_INVALID outside the years 0000 to 9999 */
export function dateFromEpochDays(days: number): PlainDate {
  const { year, month, day } = civilFromDays(days);
  return format(year, month, day);
}

/** The date `days` later (earlier when negative). @throws DATE_INVALID, also outside the years 0000 to 9999 */
export function addDays(date: PlainDate, days: number): PlainDate {
  return dateFromEpochDays(epochDays(date) + days);
}

/** Whole days from `from` until `until`; negative when `until` is earlier. @throws DATE_INVALID */
export function daysBetween(from: PlainDate, until: PlainDate): number {
  return epochDays(until) - epochDays(from);
}

/**
 * The date `months` later on the anchor day, or the last day of a shorter month: an engagement that bills on the 31st
 * bills on 30 April and again on 31 May, so the anchor is given and not read from the previous date (domain.md,
 * Billing; B15).
 * @throws DATE_INVALID, also outside the years 0000 to 9999
 */
export function addMonths(date: PlainDate, months: number, anchorDay: number = partsOf(date).day): PlainDate {
  const { year, month } = partsOf(date);
  const index = year * 12 + (month - 1) + months;
  const [targetYear, targetMonth] = [Math.floor(index / 12), (index % 12) + 1];
  return format(targetYear, targetMonth, Math.min(anchorDay, daysInMonth(targetYear, targetMonth)));
}

/** The first day of the date's month. @throws DATE_INVALID */
export function startOfMonth(date: PlainDate): PlainDate {
  const { year, month } = partsOf(date);
  return format(year, month, 1);
}

/** The later of two dates. */
export function laterOf(a: PlainDate, b: PlainDate): PlainDate {
  return a >= b ? a : b;
}

/** The earlier of two dates. */
export function earlierOf(a: PlainDate, b: PlainDate): PlainDate {
  return a <= b ? a : b;
}
