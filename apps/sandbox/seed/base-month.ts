/**
 * Moves the seed through time by whole months. The seed is written around January 2026; a demo or test wants its deals
 * to begin after today, because people and servers can move forward in time only.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asText } from '../core/json.ts';
import type { SeedObject } from '../core/store.ts';

/** The month that the seed is written for. */
export const WRITTEN_FOR = '2026-01';

const DATE_FIELDS = ['Start_Date__c', 'End_Date__c', 'Due_Date__c', 'CloseDate'];

/** Months from the month that the seed is written for to another 'YYYY-MM'. */
export function monthsTo(baseMonth: string): number {
  const index = (month: string): number => {
    const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
    if (!match) throw new Error(`"${month}" is not a month of the form YYYY-MM`);
    return Number(match[1]) * 12 + Number(match[2]);
  };
  return index(baseMonth) - index(WRITTEN_FOR);
}

/**
 * The base month of a data directory: as given the first time, then the same for ever, so a restart keeps its dates.
 */
export function baseMonthOf(dataDir: string | undefined, given: string | undefined): string {
  const path = dataDir === undefined ? undefined : join(dataDir, 'base-month');
  if (path !== undefined && existsSync(path)) return readFileSync(path, 'utf8').trim();
  const month = given ?? WRITTEN_FOR;
  if (path !== undefined) writeFileSync(path, `${month}\n`);
  return month;
}

/** 'YYYY-MM-DD' moved by months; the last day of a month stays the last day. */
function moved(date: string, months: number): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const lastDay = (y: number, m: number): number => new Date(Date.UTC(y, m, 0)).getUTCDate();
  const index = year * 12 + month - 1 + months;
  const [toYear, toMonth] = [Math.floor(index / 12), (index % 12) + 1];
  const wasLast = day === lastDay(year, month);
  const toDay = wasLast ? lastDay(toYear, toMonth) : Math.min(day, lastDay(toYear, toMonth));
  return `${toYear}-${String(toMonth).padStart(2, '0')}-${String(toDay).padStart(2, '0')}`;
}

/** The objects with their business dates moved by months. */
export function movedBy(months: number, seeds: SeedObject[]): SeedObject[] {
  if (months === 0) return seeds;
  return seeds.map(({ type, id, object }) => {
    const dates = DATE_FIELDS.filter((field) => typeof object[field] === 'string').map((field) => [
      field,
      moved(asText(object[field]), months),
    ]);
    return { type, id, object: { ...object, ...(Object.fromEntries(dates) as Record<string, string>) } };
  });
}
