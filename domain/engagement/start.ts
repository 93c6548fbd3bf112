/** How an engagement begins, and how an older state becomes one of today. */
import type { Actor } from '../actor.ts';
import type { Policy } from '../configuration.ts';
import { DomainError } from '../errors.ts';
import { type BillingGroup, type EngagementState, type InstantMs, type SagaState, STATE_VERSION } from './state.ts';

/** What an engagement is started with. */
export interface EngagementStart {
  engagementId: string;
  connectionId: string;
  dealId: string;
  correlationId: string;
  requestedBy: Actor;
  policy: Policy;
  /** Where a person opens the deal. */
  dealUrl: string | null;
  /**
   * Started by a command that wants a yes or no: a deal that fails validation ends the engagement instead of waiting.
   */
  refuseIfInvalid: boolean;
  /** Where an earlier run of the same engagement ended, so that timeline, view and keys go on from there. */
  after?: { turn: number; timelineSeq: number };
}

/** What engagements do since a later release; a history that was recorded before says no (ADR 0013). */
export interface Since {
  reportsByJob: boolean;
}

/** The state of an engagement of which only the deal is known. */
export function newEngagement(
  { after, ...start }: EngagementStart,
  at: InstantMs,
  { reportsByJob }: Since = { reportsByJob: true },
): EngagementState {
  return {
    v: STATE_VERSION,
    ...start,
    turn: after?.turn ?? 0,
    stage: 'received',
    receivedAt: at,
    ...(reportsByJob ? { reportsByJob } : {}),
    contract: null,
    entities: [],
    groups: [],
    milestones: [],
    invoices: [],
    payments: [],
    sagas: [],
    approvals: [],
    pastNoReturn: false,
    cancelRequested: false,
    attention: [],
    inbox: { announced: false, unacknowledged: [], blocked: null },
    versions: {},
    lastDecisions: [],
    // Keys end in the number of their saga, and undo leaves its keys behind in the systems: an archived project still
    // has one. A saga takes turns, so no earlier one has a number as high as the last turn.
    counters: { saga: after?.turn ?? 0, timeline: after?.timelineSeq ?? 0, note: 0 },
    unpublished: [],
  };
}

/**
 * Lifts a carried state to today's shape. Version 1 grew: the notes of 0.1.0's first builds had no id, and nobody could
 * acknowledge them. Members were only added, so that a worker of those builds still reads what this one writes.
 * @throws STATE_VERSION_UNKNOWN for a state of newer code: the older worker must not touch it
 */
export function upgradeState(carried: EngagementState): EngagementState {
  const version: number = carried.v;
  if (version !== STATE_VERSION) {
    throw new DomainError(
      'STATE_VERSION_UNKNOWN',
      `this worker knows state version ${String(STATE_VERSION)}, not ${String(version)}`,
    );
  }
  // Begun before there was such a wait: as it was then, so that its history replays.
  const { lateArrivalMs = 0 }: Partial<Policy> = carried.policy;
  const lifted = withAllAskers({ ...carried, policy: { ...carried.policy, lateArrivalMs } });
  if ((carried.counters as Partial<EngagementState['counters']>).note !== undefined) return lifted;
  const attention = carried.attention.map((note, index) => {
    return { ...note, noteId: `note.${String(index + 1)}`, since: null };
  });
  return { ...lifted, attention, counters: { ...carried.counters, note: attention.length } };
}

/** Where only the last who asked for a new draft was known, as a single name. */
interface LastAsker {
  askedBy?: string;
  rerunAskedBy?: string;
}

/** All who asked for a new draft, where those builds kept one. */
function withAllAskers(state: EngagementState): EngagementState {
  const sagas = state.sagas.map(({ askedBy, ...saga }: SagaState & LastAsker) => {
    return askedBy === undefined ? saga : { ...saga, redraftAskers: [askedBy] };
  });
  const groups = state.groups.map(({ rerunAskedBy, ...group }: BillingGroup & LastAsker) => {
    return rerunAskedBy === undefined ? group : { ...group, rerunAskers: [rerunAskedBy] };
  });
  return { ...state, sagas, groups };
}
