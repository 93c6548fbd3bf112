/**
 * What comes in about engagements. Classes, because they are checked at run time and described in the OpenAPI document.
 */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { type Role, ROLES } from '../../../domain/actor.ts';
import { TRANSITIONS } from '../../../domain/lifecycle.ts';
import { Id } from '../http/inputs.ts';

const STAGES = Object.keys(TRANSITIONS.engagement);
const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;

/** Which deal becomes an engagement. */
export class StartInput {
  @Id('The CRM connection that has the deal, e.g. sf-emea')
  connectionId: string;

  @Id("The deal's id in that CRM")
  dealId: string;
}

/** How much of a list is wanted, and from where. */
export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  limit: number = LIMIT_DEFAULT;
}

/** Which engagements a list has; all that is given must hold. */
export class ListQuery extends PageQuery {
  @Id('`nextCursor` of the page before', { optional: true })
  cursor?: string;

  @ApiPropertyOptional({ enum: STAGES })
  @IsOptional()
  @IsIn(STAGES)
  stage?: string;

  @Id('Legal entity', { optional: true })
  legalEntity?: string;

  @Id('Customer', { optional: true })
  customerId?: string;

  @ApiPropertyOptional({ pattern: '^[A-Z]{3}$' })
  @IsOptional()
  @Matches(/^[A-Z]{3}$/, { message: 'currency is an ISO 4217 code' })
  currency?: string;

  @Id('Code of what a system or fact blocks, e.g. TAX_PROFILE_MISSING', { optional: true })
  blockedBy?: string;

  @Id('Why a person must act, e.g. INVOICE_REJECTED', { optional: true })
  parkedReason?: string;

  @ApiPropertyOptional({ enum: ROLES })
  @IsOptional()
  @IsIn(ROLES)
  ownerRole?: Role;

  @ApiPropertyOptional({ type: 'boolean' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  needsHuman?: boolean;
}

/** Which part of a timeline is wanted. */
export class TimelineQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`seq` of the last line that you have', pattern: '^[0-9]{1,9}$' })
  @IsOptional()
  @Matches(/^[0-9]{1,9}$/, { message: 'cursor is the seq of a line' })
  cursor?: string;
}

/** An amount. */
export class MoneyView {
  @ApiProperty({ type: String, nullable: true, description: 'Minor units; null when your roles may not see amounts' })
  amountMinor: string | null;
  @ApiProperty({ example: 'GBP' })
  currency: string;
}
