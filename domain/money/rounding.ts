/**
 * The one place where an exact figure becomes an amount. The mode is always given, never assumed: it is agreed per
 * legal entity with its ERP, because both must arrive at the same cent (domain.md, Amounts).
 */
import { type CurrencyCode, minorDigits } from './currency.ts';
import { type Decimal, round, type RoundingMode, times } from './decimal.ts';
import { type Money, money } from './money.ts';

export type { RoundingMode } from './decimal.ts';

/**
 * The amount nearest to an exact figure in major units: '2.345' GBP half-even = 234 minor units.
 * @throws DECIMAL_INVALID, AMOUNT_OVERFLOW, CURRENCY_UNKNOWN
 */
export function toMoney(value: Decimal, currency: CurrencyCode, mode: RoundingMode): Money {
  const minorPerMajor = `1${'0'.repeat(minorDigits(currency))}`;
  return money(Number(round(times(value, minorPerMajor), 0, mode)), currency);
}
