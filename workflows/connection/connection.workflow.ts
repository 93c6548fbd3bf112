/**
 * Work of a connection rather than of an engagement: set-based, idempotent, started by a schedule or a wake-up, with
 * its cursor in PostgreSQL (decisions.md 1, 8). Ends when there is nothing more to do.
 */
import { ApplicationFailure, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import { dateFromEpochDays } from '../../domain/time/plain-date.ts';
import type { ConnectionActivities } from '../../activities/connections/index.ts';
import { type ConnectionJob, wake } from './contract.ts';

const { pollConnection, dispatchInbox, postCosts, reportStatus, forgetAnswers } = proxyActivities<ConnectionActivities>(
  {
    startToCloseTimeout: 60_000,
    retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 60_000, maximumAttempts: 8 },
  },
);

const DAY_MS = 86_400_000;

/** How many pages one run takes before the next run of the schedule goes on. */
const PAGES_MAX = 50;

/** One run of a job. */
export async function connectionJob(job: ConnectionJob): Promise<void> {
  let woken = true;
  setHandler(wake, () => {
    woken = true;
  });
  if (job.job === 'poll') {
    for (let page = 0; page < PAGES_MAX; page += 1)
      if (!(await pollConnection({ connectionId: job.connectionId })).more) break;
  }
  if (job.job === 'costs')
    return void (await postCosts({
      connectionId: job.connectionId,
      asOf: dateFromEpochDays(Math.floor(Date.now() / DAY_MS)),
    }));
  if (job.job === 'reports') return reportAll(job.connectionId);
  if (job.job === 'tidy') {
    for (let page = 0; page < PAGES_MAX; page += 1) if (!(await forgetAnswers()).more) break;
    return;
  }
  for (let page = 0; woken && page < PAGES_MAX; page += 1) {
    woken = false;
    if ((await dispatchInbox({})).more) woken = true;
  }
}

/** Tells a system everything that it is to be told; what it refused makes the run a failed one, at its end. */
async function reportAll(connectionId: string): Promise<void> {
  const { runId: run } = workflowInfo();
  let refused = 0;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const result = await reportStatus({ connectionId, run });
    refused += result.refused;
    if (!result.more) break;
  }
  if (refused === 0) return;
  const message = `${connectionId} refused ${String(refused)} status reports; GET /v1/status-reports names them`;
  throw ApplicationFailure.nonRetryable(message, 'STATUS_REPORT_REFUSED');
}
