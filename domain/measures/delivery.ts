/**
 * How well work is staffed, priced and foreseen: utilization, realization, effective rate, estimate at completion,
 * margin (domain.md, Definitions of measures). Amounts are decimals in major units of one currency, hours are decimals;
 * ratios are shares, not percent.
 */
import { type Decimal, minus, plus } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';
import { ratio } from './ratio.ts';

/**
 * Utilization: billable (or chargeable, as the house counts) hours / (working hours - leave - holidays).
 * Source: Dynamics 365 Project Operations.
 * @throws DIVISION_BY_ZERO when no hours are left to work, DECIMAL_INVALID
 */
export function utilization(
  hours: { billable: Decimal; working: Decimal; leave: Decimal; holidays: Decimal },
  rounding: Rounding | null,
): Figure {
  const { billable, working, leave, holidays } = hours;
  const capacity = figure(
    'working hours - leave - holidays',
    { working, leave, holidays },
    minus(minus(working, leave), holidays),
    null,
  );
  return ratio(
    'billable hours / capacity',
    { billable, capacity: capacity.value },
    {
      ...{ measure: 'utilization', numerator: billable },
      ...{ denominator: capacity.value, denominatorName: 'working hours less leave and holidays' },
    },
    rounding,
    [capacity],
  );
}

/**
 * Realization: billed value / value at standard rate. Source: Business Central.
 * @throws DIVISION_BY_ZERO when nothing has a standard value, DECIMAL_INVALID
 */
export function realization(of: { billed: Decimal; atStandardRate: Decimal }, rounding: Rounding | null): Figure {
  return ratio(
    'billed / value at standard rate',
    of,
    {
      ...{ measure: 'realization', numerator: of.billed },
      ...{ denominator: of.atStandardRate, denominatorName: 'the value at standard rate' },
    },
    rounding,
  );
}

/** Effective rate per hour: revenue / billable hours. @throws DIVISION_BY_ZERO without hours, DECIMAL_INVALID */
export function effectiveRate(of: { revenue: Decimal; billableHours: Decimal }, rounding: Rounding | null): Figure {
  return ratio(
    'revenue / billable hours',
    of,
    {
      ...{ measure: 'the effective rate', numerator: of.revenue },
      ...{ denominator: of.billableHours, denominatorName: 'billable hours' },
    },
    rounding,
  );
}

/** Effort or cost of a piece of work against its plan. */
export interface Outlook {
  /** Actual + remaining. */
  estimateAtCompletion: Figure;
  /** Plan - estimate at completion: above zero is under the plan. */
  variance: Figure;
  /** Actual / estimate at completion. */
  consumption: Figure;
}

/**
 * Estimate at completion, variance and consumption. Only consumption is rounded. Source: Dynamics 365 Project
 * Operations.
 * @throws DIVISION_BY_ZERO when nothing was done and nothing remains, DECIMAL_INVALID
 */
export function outlook(
  of: { planned: Decimal; actual: Decimal; remaining: Decimal },
  rounding: Rounding | null,
): Outlook {
  const { planned, actual, remaining } = of;
  const estimateAtCompletion = figure('actual + remaining', { actual, remaining }, plus(actual, remaining), null);
  const estimate = estimateAtCompletion.value;
  const variance = figure('plan - estimate at completion', { planned, estimate }, minus(planned, estimate), null, [
    estimateAtCompletion,
  ]);
  const consumption = ratio(
    'actual / estimate at completion',
    { actual, estimate },
    {
      ...{ measure: 'consumption', numerator: actual },
      ...{ denominator: estimate, denominatorName: 'the estimate at completion' },
    },
    rounding,
    [estimateAtCompletion],
  );
  return { estimateAtCompletion, variance, consumption };
}

/**
 * Margin: (revenue - cost) / revenue. To date with recognised revenue and cost; at completion with the price and the
 * estimate at completion.
 * @throws DIVISION_BY_ZERO without revenue, DECIMAL_INVALID
 */
export function margin(of: { revenue: Decimal; cost: Decimal }, rounding: Rounding | null): Figure {
  return ratio(
    '(revenue - cost) / revenue',
    of,
    {
      ...{ measure: 'the margin', numerator: minus(of.revenue, of.cost) },
      ...{ denominator: of.revenue, denominatorName: 'revenue' },
    },
    rounding,
  );
}
