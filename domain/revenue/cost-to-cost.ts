/**
 * A fixed price by cost: what each period recognises, what the contract has cost and what it will lose. Costs that do
 * not depict performance are kept apart from those that do, and a loss that is expected is recognised whole, at once
 * (IFRS 15.B19, IAS 37.66-69; ASC 606-10-55-20 and 55-21, ASC 605-35-25; domain.md, Revenue and balances).
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { compareDecimals, type Decimal, greaterDecimal, minus, plus, sumDecimals } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { type Fraction, formatFraction, shareOf } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import { changesOf, earnedToDate, progressOf } from './progress.ts';

/** How a contract's figures are rounded: amounts, and ratios before they are used; null = exact. */
export interface ContractRounding {
  amounts: Rounding | null;
  ratios: Rounding | null;
}

/** A contract at the end of a period; everything is to date. */
export interface CostPeriod {
  transactionPrice: Decimal;
  costToDate: Decimal;
  /** The forecast of the whole cost as it stands now. */
  totalCost: Decimal;
  /** Billed to date; null = not asked for. */
  billed: Decimal | null;
}

/** What a period brings. Revenue, profit and expense are of the period; the others stand at its end. */
export interface PeriodResult {
  progress: Figure;
  revenue: Figure;
  profit: Figure;
  expense: Figure;
  /** Expected loss not yet incurred; 0 where none is expected or none is provided for. */
  provision: Figure;
  /** Revenue to date - billed: above zero a contract asset, below a contract liability. Null without billing. */
  position: Figure | null;
}

/**
 * The loss that a contract is expected to make: total cost above price, else 0. Where more is spent than forecast, what
 * is spent counts. Under US GAAP the unit is the contract or the obligation by policy, under IFRS the contract; the
 * caller gives that unit's price and costs. A penalty for leaving the contract (IAS 37.68) is not considered.
 * Source: ASC 605-35-25, IAS 37.66; B42.
 * @throws DECIMAL_INVALID
 */
export function expectedLoss(of: Pick<CostPeriod, 'transactionPrice' | 'costToDate' | 'totalCost'>): Figure {
  const { transactionPrice, costToDate, totalCost } = of;
  const expected = greaterDecimal(costToDate, totalCost);
  const inputs = { transactionPrice, costToDate, totalCost };
  return figure('expected total cost - price, at least 0', inputs, lossOf(transactionPrice, expected), null);
}

function lossOf(price: Decimal, cost: Decimal): Decimal {
  return greaterDecimal(minus(cost, price), '0');
}

/**
 * Percentage of completion over periods, each computed from its own figures to date, so a period recomputed alone gives
 * the same. Profit to date = revenue to date - cost to date; with `lossProvision` and a loss expected it is that loss.
 * Later periods release the provision with the costs, or all of it when the loss turns into a profit. Rounding: the
 * ratio where asked, then revenue and profit to date; expense = revenue - profit. Source: B39-B42; ASC 605-35-25.
 * @throws PRICE_INVALID for a price below zero, BILLED_INVALID for less than nothing billed to date, PROGRESS_INVALID,
 * DECIMAL_INVALID
 */
export function percentageOfCompletion(
  periods: readonly CostPeriod[],
  lossProvision: boolean,
  rounding: ContractRounding,
): PeriodResult[] {
  const toDate = periods.map((period) => periodToDate(period, lossProvision, rounding));
  const revenues = changesOf(toDate.map((one) => one.revenue));
  const profits = changesOf(toDate.map((one) => one.profit));
  return toDate.flatMap((one, index): PeriodResult[] => {
    const [revenue, profit] = [revenues[index], profits[index]];
    if (!revenue || !profit) return [];
    const inputs = { revenue: revenue.value, profit: profit.value };
    const expense = figure('revenue - profit', inputs, minus(revenue.value, profit.value), null, [revenue, profit]);
    return [{ ...one, revenue, profit, expense }];
  });
}

function periodToDate(
  period: CostPeriod,
  lossProvision: boolean,
  rounding: ContractRounding,
): Omit<PeriodResult, 'expense'> {
  const { transactionPrice, costToDate, totalCost, billed } = period;
  assertNotNegative('PRICE_INVALID', 'the transaction price', transactionPrice);
  if (billed !== null) assertNotNegative('BILLED_INVALID', 'what is billed to date', billed);
  const progress = progressOf({ by: 'costs', toDate: costToDate, forecast: totalCost }, rounding.ratios);
  const revenue = earnedToDate(transactionPrice, progress, rounding.amounts);
  const incurred = figure(
    'revenue to date - cost to date',
    { revenue: revenue.value, costToDate },
    minus(revenue.value, costToDate),
    rounding.amounts,
    [revenue],
  );
  const loss = expectedLoss(period);
  const provided = lossProvision && compareDecimals(loss.value, '0') > 0;
  const profit = provided
    ? figure('the whole expected loss', { loss: loss.value }, minus('0', loss.value), rounding.amounts, [loss])
    : incurred;
  const provision = figure(
    'profit to date before provision - profit to date',
    { beforeProvision: incurred.value, profit: profit.value },
    minus(incurred.value, profit.value),
    null,
    [incurred, profit],
  );
  const position =
    billed === null
      ? null
      : figure('revenue to date - billed', { revenue: revenue.value, billed }, minus(revenue.value, billed), null, [
          revenue,
        ]);
  return { progress: progress.figure, revenue, profit, provision, position };
}

/** Costs of a contract to date, by what they say about performance. */
export interface CostPiles {
  /** Costs that depict performance, to date and in the current forecast. */
  performance: { toDate: Decimal; forecast: Decimal };
  /** Materials the customer controls well before they are installed: revenue at their cost, no margin. */
  uninstalledMaterials?: Decimal;
  /** Waste that the price did not reckon with: an expense, and no progress. */
  wasteToDate?: Decimal;
}

/**
 * Revenue to date where some costs do not depict performance: progress leaves them out, materials earn their cost, and
 * the margin follows the rest of the price. Rounding: the ratio where asked, then revenue; the rest are sums. Source:
 * IFRS 15.B19 and Example 19, ASC 606-10-55-21; waste also in the CICPAC guide, Scenarios A and B; B43.
 * @throws PRICE_INVALID, PROGRESS_INVALID, COST_INVALID when a pile is negative or materials cost more than the price
 */
export function revenueByCostPiles(
  transactionPrice: Decimal,
  piles: CostPiles,
  rounding: ContractRounding,
): { progress: Figure; revenue: Figure; costOfSales: Figure; profit: Figure } {
  const { performance, uninstalledMaterials: materials = '0', wasteToDate: waste = '0' } = piles;
  assertNotNegative('PRICE_INVALID', 'the transaction price', transactionPrice);
  if ([materials, waste, minus(transactionPrice, materials)].some((amount) => compareDecimals(amount, '0') < 0)) {
    const message = `materials of ${materials} and waste of ${waste} do not fit a price of ${transactionPrice}`;
    throw new DomainError('COST_INVALID', message, { transactionPrice, materials, waste });
  }
  const progress = progressOf({ by: 'costs', ...performance }, rounding.ratios);
  const margin = shareOf(minus(transactionPrice, materials), progress.share);
  const revenue = figure(
    '(price - materials) x progress + materials',
    { transactionPrice, materials, progress: formatFraction(progress.share) },
    plus(margin, materials),
    rounding.amounts,
    [progress.figure],
  );
  const costs = { performance: performance.toDate, materials, waste };
  const costOfSales = figure('all costs to date', costs, sumDecimals(Object.values(costs)), null);
  return { progress: progress.figure, revenue, costOfSales, profit: profitOf(revenue, costOfSales) };
}

/** A contract at a date, by a progress that is known. */
export interface ContractAtDate {
  transactionPrice: Decimal;
  /** The forecast of the whole cost. */
  totalCost: Decimal;
  /** 0 to 1. */
  progress: Fraction;
  costToDate: Decimal;
  received: Decimal;
}

/** What of it stands in the books. */
export interface ContractBalance {
  revenue: Figure;
  costOfSales: Figure;
  profit: Figure;
  /** Cost to date - cost of sales; below zero where cost runs behind progress. */
  wip: Figure;
  /** Received - revenue, at least 0. */
  contractLiability: Figure;
}

/**
 * Revenue and cost of sales by one progress, e.g. a surveyor's; cost that runs ahead is work in progress, and money
 * ahead of revenue is owed in performance. Rounding: revenue and cost of sales, each once. Source: IFRS 15.B15, 106.
 * @throws PRICE_INVALID, COST_INVALID, RECEIVED_INVALID below zero, PROGRESS_INVALID when progress is not between 0
 * and 1, DECIMAL_INVALID
 */
export function contractBalance(contract: ContractAtDate, rounding: Rounding | null): ContractBalance {
  const { transactionPrice, totalCost, progress, costToDate, received } = contract;
  assertNotNegative('PRICE_INVALID', 'the transaction price', transactionPrice);
  assertNotNegative('COST_INVALID', 'the total cost', totalCost);
  assertNotNegative('COST_INVALID', 'the cost to date', costToDate);
  assertNotNegative('RECEIVED_INVALID', 'what is received', received);
  const at = formatFraction(progress);
  if (compareDecimals(progress.numerator, '0') < 0 || compareDecimals(progress.numerator, progress.denominator) > 0) {
    throw new DomainError('PROGRESS_INVALID', `progress is between 0 and 1, not ${at}`, { progress: at });
  }
  const revenue = figure(
    'price x progress',
    { transactionPrice, progress: at },
    shareOf(transactionPrice, progress),
    rounding,
  );
  const costOfSales = figure(
    'total cost x progress',
    { totalCost, progress: at },
    shareOf(totalCost, progress),
    rounding,
  );
  const wip = figure(
    'cost to date - cost of sales',
    { costToDate, costOfSales: costOfSales.value },
    minus(costToDate, costOfSales.value),
    null,
    [costOfSales],
  );
  const contractLiability = figure(
    'received - revenue, at least 0',
    { received, revenue: revenue.value },
    greaterDecimal(minus(received, revenue.value), '0'),
    null,
    [revenue],
  );
  return { revenue, costOfSales, profit: profitOf(revenue, costOfSales), wip, contractLiability };
}

function profitOf(revenue: Figure, costOfSales: Figure): Figure {
  const inputs = { revenue: revenue.value, costOfSales: costOfSales.value };
  return figure('revenue - cost of sales', inputs, minus(revenue.value, costOfSales.value), null, [
    revenue,
    costOfSales,
  ]);
}
