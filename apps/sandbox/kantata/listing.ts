/**
 * Kantata's answer envelope: order in `results`, bodies by id, side collections on request, pages. Parameters that the
 * vendor does not know are ignored, as it does.
 */
import { textOf, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Store } from '../core/store.ts';
import { invalid } from './checks.ts';
import { collectionOf, type Collection } from './collections.ts';
import { shown } from './records.ts';

/** One page of a collection for the given query. */
export function listing(store: Store, collection: Collection, query: URLSearchParams): JsonObject {
  if (collection.name === 'external_references' && query.get('subject_type') === null) {
    throw invalid('subject_type is required', 'subject_type');
  }
  const records = ordered(
    store.list(collection.name).filter((record) => wanted(collection, record, query)),
    query.get('order') ?? 'id:asc',
  );
  const perPage = Math.min(200, positive(query.get('per_page'), 20));
  const page = positive(query.get('page'), 1);
  const shownPage = records.slice((page - 1) * perPage, page * perPage);
  return envelope(store, collection, shownPage, query, { count: records.length, page, perPage });
}

/** The envelope around the given records. */
export function envelope(
  store: Store,
  collection: Collection,
  records: readonly JsonObject[],
  query: URLSearchParams,
  { count, page, perPage }: { count: number; page: number; perPage: number } = { count: 1, page: 1, perPage: 20 },
): JsonObject {
  const answer: Record<string, JsonValue> = {
    count,
    results: records.map((record) => ({ key: collection.name, id: record['id'] })),
    [collection.name]: byId(store, collection, records),
    meta: { count, page_number: page, page_count: Math.ceil(count / perPage), page_size: perPage },
  };
  for (const name of (query.get('include') ?? '').split(',').filter((item) => item !== '')) {
    const association = collection.associations[name];
    const other = association && collectionOf(association.collection);
    if (association === undefined || other === undefined) throw invalid(`${name} cannot be included`, 'include');
    const related = store
      .list(other.name)
      .filter((candidate) =>
        records.some((record) =>
          association.inverse
            ? candidate[association.key] === record['id'] && ofSubject(candidate, collection)
            : record[association.key] === candidate['id'],
        ),
      );
    answer[other.name] = byId(store, other, related);
  }
  return answer;
}

function ofSubject(candidate: JsonObject, collection: Collection): boolean {
  return candidate['subject_type'] === undefined || candidate['subject_type'] === collection.subjectType;
}

function byId(store: Store, collection: Collection, records: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(records.map((record) => [record['id'] as string, shown(store, collection, record)]));
}

function wanted(collection: Collection, record: JsonObject, query: URLSearchParams): boolean {
  if (record['archived'] === true && collection.name === 'workspaces' && query.get('include_archived') !== 'true') {
    return false;
  }
  const only = query.get('only');
  if (only !== null && !only.split(',').includes(record['id'] as string)) return false;
  return (
    within(record['created_at'], query.get('created_after'), query.get('created_before')) &&
    within(record['updated_at'], query.get('updated_after'), query.get('updated_before')) &&
    between(collection, record, query) &&
    collection.filters.every((name) => {
      const value = query.get(name);
      return value === null || value.split(',').includes(textOf(record[name]) ?? '');
    })
  );
}

function within(value: JsonValue | undefined, after: string | null, before: string | null): boolean {
  const at = Date.parse(textOf(value) ?? '1970-01-01');
  return (after === null || at > moment(after)) && (before === null || at < moment(before));
}

function moment(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw invalid(`${text} is not a time`);
  return at;
}

function between(collection: Collection, record: JsonObject, query: URLSearchParams): boolean {
  if (collection.between === undefined) return true;
  const range = query.get(`${collection.between}_between`);
  if (range === null) return true;
  const [from = '', to = ''] = range.split(':');
  const date = textOf(record[collection.between]) ?? '';
  return date >= from && date <= to;
}

function ordered(records: JsonObject[], order: string): JsonObject[] {
  const [field = 'id', direction = 'asc'] = order.split(':');
  const sign = direction === 'desc' ? -1 : 1;
  const valueOf = (record: JsonObject) => (field === 'id' ? Number(record['id']) : (textOf(record[field]) ?? ''));
  return records.sort((left, right) => {
    const [a, b] = [valueOf(left), valueOf(right)];
    return a === b ? 0 : a < b ? -sign : sign;
  });
}

function positive(text: string | null, otherwise: number): number {
  const value = Number(text ?? otherwise);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}
