/**
 * How begun, finished and failed calls change the state: the mechanics of a saga's steps, and what each result brings.
 */
import { transition } from '../lifecycle.ts';
import { lookup } from '../lookup.ts';
import { add, money, subtract, zero } from '../money/money.ts';
import { isPastNoReturn } from './agenda.ts';
import { acceptStart, FOREIGN, isForeign, refuseStart } from './beginning.ts';
import type { CallResult, DraftedInvoice, Validated } from './calls.ts';
import { acknowledgeKept, attend, block, DEAL_LOST, drop, findingOf, moveTo, note, park, REDRAFT } from './changes.ts';
import { nextRunAfter, revenueMonths } from './cycles.ts';
import { type Place, stepAt } from './facts.ts';
import { laterOf } from '../time/plain-date.ts';
import { rowOf } from './sagas.ts';
import type {
  BillingGroup,
  EngagementState,
  Failure,
  Finding,
  InstantMs,
  InvoiceSummary,
  Parked,
  SagaState,
  StepState,
} from './state.ts';

/** A call is about to be made: from here on it may have happened. */
export function applyBegun(state: EngagementState, place: Place): void {
  const { saga, step } = stepAt(state, place);
  step.inFlight = true;
  if (place.phase === 'do') step.begun = true;
  const invoice = invoiceOf(state, saga);
  if (invoice && step.name === 'post' && invoice.state === 'approved')
    invoice.state = transition('invoice', invoice.state, 'posting');
}

/** A call came back. */
export function applyDone(state: EngagementState, at: InstantMs, place: Place, result: CallResult): void {
  const { saga, step } = stepAt(state, place);
  step.inFlight = false;
  if (result.repeated) leaveOpen(state, at, place);
  if (result.ref !== undefined) step.ref = result.ref;
  if (result.prepared !== undefined) step.prepared = result.prepared;
  const findings = result.findings ?? [];
  if (place.phase === 'undo') {
    if (findings.length > 0) return undoHindered(state, at, saga, step, findings);
    if (waitsForLate(state, at, saga, step, 'undone')) return;
    step.status = 'undone';
    step.blocked = null;
    forgetRef(state, step);
    voidDraft(state, saga);
    note(state, at, { kind: 'undone', title: `Undone: ${rowOf(saga.kind, step.name).title}`, sagaId: saga.id });
    return;
  }
  for (const { legalEntityId, month } of result.unrecognised ?? []) {
    const entity = state.entities.find((candidate) => candidate.legalEntityId === legalEntityId);
    if (entity) entity.nextRevenueMonth ??= month;
  }
  if (findings.length > 0) {
    if (saga.status === 'undoing') return; // A cancellation arrived during the call: nothing is tried again.
    if (saga.kind === 'validation' && state.refuseIfInvalid) return refuseStart(state, at, saga, findings);
    if (findings.some(({ code }) => code === DEAL_LOST)) return loseDeal(state, at);
    return block(state, at, saga, step, findings);
  }
  const unbilled = rerunsFor(state, result);
  if (unbilled.length > 0) return block(state, at, saga, step, unbilled);
  if (result.validated && saga.status === 'running' && isForeign(state, result.validated))
    return refuseStart(state, at, saga, [FOREIGN]);
  step.blocked = null;
  if (place.phase === 'lookUp' && waitsForLate(state, at, saga, step, 'not there')) return;
  if (place.phase === 'lookUp') return voidAndRedraft(state, at, saga);
  if (result.nothing) return nothingToDo(state, at, saga);
  take(state, at, saga, step, place, result);
  if (saga.status === 'undoing') return; // A cancellation arrived during the call: what was done is now undone.
  const row = rowOf(saga.kind, step.name);
  if (place.phase === 'prepare') step.phase = 'do';
  else if (place.phase === 'do' && row.verify) step.phase = 'verify';
  else {
    step.status = 'verified';
    note(state, at, { kind: 'step', title: row.title, sagaId: saga.id });
  }
}

/** The saga is skipped. Accepted milestones cannot be nothing: skipped, they would be due again at once, for ever. */
function nothingToDo(state: EngagementState, at: InstantMs, saga: SagaState): void {
  if (saga.status === 'undoing' || !saga.scope.milestoneIds?.length) return drop(state, saga);
  const message = 'no invoice could be drafted for milestones that the customer accepted';
  park(state, at, saga, { reason: 'MILESTONES_NOT_BILLED', message, ownerRole: 'fin-preparer', allowed: ['retry'] });
}

/**
 * Work found at completion is billed first. The check stays blocked, so that it is asked again later and not at once
 * when no run can bill the work; an invoice that is drafted ends this completion, and when that is paid, the next one
 * begins.
 */
function rerunsFor(state: EngagementState, { unbilled = [] }: CallResult): Finding[] {
  return unbilled.map(({ legalEntityId, currency, untilExclusive }) => {
    const group = state.groups.find((g) => g.legalEntityId === legalEntityId && g.currency === currency);
    if (group) group.rerunUntil = laterOf(group.rerunUntil ?? untilExclusive, untilExclusive);
    const message = `approved work of ${legalEntityId} in ${currency} has no invoice yet`;
    return { code: 'UNBILLED_WORK', message, ownerRole: 'fin-preparer', passes: true };
  });
}

/** A call failed. */
export function applyFailed(state: EngagementState, at: InstantMs, place: Place, failure: Failure): void {
  const { saga, step } = stepAt(state, place);
  step.inFlight = false;
  if (failure.kind === 'unknown' || failure.repeated) leaveOpen(state, at, place);
  if (saga.status === 'undoing' && place.phase !== 'undo') return;
  const invoice = invoiceOf(state, saga);
  if (invoice?.state === 'posting' && failure.kind === 'unknown')
    invoice.state = transition('invoice', 'posting', 'post-unknown');
  if (place.phase === 'undo') {
    if (failure.kind !== 'refused')
      return undoHindered(state, at, saga, step, [findingOf(failure)], failure.retryAfterMs);
    return parkUndo(state, at, saga, step, failure.message);
  }
  if (failure.kind !== 'refused') return block(state, at, saga, step, [findingOf(failure)], failure.retryAfterMs);
  // Past the point of no return nothing is undone: a person repairs the cause, and the step goes on.
  if (saga.kind === 'projectSetup' && !isPastNoReturn(state)) return beginUndo(state, at, saga, findingOf(failure));
  if (saga.kind === 'validation' && state.refuseIfInvalid) return refuseStart(state, at, saga, [findingOf(failure)]);
  if (place.phase === 'lookUp') step.phase = 'do'; // It was done after all, or nobody can say: so nothing is voided.
  if (invoice && (invoice.state === 'posting' || invoice.state === 'post-unknown')) {
    if (invoice.state === 'posting') invoice.state = transition('invoice', 'posting', 'post-unknown');
    invoice.state = transition('invoice', invoice.state, 'failed');
  }
  park(state, at, saga, { reason: failure.code, message: failure.message, allowed: waysOut(saga, invoice) });
}

/** What a person may decide about a saga that a refusal parked. */
function waysOut(saga: SagaState, invoice: InvoiceSummary | undefined): Parked['allowed'] {
  if (saga.kind === 'validation') return ['retry', 'cancel'];
  return invoice?.state === 'failed' ? ['retry', 'redraft'] : ['retry'];
}

/** The draft is voided, its lines are free again, and then a new run drafts them under a new number. */
export function voidAndRedraft(state: EngagementState, at: InstantMs, saga: SagaState): void {
  const message = 'its work is drafted anew';
  beginUndo(state, at, saga, { code: REDRAFT, message, ownerRole: 'fin-preparer' });
}

/**
 * A write of an outside system got no answer: it may take effect until the system has surely given it up (ADR 0012).
 */
function leaveOpen(state: EngagementState, at: InstantMs, place: Place): void {
  const { saga, step } = stepAt(state, place);
  const writes = place.phase === 'do' || place.phase === 'undo';
  if (writes && rowOf(saga.kind, step.name).queue !== 'books') step.openUntil = at + state.policy.lateArrivalMs;
}

/** A request that was never answered may still arrive: what was undone or looked for is so once more after that. */
function waitsForLate(state: EngagementState, at: InstantMs, saga: SagaState, step: StepState, is: string): boolean {
  const waitMs = (step.openUntil ?? 0) - at;
  const message = `"${rowOf(saga.kind, step.name).title}" is ${is}; an open request may still arrive: again after it`;
  if (waitMs > 0) block(state, at, saga, step, [{ code: 'REQUEST_OPEN', message, ownerRole: 'ops' }], waitMs);
  return waitMs > 0;
}

/** Something stands in the way of an undo: it is tried again by itself, and after some probes a person is asked. */
function undoHindered(
  state: EngagementState,
  at: InstantMs,
  saga: SagaState,
  step: StepState,
  findings: Finding[],
  retryAfterMs?: number,
): void {
  block(state, at, saga, step, findings, retryAfterMs);
  const givenUp = (step.blocked?.attempts ?? 0) > state.policy.undoProbesMax;
  if (givenUp) parkUndo(state, at, saga, step, findings.map((finding) => finding.message).join('; '));
}

/** What cannot be undone becomes a case with an owner, never a silent skip (domain.md, saga). */
function parkUndo(state: EngagementState, at: InstantMs, saga: SagaState, step: StepState, because: string): void {
  const message = `Could not undo "${rowOf(saga.kind, step.name).title}": ${because}`;
  park(state, at, saga, { reason: 'UNDO_FAILED', message, allowed: ['retry'] });
  if (saga.kind === 'projectSetup') moveTo(state, at, 'parked');
}

/** Turns a saga round: from the step in flight backwards, everything begun is undone. */
export function beginUndo(
  state: EngagementState,
  at: InstantMs,
  saga: SagaState,
  cause: NonNullable<SagaState['cause']>,
): void {
  saga.status = 'undoing';
  saga.cause = cause;
  saga.parked = null;
  for (const step of saga.steps) step.blocked = null;
  state.approvals = state.approvals.filter((approval) => approval.sagaId !== saga.id);
  if (saga.kind === 'projectSetup') moveTo(state, at, 'compensating');
  note(state, at, { kind: 'undo', title: `Undo begins: ${cause.message}`, sagaId: saga.id });
}

/** Before the point of no return: the engagement ends, and everything begun is undone for this reason. */
export function endEngagement(state: EngagementState, at: InstantMs, cause: NonNullable<SagaState['cause']>): void {
  state.cancelRequested = true;
  acknowledgeKept(state); // It is older than this end: only what comes later begins anew.
  for (const saga of [...state.sagas]) {
    if (saga.status === 'undone') drop(state, saga);
    else if (saga.status === 'undoing') Object.assign(saga, { cause, parked: null });
    else beginUndo(state, at, saga, cause);
  }
  if (state.stage === 'parked' && state.sagas.length > 0) moveTo(state, at, 'compensating');
  if (state.sagas.length === 0) moveTo(state, at, 'cancelled');
}

/**
 * The CRM's record says that the deal is lost: the engagement ends as cancelled. After the point of no return it goes
 * on for what was worked and billed, and a person settles the rest.
 */
export function loseDeal(state: EngagementState, at: InstantMs): void {
  acknowledgeKept(state); // Won before it was lost: nothing begins with that.
  note(state, at, { kind: 'deal', title: 'Deal was lost in the CRM' });
  if (isPastNoReturn(state)) {
    state.attention = state.attention.filter(({ code }) => code !== 'DEAL_REOPENED');
    const message = 'The deal was set to lost after work or billing began: nothing is undone, amend or credit it';
    return attend(state, at, { code: DEAL_LOST, message, ownerRole: 'fin-preparer' });
  }
  if (state.cancelRequested) return;
  const message = 'the deal was lost in the CRM before anything was worked or billed';
  endEngagement(state, at, { code: DEAL_LOST, message, ownerRole: 'ops' });
}

/** The invoice that a billing saga drafted, or that a payment is for. */
export function invoiceOf(state: EngagementState, saga: SagaState): InvoiceSummary | undefined {
  const invoiceId = saga.kind === 'billing' ? saga.steps[0]?.ref : saga.scope.invoiceId;
  return state.invoices.find((candidate) => candidate.invoiceId === invoiceId);
}

/** The billing group of a saga. */
export function groupOf(state: EngagementState, saga: Pick<SagaState, 'scope'>): BillingGroup | undefined {
  return state.groups.find(
    (group) => group.currency === saga.scope.currency && saga.scope.legalEntityIds.includes(group.legalEntityId),
  );
}

/** Takes over what a result brings beyond the step itself. */
function take(
  state: EngagementState,
  at: InstantMs,
  saga: SagaState,
  step: StepState,
  place: Place,
  result: CallResult,
): void {
  if (result.validated) takeValidated(state, result.validated);
  if (saga.kind === 'projectSetup') takeRef(state, step);
  if (step.name === 'activate' && saga.status === 'running') moveTo(state, at, 'active');
  if (result.draft) takeDraft(state, saga, step, result.draft);
  if (saga.kind === 'billing' && step.name === 'post') takePosted(state, at, saga, result);
  if (saga.kind === 'payment' && step.name === 'book') takePayment(state, at, saga);
  for (const amount of result.revenue?.recognised ?? []) {
    if (amount.amountMinor !== 0) state.pastNoReturn = true; // Journals are never taken back.
    const entity = state.entities.find((candidate) => saga.scope.legalEntityIds.includes(candidate.legalEntityId));
    const before = entity?.recognised.find((money) => money.currency === amount.currency);
    if (before) before.amountMinor = add(before, amount).amountMinor;
    // A copy: the result is a recorded fact, and a second amount is added to it.
    else entity?.recognised.push({ ...amount });
  }
}

function takeValidated(state: EngagementState, { contract, calendars, milestones, recordUrls }: Validated): void {
  state.contract = contract;
  acceptStart(
    state,
    calendars.map(({ legalEntityId }) => legalEntityId),
  );
  state.milestones = milestones;
  state.entities = calendars.map((calendar) => ({
    legalEntityId: calendar.legalEntityId,
    calendar,
    recordUrls: lookup(recordUrls ?? {}, calendar.legalEntityId) ?? {},
    refs: { customerId: null, projectId: null, contractId: null },
    nextRevenueMonth: revenueMonths(contract, calendar.legalEntityId)[0] ?? null,
    recognised: [],
  }));
  const keys = new Set(contract.lines.map((line) => `${line.legalEntityId} ${line.value.currency}`));
  state.groups = [...keys].map((key) => {
    const [legalEntityId = '', currency = ''] = key.split(' ');
    const none = zero(currency);
    const nextRunOn = nextRunAfter(contract, { legalEntityId, currency }, null);
    return { legalEntityId, currency, nextRunOn, rerunUntil: null, billed: none, paid: none, heldMinor: 0 };
  });
}

function takeRef(state: EngagementState, step: StepState): void {
  const entity = state.entities.find((candidate) => candidate.legalEntityId === step.legalEntityId);
  if (entity && step.name === 'erpCustomer') entity.refs.customerId = step.ref;
  if (entity && step.name === 'psaProject') entity.refs.projectId = step.ref;
  if (entity && step.name === 'erpContract') entity.refs.contractId = step.ref;
}

function forgetRef(state: EngagementState, step: StepState): void {
  const entity = state.entities.find((candidate) => candidate.legalEntityId === step.legalEntityId);
  if (entity && step.name === 'erpCustomer') entity.refs.customerId = null;
  if (entity && step.name === 'psaProject') entity.refs.projectId = null;
  if (entity && step.name === 'erpContract') entity.refs.contractId = null;
}

/** The draft of a run that was undone is void; a posted invoice never gets here, because posting is not undone. */
function voidDraft(state: EngagementState, saga: SagaState): void {
  const invoice = saga.kind === 'billing' ? invoiceOf(state, saga) : undefined;
  if (!invoice) return;
  if (invoice.state === 'in-approval') invoice.state = transition('invoice', 'in-approval', 'draft');
  invoice.state = transition('invoice', invoice.state, 'void');
}

function takeDraft(state: EngagementState, saga: SagaState, step: StepState, draft: DraftedInvoice): void {
  step.ref = draft.invoiceId;
  step.prepared = draft.hash;
  const group = groupOf(state, saga);
  if (group) group.heldMinor = draft.heldMinor;
  // Closing begins anew when this one is paid.
  state.sagas = state.sagas.filter((other) => other.kind !== 'completion');
  state.invoices.push({
    ...{ invoiceId: draft.invoiceId, legalEntityId: saga.scope.legalEntityIds[0] ?? '' },
    ...{ total: draft.total, net: draft.net, unpaidMinor: draft.total.amountMinor, dueOn: draft.dueOn },
    milestoneIds: draft.milestoneIds,
    ...(draft.workApprovers ? { workApprovers: draft.workApprovers } : {}),
    ...{ state: 'draft', erpRef: null, number: null },
  });
}

function takePosted(state: EngagementState, at: InstantMs, saga: SagaState, result: CallResult): void {
  const invoice = invoiceOf(state, saga);
  const group = groupOf(state, saga);
  if (!invoice || !group || !result.invoice)
    throw new Error(`saga ${saga.id} posted an invoice that the state does not have`);
  invoice.state = transition('invoice', invoice.state, 'posted');
  invoice.erpRef = result.invoice.erpRef;
  invoice.number = result.invoice.number;
  group.billed = add(group.billed, invoice.total);
  state.pastNoReturn = true;
  for (const milestone of state.milestones) {
    if (!saga.scope.milestoneIds?.includes(milestone.milestoneId)) continue;
    milestone.state = transition('milestone', milestone.state, 'invoiced');
  }
  if (invoice.unpaidMinor === 0) settleInvoice(state, invoice);
  note(state, at, {
    kind: 'invoice',
    title: `Invoice ${result.invoice.number} posted`,
    sagaId: saga.id,
    amount: invoice.total,
  });
}

function takePayment(state: EngagementState, at: InstantMs, saga: SagaState): void {
  const invoice = invoiceOf(state, saga);
  const group = groupOf(state, saga);
  const payment = saga.scope.payment;
  if (!invoice || !group || !payment) throw new Error(`saga ${saga.id} booked a payment that the state does not have`);
  const { currency } = invoice.total;
  const paid = subtract(money(invoice.unpaidMinor, currency), money(payment.unpaidMinor, currency));
  group.paid = add(group.paid, paid);
  invoice.unpaidMinor = payment.unpaidMinor;
  if (payment.unpaidMinor === 0) settleInvoice(state, invoice);
  else if (invoice.state === 'posted') invoice.state = transition('invoice', 'posted', 'part-paid');
  note(state, at, {
    kind: 'payment',
    title: `Payment for ${invoice.number ?? invoice.invoiceId}`,
    sagaId: saga.id,
    amount: paid,
  });
}

/** Nothing is owed any more, nor for its milestones; an invoice over nothing is settled when it is posted. */
function settleInvoice(state: EngagementState, invoice: InvoiceSummary): void {
  if (invoice.state === 'posted') invoice.state = transition('invoice', 'posted', 'part-paid');
  invoice.state = transition('invoice', invoice.state, 'paid');
  for (const milestone of state.milestones) {
    if (milestone.state !== 'invoiced' || !invoice.milestoneIds?.includes(milestone.milestoneId)) continue;
    milestone.state = transition('milestone', 'invoiced', 'paid');
  }
}
