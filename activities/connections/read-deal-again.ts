/**
 * What a hint about a deal is worth: notices and polls say that something happened, the record says what (decisions.md
 * 8). It is read again, compared with what its engagement knows, and only then is there a fact, of one type, with the
 * version of the record.
 */
import { beginsAnew, type DealNews } from '../../domain/deal/news.ts';
import type { InboxFactType } from '../../domain/engagement/calls.ts';
import type { EngagementRecord } from '../../persistence/repositories/engagements.ts';
import type { ReceivedFact } from '../../persistence/repositories/inbox.ts';
import type { PublishedView } from '../../persistence/repositories/projection.ts';
import { readingDeal } from '../deal-reading.ts';
import type { Dependencies } from '../dependencies.ts';
import { objectKey } from './source.ts';

/** A fact on its way to its engagement. */
export interface KnownFact {
  engagement: EngagementRecord;
  fact: ReceivedFact;
}

const FACTS: Readonly<Record<DealNews, InboxFactType>> = {
  won: 'dealWon',
  changed: 'dealChanged',
  customerChanged: 'dealChanged',
  reopened: 'dealReopened',
  lost: 'dealLost',
};

/** Stages in which a customer's record may hold what is missing. */
const NOT_SET_UP = ['received', 'validating'];

/**
 * Reads a deal once for all hints about it, of which the last becomes the fact and the others are ignored; undefined
 * when the record says nothing new. A deal that was won gets its engagement here.
 * @throws AdapterError when the CRM does not answer: the hints stay as they are
 */
export function readDealAgain(
  parts: Pick<Dependencies, 'books' | 'systems'>,
  hints: readonly [ReceivedFact, ...ReceivedFact[]],
): Promise<KnownFact | undefined> {
  const last = hints.at(-1) ?? hints[0];
  const { connectionId, correlationId, actor } = last;
  const hinted = last.origin.dealId ?? '';
  const context = { correlationId, actorSubject: actor.subject };
  return readingDeal(parts, { connectionId, dealId: hinted }, context, async (inOne, deal) => {
    const { dealId, stage } = deal;
    const known = await inOne.engagements.findByDeal(connectionId, dealId);
    const ignore = async (facts: readonly ReceivedFact[], reason: string): Promise<undefined> => {
      for (const { inboxId } of facts) await inOne.inbox.markIgnored(inboxId, reason);
    };
    if (!known && stage !== 'won') return ignore(hints, `the deal is ${stage} and has no engagement`);
    const minted = { connectionId, dealId, correlationId, requestedBy: actor };
    const engagement = known ?? (await inOne.engagements.forDeal(minted)).engagement;
    const { engagementId } = engagement;
    const { news, version } = await inOne.engagements.learn(deal);
    const view = await inOne.projection.find(engagementId);
    if (news === null || !concerns(news, view)) {
      return ignore(hints, `the record was read again (${stage}, ${deal.version}): nothing new for the engagement`);
    }
    const type = view?.summary.stage === 'cancelled' && restarts(news, view) ? 'dealWon' : FACTS[news];
    const told = { type, objectKey: objectKey.deal(dealId), version, engagementId };
    await inOne.inbox.settle(last.inboxId, { ...told, effectiveOn: deal.closedOn });
    await ignore(hints.slice(0, -1), `the record was read again for a later hint, ${last.inboxId}`);
    return { engagement, fact: { ...last, ...told } };
  });
}

function concerns(news: DealNews, view: PublishedView | undefined): boolean {
  if (news !== 'customerChanged' || view === undefined) return true;
  const { stage } = view.summary;
  return stage === 'cancelled' ? restarts(news, view) : NOT_SET_UP.includes(stage);
}

function restarts(news: DealNews, { summary }: PublishedView): boolean {
  return beginsAnew(news, { hadContract: summary.contractName !== null });
}

/** True for what is only a hint about a deal: it is nobody's until the record was read. */
export function isHint({ engagementId, origin }: ReceivedFact): boolean {
  return engagementId === null && origin.dealId !== undefined;
}

/** Hints by deal, in the order of the first hint about each. */
export function byDeal(hints: readonly ReceivedFact[]): [ReceivedFact, ...ReceivedFact[]][] {
  const groups = new Map<string, [ReceivedFact, ...ReceivedFact[]]>();
  for (const hint of hints) {
    const key = `${hint.connectionId} ${hint.origin.dealId ?? ''}`;
    const group = groups.get(key);
    if (group) group.push(hint);
    else groups.set(key, [hint]);
  }
  return [...groups.values()];
}
