/**
 * What is answered about engagements: the OpenAPI document's schemas. The values are those of the domain, turned by
 * `toEdge`.
 */
import { ApiProperty } from '@nestjs/swagger';
import { ROLES } from '../../../domain/actor.ts';
import { MoneyView } from './engagement.inputs.ts';

const instant = { type: String, format: 'date-time' } as const;

/** An engagement that a command started or found. */
export class StartedView {
  @ApiProperty({ example: 'eng_01kah3m8x2f7v9q4t6w8y0a1bc' })
  engagementId: string;
  @ApiProperty()
  connectionId: string;
  @ApiProperty()
  dealId: string;
  @ApiProperty({ description: 'Stage of the engagement' })
  stage: string;
}

export class ObstacleView {
  @ApiProperty({ enum: ['blocked', 'parked', 'approval', 'attention'] })
  kind: string;
  @ApiProperty({ type: String, nullable: true, description: 'What a retry names' })
  sagaId: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What a decision on an approval names' })
  approvalId: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What an acknowledgement names' })
  noteId: string | null;
  @ApiProperty()
  code: string;
  @ApiProperty()
  message: string;
  @ApiProperty({ enum: ROLES, description: 'Who repairs it, or decides' })
  ownerRole: string;
  @ApiProperty({ description: 'A named person is needed for this to go on or to be cleared' })
  needsHuman: boolean;
  @ApiProperty({ ...instant, nullable: true })
  since: string | null;
  @ApiProperty({ ...instant, nullable: true, description: 'When it is tried again by itself' })
  nextAttemptAt: string | null;
  @ApiProperty({ type: MoneyView, nullable: true })
  amount: MoneyView | null;
  @ApiProperty({ type: [String], description: 'What can be asked for now; `cancel` is for operations alone' })
  actions: string[];
  @ApiProperty({ enum: ROLES, isArray: true, description: 'Roles that may ask for the other actions' })
  roles: string[];
}

export class SummaryView {
  @ApiProperty()
  engagementId: string;
  @ApiProperty()
  connectionId: string;
  @ApiProperty()
  dealId: string;
  @ApiProperty()
  stage: string;
  @ApiProperty({ type: String, nullable: true })
  contractName: string | null;
  @ApiProperty({ type: String, nullable: true })
  customerId: string | null;
  @ApiProperty({ type: String, nullable: true })
  customerName: string | null;
  @ApiProperty({ type: [String] })
  legalEntityIds: string[];
  @ApiProperty({ type: [String] })
  currencies: string[];
  @ApiProperty({ type: [MoneyView] })
  contractValue: MoneyView[];
  @ApiProperty({ type: [MoneyView] })
  billed: MoneyView[];
  @ApiProperty({ type: [MoneyView] })
  paid: MoneyView[];
  @ApiProperty({ type: [MoneyView] })
  recognised: MoneyView[];
  @ApiProperty({ type: [ObstacleView] })
  obstacles: ObstacleView[];
  @ApiProperty({ type: String, nullable: true })
  blockedBy: string | null;
  @ApiProperty({ type: String, nullable: true })
  parkedReason: string | null;
  @ApiProperty({ type: String, nullable: true })
  ownerRole: string | null;
  @ApiProperty({ description: 'A named person is needed for something; false once the engagement has ended' })
  needsHuman: boolean;
  @ApiProperty({ ...instant, nullable: true })
  decisionDueAt: string | null;
  @ApiProperty({ ...instant, nullable: true })
  nextAt: string | null;
}

export class ListView {
  @ApiProperty({ type: [SummaryView] })
  data: SummaryView[];
  @ApiProperty({ type: String, nullable: true, description: 'Continues the list; null at its end' })
  nextCursor: string | null;
}

export class PlannedUndoView {
  @ApiProperty()
  step: string;
  @ApiProperty({ type: String, nullable: true })
  legalEntityId: string | null;
  @ApiProperty()
  call: string;
  @ApiProperty({ type: String, nullable: true })
  ref: string | null;
}

export class EngagementDetailView {
  @ApiProperty({ type: SummaryView })
  summary: SummaryView;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The whole state, in its version `v`; null when only the published view was there to answer',
  })
  state: object | null;
  @ApiProperty({ type: [PlannedUndoView], description: 'What would be undone if set-up were undone now, in order' })
  compensationPlan: PlannedUndoView[];
  @ApiProperty({ ...instant, nullable: true, description: 'When the engagement goes on by itself' })
  wakeAt: string | null;
  @ApiProperty({ description: 'True when the engagement itself did not answer: this is what it published last' })
  stale: boolean;
}

export class TimelineEntryView {
  @ApiProperty({ type: 'integer' })
  seq: number;
  @ApiProperty(instant)
  at: string;
  @ApiProperty()
  kind: string;
  @ApiProperty()
  title: string;
  @ApiProperty({ description: 'Subject of who did it' })
  actor: string;
  @ApiProperty({ type: String, nullable: true })
  sagaId: string | null;
  @ApiProperty({ type: MoneyView, nullable: true })
  amount: MoneyView | null;
}

export class TimelineView {
  @ApiProperty({ type: [TimelineEntryView] })
  data: TimelineEntryView[];
  @ApiProperty({ type: String, nullable: true, description: 'Continues the timeline; null at its end' })
  nextCursor: string | null;
}
