/**
 * Revenue of a contract line in an accounting month, by cumulative catch-up: round(price x progress to date) less what
 * was recognised before. So rounding never drifts, and late or corrected facts land in the month that learns of them
 * instead of changing a closed one (IFRS 15.39-45, 15.B14-B19; domain.md, Revenue and balances).
 */
import { retainerPeriods } from '../billing/retainer.ts';
import {
  type ContractLine,
  type FixedFeeLine,
  isFixedFeeLine,
  isRetainerLine,
  isTimeLine,
  type RetainerLine,
  type TimeLine,
} from '../deal/contract.ts';
import type { Derivation } from '../money/derivation.ts';
import { compareMoney, formatDecimal, lesserOf, type Money, subtract, sumMoney } from '../money/money.ts';
import { amountOf, type RoundingMode, roundingOf } from '../money/rounding.ts';
import { daysOfMonth, type Month } from '../time/period.ts';
import type { PlainDate } from '../time/plain-date.ts';
import { earnedToDate, type Measure, type Progress, progressOf } from './progress.ts';

/**
 * What is known of a line's delivery. Facts dated after the month are ignored, so a late run gives what an early one
 * would have.
 */
export interface DeliveryFacts {
  /** Approved rated work and expenses at their price, whatever is billed of them (time and materials). */
  charges: readonly { workedOn: PlainDate; amount: Money }[];
  /** Approved minutes, billable or not: they measure progress (fixed fee). */
  work: readonly { workedOn: PlainDate; minutes: number }[];
  acceptedMilestones: readonly { milestoneId: string; acceptedOn: PlainDate }[];
  /**
   * Everything promised is delivered: the whole price of a fixed fee is recognised. All milestones are accepted; a line
   * without milestones has ended.
   */
  completed: boolean;
}

/** How progress is measured: as invoiced, by hours (input), by accepted milestones (output), evenly over time. */
export type RecognitionMethod = 'as-invoiced' | 'hours-worked' | 'milestones-accepted' | 'straight-line';

/** Revenue of one line in one month. */
export interface Recognition {
  contractLineId: string;
  month: Month;
  method: RecognitionMethod;
  /** Recognised to date, this month included. */
  cumulative: Money;
  /** Recognised in this month; negative when progress went down. */
  amount: Money;
  derivation: Derivation;
}

type Cumulative = Pick<Recognition, 'method' | 'cumulative' | 'derivation'>;

/**
 * The revenue of a line in a month. `before` is what all earlier months recognised.
 * @throws CURRENCY_MISMATCH, AMOUNT_OVERFLOW, PROGRESS_INVALID when more hours were taken back than worked
 */
export function recognise(
  line: ContractLine,
  month: Month,
  facts: DeliveryFacts,
  before: Money,
  rounding: RoundingMode,
): Recognition {
  const to = cumulativeOf(line, month, facts, rounding);
  const inputs = { ...to.derivation.inputs, recognisedBefore: formatDecimal(before) };
  const amount = subtract(to.cumulative, before);
  return { contractLineId: line.lineId, month, ...to, amount, derivation: { ...to.derivation, inputs } };
}

function cumulativeOf(line: ContractLine, month: Month, facts: DeliveryFacts, rounding: RoundingMode): Cumulative {
  if (isTimeLine(line)) return asInvoiced(line, month, facts);
  if (isRetainerLine(line)) return straightLine(line, month, rounding);
  if (isFixedFeeLine(line)) return byProgress(line, month, facts, rounding);
  throw new Error(`line ${line.lineId} has a pricing model without a way to recognise revenue`);
}

function isBefore(month: Month): (date: PlainDate) => boolean {
  const { untilExclusive } = daysOfMonth(month);
  return (date) => date < untilExclusive;
}

/**
 * The right to bill equals the value delivered (IFRS 15.B16), so approved work is revenue at its price in the month in
 * which it was done. Above the not-to-exceed amount there is no right to bill, hence no revenue before a change order.
 */
function asInvoiced(line: TimeLine, month: Month, { charges }: DeliveryFacts): Cumulative {
  const inMonth = isBefore(month);
  const { ceiling } = line.pricing;
  const done = charges.filter((charge) => inMonth(charge.workedOn)).map((charge) => charge.amount);
  const value = sumMoney(done, line.value.currency);
  const cumulative = ceiling ? lesserOf(value, ceiling) : value;
  const inputs = {
    entries: String(done.length),
    value: formatDecimal(value),
    ceiling: ceiling ? formatDecimal(ceiling) : 'none',
    rateCardId: line.pricing.rateCardId,
    rateCardVersion: String(line.pricing.rateCardVersion),
  };
  const capped = ceiling && compareMoney(value, ceiling) > 0;
  const rule = capped ? 'value of approved work, up to the not-to-exceed amount' : 'value of approved work';
  return {
    method: 'as-invoiced',
    cumulative,
    derivation: { rule, inputs, exact: formatDecimal(cumulative), rounding: null },
  };
}

/** A service that stands ready is delivered evenly (IFRS 15.B18): each month earns its fee, a part month its days. */
function straightLine(line: RetainerLine, month: Month, rounding: RoundingMode): Cumulative {
  const earned = retainerPeriods(line, rounding).filter((period) => period.month <= month);
  const cumulative = sumMoney(
    earned.map((period) => period.amount),
    line.value.currency,
  );
  const inputs = { periods: String(earned.length), periodFee: formatDecimal(line.pricing.periodFee) };
  const derivation = { rule: 'fees of the months to date', inputs, exact: formatDecimal(cumulative), rounding: null };
  return { method: 'straight-line', cumulative, derivation };
}

/**
 * A fixed price by hours worked against hours sold (IFRS 15.B18). Once more hours are worked than sold, those worked
 * are the forecast: progress stays at or below one and no loss of efficiency becomes revenue (B40). Where no hours were
 * sold, accepted milestones are the only measure (IFRS 15.B15). Measured by progress.ts like any obligation.
 */
function byProgress(line: FixedFeeLine, month: Month, facts: DeliveryFacts, rounding: RoundingMode): Cumulative {
  const price = formatDecimal(line.value);
  const budget = line.roles.reduce((sum, role) => sum + role.budgetMinutes, 0);
  const method = budget > 0 ? 'hours-worked' : 'milestones-accepted';
  if (facts.completed) {
    const derivation = { rule: 'price of everything delivered', inputs: { price }, exact: price, rounding: null };
    return { method, cumulative: line.value, derivation };
  }
  const inMonth = isBefore(month);
  if (method === 'milestones-accepted')
    return byMilestones(
      line,
      facts.acceptedMilestones.filter((fact) => inMonth(fact.acceptedOn)),
      rounding,
    );
  const minutes = facts.work.filter((entry) => inMonth(entry.workedOn)).reduce((sum, entry) => sum + entry.minutes, 0);
  const inputs = {
    price,
    minutesToDate: String(minutes),
    minutesSold: String(budget),
    minutesExpected: String(Math.max(budget, minutes)),
  };
  const progress = progressOf({ by: 'hours', toDate: String(minutes), forecast: String(budget) });
  return { method, ...earned(line, progress, rounding, 'price x minutes to date / minutes expected', inputs) };
}

/** Milestones sum to the price, so their share of it is their amounts; without any, all is earned at the end. */
function byMilestones(
  line: FixedFeeLine,
  accepted: DeliveryFacts['acceptedMilestones'],
  rounding: RoundingMode,
): Cumulative {
  const ids = new Set(accepted.map((fact) => fact.milestoneId));
  const milestones = line.pricing.milestones.map(({ milestoneId, amount }) => ({
    milestoneId,
    value: formatDecimal(amount),
    reached: ids.has(milestoneId),
  }));
  const reached = milestones.filter((milestone) => milestone.reached).map((milestone) => milestone.milestoneId);
  const inputs = { price: formatDecimal(line.value), milestones: reached.join(' ') };
  const progress = milestones.length > 0 ? progressOf({ by: 'milestones', milestones }) : progressOf(NOT_TRANSFERRED);
  return {
    method: 'milestones-accepted',
    ...earned(line, progress, rounding, 'price x value of accepted milestones / of all', inputs),
  };
}

const NOT_TRANSFERRED: Measure = { by: 'transfer', transferredOn: null, asOf: '0001-01-01' };

function earned(
  line: FixedFeeLine,
  progress: Progress,
  mode: RoundingMode,
  rule: string,
  inputs: Derivation['inputs'],
): Pick<Cumulative, 'cumulative' | 'derivation'> {
  const { currency } = line.value;
  const figure = earnedToDate(formatDecimal(line.value), progress, roundingOf(currency, mode));
  const { exact, rounding } = figure.derivation;
  return { cumulative: amountOf(figure, currency), derivation: { rule, inputs, exact, rounding } };
}
