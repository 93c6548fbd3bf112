/**
 * What the workflow knows of a legal entity's clock: offsets from UTC and holidays for some months ahead,
 * loaded by an activity, so that workflow code never asks the host for a time zone (decisions.md 12: the zone database
 * differs between Node versions, and a replay must see the same day).
 */
import { dateFromEpochDays, epochDays, type PlainDate } from './plain-date.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** The calendar of one legal entity. Instants are milliseconds since 1970-01-01T00:00Z. */
export interface EntityCalendar {
  legalEntityId: string;
  /** UTC offsets in force, oldest first; the first applies to everything before the second. */
  offsets: { fromMs: number; offsetMinutes: number }[];
  holidays: PlainDate[];
  /** Until when this calendar knows the entity's time; beyond it the last offset is used and a reload is due. */
  knownUntilMs: number;
}

function offsetMinutesAt(calendar: EntityCalendar, atMs: number): number {
  let minutes = calendar.offsets[0]?.offsetMinutes ?? 0;
  for (const change of calendar.offsets) if (change.fromMs <= atMs) minutes = change.offsetMinutes;
  return minutes;
}

/** The entity's calendar date at an instant. */
export function dateAt(calendar: EntityCalendar, atMs: number): PlainDate {
  return dateFromEpochDays(Math.floor((atMs + offsetMinutesAt(calendar, atMs) * MINUTE_MS) / DAY_MS));
}

/**
 * The first instant of a date in the entity's time zone: of the offsets in turn the first that has it. Where midnight is
 * skipped, that is the change itself; where clocks go back over midnight, the first of the two.
 */
export function startOfDayMs({ offsets }: EntityCalendar, date: PlainDate): number {
  const utcMidnight = epochDays(date) * DAY_MS;
  for (const [index, { fromMs, offsetMinutes }] of offsets.entries()) {
    const midnight = utcMidnight - offsetMinutes * MINUTE_MS;
    const start = index === 0 ? midnight : Math.max(fromMs, midnight);
    if (start < (offsets[index + 1]?.fromMs ?? Infinity)) return start;
  }
  return utcMidnight;
}
