/**
 * Invoices: a draft is complete and fixed from the moment it is stored; only its state moves. Which work, milestones
 * and periods it bills is guarded by a unique index, so that nothing is billed twice whatever code asks (B04, R36).
 */
import type { EntityManager } from 'typeorm';
import { moveBilled, type StoredInvoiceState } from '../../domain/billing/billed-states.ts';
import type { InvoiceDraft } from '../../domain/billing/build-invoice.ts';
import type { RoundingPolicy } from '../../domain/configuration.ts';
import { DomainError } from '../../domain/errors.ts';
import { formatMoney, money, type Money, subtract } from '../../domain/money/money.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { hashOf } from '../canonical-json.ts';
import { mintId } from '../ids.ts';
import { firstRow, rows } from '../sql.ts';

/** What an invoice bills. */
export type SourceKind = 'time' | 'expense' | 'milestone' | 'retainer';

/** A line as the ERP is to have it: one account a line. */
export interface OrderLine {
  lineKey: string;
  title: string;
  quantity: string;
  amountMinor: number;
  account: string;
}

/** Everything that an invoice says; hashed, approved and never changed. Ids of sources are source keys. */
export interface InvoiceDocument extends InvoiceDraft {
  /** The ERP that it was drafted for, by its date. Documents of 0.1.0's first builds lack it: the entity's first. */
  erpConnectionId?: string;
  erpEntityRef: string;
  /** By what its amounts were rounded. Absent in documents that were drafted before this was kept. */
  rounding?: Required<RoundingPolicy>;
  /** What the ERP is asked to post beyond the amounts. */
  order: { purchaseOrder: string | null; memo: string; taxCode: string; lines: OrderLine[] };
}

/** A price fixed on an entry. */
export interface RatedSource {
  kind: 'time' | 'expense';
  sourceKey: string;
  version: string;
  contractLineId: string;
  effectiveOn: PlainDate;
  rate: string | null;
  /** What the invoice bills of it. */
  amount: Money;
  /** What the invoice leaves of the entry's price: on hold, or on other invoices. */
  heldMinor: number;
  /** Which part of the entry it is: 1, or more where earlier invoices bill parts that a limit divided. */
  part: number;
  derivation: unknown;
}

/** A draft to store. */
export interface InvoiceToStore {
  engagementId: string;
  legalEntityId: string;
  contractVersion: number;
  key: string;
  heldMinor: number;
  document: InvoiceDocument;
  rated: RatedSource[];
}

/** A stored invoice. */
export interface StoredInvoice {
  invoiceId: string;
  engagementId: string;
  legalEntityId: string;
  contractVersion: number;
  currency: string;
  key: string;
  hash: string;
  heldMinor: number;
  state: StoredInvoiceState;
  unpaidMinor: number;
  erpConnectionId: string | null;
  erpId: string | null;
  number: string | null;
  document: InvoiceDocument;
}

/** An invoice as the ERP is to post it, and what must read back. */
export interface PostableInvoice {
  erpConnectionId: string | undefined;
  rounding: InvoiceDocument['rounding'];
  order: { currency: string; invoiceOn: PlainDate; dueOn: PlainDate } & InvoiceDocument['order'];
  totals: { currency: string; netMinor: number; taxMinor: number; totalMinor: number };
}

const COLUMNS = `invoice_id AS "invoiceId", engagement_id AS "engagementId", legal_entity_id AS "legalEntityId",
  contract_version AS "contractVersion", currency, key, hash, held_minor AS "heldMinor", state,
  unpaid_minor AS "unpaidMinor", erp_connection_id AS "erpConnectionId", erp_id AS "erpId", number, document`;

/**
 * The source keys of an invoice, as `kind` and `sourceKey`; work is keyed by connection and entry, the rest by
 * engagement.
 */
function sourcesOf(document: InvoiceDocument): { lineNo: number; kind: SourceKind; sourceKey: string }[] {
  return document.lines.flatMap(({ lineNo, source }) =>
    source.ids.map((sourceKey) => ({ lineNo, kind: source.kind, sourceKey })),
  );
}

/** Invoices and what they bill. */
export class Invoices {
  constructor(private readonly db: EntityManager) {}

  /**
   * Stores a draft with its lines, sources and prices; call it inside a transaction.
   * @throws ALREADY_BILLED when another living invoice bills one of its sources (of an entry in parts: the same part)
   */
  async store(draft: InvoiceToStore): Promise<StoredInvoice> {
    moveBilled(null, 'draft');
    const invoiceId = mintId('inv');
    const { document } = draft;
    const { currency } = document.total;
    await rows(
      this.db,
      `INSERT INTO invoice (invoice_id, engagement_id, legal_entity_id, contract_version, currency, net_minor,
        tax_minor, total_minor, held_minor, invoice_on, due_on, hash, key, document, unpaid_minor)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $8)`,
      [
        invoiceId,
        draft.engagementId,
        draft.legalEntityId,
        draft.contractVersion,
        currency,
        document.net.amountMinor,
        document.tax.amountMinor,
        document.total.amountMinor,
        draft.heldMinor,
        document.invoiceOn,
        document.dueOn,
        hashOf(document),
        draft.key,
        JSON.stringify(document),
      ],
    );
    await this.storeLines(invoiceId, currency, document);
    await this.storeSources(invoiceId, draft);
    await this.storeRated(invoiceId, currency, draft.rated);
    return this.get(invoiceId);
  }

  private async storeLines(invoiceId: string, currency: string, document: InvoiceDocument): Promise<void> {
    const lines = document.lines.map(({ amount, source: _, derivation: __, ...line }) => ({
      ...line,
      amountMinor: amount.amountMinor,
    }));
    await rows(
      this.db,
      `INSERT INTO invoice_line (invoice_id, line_no, contract_line_id, description, quantity, unit, amount_minor,
        currency)
       SELECT $1, "lineNo", "contractLineId", description, quantity, unit, "amountMinor", $2
       FROM jsonb_to_recordset($3::jsonb) AS line("lineNo" integer, "contractLineId" text, description text,
       quantity numeric, unit text, "amountMinor" bigint)`,
      [invoiceId, currency, JSON.stringify(lines)],
    );
  }

  private async storeSources(invoiceId: string, { document, rated }: InvoiceToStore): Promise<void> {
    const partOf = new Map(rated.map(({ kind, sourceKey, part }) => [`${kind} ${sourceKey}`, part]));
    const sources = sourcesOf(document).map((source) => {
      return { ...source, part: partOf.get(`${source.kind} ${source.sourceKey}`) ?? 1 };
    });
    const stored = await rows(
      this.db,
      `INSERT INTO invoice_source (invoice_id, line_no, kind, source_key, part)
       SELECT $1, "lineNo", kind, "sourceKey", part
       FROM jsonb_to_recordset($2::jsonb) AS source("lineNo" integer, kind text, "sourceKey" text, part integer)
       ON CONFLICT (kind, source_key, part) WHERE active DO NOTHING RETURNING 1`,
      [invoiceId, JSON.stringify(sources)],
    );
    if (stored.length === sources.length) return;
    const taken = sources.length - stored.length;
    const message = `${String(taken)} of ${String(sources.length)} sources are billed by another invoice`;
    throw new DomainError('ALREADY_BILLED', message, { sources: sources.map((source) => source.sourceKey) });
  }

  private async storeRated(invoiceId: string, currency: string, rated: readonly RatedSource[]): Promise<void> {
    const lines = rated.map(({ amount, ...line }) => ({ ...line, amountMinor: amount.amountMinor }));
    await rows(
      this.db,
      `INSERT INTO rated_line (invoice_id, kind, source_key, version, contract_line_id, effective_on, rate,
        amount_minor, held_minor, currency, derivation)
       SELECT $1, kind, "sourceKey", version, "contractLineId", "effectiveOn", rate, "amountMinor", "heldMinor", $2,
       derivation
       FROM jsonb_to_recordset($3::jsonb) AS line(kind text, "sourceKey" text, version text, "contractLineId" text,
         "effectiveOn" date, rate numeric, "amountMinor" bigint, "heldMinor" bigint, derivation jsonb)`,
      [invoiceId, currency, JSON.stringify(lines)],
    );
  }

  /** The invoice that a billing step made under its key. */
  findByKey(key: string): Promise<StoredInvoice | undefined> {
    return firstRow<StoredInvoice>(this.db, `SELECT ${COLUMNS} FROM invoice WHERE key = $1`, [key]);
  }

  /** The invoice that the ERP knows under this id. */
  findByErpId(erpConnectionId: string, erpId: string): Promise<StoredInvoice | undefined> {
    const statement = `SELECT ${COLUMNS} FROM invoice WHERE erp_connection_id = $1 AND erp_id = $2`;
    return firstRow<StoredInvoice>(this.db, statement, [erpConnectionId, erpId]);
  }

  /** @throws INVOICE_UNKNOWN */
  async get(invoiceId: string): Promise<StoredInvoice> {
    const invoice = await firstRow<StoredInvoice>(this.db, `SELECT ${COLUMNS} FROM invoice WHERE invoice_id = $1`, [
      invoiceId,
    ]);
    if (invoice) return invoice;
    throw new DomainError('INVOICE_UNKNOWN', `there is no invoice ${invoiceId}`, { invoiceId });
  }

  /** Invoices of an engagement, oldest first. */
  ofEngagement(engagementId: string): Promise<StoredInvoice[]> {
    const statement = `SELECT ${COLUMNS} FROM invoice WHERE engagement_id = $1 ORDER BY invoice_id`;
    return rows<StoredInvoice>(this.db, statement, [engagementId]);
  }

  /** What the ERP is to post. @throws INVOICE_UNKNOWN, INVOICE_VOID */
  async toPost(invoiceId: string): Promise<PostableInvoice> {
    const { document, currency, state } = await this.get(invoiceId);
    if (state === 'void')
      throw new DomainError('INVOICE_VOID', `invoice ${invoiceId} is void and cannot be posted`, { invoiceId });
    const { erpConnectionId, rounding, invoiceOn, dueOn, net, tax, total, order } = document;
    return {
      ...{ erpConnectionId, rounding },
      order: { currency, invoiceOn, dueOn, ...order },
      totals: { currency, netMinor: net.amountMinor, taxMinor: tax.amountMinor, totalMinor: total.amountMinor },
    };
  }

  /** Voids a draft and frees what it billed; repeating is harmless. @throws INVOICE_UNKNOWN, INVOICE_POSTED */
  async void(invoiceId: string): Promise<void> {
    const { state } = await this.get(invoiceId);
    try {
      moveBilled(state, 'void');
    } catch (error) {
      const message = `invoice ${invoiceId} is ${state}: it is corrected by a credit memo`;
      throw new DomainError('INVOICE_POSTED', message, { invoiceId, because: error });
    }
    await rows(this.db, `UPDATE invoice SET state = 'void' WHERE invoice_id = $1 AND state = 'draft'`, [invoiceId]);
    await rows(this.db, 'UPDATE invoice_source SET active = false WHERE invoice_id = $1 AND active', [invoiceId]);
  }

  /**
   * The ERP has posted the draft under this id and number; repeating is harmless.
   * @throws INVOICE_UNKNOWN, INVOICE_VOID, INVOICE_POSTED when it is posted under another id
   */
  async markPosted(
    invoiceId: string,
    posted: { erpConnectionId: string; erpId: string; number: string; postedOn: PlainDate },
  ): Promise<void> {
    if ((await this.get(invoiceId)).state === 'draft') moveBilled('draft', 'posted');
    await rows(
      this.db,
      `UPDATE invoice SET state = 'posted', erp_connection_id = $2, erp_id = $3, number = $4, posted_on = $5
       WHERE invoice_id = $1 AND state = 'draft'`,
      [invoiceId, posted.erpConnectionId, posted.erpId, posted.number, posted.postedOn],
    );
    const { state, erpId } = await this.get(invoiceId);
    if (state === 'void')
      throw new DomainError('INVOICE_VOID', `invoice ${invoiceId} is void and was posted`, { invoiceId });
    if (erpId === posted.erpId) return;
    const message = `invoice ${invoiceId} is posted as ${String(erpId)}, not as ${posted.erpId}`;
    throw new DomainError('INVOICE_POSTED', message, { invoiceId });
  }

  /**
   * Keeps a payment: what is unpaid goes down. The same key again returns what it kept.
   * @throws INVOICE_UNKNOWN, INVOICE_NOT_POSTED, PAYMENT_INVALID when it would not lower what is unpaid
   */
  async pay(payment: {
    invoiceId: string;
    key: string;
    version: string;
    unpaidMinor: number;
    paidOn: PlainDate;
  }): Promise<{ paymentId: string; amount: Money; isNew: boolean }> {
    const known = await this.findPayment(payment.key);
    if (known) return { ...known, isNew: false };
    const invoice = await this.get(payment.invoiceId);
    const { invoiceId, currency } = invoice;
    if (invoice.erpId === null) {
      throw new DomainError('INVOICE_NOT_POSTED', `invoice ${invoiceId} is ${invoice.state}: it cannot be paid`, {
        invoiceId,
      });
    }
    if (payment.unpaidMinor < 0 || payment.unpaidMinor >= invoice.unpaidMinor) {
      const [was, left] = [money(invoice.unpaidMinor, currency), money(payment.unpaidMinor, currency)].map(formatMoney);
      const message = `of invoice ${invoiceId} ${String(was)} is unpaid; no payment leaves ${String(left)}`;
      throw new DomainError('PAYMENT_INVALID', message, { invoiceId });
    }
    const amount = subtract(money(invoice.unpaidMinor, currency), money(payment.unpaidMinor, currency));
    const paymentId = mintId('pay');
    await rows(
      this.db,
      `INSERT INTO payment (payment_id, invoice_id, key, version, amount_minor, unpaid_minor, currency, paid_on)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        paymentId,
        invoiceId,
        payment.key,
        payment.version,
        amount.amountMinor,
        payment.unpaidMinor,
        currency,
        payment.paidOn,
      ],
    );
    await rows(
      this.db,
      `UPDATE invoice SET unpaid_minor = $2::bigint, state = CASE WHEN $2::bigint = 0 THEN 'paid' ELSE 'part-paid' END
       WHERE invoice_id = $1`,
      [invoiceId, payment.unpaidMinor],
    );
    return { paymentId, amount, isNew: true };
  }

  private async findPayment(key: string): Promise<{ paymentId: string; amount: Money } | undefined> {
    const row = await firstRow<{ paymentId: string; amountMinor: number; currency: string }>(
      this.db,
      'SELECT payment_id AS "paymentId", amount_minor AS "amountMinor", currency FROM payment WHERE key = $1',
      [key],
    );
    return row && { paymentId: row.paymentId, amount: money(row.amountMinor, row.currency) };
  }

  /** What is billed with tax, and paid of it, per currency: of the engagement, or of one of its legal entities. */
  async status(engagementId: string, legalEntityId?: string): Promise<{ billed: Money[]; paid: Money[] }> {
    const found = await rows<{ currency: string; billedMinor: number; paidMinor: number }>(
      this.db,
      `SELECT currency, sum(total_minor)::bigint AS "billedMinor",
         sum(total_minor - unpaid_minor)::bigint AS "paidMinor"
       FROM invoice WHERE engagement_id = $1 AND ($2::text IS NULL OR legal_entity_id = $2) AND erp_id IS NOT NULL
       GROUP BY currency ORDER BY currency`,
      [engagementId, legalEntityId ?? null],
    );
    return {
      billed: found.map(({ currency, billedMinor }) => money(billedMinor, currency)),
      paid: found.map(({ currency, paidMinor }) => money(paidMinor, currency)),
    };
  }

  /** Which of these sources a living invoice bills already. */
  async billedAmong(kind: SourceKind, sourceKeys: readonly string[]): Promise<Set<string>> {
    const statement =
      'SELECT source_key AS key FROM invoice_source WHERE active AND kind = $1 AND source_key = ANY($2)';
    return new Set((await rows<{ key: string }>(this.db, statement, [kind, sourceKeys])).map((row) => row.key));
  }

  /**
   * Net value per contract line in minor units: of `living` invoices, which are all but void ones, or of those that are
   * `booked` in our ledger; of one ERP, where it is named.
   */
  async billedByLine(
    engagementId: string,
    which: 'living' | 'booked',
    erpConnectionId: string | null = null,
  ): Promise<Map<string, number>> {
    const condition =
      which === 'living'
        ? `invoice.state <> 'void'`
        : `EXISTS (SELECT FROM journal WHERE source_kind = 'invoice' AND source_id = invoice.invoice_id)`;
    const found = await rows<{ contractLineId: string; amountMinor: number }>(
      this.db,
      `SELECT line.contract_line_id AS "contractLineId", sum(line.amount_minor)::bigint AS "amountMinor"
       FROM invoice JOIN invoice_line line USING (invoice_id)
       WHERE engagement_id = $1 AND ${condition}
         AND ($2::text IS NULL OR invoice.erp_connection_id = $2) GROUP BY line.contract_line_id`,
      [engagementId, erpConnectionId],
    );
    return new Map(found.map((row) => [row.contractLineId, row.amountMinor]));
  }
}
