/**
 * A prepaid pool: hours or money paid in for periods, drawn down by approved work, oldest first; and what becomes of
 * the unused part of a period, which is a term of the contract and here plain data (domain.md, Billing: prepaid pool
 * drawn down by approved value, carry-over and expiry explicit).
 */
import { compareText } from '../compare-text.ts';
import { DomainError } from '../errors.ts';
import { assertBetween, assertNotNegative } from '../money/bounds.ts';
import { type Decimal, isZeroDecimal, lesserDecimal, minus, plus, sumDecimals } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { formatFraction, type Fraction, shareOf } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** What was paid in for a period, in hours or in money. Several grants may be of one period (a top-up). */
export interface PoolGrant {
  grantId: string;
  /** First and last day of its period; null = the last period, without end. */
  startsOn: PlainDate;
  endsOn: PlainDate | null;
  /** Last day of use whatever is carried over; null = none of its own. */
  expiresOn: PlainDate | null;
  quantity: Decimal;
}

/** What of the unused part of a period goes on into the next one. */
export interface CarryOver {
  /**
   * Nothing, everything, at most a quantity, or at most a share of what was paid in for the period that ends. The most
   * is of all that is carried, older leftovers included.
   */
  upTo: 'none' | 'all' | { quantity: Decimal } | { share: Fraction };
  /** Into how many periods after its own a grant may go; null = into all that follow. */
  periodsMax: number | null;
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

/** What became of a grant by a date: used, expired unused, or still there. They sum to what was paid in. */
export interface PoolBalance {
  grantId: string;
  used: Decimal;
  expired: Decimal;
  left: Decimal;
}

/** The end of a period: unused = carried + lapsed. */
export interface PoolClosing {
  endsOn: PlainDate;
  unused: Figure;
  carried: Figure;
  lapsed: Figure;
}

interface OpenGrant extends PoolGrant {
  left: Decimal;
  /** Periods that it was carried into. */
  carriedInto: number;
  /** What lapsed, by the last day on which it could be used. */
  lapsed: { quantity: Decimal; lastDay: PlainDate }[];
}

interface PoolPeriod {
  startsOn: PlainDate;
  endsOn: PlainDate | null;
  grants: OpenGrant[];
}

/**
 * Draws work on the pool, oldest work first, each from the oldest grant that is valid on its work date (of one period
 * the one that expires first); what no grant covers is overage. At the end of a period what is unused goes on as
 * `carryOver` says: grants that were carried often enough or end by themselves lapse, and above the most that may be
 * carried the oldest lapses first, because what is newest can be used longest. After the last period nothing is left: a
 * time to use up what remains is a period of its own with a grant of nothing. `rounding` is of a share, down as a rule.
 * Source: domain.md, Billing (prepaid pool).
 * @throws COMMITMENT_INVALID for a quantity below zero, two grants of one id, periods that overlap or end before they
 *   start, or carry-over terms that are none
 */
export function drawPool(
  pool: { grants: readonly PoolGrant[]; carryOver: CarryOver },
  draws: readonly PoolDraw[],
  asOf: PlainDate,
  rounding: Rounding | null = null,
): { uses: PoolUse[]; balances: PoolBalance[]; closings: PoolClosing[] } {
  const periods = checkedPeriods(pool.grants);
  checkTerms(pool.carryOver);
  for (const { entryId, quantity } of draws) {
    assertNotNegative('COMMITMENT_INVALID', `the quantity of entry ${entryId}`, quantity);
  }
  const byDate = [...draws].sort((a, b) => compareText(a.workedOn, b.workedOn) || compareText(a.entryId, b.entryId));
  const uses = new Map<PoolDraw, PoolUse>();
  const closings: PoolClosing[] = [];
  let carried: OpenGrant[] = [];
  let next = 0;
  for (const [index, period] of periods.entries()) {
    const open = [...carried, ...period.grants];
    for (let draw = byDate[next]; draw && isUpTo(draw, period.endsOn); draw = byDate[next]) {
      uses.set(draw, drawOne(draw, draw.workedOn < period.startsOn ? [] : open));
      next += 1;
    }
    if (period.endsOn === null) break;
    const hasNext = index < periods.length - 1;
    const closed = close(period.endsOn, period, open, hasNext ? pool.carryOver : NOTHING, rounding);
    closings.push(closed.closing);
    carried = closed.carried;
  }
  for (const draw of byDate.slice(next)) uses.set(draw, drawOne(draw, []));
  return {
    uses: draws.flatMap((draw) => uses.get(draw) ?? []),
    balances: balancesOf(pool.grants, periods, asOf),
    closings,
  };
}

/** After the last period. */
const NOTHING: CarryOver = { upTo: 'none', periodsMax: null };

function isUpTo({ workedOn }: PoolDraw, endsOn: PlainDate | null): boolean {
  return endsOn === null || workedOn <= endsOn;
}

function drawOne(draw: PoolDraw, open: readonly OpenGrant[]): PoolUse {
  const from: PoolUse['from'] = [];
  let rest = draw.quantity;
  for (const grant of open) {
    if (isZeroDecimal(rest)) break;
    if (grant.expiresOn !== null && grant.expiresOn < draw.workedOn) continue;
    const quantity = lesserDecimal(rest, grant.left);
    if (isZeroDecimal(quantity)) continue;
    from.push({ grantId: grant.grantId, quantity });
    grant.left = minus(grant.left, quantity);
    rest = minus(rest, quantity);
  }
  return { entryId: draw.entryId, from, overage: rest };
}

/** Ends a period; what lapses is taken off the grants, the newest are the last to lapse. */
function close(
  endsOn: PlainDate,
  period: PoolPeriod,
  open: readonly OpenGrant[],
  carryOver: CarryOver,
  rounding: Rounding | null,
): { carried: OpenGrant[]; closing: PoolClosing } {
  const unused = sumDecimals(open.map((grant) => grant.left));
  const most = mostCarried(period, unused, carryOver, rounding);
  let room = most.value;
  const carried: OpenGrant[] = [];
  for (const grant of [...open].reverse()) {
    const mayGoOn =
      (carryOver.periodsMax === null || grant.carriedInto < carryOver.periodsMax) &&
      (grant.expiresOn === null || grant.expiresOn > endsOn);
    const goesOn = mayGoOn ? lesserDecimal(grant.left, room) : '0';
    lapse(grant, minus(grant.left, goesOn), endsOn);
    room = minus(room, goesOn);
    grant.carriedInto += 1;
    if (!isZeroDecimal(grant.left)) carried.unshift(grant);
  }
  const goesOn = sumDecimals(carried.map((grant) => grant.left));
  const figures = { endsOn, unused, carried: goesOn };
  return {
    carried,
    closing: {
      endsOn,
      unused: figure('left of all grants at the end of the period', { endsOn }, unused, null),
      carried: figure('what may be carried, at most what may go on', { endsOn, most: most.value }, goesOn, null, [
        most,
      ]),
      lapsed: figure('unused - carried', figures, minus(unused, goesOn), null),
    },
  };
}

function lapse(grant: OpenGrant, quantity: Decimal, endsOn: PlainDate): void {
  if (isZeroDecimal(quantity)) return;
  const lastDay = grant.expiresOn !== null && grant.expiresOn < endsOn ? grant.expiresOn : endsOn;
  grant.lapsed.push({ quantity, lastDay });
  grant.left = minus(grant.left, quantity);
}

function mostCarried({ grants }: PoolPeriod, unused: Decimal, { upTo }: CarryOver, rounding: Rounding | null): Figure {
  if (upTo === 'none') return figure('nothing is carried over', {}, '0', null);
  if (upTo === 'all') return figure('everything is carried over', { unused }, unused, null);
  if ('quantity' in upTo) return figure('carried over up to', { quantity: upTo.quantity }, upTo.quantity, null);
  const paidIn = sumDecimals(grants.map((grant) => grant.quantity));
  const inputs = { paidIn, share: formatFraction(upTo.share) };
  return figure('paid in for the period x share', inputs, shareOf(paidIn, upTo.share), rounding);
}

function balancesOf(grants: readonly PoolGrant[], periods: readonly PoolPeriod[], asOf: PlainDate): PoolBalance[] {
  const open = new Map(periods.flatMap((period) => period.grants.map((grant) => [grant.grantId, grant] as const)));
  return grants.map(({ grantId, quantity, expiresOn }): PoolBalance => {
    const { left = '0', lapsed = [] } = open.get(grantId) ?? {};
    const isOver = expiresOn !== null && expiresOn < asOf;
    const gone = lapsed.filter(({ lastDay }) => lastDay < asOf).map((one) => one.quantity);
    const expired = plus(sumDecimals(gone), isOver ? left : '0');
    const notUsed = plus(sumDecimals(lapsed.map((one) => one.quantity)), left);
    return { grantId, used: minus(quantity, notUsed), expired, left: minus(notUsed, expired) };
  });
}

function checkedPeriods(grants: readonly PoolGrant[]): PoolPeriod[] {
  const ids = grants.map(({ grantId }) => grantId);
  if (new Set(ids).size < ids.length) {
    throw new DomainError('COMMITMENT_INVALID', 'two grants of a pool have the same id: expected each once', { ids });
  }
  const sorted = [...grants].sort(
    (a, b) =>
      compareText(a.startsOn, b.startsOn) || compareText(a.expiresOn ?? '9999-12-31', b.expiresOn ?? '9999-12-31'),
  );
  const periods: PoolPeriod[] = [];
  for (const grant of sorted) {
    const { grantId, startsOn, endsOn, quantity } = grant;
    assertNotNegative('COMMITMENT_INVALID', `the quantity of grant ${grantId}`, quantity);
    const open = { ...grant, left: quantity, carriedInto: 0, lapsed: [] };
    const last = periods.at(-1);
    const isSame = last?.startsOn === startsOn && last.endsOn === endsOn;
    const isAfter = last === undefined || (last.endsOn !== null && last.endsOn < startsOn);
    if (!(isSame || isAfter) || (endsOn !== null && endsOn < startsOn)) {
      const given = `grant ${grantId} is of ${startsOn} to ${endsOn ?? 'no end'}`;
      const message = `${given}: expected a period after the one before`;
      throw new DomainError('COMMITMENT_INVALID', message, { grantId, startsOn, endsOn, before: last?.endsOn ?? null });
    }
    if (isSame) last.grants.push(open);
    else periods.push({ startsOn, endsOn, grants: [open] });
  }
  return periods;
}

function checkTerms({ upTo, periodsMax }: CarryOver): void {
  if (periodsMax !== null && (!Number.isSafeInteger(periodsMax) || periodsMax < 0)) {
    const message = `a grant is carried into ${String(periodsMax)} periods: expected a whole number of zero or more`;
    throw new DomainError('COMMITMENT_INVALID', message, { periodsMax });
  }
  if (typeof upTo === 'string') return;
  if ('quantity' in upTo) assertNotNegative('COMMITMENT_INVALID', 'the most that is carried over', upTo.quantity);
  else {
    const { numerator, denominator } = upTo.share;
    assertBetween('COMMITMENT_INVALID', `the share carried over, in parts of ${denominator}`, numerator, [
      '0',
      denominator,
    ]);
  }
}
