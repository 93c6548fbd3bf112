/**
 * Gives received facts to their engagements; hints about deals become facts first, by reading the record. The
 * engagement is minted and written to the row before it is started, so that a crash between the two leaves a row that
 * the next run dispatches again, to the same engagement (decisions.md 6, 7, 8).
 */
import type { AdapterError } from '../../adapters/ports/index.ts';
import type { Actor } from '../../domain/actor.ts';
import type { InboxFactType } from '../../domain/engagement/calls.ts';
import type { Books } from '../../persistence/books.ts';
import type { EngagementRecord } from '../../persistence/repositories/engagements.ts';
import type { ReceivedFact } from '../../persistence/repositories/inbox.ts';
import type { Dependencies } from '../dependencies.ts';
import { isAway } from '../failures.ts';
import { milestoneIdOf } from './poll-psa.ts';
import { byDeal, isHint, type KnownFact, readDealAgain } from './read-deal-again.ts';

/** How engagements are reached; Temporal's client in a worker. */
export interface Dispatcher {
  /**
   * Starts the engagement's workflow at the wish of `requestedBy`, anew where an earlier run was refused or cancelled,
   * or, where it runs, tells it to look at its inbox; `over` when it was closed. Repeatable.
   */
  start(engagement: EngagementRecord, requestedBy: Actor): Promise<'announced' | 'over'>;
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

function whyUnknown({ type, origin }: ReceivedFact): string {
  if (type === 'invoicePaid' || origin.erpInvoiceId !== undefined) return 'no invoice of ours has this id in the ERP';
  return `no engagement has project ${origin.projectId ?? '?'}`;
}

/** Dispatches received facts that are due, oldest first; one engagement is told once for all its facts. */
export async function dispatchInbox(
  { books, systems, dispatcher }: Pick<Dependencies, 'books' | 'systems'> & { dispatcher: Dispatcher },
  options: DispatchOptions,
): Promise<DispatchResult> {
  const limit = options.limit ?? LIMIT;
  await books.inbox.takeBackUnread();
  const claimed = await books.inbox.claim(limit, options.leaseMs ?? LEASE_MS);
  const result: DispatchResult = { dispatched: 0, failed: 0, ignored: 0, more: claimed.length === limit };
  const known = await readHints({ books, systems }, claimed.filter(isHint), result);
  for (const fact of claimed.filter((each) => !isHint(each))) {
    const engagement = await resolve(books, fact);
    if (engagement) known.push({ engagement, fact });
    else await fail(books, [fact], whyUnknown(fact), result);
  }
  const groups = new Map<string, { engagement: EngagementRecord; facts: ReceivedFact[] }>();
  for (const { engagement, fact } of known) {
    const group = groups.get(engagement.engagementId) ?? { engagement, facts: [] };
    group.facts.push(fact);
    groups.set(engagement.engagementId, group);
  }
  for (const { engagement, facts } of groups.values()) await tell(books, dispatcher, engagement, facts, result);
  return result;
}

/**
 * What the records say about hinted deals. A CRM that is away keeps its hints waiting as long as it takes, and is asked
 * once in a run.
 */
async function readHints(
  parts: Pick<Dependencies, 'books' | 'systems'>,
  hints: readonly ReceivedFact[],
  result: DispatchResult,
): Promise<KnownFact[]> {
  const known: KnownFact[] = [];
  const away = new Map<string, AdapterError>();
  for (const group of byDeal(hints)) {
    const { connectionId } = group[0];
    try {
      const outage = away.get(connectionId);
      if (outage) throw outage;
      const fact = await readDealAgain(parts, group);
      if (fact) known.push(fact);
      result.ignored += group.length - (fact ? 1 : 0);
    } catch (error) {
      if (!isAway(error)) await fail(parts.books, group, messageOf(error), result);
      else {
        away.set(connectionId, error);
        await fail(parts.books, group, `the CRM is away: ${error.message}`, result, error.retryAfterMs ?? 0);
      }
    }
  }
  return known;
}

/** Facts that let an engagement begin: one that ended as cancelled before it read them begins anew. */
const BEGINNINGS: readonly InboxFactType[] = ['dealWon', 'dealChanged'];

/** Stages after which nothing more is told to an engagement. */
const ENDED = ['closed', 'cancelled'];

async function tell(
  books: Books,
  dispatcher: Dispatcher,
  engagement: EngagementRecord,
  facts: readonly ReceivedFact[],
  result: DispatchResult,
): Promise<void> {
  const beginning = facts.findLast(({ type }) => BEGINNINGS.includes(type));
  try {
    const told = beginning
      ? await dispatcher.start(engagement, beginning.actor)
      : await dispatcher.announce(engagement.workflowId);
    const stage = told === 'over' ? (await books.projection.find(engagement.engagementId))?.summary.stage : undefined;
    if (stage !== undefined && !ENDED.includes(stage)) {
      throw new Error(`the engagement is ${stage}, but no workflow of it runs: it was terminated`);
    }
    if (told === 'over') return await setAside(books, facts, result);
    for (const { inboxId } of facts) await books.inbox.markDispatched(inboxId);
    result.dispatched += facts.length;
  } catch (error) {
    await fail(books, facts, messageOf(error), result);
  }
}

const ENDED_REASON = 'the engagement has ended';

/** What an engagement that has ended is told is ignored with that reason, unless a person has to know of it. */
async function setAside(books: Books, facts: readonly ReceivedFact[], result: DispatchResult): Promise<void> {
  for (const fact of facts) {
    if (await concernsPeople(books, fact)) {
      result.failed += 1;
      await books.inbox.markFailed(fact.inboxId, `${ENDED_REASON}, and nobody was told: settle it`, 0, 1);
    } else {
      result.ignored += 1;
      await books.inbox.markIgnored(fact.inboxId, ENDED_REASON);
    }
  }
}

/** A note, or a payment that the ERP took back of an invoice that is settled here: no run is left that would say so. */
async function concernsPeople(books: Books, { connectionId, type, origin, data }: ReceivedFact): Promise<boolean> {
  if (type === 'noticed') return true;
  if (type !== 'invoicePaid' || origin.erpInvoiceId === undefined) return false;
  const invoice = await books.invoices.findByErpId(connectionId, origin.erpInvoiceId);
  return invoice !== undefined && (data.unpaidMinor ?? 0) > invoice.unpaidMinor;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Tried again with a growing delay. What waits for a system (`awayMs` given) never ends as dead. */
async function fail(
  books: Books,
  facts: readonly ReceivedFact[],
  reason: string,
  result: DispatchResult,
  awayMs?: number,
): Promise<void> {
  result.failed += facts.length;
  for (const { inboxId, attempts } of facts) {
    const delayMs = Math.max(Math.min(1_000 * 2 ** Math.min(attempts, 20), DELAY_MS_MAX), awayMs ?? 0);
    await books.inbox.markFailed(inboxId, reason, delayMs, awayMs === undefined ? ATTEMPTS_MAX : null);
  }
}

/** Whose fact it is, written to the row. */
async function resolve(books: Books, fact: ReceivedFact): Promise<EngagementRecord | undefined> {
  if (fact.engagementId !== null) return books.engagements.find(fact.engagementId);
  const { projectId, milestoneId, erpInvoiceId } = fact.origin;
  if (projectId !== undefined) {
    const project = await books.refs.findOwner({ connectionId: fact.connectionId, type: 'project', id: projectId });
    if (!project) return undefined;
    const change = { milestoneId: milestoneId ?? '', title: fact.data.note ?? '' };
    const known = await milestoneIdOf(books, project, fact.connectionId, change);
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
