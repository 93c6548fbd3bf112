/**
 * A receivable in foreign currency that is paid at another rate than it was booked at: the difference is a realised
 * gain or loss, and part payments take the booked value with them, the last one all that is left (IAS 21.28;
 * domain.md, Postings; B29).
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, dividedBy, minus, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import type { Fraction } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import { toBase } from './convert.ts';

/** An open item: what is open in its currency, and the value it stands at in base currency. */
export interface OpenValue {
  fc: Decimal;
  base: Decimal;
}

/** What a payment does to an open item, in base currency. */
export interface Settlement {
  /** The booked value that the payment clears. */
  bookedBase: Figure;
  /** What was received, at the rate of the payment. */
  settledBase: Figure;
  /** settled - booked of a receivable: positive is a gain. */
  gainLoss: Figure;
  left: OpenValue;
}

/**
 * Settles (part of) a receivable. A part takes its share of the booked value, rounded; the last part takes the rest.
 * @throws SETTLEMENT_INVALID when the payment is nothing, of the other sign or more than is open; DECIMAL_INVALID
 */
export function settle(open: OpenValue, paidFc: Decimal, atRate: Fraction, rounding: Rounding | null): Settlement {
  const bookedBase = bookedShare(open, paidFc, rounding);
  const settledBase = toBase(paidFc, atRate, rounding);
  const inputs = { settled: settledBase.value, booked: bookedBase.value };
  const exact = minus(settledBase.value, bookedBase.value);
  const gainLoss = figure('settled - booked', inputs, exact, null, [settledBase, bookedBase]);
  const left = { fc: minus(open.fc, paidFc), base: minus(open.base, bookedBase.value) };
  return { bookedBase, settledBase, gainLoss, left };
}

/**
 * The booked value that goes with a part of an open item, at its historic rate: for payments of receivables, and for
 * the release of a contract liability from an advance, which never meets another rate (IFRIC 22.8).
 * @throws SETTLEMENT_INVALID as above
 */
export function bookedShare(open: OpenValue, partFc: Decimal, rounding: Rounding | null): Figure {
  const sign = compareDecimals(open.fc, '0');
  const left = minus(open.fc, partFc);
  if (sign === 0) {
    const message = `nothing is open (0), so ${partFc} cannot settle it: expected an open amount`;
    throw new DomainError('SETTLEMENT_INVALID', message, { open: open.fc, part: partFc });
  }
  if (compareDecimals(partFc, '0') !== sign || compareDecimals(left, '0') === -sign) {
    const message = `a part of ${partFc} does not fit an open item of ${open.fc}`;
    throw new DomainError('SETTLEMENT_INVALID', message, { open: open.fc, part: partFc });
  }
  const inputs = { booked: open.base, part: partFc, open: open.fc };
  if (compareDecimals(left, '0') === 0) return figure('all that is booked', inputs, open.base, null);
  return figure('booked x part / open', inputs, dividedBy(times(open.base, partFc), open.fc), rounding);
}
