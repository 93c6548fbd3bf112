/**
 * Holdback (retention): a part of each bill is kept back by the customer until a condition is met, and released in
 * steps (domain.md, Billing: Holdback; Dynamics 365, retention; B11). Until then it is a contract asset, not a
 * receivable (IFRS 15.105-108); when it is released it becomes one.
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, minus, percentOf, plus } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';

/** One bill: its gross amount, what of it is kept back, and what is released of what was kept back before. */
export interface HoldbackPhase {
  gross: Decimal;
  retainPercent: Decimal;
  releasePercent: Decimal;
}

/** What a bill asks for, in the unit of its gross amount. */
export interface HeldBill {
  retained: Figure;
  released: Figure;
  /** gross - retained + released */
  net: Figure;
  /** What is kept back after this bill. */
  balance: Decimal;
}

/**
 * The bills in order. The release percentage acts on the balance before the bill's own part is kept back, so a release
 * of 100 % returns exactly what is held. `heldBefore` is what bills before these have left.
 * @throws HOLDBACK_INVALID when a percentage is not from 0 to 100 or a gross amount is negative
 */
export function holdback(
  phases: readonly HoldbackPhase[],
  rounding: Rounding | null,
  heldBefore: Decimal = '0',
): { bills: HeldBill[]; totalNet: Figure } {
  let balance = heldBefore;
  const bills = phases.map((phase): HeldBill => {
    check(phase);
    const { gross, retainPercent, releasePercent } = phase;
    const keep = { gross, retainPercent };
    const retained = figure('gross x retained %', keep, percentOf(gross, retainPercent), rounding);
    const give = { heldBefore: balance, releasePercent };
    const released = figure('held before x released %', give, percentOf(balance, releasePercent), rounding);
    const exact = plus(minus(gross, retained.value), released.value);
    const net = figure('gross - retained + released', { gross }, exact, null, [retained, released]);
    balance = plus(minus(balance, released.value), retained.value);
    return { retained, released, net, balance };
  });
  const nets = bills.map((bill) => bill.net);
  return { bills, totalNet: sumOf('sum of the bills', nets) };
}

function check({ gross, retainPercent, releasePercent }: HoldbackPhase): void {
  for (const percent of [retainPercent, releasePercent]) {
    if (compareDecimals(percent, '0') < 0 || compareDecimals(percent, '100') > 0) {
      throw new DomainError('HOLDBACK_INVALID', `${percent} % cannot be kept back or released: expected 0 to 100`, {
        percent,
      });
    }
  }
  if (compareDecimals(gross, '0') < 0) {
    throw new DomainError('HOLDBACK_INVALID', `nothing can be kept back of a bill over ${gross}`, { gross });
  }
}
