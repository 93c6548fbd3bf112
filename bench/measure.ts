// Counting: wall clock and CPU of this process, and what a history costs on the server.
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';

const { EventType } = proto.temporal.api.enums.v1;
const { HistoryEvent } = proto.temporal.api.history.v1;

/** Events that only time travel makes. */
const OF_TIME_TRAVEL: ReadonlySet<unknown> = new Set([
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
]);

/** An event of a history. */
export type HistoryEvents = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>;

/** How long a piece of work took. */
export interface Cost {
  seconds: number;
  cpuSeconds: number;
}

/** The size of a history without the events of time travel. */
export interface Size {
  events: number;
  bytes: number;
}

/** Runs and measures; the CPU is that of this process: workers and driver, not the servers. */
export async function measured(work: () => Promise<unknown>): Promise<Cost> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1_000_000 };
}

/** The events of a workflow's run, without those of time travel. */
export async function eventsOf(handle: WorkflowHandle): Promise<HistoryEvents> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(({ eventType }) => !OF_TIME_TRAVEL.has(eventType));
}

/** Number and bytes of events. */
export function sizeOf(events: HistoryEvents): Size {
  return {
    events: events.length,
    bytes: events.reduce((sum, event) => sum + HistoryEvent.encode(event).finish().length, 0),
  };
}

/** Waits for a condition in this process. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > giveUpAt) throw new Error(`never ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
