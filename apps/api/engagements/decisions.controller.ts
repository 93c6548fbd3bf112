/**
 * What people decide about an engagement. The engagement itself says yes or no; the API carries question and answer.
 */
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Decision } from '../../../domain/engagement/calls.ts';
import { Answer } from '../http/command.interceptor.ts';
import { toEdge } from '../http/edge.ts';
import { Operation } from '../http/operation.ts';
import { unavailable } from '../http/problem.ts';
import { Ask, Caller } from '../http/request.ts';
import { AcknowledgementInput, CancellationInput, DecisionInput, RedraftInput, RetryInput } from './decision.inputs.ts';
import { ApprovalsView, DecidedView } from './decision.views.ts';
import { EngagementAccess } from './engagement-access.ts';
import { EngagementRuns } from './engagement-runs.ts';

const NOT_THERE = 'ENGAGEMENT_UNKNOWN: no such engagement in your legal entities';
const SILENT = 'ENGAGEMENT_SILENT: repeat with the same Idempotency-Key to learn what became of it';

@ApiTags('engagements')
@Controller('v1/engagements/:engagementId')
export class DecisionsController {
  constructor(
    private readonly runs: EngagementRuns,
    private readonly access: EngagementAccess,
  ) {}

  @Get('approvals')
  @Operation({
    id: 'listApprovals',
    summary: 'What waits for a decision of a person',
    permission: 'approval:read',
    answers: { 200: { type: ApprovalsView, description: 'Pending approvals, oldest first' } },
    problems: { 404: NOT_THERE, 503: 'ENGAGEMENT_SILENT: only the engagement itself can say' },
  })
  async approvals(@Param('engagementId') engagementId: string, @Ask() { actor }: Caller): Promise<unknown> {
    const { record, view } = await this.access.require(engagementId, actor);
    const snapshot = await this.runs.snapshot(record.workflowId);
    if (snapshot) return toEdge({ data: snapshot.state.approvals });
    if (view && ['closed', 'cancelled'].includes(view.summary.stage)) return { data: [] };
    throw unavailable('ENGAGEMENT_SILENT', 'the engagement does not answer: try again');
  }

  @Post('approvals/:approvalId/decisions')
  @Operation({
    id: 'decideApproval',
    summary: 'Approve or reject',
    permission: 'approval:decide',
    command: { action: 'approval.decide', object: ['approval', 'approvalId'] },
    answers: { 200: { type: DecidedView, description: 'Decided, and effective' } },
    problems: {
      403: 'ROLE_MISSING, PREPARER_IS_APPROVER, MACHINE_NEVER_APPROVES or ENTITY_FORBIDDEN',
      404: NOT_THERE,
      409: 'APPROVAL_NOT_PENDING or ENGAGEMENT_ENDED',
      412: 'APPROVAL_STALE: what you saw has changed since',
      503: SILENT,
    },
  })
  decide(
    @Param('engagementId') engagementId: string,
    @Param('approvalId') approvalId: string,
    @Body() { decision, versionHash, reason }: DecisionInput,
    @Ask() caller: Caller,
  ): Promise<Answer<DecidedView>> {
    return this.tell(engagementId, caller, reason ?? null, { type: decision, approvalId, versionHash });
  }

  @Post('retries')
  @Operation({
    id: 'retrySaga',
    summary: 'Try again what is blocked or parked',
    permission: 'exception:retry',
    command: { action: 'saga.retry', object: ['saga', 'sagaId'] },
    answers: { 200: { type: DecidedView, description: 'Being tried again' } },
    problems: { 403: 'ROLE_MISSING', 404: NOT_THERE, 409: 'NOTHING_TO_RETRY or ENGAGEMENT_ENDED', 503: SILENT },
  })
  retry(
    @Param('engagementId') engagementId: string,
    @Body() { sagaId, reason }: RetryInput,
    @Ask() caller: Caller,
  ): Promise<Answer<DecidedView>> {
    return this.tell(engagementId, caller, reason, { type: 'retry', sagaId });
  }

  @Post('notes/:noteId/acknowledgements')
  @Operation({
    id: 'acknowledgeNote',
    summary: 'Say that a note for attention was seen, and what became of it',
    permission: 'note:acknowledge',
    command: { action: 'note.acknowledge', object: ['note', 'noteId'] },
    answers: { 200: { type: DecidedView, description: 'Acknowledged: the note is no obstacle any more' } },
    problems: {
      403: 'ROLE_MISSING, MACHINE_NEVER_APPROVES or ENTITY_FORBIDDEN',
      404: NOT_THERE,
      409: 'NOTE_NOT_OPEN or ENGAGEMENT_ENDED',
      503: SILENT,
    },
  })
  acknowledge(
    @Param('engagementId') engagementId: string,
    @Param('noteId') noteId: string,
    @Body() { reason }: AcknowledgementInput,
    @Ask() caller: Caller,
  ): Promise<Answer<DecidedView>> {
    return this.tell(engagementId, caller, reason, { type: 'acknowledge', noteId });
  }

  @Post('redrafts')
  @Operation({
    id: 'redraftInvoice',
    summary: 'Void a draft whose posting the ERP refused, and draft its work anew',
    permission: 'invoice:redraft',
    command: { action: 'invoice.redraft', object: ['saga', 'sagaId'] },
    answers: {
      200: { type: DecidedView, description: 'Voided as soon as the ERP shows that it has no such invoice; follow it' },
    },
    problems: {
      403: 'ROLE_MISSING or ENTITY_FORBIDDEN',
      404: NOT_THERE,
      409: 'NOTHING_TO_REDRAFT or ENGAGEMENT_ENDED',
      503: SILENT,
    },
  })
  redraft(
    @Param('engagementId') engagementId: string,
    @Body() { sagaId, reason }: RedraftInput,
    @Ask() caller: Caller,
  ): Promise<Answer<DecidedView>> {
    return this.tell(engagementId, caller, reason, { type: 'redraft', sagaId });
  }

  @Post('cancellation')
  @Operation({
    id: 'cancelEngagement',
    summary: 'Cancel an engagement: what was set up is undone',
    permission: 'engagement:cancel',
    command: { action: 'engagement.cancel', object: ['engagement', 'engagementId'] },
    answers: { 200: { type: DecidedView, description: 'Cancelling; follow the snapshot' } },
    problems: {
      404: NOT_THERE,
      409: 'PAST_POINT_OF_NO_RETURN, ALREADY_ENDING or ENGAGEMENT_ENDED',
      503: SILENT,
    },
  })
  cancel(
    @Param('engagementId') engagementId: string,
    @Body() { reason }: CancellationInput,
    @Ask() caller: Caller,
  ): Promise<Answer<DecidedView>> {
    return this.tell(engagementId, caller, reason, { type: 'cancel' });
  }

  private async tell(
    engagementId: string,
    { actor, commandId: updateId }: Caller,
    reason: string | null,
    command: Decision['command'],
  ): Promise<Answer<DecidedView>> {
    const { record } = await this.access.require(engagementId, actor);
    const answer = await this.runs.decide(record.workflowId, { updateId, actor, reason, command });
    return new Answer(200, { engagementId, answer });
  }
}
