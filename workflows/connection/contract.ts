/** The contract of the jobs of connections: polling, dispatching the inbox, posting costs, reporting status, tidying up. */
import { defineSignal } from '@temporalio/workflow';

/** The workflow type; stable for ever. */
export const CONNECTION_JOB = 'connectionJob';

/** The queue of these workflows and their activities. */
export const CONNECTIONS_TASK_QUEUE = 'connections';

/** The one workflow that dispatches the inbox when it is woken. */
export const DISPATCH_ID = 'dispatch';

/** What a job does. Its cursor is in PostgreSQL: the workflow carries nothing from one time to the next. */
export type ConnectionJob =
  | { job: 'poll'; connectionId: string }
  | { job: 'costs'; connectionId: string }
  | { job: 'reports'; connectionId: string }
  | { job: 'dispatch' }
  | { job: 'tidy' };

/** Something arrived in the inbox. */
export const wake = defineSignal('wake');
