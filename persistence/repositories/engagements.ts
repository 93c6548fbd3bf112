/**
 * Engagements by deal: minted here, before any workflow starts, so that a deal has one engagement for ever
 * (decisions.md 6).
 */
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../domain/actor.ts';
import { engagementWorkflowId } from '../../domain/ids.ts';
import { receivedSummary } from '../../domain/engagement/view.ts';
import { mintId } from '../ids.ts';
import { EngagementDealRow } from '../rows/engagement-deal.row.ts';
import { EngagementRow } from '../rows/engagement.row.ts';
import { Projection } from './projection.ts';

/** An engagement's identity. */
export interface EngagementRecord {
  engagementId: string;
  connectionId: string;
  originDealId: string;
  workflowId: string;
  correlationId: string;
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
}
