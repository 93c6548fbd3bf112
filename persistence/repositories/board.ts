/**
 * The measures of the board (operations.md, section 6), read from the books and the published views: set-based, per
 * currency where they are money, and never from `recorded_at`. A reader sees the legal entities that he acts for.
 */
import type { EntityManager } from 'typeorm';
import type { Role } from '../../domain/actor.ts';
import type { Month } from '../../domain/time/period.ts';
import { firstRow, rows } from '../sql.ts';

/** How long something took, over so many cases. Null while there is none. */
export interface Duration {
  count: number;
  medianHours: number | null;
  p90Hours: number | null;
}

/** Money per currency, minor units. */
export interface MoneyFigures {
  currency: string;
  contractValueMinor: number;
  invoicedMinor: number;
  recognisedMinor: number;
  collectedMinor: number;
  /** Collected and still unpaid. */
  dueMinor: number;
}

/** Approved billable work and how much of it is on a posted invoice, minutes. */
export interface WorkFigures {
  approvedMinutes: number;
  invoicedMinutes: number;
}

/** Money that something holds up, and the role that acts first. */
export interface BlockedMoney {
  ownerRole: Role;
  code: string;
  currency: string;
  engagements: number;
  amountMinor: number;
}

/** Work that waits for approval in Throughline. */
export interface WorkToApprove {
  batches: number;
  time: number;
  minutes: number;
  expenses: number;
  oldestMonth: Month | null;
}

/** Reads the measures. `entities`: legal entities of the reader, `*` = all. */
export class BoardFigures {
  constructor(private readonly db: EntityManager) {}

  /** From the deal's close in the CRM (else the moment it was received) to the active engagement. */
  async closedWonToActive(entities: readonly string[]): Promise<Duration> {
    return this.duration(
      `WITH won AS (
         SELECT engagement_id, min(occurred_at) AS at FROM inbox WHERE fact_type = 'dealWon' GROUP BY engagement_id
       ), line AS (
         SELECT engagement_id, min(at) AS received,
           min(at) FILTER (WHERE kind = 'stage' AND title = 'Engagement is active') AS active
         FROM timeline GROUP BY engagement_id
       )
       SELECT greatest(0, extract(epoch FROM line.active - coalesce(won.at, line.received)) / 3600) AS hours
       FROM line JOIN engagement_view v USING (engagement_id) LEFT JOIN won USING (engagement_id)
       WHERE line.active IS NOT NULL AND ('*' = ANY($1) OR v.legal_entity_ids && $1::text[])`,
      entities,
    );
  }

  /** From the approval of a time line in the PSA to the date of the posted invoice that has it. */
  async approvedToInvoiced(entities: readonly string[]): Promise<Duration> {
    return this.duration(
      `SELECT greatest(0, extract(epoch FROM i.posted_on::timestamp - t.occurred_at::date) / 3600) AS hours
       FROM rated_line r JOIN invoice i USING (invoice_id)
       JOIN time_line t
         ON r.kind = 'time' AND r.source_key = t.connection_id || ':' || t.entry_id AND r.version = t.version
       WHERE i.posted_on IS NOT NULL AND ('*' = ANY($1) OR i.legal_entity_id = ANY($1))`,
      entities,
    );
  }

  /**
   * Facts that a person had to tell Throughline because no system did: the only way in which anything is keyed by hand.
   */
  async fieldsKeyedAgain(): Promise<number> {
    const found = await firstRow<{ count: number }>(
      this.db,
      `SELECT count(*) AS count FROM audit_entry 
       WHERE action = 'fact.report' AND outcome = 'accepted' AND NOT actor->'roles' ? 'integration'`,
    );
    return found?.count ?? 0;
  }

  /**
   * The latest revision of each entry counts; work without a contract's project is not billable by us, and work on a
   * fixed fee or retainer is not billed by the hour.
   */
  async work(entities: readonly string[]): Promise<WorkFigures> {
    const found = await firstRow<WorkFigures>(
      this.db,
      `WITH latest AS (
         SELECT DISTINCT ON (connection_id, entry_id) connection_id, entry_id, engagement_id, legal_entity_id,
           role, minutes, state, billable
         FROM time_line WHERE engagement_id IS NOT NULL AND ('*' = ANY($1) OR legal_entity_id = ANY($1))
         ORDER BY connection_id, entry_id, version DESC
       ), billed AS (
         SELECT DISTINCT source_key FROM invoice_source JOIN invoice USING (invoice_id)
         WHERE kind = 'time' AND active AND state IN ('posted', 'part-paid', 'paid')
       )
       SELECT coalesce(sum(minutes), 0)::bigint AS "approvedMinutes",
         coalesce(sum(minutes) FILTER (WHERE billed.source_key IS NOT NULL), 0)::bigint AS "invoicedMinutes"
       FROM latest LEFT JOIN billed ON billed.source_key = latest.connection_id || ':' || latest.entry_id
       WHERE state = 'approved' AND billable AND EXISTS (
         SELECT 1 FROM contract_version c, jsonb_array_elements(c.document->'lines') line
         WHERE c.engagement_id = latest.engagement_id AND line->>'legalEntityId' = latest.legal_entity_id
           AND line->'pricing'->>'model' = 'time-and-materials'
           AND line->'pricing'->'rates' @> jsonb_build_array(jsonb_build_object('role', latest.role)))`,
      [entities],
    );
    return found ?? { approvedMinutes: 0, invoicedMinutes: 0 };
  }

  /** Contract value, invoiced, recognised, collected and due, per currency. Invoiced and recognised are net of tax. */
  money(entities: readonly string[]): Promise<MoneyFigures[]> {
    const total = (what: string): string => `coalesce(sum(minor) FILTER (WHERE what = '${what}'), 0)::bigint`;
    return rows(
      this.db,
      `WITH mine AS (
         SELECT currency, 'contract' AS what, contract_value_minor AS minor
         FROM engagement_amount JOIN engagement_view v USING (engagement_id)
         WHERE '*' = ANY($1) OR v.legal_entity_ids && $1::text[]
         UNION ALL
         SELECT currency, unnest(ARRAY['invoiced', 'unpaid']), unnest(ARRAY[net_minor, unpaid_minor]) FROM invoice
         WHERE state IN ('posted', 'part-paid', 'paid') AND ('*' = ANY($1) OR legal_entity_id = ANY($1))
         UNION ALL
         SELECT currency, 'recognised', amount_minor FROM revenue_event WHERE '*' = ANY($1) OR legal_entity_id = ANY($1)
         UNION ALL
         SELECT p.currency, 'collected', p.amount_minor FROM payment p JOIN invoice USING (invoice_id)
         WHERE '*' = ANY($1) OR legal_entity_id = ANY($1)
       )
       SELECT currency, ${total('contract')} AS "contractValueMinor", ${total('invoiced')} AS "invoicedMinor",
         ${total('recognised')} AS "recognisedMinor", ${total('collected')} AS "collectedMinor",
         ${total('collected')} + ${total('unpaid')} AS "dueMinor"
       FROM mine GROUP BY currency ORDER BY currency`,
      [entities],
    );
  }

  /** What blocks or waits, with the amount it holds up; an engagement's amount counts once per reason. */
  blocked(entities: readonly string[]): Promise<BlockedMoney[]> {
    return rows(
      this.db,
      `WITH obstacle AS (
         SELECT DISTINCT v.engagement_id, o->>'ownerRole' AS owner_role, o->>'code' AS code,
           o->'amount'->>'currency' AS currency, o->>'sagaId' AS saga_id, (o->'amount'->>'amountMinor')::bigint AS minor
         FROM engagement_view v CROSS JOIN LATERAL jsonb_array_elements(v.summary->'obstacles') o
         WHERE o->'amount'->>'currency' IS NOT NULL AND ('*' = ANY($1) OR v.legal_entity_ids && $1::text[])
       )
       SELECT owner_role AS "ownerRole", code, currency, count(DISTINCT engagement_id) AS engagements,
         sum(minor)::bigint AS "amountMinor"
       FROM obstacle GROUP BY owner_role, code, currency ORDER BY owner_role, code, currency`,
      [entities],
    );
  }

  /** Work that waits for approval in Throughline, of engagements that have not ended. */
  async workToApprove(entities: readonly string[]): Promise<WorkToApprove> {
    const found = await firstRow<WorkToApprove>(
      this.db,
      `SELECT count(*) AS batches, coalesce(sum(waiting_time), 0)::bigint AS time,
         coalesce(sum(waiting_minutes), 0)::bigint AS minutes, coalesce(sum(waiting_expenses), 0)::bigint AS expenses,
         min(month) AS "oldestMonth"
       FROM work_batch JOIN engagement_view v USING (engagement_id)
       WHERE waiting_time + waiting_expenses > 0 AND v.stage NOT IN ('closed', 'cancelled')
         AND ('*' = ANY($1) OR legal_entity_id = ANY($1))`,
      [entities],
    );
    return found ?? { batches: 0, time: 0, minutes: 0, expenses: 0, oldestMonth: null };
  }

  private async duration(hoursOf: string, entities: readonly string[]): Promise<Duration> {
    const found = await firstRow<Duration>(
      this.db,
      `SELECT count(*) AS count, percentile_cont(0.5) WITHIN GROUP (ORDER BY hours)::float8 AS "medianHours",
         percentile_cont(0.9) WITHIN GROUP (ORDER BY hours)::float8 AS "p90Hours"
       FROM (${hoursOf}) AS taken`,
      [entities],
    );
    return found ?? { count: 0, medianHours: null, p90Hours: null };
  }
}
