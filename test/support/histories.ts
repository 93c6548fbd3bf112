/** All runs of a workflow as the server recorded them, and how much they are without what time travel in tests adds. */
import type { World } from './world.ts';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
const { EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED: SKIPPED } = proto.temporal.api.enums.v1.EventType;

/** A run's events, without the test-only ones. */
export interface Run {
  runId: string;
  events: proto.temporal.api.history.v1.IHistoryEvent[];
}

/** The runs of an engagement, oldest first. */
export async function runsOf(world: World, dealId: string): Promise<Run[]> {
  const { workflowId } = world.handle(dealId);
  const runs: Run[] = [];
  let runId: string | undefined = (await world.handle(dealId).describe()).runId;
  while (runId) {
    const { events } = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.unshift({ runId, events: (events ?? []).filter(({ eventType }) => eventType !== SKIPPED) });
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
  }
  return runs;
}

/** Events and encoded bytes of runs. */
export function sizeOf(runs: readonly Run[]): { events: number; bytes: number } {
  const bytes = runs.reduce((sum, { events }) => sum + History.encode({ events }).finish().length, 0);
  return { events: runs.reduce((sum, { events }) => sum + events.length, 0), bytes };
}
