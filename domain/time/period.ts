/**
 * Periods of whole days: service periods, billing periods and accounting months. The end is exclusive, so that
 * adjoining periods share a boundary and nothing falls between them or counts twice.
 */
import { DomainError } from '../errors.ts';
import {
  addDays,
  addMonths,
  daysBetween,
  earlierOf,
  laterOf,
  padded,
  partsOf,
  type PlainDate,
  startOfMonth,
} from './plain-date.ts';

/** From `from` (inclusive) to `untilExclusive`. */
export interface Period {
  from: PlainDate;
  untilExclusive: PlainDate;
}

/** An accounting month 'YYYY-MM'. */
export type Month = string;

/** @throws PERIOD_INVALID when it holds no day */
export function period(from: PlainDate, untilExclusive: PlainDate): Period {
  if (daysBetween(from, untilExclusive) <= 0) {
    throw new DomainError('PERIOD_INVALID', `a period from ${from} until ${untilExclusive} holds no day`, {
      from,
      untilExclusive,
    });
  }
  return { from, untilExclusive };
}

/** The accounting month that holds the date. */
export function monthOf(date: PlainDate): Month {
  return startOfMonth(date).slice(0, 7);
}

/** All days of an accounting month. @throws DATE_INVALID */
export function daysOfMonth(month: Month): Period {
  const from = `${month}-01`;
  return { from, untilExclusive: addMonths(from, 1) };
}

/** The accounting month after this one. @throws DATE_INVALID */
export function nextMonth(month: Month): Month {
  return monthOf(addMonths(`${month}-01`, 1));
}

/** Length in whole days. */
export function lengthDays(p: Period): number {
  return daysBetween(p.from, p.untilExclusive);
}

/** The days that both have, or undefined when they share none. */
export function overlap(a: Period, b: Period): Period | undefined {
  const from = laterOf(a.from, b.from);
  const untilExclusive = earlierOf(a.untilExclusive, b.untilExclusive);
  return from < untilExclusive ? { from, untilExclusive } : undefined;
}

/** True when the date lies in the period. */
export function holds(p: Period, date: PlainDate): boolean {
  return date >= p.from && date < p.untilExclusive;
}

/** The accounting months that a contract's inclusive dates touch, in order. @throws DATE_INVALID, PERIOD_INVALID */
export function monthsTouched(startOn: PlainDate, endOn: PlainDate): Month[] {
  period(startOn, addDays(endOn, 1));
  const [first, last] = [partsOf(startOn), partsOf(endOn)];
  const count = (last.year - first.year) * 12 + last.month - first.month + 1;
  return Array.from({ length: count }, (_, index) => {
    const months = first.month - 1 + index;
    return `${padded(first.year + Math.floor(months / 12), 4)}-${padded((months % 12) + 1, 2)}`;
  });
}
