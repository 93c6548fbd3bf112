/**
 * Exchange rates as looked up: dated, of a type, quoted one way or the other. Which rate an event takes is fixed by the
 * entity's policy before it happens, so that nobody picks one afterwards; a rate that is missing is an error, never the
 * last known one of another kind (domain.md, Amounts, currency).
 */
import { DomainError } from '../errors.ts';
import type { CurrencyCode } from '../money/currency.ts';
import { compareDecimals, type Decimal } from '../money/decimal.ts';
import { type Fraction, fraction } from '../money/fraction.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** Units of foreign currency for one of base, or units of base for one of foreign currency. */
export type Quote = 'fc-per-base' | 'base-per-fc';

/** A published rate of a currency against the base currency of its table. */
export interface ExchangeRate {
  rateId: string;
  /** Such as `spot`, `month-average` or `contract`. */
  rateType: string;
  base: CurrencyCode;
  currency: CurrencyCode;
  /** First day on which it applies. */
  validFrom: PlainDate;
  rate: Decimal;
  quote: Quote;
}

/** What happens to an amount in a currency. */
export type CurrencyEvent = 'work' | 'invoice' | 'recognition' | 'payment';

/** Which rate an event takes: its type, and the date of which event counts. */
export type RatePolicy = Readonly<Record<CurrencyEvent, { rateType: string; dateOf: CurrencyEvent }>>;

/** A rate with where it came from; an id of null is the base itself. */
export interface FoundRate {
  rateId: string | null;
  validFrom: PlainDate;
  /** Units of the currency for one of base, as a share: a quotient would round before it meets an amount. */
  perBase: Fraction;
}

/** The rate of the base itself. */
export const BASE: Fraction = { numerator: '1', denominator: '1' };

/**
 * The rate of a currency on a day: the latest of the type on or before it; a rate holds until the next. The base itself
 * is 1.
 * @throws EXCHANGE_RATE_MISSING, EXCHANGE_RATE_INVALID, EXCHANGE_RATE_AMBIGUOUS when two of the type are from one day
 */
export function exchangeRateOn(
  rates: readonly ExchangeRate[],
  wanted: { base: CurrencyCode; currency: CurrencyCode; rateType: string; on: PlainDate },
): FoundRate {
  const { base, currency, rateType, on } = wanted;
  if (currency === base) return { rateId: null, validFrom: on, perBase: BASE };
  const begun = rates
    .filter((rate) => rate.base === base && rate.currency === currency && rate.rateType === rateType)
    .filter((rate) => rate.validFrom <= on);
  const latest = begun.reduce((day, rate) => (rate.validFrom > day ? rate.validFrom : day), '');
  const [found, another] = begun.filter((rate) => rate.validFrom === latest);
  if (!found) {
    const message = `no ${rateType} rate of ${currency} against ${base} on or before ${on}`;
    throw new DomainError('EXCHANGE_RATE_MISSING', message, wanted);
  }
  if (another) {
    const rateIds = [found.rateId, another.rateId].sort();
    const message = `${rateIds.join(' and ')} are both the ${rateType} rate of ${currency} from ${latest}: expected one`;
    throw new DomainError('EXCHANGE_RATE_AMBIGUOUS', message, { ...wanted, rateIds });
  }
  return { rateId: found.rateId, validFrom: found.validFrom, perBase: perBase(found.rate, found.quote) };
}

/**
 * The rate of an event by the policy of the entity. `dates` are those known by then.
 * @throws EXCHANGE_RATE_MISSING also when the date that counts is not known, EXCHANGE_RATE_INVALID,
 *   EXCHANGE_RATE_AMBIGUOUS
 */
export function exchangeRateFor(
  rates: readonly ExchangeRate[],
  policy: RatePolicy,
  event: CurrencyEvent,
  dates: Readonly<Partial<Record<CurrencyEvent, PlainDate>>>,
  pair: { base: CurrencyCode; currency: CurrencyCode },
): FoundRate {
  const { rateType, dateOf } = policy[event];
  const on = dates[dateOf];
  if (on === undefined) {
    const message = `the rate of a ${event} is that of the day of the ${dateOf}, which is not known`;
    throw new DomainError('EXCHANGE_RATE_MISSING', message, { event, dateOf, ...pair });
  }
  return exchangeRateOn(rates, { ...pair, rateType, on });
}

/** The units of currency for one of base that a rate states. @throws EXCHANGE_RATE_INVALID when it is not above zero */
export function perBase(rate: Decimal, quote: Quote): Fraction {
  if (compareDecimals(rate, '0') <= 0) {
    throw new DomainError('EXCHANGE_RATE_INVALID', `an exchange rate is above zero, not ${rate}`, { rate });
  }
  return quote === 'fc-per-base' ? fraction(rate, '1') : fraction('1', rate);
}
