/**
 * Open items in foreign currency at the closing rate. Only monetary items move, those that will be settled in a fixed
 * amount of currency; an advance from a customer will be settled in work, so its liability keeps the rate of the day it
 * came (IAS 21.16, 21.23; IFRIC 22.8; domain.md, Amounts; B58).
 */
import { type Decimal, minus } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Fraction } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import { toBase } from './convert.ts';

/** What an open balance is. */
export type BalanceKind =
  | 'receivable'
  | 'unbilled-receivable'
  | 'contract-asset'
  | 'refund-liability'
  | 'payable'
  | 'cash'
  | 'contract-liability';

/** Whether a balance will be settled in currency. All but the contract liability, which is settled in work. */
export const MONETARY: Readonly<Record<BalanceKind, boolean>> = {
  receivable: true,
  'unbilled-receivable': true,
  'contract-asset': true,
  'refund-liability': true,
  payable: true,
  cash: true,
  'contract-liability': false,
};

/** An open item and the value it stands in the books at. */
export interface ForeignItem {
  kind: BalanceKind;
  /** Open amount in its currency; a liability is negative. */
  fc: Decimal;
  /** Its value in base currency at the rate it was booked at. */
  booked: Figure;
}

/** Items at one closing rate, in base currency. */
export interface Revaluation {
  value: Figure;
  /** Against the booking: for the method that reverses each revaluation before the next. */
  vsBooked: Figure;
  /** Against the value before: for the method that leaves it. */
  incremental: Figure;
}

/** An item booked at a rate. @throws DECIMAL_INVALID */
export function bookedItem(kind: BalanceKind, fc: Decimal, perBase: Fraction, rounding: Rounding | null): ForeignItem {
  return { kind, fc, booked: toBase(fc, perBase, rounding) };
}

/**
 * The items at one closing rate after another. Every item is rounded by itself, as it stands in the ledger; those that
 * are not monetary stay at their booked value.
 * @throws DECIMAL_INVALID
 */
export function revalue(
  items: readonly ForeignItem[],
  closingRates: readonly Fraction[],
  rounding: Rounding | null,
): { booked: Figure; revaluations: Revaluation[] } {
  const booked = sumOf(
    'sum of the booked values',
    items.map((item) => item.booked),
  );
  const revaluations: Revaluation[] = [];
  for (const rate of closingRates) {
    const values = items.map(({ kind, fc, booked: own }) => (MONETARY[kind] ? toBase(fc, rate, rounding) : own));
    const value = sumOf('sum of the values at the closing rate', values);
    const before = revaluations.at(-1)?.value ?? booked;
    revaluations.push({
      value,
      vsBooked: difference('value - booked', value, booked),
      incremental: difference('value - value before', value, before),
    });
  }
  return { booked, revaluations };
}

function difference(rule: string, now: Figure, before: Figure): Figure {
  const inputs = { now: now.value, before: before.value };
  return figure(rule, inputs, minus(now.value, before.value), null, [now, before]);
}
