/**
 * What people do in Salesforce: sales closes, reopens or loses a deal, somebody corrects a customer. Only these send
 * notices; the integration's own writes do not come back to it as news.
 */
import { randomUUID } from 'node:crypto';
import { asText, isObject, type JsonObject, textOf } from '../core/json.ts';
import type { Act, Store } from '../core/store.ts';
import { ActionError, asPerson, requiredText, type Action } from '../core/vendor.ts';
import type { Notices } from './notices.ts';
import { insert, update } from './records.ts';
import { sobjectOf, type SObject } from './schema.ts';

export function salesforceActions(store: Store, notices: Notices): Record<string, Action> {
  const change = (type: string, id: string, fields: JsonObject, act: Act, changeType?: string): JsonObject => {
    const object = sobjectOf(type);
    if (object === undefined) throw new ActionError(`no object ${type}`);
    if (store.get(object.name, id) === undefined) throw new ActionError(`no ${object.name} ${id}`, 404);
    const changed = asPerson(() => update(store, act, object, id, fields));
    if (changeType !== undefined) {
      const systemModstamp = changed['SystemModstamp'];
      notices.send(`evt_${randomUUID()}`, { object: object.name, objectId: id, changeType, systemModstamp });
    }
    return changed;
  };
  const stage = (stageName: string, changeType: string) => (input: JsonObject, act: Act) => {
    const closedOn = textOf(input['closedOn']);
    const fields = { StageName: stageName, ...(closedOn === undefined ? {} : { CloseDate: closedOn }) };
    return change('Opportunity', requiredText(input, 'dealId'), fields, act, changeType);
  };
  return {
    'close-deal': stage('Closed Won', 'closed-won'),
    'reopen-deal': stage('Committed', 'reopened'),
    'lose-deal': stage('Closed Lost', 'lost'),
    'change-deal': (input, act) =>
      change('Opportunity', requiredText(input, 'dealId'), fieldsOf(input), act, 'changed'),
    'change-customer': (input, act) =>
      change('Account', requiredText(input, 'accountId'), fieldsOf(input), act, 'changed'),
    'change-record': (input, act) =>
      change(requiredText(input, 'object'), requiredText(input, 'id'), fieldsOf(input), act),
    'clone-deal': (input, act) => cloneDeal(store, input, act),
  };
}

/** Copies a deal with its lines, roles and milestones, as "Clone" in the user interface; the copy is not closed. */
function cloneDeal(store: Store, input: JsonObject, act: Act): JsonObject {
  const sourceId = requiredText(input, 'dealId');
  const source = store.get('Opportunity', sourceId);
  if (source === undefined) throw new ActionError(`no Opportunity ${sourceId}`, 404);
  const name = textOf(input['name']) ?? `${asText(source['Name'])} (copy)`;
  const changes = { Name: name, StageName: 'Committed', ...(isObject(input['fields']) ? input['fields'] : {}) };
  const dealId = copyRecord(store, act, 'Opportunity', source, changes);
  for (const line of related(store, 'OpportunityLineItem', 'OpportunityId', sourceId)) {
    const lineId = copyRecord(store, act, 'OpportunityLineItem', line, { OpportunityId: dealId });
    for (const type of ['Quote_Role__c', 'Contract_Milestone__c']) {
      for (const part of related(store, type, 'Line__c', line['Id'] as string)) {
        copyRecord(store, act, type, part, { Opportunity__c: dealId, Line__c: lineId });
      }
    }
  }
  return { dealId };
}

function copyRecord(store: Store, act: Act, type: string, source: JsonObject, changes: JsonObject): string {
  const object = sobjectOf(type) as SObject;
  const writable = object.fields.filter(({ name, readOnly }) => readOnly !== true && !name.startsWith('Throughline_'));
  const values = Object.fromEntries(writable.map(({ name }) => [name, source[name] ?? null]));
  return asPerson(() => insert(store, act, object, { ...values, ...changes }))['Id'] as string;
}

function related(store: Store, type: string, field: string, id: string): readonly JsonObject[] {
  return store.list(type).filter((record) => record[field] === id);
}

function fieldsOf(input: JsonObject): JsonObject {
  if (!isObject(input['fields'])) throw new ActionError('fields is required');
  return input['fields'];
}
