/**
 * The order of dates and ids as texts: by code unit, the same on every machine. A comparison by language would order
 * them differently from place to place.
 */

/** Negative, zero or positive as a stands before, with or after b. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
