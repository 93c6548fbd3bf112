/**
 * What time costs the customer: quantity in the unit of the rate times rate, rounded once (domain.md, Pricing). Units
 * are converted before the multiplication, by the hours that the card declares, so that a day rate never loses a cent
 * to an hourly rate that does not end.
 */
import { DomainError } from '../errors.ts';
import { assertNotNegative } from '../money/bounds.ts';
import { compareDecimals, type Decimal, dividedBy, minus, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { type Fraction, formatFraction } from '../money/fraction.ts';
import type { Rounding } from '../money/rounding.ts';
import type { ResolvedRate } from './resolve-rate.ts';

/** How much was worked; minutes are sixtieths of an hour. */
export interface WorkQuantity {
  quantity: Fraction;
  /** 'hour', or a unit of the card. */
  unit: string;
}

/**
 * The charge for time in major units: quantity x hours of its unit x rate / hours of the rate's unit, divided last and
 * rounded once. Source: domain.md, Pricing (unit conversion before multiplication).
 * @throws QUANTITY_INVALID below zero, UNIT_UNKNOWN when the card does not say how many hours a unit has
 */
export function chargeForTime(worked: WorkQuantity, resolved: ResolvedRate, rounding: Rounding | null): Figure {
  const { quantity, unit } = worked;
  if (compareDecimals(quantity.numerator, '0') < 0) {
    const message = `${formatFraction(quantity)} ${unit} of work cannot be charged: expected zero or more`;
    throw new DomainError('QUANTITY_INVALID', message, { quantity: formatFraction(quantity), unit });
  }
  const { rate } = resolved;
  const inputs = { quantity: formatFraction(quantity), unit, rate: rate.value, rateUnit: resolved.unit };
  if (unit === resolved.unit) {
    const exact = dividedBy(times(quantity.numerator, rate.value), quantity.denominator);
    return figure('quantity x rate', inputs, exact, rounding, [rate]);
  }
  const [hours, rateHours] = [hoursIn(unit, resolved), hoursIn(resolved.unit, resolved)];
  const exact = dividedBy(times(times(quantity.numerator, hours), rate.value), times(quantity.denominator, rateHours));
  const rule = 'quantity x hours of its unit x rate / hours of the rate unit';
  return figure(rule, { ...inputs, hours, rateHours }, exact, rounding, [rate]);
}

function hoursIn(unit: string, { hoursPerUnit, source }: ResolvedRate): Decimal {
  const hours = unit === 'hour' ? '1' : Object.hasOwn(hoursPerUnit, unit) ? hoursPerUnit[unit] : undefined;
  if (hours === undefined || compareDecimals(hours, '0') <= 0) {
    const card = `rate card ${source.cardId} version ${String(source.cardVersion)}`;
    const message = `${card} does not say how many hours a ${unit} has: expected a number above zero`;
    throw new DomainError('UNIT_UNKNOWN', message, { unit, hours: hours ?? null, ...source });
  }
  return hours;
}

/**
 * The rate of one hour when a unit of that many hours has the rate. For display and comparison only: a charge divides
 * last. Source: domain.md, Pricing (day = declared hours).
 * @throws PRICE_INVALID for a rate below zero, UNIT_UNKNOWN when the unit has no hours
 */
export function hourlyRate(rate: Decimal, hoursPerUnit: Decimal, rounding: Rounding | null): Figure {
  assertNotNegative('PRICE_INVALID', 'the rate of a unit', rate);
  if (compareDecimals(hoursPerUnit, '0') <= 0) {
    const message = `a unit of ${hoursPerUnit} hours has no hourly rate: expected hours above zero`;
    throw new DomainError('UNIT_UNKNOWN', message, { hoursPerUnit });
  }
  return figure('rate / hours per unit', { rate, hoursPerUnit }, dividedBy(rate, hoursPerUnit), rounding);
}

/** A part of submitted time with what it would cost. */
export interface ChargedPart {
  quantity: Decimal;
  charge: Figure;
}

/**
 * Submitted time of which a part was approved as billable: that part is charged, the rest stays visible as not billable
 * at the same rate, so that nothing of what was submitted is lost. The parts sum to what was submitted; each is an
 * entry of its own and rounded on its own. Source: domain.md, Billing (B48; Dynamics 365 Project Operations, time
 * approved below submitted).
 * @throws QUANTITY_INVALID when not 0 <= billable <= submitted, UNIT_UNKNOWN
 */
export function chargeApproved(
  { submitted, billable, unit }: { submitted: Decimal; billable: Decimal; unit: string },
  resolved: ResolvedRate,
  rounding: Rounding | null,
): { billable: ChargedPart; nonBillable: ChargedPart } {
  if (compareDecimals(billable, '0') < 0 || compareDecimals(billable, submitted) > 0) {
    const message = `${billable} ${unit} of ${submitted} submitted cannot be billable: expected between zero and all`;
    throw new DomainError('QUANTITY_INVALID', message, { submitted, billable, unit });
  }
  const part = (quantity: Decimal): ChargedPart => {
    const worked = { quantity: { numerator: quantity, denominator: '1' }, unit };
    return { quantity, charge: chargeForTime(worked, resolved, rounding) };
  };
  return { billable: part(billable), nonBillable: part(minus(submitted, billable)) };
}
