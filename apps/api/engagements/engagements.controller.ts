/** Starting engagements and reading them. */
import { setTimeout as delay } from 'node:timers/promises';
import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../domain/actor.ts';
import { type Configuration, recordUrl } from '../../../domain/configuration.ts';
import type { BeginAnswer } from '../../../domain/engagement/beginning.ts';
import { lookup } from '../../../domain/lookup.ts';
import { Books } from '../../../persistence/books.ts';
import type { EngagementRecord } from '../../../persistence/repositories/engagements.ts';
import { allows } from '../access/permissions.ts';
import { CONFIGURATION } from '../configuration.ts';
import { Answer } from '../http/command.interceptor.ts';
import { toEdge } from '../http/edge.ts';
import { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { Ask, Caller } from '../http/request.ts';
import { EngagementAccess, type KnownEngagement } from './engagement-access.ts';
import { EngagementRuns } from './engagement-runs.ts';
import { ListQuery, StartInput, TimelineQuery } from './engagement.inputs.ts';
import { EngagementDetailView, ListView, StartedView, TimelineView } from './engagement.views.ts';

/** Stages in which a start by command may not have its answer yet. */
const UNANSWERED = ['received', 'validating'];

/** How often a start meets a run that is about to be gone, and how long it waits for that, milliseconds. */
const BEGINNINGS_MAX = 7;
const PAUSE_MS = 25;

const NOT_THERE = 'ENGAGEMENT_UNKNOWN: no such engagement in your legal entities';

function forReader(value: unknown, reader: Actor): unknown {
  return toEdge(value, { amounts: allows(reader, 'amount:read') });
}

@ApiTags('engagements')
@Controller('v1/engagements')
export class EngagementsController {
  constructor(
    private readonly books: Books,
    private readonly runs: EngagementRuns,
    private readonly access: EngagementAccess,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Post()
  @Operation({
    id: 'startEngagement',
    summary: 'Start the engagement of a closed deal, with a definite yes or no',
    permission: 'engagement:start',
    command: { action: 'engagement.start', object: ['deal', 'dealId'] },
    answers: {
      200: { type: StartedView, description: 'The deal has an engagement already, open or closed' },
      201: { type: StartedView, description: 'Validation passed and set-up has begun' },
      202: { type: StartedView, description: 'Started; the CRM has not answered within 10 s. Look at Location' },
    },
    problems: {
      404: 'CONNECTION_UNKNOWN, DEAL_UNKNOWN or ENGAGEMENT_UNKNOWN',
      422: 'DEAL_REFUSED: validation found what `errors` lists; nothing was created',
    },
  })
  async start(@Body() { connectionId, dealId }: StartInput, @Ask() caller: Caller): Promise<Answer<StartedView>> {
    const connection = lookup(this.configuration.connections, connectionId);
    if (connection?.capability !== 'crm') {
      throw new Problem(404, 'CONNECTION_UNKNOWN', `there is no CRM connection "${connectionId}"`);
    }
    const { actor: requestedBy, correlationId } = caller;
    const deal = { connectionId, dealId, correlationId, requestedBy };
    const { engagement: record, isNew } = await this.books.engagements.forDeal(deal);
    for (let attempt = 1; attempt <= BEGINNINGS_MAX; attempt += 1) {
      // In this order: what a run that is gone has published is its last word.
      const isRunning = (!isNew || attempt > 1) && (await this.runs.isRunning(record.workflowId));
      const known = await this.access.known(record, requestedBy);
      if (!known) throw foreign();
      if (hasBegun(known, isRunning)) return new Answer(200, await this.started(record), placeOf(record));
      const answer = isRunning
        ? await this.runs.join(record.workflowId, requestedBy, caller.commandId)
        : await this.begin(record, dealId, caller);
      if (!answer?.ended) return this.answered(record, dealId, answer);
      await delay(PAUSE_MS * 2 ** attempt); // That run was refused to others, or cancelled, and is about to be gone.
    }
    throw silent();
  }

  @Get()
  @Operation({
    id: 'listEngagements',
    summary: 'List engagements, newest first',
    permission: 'engagement:read',
    answers: { 200: { type: ListView, description: 'A page of summaries, as published last' } },
    problems: { 400: 'VALIDATION: a filter or the cursor is not what it should be' },
  })
  async list(@Query() query: ListQuery, @Ask() { actor }: Caller): Promise<unknown> {
    const { limit, cursor, legalEntity, ...filter } = query;
    const wanted = {
      ...filter,
      visibleTo: actor.legalEntities,
      ...(legalEntity === undefined ? {} : { legalEntityId: legalEntity }),
    };
    const page = await this.books.projection.list(wanted, limit, cursor ?? null);
    return forReader({ data: page.engagements, nextCursor: page.cursor }, actor);
  }

  @Get(':engagementId')
  @Operation({
    id: 'getEngagement',
    summary: 'Where an engagement stands',
    permission: 'engagement:read',
    answers: {
      200: { type: EngagementDetailView, description: 'From the engagement itself, or what it published last' },
    },
    problems: { 404: NOT_THERE, 503: 'ENGAGEMENT_SILENT: it does not answer and has published nothing yet' },
  })
  async get(@Param('engagementId') engagementId: string, @Ask() { actor }: Caller): Promise<unknown> {
    const { record, view } = await this.access.require(engagementId, actor);
    const snapshot = await this.runs.snapshot(record.workflowId);
    if (snapshot) return forReader({ ...snapshot, stale: false }, actor);
    if (!view) throw silent();
    const { summary } = view;
    return forReader({ summary, state: null, compensationPlan: [], wakeAt: summary.nextAt, stale: true }, actor);
  }

  @Get(':engagementId/timeline')
  @Operation({
    id: 'getTimeline',
    summary: 'What happened to an engagement, oldest first',
    permission: 'engagement:read',
    answers: { 200: { type: TimelineView, description: 'A page of the timeline' } },
    problems: { 400: 'VALIDATION', 404: NOT_THERE },
  })
  async timeline(
    @Param('engagementId') engagementId: string,
    @Query() { limit, cursor }: TimelineQuery,
    @Ask() { actor }: Caller,
  ): Promise<unknown> {
    await this.access.require(engagementId, actor);
    const entries = await this.books.projection.timeline(engagementId, Number(cursor ?? 0), limit + 1);
    const data = entries.slice(0, limit);
    const nextCursor = entries.length > limit ? String(data.at(-1)?.seq) : null;
    return forReader({ data, nextCursor }, actor);
  }

  private async begin(record: EngagementRecord, dealId: string, caller: Caller): Promise<BeginAnswer | undefined> {
    const { engagementId, connectionId, correlationId, workflowId } = record;
    const { policy, connections } = this.configuration;
    const dealUrl = recordUrl(lookup(connections, connectionId), 'deal', dealId);
    const after = await this.books.projection.lastPublished(engagementId);
    const who = { engagementId, connectionId, dealId, correlationId, requestedBy: caller.actor, policy, dealUrl };
    const start = { ...who, ...(after ? { after } : {}) };
    return this.runs.start(workflowId, { ...start, refuseIfInvalid: true }, caller.commandId);
  }

  private async answered(
    record: EngagementRecord,
    dealId: string,
    answer: BeginAnswer | undefined,
  ): Promise<Answer<StartedView>> {
    if (!answer) return new Answer(202, viewOf(record, 'validating'), placeOf(record));
    if (answer.accepted) return new Answer(answer.existing ? 200 : 201, await this.started(record), placeOf(record));
    const { connectionId } = record;
    if (answer.findings.some(({ code }) => code === 'NOT_FOUND')) {
      throw new Problem(404, 'DEAL_UNKNOWN', `connection ${connectionId} has no deal ${dealId}`);
    }
    if (answer.findings.some(({ code }) => code === 'ENTITY_FORBIDDEN')) throw foreign();
    const errors = answer.findings.map(({ code, message }) => ({ pointer: '/dealId', code, message }));
    const detail = errors.map(({ message }) => message).join('; ') || 'the engagement ended before it was validated';
    throw new Problem(422, 'DEAL_REFUSED', detail, { errors });
  }

  private async started(record: EngagementRecord): Promise<StartedView> {
    const snapshot = await this.runs.snapshot(record.workflowId);
    const summary = snapshot?.summary ?? (await this.books.projection.find(record.engagementId))?.summary;
    return viewOf(record, summary?.stage ?? 'received');
  }
}

/**
 * True for what is open and was accepted, or is over for good. What was refused or cancelled begins anew, what never
 * reached the engine begins, and a run whose start may still be refused answers for itself.
 */
function hasBegun({ view }: KnownEngagement, isRunning: boolean): boolean {
  if (view === undefined || view.turn === 0 || view.summary.stage === 'cancelled') return false;
  return !isRunning || !UNANSWERED.includes(view.summary.stage);
}

function placeOf({ engagementId }: EngagementRecord): string {
  return `/v1/engagements/${engagementId}`;
}

function viewOf({ engagementId, connectionId, originDealId }: EngagementRecord, stage: string): StartedView {
  return { engagementId, connectionId, dealId: originDealId, stage };
}

function foreign(): Problem {
  return new Problem(404, 'ENGAGEMENT_UNKNOWN', 'the deal belongs to another legal entity');
}

function silent(): Problem {
  const detail = 'the engagement does not answer and has published nothing yet: try again';
  return new Problem(503, 'ENGAGEMENT_SILENT', detail, { headers: { 'retry-after': '2' } });
}
