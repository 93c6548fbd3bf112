/**
 * Backlog as it is disclosed: the price of what is promised and not yet delivered, by the year in which it will be
 * earned (IFRS 15.120-122; domain.md, Revenue and balances; B44).
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { compareDecimals, type Decimal, minus, plus, sumDecimals, times } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import { fraction, shareOf } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import type { Month } from '../time/period.ts';
import { type PlainDate, partsOf } from '../time/plain-date.ts';

const MONTHS_OF_YEAR = 12;

/** What is still to be earned, by calendar year 'YYYY' and in all. */
export interface RemainingByYear {
  byYear: Record<string, Figure>;
  total: Figure;
}

/** A service delivered evenly for a monthly fee and, perhaps, one variable amount. */
export interface EvenService {
  asOf: PlainDate;
  monthly: Decimal;
  contractMonths: number;
  /** What may be counted of variable consideration over the whole contract. */
  variable: Decimal;
  remainingMonthsByYear: readonly (readonly [year: string, months: number])[];
}

/**
 * Each remaining month is worth the same part of the whole price. Rounding: each year and the total, each on its own,
 * as disclosures are; so the years may differ from the total by a unit. Source: IFRS 15.120, Example 42; B44.
 * @throws REMAINING_INVALID when the fee is below zero, months are not whole or remain beyond the contract, a year is
 *   before the date or has more than twelve of them
 */
export function remainingOfEvenService(service: EvenService, rounding: Rounding | null): RemainingByYear {
  const { monthly, contractMonths, variable, remainingMonthsByYear } = service;
  assertNotNegative('REMAINING_INVALID', 'the monthly fee', monthly);
  checkMonths(service);
  const price = plus(times(monthly, String(contractMonths)), variable);
  const worth = (months: number) => {
    const inputs = { monthly, contractMonths: String(contractMonths), variable, remainingMonths: String(months) };
    const exact = shareOf(price, fraction(String(months), String(contractMonths)));
    return figure('(monthly x contract months + variable) x remaining / contract months', inputs, exact, rounding);
  };
  const byYear = new Map<string, number>();
  for (const [year, months] of remainingMonthsByYear) byYear.set(year, (byYear.get(year) ?? 0) + months);
  const [crowded] = [...byYear].filter(([, months]) => months > MONTHS_OF_YEAR);
  if (crowded) {
    const message = `${String(crowded[1])} months cannot remain in ${crowded[0]}: expected 12 or less`;
    throw new DomainError('REMAINING_INVALID', message, { year: crowded[0], months: crowded[1] });
  }
  return {
    byYear: Object.fromEntries([...byYear].map(([year, months]) => [year, worth(months)])),
    total: worth(remainingMonths(service)),
  };
}

function remainingMonths({ remainingMonthsByYear }: EvenService): number {
  return remainingMonthsByYear.reduce((sum, [, months]) => sum + months, 0);
}

function checkMonths(service: EvenService): void {
  const { asOf, contractMonths, remainingMonthsByYear } = service;
  const thisYear = partsOf(asOf).year;
  const months = [contractMonths, ...remainingMonthsByYear.map(([, count]) => count)];
  const whole = contractMonths > 0 && months.every((count) => Number.isInteger(count) && count >= 0);
  const past = remainingMonthsByYear.find(([year]) => !/^\d{4}$/.test(year) || Number(year) < thisYear);
  if (whole && !past && remainingMonths(service) <= contractMonths) return;
  const message = past
    ? `"${past[0]}" is not a year from ${String(thisYear)} on`
    : `${String(remainingMonths(service))} months cannot remain of ${String(contractMonths)}`;
  throw new DomainError('REMAINING_INVALID', message, { asOf, contractMonths, remainingMonthsByYear });
}

/** An obligation with its plan of revenue. */
export interface OpenObligation {
  obligationId: string;
  allocatedPrice: Decimal;
  recognisedToDate: Decimal;
  /** Planned revenue of what is open. */
  planned: readonly { month: Month; amount: Decimal }[];
  /** Expected length of its contract as agreed at the start, in months. */
  originalMonths: number;
  asInvoiced: boolean;
}

/** Which obligations need not be disclosed, as elected (IFRS 15.121, ASC 606-10-50-14). */
export interface DisclosureExpedients {
  upToOneYear: boolean;
  asInvoiced: boolean;
}

/**
 * The remaining performance obligation of many obligations: allocated and not recognised, by year of its planned rows.
 * Nothing is rounded. Source: IFRS 15.120-122, ASC 606-10-50-13 to 50-15; tie-out "backlog = allocated - recognised".
 * @throws REMAINING_INVALID when an obligation's open rows are not what its price leaves
 */
export function remainingObligations(
  obligations: readonly OpenObligation[],
  expedients: DisclosureExpedients,
): RemainingByYear & { leftOut: string[] } {
  const isLeftOut = (one: OpenObligation) =>
    (expedients.upToOneYear && one.originalMonths <= 12) || (expedients.asInvoiced && one.asInvoiced);
  const disclosed = obligations.filter((one) => !isLeftOut(one));
  const rows = disclosed.flatMap(({ obligationId, allocatedPrice, recognisedToDate, planned }) => {
    const open = minus(allocatedPrice, recognisedToDate);
    const plannedSum = sumDecimals(planned.map((row) => row.amount));
    if (compareDecimals(open, plannedSum) !== 0) {
      const message = `"${obligationId}" has ${open} to earn and ${plannedSum} planned`;
      throw new DomainError('REMAINING_INVALID', message, { obligationId, open, planned: plannedSum });
    }
    return planned.map(({ month, amount }) => ({
      year: month.slice(0, 4),
      figure: figure('planned revenue', { obligationId, month }, amount, null),
    }));
  });
  const figures = new Map<string, Figure[]>();
  for (const row of rows) {
    const ofYear = figures.get(row.year);
    if (ofYear) ofYear.push(row.figure);
    else figures.set(row.year, [row.figure]);
  }
  const byYear = Object.fromEntries(
    [...figures].sort().map(([year, ofYear]): [string, Figure] => [year, sumOf(`planned in ${year}`, ofYear)]),
  );
  return {
    byYear,
    total: sumOf('sum of the years', Object.values(byYear)),
    leftOut: obligations.filter(isLeftOut).map((one) => one.obligationId),
  };
}
