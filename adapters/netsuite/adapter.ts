/**
 * NetSuite as an ERP. Customers are put under our key; documents are looked up, created once, and read back, never
 * edited: a document that is there with other amounts is a conflict for a person, not something to overwrite.
 */
import type { Connection } from '../../domain/configuration.ts';
import { sumMoney } from '../../domain/money/money.ts';
import { isPlainDate } from '../../domain/time/plain-date.ts';
import { prepare, understand } from '../http/classify.ts';
import { confirmed } from '../http/confirmed.ts';
import { warnOnStderr, type Warn } from '../http/warn.ts';
import type { CallContext } from '../ports/context.ts';
import { differencesOf } from '../ports/differences.ts';
import { AdapterError, type AdapterErrorKind, unsupported } from '../ports/errors.ts';
import type {
  ContractOrder,
  CreditNoteOrder,
  CustomerRecord,
  ErpAbility,
  ErpPort,
  InvoiceOrder,
  JournalOrder,
} from '../ports/erp.port.ts';
import { createChart, type Chart } from './chart.ts';
import { changedPayments } from './changed-payments.ts';
import { createNetsuiteClient, type NetsuiteClient, type NetsuiteCredentials } from './client.ts';
import {
  fromWireContract,
  fromWireCreditMemo,
  fromWireCustomer,
  fromWireInvoice,
  fromWireJournal,
  fromWirePeriod,
  isOpen,
  toClosedLine,
  toWireBillingSchedule,
  toWireCreditMemo,
  toWireCustomer,
  toWireInvoice,
  toWireJournal,
  toWireSalesOrder,
} from './convert.ts';
import {
  DEFAULT_ITEMS,
  type WireBillingSchedule,
  type WireCreditMemo,
  type WireCustomer,
  type WireInvoice,
  type WireJournal,
  type WirePeriodRow,
  type WireSalesOrder,
  type WireWrite,
  type WrittenType,
} from './wire.ts';

interface Account {
  connectionId: string;
  client: NetsuiteClient;
  chart: Chart;
  warn: Warn;
}

/** The rate tables of an account are not read yet. */
const CANNOT = {
  exchangeRates: 'exchange rates of NetSuite are not read: look them up there, under Currency Exchange Rates',
} as const satisfies Partial<Record<ErpAbility, string>>;

/** An ERP port on the account of `connection`. @throws Error when the private key cannot be used */
export function createNetsuiteErp(
  connection: Connection,
  credentials: NetsuiteCredentials,
  warn: Warn = warnOnStderr,
): ErpPort {
  const { connectionId } = connection;
  const client = createNetsuiteClient(connection, credentials);
  const chart = createChart(connectionId, client, credentials.items ?? DEFAULT_ITEMS);
  const account: Account = { connectionId, client, chart, warn };
  return {
    cannot: CANNOT,
    findCustomer: (key, context) => findCustomer(account, key, context),
    putCustomer: (key, customer, context) => putCustomer(account, key, customer, context),
    deactivateCustomer: (key, context) => deactivateCustomer(account, key, context),
    findContract: (key, context) => findContract(account, key, context),
    createContract: (key, order, context) => createContract(account, key, order, context),
    cancelContract: (key, context) => cancelContract(account, key, context),
    findInvoice: (key, context) => findInvoice(account, key, context),
    createInvoice: (key, order, context) => createInvoice(account, key, order, context),
    findCreditNote: (key, context) => findCreditNote(account, key, context),
    createCreditNote: (key, order, context) => createCreditNote(account, key, order, context),
    findJournal: (key, context) => findJournal(account, key, context),
    createJournal: (key, order, context) => createJournal(account, key, order, context),
    changedPayments: (since, context) => changedPayments({ ...account, since }, context),
    exchangeRates: unsupported(connectionId, 'read exchange rates', CANNOT.exchangeRates),
    periodState: (erpEntityRef, on, context) => periodState(account, erpEntityRef, on, context),
  };
}

/** Does it; a failure of the given kind is no failure here. */
async function unless(kind: AdapterErrorKind, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof AdapterError) || error.kind !== kind) throw error;
  }
}

/**
 * The one way in which documents come to be: look up by key, create when there is none, read back. Somebody else's
 * simultaneous create with the same key is refused by NetSuite and then found.
 */
async function createOnce<T extends WrittenType, R>(
  { connectionId, client }: Account,
  type: T,
  fields: () => Promise<WireWrite<T>> | WireWrite<T>,
  find: () => Promise<R | undefined>,
  context: CallContext,
): Promise<R> {
  const found = await confirmed<R | undefined>(
    { connectionId, operation: `create ${type}` },
    {
      look: find,
      missing: (seen) => (seen === undefined ? ['it is not found under its key'] : []),
      write: () => unless('conflict', async () => client.create(type, await fields(), context)),
    },
  );
  return found as R; // Nothing is missing: it is there.
}

async function findCustomer({ client, connectionId }: Account, key: string, context: CallContext) {
  const found = await client.find<WireCustomer>('customer', key, context);
  if (found === undefined) return undefined;
  return understand(connectionId, 'read customer', () => ({ customerId: found.id, record: fromWireCustomer(found) }));
}

async function putCustomer(
  account: Account,
  key: string,
  customer: CustomerRecord,
  context: CallContext,
): Promise<string> {
  const { connectionId, client } = account;
  const found = await confirmed(
    { connectionId, operation: 'put customer' },
    {
      look: () => findCustomer(account, key, context),
      missing: (seen) => (seen === undefined ? ['it is not there'] : differencesOf(customer, seen.record)),
      write: () => client.put(key, toWireCustomer(key, customer), context),
    },
  );
  return found?.customerId ?? ''; // Nothing is missing: it is there.
}

async function deactivateCustomer(account: Account, key: string, context: CallContext): Promise<void> {
  const { connectionId, client } = account;
  await confirmed(
    { connectionId, operation: 'deactivate customer' },
    {
      look: () => findCustomer(account, key, context),
      missing: (seen) => (seen?.record.active === true ? ['it is in use'] : []),
      write: () => client.update('customer', key, { isInactive: true }, context),
    },
  );
}

async function findContract({ client, connectionId }: Account, key: string, context: CallContext) {
  const order = await client.find<WireSalesOrder>('salesOrder', key, context);
  if (order === undefined) return undefined;
  const schedule = await client.find<WireBillingSchedule>('billingSchedule', key, context);
  return understand(connectionId, 'read salesOrder', () => fromWireContract(order, schedule));
}

async function createContract(
  account: Account,
  key: string,
  order: ContractOrder,
  context: CallContext,
): Promise<string> {
  const { client, connectionId, chart } = account;
  const schedule = await createOnce(
    account,
    'billingSchedule',
    () => prepare(connectionId, 'create billingSchedule', () => toWireBillingSchedule(key, order)),
    () => client.find<WireBillingSchedule>('billingSchedule', key, context),
    context,
  );
  const contract = await createOnce(
    account,
    'salesOrder',
    () =>
      prepare(connectionId, 'create salesOrder', () => toWireSalesOrder(key, order, chart.contractItem, schedule.id)),
    () => client.find<WireSalesOrder>('salesOrder', key, context),
    context,
  );
  return contract.id;
}

/** An order without invoices is deleted with its schedule; one that was billed stays, closed. */
async function cancelContract({ client, connectionId }: Account, key: string, context: CallContext): Promise<void> {
  await confirmed(
    { connectionId, operation: 'cancel contract' },
    {
      async look() {
        const order = await client.find<WireSalesOrder>('salesOrder', key, context);
        const schedule = await client.find<WireBillingSchedule>('billingSchedule', key, context);
        const open = understand(connectionId, 'read salesOrder', () => order && isOpen(order) && order);
        return { order: open || undefined, schedule: schedule?.isInactive === true ? undefined : schedule };
      },
      missing: ({ order, schedule }) => [
        ...(order === undefined ? [] : [`order ${order.id} is open`]),
        ...(schedule === undefined ? [] : [`schedule ${schedule.id} is in use`]),
      ],
      async write({ order, schedule }) {
        if (order !== undefined && !(await removed(client, 'salesOrder', key, context))) {
          const items = prepare(connectionId, 'update salesOrder', () => (order.item.items ?? []).map(toClosedLine));
          await client.update('salesOrder', key, { item: { items } }, context);
        }
        if (schedule !== undefined && !(await removed(client, 'billingSchedule', key, context)))
          await client.update('billingSchedule', key, { isInactive: true }, context);
      },
    },
  );
}

/** Deletes a record; false when NetSuite refuses, because something depends on it. */
async function removed(client: NetsuiteClient, type: WrittenType, key: string, context: CallContext): Promise<boolean> {
  await unless('rejected', () => unless('not_found', () => client.remove(type, key, context)));
  return (await client.find(type, key, context)) === undefined;
}

async function findInvoice({ client, connectionId, warn }: Account, key: string, context: CallContext) {
  const found = await client.find<WireInvoice>('invoice', key, context);
  return found === undefined ? undefined : understand(connectionId, 'read invoice', () => fromWireInvoice(found, warn));
}

async function createInvoice(account: Account, key: string, order: InvoiceOrder, context: CallContext) {
  const { connectionId, chart } = account;
  const operation = 'create invoice';
  const numbers = order.lines.map((line) => line.account);
  const invoice = await createOnce(
    account,
    'invoice',
    async () => {
      const items = await chart.itemsFor(order.erpEntityRef, numbers, context);
      return prepare(connectionId, operation, () => toWireInvoice(key, order, items));
    },
    () => findInvoice(account, key, context),
    context,
  );
  const netMinor = totalOf(
    order.lines.map((line) => line.amountMinor),
    order.currency,
  );
  assertSame(connectionId, operation, key, [invoice.currency, invoice.netMinor], [order.currency, netMinor]);
  return invoice;
}

async function findCreditNote({ client, connectionId }: Account, key: string, context: CallContext) {
  const found = await client.find<WireCreditMemo>('creditMemo', key, context);
  return found === undefined ? undefined : understand(connectionId, 'read creditMemo', () => fromWireCreditMemo(found));
}

/** A credit memo comes from its invoice; NetSuite refuses one that gives back more than is left of it. */
async function createCreditNote(account: Account, key: string, order: CreditNoteOrder, context: CallContext) {
  const { connectionId, client } = account;
  const operation = 'create creditMemo';
  const note = await confirmed(
    { connectionId, operation },
    {
      look: () => findCreditNote(account, key, context),
      missing: (seen) => (seen === undefined ? ['it is not found under its key'] : []),
      async write() {
        const fields = prepare(connectionId, operation, () => toWireCreditMemo(key, order));
        await unless('conflict', () => client.credit(order.invoiceId, fields, context));
      },
    },
  );
  if (note === undefined) throw new AdapterError('timeout', 'it is not found', { connectionId, operation });
  const netMinor = totalOf(
    order.lines.map((line) => line.amountMinor),
    order.currency,
  );
  assertSame(connectionId, operation, key, [note.currency, note.netMinor], [order.currency, netMinor]);
  return note;
}

async function periodState({ client, connectionId }: Account, erpEntityRef: string, on: string, context: CallContext) {
  const operation = 'read accountingperiod';
  const suiteql = prepare(connectionId, operation, () => {
    if (!/^\d+$/.test(erpEntityRef)) throw new TypeError(`"${erpEntityRef}" is not the id of a subsidiary`);
    if (!isPlainDate(on)) throw new TypeError(`"${on}" is not a date`);
    const day = `TO_DATE('${on}', 'YYYY-MM-DD')`;
    return (
      'SELECT periodname, startdate, enddate, closed FROM accountingperiod ' +
      `WHERE subsidiary = ${erpEntityRef} AND startdate <= ${day} AND enddate >= ${day}`
    );
  });
  const page = await client.query<WirePeriodRow>(operation, suiteql, { limit: 1, offset: 0 }, context);
  const [row] = page.items;
  return row && understand(connectionId, operation, () => fromWirePeriod(row));
}

async function findJournal({ client, connectionId }: Account, key: string, context: CallContext) {
  const found = await client.find<WireJournal>('journalEntry', key, context);
  return found === undefined ? undefined : understand(connectionId, 'read journalEntry', () => fromWireJournal(found));
}

async function createJournal(account: Account, key: string, order: JournalOrder, context: CallContext) {
  const { connectionId, chart } = account;
  const operation = 'create journalEntry';
  const numbers = order.lines.map((line) => line.account);
  const journal = await createOnce(
    account,
    'journalEntry',
    async () => {
      const accounts = await chart.accountIds(order.erpEntityRef, numbers, context);
      return prepare(connectionId, operation, () => toWireJournal(key, order, accounts));
    },
    () => findJournal(account, key, context),
    context,
  );
  const { currency, postedOn } = order;
  const debitMinor = totalOf(
    order.lines.map((line) => line.debitMinor),
    currency,
  );
  const there = [journal.currency, journal.debitMinor, journal.postedOn];
  assertSame(connectionId, operation, key, there, [currency, debitMinor, postedOn]);
  return journal;
}

function totalOf(amountsMinor: readonly number[], currency: string): number {
  const amounts = amountsMinor.map((amountMinor) => ({ amountMinor, currency }));
  return sumMoney(amounts, currency).amountMinor;
}

/** A document under our key with other content is not ours to change. @throws conflict */
function assertSame(
  connectionId: string,
  operation: string,
  key: string,
  there: readonly (string | number)[],
  wanted: readonly (string | number)[],
): void {
  if (there.every((value, index) => value === wanted[index])) return;
  const message = `${key} is there with ${there.join(', ')} (minor units) instead of ${wanted.join(', ')}`;
  throw new AdapterError('conflict', message, { connectionId, operation });
}
