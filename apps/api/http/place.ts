/**
 * Cursors of lists whose order has several members, or texts of other systems: the place of the last row, packed so
 * that it fits into a URL and says nothing that a caller could build on.
 */

const SEPARATOR = '\n';

/** The cursor of a place. */
export function cursorOf(place: readonly string[]): string {
  return Buffer.from(place.join(SEPARATOR)).toString('base64url');
}

/** The place of a cursor; what nobody gave out is a place, too, only a strange one. No cursor is the beginning. */
export function placeOf(cursor: string | undefined): string[] {
  return cursor === undefined ? [] : Buffer.from(cursor, 'base64url').toString().split(SEPARATOR);
}
