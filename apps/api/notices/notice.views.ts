/** Notices in the OpenAPI document. */
import { ApiProperty } from '@nestjs/swagger';

export class NoticeInput {
  @ApiProperty({ description: 'Same as the header webhook-id' })
  eventId: string;
  @ApiProperty({ enum: ['Opportunity', 'Account'] })
  object: string;
  @ApiProperty()
  objectId: string;
  @ApiProperty({ enum: ['closed-won', 'changed', 'lost', 'reopened'] })
  changeType: string;
  @ApiProperty({ format: 'date-time' })
  systemModstamp: string;
}

export class NoticeReceivedView {
  @ApiProperty()
  received: boolean;
  @ApiProperty({ description: 'True when this notice was received before' })
  duplicate: boolean;
}
