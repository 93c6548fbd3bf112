/**
 * What the ERP made of our invoices, as last read back. Kept also where it differs from what was approved: then it is
 * what a person has to see beside our figures, and nothing of it is in our books.
 */
import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../sql.ts';

/** An invoice as the ERP has it; amounts in minor units of `currency`. */
export interface InvoiceReading {
  erpConnectionId: string;
  erpId: string;
  number: string;
  currency: string;
  netMinor: number;
  taxMinor: number;
  totalMinor: number;
  /** Lines without tax; the key is the number of our line, null on a line that is none of ours. */
  lines: { lineKey: string | null; amountMinor: number }[];
}

/** Readings by our invoice. */
export class InvoiceReadings {
  constructor(private readonly db: EntityManager) {}

  /** The last reading takes the place of the one before: the ERP's document may have been corrected there. */
  async put(invoiceId: string, reading: InvoiceReading): Promise<void> {
    const { erpConnectionId, erpId, number, currency, netMinor, taxMinor, totalMinor, lines } = reading;
    await rows(
      this.db,
      `INSERT INTO invoice_reading (invoice_id, erp_connection_id, erp_id, number, currency, net_minor, tax_minor,
         total_minor, lines)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (invoice_id) DO UPDATE SET erp_connection_id = excluded.erp_connection_id, erp_id = excluded.erp_id,
         number = excluded.number, currency = excluded.currency, net_minor = excluded.net_minor,
         tax_minor = excluded.tax_minor, total_minor = excluded.total_minor, lines = excluded.lines,
         read_at = clock_timestamp()`,
      [...[invoiceId, erpConnectionId, erpId, number, currency, netMinor, taxMinor, totalMinor], JSON.stringify(lines)],
    );
  }

  /** The last reading, with when it was, milliseconds since 1970; undefined where the ERP was never read. */
  find(invoiceId: string): Promise<(InvoiceReading & { readAt: number }) | undefined> {
    return firstRow(
      this.db,
      `SELECT erp_connection_id AS "erpConnectionId", erp_id AS "erpId", number, currency, net_minor AS "netMinor",
         tax_minor AS "taxMinor", total_minor AS "totalMinor", lines,
         floor(extract(epoch FROM read_at) * 1000)::bigint AS "readAt"
       FROM invoice_reading WHERE invoice_id = $1`,
      [invoiceId],
    );
  }
}
