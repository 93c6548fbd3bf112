/**
 * The API's only way to a running engagement: start it, ask it, tell it a person's decision, wake the dispatcher. Every
 * call ends in bounded time; an update is repeated under the same id while the engagement changes from one run to the
 * next (decisions.md 5).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import {
  Client,
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Actor } from '../../../domain/actor.ts';
import type { BeginAnswer } from '../../../domain/engagement/beginning.ts';
import type { Decision } from '../../../domain/engagement/calls.ts';
import type { EngagementStart } from '../../../domain/engagement/start.ts';
import {
  CONNECTION_JOB,
  CONNECTIONS_TASK_QUEUE,
  type ConnectionJob,
  DISPATCH_ID,
  wake,
} from '../../../workflows/connection/contract.ts';
import {
  begin,
  decide,
  ENGAGEMENT_TASK_QUEUE,
  ENGAGEMENT_WORKFLOW,
  type EngagementInput,
  type EngagementSnapshot,
  snapshot,
} from '../../../workflows/engagement/contract.ts';
import { Problem, unavailable } from '../http/problem.ts';

const START_MS = 10_000;
const DECIDE_MS = 10_000;
const SNAPSHOT_MS = 3_000;
const DESCRIBE_MS = 3_000;
const WAKE_MS = 2_000;
const CHECK_MS = 2_000;
const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 50;

/** HTTP status of an engagement's refusal, by code; what is not listed is a conflict with its state. */
const STATUS_OF_REFUSAL: Readonly<Record<string, number>> = {
  APPROVAL_STALE: 412,
  ROLE_MISSING: 403,
  PREPARER_IS_APPROVER: 403,
  MACHINE_NEVER_APPROVES: 403,
  ENTITY_FORBIDDEN: 403,
};

@Injectable()
export class EngagementRuns {
  constructor(private readonly client: Client) {}

  /**
   * Starts the engagement, or finds the run that somebody else has just started, and waits for its validation; undefined
   * when it runs and that takes longer than 10 s.
   * @throws TEMPORAL_UNAVAILABLE when nobody can say whether it runs: a repetition under the same id is harmless
   */
  async start(workflowId: string, start: EngagementStart, updateId: string): Promise<BeginAnswer | undefined> {
    const input: EngagementInput = { start };
    const startWorkflowOperation = new WithStartWorkflowOperation(ENGAGEMENT_WORKFLOW, {
      workflowId,
      taskQueue: ENGAGEMENT_TASK_QUEUE,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      memo: { correlationId: start.correlationId, engagementId: start.engagementId },
      staticSummary: `Engagement ${start.engagementId}`,
    });
    try {
      return await this.within(START_MS, () =>
        this.client.workflow.executeUpdateWithStart(begin, {
          updateId,
          args: [start.requestedBy],
          startWorkflowOperation,
        }),
      );
    } catch (error) {
      if (ranOutOfTime(error) && (await this.isRunning(workflowId))) return undefined;
      throw ranOutOfTime(error) ? serverSilent(error) : failureOf(error);
    }
  }

  /**
   * Asks a run that is open already for the same start; undefined when its validation takes longer than 10 s.
   * @throws TEMPORAL_UNAVAILABLE
   */
  async join(workflowId: string, asker: Actor, updateId: string): Promise<BeginAnswer | undefined> {
    const handle = this.client.workflow.getHandle(workflowId);
    try {
      return await this.within(START_MS, () => handle.executeUpdate(begin, { updateId, args: [asker] }));
    } catch (error) {
      if (isBetweenRuns(error)) return { accepted: false, findings: [], ended: true };
      if (ranOutOfTime(error) && (await this.isRunning(workflowId))) return undefined;
      throw ranOutOfTime(error) ? serverSilent(error) : failureOf(error);
    }
  }

  /** True while a run of the engagement is open. @throws TEMPORAL_UNAVAILABLE */
  async isRunning(workflowId: string): Promise<boolean> {
    try {
      const description = await this.within(DESCRIBE_MS, () => this.client.workflow.getHandle(workflowId).describe());
      return description.status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw codeOf(error) === undefined ? error : serverSilent(error);
    }
  }

  /**
   * Tells a decision; answers what became of it. @throws the engagement's refusal, ENGAGEMENT_ENDED,
   * TEMPORAL_UNAVAILABLE
   */
  async decide(workflowId: string, decision: Decision): Promise<string> {
    const handle = this.client.workflow.getHandle(workflowId);
    const options = { updateId: decision.updateId, args: [decision] as [Decision] };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.within(DECIDE_MS, () => handle.executeUpdate(decide, options))).answer;
      } catch (error) {
        if (!isBetweenRuns(error) || attempt === TRIES_MAX) throw failureOf(error);
        await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      }
    }
  }

  /**
   * Where the engagement stands, or undefined when nobody answers in 3 s: no worker, no server, or ended long ago.
   */
  async snapshot(workflowId: string): Promise<EngagementSnapshot | undefined> {
    try {
      return await this.within(SNAPSHOT_MS, () => this.client.workflow.getHandle(workflowId).query(snapshot));
    } catch {
      return undefined; // The published view is the answer then, marked as stale.
    }
  }

  /** Tells the dispatcher that the inbox has news; false when that failed: then the sweep finds the row. */
  async wakeDispatcher(): Promise<boolean> {
    const job: ConnectionJob = { job: 'dispatch' };
    try {
      await this.within(WAKE_MS, () =>
        this.client.workflow.signalWithStart(CONNECTION_JOB, {
          workflowId: DISPATCH_ID,
          taskQueue: CONNECTIONS_TASK_QUEUE,
          args: [job],
          signal: wake,
        }),
      );
      return true;
    } catch {
      return false;
    }
  }

  /** Whether the server answers and has our namespace. */
  async check(): Promise<boolean> {
    const { namespace } = this.client.options;
    try {
      await this.within(CHECK_MS, () => this.client.workflowService.describeNamespace({ namespace }));
      return true;
    } catch {
      return false;
    }
  }

  private within<T>(limitMs: number, call: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + limitMs, call);
  }
}

function codeOf(error: unknown): status | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : undefined;
}

function ranOutOfTime(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  return codeOf(error) === status.DEADLINE_EXCEEDED;
}

/** The run ended or is not there yet: another may follow at once. */
function isBetweenRuns(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  const code = codeOf(error);
  return code === status.NOT_FOUND || code === status.FAILED_PRECONDITION;
}

function failureOf(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const code = error.cause.type ?? 'REFUSED';
    return new Problem(STATUS_OF_REFUSAL[code] ?? 409, code, error.cause.message);
  }
  if (isBetweenRuns(error)) {
    return new Problem(409, 'ENGAGEMENT_ENDED', 'no run of the engagement takes decisions: it has ended or not begun');
  }
  if (ranOutOfTime(error)) {
    const detail =
      'the engagement did not answer in time: repeat with the same Idempotency-Key to learn what became of it';
    return unavailable('ENGAGEMENT_SILENT', detail, error);
  }
  return codeOf(error) === undefined ? error : serverSilent(error);
}

function serverSilent(error: unknown): Problem {
  return unavailable('TEMPORAL_UNAVAILABLE', 'the Temporal server does not answer: try again', error);
}
