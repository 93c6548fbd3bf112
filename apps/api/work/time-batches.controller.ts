/**
 * Time and expenses whose PSA has no approval, in batches, for those who approve them. Whether a decision is taken is
 * settled in one transaction of the books, by the rules of domain/work; the API carries question and answer.
 */
import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Actor, actsFor } from '../../../domain/actor.ts';
import type { Configuration } from '../../../domain/configuration.ts';
import { money } from '../../../domain/money/money.ts';
import {
  batchIdOf,
  entryKeyOf,
  readBatchId,
  totalsOf,
  type WorkBatch,
  type WorkEntry,
  type WorkRefusal,
} from '../../../domain/work/batch.ts';
import { Books } from '../../../persistence/books.ts';
import { decideWork } from '../../../persistence/decide-work.ts';
import { CONFIGURATION } from '../configuration.ts';
import { EngagementAccess } from '../engagements/engagement-access.ts';
import { EngagementRuns } from '../engagements/engagement-runs.ts';
import { Answer } from '../http/command.interceptor.ts';
import { toEdge } from '../http/edge.ts';
import { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { Ask, Caller } from '../http/request.ts';
import { BatchDecidedView, BatchListView, BatchQuery, BatchView, WorkDecisionInput } from './time-batches.views.ts';

const NOT_THERE = 'BATCH_UNKNOWN: no such batch in your legal entities';

/** HTTP status of a refusal, by code; what is not listed is a conflict with what is there. */
const STATUS_OF_REFUSAL: Partial<Record<WorkRefusal['code'], number>> = {
  ROLE_MISSING: 403,
  MACHINE_NEVER_APPROVES: 403,
  ENTITY_FORBIDDEN: 403,
  OWN_WORK: 403,
};

@ApiTags('work')
@Controller('v1/time-batches')
export class TimeBatchesController {
  constructor(
    private readonly books: Books,
    private readonly runs: EngagementRuns,
    private readonly access: EngagementAccess,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Get()
  @Operation({
    id: 'listTimeBatches',
    summary: 'Work that waits for approval in Throughline or was rejected, by engagement, legal entity and month',
    permission: 'work:read',
    answers: { 200: { type: BatchListView, description: 'A page of batches, oldest month first' } },
    problems: { 400: 'VALIDATION: a filter or the cursor is not what it should be' },
  })
  async list(@Query() query: BatchQuery, @Ask() { actor }: Caller): Promise<unknown> {
    const { limit, cursor, engagementId, legalEntity: legalEntityId, status } = query;
    const after = cursor === undefined ? undefined : batchOf(cursor);
    const wanted = { engagementId, legalEntityId, status, visibleTo: actor.legalEntities };
    const found = await this.books.workBatches.list(wanted, limit + 1, after);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const data = page.map(({ waitingSince: waitingSinceAt, ...batch }) => {
      return { batchId: batchIdOf(batch), ...batch, waitingSinceAt };
    });
    return toEdge({ data, nextCursor: last && found.length > limit ? batchIdOf(last) : null });
  }

  @Get(':batchId')
  @Operation({
    id: 'getTimeBatch',
    summary: 'One batch: what waits, with its totals and the hash that a decision binds to, and what was rejected',
    permission: 'work:read',
    answers: { 200: { type: BatchView, description: 'The batch; without entries when nothing of it waits' } },
    problems: { 404: NOT_THERE },
  })
  async get(@Param('batchId') batchId: string, @Ask() { actor }: Caller): Promise<unknown> {
    const batch = await this.require(batchId, actor);
    const { entries, more, rejected, hash } = await this.books.workBatches.read(batch);
    return toEdge({
      ...{ batchId, ...batch, hash, totals: totalsOf(entries), more },
      ...{ entries: entries.map(viewOf), rejected: rejected.map(viewOf) },
    });
  }

  @Post(':batchId/decisions')
  @Operation({
    id: 'decideTimeBatch',
    summary: 'Approve or reject work: all that waits in the batch, or entries of it by name',
    permission: 'work:decide',
    command: { action: 'work.decide', object: ['workBatch', 'batchId'] },
    answers: { 200: { type: BatchDecidedView, description: 'Decided, and effective' } },
    problems: {
      403: 'MACHINE_NEVER_APPROVES, or OWN_WORK: `errors` name the entries that are your own',
      404: NOT_THERE,
      409:
        'BATCH_CHANGED: what you saw has changed since, `errors` have the new hash; ENTRY_NOT_WAITING; ' +
        'ENGAGEMENT_TAKES_NO_WORK: it is not active yet, or has ended',
    },
  })
  async decide(
    @Param('batchId') batchId: string,
    @Body() { decision, hash, entries, reason }: WorkDecisionInput,
    @Ask() { actor, commandId }: Caller,
  ): Promise<Answer<BatchDecidedView>> {
    const batch = await this.require(batchId, actor);
    const verdict = decision === 'approve' ? ('approved' as const) : ('rejected' as const);
    const asked = { actor, verdict, hash, entryKeys: entries ?? null };
    const command = { commandId, batch, reason: reason ?? null, ...asked };
    const answer = await decideWork(this.books, command, this.configuration.connections);
    if (answer.outcome === 'refused') throw problemOf(answer.refusal, answer.hash);
    await this.runs.wakeDispatcher();
    const decided = answer.entries.map((entry) => ({ key: entryKeyOf(entry), version: entry.version }));
    const { waiting, hash: next } = answer;
    const { engagementId } = batch;
    return new Answer(200, { engagementId, batchId, answer: answer.verdict, entries: decided, waiting, hash: next });
  }

  /** @throws BATCH_UNKNOWN also for what belongs to other legal entities */
  private async require(batchId: string, actor: Actor): Promise<WorkBatch> {
    const batch = readBatchId(batchId);
    const known = batch && (await this.access.find(batch.engagementId, actor));
    if (batch && known && actsFor(actor, batch.legalEntityId)) return batch;
    throw new Problem(404, 'BATCH_UNKNOWN', 'there is no such batch in your legal entities');
  }
}

/** @throws VALIDATION */
function batchOf(cursor: string): WorkBatch {
  const batch = readBatchId(cursor);
  if (batch) return batch;
  const message = 'cursor is the nextCursor of a page';
  throw new Problem(400, 'VALIDATION', message, { errors: [{ pointer: 'cursor', code: 'VALIDATION', message }] });
}

function viewOf<T extends WorkEntry>(found: T) {
  const { amountMinor, currency, ...entry } = found;
  const amount = amountMinor === null || currency === null ? null : money(amountMinor, currency);
  return { key: entryKeyOf(found), ...entry, amount };
}

function problemOf({ code, message, entryKeys }: WorkRefusal, hash: string): Problem {
  const errors = entryKeys.map((key) => ({ pointer: '/entries', code, message: key }));
  const current = code === 'BATCH_CHANGED' ? [{ pointer: '/hash', code, message: hash }] : [];
  return new Problem(STATUS_OF_REFUSAL[code] ?? 409, code, message, { errors: [...current, ...errors] });
}
