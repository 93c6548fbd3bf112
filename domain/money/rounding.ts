/**
 * Where an exact figure is rounded. Mode and scale are always given, never assumed: they are agreed per legal entity
 * with its ERP, because both must arrive at the same cent (domain.md, Amounts; decisions.md 15).
 */
import { type CurrencyCode, minorDigits } from './currency.ts';
import { type Decimal, round, type RoundingMode, roundToStep, significant, times } from './decimal.ts';
import { type Money, money, parseMoney } from './money.ts';

export type { RoundingMode } from './decimal.ts';

/** How a figure is rounded: to `scale` digits after the point. */
export interface Rounding {
  mode: RoundingMode;
  scale: number;
}

/** The other ways: to whole steps such as 0.05, and to a number of significant digits. */
export type RoundingToStep = { mode: RoundingMode; step: Decimal };
export type SignificantDigits = { mode: RoundingMode; digits: number };

/** Any way in which a figure is rounded by itself. */
export type AnyRounding = Rounding | RoundingToStep | SignificantDigits;

/** Rounding to the minor units of a currency. @throws CURRENCY_UNKNOWN */
export function roundingOf(currency: CurrencyCode, mode: RoundingMode): Rounding {
  return { mode, scale: minorDigits(currency) };
}

/** The smallest step that a rounding leaves: scale 2 = '0.01'. */
export function stepOf({ scale }: Rounding): Decimal {
  return scale === 0 ? '1' : `0.${'1'.padStart(scale, '0')}`;
}

/** The figure rounded; null leaves it exact. @throws DECIMAL_INVALID, STEP_INVALID */
export function rounded(exact: Decimal, rounding: AnyRounding | null): Decimal {
  if (rounding === null) return exact;
  if ('scale' in rounding) return round(exact, rounding.scale, rounding.mode);
  if ('step' in rounding) return roundToStep(exact, rounding.step, rounding.mode);
  return significant(exact, rounding.digits, rounding.mode);
}

/**
 * The amount nearest to an exact figure in major units: '2.345' GBP half-even = 234 minor units.
 * @throws DECIMAL_INVALID, AMOUNT_OVERFLOW, CURRENCY_UNKNOWN
 */
export function toMoney(value: Decimal, currency: CurrencyCode, mode: RoundingMode): Money {
  const minorPerMajor = `1${'0'.repeat(minorDigits(currency))}`;
  return money(Number(round(times(value, minorPerMajor), 0, mode)), currency);
}

/**
 * The amount of a figure that is already rounded to the currency's minor units.
 * @throws AMOUNT_INVALID when it is not, AMOUNT_OVERFLOW, CURRENCY_UNKNOWN
 */
export function amountOf(figure: { value: Decimal }, currency: CurrencyCode): Money {
  return parseMoney(figure.value, currency);
}
