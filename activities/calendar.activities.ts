/**
 * The clock of a legal entity as plain data. Only activities ask the host for a time zone: its rules differ between
 * releases of Node, and a replay must see the day that was seen first (decisions.md 12).
 */
import type { LegalEntity } from '../domain/configuration.ts';
import type { EntityCalendar } from '../domain/time/calendar.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const MONTH_MS = 31 * 24 * HOUR_MS;
/** No zone changes its offset and back within this time. */
const STEP_MS = 7 * 24 * HOUR_MS;

/** Minutes by which the zone's clock is ahead of UTC at an instant. */
function offsetMinutesAt(format: Intl.DateTimeFormat, atMs: number): number {
  const parts = new Map(format.formatToParts(atMs).map((part) => [part.type, Number(part.value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const localMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return Math.round((localMs - Math.floor(atMs / 1000) * 1000) / MINUTE_MS);
}

/** The first whole minute after `fromMs` at which the offset of `untilMs` holds. */
function changeBetween(format: Intl.DateTimeFormat, fromMs: number, untilMs: number): number {
  const after = offsetMinutesAt(format, untilMs);
  let [low, high] = [Math.floor(fromMs / MINUTE_MS), Math.ceil(untilMs / MINUTE_MS)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMinutesAt(format, middle * MINUTE_MS) === after) high = middle;
    else low = middle;
  }
  return high * MINUTE_MS;
}

/**
 * The entity's calendar from an instant on, for so many months: UTC offsets, each with the instant it begins, and
 * holidays.
 * @throws RangeError for a time zone that the host does not know: the configuration is wrong
 */
export function loadCalendar(legalEntity: LegalEntity, fromMs: number, months = 24): EntityCalendar {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: legalEntity.timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const knownUntilMs = fromMs + months * MONTH_MS;
  const offsets = [{ fromMs, offsetMinutes: offsetMinutesAt(format, fromMs) }];
  for (let atMs = fromMs; atMs < knownUntilMs; atMs += STEP_MS) {
    const untilMs = Math.min(atMs + STEP_MS, knownUntilMs);
    const offsetMinutes = offsetMinutesAt(format, untilMs);
    if (offsetMinutes === offsets.at(-1)?.offsetMinutes) continue;
    offsets.push({ fromMs: changeBetween(format, atMs, untilMs), offsetMinutes });
  }
  return {
    legalEntityId: legalEntity.legalEntityId,
    offsets,
    holidays: [...legalEntity.holidays].sort(),
    knownUntilMs,
  };
}
