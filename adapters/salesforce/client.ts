/**
 * Salesforce's REST API: sign-in, queries with their pages, and updates by id. The org's My Domain address serves both
 * tokens and data, so no address from an answer is ever followed.
 */
import type { Connection } from '../../domain/configuration.ts';
import { lookup } from '../../domain/lookup.ts';
import type { VendorProblem } from '../http/classify.ts';
import { understand } from '../http/classify.ts';
import { createHttpClient, type HttpClient } from '../http/http-client.ts';
import { cachedToken, privateKey, signJwt, type TokenSource } from '../http/tokens.ts';
import type { CallContext } from '../ports/context.ts';
import type { AdapterErrorKind } from '../ports/errors.ts';
import type { WireError, WireQueryPage, WireToken } from './wire.ts';

const DATA = '/services/data/v67.0';
/** Salesforce does not say how long a token lives; the org's shortest session setting is 15 minutes. */
const TOKEN_LIFE_MS = 14 * 60_000;
const ASSERTION_LIFE_S = 180;

/**
 * The JSON in the connection's credentials variable. With `privateKey` the JWT bearer flow is used (`username` needed;
 * `audience` = My Domain address unless given), with `clientSecret` the client credentials flow.
 */
export interface SalesforceCredentials {
  clientId: string;
  username?: string;
  privateKey?: string;
  audience?: string;
  clientSecret?: string;
}

/** The calls that the adapter needs. All throw AdapterError. */
export interface SalesforceClient {
  query<R>(operation: string, soql: string, context: CallContext): Promise<R[]>;
  update(operation: string, object: string, id: string, fields: object, context: CallContext): Promise<void>;
}

/** A client for one org. @throws Error when the credentials allow neither flow */
export function createSalesforceClient(connection: Connection, credentials: SalesforceCredentials): SalesforceClient {
  const { connectionId, baseUrl, timeoutMs } = connection;
  const base = { connectionId, baseUrl, timeoutMs, explain };
  const http = createHttpClient({ ...base, tokens: tokenSource(createHttpClient(base), connection, credentials) });
  return {
    async query<R>(operation: string, soql: string, context: CallContext) {
      const records: R[] = [];
      let next: { path: string; query?: Record<string, string> } | undefined = {
        path: `${DATA}/query`,
        query: { q: soql },
      };
      while (next !== undefined) {
        const { body } = await http.send({ operation, method: 'GET', ...next }, context);
        const page = understand(connectionId, operation, () => pageOf<R>(body));
        records.push(...page.records);
        next = page.next === undefined ? undefined : { path: page.next };
      }
      return records;
    },
    async update(operation, object, id, fields, context) {
      const path = `${DATA}/sobjects/${object}/${encodeURIComponent(id)}`;
      await http.send({ operation, method: 'PATCH', path, body: fields }, context);
    },
  };
}

/** A text as a SOQL literal: the two characters that end or escape it are escaped. */
export function soqlText(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}

function pageOf<R>(body: unknown): { records: R[]; next: string | undefined } {
  const page = body as Partial<WireQueryPage<R>> | undefined;
  if (!Array.isArray(page?.records)) throw new TypeError('a query answer has no records');
  if (page.done !== false) return { records: page.records, next: undefined };
  const next = page.nextRecordsUrl;
  if (typeof next !== 'string' || !next.startsWith('/services/data/')) {
    throw new TypeError('an unfinished query names no next page');
  }
  return { records: page.records, next };
}

function tokenSource(http: HttpClient, connection: Connection, credentials: SalesforceCredentials): TokenSource {
  const form = grantOf(connection, credentials);
  const operation = 'sign in';
  return cachedToken(async (context) => {
    const call = { operation, method: 'POST', path: '/services/oauth2/token', form: form(), reads: true } as const;
    const { body } = await http.send(call, context);
    return understand(connection.connectionId, operation, () => {
      const token = (body as Partial<WireToken> | undefined)?.access_token;
      if (typeof token !== 'string') throw new TypeError('there is no access token in it');
      return { value: token, expiresAtMs: Date.now() + TOKEN_LIFE_MS };
    });
  });
}

function grantOf(connection: Connection, credentials: SalesforceCredentials): () => Record<string, string> {
  const { clientId, username, clientSecret } = credentials;
  if (credentials.privateKey !== undefined && username !== undefined) {
    const key = privateKey(credentials.privateKey);
    const audience = credentials.audience ?? connection.baseUrl;
    return () => {
      const exp = Math.floor(Date.now() / 1000) + ASSERTION_LIFE_S;
      const assertion = signJwt(key, 'RS256', {}, { iss: clientId, sub: username, aud: audience, exp });
      return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
    };
  }
  if (clientSecret === undefined) throw new Error('needs privateKey and username, or clientSecret');
  return () => ({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
}

/** Codes that mean something else than their HTTP status says (REST API guide, "Status Codes and Error Responses"). */
const KINDS: Record<string, AdapterErrorKind> = {
  REQUEST_LIMIT_EXCEEDED: 'throttled',
  UNABLE_TO_LOCK_ROW: 'unavailable',
  QUERY_TIMEOUT: 'unavailable',
  INVALID_SESSION_ID: 'unauthorised',
  INVALID_CROSS_REFERENCE_KEY: 'rejected',
  ENTITY_IS_DELETED: 'not_found',
  invalid_grant: 'unauthorised',
  invalid_client: 'unauthorised',
  invalid_client_id: 'unauthorised',
};

function explain(_status: number, body: unknown): VendorProblem | undefined {
  if (Array.isArray(body)) {
    const { message, errorCode } = (body[0] ?? {}) as WireError;
    return problemOf(errorCode, message);
  }
  const { error, error_description: description } = (body ?? {}) as { error?: string; error_description?: string };
  return error === undefined ? undefined : problemOf(error, description);
}

function problemOf(code: string | undefined, message: string | undefined): VendorProblem {
  const kind = code === undefined ? undefined : lookup(KINDS, code);
  return {
    message: [code, message].filter((part) => part !== undefined).join(': '),
    ...(code === undefined ? {} : { code }),
    ...(kind === undefined ? {} : { kind }),
  };
}
