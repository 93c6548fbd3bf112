/**
 * Which engagement a deal belongs to; its primary key is what guards an engagement's uniqueness for ever (decisions.md
 * 6).
 */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'engagement_deal' })
export class EngagementDealRow {
  @PrimaryColumn({ name: 'connection_id', type: 'text' })
  connectionId: string;

  @PrimaryColumn({ name: 'deal_id', type: 'text' })
  dealId: string;

  @Column({ name: 'engagement_id', type: 'text' })
  engagementId: string;
}
