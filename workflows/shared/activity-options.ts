/**
 * How long calls may take and who retries them. Temporal retries the first attempt of a call for a bounded time; after
 * that the state says "blocked" and each later attempt is one short probe, so that other work goes on (decisions.md 4).
 */
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import type { Policy } from '../../domain/configuration.ts';
import type { Queue } from '../../domain/engagement/sagas.ts';

/** One HTTP call and its look-up, milliseconds. */
const CALL_MS = 10_000;

/** Options of a call to an outside system. */
export function remoteOptions(
  queue: Exclude<Queue, 'books'>,
  policy: Policy,
  probe: boolean,
  summary: string,
): ActivityOptions {
  const scheduleToCloseTimeout = probe ? policy.probeMs : policy.firstAttemptMs;
  return {
    taskQueue: queue,
    startToCloseTimeout: Math.min(CALL_MS, scheduleToCloseTimeout),
    scheduleToCloseTimeout,
    retry: {
      initialInterval: 500,
      backoffCoefficient: 2,
      maximumInterval: 20_000,
      ...(probe ? { maximumAttempts: 1 } : {}),
    },
    // A cancelled workflow finishes its call first: what was begun must be known before it can be undone.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    summary,
  };
}

/**
 * Options of a call that touches only our own database: local, coarse, given up early so that it never delays a person.
 */
export function booksOptions(summary: string): LocalActivityOptions {
  return { startToCloseTimeout: 20_000, retry: { maximumAttempts: 2, initialInterval: 200 }, summary };
}

/** Publishing gives up after two seconds and is taken up again later. */
export const PUBLISH_OPTIONS: LocalActivityOptions = {
  startToCloseTimeout: 2_000,
  scheduleToCloseTimeout: 2_000,
  retry: { maximumAttempts: 1 },
  summary: 'Publish view',
};
