/**
 * What a legal entity may bill of an engagement in one currency: approved work with its price, accepted milestones,
 * periods of retainers. Reads the books and the contract version, prices with the rules of domain/billing, changes
 * nothing.
 */
import { capCharges, type CappedCharge, heldTotal } from '../../domain/billing/capped-charges.ts';
import type { ReadyToBill } from '../../domain/billing/build-invoice.ts';
import { type Rated, type Charge, rateExpenses, rateTime } from '../../domain/billing/rate-time.ts';
import { retainerPeriods } from '../../domain/billing/retainer.ts';
import type { LegalEntity } from '../../domain/configuration.ts';
import {
  type Contract,
  type ContractLine,
  isFixedFeeLine,
  isRetainerLine,
  isTimeLine,
  linesOf,
  type TimeLine,
} from '../../domain/deal/contract.ts';
import type { Finding } from '../../domain/engagement/state.ts';
import { add, compareMoney, money, type Money, zero } from '../../domain/money/money.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import type { Books } from '../../persistence/books.ts';
import type { ExpenseLine, TimeLine as WorkedTime } from '../../persistence/repositories/work.ts';
import { lineOfExpense, lineOfTime } from './work-lines.ts';

/** What is asked for. */
export interface BillingScope {
  engagementId: string;
  contract: Contract;
  legalEntity: LegalEntity;
  currency: string;
  /** Work and periods before this date; null = none, milestones only. */
  untilExclusive: PlainDate | null;
  milestoneIds: readonly string[];
}

/** What was found. */
export interface Gathered {
  lines: ReadyToBill[];
  /** By entry: the revision that was priced, and which part of it a draft would bill. */
  entries: Map<string, { version: string; part: number }>;
  /** What stands in the way; then nothing may be billed. */
  findings: Finding[];
  /** Above the not-to-exceed amounts. */
  held: Money;
}

/** An entry's id in rating and on invoices: unique over all connections, and the key of its invoice source. */
function entryKey(work: { connectionId: string; entryId: string }): string {
  return `${work.connectionId}:${work.entryId}`;
}

/** The source key of a retainer's month or a milestone: unique over all engagements. */
export function ownSourceKey(engagementId: string, id: string): string {
  return `${engagementId}:${id}`;
}

/** Gathers and prices. */
export async function gather(books: Books, scope: BillingScope): Promise<Gathered> {
  const entityLines = linesOf(scope.contract, scope.legalEntity.legalEntityId);
  const wanted = entityLines.filter((line) => line.value.currency === scope.currency);
  const used = await books.invoices.billedByLine(scope.engagementId, 'living');
  const work = await unbilledWork(books, scope);
  const entries = new Map(
    [...work.time, ...work.expenses].map((entry) => {
      return [entryKey(entry), { version: entry.version, part: entry.lastPart + 1 }];
    }),
  );
  const gathered: Gathered = { lines: [], entries, findings: [], held: zero(scope.currency) };
  for (const line of wanted) {
    const usedBefore = money(used.get(line.lineId) ?? 0, scope.currency);
    const charges = isTimeLine(line) ? chargesOf(line, entityLines, work, scope.legalEntity, usedBefore, gathered) : [];
    const milestones = isFixedFeeLine(line)
      ? line.pricing.milestones.filter((milestone) => scope.milestoneIds.includes(milestone.milestoneId))
      : [];
    const periods = isRetainerLine(line) ? await periodsDue(books, scope, line) : [];
    gathered.lines.push({ contractLineId: line.lineId, name: line.name, charges, milestones, periods });
  }
  gathered.findings = distinct(gathered.findings);
  return gathered;
}

/** True when a draft of it would have a line. */
export function isBillable(gathered: Gathered): boolean {
  return gathered.lines.some(
    (line) =>
      line.milestones.length > 0 ||
      line.periods.length > 0 ||
      line.charges.some((capped) => capped.billable.amountMinor > 0),
  );
}

async function unbilledWork(
  books: Books,
  scope: BillingScope,
): Promise<{ time: WorkedTime[]; expenses: ExpenseLine[] }> {
  if (scope.untilExclusive === null) return { time: [], expenses: [] };
  const { engagementId, untilExclusive } = scope;
  const asked = { engagementId, legalEntityId: scope.legalEntity.legalEntityId, untilExclusive, unbilledOnly: true };
  // One after the other: inside a transaction both share one connection.
  const time = await books.work.approvedTime(asked);
  const expenses = await books.work.approvedExpenses(asked);
  return { time, expenses };
}

function chargesOf(
  line: TimeLine,
  entityLines: readonly ContractLine[],
  work: { time: readonly WorkedTime[]; expenses: readonly ExpenseLine[] },
  legalEntity: LegalEntity,
  usedBefore: Money,
  gathered: Gathered,
): CappedCharge[] {
  const { mode } = legalEntity.rounding;
  const time = work.time
    .filter((entry) => lineOfTime(entry, entityLines) === line)
    .map((entry) => ({ ...entry, entryId: entryKey(entry) }));
  const expenses = work.expenses
    .filter((expense) => lineOfExpense(expense, entityLines) === line)
    .map((expense) => ({ ...expense, entryId: entryKey(expense), cost: money(expense.amountMinor, expense.currency) }));
  const rated: Rated<Charge>[] = [...rateTime(time, line, mode), ...rateExpenses(expenses, line, mode)];
  for (const one of rated) {
    if (one.outcome === 'exception') gathered.findings.push({ ...one.problem, ownerRole: 'fin-preparer' });
  }
  const billed = new Map([...time, ...expenses].map(({ entryId, billedMinor }) => [entryId, billedMinor]));
  const charges = rated.flatMap((one) => (one.outcome === 'priced' ? dueOf(one.charge, billed.get(one.entryId)) : []));
  const capped = capCharges(charges, line.pricing.ceiling, usedBefore);
  gathered.held = add(gathered.held, heldTotal(capped, line.value.currency));
  return capped;
}

/** The charge with what is billed of it already; none when nothing is left. */
function dueOf(charge: Charge, billedMinor = 0): Charge[] {
  if (billedMinor === 0) return [charge];
  const billedBefore = money(billedMinor, charge.amount.currency);
  return compareMoney(charge.amount, billedBefore) > 0 ? [{ ...charge, billedBefore }] : [];
}

async function periodsDue(books: Books, scope: BillingScope, line: ContractLine): Promise<ReadyToBill['periods']> {
  const until = scope.untilExclusive;
  if (!isRetainerLine(line) || until === null) return [];
  // A run "until" a date bills the fee that is due on that very date: a fee in advance belongs to the month that
  // begins.
  const due = retainerPeriods(line, scope.legalEntity.rounding.mode).filter((period) => period.dueOn <= until);
  const keyOf = (month: string): string => ownSourceKey(scope.engagementId, `${line.lineId}.${month}`);
  const billed = await books.invoices.billedAmong(
    'retainer',
    due.map((period) => keyOf(period.month)),
  );
  return due.filter((period) => !billed.has(keyOf(period.month)));
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()].slice(0, 20);
}
