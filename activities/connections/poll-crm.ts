/**
 * The safety net under the CRM's notices: deals that changed are read again, and what a lost notice should have said
 * becomes a fact. The very first poll only takes the starting point: deals won before Throughline was connected are not
 * its business.
 */
import type { Deal } from '../../domain/deal/deal.ts';
import type { InboxFactType } from '../../domain/engagement/calls.ts';
import type { Books } from '../../persistence/books.ts';
import type { EngagementRecord } from '../../persistence/repositories/engagements.ts';
import { objectKey, pollContext, type PollDependencies, type PollResult, reporterOf } from './source.ts';

const FEED = 'deals';

/** Takes one page of changes. */
export async function pollCrm({ systems, books }: PollDependencies, connectionId: string): Promise<PollResult> {
  const since = await books.cursors.get(connectionId, FEED);
  const crm = systems.crm(connectionId);
  const context = pollContext(connectionId);
  const { deals, watermark, more } = await crm.changedDeals(since, context);
  let facts = 0;
  for (const { dealId, version } of since === null ? [] : deals) {
    const latest = await books.inbox.latestAbout(connectionId, objectKey.deal(dealId));
    if (latest && latest.version >= version) continue;
    facts += await receiveDeal(books, version, await crm.readDeal(dealId, context), latest?.type);
  }
  await books.transaction((inOne) => inOne.cursors.advance(connectionId, FEED, since, watermark));
  return { more, facts, lines: 0, unknownProject: 0 };
}

async function receiveDeal(
  books: Books,
  version: string,
  deal: Deal,
  latest: InboxFactType | undefined,
): Promise<number> {
  const { connectionId, dealId } = deal;
  const engagement = await books.engagements.findByDeal(connectionId, dealId);
  const type = factTypeOf(deal, engagement, latest);
  if (type === null) return 0;
  const { inboxId, isNew } = await books.inbox.receive({
    connectionId,
    eventId: `${objectKey.deal(dealId)}@${version}`,
    type,
    objectKey: objectKey.deal(dealId),
    version,
    effectiveOn: deal.closedOn,
    occurredAt: Number.isNaN(Date.parse(version)) ? new Date().toISOString() : version,
    correlationId: engagement?.correlationId ?? `poll-${connectionId}`,
    actor: reporterOf(connectionId),
    origin: { dealId },
    data: {},
    engagementId: engagement?.engagementId ?? null,
  });
  if (type === 'dealChanged' && engagement && (await books.contracts.latest(engagement.engagementId))) {
    // Our own write-backs change the deal too; an engagement that has its contract need not be woken for them.
    await books.inbox.markIgnored(
      inboxId,
      'the deal changed after its contract was taken over: amendments are new deals',
    );
    return 0;
  }
  return isNew ? 1 : 0;
}

function factTypeOf(
  deal: Deal,
  engagement: EngagementRecord | undefined,
  latest: InboxFactType | undefined,
): InboxFactType | null {
  if (deal.stage === 'won') return engagement && latest !== 'dealReopened' ? 'dealChanged' : 'dealWon';
  return engagement && latest !== 'dealReopened' ? 'dealReopened' : null;
}
