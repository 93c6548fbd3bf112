/**
 * The periods of a retainer and what each is worth. One table serves the check of the deal, the billing schedule, the
 * invoice and the recognition of revenue, so that they cannot differ. A part month is worth its days over the days of
 * the month (domain.md, Proration; B13), rounded once; a full month is worth the fee.
 */
import type { Retainer } from '../deal/contract.ts';
import type { Derivation } from '../money/derivation.ts';
import { formatDecimal, type Money } from '../money/money.ts';
import { amountOf, type RoundingMode, roundingOf } from '../money/rounding.ts';
import { daysOfMonth, lengthDays, type Month, monthsTouched, nextMonth, overlap, type Period } from '../time/period.ts';
import { addDays, type PlainDate } from '../time/plain-date.ts';
import { prorate, shareByActualDays } from './proration.ts';

/** One month of a retainer: the days it covers, when it is billed and its amount. */
export interface RetainerPeriod {
  month: Month;
  period: Period;
  /** In advance the first covered day, in arrears the first day of the next month. */
  dueOn: PlainDate;
  amount: Money;
  derivation: Derivation;
}

/** What a retainer's periods are made of: the terms of its line. Dates are inclusive. */
export interface RetainerTerms {
  startOn: PlainDate;
  endOn: PlainDate;
  pricing: Pick<Retainer, 'periodFee' | 'timing'>;
}

/** The periods from the first to the last month, in order. @throws PERIOD_INVALID, AMOUNT_OVERFLOW */
export function retainerPeriods(terms: RetainerTerms, mode: RoundingMode): RetainerPeriod[] {
  const { startOn, endOn, pricing } = terms;
  const whole = { from: startOn, untilExclusive: addDays(endOn, 1) };
  return monthsTouched(startOn, endOn).flatMap((month) => {
    const period = overlap(daysOfMonth(month), whole);
    if (!period) return [];
    const dueOn = pricing.timing === 'advance' ? period.from : `${nextMonth(month)}-01`;
    return [{ month, period, dueOn, ...feeFor(pricing.periodFee, period, month, mode) }];
  });
}

function feeFor(
  fee: Money,
  covered: Period,
  name: Month,
  mode: RoundingMode,
): Pick<RetainerPeriod, 'amount' | 'derivation'> {
  const month = daysOfMonth(name);
  if (lengthDays(covered) === lengthDays(month)) {
    const inputs = { periodFee: formatDecimal(fee), month: name };
    return {
      amount: fee,
      derivation: { rule: 'fee of a full month', inputs, exact: formatDecimal(fee), rounding: null },
    };
  }
  const share = shareByActualDays(covered, month);
  const worth = prorate(formatDecimal(fee), [share], roundingOf(fee.currency, mode), null);
  return { amount: amountOf(worth, fee.currency), derivation: worth.derivation };
}
