/**
 * Recognised revenue: one event per contract line and month, never changed; a later month carries what earlier ones
 * missed.
 */
import type { EntityManager } from 'typeorm';
import type { Money } from '../../domain/money/money.ts';
import { money } from '../../domain/money/money.ts';
import type { Month } from '../../domain/time/period.ts';
import { firstRow, rows } from '../sql.ts';

/** What was recognised for a line in a month, and why. */
export interface RevenueEvent {
  engagementId: string;
  legalEntityId: string;
  contractLineId: string;
  month: Month;
  amount: Money;
  /** Recognised to date, this month included. */
  cumulative: Money;
  key: string;
  derivation: unknown;
}

interface EventRow {
  contractLineId: string;
  month: Month;
  amountMinor: number;
  cumulativeMinor: number;
  currency: string;
  key: string;
}

const COLUMNS = `contract_line_id AS "contractLineId", month, amount_minor AS "amountMinor",
  cumulative_minor AS "cumulativeMinor", currency, key`;

/** A stored event. */
export type StoredRevenueEvent = Pick<RevenueEvent, 'contractLineId' | 'month' | 'amount' | 'cumulative' | 'key'>;

function fromRow({ amountMinor, cumulativeMinor, currency, ...row }: EventRow): StoredRevenueEvent {
  return { ...row, amount: money(amountMinor, currency), cumulative: money(cumulativeMinor, currency) };
}

/** Revenue events. */
export class RevenueEvents {
  constructor(private readonly db: EntityManager) {}

  /** Writes events; a second event of a line's month is refused by the database. */
  async add(events: readonly RevenueEvent[]): Promise<void> {
    for (const event of events) {
      await rows(
        this.db,
        `INSERT INTO revenue_event (engagement_id, legal_entity_id, contract_line_id, month, amount_minor,
          cumulative_minor, currency, key, derivation)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          event.engagementId,
          event.legalEntityId,
          event.contractLineId,
          event.month,
          event.amount.amountMinor,
          event.cumulative.amountMinor,
          event.amount.currency,
          event.key,
          JSON.stringify(event.derivation),
        ],
      );
    }
  }

  /** The events of an entity's month. */
  async ofMonth(engagementId: string, legalEntityId: string, month: Month): Promise<StoredRevenueEvent[]> {
    const statement = `SELECT ${COLUMNS} FROM revenue_event WHERE engagement_id = $1 AND legal_entity_id = $2
      AND month = $3
      ORDER BY contract_line_id`;
    return (await rows<EventRow>(this.db, statement, [engagementId, legalEntityId, month])).map(fromRow);
  }

  /** The last month that was recognised for an entity, or null. */
  async lastMonth(engagementId: string, legalEntityId: string): Promise<Month | null> {
    const statement = `SELECT max(month) AS month FROM revenue_event WHERE engagement_id = $1 AND legal_entity_id = $2`;
    return (await firstRow<{ month: Month | null }>(this.db, statement, [engagementId, legalEntityId]))?.month ?? null;
  }

  /** All events of an engagement, oldest month first. */
  async ofEngagement(engagementId: string): Promise<StoredRevenueEvent[]> {
    const statement = `SELECT ${COLUMNS} FROM revenue_event WHERE engagement_id = $1 ORDER BY month, contract_line_id`;
    return (await rows<EventRow>(this.db, statement, [engagementId])).map(fromRow);
  }
}
