/**
 * The yardstick: a workflow with the same activities, local activities, updates, signals, timers and search
 * attributes as an engagement, in the same order, and nothing else. What an engagement costs beyond it is our own
 * code and our payloads.
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  condition,
  defineSignal,
  defineUpdate,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';

/** One thing that the bare workflow does. */
export type Act =
  | { kind: 'remote'; queue: string }
  | { kind: 'local' }
  | { kind: 'upsert' }
  | { kind: 'wait'; ms: number | null; until: 'timer' | 'update' | 'signal' };

interface BareActivities {
  work(id: string, index: number): Promise<void>;
}

/** Ends a wait, like a decision. */
export const nudgeByUpdate = defineUpdate('nudgeByUpdate');

/** Ends a wait, like an announcement. */
export const nudgeBySignal = defineSignal('nudgeBySignal');

/** Carries the acts out, and then waits for ever as an idle engagement does. */
export async function bare(id: string, acts: Act[]): Promise<void> {
  let [nudges, seen] = [0, 0];
  const nudge = (): void => void (nudges += 1);
  setHandler(nudgeByUpdate, nudge);
  setHandler(nudgeBySignal, nudge);
  for (const [index, act] of acts.entries()) {
    if (act.kind === 'remote') {
      const { work } = proxyActivities<BareActivities>({ taskQueue: act.queue, startToCloseTimeout: 10_000 });
      await work(id, index);
    } else if (act.kind === 'local') {
      await proxyLocalActivities<BareActivities>({ startToCloseTimeout: 10_000 }).work(id, index);
    } else if (act.kind === 'upsert') {
      upsertSearchAttributes([{ key: defineSearchAttributeKey('Stage', 'KEYWORD'), value: String(index) }]);
    } else {
      const nudged = (): boolean => nudges > seen;
      if (act.ms === null) await condition(nudged);
      else await condition(nudged, act.ms);
      seen = nudges;
    }
  }
  await condition(() => false);
}
