/**
 * The part of a price that depends on what happens: bonuses, penalties, rebates. It is estimated, held back as far as
 * it may have to be given back, and every new estimate is caught up at once (IFRS 15.50-59, 87-90; domain.md, Revenue
 * and balances; B37, B38).
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { compareDecimals, type Decimal, lesserDecimal, plus, sumDecimals, times } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';
import { changesOf } from './progress.ts';

/** One way it may end: an amount (negative for a penalty) and its probability, 0 to 1. */
export interface Outcome {
  probability: Decimal;
  amount: Decimal;
}

/** A variable element of a price. */
export interface VariableElement {
  /** `expected` for many similar contracts, `most-likely` where it is one way or the other (IFRS 15.53). */
  method: 'expected' | 'most-likely';
  outcomes: readonly Outcome[];
  /** The amount that will highly probably not be reversed, judged apart; null = the whole estimate (IFRS 15.56-58). */
  highlyProbableUpTo: Decimal | null;
}

/** The price that revenue is measured by. */
export interface TransactionPrice {
  elements: Figure[];
  variable: Figure;
  transactionPrice: Figure;
}

/**
 * Fixed consideration plus what may be counted of each element. Rounding: each element. Source: IFRS 15.53, 56-58, ASC
 * 606-10-32-8 and 32-11; B37.
 * @throws PRICE_INVALID for a fixed part below zero (a penalty is an element),
 *   PROBABILITY_INVALID when probabilities are not between 0 and 1 or do not sum to 1, MOST_LIKELY_AMBIGUOUS when
 *   two amounts are equally likely, DECIMAL_INVALID
 */
export function transactionPriceOf(
  fixed: Decimal,
  elements: readonly VariableElement[],
  rounding: Rounding | null,
): TransactionPrice {
  assertNotNegative('PRICE_INVALID', 'the fixed consideration', fixed);
  const figures = elements.map((element) => includedAmount(element, rounding));
  const variable = sumOf('sum of the variable elements', figures);
  const inputs = { fixed, variable: variable.value };
  return {
    elements: figures,
    variable,
    transactionPrice: figure('fixed + variable', inputs, plus(fixed, variable.value), null, [variable]),
  };
}

/**
 * What of an element is in the price: the estimate, but no more than is highly probable to stay.
 * @throws PROBABILITY_INVALID, MOST_LIKELY_AMBIGUOUS
 */
export function includedAmount(element: VariableElement, rounding: Rounding | null): Figure {
  checkProbabilities(element.outcomes);
  const limit = element.highlyProbableUpTo;
  const estimate = ESTIMATES[element.method](element.outcomes, limit === null ? rounding : null);
  if (limit === null) return estimate;
  const inputs = { estimate: estimate.value, highlyProbableUpTo: limit };
  return figure('estimate, up to what is highly probable', inputs, lesserDecimal(estimate.value, limit), rounding, [
    estimate,
  ]);
}

const ESTIMATES = { expected: expectedValue, 'most-likely': mostLikely };

function checkProbabilities(outcomes: readonly Outcome[]): void {
  const probabilities = outcomes.map((outcome) => outcome.probability);
  const sum = sumDecimals(probabilities);
  const within = probabilities.every((p) => compareDecimals(p, '0') >= 0 && compareDecimals(p, '1') <= 0);
  if (within && compareDecimals(sum, '1') === 0) return;
  const message = `probabilities are between 0 and 1 and sum to 1; these sum to ${sum}`;
  throw new DomainError('PROBABILITY_INVALID', message, { probabilities, sum });
}

function expectedValue(outcomes: readonly Outcome[], rounding: Rounding | null): Figure {
  const exact = sumDecimals(outcomes.map(({ probability, amount }) => times(probability, amount)));
  return figure('sum of amount x probability', told(outcomes), exact, rounding);
}

/** The single most likely amount; outcomes of the same amount count together. */
function mostLikely(outcomes: readonly Outcome[], rounding: Rounding | null): Figure {
  const amounts = new Map<Decimal, Decimal>();
  for (const { probability, amount } of outcomes) {
    const same = plus(amount, '0'); // '5.0' and '5' are one amount.
    amounts.set(same, plus(amounts.get(same) ?? '0', probability));
  }
  const ranked = [...amounts].sort(([, a], [, b]) => compareDecimals(b, a));
  const [first, second] = ranked;
  if (!first || (second && compareDecimals(first[1], second[1]) === 0)) {
    const tied = ranked.slice(0, 2).map(([amount]) => amount);
    const message = `no single amount is the most likely one: ${tied.join(' and ')} are equally likely`;
    throw new DomainError('MOST_LIKELY_AMBIGUOUS', message, { amounts: tied });
  }
  return figure('most likely amount', told(outcomes), first[0], rounding);
}

function told(outcomes: readonly Outcome[]): Record<string, string> {
  return { outcomes: outcomes.map(({ probability, amount }) => `${amount} at ${probability}`).join(', ') };
}

/** Units delivered in a period, and the price a unit is now thought to fetch in the end. */
export interface RetroPriceStep {
  units: Decimal;
  estimatedUnitPrice: Decimal;
}

/**
 * Revenue where a later event changes the price of units already delivered (a volume rebate): all units to date at the
 * present estimate, less what was recognised before. Rounding: revenue to date. Source: IFRS 15.87-88, Example 24; B38.
 * Units that came back are negative.
 * @throws PRICE_INVALID for a unit price below zero, QUANTITY_INVALID when more came back than was delivered,
 * DECIMAL_INVALID
 */
export function revenueAtRetroPrice(
  steps: readonly RetroPriceStep[],
  rounding: Rounding | null,
): { revenue: Figure[]; cumulative: Figure } {
  let unitsToDate: Decimal = '0';
  const toDate = steps.map(({ units, estimatedUnitPrice }) => {
    unitsToDate = plus(unitsToDate, units);
    assertNotNegative('PRICE_INVALID', 'the estimated price of a unit', estimatedUnitPrice);
    assertNotNegative('QUANTITY_INVALID', 'the number of units to date', unitsToDate);
    const inputs = { unitsToDate, estimatedUnitPrice };
    return figure('units to date x estimated unit price', inputs, times(unitsToDate, estimatedUnitPrice), rounding);
  });
  return { revenue: changesOf(toDate), cumulative: toDate.at(-1) ?? figure('nothing delivered', {}, '0', null) };
}
