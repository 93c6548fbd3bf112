/**
 * How far each contract line of a legal entity is delivered, as the books know it: approved work at its price, minutes,
 * accepted milestones. What revenue is measured by; billing reads its own, because only unbilled work may be billed.
 */
import { type Charge, type Rated, rateExpenses, rateTime } from '../../domain/billing/rate-time.ts';
import type { LegalEntity } from '../../domain/configuration.ts';
import { type Contract, type ContractLine, isTimeLine, linesOf } from '../../domain/deal/contract.ts';
import type { Finding } from '../../domain/engagement/state.ts';
import { money, sumMoney } from '../../domain/money/money.ts';
import { type DeliveryFacts, recognise, type Recognition } from '../../domain/revenue/recognise.ts';
import { daysOfMonth, type Month, monthOf } from '../../domain/time/period.ts';
import type { PlainDate } from '../../domain/time/plain-date.ts';
import type { Books } from '../../persistence/books.ts';
import type { BilledParts, ExpenseLine, TimeLine as WorkedTime } from '../../persistence/repositories/work.ts';
import { lineOfExpense, lineOfTime } from '../billing/work-lines.ts';

/** The entity's lines in a month: what each recognises, or why nothing can be. */
export interface MonthOfRevenue {
  recognitions: { line: ContractLine; recognition: Recognition }[];
  findings: Finding[];
}

/** Computes the month of an entity; changes nothing. */
export async function revenueOfMonth(
  books: Books,
  of: { engagementId: string; contract: Contract; legalEntity: LegalEntity; month: Month },
): Promise<MonthOfRevenue> {
  const { engagementId, contract, legalEntity, month } = of;
  const { legalEntityId, rounding } = legalEntity;
  const { untilExclusive } = daysOfMonth(month);
  const asked = { engagementId, legalEntityId, untilExclusive, unbilledOnly: false };
  // One after another: inside a transaction all share one connection.
  const time = await books.work.approvedTime(asked);
  const expenses = await books.work.approvedExpenses(asked);
  const acceptedMilestones = await books.inbox.acceptedMilestones(engagementId);
  const events = await books.revenue.ofEngagement(engagementId);
  const lines = linesOf(contract, legalEntityId);
  const result: MonthOfRevenue = { recognitions: [], findings: [] };
  for (const line of lines.filter((candidate) => monthOf(candidate.startOn) <= month)) {
    const own = {
      time: time.filter((entry) => lineOfTime(entry, lines) === line),
      expenses: expenses.filter((expense) => lineOfExpense(expense, lines) === line),
    };
    const { charges, findings } = priced(line, own, legalEntity);
    result.findings.push(...findings);
    const facts: DeliveryFacts = {
      charges,
      work: own.time.map(({ workedOn, minutes }) => ({ workedOn, minutes })),
      acceptedMilestones,
      completed: isCompleted(line, month, acceptedMilestones),
    };
    const before = events.filter((event) => event.contractLineId === line.lineId && event.month < month);
    const recognisedBefore = sumMoney(
      before.map((event) => event.amount),
      line.value.currency,
    );
    result.recognitions.push({ line, recognition: recognise(line, month, facts, recognisedBefore, rounding.mode) });
  }
  return result;
}

/**
 * Everything promised of a fixed price is delivered: the customer accepted all its milestones by the end of the month.
 * The calendar delivers nothing, so a line whose milestones are open earns by progress beyond its end; only where there
 * is no milestone to accept does the end of the line decide (IFRS 15.31, 15.38(e), 15.B14).
 */
function isCompleted(
  line: ContractLine,
  month: Month,
  accepted: readonly { milestoneId: string; acceptedOn: PlainDate }[],
): boolean {
  const milestones = line.pricing.model === 'fixed-fee' ? line.pricing.milestones : [];
  if (milestones.length === 0) return month >= monthOf(line.endOn);
  const { untilExclusive } = daysOfMonth(month);
  const done = new Set(accepted.filter((fact) => fact.acceptedOn < untilExclusive).map((fact) => fact.milestoneId));
  return milestones.every((milestone) => done.has(milestone.milestoneId));
}

/**
 * True when a fixed fee of the entity has more to earn after the month although its line has ended: not all its
 * milestones are accepted.
 */
export async function goesOn(
  books: Books,
  of: { engagementId: string; contract: Contract; legalEntityId: string; month: Month },
): Promise<boolean> {
  const accepted = await books.inbox.acceptedMilestones(of.engagementId);
  return linesOf(of.contract, of.legalEntityId).some(
    (line) => of.month >= monthOf(line.endOn) && !isCompleted(line, of.month, accepted),
  );
}

function priced(
  line: ContractLine,
  work: { time: readonly WorkedTime[]; expenses: readonly ExpenseLine[] },
  { rounding }: LegalEntity,
): { charges: DeliveryFacts['charges']; findings: Finding[] } {
  if (!isTimeLine(line)) return { charges: [], findings: [] };
  const { currency } = line.value;
  const expenses = work.expenses.map((expense) => ({ ...expense, cost: money(expense.amountMinor, expense.currency) }));
  const rated: Rated<Charge>[] = [
    ...rateTime(work.time, line, rounding.mode),
    ...rateExpenses(expenses, line, rounding.mode),
  ];
  return {
    charges: [
      ...rated.flatMap((one) => (one.outcome === 'priced' ? [one.charge] : [])),
      ...work.time.flatMap((entry) => partOf(entry, entry.workedOn, currency)),
      ...work.expenses.flatMap((expense) => partOf(expense, expense.incurredOn, currency)),
    ],
    findings: rated.flatMap((one): Finding[] =>
      one.outcome === 'exception' ? [{ ...one.problem, ownerRole: 'fin-preparer' }] : [],
    ),
  };
}

/** The rest of a divided entry was given up, by marking it as not billable: what invoices bill of it stays earned. */
function partOf(
  { billable, billedMinor, leftMinor }: BilledParts & { billable: boolean },
  workedOn: PlainDate,
  currency: string,
): DeliveryFacts['charges'] {
  return !billable && billedMinor > 0 && leftMinor > 0 ? [{ workedOn, amount: money(billedMinor, currency) }] : [];
}
