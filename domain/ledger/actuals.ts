/**
 * What one time entry costs and earns, as entries that are only added: cost, unbilled sales, billed sales. Whatever
 * changes is taken back by a negative entry and written anew, so the sum of a type is always where it stands
 * (Dynamics 365 Project Operations, "Actuals impact in a time and materials engagement" and "Corrected invoices"; B48).
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import {
  compareDecimals,
  type Decimal,
  greaterDecimal,
  isZeroDecimal,
  lesserDecimal,
  minus,
  negated,
  sumDecimals,
  times,
} from '../money/decimal.ts';
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
 * @throws PRICE_INVALID when a rate is below zero, QUANTITY_INVALID when hours are, INVOICE_EMPTY when nothing is
 *   unbilled, CORRECTION_INVALID when nothing is billed
 */
export function afterActualEvent(
  chain: readonly Actual[],
  event: ActualEvent,
  rates: ActualRates,
  rounding: Rounding | null,
): Actual[] {
  return afterActualEvents(chain, [event], rates, rounding);
}

/** The chain after several events, in order. @throws as afterActualEvent */
export function afterActualEvents(
  chain: readonly Actual[],
  events: readonly ActualEvent[],
  rates: ActualRates,
  rounding: Rounding | null,
): Actual[] {
  for (const [which, rate] of [['cost', rates.cost] as const, ['bill', rates.bill] as const]) {
    assertNotNegative('PRICE_INVALID', `the ${which} rate of an hour`, rate);
  }
  const open = openChain(chain);
  for (const event of events) apply(open, event, rates, rounding);
  return open.entries;
}

/** A chain as it grows. */
interface OpenChain {
  entries: Actual[];
  /** Positions of the entries of a type that nothing has taken back. */
  standing: Record<ActualType, number[]>;
}

function openChain(chain: readonly Actual[]): OpenChain {
  const gone = new Set(chain.map((entry) => entry.reverses));
  const standing: OpenChain['standing'] = { cost: [], unbilled: [], 'unbilled-nonchargeable': [], billed: [] };
  for (const [index, { type, reverses }] of chain.entries()) {
    if (reverses === null && !gone.has(index)) standing[type].push(index);
  }
  return { entries: [...chain], standing };
}

function apply(chain: OpenChain, event: ActualEvent, rates: ActualRates, rounding: Rounding | null): void {
  const write = (type: ActualType, quantity: Decimal): number | null => {
    const rate = type === 'cost' ? rates.cost : rates.bill;
    if (isZeroDecimal(quantity)) return null;
    const amount = figure(`${type}: hours x rate`, { hours: quantity, rate }, times(quantity, rate), rounding);
    return add(chain, { type, quantity, amount, reverses: null });
  };
  if (event.type === 'approve') {
    const { submitted, billable } = assertHours(event);
    write('cost', submitted);
    write('unbilled', billable);
    write('unbilled-nonchargeable', greaterDecimal(minus(submitted, billable), '0'));
    return;
  }
  if (event.type === 'invoice') {
    if (chain.standing.unbilled.length === 0) throw nothing('INVOICE_EMPTY', 'nothing is unbilled', chain);
    bill(chain, takeBack(chain, 'unbilled'));
    return;
  }
  const { billable } = assertHours({ submitted: '0', billable: event.billable });
  if (chain.standing.billed.length === 0) {
    throw nothing('CORRECTION_INVALID', 'nothing was invoiced that could be corrected', chain);
  }
  const invoiced = sumDecimals(takeBack(chain, 'billed').map((entry) => entry.quantity));
  const corrected = write('unbilled', billable);
  write('unbilled', greaterDecimal(minus(invoiced, billable), '0'));
  if (corrected === null) return;
  chain.standing.unbilled = chain.standing.unbilled.filter((index) => index !== corrected);
  bill(chain, [takeBackOne(chain, corrected)]);
}

function nothing(code: string, message: string, { entries }: OpenChain): DomainError {
  const hoursOf = (type: ActualType) =>
    sumDecimals(entries.filter((entry) => entry.type === type).map((entry) => entry.quantity));
  const [unbilledHours, billedHours] = [hoursOf('unbilled'), hoursOf('billed')];
  return new DomainError(code, message, { entries: entries.length, unbilledHours, billedHours });
}

/** Adds an entry; answers with its position. */
function add({ entries, standing }: OpenChain, entry: Actual): number {
  if (entry.reverses === null) standing[entry.type].push(entries.length);
  return entries.push(entry) - 1;
}

/** Takes back all that stands of a type; answers with what was taken back. */
function takeBack(chain: OpenChain, type: ActualType): Actual[] {
  const standing = chain.standing[type];
  chain.standing[type] = [];
  return standing.map((index) => takeBackOne(chain, index));
}

function takeBackOne(chain: OpenChain, index: number): Actual {
  const entry = chain.entries[index];
  if (!entry) throw new Error(`the chain of actuals has no entry ${String(index)}`);
  const { type, quantity, amount } = entry;
  const back = figure(`${type}: taken back`, { amount: amount.value }, negated(amount.value), null, [amount]);
  add(chain, { type, quantity: negated(quantity), amount: back, reverses: index });
  return entry;
}

function bill(chain: OpenChain, unbilled: readonly Actual[]): void {
  for (const { quantity, amount } of unbilled) {
    const value = figure('billed: the unbilled amount', { amount: amount.value }, amount.value, null, [amount]);
    add(chain, { type: 'billed', quantity, amount: value, reverses: null });
  }
}

function assertHours<T extends { submitted: Decimal; billable: Decimal }>(hours: T): T {
  if (compareDecimals(lesserDecimal(hours.submitted, hours.billable), '0') >= 0) return hours;
  const { submitted, billable } = hours;
  const message = `hours are not below zero: ${submitted} submitted, ${billable} billable`;
  throw new DomainError('QUANTITY_INVALID', message, { submitted, billable });
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
