/**
 * A bill of time and materials: hours at their rates, expenses up to their cap, and a fee on the time alone; and which
 * entries a billing run takes (domain.md, Billing; Dynamics 365 Project Operations, project contracts; B04, B05).
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { type Decimal, percentOf, times } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';
import { expensePrice, underCap, withoutTax } from '../pricing/expense.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** Hours at a rate per hour. Hours below zero correct earlier ones. */
export interface BilledTime {
  hours: Decimal;
  rate: Decimal;
}

/** An expense at cost plus a mark-up in percent, billed up to what its cap leaves; null = no cap. */
export interface BilledExpense {
  cost: Decimal;
  markupPercent: Decimal;
  capRemaining: Decimal | null;
}

/** A bill before tax. */
export interface TimeAndMaterialsBill {
  time: Figure;
  expenses: Figure;
  fee: Figure;
  total: Figure;
}

/**
 * The bill: each line rounded once, the fee a percentage of the rounded time and of nothing else (B05).
 * @throws QUANTITY_INVALID for a negative rate or fee, MARKUP_INVALID for a mark-up below -100 %
 */
export function timeAndMaterialsBill(
  work: { time: readonly BilledTime[]; expenses: readonly BilledExpense[]; feePercentOnTime: Decimal },
  rounding: Rounding | null,
): TimeAndMaterialsBill {
  const time = sumOf(
    'sum of the time lines',
    work.time.map(({ hours, rate }) => {
      assertNotNegative('QUANTITY_INVALID', 'the rate of an hour', rate);
      return figure('hours x rate', { hours, rate }, times(hours, rate), rounding);
    }),
  );
  const expenses = sumOf(
    'sum of the expenses',
    work.expenses.map((expense) => expenseOf(expense, rounding)),
  );
  const { feePercentOnTime } = work;
  assertNotNegative('QUANTITY_INVALID', 'the fee on time in percent', feePercentOnTime);
  const exact = percentOf(time.value, feePercentOnTime);
  const fee = figure('time x fee %', { time: time.value, feePercentOnTime }, exact, rounding, [time]);
  return { time, expenses, fee, total: sumOf('time + expenses + fee', [time, expenses, fee]) };
}

function expenseOf({ cost, markupPercent, capRemaining }: BilledExpense, rounding: Rounding | null): Figure {
  const price = expensePrice(withoutTax(cost), { method: 'markup', markupPercent }, rounding);
  return capRemaining === null ? price : underCap(price, capRemaining).billable;
}

/** Work as a billing run sees it. */
export interface EntryForRun {
  workedOn: PlainDate;
  hours: Decimal;
  /** The first run that knows of it, from 0. */
  knownFromRun: number;
}

/**
 * One invoice per run: what is known, worked up to the run's date and not billed before. Work that becomes known late
 * is billed by the next run, at its own work date.
 * @throws QUANTITY_INVALID for a negative rate, RUN_ORDER_INVALID when a run's date is before that of the run before it
 */
export function billingRuns(
  entries: readonly EntryForRun[],
  upTo: readonly PlainDate[],
  rate: Decimal,
  rounding: Rounding | null,
): { invoices: Figure[]; total: Figure } {
  assertNotNegative('QUANTITY_INVALID', 'the rate of an hour', rate);
  upTo.forEach((date, run) => {
    const before = upTo[run - 1] ?? date;
    if (date >= before) return;
    const given = `run ${String(run + 1)} bills up to ${date}, the run before it up to ${before}`;
    const message = `${given}: expected no earlier`;
    throw new DomainError('RUN_ORDER_INVALID', message, { run: run + 1, upTo: date, before });
  });
  const due = upTo.map((): EntryForRun[] => []);
  for (const entry of entries) due[runOf(entry, upTo)]?.push(entry);
  const invoices = due.map((billed) => {
    const lines = billed.map(({ hours, workedOn }) => {
      return figure('hours x rate', { hours, rate, workedOn }, times(hours, rate), rounding);
    });
    return sumOf('sum of the unbilled entries up to the date', lines);
  });
  return { invoices, total: sumOf('sum of the invoices', invoices) };
}

/** The first run that knows of the entry and reaches its work date, by bisection; the number of runs when none does. */
function runOf({ workedOn, knownFromRun }: EntryForRun, upTo: readonly PlainDate[]): number {
  let [low, high] = [Math.max(0, knownFromRun), upTo.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((upTo[middle] ?? '') >= workedOn) high = middle;
    else low = middle + 1;
  }
  return low;
}
