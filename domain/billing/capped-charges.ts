/**
 * The priced work of a contract line on its way to an invoice: what of each entry is due and may be billed under the
 * line's not-to-exceed amount, and what stays on hold (domain.md, NTE). The rule is that of not-to-exceed.ts; here the
 * entries become its claims, and parts billed before are taken off.
 */
import { compareText } from '../compare-text.ts';
import { add, isZero, type Money, subtract, zero } from '../money/money.ts';
import { admit } from './not-to-exceed.ts';
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
 * @throws CURRENCY_MISMATCH, LIMIT_INVALID when the limit is below zero
 */
export function capCharges(charges: readonly Charge[], ceiling: Money | null, usedBefore: Money): CappedCharge[] {
  const ordered = [...charges].sort((a, b) => compareText(a.workedOn, b.workedOn) || compareText(a.entryId, b.entryId));
  const limits = ceiling
    ? [{ limitId: 'not-to-exceed', level: 'line' as const, amount: ceiling, billed: usedBefore }]
    : [];
  const limitIds = limits.map(({ limitId }) => limitId);
  const claims = ordered.map(({ entryId, workedOn, amount, billedBefore }) => {
    const due = billedBefore ? subtract(amount, billedBefore) : amount;
    return { entryId, workedOn, amount: due, limitIds, admittedBefore: zero(due.currency) };
  });
  const { admissions } = admit(claims, limits);
  return ordered.flatMap((charge, index) => {
    const admission = admissions[index];
    return admission ? [{ charge, billable: admission.admitted, held: admission.held }] : [];
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
