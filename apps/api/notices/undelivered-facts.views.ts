/** Facts that reached no engagement: how they are asked for, answered and tried again. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { INBOX_FACT_TYPES } from '../../../domain/engagement/calls.ts';
import { PageQuery } from '../engagements/engagement.inputs.ts';
import { Reason } from '../http/inputs.ts';

const STATUSES = ['dead', 'waiting'] as const;

export class UndeliveredQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`nextCursor` of the page before', pattern: '^[0-9]{1,15}$' })
  @IsOptional()
  @Matches(/^[0-9]{1,15}$/, { message: 'cursor is the nextCursor of a page' })
  cursor?: string;

  @ApiPropertyOptional({
    enum: STATUSES,
    description: 'dead: given up; waiting: tried again by itself. Both if left out',
  })
  @IsOptional()
  @IsIn(STATUSES)
  status?: (typeof STATUSES)[number];
}

export class FactRetryInput {
  @Reason()
  reason: string;
}

export class UndeliveredFactView {
  @ApiProperty()
  inboxId: string;
  @ApiProperty({ enum: STATUSES })
  status: string;
  @ApiProperty({ description: 'The system that it came from' })
  connectionId: string;
  @ApiProperty({ enum: INBOX_FACT_TYPES, description: 'Of a deal: what was claimed; the record decides' })
  type: string;
  @ApiProperty({ description: 'What it is about' })
  objectKey: string;
  @ApiProperty()
  version: string;
  @ApiProperty({ type: String, nullable: true, description: 'Whose it is, where that is known' })
  engagementId: string | null;
  @ApiProperty()
  correlationId: string;
  @ApiProperty({ description: 'Why the last attempt failed' })
  reason: string;
  @ApiProperty({ type: 'integer' })
  attempts: number;
  @ApiProperty({ type: String, format: 'date-time' })
  receivedAt: string;
  @ApiProperty({ type: 'integer' })
  ageSeconds: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'null when it is dead' })
  nextAttemptAt: string | null;
}

export class UndeliveredFactsView {
  @ApiProperty({ type: [UndeliveredFactView] })
  data: UndeliveredFactView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class FactRetriedView {
  @ApiProperty()
  inboxId: string;
  @ApiProperty({ type: String, nullable: true })
  engagementId: string | null;
  @ApiProperty({ description: 'What becomes of it: retrying' })
  answer: string;
}
