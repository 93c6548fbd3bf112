/** Rate cards and work as the pricing tests use them. */
import type { CardLine, RateCard } from '../../../domain/pricing/rate-card.ts';
import type { WorkToRate } from '../../../domain/pricing/resolve-rate.ts';

/** A line for regular work of a Consultant at 100.00 GBP an hour, all of 2026. */
export function line(lineId: string, changes: Partial<CardLine> = {}): CardLine {
  return {
    lineId,
    resourceId: null,
    role: 'Consultant',
    grade: null,
    location: null,
    workType: 'regular',
    currency: 'GBP',
    validFrom: '2026-01-01',
    validTo: '2026-12-31',
    price: { by: 'rate', unit: 'hour', rate: '100', markupPercent: '0' },
    overrides: [],
    ...changes,
  };
}

/** A price per hour. */
export function perHour(rate: string, markupPercent = '0'): CardLine['price'] {
  return { by: 'rate', unit: 'hour', rate, markupPercent };
}

/** The default card, all of 2026, with these lines. */
export function card(cardId: string, lines: readonly CardLine[], changes: Partial<RateCard> = {}): RateCard {
  return {
    cardId,
    version: 1,
    scope: null,
    validFrom: '2026-01-01',
    validTo: '2026-12-31',
    hoursPerUnit: {},
    lines,
    ...changes,
  };
}

/** Regular work of a Consultant on 15 May 2026 in GBP, for contract C-1 of customer U-1 and entity TL-UK. */
export function work(changes: Partial<WorkToRate> = {}): WorkToRate {
  return {
    workedOn: '2026-05-15',
    resourceId: 'ann',
    role: 'Consultant',
    grade: 'senior',
    location: 'London',
    workType: 'regular',
    currency: 'GBP',
    unit: null,
    scopes: { assignment: 'A-1', 'contract-line': 'L-1', contract: 'C-1', customer: 'U-1', 'legal-entity': 'TL-UK' },
    ...changes,
  };
}
