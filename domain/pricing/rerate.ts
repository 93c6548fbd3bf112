/**
 * A price is fixed on its entry; a card that changes afterwards touches nothing by itself. On request, entries that are
 * not billed are re-rated by a reversal pair; what is billed is only reported, because a posted invoice is never edited
 * (domain.md, Late and out-of-order events, rate change with past effective date; decisions.md 17).
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal } from '../money/decimal.ts';
import type { Derivation } from '../money/derivation.ts';
import { isZero, type Money, negate, subtract, sumMoney } from '../money/money.ts';
import { amountOf, type RoundingMode, roundingOf } from '../money/rounding.ts';
import type { PlainDate } from '../time/plain-date.ts';
import { chargeForTime, type WorkQuantity } from './charge-time.ts';
import type { RateCard } from './rate-card.ts';
import { type RateSource, resolveRate, type WorkToRate } from './resolve-rate.ts';

/** A price as it is fixed on an entry. */
export interface FixedPrice extends RateSource {
  /** Price of one unit, decimal. */
  rate: Decimal;
  unit: string;
}

/** How far an entry has come. */
export type Standing =
  { status: 'unbilled' } | { status: 'on-draft'; invoiceId: string } | { status: 'billed'; invoiceId: string };

/** An entry with its fixed price. */
export interface PricedEntry {
  entryId: string;
  work: WorkToRate;
  worked: WorkQuantity;
  price: FixedPrice;
  amount: Money;
  standing: Standing;
}

/** One half of a reversal pair: an entry that is added, never a change of one. */
export interface AddedEntry {
  price: FixedPrice;
  /** Plus or minus what was worked. */
  sign: 1 | -1;
  amount: Money;
}

/** What re-rating an entry comes to. */
export type Rerating =
  | { outcome: 'unchanged'; entryId: string }
  | {
      outcome: 're-rated';
      entryId: string;
      reversal: AddedEntry;
      replacement: AddedEntry;
      derivation: Derivation;
      /** The draft invoice to compute anew, or null. */
      redraftInvoiceId: string | null;
    }
  | {
      outcome: 'adjustment';
      entryId: string;
      bookedOn: PlainDate;
      amount: Money;
      derivation: Derivation;
      /** As above: a draft is open whatever the period of its work. */
      redraftInvoiceId: string | null;
    }
  | {
      outcome: 'exposure';
      entryId: string;
      invoiceId: string;
      billed: Money;
      byRule: Money;
      /** What the rule gives less what was billed. */
      difference: Money;
      derivation: Derivation;
    };

/**
 * What today's cards make of an entry: unchanged; a reversal of the old price and the new price, where its period is
 * open; an adjustment row of the difference in the first open period, where it is closed; or, once it is billed, the
 * exposure, for a person to decide on crediting and billing again.
 * @throws RATE_MISSING, RATE_AMBIGUOUS and what else resolving and charging refuse
 */
export function rerate(
  entry: PricedEntry,
  cards: readonly RateCard[],
  openFrom: PlainDate,
  mode: RoundingMode,
): Rerating {
  const { entryId, work, worked, price: old, amount: oldAmount, standing } = entry;
  if (oldAmount.currency !== work.currency) {
    const message = `entry ${entryId} is in ${oldAmount.currency}, its work is rated in ${work.currency}`;
    throw new DomainError('CURRENCY_MISMATCH', message, { entryId, currencies: [oldAmount.currency, work.currency] });
  }
  const resolved = resolveRate(cards, work);
  const price: FixedPrice = { ...resolved.source, rate: resolved.rate.value, unit: resolved.unit };
  const charge = chargeForTime(worked, resolved, roundingOf(work.currency, mode));
  const [amount, { derivation }] = [amountOf(charge, work.currency), charge];
  const difference = subtract(amount, oldAmount);
  // The rate may stay and the charge not: a card that says otherwise how many hours a day has.
  const isSameRate = price.unit === old.unit && compareDecimals(price.rate, old.rate) === 0;
  if (isSameRate && isZero(difference)) return { outcome: 'unchanged', entryId };
  const redraftInvoiceId = standing.status === 'on-draft' ? standing.invoiceId : null;
  if (standing.status === 'billed') {
    const { invoiceId } = standing;
    return { outcome: 'exposure', entryId, invoiceId, billed: oldAmount, byRule: amount, difference, derivation };
  }
  if (work.workedOn < openFrom) {
    return { outcome: 'adjustment', entryId, bookedOn: openFrom, amount: difference, derivation, redraftInvoiceId };
  }
  return {
    outcome: 're-rated',
    entryId,
    reversal: { price: old, sign: -1, amount: negate(oldAmount) },
    replacement: { price, sign: 1, amount },
    derivation,
    redraftInvoiceId,
  };
}

/** What billed entries would differ by if they were billed today. @throws CURRENCY_MISMATCH, AMOUNT_OVERFLOW */
export function exposureOf(reratings: readonly Rerating[], currency: string): Money {
  const differences = reratings.flatMap((one) => (one.outcome === 'exposure' ? [one.difference] : []));
  return sumMoney(differences, currency);
}
