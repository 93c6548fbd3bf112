/**
 * A create that got no answer may arrive after its key was looked up, and then two objects carry the key (ADR 0012).
 * So a reference can say when its key is looked up once more. Forward only (decisions.md 23).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the time; projects of before are looked up at the next poll. */
export class ProjectsLookedForAgain1795480320000 implements MigrationInterface {
  readonly name = 'ProjectsLookedForAgain1795480320000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE external_ref ADD COLUMN look_again_at timestamptz;
      UPDATE external_ref SET look_again_at = now() WHERE type = 'project' AND ended_at IS NULL;
      CREATE INDEX external_ref_look_again ON external_ref (connection_id, look_again_at)
        WHERE look_again_at IS NOT NULL;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
