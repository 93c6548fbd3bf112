/** An engagement's identity: minted with its first inbox row, before any workflow starts (decisions.md 6). */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Actor } from '../../domain/actor.ts';

@Entity({ name: 'engagement' })
export class EngagementRow {
  @PrimaryColumn({ name: 'engagement_id', type: 'text' })
  engagementId: string;

  @Column({ name: 'connection_id', type: 'text' })
  connectionId: string;

  @Column({ name: 'origin_deal_id', type: 'text' })
  originDealId: string;

  @Column({ name: 'workflow_id', type: 'text' })
  workflowId: string;

  @Column({ name: 'correlation_id', type: 'text' })
  correlationId: string;

  @Column({ name: 'requested_by', type: 'jsonb' })
  requestedBy: Actor;
}
