/**
 * Prices by quantity: mileage, licences, calls (domain.md, Pricing; B54). Graduated: each tier prices the units that
 * fall into it. Volume: the tier that the whole quantity reaches prices all of it. Package: started packages after free
 * units.
 */
import { DomainError } from '../errors.ts';
import {
  compareDecimals,
  type Decimal,
  dividedBy,
  greaterDecimal,
  lesserDecimal,
  minus,
  plus,
  sumDecimals,
  times,
} from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';

/** Units above the tier before, up to and including `upTo`; null = without end. */
export interface Tier {
  upTo: Decimal | null;
  /** Price of a unit in major units. */
  unit: Decimal;
  /** Fixed price of the tier, once it is entered. */
  flat: Decimal;
}

/** How a quantity is priced. */
export type UsagePrice =
  | { model: 'graduated' | 'volume'; tiers: readonly Tier[] }
  | { model: 'package'; packageSize: Decimal; unit: Decimal; freeUnits: Decimal };

/**
 * The price of a quantity in major units, rounded once. Graduated charges the flat price of every tier entered, the
 * first one always, also for nothing; a quantity that equals a limit has not entered the next tier. Volume takes one
 * tier's unit and flat price. A package that is started is charged whole; `unit` is then the price of a package.
 * Source: domain.md, Pricing (B54; Dynamics 365 Project Operations, mileage rate tiers); flat prices and packages as in
 * Lago's charge models graduated, volume and package.
 * @throws QUANTITY_INVALID below zero, TIERS_INVALID, TIER_MISSING when the quantity is beyond the last tier
 */
export function usageCharge(price: UsagePrice, quantity: Decimal, rounding: Rounding | null): Figure {
  if (compareDecimals(quantity, '0') < 0) {
    throw new DomainError('QUANTITY_INVALID', `${quantity} units have no price: expected zero or more`, { quantity });
  }
  if (price.model === 'package') return packageCharge(price, quantity, rounding);
  const tiers = checked(price.tiers, quantity);
  const entered = tiers.filter(({ above }, index) => index === 0 || compareDecimals(quantity, above) > 0);
  if (price.model === 'volume') {
    const tier = entered.at(-1) ?? tiers[0];
    return tier ? tierCharge(tier, quantity, rounding) : refuse('a price has at least one tier', price.tiers);
  }
  const parts = entered.map((tier) => {
    const top = tier.upTo === null ? quantity : lesserDecimal(quantity, tier.upTo);
    return tierCharge(tier, minus(top, tier.above), null);
  });
  const exact = sumDecimals(parts.map((part) => part.value));
  return figure('sum of the tiers entered', { quantity, tiers: String(parts.length) }, exact, rounding, parts);
}

/**
 * The price of a further quantity where the quantity before was already charged: mileage of a year, reported in parts.
 * The parts sum to the price of the whole. Nothing before (null) is not the same as zero units before, which have paid
 * the first flat price.
 * @throws as usageCharge
 */
export function furtherUsageCharge(
  price: UsagePrice,
  before: Decimal | null,
  quantity: Decimal,
  rounding: Rounding | null,
): Figure {
  if (before === null) return usageCharge(price, quantity, rounding);
  const [whole, charged] = [usageCharge(price, plus(before, quantity), rounding), usageCharge(price, before, rounding)];
  const inputs = { before, quantity };
  return figure('price of all - price of what was before', inputs, minus(whole.value, charged.value), null, [
    whole,
    charged,
  ]);
}

/** A tier with its lower limit. */
type Band = Tier & { above: Decimal };

function checked(tiers: readonly Tier[], quantity: Decimal): Band[] {
  const bands: Band[] = [];
  for (const tier of tiers) {
    const last = bands.at(-1);
    const above = last ? last.upTo : '0';
    if (above === null) return refuse('only the last tier has no limit', tiers);
    if (tier.upTo !== null && compareDecimals(tier.upTo, above) <= 0) {
      return refuse(`tiers rise: ${tier.upTo} is not above ${above}`, tiers);
    }
    if (compareDecimals(tier.unit, '0') < 0 || compareDecimals(tier.flat, '0') < 0) {
      return refuse(`a tier costs ${tier.unit} a unit and ${tier.flat}: expected zero or more`, tiers);
    }
    bands.push({ ...tier, above });
  }
  const end = bands.at(-1)?.upTo;
  if (end === undefined) return refuse('a price has at least one tier', tiers);
  if (end !== null && compareDecimals(quantity, end) > 0) {
    throw new DomainError('TIER_MISSING', `${quantity} units are beyond the last tier, which ends at ${end}`, {
      quantity,
      tiers,
    });
  }
  return bands;
}

function refuse(message: string, tiers: readonly Tier[]): never {
  throw new DomainError('TIERS_INVALID', message, { tiers });
}

function tierCharge({ above, upTo, unit, flat }: Band, units: Decimal, rounding: Rounding | null): Figure {
  const inputs = { units, unitPrice: unit, flat, above, upTo: upTo ?? 'without end' };
  return figure('units x unit price + flat', inputs, plus(times(units, unit), flat), rounding);
}

function packageCharge(
  { packageSize, unit, freeUnits }: UsagePrice & { model: 'package' },
  quantity: Decimal,
  rounding: Rounding | null,
): Figure {
  if (compareDecimals(packageSize, '0') <= 0 || compareDecimals(freeUnits, '0') < 0 || compareDecimals(unit, '0') < 0) {
    const message = `packages of ${packageSize} at ${unit} after ${freeUnits} free: expected a size above zero`;
    throw new DomainError('TIERS_INVALID', message, { packageSize, unit, freeUnits });
  }
  const paid = minus(quantity, freeUnits);
  const units = greaterDecimal(paid, '0');
  const counted = { quantity, freeUnits, packageSize };
  const filled = figure('units after the free ones, in started packages', counted, units, {
    mode: 'up',
    step: packageSize,
  });
  const packages = dividedBy(filled.value, packageSize);
  const inputs = { packages, packagePrice: unit };
  return figure('started packages x package price', inputs, times(packages, unit), rounding, [filled]);
}
