/**
 * Between Tryton's amounts and our minor units, and what a document must come to, without calls. Tryton multiplies
 * quantity and unit price itself and rounds; so a line is written in a way in which that gives our amount exactly.
 */
import { compareDecimals, dividedBy, minus, round, times } from '../../domain/money/decimal.ts';
import { formatDecimal, parseMoney, sumMoney } from '../../domain/money/money.ts';
import { minorDigits } from '../../domain/money/currency.ts';
import { plainDecimal } from '../http/decimal-text.ts';
import type { InvoiceOrder } from '../ports/erp.port.ts';
import type { Series } from './client.ts';
import { decimal, float } from './values.ts';

/** Digits behind the point of a unit price, by Tryton's own setting. */
const PRICE_DIGITS = 4;

/** Digits behind the point of a quantity without a unit: 6.0 has a limit, 8.2 has none. */
const QUANTITY_DIGITS: Readonly<Partial<Record<Series, number>>> = { '6.0': 2 };

/** Minor units of an amount as Tryton writes it. @throws when it has more decimals than its currency */
export function toMinor(amount: string, currency: string): number {
  return parseMoney(plainDecimal(amount), currency).amountMinor;
}

/** The amount for a Numeric field. */
export function toAmount(amountMinor: number, currency: string): object {
  return decimal(formatDecimal({ amountMinor, currency }));
}

/** The sum of amounts in minor units, checked to be a safe number. */
export function totalMinor(amountsMinor: readonly number[], currency: string): number {
  return sumMoney(
    amountsMinor.map((amountMinor) => ({ amountMinor, currency })),
    currency,
  ).amountMinor;
}

/** A line's quantity and unit price. */
export interface Priced {
  quantity: number;
  unitPrice: string;
  description: string;
}

/**
 * Quantity and unit price that Tryton multiplies to the amount. Where no price of four digits does, or the quantity has
 * more digits than the series takes, the line is one piece at the whole amount, and says its quantity in its text.
 * `sign` -1 gives back.
 */
export function pricedLine(
  line: InvoiceOrder['lines'][number],
  currency: string,
  sign: 1 | -1,
  series: Series = '8.2',
): Priced {
  const { title, quantity, amountMinor } = line;
  const amount = formatDecimal({ amountMinor, currency });
  const count = plainDecimal(quantity);
  const digitsMax = QUANTITY_DIGITS[series];
  const isTaken =
    digitsMax === undefined ? isFloat(count) : compareDecimals(round(count, digitsMax, 'half-even'), count) === 0;
  const price =
    isTaken && compareDecimals(count, '0') > 0 ? round(dividedBy(amount, count), PRICE_DIGITS, 'half-even') : undefined;
  if (price !== undefined && givesAmount(price, count, amount, currency)) {
    return { quantity: sign * float(count), unitPrice: price, description: title };
  }
  return { quantity: sign, unitPrice: amount, description: count === '1' ? title : `${title} (${count})` };
}

/** Whether a Float field holds it digit for digit. */
function isFloat(count: string): boolean {
  return compareDecimals(plainDecimal(String(Number(count))), count) === 0;
}

/** Whether the product rounds to the amount in every way of rounding: it is nearer than half a minor unit. */
function givesAmount(price: string, count: string, amount: string, currency: string): boolean {
  const difference = minus(times(price, count), amount);
  const double = times(difference.replace(/^-/, ''), '2');
  return compareDecimals(times(double, `1${'0'.repeat(minorDigits(currency))}`), '1') < 0;
}

/** Our keys as Tryton keeps them, for a person who looks: the key of a line stands in its note. */
const LINE_KEY = /^key: (\S+)$/m;

export function noteOf(lineKey: string): string {
  return `key: ${lineKey}`;
}

export function lineKeyOf(note: string | null): string | null {
  return LINE_KEY.exec(note ?? '')?.[1] ?? null;
}
