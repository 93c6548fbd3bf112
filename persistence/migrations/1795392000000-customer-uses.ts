/** Who of us uses an ERP customer, and how each found it (ADR 0008). Forward only (decisions.md 23). */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the uses of shared customers; engagements of before have none and are found by their references. */
export class CustomerUses1795392000000 implements MigrationInterface {
  readonly name = 'CustomerUses1795392000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE customer_use (
        connection_id text NOT NULL,
        customer_key text NOT NULL,
        engagement_id text NOT NULL REFERENCES engagement,
        found jsonb NOT NULL,
        began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        PRIMARY KEY (connection_id, customer_key, engagement_id)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
