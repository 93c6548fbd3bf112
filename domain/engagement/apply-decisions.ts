/**
 * People's decisions: when one is refused, and what an accepted one changes. `refusal` runs as the update's validator,
 * before anything is recorded, so a person gets one definite answer (decisions.md 5).
 */
import { type Actor, actsFor, isMachine, personOf, personsOf, type Role } from '../actor.ts';
import { transition } from '../lifecycle.ts';
import { isPastNoReturn } from './agenda.ts';
import { beginUndo, endEngagement, invoiceOf, voidAndRedraft } from './apply-calls.ts';
import type { Decision, Refusal } from './calls.ts';
import { attend, moveTo, note, park, validateAgain } from './changes.ts';
import { rowOf } from './sagas.ts';
import type { Approval, EngagementState, InstantMs, SagaState } from './state.ts';

/** How many answered decisions are remembered for repetitions. */
const REMEMBERED_MAX = 20;

/**
 * Why a decision cannot be taken, or undefined when it can. A repetition is never refused: it gets its first answer
 * again.
 */
export function refusal(state: EngagementState, decision: Decision): Refusal | undefined {
  if (answerTo(state, decision) !== undefined) return undefined;
  const { command, actor } = decision;
  switch (command.type) {
    case 'approve':
    case 'reject':
      return refusalOfApproval(state, actor, command);
    case 'retry':
      return refusalOfRetry(state, actor, command.sagaId);
    case 'redraft':
      return refusalOfRedraft(state, actor, command.sagaId);
    case 'cancel':
      return refusalOfCancel(state, actor);
    case 'acknowledge':
      return refusalOfAcknowledgement(state, actor, command.noteId);
  }
}

/** The answer that a decision already got, or undefined. */
export function answerTo(state: EngagementState, decision: Decision): string | undefined {
  return state.lastDecisions.find((known) => known.updateId === decision.updateId)?.answer;
}

function refusalOfApproval(
  state: EngagementState,
  actor: Actor,
  command: Extract<Decision['command'], { approvalId: string }>,
): Refusal | undefined {
  const approval = state.approvals.find((candidate) => candidate.approvalId === command.approvalId);
  if (!approval) {
    return {
      code: 'APPROVAL_NOT_PENDING',
      message: `approval ${command.approvalId} is not pending: it was decided or withdrawn`,
    };
  }
  if (approval.versionHash !== command.versionHash) {
    return {
      code: 'APPROVAL_STALE',
      message: 'what you saw has changed since: read it again and decide on the new version',
    };
  }
  if (command.type === 'reject' && approval.kind === 'activation' && isPastNoReturn(state)) {
    const message = 'work was approved on the project: set-up cannot be undone any more, only approved or amended';
    return { code: 'PAST_POINT_OF_NO_RETURN', message };
  }
  return refusalOfActor(state, approval, actor);
}

/** Preparer is never approver: the rule looks at persons, whatever token, role or deputy they come with. */
function isPreparer({ requestedBy }: EngagementState, approval: Approval, actor: Actor): boolean {
  const { kind, preparer, alsoAsked = [], workApprovers = [] } = approval;
  const asked = kind === 'activation' ? personsOf(requestedBy) : [];
  const preparers = [...[preparer, ...alsoAsked, ...workApprovers].map(personOf), ...asked];
  return personsOf(actor).some((person) => preparers.includes(person));
}

function refusalOfActor(state: EngagementState, approval: Approval, actor: Actor): Refusal | undefined {
  if (isMachine(actor)) return { code: 'MACHINE_NEVER_APPROVES', message: 'a machine identity never approves' };
  if (isPreparer(state, approval, actor)) {
    return {
      code: 'PREPARER_IS_APPROVER',
      message: 'who asked for this, or approved work in it, may not approve or reject it',
    };
  }
  if (!approval.roles.some((role) => actor.roles.includes(role))) {
    return { code: 'ROLE_MISSING', message: `this decision needs one of the roles ${approval.roles.join(', ')}` };
  }
  if (!actsFor(actor, approval.legalEntityId)) {
    return { code: 'ENTITY_FORBIDDEN', message: `you do not act for legal entity ${approval.legalEntityId}` };
  }
  return undefined;
}

function isBlocked(saga: SagaState): boolean {
  return saga.steps.some((step) => step.blocked !== null);
}

/** Roles that may ask for another try: who owns the trouble first, then who may always (operations.md, section 5). */
export function retryRoles(saga: SagaState): Role[] {
  const blocked = saga.steps.flatMap((step) => step.blocked?.findings ?? []);
  const owners = saga.parked ? [saga.parked.ownerRole] : blocked.map((finding) => finding.ownerRole);
  return [...new Set<Role>([...owners.filter((role) => role !== 'admin'), 'ops', 'fin-preparer'])];
}

function refusalOfRetry(state: EngagementState, actor: Actor, sagaId: string): Refusal | undefined {
  const saga = state.sagas.find((candidate) => candidate.id === sagaId);
  if (!saga || (!saga.parked && !isBlocked(saga))) {
    return { code: 'NOTHING_TO_RETRY', message: `${sagaId} is neither parked nor blocked` };
  }
  const allowed = retryRoles(saga);
  if (!allowed.some((role) => actor.roles.includes(role))) {
    return { code: 'ROLE_MISSING', message: `a retry needs one of the roles ${allowed.join(', ')}` };
  }
  return refusalOfEntities(state, actor);
}

/** Only a draft that is not posted: its posting was refused for good, and nothing is in flight. */
function refusalOfRedraft(state: EngagementState, actor: Actor, sagaId: string): Refusal | undefined {
  const saga = state.sagas.find((candidate) => candidate.id === sagaId);
  const invoice = saga?.parked ? invoiceOf(state, saga) : undefined;
  if (saga?.kind !== 'billing' || invoice?.state !== 'failed') {
    return { code: 'NOTHING_TO_REDRAFT', message: `${sagaId} has no invoice whose posting was refused` };
  }
  const allowed = ['fin-preparer', 'ops'] as const;
  if (!allowed.some((role) => actor.roles.includes(role))) {
    return { code: 'ROLE_MISSING', message: `a new draft needs one of the roles ${allowed.join(', ')}` };
  }
  if (actsFor(actor, invoice.legalEntityId)) return undefined;
  return { code: 'ENTITY_FORBIDDEN', message: `you do not act for legal entity ${invoice.legalEntityId}` };
}

function refusalOfCancel(state: EngagementState, actor: Actor): Refusal | undefined {
  if (!actor.roles.includes('ops') && !actor.subject.startsWith('system:')) {
    return { code: 'ROLE_MISSING', message: 'a cancellation needs the role ops' };
  }
  return refusalOfEnding(state) ?? refusalOfEntities(state, actor);
}

/** Why the engagement cannot be cancelled any more, whoever asks; undefined while it can. */
export function refusalOfEnding(state: EngagementState): Refusal | undefined {
  if (isPastNoReturn(state)) {
    const message =
      'work was approved or an invoice posted: the engagement can be amended, terminated or credited, not cancelled';
    return { code: 'PAST_POINT_OF_NO_RETURN', message };
  }
  if (state.cancelRequested || ['completing', 'closed', 'cancelled'].includes(state.stage)) {
    return { code: 'ALREADY_ENDING', message: 'the engagement is already ending' };
  }
  return undefined;
}

function refusalOfAcknowledgement(state: EngagementState, actor: Actor, noteId: string): Refusal | undefined {
  const found = state.attention.find((candidate) => candidate.noteId === noteId);
  if (!found)
    return { code: 'NOTE_NOT_OPEN', message: `note ${noteId} is not open: it was acknowledged, or never was` };
  if (isMachine(actor)) return { code: 'MACHINE_NEVER_APPROVES', message: 'a machine identity acknowledges nothing' };
  if (!actor.roles.includes(found.ownerRole)) {
    return { code: 'ROLE_MISSING', message: `this note is acknowledged by the role ${found.ownerRole}` };
  }
  return refusalOfEntities(state, actor);
}

/** What touches the whole engagement needs somebody who acts for at least one of its legal entities. */
function refusalOfEntities({ entities }: EngagementState, actor: Actor): Refusal | undefined {
  if (entities.length === 0 || entities.some(({ legalEntityId }) => actsFor(actor, legalEntityId))) return undefined;
  const ids = entities.map(({ legalEntityId }) => legalEntityId).join(', ');
  return { code: 'ENTITY_FORBIDDEN', message: `you do not act for legal entity ${ids}` };
}

/** Records an accepted decision. */
export function applyDecision(state: EngagementState, at: InstantMs, decision: Decision): void {
  if (answerTo(state, decision) !== undefined) return;
  const answer = carryOut(state, at, decision);
  state.lastDecisions = [...state.lastDecisions, { updateId: decision.updateId, answer }].slice(-REMEMBERED_MAX);
}

function carryOut(state: EngagementState, at: InstantMs, { command, actor, reason }: Decision): string {
  switch (command.type) {
    case 'approve':
    case 'reject':
      return decide(state, at, actor, command, reason);
    case 'retry':
      return retry(state, at, actor, command.sagaId);
    case 'redraft':
      return redraft(state, at, actor, command.sagaId, reason);
    case 'cancel':
      return cancel(state, at, actor, reason);
    case 'acknowledge':
      return acknowledge(state, at, actor, command.noteId, reason);
  }
}

function decide(
  state: EngagementState,
  at: InstantMs,
  actor: Actor,
  command: Extract<Decision['command'], { approvalId: string }>,
  reason: string | null,
): string {
  const approval = state.approvals.find((candidate) => candidate.approvalId === command.approvalId);
  const saga = state.sagas.find((candidate) => candidate.id === approval?.sagaId);
  const step = saga?.steps.find((candidate) => `${saga.id}.${candidate.name}` === approval?.approvalId);
  if (!approval || !saga || !step) throw new Error(`approval ${command.approvalId} is not pending`);
  state.approvals = state.approvals.filter((candidate) => candidate !== approval);
  const invoice = invoiceOf(state, saga);
  const verdict = command.type === 'approve' ? 'approved' : 'rejected';
  const title = `${approval.title} ${verdict}${reason ? `: ${reason}` : ''}`;
  note(state, at, { kind: 'decision', title, actor: actor.subject, sagaId: saga.id });
  if (verdict === 'approved') {
    step.status = 'verified';
    if (invoice) invoice.state = transition('invoice', invoice.state, 'approved');
    return 'approved';
  }
  const message = `${approval.title} was rejected${reason ? `: ${reason}` : ''}`;
  if (approval.kind === 'activation') {
    beginUndo(state, at, saga, { code: 'ACTIVATION_REJECTED', message, ownerRole: 'ops' });
  } else {
    if (invoice) invoice.state = transition('invoice', invoice.state, 'draft');
    park(state, at, saga, { reason: 'INVOICE_REJECTED', message, allowed: ['retry'] });
  }
  return 'rejected';
}

function retry(state: EngagementState, at: InstantMs, actor: Actor, sagaId: string): string {
  const saga = state.sagas.find((candidate) => candidate.id === sagaId);
  if (!saga) throw new Error(`no saga ${sagaId} to retry`);
  const reason = saga.parked?.reason;
  saga.parked = null;
  note(state, at, { kind: 'decision', title: 'Retry asked for', actor: actor.subject, sagaId });
  if (saga.redraftAskers) asksForRedraft(saga, actor); // Another one wants what is on its way already.
  for (const step of saga.steps) if (step.blocked) step.blocked.nextAttemptAt = at;
  if (saga.status === 'undone') {
    validateAgain(state, at, saga);
  } else if (saga.status === 'undoing' && state.stage === 'parked') {
    moveTo(state, at, 'compensating');
  } else if (reason === 'INVOICE_REJECTED' || reason === 'DRAFT_STALE') {
    voidOnceProven(state, at, saga, actor);
  } else if (!saga.steps.some((step) => step.phase === 'lookUp')) {
    const invoice = invoiceOf(state, saga);
    if (invoice?.state === 'failed') invoice.state = transition('invoice', 'failed', 'approved');
  }
  return 'retrying';
}

function redraft(state: EngagementState, at: InstantMs, actor: Actor, sagaId: string, reason: string | null): string {
  const saga = state.sagas.find((candidate) => candidate.id === sagaId);
  if (!saga) throw new Error(`no saga ${sagaId} to draft anew`);
  saga.parked = null;
  const title = `New draft asked for${reason ? `: ${reason}` : ''}`;
  note(state, at, { kind: 'decision', title, actor: actor.subject, sagaId });
  voidOnceProven(state, at, saga, actor);
  return 'redrafting';
}

/** Whoever asks prepares the new draft: himself, and for whom he does it. None of them approves it. */
function asksForRedraft(saga: SagaState, { subject, onBehalfOf }: Actor): void {
  const asked = new Set([...(saga.redraftAskers ?? []), subject, ...(onBehalfOf === undefined ? [] : [onBehalfOf])]);
  saga.redraftAskers = [...asked];
}

/**
 * A draft that was never sent is voided at once. Where its posting was begun, the ERP is asked first: only when it has
 * no invoice under the key is the draft voided, or the same work could be invoiced twice.
 */
function voidOnceProven(state: EngagementState, at: InstantMs, saga: SagaState, actor: Actor): void {
  asksForRedraft(saga, actor);
  const sent = saga.steps.find((step) => step.begun && step.status === 'pending' && rowOf(saga.kind, step.name).lookUp);
  if (sent) sent.phase = 'lookUp';
  else voidAndRedraft(state, at, saga);
}

function cancel(state: EngagementState, at: InstantMs, actor: Actor, reason: string | null): string {
  const because = reason ? `: ${reason}` : '';
  note(state, at, { kind: 'decision', title: `Cancellation asked for${because}`, actor: actor.subject });
  endEngagement(state, at, { code: 'CANCELLED', message: `the engagement was cancelled${because}`, ownerRole: 'ops' });
  return 'cancelling';
}

/** The note leaves what people have to look at; that somebody did, and why it is settled, stays in the timeline. */
function acknowledge(
  state: EngagementState,
  at: InstantMs,
  actor: Actor,
  noteId: string,
  reason: string | null,
): string {
  const found = state.attention.find((candidate) => candidate.noteId === noteId);
  if (!found) throw new Error(`note ${noteId} is not open`);
  state.attention = state.attention.filter((candidate) => candidate !== found);
  const title = `Acknowledged: ${found.message}${reason ? ` (${reason})` : ''}`;
  note(state, at, { kind: 'decision', title, actor: actor.subject });
  return 'acknowledged';
}

/**
 * A cancel request to the engine (its Web UI, its command line) that cannot be followed. Nobody is there to be answered
 * as a person of the API is, so people are told; nothing else happens.
 */
export function applyCancelRefused(state: EngagementState, at: InstantMs, { code, message }: Refusal): void {
  const told = `A cancel request to Temporal was refused: ${message}`;
  note(state, at, { kind: 'decision', title: told });
  if (code !== 'ALREADY_ENDING') attend(state, at, { code: 'CANCELLATION_REFUSED', message: told, ownerRole: 'ops' });
}
