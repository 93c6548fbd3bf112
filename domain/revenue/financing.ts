/**
 * The price of time in a contract: where payment and performance lie far apart, part of what is paid is interest and
 * not revenue (IFRS 15.60-65; domain.md, Revenue and balances; B57).
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { type Decimal, compareDecimals, dividedBy, minus, plus, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';
import { addMonths, daysBetween, earlierOf, laterOf, type PlainDate } from '../time/plain-date.ts';

/** Longer than any contract; powers are kept exactly, so they grow with the years. */
const YEARS_MAX = 100;

/** A balance that bears interest: at the end of each year, and what was added in all. */
export interface FinancingPlan {
  balances: Figure[];
  /** By year; the last one of a plan closes it. */
  interestByYear: Figure[];
  interest: Figure;
}

/**
 * A receivable (performed first) or contract liability (paid first) as it grows by a yearly rate in percent. Rounding:
 * each balance, from the exact power, so that a year's rounding is not carried into the next; interest is the change.
 * Source: IFRS 15.60, 65, Examples 26 and 29, ASC 606-10-32-15; B57.
 * @throws FINANCING_INVALID when the principal is below zero, years are not a whole number above zero or the rate is
 *   not above -100
 */
export function financingPlan(
  principal: Decimal,
  ratePercent: Decimal,
  years: number,
  rounding: Rounding | null,
): FinancingPlan {
  assertNotNegative('FINANCING_INVALID', 'the principal', principal);
  const balances = growthByYear(ratePercent, years).map((growth, index) => {
    const inputs = { principal, ratePercent, year: String(index + 1) };
    return figure('principal x (1 + rate)^year', inputs, times(principal, growth), rounding);
  });
  const interestByYear = balances.map((balance, index) => {
    const before = balances[index - 1]?.value ?? principal;
    const inputs = { balance: balance.value, before };
    return figure('balance - balance a year before', inputs, minus(balance.value, before), null, [balance]);
  });
  const last = balances.at(-1)?.value ?? principal;
  const interest = figure(
    'last balance - principal',
    { last, principal },
    minus(last, principal),
    null,
    interestByYear,
  );
  return { balances, interestByYear, interest };
}

/**
 * What would be paid in cash today for an amount due in whole years: the revenue of it. Rounding: once. Source: IFRS
 * 15.61, 64.
 * @throws FINANCING_INVALID
 */
export function cashPriceOf(promised: Decimal, ratePercent: Decimal, years: number, rounding: Rounding | null): Figure {
  const growth = growthByYear(ratePercent, years).at(-1) ?? '1';
  const inputs = { promised, ratePercent, years: String(years) };
  return figure('promised / (1 + rate)^years', inputs, dividedBy(promised, growth), rounding);
}

function growthByYear(ratePercent: Decimal, years: number): Decimal[] {
  if (!Number.isInteger(years) || years < 1 || years > YEARS_MAX || compareDecimals(ratePercent, '-100') <= 0) {
    const expected = `1 to ${String(YEARS_MAX)} whole years, a rate above -100`;
    const message = `interest of ${ratePercent} % over ${String(years)} years: expected ${expected}`;
    throw new DomainError('FINANCING_INVALID', message, { ratePercent, years });
  }
  const yearly = plus('1', dividedBy(ratePercent, '100'));
  const growth: Decimal[] = [];
  for (let year = 1; year <= years; year += 1) growth.push(times(growth.at(-1) ?? '1', yearly));
  return growth;
}

/**
 * Whether a price must be adjusted for interest: not when performance and payment lie up to a year apart and the
 * expedient is taken, nor when the benefit is not significant to the contract, which is judged apart. Source: IFRS
 * 15.60-63, ASC 606-10-32-18.
 * @throws DATE_INVALID
 */
export function isFinancing(of: {
  performedOn: PlainDate;
  paidOn: PlainDate;
  significant: boolean;
  oneYearExpedient: boolean;
}): boolean {
  const [first, last] = [earlierOf(of.performedOn, of.paidOn), laterOf(of.performedOn, of.paidOn)];
  const withinOneYear = daysBetween(addMonths(first, 12), last) <= 0;
  return of.significant && !(of.oneYearExpedient && withinOneYear);
}
