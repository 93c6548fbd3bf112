/**
 * Who pays for what: several funders share a bill by rules of priority, each up to its limit (domain.md, Billing:
 * Funding; Dynamics 365 Project Operations, multiple funding sources; B10). A rule stops for all its funders when one
 * of them has reached its limit, and the rest goes to the next rule.
 */
import { DomainError } from '../errors.ts';
import {
  compareDecimals,
  type Decimal,
  dividedBy,
  greaterDecimal,
  isZeroDecimal,
  lesserDecimal,
  minus,
  negated,
  percentOf,
  plus,
  sumDecimals,
  times,
} from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';

/** One rule: percent by funder, which sum to 100. Rules stand in order of priority. */
export type FundingRule = Readonly<Record<string, Decimal>>;

/** What funders have agreed. A funder without a limit has none. */
export interface FundingTerms {
  limits: Readonly<Record<string, Decimal>>;
  rules: readonly FundingRule[];
  /** Who takes the difference that rounding leaves; the first funder of a rule when not named. */
  payer?: string;
}

/** How one amount is funded; the parts and what is unfunded sum to it. */
export interface Funding {
  /** By funder; one who pays nothing is not in it. */
  funded: Record<string, Figure>;
  /** What no rule could place: it is not billed to anybody before the limits change. */
  unfunded: Figure;
}

/**
 * Splits amounts one after another; each uses up the limits for those after it. `usedBefore` is what earlier bills have
 * taken.
 * @throws FUNDING_INVALID when a rule does not sum to 100, a percentage or limit is negative, or an amount is negative
 */
export function fund(
  amounts: readonly Decimal[],
  terms: FundingTerms,
  rounding: Rounding | null,
  usedBefore: Readonly<Record<string, Decimal>> = {},
): { fundings: Funding[]; totals: Record<string, Figure> } {
  check(amounts, terms);
  const used = new Map(Object.entries(usedBefore));
  const fundings = amounts.map((amount) => fundOne(amount, terms, rounding, used));
  return { fundings, totals: totalsOf(fundings, terms, usedBefore) };
}

/** What each funder has paid in all; one with a limit who paid nothing has a total of nothing. */
function totalsOf(
  fundings: readonly Funding[],
  { limits }: FundingTerms,
  usedBefore: Readonly<Record<string, Decimal>>,
): Record<string, Figure> {
  const before = Object.entries(usedBefore).map(([funder, value]) => [
    funder,
    figure('paid before', { funder }, value, null),
  ]);
  const paid = new Map<string, Figure[]>(Object.keys(limits).map((funder) => [funder, []]));
  for (const [funder, part] of [...before, ...fundings.flatMap(({ funded }) => Object.entries(funded))] as [
    string,
    Figure,
  ][]) {
    const parts = paid.get(funder);
    if (parts) parts.push(part);
    else paid.set(funder, [part]);
  }
  return Object.fromEntries([...paid].map(([funder, parts]) => [funder, sumOf('sum of what the funder pays', parts)]));
}

function fundOne(amount: Decimal, terms: FundingTerms, rounding: Rounding | null, used: Map<string, Decimal>): Funding {
  const parts = new Map<string, Figure[]>();
  let rest = amount;
  for (const [index, rule] of terms.rules.entries()) {
    if (isZeroDecimal(rest)) break;
    for (const [funder, share] of sharesOf(rest, rule, terms, rounding, used)) {
      if (isZeroDecimal(share.value)) continue;
      const inputs = { ...share.derivation.inputs, priority: String(index + 1) };
      const part = { ...share, derivation: { ...share.derivation, inputs } };
      parts.set(funder, [...(parts.get(funder) ?? []), part]);
      used.set(funder, plus(used.get(funder) ?? '0', share.value));
      rest = minus(rest, share.value);
    }
  }
  const funded = [...parts].map(([funder, shares]): [string, Figure] => {
    const value = sumDecimals(shares.map((share) => share.value));
    return [funder, figure('sum of the shares by rule', { funder, amount }, value, null, shares)];
  });
  const unfunded = figure(
    'amount - what the funders pay',
    { amount },
    rest,
    null,
    funded.map(([, part]) => part),
  );
  return { funded: Object.fromEntries(funded), unfunded };
}

/**
 * What each funder of a rule pays of an amount: its percentage of all of it, or of as much as the first exhausted
 * funder allows, who then pays exactly what its limit leaves.
 */
function sharesOf(
  amount: Decimal,
  rule: FundingRule,
  { limits, payer }: FundingTerms,
  rounding: Rounding | null,
  used: ReadonlyMap<string, Decimal>,
): [string, Figure][] {
  const payers = Object.entries(rule).filter(([, percent]) => !isZeroDecimal(percent));
  const free = new Map(payers.map(([funder]) => [funder, freeOf(funder, limits, used)]));
  const reaches = payers.flatMap(([funder, percent]) => {
    const left = free.get(funder) ?? null;
    return left === null ? [] : [dividedBy(times(left, '100'), percent)];
  });
  const reach = reaches.reduce(lesserDecimal, amount);
  const isStopped = compareDecimals(reach, amount) < 0;
  const exhausted = new Set<string>();
  const shares = payers.map(([funder, percent]): [string, Figure] => {
    const left = free.get(funder) ?? null;
    const exact = percentOf(reach, percent);
    const inputs = { percent, of: reach, free: left ?? 'no limit' };
    const stopsRule = isStopped && left !== null && isZeroDecimal(minus(dividedBy(times(left, '100'), percent), reach));
    const share = figure('percent of what the rule takes', inputs, exact, rounding);
    const isTooMuch = left !== null && compareDecimals(share.value, left) > 0;
    if (stopsRule) exhausted.add(funder);
    return [funder, stopsRule || isTooMuch ? figure('all that the limit leaves', inputs, left, null) : share];
  });
  const difference = minus(amount, sumDecimals(shares.map(([, share]) => share.value)));
  // Of a rule that stops, what is missing goes to the next one; its roundings must not come to more than the amount.
  if (isStopped && compareDecimals(difference, '0') >= 0) return shares;
  const payerFirst = shares.map(([funder]) => funder).filter((funder) => !exhausted.has(funder));
  if (payer !== undefined && payerFirst.includes(payer)) payerFirst.unshift(payer);
  return withDifference(shares, difference, [...new Set(payerFirst)], free);
}

/**
 * The difference that rounding leaves goes to the first payer: more as far as its limit allows, less as far as its
 * share goes, and what is still too much comes off the others in turn; so nobody pays less than nothing.
 */
function withDifference(
  shares: readonly [string, Figure][],
  difference: Decimal,
  payerFirst: readonly string[],
  free: ReadonlyMap<string, Decimal | null>,
): [string, Figure][] {
  const paid = new Map(shares);
  let open = difference;
  for (const [index, funder] of payerFirst.entries()) {
    const share = paid.get(funder);
    if (!share || isZeroDecimal(open)) continue;
    const left = free.get(funder) ?? null;
    const most = index > 0 ? '0' : left === null ? open : minus(left, share.value);
    const taken = greaterDecimal(negated(share.value), lesserDecimal(open, most));
    if (isZeroDecimal(taken)) continue;
    const inputs = { share: share.value, difference: taken };
    const exact = plus(share.value, taken);
    paid.set(funder, figure('share + difference of rounding', inputs, exact, null, [share]));
    open = minus(open, taken);
  }
  return [...paid];
}

function freeOf(funder: string, limits: FundingTerms['limits'], used: ReadonlyMap<string, Decimal>): Decimal | null {
  const limit = Object.hasOwn(limits, funder) ? limits[funder] : undefined;
  return limit === undefined ? null : greaterDecimal('0', minus(limit, used.get(funder) ?? '0'));
}

function check(amounts: readonly Decimal[], { limits, rules }: FundingTerms): void {
  const refuse = (message: string, details: Record<string, unknown>): never => {
    throw new DomainError('FUNDING_INVALID', message, details);
  };
  for (const [index, rule] of rules.entries()) {
    const total = sumDecimals(Object.values(rule));
    const isNegative = Object.values(rule).some((percent) => compareDecimals(percent, '0') < 0);
    if (isNegative || compareDecimals(total, '100') !== 0) {
      refuse(`funding rule ${String(index + 1)} shares ${total} %: expected shares of 0 or more that sum to 100 %`, {
        rule,
      });
    }
  }
  for (const [funder, limit] of Object.entries(limits)) {
    if (compareDecimals(limit, '0') < 0)
      refuse(`the limit of funder ${funder} is below zero: ${limit}`, { funder, limit });
  }
  const negative = amounts.find((amount) => compareDecimals(amount, '0') < 0);
  if (negative !== undefined) {
    const message = `${negative} cannot be funded: expected zero or more; a credit follows what it credits`;
    refuse(message, { amount: negative });
  }
}
