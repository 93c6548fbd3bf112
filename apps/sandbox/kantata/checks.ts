/**
 * What Kantata refuses: attributes it does not know, values of the wrong kind, references to nothing. All checks come
 * before any effect.
 */
import { asText, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Store } from '../core/store.ts';
import { Refusal } from '../core/vendor.ts';
import { DEMAND_STATES, STATUSES, STORY_STATES, STORY_TYPES, TEMPLATES, type Collection } from './collections.ts';

/** A validation error in Kantata's envelope, status 422. */
export function invalid(message: string, field?: string): Refusal {
  const error: JsonObject = { type: 'validation', message, ...(field === undefined ? {} : { field }) };
  return new Refusal('validation', { status: 422, body: { errors: [error] } });
}

export function missing(): Refusal {
  return new Refusal('not_found', { status: 404, body: { errors: [{ type: 'system', message: 'Record not found' }] } });
}

const DATES = ['start_date', 'due_date', 'end_date', 'date', 'date_performed', 'date_to_invoice'];
const FLAGS = ['billable', 'fixed_fee', 'archived', 'budgeted', 'locked'];
const POSITIVE = ['time_in_minutes', 'quantity'];
const REFERS_TO: Record<string, string> = {
  workspace_id: 'workspaces',
  story_id: 'stories',
  parent_id: 'stories',
  user_id: 'users',
  approver_id: 'users',
  role_id: 'roles',
};
const CHOICES: Record<string, readonly string[]> = {
  creator_role: ['maven', 'buyer'],
  story_type: STORY_TYPES,
  project_tracker_template_id: Object.keys(TEMPLATES),
  status_key: Object.keys(STATUSES),
  subject_type: ['Workspace', 'Story', 'TimeEntry', 'Expense', 'StaffingDemand', 'BillingMilestone'],
};

/** Checks a body against the attributes allowed; ids become text. Throws a Refusal. */
export function checkedBody(store: Store, collection: Collection, body: JsonObject, on: 'create' | 'update') {
  const values: JsonObject = {};
  for (const [name, value = null] of Object.entries(body)) {
    if (!collection[on].includes(name)) throw invalid(`${name} is not a known attribute of ${collection.name}`, name);
    const problem = value === null ? undefined : problemOf(store, collection, name, value);
    if (problem !== undefined) throw invalid(`${name} ${problem}`, name);
    values[name] = name.endsWith('_id') && value !== null ? asText(value) : value;
  }
  const needed = collection.required.find((name) =>
    on === 'create' ? (values[name] ?? '') === '' : name in values && (values[name] ?? '') === '',
  );
  if (needed !== undefined) throw invalid(`${needed} can't be blank`, needed);
  return values;
}

function problemOf(store: Store, collection: Collection, name: string, value: JsonValue): string | undefined {
  if (DATES.includes(name)) return isDate(value) ? undefined : 'must be a date, YYYY-MM-DD';
  if (FLAGS.includes(name)) return typeof value === 'boolean' ? undefined : 'must be true or false';
  if (name.endsWith('_in_cents') || name.endsWith('_minutes') || POSITIVE.includes(name)) {
    if (!Number.isSafeInteger(value)) return 'must be a whole number';
    return POSITIVE.includes(name) && (value as number) <= 0 ? 'must be greater than 0' : undefined;
  }
  const choices = name === 'state' ? statesOf(collection) : CHOICES[name];
  if (choices !== undefined) return choices.includes(asText(value)) ? undefined : 'is not included in the list';
  const type = REFERS_TO[name];
  if (type === undefined) return undefined;
  return store.get(type, asText(value)) === undefined ? 'does not exist' : undefined;
}

function statesOf(collection: Collection): readonly string[] {
  return collection.name === 'staffing_demands' ? DEMAND_STATES : STORY_STATES;
}

function isDate(value: JsonValue): boolean {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
}
