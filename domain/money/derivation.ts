/**
 * How a figure came about: kept beside it and stored with the document, so that a finance person can follow every
 * amount back to what went in, and a later change of a rate or a rule never makes an old figure a riddle.
 */
import { type Decimal, plus } from './decimal.ts';
import { type Rounding, rounded } from './rounding.ts';

/** The way to one number. */
export interface Derivation {
  /** The rule in words, e.g. 'minutes / 60 x hourly rate'. */
  rule: string;
  /** What went in, as text; ids and versions of what was looked up are among them. */
  inputs: Readonly<Record<string, string>>;
  /** The number before rounding; an amount is in major units. */
  exact: Decimal;
  /** How it was rounded; null when it needed no rounding. */
  rounding: Rounding | null;
  /** The ways to those inputs that were computed themselves, in the order of the rule. */
  parts?: readonly Derivation[];
}

/** A computed number together with the way to it. */
export interface Figure {
  value: Decimal;
  derivation: Derivation;
}

/**
 * The figure that a rule gives: its exact value, rounded where the rule rounds (null = not at all). `parts` are the
 * figures that went in.
 * @throws DECIMAL_INVALID
 */
export function figure(
  rule: string,
  inputs: Readonly<Record<string, string>>,
  exact: Decimal,
  rounding: Rounding | null,
  parts: readonly Figure[] = [],
): Figure {
  const ways = parts.length === 0 ? {} : { parts: parts.map((part) => part.derivation) };
  return { value: rounded(exact, rounding), derivation: { rule, inputs, exact, rounding, ...ways } };
}

/** The sum of figures, never rounded again. @throws DECIMAL_INVALID */
export function sumOf(rule: string, parts: readonly Figure[]): Figure {
  const exact = parts.map((part) => part.value).reduce(plus, '0');
  return figure(rule, { count: String(parts.length) }, exact, null, parts);
}
