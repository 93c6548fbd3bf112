/**
 * The totals of a contract before and after a change, by currency: what an approver reads first, and what must tie
 * (value = billed + to bill; price = recognised + to recognise).
 */
import type { Contract } from '../deal/contract.ts';
import { type Money, sumMoney } from '../money/money.ts';
import { recognisedTotal, type RevenueSchedule } from '../revenue/revenue-schedule.ts';
import type { PlanRow } from './billing-plan.ts';

/** Totals in one currency. */
export interface ChangeTotals {
  currency: string;
  value: Money;
  billed: Money;
  toBill: Money;
  price: Money;
  recognised: Money;
  toRecognise: Money;
}

/** The totals of a version with its plan and schedules. @throws AMOUNT_OVERFLOW */
export function totalsOf(
  { lines }: Contract,
  plan: readonly PlanRow[],
  schedules: readonly RevenueSchedule[],
): ChangeTotals[] {
  const currencies = [...new Set(lines.map(({ value }) => value.currency))].sort();
  return currencies.map((currency) => {
    const sum = (amounts: readonly Money[]) =>
      sumMoney(
        amounts.filter((one) => one.currency === currency),
        currency,
      );
    const rows = schedules.flatMap((schedule) => schedule.rows);
    return {
      currency,
      value: sum(lines.map(({ value }) => value)),
      billed: sum(plan.filter(({ status }) => status === 'posted').map(({ amount }) => amount)),
      toBill: sum(plan.filter(({ status }) => status !== 'posted').map(({ amount }) => amount)),
      price: sum(schedules.map(({ price }) => price)),
      recognised: sum(schedules.map(recognisedTotal)),
      toRecognise: sum(rows.filter(({ state }) => state === 'planned').map(({ amount }) => amount)),
    };
  });
}
