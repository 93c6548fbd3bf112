/**
 * Exact decimals for quantities, rates, ratios and everything between a price and the amount on a document: decimal
 * texts, computed with big.js and never with binary fractions. A quotient that does not end keeps 28 significant
 * digits, half to even (decisions.md 15). The only file of the domain that knows a library.
 */
import { Big, type BigConstructor } from 'big.js';
import { DomainError } from '../errors.ts';

/** A decimal number as text, e.g. '-12.5'; no exponent, no grouping. */
export type Decimal = string;

/**
 * How a digit that does not fit is rounded. `half-away-from-zero` is what finance calls commercial rounding; `down` is
 * towards zero and `up` away from it.
 */
export type RoundingMode = 'half-away-from-zero' | 'half-even' | 'down' | 'up';

const SIGNIFICANT_DIGITS = 28;
const PATTERN = /^-?\d+(\.\d+)?$/;

/** A constructor of our own: big.js keeps its settings on the constructor, and others in the process may use theirs. */
const Exact: BigConstructor = Big();
Exact.strict = true;
Exact.DP = SIGNIFICANT_DIGITS - 1;
Exact.RM = Exact.roundHalfEven;

const MODES: Readonly<Record<RoundingMode, 0 | 1 | 2 | 3>> = {
  down: Exact.roundDown,
  'half-away-from-zero': Exact.roundHalfUp,
  'half-even': Exact.roundHalfEven,
  up: Exact.roundUp,
};

function read(value: Decimal): Big {
  if (!PATTERN.test(value)) {
    throw new DomainError('DECIMAL_INVALID', `"${value}" is not a decimal number`, { value });
  }
  return new Exact(value);
}

function write(value: Big): Decimal {
  return value.eq('0') ? '0' : value.toFixed();
}

/** True when the text is a decimal number that the functions here accept. */
export function isDecimal(text: string): boolean {
  return PATTERN.test(text);
}

/** a + b. @throws DECIMAL_INVALID */
export function plus(a: Decimal, b: Decimal): Decimal {
  return write(read(a).plus(read(b)));
}

/** a - b. @throws DECIMAL_INVALID */
export function minus(a: Decimal, b: Decimal): Decimal {
  return write(read(a).minus(read(b)));
}

/** a x b, exactly. @throws DECIMAL_INVALID */
export function times(a: Decimal, b: Decimal): Decimal {
  return write(read(a).times(read(b)));
}

/**
 * a / b, exactly where it ends within 28 significant digits, else rounded there half to even.
 * @throws DECIMAL_INVALID, DIVISION_BY_ZERO
 */
export function dividedBy(a: Decimal, b: Decimal): Decimal {
  const [dividend, divisor] = [read(a), read(b)];
  if (divisor.eq('0')) throw new DomainError('DIVISION_BY_ZERO', `${a} cannot be divided by zero`, { dividend: a });
  if (dividend.eq('0')) return '0';
  // big.js counts decimal places. Both numbers are first brought to one digit before the point, so that places are
  // digits; where the quotient would then begin after the point, the dividend gets one more digit.
  const [x, y] = [dividend.times(`1e${String(-dividend.e)}`), divisor.times(`1e${String(-divisor.e)}`)];
  const shift = x.abs().lt(y.abs()) ? 1 : 0;
  const quotient = x.times(`1e${String(shift)}`).div(y);
  return write(quotient.times(`1e${String(dividend.e - divisor.e - shift)}`));
}

/** The sum of all. @throws DECIMAL_INVALID */
export function sumDecimals(values: readonly Decimal[]): Decimal {
  return values.reduce(plus, '0');
}

/** Negative, zero or positive as a is less than, equal to or greater than b. @throws DECIMAL_INVALID */
export function compareDecimals(a: Decimal, b: Decimal): number {
  return read(a).cmp(read(b));
}

/** The value with at most `scale` decimal places. @throws DECIMAL_INVALID */
export function round(value: Decimal, scale: number, mode: RoundingMode): Decimal {
  return write(read(value).round(scale, MODES[mode]));
}
