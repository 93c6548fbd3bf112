/**
 * The one error family of all adapters. The kind says what the caller may conclude: whether the call may have taken
 * effect, whether another try can help, and who has to act. `activities/failures.ts` turns it into a Temporal failure.
 */

/** What went wrong, in terms of what to do next. */
export type AdapterErrorKind =
  /** Nothing reached the system, or it said so: try again. */
  | 'unavailable'
  /** Refused for now by a limit: try again after `retryAfterMs`. */
  | 'throttled'
  /** The answer did not come: the outcome is unknown and must be looked up by key before any second write. */
  | 'timeout'
  /** The system refused the content for good. */
  | 'rejected'
  /** The object exists with other content, or was changed meanwhile. */
  | 'conflict'
  | 'not_found'
  /** Written and answered, and it reads back differently. */
  | 'differs'
  | 'unauthorised'
  /** The system has no such ability; nothing was sent, and a person does it there. */
  | 'unsupported'
  /** The system answered something that its contract does not allow. */
  | 'contract_broken';

/** An error of an outside system, in the caller's words. Never carries credentials or whole bodies. */
export class AdapterError extends Error {
  readonly kind: AdapterErrorKind;
  readonly connectionId: string;
  readonly operation: string;
  readonly retryAfterMs: number | undefined;
  /** The vendor's own code, for support. */
  readonly vendorCode: string | undefined;

  constructor(
    kind: AdapterErrorKind,
    message: string,
    context: { connectionId: string; operation: string; retryAfterMs?: number; vendorCode?: string; cause?: unknown },
  ) {
    super(message, { cause: context.cause });
    this.name = 'AdapterError';
    this.kind = kind;
    this.connectionId = context.connectionId;
    this.operation = context.operation;
    this.retryAfterMs = context.retryAfterMs;
    this.vendorCode = context.vendorCode;
  }
}

/** What a method does that its system cannot: it says so, and sends nothing. */
export function unsupported(connectionId: string, operation: string, words: string): () => Promise<never> {
  return () => Promise.reject(new AdapterError('unsupported', words, { connectionId, operation }));
}
