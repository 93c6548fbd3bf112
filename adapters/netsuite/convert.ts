/**
 * From NetSuite's words to ours and back, without calls. Its amounts are numbers in currency units, ours whole minor
 * units; the conversion works on the digits as written, so that dinars and large yen amounts stay exact.
 */
import { lookup } from '../../domain/lookup.ts';
import { formatDecimal, money, parseMoney, sumMoney } from '../../domain/money/money.ts';
import { exactNumber, plainDecimal } from '../http/decimal-text.ts';
import type { Warn } from '../http/warn.ts';
import { creditedOf } from '../ports/credited.ts';
import type {
  ContractOrder,
  ContractRecord,
  CreditNoteOrder,
  CreditNoteRecord,
  CustomerRecord,
  ErpInvoiceState,
  InvoiceOrder,
  InvoiceRecord,
  JournalOrder,
  JournalRecord,
  PaymentChange,
  PeriodRecord,
} from '../ports/erp.port.ts';
import type {
  WireBillingSchedule,
  WireCreditMemo,
  WireCustomer,
  WireInvoice,
  WireJournal,
  WireOrderLine,
  WirePaymentRow,
  WirePeriodRow,
  WireRef,
  WireSalesOrder,
  WireWrite,
} from './wire.ts';

/** Minor units of an amount as NetSuite writes it. @throws when it has more decimals than its currency */
export function toMinor(amount: string, currency: string): number {
  return parseMoney(plainDecimal(amount), currency).amountMinor;
}

/** The amount as a JSON number. @throws TypeError when it would not be exact */
export function toUnits(amountMinor: number, currency: string): number {
  return exactNumber(formatDecimal({ amountMinor, currency }));
}

/** An instant of a query as ISO text in UTC. @throws RangeError */
export function instantOf(text: string): string {
  return new Date(/Z$|[+-]\d{2}:\d{2}$/.test(text) ? text : `${text}Z`).toISOString();
}

function nameOf(reference: WireRef | undefined, field: string): string {
  const name = reference?.refName ?? reference?.id;
  if (name === undefined) throw new TypeError(`${field} is missing`);
  return name;
}

export function fromWireCustomer(customer: WireCustomer): CustomerRecord {
  const days = /\d+/.exec(customer.terms?.refName ?? '')?.[0];
  return {
    erpEntityRef: customer.subsidiary.id ?? '',
    name: customer.companyName,
    currency: nameOf(customer.currency, 'currency'),
    taxProfile: customer.custentity_tax_profile ?? '',
    vatNumber: customer.vatRegNumber ?? null,
    paymentTermsDays: Number(days ?? 0),
    countryCode: customer.defaultAddress ?? '',
    active: !customer.isInactive,
  };
}

export function toWireCustomer(key: string, customer: CustomerRecord): WireWrite<'customer'> {
  return {
    entityId: key,
    companyName: customer.name,
    subsidiary: { id: customer.erpEntityRef },
    currency: { refName: customer.currency },
    terms: { refName: `Net ${String(customer.paymentTermsDays)}` },
    vatRegNumber: customer.vatNumber,
    custentity_tax_profile: customer.taxProfile,
    defaultAddress: customer.countryCode,
    isInactive: !customer.active,
  };
}

/** The schedule as information; nothing in NetSuite bills from it (decisions.md 16). */
export function toWireBillingSchedule(key: string, order: ContractOrder): WireWrite<'billingSchedule'> {
  return {
    externalId: key,
    name: `${order.title} (${key})`,
    scheduleType: { id: 'FBM' },
    currency: { refName: order.currency },
    memo: `Project ${order.projectRef}. For information: Throughline bills this contract.`,
    custrecord_engagement_id: order.engagementId,
    milestone: {
      items: order.schedule.map(({ dueOn, title, amountMinor }) => ({
        milestoneAmount: toUnits(amountMinor, order.currency),
        milestoneDate: dueOn,
        comments: title,
      })),
    },
  };
}

export function toWireSalesOrder(
  key: string,
  order: ContractOrder,
  itemId: string,
  scheduleId: string,
): WireWrite<'salesOrder'> {
  return {
    externalId: key,
    entity: { id: order.customerId },
    subsidiary: { id: order.erpEntityRef },
    currency: { refName: order.currency },
    tranDate: order.startOn,
    startDate: order.startOn,
    endDate: order.endOn,
    memo: order.title,
    custbody_engagement_id: order.engagementId,
    billingSchedule: { id: scheduleId },
    item: {
      items: order.lines.map(({ lineKey, title, amountMinor }) => ({
        item: { id: itemId },
        quantity: 1,
        amount: toUnits(amountMinor, order.currency),
        description: title,
        custcol_line_key: lineKey,
      })),
    },
  };
}

export function fromWireContract(order: WireSalesOrder, schedule: WireBillingSchedule | undefined): ContractRecord {
  const currency = nameOf(order.currency, 'currency');
  const lines = order.item.items ?? [];
  return {
    contractId: order.id,
    currency,
    totalMinor: total(
      lines.map((line) => line.amount),
      currency,
    ),
    scheduleTotalMinor: total(
      (schedule?.milestone?.items ?? []).map((milestone) => milestone.milestoneAmount),
      currency,
    ),
    lineKeys: lines.flatMap((line) => line.custcol_line_key ?? []),
    active: isOpen(order),
  };
}

/** An order of which at least one line is not closed. */
export function isOpen(order: WireSalesOrder): boolean {
  return nameOf(order.status, 'status') !== 'Closed';
}

/** A line as it must be sent back to stay as it is, but closed: a sublist that is sent replaces the old one. */
export function toClosedLine(line: WireOrderLine): Record<string, unknown> {
  return {
    item: { id: line.item.id },
    quantity: exactNumber(line.quantity ?? '1'),
    amount: exactNumber(plainDecimal(line.amount)),
    description: line.description ?? null,
    custcol_line_key: line.custcol_line_key ?? null,
    isClosed: true,
  };
}

export function toWireInvoice(key: string, order: InvoiceOrder, itemIds: readonly string[]): WireWrite<'invoice'> {
  return {
    externalId: key,
    entity: { id: order.customerId },
    subsidiary: { id: order.erpEntityRef },
    currency: { refName: order.currency },
    tranDate: order.invoiceOn,
    dueDate: order.dueOn,
    otherRefNum: order.purchaseOrder,
    memo: order.memo,
    createdFrom: { id: order.contractId },
    custbody_billing_key: key,
    item: {
      items: order.lines.map(({ lineKey, title, quantity, amountMinor }, index) => ({
        item: { id: itemIds[index] },
        quantity: exactNumber(quantity),
        amount: toUnits(amountMinor, order.currency),
        description: title,
        taxCode: { refName: order.taxCode },
        custcol_line_key: lineKey,
      })),
    },
  };
}

const STATES: Record<string, ErpInvoiceState> = { Open: 'open', 'Paid In Full': 'paid', Voided: 'voided' };
/** Status codes of invoices in SuiteQL. */
const STATE_CODES: Record<string, ErpInvoiceState> = { A: 'open', B: 'paid', V: 'voided' };

function stateOf(
  known: Record<string, ErpInvoiceState>,
  status: string,
  unpaidMinor: number,
  totalMinor: number,
  warn: Warn,
): ErpInvoiceState {
  const state = lookup(known, status);
  if (state === undefined) warn('NetSuite invoice status is not known, taken as open', { status });
  if (state === 'paid' || state === 'voided') return state;
  return Math.abs(unpaidMinor) < Math.abs(totalMinor) ? 'part-paid' : 'open';
}

export function fromWireInvoice(invoice: WireInvoice, warn: Warn): InvoiceRecord {
  const currency = nameOf(invoice.currency, 'currency');
  const totalMinor = toMinor(invoice.total, currency);
  const unpaidMinor = toMinor(invoice.amountRemaining, currency);
  return {
    invoiceId: invoice.id,
    number: invoice.tranId,
    currency,
    netMinor: toMinor(invoice.subtotal, currency),
    taxMinor: toMinor(invoice.taxTotal, currency),
    totalMinor,
    unpaidMinor,
    state: stateOf(STATES, nameOf(invoice.status, 'status'), unpaidMinor, totalMinor, warn),
    lines: (invoice.item.items ?? []).map((line) => ({
      lineKey: line.custcol_line_key ?? null,
      amountMinor: toMinor(line.amount, currency),
    })),
  };
}

/** NetSuite takes accounts and tax over from the invoice's lines. */
export function toWireCreditMemo(key: string, order: CreditNoteOrder): WireWrite<'creditMemo'> {
  return {
    externalId: key,
    custbody_billing_key: key,
    tranDate: order.creditedOn,
    memo: order.memo,
    item: {
      items: order.lines.map(({ lineKey, amountMinor }) => ({
        custcol_line_key: lineKey,
        amount: toUnits(amountMinor, order.currency),
      })),
    },
  };
}

export function fromWireCreditMemo(memo: WireCreditMemo): CreditNoteRecord {
  const currency = nameOf(memo.currency, 'currency');
  return {
    creditNoteId: memo.id,
    number: memo.tranId,
    currency,
    netMinor: toMinor(memo.subtotal, currency),
    taxMinor: toMinor(memo.taxTotal, currency),
    totalMinor: toMinor(memo.total, currency),
  };
}

export function fromWirePeriod(row: WirePeriodRow): PeriodRecord {
  const { periodname: name, startdate: startOn, enddate: endOn, closed } = row;
  return { name, startOn, endOn, state: closed === 'F' ? 'open' : 'closed' };
}

export function toWireJournal(
  key: string,
  order: JournalOrder,
  accountIds: readonly string[],
): WireWrite<'journalEntry'> {
  return {
    externalId: key,
    subsidiary: { id: order.erpEntityRef },
    currency: { refName: order.currency },
    tranDate: order.postedOn,
    memo: order.memo,
    line: {
      items: order.lines.map(({ debitMinor, creditMinor, memo }, index) => ({
        account: { id: accountIds[index] },
        ...(debitMinor === 0 ? {} : { debit: toUnits(debitMinor, order.currency) }),
        ...(creditMinor === 0 ? {} : { credit: toUnits(creditMinor, order.currency) }),
        memo,
      })),
    },
  };
}

export function fromWireJournal(journal: WireJournal): JournalRecord {
  const currency = nameOf(journal.currency, 'currency');
  const lines = journal.line.items ?? [];
  return {
    journalId: journal.id,
    currency,
    debitMinor: total(
      lines.map((line) => line.debit ?? '0'),
      currency,
    ),
    creditMinor: total(
      lines.map((line) => line.credit ?? '0'),
      currency,
    ),
    postedOn: journal.tranDate,
  };
}

/** What was applied to an invoice: the day of the last payment, null where there is none, and amounts of credits. */
export interface Applied {
  paidOn: string | null;
  credits: string[];
}

export function fromWirePayment(
  row: WirePaymentRow,
  currency: string,
  { paidOn, credits }: Applied,
  warn: Warn,
): PaymentChange {
  const totalMinor = toMinor(row.foreigntotal, currency);
  const unpaidMinor = toMinor(row.foreignamountunpaid ?? '0', currency);
  const state = stateOf(STATE_CODES, row.status, unpaidMinor, totalMinor, warn);
  const applied = money(state === 'voided' ? 0 : total(credits, currency), currency);
  const amounts = { total: money(totalMinor, currency), unpaid: money(unpaidMinor, currency) };
  const changedAt = instantOf(row.changed);
  return {
    invoiceKey: row.externalid,
    invoiceId: row.id,
    version: changedAt,
    state,
    totalMinor,
    unpaidMinor,
    creditedMinor: creditedOf(applied, amounts).amountMinor,
    currency,
    changedAt,
    paidOn,
  };
}

function total(amounts: readonly string[], currency: string): number {
  const parts = amounts.map((amount) => parseMoney(plainDecimal(amount), currency));
  return sumMoney(parts, currency).amountMinor;
}
