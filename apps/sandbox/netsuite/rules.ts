/**
 * What NetSuite works out and what it refuses when a record is saved or deleted: totals and tax, posting periods,
 * balance of journals, subsidiaries that do not fit together.
 */
import { asText, type JsonObject, numberOf, objectsOf, textOf } from '../core/json.ts';
import type { Act, Store } from '../core/store.ts';
import { currencyCode, toMinor, toUnits, totalsOf } from './amounts.ts';
import type { RecordType } from './record-types.ts';
import { badReference, userError } from './refusals.ts';

export const POSTING = ['invoice', 'creditMemo', 'customerPayment', 'journalEntry'];

/** The record as it will be saved, with everything computed; throws a Refusal when it may not be saved. */
export function completed(store: Store, type: RecordType, record: JsonObject, before?: JsonObject): JsonObject {
  const absent = type.required.filter((name) => isBlank(record[name]));
  if (absent.length > 0) throw userError(`Please enter value(s) for: ${absent.join(', ')}.`);
  const numbered = { ...record, ...numberFor(store, type, record) };
  const dated = POSTING.includes(type.name) ? { ...numbered, ...periodFor(store, record, before) } : numbered;
  switch (type.name) {
    case 'customer':
      return { ...CUSTOMER_DEFAULTS, entityId: record['companyName'], ...dated };
    case 'salesOrder':
      checkCustomer(store, record, 'entity');
      return orderTotals(store, dated);
    case 'invoice':
      checkCustomer(store, record, 'entity');
      if (before === undefined) checkBillable(store, record['entity'] as string);
      return invoiceTotals(store, dated);
    case 'customerPayment':
      checkCustomer(store, record, 'customer');
      return { ...dated, status: 'Deposited' };
    case 'journalEntry':
      checkBalance(store, record);
      return { ...dated, approved: true };
    default:
      return dated;
  }
}

const CUSTOMER_DEFAULTS: JsonObject = { isInactive: false, creditHoldOverride: 'AUTO' };

function isBlank(value: JsonObject[string]): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function numberFor(store: Store, type: RecordType, record: JsonObject): JsonObject {
  if (type.numbering === undefined || record['tranId'] !== undefined) return {};
  const subsidiary = record['subsidiary'] as string;
  const used = store.list(type.name).map((other) => (other['subsidiary'] === subsidiary ? numberIn(other) : 0));
  const next = Math.max(0, ...used) + 1;
  const code = asText(store.get('subsidiary', subsidiary)?.['code']);
  return { tranId: `${type.numbering}-${code}-${String(next).padStart(6, '0')}` };
}

function numberIn(record: JsonObject): number {
  return Number(textOf(record['tranId'])?.split('-').at(-1) ?? 0);
}

/** Posting period of the date; also the period where an edited document stands now must be open. */
function periodFor(store: Store, record: JsonObject, before: JsonObject | undefined): JsonObject {
  const subsidiary = record['subsidiary'] as string;
  const postingPeriod = `${subsidiary}${(record['tranDate'] as string).slice(0, 7).replace('-', '')}`;
  for (const id of new Set([textOf(before?.['postingPeriod']) ?? postingPeriod, postingPeriod])) {
    const period = store.get('accountingPeriod', id);
    if (period === undefined) throw userError(`The transaction date is not within an accounting period.`);
    if (period['closed'] === true) {
      throw userError(`The posting period ${asText(period['periodName'])} is closed.`);
    }
  }
  return { postingPeriod };
}

function checkCustomer(store: Store, record: JsonObject, field: string): void {
  const customer = store.get('customer', record[field] as string);
  if (customer?.['subsidiary'] !== record['subsidiary']) throw badReference(field, field);
}

function checkBillable(store: Store, customerId: string): void {
  const customer = store.get('customer', customerId);
  if (customer?.['isInactive'] === true) throw userError('The customer is inactive.');
  if (customer?.['creditHoldOverride'] === 'ON') throw userError('The customer is on credit hold.');
}

function orderTotals(store: Store, record: JsonObject): JsonObject {
  const { item, total } = totalsOf(store, record, false);
  const closed = item.every((line) => line['isClosed'] === true);
  return { ...record, item, total, status: closed ? 'Closed' : 'Pending Billing' };
}

function invoiceTotals(store: Store, record: JsonObject): JsonObject {
  const amounts = totalsOf(store, record, true);
  const settled = { ...record, ...amounts, taxDetails: amounts.taxDetails };
  return { ...settled, ...openAmounts(store, settled, numberOf(record['amountPaid']) ?? 0) };
}

/** Paid, open and status of an invoice after `amountPaid` (payments and credits, currency units). */
export function openAmounts(store: Store, invoice: JsonObject, amountPaid: number): JsonObject {
  const currency = currencyCode(store, invoice['currency'] as string);
  const minor = (amount: number) => toMinor(amount, currency, 'amountPaid');
  const openMinor = minor(invoice['total'] as number) - minor(amountPaid);
  return {
    amountPaid,
    amountRemaining: toUnits(openMinor, currency),
    status: openMinor === 0 ? 'Paid In Full' : 'Open',
  };
}

function checkBalance(store: Store, record: JsonObject): void {
  const currency = currencyCode(store, record['currency'] as string);
  let balanceMinor = 0;
  for (const [index, line] of objectsOf(record['line']).entries()) {
    const path = `line.items[${index}]`;
    const account = store.get('account', textOf(line['account']) ?? '');
    if (account?.['subsidiary'] !== record['subsidiary']) throw badReference('account', `${path}.account`);
    const [debit, credit] = [numberOf(line['debit']) ?? 0, numberOf(line['credit']) ?? 0];
    if (debit < 0 || credit < 0 || (debit !== 0 && credit !== 0)) {
      throw userError(`A journal line has either a debit or a credit, not below zero (${path}).`);
    }
    balanceMinor += toMinor(debit, currency, `${path}.debit`) - toMinor(credit, currency, `${path}.credit`);
  }
  if (balanceMinor !== 0) throw userError('The amounts in a journal entry must balance.');
}

/** Throws a Refusal where something depends on the record, or where it is posted. */
export function checkDeletable(store: Store, type: RecordType, record: JsonObject): void {
  const id = record['id'];
  const uses = (name: string, field: string) => store.list(name).some((other) => other[field] === id);
  const depends = userError('This record cannot be deleted because it has dependent records.');
  if (POSTING.includes(type.name) || type.closed === true) throw userError('This record cannot be deleted.');
  if (type.name === 'salesOrder' && uses('invoice', 'createdFrom')) throw depends;
  if (type.name === 'customer') {
    const used = uses('salesOrder', 'entity') || uses('invoice', 'entity') || uses('customer', 'parent');
    if (used) throw depends;
  }
  if (type.name === 'billingSchedule') {
    const onLine = store
      .list('salesOrder')
      .some((order) => objectsOf(order['item']).some((l) => l['billingSchedule'] === id));
    if (onLine || uses('salesOrder', 'billingSchedule')) throw depends;
  }
}

/** Applies a payment or credit to an invoice. */
export function settle(store: Store, act: Act, invoiceId: string, amount: number): void {
  const invoice = store.get('invoice', invoiceId);
  if (invoice === undefined) throw badReference('doc', 'apply');
  const currency = currencyCode(store, invoice['currency'] as string);
  const minor = (value: number) => toMinor(value, currency, 'amount');
  const paid = toUnits(minor(invoice['amountPaid'] as number) + minor(amount), currency);
  store.change(act, 'invoice', invoiceId, openAmounts(store, invoice, paid));
}
