/**
 * Saving, deleting and transforming NetSuite records. A PUT by external id creates or edits; that edit also reaches
 * posted documents, because the vendor lets it: the journal shows who did it.
 */
import { type JsonObject, numberOf, objectsOf, omit, textOf } from '../core/json.ts';
import type { Act, Shape, Store } from '../core/store.ts';
import { toUnits, totalsOf, toMinor, currencyCode } from './amounts.ts';
import { recordTypeOf, type RecordType } from './record-types.ts';
import { noRecord, userError } from './refusals.ts';
import { checkDeletable, completed, settle } from './rules.ts';

export const SHAPE: Shape = {
  created: (at) => ({ createdDate: at, lastModifiedDate: at }),
  changed: (at) => ({ lastModifiedDate: at }),
  keys: (_type, object) => {
    const key = textOf(object['externalId']) ?? null;
    const name = ['tranId', 'companyName', 'name'].map((field) => textOf(object[field]));
    return { businessKey: key ?? name.find((text) => text !== undefined) ?? null, key };
  },
};

export function byExternalId(store: Store, type: string, externalId: string): JsonObject | undefined {
  return store.list(type).find((record) => record['externalId'] === externalId);
}

/** Saves a new record; returns its id. */
export function createRecord(
  store: Store,
  act: Act,
  type: RecordType,
  values: JsonObject,
  externalId: string | undefined,
): string {
  if (externalId !== undefined && !/^[\w-]+$/.test(externalId)) throw userError('Invalid external id.');
  if (externalId !== undefined && byExternalId(store, type.name, externalId) !== undefined) {
    throw userError('This entity already exists.');
  }
  const id = String(store.nextNumber(5001));
  const record = completed(store, type, { id, externalId: externalId ?? null, ...values });
  checkPaymentFits(store, type, record);
  store.create(act, type.name, id, record);
  applyPayment(store, act, type, record);
  return id;
}

/** Edits a record with what was sent; sublists that were sent replace the old ones. */
export function changeRecord(store: Store, act: Act, type: RecordType, before: JsonObject, values: JsonObject): void {
  const kept = omit(before, ['createdDate', 'lastModifiedDate']);
  store.change(act, type.name, before['id'] as string, completed(store, type, { ...kept, ...values }, before));
}

export function deleteRecord(store: Store, act: Act, type: RecordType, record: JsonObject): void {
  checkDeletable(store, type, record);
  store.remove(act, type.name, record['id'] as string);
}

/** Credits an invoice, in full or the given lines, and applies the credit to what is open. */
export function creditInvoice(store: Store, act: Act, invoice: JsonObject, body: JsonObject): string {
  const wanted = objectsOf(Array.isArray(body['item']) ? body['item'] : undefined);
  const source = objectsOf(invoice['item']);
  const item = wanted.length === 0 ? source : wanted.map((line) => creditLine(source, line));
  const inherited = ['entity', 'subsidiary', 'currency', 'custbody_engagement_id', 'custbody_line_id', 'otherRefNum'];
  const values: JsonObject = {
    ...Object.fromEntries(inherited.map((name) => [name, invoice[name] ?? null])),
    createdFrom: invoice['id'],
    tranDate: body['tranDate'] ?? invoice['tranDate'],
    memo: body['memo'] ?? null,
    item,
  };
  const { total, ...amounts } = totalsOf(store, values, true);
  const creditable = (invoice['total'] as number) - creditedSoFar(store, invoice['id'] as string);
  if (total > creditable) throw userError('The credit is larger than what is left of the invoice.');
  const applied = Math.min(total, invoice['amountRemaining'] as number);
  const type = recordTypeOf('creditMemo') as RecordType;
  const record = { ...values, ...amounts, total, applied, status: applied === total ? 'Fully Applied' : 'Open' };
  const id = createRecord(store, act, type, record, textOf(body['externalId']));
  if (applied > 0) settle(store, act, invoice['id'] as string, applied);
  return id;
}

/** Takes a credit off its invoice again; the credit memo stays, with all of it to apply. */
export function unapplyCredit(store: Store, act: Act, memo: JsonObject): void {
  settle(store, act, memo['createdFrom'] as string, -(memo['applied'] as number));
  store.change(act, 'creditMemo', memo['id'] as string, { applied: 0, status: 'Open' });
}

function creditedSoFar(store: Store, invoiceId: string): number {
  const credits = store.list('creditMemo').filter((memo) => memo['createdFrom'] === invoiceId);
  return credits.reduce((sum, memo) => sum + (memo['total'] as number), 0);
}

function creditLine(source: readonly JsonObject[], wanted: JsonObject): JsonObject {
  const line = source.find((candidate) => candidate['custcol_line_key'] === wanted['custcol_line_key']);
  if (line === undefined) throw userError('The line to credit is not on the invoice.');
  return wanted['amount'] === undefined ? line : { ...omit(line, ['rate']), quantity: 1, amount: wanted['amount'] };
}

function checkPaymentFits(store: Store, type: RecordType, record: JsonObject): void {
  if (type.name !== 'customerPayment') return;
  const currency = currencyCode(store, record['currency'] as string);
  let leftMinor = toMinor(record['payment'] as number, currency, 'payment');
  for (const { doc, amount } of objectsOf(record['apply'])) {
    const invoice = store.get('invoice', textOf(doc) ?? '');
    const applied = numberOf(amount) ?? 0;
    if (invoice === undefined || applied <= 0 || applied > (invoice['amountRemaining'] as number)) {
      throw userError('The amount applied is more than what is open on the invoice.');
    }
    leftMinor -= toMinor(applied, currency, 'apply');
  }
  if (leftMinor < 0) throw userError(`More is applied than was paid (${toUnits(-leftMinor, currency)}).`);
}

function applyPayment(store: Store, act: Act, type: RecordType, record: JsonObject): void {
  if (type.name !== 'customerPayment') return;
  for (const { doc, amount } of objectsOf(record['apply'])) settle(store, act, doc as string, amount as number);
}

/** The record of a path, by id or external id; throws a Refusal when there is none. */
export function requireRecord(store: Store, type: string, by: { id?: string; key?: string }): JsonObject {
  const found = by.key === undefined ? store.get(type, by.id ?? '') : byExternalId(store, type, by.key);
  if (found === undefined) throw noRecord();
  return found;
}
