/**
 * What the ERP made of an invoice of ours, as it was last read back: its figures stand beside ours wherever somebody
 * asks why an amount is what it is, above all where they differ. Forward only (decisions.md 23).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the readings; invoices that were posted before have none. */
export class InvoicesInTheErp1795800000000 implements MigrationInterface {
  readonly name = 'InvoicesInTheErp1795800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE invoice_reading (
        invoice_id text PRIMARY KEY REFERENCES invoice,
        erp_connection_id text NOT NULL,
        erp_id text NOT NULL,
        number text NOT NULL,
        currency text NOT NULL,
        net_minor bigint NOT NULL,
        tax_minor bigint NOT NULL,
        total_minor bigint NOT NULL,
        lines jsonb NOT NULL,
        read_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
