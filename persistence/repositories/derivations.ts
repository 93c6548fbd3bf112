/**
 * Why an amount is what it is: invoices, their lines and priced entries, and recognised revenue, each as stored with
 * the way to it. Only read, in pages: an invoice may bill 10,000 entries. Rows of legal entities that the reader does
 * not act for are left out, for an engagement may have several.
 */
import type { EntityManager } from 'typeorm';
import type { StoredInvoiceState } from '../../domain/billing/billed-states.ts';
import type { InvoiceLine, InvoiceTax } from '../../domain/billing/build-invoice.ts';
import type { RoundingPolicy } from '../../domain/configuration.ts';
import type { Derivation } from '../../domain/money/derivation.ts';
import { add, type Money, money } from '../../domain/money/money.ts';
import type { Month } from '../../domain/time/period.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { firstRow, rows } from '../sql.ts';

/** Whose rows are read: of an engagement, for a reader who acts for these legal entities (`*` = all). */
export interface Reading {
  engagementId: string;
  visibleTo: readonly string[];
}

/** An invoice without its lines. */
export interface InvoiceHead {
  invoiceId: string;
  legalEntityId: string;
  contractVersion: number;
  state: StoredInvoiceState;
  /** Of the ERP, like its id; null on a draft and on a void one. */
  number: string | null;
  erpConnectionId: string | null;
  erpId: string | null;
  invoiceOn: PlainDate;
  dueOn: PlainDate;
  postedOn: PlainDate | null;
  net: Money;
  tax: Money;
  total: Money;
  unpaid: Money;
  /** Approved work that the run left on hold above a not-to-exceed amount. */
  held: Money;
}

/** A line: what it bills is counted; the entries are read by themselves. */
export type LineWithWay = Omit<InvoiceLine, 'source'> & { kind: InvoiceLine['source']['kind']; sources: number };

/** The tax of a code; invoices of before had no way to it stored. */
export type TaxWithWay = Omit<InvoiceTax, 'derivation'> & { derivation: Derivation | null };

/** The price of an entry, as frozen with the invoice. */
export interface PricedEntry {
  kind: 'time' | 'expense';
  /** Connection and entry of the PSA, joined by a colon. */
  sourceKey: string;
  version: string;
  /** Which part of the entry this invoice bills: more than 1 where a limit divided it. */
  part: number;
  effectiveOn: PlainDate;
  rate: string | null;
  /** What the rules give, whichever part of it this invoice bills. */
  price: Money;
  amount: Money;
  /** Of the price: on hold, or on other invoices. */
  held: Money;
  derivation: Derivation;
}

/** What was recognised of a contract line in a month. */
export interface RecognisedRow {
  legalEntityId: string;
  contractLineId: string;
  month: Month;
  kind: string;
  method: string;
  amount: Money;
  cumulative: Money;
  derivation: Derivation;
  /** Milliseconds since 1970. */
  recordedAt: number;
}

interface HeadRow extends Omit<InvoiceHead, 'net' | 'tax' | 'total' | 'unpaid' | 'held'> {
  currency: string;
  netMinor: number;
  taxMinor: number;
  totalMinor: number;
  unpaidMinor: number;
  heldMinor: number;
}

const HEAD = `invoice_id AS "invoiceId", legal_entity_id AS "legalEntityId", contract_version AS "contractVersion",
  state, number, erp_connection_id AS "erpConnectionId", erp_id AS "erpId", invoice_on AS "invoiceOn",
  due_on AS "dueOn", posted_on AS "postedOn", currency, net_minor AS "netMinor", tax_minor AS "taxMinor",
  total_minor AS "totalMinor", unpaid_minor AS "unpaidMinor", held_minor AS "heldMinor"`;
const READABLE = `engagement_id = $1 AND ('*' = ANY($2::text[]) OR legal_entity_id = ANY($2::text[]))`;

function headOf(row: HeadRow): InvoiceHead {
  const { currency, netMinor, taxMinor, totalMinor, unpaidMinor, heldMinor, ...head } = row;
  return {
    ...head,
    net: money(netMinor, currency),
    tax: money(taxMinor, currency),
    total: money(totalMinor, currency),
    unpaid: money(unpaidMinor, currency),
    held: money(heldMinor, currency),
  };
}

/** Amounts with the way to them. */
export class Derivations {
  constructor(private readonly db: EntityManager) {}

  /** Invoices after that id, oldest first. */
  async invoices({ engagementId, visibleTo }: Reading, afterId: string, limit: number): Promise<InvoiceHead[]> {
    const statement = `SELECT ${HEAD} FROM invoice WHERE ${READABLE} AND invoice_id > $3 ORDER BY invoice_id LIMIT $4`;
    return (await rows<HeadRow>(this.db, statement, [engagementId, visibleTo, afterId, limit])).map(headOf);
  }

  /** An invoice; undefined also for one of another engagement, or of a legal entity that is not the reader's. */
  async findInvoice({ engagementId, visibleTo }: Reading, invoiceId: string): Promise<InvoiceHead | undefined> {
    const statement = `SELECT ${HEAD} FROM invoice WHERE ${READABLE} AND invoice_id = $3`;
    const found = await firstRow<HeadRow>(this.db, statement, [engagementId, visibleTo, invoiceId]);
    return found && headOf(found);
  }

  /** Lines of an invoice after that number. The ids of what a line bills stay in the database. */
  async lines(invoiceId: string, afterNo: number, limit: number): Promise<LineWithWay[]> {
    const found = await rows<{ line: LineWithWay }>(
      this.db,
      `SELECT line - 'source' || jsonb_build_object('kind', line->'source'->'kind',
         'sources', jsonb_array_length(line->'source'->'ids')) AS line
       FROM invoice CROSS JOIN LATERAL jsonb_array_elements(document->'lines') WITH ORDINALITY AS item(line, line_no)
       WHERE invoice_id = $1 AND line_no > $2 ORDER BY line_no LIMIT $3`,
      [invoiceId, afterNo, limit],
    );
    return found.map(({ line }) => line);
  }

  /** By what the amounts of an invoice were rounded; null on invoices that were stored without. */
  async rounding(invoiceId: string): Promise<Required<RoundingPolicy> | null> {
    const statement = `SELECT document->'rounding' AS rounding FROM invoice WHERE invoice_id = $1`;
    return (
      (await firstRow<{ rounding: Required<RoundingPolicy> | null }>(this.db, statement, [invoiceId]))?.rounding ?? null
    );
  }

  /** Taxes of an invoice, by code. */
  async taxes(invoiceId: string): Promise<TaxWithWay[]> {
    const statement = `SELECT document->'taxes' AS taxes FROM invoice WHERE invoice_id = $1`;
    const found = await firstRow<{ taxes: (Omit<TaxWithWay, 'derivation'> & { derivation?: Derivation })[] }>(
      this.db,
      statement,
      [invoiceId],
    );
    return (found?.taxes ?? []).map((tax) => ({ ...tax, derivation: tax.derivation ?? null }));
  }

  /** How many lines an invoice has; they are numbered from 1. */
  async countLines(invoiceId: string): Promise<number> {
    const statement = 'SELECT count(*)::integer AS lines FROM invoice_line WHERE invoice_id = $1';
    return (await firstRow<{ lines: number }>(this.db, statement, [invoiceId]))?.lines ?? 0;
  }

  /** True when the invoice has a line of that number. */
  async hasLine(invoiceId: string, lineNo: number): Promise<boolean> {
    const statement = 'SELECT 1 FROM invoice_line WHERE invoice_id = $1 AND line_no = $2';
    return (await firstRow(this.db, statement, [invoiceId, lineNo])) !== undefined;
  }

  /** Priced entries behind a line after that place (kind, source key), in order; none behind a milestone or fee. */
  async entries(
    { invoiceId, lineNo }: { invoiceId: string; lineNo: number },
    after: readonly string[],
    limit: number,
  ): Promise<PricedEntry[]> {
    type Row = Omit<PricedEntry, 'price' | 'amount' | 'held'> & {
      amountMinor: number;
      heldMinor: number;
      currency: string;
    };
    const found = await rows<Row>(
      this.db,
      `SELECT source.kind, source.source_key AS "sourceKey", rated.version, source.part,
         rated.effective_on AS "effectiveOn", rated.rate::text AS rate, rated.amount_minor AS "amountMinor",
         rated.held_minor AS "heldMinor", rated.currency, rated.derivation
       FROM invoice_source source JOIN rated_line rated USING (invoice_id, kind, source_key)
       WHERE source.invoice_id = $1 AND source.line_no = $2 AND (source.kind, source.source_key) > ($3, $4)
       ORDER BY source.kind, source.source_key LIMIT $5`,
      [invoiceId, lineNo, after[0] ?? '', after[1] ?? '', limit],
    );
    return found.map(({ amountMinor, heldMinor, currency, ...entry }) => {
      const [amount, held] = [money(amountMinor, currency), money(heldMinor, currency)];
      return { ...entry, price: add(amount, held), amount, held };
    });
  }

  /** Revenue rows after that place (contract line, month, kind), in this order: the months of a line stand together. */
  async revenue(
    { engagementId, visibleTo }: Reading,
    after: readonly string[],
    limit: number,
  ): Promise<RecognisedRow[]> {
    type Row = Omit<RecognisedRow, 'amount' | 'cumulative' | 'method' | 'derivation'> & {
      amountMinor: number;
      cumulativeMinor: number;
      currency: string;
      derivation: Derivation & { method: string };
    };
    const found = await rows<Row>(
      this.db,
      `SELECT legal_entity_id AS "legalEntityId", contract_line_id AS "contractLineId", month, kind,
         amount_minor AS "amountMinor", cumulative_minor AS "cumulativeMinor", currency, derivation,
         floor(extract(epoch FROM recorded_at) * 1000)::bigint AS "recordedAt"
       FROM revenue_event WHERE ${READABLE} AND (contract_line_id, month, kind) > ($3, $4, $5)
       ORDER BY contract_line_id, month, kind LIMIT $6`,
      [engagementId, visibleTo, ...['', '', ''].map((none, at) => after[at] ?? none), limit],
    );
    return found.map(({ amountMinor, cumulativeMinor, currency, derivation: { method, ...derivation }, ...row }) => ({
      ...row,
      method,
      amount: money(amountMinor, currency),
      cumulative: money(cumulativeMinor, currency),
      derivation,
    }));
  }
}
