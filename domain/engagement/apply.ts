/**
 * How facts change the state of an engagement. `apply` is pure and the only writer: it returns a new state and leaves
 * the old one alone. What was refused before it was recorded (`refusal`) cannot arrive here, so a broken expectation is
 * a bug, not
 * an answer.
 */
import { applyBegun, applyDone, applyFailed, groupOf } from './apply-calls.ts';
import { applyStartAsked } from './beginning.ts';
import { applyCancelRefused, applyDecision } from './apply-decisions.ts';
import { applyInboxFailure, applyInboxPage } from './apply-inbox.ts';
import { nextRunAfter } from './cycles.ts';
import { leaveOut } from './work-to-approve.ts';
import { nextMonth } from '../time/period.ts';
import { laterOf } from '../time/plain-date.ts';
import { transition } from '../lifecycle.ts';
import { drop, moveTo, note, park, REDRAFT, validateAgain, WON_AGAIN } from './changes.ts';
import type { DueFact, Fact } from './facts.ts';
import { stepKey } from './keys.ts';
import { checkProjects } from './project-state.ts';
import { rowOf, SAGA_TITLES, SAGAS } from './sagas.ts';
import { isOver, stepsToUndo } from './agenda.ts';
import type { EngagementState, InstantMs, SagaState, StepState } from './state.ts';

/** The state after a fact. */
export function apply(before: EngagementState, fact: Fact): EngagementState {
  const state = JSON.parse(JSON.stringify(before)) as EngagementState;
  state.turn += 1;
  change(state, fact);
  settle(state, fact.at);
  checkProjects(before, state);
  return state;
}

/**
 * The timeline entries up to `seq` are in PostgreSQL, and the acknowledged inbox rows are marked there. Not a fact: no
 * turn.
 */
export function afterPublishing(
  before: EngagementState,
  seq: number,
  acknowledged: readonly string[],
): EngagementState {
  return {
    ...before,
    unpublished: before.unpublished.filter((entry) => entry.seq > seq),
    inbox: { ...before.inbox, unacknowledged: before.inbox.unacknowledged.filter((id) => !acknowledged.includes(id)) },
  };
}

function change(state: EngagementState, fact: Fact): void {
  switch (fact.type) {
    case 'announced':
      state.inbox.announced = true;
      return;
    case 'inboxRead':
      return applyInboxPage(state, fact.at, fact.page);
    case 'inboxFailed':
      return applyInboxFailure(state, fact.at, fact.failure);
    case 'opened':
      return applyOpened(state, fact.at, fact);
    case 'approvalAsked':
      return applyApprovalAsked(state, fact.at, fact);
    case 'reminded':
      return applyReminded(state, fact.at, fact.approvalId);
    case 'begun':
      return applyBegun(state, fact.place);
    case 'done':
      leaveOut(state, fact.at, fact.place, fact.result);
      return applyDone(state, fact.at, fact.place, fact.result);
    case 'failed':
      return applyFailed(state, fact.at, fact.place, fact.failure);
    case 'decided':
      return applyDecision(state, fact.at, fact.decision);
    case 'startAsked':
      return applyStartAsked(state, fact.actor);
    case 'cancelRefused':
      return applyCancelRefused(state, fact.at, fact.refusal);
  }
}

function applyOpened(state: EngagementState, at: InstantMs, opened: Extract<DueFact, { type: 'opened' }>): void {
  state.counters.saga += 1;
  const { kind, scope } = opened;
  const number = state.counters.saga;
  const rowsNow = SAGAS[kind].filter((row) => row.until === undefined || !state[row.until]);
  const steps = rowsNow.flatMap((row): StepState[] => {
    const entities = row.per === 'entity' ? scope.legalEntityIds : [null];
    return entities.map((legalEntityId) => ({
      name: row.name,
      legalEntityId,
      key: stepKey(state.engagementId, row.name, number, legalEntityId, scope.legalEntityIds),
      status: 'pending',
      phase: row.prepare ? 'prepare' : 'do',
      inFlight: false,
      begun: false,
      ref: null,
      prepared: null,
      blocked: null,
    }));
  });
  const [preparer = 'system:throughline', ...alsoAsked] = askersOf(state, opened);
  const id = `${kind}.${String(number)}`;
  state.sagas.push({
    id,
    kind,
    number,
    scope,
    status: 'running',
    preparer,
    ...(alsoAsked.length > 0 ? { alsoAsked } : {}),
    openedAt: at,
    steps,
    cause: null,
    parked: null,
  });
  note(state, at, { kind: 'saga', title: `${SAGA_TITLES[kind]} begins`, sagaId: id });
  advanceCursors(state, at, opened);
}

/** Who asked for the run (decisions.md 17): set-up by who started it, a draft made anew by all who wanted that. */
function askersOf(state: EngagementState, { kind, scope }: Extract<DueFact, { type: 'opened' }>): string[] {
  if (kind === 'projectSetup') return [state.requestedBy.subject];
  const group = kind === 'billing' ? groupOf(state, { scope }) : undefined;
  return group?.rerunAskers ?? [];
}

/** Moves on what caused the saga, so that it is not opened twice. */
function advanceCursors(
  state: EngagementState,
  at: InstantMs,
  { kind, scope }: Extract<DueFact, { type: 'opened' }>,
): void {
  if (kind === 'validation') moveTo(state, at, 'validating');
  if (kind === 'projectSetup') moveTo(state, at, 'provisioning');
  if (kind === 'completion') moveTo(state, at, 'completing');
  if (kind === 'payment') state.payments = state.payments.filter((payment) => payment.invoiceId !== scope.invoiceId);
  if (kind === 'revenue') {
    for (const entity of state.entities) {
      if (!scope.month || !scope.legalEntityIds.includes(entity.legalEntityId)) continue;
      entity.nextRevenueMonth = scope.isLast ? null : nextMonth(scope.month);
    }
  }
  if (kind === 'billing') {
    for (const group of state.groups) {
      if (group.currency !== scope.currency || !scope.legalEntityIds.includes(group.legalEntityId)) continue;
      group.rerunUntil = null;
      delete group.rerunAskers;
      // A run for an earlier date (a rejected draft, made again) leaves the rhythm alone.
      if (!scope.untilExclusive || group.nextRunOn === null || scope.untilExclusive < group.nextRunOn) continue;
      group.nextRunOn = nextRunAfter(state.contract, group, scope.untilExclusive);
    }
    for (const milestone of state.milestones) {
      if (!scope.milestoneIds?.includes(milestone.milestoneId)) continue;
      if (milestone.state === 'accepted') milestone.state = transition('milestone', 'accepted', 'ready-to-invoice');
    }
  }
}

function applyApprovalAsked(
  state: EngagementState,
  at: InstantMs,
  fact: Extract<DueFact, { type: 'approvalAsked' }>,
): void {
  const saga = state.sagas.find((candidate) => candidate.id === fact.sagaId);
  const step = saga?.steps[fact.stepIndex];
  const kind = saga && step ? rowOf(saga.kind, step.name).approval : undefined;
  if (!saga || !step || !kind || !state.contract) throw new Error(`saga ${fact.sagaId} has no approval to ask for`);
  const invoice = state.invoices.find((candidate) => candidate.invoiceId === saga.steps[0]?.ref);
  if (invoice) invoice.state = transition('invoice', invoice.state, 'in-approval');
  if (kind === 'activation') moveTo(state, at, 'ready');
  const legalEntityId = saga.scope.legalEntityIds[0] ?? state.contract.leadLegalEntityId;
  state.approvals.push({
    approvalId: `${saga.id}.${step.name}`,
    kind,
    sagaId: saga.id,
    legalEntityId,
    title: invoice ? `Invoice for ${state.contract.customerName}` : `Activation of ${state.contract.name}`,
    amount: invoice?.total ?? null,
    versionHash: approvedHash(state, saga),
    preparer: saga.preparer,
    ...(invoice?.workApprovers ? { workApprovers: invoice.workApprovers } : {}),
    ...(saga.alsoAsked ? { alsoAsked: saga.alsoAsked } : {}),
    roles: state.policy.approvers[kind],
    requestedAt: at,
    dueAt: at + state.policy.approvalDueMs,
    reminded: false,
  });
  const title = invoice ? 'Approval asked for: invoice' : 'Approval asked for: activation';
  note(state, at, { kind: 'approval', title, sagaId: saga.id, ...(invoice ? { amount: invoice.total } : {}) });
}

/** An invoice is approved by the hash of its draft, an activation by the hash of the contract it puts into force. */
function approvedHash(state: EngagementState, saga: SagaState): string {
  const draftHash = saga.steps.find((step) => step.name === 'draft')?.prepared;
  return typeof draftHash === 'string' ? draftHash : (state.contract?.hash ?? '');
}

function applyReminded(state: EngagementState, at: InstantMs, approvalId: string): void {
  const approval = state.approvals.find((candidate) => candidate.approvalId === approvalId);
  if (!approval) return;
  approval.reminded = true;
  note(state, at, { kind: 'reminder', title: `Approval overdue: ${approval.title}`, sagaId: approval.sagaId });
}

/** Ends what has ended: a saga with all steps verified, or with nothing left to undo. */
function settle(state: EngagementState, at: InstantMs): void {
  for (const saga of [...state.sagas]) {
    if (saga.steps.some((step) => step.inFlight)) continue;
    if (saga.status === 'running' && saga.steps.every((step) => step.status === 'verified')) finish(state, at, saga);
    if (saga.status === 'undoing' && stepsToUndo(saga).length === 0) finishUndo(state, at, saga);
  }
  if (isOver(state)) state.approvals = [];
}

function finish(state: EngagementState, at: InstantMs, saga: SagaState): void {
  saga.status = 'done';
  note(state, at, { kind: 'saga', title: `${SAGA_TITLES[saga.kind]} done`, sagaId: saga.id });
  if (saga.kind === 'projectSetup') return; // Kept: its undo is needed until the point of no return.
  drop(state, saga);
  if (saga.kind === 'completion') moveTo(state, at, 'closed');
}

function finishUndo(state: EngagementState, at: InstantMs, saga: SagaState): void {
  saga.status = 'undone';
  note(state, at, { kind: 'saga', title: `${SAGA_TITLES[saga.kind]} undone`, sagaId: saga.id });
  if (state.cancelRequested) {
    drop(state, saga);
    if (state.sagas.every((other) => other.status !== 'undoing')) moveTo(state, at, 'cancelled');
    return;
  }
  if (saga.kind !== 'projectSetup') {
    if (saga.cause?.code === REDRAFT) rerunBilling(state, saga);
    return drop(state, saga);
  }
  moveTo(state, at, 'parked');
  if (saga.cause?.code === WON_AGAIN) return validateAgain(state, at, saga);
  const cause = saga.cause ?? { code: 'SET_UP_FAILED', message: 'set-up failed', ownerRole: 'ops' as const };
  park(state, at, saga, {
    reason: cause.code,
    ownerRole: cause.ownerRole,
    message: `Set-up was undone: ${cause.message}`,
    allowed: ['retry', 'cancel'],
  });
}

/** The work of a voided draft is due again now: before the draft is void, its lines are not free. */
function rerunBilling(state: EngagementState, voided: SagaState): void {
  const group = groupOf(state, voided);
  const until = voided.scope.untilExclusive;
  if (group && until) group.rerunUntil = laterOf(group.rerunUntil ?? until, until);
  const askers = new Set([...(group?.rerunAskers ?? []), ...(voided.redraftAskers ?? [])]);
  if (group && askers.size > 0) group.rerunAskers = [...askers];
}
