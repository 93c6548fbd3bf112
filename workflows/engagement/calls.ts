/**
 * The calls that an engagement makes, and what their failures mean. The only place of the workflow that knows
 * activities.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  proxyLocalActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import { DefaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import type { Activities } from '../../activities/index.ts';
import { SYSTEM } from '../../domain/actor.ts';
import type { Work } from '../../domain/engagement/agenda.ts';
import type { CallInput, CallResult, Envelope, InboxPage } from '../../domain/engagement/calls.ts';
import { stepAt } from '../../domain/engagement/facts.ts';
import { inputOf } from '../../domain/engagement/intent.ts';
import { type CallName, type Queue, rowOf, SAGA_TITLES } from '../../domain/engagement/sagas.ts';
import type { EngagementState, Failure, InstantMs } from '../../domain/engagement/state.ts';
import type { EngagementSummary } from '../../domain/engagement/view.ts';
import { booksOptions, PUBLISH_OPTIONS, remoteOptions } from '../shared/activity-options.ts';

type Calls = Record<CallName, (envelope: Envelope<CallInput>) => Promise<CallResult>>;

function envelope<T>(state: EngagementState, data: T): Envelope<T> {
  return { v: 1, correlationId: state.correlationId, actor: SYSTEM, data };
}

type SystemCall = Extract<Work, { kind: 'call' }>;

function rowAt(state: EngagementState, { place }: SystemCall) {
  const { saga, step } = stepAt(state, place);
  return { saga, step, row: rowOf(saga.kind, step.name) };
}

/** Whose queue a call goes to; `books` is our own database, by a local activity. */
export function queueOf(state: EngagementState, work: SystemCall): Queue {
  return rowAt(state, work).row.queue;
}

/** Makes one call of a saga; `now` gives it its business date. */
export async function callSystem(state: EngagementState, work: SystemCall, now: InstantMs): Promise<CallResult> {
  const { saga, step, row } = rowAt(state, work);
  const where = step.legalEntityId ? ` (${step.legalEntityId})` : '';
  const summary = `${SAGA_TITLES[saga.kind]}: ${row.title}${where}, ${work.place.phase}`;
  const calls: Calls =
    row.queue === 'books'
      ? proxyLocalActivities<Calls>(booksOptions(summary))
      : proxyActivities<Calls>(remoteOptions(row.queue, state.policy, work.probe, summary));
  return calls[work.call](envelope(state, inputOf(state, work.place, now)));
}

/** Reads facts that arrived, and acknowledges those read before. */
export async function readInbox(state: EngagementState): Promise<InboxPage> {
  const calls = proxyLocalActivities<Pick<Activities, 'readInbox'>>(booksOptions('Read inbox'));
  return calls.readInbox(
    envelope(state, { engagementId: state.engagementId, acknowledge: state.inbox.unacknowledged }),
  );
}

/** Writes the view and the timeline to PostgreSQL. */
export async function publishView(state: EngagementState, summary: EngagementSummary): Promise<void> {
  const calls = proxyLocalActivities<Pick<Activities, 'publish'>>(PUBLISH_OPTIONS);
  const { engagementId, turn, unpublished, inbox } = state;
  const acknowledge = inbox.unacknowledged;
  await calls.publish(envelope(state, { engagementId, turn, summary, timeline: unpublished, acknowledge }));
}

/**
 * What a failed call means. A time-out leaves the outcome unknown; a failure of ours says its kind in its details;
 * anything else is a bug and goes on as one, so that the workflow task fails and waits for fixed code. A local
 * activity's failure comes bare, without the `ActivityFailure` around that of a remote one: passed on, it would end
 * the engagement for good.
 */
export function failureOf(error: unknown): Failure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const { kind, repeated } = saidBy(cause);
    return {
      code: cause.type ?? 'ERROR',
      kind: kind ?? (cause.nonRetryable ? 'refused' : 'outage'),
      message: cause.message,
      ...(repeated ? { repeated: true } : {}),
      ...pauseOf(cause),
    };
  }
  const call = error instanceof ActivityFailure ? error.activityType : 'our database';
  if (cause instanceof TimeoutFailure) {
    const last = lastTryOf(cause);
    const message = `no answer in time (${call})`;
    if (!last) return { code: 'TIMEOUT', kind: 'unknown', message };
    return { code: 'TIMEOUT', kind: 'unknown', message: `${message}; before: ${last.message}`, ...pauseOf(last) };
  }
  if (!(error instanceof ActivityFailure)) throw error;
  return { code: 'INTERRUPTED', kind: 'unknown', message: `${call} was interrupted` };
}

/** What a failure of ours says beyond its code and message (`activities/failures.ts`). */
interface Said {
  kind?: Failure['kind'];
  retryAfterMs?: number | null;
  repeated?: boolean;
}

function saidBy(failure: ApplicationFailure): Said {
  return failure.details?.[0] ?? {};
}

function pauseOf(failure: ApplicationFailure): Pick<Failure, 'retryAfterMs'> {
  const { retryAfterMs } = saidBy(failure);
  return retryAfterMs ? { retryAfterMs } : {};
}

/**
 * What the last try said that came back before the time was over, also where the server gave up because the next try
 * would come too late. The SDK makes no error of it, but keeps what the server told.
 */
function lastTryOf({ failure }: TimeoutFailure): ApplicationFailure | undefined {
  if (!failure?.cause?.applicationFailureInfo) return undefined;
  const last = new DefaultFailureConverter().failureToError(failure.cause, defaultPayloadConverter);
  return last instanceof ApplicationFailure ? last : undefined;
}
