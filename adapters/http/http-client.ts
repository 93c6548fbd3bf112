/**
 * The one way out to other systems: one call, one time limit, one error family. It never repeats a call whose outcome
 * is unknown; retries live in Temporal, where they are seen. Only a refused token is renewed here, once, because a
 * refusal changed nothing.
 */
import type { CallContext } from '../ports/context.ts';
import { AdapterError, type AdapterErrorKind } from '../ports/errors.ts';
import { describeTransport, kindOfStatus, kindOfTransport, retryAfterMs, type VendorProblem } from './classify.ts';
import { parseJson } from './decimal-text.ts';
import { redact } from './redact.ts';
import type { TokenSource } from './tokens.ts';

const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/** One call. `operation` names it in errors; `reads` marks a POST that changes nothing (a token, a query). */
export interface HttpCall {
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as a form instead. */
  form?: Record<string, string>;
  reads?: boolean;
}

/** A successful answer (2xx). Numbers in `body` are decimal text; an empty body is undefined. */
export interface HttpAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** How one vendor is called. */
export interface HttpOptions {
  connectionId: string;
  baseUrl: string;
  timeoutMs: number;
  headers?: Record<string, string>;
  /** Reads the vendor's error envelope; undefined when there is none. `body` is undefined where `text` is not JSON. */
  explain: (status: number, body: unknown, text: string, isWrite: boolean) => VendorProblem | undefined;
  tokens?: TokenSource;
  /** How a token is announced. Default: `Bearer`. */
  tokenScheme?: string;
}

/** A client of one system. @throws AdapterError for everything but a complete 2xx answer */
export interface HttpClient {
  send(call: HttpCall, context: CallContext): Promise<HttpAnswer>;
}

interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** A client for the system at `options.baseUrl`. */
export function createHttpClient(options: HttpOptions): HttpClient {
  return {
    async send(call, context) {
      if (options.tokens === undefined) return read(options, call, await exchange(options, call, context, undefined));
      const token = await tokenFrom(options.tokens, context);
      const first = await exchange(options, call, context, token);
      if (first.status !== 401) return read(options, call, first);
      options.tokens.discard(token);
      const renewed = await tokenFrom(options.tokens, context);
      if (renewed === token) return read(options, call, first);
      return read(options, call, await exchange(options, call, context, renewed));
    },
  };
}

/** A token; one that did not come leaves no doubt about the call itself, which was never sent. */
export async function tokenFrom(tokens: TokenSource, context: CallContext): Promise<string> {
  try {
    return await tokens.token(context);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.kind !== 'timeout') throw error;
    const { connectionId, operation } = error;
    throw new AdapterError('unavailable', error.message, { connectionId, operation, cause: error });
  }
}

async function exchange(
  options: HttpOptions,
  call: HttpCall,
  context: CallContext,
  token: string | undefined,
): Promise<RawAnswer> {
  const limit = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await fetch(urlOf(options.baseUrl, call), {
      method: call.method,
      headers: headersOf(options, call, context, token),
      body: bodyOf(call),
      redirect: 'manual',
      signal: context.signal === undefined ? limit : AbortSignal.any([limit, context.signal]),
    });
    return { status: response.status, headers: response.headers, text: await textOf(response) };
  } catch (cause) {
    const kind = cause instanceof TooLarge ? brokenKind(call) : kindOfTransport(cause);
    throw failure(options, call, kind, cause instanceof TooLarge ? cause.message : describeTransport(cause), { cause });
  }
}

function read(options: HttpOptions, call: HttpCall, { status, headers, text }: RawAnswer): HttpAnswer {
  const body = text === '' ? undefined : jsonOf(text);
  if (status >= 200 && status < 300) {
    if (body !== NOT_JSON) return { status, headers, body };
    throw failure(options, call, brokenKind(call), 'the answer is not complete JSON');
  }
  const problem = options.explain(status, body === NOT_JSON ? undefined : body, text, isWrite(call));
  const waitMs = retryAfterMs(headers.get('retry-after'), Date.now());
  const kind = problem?.kind ?? kindOfStatus(status, isWrite(call), waitMs);
  throw failure(options, call, kind, `${String(status)} ${problem?.message ?? 'without an explanation'}`, {
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    ...(problem?.code === undefined ? {} : { vendorCode: problem.code }),
  });
}

function failure(
  options: HttpOptions,
  call: HttpCall,
  kind: AdapterErrorKind,
  reason: string,
  extra: { retryAfterMs?: number; vendorCode?: string; cause?: unknown } = {},
): AdapterError {
  const { connectionId } = options;
  const { operation } = call;
  return new AdapterError(kind, redact(reason), { connectionId, operation, ...extra });
}

/** What a broken answer means: nothing after a read, an unknown outcome after a write. */
function brokenKind(call: HttpCall): AdapterErrorKind {
  return isWrite(call) ? 'timeout' : 'contract_broken';
}

function isWrite(call: HttpCall): boolean {
  return call.method !== 'GET' && call.reads !== true;
}

function urlOf(baseUrl: string, call: HttpCall): string {
  const query = new URLSearchParams(call.query).toString();
  return `${baseUrl.replace(/\/+$/, '')}${call.path}${query === '' ? '' : `?${query}`}`;
}

function headersOf(
  options: HttpOptions,
  call: HttpCall,
  context: CallContext,
  token: string | undefined,
): Record<string, string> {
  return {
    accept: 'application/json',
    'Throughline-Correlation-Id': encodeURI(context.correlationId),
    'Throughline-Actor': encodeURI(context.actorSubject),
    ...(token === undefined ? {} : { authorization: `${options.tokenScheme ?? 'Bearer'} ${token}` }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...options.headers,
    ...call.headers,
  };
}

function bodyOf(call: HttpCall): string | URLSearchParams | undefined {
  if (call.form !== undefined) return new URLSearchParams(call.form);
  return call.body === undefined ? undefined : JSON.stringify(call.body);
}

class TooLarge extends Error {}

async function textOf(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > BODY_LIMIT_BYTES) throw new TooLarge('the answer is larger than 10 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const NOT_JSON = Symbol('not JSON');

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return NOT_JSON;
  }
}
