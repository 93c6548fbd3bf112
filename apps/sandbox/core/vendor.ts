/**
 * What the core needs to know of a vendor: its routes, its way to let a caller in, its own words for failures, and what
 * people can do in it. Handlers are synchronous, so each call is one atomic step.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { textOf, type JsonObject, type JsonValue } from './json.ts';
import type { SystemName } from './journal.ts';
import type { Act, Store } from './store.ts';

export interface Call extends Act {
  method: string;
  /** Path after the vendor's prefix, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  /** Scheme, host and vendor prefix as the caller sees them, for Location headers and instance urls. */
  origin: string;
  params: Record<string, string>;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: JsonValue;
}

export interface Route {
  method: string;
  /** Path with `:name` parameters. */
  pattern: string;
  /** Short name for the journal, e.g. `POST /workspaces`. */
  operation: string;
  /** True when the call may change something: then a refusal is journalled. */
  write: boolean;
  /** True when no access token is needed. */
  open?: boolean;
  handle(call: Call): Reply;
}

/** The vendor says no: thrown by handlers before any effect, answered with the vendor's envelope. */
export class Refusal extends Error {
  readonly code: string;
  readonly reply: Reply;

  constructor(code: string, reply: Reply) {
    super(`${reply.status} ${code}`);
    this.code = code;
    this.reply = reply;
  }
}

/** A person's action that cannot be carried out as asked; `status` 400 or 404 on the control path. */
export class ActionError extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** Text that an action needs. */
export function requiredText(input: JsonObject, name: string): string {
  const value = textOf(input[name]);
  if (value === undefined) throw new ActionError(`${name} is required`);
  return value;
}

/** Does a write; a vendor's refusal is said to a person instead of a program. */
export function asPerson<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof Refusal) throw new ActionError(JSON.stringify(error.reply.body));
    throw error;
  }
}

export type FailureKind = 'unavailable' | 'throttled' | 'rejected' | 'unauthorized' | 'not-found';
export type Action = (input: JsonObject, act: Act) => JsonValue;

export interface Vendor {
  readonly system: SystemName;
  readonly store: Store;
  readonly routes: readonly Route[];
  readonly actions: Readonly<Record<string, Action>>;
  /** Requests that may be in flight at once; more are throttled. */
  readonly maxInFlight?: number;
  /** Throws a Refusal when the caller's token is missing, wrong, expired or revoked. */
  admit(call: Call): void;
  /** The vendor's own answer for a failure that does not come from a handler. */
  failure(kind: FailureKind, status?: number): Reply;
  /** Headers that every answer carries. */
  headers?(): Record<string, string>;
  revokeTokens(): void;
}

/** The handler's answer, or its refusal; a refused write is journalled as an effect `none`. */
export function answerOf(store: Store, write: boolean, call: Call, handle: () => Reply): Reply {
  try {
    return handle();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (write) {
      const key = call.params['key'] ?? call.params['value'] ?? call.params['id'] ?? null;
      const act = { operation: call.operation, requestId: call.requestId };
      store.refused(act, `${error.reply.status} ${error.code}`, key);
    }
    return error.reply;
  }
}

/** Finds the route of a call and fills in its parameters; undefined when the vendor has no such path. */
export function routeOf(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = matchPath(route.pattern, path);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    const colon = part.lastIndexOf(':');
    if (colon < 0) {
      if (part !== value) return undefined;
      continue;
    }
    const prefix = part.slice(0, colon);
    if (!value.startsWith(prefix) || value.length === prefix.length) return undefined;
    try {
      params[part.slice(colon + 1)] = decodeURIComponent(value.slice(prefix.length));
    } catch {
      return undefined;
    }
  }
  return params;
}
