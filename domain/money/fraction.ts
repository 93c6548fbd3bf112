/**
 * Shares that no decimal holds, such as 14 of 31 days: numerator and denominator stay apart until they meet an amount,
 * so that only the last step can need rounding.
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, dividedBy, isDecimal, isZeroDecimal, plus, times } from './decimal.ts';

/** A share; the denominator is above zero. */
export interface Fraction {
  numerator: Decimal;
  denominator: Decimal;
}

/** @throws FRACTION_INVALID when the denominator is not above zero, or a part is no number */
export function fraction(numerator: Decimal, denominator: Decimal): Fraction {
  if (!isDecimal(numerator) || !isDecimal(denominator) || compareDecimals(denominator, '0') <= 0) {
    const message = `"${numerator}/${denominator}" is not a share: expected numbers, the second above zero`;
    throw new DomainError('FRACTION_INVALID', message, { numerator, denominator });
  }
  return { numerator, denominator };
}

/** The share that a text states: '29/30', '0.5' or '1'. @throws FRACTION_INVALID */
export function parseFraction(text: string): Fraction {
  const [numerator = '', denominator = '1', ...rest] = text.split('/');
  if (rest.length > 0) throw new DomainError('FRACTION_INVALID', `"${text}" is not a share`, { text });
  return fraction(numerator, denominator);
}

/** The sum, exactly. */
export function addFractions(a: Fraction, b: Fraction): Fraction {
  if (a.denominator === b.denominator) {
    return { numerator: plus(a.numerator, b.numerator), denominator: a.denominator };
  }
  return {
    numerator: plus(times(a.numerator, b.denominator), times(b.numerator, a.denominator)),
    denominator: times(a.denominator, b.denominator),
  };
}

/** The sum of several, exactly. @throws FRACTION_INVALID when there is none */
export function sumFractions(shares: readonly Fraction[]): Fraction {
  // Shares of one period add up as numerators: a long list then stays a short number.
  const numerators = new Map<Decimal, Decimal>();
  for (const { numerator, denominator } of shares) {
    numerators.set(denominator, plus(numerators.get(denominator) ?? '0', numerator));
  }
  const [first, ...others] = [...numerators].map(([denominator, numerator]) => ({ numerator, denominator }));
  if (!first) throw new DomainError('FRACTION_INVALID', 'a sum of no shares', { shares: shares.length });
  return others.reduce(addFractions, first);
}

/** The share of a value; exact where it ends within 28 significant digits (decisions.md 15). */
export function shareOf(value: Decimal, share: Fraction): Decimal {
  return isZeroDecimal(share.numerator) ? '0' : dividedBy(times(value, share.numerator), share.denominator);
}

/** For people: '29/30'. */
export function formatFraction({ numerator, denominator }: Fraction): string {
  return denominator === '1' ? numerator : `${numerator}/${denominator}`;
}
