/**
 * How a document comes to be once, in a system without idempotency keys. Our key is written in the same transaction as
 * the document and looked for before and after; two that carry it are told, never chosen from. Calls about one company
 * go one after the other, because Tryton numbers without gaps and refuses the second. A create that got no answer may
 * still be carried out: for a while after it the key is only looked for.
 */
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';

/** How many times the time limit of a call Tryton may still work on a request that it did not answer. */
const DOUBT_FACTOR = 4;

/** Where it happens, for errors. */
interface Place {
  connectionId: string;
  operation: string;
}

/** The order of writes of one connection, within this process. */
export interface Writes {
  /** Runs `work` when no other work on the same books runs; a caller whose time is up does not begin. */
  alone<T>(books: string, context: CallContext, work: () => Promise<T>): Promise<T>;
  /** Creates under a key that was just looked for. @throws unavailable while an earlier request may still arrive */
  create(place: Place, key: string, send: () => Promise<unknown>): Promise<void>;
}

/** For a connection whose calls take at most `timeoutMs`. */
export function createWrites(connectionId: string, timeoutMs: number): Writes {
  const last = new Map<string, Promise<unknown>>();
  const doubtful = new Map<string, number>();
  return {
    async alone(books, context, work) {
      const before = last.get(books) ?? Promise.resolve();
      const mine = before.then(() => {
        if (context.signal?.aborted !== true) return work();
        const message = 'its time was up before its turn: another call is writing the same books';
        throw new AdapterError('unavailable', message, { connectionId, operation: 'wait for a turn' });
      });
      const settled = mine.catch(() => undefined);
      last.set(books, settled);
      try {
        return await mine;
      } finally {
        if (last.get(books) === settled) last.delete(books);
      }
    },
    async create(place, key, send) {
      const until = doubtful.get(key) ?? 0;
      if (Date.now() < until) {
        const message =
          'an earlier request got no answer and may still be carried out: it is looked for, not sent again';
        throw new AdapterError('unavailable', message, { ...place, retryAfterMs: until - Date.now() });
      }
      doubtful.delete(key);
      try {
        await send();
      } catch (error) {
        if (error instanceof AdapterError && error.kind === 'timeout') {
          doubtful.set(key, Date.now() + DOUBT_FACTOR * timeoutMs);
        }
        throw error;
      }
    },
  };
}

/**
 * The one record under a key, or undefined.
 * @throws conflict with code DUPLICATE, naming all, where there are several
 */
export function theOne<R extends { id: string }>(place: Place, key: string, found: readonly R[]): R | undefined {
  if (found.length <= 1) return found[0];
  const ids = found.map(({ id }) => id).join(', ');
  const message = `${key} is there ${String(found.length)} times in Tryton (${ids}): a person keeps one of them`;
  throw new AdapterError('conflict', message, { ...place, vendorCode: 'DUPLICATE' });
}
