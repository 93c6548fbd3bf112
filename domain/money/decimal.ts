/**
 * Exact decimals for quantities, rates, ratios and everything between a price and the amount on a document: decimal
 * texts, computed with big.js and never with binary fractions. A quotient that does not end keeps 28 significant
 * digits, half to even (decisions.md 15). Nothing here is cut off in silence: a number of more than 4,000 digits is an
 * error. The only file of the domain that knows a library.
 */
import { Big, type BigConstructor } from 'big.js';
import { DomainError } from '../errors.ts';

/** A decimal number as text, e.g. '-12.5'; no exponent, no grouping. */
export type Decimal = string;

/**
 * How a digit that does not fit is rounded. `down` is towards zero and `up` away from it; the `half` modes go to the
 * nearest and differ on a tie: away from zero is what finance calls commercial rounding, ceiling is towards plus and
 * floor towards minus infinity.
 */
export type RoundingMode =
  'half-away-from-zero' | 'half-even' | 'half-toward-zero' | 'half-ceiling' | 'half-floor' | 'up' | 'down';

const SIGNIFICANT_DIGITS = 28;
/**
 * The most digits of any number, before and after the point together. Products are exact, so a chain of them grows:
 * a hundred years of interest at a rate of 28 digits stays below it, and what does not would only take time and memory.
 */
const DIGITS_MAX = 4000;
/** The most digits before the point of a number that becomes a figure: more than any amount of any currency. */
const WHOLE_DIGITS_MAX = 28;
const PATTERN = /^-?\d+(\.\d+)?$/;

/** A constructor of our own: big.js keeps its settings on the constructor, and others in the process may use theirs. */
const Exact: BigConstructor = Big();
Exact.strict = true;
Exact.DP = SIGNIFICANT_DIGITS - 1;
Exact.RM = Exact.roundHalfEven;

function read(value: Decimal): Big {
  return new Exact(checked(value));
}

function checked(value: Decimal): Decimal {
  if (value.length > DIGITS_MAX + 2) throw tooLong(value.length);
  if (!PATTERN.test(value)) {
    throw new DomainError('DECIMAL_INVALID', `"${value}" is not a decimal number`, { value });
  }
  return value;
}

function write(value: Big): Decimal {
  if (value.eq('0')) return '0';
  const digits = Math.max(value.e + 1, 1) + Math.max(value.c.length - 1 - value.e, 0);
  if (digits > DIGITS_MAX) throw tooLong(digits);
  return value.toFixed();
}

function tooLong(digits: number): DomainError {
  const message = `a number of ${String(digits)} digits: expected at most ${String(DIGITS_MAX)}`;
  return new DomainError('DECIMAL_OVERFLOW', message, { digits, digitsMax: DIGITS_MAX });
}

/**
 * The value, when it may become a figure: at most 28 digits before the point.
 * @throws AMOUNT_OVERFLOW beyond that, DECIMAL_INVALID, DECIMAL_OVERFLOW
 */
export function assertInRange(value: Decimal): Decimal {
  if (value.length <= WHOLE_DIGITS_MAX) return value;
  const digits = read(value).e + 1;
  if (digits <= WHOLE_DIGITS_MAX) return value;
  const most = String(WHOLE_DIGITS_MAX);
  const message = `a figure of ${String(digits)} digits before the point is beyond what is computed: at most ${most}`;
  throw new DomainError('AMOUNT_OVERFLOW', message, { digits, digitsMax: WHOLE_DIGITS_MAX });
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
  const places = digitsAfterPoint(value);
  return places <= scale ? write(read(value)) : roundToStep(value, write(new Exact(`1e-${String(scale)}`)), mode);
}

/**
 * The multiple of a step to which a value is rounded: cash rounds to 0.05, a bill to whole units (domain.md, Amounts;
 * B25). Works on whole numbers, so that a tie is a tie also for a step that does not divide ten.
 * @throws DECIMAL_INVALID, STEP_INVALID when the step is not above zero
 */
export function roundToStep(value: Decimal, step: Decimal, mode: RoundingMode): Decimal {
  if (!read(step).gt('0')) {
    throw new DomainError('STEP_INVALID', `a rounding step is above zero, not ${step}`, { step });
  }
  const [whole = 0n, size = 1n] = wholeNumbers([value, step]);
  const [quotient, remainder] = [whole / size, whole % size];
  const sign = whole < 0n ? -1n : 1n;
  const away = remainder !== 0n && isRoundedAway(mode, 2n * remainder * sign - size, quotient, sign);
  return times(String(away ? quotient + sign : quotient), step);
}

/** `overHalf` is negative, zero or positive as the remainder is less than, exactly or more than half a step. */
function isRoundedAway(mode: RoundingMode, overHalf: bigint, quotient: bigint, sign: bigint): boolean {
  if (mode === 'up' || mode === 'down') return mode === 'up';
  if (overHalf !== 0n) return overHalf > 0n;
  const onTie = {
    'half-away-from-zero': true,
    'half-toward-zero': false,
    'half-even': quotient % 2n !== 0n,
    'half-ceiling': sign > 0n,
    'half-floor': sign < 0n,
  };
  return onTie[mode];
}

/** Digits after the point as written: '1.50' has 2. @throws DECIMAL_INVALID */
export function digitsAfterPoint(value: Decimal): number {
  const point = checked(value).indexOf('.');
  return point < 0 ? 0 : value.length - point - 1;
}

/** Decimals brought to whole numbers of one scale: '1.5', '2' -> 15, 20. @throws DECIMAL_INVALID */
export function wholeNumbers(values: readonly Decimal[]): bigint[] {
  const scale = values.reduce((most, value) => Math.max(most, digitsAfterPoint(value)), 0);
  return values.map((value) => {
    const [whole = '', fraction = ''] = value.split('.');
    return BigInt(whole + fraction.padEnd(scale, '0'));
  });
}

/** The value without its sign. @throws DECIMAL_INVALID */
export function absolute(value: Decimal): Decimal {
  return write(read(value).abs());
}

/** The value with the other sign. @throws DECIMAL_INVALID */
export function negated(value: Decimal): Decimal {
  return minus('0', value);
}

/** True when the value is nothing. @throws DECIMAL_INVALID */
export function isZeroDecimal(value: Decimal): boolean {
  return read(value).eq('0');
}

/** The smaller of two. @throws DECIMAL_INVALID */
export function lesserDecimal(a: Decimal, b: Decimal): Decimal {
  return compareDecimals(a, b) <= 0 ? a : b;
}

/** The greater of two. @throws DECIMAL_INVALID */
export function greaterDecimal(a: Decimal, b: Decimal): Decimal {
  return compareDecimals(a, b) >= 0 ? a : b;
}

/** A percentage of a value, exactly: 20 % of 50 is 10. @throws DECIMAL_INVALID */
export function percentOf(value: Decimal, percent: Decimal): Decimal {
  return dividedBy(times(value, percent), '100');
}

/** The value with at most that many significant digits, half to even unless said otherwise. @throws DECIMAL_INVALID */
export function significant(value: Decimal, digits: number, mode: RoundingMode = 'half-even'): Decimal {
  const exact = read(value);
  return exact.eq('0') ? '0' : roundToStep(value, write(new Exact(`1e${String(exact.e + 1 - digits)}`)), mode);
}
