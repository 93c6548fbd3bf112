/**
 * The schedules of the connections: polling, cost posting, status reports, the sweep of the inbox and tidying up. Created or brought up
 * to date at every start.
 */
import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy, type ScheduleOptions } from '@temporalio/client';
import type { Configuration } from '../../domain/configuration.ts';
import { CONNECTION_JOB, type ConnectionJob, CONNECTIONS_TASK_QUEUE } from '../../workflows/connection/contract.ts';

/** The sweep finds what a crash between commit and dispatch left behind. */
const SWEEP_EVERY_SECONDS = 60;
const COSTS_EVERY_SECONDS = 900;
const REPORTS_EVERY_SECONDS = 300;
/** Answers are kept for two days; an hour more does no harm. */
const TIDY_EVERY_SECONDS = 3_600;

/** The schedule id of a job. */
export function scheduleId(job: ConnectionJob): string {
  if (job.job === 'dispatch') return 'sweep';
  return job.job === 'tidy' ? 'tidy' : `${job.job}:${job.connectionId}`;
}

function jobsOf(configuration: Configuration): { job: ConnectionJob; everySeconds: number }[] {
  const connections = Object.values(configuration.connections);
  return [
    { job: { job: 'dispatch' }, everySeconds: SWEEP_EVERY_SECONDS },
    { job: { job: 'tidy' }, everySeconds: TIDY_EVERY_SECONDS },
    ...connections.map(({ connectionId, pollEverySeconds }) => ({
      job: { job: 'poll' as const, connectionId },
      everySeconds: pollEverySeconds ?? SWEEP_EVERY_SECONDS,
    })),
    ...connections
      .filter(({ capability }) => capability === 'erp')
      .map(({ connectionId }) => ({ job: { job: 'costs' as const, connectionId }, everySeconds: COSTS_EVERY_SECONDS })),
    ...connections
      .filter(({ capability }) => capability !== 'erp')
      .map(({ connectionId }) => ({
        job: { job: 'reports' as const, connectionId },
        everySeconds: REPORTS_EVERY_SECONDS,
      })),
  ];
}

/** Makes sure that every job has its schedule, with today's interval. */
export async function ensureSchedules(client: Client, configuration: Configuration): Promise<void> {
  for (const { job, everySeconds } of jobsOf(configuration)) {
    const options: ScheduleOptions = {
      scheduleId: scheduleId(job),
      spec: { intervals: [{ every: everySeconds * 1_000 }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 60_000 },
      action: {
        type: 'startWorkflow',
        workflowType: CONNECTION_JOB,
        taskQueue: CONNECTIONS_TASK_QUEUE,
        args: [job],
        workflowId: `job:${scheduleId(job)}`,
      },
    };
    try {
      await client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(options.scheduleId).update((previous) => ({ ...previous, spec: options.spec }));
    }
  }
}
