/**
 * What an engagement does next. `nextWork` names the one next thing that is due, or the instant at which something will
 * be; it reads the state and changes nothing. Order: what came in, then sagas in progress, oldest first, then new
 * sagas.
 * Revenue of a month is recognised before the month is billed, so that an invoice finds the unbilled receivable it
 * settles.
 */
import { dateAt, startOfDayMs } from '../time/calendar.ts';
import { nextMonth } from '../time/period.ts';
import { addDays, type PlainDate } from '../time/plain-date.ts';
import { lastRunOn, revenueMonths } from './cycles.ts';
import { isHeldByMove, moveToOpen } from './entity-refs.ts';
import type { DueFact, Place } from './facts.ts';
import { type CallName, rowOf, type SagaKind } from './sagas.ts';
import type {
  Approval,
  BillingGroup,
  EngagementState,
  EntityState,
  InstantMs,
  SagaScope,
  SagaState,
  StepState,
} from './state.ts';

/** Something to do now. */
export type Work =
  | { kind: 'inbox' }
  | { kind: 'record'; fact: DueFact }
  | { kind: 'call'; place: Place; call: CallName; probe: boolean };

/** What is due, or when something will be; neither: only a message can bring news. */
export interface Next {
  due?: Work;
  wakeAt?: InstantMs;
}

/** The next thing to do at `now`. Pure: the same state and instant give the same answer. */
export function nextWork(state: EngagementState, now: InstantMs): Next {
  let wakeAt: InstantMs | undefined;
  for (const candidate of candidates(state, now)) {
    if (candidate.due) return { due: candidate.due };
    if (candidate.wakeAt !== undefined) wakeAt = Math.min(wakeAt ?? Infinity, candidate.wakeAt);
  }
  return wakeAt === undefined ? {} : { wakeAt };
}

function* candidates(state: EngagementState, now: InstantMs): Generator<Next> {
  if (state.inbox.announced) yield atOrAfter(state.inbox.blocked?.nextAttemptAt ?? 0, now, { kind: 'inbox' });
  for (const saga of state.sagas) yield nextOfSaga(state, saga, now);
  for (const approval of state.approvals) yield reminderOf(approval, now);
  yield* openings(state, now);
}

/** The engagement has ended; nothing will ever be due again. */
export function isOver(state: EngagementState): boolean {
  return state.stage === 'closed' || state.stage === 'cancelled';
}

/**
 * The point of no return (domain.md, saga): work was approved, revenue recognised or an invoice posted, or a call was
 * begun that is compensated forward only and may have happened. The closing of an engagement lies behind it.
 */
export function isPastNoReturn(state: EngagementState): boolean {
  if (state.pastNoReturn || state.stage === 'completing' || state.stage === 'closed') return true;
  return state.sagas.some((saga) =>
    saga.steps.some((step) => step.begun && rowOf(saga.kind, step.name).undo === 'keep'),
  );
}

/** The entity's calendar date at an instant. */
export function todayOf(entity: EntityState, now: InstantMs): PlainDate {
  return dateAt(entity.calendar, now);
}

function atOrAfter(at: InstantMs, now: InstantMs, due: Work): Next {
  return at > now ? { wakeAt: at } : { due };
}

function onOrAfter(entity: EntityState, date: PlainDate, now: InstantMs, due: () => Work): Next {
  return todayOf(entity, now) >= date ? { due: due() } : { wakeAt: startOfDayMs(entity.calendar, date) };
}

function open(kind: SagaKind, scope: SagaScope): Work {
  return { kind: 'record', fact: { type: 'opened', kind, scope } };
}

/** Steps still to be undone, in the order in which that happens: backwards from the step in flight. */
export function stepsToUndo(saga: SagaState): StepState[] {
  return saga.steps
    .filter((step) => step.begun && step.status !== 'undone' && (rowOf(saga.kind, step.name).undo ?? 'keep') !== 'keep')
    .reverse();
}

function nextOfSaga(state: EngagementState, saga: SagaState, now: InstantMs): Next {
  if (saga.parked || saga.status === 'done' || saga.status === 'undone' || isHeldByMove(state, saga)) return {};
  const undoing = saga.status === 'undoing';
  // The last move is undone first, then set-up: each puts back what it found.
  const isLaterMove = (other: SagaState): boolean => other.kind === 'erpMove' && other.number > saga.number;
  const isMade = saga.kind === 'projectSetup' || saga.kind === 'erpMove';
  if (undoing && isMade && state.sagas.some((other) => isLaterMove(other) && other.status === 'undoing')) return {};
  const step = undoing ? stepsToUndo(saga)[0] : saga.steps.find((candidate) => candidate.status === 'pending');
  if (!step) return {};
  const stepIndex = saga.steps.indexOf(step);
  const row = rowOf(saga.kind, step.name);
  if (row.approval && !undoing) {
    const asked = state.approvals.some((approval) => approval.sagaId === saga.id);
    return asked ? {} : { due: { kind: 'record', fact: { type: 'approvalAsked', sagaId: saga.id, stepIndex } } };
  }
  const phase = undoing ? 'undo' : step.phase;
  const call = row[phase];
  if (!call || call === 'keep') throw new Error(`step ${step.name} of ${saga.kind} has no call for phase ${phase}`);
  const work: Work = { kind: 'call', place: { sagaId: saga.id, stepIndex, phase }, call, probe: step.blocked !== null };
  return step.blocked ? atOrAfter(step.blocked.nextAttemptAt, now, work) : { due: work };
}

function reminderOf(approval: Approval, now: InstantMs): Next {
  if (approval.reminded) return {};
  return atOrAfter(approval.dueAt, now, {
    kind: 'record',
    fact: { type: 'reminded', approvalId: approval.approvalId },
  });
}

function* openings(state: EngagementState, now: InstantMs): Generator<Next> {
  if (state.stage === 'received' || state.stage === 'validating') {
    if (state.sagas.length > 0) return;
    const legalEntityIds = state.entities.map((entity) => entity.legalEntityId);
    yield {
      due: state.contract ? open('projectSetup', { legalEntityIds }) : open('validation', { legalEntityIds: [] }),
    };
    return;
  }
  if (state.stage !== 'active' && state.stage !== 'completing') return;
  yield* paymentsDue(state);
  for (const entity of state.entities) {
    const erpMove = moveToOpen(state, entity);
    if (erpMove) yield { due: open('erpMove', { legalEntityIds: [entity.legalEntityId], erpMove }) };
  }
  for (const entity of state.entities) yield revenueDue(state, entity, now);
  for (const group of state.groups) yield billingDue(state, group, now);
  yield completionDue(state, now);
}

function* paymentsDue(state: EngagementState): Generator<Next> {
  for (const { invoiceId, ...payment } of state.payments) {
    const invoice = state.invoices.find((candidate) => candidate.invoiceId === invoiceId);
    if (!invoice || (invoice.state !== 'posted' && invoice.state !== 'part-paid')) continue;
    if (state.sagas.some((saga) => isBooking(saga, invoiceId))) continue;
    const scope = { legalEntityIds: [invoice.legalEntityId], currency: invoice.total.currency, invoiceId, payment };
    yield { due: open('payment', scope) };
  }
}

/** The invoice, or a payment of it, is on its way into our books: one after the other. */
function isBooking(saga: SagaState, invoiceId: string): boolean {
  if (saga.kind === 'payment') return saga.scope.invoiceId === invoiceId;
  if (saga.kind !== 'billing' || saga.steps[0]?.ref !== invoiceId) return false;
  return saga.steps.some((step) => step.name === 'book' && step.status !== 'verified');
}

function revenueDue(state: EngagementState, entity: EntityState, now: InstantMs): Next {
  const month = entity.nextRevenueMonth;
  const id = entity.legalEntityId;
  if (!month || state.sagas.some((saga) => saga.kind === 'revenue' && saga.scope.legalEntityIds.includes(id)))
    return {};
  // A month after the contract's last catches up work that was approved late: it is the last one too.
  const isLast = (revenueMonths(state.contract, id).at(-1) ?? month) <= month;
  return onOrAfter(entity, `${nextMonth(month)}-01`, now, () =>
    open('revenue', { legalEntityIds: [id], month, isLast }),
  );
}

/** Milestones of a group that the customer accepted and no invoice or billing run in progress has. */
function acceptedMilestones(state: EngagementState, group: BillingGroup): string[] {
  const lineIds = new Set(
    state.contract?.lines.filter((line) => line.legalEntityId === group.legalEntityId).map((line) => line.lineId),
  );
  const taken = new Set(state.sagas.flatMap((saga) => saga.scope.milestoneIds ?? []));
  return state.milestones
    .filter((m) => (m.state === 'accepted' || m.state === 'ready-to-invoice') && !taken.has(m.milestoneId))
    .filter((m) => m.amount.currency === group.currency && lineIds.has(m.lineId))
    .map((m) => m.milestoneId);
}

function billingDue(state: EngagementState, group: BillingGroup, now: InstantMs): Next {
  const entity = state.entities.find((candidate) => candidate.legalEntityId === group.legalEntityId);
  if (!entity) return {};
  const today = todayOf(entity, now);
  const milestoneIds = acceptedMilestones(state, group);
  const scheduled = group.nextRunOn !== null && today >= group.nextRunOn;
  const untilExclusive = group.rerunUntil ?? (scheduled ? lastRunOn(state.contract, group, today) : null);
  if (untilExclusive !== null || milestoneIds.length > 0) {
    const scope: SagaScope = { legalEntityIds: [group.legalEntityId], currency: group.currency, milestoneIds };
    return { due: open('billing', untilExclusive === null ? scope : { ...scope, untilExclusive }) };
  }
  return group.nextRunOn === null ? {} : { wakeAt: startOfDayMs(entity.calendar, group.nextRunOn) };
}

/** Everything is billed, recognised and paid, and the contract is over: close. */
function completionDue(state: EngagementState, now: InstantMs): Next {
  const contract = state.contract;
  const lead = state.entities[0];
  if (!contract || !lead || state.sagas.some((saga) => saga.status !== 'done')) return {};
  const open_ =
    state.entities.some((entity) => entity.nextRevenueMonth !== null) ||
    state.groups.some((group) => group.nextRunOn !== null || group.rerunUntil !== null) ||
    state.milestones.some((milestone) => milestone.state !== 'invoiced' && milestone.state !== 'paid') ||
    state.invoices.some((invoice) => invoice.state !== 'paid' && invoice.state !== 'void');
  if (open_) return {};
  const legalEntityIds = state.entities.map((entity) => entity.legalEntityId);
  return onOrAfter(lead, addDays(contract.endOn, 1), now, () => open('completion', { legalEntityIds }));
}
