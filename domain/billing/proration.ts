/**
 * Part periods: what share of a period's price a part of it is worth, and where a billing period ends. Conventions
 * differ between systems, so each is named and none is a default (domain.md, Billing: Proration; B13-B15).
 */
import { DomainError } from '../errors.ts';
import { type Decimal, dividedBy, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { formatFraction, type Fraction, fraction, shareOf, sumFractions } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import { lengthDays, type Period, period } from '../time/period.ts';
import { addDays, addMonths, daysBetween, daysInMonth, partsOf, type PlainDate } from '../time/plain-date.ts';

/** How a billing period that starts near the end of a month finds its end. */
export type PeriodAlignment = 'start' | 'end';

/** The last days of a month that an end-aligned period counts from the month's end (Business Central). */
const COUNTED_FROM_MONTH_END_DAYS = 2;

/**
 * The last day (inclusive) of a billing period of whole months. `start`: the same day months later (or the last day of
 * a shorter month) less one day. `end`: a start on one of the last three days of its month keeps its distance from the
 * month's end, so that a period from the last day of a month always ends on the day before a last day (Business
 * Central, Period calculation for subscription contracts; B15).
 * @throws DATE_INVALID, PERIOD_INVALID when months is not a whole number above zero
 */
export function billingPeriodEnd(startOn: PlainDate, months: number, align: PeriodAlignment): PlainDate {
  if (!Number.isSafeInteger(months) || months < 1) {
    throw new DomainError('PERIOD_INVALID', `a billing period of ${String(months)} months: expected 1 or more`, {
      months,
    });
  }
  const { year, month, day } = partsOf(startOn);
  const fromEnd = daysInMonth(year, month) - day;
  const anchored = addMonths(startOn, months);
  if (align === 'start' || fromEnd > COUNTED_FROM_MONTH_END_DAYS) return addDays(anchored, -1);
  const target = partsOf(anchored);
  const lastDay = addDays(anchored, daysInMonth(target.year, target.month) - target.day);
  return addDays(lastDay, -fromEnd - 1);
}

/** The share of a period that a part of it covers, by actual days. @throws PERIOD_INVALID when it is not inside */
export function shareByActualDays(part: Period, whole: Period): Fraction {
  if (part.from < whole.from || part.untilExclusive > whole.untilExclusive) {
    const message = `${part.from} to ${part.untilExclusive} is not inside ${whole.from} to ${whole.untilExclusive}`;
    throw new DomainError('PERIOD_INVALID', message, { part, whole });
  }
  return fraction(String(lengthDays(part)), String(lengthDays(whole)));
}

/**
 * The share of a period, or of one month, that a part covers when every month counts 30 days (Kill Bill, fixed
 * proration days): days are 30 x months between + difference of the days of the month.
 */
export function shareByThirtyDayMonths(part: Period, whole: Period | null = null): Fraction {
  return fraction(String(thirtyDayMonthDays(part)), whole ? String(thirtyDayMonthDays(whole)) : '30');
}

function thirtyDayMonthDays({ from, untilExclusive }: Period): number {
  const [first, last] = [partsOf(from), partsOf(untilExclusive)];
  return ((last.year - first.year) * 12 + last.month - first.month) * 30 + last.day - first.day;
}

/**
 * The sum of shares as a number, for systems that state one: rounded where a scale is given (Kill Bill: 9 decimals).
 * @throws FRACTION_INVALID when there is no share
 */
export function coefficient(shares: readonly Fraction[], rounding: Rounding | null): Figure {
  const { numerator, denominator } = sumFractions(shares);
  const inputs = { shares: shares.map(formatFraction).join(' + ') };
  return figure('sum of days / days of the period', inputs, dividedBy(numerator, denominator), rounding);
}

/**
 * The price of several parts of periods: shares are summed first, the price is rounded once (B14). Where the agreed
 * convention rounds the coefficient, it is rounded before it meets the price.
 * @throws FRACTION_INVALID when there is no share
 */
export function prorate(
  price: Decimal,
  shares: readonly Fraction[],
  rounding: Rounding | null,
  ratioRounding: Rounding | null,
): Figure {
  const ratio = coefficient(shares, ratioRounding);
  const exact = ratioRounding ? times(price, ratio.value) : shareOf(price, sumFractions(shares));
  return figure('price x sum of the shares', { price }, exact, rounding, [ratio]);
}

/**
 * The shares that a span of days is worth when a price is per base period of months: whole base periods from the first
 * day on, then the days of the rest over the days of the base period that they start (Business Central, Price
 * calculation; B14). The last day is inclusive.
 * @throws DATE_INVALID, PERIOD_INVALID when the span holds no day
 */
export function sharesOfSpan(
  startOn: PlainDate,
  endOn: PlainDate,
  baseMonths: number,
  align: PeriodAlignment,
): Fraction[] {
  const until = period(startOn, addDays(endOn, 1)).untilExclusive;
  const shares: Fraction[] = [];
  for (let from = startOn; from < until;) {
    const next = addDays(billingPeriodEnd(from, baseMonths, align), 1);
    const days = String(daysBetween(from, next));
    shares.push(fraction(next <= until ? days : String(daysBetween(from, until)), days));
    from = next;
  }
  return shares;
}
