/**
 * What is sold and what is to come: weighted pipeline, backlog, coverage, forecast accuracy (domain.md, Definitions of
 * measures). Amounts are decimals in major units of one currency; ratios are shares, not percent.
 */
import { DomainError } from '../errors.ts';
import { absolute, compareDecimals, type Decimal, minus, percentOf, plus } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';
import { ratio } from './ratio.ts';

/** A deal that may be won. */
export interface PipelineDeal {
  amount: Decimal;
  /** 0 to 100. */
  probabilityPercent: Decimal;
}

/**
 * Weighted pipeline: each deal's amount x probability, and their sum. Rounding: each deal; the sum is never rounded.
 * @throws PROBABILITY_INVALID when a probability is not between 0 and 100, DECIMAL_INVALID
 */
export function weightedPipeline(
  deals: readonly PipelineDeal[],
  rounding: Rounding | null,
): { weighted: Figure[]; total: Figure } {
  const weighted = deals.map(({ amount, probabilityPercent }) => {
    if (compareDecimals(probabilityPercent, '0') < 0 || compareDecimals(probabilityPercent, '100') > 0) {
      const message = `a probability is between 0 and 100 percent, not ${probabilityPercent}`;
      throw new DomainError('PROBABILITY_INVALID', message, { amount, probabilityPercent });
    }
    return figure(
      'amount x probability',
      { amount, probabilityPercent },
      percentOf(amount, probabilityPercent),
      rounding,
    );
  });
  return { weighted, total: sumOf('sum of the weighted deals', weighted) };
}

/**
 * Backlog of a signed contract: `toRecognise` is bookings - recognised (the remaining performance obligation),
 * `toBill` is contract value - billed. They are two measures and are never added. Nothing is rounded.
 * @throws DECIMAL_INVALID
 */
export function backlog(of: { bookings: Decimal; recognised: Decimal; billed: Decimal }): {
  toRecognise: Figure;
  toBill: Figure;
} {
  const { bookings, recognised, billed } = of;
  return {
    toRecognise: figure('bookings - recognised', { bookings, recognised }, minus(bookings, recognised), null),
    toBill: figure('contract value - billed', { bookings, billed }, minus(bookings, billed), null),
  };
}

/**
 * Coverage of a target: (backlog + weighted pipeline) / target.
 * @throws DIVISION_BY_ZERO without a target, DECIMAL_INVALID
 */
export function coverage(
  of: { backlog: Decimal; weightedPipeline: Decimal; target: Decimal },
  rounding: Rounding | null,
): Figure {
  return ratio(
    '(backlog + weighted pipeline) / target',
    of,
    {
      ...{ measure: 'coverage', numerator: plus(of.backlog, of.weightedPipeline) },
      ...{ denominator: of.target, denominatorName: 'the target' },
    },
    rounding,
  );
}

/**
 * Forecast accuracy: 1 - |actual - forecast| / actual; below zero when the forecast was off by more than the actual.
 * @throws DIVISION_BY_ZERO when the actual is zero, DECIMAL_INVALID
 */
export function forecastAccuracy(of: { actual: Decimal; forecast: Decimal }, rounding: Rounding | null): Figure {
  const off = absolute(minus(of.actual, of.forecast));
  return ratio(
    '(actual - |actual - forecast|) / actual',
    of,
    {
      ...{ measure: 'forecast accuracy', numerator: minus(of.actual, off) },
      ...{ denominator: of.actual, denominatorName: 'the actual' },
    },
    rounding,
  );
}
