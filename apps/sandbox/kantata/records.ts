/**
 * Creating, changing and deleting Kantata records. Nothing here is idempotent, like the vendor: the same call twice
 * makes two records. An external reference given inside a record is written with it, in the same step.
 */
import { isObject, type JsonObject, omit, textOf } from '../core/json.ts';
import type { Act, Shape, Store } from '../core/store.ts';
import { checkedBody, invalid, missing } from './checks.ts';
import { baseUnitOf, collectionOf, STATUSES, TEMPLATES, type Collection } from './collections.ts';

export const SHAPE: Shape = {
  created: (at) => ({ created_at: at, updated_at: at }),
  changed: (at) => ({ updated_at: at }),
  keys: (type, object) => {
    const key = textOf(object[type === 'external_references' ? 'service_model_ref' : 'reference_at_creation']) ?? null;
    return { businessKey: key ?? textOf(object['title']) ?? null, key };
  },
};

/** Creates a record with what belongs to it; throws a Refusal before any effect. */
export function createRecord(store: Store, act: Act, collection: Collection, body: JsonObject): JsonObject {
  const { external_reference: given, ...values } = checkedBody(store, collection, body, 'create');
  const reference = referenceFrom(given);
  const id = String(store.nextNumber(500_001));
  const record = { id, ...defaultsOf(store, collection.name, values), ...values };
  const created = store.create(act, collection.name, id, {
    ...record,
    reference_at_creation: reference?.['service_model_ref'] ?? null,
  });
  if (reference !== undefined) attach(store, act, collection, id, reference);
  const template = textOf(values['project_tracker_template_id']);
  if (template !== undefined) applyTemplate(store, act, id, values, TEMPLATES[template] ?? []);
  return created;
}

export function changeRecord(store: Store, act: Act, collection: Collection, id: string, body: JsonObject): void {
  if (store.get(collection.name, id) === undefined) throw missing();
  const { external_reference: given, ...values } = checkedBody(store, collection, body, 'update');
  const reference = referenceFrom(given);
  if (Object.keys(values).length > 0 || reference === undefined) store.change(act, collection.name, id, values);
  if (reference !== undefined) attach(store, act, collection, id, reference);
  const template = textOf(values['project_tracker_template_id']);
  if (template !== undefined) applyTemplate(store, act, id, values, TEMPLATES[template] ?? []);
}

/** Deletes for good, with the references to it; what must not vanish is refused. */
export function deleteRecord(store: Store, act: Act, collection: Collection, id: string): void {
  if (store.get(collection.name, id) === undefined) throw missing();
  if (collection.name === 'workspaces') throw invalid('A project cannot be deleted through the API; archive it');
  if (collection.name === 'stories' && store.list('time_entries').some((entry) => entry['story_id'] === id)) {
    throw invalid('A task with time entries cannot be deleted');
  }
  store.remove(act, collection.name, id);
  for (const reference of store.list('external_references')) {
    if (reference['subject_type'] === collection.subjectType && reference['subject_id'] === id) {
      store.remove(act, 'external_references', reference['id'] as string);
    }
  }
}

/** The upsert of the external_references collection: one per service, model and subject. */
export function putReference(store: Store, act: Act, body: JsonObject): string {
  const collection = collectionOf('external_references') as Collection;
  const values = checkedBody(store, collection, body, 'create');
  const same = ['service_name', 'service_model', 'subject_type', 'subject_id'];
  const found = store.list('external_references').find((item) => same.every((name) => item[name] === values[name]));
  if (found !== undefined)
    return store.change(act, 'external_references', found['id'] as string, values)['id'] as string;
  const id = String(store.nextNumber(500_001));
  const empty = { status: null, external_link: null, external_message: null, external_status: null, locked: false };
  store.create(act, 'external_references', id, { id, ...empty, ...values });
  return id;
}

/** The record as the API shows it. */
export function shown(store: Store, collection: Collection, record: JsonObject): JsonObject {
  const visible = omit(record, ['reference_at_creation', 'project_tracker_template_id', 'creator_role']);
  if (collection.subjectType !== undefined) visible['external_reference_ids'] = referenceIds(store, collection, record);
  if (collection.name === 'workspaces') {
    const key = Number(record['status_key']);
    const base = baseUnitOf(record['currency'] as string);
    const price = record['price'] ?? null;
    visible['status'] = { key, ...STATUSES[key] };
    visible['currency_base_unit'] = base;
    visible['price_in_cents'] = price === null ? null : Math.round(Number(price) * base);
  }
  return visible;
}

function referenceIds(store: Store, collection: Collection, record: JsonObject): string[] {
  return store
    .list('external_references')
    .filter((item) => item['subject_type'] === collection.subjectType && item['subject_id'] === record['id'])
    .map((item) => item['id'] as string);
}

function referenceFrom(given: JsonObject[string]): JsonObject | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isObject(given)) throw invalid('external_reference must be an object', 'external_reference');
  for (const name of ['service_name', 'service_model', 'service_model_ref']) {
    if (textOf(given[name]) === undefined)
      throw invalid(`external_reference.${name} can't be blank`, 'external_reference');
  }
  const known = [...(collectionOf('external_references') as Collection).create];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`external_reference.${unknown} is not known`, 'external_reference');
  return given;
}

function attach(store: Store, act: Act, collection: Collection, id: string, reference: JsonObject): void {
  putReference(store, act, { ...reference, subject_type: collection.subjectType ?? '', subject_id: id });
}

function applyTemplate(
  store: Store,
  act: Act,
  workspaceId: string,
  values: JsonObject,
  titles: readonly string[],
): void {
  const stories = collectionOf('stories') as Collection;
  for (const title of titles) {
    createRecord(store, act, stories, {
      workspace_id: workspaceId,
      title,
      story_type: 'task',
      start_date: values['start_date'] ?? null,
      due_date: values['due_date'] ?? null,
    });
  }
}

function defaultsOf(store: Store, collection: string, values: JsonObject): JsonObject {
  const workspace = store.get('workspaces', textOf(values['workspace_id']) ?? '');
  const currency = textOf(values['currency']) ?? textOf(workspace?.['currency']) ?? 'USD';
  const money = { currency, currency_base_unit: baseUnitOf(currency) };
  const unapproved = { billable: true, notes: null, approved: false, approval_status: 'none', is_invoiced: false };
  const roleOf = (id: string | undefined) => store.get('roles', id ?? '');
  switch (collection) {
    case 'workspaces':
      return {
        description: null,
        archived: false,
        currency,
        price: null,
        status_key: 305,
        start_date: null,
        due_date: null,
      };
    case 'stories':
      return { ...STORY_DEFAULTS, position: store.list('stories').length + 1 };
    case 'time_entries': {
      const user = store.get('users', textOf(values['user_id']) ?? '');
      const roleId = textOf(values['role_id']) ?? textOf(user?.['role_id']);
      const role = { role_id: roleId ?? null, role_name: roleOf(roleId)?.['name'] ?? null };
      return { ...unapproved, ...money, ...role, story_id: null, user_id: null, rate_in_cents: null, location: null };
    }
    case 'expenses':
      return { ...unapproved, ...money, story_id: null, user_id: null };
    case 'staffing_demands':
      return { quantity: 1, state: 'open', role_name: roleOf(textOf(values['role_id']))?.['name'] ?? null };
    default:
      return { ...money };
  }
}

const STORY_DEFAULTS: JsonObject = {
  parent_id: null,
  description: null,
  state: 'not started',
  billable: true,
  fixed_fee: false,
  budget_estimate_in_cents: null,
  time_estimate_in_minutes: null,
  percentage_complete: 0,
  archived: false,
  completed_on: null,
  state_note: null,
};
