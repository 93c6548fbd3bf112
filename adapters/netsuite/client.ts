/**
 * NetSuite's REST API: machine-to-machine sign-in, records by our external id, SuiteQL. Creation is a POST that carries
 * the external id: the account refuses a second record with it, whereas a PUT would quietly edit the first one.
 */
import type { Connection } from '../../domain/configuration.ts';
import { lookup } from '../../domain/lookup.ts';
import { understand, type VendorProblem } from '../http/classify.ts';
import { createHttpClient, type HttpClient } from '../http/http-client.ts';
import { cachedToken, privateKey, signJwt, type TokenSource } from '../http/tokens.ts';
import type { CallContext } from '../ports/context.ts';
import { AdapterError, type AdapterErrorKind } from '../ports/errors.ts';
import type { WireErrors, WireQueryPage, WireToken, WireWrite, WrittenType } from './wire.ts';

const RECORDS = '/services/rest/record/v1';
const QUERY = '/services/rest/query/v1/suiteql';
const TOKEN = '/services/rest/auth/oauth2/v1/token';
const ASSERTION_LIFE_S = 300;
/** Used when the answer does not say how long a token lives; the vendor's documented life is an hour. */
const TOKEN_LIFE_S = 3600;

/**
 * The JSON in the connection's credentials variable. `privateKey` is a PEM key of the certificate: RSA (PS256) or EC
 * P-256 (ES256). `items` maps account numbers to the item ids of this account, where they are not those of the
 * integration's bundle.
 */
export interface NetsuiteCredentials {
  clientId: string;
  certificateId: string;
  privateKey: string;
  items?: Record<string, string>;
}

/** The calls that the adapter needs. All throw AdapterError. */
export interface NetsuiteClient {
  /** The record under our external id with its sublists, or undefined. */
  find<R>(type: WrittenType, key: string, context: CallContext): Promise<R | undefined>;
  /** The ISO code of a currency by its id in this account. */
  currencyCode(id: string, context: CallContext): Promise<string>;
  /** Creates a record. @throws conflict when the external id is taken */
  create<T extends WrittenType>(type: T, fields: WireWrite<T>, context: CallContext): Promise<void>;
  /** Makes a credit memo of an invoice by its id. @throws conflict when the external id is taken */
  credit(invoiceId: string, fields: WireWrite<'creditMemo'>, context: CallContext): Promise<void>;
  /** Creates or edits the customer under the external id; for records that may be edited. */
  put(key: string, fields: WireWrite<'customer'>, context: CallContext): Promise<void>;
  update<T extends WrittenType>(type: T, key: string, fields: WireWrite<T>, context: CallContext): Promise<void>;
  remove(type: WrittenType, key: string, context: CallContext): Promise<void>;
  /** One page of at most `limit` (1000) rows. Values are text, nulls are left out. */
  query<R>(
    operation: string,
    suiteql: string,
    page: { limit: number; offset: number },
    context: CallContext,
  ): Promise<WireQueryPage<R>>;
}

/** A client for one account. @throws Error when the private key cannot be used */
export function createNetsuiteClient(connection: Connection, credentials: NetsuiteCredentials): NetsuiteClient {
  const { connectionId, baseUrl, timeoutMs } = connection;
  const base = { connectionId, baseUrl, timeoutMs, explain };
  const tokens = tokenSource(createHttpClient(base), connection, credentials);
  // Without it, misspelt and forbidden fields are dropped silently.
  const http = createHttpClient({ ...base, tokens, headers: { 'X-NetSuite-PropertyNameValidation': 'Error' } });
  const currencies = new Map<string, string>();
  const byKey = (type: WrittenType, key: string) => `${RECORDS}/${type}/eid:${encodeURIComponent(key)}`;
  return {
    async find<R>(type: WrittenType, key: string, context: CallContext) {
      const call = { operation: `read ${type}`, method: 'GET', path: byKey(type, key) } as const;
      try {
        return (await http.send({ ...call, query: { expandSubResources: 'true' } }, context)).body as R;
      } catch (error) {
        if (error instanceof AdapterError && error.kind === 'not_found') return undefined;
        throw error;
      }
    },
    async currencyCode(id, context) {
      const known = currencies.get(id);
      if (known !== undefined) return known;
      const operation = 'read currency';
      const path = `${RECORDS}/currency/${encodeURIComponent(id)}`;
      const { body } = await http.send({ operation, method: 'GET', path }, context);
      const code = understand(connectionId, operation, () => {
        const { symbol, name } = (body ?? {}) as { symbol?: string; name?: string };
        if (symbol === undefined && name === undefined) throw new TypeError('a currency has no symbol');
        return symbol ?? name ?? '';
      });
      currencies.set(id, code);
      return code;
    },
    async create(type, fields, context) {
      await http.send(
        { operation: `create ${type}`, method: 'POST', path: `${RECORDS}/${type}`, body: fields },
        context,
      );
    },
    async credit(invoiceId, fields, context) {
      const path = `${RECORDS}/invoice/${encodeURIComponent(invoiceId)}/!transform/creditMemo`;
      await http.send({ operation: 'create creditMemo', method: 'POST', path, body: fields }, context);
    },
    async put(key, fields, context) {
      const operation = 'put customer';
      await http.send({ operation, method: 'PUT', path: byKey('customer', key), body: fields }, context);
    },
    async update(type, key, fields, context) {
      await http.send({ operation: `update ${type}`, method: 'PATCH', path: byKey(type, key), body: fields }, context);
    },
    async remove(type, key, context) {
      await http.send({ operation: `delete ${type}`, method: 'DELETE', path: byKey(type, key) }, context);
    },
    async query<R>(
      operation: string,
      suiteql: string,
      { limit, offset }: { limit: number; offset: number },
      context: CallContext,
    ) {
      const query = { limit: String(limit), offset: String(offset) };
      const call = { operation, method: 'POST', path: QUERY, query, body: { q: suiteql }, reads: true } as const;
      const { body } = await http.send({ ...call, headers: { prefer: 'transient' } }, context);
      return understand(connectionId, operation, () => {
        const page = body as Partial<WireQueryPage<R>> | undefined;
        if (!Array.isArray(page?.items)) throw new TypeError('a query answer has no items');
        return { items: page.items, hasMore: page.hasMore === true };
      });
    },
  };
}

function tokenSource(http: HttpClient, connection: Connection, credentials: NetsuiteCredentials): TokenSource {
  const key = privateKey(credentials.privateKey);
  const algorithm = key.asymmetricKeyType === 'ec' ? 'ES256' : 'PS256';
  const audience = `${connection.baseUrl.replace(/\/+$/, '')}${TOKEN}`;
  const operation = 'sign in';
  const assertion = () => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = {
      iss: credentials.clientId,
      scope: ['rest_webservices'],
      aud: audience,
      iat,
      exp: iat + ASSERTION_LIFE_S,
    };
    return signJwt(key, algorithm, { kid: credentials.certificateId }, claims);
  };
  return cachedToken(async (context) => {
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion(),
    };
    const { body } = await http.send({ operation, method: 'POST', path: TOKEN, form, reads: true }, context);
    return understand(connection.connectionId, operation, () => {
      const { access_token: value, expires_in: lifeS } = (body ?? {}) as Partial<WireToken>;
      if (typeof value !== 'string') throw new TypeError('there is no access token in it');
      return { value, expiresAtMs: Date.now() + Number(lifeS ?? TOKEN_LIFE_S) * 1000 };
    });
  });
}

/** Codes that mean something else than their HTTP status says. */
const KINDS: Record<string, AdapterErrorKind> = {
  SSS_REQUEST_LIMIT_EXCEEDED: 'throttled',
  CONCURRENCY_LIMIT_EXCEEDED: 'throttled',
  RCRD_HAS_BEEN_CHANGED: 'conflict',
  DUP_RCRD: 'conflict',
  INSUFFICIENT_PERMISSION: 'unauthorised',
};

function explain(_status: number, body: unknown): VendorProblem | undefined {
  const envelope = (body ?? {}) as WireErrors;
  if (envelope.error !== undefined) {
    return { message: `sign-in refused: ${envelope.error}`, code: envelope.error, kind: 'unauthorised' };
  }
  const [error] = envelope['o:errorDetails'] ?? [];
  if (error === undefined) return undefined;
  const code = error['o:errorCode'];
  const duplicate = code === 'USER_ERROR' && /already exists/i.test(error.detail ?? '');
  const kind = duplicate ? 'conflict' : envelope.status === '429' ? 'throttled' : lookup(KINDS, code ?? '');
  return {
    message: [code, error.detail ?? envelope.title].filter((part) => part !== undefined).join(': '),
    ...(code === undefined ? {} : { code }),
    ...(kind === undefined ? {} : { kind }),
  };
}
