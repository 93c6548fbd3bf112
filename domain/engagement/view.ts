/**
 * What others may know of an engagement without reading its whole state: the summary behind lists and search
 * attributes. Pure; the workflow publishes it when it changed.
 */
import type { Role } from '../actor.ts';
import type { EngagementStage, MilestoneState } from '../lifecycle.ts';
import { type Money, sumByCurrency } from '../money/money.ts';
import { isOver, isPastNoReturn, nextWork } from './agenda.ts';
import { invoiceOf } from './apply-calls.ts';
import { refusalOfEnding, retryRoles } from './apply-decisions.ts';
import type { Decision } from './calls.ts';
import type { Approval, AttentionNote, Blocked, EngagementState, InstantMs, SagaState } from './state.ts';

/** What a person can ask for: the commands of decisions. */
export type Action = Decision['command']['type'];

/** One thing that stands in the way, whoever has to move it. */
export interface Obstacle {
  kind: 'blocked' | 'parked' | 'approval' | 'attention';
  sagaId: string | null;
  /** What a decision on it names. */
  approvalId: string | null;
  /** What an acknowledgement names. */
  noteId: string | null;
  code: string;
  message: string;
  /** Who repairs it, or decides. */
  ownerRole: Role;
  /** A named person is needed for this to go on, or to be cleared: no time and no system does it. */
  needsHuman: boolean;
  since: InstantMs | null;
  /** When it is tried again by itself; null for what only a person moves. */
  nextAttemptAt: InstantMs | null;
  /** Money that it holds up, where that is known. */
  amount: Money | null;
  /** What can be asked for now, and the roles that may; cancelling is for operations alone. */
  actions: Action[];
  roles: Role[];
}

/** The summary of an engagement. */
export interface EngagementSummary {
  engagementId: string;
  connectionId: string;
  dealId: string;
  stage: string;
  contractName: string | null;
  customerId: string | null;
  customerName: string | null;
  legalEntityIds: string[];
  currencies: string[];
  contractValue: Money[];
  billed: Money[];
  paid: Money[];
  recognised: Money[];
  obstacles: Obstacle[];
  blockedBy: string | null;
  parkedReason: string | null;
  ownerRole: Role | null;
  /** A named person is needed for something to go on or to be cleared; false once the engagement has ended. */
  needsHuman: boolean;
  /** When the oldest pending decision is due. */
  decisionDueAt: InstantMs | null;
  /** When something will happen by itself next. */
  nextAt: InstantMs | null;
}

/** The money that a saga holds up: its invoice, or the whole contract while it is not set up. */
function heldUpBy(state: EngagementState, saga: SagaState): Money | null {
  const invoice = invoiceOf(state, saga);
  if (invoice) return invoice.total;
  if (saga.kind !== 'projectSetup') return null;
  return sumByCurrency(state.contract?.lines.map((line) => line.value) ?? [])[0] ?? null;
}

/** What a person may ask for beside what the obstacle itself allows. */
function orCancel(state: EngagementState, actions: Action[]): Action[] {
  return refusalOfEnding(state) ? actions : [...actions, 'cancel'];
}

function ofBlocked(state: EngagementState, blocked: Blocked | null, saga: SagaState | null): Obstacle[] {
  return (blocked?.findings ?? []).map((finding): Obstacle => ({
    ...{ kind: 'blocked', sagaId: saga?.id ?? null, approvalId: null, noteId: null },
    ...{ code: finding.code, message: finding.message, ownerRole: finding.ownerRole },
    needsHuman: finding.passes !== true || saga?.parked != null,
    since: blocked?.since ?? null,
    nextAttemptAt: saga?.parked ? null : (blocked?.nextAttemptAt ?? null),
    amount: saga && heldUpBy(state, saga),
    actions: orCancel(state, saga ? ['retry'] : []),
    roles: saga ? retryRoles(saga) : [],
  }));
}

function ofSaga(state: EngagementState, saga: SagaState): Obstacle[] {
  const blocked = saga.steps.flatMap((step) => ofBlocked(state, step.blocked, saga));
  if (!saga.parked) return blocked;
  const { reason, message, ownerRole, since, allowed } = saga.parked;
  const parked: Obstacle = {
    ...{ kind: 'parked', sagaId: saga.id, approvalId: null, noteId: null, needsHuman: true },
    ...{ code: reason, message, ownerRole, since, nextAttemptAt: null, amount: heldUpBy(state, saga) },
    actions: orCancel(
      state,
      allowed.filter((action) => action !== 'cancel'),
    ),
    roles: retryRoles(saga),
  };
  return [parked, ...blocked];
}

function ofApproval(state: EngagementState, approval: Approval): Obstacle {
  const { approvalId, sagaId, kind, title, roles, requestedAt, amount } = approval;
  const isFinal = kind === 'activation' && isPastNoReturn(state);
  return {
    ...{ kind: 'approval', sagaId, approvalId, noteId: null, code: `APPROVAL_${kind.toUpperCase()}` },
    ...{ message: `${title} waits for approval`, ownerRole: roles[0] ?? 'ops', needsHuman: true },
    ...{ since: requestedAt, nextAttemptAt: null, amount, roles },
    actions: isFinal ? ['approve'] : ['approve', 'reject'],
  };
}

/** After the end a note is a record: nobody can acknowledge it any more. */
function ofAttention(state: EngagementState, found: AttentionNote): Obstacle {
  const { noteId, code, message, ownerRole, since } = found;
  const isOpen = !isOver(state);
  return {
    ...{ kind: 'attention', sagaId: null, approvalId: null, noteId, code, message, ownerRole, needsHuman: isOpen },
    ...{ since, nextAttemptAt: null, amount: null },
    ...{ actions: isOpen ? ['acknowledge'] : [], roles: isOpen ? [ownerRole] : [] },
  };
}

/** States of a milestone before the customer accepted it. */
const NOT_ACCEPTED: readonly MilestoneState[] = ['planned', 'in-progress', 'delivered', 'rejected'];

/**
 * The contract is over and a fixed fee is not: its months are recognised and a later one is due, because milestones are
 * open. The engagement ends after them, so it says which.
 */
function openMilestones(state: EngagementState): Obstacle[] {
  const { contract, entities, milestones } = state;
  return entities.flatMap(({ legalEntityId, nextRevenueMonth }): Obstacle[] => {
    const lines = (contract?.lines ?? []).filter((line) => line.legalEntityId === legalEntityId);
    const areOver = lines.every(({ endOn }) => nextRevenueMonth !== null && endOn < `${nextRevenueMonth}-01`);
    if (lines.length === 0 || !areOver) return [];
    const open = milestones.filter(
      ({ lineId, state: at }) => NOT_ACCEPTED.includes(at) && lines.some((line) => line.lineId === lineId),
    );
    if (open.length === 0) return [];
    const names = open.map(({ name }) => `"${name}"`).join(', ');
    return [
      {
        ...{ kind: 'blocked', sagaId: null, approvalId: null, noteId: null, code: 'MILESTONES_OPEN' },
        message: `${names} not accepted by the customer after the end of the contract: its revenue follows progress`,
        ...{ ownerRole: 'delivery', needsHuman: true, since: null, nextAttemptAt: null },
        amount: sumByCurrency(open.map((milestone) => milestone.amount))[0] ?? null,
        actions: orCancel(state, []),
        roles: [],
      },
    ];
  });
}

/** Per legal entity: the months whose work waits for approval in Throughline, where its batches are decided. */
function workToApprove(state: EngagementState): Obstacle[] {
  const all = isOver(state) ? [] : (state.workToApprove ?? []);
  return [...new Set(all.map(({ legalEntityId }) => legalEntityId))].map((legalEntityId) => {
    const waiting = all.filter((one) => one.legalEntityId === legalEntityId);
    const months = waiting.map(({ month }) => month).join(', ');
    return {
      ...{ kind: 'approval', sagaId: null, approvalId: null, noteId: null, code: 'WORK_TO_APPROVE' },
      message: `time or expenses of ${months} (${legalEntityId}) wait for approval in Throughline`,
      ...{ ownerRole: 'delivery', needsHuman: true, since: Math.min(...waiting.map(({ since }) => since)) },
      ...{ nextAttemptAt: null, amount: null, actions: [], roles: ['delivery'] },
    };
  });
}

/** Everything that stands in an engagement's way: parked first, then blocked, approvals and notes. */
export function obstacles(state: EngagementState): Obstacle[] {
  const order = ['parked', 'blocked', 'approval', 'attention'];
  const all = [
    ...state.sagas.flatMap((saga) => ofSaga(state, saga)),
    ...ofBlocked(state, state.inbox.blocked, null),
    ...openMilestones(state),
    ...state.approvals.map((approval) => ofApproval(state, approval)),
    ...workToApprove(state),
    ...state.attention.map((found) => ofAttention(state, found)),
  ];
  return all.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** The summary of an engagement that was accepted and has not begun yet: what lists show until its first turn ends. */
export function receivedSummary(
  ids: Pick<EngagementSummary, 'engagementId' | 'connectionId' | 'dealId'>,
): EngagementSummary {
  const stage: EngagementStage = 'received';
  return {
    ...{ ...ids, stage, contractName: null, customerId: null, customerName: null, legalEntityIds: [], currencies: [] },
    ...{ contractValue: [], billed: [], paid: [], recognised: [], obstacles: [], blockedBy: null, parkedReason: null },
    ...{ ownerRole: null, needsHuman: false, decisionDueAt: null, nextAt: null },
  };
}

/** The summary at an instant. */
export function summaryOf(state: EngagementState, now: InstantMs): EngagementSummary {
  const all = obstacles(state);
  const contract = state.contract;
  const dueAts = state.approvals.map((approval) => approval.dueAt);
  return {
    engagementId: state.engagementId,
    connectionId: state.connectionId,
    dealId: state.dealId,
    stage: state.stage,
    contractName: contract?.name ?? null,
    customerId: contract?.customerId ?? null,
    customerName: contract?.customerName ?? null,
    legalEntityIds: state.entities.map((entity) => entity.legalEntityId),
    currencies: [...new Set(state.groups.map((group) => group.currency))],
    contractValue: sumByCurrency(contract?.lines.map((line) => line.value) ?? []),
    billed: sumByCurrency(state.groups.map((group) => group.billed)),
    paid: sumByCurrency(state.groups.map((group) => group.paid)),
    recognised: sumByCurrency(state.entities.flatMap((entity) => entity.recognised)),
    obstacles: all,
    blockedBy: all.find((obstacle) => obstacle.kind === 'blocked')?.code ?? null,
    parkedReason: all.find((obstacle) => obstacle.kind === 'parked')?.code ?? null,
    ownerRole: isOver(state) ? null : (all[0]?.ownerRole ?? null),
    needsHuman: all.some((obstacle) => obstacle.needsHuman),
    decisionDueAt: dueAts.length === 0 ? null : Math.min(...dueAts),
    nextAt: nextWork(state, now).wakeAt ?? null,
  };
}
