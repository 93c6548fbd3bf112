/**
 * The contract of the engagement workflow: its name, what starts it, and the messages it understands. The API and the
 * dispatcher import this and nothing else of the workflow.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Actor } from '../../domain/actor.ts';
import type { BeginAnswer } from '../../domain/engagement/beginning.ts';
import type { Decision } from '../../domain/engagement/calls.ts';
import type { EngagementStart } from '../../domain/engagement/start.ts';
import type { EngagementState } from '../../domain/engagement/state.ts';
import type { EngagementSummary } from '../../domain/engagement/view.ts';

/** The workflow type; stable for ever. */
export const ENGAGEMENT_WORKFLOW = 'engagement';

/** The queue of the engagement workflow itself. */
export const ENGAGEMENT_TASK_QUEUE = 'engagement';

/** The first run is started with `start`; every later one carries the state and the wait it was given. */
export type EngagementInput = { start: EngagementStart } | { carried: Carried };

/** Search attributes as they were written last, by name; a date is its instant in milliseconds. */
export type WrittenAttributes = Record<string, string | boolean | number | null>;

/** What one run hands to the next. */
export interface Carried {
  state: EngagementState;
  /** When to wake up by itself; null = only on news. JSON has no undefined. */
  wakeAt: number | null;
  /** Turn of the last view that reached PostgreSQL. */
  publishedTurn: number;
  /** The search attributes as last written, so that unchanged ones are not written again. */
  attributes: WrittenAttributes;
}

/** A snapshot: the whole state, its summary, and what undo would do. */
export interface EngagementSnapshot {
  summary: EngagementSummary;
  state: EngagementState;
  /** What would be undone if set-up were undone now, in order. */
  compensationPlan: { step: string; legalEntityId: string | null; call: string; ref: string | null }[];
  /** All that will happen by itself next. */
  wakeAt: number | null;
}

/** A person's decision: accepted and effective, or refused with a code. */
export const decide = defineUpdate<{ answer: string }, [Decision]>('decide');

/**
 * The answer to a start by command: validation passed, or what it found. Sent together with the start; several who ask
 * at once share one run, and each is answered by his own rights. Without the asker (an API of 0.1.0's first builds) the
 * answer is the run's.
 */
export const begin = defineUpdate<BeginAnswer, [asker: Actor | null]>('begin');

/** "Look at your inbox": the facts themselves are in PostgreSQL; repeated announcements are one. */
export const announced = defineSignal('announced');

/** Continue as new at the next wait, so that new code takes over with a short history. */
export const renew = defineSignal('renew');

/** Where the engagement stands. */
export const snapshot = defineQuery<EngagementSnapshot>('snapshot');
