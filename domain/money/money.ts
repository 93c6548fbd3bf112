/**
 * Amounts of documents: whole minor units with their currency (decisions.md 15). Plain JSON values, so that they travel
 * through payloads, state and rows unchanged; all arithmetic on them is here, so that overflow and mixed currencies
 * cannot pass unseen.
 */
import { DomainError } from '../errors.ts';
import { type CurrencyCode, minorDigits } from './currency.ts';

export type { CurrencyCode } from './currency.ts';

/** An amount: a safe integer of the currency's minor units (GBP pence, JPY yen, KWD fils). */
export interface Money {
  amountMinor: number;
  currency: CurrencyCode;
}

const DECIMAL_PATTERN = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * An amount of minor units.
 * @throws AMOUNT_INVALID when it is not a whole number, AMOUNT_OVERFLOW beyond safe integers, CURRENCY_UNKNOWN
 */
export function money(amountMinor: number, currency: CurrencyCode): Money {
  minorDigits(currency);
  if (Number.isSafeInteger(amountMinor)) return { amountMinor: amountMinor + 0, currency };
  if (Number.isFinite(amountMinor) && !Number.isInteger(amountMinor)) {
    throw new DomainError(
      'AMOUNT_INVALID',
      `${String(amountMinor)} is not a whole number of minor units of ${currency}`,
      {
        amountMinor,
        currency,
      },
    );
  }
  throw new DomainError('AMOUNT_OVERFLOW', `an amount in ${currency} is beyond what can be held exactly`, {
    amountMinor: String(amountMinor),
    currency,
  });
}

/** Nothing, in a currency. @throws CURRENCY_UNKNOWN */
export function zero(currency: CurrencyCode): Money {
  return money(0, currency);
}

function sameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) {
    const message = `an amount in ${a.currency} cannot be combined with one in ${b.currency}`;
    throw new DomainError('CURRENCY_MISMATCH', message, { currencies: [a.currency, b.currency] });
  }
}

/** a + b. @throws CURRENCY_MISMATCH, AMOUNT_OVERFLOW */
export function add(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return money(a.amountMinor + b.amountMinor, a.currency);
}

/** a - b. @throws CURRENCY_MISMATCH, AMOUNT_OVERFLOW */
export function subtract(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return money(a.amountMinor - b.amountMinor, a.currency);
}

/** The same amount with the other sign. */
export function negate(a: Money): Money {
  return money(0 - a.amountMinor, a.currency);
}

/** The same amount without its sign. */
export function absoluteMoney(a: Money): Money {
  return a.amountMinor < 0 ? negate(a) : a;
}

/**
 * The sum of amounts that must all be in the currency; nothing adds up to zero. @throws CURRENCY_MISMATCH,
 * AMOUNT_OVERFLOW
 */
export function sumMoney(amounts: readonly Money[], currency: CurrencyCode): Money {
  return amounts.reduce(add, zero(currency));
}

/** One sum for each currency, in the order in which the currencies first appear. @throws AMOUNT_OVERFLOW */
export function sumByCurrency(amounts: readonly Money[]): Money[] {
  const currencies = [...new Set(amounts.map((amount) => amount.currency))];
  return currencies.map((currency) =>
    sumMoney(
      amounts.filter((amount) => amount.currency === currency),
      currency,
    ),
  );
}

/** Negative, zero or positive as a is less than, equal to or greater than b. @throws CURRENCY_MISMATCH */
export function compareMoney(a: Money, b: Money): number {
  sameCurrency(a, b);
  return Math.sign(a.amountMinor - b.amountMinor);
}

/** The smaller of two amounts. @throws CURRENCY_MISMATCH */
export function lesserOf(a: Money, b: Money): Money {
  return compareMoney(a, b) <= 0 ? a : b;
}

/** True when the amount is nothing. */
export function isZero(a: Money): boolean {
  return a.amountMinor === 0;
}

/**
 * The amount that a decimal text states, exactly: '12.5' GBP = 1250 minor units. Zeros beyond the currency's digits
 * carry no value and are let through ('100.00' JPY = 100); any other digit there is refused, never rounded away.
 * @throws AMOUNT_INVALID, AMOUNT_OVERFLOW, CURRENCY_UNKNOWN
 */
export function parseMoney(decimalText: string, currency: CurrencyCode): Money {
  const digits = minorDigits(currency);
  const [, sign = '', whole = '', fraction = ''] = DECIMAL_PATTERN.exec(decimalText) ?? [];
  const beyond = fraction.slice(digits);
  if (whole === '' || /[1-9]/.test(beyond)) {
    const message =
      whole === ''
        ? `"${decimalText}" is not a decimal amount`
        : `"${decimalText}" has more than the ${String(digits)} decimal digits of ${currency}`;
    throw new DomainError('AMOUNT_INVALID', message, { amount: decimalText, currency });
  }
  // A number literal of that many digits is exact or beyond the safe integers, where money() refuses it.
  return money(Number(`${sign}${whole}${fraction.slice(0, digits).padEnd(digits, '0')}`), currency);
}

/** The amount as a decimal text with the currency's digits: 1250 GBP minor units = '12.50'. */
export function formatDecimal(amount: Money): string {
  const digits = minorDigits(amount.currency);
  const sign = amount.amountMinor < 0 ? '-' : '';
  const text = String(Math.abs(amount.amountMinor)).padStart(digits + 1, '0');
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** The amount for people, the same in every language: '1,234.56 GBP'. */
export function formatMoney(amount: Money): string {
  const [whole = '', fraction] = formatDecimal(amount).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${grouped}${fraction === undefined ? '' : `.${fraction}`} ${amount.currency}`;
}
