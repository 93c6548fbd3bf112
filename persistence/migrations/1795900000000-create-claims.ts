/**
 * Who is making the record of a key in another system, recorded before the call (ADR 0015). Rows live for seconds, or
 * for minutes where a request got no answer. Forward only (decisions.md 23).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the claims; workers of the release before take none, and are told of what was made twice as before. */
export class CreateClaims1795900000000 implements MigrationInterface {
  readonly name = 'CreateClaims1795900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE create_claim (
        connection_id text NOT NULL,
        key text NOT NULL,
        token uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (connection_id, key)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
