/**
 * Which rate a piece of work has: by its work date, the narrowest card, the most specific line and the latest effective
 * date, in this order (domain.md, Pricing; B01, B02). What two lines could answer alike, and what none answers, is an
 * error: a rate is never guessed and never zero for want of one.
 */
import { DomainError } from '../errors.ts';
import type { CurrencyCode } from '../money/currency.ts';
import { compareDecimals, type Decimal, isZeroDecimal, percentOf, plus } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';
import { laterOf, type PlainDate } from '../time/plain-date.ts';
import {
  type CardLine,
  type LinePrice,
  type RateCard,
  type RateOverride,
  type Scope,
  SCOPE_LEVELS,
  type ScopeLevel,
  type WorkType,
} from './rate-card.ts';

/** What decides the rate of a piece of work. The approval and invoice dates are not among it. */
export interface WorkToRate {
  workedOn: PlainDate;
  resourceId: string | null;
  role: string;
  grade: string | null;
  location: string | null;
  workType: WorkType;
  currency: CurrencyCode;
  /** Only rates per this unit; null = any. */
  unit: string | null;
  /** What the work belongs to: its assignment, contract line, contract, customer, legal entity. */
  scopes: Readonly<Partial<Record<ScopeLevel, string>>>;
}

/** Where a rate was found; fixed on the entry together with it. */
export interface RateSource {
  cardId: string;
  cardVersion: number;
  lineId: string;
  overrideId: string | null;
  /** From when that price applies. */
  effectiveFrom: PlainDate;
}

/** The rate of a piece of work. */
export interface ResolvedRate {
  /** Price of one unit in major units of the currency. */
  rate: Figure;
  unit: string;
  currency: CurrencyCode;
  /** Hours of the card's units other than the hour. */
  hoursPerUnit: Readonly<Record<string, Decimal>>;
  source: RateSource;
}

interface CardAndLine {
  card: RateCard;
  line: CardLine;
}

/** What a line may state to be found by, the most specific first. */
const SPECIFICITY: readonly (readonly Dimension[])[] = [
  ['resourceId', 'role'],
  ['resourceId'],
  ['role', 'grade', 'location'],
  ['role', 'location'],
  ['role'],
];
const DIMENSIONS = ['resourceId', 'role', 'grade', 'location'] as const;
type Dimension = (typeof DIMENSIONS)[number];

/** A line, or an override of one, that answers for the work; the lower rank is the more specific. */
interface Candidate<T> {
  rank: number;
  from: PlainDate;
  name: string;
  found: T;
}

/**
 * The rate of the work: of the cards in force for it the narrowest that has a line (assignment, contract line,
 * contract, customer, legal entity, default), there the most specific line (resource, then role with grade and
 * location, role with location, role), of those the latest on or before the work date; then that line's override, a
 * scoped one before an unscoped one. A mark-up applies to the card's rate; a line may instead mark up the rate that the
 * same work has as regular work, wherever that is found. A stated rate of zero is a rate. Not rounded unless the
 * customer agreed rounded rates. Source: domain.md, Pricing; B01, B02 (Dynamics 365 Project Operations, date-effective
 * price overrides, examples 1 to 3).
 * @throws RATE_MISSING with what was searched, RATE_AMBIGUOUS, RATE_LINE_INVALID, DECIMAL_INVALID
 */
export function resolveRate(
  cards: readonly RateCard[],
  work: WorkToRate,
  rounding: Rounding | null = null,
): ResolvedRate {
  const found = findRate(cards, work, rounding);
  if (!found) throw missing(cards, work);
  return found;
}

/**
 * As resolveRate, but undefined where no card has a line for the work.
 * @throws RATE_MISSING when a mark-up on the regular rate finds none, RATE_AMBIGUOUS, RATE_LINE_INVALID,
 * DECIMAL_INVALID
 */
export function findRate(
  cards: readonly RateCard[],
  work: WorkToRate,
  rounding: Rounding | null = null,
): ResolvedRate | undefined {
  const best = findLine(versionsInForce(cards, work.workedOn), work);
  if (!best) return undefined;
  const { card, line } = best.found;
  const override = findOverride(line, work);
  const price = override ? overridden(line, override) : line.price;
  const source: RateSource = {
    cardId: card.cardId,
    cardVersion: card.version,
    lineId: line.lineId,
    overrideId: override?.overrideId ?? null,
    effectiveFrom: override ? laterOf(best.from, override.validFrom) : best.from,
  };
  const inputs = { ...inputsOf(card, line, work), ...inputsOfOverride(override), effectiveFrom: source.effectiveFrom };
  if (price.by === 'rate') {
    const rate = markedUp(price.rate, price.markupPercent, inputs, rounding, []);
    return { rate, unit: price.unit, currency: line.currency, hoursPerUnit: card.hoursPerUnit, source };
  }
  if (line.workType === 'regular') throw invalid(line, 'is for regular work and marks up the regular rate');
  const regular = resolveRate(cards, { ...work, workType: 'regular' });
  return {
    ...regular,
    rate: markedUp(regular.rate.value, price.markupPercent, inputs, rounding, [regular.rate]),
    source,
  };
}

/** The line's price with what the override states in its place. */
function overridden(line: CardLine, { overrideId, rate, markupPercent }: RateOverride): LinePrice {
  const { price } = line;
  if (price.by === 'rate' && rate !== null) return { ...price, rate, markupPercent: markupPercent ?? '0' };
  if (rate === null && markupPercent !== null) return { ...price, markupPercent };
  const why = rate === null ? 'states neither a rate nor a mark-up' : 'states a rate for a mark-up on the regular rate';
  throw invalid(line, `has override ${overrideId}, which ${why}`);
}

function findLine(inForce: readonly RateCard[], work: WorkToRate): Candidate<CardAndLine> | undefined {
  for (const level of [...SCOPE_LEVELS, null]) {
    const candidates = inForce
      .filter((card) => (card.scope?.level ?? null) === level && isInScope(card.scope, work))
      .flatMap((card) => card.lines.flatMap((line) => candidateOf(card, line, work)));
    const best = theOne(candidates, work);
    if (best) return best;
  }
  return undefined;
}

/** Of each card the highest version that has begun, unless that version has ended. */
function versionsInForce(cards: readonly RateCard[], on: PlainDate): RateCard[] {
  const begun = cards.filter((card) => card.validFrom <= on);
  const highest = new Map<string, number>();
  for (const { cardId, version } of begun) highest.set(cardId, Math.max(version, highest.get(cardId) ?? version));
  return begun.filter((card) => holdsDate(card, on) && highest.get(card.cardId) === card.version);
}

function holdsDate({ validFrom, validTo }: { validFrom: PlainDate; validTo: PlainDate | null }, on: PlainDate) {
  return validFrom <= on && (validTo === null || on <= validTo);
}

function isInScope(scope: Scope | null, work: WorkToRate): boolean {
  return scope === null || work.scopes[scope.level] === scope.id;
}

function candidateOf(card: RateCard, line: CardLine, work: WorkToRate): Candidate<CardAndLine>[] {
  const { price } = line;
  const fits =
    line.workType === work.workType &&
    line.currency === work.currency &&
    (work.unit === null || price.by === 'regular-rate' || price.unit === work.unit) &&
    holdsDate(line, work.workedOn) &&
    DIMENSIONS.every((dimension) => line[dimension] === null || line[dimension] === work[dimension]);
  if (!fits) return [];
  const name = `line ${line.lineId} of rate card ${nameOf(card)}`;
  return [{ rank: rankOf(line), from: laterOf(card.validFrom, line.validFrom), name, found: { card, line } }];
}

function rankOf(line: CardLine): number {
  const stated = DIMENSIONS.filter((dimension) => line[dimension] !== null).join();
  const rank = SPECIFICITY.findIndex((dimensions) => dimensions.join() === stated);
  if (rank < 0) throw invalid(line, `states ${stated === '' ? 'nothing' : stated}: expected ${expectedDimensions()}`);
  return rank;
}

function expectedDimensions(): string {
  return SPECIFICITY.map((dimensions) => dimensions.join(' and ')).join(', or ');
}

function findOverride(line: CardLine, work: WorkToRate): RateOverride | undefined {
  const candidates = line.overrides
    .filter((override) => override.validFrom <= work.workedOn && isInScope(override.scope, work))
    .map((override) => ({
      rank: override.scope ? SCOPE_LEVELS.indexOf(override.scope.level) : SCOPE_LEVELS.length,
      from: override.validFrom,
      name: `override ${override.overrideId} of line ${line.lineId}`,
      found: override,
    }));
  return theOne(candidates, work)?.found;
}

/** The most specific candidate, of those the latest. */
function theOne<T>(candidates: readonly Candidate<T>[], work: WorkToRate): Candidate<T> | undefined {
  const rank = candidates.reduce((least, one) => Math.min(least, one.rank), Infinity);
  const ranked = candidates.filter((one) => one.rank === rank);
  const from = ranked.map((one) => one.from).reduce(laterOf, '');
  const [best, ...others] = ranked.filter((one) => one.from === from);
  if (best && others.length > 0) {
    const names = [best, ...others].map((one) => one.name).sort();
    const message = `${describe(work)} has ${String(names.length)} rates of ${from}: ${names.join(', ')}`;
    throw new DomainError('RATE_AMBIGUOUS', message, { work, from, candidates: names });
  }
  return best;
}

/** A rate with its mark-up; `inputs` say where both are from. */
function markedUp(
  rate: Decimal,
  markupPercent: Decimal,
  inputs: Readonly<Record<string, string>>,
  rounding: Rounding | null,
  parts: readonly Figure[],
): Figure {
  const used = { rate, markupPercent, ...inputs };
  if (compareDecimals(rate, '0') < 0 || compareDecimals(markupPercent, '-100') < 0) {
    const message = `a rate of ${rate} with a mark-up of ${markupPercent} % would be below zero`;
    throw new DomainError('RATE_LINE_INVALID', message, used);
  }
  const stated = isZeroDecimal(rate) ? 'rate, stated as zero' : 'rate';
  // A rate without mark-up stays as it is written on the card: '95.50', not '95.5'.
  if (isZeroDecimal(markupPercent)) return figure(stated, used, rate, rounding, parts);
  const exact = plus(rate, percentOf(rate, markupPercent));
  return figure(`${stated} x (100 + mark-up %) / 100`, used, exact, rounding, parts);
}

function inputsOf(card: RateCard, line: CardLine, work: WorkToRate): Readonly<Record<string, string>> {
  const { workedOn, workType, currency } = work;
  const stated = DIMENSIONS.flatMap((dimension) => {
    const value = line[dimension];
    return value === null ? [] : [[dimension, value] as const];
  });
  return {
    workedOn,
    ...Object.fromEntries(stated),
    workType,
    currency,
    cardId: card.cardId,
    cardVersion: String(card.version),
    cardScope: nameOfScope(card.scope),
    lineId: line.lineId,
    ...(line.price.by === 'rate' ? { unit: line.price.unit } : {}),
  };
}

function inputsOfOverride(override: RateOverride | undefined): Readonly<Record<string, string>> {
  return override ? { overrideId: override.overrideId, overrideScope: nameOfScope(override.scope) } : {};
}

function nameOf(card: RateCard): string {
  return `${card.cardId} version ${String(card.version)}`;
}

function nameOfScope(scope: Scope | null): string {
  return scope ? `${scope.level} ${scope.id}` : 'default';
}

function describe({ role, resourceId, workType, currency, workedOn, unit }: WorkToRate): string {
  const who = resourceId === null ? `role "${role}"` : `role "${role}" of ${resourceId}`;
  return `${workType} work in ${who} on ${workedOn} in ${currency}${unit === null ? '' : ` per ${unit}`}`;
}

function missing(cards: readonly RateCard[], work: WorkToRate): DomainError {
  const inForce = versionsInForce(cards, work.workedOn);
  const searched = cards.map((card) => {
    const why = !isInScope(card.scope, work)
      ? `is for ${nameOfScope(card.scope)}`
      : inForce.includes(card)
        ? 'has no line for it'
        : 'is not in force then';
    return { card: nameOf(card), scope: nameOfScope(card.scope), why };
  });
  const list = searched.map(({ card, why }) => `${card} ${why}`).join('; ');
  const message = `no rate for ${describe(work)}: ${list === '' ? 'there is no rate card' : list}`;
  return new DomainError('RATE_MISSING', message, { work, searched });
}

function invalid(line: CardLine, why: string): DomainError {
  return new DomainError('RATE_LINE_INVALID', `line ${line.lineId} ${why}`, { lineId: line.lineId });
}
