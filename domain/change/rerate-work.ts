/**
 * What changed rates make of approved work between their effective date and the approval of the change: not billed, it
 * is re-rated by a reversal pair; on a draft, the draft is made anew; billed, it is shown as exposure, because a posted
 * invoice is never edited (domain.md, Late and out-of-order events).
 */
import { type ExpenseForRating, rateExpenses, rateTime, type TimeForRating } from '../billing/rate-time.ts';
import { type Contract, type ContractLine, isTimeLine } from '../deal/contract.ts';
import { DomainError } from '../errors.ts';
import type { Derivation } from '../money/derivation.ts';
import { compareMoney, type Money, negate, subtract } from '../money/money.ts';
import type { RoundingMode } from '../money/rounding.ts';
import type { Standing } from '../pricing/rerate.ts';
import { laterOf, type PlainDate } from '../time/plain-date.ts';

export type { Standing } from '../pricing/rerate.ts';

/** Approved work at the price that is fixed on it. */
export interface PricedWork {
  contractLineId: string;
  entry: ({ kind: 'time' } & TimeForRating) | ({ kind: 'expense' } & ExpenseForRating);
  amount: Money;
  standing: Standing;
  /** Limits above its line that it counts against (contract, customer). */
  limitIds: readonly string[];
  /** What of it may be billed by the limits as they were. */
  admittedBefore: Money;
}

/** What the change makes of a piece of work that it touches. */
export type Rerating = {
  entryId: string;
  contractLineId: string;
  derivation: Derivation;
  before: Money;
  after: Money;
} & (
  | {
      outcome: 're-rated';
      /** Minus the old price, then plus the new one; never an edit. */
      pair: readonly [Money, Money];
      /** The work date, or the first open day when its period is closed. */
      bookedOn: PlainDate;
    }
  | {
      outcome: 'exposure';
      invoiceId: string;
      /** By the new terms less what was billed. */
      difference: Money;
    }
);

/** The date on which work was done or an expense arose. */
export function workedOn({ entry }: PricedWork): PlainDate {
  return entry.kind === 'time' ? entry.workedOn : entry.incurredOn;
}

/**
 * The work under amended terms, touched pieces only. What is not billed of work that the terms no longer hold cannot be
 * priced; nothing is left at its old price in silence. Rounding: each entry once, as when it was first priced.
 * @throws WORK_UNPRICEABLE for work that the amended terms have no price for
 */
export function rerateWork(
  work: readonly PricedWork[],
  after: Contract,
  entityOf: (legalEntityId: string) => { mode: RoundingMode; openFrom: PlainDate },
): Rerating[] {
  const lines = new Map(after.lines.map((line) => [line.lineId, line]));
  return work.flatMap((piece): Rerating[] => {
    const line = lines.get(piece.contractLineId);
    const { mode, openFrom } = line ? entityOf(line.legalEntityId) : { mode: 'half-even' as const, openFrom: '' };
    const { amount, derivation } = priceUnder(piece, line, mode);
    if (compareMoney(amount, piece.amount) === 0) return [];
    const { contractLineId, standing, entry } = piece;
    const touched = { entryId: entry.entryId, contractLineId, derivation, before: piece.amount, after: amount };
    if (standing.status === 'billed') {
      const difference = subtract(amount, piece.amount);
      return [{ ...touched, outcome: 'exposure', invoiceId: standing.invoiceId, difference }];
    }
    const bookedOn = laterOf(workedOn(piece), openFrom);
    return [{ ...touched, outcome: 're-rated', pair: [negate(piece.amount), amount], bookedOn }];
  });
}

function priceUnder({ entry }: PricedWork, line: ContractLine | undefined, mode: RoundingMode) {
  const { entryId } = entry;
  if (!line || !isTimeLine(line)) {
    const message = `entry ${entryId} would belong to no line of time and materials: end its line and add another`;
    throw new DomainError('WORK_UNPRICEABLE', message, { entryId });
  }
  const [rated] = entry.kind === 'time' ? rateTime([entry], line, mode) : rateExpenses([entry], line, mode);
  if (rated?.outcome === 'priced') return rated.charge;
  const why = rated?.outcome === 'exception' ? rated.problem.message : 'it is not billable';
  throw new DomainError('WORK_UNPRICEABLE', `entry ${entryId} has no price under the new terms: ${why}`, {
    entryId,
    code: rated?.outcome === 'exception' ? rated.problem.code : null,
  });
}

/** The work at its price after the change; what is billed keeps its price unless it is settled. */
export function workAfter(
  work: readonly PricedWork[],
  reratings: readonly Rerating[],
  billedWork: 'report' | 'settle',
): PricedWork[] {
  const byEntry = new Map(reratings.map((one) => [`${one.contractLineId} ${one.entryId}`, one]));
  return work.map((piece) => {
    const rerating = byEntry.get(`${piece.contractLineId} ${piece.entry.entryId}`);
    if (!rerating || (rerating.outcome === 'exposure' && billedWork === 'report')) return piece;
    return { ...piece, amount: rerating.after };
  });
}
