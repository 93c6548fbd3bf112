/**
 * Rate cards as they are agreed: who a card is for, from when until when, and its lines. Cards are never edited; a
 * change is another version (decisions.md 17), so a price that was fixed on an entry can always be looked up again.
 */
import type { CurrencyCode } from '../money/currency.ts';
import type { Decimal } from '../money/decimal.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** To whom a card or an override can be narrowed, the narrowest first: this is the order of precedence. */
export const SCOPE_LEVELS = ['assignment', 'contract-line', 'contract', 'customer', 'legal-entity'] as const;
export type ScopeLevel = (typeof SCOPE_LEVELS)[number];

/** One assignment, contract line, contract, customer or legal entity. */
export interface Scope {
  level: ScopeLevel;
  id: string;
}

/** Overtime is priced by lines of its own, never silently as regular work. */
export type WorkType = 'regular' | 'overtime';

/** A version of a rate card. Dates are inclusive. */
export interface RateCard {
  cardId: string;
  /** Of versions that have begun, the highest is the card. */
  version: number;
  /** Null = for everyone: the default card. */
  scope: Scope | null;
  validFrom: PlainDate;
  /** Last day on which it applies; null = open. */
  validTo: PlainDate | null;
  /** How many hours a unit other than the hour holds, e.g. { day: '7.5' }. */
  hoursPerUnit: Readonly<Record<string, Decimal>>;
  lines: readonly CardLine[];
}

/**
 * A price for those whom the stated fields describe; null = not stated. Stated are: resource and role; resource; role,
 * grade and location; role and location; or role alone.
 */
export interface CardLine {
  lineId: string;
  resourceId: string | null;
  role: string | null;
  grade: string | null;
  location: string | null;
  workType: WorkType;
  currency: CurrencyCode;
  validFrom: PlainDate;
  /** Last day on which it applies; null = open. */
  validTo: PlainDate | null;
  price: LinePrice;
  overrides: readonly RateOverride[];
}

/** A rate per unit with a mark-up in percent, or a mark-up on what the same work costs as regular work. */
export type LinePrice =
  { by: 'rate'; unit: string; rate: Decimal; markupPercent: Decimal } | { by: 'regular-rate'; markupPercent: Decimal };

/**
 * Another price of one line from a date on, until the next override or the line's end. A stated rate takes the place of
 * the line's rate and mark-up; a mark-up alone takes the place of the line's mark-up.
 */
export interface RateOverride {
  overrideId: string;
  validFrom: PlainDate;
  /** Null = for everyone whom the card is for. */
  scope: Scope | null;
  rate: Decimal | null;
  markupPercent: Decimal | null;
}
