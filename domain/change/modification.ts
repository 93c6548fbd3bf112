/**
 * What a contract modification does to revenue, in figures: as a contract of its own, prospectively over what is left,
 * or by cumulative catch-up (IFRS 15.18-21, ASC 606-10-25-10 to 25-13; domain.md, Change, credit, close; B33-B36).
 * Which of them applies is decided in classify.ts; a mixed modification is these rules by obligation.
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { compareDecimals, type Decimal, dividedBy, minus, plus, sumDecimals, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { rounded, type Rounding } from '../money/rounding.ts';
import { catchUp, earnedToDate, progressOf } from '../revenue/progress.ts';

/** Units at a price of one unit (major units). */
export interface Units {
  qty: Decimal;
  price: Decimal;
}

/** How amounts and ratios are rounded; null = exact. A ratio is rounded before it is used. */
export interface ModificationRounding {
  amounts: Rounding | null;
  ratios: Rounding | null;
}

/**
 * A separate contract: the original goes on at its price, what is added is accounted for at its own. Amounts in major
 * units, each rounded once. Source: IFRS 15.20, Example 5 Case A (IE19-IE20); ASC 606-10-25-12; B33.
 * @throws MODIFICATION_INVALID when more is delivered than was promised or less than nothing is added, PRICE_INVALID
 *   for a price below zero, DECIMAL_INVALID
 */
export function separateContract(
  original: Units,
  delivered: Decimal,
  added: Units,
  rounding: Rounding | null,
): { originalRemainingRevenue: Figure; addedRevenue: Figure; totalRevenue: Figure } {
  assertAddedPrice(added);
  assertNotNegative('MODIFICATION_INVALID', 'the number of units added as a separate contract', added.qty);
  const remaining = remainingUnits(original, delivered);
  const inputs = { qty: original.qty, price: original.price, delivered };
  const all = plus(worthOf(original), worthOf(added));
  return {
    originalRemainingRevenue: figure('undelivered units x original price', inputs, worthOf(remaining), rounding),
    addedRevenue: figure('added units x their price', { ...added }, worthOf(added), rounding),
    totalRevenue: figure('all original units + added units, each at its price', inputs, all, rounding),
  };
}

/**
 * What is left of the original promise.
 * @throws MODIFICATION_INVALID when more is delivered than was promised, PRICE_INVALID for a price below zero
 */
export function remainingUnits(original: Units, delivered: Decimal): Units {
  assertNotNegative('PRICE_INVALID', 'the original price of a unit', original.price);
  const qty = minus(original.qty, delivered);
  if (compareDecimals(delivered, '0') >= 0 && compareDecimals(qty, '0') >= 0) return { qty, price: original.price };
  throw new DomainError('MODIFICATION_INVALID', `${delivered} units of ${original.qty} cannot be delivered`, {
    delivered,
    promised: original.qty,
  });
}

/**
 * Prospective, by units: undelivered and added units share one price, what is left to pay over what is left to deliver.
 * A credit for units already delivered reduces revenue now and is no part of the blend. Each figure is rounded on its
 * own, the unit price from the exact consideration. Source: IFRS 15.21(a), Example 5 Case B (IE21-IE24);
 * ASC 606-10-25-13(a); B34.
 * @throws MODIFICATION_INVALID when nothing is left to deliver or the credit is below zero, PRICE_INVALID for a price
 *   below zero, DECIMAL_INVALID
 */
export function prospectiveUnits(
  remaining: Units,
  added: Units,
  creditForDelivered: { qty: Decimal; amount: Decimal } | null,
  rounding: Rounding | null,
): { revenueReductionNow: Figure; remainingConsideration: Figure; remainingQty: Figure; unitRevenue: Figure } {
  const credit = creditForDelivered ?? { qty: '0', amount: '0' };
  assertNotNegative('MODIFICATION_INVALID', 'the number of units credited', credit.qty);
  assertNotNegative('MODIFICATION_INVALID', 'the credit of a unit', credit.amount);
  assertNotNegative('PRICE_INVALID', 'the price of a remaining unit', remaining.price);
  assertNotNegative('MODIFICATION_INVALID', 'the number of remaining units', remaining.qty);
  assertAddedPrice(added);
  const left = { remaining: formatUnits(remaining), added: formatUnits(added) };
  const consideration = plus(worthOf(remaining), worthOf(added));
  const qty = quantityAbove(plus(remaining.qty, added.qty));
  const remainingConsideration = figure('undelivered + added, each at its price', left, consideration, rounding);
  const remainingQty = figure('undelivered + added units', left, qty, null);
  const exact = dividedBy(consideration, qty);
  const reduction = times(credit.qty, credit.amount);
  return {
    revenueReductionNow: figure('delivered units x credit of each', { ...credit }, reduction, rounding),
    remainingConsideration,
    remainingQty,
    unitRevenue: figure('remaining consideration / remaining units', { consideration, qty }, exact, rounding, [
      remainingConsideration,
      remainingQty,
    ]),
  };
}

/**
 * Prospective, over time: what is left to pay, evenly over the periods left. Rounding: each figure once. Source:
 * IFRS 15.21(a), 22(b), Example 7 (IE33-IE36); ASC 606-10-25-13(a); B35.
 * @throws MODIFICATION_INVALID when no period is left, DECIMAL_INVALID
 */
export function prospectiveTime(
  remainingConsideration: readonly Decimal[],
  periods: Decimal,
  rounding: Rounding | null,
): { total: Figure; perPeriod: Figure } {
  const sum = sumDecimals(remainingConsideration);
  const left = quantityAbove(periods);
  const total = figure('sum of what is left to pay', { parts: remainingConsideration.join(' + ') }, sum, rounding);
  const perPeriod = figure('total / periods left', { total: sum, periods }, dividedBy(sum, left), rounding, [total]);
  return { total, perPeriod };
}

/** Price and costs of an obligation measured by costs, in major units. */
export interface CostedPrice {
  transactionPrice: Decimal;
  costToDate: Decimal;
  totalCost: Decimal;
}

/**
 * Cumulative catch-up by progress: new progress x new price, less what was recognised. The ratio is rounded before use
 * where the agreed system does (B36 uses 51.2 %); revenue to date is rounded before and after. Source: IFRS 15.21(b),
 * Example 8 (IE37-IE41) and, for a change that is not priced yet, Example 9 (IE42-IE43); ASC 606-10-25-13(b).
 * @throws PRICE_INVALID for a price below zero, PROGRESS_INVALID, DECIMAL_INVALID
 */
export function catchUpByProgress(
  before: CostedPrice,
  after: CostedPrice,
  rounding: ModificationRounding,
): { progressBefore: Figure; recognisedBefore: Figure; progressAfter: Figure; adjustment: Figure } {
  const measured = ({ transactionPrice, costToDate, totalCost }: CostedPrice) => {
    assertNotNegative('PRICE_INVALID', 'the transaction price', transactionPrice);
    const progress = progressOf({ by: 'costs', toDate: costToDate, forecast: totalCost }, rounding.ratios);
    return { progress: progress.figure, earned: earnedToDate(transactionPrice, progress, rounding.amounts) };
  };
  const [old, now] = [measured(before), measured(after)];
  return {
    progressBefore: old.progress,
    recognisedBefore: old.earned,
    progressAfter: now.progress,
    adjustment: catchUp(now.earned, old.earned.value),
  };
}

/**
 * Cumulative catch-up by units: all units, delivered or not, get one blended price, and what is done is re-priced to
 * it: adjustment = done x (blended price - original price). The blended price is shown rounded as an amount, while the
 * adjustment is computed from the exact one and rounded once, because a rounded unit price would multiply its error by
 * the units. Only where ratios are rounded before use does the rounded unit price count. Source: IFRS 15.21(b), 88;
 * ASC 606-10-25-13(b).
 * @throws MODIFICATION_INVALID when there are no units or more are done than there are, PRICE_INVALID for a price below
 *   zero, DECIMAL_INVALID
 */
export function catchUpByUnits(
  original: Units,
  added: Units,
  done: Decimal,
  { amounts, ratios }: ModificationRounding,
): { blendedPrice: Figure; recognisedBefore: Figure; adjustment: Figure; totalRevenue: Figure } {
  assertAddedPrice(added);
  const qty = quantityAbove(plus(original.qty, added.qty));
  remainingUnits({ qty, price: original.price }, done);
  const total = plus(worthOf(original), worthOf(added));
  const inputs = { original: formatUnits(original), added: formatUnits(added) };
  const rule = '(original + added units, each at its price) / all units';
  const blendedPrice = figure(rule, inputs, dividedBy(total, qty), ratios ?? amounts);
  // Multiplied before divided: (total - original price x units) x done / units is exact wherever that quotient ends.
  const exact = ratios
    ? times(done, minus(rounded(dividedBy(total, qty), ratios), original.price))
    : dividedBy(times(done, minus(total, times(original.price, qty))), qty);
  const change = { done, originalPrice: original.price, blendedPrice: dividedBy(total, qty) };
  const before = times(done, original.price);
  return {
    blendedPrice,
    recognisedBefore: figure('done x original price', { done, price: original.price }, before, amounts),
    adjustment: figure('done x (blended price - original price)', change, exact, amounts, [blendedPrice]),
    totalRevenue: figure('original + added units, each at its price', inputs, total, amounts),
  };
}

/** Units may be taken off, at their price; a price below zero takes off nothing. */
function assertAddedPrice({ price }: Units): void {
  assertNotNegative('PRICE_INVALID', 'the price of an added unit', price);
}

function worthOf({ qty, price }: Units): Decimal {
  return times(qty, price);
}

function formatUnits({ qty, price }: Units): string {
  return `${qty} x ${price}`;
}

function quantityAbove(qty: Decimal): Decimal {
  if (compareDecimals(qty, '0') > 0) return qty;
  const message = `${qty} is left to deliver, so no price can be spread over it: expected more than zero`;
  throw new DomainError('MODIFICATION_INVALID', message, { qty });
}
