/**
 * The safety net under the CRM's notices: deals that changed leave the same hint that a lost notice should have left,
 * and dispatching reads the record. The very first poll only takes the starting point: deals won before Throughline was
 * connected are not its business.
 */
import { objectKey, pollContext, type PollDependencies, type PollResult, reporterOf } from './source.ts';

const FEED = 'deals';

/** Takes one page of changes. */
export async function pollCrm({ systems, books }: PollDependencies, connectionId: string): Promise<PollResult> {
  const since = await books.cursors.get(connectionId, FEED);
  const crm = systems.crm(connectionId);
  const context = pollContext(connectionId);
  const { deals, watermark, more } = await crm.changedDeals(since, context);
  let facts = 0;
  for (const { dealId, version, isWon } of since === null ? [] : deals) {
    const known = await books.engagements.knownVersion(connectionId, dealId);
    if (known !== undefined && known >= version) continue;
    const engagement = await books.engagements.findByDeal(connectionId, dealId);
    if (!isWon && !engagement) continue; // Of the pipeline nothing concerns us before it is won.
    const { isNew } = await books.inbox.receive({
      connectionId,
      eventId: `${objectKey.deal(dealId)}@${version}`,
      type: 'dealChanged',
      objectKey: objectKey.deal(dealId),
      version,
      effectiveOn: null,
      occurredAt: Number.isNaN(Date.parse(version)) ? new Date().toISOString() : version,
      correlationId: engagement?.correlationId ?? `poll-${connectionId}`,
      actor: reporterOf(connectionId),
      origin: { dealId },
      data: {},
      // A hint like a notice: it is nobody's until the record was read.
      engagementId: null,
    });
    if (isNew) facts += 1;
  }
  await books.transaction((inOne) => inOne.cursors.advance(connectionId, FEED, since, watermark));
  return { more, facts, lines: 0, unknownProject: 0 };
}
