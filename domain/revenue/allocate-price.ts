/**
 * The transaction price of a contract among its obligations, by what each would cost alone. Two exceptions need
 * evidence: a discount seen for a bundle stays inside it, and an obligation whose own price nobody can observe takes
 * what is left (IFRS 15.73-83; domain.md, Revenue and balances; B30-B32).
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { allocateFigures, roundedToSum } from '../money/allocate.ts';
import { compareDecimals, type Decimal, minus, sumDecimals } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { fraction, shareOf } from '../money/fraction.ts';
import { type Rounding, stepOf } from '../money/rounding.ts';

/** A distinct promise. The price is null when it is so variable or uncertain that none can be told (IFRS 15.79(c)). */
export interface PricedObligation {
  obligationId: string;
  standAlonePrice: Decimal | null;
}

/** What is allocated, and the evidence for exceptions. */
export interface AllocationTerms {
  transactionPrice: Decimal;
  obligations: readonly PricedObligation[];
  /** Sold together regularly at this price: the observation that IFRS 15.82 asks for. */
  bundle?: { obligationIds: readonly string[]; price: Decimal };
  /** The obligation that takes the rest: the one without a stand-alone price. */
  residualId?: string;
}

/** What an obligation is paid. */
export interface AllocatedPrice {
  obligationId: string;
  price: Figure;
}

type Known = PricedObligation & { standAlonePrice: Decimal };

/**
 * The price of each obligation, in the order given; together they are the transaction price. An obligation of price
 * zero gets zero. Rounding: to the scale by largest remainder, ties to the first; where there is a residual the others
 * keep their stand-alone price, rounded by the mode. Source: IFRS 15.76, 79(c), 82, ASC 606-10-32-31 to 32-37.
 * @throws PRICE_INVALID for a transaction price below zero, SSP_MISSING for a price that is null without being the
 *   residual, OBLIGATION_UNKNOWN, OBLIGATION_DUPLICATE,
 *   RESIDUAL_WITHOUT_EVIDENCE when the residual has a price of its own, RESIDUAL_NOT_POSITIVE when others take all or
 *   more (IFRS 15.BC273: what is distinct is not worth nothing), BUNDLE_INVALID when it is no discount or does not fit
 *   the price, ALLOCATION_INVALID when no price is above zero or the total has more digits than the scale
 */
export function allocatePrice(terms: AllocationTerms, rounding: Rounding | null): AllocatedPrice[] {
  const known = checkedObligations(terms);
  const { bundle, residualId, transactionPrice } = terms;
  assertNotNegative('PRICE_INVALID', 'the transaction price', transactionPrice);
  const bundled = new Set(bundle?.obligationIds);
  const inBundle = known.filter((one) => bundled.has(one.obligationId));
  const others = known.filter((one) => !bundled.has(one.obligationId));
  const prices = new Map<string, Figure>();
  const put = (group: readonly Known[], figures: readonly Figure[]) => {
    group.forEach((one, index) => {
      const price = figures[index];
      if (price) prices.set(one.obligationId, price);
    });
  };
  if (bundle) put(inBundle, bundlePrices(bundle.price, inBundle, rounding));
  const left = minus(transactionPrice, bundle?.price ?? '0');
  if (residualId === undefined) {
    if (compareDecimals(left, '0') < 0 || (others.length === 0 && compareDecimals(left, '0') !== 0)) {
      refuseBundle(`leaves ${left} of the price for the other obligations`, terms);
    }
    if (others.length > 0) put(others, relative('price', left, others, rounding));
  } else {
    put(
      others,
      others.map((one) => standAlone(one, rounding)),
    );
    prices.set(residualId, residual(residualId, transactionPrice, [...prices.values()]));
  }
  return terms.obligations.flatMap(({ obligationId }) => {
    const price = prices.get(obligationId);
    return price ? [{ obligationId, price }] : [];
  });
}

function checkedObligations({ obligations, bundle, residualId }: AllocationTerms): Known[] {
  const ids = obligations.map((one) => one.obligationId);
  const all = new Set(ids);
  const seen = new Set<string>();
  const twice = ids.find((id) => seen.has(id) || !seen.add(id));
  if (twice !== undefined) {
    throw new DomainError('OBLIGATION_DUPLICATE', `obligation "${twice}" is there twice`, { obligationId: twice });
  }
  const unknown = [...(bundle?.obligationIds ?? []), ...(residualId === undefined ? [] : [residualId])].find(
    (id) => !all.has(id),
  );
  if (unknown !== undefined) {
    throw new DomainError('OBLIGATION_UNKNOWN', `"${unknown}" is not an obligation of the contract`, { unknown, ids });
  }
  return obligations.flatMap((one): Known[] => {
    const { obligationId, standAlonePrice } = one;
    if (obligationId === residualId) {
      if (standAlonePrice === null && !bundle?.obligationIds.includes(obligationId)) return [];
      const message = `"${obligationId}" cannot take the rest: it has a price of its own or of its bundle`;
      throw new DomainError('RESIDUAL_WITHOUT_EVIDENCE', message, { obligationId, standAlonePrice });
    }
    if (standAlonePrice !== null) return [{ obligationId, standAlonePrice }];
    throw new DomainError('SSP_MISSING', `"${obligationId}" has no stand-alone selling price`, { obligationId });
  });
}

function bundlePrices(price: Decimal, group: readonly Known[], rounding: Rounding | null): Figure[] {
  const alone = sumDecimals(group.map((one) => one.standAlonePrice));
  if (compareDecimals(price, '0') < 0 || compareDecimals(price, alone) > 0) {
    throw new DomainError('BUNDLE_INVALID', `a bundle at ${price} is no discount on ${alone}`, { price, alone });
  }
  return relative('bundle price', price, group, rounding);
}

function refuseBundle(problem: string, { bundle, transactionPrice }: AllocationTerms): never {
  const message = `a bundle at ${bundle?.price ?? '0'} in a price of ${transactionPrice} ${problem}`;
  throw new DomainError('BUNDLE_INVALID', message, { bundle, transactionPrice });
}

function relative(what: string, total: Decimal, group: readonly Known[], rounding: Rounding | null): Figure[] {
  const weights = group.map((one) => one.standAlonePrice);
  const sum = sumDecimals(weights);
  if (weights.some((weight) => compareDecimals(weight, '0') < 0) || compareDecimals(sum, '0') === 0) {
    const message = 'stand-alone selling prices are not negative, and at least one is above zero';
    throw new DomainError('ALLOCATION_INVALID', message, { weights });
  }
  const rule = `${what} x stand-alone price / sum of stand-alone prices`;
  if (rounding) {
    const idOf = (index: number) => ({ obligationId: group[index]?.obligationId ?? '' });
    return allocateFigures(total, weights, { step: stepOf(rounding), mode: 'largest-remainder' }, rule, idOf);
  }
  const exact = weights.map((weight) => shareOf(total, fraction(weight, sum)));
  const heaviest = weights.reduce((best, w, index) => (compareDecimals(w, weights[best] ?? '0') > 0 ? index : best), 0);
  return roundedToSum(total, exact, null, heaviest).map((part, index) => {
    const { obligationId = '', standAlonePrice = '0' } = group[index] ?? {};
    const isRest = part !== exact[index];
    const inputs = { obligationId, total, standAlonePrice, sum, ...(isRest ? { share: exact[index] ?? '0' } : {}) };
    return figure(isRest ? `${rule}; and what endless quotients leave of the total` : rule, inputs, part, null);
  });
}

function standAlone({ obligationId, standAlonePrice }: Known, rounding: Rounding | null): Figure {
  return figure('stand-alone selling price', { obligationId, standAlonePrice }, standAlonePrice, rounding);
}

function residual(obligationId: string, transactionPrice: Decimal, others: readonly Figure[]): Figure {
  const observed = sumDecimals(others.map((one) => one.value));
  const rest = minus(transactionPrice, observed);
  if (compareDecimals(rest, '0') <= 0) {
    const message = `"${obligationId}" would get ${rest} of ${transactionPrice}: the others take ${observed}`;
    throw new DomainError('RESIDUAL_NOT_POSITIVE', message, { obligationId, transactionPrice, observed });
  }
  const inputs = { obligationId, transactionPrice, observed };
  return figure('price - observable prices of the others', inputs, rest, null, others);
}
