/** Facts from systems that have no adapter: kept in the inbox once per event, then the engagement is told to look. */
import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { InboxFact } from '../../../domain/engagement/calls.ts';
import { Books } from '../../../persistence/books.ts';
import type { InboxEntry } from '../../../persistence/repositories/inbox.ts';
import { mayReport } from '../access/permissions.ts';
import { Answer } from '../http/command.interceptor.ts';
import { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { Ask, Caller } from '../http/request.ts';
import { type FactDataInput, FactInput } from './decision.inputs.ts';
import { FactReceivedView } from './decision.views.ts';
import { EngagementAccess } from './engagement-access.ts';
import { EngagementRuns } from './engagement-runs.ts';

const MILESTONE: (keyof FactDataInput)[] = ['milestoneId'];
const PAYMENT: (keyof FactDataInput)[] = ['invoiceId', 'unpaidMinor', 'paidOn'];

/** What the data of a fact must have. */
function neededBy(type: FactInput['type']): (keyof FactDataInput)[] {
  if (type.startsWith('milestone')) return MILESTONE;
  return type === 'invoicePaid' ? PAYMENT : [];
}

@ApiTags('engagements')
@Controller('v1/engagements/:engagementId/facts')
export class FactsController {
  constructor(
    private readonly books: Books,
    private readonly runs: EngagementRuns,
    private readonly access: EngagementAccess,
  ) {}

  @Post()
  @Operation({
    id: 'reportFact',
    summary: 'Report something that happened in another system',
    permission: 'fact:report',
    command: { action: 'fact.report', object: ['fact', 'eventId'] },
    answers: { 202: { type: FactReceivedView, description: 'Kept; the engagement looks at it by itself' } },
    problems: {
      403: 'FACT_FORBIDDEN: the delivery role reports facts about milestones only',
      404: 'ENGAGEMENT_UNKNOWN: no such engagement in your legal entities',
      409: 'FACT_STALE: the engagement was told this version of the object, or a later one',
      422: 'EVENT_ID_REUSED: another fact came under the same eventId',
    },
  })
  async report(
    @Param('engagementId') engagementId: string,
    @Body() fact: FactInput,
    @Ask() { actor, correlationId }: Caller,
  ): Promise<Answer<FactReceivedView>> {
    const { record } = await this.access.require(engagementId, actor);
    const { type, eventId, objectKey, version, effectiveOn } = fact;
    if (!mayReport(actor, type)) {
      throw new Problem(403, 'FACT_FORBIDDEN', `facts of type ${type} are reported by the role integration`);
    }
    // Of a deal only its record is believed, whoever reports something: such a fact is a hint, like a notice.
    const whose = type.startsWith('deal')
      ? { origin: { dealId: record.originDealId }, engagementId: null }
      : { origin: {}, engagementId };
    const { inboxId, isNew } = await this.keep({
      connectionId: record.connectionId,
      eventId: `${actor.subject}:${eventId}`,
      ...{ type, objectKey, version, correlationId, actor, ...whose },
      effectiveOn: effectiveOn ?? null,
      occurredAt: new Date().toISOString(),
      data: dataOf(fact),
    });
    await this.runs.wakeDispatcher();
    return new Answer(202, { engagementId, inboxId, duplicate: !isNew });
  }

  /** Keeps a fact that the engagement will hear: what it would pass over in silence is refused here. */
  private keep(entry: InboxEntry): Promise<{ inboxId: string; isNew: boolean }> {
    return this.books.transaction(async ({ inbox }) => {
      const received = await inbox.receive(entry);
      if (entry.engagementId === null) return received; // A hint: the record says what happened.
      if (!received.isNew) {
        if (await inbox.says(received.inboxId, entry)) return received;
        throw new Problem(422, 'EVENT_ID_REUSED', 'another fact was reported under this eventId: give each its own');
      }
      const latest = await inbox.latestVersion(received.inboxId, entry);
      if (latest === undefined || entry.version > latest) return received;
      const detail = `version ${entry.version} of ${entry.objectKey} does not come after ${latest}, compared as text`;
      throw new Problem(409, 'FACT_STALE', `${detail}: it would change nothing`);
    });
  }
}

/** @throws VALIDATION when the type needs more than it got */
function dataOf({ type, data }: FactInput): InboxFact['data'] {
  const errors = neededBy(type)
    .filter((member) => data[member] === undefined)
    .map((member) => ({ pointer: `/data/${member}`, code: 'IS_DEFINED', message: `${type} needs ${member}` }));
  if (errors.length > 0) {
    throw new Problem(400, 'VALIDATION', errors.map(({ message }) => message).join('; '), { errors });
  }
  const { unpaidMinor, ...rest } = data;
  return unpaidMinor === undefined ? rest : { ...rest, unpaidMinor: Number(unpaidMinor) };
}
