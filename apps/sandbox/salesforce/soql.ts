/**
 * SOQL over the store: a checked query, its rows as API records, and pages behind `nextRecordsUrl`.
 */
import { MalformedQuery, parseQuery, selectRows, type Query } from '../core/query.ts';
import { asText, type JsonObject } from '../core/json.ts';
import type { Store } from '../core/store.ts';
import { refusal } from './records.ts';
import { fieldOf, sobjectOf, type SObject } from './schema.ts';

/** Runs a query; throws a Refusal with INVALID_TYPE, INVALID_FIELD or MALFORMED_QUERY. */
export function runSoql(store: Store, text: string, basePath: string): JsonObject[] {
  const query = parsed(text);
  const object = sobjectOf(query.from);
  if (object === undefined) {
    throw refusal(400, 'INVALID_TYPE', `sObject type '${query.from}' is not supported.`);
  }
  const canonical = (name: string): string => fieldName(object, name);
  const checked: Query = {
    ...query,
    columns: query.columns.map((column) => ({ ...column, field: canonical(column.field) })),
    where: query.where.map((condition) => ({ ...condition, field: canonical(condition.field) })),
    orderBy: query.orderBy.map((order) => ({ ...order, field: canonical(order.field) })),
  };
  const rows = selectRows(checked, store.list(object.name), (row, field) => row[field]);
  return rows.map((row) => ({
    attributes: { type: object.name, url: `${basePath}/sobjects/${object.name}/${asText(row['Id'])}` },
    ...Object.fromEntries(checked.columns.map(({ field }) => [field, row[field] ?? null])),
  }));
}

function parsed(text: string): Query {
  try {
    return parseQuery(text);
  } catch (error) {
    if (error instanceof MalformedQuery) throw refusal(400, 'MALFORMED_QUERY', error.message);
    throw error;
  }
}

function fieldName(object: SObject, name: string): string {
  const field = fieldOf(object, name);
  if (field === undefined) {
    throw refusal(400, 'INVALID_FIELD', `No such column '${name}' on entity '${object.name}'.`);
  }
  return field.name;
}

/** Results that did not fit on one page, kept until they are fetched or pushed out by newer ones. */
export class Pages {
  private readonly results = new Map<string, JsonObject[]>();
  private count = 0;

  /** One page from `start`, with the locator of the next when there is more. */
  page(records: JsonObject[], start: number, size: number, queryPath: string, locator?: string): JsonObject {
    const totalSize = records.length;
    if (start + size >= totalSize) return { totalSize, done: true, records: records.slice(start) };
    const id = locator ?? this.keep(records);
    const nextRecordsUrl = `${queryPath}/${id}-${start + size}`;
    return { totalSize, done: false, nextRecordsUrl, records: records.slice(start, start + size) };
  }

  next(locator: string, size: number, queryPath: string): JsonObject {
    const [id = '', start = ''] = locator.split('-');
    const records = this.results.get(id);
    if (records === undefined || !/^\d+$/.test(start)) {
      throw refusal(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    }
    return this.page(records, Number(start), size, queryPath, id);
  }

  private keep(records: JsonObject[]): string {
    const id = `01gTL${String(++this.count).padStart(13, '0')}`;
    this.results.set(id, records);
    const [oldest] = this.results.keys();
    if (this.results.size > 50 && oldest !== undefined) this.results.delete(oldest);
    return id;
  }
}
