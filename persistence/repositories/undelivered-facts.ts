/**
 * Rows of the inbox that reached no engagement: dead after the last attempt, or waiting for the next one. Read by
 * people, who may have one tried again at once.
 */
import type { EntityManager } from 'typeorm';
import type { InboxFactType } from '../../domain/engagement/calls.ts';
import { firstRow, rows } from '../sql.ts';

/** A fact that reached nobody yet. */
export interface UndeliveredFact {
  inboxId: string;
  /** Position in the inbox. */
  seq: number;
  status: 'dead' | 'waiting';
  connectionId: string;
  type: InboxFactType;
  objectKey: string;
  version: string;
  engagementId: string | null;
  correlationId: string;
  reason: string;
  attempts: number;
  /** Milliseconds since 1970, like `nextAttemptAt`. */
  receivedAt: number;
  ageSeconds: number;
  /** When it is tried again by itself; null for what is dead. */
  nextAttemptAt: number | null;
}

const COLUMNS = `inbox_id AS "inboxId", seq, CASE status WHEN 'dead' THEN 'dead' ELSE 'waiting' END AS status,
  inbox.connection_id AS "connectionId", fact_type AS type, object_key AS "objectKey", version,
  inbox.engagement_id AS "engagementId", correlation_id AS "correlationId", coalesce(reason, '') AS reason, attempts,
  floor(extract(epoch FROM recorded_at) * 1000)::bigint AS "receivedAt",
  floor(extract(epoch FROM now() - recorded_at))::integer AS "ageSeconds",
  CASE status WHEN 'dead' THEN NULL ELSE floor(extract(epoch FROM next_attempt_at) * 1000)::bigint END
    AS "nextAttemptAt"`;

/** Failed at least once and given to nobody since. */
const UNDELIVERED = `(status = 'dead' OR status = 'received' AND attempts > 0)`;

/** What belongs to no engagement, or to one without legal entities yet, is seen by everyone who may read facts. */
const VISIBLE = `('*' = ANY($1::text[]) OR coalesce(v.legal_entity_ids, '{}') = '{}'
  OR v.legal_entity_ids && $1::text[])`;

/** The dead letters of the inbox. */
export class UndeliveredFacts {
  constructor(private readonly db: EntityManager) {}

  /** Oldest first, after `seq`, at most `limit`; for a reader who acts for these legal entities (`*` = all). */
  list(
    legalEntities: readonly string[],
    page: { status: UndeliveredFact['status'] | undefined; afterSeq: number; limit: number },
  ): Promise<UndeliveredFact[]> {
    const which = { dead: `status = 'dead'`, waiting: `status = 'received'` };
    return rows(
      this.db,
      `SELECT ${COLUMNS} FROM inbox LEFT JOIN engagement_view v USING (engagement_id)
       WHERE ${UNDELIVERED} AND ${page.status ? which[page.status] : 'true'} AND ${VISIBLE} AND seq > $2
       ORDER BY seq LIMIT $3`,
      [legalEntities, page.afterSeq, page.limit],
    );
  }

  /**
   * Makes a fact due at once, as if it had just come; repeating is harmless. `isDue` is false when it reached an
   * engagement or was ignored; undefined when the reader knows no such fact.
   */
  async retry(
    inboxId: string,
    legalEntities: readonly string[],
  ): Promise<{ isDue: boolean; engagementId: string | null } | undefined> {
    const found = await firstRow<{ engagementId: string | null }>(
      this.db,
      `SELECT inbox.engagement_id AS "engagementId" FROM inbox LEFT JOIN engagement_view v USING (engagement_id)
       WHERE inbox_id = $2 AND ${VISIBLE}`,
      [legalEntities, inboxId],
    );
    if (!found) return undefined;
    const due = await rows(
      this.db,
      `UPDATE inbox SET status = 'received', attempts = 0, next_attempt_at = now()
       WHERE inbox_id = $1 AND status IN ('dead', 'received') RETURNING inbox_id`,
      [inboxId],
    );
    return { isDue: due.length > 0, engagementId: found.engagementId };
  }
}
