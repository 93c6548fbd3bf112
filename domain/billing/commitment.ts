/**
 * Commitments about volume: a minimum that is trued up at the end of a period, and a prepaid pool that approved work
 * draws down, with carry-over and expiry (domain.md, Billing: Retainer; B59).
 */
import { compareText } from '../compare-text.ts';
import { DomainError } from '../errors.ts';
import {
  compareDecimals,
  type Decimal,
  greaterDecimal,
  isZeroDecimal,
  lesserDecimal,
  minus,
  sumDecimals,
} from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import { type Fraction, formatFraction, shareOf } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import { taxOn } from '../tax/document-totals.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** What a period costs under a minimum; taxes are rounded fee by fee. */
export interface TrueUp {
  trueUp: Figure;
  trueUpTax: Figure;
  fees: Figure;
  tax: Figure;
}

/**
 * The minimum of a (part) period less its usage, never below zero, rounded once; with the tax of every fee (Lago,
 * minimum commitments; B59).
 * @throws COMMITMENT_INVALID when the minimum or the tax rate is negative
 */
export function trueUp(
  terms: { minimum: Decimal; share: Fraction; usage: readonly Decimal[]; taxPercent: Decimal },
  rounding: Rounding | null,
): TrueUp {
  const { minimum, share, usage, taxPercent } = terms;
  for (const value of [minimum, taxPercent]) {
    if (compareDecimals(value, '0') < 0)
      throw new DomainError('COMMITMENT_INVALID', `${value} is below zero`, { value });
  }
  const used = sumDecimals(usage);
  const exact = greaterDecimal('0', minus(shareOf(minimum, share), used));
  const inputs = { minimum, share: formatFraction(share), used };
  const missing = figure('minimum x share of the period - usage, at least zero', inputs, exact, rounding);
  const fees = [...usage.map((fee) => figure('usage', {}, fee, null)), missing];
  const taxes = fees.map((fee) => taxOn(fee, taxPercent, rounding));
  return {
    trueUp: missing,
    trueUpTax: taxes.at(-1) ?? missing,
    fees: sumOf('usage + true-up', fees),
    tax: sumOf('sum of the tax of each fee', taxes),
  };
}

/** What was paid in for a period of a prepaid pool, in hours or in money. */
export interface PoolGrant {
  grantId: string;
  availableFrom: PlainDate;
  /** The last day on which it may be used; null = it never expires. Carry-over is a later day than the period's end. */
  expiresOn: PlainDate | null;
  quantity: Decimal;
}

/** Approved work that draws on the pool. */
export interface PoolDraw {
  entryId: string;
  workedOn: PlainDate;
  quantity: Decimal;
}

/** Where a draw came from. */
export interface PoolUse {
  entryId: string;
  from: { grantId: string; quantity: Decimal }[];
  /** Not covered by the pool: it is billed as overage. */
  overage: Decimal;
}

/** What became of a grant by a date: used, expired unused, or still there. */
export interface PoolBalance {
  grantId: string;
  used: Decimal;
  expired: Decimal;
  left: Decimal;
}

/**
 * Draws work on the grants that are valid on its work date, those that expire first before the others, oldest work
 * first; what no grant covers is overage. Expired is what is left of a grant after its last day.
 * @throws COMMITMENT_INVALID for a quantity below zero or two grants of one id
 */
export function drawPool(
  grants: readonly PoolGrant[],
  draws: readonly PoolDraw[],
  asOf: PlainDate,
): { uses: PoolUse[]; balances: PoolBalance[] } {
  const negative = [...grants, ...draws].find(({ quantity }) => compareDecimals(quantity, '0') < 0);
  if (negative) throw new DomainError('COMMITMENT_INVALID', `${negative.quantity} is below zero`, { ...negative });
  const left = new Map(grants.map(({ grantId, quantity }) => [grantId, quantity]));
  if (left.size < grants.length) throw new DomainError('COMMITMENT_INVALID', 'two grants have the same id', {});
  const soonest = [...grants].sort(
    (a, b) =>
      compareText(a.expiresOn ?? '9999', b.expiresOn ?? '9999') || compareText(a.availableFrom, b.availableFrom),
  );
  const byDate = [...draws].sort((a, b) => compareText(a.workedOn, b.workedOn) || compareText(a.entryId, b.entryId));
  const uses = new Map(byDate.map((draw) => [draw, drawOne(draw, soonest, left)]));
  const balances = grants.map(({ grantId, quantity, expiresOn }): PoolBalance => {
    const rest = left.get(grantId) ?? '0';
    const isOver = expiresOn !== null && expiresOn < asOf;
    return { grantId, used: minus(quantity, rest), expired: isOver ? rest : '0', left: isOver ? '0' : rest };
  });
  return { uses: draws.flatMap((draw) => uses.get(draw) ?? []), balances };
}

function drawOne(draw: PoolDraw, grants: readonly PoolGrant[], left: Map<string, Decimal>): PoolUse {
  const from: PoolUse['from'] = [];
  let rest = draw.quantity;
  for (const { grantId, availableFrom, expiresOn } of grants) {
    const isValid = availableFrom <= draw.workedOn && (expiresOn === null || draw.workedOn <= expiresOn);
    const quantity = isValid ? lesserDecimal(rest, left.get(grantId) ?? '0') : '0';
    if (isZeroDecimal(quantity)) continue;
    from.push({ grantId, quantity });
    left.set(grantId, minus(left.get(grantId) ?? '0', quantity));
    rest = minus(rest, quantity);
  }
  return { entryId: draw.entryId, from, overage: rest };
}
