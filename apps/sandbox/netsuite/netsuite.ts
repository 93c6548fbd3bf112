/**
 * NetSuite over HTTP: OAuth2 machine-to-machine token, SuiteTalk REST records, SuiteQL, a limit on concurrent requests.
 */
import { parseObject, textOf, type JsonObject } from '../core/json.ts';
import type { Journal } from '../core/journal.ts';
import { Store, type SeedObject } from '../core/store.ts';
import { readAssertion, TOKEN_LIFETIME_MS, Tokens } from '../core/tokens.ts';
import type { Call, FailureKind, Reply, Route, Vendor } from '../core/vendor.ts';
import { netsuiteActions } from './actions.ts';
import { readBody, shown } from './bodies.ts';
import {
  byExternalId,
  changeRecord,
  createRecord,
  creditInvoice,
  deleteRecord,
  requireRecord,
  SHAPE,
} from './records.ts';
import { RECORD_TYPES, recordTypeOf, type RecordType } from './record-types.ts';
import { errorReply, refuse } from './refusals.ts';
import { runSuiteql } from './suiteql.ts';

export interface NetsuiteCredentials {
  clientId: string;
  /** `kid` of the assertion. */
  certificateId: string;
  /** PEM; when given, the assertion's signature is verified. */
  publicKey?: string;
}

const CONCURRENCY = 5;
const RECORDS = '/services/rest/record/v1';
const TOKEN_PATH = '/services/rest/auth/oauth2/v1/token';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export function netsuite(journal: Journal, credentials: NetsuiteCredentials, seed: readonly SeedObject[]): Vendor {
  const store = new Store('netsuite', journal, SHAPE, seed);
  const tokens = new Tokens();
  return {
    system: 'netsuite',
    store,
    actions: netsuiteActions(store),
    maxInFlight: CONCURRENCY,
    routes: [
      {
        method: 'POST',
        pattern: TOKEN_PATH,
        operation: 'POST /token',
        write: false,
        open: true,
        handle: (call) => token(call, credentials, tokens),
      },
      {
        method: 'POST',
        pattern: '/services/rest/query/v1/suiteql',
        operation: 'POST /suiteql',
        write: false,
        handle: (call) => suiteql(store, call),
      },
      {
        method: 'GET',
        pattern: '/services/rest/system/v1/governanceLimits',
        operation: 'GET /governanceLimits',
        write: false,
        handle: () => ({ status: 200, body: { accountConcurrencyLimit: CONCURRENCY } }),
      },
      ...RECORD_TYPES.flatMap((type) => recordRoutes(store, type)),
      ...transformRoutes(store),
    ],
    admit: (call) => {
      if (!tokens.admits(call.headers.authorization)) {
        throw refuse(401, 'INVALID_LOGIN', 'Invalid login attempt. For more details, see the Login Audit Trail.');
      }
    },
    failure,
    revokeTokens: () => tokens.revokeAll(),
  };
}

function failure(kind: FailureKind, status?: number): Reply {
  switch (kind) {
    case 'unavailable':
      return errorReply(status ?? 503, 'UNEXPECTED_ERROR', 'An unexpected error occurred.');
    case 'throttled':
      return errorReply(429, 'CONCURRENCY_LIMIT_EXCEEDED', 'Concurrent request limit exceeded. Request blocked.');
    case 'rejected':
      return errorReply(
        status ?? 400,
        'USER_ERROR',
        'Error while accessing a resource. A rule of this account refuses it.',
      );
    case 'unauthorized':
      return errorReply(401, 'INVALID_LOGIN', 'Invalid login attempt. For more details, see the Login Audit Trail.');
    case 'not-found':
      return errorReply(
        404,
        'NONEXISTENT_ID',
        'The record instance does not exist. Provide a valid record instance ID.',
      );
  }
}

function token(call: Call, credentials: NetsuiteCredentials, tokens: Tokens): Reply {
  const form = new URLSearchParams(call.body);
  const known = form.get('grant_type') === 'client_credentials' && form.get('client_assertion_type') === ASSERTION_TYPE;
  if (!known) return { status: 400, body: { error: 'unsupported_grant_type' } };
  const assertion = readAssertion(form.get('client_assertion') ?? '', credentials.publicKey);
  const right =
    typeof assertion !== 'string' &&
    assertion.header['kid'] === credentials.certificateId &&
    assertion.claims['iss'] === credentials.clientId &&
    (textOf(assertion.claims['aud']) ?? '').endsWith(TOKEN_PATH);
  if (!right) return { status: 400, body: { error: 'invalid_grant' } };
  const lifetime = String(TOKEN_LIFETIME_MS / 1000);
  return { status: 200, body: { access_token: tokens.issue('ns.'), expires_in: lifetime, token_type: 'Bearer' } };
}

function suiteql(store: Store, call: Call): Reply {
  if (!/\btransient\b/.test(String(call.headers['prefer'] ?? ''))) {
    throw refuse(400, 'INVALID_HEADER', "Invalid header 'Prefer'. The required value is 'transient'.");
  }
  const query = textOf(bodyOf(call)['q']);
  if (query === undefined) throw refuse(400, 'INVALID_CONTENT', 'The request body must hold the query in q.', 'q');
  return { status: 200, body: page(call, runSuiteql(store, query)) };
}

/** One page of a result, with the links that lead on. */
function page(call: Call, rows: JsonObject[]): JsonObject {
  const limit = Math.min(1000, Math.max(1, Number(call.query.get('limit') ?? 1000) || 1000));
  const offset = Math.max(0, Number(call.query.get('offset') ?? 0) || 0);
  const items = rows.slice(offset, offset + limit);
  const hasMore = offset + limit < rows.length;
  const link = (rel: string, from: number) => ({
    rel,
    href: `${call.origin}${call.path}?limit=${limit}&offset=${from}`,
  });
  const links = [link('self', offset), ...(hasMore ? [link('next', offset + limit)] : [])];
  return { links, count: items.length, hasMore, items, offset, totalResults: rows.length };
}

function recordRoutes(store: Store, type: RecordType): Route[] {
  const route = (method: string, tail: string, handle: (call: Call) => Reply): Route => {
    const operation = `${method} /${type.name}${tail}`;
    return { method, pattern: `${RECORDS}/${type.name}${tail}`, operation, write: method !== 'GET', handle };
  };
  const written = (call: Call) => readBody(store, type, bodyOf(call), isStrict(call));
  const reading = [
    route('GET', '', (call) => {
      const items = store.list(type.name).map((record) => ({ id: record['id'], links: [] }));
      return { status: 200, body: page(call, items) };
    }),
    ...['/eid::key', '/:id'].map((tail) =>
      route('GET', tail, (call) => {
        const expand = call.query.get('expandSubResources') === 'true';
        const record = requireRecord(store, type.name, call.params);
        return { status: 200, body: shown(store, type, record, call.origin, expand) };
      }),
    ),
  ];
  const changing = ['/eid::key', '/:id'].flatMap((tail) => [
    route('PATCH', tail, (call) => {
      const record = requireRecord(store, type.name, call.params);
      changeRecord(store, call, type, record, written(call));
      return saved(call, type, record['id'] as string);
    }),
    route('DELETE', tail, (call) => {
      deleteRecord(store, call, type, requireRecord(store, type.name, call.params));
      return { status: 204 };
    }),
  ]);
  if (type.closed === true) return type.suiteqlType === undefined ? reading : [...reading, ...changing];
  return [
    ...reading,
    ...changing,
    route('POST', '', (call) => {
      const externalId = textOf(bodyOf(call)['externalId']);
      return saved(call, type, createRecord(store, call, type, written(call), externalId));
    }),
    route('PUT', '/eid::key', (call) => {
      const key = call.params['key'] ?? '';
      const before = byExternalId(store, type.name, key);
      if (before === undefined) return saved(call, type, createRecord(store, call, type, written(call), key));
      changeRecord(store, call, type, before, written(call));
      return saved(call, type, before['id'] as string);
    }),
  ];
}

function transformRoutes(store: Store): Route[] {
  const memo = recordTypeOf('creditMemo') as RecordType;
  return ['/eid::key', '/:id'].map((tail) => ({
    method: 'POST',
    pattern: `${RECORDS}/invoice${tail}/!transform/creditMemo`,
    operation: `POST /invoice${tail}/!transform/creditMemo`,
    write: true,
    handle: (call) => {
      const invoice = requireRecord(store, 'invoice', call.params);
      const body = call.body === '' ? {} : bodyOf(call);
      const values = readBody(store, memo, body, isStrict(call));
      const externalId = body['externalId'] === undefined ? {} : { externalId: body['externalId'] };
      return saved(call, memo, creditInvoice(store, call, invoice, { ...values, ...externalId }));
    },
  }));
}

/** Saves answer without a body; the id is only in Location. */
function saved(call: Call, type: RecordType, id: string): Reply {
  return { status: 204, headers: { location: `${call.origin}${RECORDS}/${type.name}/${id}` } };
}

function isStrict(call: Call): boolean {
  return String(call.headers['x-netsuite-propertynamevalidation'] ?? '').toLowerCase() === 'error';
}

function bodyOf(call: Call): JsonObject {
  const body = parseObject(call.body);
  if (body === undefined) throw refuse(400, 'INVALID_CONTENT', 'Invalid content in the request body.');
  return body;
}
