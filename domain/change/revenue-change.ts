/**
 * What a change does to the revenue of each obligation: which class it is, what is caught up now, and the schedule
 * before and after. What is recognised never changes; recognised + catch-up + what is planned is the new price
 * (IFRS 15.18-21, 88-90; domain.md, Change, credit, close). Revenue goes by the date of modification, whatever the
 * terms say about billing.
 */
import type { Contract, ContractLine } from '../deal/contract.ts';
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, minus, sumDecimals } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { compareMoney, formatDecimal, type Money, negate, sumMoney, zero } from '../money/money.ts';
import { amountOf, type RoundingMode, roundingOf } from '../money/rounding.ts';
import { allocatePrice } from '../revenue/allocate-price.ts';
import { catchUp, earnedToDate, type Measure, progressOf } from '../revenue/progress.ts';
import { recognisedTotal, type RevenueSchedule } from '../revenue/revenue-schedule.ts';
import type { Convention } from '../revenue/straight-line.ts';
import { daysOfMonth, type Month, monthOf } from '../time/period.ts';
import { addDays, laterOf, type PlainDate } from '../time/plain-date.ts';
import { type Assessment, type Classification, classify, type ModificationClass } from './classify.ts';
import { keptRows, replanned, type Replanning } from './revenue-plan.ts';

/** An obligation as the books have it. */
export interface Obligation {
  obligationId: string;
  /** The contract lines that it is paid by, of one legal entity. */
  lineIds: readonly string[];
  schedule: RevenueSchedule;
  convention: Convention;
  /** Recognised as invoiced (IFRS 15.B16): approved work is revenue at its price, whatever class a change is. */
  asInvoiced: boolean;
}

/** What people judged and estimated of an obligation that the change touches, or of one that it brings. */
export interface ObligationChange {
  obligationId: string;
  /** Lines of the change that pay for it from now on; all its lines when it is new. */
  addsLineIds: readonly string[];
  assessment: Assessment;
  /** As estimated, variable parts constrained (IFRS 15.50-58); null = the value of its lines. */
  transactionPrice: Money | null;
  /** What is left to deliver would cost alone; stated for all prospective obligations, the price is shared anew. */
  remainingAlone: Decimal | null;
  /** Progress on the date of modification under the new terms; a catch-up needs it. */
  measure: Measure | null;
  /** Granted for what was delivered: less revenue now, no part of the price of the rest (Example 5 Case B). */
  creditForDelivered: Money | null;
  /** For a new obligation. */
  convention: Convention;
}

/** What the change does to one obligation. */
export interface RevenueChange {
  obligationId: string;
  lineIds: readonly string[];
  /** As invoiced: the work says what is caught up. */
  classification: Classification | { class: 'as-invoiced'; reason: string; paragraph: string };
  priceBefore: Money;
  priceAfter: Money;
  recognisedBefore: Money;
  /** Recognised now because of the change, either sign: the adjustment row of the month of modification. */
  catchUp: Money;
  derivation: Figure['derivation'];
  before: RevenueSchedule;
  after: RevenueSchedule;
}

/** What the changes are computed with. */
export interface RevenueTerms {
  before: Contract;
  after: Contract;
  modifiedOn: PlainDate;
  entityOf: (legalEntityId: string) => { mode: RoundingMode; firstOpenMonth: Month };
  /** Recognised too much or too little by the end of the closed months, for obligations recognised as invoiced. */
  workCaughtUp: (lineIds: readonly string[]) => Figure;
}

interface Touched {
  obligation: Obligation;
  change: ObligationChange | undefined;
  lineIds: readonly string[];
  classification: RevenueChange['classification'];
  /** Before prices are shared anew. */
  price: Money;
}

/**
 * The revenue effect of a change by obligation, touched ones only, by id. An obligation whose price or dates change
 * needs an assessment, unless it is recognised as invoiced: judgements are never assumed. Rounding: catch-up and rows
 * to minor units, the last row takes the rest.
 * @throws ASSESSMENT_MISSING, ASSESSMENT_INVALID, CONSIDERATION_NEGATIVE when more is recognised or earned than the new
 *   price, REVENUE_BEHIND when a closed month is not recognised, and what prices, progress and plans refuse
 */
export function revenueChanges(
  obligations: readonly Obligation[],
  changes: readonly ObligationChange[],
  terms: RevenueTerms,
): RevenueChange[] {
  checkAssignments(obligations, changes, terms);
  const fresh = changes.filter((one) => !obligations.some((other) => other.obligationId === one.obligationId));
  const all = [...obligations, ...fresh.map((one) => newObligation(one, terms))];
  const touched = all.flatMap((obligation) => {
    const change = changes.find((one) => one.obligationId === obligation.obligationId);
    return touchedBy(obligation, change, fresh.includes(change as ObligationChange), terms);
  });
  const prices = sharedPrices(touched, terms);
  return touched
    .map((one) => changeOf(one, prices.get(one.obligation.obligationId) ?? one.price, terms))
    .sort((a, b) => (a.obligationId < b.obligationId ? -1 : 1));
}

function newObligation({ obligationId, addsLineIds, convention }: ObligationChange, terms: RevenueTerms): Obligation {
  const [line] = linesAmong(terms.after, addsLineIds);
  if (!line) throw invalid(obligationId, 'is new and has no line of the contract');
  const schedule = { obligationId, version: 0, price: zero(line.value.currency), rows: [] };
  const asInvoiced = line.pricing.model === 'time-and-materials';
  return { obligationId, lineIds: [], schedule, convention, asInvoiced };
}

function touchedBy(
  obligation: Obligation,
  change: ObligationChange | undefined,
  isNew: boolean,
  terms: RevenueTerms,
): Touched[] {
  const { obligationId, schedule, asInvoiced } = obligation;
  const lineIds = [...obligation.lineIds, ...(change?.addsLineIds ?? [])];
  const [before, after] = [linesAmong(terms.before, obligation.lineIds), linesAmong(terms.after, lineIds)];
  const stated = change?.transactionPrice ?? null;
  const value = sumMoney(
    after.map((line) => line.value),
    schedule.price.currency,
  );
  const valueBefore = sumMoney(
    before.map((line) => line.value),
    schedule.price.currency,
  );
  // Variable parts of the price that the change does not speak of stay as they are.
  const price = stated ?? sumMoney([schedule.price, value, negate(valueBefore)], value.currency);
  const moved = isNew || compareMoney(price, schedule.price) !== 0 || spanOf(before) !== spanOf(after);
  const caughtUp = asInvoiced && compareDecimals(terms.workCaughtUp(lineIds).value, '0') !== 0;
  const stays = !change?.measure && !change?.creditForDelivered && change?.remainingAlone == null;
  if (!moved && !caughtUp && stays) return [];
  if (new Set(after.map(({ legalEntityId }) => legalEntityId)).size > 1) {
    throw invalid(obligationId, 'has lines of several legal entities');
  }
  if (asInvoiced) {
    const reason = 'approved work is revenue at its price';
    const classification = { class: 'as-invoiced', reason, paragraph: 'B16' } as const;
    return [{ obligation, change, lineIds, classification, price }];
  }
  if (!change) {
    const message = `the change touches obligation "${obligationId}", and nobody has assessed it`;
    throw new DomainError('ASSESSMENT_MISSING', message, { obligationId });
  }
  const classification = classify(change.assessment);
  if (classification.class === 'separate' && !isNew) {
    throw invalid(obligationId, 'is assessed as a separate contract: that is an obligation of its own');
  }
  if (classification.class === 'catch-up' && isNew) {
    throw invalid(obligationId, 'is new and assessed as one with what was delivered: its lines belong to that');
  }
  return [{ obligation, change, lineIds, classification, price }];
}

/** Every added line belongs to one obligation, and every assessment to a line or an obligation that is there. */
function checkAssignments(
  obligations: readonly Obligation[],
  changes: readonly ObligationChange[],
  { before, after }: RevenueTerms,
): void {
  const ids = changes.map(({ obligationId }) => obligationId);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid(twice, 'is assessed twice');
  const owned = [...obligations.flatMap((one) => one.lineIds), ...changes.flatMap((one) => one.addsLineIds)];
  for (const { lineId } of after.lines) {
    const owners = owned.filter((id) => id === lineId).length;
    if (owners === 1) continue;
    const isNew = !before.lines.some((line) => line.lineId === lineId);
    const message = `line ${lineId} pays for ${owners === 0 ? 'no obligation' : 'several obligations'}`;
    throw new DomainError(isNew && owners === 0 ? 'ASSESSMENT_MISSING' : 'ASSESSMENT_INVALID', message, { lineId });
  }
}

/**
 * Prospective obligations share what is left to pay by what the rest of each would cost alone, when that is stated: the
 * old contract ends and a new one begins (IFRS 15.21(a)).
 */
function sharedPrices(touched: readonly Touched[], terms: RevenueTerms): Map<string, Money> {
  const pooled = touched.filter((one) => one.classification.class === 'prospective');
  if (pooled.length < 2 || pooled.every(({ change }) => change?.remainingAlone == null)) return new Map();
  const currency = pooled[0]?.price.currency ?? '';
  const kept = (one: Touched) => formatDecimal(earnedBefore(one, terms));
  const left = minus(sumDecimals(pooled.map(({ price }) => formatDecimal(price))), sumDecimals(pooled.map(kept)));
  const shares = allocatePrice(
    {
      transactionPrice: left,
      obligations: pooled.map(({ obligation, change }) => ({
        obligationId: obligation.obligationId,
        standAlonePrice: change?.remainingAlone ?? null,
      })),
    },
    // Shares go by largest remainder, so the mode decides nothing.
    roundingOf(currency, 'half-even'),
  );
  return new Map(
    pooled.map((one, index) => {
      const share = amountOf(shares[index]?.price ?? { value: '0' }, currency);
      return [one.obligation.obligationId, sumMoney([earnedBefore(one, terms), share], currency)];
    }),
  );
}

/** Recognised, credited and planned for the days before the modification. */
function earnedBefore(one: Touched, terms: RevenueTerms): Money {
  const { currency } = one.price;
  const credit = one.change?.creditForDelivered ?? zero(currency);
  const kept = keptRows(replanningOf(one, terms)).map(({ amount }) => amountOf(amount, currency));
  return sumMoney([recognisedTotal(one.obligation.schedule), negate(credit), ...kept], currency);
}

function changeOf(one: Touched, price: Money, terms: RevenueTerms): RevenueChange {
  const { obligation, lineIds, classification } = one;
  const { obligationId, schedule } = obligation;
  const plan = replanningOf(one, terms);
  const now = caughtUp(one, price, plan, terms);
  const catchUp = amountOf(now, price.currency);
  return {
    obligationId,
    lineIds,
    classification,
    priceBefore: schedule.price,
    priceAfter: price,
    recognisedBefore: recognisedTotal(schedule),
    catchUp,
    derivation: now.derivation,
    before: schedule,
    after: replanned(plan, price, catchUp),
  };
}

/** How each class keeps the old plan: its days not recognised yet count only where nothing is measured anew. */
const KEEPS = { separate: 'days', prospective: 'days', 'catch-up': 'months', 'as-invoiced': 'nothing' } as const;

function replanningOf(one: Touched, { before, after, modifiedOn, entityOf }: RevenueTerms): Replanning {
  const { obligation, lineIds, classification } = one;
  const [old, now] = [linesAmong(before, obligation.lineIds), linesAmong(after, lineIds)];
  const { mode, firstOpenMonth } = entityOf((now[0] ?? old[0])?.legalEntityId ?? after.leadLegalEntityId);
  const open = daysOfMonth(firstOpenMonth).from;
  const begins = now.length === 0 ? open : laterOf(open, startOfAll(now));
  return {
    schedule: obligation.schedule,
    convention: obligation.convention,
    mode,
    firstOpenMonth,
    from: classification.class === 'as-invoiced' ? begins : laterOf(begins, modifiedOn),
    endOn: now.length === 0 ? null : endOfAll(now),
    oldDays: old.length === 0 ? null : { from: startOfAll(old), untilExclusive: addDays(endOfAll(old), 1) },
    keeps: KEEPS[classification.class],
    adjustMonth: monthOf(laterOf(open, modifiedOn)),
  };
}

/** What is recognised now because of the change, by class. */
function caughtUp(one: Touched, price: Money, plan: Replanning, terms: RevenueTerms): Figure {
  const { change, lineIds, obligation } = one;
  const { obligationId, schedule } = obligation;
  switch (one.classification.class) {
    case 'as-invoiced':
      return terms.workCaughtUp(lineIds);
    case 'catch-up': {
      if (!change?.measure) {
        const message = `obligation "${obligationId}" catches up, and its progress on the date is not stated`;
        throw new DomainError('ASSESSMENT_MISSING', message, { obligationId });
      }
      const earned = earnedToDate(
        formatDecimal(price),
        progressOf(change.measure),
        roundingOf(price.currency, plan.mode),
      );
      // Open months before that of the modification keep what is planned for them: it is not earned twice.
      const planned = keptRows(plan).map(({ amount }) => amount.value);
      return catchUp(earned, sumDecimals([formatDecimal(recognisedTotal(schedule)), ...planned]));
    }
    case 'prospective':
    case 'separate': {
      const less = formatDecimal(negate(change?.creditForDelivered ?? zero(price.currency)));
      return figure('nothing, less a credit for what was delivered', { obligationId }, less, null);
    }
  }
}

function linesAmong({ lines }: Contract, lineIds: readonly string[]): ContractLine[] {
  return lines.filter(({ lineId }) => lineIds.includes(lineId));
}

function startOfAll(lines: readonly ContractLine[]): PlainDate {
  return lines.map(({ startOn }) => startOn).reduce((a, b) => (a < b ? a : b));
}

function endOfAll(lines: readonly ContractLine[]): PlainDate {
  return lines.map(({ endOn }) => endOn).reduce(laterOf);
}

function spanOf(lines: readonly ContractLine[]): string {
  return lines.length === 0 ? '' : `${startOfAll(lines)} ${endOfAll(lines)}`;
}

function invalid(obligationId: string, problem: string): DomainError {
  return new DomainError('ASSESSMENT_INVALID', `obligation "${obligationId}" ${problem}`, { obligationId });
}

/** Classes for the change as a whole; what is recognised as invoiced is prospective by nature. */
export function classesOf(changes: readonly RevenueChange[]): ModificationClass[] {
  return changes.map(({ classification }) =>
    classification.class === 'as-invoiced' ? 'prospective' : classification.class,
  );
}
