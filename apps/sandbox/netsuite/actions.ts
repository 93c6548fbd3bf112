/**
 * What people do in NetSuite: cash is received, a controller closes a period, credit control stops a customer.
 */
import { numberOf, textOf, type JsonObject } from '../core/json.ts';
import type { Act, Store } from '../core/store.ts';
import { ActionError, asPerson, requiredText, type Action } from '../core/vendor.ts';
import { byExternalId, createRecord } from './records.ts';
import { recordTypeOf, type RecordType } from './record-types.ts';

export function netsuiteActions(store: Store): Record<string, Action> {
  const period = (closed: boolean) => (input: JsonObject, act: Act) => {
    const id = `${requiredText(input, 'subsidiary')}${requiredText(input, 'period').replace('-', '')}`;
    if (store.get('accountingPeriod', id) === undefined) throw new ActionError(`no accounting period ${id}`, 404);
    return store.change(act, 'accountingPeriod', id, { closed });
  };
  const hold = (creditHoldOverride: string) => (input: JsonObject, act: Act) => {
    const customer = found(store, 'customer', input, 'customerId');
    return store.change(act, 'customer', customer['id'] as string, { creditHoldOverride });
  };
  return {
    'pay-invoice': (input, act) => payInvoice(store, input, act),
    'close-period': period(true),
    'open-period': period(false),
    'put-customer-on-hold': hold('ON'),
    'release-customer': hold('AUTO'),
  };
}

function payInvoice(store: Store, input: JsonObject, act: Act): JsonObject {
  const invoice = found(store, 'invoice', input, 'invoiceId');
  const amount = input['amount'] === undefined ? (invoice['amountRemaining'] as number) : numberOf(input['amount']);
  if (amount === undefined || amount <= 0) throw new ActionError('nothing is open, or amount is not above zero');
  const values: JsonObject = {
    customer: invoice['entity'],
    subsidiary: invoice['subsidiary'],
    currency: invoice['currency'],
    tranDate: requiredText(input, 'paidOn'),
    payment: amount,
    apply: [{ doc: invoice['id'], amount, apply: true }],
  };
  const paymentId = asPerson(() =>
    createRecord(store, act, recordTypeOf('customerPayment') as RecordType, values, undefined),
  );
  return { paymentId, invoice: store.get('invoice', invoice['id'] as string) };
}

function found(store: Store, type: string, input: JsonObject, idField: string): JsonObject {
  const externalId = textOf(input['externalId']);
  const id = textOf(input[idField]);
  const record = externalId === undefined ? store.get(type, id ?? '') : byExternalId(store, type, externalId);
  if (record === undefined) throw new ActionError(`no ${type} ${externalId ?? id ?? ''}`, 404);
  return record;
}
