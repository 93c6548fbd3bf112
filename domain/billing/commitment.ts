/**
 * A minimum about volume that is trued up at the end of a period (domain.md, Billing: Retainer; B59). Prepaid volume is
 * in prepaid-pool.ts.
 */
import { assertNotNegative } from '../money/bounds.ts';
import { type Decimal, greaterDecimal, minus, sumDecimals } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import { type Fraction, formatFraction, shareOf } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import { taxOn } from '../tax/document-totals.ts';

/** What a period costs under a minimum; taxes are rounded fee by fee. */
export interface TrueUp {
  trueUp: Figure;
  trueUpTax: Figure;
  fees: Figure;
  tax: Figure;
}

/**
 * The minimum of a (part) period less its usage, never below zero, rounded once; with the tax of every fee (Lago,
 * minimum commitments; B59).
 * @throws COMMITMENT_INVALID when the minimum, a usage, the share or the tax rate is negative
 */
export function trueUp(
  terms: { minimum: Decimal; share: Fraction; usage: readonly Decimal[]; taxPercent: Decimal },
  rounding: Rounding | null,
): TrueUp {
  const { minimum, share, usage, taxPercent } = terms;
  assertNotNegative('COMMITMENT_INVALID', 'a minimum', minimum);
  assertNotNegative('COMMITMENT_INVALID', 'the share of the period', share.numerator);
  assertNotNegative('COMMITMENT_INVALID', 'a tax in percent', taxPercent);
  for (const fee of usage) assertNotNegative('COMMITMENT_INVALID', 'the usage of a fee', fee);
  const used = sumDecimals(usage);
  const exact = greaterDecimal('0', minus(shareOf(minimum, share), used));
  const inputs = { minimum, share: formatFraction(share), used };
  const missing = figure('minimum x share of the period - usage, at least zero', inputs, exact, rounding);
  const fees = [...usage.map((fee) => figure('usage', {}, fee, null)), missing];
  const taxes = fees.map((fee) => taxOn(fee, taxPercent, rounding));
  return {
    trueUp: missing,
    trueUpTax: taxes.at(-1) ?? missing,
    fees: sumOf('usage + true-up', fees),
    tax: sumOf('sum of the tax of each fee', taxes),
  };
}
