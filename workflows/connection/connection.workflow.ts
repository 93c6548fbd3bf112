/**
 * Work of a connection rather than of an engagement: set-based, idempotent, started by a schedule or a wake-up, with
 * its cursor in PostgreSQL (decisions.md 1, 8). Ends when there is nothing more to do.
 */
import { proxyActivities, setHandler } from '@temporalio/workflow';
import { dateFromEpochDays } from '../../domain/time/plain-date.ts';
import type { ConnectionActivities } from '../../activities/connections/index.ts';
import { type ConnectionJob, wake } from './contract.ts';

const { pollConnection, dispatchInbox, postCosts, forgetAnswers } = proxyActivities<ConnectionActivities>({
  startToCloseTimeout: 60_000,
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 60_000, maximumAttempts: 8 },
});

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
  if (job.job === 'tidy') {
    for (let page = 0; page < PAGES_MAX; page += 1) if (!(await forgetAnswers()).more) break;
    return;
  }
  for (let page = 0; woken && page < PAGES_MAX; page += 1) {
    woken = false;
    if ((await dispatchInbox({})).more) woken = true;
  }
}
