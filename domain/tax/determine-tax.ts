/**
 * Which tax a supply bears: a table of dated rules, asked by legal entity, place and status of the customer. Nothing is
 * taxed by guess: no rule, or two that fit equally well, is an error for a person (domain.md, Amounts: Determine by).
 */
import { DomainError } from '../errors.ts';
import type { Decimal } from '../money/decimal.ts';
import type { PlainDate } from '../time/plain-date.ts';
import type { TaxTerms } from './document-totals.ts';

/** What the customer is for tax: a business with a valid VAT id, a business without one, or a private person. */
export type CustomerStatus = 'registered-business' | 'unregistered-business' | 'consumer';

/** A row of the table. What is absent fits everything; the row with more said wins. */
export interface TaxRule {
  ruleId: string;
  version: number;
  legalEntityId: string;
  /** Where the work is performed or used: a country; `other` = one that no rule of the entity names; absent = any. */
  place?: string;
  customerStatus?: CustomerStatus;
  /** First and last day on which it applies; null = open. */
  validFrom: PlainDate;
  validTo: PlainDate | null;
  code: string;
  ratePercent: Decimal;
  reverseCharge: boolean;
  /** Why the customer owes the tax or none is due; printed on the invoice. */
  reason?: string;
}

/** A supply to be taxed. */
export interface Supply {
  legalEntityId: string;
  /** ISO 3166-1 country where it is performed or used. */
  place: string;
  customerStatus: CustomerStatus;
  /** The tax point: the day whose rate applies. */
  taxedOn: PlainDate;
  sellerVatId: string | null;
  customerVatId: string | null;
}

/** The tax of a supply with where it came from. */
export interface DeterminedTax extends TaxTerms {
  code: string;
  reverseCharge: boolean;
  reason: string | null;
  ruleId: string;
  ruleVersion: number;
}

/**
 * The tax of a supply: of the rules of its legal entity that fit place, customer and date, the most specific, a named
 * place before a customer status.
 * @throws TAX_UNDETERMINED when none fits, TAX_AMBIGUOUS when two fit equally well, REVERSE_CHARGE_INCOMPLETE
 */
export function determineTax(rules: readonly TaxRule[], supply: Supply): DeterminedTax {
  const { legalEntityId, place, customerStatus, taxedOn } = supply;
  const own = rules.filter((rule) => rule.legalEntityId === legalEntityId && isInForce(rule, taxedOn));
  const isNamed = own.some((rule) => rule.place === place);
  const fitting = own.filter((rule) => fits(rule, supply, isNamed));
  const best = fitting.reduce((most, one) => Math.max(most, weightOf(one)), 0);
  const [rule, ...others] = fitting.filter((one) => weightOf(one) === best);
  const what = `a supply of ${legalEntityId} in ${place} to a ${customerStatus} on ${taxedOn}`;
  if (!rule) throw new DomainError('TAX_UNDETERMINED', `no tax rule fits ${what}`, { ...supply });
  if (others.length > 0) {
    const ruleIds = [rule, ...others].map((one) => one.ruleId);
    const message = `tax rules ${ruleIds.join(' and ')} fit ${what} equally well: expected one`;
    throw new DomainError('TAX_AMBIGUOUS', message, { ruleIds });
  }
  const { code, ratePercent, reverseCharge, ruleId, version, reason = null } = rule;
  if (reverseCharge) assertReverseCharge({ ...supply, reason });
  return { code, ratePercent, reverseCharge, reason, ruleId, ruleVersion: version };
}

function isInForce({ validFrom, validTo }: TaxRule, on: PlainDate): boolean {
  return validFrom <= on && (validTo === null || on <= validTo);
}

function fits(rule: TaxRule, { place, customerStatus }: Supply, isNamed: boolean): boolean {
  const isHere = rule.place === undefined || rule.place === place || (rule.place === 'other' && !isNamed);
  return isHere && (rule.customerStatus === undefined || rule.customerStatus === customerStatus);
}

function weightOf({ place, customerStatus }: TaxRule): number {
  return (place === undefined ? 0 : 2) + (customerStatus === undefined ? 0 : 1);
}

/**
 * Refuses a reverse charge that lacks what the invoice must show: the VAT ids of both sides and the reason (EN 16931-1,
 * BR-AE-02 to BR-AE-04 and BR-AE-10; B22).
 * @throws REVERSE_CHARGE_INCOMPLETE naming what is missing
 */
export function assertReverseCharge(shown: {
  sellerVatId: string | null;
  customerVatId: string | null;
  reason: string | null;
}): void {
  const needed = { sellerVatId: shown.sellerVatId, customerVatId: shown.customerVatId, reason: shown.reason };
  const missing = Object.entries(needed).flatMap(([key, value]) => ((value ?? '').trim() === '' ? [key] : []));
  if (missing.length === 0) return;
  const message = `a reverse charge needs both VAT ids and a reason: ${missing.join(', ')} missing`;
  throw new DomainError('REVERSE_CHARGE_INCOMPLETE', message, { missing });
}
