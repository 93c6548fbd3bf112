/**
 * What people do in Kantata: consultants log time and expenses, managers approve or reject them, clients accept
 * milestones. Dates are business dates from the caller.
 */
import { numberOf, objectsOf, textOf, type JsonObject } from '../core/json.ts';
import type { Act, Store } from '../core/store.ts';
import { ActionError, asPerson, type Action } from '../core/vendor.ts';
import { collectionOf, type Collection } from './collections.ts';
import { createRecord } from './records.ts';

const STATUSES = ['draft', 'submitted', 'approved', 'rejected'];

export function kantataActions(store: Store): Record<string, Action> {
  const resolve = (type: string, date: string, status: string) => (input: JsonObject, act: Act) => {
    const ids = Array.isArray(input['ids']) ? input['ids'].map(String) : waiting(store, type, date, input);
    const reason = textOf(input['reason']);
    for (const id of ids) if (store.get(type, id) === undefined) throw new ActionError(`no ${type} ${id}`, 404);
    for (const id of ids) {
      const resolution = reason === undefined ? {} : { resolution_description: reason };
      store.change(act, type, id, { ...approval(status), ...resolution });
    }
    return { ids };
  };
  const milestone = (state: string) => (input: JsonObject, act: Act) => {
    const story = storyOf(store, input);
    const accepted = state === 'completed';
    return store.change(act, 'stories', story['id'] as string, {
      state,
      percentage_complete: state === 'rejected' ? 90 : 100,
      completed_on: accepted ? (textOf(input['on']) ?? null) : null,
      state_note: textOf(input['note']) ?? null,
    });
  };
  return {
    'log-time': (input, act) => {
      const entries = input['entries'] === undefined ? [input] : objectsOf(input['entries']);
      const bodies = entries.map((entry) => timeOf(store, entry));
      return { ids: bodies.map(({ body, status }) => logged(store, act, 'time_entries', body, status)) };
    },
    'approve-time': resolve('time_entries', 'date_performed', 'approved'),
    'reject-time': resolve('time_entries', 'date_performed', 'rejected'),
    'correct-time': (input, act) => correctTime(store, act, input),
    'log-expense': (input, act) => {
      const { body, status } = expenseOf(store, input);
      return { ids: [logged(store, act, 'expenses', body, status)] };
    },
    'correct-expense': (input, act) => correctExpense(store, act, input),
    'approve-expense': resolve('expenses', 'date', 'approved'),
    'reject-expense': resolve('expenses', 'date', 'rejected'),
    'deliver-milestone': milestone('needs review'),
    'accept-milestone': milestone('completed'),
    'reject-milestone': milestone('rejected'),
  };
}

function approval(status: string): JsonObject {
  return { approval_status: status === 'draft' ? 'none' : status, approved: status === 'approved' };
}

/** Submitted records of a project up to a date. */
function waiting(store: Store, type: string, dateField: string, input: JsonObject): string[] {
  const until = textOf(input['until']);
  if (until === undefined) throw new ActionError('ids, or a project and until, are required');
  const workspaceId = workspaceOf(store, input)['id'];
  return store
    .list(type)
    .filter((record) => record['workspace_id'] === workspaceId && record['approval_status'] === 'submitted')
    .filter((record) => (textOf(record[dateField]) ?? '') <= until)
    .map((record) => record['id'] as string);
}

function logged(store: Store, act: Act, type: string, body: JsonObject, status: string): string {
  const created = asPerson(() => createRecord(store, act, collectionOf(type) as Collection, body));
  const id = created['id'] as string;
  if (status !== 'draft') store.change(act, type, id, approval(status));
  return id;
}

function timeOf(store: Store, input: JsonObject): { body: JsonObject; status: string } {
  const role = roleOf(store, textOf(input['role']));
  const user = textOf(input['userId']) ?? store.list('users').find((item) => item['role_id'] === role?.['id'])?.['id'];
  if (user === undefined) throw new ActionError('userId or role is required');
  return {
    status: statusOf(input),
    body: defined({
      workspace_id: workspaceOf(store, input)['id'],
      date_performed: input['date'],
      time_in_minutes: numberOf(input['minutes']),
      billable: input['billable'] !== false,
      role_id: role?.['id'],
      user_id: user,
      story_id: input['storyId'],
      notes: input['notes'],
      location: input['location'],
    }),
  };
}

function expenseOf(store: Store, input: JsonObject): { body: JsonObject; status: string } {
  const body = defined({
    workspace_id: workspaceOf(store, input)['id'],
    date: input['date'],
    category: input['category'],
    amount_in_cents: numberOf(input['amountInCents']),
    currency: input['currency'],
    billable: input['billable'] !== false,
    user_id: input['userId'],
    story_id: input['storyId'],
    notes: input['notes'],
  });
  return { status: statusOf(input), body };
}

function correctTime(store: Store, act: Act, input: JsonObject): JsonObject {
  const id = textOf(input['id']) ?? '';
  if (store.get('time_entries', id) === undefined) throw new ActionError(`no time_entries ${id}`, 404);
  const role = roleOf(store, textOf(input['role']));
  const changes = defined({
    time_in_minutes: numberOf(input['minutes']),
    date_performed: input['date'],
    billable: input['billable'],
    notes: input['notes'],
    role_id: role?.['id'],
    role_name: role?.['name'],
  });
  return store.change(act, 'time_entries', id, changes);
}

function correctExpense(store: Store, act: Act, input: JsonObject): JsonObject {
  const id = textOf(input['id']) ?? '';
  if (store.get('expenses', id) === undefined) throw new ActionError(`no expenses ${id}`, 404);
  const changes = defined({
    amount_in_cents: numberOf(input['amountInCents']),
    date: input['date'],
    category: input['category'],
    billable: input['billable'],
    notes: input['notes'],
  });
  return store.change(act, 'expenses', id, changes);
}

function workspaceOf(store: Store, input: JsonObject): JsonObject {
  const reference = textOf(input['externalReference']);
  const ids =
    reference === undefined
      ? [textOf(input['workspaceId']) ?? '']
      : store
          .list('external_references')
          .filter((item) => item['subject_type'] === 'Workspace' && item['service_model_ref'] === reference)
          .map((item) => item['subject_id'] as string);
  const found = ids.map((id) => store.get('workspaces', id)).filter((item) => item !== undefined);
  const workspace = found.find((item) => item['archived'] !== true) ?? found[0];
  if (workspace === undefined) throw new ActionError(`no workspace ${reference ?? String(ids[0])}`, 404);
  return workspace;
}

function storyOf(store: Store, input: JsonObject): JsonObject {
  const id = textOf(input['storyId']);
  const inWorkspace =
    id === undefined ? store.list('stories').filter((s) => s['workspace_id'] === workspaceOf(store, input)['id']) : [];
  const title = textOf(input['title']);
  const story =
    id === undefined
      ? inWorkspace.find((item) => item['title'] === title && item['story_type'] === 'milestone')
      : store.get('stories', id);
  if (story === undefined) throw new ActionError(`no story ${id ?? title ?? ''}`, 404);
  return story;
}

function roleOf(store: Store, name: string | undefined): JsonObject | undefined {
  if (name === undefined) return undefined;
  const role = store.list('roles').find((item) => item['name'] === name);
  if (role === undefined) throw new ActionError(`no role ${name}`);
  return role;
}

function statusOf(input: JsonObject): string {
  const status = textOf(input['status']) ?? 'submitted';
  if (!STATUSES.includes(status)) throw new ActionError(`status must be one of ${STATUSES.join(', ')}`);
  return status;
}

function defined(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
