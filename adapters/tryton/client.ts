/**
 * Tryton's JSON-RPC (run against trytond 8.2.1 and 6.0.29): one call is one transaction. Requests have exactly the keys
 * id, method and params: with any other, Tryton answers with HTTP codes and pages instead of errors. It has no
 * idempotency keys, so a caller looks for its own key before and after each create.
 */
import type { Connection } from '../../domain/configuration.ts';
import { prepare, understand, type VendorProblem } from '../http/classify.ts';
import { createHttpClient, tokenFrom, type HttpClient } from '../http/http-client.ts';
import { cachedToken } from '../http/tokens.ts';
import type { Warn } from '../http/warn.ts';
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';
import { databaseRefusal, refusalOf, type Refusal } from './refusals.ts';
import { fromWire, refOf } from './values.ts';
import { acceptedWarning } from './warnings.ts';

const ROWS_PER_PAGE = 500;
/** A document can have several warnings, one after the other. */
const WARNINGS_MAX = 5;
/** Tryton ends a session that is idle; a call with an ended one is refused whole, and signs in anew. */
const SESSION_LIFE_MS = 86_400_000;
/** No calls are taken at an address. */
const NOT_HERE = 'NOT_HERE';
const READS = new Set(['search_read', 'search', 'search_count', 'read', 'fields_get', 'get_id']);

/**
 * The JSON in the connection's credentials variable. Where `database` is not given, the connection's base URL ends with
 * it: `https://erp.example.com/production`; else the base URL is that of the server alone.
 */
export interface TrytonCredentials {
  database?: string;
  login: string;
  password: string;
}

/** The series that are spoken to; the names are those of the oldest release with the same calls. */
export type Series = '8.2' | '6.0';

/** Where a series takes calls, behind the database. */
const PATHS: Readonly<Record<Series, string>> = { '8.2': '/rpc/', '6.0': '/' };

/** Whose company a call is for, and what it sees. */
export interface Scope {
  /** Decides numbers, defaults and values that each company has of its own; it does not hide other companies. */
  companyId?: string;
  /** Also records that were taken out of use. */
  inactiveToo?: boolean;
  /** Writes only if these records are still as they were read: `{'party.party,9': <its _timestamp>}`. */
  unchanged?: Record<string, string>;
}

/** What is read: a domain of Tryton, and fields; `party.code` comes as `{'party.': {code}}`. */
export interface Reading {
  domain: readonly unknown[];
  fields: readonly string[];
}

/** One page, in an order of its own. */
export interface PageReading extends Reading {
  order: readonly (readonly [field: string, direction: 'ASC' | 'DESC'])[];
  offset: number;
  limit: number;
}

/** The calls that the adapters need. Ids are decimal text. All throw AdapterError. */
export interface TrytonClient {
  /** The series that answers: asked at the first call, and what the two do not have in common turns on it. */
  series(context: CallContext): Promise<Series>;
  /** Any method of a model; the answer in our words (values.ts). */
  call<T>(model: string, method: string, args: readonly unknown[], scope: Scope, context: CallContext): Promise<T>;
  /** All records of the domain, read page by page in order of id. */
  searchRead<R>(model: string, reading: Reading, scope: Scope, context: CallContext): Promise<R[]>;
  page<R>(model: string, reading: PageReading, scope: Scope, context: CallContext): Promise<R[]>;
  /** Makes one record, with its parts in the same transaction, and returns its id. */
  create(model: string, values: object, scope: Scope, context: CallContext): Promise<string>;
  write(model: string, id: string, values: object, scope: Scope, context: CallContext): Promise<void>;
  /** Presses a button of one record. @throws conflict with code BUTTON_NOT_OFFERED where its state does not offer it */
  press(model: string, button: string, id: string, scope: Scope, context: CallContext): Promise<void>;
}

/** A client for one database. */
export function createTrytonClient(connection: Connection, credentials: TrytonCredentials, warn: Warn): TrytonClient {
  const { connectionId } = connection;
  const { http, session, discard } = lineTo(connection, credentials);
  async function once<T>(model: string, method: string, args: readonly unknown[], scope: Scope, context: CallContext) {
    const operation = operationOf(model, method);
    const reads = READS.has(method);
    const params = [...args, prepare(connectionId, operation, () => contextOf(scope))];
    const body = { id: 1, method: `model.${model}.${method}`, params };
    const { series, token } = await session(context);
    const path = PATHS[series];
    const answer = await http
      .send({ operation, method: 'POST', path, body, reads }, context)
      .catch((error: unknown) => {
        // Of another series since the sign-in: the next attempt signs in again.
        if (error instanceof AdapterError && error.vendorCode === NOT_HERE) discard(token);
        throw error;
      });
    const told = answer.body as { result?: unknown; error?: unknown } | undefined;
    if (told?.error !== undefined) throw refused(connectionId, operation, refusalOf(told.error));
    return understand(
      connectionId,
      operation,
      () => {
        if (told === undefined || !('result' in told)) throw new TypeError('there is no result in it');
        return fromWire(told.result) as T;
      },
      reads ? 'contract_broken' : 'timeout',
    );
  }
  /** For the next call alone: a warning that comes again is decided on again. */
  async function passOver(name: string, scope: Scope, context: CallContext): Promise<void> {
    const { series, userId } = await session(context);
    if (series === '8.2') await once('res.user.warning', 'skip', [name, false], scope, context);
    else await once('res.user.warning', 'create', [[{ user: refOf(userId), name, always: false }]], scope, context);
  }
  const client: TrytonClient = {
    series: async (context) => (await session(context)).series,
    async call<T>(model: string, method: string, args: readonly unknown[], scope: Scope, context: CallContext) {
      for (let passed = 0; ; passed += 1) {
        try {
          return await once<T>(model, method, args, scope, context);
        } catch (error) {
          const accepted = passed < WARNINGS_MAX && acceptedBy(error, `${model}.${method}`);
          if (!accepted) throw error;
          const { warning: name, message } = (error as AdapterError).cause as Refusal;
          const document = `${model},${JSON.stringify(args[0])}`;
          warn('a warning of Tryton was passed over', { connectionId, document, warning: message, why: accepted.why });
          await passOver(name ?? '', scope, context);
        }
      }
    },
    page: (model, { domain, fields, order, offset, limit }, scope, context) =>
      client.call(model, 'search_read', [domain, offset, limit, order, fields], scope, context),
    async searchRead<R>(model: string, reading: Reading, scope: Scope, context: CallContext) {
      const rows: R[] = [];
      for (let after = '0'; ;) {
        const domain = [reading.domain, ['id', '>', Number(after)]];
        const page = await client.page<R & { id: string }>(
          model,
          { domain, fields: reading.fields, order: [['id', 'ASC']], offset: 0, limit: ROWS_PER_PAGE },
          scope,
          context,
        );
        rows.push(...page);
        const last = page.at(-1);
        if (last === undefined || page.length < ROWS_PER_PAGE) return rows;
        after = last.id;
      }
    },
    async create(model, values, scope, context) {
      const ids = await client.call<string[]>(model, 'create', [[values]], scope, context);
      return understand(connectionId, operationOf(model, 'create'), () => String(refOf(ids[0] ?? '')), 'timeout');
    },
    async write(model, id, values, scope, context) {
      const ref = prepare(connectionId, operationOf(model, 'write'), () => refOf(id));
      await client.call(model, 'write', [[ref], values], scope, context);
    },
    async press(model, button, id, scope, context) {
      const ref = prepare(connectionId, operationOf(model, button), () => refOf(id));
      await client.call(model, button, [[ref]], scope, context);
    },
  };
  return client;
}

function operationOf(model: string, method: string): string {
  return `${method} ${model}`;
}

/** Everything is asked for in English, because refusals are told apart by their words. */
function contextOf({ companyId, inactiveToo, unchanged }: Scope): object {
  return {
    language: 'en',
    ...(companyId === undefined ? {} : { company: refOf(companyId) }),
    ...(inactiveToo === true ? { active_test: false } : {}),
    ...(unchanged === undefined ? {} : { _timestamp: unchanged }),
  };
}

function refused(connectionId: string, operation: string, refusal: Refusal): AdapterError {
  const { kind, message, code: vendorCode } = refusal;
  return new AdapterError(kind, clipped(message), { connectionId, operation, vendorCode, cause: refusal });
}

const MESSAGE_MAX = 300;

function clipped(message: string): string {
  return message.length > MESSAGE_MAX ? `${message.slice(0, MESSAGE_MAX - 3)}...` : message;
}

function acceptedBy(error: unknown, call: string) {
  if (!(error instanceof AdapterError) || error.vendorCode !== 'WARNING') return undefined;
  return acceptedWarning(call, (error.cause as Refusal).warning ?? '');
}

function lineTo(connection: Connection, credentials: TrytonCredentials) {
  const { connectionId, timeoutMs } = connection;
  const { database } = credentials;
  const server = connection.baseUrl.replace(/\/+$/, '');
  const baseUrl = database === undefined ? server : `${server}/${encodeURIComponent(database)}`;
  const options = { connectionId, baseUrl, timeoutMs, explain };
  const signIn = signInOf(createHttpClient(options), connectionId, credentials);
  let current: Session | undefined;
  const tokens = cachedToken(async (context) => {
    current = await signIn(context);
    return { value: current.token, expiresAtMs: Date.now() + SESSION_LIFE_MS };
  });
  return {
    http: createHttpClient({ ...options, tokens, tokenScheme: 'Session' }),
    discard: (token: string) => tokens.discard(token),
    session: async (context: CallContext): Promise<Session> => {
      await tokenFrom(tokens, context);
      return current as Session; // With the token it is there.
    },
  };
}

/** A session of the user: with what is said at its beginning, and with whom. */
interface Session {
  series: Series;
  userId: string;
  token: string;
}

/**
 * Begins a session by user and password; it is kept and shared, because each sign-in costs Tryton 200 ms of hashing.
 * Series 6.0 does not take calls at the address of 8.2, and answers 405 there.
 */
function signInOf(http: HttpClient, connectionId: string, { login, password }: TrytonCredentials) {
  const operation = 'sign in';
  async function at(series: Series, context: CallContext): Promise<Session> {
    const body = { id: 1, method: 'common.db.login', params: [login, { password }] };
    const answer = await http.send({ operation, method: 'POST', path: PATHS[series], body, reads: true }, context);
    const told = answer.body as { result?: unknown; error?: unknown } | undefined;
    if (told?.error !== undefined) throw refused(connectionId, operation, refusalOf(told.error));
    return understand(connectionId, operation, () => {
      const [userId, session] = (told?.result ?? []) as (string | undefined)[];
      if (userId === undefined || session === undefined) throw new TypeError('there is no session in it');
      return { series, userId, token: Buffer.from(`${login}:${userId}:${session}`).toString('base64') };
    });
  }
  return (context: CallContext) =>
    at('8.2', context).catch((error: unknown) => {
      if (error instanceof AdapterError && error.vendorCode === NOT_HERE) return at('6.0', context);
      throw error;
    });
}

/** Tryton's HTTP errors are pages; only what the database said of a collision is in them. */
function explain(status: number, _body: unknown, text: string, isWrite: boolean): VendorProblem | undefined {
  // A database that cannot be connected to. No record was looked for, so `not_found` would mislead.
  if (status === 404) return { kind: 'unavailable', message: 'Tryton does not find its database' };
  if (status === 401) return { message: 'Tryton refused the user or the session' };
  if (status === 403) return { message: 'Tryton does not offer this method' };
  if (status === 405) {
    return { kind: 'unavailable', code: NOT_HERE, message: 'Tryton takes no calls at this address' };
  }
  if (status === 423) return { kind: 'unavailable', message: 'somebody else changed the record meanwhile' };
  // Tryton asks nobody to come again later: who does stands in front of it, and may have passed the call on.
  const unknown: VendorProblem = { kind: isWrite ? 'timeout' : 'unavailable', message: 'without an explanation' };
  return status === 503 ? (databaseRefusal(text) ?? unknown) : undefined;
}
