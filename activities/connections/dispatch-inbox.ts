/**
 * Gives received facts to their engagements. The engagement is minted and written to the row before it is started, so
 * that a crash between the two leaves a row that the next run dispatches again, to the same engagement (decisions.md 6,
 * 7).
 */
import type { InboxFactType } from '../../domain/engagement/calls.ts';
import type { Books } from '../../persistence/books.ts';
import type { EngagementRecord } from '../../persistence/repositories/engagements.ts';
import type { ReceivedFact } from '../../persistence/repositories/inbox.ts';
import { milestoneIdOf } from './poll-psa.ts';

/** How engagements are reached; Temporal's client in a worker. */
export interface Dispatcher {
  /**
   * Starts the engagement's workflow, or, where it runs, tells it to look at its inbox; `over` when it has ended.
   * Repeatable.
   */
  start(engagement: EngagementRecord, fact: ReceivedFact): Promise<'announced' | 'over'>;
  /** Tells a running workflow to look at its inbox; `over` when none runs any more. */
  announce(workflowId: string): Promise<'announced' | 'over'>;
}

/** Limits of one run. */
export interface DispatchOptions {
  limit?: number;
  /** How long a taken row is skipped by other dispatchers, milliseconds. */
  leaseMs?: number;
}

/** What a run did. */
export interface DispatchResult {
  dispatched: number;
  failed: number;
  ignored: number;
  /** There may be more rows that are due. */
  more: boolean;
}

const LIMIT = 100;
const LEASE_MS = 30_000;
const ATTEMPTS_MAX = 10;
const DELAY_MS_MAX = 600_000;

const UNKNOWN: Partial<Record<InboxFactType, string>> = {
  invoicePaid: 'no invoice of ours has this id in the ERP',
  dealChanged: 'no engagement has this deal',
  dealReopened: 'no engagement has this deal',
};

/** Dispatches received facts that are due, oldest first; one engagement is told once for all its facts. */
export async function dispatchInbox(
  books: Books,
  dispatcher: Dispatcher,
  options: DispatchOptions,
): Promise<DispatchResult> {
  const limit = options.limit ?? LIMIT;
  const claimed = await books.inbox.claim(limit, options.leaseMs ?? LEASE_MS);
  const result: DispatchResult = { dispatched: 0, failed: 0, ignored: 0, more: claimed.length === limit };
  const groups = new Map<string, { engagement: EngagementRecord; facts: ReceivedFact[] }>();
  for (const fact of claimed) {
    const engagement = await resolve(books, fact);
    if (engagement) {
      const group = groups.get(engagement.engagementId) ?? { engagement, facts: [] };
      group.facts.push(fact);
      groups.set(engagement.engagementId, group);
    } else {
      await fail(books, fact, UNKNOWN[fact.type] ?? `no engagement has project ${fact.origin.projectId ?? '?'}`);
      result.failed += 1;
    }
  }
  for (const { engagement, facts } of groups.values()) await tell(books, dispatcher, engagement, facts, result);
  return result;
}

async function tell(
  books: Books,
  dispatcher: Dispatcher,
  engagement: EngagementRecord,
  facts: readonly ReceivedFact[],
  result: DispatchResult,
): Promise<void> {
  const won = facts.find((fact) => fact.type === 'dealWon');
  try {
    const told = won ? await dispatcher.start(engagement, won) : await dispatcher.announce(engagement.workflowId);
    for (const { inboxId } of facts) {
      if (told === 'over') await books.inbox.markIgnored(inboxId, 'the engagement has ended');
      else await books.inbox.markDispatched(inboxId);
    }
    if (told === 'over') result.ignored += facts.length;
    else result.dispatched += facts.length;
  } catch (error) {
    for (const fact of facts) await fail(books, fact, error instanceof Error ? error.message : String(error));
    result.failed += facts.length;
  }
}

async function fail(books: Books, fact: ReceivedFact, reason: string): Promise<void> {
  await books.inbox.markFailed(fact.inboxId, reason, Math.min(1_000 * 2 ** fact.attempts, DELAY_MS_MAX), ATTEMPTS_MAX);
}

/** Whose fact it is, written to the row. A deal that was won gets its engagement here. */
async function resolve(books: Books, fact: ReceivedFact): Promise<EngagementRecord | undefined> {
  if (fact.engagementId !== null) return books.engagements.find(fact.engagementId);
  const { dealId, projectId, milestoneId, erpInvoiceId } = fact.origin;
  if (dealId !== undefined) return resolveDeal(books, fact, dealId);
  if (projectId !== undefined) {
    const project = await books.refs.find({ connectionId: fact.connectionId, type: 'project', id: projectId });
    if (!project) return undefined;
    const change = { milestoneId: milestoneId ?? '', title: fact.data.note ?? '' };
    const known = await milestoneIdOf(books, project.engagementId, fact.connectionId, change);
    await books.inbox.assign(fact.inboxId, project.engagementId, known === undefined ? {} : { milestoneId: known });
    return books.engagements.find(project.engagementId);
  }
  if (erpInvoiceId !== undefined) {
    const invoice = await books.invoices.findByErpId(fact.connectionId, erpInvoiceId);
    if (!invoice) return undefined;
    await books.inbox.assign(fact.inboxId, invoice.engagementId, { invoiceId: invoice.invoiceId });
    return books.engagements.find(invoice.engagementId);
  }
  return undefined;
}

async function resolveDeal(books: Books, fact: ReceivedFact, dealId: string): Promise<EngagementRecord | undefined> {
  const { connectionId, correlationId, actor: requestedBy } = fact;
  const engagement =
    fact.type === 'dealWon'
      ? (await books.engagements.forDeal({ connectionId, dealId, correlationId, requestedBy })).engagement
      : await books.engagements.findByDeal(connectionId, dealId);
  if (engagement) await books.inbox.assign(fact.inboxId, engagement.engagementId, {});
  return engagement;
}
