/**
 * Small changes that all parts of `apply` make: notes for the timeline, blocking, parking, moving between stages. They
 * work on the draft that `apply` cloned, so they may write into it.
 */
import { type EngagementStage, transition } from '../lifecycle.ts';
import { lookup } from '../lookup.ts';
import type { Money } from '../money/money.ts';
import type { EngagementState, Failure, Finding, InstantMs, Parked, SagaState, StepState } from './state.ts';

/** Who owns which kind of trouble first (operations.md 3.3); what is not listed goes to operations. */
const OWNERS: Readonly<Record<string, Finding['ownerRole']>> = {
  TOTALS_DIFFER: 'fin-preparer',
  INVOICE_REJECTED: 'fin-preparer',
  DRAFT_STALE: 'fin-preparer',
  INVOICE_IN_ERP: 'fin-preparer',
  INVOICE_VOIDED: 'fin-preparer',
  INVOICE_CREDITED: 'fin-preparer',
  RATE_MISSING: 'fin-preparer',
  WORK_CHANGED_AFTER_BILLING: 'fin-preparer',
  PROJECT_ARCHIVED: 'delivery',
  PROJECT_DUPLICATED: 'ops',
  ACTIVATION_REJECTED: 'ops',
  UNAUTHORISED: 'admin',
};

/** Why set-up is being undone when the reopened deal was won again meanwhile: afterwards it goes on by itself. */
export const WON_AGAIN = 'DEAL_WON_AGAIN';

/** The code of a deal that was lost: as a finding, as the cause of an undo, as a note. */
export const DEAL_LOST = 'DEAL_LOST';

/** Why a billing run is being undone when its work is billed again by another run. */
export const REDRAFT = 'REDRAFT';

/** The role that acts first on a code. */
export function ownerOf(code: string): Finding['ownerRole'] {
  return lookup(OWNERS, code) ?? 'ops';
}

/** Adds a line to the timeline. */
export function note(
  state: EngagementState,
  at: InstantMs,
  entry: { kind: string; title: string; actor?: string; sagaId?: string; amount?: Money },
): void {
  state.counters.timeline += 1;
  state.unpublished.push({
    seq: state.counters.timeline,
    at,
    kind: entry.kind,
    title: entry.title,
    actor: entry.actor ?? 'system:throughline',
    sagaId: entry.sagaId ?? null,
    amount: entry.amount ?? null,
  });
}

/** Moves the engagement to another stage. @throws TRANSITION_REFUSED */
export function moveTo(state: EngagementState, at: InstantMs, stage: EngagementStage): void {
  if (state.stage === stage) return;
  state.stage = transition('engagement', state.stage, stage);
  note(state, at, { kind: 'stage', title: `Engagement is ${stage}` });
}

/** What was undone is begun anew, with the deal as it is now. */
export function validateAgain(state: EngagementState, at: InstantMs, undone: SagaState): void {
  drop(state, undone);
  state.contract = null;
  moveTo(state, at, 'validating');
}

/** Shows something to people that blocks nothing; told again before it is acknowledged, it stays one. */
export function attend(state: EngagementState, at: InstantMs, finding: Finding): void {
  if (state.attention.some((known) => known.code === finding.code && known.message === finding.message)) return;
  state.counters.note += 1;
  state.attention.push({ ...finding, noteId: `note.${String(state.counters.note)}`, since: at });
}

/** News that was left to a next run belong to this one after all: they begin nothing any more. */
export function acknowledgeKept(state: EngagementState): void {
  if (state.inbox.kept) state.inbox.unacknowledged.push(state.inbox.kept);
  delete state.inbox.kept;
}

/** Waiting time before the next attempt, milliseconds: doubles with each attempt up to the policy's limit. */
export function probeDelayMs(state: EngagementState, attempts: number): number {
  return Math.min(state.policy.probeDelayMs * 2 ** Math.min(attempts - 1, 20), state.policy.probeDelayMaxMs);
}

/** Writes down that a step is blocked, and when it is tried again: not before the time that the system itself named. */
export function block(
  state: EngagementState,
  at: InstantMs,
  saga: SagaState,
  step: StepState,
  findings: Finding[],
  retryAfterMs = 0,
): void {
  const attempts = (step.blocked?.attempts ?? 0) + 1;
  const first = step.blocked === null;
  const reasons = findings.map((finding) => finding.message).join('; ');
  step.blocked = {
    findings,
    since: step.blocked?.since ?? at,
    attempts,
    nextAttemptAt: at + Math.max(probeDelayMs(state, attempts), retryAfterMs),
  };
  if (first) note(state, at, { kind: 'blocked', title: `Blocked: ${reasons}`, sagaId: saga.id });
}

/** The finding that a failed call leaves. A system comes back by itself; credentials that it refuses do not. */
export function findingOf({ code, kind, message }: Failure): Finding {
  const passes = kind !== 'refused' && code !== 'UNAUTHORISED';
  return { code, message, ownerRole: ownerOf(code), ...(passes ? { passes } : {}) };
}

/** Parks a saga for a person. */
export function park(
  state: EngagementState,
  at: InstantMs,
  saga: SagaState,
  parked: Omit<Parked, 'since' | 'ownerRole'> & { ownerRole?: Parked['ownerRole'] },
): void {
  saga.parked = { ownerRole: ownerOf(parked.reason), ...parked, since: at };
  note(state, at, { kind: 'parked', title: `Parked for ${saga.parked.ownerRole}: ${parked.message}`, sagaId: saga.id });
}

/** Takes a saga out of the state: it has ended and its traces are in the books. */
export function drop(state: EngagementState, saga: SagaState): void {
  state.sagas = state.sagas.filter((candidate) => candidate !== saga);
}
