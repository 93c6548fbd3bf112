/**
 * What a number can be: the one way in which rules refuse a price below zero or a percentage above a hundred, so that
 * every such refusal names the thing, what was expected and what was given.
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal } from './decimal.ts';

/** Refuses a value below zero, with the code; `thing` says what it is of. @throws the code, DECIMAL_INVALID */
export function assertNotNegative(code: string, thing: string, value: Decimal): void {
  if (compareDecimals(value, '0') >= 0) return;
  throw new DomainError(code, `${thing} is ${value}: expected zero or more`, { thing, value, expected: '0 or more' });
}

/** Refuses a value outside least to most, both allowed. @throws the code, DECIMAL_INVALID */
export function assertBetween(code: string, thing: string, value: Decimal, [least, most]: [Decimal, Decimal]): void {
  if (compareDecimals(value, least) >= 0 && compareDecimals(value, most) <= 0) return;
  const expected = `${least} to ${most}`;
  throw new DomainError(code, `${thing} is ${value}: expected ${expected}`, { thing, value, expected });
}
