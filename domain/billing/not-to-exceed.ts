/**
 * Not-to-exceed amounts at four levels: what of the approved work may be billed, and what stays on hold for a change
 * order or a write-off (domain.md, Billing: NTE). The same function answers at approval, again at the invoice, and
 * whenever a limit was raised, lowered or freed: it is given everything that is approved and not billed.
 */
import { compareText } from '../compare-text.ts';
import type { Derivation } from '../money/derivation.ts';
import { DomainError } from '../errors.ts';
import { add, compareMoney, formatDecimal, isZero, lesserOf, type Money, subtract, zero } from '../money/money.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** Where a limit is agreed; checked in this order. */
export const LIMIT_LEVELS = ['line-customer', 'line', 'contract-customer', 'contract'] as const;
export type LimitLevel = (typeof LIMIT_LEVELS)[number];

/** A limit as agreed, and what invoices have taken of it. */
export interface Limit {
  limitId: string;
  level: LimitLevel;
  amount: Money;
  billed: Money;
}

/** Approved work that is not billed, at its price. */
export interface Claim {
  entryId: string;
  workedOn: PlainDate;
  /** Negative takes work back and frees the limits. */
  amount: Money;
  /** The limits that it counts against, at most one of each level. */
  limitIds: readonly string[];
  /** What an earlier answer let through: it keeps its place before work that was on hold. */
  admittedBefore: Money;
}

/** What of a claim may be billed; admitted and held sum to its amount. */
export interface Admission {
  entryId: string;
  admitted: Money;
  held: Money;
  /** The limits that stopped it, in the order of the check; empty when nothing is held. */
  stoppedBy: string[];
  derivation: Derivation;
}

/** How far a limit is used: amount = billed + committed + available, unless it was lowered below what is billed. */
export interface LimitUse {
  limitId: string;
  amount: Money;
  billed: Money;
  /** Approved and let through, not billed. */
  committed: Money;
  available: Money;
}

/**
 * What may be billed of approved work under its limits, in the order of the claims. What was let through before stays
 * so as far as the limits still allow; then work on hold gets what is free, oldest work date first (ties by entry id);
 * the entry that crosses a limit is split.
 * @throws LIMIT_UNKNOWN, LIMIT_INVALID, CLAIM_INVALID, CURRENCY_MISMATCH
 */
export function admit(
  claims: readonly Claim[],
  limits: readonly Limit[],
): { admissions: Admission[]; uses: LimitUse[] } {
  const byId = new Map(limits.map((limit) => [limit.limitId, checked(limit)]));
  if (byId.size < limits.length) {
    const limitIds = limits.map(({ limitId }) => limitId);
    throw new DomainError('LIMIT_INVALID', 'two limits have the same id', { limitIds });
  }
  const used = new Map(limits.map(({ limitId, billed }) => [limitId, billed]));
  const open = claims.map((claim) => ({
    claim,
    limits: limitsOf(claim, byId),
    admitted: zero(claim.amount.currency),
    stoppedBy: [] as string[],
  }));
  const ordered = [...open].sort(
    (a, b) => compareText(a.claim.workedOn, b.claim.workedOn) || compareText(a.claim.entryId, b.claim.entryId),
  );
  const grant = (one: (typeof open)[number], wanted: Money): void => {
    const { granted, stoppedBy } = allowed(wanted, one.limits, used);
    for (const { limitId } of one.limits) used.set(limitId, add(used.get(limitId) ?? granted, granted));
    one.admitted = add(one.admitted, granted);
    one.stoppedBy = stoppedBy;
  };
  for (const one of ordered.filter(({ claim }) => claim.amount.amountMinor < 0)) grant(one, one.claim.amount);
  const positive = ordered.filter(({ claim }) => claim.amount.amountMinor >= 0);
  for (const one of positive) grant(one, lesserOf(one.claim.admittedBefore, one.claim.amount));
  for (const one of positive) grant(one, subtract(one.claim.amount, one.admitted));
  return { admissions: open.map(admissionOf), uses: limits.map((limit) => useOf(limit, used)) };
}

/** The most that all limits leave free of an amount, and which of them make it less. */
function allowed(
  wanted: Money,
  limits: readonly Limit[],
  used: ReadonlyMap<string, Money>,
): { granted: Money; stoppedBy: string[] } {
  if (wanted.amountMinor <= 0) return { granted: wanted, stoppedBy: [] };
  let granted = wanted;
  const stoppedBy: string[] = [];
  for (const limit of limits) {
    const free = freeOf(limit, used);
    if (free.amountMinor >= granted.amountMinor) continue;
    granted = free;
    stoppedBy.push(limit.limitId);
  }
  return { granted, stoppedBy };
}

function freeOf(limit: Limit, used: ReadonlyMap<string, Money>): Money {
  const free = subtract(limit.amount, used.get(limit.limitId) ?? limit.billed);
  return free.amountMinor < 0 ? zero(free.currency) : free;
}

function useOf(limit: Limit, used: ReadonlyMap<string, Money>): LimitUse {
  const { limitId, amount, billed } = limit;
  const committed = subtract(used.get(limitId) ?? billed, billed);
  return { limitId, amount, billed, committed, available: freeOf(limit, used) };
}

function admissionOf(one: { claim: Claim; admitted: Money; stoppedBy: string[] }): Admission {
  const { claim, admitted, stoppedBy } = one;
  const held = subtract(claim.amount, admitted);
  const inputs = {
    entryId: claim.entryId,
    workedOn: claim.workedOn,
    amount: formatDecimal(claim.amount),
    held: formatDecimal(held),
    limits: claim.limitIds.join(' '),
    stoppedBy: stoppedBy.join(' '),
  };
  const rule = isZero(held) ? 'within all limits' : 'what the limits leave free, the rest on hold';
  const derivation = { rule, inputs, exact: formatDecimal(admitted), rounding: null };
  return { entryId: claim.entryId, admitted, held, stoppedBy: isZero(held) ? [] : stoppedBy, derivation };
}

function checked(limit: Limit): Limit {
  if (limit.amount.amountMinor >= 0) return limit;
  const message = `limit ${limit.limitId} of ${formatDecimal(limit.amount)} is below zero`;
  throw new DomainError('LIMIT_INVALID', message, { limitId: limit.limitId });
}

/** The limits of a claim in the order of the check. */
function limitsOf(claim: Claim, byId: ReadonlyMap<string, Limit>): Limit[] {
  const { entryId, amount, admittedBefore } = claim;
  if (admittedBefore.amountMinor < 0) {
    const message = `entry ${entryId} cannot have been let through with ${formatDecimal(admittedBefore)}`;
    throw new DomainError('CLAIM_INVALID', message, { entryId });
  }
  const own = claim.limitIds.map((limitId) => {
    const limit = byId.get(limitId);
    if (limit) return limit;
    throw new DomainError('LIMIT_UNKNOWN', `entry ${entryId} counts against limit ${limitId}, which is not known`, {
      entryId,
      limitId,
    });
  });
  // Refuses another currency; the amounts are not added up, which the largest of them would not bear.
  for (const limit of own) compareMoney(amount, limit.amount);
  if (new Set(own.map(({ level }) => level)).size < own.length) {
    throw new DomainError('CLAIM_INVALID', `entry ${entryId} counts against two limits of one level`, { entryId });
  }
  return own.sort((a, b) => LIMIT_LEVELS.indexOf(a.level) - LIMIT_LEVELS.indexOf(b.level));
}
