/**
 * Whether revenue may follow the invoices: only while each bill is worth what was delivered for it. Rates that step up
 * or down by more than the service changes, and amounts that do not move with delivery, break that (IFRS 15.B16;
 * domain.md, Revenue and balances; July 2015 paper of the joint transition resource group on this expedient).
 */
import { absolute, compareDecimals, type Decimal, minus, sumDecimals, times } from '../money/decimal.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** What a contract pays for a service. */
export interface BillingTerms {
  /** Unit prices by the date from which they hold; `explained` when the value to the customer moves with the step. */
  rates: readonly { from: PlainDate; unitPrice: Decimal; explained: boolean }[];
  /** What is paid whatever is delivered: upfront fees, minimums, rebates at the end. */
  fixedElements: readonly { name: string; amount: Decimal }[];
  /** Expected consideration in all, fixed elements included. */
  expectedTotal: Decimal;
}

/** What counts as material, in percent: a step against the rate before it, fixed elements against the whole. */
export interface Materiality {
  stepPct: Decimal;
  fixedPct: Decimal;
}

/** Why the expedient is not open. */
export interface AsInvoicedObstacle {
  code: 'RATE_STEP' | 'FIXED_ELEMENT';
  message: string;
}

/**
 * What stands against recognising as invoiced; nothing = it may be done. A threshold is material when exceeded. Source:
 * IFRS 15.B16, ASC 606-10-55-18.
 * @throws DECIMAL_INVALID
 */
export function obstaclesToAsInvoiced(terms: BillingTerms, materiality: Materiality): AsInvoicedObstacle[] {
  const rates = [...terms.rates].sort((a, b) => (a.from < b.from ? -1 : 1));
  const steps = rates.flatMap((rate, index): AsInvoicedObstacle[] => {
    const before = rates[index - 1];
    if (!before || rate.explained) return [];
    const change = absolute(minus(rate.unitPrice, before.unitPrice));
    if (!exceeds(change, before.unitPrice, materiality.stepPct)) return [];
    const message = `the rate steps from ${before.unitPrice} to ${rate.unitPrice} on ${rate.from} without more value`;
    return [{ code: 'RATE_STEP', message }];
  });
  const fixed = sumDecimals(terms.fixedElements.map((element) => absolute(element.amount)));
  if (!exceeds(fixed, terms.expectedTotal, materiality.fixedPct)) return steps;
  const names = terms.fixedElements.map((element) => element.name).join(', ');
  const message = `${fixed} of ${terms.expectedTotal} do not follow delivery: ${names}`;
  return [...steps, { code: 'FIXED_ELEMENT', message }];
}

function exceeds(part: Decimal, whole: Decimal, pct: Decimal): boolean {
  return compareDecimals(times(part, '100'), times(absolute(whole), pct)) > 0;
}
