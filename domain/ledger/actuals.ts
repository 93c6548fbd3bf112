/**
 * What one time entry costs and earns, as entries that are only added: cost, unbilled sales, billed sales. Whatever
 * changes is taken back by a negative entry and written anew, so the sum of a type is always where it stands
 * (Dynamics 365 Project Operations, "Actuals impact in a time and materials engagement" and "Corrected invoices"; B48).
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, greaterDecimal, isZeroDecimal, lesserDecimal } from '../money/decimal.ts';
import { minus, negated, sumDecimals, times } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';

/** What an entry is about. Work that the customer is not charged for stays visible at its sales value. */
export const ACTUAL_TYPES = ['cost', 'unbilled', 'unbilled-nonchargeable', 'billed'] as const;

/** One of them. */
export type ActualType = (typeof ACTUAL_TYPES)[number];

/** One entry; below zero it takes another back. */
export interface Actual {
  type: ActualType;
  quantity: Decimal;
  amount: Figure;
  /** Position in the chain of the entry that it takes back, else null. */
  reverses: number | null;
}

/** What happens to a time entry; hours of zero or more. */
export type ActualEvent =
  | { type: 'approve'; submitted: Decimal; billable: Decimal }
  | { type: 'invoice' }
  /** `billable` is what should have been invoiced; zero credits everything. */
  | { type: 'correct-invoiced'; billable: Decimal };

/** Rates per hour. */
export interface ActualRates {
  cost: Decimal;
  bill: Decimal;
}

/**
 * The chain after one more event; entries before it are untouched.
 *
 * - approve: cost of the hours submitted, unbilled sales of the billable ones, and the rest not chargeable. Billable
 *   hours may exceed those submitted.
 * - invoice: takes back each unbilled entry that stands, then writes it as billed.
 * - correct-invoiced: takes back each billed entry that stands; writes the right hours and what is left of those
 *   invoiced, both unbilled and chargeable; the right hours are taken back at once and billed. What is left waits for
 *   the next invoice.
 *
 * Rounding: each entry's quantity x rate, once; an entry that takes another back has its amount.
 * @throws QUANTITY_INVALID when hours are below zero, INVOICE_EMPTY when nothing is unbilled, CORRECTION_INVALID when
 *   nothing is billed
 */
export function afterActualEvent(
  chain: readonly Actual[],
  event: ActualEvent,
  rates: ActualRates,
  rounding: Rounding | null,
): Actual[] {
  const next = [...chain];
  const write = (type: ActualType, quantity: Decimal): number => {
    const rate = type === 'cost' ? rates.cost : rates.bill;
    const amount = figure(`${type}: hours x rate`, { hours: quantity, rate }, times(quantity, rate), rounding);
    return isZeroDecimal(quantity) ? -1 : next.push({ type, quantity, amount, reverses: null }) - 1;
  };
  if (event.type === 'approve') {
    const { submitted, billable } = assertHours(event);
    write('cost', submitted);
    write('unbilled', billable);
    write('unbilled-nonchargeable', greaterDecimal(minus(submitted, billable), '0'));
  } else if (event.type === 'invoice') {
    const unbilled = standing(next, 'unbilled');
    if (unbilled.length === 0) throw new DomainError('INVOICE_EMPTY', 'nothing is unbilled', {});
    for (const index of unbilled) takeBack(next, index);
    for (const index of unbilled) bill(next, index);
  } else {
    const billed = standing(next, 'billed');
    const { billable } = assertHours({ submitted: '0', billable: event.billable });
    if (billed.length === 0) {
      throw new DomainError('CORRECTION_INVALID', 'nothing was invoiced that could be corrected', {});
    }
    const invoiced = sumDecimals(billed.map((index) => entryAt(next, index).quantity));
    for (const index of billed) takeBack(next, index);
    const corrected = write('unbilled', billable);
    write('unbilled', greaterDecimal(minus(invoiced, billable), '0'));
    if (corrected >= 0) {
      takeBack(next, corrected);
      bill(next, corrected);
    }
  }
  return next;
}

function assertHours<T extends { submitted: Decimal; billable: Decimal }>(hours: T): T {
  if (compareDecimals(lesserDecimal(hours.submitted, hours.billable), '0') >= 0) return hours;
  const { submitted, billable } = hours;
  const message = `hours are not below zero: ${submitted} submitted, ${billable} billable`;
  throw new DomainError('QUANTITY_INVALID', message, { submitted, billable });
}

/** Positions of the entries of a type that nothing has taken back. */
function standing(chain: readonly Actual[], type: ActualType): number[] {
  const gone = new Set(chain.map((entry) => entry.reverses));
  return chain.flatMap((entry, index) =>
    entry.type === type && entry.reverses === null && !gone.has(index) ? [index] : [],
  );
}

function takeBack(chain: Actual[], index: number): void {
  const entry = entryAt(chain, index);
  const { type, quantity, amount } = entry;
  const back = figure(`${type}: taken back`, { amount: amount.value }, negated(amount.value), null, [amount]);
  chain.push({ type, quantity: negated(quantity), amount: back, reverses: index });
}

function bill(chain: Actual[], index: number): void {
  const { quantity, amount } = entryAt(chain, index);
  const value = figure('billed: the unbilled amount', { amount: amount.value }, amount.value, null, [amount]);
  chain.push({ type: 'billed', quantity, amount: value, reverses: null });
}

function entryAt(chain: readonly Actual[], index: number): Actual {
  const entry = chain[index];
  if (!entry) throw new Error(`the chain of actuals has no entry ${String(index)}`);
  return entry;
}

/** Where each type stands: the sum of its entries. @throws DECIMAL_INVALID */
export function actualBalances(chain: readonly Actual[]): Record<ActualType, Figure> {
  const of = (type: ActualType): Figure =>
    sumOf(
      `sum of ${type}`,
      chain.filter((entry) => entry.type === type).map((entry) => entry.amount),
    );
  return {
    cost: of('cost'),
    unbilled: of('unbilled'),
    'unbilled-nonchargeable': of('unbilled-nonchargeable'),
    billed: of('billed'),
  };
}
