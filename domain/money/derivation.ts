/**
 * How a figure came about: kept beside it and stored with the document, so that a finance person can follow every
 * amount back to what went in, and a later change of a rate or a rule never makes an old figure a riddle.
 */
import { assertInRange, type Decimal, plus } from './decimal.ts';
import { type AnyRounding, rounded } from './rounding.ts';

/** Who gets the units that do not divide: those with the largest remainders, one each, or the first with a weight. */
export type RemainderRule = 'largest-remainder' | 'floor-to-first';

/** A part of a total in whole steps is rounded with its fellows, so that they sum to the total (allocate.ts). */
export interface SplitRounding {
  mode: RemainderRule;
  step: Decimal;
}

/** The way to one number. */
export interface Derivation {
  /** The rule in words, e.g. 'minutes / 60 x hourly rate'. */
  rule: string;
  /** What went in, as text; ids and versions of what was looked up are among them. */
  inputs: Readonly<Record<string, string>>;
  /** The number before rounding; an amount is in major units. */
  exact: Decimal;
  /** How the value was made of it; null when it is the value, with nothing rounded. */
  rounding: AnyRounding | SplitRounding | null;
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
 * @throws DECIMAL_INVALID, AMOUNT_OVERFLOW beyond 28 digits before the point
 */
export function figure(
  rule: string,
  inputs: Readonly<Record<string, string>>,
  exact: Decimal,
  rounding: AnyRounding | null,
  parts: readonly Figure[] = [],
): Figure {
  const value = assertInRange(rounded(exact, rounding));
  return { value, derivation: { rule, inputs, exact, rounding, ...waysTo(parts) } };
}

/**
 * A part of a total that was split into whole steps: `value` is what the split gave it, `exact` its exact share.
 * @throws DECIMAL_INVALID, AMOUNT_OVERFLOW
 */
export function splitFigure(
  rule: string,
  inputs: Readonly<Record<string, string>>,
  { value, exact }: { value: Decimal; exact: Decimal },
  rounding: SplitRounding,
): Figure {
  return { value: assertInRange(value), derivation: { rule, inputs, exact, rounding } };
}

function waysTo(parts: readonly Figure[]): Pick<Derivation, 'parts'> {
  return parts.length === 0 ? {} : { parts: parts.map((part) => part.derivation) };
}

/** The sum of figures, never rounded again. @throws DECIMAL_INVALID, AMOUNT_OVERFLOW */
export function sumOf(rule: string, parts: readonly Figure[]): Figure {
  const exact = parts.map((part) => part.value).reduce(plus, '0');
  return figure(rule, { count: String(parts.length) }, exact, null, parts);
}
