/**
 * How a figure came about: stored beside it, so that a finance person can follow every amount back to what went in, and
 * a later change of a rate or a rule never makes an old figure a riddle.
 */
import type { Decimal } from './decimal.ts';
import type { RoundingMode } from './rounding.ts';

/** The way to one amount. */
export interface Derivation {
  /** The rule in words, e.g. 'minutes / 60 x hourly rate'. */
  rule: string;
  /** What went in, as text; ids and versions of what was looked up are among them. */
  inputs: Readonly<Record<string, string>>;
  /** The figure before rounding, in major units. */
  exact: Decimal;
  /** How it was rounded to minor units; null when it needed no rounding. */
  rounding: RoundingMode | null;
}
