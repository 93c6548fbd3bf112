/**
 * The revenue of one obligation by month, planned and recognised. What is recognised never changes: a new price or plan
 * replaces the open rows, and what it would have changed in closed months lands as an adjustment in the first open one
 * (domain.md, Canonical model and states, Change, credit, close).
 */
import { DomainError } from '../errors.ts';
import { type StateOf, transition } from '../lifecycle.ts';
import { compareMoney, formatMoney, isZero, type Money, subtract, sumMoney } from '../money/money.ts';
import { amountOf } from '../money/rounding.ts';
import type { Month } from '../time/period.ts';
import type { MonthShare } from './straight-line.ts';

/** One month's revenue. An adjustment is what a new plan says about months that were closed before it. */
export interface ScheduleRow {
  month: Month;
  amount: Money;
  state: 'planned' | 'recognised';
  reason: 'plan' | 'adjustment';
}

/** The rows of an obligation, by month; they sum to its price. */
export interface RevenueSchedule {
  obligationId: string;
  /** 1 for the first plan, one more with each new one. */
  version: number;
  price: Money;
  rows: readonly ScheduleRow[];
}

/**
 * The first plan of an obligation. The price zero may have no months.
 * @throws SCHEDULE_TOTAL when the months do not sum to the price, SCHEDULE_ORDER when they are not in order,
 *   AMOUNT_INVALID when a month is not rounded to the currency, CURRENCY_UNKNOWN
 */
export function planRevenue(obligationId: string, price: Money, months: readonly MonthShare[]): RevenueSchedule {
  return checked({ obligationId, version: 1, price, rows: planned(price, months) });
}

/** The rows that fall due for recognition by the end of a month: planned, and not after it. */
export function dueRows(schedule: RevenueSchedule, throughMonth: Month): ScheduleRow[] {
  return schedule.rows.filter((row) => row.state === 'planned' && row.month <= throughMonth);
}

/** The state of a schedule, by how many of its rows are recognised. */
export function scheduleStateOf({ rows }: RevenueSchedule): StateOf<'revenueSchedule'> {
  const recognised = rows.filter((row) => row.state === 'recognised').length;
  if (recognised === 0) return 'planned';
  return recognised === rows.length ? 'recognised' : 'partly-recognised';
}

const PATH: readonly StateOf<'revenueSchedule'>[] = ['planned', 'open', 'partly-recognised', 'recognised'];

/** One run may pass several states: each step between is a listed one. @throws TRANSITION_REFUSED */
function moved(before: RevenueSchedule, after: RevenueSchedule): RevenueSchedule {
  const [from, to] = [before, after].map((schedule) => PATH.indexOf(scheduleStateOf(schedule)));
  let state = scheduleStateOf(before);
  for (const next of PATH.slice((from ?? 0) + 1, (to ?? 0) + 1)) state = transition('revenueSchedule', state, next);
  return after;
}

/** The schedule after its rows up to the end of a month were recognised; a second time changes nothing. */
export function withRecognised(schedule: RevenueSchedule, throughMonth: Month): RevenueSchedule {
  const due = dueRows(schedule, throughMonth);
  const rows = schedule.rows.map((row) => (due.includes(row) ? { ...row, state: 'recognised' as const } : row));
  return moved(schedule, { ...schedule, rows });
}

/** Recognised so far. @throws CURRENCY_MISMATCH */
export function recognisedTotal({ rows, price }: RevenueSchedule): Money {
  const recognised = rows.filter((row) => row.state === 'recognised').map((row) => row.amount);
  return sumMoney(recognised, price.currency);
}

/**
 * The schedule under a new plan, which is given whole, from the first month of the obligation on. Recognised rows stay;
 * what the plan has for months before `firstOpenMonth` beyond what was recognised becomes one adjustment row there, of
 * either sign; the plan's later months replace all open rows. Source: IFRS 15.88, 21(b); domain.md, Late events.
 * @throws SCHEDULE_CLOSED when a recognised row is not before the first open month, SCHEDULE_TOTAL, SCHEDULE_ORDER,
 *   AMOUNT_INVALID, CURRENCY_MISMATCH
 */
export function replanRevenue(
  before: RevenueSchedule,
  plan: { price: Money; months: readonly MonthShare[] },
  firstOpenMonth: Month,
): RevenueSchedule {
  transition('revenueSchedule', scheduleStateOf(before), 'replaced');
  const kept = before.rows.filter((row) => row.state === 'recognised');
  const late = kept.find((row) => row.month >= firstOpenMonth);
  if (late) {
    const message = `"${before.obligationId}": ${late.month} is recognised, so no plan can begin in ${firstOpenMonth}`;
    throw new DomainError('SCHEDULE_CLOSED', message, { obligationId: before.obligationId, month: late.month });
  }
  const rows = planned(plan.price, plan.months);
  const closed = rows.filter((row) => row.month < firstOpenMonth).map((row) => row.amount);
  const missing = subtract(sumMoney(closed, plan.price.currency), recognisedTotal(before));
  const adjustment: ScheduleRow = { month: firstOpenMonth, amount: missing, state: 'planned', reason: 'adjustment' };
  const open = rows.filter((row) => row.month >= firstOpenMonth);
  return checked({
    obligationId: before.obligationId,
    version: before.version + 1,
    price: plan.price,
    rows: [...kept, ...(isZero(missing) ? [] : [adjustment]), ...open],
  });
}

function planned({ currency }: Money, months: readonly MonthShare[]): ScheduleRow[] {
  return months.map(({ month, amount }) => ({
    month,
    amount: amountOf(amount, currency),
    state: 'planned',
    reason: 'plan',
  }));
}

function checked(schedule: RevenueSchedule): RevenueSchedule {
  const { obligationId, price, rows } = schedule;
  const total = sumMoney(
    rows.map((row) => row.amount),
    price.currency,
  );
  if (compareMoney(total, price) !== 0) {
    const message = `the rows of "${obligationId}" sum to ${formatMoney(total)}, its price is ${formatMoney(price)}`;
    throw new DomainError('SCHEDULE_TOTAL', message, { obligationId, total, price });
  }
  if (rows.some((row, index) => index > 0 && row.month < (rows[index - 1]?.month ?? ''))) {
    throw new DomainError('SCHEDULE_ORDER', `the rows of "${obligationId}" are not in order of months`, { rows });
  }
  return schedule;
}
