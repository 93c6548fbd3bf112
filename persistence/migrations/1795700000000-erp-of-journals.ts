/**
 * Each journal says in which ERP's ledger it is, because an entity may move from one ERP to another (ADR 0014). Null in
 * rows of before: then the ERP that the entity began with. Forward only (decisions.md 23).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the connection, and the journals that hand balances over from one ERP to the next. */
export class ErpOfJournals1795700000000 implements MigrationInterface {
  readonly name = 'ErpOfJournals1795700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE journal ADD COLUMN erp_connection_id text;
      ALTER TABLE journal DROP CONSTRAINT journal_source_kind_check;
      ALTER TABLE journal ADD CONSTRAINT journal_source_kind_check CHECK (source_kind IN
        ('invoice', 'reclass', 'payment', 'revenue', 'cost', 'reversal', 'transfer'));
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
