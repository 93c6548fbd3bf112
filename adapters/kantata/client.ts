/**
 * Kantata OX's REST API: collections with pages and side collections, create, update. It has no idempotency of any
 * kind: a repeated POST makes a second record, so nothing here is ever sent twice (systems.md 4).
 */
import type { Connection } from '../../domain/configuration.ts';
import { understand, type VendorProblem } from '../http/classify.ts';
import { createHttpClient } from '../http/http-client.ts';
import { fixedToken } from '../http/tokens.ts';
import type { CallContext } from '../ports/context.ts';
import type { WireEnvelope, WireErrors, WireReference, WireWrite } from './wire.ts';

/** The largest page that the vendor gives. */
const PAGE_SIZE = 200;

/** The JSON in the connection's credentials variable: a token of an integration user; it does not expire. */
export interface KantataCredentials {
  token: string;
}

/** Collections that we create records in, with the name of one record. */
const SINGULAR = { workspaces: 'workspace', stories: 'story', staffing_demands: 'staffing_demand' } as const;
export type WritableCollection = keyof typeof SINGULAR;

/** One page of a collection, in the vendor's order, with the external references that were asked for. */
export interface Page<R> {
  records: R[];
  references: WireReference[];
  more: boolean;
}

/** The calls that the adapter needs. All throw AdapterError. */
export interface KantataClient {
  page<R>(collection: string, query: Record<string, string>, context: CallContext): Promise<Page<R>>;
  /** All pages. */
  all<R>(collection: string, query: Record<string, string>, context: CallContext): Promise<Omit<Page<R>, 'more'>>;
  /** Returns the id of the new record. */
  create<C extends WritableCollection>(collection: C, fields: WireWrite<C>, context: CallContext): Promise<string>;
  update<C extends WritableCollection>(
    collection: C,
    id: string,
    fields: WireWrite<C>,
    context: CallContext,
  ): Promise<void>;
  /** The one upsert of the vendor, by service, model and subject. */
  putReference(fields: WireWrite<'external_references'>, context: CallContext): Promise<void>;
}

/** A client for one account. */
export function createKantataClient(connection: Connection, credentials: KantataCredentials): KantataClient {
  const { connectionId, baseUrl, timeoutMs } = connection;
  const tokens = fixedToken(credentials.token);
  const http = createHttpClient({ connectionId, baseUrl, timeoutMs, explain, tokens });
  const path = (tail: string) => `/api/v1/${tail}.json`;
  const client: KantataClient = {
    async page<R>(collection: string, query: Record<string, string>, context: CallContext) {
      const operation = `read ${collection}`;
      const call = { operation, method: 'GET', path: path(collection) } as const;
      const { body } = await http.send({ ...call, query: { per_page: String(PAGE_SIZE), ...query } }, context);
      return understand(connectionId, operation, () => pageOf<R>(collection, body));
    },
    async all<R>(collection: string, query: Record<string, string>, context: CallContext) {
      const result: Omit<Page<R>, 'more'> = { records: [], references: [] };
      for (let number = 1, more = true; more; number += 1) {
        const page = await client.page<R>(collection, { ...query, page: String(number) }, context);
        result.records.push(...page.records);
        result.references.push(...page.references);
        more = page.more;
      }
      return result;
    },
    async create(collection, fields, context) {
      const operation = `create ${SINGULAR[collection]}`;
      const body = { [SINGULAR[collection]]: fields };
      const answer = await http.send({ operation, method: 'POST', path: path(collection), body }, context);
      const idOf = () => {
        const [created] = pageOf<{ id: string }>(collection, answer.body).records;
        if (created === undefined) throw new TypeError('there is no new record in it');
        return created.id;
      };
      return understand(connectionId, operation, idOf, 'timeout');
    },
    async update(collection, id, fields, context) {
      const operation = `update ${SINGULAR[collection]}`;
      const body = { [SINGULAR[collection]]: fields };
      await http.send(
        { operation, method: 'PUT', path: path(`${collection}/${encodeURIComponent(id)}`), body },
        context,
      );
    },
    async putReference(fields, context) {
      const call = { operation: 'put external reference', method: 'POST' } as const;
      const body = { external_reference: fields };
      await http.send({ ...call, path: path('external_references/create_or_update'), body }, context);
    },
  };
  return client;
}

function pageOf<R>(collection: string, body: unknown): Page<R> {
  const envelope = body as (WireEnvelope & Record<string, unknown>) | undefined;
  if (!Array.isArray(envelope?.results)) throw new TypeError('a list has no results');
  const bodies = (envelope[collection] ?? {}) as Record<string, R | undefined>;
  const records = envelope.results.map(({ id }) => {
    const record = bodies[id];
    if (record === undefined) throw new TypeError(`${collection} ${id} is listed but not there`);
    return record;
  });
  const { page_number: number, page_count: count } = envelope.meta ?? {};
  return {
    records,
    references: Object.values(envelope.external_references ?? {}),
    more: Number(number ?? 1) < Number(count ?? 1),
  };
}

function explain(_status: number, body: unknown): VendorProblem | undefined {
  const [error] = (body as WireErrors | undefined)?.errors ?? [];
  if (error === undefined) return undefined;
  const field = error.field === undefined ? '' : ` (${error.field})`;
  return {
    message: `${error.message ?? 'no message'}${field}`,
    ...(error.type === undefined ? {} : { code: error.type }),
  };
}
