/**
 * Our figure of an invoice beside that of the ERP. Both stay as they are: which one is right is settled by the rounding
 * and tax policy of the legal entity, and never by forcing a number (domain.md, Amounts; R85).
 */
import { isZero, type Money, subtract } from '../money/money.ts';

/** Two figures of the same thing. */
export interface SideBySide {
  ours: Money;
  /** null where the ERP has none. */
  erp: Money | null;
  /** The ERP's less ours; null where the two cannot be compared. */
  difference: Money | null;
}

/**
 * The figures side by side; those of two currencies have no difference.
 * @throws AMOUNT_OVERFLOW
 */
export function sideBySide(ours: Money, erp: Money | null): SideBySide {
  return { ours, erp, difference: erp?.currency === ours.currency ? subtract(erp, ours) : null };
}

/** True where the two are the same amount of the same currency. */
export function agrees({ difference }: SideBySide): boolean {
  return difference !== null && isZero(difference);
}
