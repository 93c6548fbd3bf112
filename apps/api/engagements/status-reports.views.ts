/** Reports to CRM and PSA: how they are asked for and answered. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { PageQuery } from './engagement.inputs.ts';

const STATES = ['due', 'failing'] as const;

export class StatusReportsQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`nextCursor` of the page before', pattern: '^[A-Za-z0-9_-]{1,400}$' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,400}$/, { message: 'cursor is the nextCursor of a page' })
  cursor?: string;

  @ApiPropertyOptional({ description: 'Of this engagement alone', pattern: '^[A-Za-z0-9_-]{1,64}$' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'engagementId is an id of an engagement' })
  engagementId?: string;

  @ApiPropertyOptional({ enum: STATES, description: 'due: to be told; failing: refused or not reached last time' })
  @IsOptional()
  @IsIn(STATES)
  state?: (typeof STATES)[number];
}

export class StatusReportView {
  @ApiProperty({ description: 'The system that is told' })
  connectionId: string;
  @ApiProperty()
  engagementId: string;
  @ApiProperty({ type: String, nullable: true, description: 'Whose project; null for the deal' })
  legalEntityId: string | null;
  @ApiProperty({ description: 'There is something that the system does not know yet' })
  isDue: boolean;
  @ApiProperty({ type: String, format: 'date-time', description: 'Since when there is something to tell' })
  wantedAt: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  writtenAt: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why the last try failed' })
  failure: string | null;
}

export class StatusReportsView {
  @ApiProperty({ type: [StatusReportView] })
  data: StatusReportView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
