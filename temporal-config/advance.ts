// Moves one running workflow through virtual time, for tests and the demo: the server skips from timer to timer until
// a target, and stops there, so that reminders and months do not race past a person. Needs a server with time skipping.
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';

const { FastForwardPollingResult } = proto.temporal.api.enums.v1;

export interface AdvanceOptions {
  /** How long to wait in real time for the target to be reached; default 60 s. */
  pollTimeoutMs?: number;
}

/**
 * Moves a workflow to `untilMs` (milliseconds since 1970, virtual time) and resolves when it is there; returns its
 * virtual time. Does nothing when it is there already. Work that is due exactly at the target may still be running
 * when this resolves: aim a minute past a deadline. Nothing is skipped while an activity or a child is pending, and a
 * continue-as-new on the way is followed.
 * @throws Error when the workflow ends on the way, or the target is not reached within the time allowed
 */
export async function advanceTo(
  connection: Connection,
  namespace: string,
  workflowId: string,
  untilMs: number,
  { pollTimeoutMs = 60_000 }: AdvanceOptions = {},
): Promise<number> {
  const giveUpAt = Date.now() + pollTimeoutMs;
  for (;;) {
    const remainingMs = untilMs - (await virtualNow(connection, namespace, workflowId));
    if (remainingMs <= 0) return untilMs - remainingMs;
    if (Date.now() > giveUpAt) {
      throw new Error(`workflow ${workflowId} is still ${remainingMs} ms away from ${new Date(untilMs).toISOString()}`);
    }
    await fastForward(connection, namespace, workflowId, remainingMs, giveUpAt);
  }
}

async function fastForward(
  connection: Connection,
  namespace: string,
  workflowId: string,
  durationMs: number,
  giveUpAt: number,
): Promise<void> {
  const id = randomUUID();
  const execution = { workflowId };
  await connection.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution: execution,
    workflowExecutionOptions: {
      timeSkippingConfig: { enabled: true, fastForwardConfig: { id, duration: msToTs(durationMs) } },
    },
    updateMask: { paths: ['time_skipping_config'] },
  });
  const {
    FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED: completed,
    FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED: failed,
  } = FastForwardPollingResult;
  while (Date.now() < giveUpAt) {
    // The server answers after 20 s at most; the default deadline of a call, 10 s, would be over before.
    const poll = await connection
      .withDeadline(giveUpAt, () =>
        connection.workflowService.pollWorkflowExecutionTimeSkipping({
          namespace,
          workflowExecution: execution,
          fastForwardId: id,
        }),
      )
      .catch((error: unknown) => ignoreDeadline(error, giveUpAt));
    if (poll?.fastForwardPollingResult === completed) return;
    if (poll?.fastForwardPollingResult === failed) {
      throw new Error(`workflow ${workflowId} cannot be moved further: ${poll.failedReason}`);
    }
  }
}

/**
 * The deadline ends the call as exceeded or, when the server notices it first, as cancelled; advanceTo reports either.
 */
function ignoreDeadline(error: unknown, deadlineMs: number): undefined {
  const isOver = Date.now() >= deadlineMs - 100;
  if (isGrpcServiceError(error) && error.code === status.DEADLINE_EXCEEDED) return undefined;
  if (isGrpcServiceError(error) && error.code === status.CANCELLED && isOver) return undefined;
  throw error;
}

/** The workflow's own time in milliseconds since 1970; the wall clock as long as it never skipped any. */
export async function virtualNow(connection: Connection, namespace: string, workflowId: string): Promise<number> {
  const description = await connection.workflowService.describeWorkflowExecution({
    namespace,
    execution: { workflowId },
  });
  const current = description.workflowExtendedInfo?.timeSkippingInfo?.currentTime;
  return current ? tsToMs(current) : Date.now();
}

/** Whether workflows of this namespace may skip time: older servers and those where it is switched off answer alike. */
export async function supportsTimeSkipping(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.workflowService.pollWorkflowExecutionTimeSkipping({
      namespace,
      workflowExecution: { workflowId: `no such workflow ${randomUUID()}` },
      fastForwardId: 'probe',
    });
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === status.NOT_FOUND) return true;
    if (isGrpcServiceError(error) && error.code === status.UNIMPLEMENTED) return false;
    throw error;
  }
}
