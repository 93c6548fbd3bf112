/**
 * The workers of one process: one for engagements, one for each outside capability, one for the jobs of connections.
 * Separate queues, so that a throttled vendor fills its own queue and nothing else.
 */
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { CONNECTIONS_TASK_QUEUE } from '../../workflows/connection/contract.ts';
import { ENGAGEMENT_TASK_QUEUE } from '../../workflows/engagement/contract.ts';
import { dataConverter } from '../../temporal-config/data-converter.ts';

/** What the workers are made of. */
export interface WorkersOptions {
  connection: NativeConnection;
  namespace: string;
  /** The bundle built by `npm run build`, or the workflows' source path in tests. */
  workflows: Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'>;
  activities: object;
  connectionActivities: object;
  /** Cached engagements; 0 forces a replay at every task (tests). */
  cachedWorkflowsMax?: number;
  /** How long calls in flight may finish on shutdown, milliseconds. */
  graceMs?: number;
}

/** Calls at once to one outside capability by one worker process. */
const CALLS_AT_ONCE_MAX = 8;

/** Creates the workers; `run` resolves when all have stopped, and rejects when one fails. */
export async function createWorkers(options: WorkersOptions): Promise<{ run(): Promise<void>; shutdown(): void }> {
  const { connection, namespace, workflows, activities, connectionActivities } = options;
  const shared: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace,
    dataConverter,
    shutdownGraceTime: options.graceMs ?? 15_000,
  };
  const calls = { ...shared, activities, maxConcurrentActivityTaskExecutions: CALLS_AT_ONCE_MAX };
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      ...workflows,
      activities,
      taskQueue: ENGAGEMENT_TASK_QUEUE,
      maxCachedWorkflows: options.cachedWorkflowsMax ?? 500,
    }),
    ...['crm', 'psa', 'erp'].map((taskQueue) => Worker.create({ ...calls, taskQueue })),
    Worker.create({
      ...shared,
      ...workflows,
      activities: connectionActivities,
      taskQueue: CONNECTIONS_TASK_QUEUE,
      maxCachedWorkflows: 20,
    }),
  ]);
  return {
    run: async () => {
      await Promise.all(workers.map((worker) => worker.run()));
    },
    shutdown: () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}
