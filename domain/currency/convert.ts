/**
 * From one currency to another, through the base both are quoted against: one product, one quotient, one rounding. A
 * result rounded in the middle would not come back (domain.md, Amounts, currency; B28).
 */
import { type Decimal, dividedBy, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { type Fraction, formatFraction } from '../money/fraction.ts';
import type { Rounding, SignificantDigits } from '../money/rounding.ts';
import { BASE } from './exchange-rates.ts';

/**
 * amount x units of the target per base / units of the source per base, in major units of the target. Rounded to a
 * scale, or kept to a number of significant digits; null = as exact as a quotient can be (decisions.md 15).
 * @throws DECIMAL_INVALID, DIVISION_BY_ZERO
 */
export function convert(
  amount: Decimal,
  from: Fraction,
  to: Fraction,
  precision: Rounding | SignificantDigits | null,
): Figure {
  const product = times(times(amount, to.numerator), from.denominator);
  const exact = dividedBy(product, times(to.denominator, from.numerator));
  const inputs = { amount, fromPerBase: formatFraction(from), toPerBase: formatFraction(to) };
  return figure('amount x to-rate / from-rate', inputs, exact, precision);
}

/** The amount in base currency. @throws DECIMAL_INVALID */
export function toBase(amount: Decimal, perBase: Fraction, rounding: Rounding | null): Figure {
  return convert(amount, perBase, BASE, rounding);
}
