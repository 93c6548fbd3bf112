/**
 * A discount of the whole document over fees of several tax rates: it lowers every base by the fee's share, because
 * taking it off the total would leave tax on money that nobody pays (domain.md, Amounts; B23).
 */
import { allocateFigures } from '../money/allocate.ts';
import {
  compareDecimals,
  type Decimal,
  dividedBy,
  lesserDecimal,
  minus,
  sumDecimals,
  times,
} from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import { DomainError } from '../errors.ts';
import { rounded, type Rounding, stepOf } from '../money/rounding.ts';
import { taxOn } from './document-totals.ts';

/** A fee and its tax rate. */
export interface Fee {
  amount: Decimal;
  taxPercent: Decimal;
}

/** Fees after their discount. */
export interface DiscountedFees {
  discounts: Figure[];
  nets: Figure[];
  taxes: Figure[];
  net: Figure;
  tax: Figure;
  total: Figure;
  /** The part of the discount above the sum of the fees: it takes them to nothing, never below. */
  unused: Figure;
}

/**
 * Spreads a discount over fees by their amounts and taxes each fee on what is left of it. With rounding, the parts are
 * whole units of its scale by largest remainder and sum to the discount; tax is rounded per fee.
 * @throws DISCOUNT_INVALID when it is negative, ALLOCATION_INVALID when a fee is negative, DECIMAL_INVALID
 */
export function discountFees(fees: readonly Fee[], discount: Decimal, rounding: Rounding | null): DiscountedFees {
  if (compareDecimals(discount, '0') < 0) {
    throw new DomainError('DISCOUNT_INVALID', `a discount of ${discount} is negative: expected zero or more`, {
      discount,
    });
  }
  const gross = sumDecimals(fees.map((fee) => fee.amount));
  const used = lesserDecimal(rounded(discount, rounding), gross);
  const discounts = partsOf(fees, used, gross, rounding);
  const nets = fees.map(({ amount }, index) => {
    const part = discounts[index];
    const inputs = { fee: amount, discount: part?.value ?? '0' };
    return figure('fee - its part of the discount', inputs, minus(amount, part?.value ?? '0'), null, part && [part]);
  });
  const taxes = nets.map((net, index) => taxOn(net, fees[index]?.taxPercent ?? '0', rounding));
  const net = sumOf('sum of the discounted fees', nets);
  const tax = sumOf('sum of the taxes of the fees', taxes);
  const beyond = figure('discount - part used', { discount, used }, minus(discount, used), null);
  return { discounts, nets, taxes, net, tax, total: sumOf('net + tax', [net, tax]), unused: beyond };
}

function partsOf(fees: readonly Fee[], used: Decimal, gross: Decimal, rounding: Rounding | null): Figure[] {
  const amounts = fees.map((fee) => fee.amount);
  if (compareDecimals(used, '0') === 0) {
    return amounts.map((fee) => figure('no discount', { fee }, '0', null));
  }
  const rule = 'discount x fee / sum of fees';
  if (rounding) return allocateFigures(used, amounts, { step: stepOf(rounding), mode: 'largest-remainder' }, rule);
  return amounts.map((fee) => {
    const inputs = { discount: used, fee, fees: gross };
    return figure(rule, inputs, dividedBy(times(used, fee), gross), null);
  });
}
