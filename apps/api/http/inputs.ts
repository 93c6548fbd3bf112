/** Checks that several inputs share. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength, MinLength, NotContains } from 'class-validator';

const REASON_LENGTH_MAX = 500;

/** An id or code of ours or of another system. */
export function Id(description: string, { optional = false, lengthMax = 100 } = {}): PropertyDecorator {
  const pattern = `^[A-Za-z0-9._:#-]{1,${String(lengthMax)}}$`;
  return applyDecorators(
    ...(optional
      ? [ApiPropertyOptional({ description, pattern }), IsOptional()]
      : [ApiProperty({ description, pattern })]),
    IsString(),
    Matches(new RegExp(pattern), {
      message: `$property has 1 to ${String(lengthMax)} characters from A-Z a-z 0-9 . _ : # -`,
    }),
  );
}

/** Why a person wants something, in words that the audit trail keeps. */
export function Reason({ optional = false } = {}): PropertyDecorator {
  const limits = { description: 'Why, for the audit trail', minLength: 10, maxLength: REASON_LENGTH_MAX };
  return applyDecorators(
    ...(optional ? [ApiPropertyOptional(limits), IsOptional()] : [ApiProperty(limits)]),
    IsString(),
    MinLength(10, { message: 'reason has at least 10 characters' }),
    MaxLength(REASON_LENGTH_MAX),
    // The message is ours: the library's own would quote the character, which the audit trail cannot hold.
    NotContains('\u0000', { message: 'reason has no null character' }),
  );
}
