/**
 * Reading and writing Salesforce records by the rules of the REST API: field names and types are checked before
 * anything is written, and IsWon and IsClosed follow the stage.
 */
import { asText, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Act, Shape, Store } from '../core/store.ts';
import { Refusal, type Reply } from '../core/vendor.ts';
import { fieldOf, sobjectOf, type Field, type SObject } from './schema.ts';

/** A refusal in Salesforce's envelope: an array of errors. */
export function refusal(status: number, errorCode: string, message: string, fields?: string[]): Refusal {
  const error: JsonObject = fields === undefined ? { message, errorCode } : { message, errorCode, fields };
  return new Refusal(errorCode, { status, body: [error] });
}

/** ISO time as Salesforce writes it: `+0000` instead of `Z`. */
export const moment = (at: string): string => at.replace('Z', '+0000');

export const SHAPE: Shape = {
  created: (at) => ({ CreatedDate: moment(at), SystemModstamp: moment(at) }),
  changed: (at) => ({ SystemModstamp: moment(at) }),
  keys: (type, object) => {
    const key = (object['Throughline_Id__c'] ?? null) as string | null;
    return { businessKey: key ?? (object['Id'] as string), key };
  },
};

export function requireObject(name: string | undefined): SObject {
  const object = sobjectOf(name ?? '');
  if (object === undefined) throw refusal(404, 'NOT_FOUND', 'The requested resource does not exist');
  return object;
}

/** Inserts a record; throws a Refusal when a field is unknown, wrong or missing. */
export function insert(store: Store, act: Act, object: SObject, body: JsonObject): JsonObject {
  const values = checked(object, body);
  const missing = object.fields.filter((field) => field.required === true && (values[field.name] ?? null) === null);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name);
    throw refusal(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${names.join(', ')}]`, names);
  }
  const id = newId(store, object);
  const empty: JsonObject = Object.fromEntries(object.fields.map(({ name }) => [name, null]));
  const record = { ...empty, ...values, ...stageFlags(object, values), Id: id, IsDeleted: false };
  return store.create(act, object.name, id, record);
}

/** Updates a record that exists. */
export function update(store: Store, act: Act, object: SObject, id: string, body: JsonObject): JsonObject {
  const values = checked(object, body);
  if (store.get(object.name, id) === undefined)
    throw refusal(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible');
  return store.change(act, object.name, id, { ...values, ...stageFlags(object, values) });
}

/** Updates by external id, or inserts when no record has it; 300 when several have it. */
export function upsert(
  store: Store,
  act: Act,
  object: SObject,
  target: { field: string; value: string; body: JsonObject; updateOnly: boolean; basePath: string },
): Reply {
  const field = fieldOf(object, target.field);
  if (field === undefined || (field.externalId !== true && field.name !== 'Id')) {
    throw refusal(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible: ' + target.field);
  }
  if (field.name in target.body) {
    throw refusal(400, 'INVALID_FIELD', `The ${field.name} field should not be specified in the sobject data.`, [
      field.name,
    ]);
  }
  const matches = store.list(object.name).filter((record) => asText(record[field.name]) === target.value);
  if (matches.length > 1) {
    return { status: 300, body: matches.map((record) => `${target.basePath}/${object.name}/${asText(record['Id'])}`) };
  }
  const [match] = matches;
  if (match !== undefined) {
    const id = match['Id'] as string;
    update(store, act, object, id, target.body);
    return { status: 200, body: { id, success: true, errors: [], created: false } };
  }
  if (target.updateOnly || field.name === 'Id')
    throw refusal(404, 'NOT_FOUND', 'The requested resource does not exist');
  const created = insert(store, act, object, { ...target.body, [field.name]: target.value });
  return { status: 201, body: { id: created['Id'], success: true, errors: [], created: true } };
}

/** A fresh 18-character id; the seed's numbers stay below 9,000,000,000. */
function newId(store: Store, object: SObject): string {
  return `${object.prefix}TL${String(store.nextNumber(9_000_000_001)).padStart(11, '0')}AA`;
}

function checked(object: SObject, body: JsonObject): JsonObject {
  const values: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    if (name === 'attributes') continue;
    const field = fieldOf(object, name);
    if (field === undefined) {
      const message = `No such column '${name}' on sobject of type ${object.name}`;
      throw refusal(400, 'INVALID_FIELD', message, [name]);
    }
    if (field.readOnly === true) {
      const message = `Unable to create/update fields: ${field.name}. Please check the security settings of this field`;
      throw refusal(400, 'INVALID_FIELD_FOR_INSERT_UPDATE', message, [field.name]);
    }
    if (!fits(field, value ?? null)) {
      const message = `Cannot deserialize instance of ${field.type} from the value given for ${field.name}`;
      throw refusal(400, 'JSON_PARSER_ERROR', message, [field.name]);
    }
    values[field.name] = value ?? null;
  }
  return values;
}

function fits({ type }: Field, value: JsonValue): boolean {
  if (value === null) return true;
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'double' || type === 'currency') return typeof value === 'number' && Number.isFinite(value);
  if (typeof value !== 'string') return false;
  return type !== 'date' || (/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)));
}

function stageFlags(object: SObject, values: JsonObject): JsonObject {
  const stage = values['StageName'];
  if (object.name !== 'Opportunity' || stage === undefined) return {};
  return { IsWon: stage === 'Closed Won', IsClosed: stage === 'Closed Won' || stage === 'Closed Lost' };
}
