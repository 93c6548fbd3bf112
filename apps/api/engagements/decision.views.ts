/** What is answered to decisions and facts, and what waits for a decision. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ROLES } from '../../../domain/actor.ts';
import { MoneyView } from './engagement.inputs.ts';

const instant = { type: String, format: 'date-time' } as const;

export class ApprovalView {
  @ApiProperty()
  approvalId: string;
  @ApiProperty({ enum: ['activation', 'invoice'] })
  kind: string;
  @ApiProperty()
  sagaId: string;
  @ApiProperty()
  legalEntityId: string;
  @ApiProperty()
  title: string;
  @ApiProperty({ type: MoneyView, nullable: true })
  amount: MoneyView | null;
  @ApiProperty({ description: 'Hash of exactly what is approved: send it back with the decision' })
  versionHash: string;
  @ApiProperty({ description: 'Subject of who asked for it; never the approver' })
  preparer: string;
  @ApiPropertyOptional({
    type: [String],
    description: 'Subjects of who approved, in Throughline, work that the invoice bills; never its approvers',
  })
  workApprovers?: string[];
  @ApiProperty({ enum: ROLES, isArray: true, description: 'Roles that may decide' })
  roles: string[];
  @ApiProperty(instant)
  requestedAt: string;
  @ApiProperty(instant)
  dueAt: string;
  @ApiProperty()
  reminded: boolean;
}

export class ApprovalsView {
  @ApiProperty({ type: [ApprovalView] })
  data: ApprovalView[];
}

export class DecidedView {
  @ApiProperty()
  engagementId: string;
  @ApiProperty({ description: 'What became of it: approved, rejected, retrying, redrafting, cancelling, acknowledged' })
  answer: string;
}

export class FactReceivedView {
  @ApiProperty()
  engagementId: string;
  @ApiProperty({ description: 'Where the fact is kept' })
  inboxId: string;
  @ApiProperty({ description: 'True when this event was received before' })
  duplicate: boolean;
}
