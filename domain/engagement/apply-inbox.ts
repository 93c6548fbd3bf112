/**
 * How facts from outside change the state. Each carries the version of its object: late and repeated copies change
 * nothing.
 */
import { type MilestoneState, transition } from '../lifecycle.ts';
import { enter, lookup } from '../lookup.ts';
import { isPastNoReturn } from './agenda.ts';
import { beginUndo, loseDeal } from './apply-calls.ts';
import type { InboxFact, InboxPage } from './calls.ts';
import {
  acknowledgeKept,
  attend,
  DEAL_LOST,
  findingOf,
  note,
  ownerOf,
  probeDelayMs,
  validateAgain,
  WON_AGAIN,
} from './changes.ts';
import { applyWorkToApprove } from './work-to-approve.ts';
import type { EngagementState, Failure, Finding, InstantMs, MilestoneSummary, SagaState } from './state.ts';

/** A page of the inbox was read. */
export function applyInboxPage(state: EngagementState, at: InstantMs, page: InboxPage): void {
  state.inbox.announced = page.more;
  state.inbox.blocked = null;
  for (const fact of page.facts) {
    if (fact.inboxId === state.inbox.kept) continue; // Not acknowledged, so every page has it again.
    // Two ERPs may give two invoices one id: ours tells them apart.
    const key = [fact.objectKey, fact.data.invoiceId ?? []].flat().join(':');
    // Before there were two, a version was kept without it.
    const seen = lookup(state.versions, key) ?? lookup(state.versions, fact.objectKey);
    const isKnown = seen !== undefined && seen >= fact.version;
    if (!isKnown) {
      enter(state.versions, key, fact.version);
      applyInboxFact(state, at, fact);
    }
    if (!isKnown && mayBeginNext(state, fact, seen === undefined)) keep(state, at, fact);
    else state.inbox.unacknowledged.push(fact.inboxId);
  }
}

/**
 * True for news that a deal is won, or won with other content, of which nothing may come in this run: a start by
 * command is not accepted yet or was refused, or the engagement ends. The first fact about the deal began a run that a
 * person ends, however late it is read; of a refused start it is what begins it anew.
 */
function mayBeginNext(state: EngagementState, { type }: InboxFact, isFirst: boolean): boolean {
  if (type !== 'dealWon' && type !== 'dealChanged') return false;
  if (isEnding(state)) return !(type === 'dealWon' && isFirst) || !state.cancelRequested;
  return state.refuseIfInvalid;
}

/**
 * Left in the inbox: once the engagement has ended, the row is due again and begins it anew (`takeBackUnread`). Of
 * several the latest is enough.
 */
function keep(state: EngagementState, at: InstantMs, { inboxId, type }: InboxFact): void {
  acknowledgeKept(state);
  state.inbox.kept = inboxId;
  if (!state.cancelRequested) return;
  const what = type === 'dealWon' ? 'won again' : 'changed';
  note(state, at, { kind: 'deal', title: `The deal was ${what} while the engagement ends: it begins anew after that` });
}

/** The inbox could not be read: blocked like any step, or the loop would spin. */
export function applyInboxFailure(state: EngagementState, at: InstantMs, failure: Failure): void {
  const attempts = (state.inbox.blocked?.attempts ?? 0) + 1;
  const since = state.inbox.blocked?.since ?? at;
  const nextAttemptAt = at + probeDelayMs(state, attempts);
  state.inbox.blocked = { findings: [findingOf(failure)], since, attempts, nextAttemptAt };
}

function applyInboxFact(state: EngagementState, at: InstantMs, fact: InboxFact): void {
  if (fact.data.archivedProjectId !== undefined) return attendArchived(state, at, fact, fact.data.archivedProjectId);
  switch (fact.type) {
    case 'dealWon':
      return applyDealWon(state, at);
    case 'dealChanged':
      return applyDealChanged(state, at);
    case 'dealReopened':
      return applyDealReopened(state, at);
    case 'dealLost':
      return loseDeal(state, at);
    case 'firstTimeApproved':
      if (!state.pastNoReturn)
        note(state, at, { kind: 'work', title: 'First work approved: from here the only way is forward' });
      state.pastNoReturn = true;
      return;
    case 'milestoneStarted':
      return applyMilestone(state, at, fact, 'in-progress');
    case 'milestoneDelivered':
      return applyMilestone(state, at, fact, 'delivered');
    case 'milestoneAccepted':
      return applyMilestone(state, at, fact, 'accepted');
    case 'milestoneRejected':
      return applyMilestone(state, at, fact, 'rejected');
    case 'invoicePaid':
      return applyInvoicePaid(state, at, fact);
    case 'noticed':
      return applyNoticed(state, at, fact);
    case 'workSubmitted':
    case 'workDecided':
      return applyWorkToApprove(state, at, fact);
  }
}

/** What happens on a project that an undo archived moves nothing here: the contract has another one, or none. */
function attendArchived(
  state: EngagementState,
  at: InstantMs,
  { data, objectKey }: InboxFact,
  projectId: string,
): void {
  const what = `"${data.note ?? objectKey}" was reported on project ${projectId}, which an undo archived`;
  const message = `${what}: it counts for nothing here, record it on the engagement's project in the PSA`;
  attend(state, at, { code: 'PROJECT_ARCHIVED', message, ownerRole: ownerOf('PROJECT_ARCHIVED') });
}

function applyNoticed(state: EngagementState, at: InstantMs, { data, objectKey }: InboxFact): void {
  const code = data.code ?? 'NOTICED';
  attend(state, at, { code, message: data.note ?? objectKey, ownerRole: ownerOf(code) });
}

/** A deal that waits for better data is looked at again at once; what is set up keeps the contract that it has. */
function applyDealChanged(state: EngagementState, at: InstantMs): void {
  if (isEnding(state)) return;
  lookAtDealAgain(state, at);
  // Read before the change, and nothing is made of it yet: it is validated again.
  if (state.stage === 'validating') state.contract = null;
  if (state.contract === null) return;
  const title = 'The deal changed in the CRM: the contract stays as it was taken over, amendments are new deals';
  note(state, at, { kind: 'deal', title });
}

/** Causes of an undo that a deal which is won again takes away. */
const UNDONE_BY_DEAL = ['DEAL_REOPENED', DEAL_LOST];

/** What was undone because the deal was open or lost goes on: at once, or when it is undone. */
function applyDealWon(state: EngagementState, at: InstantMs): void {
  lookAtDealAgain(state, at);
  const concerned = state.sagas.filter((saga) => UNDONE_BY_DEAL.includes(saga.cause?.code ?? ''));
  const notes = state.attention.filter(({ code }) => UNDONE_BY_DEAL.includes(code));
  state.attention = state.attention.filter((finding) => !notes.includes(finding));
  // Once set-up is undone and gone, an engagement that ends because of the loss ends.
  const isThere = (saga: SagaState): boolean => saga.kind === 'projectSetup' || saga.kind === 'validation';
  if (concerned.some((saga) => saga.cause?.code === DEAL_LOST && isThere(saga))) {
    state.cancelRequested = false;
    acknowledgeKept(state); // The deal changed while it was lost: this engagement goes on with it.
  }
  if (isEnding(state)) return;
  if (concerned.length > 0 || notes.length > 0) note(state, at, { kind: 'deal', title: 'Deal was won again' });
  for (const saga of concerned) {
    if (saga.status === 'undone') validateAgain(state, at, saga);
    else if (saga.cause)
      saga.cause = { ...saga.cause, code: WON_AGAIN, message: `${saga.cause.message} and won again` };
  }
}

function isEnding(state: EngagementState): boolean {
  return state.cancelRequested || state.stage === 'cancelled';
}

function lookAtDealAgain(state: EngagementState, at: InstantMs): void {
  for (const saga of state.sagas) {
    for (const step of saga.kind === 'validation' ? saga.steps : []) if (step.blocked) step.blocked.nextAttemptAt = at;
  }
}

/**
 * Until the point of no return everything is undone; a deal that is not set up yet is validated again, and waits there.
 */
function applyDealReopened(state: EngagementState, at: InstantMs): void {
  acknowledgeKept(state); // Won before it was reopened: nothing begins with that.
  const cause: Finding = { code: 'DEAL_REOPENED', message: 'the deal was reopened in the CRM', ownerRole: 'ops' };
  note(state, at, { kind: 'deal', title: 'Deal was reopened in the CRM' });
  if (isPastNoReturn(state)) {
    const message = 'The deal was reopened after work or billing began: amend or credit, it cannot be undone';
    return attend(state, at, { ...cause, message });
  }
  if (state.stage === 'validating') state.contract = null;
  for (const saga of [...state.sagas]) {
    if (saga.status === 'undoing' && saga.cause?.code === WON_AGAIN) saga.cause = cause;
    if (saga.kind === 'validation' || saga.status === 'undoing' || saga.status === 'undone') continue;
    beginUndo(state, at, saga, cause);
  }
}

const PATH: readonly MilestoneState[] = ['planned', 'in-progress', 'delivered', 'accepted'];

/** Where an accepted milestone stands here once billing has it: acceptance told again is no news. */
const AFTER_ACCEPTANCE: readonly MilestoneState[] = ['ready-to-invoice', 'on-hold', 'invoiced', 'paid'];

/**
 * Systems skip states that people skip: the states between are walked, so that every transition is a listed one (R52).
 */
function walk(milestone: MilestoneSummary, target: MilestoneState): boolean {
  const via = target === 'rejected' ? 'delivered' : target;
  if (milestone.state === 'rejected') milestone.state = transition('milestone', 'rejected', 'in-progress');
  const [from, to] = [PATH.indexOf(milestone.state), PATH.indexOf(via)];
  if (from < 0 || (from > to && target !== 'rejected') || (target === 'rejected' && from > to)) return false;
  for (const state of PATH.slice(from + 1, to + 1)) milestone.state = transition('milestone', milestone.state, state);
  if (target === 'rejected') milestone.state = transition('milestone', milestone.state, 'rejected');
  return true;
}

function applyMilestone(state: EngagementState, at: InstantMs, fact: InboxFact, target: MilestoneState): void {
  const milestone = state.milestones.find((candidate) => candidate.milestoneId === fact.data.milestoneId);
  if (!milestone) {
    const message = `The PSA reports a milestone that the contract does not have: ${fact.data.note ?? fact.objectKey}`;
    attend(state, at, { code: 'MILESTONE_UNKNOWN', message, ownerRole: 'delivery' });
    return;
  }
  const before = milestone.state;
  if (target === 'accepted' && AFTER_ACCEPTANCE.includes(before)) return;
  if (walk(milestone, target)) {
    if (before === milestone.state) return;
    note(state, at, {
      kind: 'milestone',
      title: `Milestone "${milestone.name}" ${milestone.state}`,
      amount: milestone.amount,
    });
    return;
  }
  const message = `Milestone "${milestone.name}" became ${target} in the PSA after it was ${before} here`;
  attend(state, at, { code: 'MILESTONE_OUT_OF_ORDER', message, ownerRole: ownerOf('INVOICE_REJECTED') });
  note(state, at, { kind: 'milestone', title: message });
}

function applyInvoicePaid(state: EngagementState, at: InstantMs, fact: InboxFact): void {
  const { invoiceId, unpaidMinor, paidOn } = fact.data;
  const invoice = state.invoices.find((candidate) => candidate.invoiceId === invoiceId);
  if (!invoice || invoiceId === undefined || unpaidMinor === undefined || paidOn === undefined) {
    const which = invoiceId ?? fact.objectKey;
    const message = `A payment arrived for an invoice that this engagement does not have: ${which}`;
    attend(state, at, { code: 'PAYMENT_UNMATCHED', message, ownerRole: 'fin-preparer' });
    return;
  }
  // Not booked yet, and out of date.
  state.payments = state.payments.filter((payment) => payment.invoiceId !== invoiceId);
  const booking = state.sagas.find((saga) => saga.kind === 'payment' && saga.scope.invoiceId === invoiceId)?.scope
    .payment;
  const unpaidHereMinor = booking?.unpaidMinor ?? invoice.unpaidMinor;
  if (unpaidMinor > unpaidHereMinor) {
    const message = `The ERP took back a payment that is booked here: invoice ${invoice.number ?? invoiceId}`;
    return attend(state, at, { code: 'PAYMENT_REVERSED', message, ownerRole: 'fin-preparer' });
  }
  if (unpaidMinor === unpaidHereMinor) return;
  state.payments.push({ invoiceId, version: fact.version, unpaidMinor, paidOn });
  note(state, at, { kind: 'payment', title: `The ERP reports a payment for invoice ${invoice.number ?? invoiceId}` });
}
