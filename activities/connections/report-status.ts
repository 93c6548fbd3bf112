/**
 * Billing and payment status to the CRM and the PSA (R40, R48), in the rhythm of the connection: what is wanted is
 * looked up in our books, told, read back. A refused report does not hold up the others; a system that is away is left
 * alone until Temporal tries again.
 */
import { formatDecimal, formatMoney, type Money, sumByCurrency, zero } from '../../domain/money/money.ts';
import { DomainError } from '../../domain/errors.ts';
import { leadCurrency } from '../../domain/deal/contract.ts';
import type { CallResult } from '../../domain/engagement/calls.ts';
import type { Books } from '../../persistence/books.ts';
import type { DueReport, ReportOf } from '../../persistence/repositories/status-reports.ts';
import { AdapterError, type CallContext, type DealWriteBack } from '../../adapters/ports/index.ts';
import type { Dependencies } from '../dependencies.ts';
import { isAway } from '../failures.ts';
import { connectionOf, pollContext, type PollDependencies } from './source.ts';

/** Reports of one page: each is one to three calls, and a page has to end within its activity's time. */
const PAGE = 10;

/** What a page did. */
export interface ReportResult {
  told: number;
  refused: number;
  more: boolean;
}

/** The figures of an engagement for its deal, in the deal's own currency: the CRM's fields have no other. */
export async function dealStatus(books: Books, engagementId: string): Promise<DealWriteBack> {
  const contract = await books.contracts.latest(engagementId);
  if (!contract) throw new DomainError('CONTRACT_UNKNOWN', `engagement ${engagementId} has no contract`);
  const currency = leadCurrency(contract);
  const of = (amounts: readonly Money[]): string =>
    formatDecimal(sumByCurrency(amounts).find((amount) => amount.currency === currency) ?? zero(currency));
  const { billed, paid } = await books.invoices.status(engagementId);
  return { billedAmount: of(billed), paidAmount: of(paid) };
}

/** The status of a project, in words for the PSA. */
async function projectStatus(books: Books, { engagementId, legalEntityId }: ReportOf): Promise<string> {
  const { billed, paid } = await books.invoices.status(engagementId, legalEntityId);
  if (billed.length === 0) return 'nothing billed';
  return `billed ${billed.map(formatMoney).join(', ')}; paid ${paid.map(formatMoney).join(', ')}`;
}

/** Writes the status of a legal entity's invoices to its project. @throws PROJECT_MISSING when it has none */
export async function reportToProject(
  { systems, books }: Pick<Dependencies, 'systems' | 'books'>,
  of: ReportOf,
  context: CallContext,
): Promise<void> {
  // The latest: an entity that moved to another ERP has a contract in each.
  const idOf = async (type: string): Promise<string | undefined> =>
    (await books.refs.ofEngagement(of.engagementId, type)).findLast((ref) => ref.legalEntityId === of.legalEntityId)
      ?.id;
  const projectId = await idOf('project');
  if (projectId === undefined) {
    const message = `${of.legalEntityId} has no project of engagement ${of.engagementId}`;
    throw new DomainError('PROJECT_MISSING', message, { ...of });
  }
  const link = { engagementId: of.engagementId, contractRef: (await idOf('contract')) ?? '' };
  await systems
    .psa(of.connectionId)
    .linkProject(projectId, { ...link, status: await projectStatus(books, of) }, context);
}

/** Tells one page of what a connection is to be told; `run` names the run, in which none is refused twice. */
export async function reportStatus(
  { books, systems, configuration }: PollDependencies,
  { connectionId, run }: { connectionId: string; run: string },
): Promise<ReportResult> {
  const isCrm = connectionOf(configuration, connectionId).capability === 'crm';
  const page = await books.reports.due(connectionId, run, PAGE);
  const context = pollContext(connectionId);

  async function tell(report: DueReport): Promise<void> {
    if (!isCrm) return reportToProject({ systems, books }, report, context);
    const engagement = await books.engagements.find(report.engagementId);
    const fields = await dealStatus(books, report.engagementId);
    await systems.crm(connectionId).writeBack(engagement?.originDealId ?? '', fields, context);
  }

  let refused = 0;
  for (const report of page) {
    try {
      await books.alone(lockOf(report), async () => {
        await tell(report);
        await books.reports.told(report);
      });
    } catch (error) {
      const isBack = !isAway(error);
      await books.reports.failed(report, error instanceof Error ? error.message : String(error), isBack ? run : null);
      if (!isBack) throw error;
      refused += 1;
    }
  }
  return { told: page.length - refused, refused, more: page.length === PAGE };
}

/**
 * The last report of an engagement, by the step that ends it: no job's report of before comes after it.
 * @throws AdapterError `unavailable` while a job reports
 */
export async function lastReport(books: Books, of: ReportOf, end: () => Promise<CallResult>): Promise<CallResult> {
  const done = await books.alone(lockOf(of), end);
  if (!done) {
    const place = { connectionId: of.connectionId, operation: 'last report' };
    throw new AdapterError('unavailable', 'a report of the engagement is under way', place);
  }
  await books.reports.settle(of);
  return done.value;
}

/** Two reports of one engagement do not overtake each other; one that is under way tells what is true by then. */
function lockOf({ connectionId, engagementId, legalEntityId }: ReportOf): string {
  return `report ${connectionId} ${engagementId} ${legalEntityId}`;
}
