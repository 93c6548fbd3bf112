/**
 * Daily allowances for travel: lodging, meals and incidentals for each day, less a part of the meals allowance for
 * meals that were provided (domain.md, Pricing; B55). Which meals count, and how, is the policy of the legal entity.
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, minus, percentOf, plus, sumDecimals, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';

/** A stay; allowances are per day in major units. */
export interface Stay {
  days: Decimal;
  lodging: Decimal;
  meals: Decimal;
  incidentals: Decimal;
}

/**
 * What provided meals take off the meals allowance: nothing; for each meal of a kind its percentage of a day's meals;
 * or a percentage by the number of meals of a day, whichever they were.
 */
export type MealReduction =
  | { type: 'none' }
  | {
      type: 'by-meal';
      percents: Readonly<Record<string, Decimal>>;
      /** How many of each kind during the stay. */
      provided: Readonly<Record<string, Decimal>>;
    }
  | {
      type: 'by-count';
      /** Percentage by number of meals: { '1': '20', '2': '50', '3': '100' }. No meals reduce nothing. */
      percents: Readonly<Record<string, Decimal>>;
      /** Of each day in order; days beyond the list had none. */
      mealsPerDay: readonly Decimal[];
    };

/**
 * Reduction and what is payable for the stay: days x (lodging + meals + incidentals) - reduction. The reduction is
 * rounded once; the rest follows from it, so that both sum to the allowance. Source: domain.md, Pricing (B55; Dynamics
 * 365 Project Operations, per diem expenses, examples 1 to 3: by type of meal and by number of meals a day).
 * @throws PER_DIEM_INVALID when a percentage is missing or not 0 to 100, when more meals were provided than the days
 * have, or when the reduction exceeds the meals allowance
 */
export function perDiem(
  stay: Stay,
  reduction: MealReduction,
  rounding: Rounding | null,
): { reduction: Figure; payable: Figure } {
  const { days, lodging, meals, incidentals } = stay;
  for (const [name, value] of Object.entries(stay) as [string, Decimal][]) {
    if (compareDecimals(value, '0') < 0) throw refused(`${name} of a stay is ${value}: expected zero or more`, stay);
  }
  const perDay = sumDecimals([lodging, meals, incidentals]);
  const inputs = { days, lodging, meals, incidentals };
  const allowance = figure('days x (lodging + meals + incidentals)', inputs, times(days, perDay), rounding);
  const { rule, exact, used } = reductionOf(stay, reduction);
  if (compareDecimals(exact, times(days, meals)) > 0) {
    throw refused(`a meal reduction of ${exact} is more than the meals allowance of ${times(days, meals)}`, stay);
  }
  const less = figure(rule, { meals, ...used }, exact, rounding);
  const payable = minus(allowance.value, less.value);
  return {
    reduction: less,
    payable: figure('allowance - reduction', { allowance: allowance.value, reduction: less.value }, payable, null, [
      allowance,
      less,
    ]),
  };
}

function reductionOf(
  { days, meals }: Stay,
  reduction: MealReduction,
): { rule: string; exact: Decimal; used: Readonly<Record<string, string>> } {
  if (reduction.type === 'none') return { rule: 'no reduction for meals', exact: '0', used: {} };
  if (reduction.type === 'by-meal') {
    const provided = Object.entries(reduction.provided).filter(([, count]) => compareDecimals(count, '0') !== 0);
    const parts = provided.map(([meal, count]) => {
      if (compareDecimals(count, '0') < 0 || compareDecimals(minus(count, days), '1') >= 0) {
        throw refused(`${count} times ${meal} in ${days} days: expected at most one a day`, { meal, count, days });
      }
      return times(count, percentOf(meals, percentFor(reduction.percents, meal)));
    });
    const used = provided.map(([meal, count]) => [meal, `${count} x ${reduction.percents[meal] ?? ''} %`] as const);
    return {
      rule: 'sum of meals provided x % of the meals allowance',
      exact: sumDecimals(parts),
      used: Object.fromEntries(used),
    };
  }
  const { mealsPerDay, percents } = reduction;
  if (compareDecimals(minus(String(mealsPerDay.length), days), '1') >= 0) {
    throw refused(`meals of ${String(mealsPerDay.length)} days in ${days} days`, { mealsPerDay, days });
  }
  const counts = mealsPerDay.map((count) => plus(count, '0'));
  const parts = counts.map((count) =>
    count === '0' && percents['0'] === undefined ? '0' : percentOf(meals, percentFor(percents, count)),
  );
  const used = { mealsPerDay: counts.join(' '), ...percents };
  return { rule: 'sum over days of % of the meals allowance by number of meals', exact: sumDecimals(parts), used };
}

function percentFor(percents: Readonly<Record<string, Decimal>>, key: string): Decimal {
  const percent = Object.hasOwn(percents, key) ? percents[key] : undefined;
  if (percent === undefined || compareDecimals(percent, '0') < 0 || compareDecimals(percent, '100') > 0) {
    throw refused(`the meal reduction for "${key}" is ${percent ?? 'not stated'}: expected 0 to 100 %`, { percents });
  }
  return percent;
}

function refused(message: string, details: object): DomainError {
  return new DomainError('PER_DIEM_INVALID', message, { ...details });
}
