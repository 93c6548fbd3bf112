/**
 * Tryton's records as we read them: ids are decimal text, amounts decimal text, dates YYYY-MM-DD, instants ISO in UTC
 * (values.ts). A dotted field comes nested under its first part and a point.
 */

/** Fields of a party, of which one is a customer. */
export interface WireParty {
  id: string;
  name: string | null;
  active: boolean;
  customer_payment_term: string | null;
  _timestamp: string;
}

/** What a party has in the company of the call. */
export interface WireTaxRule {
  id: string;
  'customer_tax_rule.': { id: string; name: string } | null;
}

export interface WireAddress {
  id: string;
  'country.': { id: string; code: string } | null;
}

export interface WireIdentifier {
  id: string;
  type: string | null;
  code: string;
}

/** Of a party that is billed, one of type `other` says in which currency. */
export interface WireContact {
  id: string;
  name: string | null;
  value: string | null;
}

export interface WireSale {
  id: string;
  number: string | null;
  state: string;
  comment: string | null;
  'currency.': { code: string };
}

export interface WireSaleLine {
  id: string;
  note: string | null;
  amount: string;
}

export interface WireInvoice {
  id: string;
  number: string | null;
  reference: string | null;
  state: string;
  company: string;
  party: string;
  payment_term: string | null;
  description: string | null;
  comment: string | null;
  invoice_date: string | null;
  'currency.': { id: string; code: string };
  untaxed_amount: string;
  tax_amount: string;
  total_amount: string;
  lines_to_pay: string[];
  payment_lines: string[];
  write_date: string | null;
  create_date: string;
  _timestamp: string;
}

export interface WireInvoiceLine {
  id: string;
  note: string | null;
  account: string | null;
  amount: string;
  taxes: string[];
}

export interface WireMove {
  id: string;
  state: string;
  date: string;
  company: string;
}

export interface WireMoveLine {
  id: string;
  debit: string;
  credit: string;
  amount_second_currency: string | null;
  'second_currency.': { id: string; code: string } | null;
}

/** A line of the ledger that an invoice is paid by or waits on. */
export interface WireDue extends WireMoveLine {
  reconciliation: string | null;
  'move.': { date: string; 'journal.': { type: string } };
  /** The document that the line's entry is of, `account.payment,5`. */
  move_origin: string | null;
}

/** A payment that people entered; only one that succeeded is money. */
export interface WirePayment {
  id: string;
  amount: string;
  date: string;
  state: string;
  line: string | null;
  write_date: string | null;
  create_date: string;
}

/** Every model and field that the ERP port writes (checked against the rights of the technical user). */
export const WRITES = {
  'party.party': ['code', 'name', 'active', 'customer_payment_term', 'customer_tax_rule'],
  'party.address': ['country', 'invoice'],
  'party.identifier': ['type', 'code', 'active'],
  'party.contact_mechanism': ['type', 'name', 'value'],
  'sale.sale': [
    ...['company', 'party', 'reference', 'description', 'sale_date', 'currency', 'payment_term', 'comment'],
    ...['invoice_address', 'shipment_address', 'invoice_method', 'shipment_method', 'lines'],
  ],
  'account.invoice': [
    ...['company', 'type', 'party', 'reference', 'description', 'invoice_date', 'currency', 'payment_term', 'comment'],
    ...['invoice_address', 'party_tax_identifier', 'account', 'journal', 'lines'],
  ],
  'account.move': ['company', 'journal', 'period', 'date', 'description', 'lines'],
} as const satisfies Record<string, readonly string[]>;

type Writes = typeof WRITES;
/** What may be sent for one record: nothing but the listed fields, and the parts that belong to it. */
export type WireWrite<Model extends keyof Writes> = Partial<
  Record<Writes[Model][number] | 'addresses' | 'identifiers' | 'contact_mechanisms', unknown>
>;
