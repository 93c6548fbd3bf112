/**
 * What changed in a PSA: time and expenses go to the books set-based and wake nobody; milestones and the first approved
 * time of an engagement become facts in its inbox (decisions.md 8), and that work waits for approval in Throughline,
 * where the PSA has none. One page is one transaction with its cursor, so a crash repeats a page.
 */
import {
  AdapterError,
  type MilestoneChange,
  type PsaMilestoneState,
  type PsaPort,
  type WorkChanges,
  type WorkState,
} from '../../adapters/ports/index.ts';
import { comeOffInvoice, type WorkStanding } from '../../domain/billing/billed-states.ts';
import type { Contract } from '../../domain/deal/contract.ts';
import { DomainError } from '../../domain/errors.ts';
import type { InboxFactType } from '../../domain/engagement/calls.ts';
import { versionAfter } from '../../domain/versions.ts';
import type { Books } from '../../persistence/books.ts';
import type { DecidedIn } from '../../persistence/repositories/work.ts';
import { objectKey, pollContext, type PollDependencies, type PollResult, receiveNote, reporterOf } from './source.ts';

const FEED = 'work';

const MILESTONE_FACTS: Readonly<Record<PsaMilestoneState, InboxFactType | null>> = {
  pending: null,
  'in-progress': 'milestoneStarted',
  delivered: 'milestoneDelivered',
  accepted: 'milestoneAccepted',
  rejected: 'milestoneRejected',
};

/** Keys looked up once more by one poll. */
const LOOKS_MAX = 20;

/** Takes one page of changes, and looks for projects that a late request made twice. */
export async function pollPsa(dependencies: PollDependencies, connectionId: string): Promise<PollResult> {
  const page = await takePage(dependencies, connectionId);
  return { ...page, facts: page.facts + (await lookForSecondProjects(dependencies, connectionId)) };
}

async function takePage({ systems, books }: PollDependencies, connectionId: string): Promise<PollResult> {
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
    facts += await receiveArchivedWork(inOne, connectionId);
    facts += await receiveChangedWork(inOne, connectionId, page);
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

/**
 * Work on a posted invoice that the PSA recalled or changed: the invoice stays, so its engagement is told what to do
 * instead, once an invoice. What is on a draft makes that void when it would be posted.
 */
async function receiveChangedWork(books: Books, connectionId: string, page: WorkChanges): Promise<number> {
  const entryIds = { time: idsOf(page.time), expense: idsOf(page.expenses) };
  const fixed = (await books.work.changedAmong(connectionId, entryIds)).filter((work) => !comesOff(work));
  let facts = 0;
  for (const invoiceId of new Set(fixed.map((work) => work.invoiceId))) {
    const own = fixed.filter((work) => work.invoiceId === invoiceId);
    const [{ engagementId, invoiceNumber } = { engagementId: '', invoiceNumber: '' }] = own;
    const engagement = await books.engagements.find(engagementId);
    const changedAt =
      own
        .map((work) => work.changedAt.toISOString())
        .sort()
        .at(-1) ?? '';
    const shown = own.slice(0, ENTRIES_SHOWN_MAX).map(({ kind, entryId }) => `${kind} ${entryId}`);
    const rest = own.length > shown.length ? [`${String(own.length - shown.length)} more`] : [];
    const what = `Posted invoice ${invoiceNumber ?? invoiceId} bills what was recalled or changed in the PSA`;
    facts += await receiveNote(books, {
      ...{ connectionId, engagementId, correlationId: engagement?.correlationId ?? `poll-${connectionId}` },
      ...{ occurredAt: changedAt, objectKey: `changed-work:${invoiceId}`, code: 'WORK_CHANGED_AFTER_BILLING' },
      message: `${what} (${[...shown, ...rest].join(', ')}): put back what was billed, or credit the invoice`,
    });
  }
  return facts;
}

const ENTRIES_SHOWN_MAX = 5;

function idsOf(lines: readonly { entryId: string }[]): string[] {
  return lines.map(({ entryId }) => entryId);
}

/** True when the entry may come off the invoice that bills it. */
function comesOff(work: WorkStanding): boolean {
  try {
    comeOffInvoice(work);
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'TRANSITION_REFUSED') return false;
    throw error;
  }
}

/**
 * Looks each key up once more when no request of its set-up can arrive any more: two open projects of one key are told
 * to the engagement. Nothing is archived, because time may be on either.
 */
async function lookForSecondProjects({ systems, books }: PollDependencies, connectionId: string): Promise<number> {
  let facts = 0;
  const failures: unknown[] = [];
  for (const project of await books.refs.dueToLookAgain(connectionId, 'project', LOOKS_MAX)) {
    const seen = await look(systems.psa(connectionId), project.key, connectionId);
    if (seen.failure !== undefined) failures.push(seen.failure);
    if (seen.failure !== undefined) continue; // It stays due; the others are looked at.
    const { twice } = seen;
    const engagement = twice && (await books.engagements.find(project.engagementId));
    if (engagement) {
      const { engagementId, correlationId } = engagement;
      const what = `${twice.message}; the engagement uses ${project.id}`;
      facts += await receiveNote(books, {
        ...{ connectionId, engagementId, correlationId, occurredAt: project.dueAt.toISOString() },
        ...{ objectKey: `project-twice:${project.key}`, code: 'PROJECT_DUPLICATED' },
        message: `${what}: keep one, move what was booked on the other, and archive that in the PSA`,
      });
    }
    await books.refs.lookedAgain(project, project);
  }
  if (failures.length > 0) throw failures[0];
  return facts;
}

/** What the PSA says when several open projects carry the key, or why it cannot be known. */
async function look(
  psa: PsaPort,
  key: string,
  connectionId: string,
): Promise<{ twice?: AdapterError; failure?: unknown }> {
  try {
    await psa.findProject(key, pollContext(connectionId));
    return {};
  } catch (error) {
    return error instanceof AdapterError && error.kind === 'conflict' ? { twice: error } : { failure: error };
  }
}

/** Work on a project that undo archived is kept and billed to nobody; each later approval there is told again. */
async function receiveArchivedWork(books: Books, connectionId: string): Promise<number> {
  let facts = 0;
  for (const { engagementId, correlationId, projectId, approvedAt } of await books.work.archivedWork(connectionId)) {
    const what = `Time or expenses were approved on project ${projectId}, which an undo archived`;
    facts += await receiveNote(books, {
      ...{ connectionId, engagementId, correlationId, occurredAt: approvedAt.toISOString() },
      ...{ objectKey: `archived-work:${projectId}`, code: 'PROJECT_ARCHIVED' },
      message: `${what}: nothing of it is billed, move it to the engagement's project in the PSA or reject it there`,
    });
  }
  return facts;
}

async function receiveMilestone(books: Books, connectionId: string, change: MilestoneChange): Promise<number> {
  const type = MILESTONE_FACTS[change.state];
  const key = objectKey.milestone(change.milestoneId);
  const latest = await books.inbox.latestAbout(connectionId, key);
  // A milestone touched for another reason (a new date, a note) is no news.
  if (type === null || latest?.type === type) return 0;
  const project = await books.refs.findOwner({ connectionId, type: 'project', id: change.projectId });
  const engagement = project && (await books.engagements.find(project.engagementId));
  const milestoneId = project && (await milestoneIdOf(books, project, connectionId, change));
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

/**
 * The contract's milestone that a PSA milestone stands for: by the reference that set-up kept, else by its title. None
 * on a project that undo archived: its engagement is told, and nothing moves.
 */
export async function milestoneIdOf(
  books: Books,
  { engagementId, hasEnded }: { engagementId: string; hasEnded: boolean },
  connectionId: string,
  change: Pick<MilestoneChange, 'milestoneId' | 'title'>,
): Promise<string | undefined> {
  if (hasEnded) return undefined;
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
