/**
 * An amount spread over the months of a service span. Systems agree that a service standing ready is delivered evenly
 * and differ in what evenly means for part months and in who takes the cent that does not divide; both are terms here,
 * because the schedule must agree with the ERP's (IFRS 15.B18; domain.md, Revenue and balances; B16-B19, B60).
 */
import { roundedToSum } from '../money/allocate.ts';
import { absolute, compareDecimals, type Decimal, dividedBy, minus, sumDecimals, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { addFractions, type Fraction, formatFraction, fraction, shareOf } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import { daysOfMonth, lengthDays, type Month, monthsTouched, overlap, period } from '../time/period.ts';
import { addDays, daysBetween, type PlainDate } from '../time/plain-date.ts';

/** An amount (major units) for a service from `startOn` to `endOn`, both inclusive. */
export interface ServiceSpan {
  amount: Decimal;
  startOn: PlainDate;
  endOn: PlainDate;
}

/**
 * What evenly means. `daily`: by days (Stripe per day; ERPNext by days; B18). `equal-months`: every month touched the
 * same (OCA "equal"; B17). `partial-daily`: a part month by its days over all days, and the whole months share the rest
 * equally (Business Central contract deferrals, Examples 1-3; B16). `month-weighted`: a month weighs its covered days
 * over its own days (OCA "prorata temporis"; B60). In a span inside one month all give that month the amount.
 */
export type Convention = 'daily' | 'equal-months' | 'partial-daily' | 'month-weighted';

/** Which row takes what rounding left; of several largest rows the first. */
export type RemainderRow = 'first' | 'last' | 'largest';

/** What one month gets. */
export interface MonthShare {
  month: Month;
  amount: Figure;
}

interface CoveredMonth {
  month: Month;
  days: number;
  ofDays: number;
}

/**
 * The amount by month, in order; the rows sum to the amount exactly. Rounding: each row, then the remainder row takes
 * the difference. Source: see `Convention`; IFRS 15.B18, ASC 606-10-55-20.
 * @throws PERIOD_INVALID when the span holds no day, DATE_INVALID, DECIMAL_INVALID
 */
export function straightLine(
  span: ServiceSpan,
  convention: Convention,
  rounding: Rounding | null,
  remainder: RemainderRow = 'last',
): MonthShare[] {
  const months = coveredMonths(span);
  const shares = SHARES[convention](span.amount, months, rounding);
  const taker = takerOf(shares, remainder);
  const exact = shares.map((share) => share.derivation.exact);
  const values = roundedToSum(span.amount, exact, rounding, taker);
  return shares.map((share, index) => ({
    month: months[index]?.month ?? '',
    amount: index === taker ? withRest(share, span.amount, values[index] ?? '0') : share,
  }));
}

/** Earned by the end of a month: the rows up to it. @throws DECIMAL_INVALID */
export function earnedThrough(rows: readonly MonthShare[], month: Month): Figure {
  const earned = rows.filter((row) => row.month <= month).map((row) => row.amount);
  const inputs = { throughMonth: month, rows: String(earned.length) };
  return figure('rows of the months to date', inputs, sumDecimals(earned.map((row) => row.value)), null, earned);
}

/**
 * The part of a prepaid span that belongs to the days after a date: all of it before the span, nothing once it is over
 * (OCA account_cutoff_start_end_dates; domain.md, Change, credit, close; B19). Rounding: once.
 * @throws PERIOD_INVALID, DATE_INVALID, DECIMAL_INVALID
 */
export function deferredAfter(span: ServiceSpan, date: PlainDate, rounding: Rounding | null): Figure {
  const { from, untilExclusive } = period(span.startOn, addDays(span.endOn, 1));
  const whole = daysBetween(from, untilExclusive);
  const days = Math.min(whole, Math.max(0, daysBetween(date, span.endOn)));
  const share = fraction(String(days), String(whole));
  const inputs = { amount: span.amount, daysAfter: formatFraction(share), date, from: span.startOn, to: span.endOn };
  return figure('amount x days after the date / days', inputs, shareOf(span.amount, share), rounding);
}

function coveredMonths({ startOn, endOn }: ServiceSpan): CoveredMonth[] {
  const whole = period(startOn, addDays(endOn, 1));
  return monthsTouched(startOn, endOn).map((month) => {
    const covered = overlap(daysOfMonth(month), whole);
    return { month, days: covered ? lengthDays(covered) : 0, ofDays: lengthDays(daysOfMonth(month)) };
  });
}

type Shares = (amount: Decimal, months: readonly CoveredMonth[], rounding: Rounding | null) => Figure[];

const SHARES: Readonly<Record<Convention, Shares>> = {
  daily: (amount, months, rounding) =>
    weighted(
      'amount x days / all days',
      amount,
      months,
      months.map((month) => fraction(String(month.days), '1')),
      rounding,
    ),
  'equal-months': (amount, months, rounding) =>
    weighted(
      'amount / months',
      amount,
      months,
      months.map(() => fraction('1', '1')),
      rounding,
    ),
  'month-weighted': (amount, months, rounding) =>
    weighted(
      'amount x (days / days of the month) / sum of these',
      amount,
      months,
      // A whole month weighs one: kept as 1/1, so that the sum over many years stays a short number.
      months.map(({ days, ofDays }) => (days === ofDays ? fraction('1', '1') : fraction(String(days), String(ofDays)))),
      rounding,
    ),
  'partial-daily': partialDaily,
};

function weighted(
  rule: string,
  amount: Decimal,
  months: readonly CoveredMonth[],
  weights: readonly Fraction[],
  rounding: Rounding | null,
): Figure[] {
  const sum = weights.reduce(addFractions);
  return weights.map((weight, index) => {
    const share = fraction(times(weight.numerator, sum.denominator), times(weight.denominator, sum.numerator));
    const inputs = {
      amount,
      month: months[index]?.month ?? '',
      weight: formatFraction(weight),
      of: formatFraction(sum),
    };
    return figure(rule, inputs, shareOf(amount, share), rounding);
  });
}

/** Whole months share what the rounded part months leave: Business Central's "basis monthly amount". */
function partialDaily(amount: Decimal, months: readonly CoveredMonth[], rounding: Rounding | null): Figure[] {
  const allDays = String(months.reduce((sum, { days }) => sum + days, 0));
  const parts = new Map<Month, Figure>();
  for (const { month, days, ofDays } of months) {
    if (days === ofDays) continue;
    const exact = shareOf(amount, fraction(String(days), allDays));
    parts.set(
      month,
      figure('amount x days / all days', { amount, month, days: String(days), allDays }, exact, rounding),
    );
  }
  const whole = String(months.length - parts.size);
  const taken = [...parts.values()];
  const rest = minus(amount, sumDecimals(taken.map((part) => part.value)));
  return months.map(({ month }) => {
    const inputs = { amount, month, rest, wholeMonths: whole };
    const rule = '(amount - part months) / whole months';
    return parts.get(month) ?? figure(rule, inputs, dividedBy(rest, whole), rounding, taken);
  });
}

function takerOf(shares: readonly Figure[], remainder: RemainderRow): number {
  if (remainder === 'first') return 0;
  if (remainder === 'last') return shares.length - 1;
  const sizes = shares.map((share) => absolute(share.value));
  return sizes.reduce((best, size, index) => (compareDecimals(size, sizes[best] ?? '0') > 0 ? index : best), 0);
}

function withRest(share: Figure, amount: Decimal, value: Decimal): Figure {
  if (compareDecimals(share.value, value) === 0) return share;
  const inputs = { ...share.derivation.inputs, share: share.derivation.exact, others: minus(amount, value) };
  const rule = `amount - all other months; own share: ${share.derivation.rule}`;
  return { value, derivation: { ...share.derivation, rule, inputs, exact: value, rounding: null } };
}
