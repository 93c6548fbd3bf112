/**
 * NetSuite (SuiteTalk REST) as it is on the wire: the fields we read and the few we write. Numbers arrive as decimal
 * text (http/decimal-text.ts); amounts leave as JSON numbers, checked to be exact. Fields `cust...` come with the
 * integration's bundle.
 */

/** A reference to another record: by id, by our external id, or by name. */
export interface WireRef {
  id?: string;
  externalId?: string;
  refName?: string;
}

/** A sublist; `items` only when the record is read with its sub-resources. */
export interface WireList<L> {
  items?: L[];
}

export interface WireCustomer {
  id: string;
  companyName: string;
  subsidiary: WireRef;
  currency?: WireRef;
  terms?: WireRef;
  vatRegNumber?: string;
  custentity_tax_profile?: string;
  defaultAddress?: string;
  isInactive: boolean;
}

export interface WireOrderLine {
  item: WireRef;
  quantity?: string;
  amount: string;
  description?: string;
  custcol_line_key?: string;
}

export interface WireSalesOrder {
  id: string;
  currency: WireRef;
  status: WireRef;
  item: WireList<WireOrderLine>;
}

export interface WireBillingSchedule {
  id: string;
  isInactive?: boolean;
  milestone?: WireList<{ milestoneAmount: string }>;
}

export interface WireInvoice {
  id: string;
  tranId: string;
  currency: WireRef;
  subtotal: string;
  taxTotal: string;
  total: string;
  amountRemaining: string;
  status: WireRef;
  item: WireList<WireOrderLine>;
}

export interface WireCreditMemo {
  id: string;
  tranId: string;
  currency: WireRef;
  subtotal: string;
  taxTotal: string;
  total: string;
}

export interface WireJournal {
  id: string;
  tranDate: string;
  currency: WireRef;
  line: WireList<{ debit?: string; credit?: string }>;
}

/** A row of the query for payment changes; nulls are left out. */
export interface WirePaymentRow {
  id: string;
  externalid: string;
  status: string;
  currency: string;
  foreigntotal: string;
  foreignamountunpaid?: string;
  changed: string;
}

/**
 * What was applied to an invoice: a payment (`CustPymt`), a credit memo (`CustCred`) or another document, one row for
 * each pair of lines. The amount is what was applied, above zero, in the invoice's currency.
 */
export interface WireApplied {
  previousdoc: string;
  nextdoc: string;
  nexttype: string;
  foreignamount?: string;
}

/** An account of one subsidiary. */
export interface WireAccountRow {
  id: string;
  acctnumber: string;
}

/** A period of one subsidiary. */
export interface WirePeriodRow {
  periodname: string;
  startdate: string;
  enddate: string;
  closed: string;
}

/** A page of SuiteQL. */
export interface WireQueryPage<R> {
  items: R[];
  hasMore: boolean;
}

/** What a token request answers. */
export interface WireToken {
  access_token: string;
  expires_in?: string;
}

/** NetSuite's error envelope, and the shorter one of its token endpoint. */
export interface WireErrors {
  status?: string;
  title?: string;
  'o:errorDetails'?: { detail?: string; 'o:errorCode'?: string; 'o:errorPath'?: string }[];
  error?: string;
}

/**
 * Items by the number of the account that their revenue side is posted to: an invoice line names its account, the ERP
 * wants an item. The first one also stands for contract lines, which post nothing.
 */
export const DEFAULT_ITEMS: Readonly<Record<string, string>> = { '1150': '101', '1160': '102', '2300': '103' };

/** Every record and field that this adapter writes (checked against the ownership table). */
export const WRITES = [
  {
    object: 'customer',
    fields: [
      'entityId',
      'companyName',
      'subsidiary',
      'currency',
      'terms',
      'vatRegNumber',
      'custentity_tax_profile',
      'defaultAddress',
      'isInactive',
    ],
  },
  {
    object: 'billingSchedule',
    fields: [
      'externalId',
      'name',
      'scheduleType',
      'currency',
      'milestone',
      'memo',
      'isInactive',
      'custrecord_engagement_id',
    ],
  },
  {
    object: 'salesOrder',
    fields: [
      'externalId',
      'entity',
      'subsidiary',
      'currency',
      'tranDate',
      'startDate',
      'endDate',
      'memo',
      'item',
      'billingSchedule',
      'custbody_engagement_id',
    ],
  },
  {
    object: 'invoice',
    fields: [
      'externalId',
      'entity',
      'subsidiary',
      'currency',
      'tranDate',
      'dueDate',
      'otherRefNum',
      'memo',
      'createdFrom',
      'item',
      'custbody_billing_key',
    ],
  },
  { object: 'creditMemo', fields: ['externalId', 'tranDate', 'memo', 'item', 'custbody_billing_key'] },
  { object: 'journalEntry', fields: ['externalId', 'subsidiary', 'currency', 'tranDate', 'memo', 'line'] },
] as const satisfies { object: string; fields: readonly string[] }[];

type Writes = (typeof WRITES)[number];
/** Records that we write. */
export type WrittenType = Writes['object'];
/** What may be sent for one record: nothing but the listed fields. */
export type WireWrite<Type extends WrittenType> = Partial<
  Record<Extract<Writes, { object: Type }>['fields'][number], unknown>
>;
