/**
 * Between NetSuite's JSON and what the store keeps: references become ids, sublists become arrays, and back. Unknown
 * properties are dropped silently unless the caller asks for strictness, which is the vendor's trap.
 */
import { asText, isObject, type JsonObject, type JsonValue, objectsOf, textOf } from '../core/json.ts';
import type { Store } from '../core/store.ts';
import { CHOICES, DATES, FLAGS, NUMBERS, REFERENCES, type RecordType } from './record-types.ts';
import { badReference, refuse } from './refusals.ts';

/** The body as the store keeps it; throws a Refusal for unknown properties (when strict) and wrong values. */
export function readBody(store: Store, type: RecordType, body: JsonObject, strict: boolean): JsonObject {
  const values: JsonObject = {};
  for (const [name, value = null] of Object.entries(body)) {
    const line = type.sublists[name];
    if (line !== undefined) values[name] = readLines(store, name, line, value, strict);
    else if (type.fields.includes(name)) values[name] = readValue(store, name, value, name);
    else if (strict && !['externalId', 'id', 'links'].includes(name)) throw unknown(name);
  }
  return values;
}

function unknown(path: string) {
  return refuse(
    400,
    'INVALID_CONTENT',
    `Invalid content in the request body. Unknown reference or field name ${path}.`,
    path,
  );
}

function readLines(store: Store, list: string, fields: readonly string[], value: JsonValue, strict: boolean) {
  const items = isObject(value) ? objectsOf(value['items']) : undefined;
  if (items === undefined) throw refuse(400, 'INVALID_CONTENT', `${list} must be {items: [...]}`, list);
  return items.map((item, index) => {
    const line: JsonObject = {};
    for (const [name, given = null] of Object.entries(item)) {
      const path = `${list}.items[${index}].${name}`;
      if (fields.includes(name)) line[name] = readValue(store, name, given, path);
      else if (strict && name !== 'line') throw unknown(path);
    }
    return line;
  });
}

function readValue(store: Store, name: string, value: JsonValue, path: string): JsonValue {
  if (value === null) return null;
  const wrong = (wanted: string) => refuse(400, 'INVALID_CONTENT', `Invalid value for ${path}: ${wanted}.`, path);
  if (REFERENCES[name] !== undefined) return resolve(store, name, value, path);
  if (CHOICES.includes(name)) return textOf(isObject(value) ? value['id'] : value) ?? null;
  if (FLAGS.includes(name)) {
    if (typeof value !== 'boolean') throw wrong('a boolean is needed');
    return value;
  }
  if (NUMBERS.includes(name)) {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong('a number is needed');
    return value;
  }
  if (typeof value !== 'string') throw wrong('a string is needed');
  if (DATES.includes(name) && (!/^\d{4}-\d{2}-\d{2}$/.test(value) || Number.isNaN(Date.parse(value)))) {
    throw wrong('a date is needed, YYYY-MM-DD');
  }
  return value;
}

/** The id behind `{id}`, `{externalId}` or `{refName}`. */
function resolve(store: Store, name: string, value: JsonValue, path: string): string {
  const reference = isObject(value) ? value : { id: value };
  for (const type of REFERENCES[name] ?? []) {
    const id = textOf(reference['id']);
    const found =
      id !== undefined && !id.startsWith('eid:')
        ? store.get(type, id)
        : store.list(type).find((candidate) => {
            const key = textOf(reference['externalId']) ?? id?.slice('eid:'.length);
            return key === undefined ? refNameOf(candidate) === reference['refName'] : candidate['externalId'] === key;
          });
    if (found !== undefined) return found['id'] as string;
  }
  throw badReference(name, path);
}

function refNameOf(record: JsonObject): string {
  const named = ['companyName', 'name', 'tranId', 'periodName', 'fullName'].map((name) => textOf(record[name]));
  return named.find((name) => name !== undefined) ?? asText(record['id']);
}

/** The record as the API shows it; sublists only when expanded. */
export function shown(store: Store, type: RecordType, record: JsonObject, base: string, expand: boolean): JsonObject {
  const self = `${base}/services/rest/record/v1/${type.name}/${record['id'] as string}`;
  const visible: JsonObject = { links: [{ rel: 'self', href: self }] };
  for (const [name, value = null] of Object.entries(record)) {
    if (value === null) continue;
    if (Array.isArray(value)) visible[name] = sublist(store, value, `${self}/${name}`, expand);
    else visible[name] = shownValue(store, name, value);
  }
  return visible;
}

function sublist(store: Store, lines: JsonValue[], href: string, expand: boolean): JsonObject {
  const links = [{ rel: 'self', href }];
  if (!expand) return { links };
  const items = objectsOf(lines).map((line, index) => {
    const entries = Object.entries(line).filter(([, value]) => value !== null && value !== undefined);
    const values = entries.map(([name, value = null]) => [name, shownValue(store, name, value)]);
    return { line: index + 1, ...Object.fromEntries(values) } as JsonObject;
  });
  return { links, items, count: items.length, hasMore: false, offset: 0, totalResults: items.length };
}

function shownValue(store: Store, name: string, value: JsonValue): JsonValue {
  if (CHOICES.includes(name)) return { id: value, refName: value };
  const id = textOf(value) ?? '';
  for (const type of REFERENCES[name] ?? []) {
    const target = store.get(type, id);
    if (target !== undefined) return { id, refName: refNameOf(target) };
  }
  return value;
}
