/**
 * How a document comes to be once, in a system without idempotency keys. Our key is written in the same transaction as
 * the document and looked for before and after; two that carry it are told, never chosen from. Calls of a process about
 * one company go one after the other, because Tryton numbers without gaps and refuses the second. Of all processes one
 * at a time may create under a key, and until a request without an answer cannot arrive any more, the key is only
 * looked for (ADR 0015).
 */
import type { Warn } from '../http/warn.ts';
import type { Claims } from '../ports/claims.ts';
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';

/** How many times the time limit of a call Tryton may still work on a request that it did not answer. */
const DOUBT_FACTOR = 4;

/** Where it happens, for errors. */
interface Place {
  connectionId: string;
  operation: string;
}

/** How a record is made; both calls end in time if they are made with the context that they are given. */
interface Creation {
  /** What is there under the key, or undefined. */
  look: (context: CallContext) => Promise<unknown>;
  send: (context: CallContext) => Promise<unknown>;
}

/** The order of writes of one connection. */
export interface Writes {
  /**
   * Runs `work` when no other work of this process on the same books runs; a caller whose time is up does not begin.
   */
  alone<T>(books: string, context: CallContext, work: () => Promise<T>): Promise<T>;
  /**
   * Creates under a key, of all processes one at a time, unless somebody just did. Look and request together have the
   * time limit of one call.
   * @throws unavailable, with nothing sent, while a request of somebody else may still be carried out, or when it could
   * not be recorded that one is sent now
   */
  create(place: Place, key: string, context: CallContext, creation: Creation): Promise<void>;
}

/** What writes of a connection need: its calls take at most `timeoutMs`. */
interface WritesOptions {
  connectionId: string;
  timeoutMs: number;
  claims: Claims;
  warn: Warn;
}

/** The order of writes of a connection. */
export function createWrites({ connectionId, timeoutMs, claims, warn }: WritesOptions): Writes {
  const last = new Map<string, Promise<unknown>>();
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
    async create(place, key, context, { look, send }) {
      // It begins before the claim does: what is sent at its very end is in doubt no longer than the claim lasts.
      const limit = AbortSignal.timeout(timeoutMs);
      const signal = context.signal === undefined ? limit : AbortSignal.any([limit, context.signal]);
      const token = await taken(claims, place, key, (1 + DOUBT_FACTOR) * timeoutMs);
      let mayArrive = false;
      try {
        if ((await look({ ...context, signal })) !== undefined) return;
        mayArrive = true;
        await send({ ...context, signal });
        mayArrive = false;
      } catch (error) {
        if (error instanceof AdapterError && error.kind !== 'timeout') mayArrive = false;
        throw error;
      } finally {
        if (!mayArrive) await released(claims, token, place, key, warn);
      }
    },
  };
}

async function taken(claims: Claims, place: Place, key: string, forMs: number): Promise<string> {
  const { connectionId } = place;
  const claim = await claims.take({ connectionId, key, forMs }).catch((cause: unknown) => {
    const message = 'it could not be recorded that the key is written under now, so nothing was sent';
    throw new AdapterError('unavailable', message, { ...place, cause });
  });
  if ('token' in claim) return claim.token;
  const message = 'an earlier request may still be carried out: it is looked for, not sent again';
  throw new AdapterError('unavailable', message, { ...place, retryAfterMs: claim.freeInMs });
}

/** A claim that cannot be given back ends by itself: what was created, or refused, is that all the same. */
async function released(claims: Claims, token: string, place: Place, key: string, warn: Warn): Promise<void> {
  await claims.release(token).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    warn('the claim on a key was not given back and ends by itself', { ...place, key, reason });
  });
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
