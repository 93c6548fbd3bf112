/**
 * What others may know of an engagement without reading its whole state: the summary behind lists and search
 * attributes. Pure; the workflow publishes it when it changed.
 */
import type { Role } from '../actor.ts';
import { type Money, sumByCurrency } from '../money/money.ts';
import type { MilestoneState } from '../lifecycle.ts';
import { nextWork } from './agenda.ts';
import { invoiceOf } from './apply-calls.ts';
import { revenueMonths } from './cycles.ts';
import type { EngagementState, Finding, InstantMs, SagaState } from './state.ts';

/** One thing that stands in the way, whoever has to move it. */
export interface Obstacle {
  kind: 'blocked' | 'parked' | 'approval' | 'attention';
  sagaId: string | null;
  code: string;
  message: string;
  ownerRole: Role;
  since: InstantMs | null;
  /** When it is tried again by itself; null for what only a person moves. */
  nextAttemptAt: InstantMs | null;
  /** Money that it holds up, where that is known. */
  amount: Money | null;
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

function obstaclesOf(state: EngagementState, saga: SagaState): Obstacle[] {
  const amount = heldUpBy(state, saga);
  const blocked = saga.steps.flatMap((step) =>
    (step.blocked?.findings ?? []).map((finding): Obstacle => ({
      kind: 'blocked',
      sagaId: saga.id,
      ...finding,
      since: step.blocked?.since ?? null,
      nextAttemptAt: saga.parked ? null : (step.blocked?.nextAttemptAt ?? null),
      amount,
    })),
  );
  if (!saga.parked) return blocked;
  const { reason, message, ownerRole, since } = saga.parked;
  return [
    { kind: 'parked', sagaId: saga.id, code: reason, message, ownerRole, since, nextAttemptAt: null, amount },
    ...blocked,
  ];
}

/** States of a milestone before the customer accepted it. */
const NOT_ACCEPTED: readonly MilestoneState[] = ['planned', 'in-progress', 'delivered', 'rejected'];

/**
 * The contract is over and a fixed fee is not: its months are recognised and a later one is due, because milestones are
 * open. The engagement ends after them, so it says which.
 */
function openMilestones({ contract, entities, milestones }: EngagementState): Obstacle[] {
  return entities.flatMap(({ legalEntityId, nextRevenueMonth }): Obstacle[] => {
    const last = revenueMonths(contract, legalEntityId).at(-1);
    if (nextRevenueMonth === null || last === undefined || nextRevenueMonth <= last) return [];
    const lines = contract?.lines.filter((line) => line.legalEntityId === legalEntityId).map((line) => line.lineId);
    const open = milestones.filter(({ lineId, state }) => lines?.includes(lineId) && NOT_ACCEPTED.includes(state));
    if (open.length === 0) return [];
    const names = open.map(({ name }) => `"${name}"`).join(', ');
    const message = `${names} not accepted by the customer after the end of the contract: its revenue follows progress`;
    const amount = sumByCurrency(open.map((milestone) => milestone.amount))[0] ?? null;
    const ownerRole = 'delivery';
    const never = { since: null, nextAttemptAt: null };
    return [{ kind: 'blocked', sagaId: null, code: 'MILESTONES_OPEN', message, ownerRole, amount, ...never }];
  });
}

function ofAttention(finding: Finding): Obstacle {
  return { kind: 'attention', sagaId: null, ...finding, since: null, nextAttemptAt: null, amount: null };
}

/** Everything that stands in an engagement's way: parked first, then blocked, approvals and notes. */
export function obstacles(state: EngagementState): Obstacle[] {
  const order = ['parked', 'blocked', 'approval', 'attention'];
  const inbox = (state.inbox.blocked?.findings ?? []).map((finding): Obstacle => ({
    kind: 'blocked',
    sagaId: null,
    ...finding,
    since: state.inbox.blocked?.since ?? null,
    nextAttemptAt: state.inbox.blocked?.nextAttemptAt ?? null,
    amount: null,
  }));
  const approvals = state.approvals.map((approval): Obstacle => ({
    kind: 'approval',
    sagaId: approval.sagaId,
    code: `APPROVAL_${approval.kind.toUpperCase()}`,
    message: `${approval.title} waits for approval`,
    ownerRole: approval.roles[0] ?? 'ops',
    since: approval.requestedAt,
    nextAttemptAt: null,
    amount: approval.amount,
  }));
  const all = [
    ...state.sagas.flatMap((saga) => obstaclesOf(state, saga)),
    ...inbox,
    ...openMilestones(state),
    ...approvals,
    ...state.attention.map(ofAttention),
  ];
  return all.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** The summary at an instant. */
export function summaryOf(state: EngagementState, now: InstantMs): EngagementSummary {
  const all = obstacles(state);
  const contract = state.contract;
  const first = all[0];
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
    ownerRole: first?.ownerRole ?? null,
    needsHuman: all.some((obstacle) => obstacle.kind !== 'blocked'),
    decisionDueAt: state.approvals[0]?.dueAt ?? null,
    nextAt: nextWork(state, now).wakeAt ?? null,
  };
}
