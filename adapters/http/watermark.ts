/**
 * Where a reader of changes has got to, for systems without push. Changes are read in order of their change stamp. A
 * stamp is set before its transaction is visible, so a reader that has caught up starts again a little earlier;
 * consumers drop what they know.
 */

/** How long a change may take to become visible, milliseconds: longer than a usual transaction of these systems. */
const OVERLAP_MS = 60_000;

/**
 * A position: everything changed before `after` is read; `page` counts pages of changes that share one stamp, from 1.
 */
export interface Position {
  /** ISO instant, or null at the very beginning. */
  after: string | null;
  page: number;
}

/** The beginning. */
export const START: Position = { after: null, page: 1 };

/** The instant a little before the given one. @throws RangeError when it is not an instant */
export function stepBack(instant: string): string {
  return new Date(Date.parse(instant) - OVERLAP_MS).toISOString();
}

/**
 * The position after a page; `stamps` are its change stamps in order, as ISO instants. While there is more, it moves to
 * the last stamp, and page by page only through changes that share one: page numbers alone would skip a record when an
 * earlier one changes and moves to the end. Caught up, it stays far enough behind `now` for changes that are not
 * visible yet.
 */
export function advance(position: Position, stamps: readonly string[], more: boolean, now: string): Position {
  const last = stamps.at(-1) ?? position.after;
  if (last === null) return { after: null, page: 1 };
  if (!more) return { after: last < stepBack(now) ? last : stepBack(now), page: 1 };
  if (position.after !== null && last <= position.after) return { after: position.after, page: position.page + 1 };
  return { after: last, page: 1 };
}
