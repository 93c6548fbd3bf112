/**
 * Facts that reached no engagement, for people: nothing that a system told us ends unseen. Given up (dead) or waiting
 * for the next attempt, with the reason; and the command to try one again.
 */
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { UndeliveredFacts } from '../../../persistence/repositories/undelivered-facts.ts';
import { EngagementRuns } from '../engagements/engagement-runs.ts';
import { Answer } from '../http/command.interceptor.ts';
import { toEdge } from '../http/edge.ts';
import { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { Ask, Caller } from '../http/request.ts';
import { FactRetriedView, FactRetryInput, UndeliveredFactsView, UndeliveredQuery } from './undelivered-facts.views.ts';

@ApiTags('notices')
@Controller('v1/undelivered-facts')
export class UndeliveredFactsController {
  constructor(
    private readonly undelivered: UndeliveredFacts,
    private readonly runs: EngagementRuns,
  ) {}

  @Get()
  @Operation({
    id: 'listUndeliveredFacts',
    summary: 'Facts that reached no engagement, oldest first: given up, or waiting for the next attempt',
    permission: 'fact:read',
    answers: { 200: { type: UndeliveredFactsView, description: 'A page of them' } },
    problems: { 400: 'VALIDATION: a filter or the cursor is not what it should be' },
  })
  async list(@Query() { limit, cursor, status }: UndeliveredQuery, @Ask() { actor }: Caller): Promise<unknown> {
    const page = { status, afterSeq: Number(cursor ?? 0), limit: limit + 1 };
    const found = await this.undelivered.list(actor.legalEntities, page);
    const data = found.slice(0, limit);
    const nextCursor = found.length > limit ? String(data.at(-1)?.seq) : null;
    return toEdge({ data: data.map(({ seq: _, ...fact }) => fact), nextCursor });
  }

  @Post(':inboxId/retries')
  @HttpCode(202)
  @Operation({
    id: 'retryFact',
    summary: 'Try a fact again at once that reached no engagement',
    permission: 'fact:retry',
    command: { action: 'fact.retry', object: ['fact', 'inboxId'] },
    answers: { 202: { type: FactRetriedView, description: 'Being tried again; follow the list' } },
    problems: {
      404: 'FACT_UNKNOWN: no such fact in your legal entities',
      409: 'FACT_DELIVERED: it reached its engagement, or was ignored for a reason',
    },
  })
  async retry(
    @Param('inboxId') inboxId: string,
    @Body() _input: FactRetryInput,
    @Ask() { actor }: Caller,
  ): Promise<Answer<FactRetriedView>> {
    const found = await this.undelivered.retry(inboxId, actor.legalEntities);
    if (!found) throw new Problem(404, 'FACT_UNKNOWN', 'there is no such fact in your legal entities');
    if (!found.isDue) {
      throw new Problem(409, 'FACT_DELIVERED', 'the fact reached its engagement, or was ignored for a reason');
    }
    await this.runs.wakeDispatcher();
    return new Answer(202, { inboxId, engagementId: found.engagementId, answer: 'retrying' });
  }
}
