/**
 * A bill of time and materials: hours at their rates, expenses up to their cap, and a fee on the time alone; and which
 * entries a billing run takes (domain.md, Billing; Dynamics 365 Project Operations, project contracts; B04, B05).
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, percentOf, times } from '../money/decimal.ts';
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
      checkNotNegative(rate, 'a rate');
      return figure('hours x rate', { hours, rate }, times(hours, rate), rounding);
    }),
  );
  const expenses = sumOf(
    'sum of the expenses',
    work.expenses.map((expense) => expenseOf(expense, rounding)),
  );
  const { feePercentOnTime } = work;
  checkNotNegative(feePercentOnTime, 'a fee');
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
 */
export function billingRuns(
  entries: readonly EntryForRun[],
  upTo: readonly PlainDate[],
  rate: Decimal,
  rounding: Rounding | null,
): { invoices: Figure[]; total: Figure } {
  checkNotNegative(rate, 'a rate');
  const billed = new Set<EntryForRun>();
  const invoices = upTo.map((date, run) => {
    const due = entries.filter((entry) => !billed.has(entry) && entry.workedOn <= date && entry.knownFromRun <= run);
    for (const entry of due) billed.add(entry);
    const lines = due.map(({ hours, workedOn }) => {
      return figure('hours x rate', { hours, rate, workedOn }, times(hours, rate), rounding);
    });
    return sumOf('sum of the unbilled entries up to the date', lines);
  });
  return { invoices, total: sumOf('sum of the invoices', invoices) };
}

function checkNotNegative(value: Decimal, what: string): void {
  if (compareDecimals(value, '0') >= 0) return;
  throw new DomainError('QUANTITY_INVALID', `${what} of ${value} cannot be billed: expected zero or more`, { value });
}
