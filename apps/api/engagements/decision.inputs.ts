/** What people and systems tell an engagement. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsDefined,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  Validate,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { type InboxFactType, REPORTED_FACT_TYPES } from '../../../domain/engagement/calls.ts';
import { isPlainDate } from '../../../domain/time/plain-date.ts';
import { Id, Reason } from '../http/inputs.ts';

@ValidatorConstraint({ name: 'isPlainDate' })
class PlainDateRule implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && isPlainDate(value);
  }

  defaultMessage(): string {
    return '$property is a date of the calendar, YYYY-MM-DD';
  }
}

/** A person's decision on an approval. */
export class DecisionInput {
  @ApiProperty({ enum: ['approve', 'reject'] })
  @IsIn(['approve', 'reject'])
  decision: 'approve' | 'reject';

  @ApiProperty({ description: '`versionHash` of the approval that you saw: another version is refused' })
  @IsString()
  @Matches(/^[A-Za-z0-9:_-]{1,200}$/, { message: 'versionHash is the hash that the approval states' })
  versionHash: string;

  @ApiPropertyOptional({ description: 'Why; needed to reject', minLength: 10, maxLength: 500 })
  @ValidateIf((input: DecisionInput) => input.decision === 'reject' || input.reason !== undefined)
  @IsString()
  @MinLength(10, { message: 'reason has at least 10 characters' })
  @MaxLength(500)
  reason?: string;
}

/** A person asks for another try of what is blocked or parked. */
export class RetryInput {
  @Id('The saga to try again, from the snapshot')
  sagaId: string;

  @Reason()
  reason: string;
}

/** A person has seen a note and says what became of it. */
export class AcknowledgementInput {
  @Reason()
  reason: string;
}

/** A person has an invoice drafted anew whose posting the ERP refused. */
export class RedraftInput {
  @Id('The billing run whose draft is to be voided, from the snapshot')
  sagaId: string;

  @Reason()
  reason: string;
}

/** A person ends an engagement that nothing was billed or worked for yet. */
export class CancellationInput {
  @Reason()
  reason: string;
}

/** What a fact says beyond its type. */
export class FactDataInput {
  @Id('Milestone of the contract; needed for facts about milestones', { optional: true })
  milestoneId?: string;

  @Id('Invoice; needed for `invoicePaid`', { optional: true })
  invoiceId?: string;

  @ApiPropertyOptional({ description: 'Minor units still unpaid; needed for `invoicePaid`', pattern: '^[0-9]{1,15}$' })
  @IsOptional()
  @IsString()
  @Matches(/^[0-9]{1,15}$/, { message: 'unpaidMinor is a string of minor units' })
  unpaidMinor?: string;

  @ApiPropertyOptional({ type: String, format: 'date', description: 'Needed for `invoicePaid`' })
  @IsOptional()
  @Validate(PlainDateRule)
  paidOn?: string;

  @ApiPropertyOptional({ maxLength: 500 })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  note?: string;
}

/** Something that happened in another system. */
export class FactInput {
  @ApiProperty({ enum: REPORTED_FACT_TYPES })
  @IsIn(REPORTED_FACT_TYPES)
  type: InboxFactType;

  @Id("The sender's id of the event: the same event twice is one fact")
  eventId: string;

  @Id('What it is about, e.g. milestone:M-17: later versions of the same object replace earlier ones')
  objectKey: string;

  @Id('Version of the object; versions are compared as text, so later ones sort after earlier ones')
  version: string;

  @ApiPropertyOptional({ type: String, format: 'date', nullable: true, description: 'Business date' })
  @ValidateIf((input: FactInput) => input.effectiveOn !== undefined && input.effectiveOn !== null)
  @Validate(PlainDateRule)
  effectiveOn?: string | null;

  @ApiProperty({ type: FactDataInput })
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => FactDataInput)
  data: FactDataInput;
}
