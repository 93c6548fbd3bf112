/**
 * Kantata OX over HTTP: one static bearer token, collections under /api/v1, no idempotency, no push.
 */
import { timingSafeEqual } from 'node:crypto';
import { asText, isObject, type JsonObject, parseObject } from '../core/json.ts';
import type { Journal } from '../core/journal.ts';
import { Store, type SeedObject } from '../core/store.ts';
import { Refusal, type Call, type FailureKind, type Reply, type Route, type Vendor } from '../core/vendor.ts';
import { kantataActions } from './actions.ts';
import { invalid, missing } from './checks.ts';
import { COLLECTIONS, collectionOf, type Collection } from './collections.ts';
import { envelope, listing } from './listing.ts';
import { changeRecord, createRecord, deleteRecord, putReference, SHAPE } from './records.ts';

export interface KantataCredentials {
  token: string;
}

export function kantata(journal: Journal, credentials: KantataCredentials, seed: readonly SeedObject[]): Vendor {
  const store = new Store('kantata', journal, SHAPE, seed);
  return {
    system: 'kantata',
    store,
    actions: kantataActions(store),
    routes: [...referenceRoutes(store), ...COLLECTIONS.flatMap((collection) => collectionRoutes(store, collection))],
    admit: (call) => {
      const wanted = Buffer.from(`Bearer ${credentials.token}`);
      const given = Buffer.from(call.headers.authorization ?? '');
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
        throw new Refusal('oauth', failure('unauthorized'));
      }
    },
    failure,
    // The account's tokens do not expire; a fault `reject` with status 401 plays a withdrawn one.
    revokeTokens: () => undefined,
  };
}

function failure(kind: FailureKind, status?: number): Reply {
  const known: Record<FailureKind, [number, string, string]> = {
    unavailable: [status ?? 503, 'system', 'Service temporarily unavailable'],
    throttled: [429, 'system', 'Too many requests'],
    rejected: [status ?? 422, 'validation', 'The record is refused by a rule of this account'],
    unauthorized: [401, 'oauth', 'Invalid OAuth 2 Request'],
    'not-found': [404, 'system', 'Record not found'],
  };
  const [code, type, message] = known[kind];
  return { status: code, body: { errors: [{ type, message }] } };
}

/** Both with and without `.json`. */
function routes(method: string, path: string, handle: (call: Call) => Reply): Route[] {
  const operation = `${method} ${path}`;
  const write = method !== 'GET';
  const withId = path.endsWith('/:id');
  const plain: Route = { method, pattern: `/api/v1${path}`, operation, write, handle };
  if (!withId) return [{ ...plain, pattern: `${plain.pattern}.json` }, plain];
  const strip = (call: Call) => {
    call.params['id'] = (call.params['id'] ?? '').replace(/\.json$/, '');
    return handle(call);
  };
  return [{ ...plain, handle: strip }];
}

function collectionRoutes(store: Store, collection: Collection): Route[] {
  const { name, singular } = collection;
  const one = (call: Call, id: string): Reply => {
    const record = store.get(name, id);
    if (record === undefined) throw missing();
    return { status: 200, body: envelope(store, collection, [record], call.query) };
  };
  const visible = (call: Call): string => {
    const id = call.params['id'] ?? '';
    const archived = name === 'workspaces' && store.get(name, id)?.['archived'] === true;
    if (archived && call.query.get('include_archived') !== 'true') throw missing();
    return id;
  };
  const reading = [
    ...routes('GET', `/${name}`, (call) => ({ status: 200, body: listing(store, collection, call.query) })),
    ...routes('GET', `/${name}/:id`, (call) => one(call, visible(call))),
  ];
  if (collection.subjectType === undefined) return reading;
  return [
    ...reading,
    ...routes('POST', `/${name}`, (call) => {
      const created = createRecord(store, call, collection, bodyOf(call, singular));
      return one(call, created['id'] as string);
    }),
    ...routes('PUT', `/${name}/:id`, (call) => {
      const id = call.params['id'] ?? '';
      changeRecord(store, call, collection, id, bodyOf(call, singular));
      return one(call, id);
    }),
    ...routes('DELETE', `/${name}/:id`, (call) => {
      deleteRecord(store, call, collection, call.params['id'] ?? '');
      return { status: 204 };
    }),
  ];
}

function referenceRoutes(store: Store): Route[] {
  const references = collectionOf('external_references') as Collection;
  const subjects = (type: string) => COLLECTIONS.find(({ subjectType }) => subjectType === type)?.name ?? '';
  return routes('POST', '/external_references/create_or_update', (call) => {
    const body = bodyOf(call, 'external_reference');
    const { subject_type: type, subject_id: id } = body;
    if (store.get(subjects(asText(type)), asText(id)) === undefined) {
      throw invalid('subject does not exist', 'subject_id');
    }
    const written = store.get('external_references', putReference(store, call, body)) as JsonObject;
    return { status: 200, body: envelope(store, references, [written], call.query) };
  });
}

function bodyOf(call: Call, singular: string): JsonObject {
  const body = parseObject(call.body)?.[singular];
  if (!isObject(body)) throw invalid(`The body must hold an object named ${singular}`, singular);
  return body;
}
