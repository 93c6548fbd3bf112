/**
 * What people do in NetSuite: cash is received, an invoice is credited, a controller closes a period, credit control
 * stops a customer.
 */
import { numberOf, objectsOf, textOf, type JsonObject } from '../core/json.ts';
import type { Act, Store } from '../core/store.ts';
import { ActionError, asPerson, requiredText, type Action } from '../core/vendor.ts';
import { byExternalId, createRecord, creditInvoice, unapplyCredit } from './records.ts';
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
    'credit-invoice': (input, act) => creditPart(store, input, act),
    'unapply-credit': (input, act) => {
      const memo = found(store, 'creditMemo', input, 'creditMemoId');
      if (memo['applied'] === 0) throw new ActionError('nothing of the credit memo is applied');
      unapplyCredit(store, act, memo);
      return { invoice: store.get('invoice', memo['createdFrom'] as string) };
    },
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

/** `net` of the first line is credited, default all of the invoice; tax comes with it. */
function creditPart(store: Store, input: JsonObject, act: Act): JsonObject {
  const invoice = found(store, 'invoice', input, 'invoiceId');
  const [line] = objectsOf(invoice['item']);
  const net = numberOf(input['net']);
  const item = net === undefined ? [] : [{ custcol_line_key: line?.['custcol_line_key'] ?? null, amount: net }];
  const body = { tranDate: requiredText(input, 'creditedOn'), item };
  const creditMemoId = asPerson(() => creditInvoice(store, act, invoice, body));
  return { creditMemoId, invoice: store.get('invoice', invoice['id'] as string) };
}

function found(store: Store, type: string, input: JsonObject, idField: string): JsonObject {
  const externalId = textOf(input['externalId']);
  const id = textOf(input[idField]);
  const record = externalId === undefined ? store.get(type, id ?? '') : byExternalId(store, type, externalId);
  if (record === undefined) throw new ActionError(`no ${type} ${externalId ?? id ?? ''}`, 404);
  return record;
}
