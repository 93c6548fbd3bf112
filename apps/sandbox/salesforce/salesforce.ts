/**
 * Salesforce over HTTP: token endpoint, REST resources, query, composite. The paths, envelopes and headers are the
 * vendor's, so that any Salesforce client can talk to it.
 */
import { isObject, objectsOf, parseObject, textOf, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Journal } from '../core/journal.ts';
import { Store, type SeedObject } from '../core/store.ts';
import { readAssertion, Tokens } from '../core/tokens.ts';
import { answerOf, routeOf, type Call, type FailureKind, type Reply, type Route, type Vendor } from '../core/vendor.ts';
import { salesforceActions } from './actions.ts';
import type { Notices } from './notices.ts';
import { insert, refusal, requireObject, SHAPE, update, upsert } from './records.ts';
import { Pages, runSoql } from './soql.ts';

export interface SalesforceCredentials {
  clientId: string;
  clientSecret: string;
  username: string;
  /** PEM; when given, the assertion's signature is verified. */
  publicKey?: string;
}

const VERSION = 'v67.0';
const DATA = '/services/data/:version';
const ORG_ID = '00DTL00000000001AA';
const DAILY_REQUESTS = 100_000;
const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export function salesforce(
  journal: Journal,
  credentials: SalesforceCredentials,
  notices: Notices,
  seed: readonly SeedObject[],
): Vendor {
  const store = new Store('salesforce', journal, SHAPE, seed);
  const tokens = new Tokens();
  let usage = 0;
  const records = recordRoutes(store);
  return {
    system: 'salesforce',
    store,
    actions: salesforceActions(store, notices),
    routes: [
      {
        method: 'POST',
        pattern: '/services/oauth2/token',
        operation: 'POST /oauth2/token',
        write: false,
        open: true,
        handle: (call) => token(call, credentials, tokens),
      },
      {
        method: 'GET',
        pattern: '/services/data',
        operation: 'GET /data',
        write: false,
        open: true,
        handle: () => ({
          status: 200,
          body: [{ label: "Summer '26", url: `/services/data/${VERSION}`, version: '67.0' }],
        }),
      },
      {
        method: 'GET',
        pattern: `${DATA}/limits`,
        operation: 'GET /limits',
        write: false,
        handle: () => ({
          status: 200,
          body: { DailyApiRequests: { Max: DAILY_REQUESTS, Remaining: DAILY_REQUESTS - usage } },
        }),
      },
      ...records,
      ...queryRoutes(store),
      {
        method: 'POST',
        pattern: `${DATA}/composite`,
        operation: 'POST /composite',
        write: true,
        handle: (call) => composite(store, call, records),
      },
    ],
    admit: (call) => {
      if (!tokens.admits(call.headers.authorization)) {
        throw refusal(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
      }
    },
    failure,
    headers: () => ({ 'sforce-limit-info': `api-usage=${++usage}/${DAILY_REQUESTS}` }),
    revokeTokens: () => tokens.revokeAll(),
  };
}

function failure(kind: FailureKind, status?: number): Reply {
  const known: Record<FailureKind, [number, string, string]> = {
    unavailable: [status ?? 503, 'SERVER_UNAVAILABLE', 'The server is unavailable to handle the request'],
    throttled: [403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'],
    rejected: [status ?? 400, 'FIELD_CUSTOM_VALIDATION_EXCEPTION', 'A validation rule of this org refuses the record'],
    unauthorized: [401, 'INVALID_SESSION_ID', 'Session expired or invalid'],
    'not-found': [404, 'NOT_FOUND', 'The requested resource does not exist'],
  };
  const [code, errorCode, message] = known[kind];
  return { status: code, body: [{ message, errorCode }] };
}

function token(call: Call, credentials: SalesforceCredentials, tokens: Tokens): Reply {
  const form = new URLSearchParams(call.body);
  const problem = tokenProblem(form, credentials);
  if (problem !== undefined) {
    return { status: 400, body: { error: problem[0], error_description: problem[1] } };
  }
  return {
    status: 200,
    body: {
      access_token: tokens.issue(`${ORG_ID}!`),
      scope: 'api',
      instance_url: call.origin,
      id: `${call.origin}/id/${ORG_ID}/005TL00000000001AA`,
      token_type: 'Bearer',
      issued_at: String(Date.now()),
    },
  };
}

function tokenProblem(form: URLSearchParams, credentials: SalesforceCredentials): [string, string] | undefined {
  const grant = form.get('grant_type');
  if (grant === 'client_credentials') {
    const right =
      form.get('client_id') === credentials.clientId && form.get('client_secret') === credentials.clientSecret;
    return right ? undefined : ['invalid_client', 'invalid client credentials'];
  }
  if (grant !== JWT_GRANT) return ['unsupported_grant_type', 'grant type not supported'];
  const assertion = readAssertion(form.get('assertion') ?? '', credentials.publicKey);
  if (typeof assertion === 'string') return ['invalid_grant', assertion];
  const { iss, sub, aud } = assertion.claims;
  if (iss !== credentials.clientId) return ['invalid_client_id', 'client identifier invalid'];
  if (sub !== credentials.username) return ['invalid_grant', "user hasn't approved this consumer"];
  return textOf(aud) === undefined ? ['invalid_grant', 'audience is invalid'] : undefined;
}

function recordRoutes(store: Store): Route[] {
  const one = (call: Call) => {
    const object = requireObject(call.params['object']);
    const id = call.params['id'] ?? '';
    const record = store.get(object.name, id);
    if (record === undefined) throw refusal(404, 'NOT_FOUND', 'The requested resource does not exist');
    return { object, id, record };
  };
  const path = (call: Call) => `/services/data/${call.params['version'] ?? VERSION}/sobjects`;
  const route = (method: string, tail: string, handle: (call: Call) => Reply): Route => {
    const operation = `${method} ${tail}`;
    return { method, pattern: `${DATA}${tail}`, operation, write: method !== 'GET', handle };
  };
  return [
    route('GET', '/sobjects/:object/describe', (call) => {
      const { name, fields } = requireObject(call.params['object']);
      const described = fields.map((field) => ({ externalId: false, ...field }));
      return { status: 200, body: { name, fields: described, custom: name.endsWith('__c') } };
    }),
    route('GET', '/sobjects/:object/:id', (call) => {
      const { object, id, record } = one(call);
      const attributes = { type: object.name, url: `${path(call)}/${object.name}/${id}` };
      return { status: 200, body: { attributes, ...record } };
    }),
    route('POST', '/sobjects/:object', (call) => {
      const created = insert(store, call, requireObject(call.params['object']), bodyOf(call));
      return { status: 201, body: { id: created['Id'], success: true, errors: [] } };
    }),
    route('PATCH', '/sobjects/:object/:id', (call) => {
      const { object, id } = one(call);
      update(store, call, object, id, bodyOf(call));
      return { status: 204 };
    }),
    route('PATCH', '/sobjects/:object/:field/:value', (call) => {
      const { field = '', value = '' } = call.params;
      const updateOnly = call.query.get('updateOnly') === 'true';
      const target = { field, value, body: bodyOf(call), updateOnly, basePath: path(call) };
      return upsert(store, call, requireObject(call.params['object']), target);
    }),
    route('DELETE', '/sobjects/:object/:id', (call) => {
      const { object, id } = one(call);
      store.remove(call, object.name, id);
      return { status: 204 };
    }),
  ];
}

function queryRoutes(store: Store): Route[] {
  const pages = new Pages();
  const base = (call: Call) => `/services/data/${call.params['version'] ?? VERSION}`;
  const size = (call: Call) => {
    const asked = /batchSize=(\d+)/i.exec(String(call.headers['sforce-query-options'] ?? ''))?.[1];
    return asked === undefined ? 2000 : Math.min(2000, Math.max(200, Number(asked)));
  };
  return [
    {
      method: 'GET',
      pattern: `${DATA}/query`,
      operation: 'GET /query',
      write: false,
      handle: (call) => {
        const records = runSoql(store, call.query.get('q') ?? '', base(call));
        return { status: 200, body: pages.page(records, 0, size(call), `${base(call)}/query`) };
      },
    },
    {
      method: 'GET',
      pattern: `${DATA}/query/:locator`,
      operation: 'GET /query/:locator',
      write: false,
      handle: (call) => ({
        status: 200,
        body: pages.next(call.params['locator'] ?? '', size(call), `${base(call)}/query`),
      }),
    },
  ];
}

function partReply(
  store: Store,
  { route, params }: { route: Route; params: Record<string, string> },
  call: Call,
  url: URL,
  body: string,
): Reply {
  const part: Call = { ...call, params, query: url.searchParams, body, operation: route.operation };
  return answerOf(store, route.write, part, () => route.handle(part));
}

/** Carries out sub-requests in order; each has its own result, and without allOrNone a failure stops nothing. */
function composite(store: Store, call: Call, routes: readonly Route[]): Reply {
  const body = bodyOf(call);
  if (body['allOrNone'] === true) {
    throw refusal(400, 'NOT_SUPPORTED', 'allOrNone is not supported by this sandbox');
  }
  const results: JsonValue[] = objectsOf(body['compositeRequest']).map((part) => {
    const url = new URL(textOf(part['url']) ?? '/', 'http://org.invalid');
    const method = textOf(part['method']) ?? 'GET';
    const found = routeOf(routes, method, url.pathname);
    const inner = isObject(part['body']) ? JSON.stringify(part['body']) : '';
    const reply = found === undefined ? failure('not-found') : partReply(store, found, call, url, inner);
    return {
      body: reply.body ?? null,
      httpHeaders: {},
      httpStatusCode: reply.status,
      referenceId: part['referenceId'] ?? null,
    };
  });
  return { status: 200, body: { compositeResponse: results } };
}

function bodyOf(call: Call): JsonObject {
  const body = parseObject(call.body);
  if (body === undefined) throw refusal(400, 'JSON_PARSER_ERROR', 'Unexpected character in the request body');
  return body;
}
