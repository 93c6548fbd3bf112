/**
 * A change order as one transaction: from the contract in force, its books and the change, everything that the change
 * does: contract version, budget, rates, limits, billing plan, advance, revenue and journals (R41; domain.md, Change,
 * credit, close). All or nothing: a part that cannot be computed refuses the whole change. Nothing is applied here; the
 * effect is what is approved, and then carried out step by step.
 */
import { requestAdvance } from '../billing/advance.ts';
import { type Admission, admit, type Limit, type LimitUse } from '../billing/not-to-exceed.ts';
import { type Contract, type ContractLine, isTimeLine } from '../deal/contract.ts';
import { DomainError } from '../errors.ts';
import type { JournalDraft } from '../ledger/journal.ts';
import type { Figure } from '../money/derivation.ts';
import { formatDecimal, type Money, sumMoney } from '../money/money.ts';
import { type RoundingMode, roundingOf } from '../money/rounding.ts';
import { daysOfMonth } from '../time/period.ts';
import type { PlainDate } from '../time/plain-date.ts';
import { type Amendment, amendContract, type ContractTerms, lineOf, same, touchedLines } from './amendment.ts';
import { billingEffect, type BillingEffect, type BillingTerms } from './billing-effect.ts';
import { catchUpJournals } from './catch-up-journals.ts';
import { caughtUpByWork } from './caught-up-work.ts';
import { type ChangeTotals, totalsOf } from './change-totals.ts';
import { classOfChange, type ModificationClass } from './classify.ts';
import { type ContractBooks, type EntityBooks, entityBooks } from './contract-books.ts';
import { type PricedWork, type Rerating, rerateWork, workAfter, workedOn } from './rerate-work.ts';
import {
  classesOf,
  type Obligation,
  type ObligationChange,
  type RevenueChange,
  revenueChanges,
} from './revenue-change.ts';

/**
 * How far the parties have agreed. Without agreement nothing of the contract changes and what the change covers is not
 * billed; revenue changes only if the change is enforceable, by the constrained estimate of its price (IFRS 15.18-19,
 * 56; Example 9).
 */
export type Agreement = { status: 'agreed' } | { status: 'unapproved' | 'unpriced'; enforceable: boolean };

/** A change to a contract. */
export interface ChangeOrder extends BillingTerms {
  changeOrderId: string;
  /** The date of modification: revenue reacts on it, corrections fall due on it. Terms have dates of their own. */
  approvedOn: PlainDate;
  agreement: Agreement;
  amendments: readonly Amendment[];
  obligations: readonly ObligationChange[];
}

/** A term of the contract as a whole, before and after. */
export interface TermChange {
  term: keyof ContractTerms;
  before: unknown;
  after: unknown;
}

/** The sold effort and value of a line, before and after; null where the line is not in that version. */
export interface BudgetChange {
  lineId: string;
  before: { value: Money; minutes: number } | null;
  after: { value: Money; minutes: number } | null;
}

/** Rates of a line before and after. */
export interface CardChange {
  lineId: string;
  rateCardId: string;
  versions: readonly [before: number, after: number];
}

/** How far limits are used, and what of the work not billed they let through. */
export interface LimitState {
  uses: LimitUse[];
  admissions: Admission[];
}

/** Everything that a change does. */
export interface ChangeEffect {
  changeOrderId: string;
  /** The next version, or null while the parties have not agreed. */
  contract: Contract | null;
  terms: TermChange[];
  budget: BudgetChange[];
  rates: { cards: CardChange[]; reratings: Rerating[] };
  limits: { before: LimitState; after: LimitState };
  billing: BillingEffect;
  /** What is asked for in advance, before and after; `toInvoice` is negative when a part goes back. */
  advance: { before: Figure; after: Figure; toInvoice: Figure } | null;
  revenue: { class: ModificationClass | 'mixed' | null; obligations: RevenueChange[] };
  /** The entries of the adjustment rows: posted once, with the revenue run of their month. */
  journals: JournalDraft[];
  totals: { before: ChangeTotals[]; after: ChangeTotals[] };
}

/** A part of a change, named when it refuses. */
export type ChangePart = 'contract' | 'rates' | 'limits' | 'billing' | 'advance' | 'revenue' | 'journals' | 'totals';

/**
 * The whole effect of a change on a contract, or null when it makes no difference. Billing follows the terms, revenue
 * the date of modification; neither is derived from the other. Source: IFRS 15.18-21, ASC 606-10-25-10 to 25-13;
 * domain.md, Change, credit, close; R41.
 * @throws CHANGE_REFUSED naming the part that cannot be computed, with the code and details of its refusal
 */
export function changeEffect(order: ChangeOrder, books: ContractBooks): ChangeEffect | null {
  const { contract: before } = books;
  const entityOf = (legalEntityId: string) => entityBooks(books, legalEntityId);
  const modeOf = (legalEntityId: string) => entityOf(legalEntityId).mode;
  const proposed = inPart('contract', () => {
    const amended = amendContract(before, order.amendments, modeOf);
    checkRemovals(before, amended, books);
    return amended;
  });
  const agreed = order.agreement.status === 'agreed';
  const after = agreed ? proposed : before;
  const covered = agreed ? new Set<string>() : touchedLines(before, proposed);

  const touched = touchedLines(before, after);
  const ofTouched = books.work.filter(({ contractLineId }) => touched.has(contractLineId));
  const reratings = inPart('rates', () => rerateWork(ofTouched, after, (id) => withOpenDay(entityOf(id))));
  const work = workAfter(books.work, reratings, order.billedWork);
  const limits = inPart('limits', () => ({
    before: limitState(before, books.work, books),
    after: limitState(after, work, books),
  }));
  const billing = inPart('billing', () => billingEffect(order, books, after, reratings, covered, modeOf));
  const advance = inPart('advance', () => advanceEffect(books, after, modeOf));
  const obligations = inPart('revenue', () => revenueEffect(order, books, after, work, entityOf));
  if (same(before, proposed) && obligations.length === 0) return null;
  const postedOn = order.approvedOn;
  const journals = inPart('journals', () => catchUpJournals(order.changeOrderId, postedOn, after, obligations, books));
  const totals = inPart('totals', () => ({
    before: totalsOf(
      before,
      billing.before,
      books.obligations.map(({ schedule }) => schedule),
    ),
    after: totalsOf(after, billing.after, schedulesAfter(books.obligations, obligations)),
  }));
  return {
    changeOrderId: order.changeOrderId,
    contract: agreed && after !== before ? after : null,
    terms: termChanges(before, after),
    budget: budgetChanges(before, after),
    rates: { cards: cardChanges(before, after), reratings },
    limits,
    billing,
    advance,
    revenue: { class: classOfChange(classesOf(obligations)), obligations },
    journals,
    totals,
  };
}

/** Names the part in a refusal, so that all of it is refused and a person sees where. */
function inPart<T>(part: ChangePart, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, message, details } = error;
    throw new DomainError('CHANGE_REFUSED', `${part}: ${message}`, { part, code, details });
  }
}

function withOpenDay({ mode, firstOpenMonth }: EntityBooks): { mode: RoundingMode; openFrom: PlainDate } {
  return { mode, openFrom: daysOfMonth(firstOpenMonth).from };
}

/** Only a line of which nothing has happened may go; any other is ended. */
function checkRemovals(before: Contract, after: Contract, { work, posted, drafts, balances }: ContractBooks): void {
  for (const lineId of touchedLines(before, after)) {
    if (after.lines.some((line) => line.lineId === lineId)) continue;
    const used = [...work, ...posted, ...drafts].some((one) => one.contractLineId === lineId);
    const balance = balances.find((one) => one.contractLineId === lineId);
    if (!used && (!balance || balance.recognised.amountMinor === 0)) continue;
    const message = `line ${lineId} has work, invoices or revenue: end it instead of removing it`;
    throw new DomainError('LINE_IN_USE', message, { lineId });
  }
}

function limitState(contract: Contract, work: readonly PricedWork[], { limits, posted }: ContractBooks): LimitState {
  const ofLines = contract.lines.flatMap((line): Limit[] => {
    if (!isTimeLine(line) || !line.pricing.ceiling) return [];
    const billed = posted.filter((row) => row.contractLineId === line.lineId).map(({ amount }) => amount);
    const { ceiling: amount } = line.pricing;
    return [{ limitId: limitIdOf(line), level: 'line', amount, billed: sumMoney(billed, line.value.currency) }];
  });
  const claims = work
    .filter(({ standing }) => standing.status !== 'billed')
    .map((piece) => {
      const { contractLineId, entry, amount, limitIds, admittedBefore } = piece;
      const own = ofLines.filter(({ limitId }) => limitId === limitIdOf({ lineId: contractLineId }));
      const ids = [...own.map(({ limitId }) => limitId), ...limitIds];
      return { entryId: entry.entryId, workedOn: workedOn(piece), amount, limitIds: ids, admittedBefore };
    });
  return admit(claims, [...ofLines, ...limits]);
}

function limitIdOf({ lineId }: Pick<ContractLine, 'lineId'>): string {
  return `line ${lineId}`;
}

function advanceEffect(
  { advance, contract }: ContractBooks,
  after: Contract,
  mode: (legalEntityId: string) => RoundingMode,
): ChangeEffect['advance'] {
  if (!advance) return null;
  const { invoiced, percentByLine } = advance;
  const rounding = roundingOf(invoiced.currency, mode(contract.leadLegalEntityId));
  const requestOf = ({ lines }: Contract) =>
    requestAdvance(
      lines
        .filter(({ value }) => value.currency === invoiced.currency)
        .map(({ lineId, value }) => ({ amount: formatDecimal(value), percent: percentByLine[lineId] ?? '0' })),
      formatDecimal(invoiced),
      rounding,
    );
  const [before, now] = [requestOf(contract), requestOf(after)];
  return { before: before.advance, after: now.advance, toInvoice: now.toInvoice };
}

function revenueEffect(
  order: ChangeOrder,
  books: ContractBooks,
  after: Contract,
  work: readonly PricedWork[],
  entityOf: (legalEntityId: string) => EntityBooks,
): RevenueChange[] {
  const { agreement, obligations: changes, approvedOn: modifiedOn } = order;
  const pending = agreement.status !== 'agreed';
  if (pending && !agreement.enforceable) return [];
  // Before the lines exist, what is enforceable of the change is a part of the obligations that are there.
  const counted = pending ? changes.filter(({ transactionPrice }) => transactionPrice !== null) : changes;
  const workCaughtUp = (lineIds: readonly string[]): Figure => caughtUpByWork(lineIds, books, after, work, entityOf);
  const terms = { before: books.contract, after, modifiedOn, entityOf, workCaughtUp };
  return revenueChanges(books.obligations, pending ? counted.map(withoutLines) : counted, terms);
}

function withoutLines(change: ObligationChange): ObligationChange {
  return { ...change, addsLineIds: [] };
}

function schedulesAfter(obligations: readonly Obligation[], changes: readonly RevenueChange[]) {
  const untouched = obligations.filter((one) => !changes.some((other) => other.obligationId === one.obligationId));
  return [...untouched.map(({ schedule }) => schedule), ...changes.map((change) => change.after)];
}

function termChanges(before: Contract, after: Contract): TermChange[] {
  const terms = ['name', 'purchaseOrder', 'customer', 'startOn', 'endOn'] as const;
  return terms
    .filter((term) => !same(before[term], after[term]))
    .map((term) => ({ term, before: before[term], after: after[term] }));
}

function budgetChanges(before: Contract, after: Contract): BudgetChange[] {
  const budgetOf = (line: ContractLine | undefined) =>
    line ? { value: line.value, minutes: line.roles.reduce((sum, role) => sum + role.budgetMinutes, 0) } : null;
  return [...touchedLines(before, after)]
    .sort()
    .map((lineId) => ({ lineId, before: budgetOf(lineOf(before, lineId)), after: budgetOf(lineOf(after, lineId)) }))
    .filter((change) => !same(change.before, change.after));
}

function cardChanges(before: Contract, after: Contract): CardChange[] {
  return before.lines.flatMap((line) => {
    const now = lineOf(after, line.lineId);
    if (!isTimeLine(line) || !now || !isTimeLine(now) || same(line.pricing.rates, now.pricing.rates)) return [];
    const versions = [line.pricing.rateCardVersion, now.pricing.rateCardVersion] as const;
    return [{ lineId: line.lineId, rateCardId: now.pricing.rateCardId, versions }];
  });
}
