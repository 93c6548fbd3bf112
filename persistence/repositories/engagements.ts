/**
 * Engagements by deal: minted here, before any workflow starts, so that a deal has one engagement for ever
 * (decisions.md 6).
 */
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../domain/actor.ts';
import type { Deal } from '../../domain/deal/deal.ts';
import { type DealNews, type DealReading, newsOf } from '../../domain/deal/news.ts';
import { engagementWorkflowId } from '../../domain/ids.ts';
import { receivedSummary } from '../../domain/engagement/view.ts';
import { stampOf, versionAfter } from '../../domain/versions.ts';
import { hashOf } from '../canonical-json.ts';
import { mintId } from '../ids.ts';
import { EngagementDealRow } from '../rows/engagement-deal.row.ts';
import { EngagementRow } from '../rows/engagement.row.ts';
import { firstRow, rows } from '../sql.ts';
import { Projection } from './projection.ts';

/** An engagement's identity. */
export interface EngagementRecord {
  engagementId: string;
  connectionId: string;
  originDealId: string;
  workflowId: string;
  correlationId: string;
  /** Who asked for it first, and once it has begun: for the start that began. */
  requestedBy: Actor;
}

/** Engagements and the deals that belong to them. */
export class Engagements {
  constructor(private readonly db: EntityManager) {}

  /** The engagement that a deal belongs to. */
  async findByDeal(connectionId: string, dealId: string): Promise<EngagementRecord | undefined> {
    const deal = await this.db.findOneBy(EngagementDealRow, { connectionId, dealId });
    return deal ? this.find(deal.engagementId) : undefined;
  }

  async find(engagementId: string): Promise<EngagementRecord | undefined> {
    return (await this.db.findOneBy(EngagementRow, { engagementId })) ?? undefined;
  }

  /**
   * The deal's engagement, minted when there is none; two callers at once get the same one. It is in lists from here
   * on: its view is written with it, at turn 0, and every turn that the workflow publishes replaces that.
   */
  async forDeal(deal: {
    connectionId: string;
    dealId: string;
    correlationId: string;
    requestedBy: Actor;
  }): Promise<{ engagement: EngagementRecord; isNew: boolean }> {
    const known = await this.findByDeal(deal.connectionId, deal.dealId);
    if (known) return { engagement: known, isNew: false };
    const engagement: EngagementRecord = {
      engagementId: mintId('eng'),
      connectionId: deal.connectionId,
      originDealId: deal.dealId,
      workflowId: engagementWorkflowId(deal.connectionId, deal.dealId),
      correlationId: deal.correlationId,
      requestedBy: deal.requestedBy,
    };
    return this.db.transaction(async (db) => {
      // The insert waits for a concurrent one of the same workflow id, and does nothing when that one is committed.
      const inserted = await db
        .createQueryBuilder()
        .insert()
        .into(EngagementRow)
        .values(engagement)
        .orIgnore()
        .returning('engagement_id')
        .execute();
      if ((inserted.raw as unknown[]).length === 0) {
        const winner = await db.findOneByOrFail(EngagementRow, { workflowId: engagement.workflowId });
        return { engagement: winner, isNew: false };
      }
      const { engagementId } = engagement;
      await db.insert(EngagementDealRow, { ...deal, engagementId });
      const summary = receivedSummary({ engagementId, connectionId: deal.connectionId, dealId: deal.dealId });
      await new Projection(db).publish({ engagementId, turn: 0, summary, timeline: [], acknowledge: [] });
      return { engagement, isNew: true };
    });
  }

  /** Whose wish the engagement began with: not that of somebody whose start was refused before. */
  async begunBy(engagementId: string, requestedBy: Actor): Promise<void> {
    await this.db.update(EngagementRow, { engagementId }, { requestedBy });
  }

  /**
   * Keeps what the deal's record says, and answers what of it is news to its engagement, with the version of that fact.
   * An older reading than the known one changes nothing. A deal without an engagement is not kept.
   */
  learn(deal: Deal): Promise<{ news: DealNews | null; version: string }> {
    const { connectionId, dealId } = deal;
    return this.db.transaction(async (db) => {
      const known = await readingOf(db, connectionId, dealId, 'FOR UPDATE');
      const { version: stamp, stage, customer, ...terms } = deal;
      const now = { version: stamp, stage, terms: hashOf(terms), customer: hashOf(customer) };
      const news = newsOf(known, now);
      if (known && (stamp < stampOf(known.version) || isSame(known, now))) return { news, version: known.version };
      const version = versionAfter(known?.version, stamp);
      const statement = `UPDATE engagement_deal SET read_version = $3, read_stage = $4, read_terms = $5,
        read_customer = $6 WHERE connection_id = $1 AND deal_id = $2`;
      await rows(db, statement, [connectionId, dealId, version, stage, now.terms, now.customer]);
      return { news, version };
    });
  }

  /** The version of the deal that its engagement knows; undefined when nobody has read it. */
  async knownVersion(connectionId: string, dealId: string): Promise<string | undefined> {
    return (await readingOf(this.db, connectionId, dealId))?.version;
  }
}

async function readingOf(
  db: EntityManager,
  connectionId: string,
  dealId: string,
  lock: '' | 'FOR UPDATE' = '',
): Promise<DealReading | null> {
  const statement = `SELECT read_version AS version, read_stage AS stage, read_terms AS terms,
    read_customer AS customer FROM engagement_deal
    WHERE connection_id = $1 AND deal_id = $2 AND read_version IS NOT NULL ${lock}`;
  return (await firstRow<DealReading>(db, statement, [connectionId, dealId])) ?? null;
}

function isSame(known: DealReading, now: DealReading): boolean {
  return (
    stampOf(known.version) === now.version &&
    known.stage === now.stage &&
    known.terms === now.terms &&
    known.customer === now.customer
  );
}
