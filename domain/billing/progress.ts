/**
 * Billing of a fixed price by how far it is done: by agreed or measured percentage, by finished tasks, by accepted
 * items of a schedule (domain.md, Billing; Dynamics 365 Project Operations, project contracts; B06-B09, B53). Always
 * cumulative value less what was billed, so that rounding never drifts.
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import {
  compareDecimals,
  type Decimal,
  dividedBy,
  isZeroDecimal,
  lesserDecimal,
  minus,
  percentOf,
  sumDecimals,
  times,
} from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding, RoundingToStep } from '../money/rounding.ts';

/** A line of a fixed price, with its progress agreed in percent or measured by cost. */
export type ProgressLine = { contractValue: Decimal } & (
  { percent: Decimal } | { actualCost: Decimal; budgetCost: Decimal }
);

/**
 * What is billed now: the sum of value x progress, rounded once to a step of money, less what was billed before.
 * Measured progress keeps its unrounded ratio (B07) and stops at the whole: a line over budget is worth its value.
 * @throws PROGRESS_INVALID when a percentage is not from 0 to 100, a cost is negative or a budget is not above zero,
 *   BILLED_INVALID when less than nothing was billed before
 */
export function progressInvoice(
  lines: readonly ProgressLine[],
  previouslyInvoiced: Decimal,
  rounding: RoundingToStep | null,
): Figure {
  assertNotNegative('BILLED_INVALID', 'what was invoiced before', previouslyInvoiced);
  const exact = sumOf('sum of value x progress', lines.map(earnedOf));
  const earned = figure('earned to date', { exact: exact.value }, exact.value, rounding, [exact]);
  const inputs = { previouslyInvoiced, earned: earned.value };
  return figure('earned - previously invoiced', inputs, minus(earned.value, previouslyInvoiced), null, [earned]);
}

function earnedOf(line: ProgressLine): Figure {
  const { contractValue } = line;
  if ('percent' in line) {
    checkBetween(line.percent, '100', 'percent');
    return figure(
      'value x percent',
      { contractValue, percent: line.percent },
      percentOf(contractValue, line.percent),
      null,
    );
  }
  const { actualCost, budgetCost } = line;
  if (compareDecimals(budgetCost, '0') <= 0 || compareDecimals(actualCost, '0') < 0) {
    const message = `progress cannot be measured by a cost of ${actualCost} against a budget of ${budgetCost}`;
    throw new DomainError('PROGRESS_INVALID', message, { actualCost, budgetCost });
  }
  const spent = lesserDecimal(actualCost, budgetCost);
  const exact = dividedBy(times(contractValue, spent), budgetCost);
  return figure(
    'value x actual cost / budget, at most the value',
    { contractValue, actualCost, budgetCost },
    exact,
    null,
  );
}

/** An item that bills its value as it progresses: a task with effort x price, or with a fixed price. */
export interface ProgressItem {
  itemId: string;
  value: Decimal;
}

/**
 * One invoice per step: the change of sum(value x progress), each step naming the new cumulative progress (0 to 1) of
 * the items that moved. An item without value bills nothing.
 * @throws PROGRESS_INVALID for an unknown item or a progress that is not from 0 to 1, BILLING_ITEM_DUPLICATE,
 * BILLING_ITEM_INVALID for a value below zero
 */
export function taskProgressInvoices(
  items: readonly ProgressItem[],
  steps: readonly Readonly<Record<string, Decimal>>[],
  rounding: Rounding | null,
): { invoice: Figure; cumulative: Figure }[] {
  checkItems(items.map(({ itemId, value }) => ({ itemId, amount: value })));
  const progress = new Map(items.map(({ itemId }) => [itemId, '0']));
  let before: Decimal = '0';
  return steps.map((step) => {
    for (const [itemId, to] of Object.entries(step)) {
      if (!progress.has(itemId)) {
        throw new DomainError('PROGRESS_INVALID', `item "${itemId}" is not part of the project`, { itemId });
      }
      checkBetween(to, '1', itemId);
      progress.set(itemId, to);
    }
    const exact = sumDecimals(items.map(({ itemId, value }) => times(value, progress.get(itemId) ?? '0')));
    const inputs = Object.fromEntries(
      items.map(({ itemId, value }) => [itemId, `${value} x ${progress.get(itemId) ?? '0'}`]),
    );
    const cumulative = figure('sum of value x progress', inputs, exact, rounding);
    const billed = before;
    before = cumulative.value;
    const due = minus(cumulative.value, billed);
    return { invoice: figure('cumulative - invoiced before', { before: billed }, due, null, [cumulative]), cumulative };
  });
}

/** An item of a billing schedule: a milestone, or a unit of delivery. */
export interface ScheduledItem {
  itemId: string;
  amount: Decimal;
}

/**
 * What the completed items bill, and what is left. Items bill their whole amount; a part of one only where the contract
 * splits it.
 * @throws SCHEDULE_SUM when the schedule does not sum to the contract value, SCHEDULE_ITEM_UNKNOWN,
 * BILLING_ITEM_DUPLICATE, BILLING_ITEM_INVALID for an amount below zero: what is taken back is a credit, no item
 */
export function scheduleInvoice(
  contractValue: Decimal,
  items: readonly ScheduledItem[],
  completed: readonly string[],
): { scheduleTotal: Figure; invoice: Figure; remaining: Figure } {
  checkItems(items);
  const given = items.map(({ itemId, amount }) => figure('amount of the item', { itemId }, amount, null));
  const scheduleTotal = sumOf('sum of the schedule', given);
  const difference = minus(scheduleTotal.value, contractValue);
  if (!isZeroDecimal(difference)) {
    const message = `the schedule sums to ${scheduleTotal.value}, the contract value is ${contractValue}`;
    throw new DomainError('SCHEDULE_SUM', message, { scheduleTotal: scheduleTotal.value, contractValue, difference });
  }
  const known = new Set(items.map(({ itemId }) => itemId));
  const unknown = completed.find((id) => !known.has(id));
  if (unknown !== undefined) {
    throw new DomainError('SCHEDULE_ITEM_UNKNOWN', `item "${unknown}" is not on the schedule`, { itemId: unknown });
  }
  const done = new Set(completed);
  const invoice = sumOf(
    'sum of the completed items',
    given.filter((_, index) => done.has(items[index]?.itemId ?? '')),
  );
  const left = minus(scheduleTotal.value, invoice.value);
  return {
    scheduleTotal,
    invoice,
    remaining: figure('schedule - completed', { schedule: scheduleTotal.value, completed: invoice.value }, left, null, [
      scheduleTotal,
      invoice,
    ]),
  };
}

function checkItems(items: readonly ScheduledItem[]): void {
  const seen = new Set<string>();
  for (const { itemId, amount } of items) {
    assertNotNegative('BILLING_ITEM_INVALID', `the amount of item "${itemId}"`, amount);
    if (seen.has(itemId)) {
      const message = `item "${itemId}" is there twice: it would be billed twice`;
      throw new DomainError('BILLING_ITEM_DUPLICATE', message, { itemId });
    }
    seen.add(itemId);
  }
}

function checkBetween(value: Decimal, most: Decimal, what: string): void {
  if (compareDecimals(value, '0') >= 0 && compareDecimals(value, most) <= 0) return;
  throw new DomainError('PROGRESS_INVALID', `progress of ${what} is ${value}: expected 0 to ${most}`, { value });
}
