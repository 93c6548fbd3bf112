/**
 * The schedule of an obligation after a change: recognised rows stay, planned rows of the days before the modification
 * stay as far as the class keeps them, what is caught up is one adjustment row, and the rest of the price is spread
 * over the days left (IFRS 15.21, 88; domain.md, Revenue schedule).
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, minus, sumDecimals } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { fraction, shareOf } from '../money/fraction.ts';
import { add, formatDecimal, formatMoney, isZero, type Money, subtract, sumMoney } from '../money/money.ts';
import { amountOf, type RoundingMode, roundingOf } from '../money/rounding.ts';
import { recognisedTotal, replanRevenue, type RevenueSchedule, type ScheduleRow } from '../revenue/revenue-schedule.ts';
import { type Convention, type MonthShare, straightLine } from '../revenue/straight-line.ts';
import { daysOfMonth, lengthDays, type Month, monthOf, overlap, type Period } from '../time/period.ts';
import { addDays, type PlainDate } from '../time/plain-date.ts';

/** A schedule and from when on it is planned anew. */
export interface Replanning {
  schedule: RevenueSchedule;
  convention: Convention;
  mode: RoundingMode;
  firstOpenMonth: Month;
  /** The first day of the new plan. */
  from: PlainDate;
  /** The last day of the service under the new terms; null when nothing is left of it. */
  endOn: PlainDate | null;
  /** The days of the service under the old terms; null for a new obligation. */
  oldDays: Period | null;
  /** What stays of the old plan: every day before `from`, whole months only, or nothing. */
  keeps: 'days' | 'months' | 'nothing';
  /** The month of what is caught up. */
  adjustMonth: Month;
}

interface Kept {
  share: MonthShare;
  reason: ScheduleRow['reason'];
}

/**
 * Planned rows that stay: whole months before the new plan and, by days, the part of its first month before it; of an
 * earlier adjustment that is not recognised yet, all. Rounding: the part once.
 * @throws REVENUE_BEHIND when a closed month is not recognised
 */
export function keptRows(plan: Replanning): MonthShare[] {
  return keptOf(plan).map(({ share }) => share);
}

function keptOf({ schedule, mode, firstOpenMonth, from, oldDays, keeps }: Replanning): Kept[] {
  const { rows, price, obligationId } = schedule;
  const behind = rows.find(({ state, month }) => state === 'planned' && month < firstOpenMonth);
  if (behind) {
    const message = `obligation "${obligationId}": ${behind.month} is closed and its revenue is not recognised`;
    throw new DomainError('REVENUE_BEHIND', message, { obligationId, month: behind.month });
  }
  return rows.flatMap(({ state, month, amount, reason }): Kept[] => {
    if (keeps === 'nothing' || state === 'recognised' || month > monthOf(from)) return [];
    const whole = figure('planned before the modification', { month }, formatDecimal(amount), null);
    const all = { share: { month, amount: whole }, reason };
    if (month < monthOf(from) || (reason === 'adjustment' && keeps === 'days')) return [all];
    const covered = oldDays && overlap(daysOfMonth(month), oldDays);
    if (keeps === 'months' || !covered || covered.from >= from) return [];
    const until = from < covered.untilExclusive ? from : covered.untilExclusive;
    const days = lengthDays({ from: covered.from, untilExclusive: until });
    const exact = shareOf(formatDecimal(amount), fraction(String(days), String(lengthDays(covered))));
    const rule = 'planned x days before the modification / days';
    const part = figure(rule, { month }, exact, roundingOf(price.currency, mode), [whole]);
    return [{ share: { month, amount: part }, reason }];
  });
}

/**
 * The schedule at a new price: recognised + caught up + rows kept + rows ahead = price.
 * @throws CONSIDERATION_NEGATIVE when more is earned than the new price, REVENUE_BEHIND, SCHEDULE_CLOSED
 */
export function replanned(plan: Replanning, price: Money, caughtUp: Money): RevenueSchedule {
  const { schedule, firstOpenMonth, adjustMonth } = plan;
  const recognised = recognisedTotal(schedule);
  const kept = keptRows(plan);
  const earned = sumDecimals([formatDecimal(add(recognised, caughtUp)), ...kept.map(({ amount }) => amount.value)]);
  const ahead = minus(formatDecimal(price), earned);
  if (compareDecimals(ahead, '0') < 0) {
    const { obligationId } = schedule;
    const message = `obligation "${obligationId}": ${earned} is earned of a new price of ${formatMoney(price)}`;
    throw new DomainError('CONSIDERATION_NEGATIVE', message, { obligationId, price, earned });
  }
  const past = monthOf(addDays(`${firstOpenMonth}-01`, -1));
  const months = byMonth([
    ...rowOf(past, 'recognised', recognised),
    ...rowOf(adjustMonth, 'caught up', caughtUp),
    ...kept,
    ...spread(plan, ahead, price.currency),
  ]);
  const after = replanRevenue(schedule, { price, months }, firstOpenMonth);
  const adjustedIn = (month: Month): Money => {
    const earlier = keptOf(plan).filter(({ share, reason }) => reason === 'adjustment' && share.month === month);
    const amounts = earlier.map(({ share }) => amountOf(share.amount, price.currency));
    return sumMoney(month === adjustMonth ? [caughtUp, ...amounts] : amounts, price.currency);
  };
  return { ...after, rows: after.rows.flatMap((row) => withAdjustment(row, adjustedIn(row.month))) };
}

function rowOf(month: Month, rule: string, amount: Money): MonthShare[] {
  return isZero(amount) ? [] : [{ month, amount: figure(rule, { month }, formatDecimal(amount), null) }];
}

/** What is caught up is a row of its own in its month. */
function withAdjustment(row: ScheduleRow, caughtUp: Money): ScheduleRow[] {
  if (row.state === 'recognised' || isZero(caughtUp)) return [row];
  const rest = subtract(row.amount, caughtUp);
  const adjustment: ScheduleRow = { ...row, amount: caughtUp, reason: 'adjustment' };
  return isZero(rest) ? [adjustment] : [adjustment, { ...row, amount: rest }];
}

/** What is left, evenly over the days left; at once when none is left (IFRS 15.88: satisfied obligations). */
function spread(plan: Replanning, amount: Decimal, currency: string): MonthShare[] {
  const { from, endOn, adjustMonth, convention, mode } = plan;
  if (compareDecimals(amount, '0') === 0) return [];
  if (endOn === null || endOn < from) {
    return [{ month: adjustMonth, amount: figure('all of it: nothing is left to deliver', {}, amount, null) }];
  }
  return straightLine({ amount, startOn: from, endOn }, convention, roundingOf(currency, mode));
}

function byMonth(rows: readonly MonthShare[]): MonthShare[] {
  return [...new Set(rows.map(({ month }) => month))].sort().map((month) => {
    const parts: Figure[] = rows.filter((row) => row.month === month).map(({ amount }) => amount);
    const exact = sumDecimals(parts.map(({ value }) => value));
    return { month, amount: figure('sum of the rows of the month', { month }, exact, null, parts) };
  });
}
