/** Work that is approved in Throughline: how it is asked for, shown and decided on. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  NotContains,
  ValidateIf,
} from 'class-validator';
import { MoneyView, PageQuery } from '../engagements/engagement.inputs.ts';
import { Id } from '../http/inputs.ts';

const STATUSES = ['waiting', 'rejected'] as const;
const ENTRIES_MAX = 2_000;
const instant = { type: String, format: 'date-time' } as const;
const batchId = { description: 'Engagement, legal entity and month of work, joined by dots' } as const;
const key = { description: 'Kind, connection and id of an entry: what a decision on part of a batch names' } as const;

export class BatchQuery extends PageQuery {
  @Id('`nextCursor` of the page before', { optional: true })
  cursor?: string;

  @Id('Engagement; batches of one that has ended are listed only by it', { optional: true })
  engagementId?: string;

  @Id('Legal entity', { optional: true })
  legalEntity?: string;

  @ApiPropertyOptional({ enum: STATUSES, description: 'What a batch has; either, if left out' })
  @IsOptional()
  @IsIn(STATUSES)
  status?: (typeof STATUSES)[number];
}

export class WorkDecisionInput {
  @ApiProperty({ enum: ['approve', 'reject'] })
  @IsIn(['approve', 'reject'])
  decision: 'approve' | 'reject';

  @ApiProperty({ description: '`hash` of the batch that you saw: other content is refused', pattern: '^[0-9a-f]{64}$' })
  @IsString()
  @Matches(/^[0-9a-f]{64}$/, { message: 'hash is the hash that the batch states' })
  hash: string;

  @ApiPropertyOptional({
    type: [String],
    description: '`key` of each entry that the decision is about; all that wait, if left out',
    minItems: 1,
    maxItems: ENTRIES_MAX,
    uniqueItems: true,
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(ENTRIES_MAX)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxLength(300, { each: true })
  entries?: string[];

  @ApiPropertyOptional({ description: 'Why; needed to reject', minLength: 10, maxLength: 500 })
  @ValidateIf((input: WorkDecisionInput) => input.decision === 'reject' || input.reason !== undefined)
  @IsString()
  @MinLength(10, { message: 'reason has at least 10 characters' })
  @MaxLength(500)
  @NotContains('\u0000', { message: 'reason has a character that is refused' })
  reason?: string;
}

export class ListedBatchView {
  @ApiProperty(batchId)
  batchId: string;
  @ApiProperty()
  engagementId: string;
  @ApiProperty()
  legalEntityId: string;
  @ApiProperty({ example: '2031-01', description: 'Month of work' })
  month: string;
  @ApiProperty({ type: 'integer', description: 'Time entries that wait' })
  time: number;
  @ApiProperty({ type: 'integer', description: 'Their minutes' })
  minutes: number;
  @ApiProperty({ type: 'integer', description: 'Expenses that wait' })
  expenses: number;
  @ApiProperty({ type: 'integer', description: 'Entries that were rejected and not changed since' })
  rejected: number;
  @ApiProperty({ ...instant, nullable: true, description: 'Since when the oldest waits; null when nothing does' })
  waitingSinceAt: string | null;
}

export class BatchListView {
  @ApiProperty({ type: [ListedBatchView] })
  data: ListedBatchView[];
  @ApiProperty({ type: String, nullable: true, description: 'Continues the list; null at its end' })
  nextCursor: string | null;
}

export class WorkEntryView {
  @ApiProperty(key)
  key: string;
  @ApiProperty({ enum: ['time', 'expense'] })
  kind: string;
  @ApiProperty()
  connectionId: string;
  @ApiProperty()
  entryId: string;
  @ApiProperty({ description: 'Change stamp of the PSA' })
  version: string;
  @ApiProperty({ description: 'Whose work it is, as the PSA knows people' })
  resourceId: string;
  @ApiProperty({ type: String, format: 'date' })
  workedOn: string;
  @ApiProperty({ description: 'Role of time, category of an expense' })
  role: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Of time' })
  minutes: number | null;
  @ApiProperty({ type: MoneyView, nullable: true, description: 'Of an expense' })
  amount: MoneyView | null;
  @ApiProperty()
  billable: boolean;
}

export class RejectedEntryView extends WorkEntryView {
  @ApiProperty()
  reason: string;
  @ApiProperty({ description: 'Subject of who rejected it' })
  rejectedBy: string;
  @ApiProperty(instant)
  rejectedAt: string;
}

export class RoleTotalView {
  @ApiProperty()
  role: string;
  @ApiProperty({ type: 'integer' })
  entries: number;
  @ApiProperty({ type: 'integer' })
  minutes: number;
  @ApiProperty({ type: 'integer' })
  billableMinutes: number;
}

export class BatchTotalsView {
  @ApiProperty({ type: [RoleTotalView], description: 'Time, by role' })
  roles: RoleTotalView[];
  @ApiProperty({ type: [MoneyView], description: 'Expenses, by currency' })
  expenses: MoneyView[];
}

export class BatchView {
  @ApiProperty(batchId)
  batchId: string;
  @ApiProperty()
  engagementId: string;
  @ApiProperty()
  legalEntityId: string;
  @ApiProperty({ example: '2031-01' })
  month: string;
  @ApiProperty({ description: 'Hash of exactly what waits: send it back with the decision' })
  hash: string;
  @ApiProperty({ type: BatchTotalsView })
  totals: BatchTotalsView;
  @ApiProperty({ type: [WorkEntryView], description: 'What waits, oldest work first' })
  entries: WorkEntryView[];
  @ApiProperty({ description: 'More waits than one decision takes: it follows when this is decided' })
  more: boolean;
  @ApiProperty({ type: [RejectedEntryView], description: 'What was rejected and has not changed in the PSA since' })
  rejected: RejectedEntryView[];
}

export class DecidedEntryView {
  @ApiProperty(key)
  key: string;
  @ApiProperty({ description: 'The version that was decided on' })
  version: string;
}

export class BatchDecidedView {
  @ApiProperty()
  engagementId: string;
  @ApiProperty(batchId)
  batchId: string;
  @ApiProperty({ enum: ['approved', 'rejected'] })
  answer: string;
  @ApiProperty({ type: [DecidedEntryView], description: 'What was decided on' })
  entries: DecidedEntryView[];
  @ApiProperty({ type: 'integer', description: 'Entries of the batch that wait still' })
  waiting: number;
  @ApiProperty({ description: 'Hash of what waits still' })
  hash: string;
}
