/**
 * Billed documents are never edited: what a change makes of them is what was billed, what it should have been, and the
 * difference, posted once as a credit and rebill (domain.md, Change, credit, close; Kill Bill's repair of invoice
 * items; B49).
 */
import { assertNotNegative } from '../money/bounds.ts';
import { type Decimal, minus } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import { formatFraction, type Fraction, shareOf } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';

/** A price for a share of a period (major units). */
export interface SharedPrice {
  id: string;
  price: Decimal;
  fraction: Fraction;
}

/**
 * What was billed, what the revised terms come to, and the net to post: revised - billed, negative for a credit.
 * Rounding: each line once; totals are sums of rounded lines. Source: domain.md, Credit-and-rebill; B49.
 * @throws FRACTION_INVALID for a share below zero, DECIMAL_INVALID
 */
export function rebill(
  billed: readonly SharedPrice[],
  revised: readonly SharedPrice[],
  rounding: Rounding | null,
): { billedTotal: Figure; revisedTotal: Figure; net: Figure } {
  const lineOf = ({ id, price, fraction }: SharedPrice) => {
    assertNotNegative('FRACTION_INVALID', `the share of the period of "${id}"`, fraction.numerator);
    const inputs = { id, price, share: formatFraction(fraction) };
    return figure('price x share of the period', inputs, shareOf(price, fraction), rounding);
  };
  const billedTotal = sumOf('sum of the lines as billed', billed.map(lineOf));
  const revisedTotal = sumOf('sum of the lines as revised', revised.map(lineOf));
  const inputs = { billed: billedTotal.value, revised: revisedTotal.value };
  const exact = minus(revisedTotal.value, billedTotal.value);
  return {
    billedTotal,
    revisedTotal,
    net: figure('revised - billed', inputs, exact, null, [revisedTotal, billedTotal]),
  };
}
