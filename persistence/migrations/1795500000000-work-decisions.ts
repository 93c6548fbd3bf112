/**
 * Approval of time and expenses in Throughline, for PSAs that have none: who decides on a revision, the decision that
 * made one of ours, and how much waits per month of work. Columns with defaults, so that an older release works on
 * beside this one (decisions.md 23).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const DECIDED_LINE = `ADD COLUMN decided_in text NOT NULL DEFAULT 'psa' CHECK (decided_in IN ('psa', 'throughline')),
  ADD COLUMN decision_id text REFERENCES work_decision`;

const undecided = (table: string, date: string): string =>
  `CREATE INDEX ${table}_undecided ON ${table} (engagement_id, legal_entity_id, ${date})
    WHERE decided_in = 'throughline' AND state IN ('submitted', 'rejected')`;

const refusal = (operation: string): string =>
  `CREATE TRIGGER work_decision_refuses_${operation.toLowerCase()} BEFORE ${operation} ON work_decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change()`;

/** Adds decisions, what they are about, and the view of what waits. */
export class WorkDecisions1795500000000 implements MigrationInterface {
  readonly name = 'WorkDecisions1795500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE work_decision (
        decision_id text PRIMARY KEY,
        command_id text NOT NULL UNIQUE,
        engagement_id text NOT NULL REFERENCES engagement,
        legal_entity_id text NOT NULL,
        month char(7) NOT NULL CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
        verdict text NOT NULL CHECK (verdict IN ('approved', 'rejected')),
        hash char(64) NOT NULL,
        reason text CHECK (reason IS NOT NULL OR verdict = 'approved'),
        actor jsonb NOT NULL,
        decided_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now()
      );
      ${refusal('UPDATE')};
      ${refusal('DELETE')};
      ALTER TABLE time_line ${DECIDED_LINE};
      ALTER TABLE expense_line ${DECIDED_LINE};
      ${undecided('time_line', 'worked_on')};
      ${undecided('expense_line', 'incurred_on')};
      CREATE TABLE work_batch (
        engagement_id text NOT NULL REFERENCES engagement,
        legal_entity_id text NOT NULL,
        month char(7) NOT NULL CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
        waiting_time integer NOT NULL,
        waiting_minutes bigint NOT NULL,
        waiting_expenses integer NOT NULL,
        rejected integer NOT NULL,
        waiting_since timestamptz,
        version integer NOT NULL DEFAULT 1,
        PRIMARY KEY (engagement_id, legal_entity_id, month)
      );
      CREATE INDEX work_batch_open ON work_batch (month, engagement_id, legal_entity_id)
        WHERE waiting_time + waiting_expenses + rejected > 0;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
