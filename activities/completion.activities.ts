/**
 * Whether an engagement may close: nothing waits in the PSA, everything that may be billed is billed, and revenue has
 * caught up.
 */
import type { LegalEntity } from '../domain/configuration.ts';
import { type Contract, linesOf } from '../domain/deal/contract.ts';
import type { CallInput, CallResult, Envelope } from '../domain/engagement/calls.ts';
import type { Finding } from '../domain/engagement/state.ts';
import { countedEntries } from '../domain/engagement/work-to-approve.ts';
import { formatMoney } from '../domain/money/money.ts';
import { monthOf, nextMonth } from '../domain/time/period.ts';
import { addDays } from '../domain/time/plain-date.ts';
import type { Books } from '../persistence/books.ts';
import type { AwaitingWork } from '../persistence/repositories/work.ts';
import { gather, isBillable } from './billing/ready-to-bill.ts';
import { type Call, type Dependencies, legalEntityOf } from './dependencies.ts';
import { translated } from './failures.ts';
import { revenueOfMonth } from './revenue/delivery.ts';

/** Where entries await approval. */
function placeOf({ time, expenses, here }: AwaitingWork): string {
  if (here === 0) return 'the PSA';
  return here === time + expenses ? 'Throughline' : 'the PSA and in Throughline';
}

/** Work that is submitted and not decided, and billed work that was changed afterwards. */
async function openWork(books: Books, engagementId: string, contract: Contract): Promise<Finding[]> {
  const [waiting, changed] = await Promise.all([
    books.work.submitted(engagementId),
    books.work.changedAfterBilling(engagementId),
  ]);
  const findings: Finding[] = [];
  if (waiting.time + waiting.expenses > 0) {
    const verb = waiting.time + waiting.expenses === 1 ? 'awaits' : 'await';
    const message = `${countedEntries(waiting)} of ${contract.name} ${verb} approval in ${placeOf(waiting)}`;
    findings.push({ code: 'WORK_NOT_APPROVED', message, ownerRole: 'delivery' });
  }
  if (changed.length > 0) {
    const entries = new Set(changed.filter(({ kind }) => kind === 'time').map(({ entryId }) => entryId));
    const expenses = new Set(changed.filter(({ kind }) => kind === 'expense').map(({ entryId }) => entryId));
    const was = entries.size + expenses.size === 1 ? 'was' : 'were';
    const counted = countedEntries({ time: entries.size, expenses: expenses.size });
    const what = `${counted} ${was} changed in the PSA after being invoiced`;
    const message = `${what}: put back what was billed, or credit it`;
    findings.push({ code: 'CHANGED_AFTER_BILLING', message, ownerRole: 'fin-preparer' });
  }
  return findings;
}

/** What an entity may still bill, per currency, and what it may not. */
async function openBilling(
  books: Books,
  input: CallInput,
  contract: Contract,
  legalEntity: LegalEntity,
): Promise<CallResult> {
  const untilExclusive = addDays(input.asOf, 1);
  const { engagementId } = input;
  const { legalEntityId } = legalEntity;
  const result = { findings: [] as Finding[], unbilled: [] as NonNullable<CallResult['unbilled']> };
  for (const currency of new Set(linesOf(contract, legalEntityId).map((line) => line.value.currency))) {
    const scope = { engagementId, contract, legalEntity, currency, untilExclusive, milestoneIds: [] };
    const gathered = await gather(books, scope);
    result.findings.push(...gathered.findings);
    if (isBillable(gathered)) result.unbilled.push({ legalEntityId, currency, untilExclusive });
    else if (gathered.held.amountMinor > 0) {
      const way = 'amend the contract, or mark it as not billable in the PSA (what is billed of an entry stays billed)';
      const message = `${formatMoney(gathered.held)} of approved work is above the not-to-exceed amount: ${way}`;
      result.findings.push({ code: 'ABOVE_CEILING', message, ownerRole: 'fin-preparer' });
    }
  }
  return result;
}

/** Revenue that no run has recognised: work approved after the last month's run. */
async function openRevenue(
  books: Books,
  input: CallInput,
  contract: Contract,
  legalEntity: LegalEntity,
): Promise<Required<Pick<CallResult, 'findings' | 'unrecognised'>>> {
  const { engagementId, asOf } = input;
  // `asOf` is the lead entity's day: where the sun rises earlier, the entity may have recognised this month already.
  const recognised = await books.revenue.lastMonth(engagementId, legalEntity.legalEntityId);
  const month = recognised !== null && recognised >= monthOf(asOf) ? nextMonth(recognised) : monthOf(asOf);
  const { recognitions } = await revenueOfMonth(books, { engagementId, contract, legalEntity, month });
  const findings: Finding[] = recognitions
    .filter(({ recognition }) => recognition.amount.amountMinor !== 0)
    .map(({ line, recognition }) => ({
      code: 'REVENUE_BEHIND',
      message: `${formatMoney(recognition.amount)} of line "${line.name}" is recognised with the end of ${month}`,
      ownerRole: 'fin-preparer',
      passes: true, // With the run of the month that it names.
    }));
  return { findings, unrecognised: findings.length > 0 ? [{ legalEntityId: legalEntity.legalEntityId, month }] : [] };
}

/** The call of completion. */
export function createCompletionActivities({ books, configuration }: Pick<Dependencies, 'books' | 'configuration'>) {
  async function check({ data: input }: Envelope<CallInput>): Promise<CallResult> {
    const contract = await books.contracts.get(input.engagementId, input.contractVersion);
    const findings = await openWork(books, input.engagementId, contract);
    const unbilled: NonNullable<CallResult['unbilled']> = [];
    const unrecognised: NonNullable<CallResult['unrecognised']> = [];
    for (const legalEntityId of input.scope.legalEntityIds) {
      const legalEntity = legalEntityOf(configuration, legalEntityId);
      const billing = await openBilling(books, input, contract, legalEntity);
      findings.push(...(billing.findings ?? []));
      unbilled.push(...(billing.unbilled ?? []));
      const revenue = await openRevenue(books, input, contract, legalEntity);
      findings.push(...revenue.findings);
      unrecognised.push(...revenue.unrecognised);
    }
    // What can be billed is billed first: its invoice may be what the other findings wait for.
    if (unbilled.length > 0) return { unbilled };
    return findings.length > 0 ? { findings, unrecognised } : {};
  }

  const checkCompletion: Call = (envelope) => translated(() => check(envelope));
  return { checkCompletion };
}
