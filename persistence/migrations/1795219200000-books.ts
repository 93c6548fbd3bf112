/** The first migration: books, views and what the edges keep. Forward only (decisions.md 23). */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { GUARD_FUNCTIONS, GUARD_TRIGGERS } from './books-guards.ts';
import { BOOK_TABLES, ENGAGEMENT_TABLES, VIEW_TABLES, WORK_TABLES } from './books-schema.ts';

/** Creates every table and guard of the first release. */
export class Books1795219200000 implements MigrationInterface {
  readonly name = 'Books1795219200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const part of [ENGAGEMENT_TABLES, WORK_TABLES, BOOK_TABLES, VIEW_TABLES, GUARD_FUNCTIONS, GUARD_TRIGGERS]) {
      await runner.query(part);
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
