/**
 * The one way in which a record of another system is given what we want it to hold: look, write only what is missing,
 * read back. Whoever repeats it, after an answer that was lost or as an undo that was done before, finds the record as
 * wanted and writes nothing.
 */
import { AdapterError } from '../ports/errors.ts';

/** A state that a system shall be in. */
export interface Wanted<T> {
  look: () => Promise<T>;
  /** What is not yet as wanted, a line each, in words for people. */
  missing: (seen: T) => string[];
  /** Sends what is missing, with our key where the vendor has one. */
  write: (seen: T) => Promise<void>;
}

/** Where it happens, for errors. */
interface Place {
  connectionId: string;
  operation: string;
}

/**
 * Brings a system into the wanted state and returns what was read there last.
 * @throws AdapterError `differs` when the write was answered and the record still is not as wanted; `timeout`, outcome
 * unknown, when it is not to be seen at all or could not be read back
 */
export async function confirmed<T>(place: Place, { look, missing, write }: Wanted<T>): Promise<T> {
  const before = await look();
  if (missing(before).length === 0) return before;
  await write(before);
  const after = await readBack(place, look);
  const left = missing(after);
  if (left.length === 0) return after;
  // What is not there at all may only not be visible yet; the next attempt looks again.
  const kind = after === undefined ? 'timeout' : 'differs';
  throw new AdapterError(kind, `it was written, but reads back differently: ${left.join('; ')}`, place);
}

/** The write was answered: a system that is away now leaves the outcome in doubt, not undone. */
async function readBack<T>(place: Place, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof AdapterError) || (error.kind !== 'unavailable' && error.kind !== 'throttled')) throw error;
    const { retryAfterMs, vendorCode } = error;
    throw new AdapterError('timeout', `it was written, but could not be read back: ${error.message}`, {
      ...place,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(vendorCode === undefined ? {} : { vendorCode }),
      cause: error,
    });
  }
}
