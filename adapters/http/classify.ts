/**
 * What a failed call means. The kind decides whether anybody may try again, so the one question here is: can the call
 * have taken effect? A write whose answer is missing, broken or a server error may have; that is always `timeout`,
 * outcome unknown.
 */
import { AdapterError, type AdapterErrorKind } from '../ports/errors.ts';
import { redact } from './redact.ts';

/** What a vendor says of a refusal, in its own envelope; `kind` only where the status alone would mislead. */
export interface VendorProblem {
  message: string;
  code?: string;
  kind?: AdapterErrorKind;
}

/** Connection errors before a byte of the request was sent. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** The kind of a call that got no complete answer: `unavailable` when nothing can have been sent, else `timeout`. */
export function kindOfTransport(error: unknown): 'unavailable' | 'timeout' {
  return NOT_SENT.has(codeOf(error)) ? 'unavailable' : 'timeout';
}

/** What happened on the wire, for people; never the vendor's content. */
export function describeTransport(error: unknown): string {
  const { name } = errorOf(error);
  if (name === 'TimeoutError') return 'no answer in time';
  if (name === 'AbortError') return 'the call was given up';
  const code = codeOf(error);
  return code === '' ? 'the connection failed' : `the connection failed (${code})`;
}

/** The kind of an answer by its status alone. */
export function kindOfStatus(status: number, write: boolean, retryAfterMs: number | undefined): AdapterErrorKind {
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) return 'throttled';
  if (status >= 500 || status === 408) return write ? 'timeout' : 'unavailable';
  if (status === 401 || status === 403) return 'unauthorised';
  if (status === 404 || status === 410) return 'not_found';
  if (status === 409 || status === 412) return 'conflict';
  return status >= 400 ? 'rejected' : 'contract_broken';
}

/** `Retry-After` in milliseconds, from seconds or from an HTTP date; undefined when absent or not understood. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/**
 * Runs a conversion of what a system answered. What it cannot understand is a broken contract after a read; after a
 * write it is an unknown outcome, since the write itself may have been done.
 */
export function understand<T>(
  connectionId: string,
  operation: string,
  convert: () => T,
  kind: 'contract_broken' | 'timeout' = 'contract_broken',
): T {
  return converted(kind, 'the answer was not understood', { connectionId, operation }, convert);
}

/** Runs a conversion of what we are about to send; what cannot be sent is refused before anything happens. */
export function prepare<T>(connectionId: string, operation: string, convert: () => T): T {
  return converted('rejected', 'this cannot be sent', { connectionId, operation }, convert);
}

function converted<T>(
  kind: AdapterErrorKind,
  problem: string,
  context: { connectionId: string; operation: string },
  convert: () => T,
): T {
  try {
    return convert();
  } catch (cause) {
    if (cause instanceof AdapterError) throw cause;
    const reason = redact(String(errorOf(cause).message ?? cause));
    throw new AdapterError(kind, `${problem}: ${reason}`, { ...context, cause });
  }
}

/** The system error code of a failed fetch, which undici hides in its causes; '' when there is none. */
function codeOf(error: unknown): string {
  let at = errorOf(error);
  for (let depth = 0; depth < 4; depth += 1) {
    if (typeof at.code === 'string') return at.code;
    at = errorOf(at.cause);
  }
  return '';
}

/** By its shape: errors of fetch belong to the runtime, which need not share this module's Error class. */
function errorOf(value: unknown): { name?: unknown; message?: unknown; code?: unknown; cause?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}
