/**
 * Which systems are to be told how an engagement stands, and how far they were told (ADR 0013). A row is wanted anew
 * with each posted invoice and each payment, in the transaction that books it; a job of the connection writes what is
 * wanted. Figures are read when they are written, so a report that was late tells what is true by then.
 */
import type { EntityManager } from 'typeorm';
import { rows } from '../sql.ts';

/** Who is told about what: the CRM about the engagement (no legal entity), a PSA about its project. */
export interface ReportOf {
  connectionId: string;
  engagementId: string;
  /** Empty for the whole engagement. */
  legalEntityId: string;
}

/** A report that is wanted; `wanted` counts up, so that one that is wanted again meanwhile stays due. */
export interface DueReport extends ReportOf {
  wanted: number;
}

/** How far a system was told. */
export interface ReportState extends ReportOf {
  isDue: boolean;
  /** Since when there is something to tell, milliseconds since 1970, like `writtenAt`. */
  wantedAt: number;
  writtenAt: number | null;
  /** Why the last try failed; null when it did not. */
  failure: string | null;
}

const ROW = 'connection_id = $1 AND engagement_id = $2 AND legal_entity_id = $3';

/** Reports of billing and payment status. */
export class StatusReports {
  constructor(private readonly db: EntityManager) {}

  /** There is something new to tell. Call it inside the transaction that books it. */
  async want(engagementId: string, to: readonly Omit<ReportOf, 'engagementId'>[]): Promise<void> {
    await rows(
      this.db,
      `INSERT INTO status_report AS report (connection_id, engagement_id, legal_entity_id)
       SELECT "connectionId", $1, "legalEntityId"
       FROM jsonb_to_recordset($2::jsonb) AS item("connectionId" text, "legalEntityId" text)
       ON CONFLICT (connection_id, engagement_id, legal_entity_id) DO UPDATE SET wanted = report.wanted + 1,
         wanted_at = CASE WHEN report.written < report.wanted THEN report.wanted_at ELSE clock_timestamp() END`,
      [engagementId, JSON.stringify(to)],
    );
  }

  /** What a connection is to be told and has not refused to this run: what failed before comes last. */
  due(connectionId: string, run: string, limit: number): Promise<DueReport[]> {
    return rows(
      this.db,
      `SELECT connection_id AS "connectionId", engagement_id AS "engagementId", legal_entity_id AS "legalEntityId",
         wanted
       FROM status_report WHERE connection_id = $1 AND written < wanted AND tried_in IS DISTINCT FROM $2
       ORDER BY failure IS NOT NULL, wanted_at, engagement_id LIMIT $3`,
      [connectionId, run, limit],
    );
  }

  /** The system holds what was wanted at that count. */
  async told({ connectionId, engagementId, legalEntityId, wanted }: DueReport): Promise<void> {
    await rows(
      this.db,
      `UPDATE status_report SET written = greatest(written, $4), written_at = clock_timestamp(), failure = NULL
       WHERE ${ROW}`,
      [connectionId, engagementId, legalEntityId, wanted],
    );
  }

  /**
   * It could not be told: refused in this run, which goes on with the others; without a run, the system is away and any
   * try may come next, after those that did not fail.
   */
  async failed(
    { connectionId, engagementId, legalEntityId }: ReportOf,
    failure: string,
    run: string | null,
  ): Promise<void> {
    const statement = `UPDATE status_report SET failure = $4, tried_in = coalesce($5, tried_in) WHERE ${ROW}`;
    await rows(this.db, statement, [connectionId, engagementId, legalEntityId, failure, run]);
  }

  /** The engagement is over, and its end told everything: nothing is due any more. */
  async settle({ connectionId, engagementId, legalEntityId }: ReportOf): Promise<void> {
    await rows(
      this.db,
      `UPDATE status_report SET written = wanted, written_at = clock_timestamp(), failure = NULL WHERE ${ROW}`,
      [connectionId, engagementId, legalEntityId],
    );
  }

  /**
   * How far systems were told, in the order of connection, engagement and entity, after `after`; for a reader who acts
   * for these legal entities (`*` = all).
   */
  list(
    legalEntities: readonly string[],
    which: { engagementId?: string; state?: 'due' | 'failing' },
    page: { after: readonly string[]; limit: number },
  ): Promise<ReportState[]> {
    const states = { due: 'written < wanted', failing: 'written < wanted AND failure IS NOT NULL' };
    return rows(
      this.db,
      `SELECT report.connection_id AS "connectionId", engagement_id AS "engagementId",
         report.legal_entity_id AS "legalEntityId",
         written < wanted AS "isDue", floor(extract(epoch FROM wanted_at) * 1000)::bigint AS "wantedAt",
         floor(extract(epoch FROM written_at) * 1000)::bigint AS "writtenAt", failure
       FROM status_report report JOIN engagement_view view USING (engagement_id)
       WHERE ('*' = ANY($1::text[]) OR view.legal_entity_ids && $1::text[])
         AND ($2::text IS NULL OR engagement_id = $2) AND ${which.state ? states[which.state] : 'true'}
         AND (report.connection_id, engagement_id, report.legal_entity_id) > ($3, $4, $5)
       ORDER BY report.connection_id, engagement_id, report.legal_entity_id LIMIT $6`,
      [
        legalEntities,
        which.engagementId ?? null,
        ...['', '', ''].map((none, at) => page.after[at] ?? none),
        page.limit,
      ],
    );
  }
}
