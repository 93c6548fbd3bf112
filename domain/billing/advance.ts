/**
 * Advances (prepayments): billed before performance, owed to the customer until invoices use them up (domain.md,
 * Billing: Advance; Business Central, sales prepayments; B12). An advance is a liability and never revenue (IFRS
 * 15.106); what is not used is refunded or credited.
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { compareDecimals, type Decimal, lesserDecimal, minus, percentOf, plus, sumDecimals } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';

/** A line of the order and the share of it that is asked for in advance. */
export interface AdvanceLine {
  amount: Decimal;
  percent: Decimal;
}

/** What an order asks for in advance. */
export interface AdvanceRequest {
  /** The whole advance: each line's share, rounded by line. */
  advance: Figure;
  /** What is to be invoiced now; negative when the order has shrunk and a part goes back. */
  toInvoice: Figure;
  /** What the final invoice will ask for. */
  final: Figure;
}

/**
 * The advance of an order as it stands. It is computed anew whenever the order or the percentages change; what was
 * invoiced in advance before counts.
 * @throws ADVANCE_INVALID when a percentage is not from 0 to 100, or less than nothing was invoiced before
 */
export function requestAdvance(
  lines: readonly AdvanceLine[],
  alreadyInvoiced: Decimal,
  rounding: Rounding | null,
): AdvanceRequest {
  assertNotNegative('ADVANCE_INVALID', 'what was invoiced in advance before', alreadyInvoiced);
  const shares = lines.map(({ amount, percent }) => {
    checkPercent(percent);
    return figure('amount x advance %', { amount, percent }, percentOf(amount, percent), rounding);
  });
  const advance = sumOf('sum of the shares of the lines', shares);
  const order = sumDecimals(lines.map(({ amount }) => amount));
  const missing = minus(advance.value, alreadyInvoiced);
  return {
    advance,
    toInvoice: figure(
      'advance - already invoiced in advance',
      { advance: advance.value, alreadyInvoiced },
      missing,
      null,
      [advance],
    ),
    final: figure('order - advance', { order, advance: advance.value }, minus(order, advance.value), null, [advance]),
  };
}

/** An advance in use. */
export interface AdvanceBalance {
  received: Decimal;
  applied: Decimal;
  refunded: Decimal;
}

/** What is left of it. */
export function unusedAdvance({ received, applied, refunded }: AdvanceBalance): Decimal {
  return minus(minus(received, applied), refunded);
}

/**
 * What an invoice takes of the advance: a percentage of the invoice (100 = as much as there is), never more than is
 * left.
 * @throws ADVANCE_INVALID for a negative invoice or a percentage that is not from 0 to 100
 */
export function applyAdvance(
  invoice: Decimal,
  balance: AdvanceBalance,
  percent: Decimal,
  rounding: Rounding | null,
): { applied: Figure; balance: AdvanceBalance } {
  if (compareDecimals(invoice, '0') < 0) {
    throw new DomainError('ADVANCE_INVALID', `an advance cannot be applied to an invoice over ${invoice}`, { invoice });
  }
  checkPercent(percent);
  const left = unusedAdvance(balance);
  const wanted = figure('invoice x advance %', { invoice, percent }, percentOf(invoice, percent), rounding);
  const applied = figure('at most what is left', { left }, lesserDecimal(wanted.value, left), null, [wanted]);
  return { applied, balance: { ...balance, applied: plus(balance.applied, applied.value) } };
}

/**
 * What is not used goes back to the customer, as a refund or a credit.
 * @throws ADVANCE_EXCEEDED when more is asked back than is left
 */
export function refundAdvance(balance: AdvanceBalance, amount: Decimal = unusedAdvance(balance)): AdvanceBalance {
  const left = unusedAdvance(balance);
  if (compareDecimals(amount, '0') < 0 || compareDecimals(amount, left) > 0) {
    const message = `${amount} of the advance cannot go back: ${left} is left`;
    throw new DomainError('ADVANCE_EXCEEDED', message, { amount, left });
  }
  return { ...balance, refunded: plus(balance.refunded, amount) };
}

function checkPercent(percent: Decimal): void {
  if (compareDecimals(percent, '0') >= 0 && compareDecimals(percent, '100') <= 0) return;
  throw new DomainError('ADVANCE_INVALID', `${percent} % cannot be asked for in advance: expected 0 to 100`, {
    percent,
  });
}
