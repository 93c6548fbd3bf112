/**
 * Journals are released by a policy before they are posted (decisions.md 17), and what the ERP refused is kept in
 * sight. Workers of the release before post straight from `proposed` and are let through until the next one
 * (decisions.md 23).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the state `released` with the policy's id, and the refusals of journals. */
export class ReleasedJournals1795480260000 implements MigrationInterface {
  readonly name = 'ReleasedJournals1795480260000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE journal DROP CONSTRAINT journal_state_check;
      ALTER TABLE journal
        ADD COLUMN released_by text CHECK (released_by LIKE 'policy:%'),
        ADD CONSTRAINT journal_state_check CHECK (state IN ('proposed', 'released', 'posted')),
        ADD CONSTRAINT journal_released_check CHECK (state <> 'released' OR released_by IS NOT NULL);
      CREATE TABLE journal_refusal (
        journal_id text PRIMARY KEY REFERENCES journal,
        reason text NOT NULL,
        attempts integer NOT NULL DEFAULT 1,
        first_refused_at timestamptz NOT NULL DEFAULT now(),
        last_refused_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE OR REPLACE FUNCTION guard_journal() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        moving text[] := ARRAY['state', 'erp_id', 'released_by'];
      BEGIN
        IF to_jsonb(OLD) - moving = to_jsonb(NEW) - moving AND (
          OLD.state = 'proposed' AND NEW.state = 'released' AND NEW.erp_id IS NULL
          OR OLD.state = 'released' AND NEW.state = 'posted' AND NEW.erp_id IS NOT NULL
            AND NEW.released_by = OLD.released_by
          OR OLD.state = 'proposed' AND NEW.state = 'posted' AND NEW.erp_id IS NOT NULL AND NEW.released_by IS NULL
        ) THEN
          RETURN NEW;
        END IF;
        RAISE EXCEPTION 'journal % is %: this UPDATE is refused', OLD.journal_id, OLD.state
          USING ERRCODE = 'restrict_violation';
      END $$;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
