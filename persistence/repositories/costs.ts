/**
 * Cost batches: which revision of which time entry went into which posting, so that none is posted twice and none is
 * lost.
 */
import type { EntityManager } from 'typeorm';
import type { LegalEntity } from '../../domain/configuration.ts';
import type { Money } from '../../domain/money/money.ts';
import type { Month } from '../../domain/time/period.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import { mintId } from '../ids.ts';
import { rows } from '../sql.ts';
import { type JournalLine, Journals } from './journals.ts';

/** A time entry whose latest revision no batch has. */
export interface UncostedTime {
  connectionId: string;
  entryId: string;
  version: string;
  engagementId: string;
  legalEntityId: string;
  role: string;
  workedOn: PlainDate;
  minutes: number;
  approved: boolean;
  /** What earlier batches posted for the entry. */
  costedMinutes: number;
  costedMinor: number;
}

/** A line of a batch: the difference to what was posted before. */
export interface CostBatchLine {
  connectionId: string;
  entryId: string;
  version: string;
  engagementId: string;
  minutes: number;
  hourlyRate: string;
  amountMinor: number;
}

/** A batch of one legal entity and month; `connectionId` is the ERP's. */
export interface CostBatch {
  connectionId: string;
  entity: LegalEntity;
  month: Month;
  postedOn: PlainDate;
  amount: Money;
  lines: CostBatchLine[];
  journalLines: (amount: Money) => JournalLine[];
}

/** A role of a legal entity; among those that have a cost rate, `*` stands for every role. */
export interface RoleOfEntity {
  legalEntityId: string;
  role: string;
}

/** Whose time is wanted, and which of its roles have a cost rate. */
export interface CostScope {
  legalEntityIds: readonly string[];
  rated: readonly RoleOfEntity[];
}

/** Approved time of the entities in $1 that no batch has, and withdrawn time that one has. */
const UNCOSTED = `FROM time_line line
  LEFT JOIN LATERAL (SELECT sum(c.minutes) AS minutes, sum(c.amount_minor) AS amount_minor FROM cost_batch_line c
    WHERE c.connection_id = line.connection_id AND c.entry_id = line.entry_id) before ON true
  WHERE line.legal_entity_id = ANY($1) AND line.engagement_id IS NOT NULL
    AND (line.state = 'approved' OR before.minutes IS NOT NULL)
    AND NOT EXISTS (SELECT FROM time_line newer WHERE newer.connection_id = line.connection_id
      AND newer.entry_id = line.entry_id AND newer.version > line.version)
    AND NOT EXISTS (SELECT FROM cost_batch_line c WHERE c.connection_id = line.connection_id
      AND c.entry_id = line.entry_id AND c.version = line.version)`;
const HAS_RATE = `EXISTS (SELECT FROM jsonb_to_recordset($2::jsonb) AS rate("legalEntityId" text, role text)
  WHERE rate."legalEntityId" = line.legal_entity_id AND rate.role IN (line.role, '*'))`;

/** Cost batches. */
export class Costs {
  constructor(private readonly db: EntityManager) {}

  /** Uncosted time of these roles, oldest first: what waits for a rate does not stand before what has one. */
  uncosted({ legalEntityIds, rated }: CostScope, limit: number): Promise<UncostedTime[]> {
    return rows(
      this.db,
      `SELECT line.connection_id AS "connectionId", line.entry_id AS "entryId", line.version,
         line.engagement_id AS "engagementId", line.legal_entity_id AS "legalEntityId",
         line.role, line.worked_on AS "workedOn", line.minutes, line.state = 'approved' AS approved,
         coalesce(before.minutes, 0)::bigint AS "costedMinutes",
         coalesce(before.amount_minor, 0)::bigint AS "costedMinor"
       ${UNCOSTED} AND ${HAS_RATE} ORDER BY line.worked_on, line.entry_id LIMIT $3`,
      [legalEntityIds, JSON.stringify(rated), limit],
    );
  }

  /** Roles whose uncosted time waits, because these entities have a rate for others only. */
  withoutRate({ legalEntityIds, rated }: CostScope): Promise<RoleOfEntity[]> {
    return rows(
      this.db,
      `SELECT DISTINCT line.legal_entity_id AS "legalEntityId", line.role ${UNCOSTED} AND NOT ${HAS_RATE}
       ORDER BY line.legal_entity_id, line.role`,
      [legalEntityIds, JSON.stringify(rated)],
    );
  }

  /** Writes a batch with its journal; a batch whose lines cancel out has no journal. Call it inside a transaction. */
  async add(batch: CostBatch): Promise<void> {
    const { entity, connectionId, month, postedOn, amount } = batch;
    const batchId = mintId('cst');
    const lines = batch.journalLines(amount);
    const journal = {
      engagementId: null,
      legalEntityId: entity.legalEntityId,
      erpEntityRef: entity.erpEntityRef,
      book: 'primary' as const,
      month,
      postedOn,
      currency: amount.currency,
      sourceKind: 'cost' as const,
      sourceId: batchId,
      key: batchId,
      memo: `Cost of approved time ${month}`,
      erpId: null,
      lines,
    };
    const journalId = amount.amountMinor === 0 ? null : await new Journals(this.db).add(journal);
    const minutes = batch.lines.reduce((total, line) => total + line.minutes, 0);
    await rows(
      this.db,
      `INSERT INTO cost_batch (cost_batch_id, connection_id, legal_entity_id, currency, window_on, key, minutes,
        amount_minor, journal_id)
       VALUES ($1, $2, $3, $4, $5, $1, $6, $7, $8)`,
      [
        batchId,
        connectionId,
        entity.legalEntityId,
        amount.currency,
        `${month}-01`,
        minutes,
        amount.amountMinor,
        journalId,
      ],
    );
    await rows(
      this.db,
      `INSERT INTO cost_batch_line (cost_batch_id, connection_id, entry_id, version, engagement_id, minutes,
        hourly_rate, amount_minor)
       SELECT $1, "connectionId", "entryId", version, "engagementId", minutes, "hourlyRate", "amountMinor"
       FROM jsonb_to_recordset($2::jsonb) AS line("connectionId" text, "entryId" text, version text,
       "engagementId" text, minutes integer, "hourlyRate" numeric, "amountMinor" bigint)`,
      [batchId, JSON.stringify(batch.lines)],
    );
  }
}
