/** Journals that the ERP refused, as they are answered. */
import { ApiProperty } from '@nestjs/swagger';
import { MoneyView } from '../engagements/engagement.inputs.ts';

export class UnpostedJournalView {
  @ApiProperty()
  journalId: string;
  @ApiProperty()
  legalEntityId: string;
  @ApiProperty({ type: String, nullable: true, description: 'null for the cost of approved time of a whole month' })
  engagementId: string | null;
  @ApiProperty({ description: 'What it comes from: cost or reclass' })
  sourceKind: string;
  @ApiProperty({ description: 'Our key: what the ERP would know it by' })
  key: string;
  @ApiProperty()
  memo: string;
  @ApiProperty({ example: '2031-01' })
  month: string;
  @ApiProperty({ type: String, format: 'date' })
  postedOn: string;
  @ApiProperty({ description: 'The sum of one side' })
  amount: MoneyView;
  @ApiProperty({ description: 'What the ERP said, or how it reads back otherwise' })
  reason: string;
  @ApiProperty({ type: 'integer' })
  attempts: number;
  @ApiProperty({ type: String, format: 'date-time' })
  firstRefusedAt: string;
  @ApiProperty({ type: String, format: 'date-time' })
  lastRefusedAt: string;
}

export class UnpostedJournalsView {
  @ApiProperty({ type: [UnpostedJournalView] })
  data: UnpostedJournalView[];
}
