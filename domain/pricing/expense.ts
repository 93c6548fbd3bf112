/**
 * What a purchase made for the customer costs the project, and what the customer pays for it: at cost, with a mark-up,
 * or by a price per unit (domain.md, Pricing; B03, B56). Purchase tax that we get back is no cost; tax that we do not
 * get back is part of the cost before the mark-up.
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { compareDecimals, type Decimal, greaterDecimal, lesserDecimal, minus, plus, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { type Fraction, fraction, shareOf } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';

/** What was bought. */
export interface Purchase {
  /** In major units, as on the receipt. */
  amount: Decimal;
  taxPercent: Decimal;
  /** True when the amount holds the tax. */
  includesTax: boolean;
  /** How much of the tax becomes cost: none (recoverable), all, or a percentage. */
  taxToProject: 'none' | 'all' | { nonDeductiblePercent: Decimal };
}

/** How the customer is charged. */
export type ExpensePricing =
  | { method: 'at-cost' }
  | { method: 'markup'; markupPercent: Decimal }
  | { method: 'per-unit'; unitPrice: Decimal; quantity: Decimal };

/** A purchase of which only the net amount matters. */
export function withoutTax(amount: Decimal): Purchase {
  return { amount, taxPercent: '0', includesTax: false, taxToProject: 'none' };
}

/**
 * What the purchase costs the project in major units: net x (1 + tax share), where net is the amount, or the amount
 * divided by (1 + tax) when it holds the tax; rounded once. Source: domain.md, Pricing (B56; Dynamics 365 Project
 * Operations, cost prices, sales prices and taxes).
 * @throws TAX_INVALID when the tax is negative or its part is not 0 to 100 %
 */
export function purchaseCost(purchase: Purchase, rounding: Rounding | null): Figure {
  const net = purchase.includesTax ? 'amount / (1 + tax %)' : 'amount';
  const { amount, taxPercent, includesTax } = purchase;
  const taxToProjectPercent = percentToProject(purchase);
  const exact = shareOf(amount, costPerAmount(purchase));
  const inputs = { amount, taxPercent, includesTax: String(includesTax), taxToProjectPercent };
  return figure(`${net} x (1 + tax % x part to project %)`, inputs, exact, rounding);
}

/**
 * What the customer pays in major units, rounded once; a mark-up applies to the cost before it is rounded. Source:
 * domain.md, Pricing (B03, B56; Dynamics 365 Project Operations, pricing methods of materials).
 * @throws PRICE_INVALID for a unit price below zero, MARKUP_INVALID below -100 %, TAX_INVALID
 */
export function expensePrice(purchase: Purchase, pricing: ExpensePricing, rounding: Rounding | null): Figure {
  if (pricing.method === 'per-unit') {
    const { quantity, unitPrice } = pricing;
    assertNotNegative('PRICE_INVALID', 'the price of a unit', unitPrice);
    return figure('quantity x unit price', { quantity, unitPrice }, times(quantity, unitPrice), rounding);
  }
  const perAmount = costPerAmount(purchase);
  const cost = purchaseCost(purchase, null);
  if (pricing.method === 'at-cost') return figure('cost', { cost: cost.value }, cost.value, rounding, [cost]);
  const { markupPercent } = pricing;
  if (compareDecimals(markupPercent, '-100') < 0) {
    const message = `a mark-up of ${markupPercent} % makes a price below zero: expected -100 or more`;
    throw new DomainError('MARKUP_INVALID', message, { markupPercent });
  }
  const numerator = times(perAmount.numerator, plus('100', markupPercent));
  const exact = shareOf(purchase.amount, fraction(numerator, times(perAmount.denominator, '100')));
  return figure('cost x (100 + mark-up %) / 100', { cost: cost.value, markupPercent }, exact, rounding, [cost]);
}

/** Cost per unit of the amount, as a share: an amount that holds the tax is divided only together with the rest. */
function costPerAmount(purchase: Purchase): Fraction {
  const { taxPercent, includesTax } = purchase;
  const taxToCost = times(taxPercent, percentToProject(purchase));
  return includesTax
    ? fraction(plus('10000', taxToCost), times('100', plus('100', taxPercent)))
    : fraction(plus('10000', taxToCost), '10000');
}

function percentToProject({ taxPercent, taxToProject }: Purchase): Decimal {
  const percent = taxToProject === 'none' ? '0' : taxToProject === 'all' ? '100' : taxToProject.nonDeductiblePercent;
  const isPart = compareDecimals(percent, '0') >= 0 && compareDecimals(percent, '100') <= 0;
  if (!isPart || compareDecimals(taxPercent, '0') < 0) {
    const message = `purchase tax of ${taxPercent} %, ${percent} % of it cost: expected no less than 0, and 0 to 100`;
    throw new DomainError('TAX_INVALID', message, { taxPercent, nonDeductiblePercent: percent });
  }
  return percent;
}

/**
 * A price under a cap: what may still be billed, and what is beyond it. The two sum to the price; an overdrawn cap
 * leaves nothing, and a credit is never held. Source: domain.md, Billing (supplies under a cap; B04).
 */
export function underCap(price: Figure, capRemaining: Decimal): { billable: Figure; beyond: Figure } {
  const billable = lesserDecimal(price.value, greaterDecimal(capRemaining, '0'));
  const inputs = { price: price.value, capRemaining };
  return {
    billable: figure('price, at most what remains of the cap', inputs, billable, null, [price]),
    beyond: figure('price - what may be billed', inputs, minus(price.value, billable), null, [price]),
  };
}
