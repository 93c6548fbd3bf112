/**
 * How fast work becomes money: days sales outstanding, unbilled days, leakage, billing readiness (domain.md,
 * Definitions of measures). Amounts are decimals in major units of one currency; ratios are shares, not percent.
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { type Decimal, plus, times } from '../money/decimal.ts';
import type { Figure } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';
import { ratio } from './ratio.ts';

/**
 * Days sales outstanding: receivables / credit sales x days of the period. Source: B51.
 * @throws MEASURE_INVALID for credit sales or days below zero, DIVISION_BY_ZERO without credit sales, DECIMAL_INVALID
 */
export function daysSalesOutstanding(
  of: { receivables: Decimal; creditSales: Decimal; days: Decimal },
  rounding: Rounding | null,
): Figure {
  const { receivables, creditSales, days } = of;
  assertNotNegative('MEASURE_INVALID', 'the credit sales of a period', creditSales);
  assertNotNegative('MEASURE_INVALID', 'the number of days of a period', days);
  return ratio(
    'receivables x days / credit sales',
    { receivables, creditSales, days },
    {
      ...{ measure: 'days sales outstanding', numerator: times(receivables, days) },
      ...{ denominator: creditSales, denominatorName: 'credit sales' },
    },
    rounding,
  );
}

/**
 * Unbilled days: unbilled (receivable and contract asset) / revenue x days of the period.
 * @throws DIVISION_BY_ZERO without revenue, DECIMAL_INVALID
 */
export function unbilledDays(
  of: { unbilled: Decimal; revenue: Decimal; days: Decimal },
  rounding: Rounding | null,
): Figure {
  const { unbilled, revenue, days } = of;
  return ratio(
    'unbilled x days / revenue',
    { unbilled, revenue, days },
    {
      ...{ measure: 'unbilled days', numerator: times(unbilled, days) },
      ...{ denominator: revenue, denominatorName: 'revenue' },
    },
    rounding,
  );
}

/**
 * Leakage: approved billable value that was not billed after the window or was written off / approved billable value.
 * @throws DIVISION_BY_ZERO when nothing billable was approved, DECIMAL_INVALID
 */
export function leakage(
  of: { overdueUnbilled: Decimal; writtenOff: Decimal; approvedBillable: Decimal },
  rounding: Rounding | null,
): Figure {
  const { overdueUnbilled, writtenOff, approvedBillable } = of;
  return ratio(
    '(unbilled after the window + written off) / approved billable',
    { overdueUnbilled, writtenOff, approvedBillable },
    {
      ...{ measure: 'leakage', numerator: plus(overdueUnbilled, writtenOff) },
      ...{ denominator: approvedBillable, denominatorName: 'approved billable value' },
    },
    rounding,
  );
}

/**
 * Billing readiness of an event: gates passed / gates.
 * @throws DIVISION_BY_ZERO without gates, READINESS_INVALID when a gate is named twice
 */
export function billingReadiness(
  gates: readonly { gate: string; passed: boolean }[],
  rounding: Rounding | null,
): Figure {
  const names = gates.map(({ gate }) => gate);
  const passed = gates.filter((gate) => gate.passed).map(({ gate }) => gate);
  if (new Set(names).size !== names.length) {
    throw new DomainError('READINESS_INVALID', `a billing gate is named twice in ${names.join(', ')}`, {
      gates: names,
    });
  }
  return ratio(
    'gates passed / gates',
    { gates: names.join(' '), passed: passed.join(' ') },
    {
      ...{ measure: 'billing readiness', numerator: String(passed.length) },
      ...{ denominator: String(gates.length), denominatorName: 'the number of gates' },
    },
    rounding,
  );
}
