/**
 * An entry that a not-to-exceed amount divides is billed in parts: what is held now may be billed later, once. A living
 * source is unique by its part, no longer by its entry alone. Forward only (decisions.md 23).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Numbers the parts of a source; what was stored before is the first part of its entry. */
export class BilledInParts1795305600000 implements MigrationInterface {
  readonly name = 'BilledInParts1795305600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE invoice_source ADD COLUMN part integer NOT NULL DEFAULT 1 CHECK (part > 0);
      DROP INDEX invoice_source_billed_once;
      CREATE UNIQUE INDEX invoice_source_billed_once ON invoice_source (kind, source_key, part) WHERE active;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
