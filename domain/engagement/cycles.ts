/**
 * The rhythm of a contract: on which dates billing runs are due and which months recognise revenue. Monthly work and
 * fees in arrears are billed on the first day of the following month, fees in advance on the first day of their month
 * (the
 * first one on the day the line starts).
 */
import { type Month, monthsTouched, nextMonth } from '../time/period.ts';
import { laterOf, type PlainDate } from '../time/plain-date.ts';
import type { BillingGroup, ContractSummary, LineSummary } from './state.ts';

function runDates(line: LineSummary): PlainDate[] {
  if (line.model === 'fixed-fee') return [];
  return monthsTouched(line.startOn, line.endOn).map((month) =>
    line.inAdvance ? laterOf(`${month}-01`, line.startOn) : `${nextMonth(month)}-01`,
  );
}

function datesOf(
  contract: ContractSummary | null,
  group: Pick<BillingGroup, 'legalEntityId' | 'currency'>,
): PlainDate[] {
  return (contract?.lines ?? [])
    .filter((line) => line.legalEntityId === group.legalEntityId && line.value.currency === group.currency)
    .flatMap(runDates)
    .sort();
}

/** The first billing run date after a date (from the beginning when it is null), or null when none is left. */
export function nextRunAfter(
  contract: ContractSummary | null,
  group: Pick<BillingGroup, 'legalEntityId' | 'currency'>,
  after: PlainDate | null,
): PlainDate | null {
  return datesOf(contract, group).find((date) => after === null || date > after) ?? null;
}

/** The latest billing run date on or before a date, or null. */
export function lastRunOn(
  contract: ContractSummary | null,
  group: Pick<BillingGroup, 'legalEntityId' | 'currency'>,
  onOrBefore: PlainDate,
): PlainDate | null {
  return datesOf(contract, group).findLast((date) => date <= onOrBefore) ?? null;
}

/** The accounting months in which the entity's lines recognise revenue, in order. */
export function revenueMonths(contract: ContractSummary | null, legalEntityId: string): Month[] {
  const months = (contract?.lines ?? [])
    .filter((line) => line.legalEntityId === legalEntityId)
    .flatMap((line) => monthsTouched(line.startOn, line.endOn));
  return [...new Set(months)].sort();
}
