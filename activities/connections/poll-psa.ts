/**
 * What changed in a PSA: time and expenses go to the books set-based and wake nobody; milestones and the first approved
 * time of an engagement become facts in its inbox (decisions.md 8), and that work waits for approval in Throughline,
 * where the PSA has none. One page is one transaction with its cursor, so a crash repeats a page.
 */
import type { MilestoneChange, PsaMilestoneState, WorkState } from '../../adapters/ports/index.ts';
import type { Contract } from '../../domain/deal/contract.ts';
import type { InboxFactType } from '../../domain/engagement/calls.ts';
import { versionAfter } from '../../domain/versions.ts';
import type { Books } from '../../persistence/books.ts';
import type { DecidedIn } from '../../persistence/repositories/work.ts';
import { objectKey, pollContext, type PollDependencies, type PollResult, reporterOf } from './source.ts';

const FEED = 'work';

const MILESTONE_FACTS: Readonly<Record<PsaMilestoneState, InboxFactType | null>> = {
  pending: null,
  'in-progress': 'milestoneStarted',
  delivered: 'milestoneDelivered',
  accepted: 'milestoneAccepted',
  rejected: 'milestoneRejected',
};

/** Takes one page of changes. */
export async function pollPsa({ systems, books }: PollDependencies, connectionId: string): Promise<PollResult> {
  const since = await books.cursors.get(connectionId, FEED);
  const psa = systems.psa(connectionId);
  const page = await psa.changedWork(since, pollContext(connectionId));
  const decidedIn = psa.cannot.approveWork === undefined ? 'psa' : 'throughline';
  const reporter = reporterOf(connectionId);
  return books.transaction(async (inOne) => {
    const time = await inOne.work.appendTime(connectionId, undecided(page.time, decidedIn), decidedIn);
    const expenses = await inOne.work.appendExpenses(connectionId, undecided(page.expenses, decidedIn), decidedIn);
    const adopted = await inOne.work.adopt(connectionId);
    const touched = [...time.engagementIds, ...expenses.engagementIds, ...adopted];
    let facts = decidedIn === 'psa' ? 0 : await inOne.workFacts.tellWaiting(connectionId, touched, reporter);
    facts += await inOne.workFacts.tellFirstApprovals(connectionId, reporter);
    for (const change of page.milestones) facts += await receiveMilestone(inOne, connectionId, change);
    // Another poller may have been here first: then its cursor stands, and what this page brought was there already.
    if (page.watermark !== null) await inOne.cursors.advance(connectionId, FEED, since, page.watermark);
    return {
      more: page.more,
      facts,
      lines: time.rows + expenses.rows,
      unknownProject: time.unknownProject + expenses.unknownProject,
    };
  });
}

/** Where the PSA has no approval, nothing that it tells is one: what it calls approved is submitted to us. */
function undecided<T extends { state: WorkState }>(records: readonly T[], decidedIn: DecidedIn): T[] {
  return records.map((record) => {
    return decidedIn === 'throughline' && record.state === 'approved' ? { ...record, state: 'submitted' } : record;
  });
}

async function receiveMilestone(books: Books, connectionId: string, change: MilestoneChange): Promise<number> {
  const type = MILESTONE_FACTS[change.state];
  const key = objectKey.milestone(change.milestoneId);
  const latest = await books.inbox.latestAbout(connectionId, key);
  // A milestone touched for another reason (a new date, a note) is no news.
  if (type === null || latest?.type === type) return 0;
  const project = await books.refs.find({ connectionId, type: 'project', id: change.projectId });
  const engagement = project && (await books.engagements.find(project.engagementId));
  const milestoneId = engagement && (await milestoneIdOf(books, engagement.engagementId, connectionId, change));
  const { isNew } = await books.inbox.receive({
    connectionId,
    eventId: `${key}@${change.version}:${change.state}`,
    type,
    objectKey: key,
    version: versionAfter(latest?.version, change.version),
    effectiveOn: change.acceptedOn ?? change.changedAt.slice(0, 10),
    occurredAt: change.changedAt,
    correlationId: engagement?.correlationId ?? `poll-${connectionId}`,
    actor: reporterOf(connectionId),
    origin: { projectId: change.projectId, milestoneId: change.milestoneId },
    data: { note: change.title, ...(milestoneId === undefined ? {} : { milestoneId }) },
    engagementId: engagement?.engagementId ?? null,
  });
  return isNew ? 1 : 0;
}

/** The contract's milestone that a PSA milestone stands for: by the reference that set-up kept, else by its title. */
export async function milestoneIdOf(
  books: Books,
  engagementId: string,
  connectionId: string,
  change: Pick<MilestoneChange, 'milestoneId' | 'title'>,
): Promise<string | undefined> {
  const contract = await books.contracts.latest(engagementId);
  const milestones = contract ? milestonesOf(contract) : [];
  const reference = await books.refs.find({ connectionId, type: 'milestone', id: change.milestoneId });
  const byReference = milestones.find((milestone) => milestone.milestoneId === reference?.key);
  const byTitle = milestones.filter((milestone) => milestone.name === change.title);
  return (byReference ?? (byTitle.length === 1 ? byTitle[0] : undefined))?.milestoneId;
}

function milestonesOf(contract: Contract): { milestoneId: string; name: string }[] {
  return contract.lines.flatMap((line) => (line.pricing.model === 'fixed-fee' ? line.pricing.milestones : []));
}
