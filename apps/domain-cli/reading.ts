/**
 * How values of the vector format are read: numbers are decimal texts, so that no binary fraction ever touches an
 * amount. Each reader refuses what the rules could only misunderstand, with the place in the file.
 */
import { z } from 'zod';
import { compareDecimals, type Decimal, isDecimal } from '../../domain/money/decimal.ts';
import { type Fraction, parseFraction } from '../../domain/money/fraction.ts';
import { isPlainDate } from '../../domain/time/plain-date.ts';

/** Quotients keep 28 digits (decisions.md 15): what is longer could only be cut without a word. */
const DIGITS_MAX = 28;

/** A decimal number as text, e.g. '-12.5'. */
export const decimal = z
  .string()
  .refine(isDecimal, 'expected a decimal number as text, like "-12.5"')
  .refine((text) => text.replace(/\D/g, '').length <= DIGITS_MAX, `expected at most ${String(DIGITS_MAX)} digits`);

/** A decimal number of zero or more. */
export const notNegative = decimal.refine(
  (text) => !isDecimal(text) || compareDecimals(text, '0') >= 0,
  'expected a number that is not negative',
);

/** A decimal number above zero. */
export const positive = decimal.refine(
  (text) => !isDecimal(text) || compareDecimals(text, '0') > 0,
  'expected a number above zero',
);

/** A whole number, written as a number or as text: counts of months, days and digits. */
export const whole = z.union([z.int(), z.string().regex(/^-?\d{1,9}$/, 'expected a whole number')]).transform(Number);

/** A calendar date. */
export const date = z.string().refine(isPlainDate, 'expected a date like "2026-03-31"');

function isFraction(text: string): boolean {
  try {
    parseFraction(text);
    return true;
  } catch {
    return false;
  }
}

/** A share as text: '29/30', '0.5', '1'. */
export const share = z
  .string()
  .refine(isFraction, 'expected a share like "29/30" or "0.5"')
  .transform((text): Fraction => parseFraction(text));

/** The default of an optional number. */
export function or(fallback: Decimal): z.ZodType<Decimal> {
  return decimal.default(fallback);
}
