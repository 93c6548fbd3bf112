/**
 * What Throughline needs of an ERP: customers, the contract as information, invoices, journals, payments, period
 * states. The ERP owns invoicing, receivables and the ledger (R15); schedules here are information, so that nothing
 * bills twice (decisions.md 16).
 */
import type { ExchangeRate } from '../../domain/currency/exchange-rates.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import type { CallContext } from './context.ts';

/** A customer as we want it, or as the ERP has it. */
export interface CustomerRecord {
  erpEntityRef: string;
  name: string;
  currency: string;
  taxProfile: string;
  vatNumber: string | null;
  paymentTermsDays: number;
  countryCode: string;
  active: boolean;
}

/** A contract record with its billing schedule as information. Amounts in minor units of `currency`. */
export interface ContractOrder {
  customerId: string;
  erpEntityRef: string;
  currency: string;
  title: string;
  engagementId: string;
  projectRef: string;
  startOn: PlainDate;
  endOn: PlainDate;
  lines: { lineKey: string; title: string; amountMinor: number }[];
  schedule: { dueOn: PlainDate; title: string; amountMinor: number }[];
}

/** A contract record as the ERP has it. */
export interface ContractRecord {
  contractId: string;
  currency: string;
  totalMinor: number;
  scheduleTotalMinor: number;
  lineKeys: string[];
  active: boolean;
}

/** An invoice to post. Tax is computed here, and again by the ERP; the two must agree to the minor unit. */
export interface InvoiceOrder {
  customerId: string;
  contractId: string;
  erpEntityRef: string;
  currency: string;
  invoiceOn: PlainDate;
  dueOn: PlainDate;
  purchaseOrder: string | null;
  memo: string;
  taxCode: string;
  lines: { lineKey: string; title: string; quantity: string; amountMinor: number; account: string }[];
}

/** Normalised invoice states of ERPs (R21); a state that is not known is `open`, never paid. */
export type ErpInvoiceState = 'open' | 'part-paid' | 'paid' | 'voided';

/** An invoice as the ERP has it. */
export interface InvoiceRecord {
  invoiceId: string;
  /** The ERP's own document number. */
  number: string;
  currency: string;
  netMinor: number;
  taxMinor: number;
  totalMinor: number;
  unpaidMinor: number;
  state: ErpInvoiceState;
  /** Its lines without tax, in its order; `lineKey` is ours, null on a line that somebody else added. */
  lines: { lineKey: string | null; amountMinor: number }[];
}

/** A balanced journal entry. Amounts in minor units of `currency`, debit and credit never negative. */
export interface JournalOrder {
  erpEntityRef: string;
  currency: string;
  postedOn: PlainDate;
  memo: string;
  lines: { account: string; debitMinor: number; creditMinor: number; memo: string }[];
}

/** A journal entry as the ERP has it. */
export interface JournalRecord {
  journalId: string;
  currency: string;
  debitMinor: number;
  creditMinor: number;
  postedOn: PlainDate;
}

/** An invoice whose payment state changed. */
export interface PaymentChange {
  /** Our key of the invoice. */
  invoiceKey: string;
  invoiceId: string;
  version: string;
  state: ErpInvoiceState;
  totalMinor: number;
  /** What the ERP says is open, in minor units: less by every payment and by every credit. */
  unpaidMinor: number;
  /**
   * What credit notes (credit memos) took off it so far, in minor units, from 0 up to what is not open any more: no
   * money came in for it. A credit that was taken back counts no more; a voided invoice has none.
   */
  creditedMinor: number;
  currency: string;
  changedAt: string;
  /** Business date of the last payment where the ERP tells it; a credit is none. */
  paidOn: PlainDate | null;
}

/** What is taken back of a posted invoice: a document of its own, which the ERP numbers. The invoice stays as it is. */
export interface CreditNoteOrder {
  customerId: string;
  /** The credited invoice, by its id in the ERP. */
  invoiceId: string;
  erpEntityRef: string;
  currency: string;
  creditedOn: PlainDate;
  memo: string;
  taxCode: string;
  /** Quantities and amounts are what is given back, above zero; the key is that of the invoice line. */
  lines: { lineKey: string; title: string; quantity: string; amountMinor: number; account: string }[];
}

/** A credit note as the ERP has it. Amounts are what is given back, above zero. */
export interface CreditNoteRecord {
  creditNoteId: string;
  /** The ERP's own document number. */
  number: string;
  currency: string;
  netMinor: number;
  taxMinor: number;
  totalMinor: number;
}

/** The accounting period of a day. */
export interface PeriodRecord {
  name: string;
  startOn: PlainDate;
  endOn: PlainDate;
  /** Whether it takes postings of ours; a state that is not known is `closed`. */
  state: 'open' | 'closed';
}

/** Something that is asked of an ERP: the name of its method. */
export type ErpAbility = Exclude<keyof ErpPort, 'cannot'>;

/** An ERP. All methods throw AdapterError. Keys are ours and unique per object type for ever. */
export interface ErpPort {
  /**
   * What this ERP cannot do, by method, in words for the person who has to do it instead. Such a method throws
   * `unsupported` with these words, before anything is sent.
   */
  readonly cannot: Readonly<Partial<Record<ErpAbility, string>>>;
  findCustomer(key: string, context: CallContext): Promise<{ customerId: string; record: CustomerRecord } | undefined>;
  /** Makes the customer under the key be as given, reads it back and returns its id. @throws differs */
  putCustomer(key: string, customer: CustomerRecord, context: CallContext): Promise<string>;
  /** Takes the customer out of use, and reads back; harmless when there is none. @throws differs */
  deactivateCustomer(key: string, context: CallContext): Promise<void>;
  findContract(key: string, context: CallContext): Promise<ContractRecord | undefined>;
  /** Looks up by key, creates when there is none, and returns the contract's id. */
  createContract(key: string, order: ContractOrder, context: CallContext): Promise<string>;
  /** Removes or closes the contract and its schedule, and reads back; harmless when there is none. @throws differs */
  cancelContract(key: string, context: CallContext): Promise<void>;
  findInvoice(key: string, context: CallContext): Promise<InvoiceRecord | undefined>;
  /** Looks up by key and posts when there is none. Never edits a posted invoice. */
  createInvoice(key: string, order: InvoiceOrder, context: CallContext): Promise<InvoiceRecord>;
  findCreditNote(key: string, context: CallContext): Promise<CreditNoteRecord | undefined>;
  /** Looks up by key and posts when there is none. Never edits a posted credit note, nor the invoice. */
  createCreditNote(key: string, order: CreditNoteOrder, context: CallContext): Promise<CreditNoteRecord>;
  findJournal(key: string, context: CallContext): Promise<JournalRecord | undefined>;
  /** Looks up by key and posts when there is none. */
  createJournal(key: string, order: JournalOrder, context: CallContext): Promise<JournalRecord>;
  /** Invoices of ours whose payment state changed at or after the watermark, oldest first. */
  changedPayments(
    since: string | null,
    context: CallContext,
  ): Promise<{ payments: PaymentChange[]; watermark: string | null; more: boolean }>;
  /** The ERP's rates that hold on that day, against the base of its table; the base itself is left out. */
  exchangeRates(currencies: readonly string[], on: PlainDate, context: CallContext): Promise<ExchangeRate[]>;
  /** The period of that day in an entity's books; undefined when there is none. */
  periodState(erpEntityRef: string, on: PlainDate, context: CallContext): Promise<PeriodRecord | undefined>;
}
