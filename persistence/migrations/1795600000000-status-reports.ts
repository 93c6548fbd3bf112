/** What other systems are told about billing and payment, and how far they were told (ADR 0013). Forward only. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the reports; engagements of before report within their sagas, and have no rows here. */
export class StatusReports1795600000000 implements MigrationInterface {
  readonly name = 'StatusReports1795600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE status_report (
        connection_id text NOT NULL,
        engagement_id text NOT NULL REFERENCES engagement,
        legal_entity_id text NOT NULL DEFAULT '',
        wanted bigint NOT NULL DEFAULT 1,
        written bigint NOT NULL DEFAULT 0 CHECK (written <= wanted),
        wanted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        written_at timestamptz,
        tried_in text,
        failure text,
        PRIMARY KEY (connection_id, engagement_id, legal_entity_id)
      )`);
    await runner.query('CREATE INDEX ON status_report (connection_id, wanted_at) WHERE written < wanted');
    await runner.query('CREATE INDEX ON status_report (engagement_id)');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
