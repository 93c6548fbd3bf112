/**
 * How much of an invoice its credits took off, the same for every ERP: its links and ledger lines say which credits
 * were applied, but one credit note may settle several invoices at once, and no more was credited than is not open.
 */
import { compareMoney, lesserOf, type Money, subtract, zero } from '../../domain/money/money.ts';

/** Of all credits that were applied, what can have been of this invoice: from nothing up to total - unpaid. */
export function creditedOf(applied: Money, { total, unpaid }: { total: Money; unpaid: Money }): Money {
  const nothing = zero(total.currency);
  const most = lesserOf(applied, subtract(total, unpaid));
  return compareMoney(most, nothing) > 0 ? most : nothing;
}
