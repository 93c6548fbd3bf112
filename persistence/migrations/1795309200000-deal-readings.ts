/**
 * What is known of a deal: the latest reading of its record that its engagement was told of. Columns that are null
 * until the deal is read the next time, so that an older release works on beside this one (decisions.md 23).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the reading to the deals of engagements. */
export class DealReadings1795309200000 implements MigrationInterface {
  readonly name = 'DealReadings1795309200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE engagement_deal
      ADD COLUMN read_version text COLLATE "C",
      ADD COLUMN read_stage text CHECK (read_stage IN ('open', 'won', 'lost')),
      ADD COLUMN read_terms char(64),
      ADD COLUMN read_customer char(64),
      ADD CHECK (num_nulls(read_version, read_stage, read_terms, read_customer) IN (0, 4))`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
