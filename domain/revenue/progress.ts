/**
 * How far an obligation is satisfied, and what it has earned by then. Every method is a share of the whole, and revenue
 * is always price x share to date less what was recognised before: so rounding never drifts and a change of estimate is
 * caught up in the period that learns of it (IFRS 15.39-45, B14-B19; domain.md, Revenue and balances).
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, minus, sumDecimals } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { type Fraction, formatFraction, fraction, shareOf } from '../money/fraction.ts';
import { type Rounding } from '../money/rounding.ts';
import { addDays, daysBetween, earlierOf, type PlainDate } from '../time/plain-date.ts';

/**
 * What measures progress. Inputs: `costs` and `hours` against the current forecast of the total, never the first one
 * and never actual stacked on top of it (B40). Outputs: `units`, and `milestones` by their value. `days` of a span
 * (inclusive dates) for a service that stands ready. `transfer`: nothing before control passes, everything from then
 * on.
 */
export type Measure =
  | { by: 'costs' | 'hours'; toDate: Decimal; forecast: Decimal }
  | { by: 'units'; delivered: Decimal; promised: Decimal }
  | { by: 'milestones'; milestones: readonly { milestoneId: string; value: Decimal; reached: boolean }[] }
  | { by: 'days'; startOn: PlainDate; endOn: PlainDate; asOf: PlainDate }
  | { by: 'transfer'; transferredOn: PlainDate | null; asOf: PlainDate };

/** Progress to date, 0 to 1. The share is exact unless the ratio itself is rounded; amounts are computed from it. */
export interface Progress {
  share: Fraction;
  figure: Figure;
}

/**
 * Progress to date, never above 1: more spent than forecast is a worse forecast, not more delivered (IFRS 15.B19; B40).
 * `ratioRounding` rounds the ratio before it is used, where the agreed system does; null keeps it exact. Source: IFRS
 * 15.B14-B19, ASC 606-10-55-16 to 55-21; point in time IFRS 15.38.
 * @throws PROGRESS_INVALID when a quantity is negative or the whole is nothing, PERIOD_INVALID, DATE_INVALID
 */
export function progressOf(measure: Measure, ratioRounding: Rounding | null = null): Progress {
  const { done, whole, rule } = quantities(measure);
  if (compareDecimals(done, '0') < 0 || compareDecimals(whole, '0') <= 0) {
    const message = `progress by ${measure.by} needs a whole above zero and nothing negative, not ${done} of ${whole}`;
    throw new DomainError('PROGRESS_INVALID', message, { by: measure.by, done, whole });
  }
  const over = compareDecimals(done, whole) > 0;
  const share = over ? fraction('1', '1') : fraction(done, whole);
  const inputs = { by: measure.by, done, whole };
  const ratio = figure(over ? `${rule}, at most 1` : rule, inputs, shareOf('1', share), ratioRounding);
  return { share: ratioRounding ? fraction(ratio.value, '1') : share, figure: ratio };
}

function quantities(measure: Measure): { done: Decimal; whole: Decimal; rule: string } {
  switch (measure.by) {
    case 'costs':
    case 'hours':
      return { done: measure.toDate, whole: measure.forecast, rule: `${measure.by} to date / current forecast` };
    case 'units':
      return { done: measure.delivered, whole: measure.promised, rule: 'units delivered / units promised' };
    case 'milestones': {
      const valueOf = (some: typeof measure.milestones) => sumDecimals(some.map(({ value }) => value));
      const reached = measure.milestones.filter((milestone) => milestone.reached);
      return {
        done: valueOf(reached),
        whole: valueOf(measure.milestones),
        rule: 'value of milestones reached / of all',
      };
    }
    case 'days': {
      const until = addDays(measure.endOn, 1);
      const gone = daysBetween(measure.startOn, earlierOf(addDays(measure.asOf, 1), until));
      const whole = String(daysBetween(measure.startOn, until));
      return { done: String(Math.max(0, gone)), whole, rule: 'days to date / days of the span' };
    }
    case 'transfer': {
      const passed = measure.transferredOn !== null && measure.transferredOn <= measure.asOf;
      return { done: passed ? '1' : '0', whole: '1', rule: 'all when control has passed, before it nothing' };
    }
  }
}

/**
 * Revenue to date: price x progress, multiplied before divided, rounded once. A price of zero earns zero.
 * @throws DECIMAL_INVALID
 */
export function earnedToDate(price: Decimal, progress: Progress, rounding: Rounding | null): Figure {
  const inputs = { price, progress: formatFraction(progress.share) };
  return figure('price x progress', inputs, shareOf(price, progress.share), rounding, [progress.figure]);
}

/**
 * Recognised now: earned to date less recognised before; negative when progress or price went down (IFRS 15.59, B19;
 * B37, B38).
 * @throws DECIMAL_INVALID
 */
export function catchUp(earned: Figure, recognisedBefore: Decimal): Figure {
  const inputs = { toDate: earned.value, recognisedBefore };
  return figure('to date - recognised before', inputs, minus(earned.value, recognisedBefore), null, [earned]);
}

/** The change of each period, from figures to date in the order of periods. @throws DECIMAL_INVALID */
export function changesOf(toDate: readonly Figure[]): Figure[] {
  return toDate.map((earned, index) => catchUp(earned, toDate[index - 1]?.value ?? '0'));
}
