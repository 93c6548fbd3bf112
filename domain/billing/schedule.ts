/**
 * The billing schedule of a contract: when which amount is expected. It is information for the ERP and an agenda for
 * people, not what bills (decisions.md 16): retainer months and milestones are certain, months of time and materials
 * are estimates from the sold roles. Per line it always sums to the line's value (domain.md, Tie-outs).
 */
import {
  type Contract,
  type ContractLine,
  isFixedFeeLine,
  isRetainerLine,
  isTimeLine,
  linesOf,
  type RoleDemand,
  type TimeLine,
} from '../deal/contract.ts';
import { allocate } from '../money/allocate.ts';
import { compareDecimals, type Decimal, dividedBy, sumDecimals, times } from '../money/decimal.ts';
import { isZero, lesserOf, type Money, subtract, zero } from '../money/money.ts';
import type { RoundingMode } from '../money/rounding.ts';
import { daysOfMonth, lengthDays, type Month, monthsTouched, nextMonth, overlap } from '../time/period.ts';
import { addDays, type PlainDate } from '../time/plain-date.ts';
import { type RateFinder, ratesOf } from './rate-time.ts';
import { retainerPeriods } from './retainer.ts';

/** One expected billing. */
export interface ScheduleItem {
  contractLineId: string;
  kind: 'time-estimate' | 'milestone' | 'retainer';
  /** The milestone, or the month. */
  sourceId: string;
  title: string;
  dueOn: PlainDate;
  amount: Money;
}

/** The schedule of an entity's lines, by due date. @throws ALLOCATION_INVALID, PERIOD_INVALID */
export function billingSchedule(contract: Contract, legalEntityId: string, mode: RoundingMode): ScheduleItem[] {
  return linesOf(contract, legalEntityId)
    .flatMap((line) => itemsOf(line, mode))
    .sort((a, b) => (a.dueOn < b.dueOn ? -1 : a.dueOn > b.dueOn ? 1 : 0));
}

/** What is left of a line's value after billing; nothing where more was billed than it was estimated at. */
export function unbilledValue(value: Money, billed: Money): Money {
  const left = subtract(value, billed);
  return left.amountMinor > 0 ? left : zero(value.currency);
}

/** The last items of a schedule that add up to what is left of it, the first of them in part where need be. */
export function restOfSchedule(schedule: readonly ScheduleItem[], left: Money): ScheduleItem[] {
  let open = left;
  const rest = schedule.toReversed().map((item) => {
    const amount = lesserOf(item.amount, open);
    open = subtract(open, amount);
    return { ...item, amount };
  });
  return rest.filter((item) => !isZero(item.amount)).reverse();
}

function itemsOf(line: ContractLine, mode: RoundingMode): ScheduleItem[] {
  const contractLineId = line.lineId;
  if (isRetainerLine(line)) {
    return retainerPeriods(line, mode).map(({ month, dueOn, amount }) => {
      return { contractLineId, kind: 'retainer', sourceId: month, title: `${line.name}: ${month}`, dueOn, amount };
    });
  }
  if (isFixedFeeLine(line)) {
    return line.pricing.milestones.map(({ milestoneId, name, dueOn, amount }) => {
      return {
        contractLineId,
        kind: 'milestone',
        sourceId: milestoneId,
        title: `${line.name}: ${name}`,
        dueOn,
        amount,
      };
    });
  }
  return isTimeLine(line) ? timeEstimates(line) : [];
}

/**
 * The line's value spread over its months as the roles are sold: rate x minutes by the days that fall into each month.
 */
function timeEstimates(line: TimeLine): ScheduleItem[] {
  const months = monthsTouched(line.startOn, line.endOn);
  const rates = ratesOf(line);
  const weights = months.map((month) => sumDecimals(line.roles.map((role) => roleWeight(rates, role, month))));
  // Effort without a price gives no weight; the months then count alike, so that the sum still is the line's value.
  const usable = weights.some((weight) => compareDecimals(weight, '0') > 0) ? weights : months.map(() => '1');
  const amounts = allocate(line.value, usable);
  return months.map((month, index) => ({
    contractLineId: line.lineId,
    kind: 'time-estimate',
    sourceId: month,
    title: `${line.name}: ${month}, estimate`,
    dueOn: `${nextMonth(month)}-01`,
    amount: amounts[index] ?? zero(line.value.currency),
  }));
}

function roleWeight(rates: RateFinder, role: RoleDemand, month: Month): Decimal {
  const sold = { from: role.startOn, untilExclusive: addDays(role.endOn, 1) };
  const inMonth = overlap(sold, daysOfMonth(month));
  const rate = rates(role.role, inMonth?.from ?? role.startOn);
  if (!inMonth || !rate) return '0';
  const value = times(times(rate.rate.value, String(role.budgetMinutes)), String(lengthDays(inMonth)));
  return dividedBy(value, String(lengthDays(sold)));
}
