/**
 * Approved work gets its price: time by the rate in force on the work date, expenses at cost plus mark-up, each entry
 * rounded once (domain.md, Pricing; B01-B03). What cannot be priced becomes an exception with a reason, never a zero;
 * what is not billable is left out with a reason. Nothing is dropped: every entry that goes in comes out.
 */
import type { TimeLine } from '../deal/contract.ts';
import { compareDecimals } from '../money/decimal.ts';
import type { Derivation } from '../money/derivation.ts';
import { fraction } from '../money/fraction.ts';
import { formatDecimal, type Money } from '../money/money.ts';
import { amountOf, type RoundingMode, roundingOf } from '../money/rounding.ts';
import { chargeForTime } from '../pricing/charge-time.ts';
import { expensePrice, withoutTax } from '../pricing/expense.ts';
import type { RateCard } from '../pricing/rate-card.ts';
import { findRate, type ResolvedRate } from '../pricing/resolve-rate.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** An approved time entry. */
export interface TimeForRating {
  entryId: string;
  workedOn: PlainDate;
  role: string;
  /** Whole minutes above zero. */
  minutes: number;
  billable: boolean;
}

/** An approved expense. */
export interface ExpenseForRating {
  entryId: string;
  incurredOn: PlainDate;
  category: string;
  /** What it cost us, recoverable tax left out. */
  cost: Money;
  billable: boolean;
}

/** Priced time. */
export interface TimeCharge {
  kind: 'time';
  entryId: string;
  lineId: string;
  workedOn: PlainDate;
  role: string;
  minutes: number;
  /** Price of one hour, decimal. */
  hourlyRate: string;
  amount: Money;
  /** What living invoices bill of the amount already: a limit divided the entry. Absent: nothing. */
  billedBefore?: Money;
  derivation: Derivation;
}

/** Priced expense. */
export interface ExpenseCharge {
  kind: 'expense';
  entryId: string;
  lineId: string;
  workedOn: PlainDate;
  category: string;
  amount: Money;
  billedBefore?: Money;
  derivation: Derivation;
}

/** A priced entry. */
export type Charge = TimeCharge | ExpenseCharge;

/** Why an entry has no price. */
export interface RatingProblem {
  code: 'RATE_MISSING' | 'OUTSIDE_CONTRACT' | 'QUANTITY_INVALID' | 'CURRENCY_MISMATCH';
  message: string;
}

/** What became of one entry. */
export type Rated<C extends Charge> =
  | { outcome: 'priced'; entryId: string; charge: C }
  | { outcome: 'excluded'; entryId: string; reason: string }
  | { outcome: 'exception'; entryId: string; problem: RatingProblem };
export type RatedTime = Rated<TimeCharge>;
export type RatedExpense = Rated<ExpenseCharge>;

/** The rates of a line as the rate card that they are: dated lines per role and hour, for this line only. */
function cardOf({ lineId, startOn, endOn, value, pricing }: TimeLine): RateCard {
  return {
    cardId: pricing.rateCardId,
    version: pricing.rateCardVersion,
    scope: { level: 'contract-line', id: lineId },
    validFrom: startOn,
    validTo: endOn,
    hoursPerUnit: {},
    lines: pricing.rates.map(({ role, hourlyRate, validFrom, validTo }) => ({
      lineId: `${role} from ${validFrom}`,
      resourceId: null,
      role,
      grade: null,
      location: null,
      workType: 'regular',
      currency: value.currency,
      validFrom,
      validTo,
      price: { by: 'rate', unit: 'hour', rate: hourlyRate, markupPercent: '0' },
      overrides: [],
    })),
  };
}

/** Answers with the hourly rate of a role on a work date, or undefined. @throws RATE_AMBIGUOUS */
export type RateFinder = (role: string, workedOn: PlainDate) => ResolvedRate | undefined;

/**
 * The hourly rates of a line: of a role the latest one in force on the work date; the approval and invoice dates do not
 * matter (B01). What was found once is remembered, because a team works the same roles on the same days.
 */
export function ratesOf(line: TimeLine): RateFinder {
  const cards = [cardOf(line)];
  const found = new Map<string, ResolvedRate | undefined>();
  const scopes = { 'contract-line': line.lineId };
  const { currency } = line.value;
  const anybody = { resourceId: null, grade: null, location: null, workType: 'regular', unit: 'hour' } as const;
  return (role, workedOn) => {
    const key = `${workedOn} ${role}`;
    if (!found.has(key)) found.set(key, findRate(cards, { ...anybody, workedOn, role, currency, scopes }));
    return found.get(key);
  };
}

/** Prices time entries of one line, in the order given. @throws RATE_AMBIGUOUS for two rates of a role from one day */
export function rateTime(entries: readonly TimeForRating[], line: TimeLine, rounding: RoundingMode): RatedTime[] {
  const rates = ratesOf(line);
  return entries.map((entry) => rateEntry(entry, line, rates, rounding));
}

function rateEntry(entry: TimeForRating, line: TimeLine, rates: RateFinder, rounding: RoundingMode): RatedTime {
  const { entryId, workedOn, role, minutes } = entry;
  const problem = problemOfTime(entry, line);
  if (problem) return { outcome: 'exception', entryId, problem };
  if (!entry.billable) return { outcome: 'excluded', entryId, reason: 'marked as not billable in the PSA' };
  const resolved = rates(role, workedOn);
  if (!resolved) {
    const card = `rate card ${line.pricing.rateCardId} of line "${line.name}"`;
    const message = `no rate for role "${role}" on ${workedOn} in ${card}`;
    return { outcome: 'exception', entryId, problem: { code: 'RATE_MISSING', message } };
  }
  const { currency } = line.value;
  const worked = { quantity: fraction(String(minutes), '60'), unit: 'hour' };
  const price = chargeForTime(worked, resolved, roundingOf(currency, rounding));
  const hourlyRate = resolved.rate.value;
  const inputs = {
    minutes: String(minutes),
    hourlyRate,
    role,
    workedOn,
    rateCardId: resolved.source.cardId,
    rateCardVersion: String(resolved.source.cardVersion),
    rateValidFrom: resolved.source.effectiveFrom,
  };
  const charge: TimeCharge = {
    kind: 'time',
    entryId,
    lineId: line.lineId,
    workedOn,
    role,
    minutes,
    hourlyRate,
    amount: amountOf(price, currency),
    // In minutes, as the PSA reports them; the card's way to the rate is the part.
    derivation: { ...price.derivation, rule: 'minutes x hourly rate / 60', inputs },
  };
  return { outcome: 'priced', entryId, charge };
}

function problemOfTime({ minutes, workedOn }: TimeForRating, line: TimeLine): RatingProblem | undefined {
  if (!Number.isSafeInteger(minutes) || minutes <= 0) {
    return {
      code: 'QUANTITY_INVALID',
      message: `${String(minutes)} minutes cannot be billed: expected a whole number above zero`,
    };
  }
  return outsideContract(workedOn, line);
}

function outsideContract(date: PlainDate, line: TimeLine): RatingProblem | undefined {
  if (date >= line.startOn && date <= line.endOn) return undefined;
  const message = `${date} is outside line "${line.name}", which runs ${line.startOn} to ${line.endOn}`;
  return { code: 'OUTSIDE_CONTRACT', message };
}

/** Prices expenses of one line: cost plus the line's mark-up in percent, rounded once. */
export function rateExpenses(
  expenses: readonly ExpenseForRating[],
  line: TimeLine,
  rounding: RoundingMode,
): RatedExpense[] {
  return expenses.map((expense) => rateExpense(expense, line, rounding));
}

function rateExpense(expense: ExpenseForRating, line: TimeLine, rounding: RoundingMode): RatedExpense {
  const { entryId, incurredOn, category, cost } = expense;
  const problem = problemOfExpense(expense, line);
  if (problem) return { outcome: 'exception', entryId, problem };
  if (!expense.billable) return { outcome: 'excluded', entryId, reason: 'marked as not billable in the PSA' };
  const { currency } = line.value;
  const markup = { method: 'markup', markupPercent: line.pricing.expenseMarkupPercent } as const;
  const price = expensePrice(withoutTax(formatDecimal(cost)), markup, roundingOf(currency, rounding));
  const charge: ExpenseCharge = {
    kind: 'expense',
    entryId,
    lineId: line.lineId,
    workedOn: incurredOn,
    category,
    amount: amountOf(price, currency),
    derivation: { ...price.derivation, inputs: { ...price.derivation.inputs, category, incurredOn } },
  };
  return { outcome: 'priced', entryId, charge };
}

function problemOfExpense({ cost, incurredOn }: ExpenseForRating, line: TimeLine): RatingProblem | undefined {
  if (cost.currency !== line.value.currency) {
    const message = `the expense is in ${cost.currency}, line "${line.name}" is billed in ${line.value.currency}`;
    return { code: 'CURRENCY_MISMATCH', message };
  }
  if (compareDecimals(formatDecimal(cost), '0') <= 0) {
    return {
      code: 'QUANTITY_INVALID',
      message: `an expense of ${formatDecimal(cost)} cannot be billed: expected an amount above zero`,
    };
  }
  return outsideContract(incurredOn, line);
}
