/**
 * The one way in which measures divide: exact until the end, rounded once, and refused by name when there is nothing to
 * divide by, because a measure of nothing is unknown and not zero.
 */
import { DomainError } from '../errors.ts';
import { type Decimal, dividedBy, isZeroDecimal } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';

/**
 * The figure numerator / denominator. `measure` and `denominatorName` are for the refusal.
 * @throws DIVISION_BY_ZERO when the denominator is zero, DECIMAL_INVALID
 */
export function ratio(
  rule: string,
  inputs: Readonly<Record<string, string>>,
  of: { measure: string; numerator: Decimal; denominator: Decimal; denominatorName: string },
  rounding: Rounding | null,
  parts: readonly Figure[] = [],
): Figure {
  const { measure, numerator, denominator, denominatorName } = of;
  if (isZeroDecimal(denominator)) {
    const message = `${measure} cannot be told: ${denominatorName} is zero`;
    throw new DomainError('DIVISION_BY_ZERO', message, { measure, denominator: denominatorName });
  }
  return figure(rule, inputs, dividedBy(numerator, denominator), rounding, parts);
}
