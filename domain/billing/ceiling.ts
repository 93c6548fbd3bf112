/**
 * The not-to-exceed amount of a line: work is billed up to the limit, oldest work date first, and the entry that
 * crosses it is split (domain.md, NTE). What is above stays on hold for a change order or a write-off: it is neither
 * billed nor forgotten. When the limit is raised, or an invoice that used it is voided, what is left of a split entry
 * is due like any other work.
 */
import { compareText } from '../compare-text.ts';
import { add, isZero, lesserOf, type Money, subtract, zero } from '../money/money.ts';
import type { Charge } from './rate-time.ts';

/** What is due of a charge (its amount less what was billed before), divided at the limit. */
export interface CappedCharge {
  charge: Charge;
  billable: Money;
  held: Money;
}

/**
 * The charges of one line, oldest work date first (then by entry id), each with what may be billed now. `usedBefore` is
 * what earlier invoices and drafts of the line have taken of the limit, parts of these charges included. Without a
 * limit everything is billable.
 * @throws CURRENCY_MISMATCH
 */
export function applyCeiling(charges: readonly Charge[], ceiling: Money | null, usedBefore: Money): CappedCharge[] {
  const ordered = [...charges].sort((a, b) => compareText(a.workedOn, b.workedOn) || compareText(a.entryId, b.entryId));
  const nothing = zero(usedBefore.currency);
  let used = usedBefore;
  return ordered.map((charge) => {
    const due = charge.billedBefore ? subtract(charge.amount, charge.billedBefore) : charge.amount;
    const available = ceiling ? subtract(ceiling, used) : due;
    const free = available.amountMinor < 0 ? nothing : available;
    const billable = lesserOf(due, free);
    used = add(used, billable);
    return { charge, billable, held: subtract(due, billable) };
  });
}

/** What is on hold in all. */
export function heldTotal(capped: readonly CappedCharge[], currency: string): Money {
  return capped.map(({ held }) => held).reduce(add, zero(currency));
}

/** The charges that go on an invoice: all but those that are wholly above the limit. Entries worth nothing go along. */
export function billableOnly(capped: readonly CappedCharge[]): CappedCharge[] {
  return capped.filter(({ billable, held }) => !isZero(billable) || isZero(held));
}
