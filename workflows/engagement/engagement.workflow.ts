/**
 * One engagement, from closed deal to recognised revenue. An actor with one plain state: a turn wakes up, does what is
 * due, and writes it down. What is due is decided by `nextWork`, what a fact changes by `apply`; both are pure and live
 * in domain/engagement. There is one wait, at the head of the loop, and everything a person or system may bring is
 * recorded before any await (decisions.md 1, 2, 5).
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { type Actor, isSameActor, SYSTEM } from '../../domain/actor.ts';
import { isOver, isPastNoReturn, nextWork, stepsToUndo, type Work } from '../../domain/engagement/agenda.ts';
import { afterPublishing, apply } from '../../domain/engagement/apply.ts';
import { answerTo, refusal } from '../../domain/engagement/apply-decisions.ts';
import { answerToStart, type BeginAnswer, isStartAnswered } from '../../domain/engagement/beginning.ts';
import type { Decision } from '../../domain/engagement/calls.ts';
import { details } from '../../domain/engagement/details.ts';
import type { Happening } from '../../domain/engagement/facts.ts';
import { rowOf } from '../../domain/engagement/sagas.ts';
import { newEngagement, upgradeState } from '../../domain/engagement/start.ts';
import type { EngagementState } from '../../domain/engagement/state.ts';
import { type EngagementSummary, summaryOf } from '../../domain/engagement/view.ts';
import { attributeChanges } from '../shared/search-attributes.ts';
import { callSystem, failureOf, publishView, queueOf, readInbox } from './calls.ts';
import {
  announced,
  begin,
  type Carried,
  decide,
  type EngagementInput,
  type EngagementSnapshot,
  renew,
  snapshot,
} from './contract.ts';

/** A run ends before its history grows beyond this many events. */
const HISTORY_EVENTS_MAX = 400;

/** When publishing failed, it is tried again after this time. */
const REPUBLISH_MS = 30_000;

/** The engagement workflow. Answers with the summary of an ended engagement. */
export async function engagement(input: EngagementInput): Promise<EngagementSummary> {
  const carried = 'carried' in input ? input.carried : firstRun(input);
  let state = upgradeState(carried.state);
  let { wakeAt, publishedTurn, attributes } = carried;
  let seen = state.turn;
  let renewal = false;
  let announcements = 0;
  // Moves with messages, timers and calls of systems, never with a local activity: the engine may hand over the result
  // of one a task later than it recorded it. A replay gets it at once, at an earlier time, and would decide otherwise.
  let now = Date.now();

  function record(happening: Happening): void {
    state = apply(state, { ...happening, at: now });
    setCurrentDetails(details(state, now));
  }
  setHandler(decide, (decision) => answer(decision), { validator: refuse, description: 'A decision of a person' });
  setHandler(begin, awaitValidation, { description: 'The answer to a start by command' });
  setHandler(announced, look, { description: 'Look at the inbox' });
  setHandler(renew, () => void (renewal = true), { description: 'Continue as new at the next wait' });
  setHandler(snapshot, () => snapshotOf(state), { description: 'Where the engagement stands' });
  CancellationScope.current().cancelRequested.catch(cancelRequested);
  setCurrentDetails(details(state, now));

  return CancellationScope.nonCancellable(async () => {
    const changed = (): boolean => state.turn !== seen || (renewal && allHandlersFinished());
    for (;;) {
      if (wakeAt === null) await condition(changed);
      else if (wakeAt > now) {
        const isTold = await condition(changed, wakeAt - now, { summary: 'Next by itself' });
        if (!isTold) now = Date.now();
      }
      let next = nextWork(state, now);
      for (; next.due; next = nextWork(state, now)) await carryOut(next.due);
      seen = state.turn;
      wakeAt = next.wakeAt ?? null;
      await publish();
      // Not before its end is published: the view tells everybody that it ended, and a new run where to go on.
      if (isOver(state) && publishedTurn === state.turn) return summaryOf(state, now);
      // Not while a start by command awaits its answer, which only a later turn of this loop can bring.
      if (isRunLong() && state.turn === seen && allHandlersFinished())
        await continueAsNew<typeof engagement>({ carried: { state, wakeAt, publishedTurn, attributes } });
    }
  });

  function isRunLong(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    return renewal || continueAsNewSuggested || historyLength > HISTORY_EVENTS_MAX;
  }

  function look(): void {
    now = Date.now();
    announcements += 1;
    if (!state.inbox.announced) record({ type: 'announced' });
  }

  async function lookAtInbox(): Promise<void> {
    const heard = announcements;
    try {
      record({ type: 'inboxRead', page: await readInbox(state) });
    } catch (error) {
      record({ type: 'inboxFailed', failure: failureOf(error) });
    }
    if (announcements > heard) look(); // During the read: its fact may have come too late for that page.
  }

  /** One call of one saga, one read of the inbox, or a fact that needs no call. */
  async function carryOut(work: Work): Promise<void> {
    if (work.kind === 'record') return record(work.fact);
    if (work.kind === 'inbox') return lookAtInbox();
    record({ type: 'begun', place: work.place }); // Before the await: from here on it may have happened.
    const isRemote = queueOf(state, work) !== 'books';
    try {
      const result = await callSystem(state, work, now);
      if (isRemote) now = Date.now();
      record({ type: 'done', place: work.place, result });
    } catch (error) {
      if (isRemote) now = Date.now();
      record({ type: 'failed', place: work.place, failure: failureOf(error) });
    }
  }

  function refuse(decision: Decision): void {
    const refused = refusal(state, decision);
    if (refused) throw ApplicationFailure.nonRetryable(refused.message, refused.code);
  }

  function answer(decision: Decision): { answer: string } {
    now = Date.now();
    record({ type: 'decided', decision });
    return { answer: answerTo(state, decision) ?? 'recorded' };
  }

  async function awaitValidation(asker: Actor | null): Promise<BeginAnswer> {
    if (asker) {
      if (isOver(state)) return { accepted: false, findings: [], ended: true };
      hearAsker(asker);
    }
    await condition(() => (asker ? isStartAnswered(state) : state.contract !== null || isOver(state)));
    return answerToStart(state, asker ?? state.requestedBy);
  }

  /** Who began the run is known; another one is written down, because the start may begin with him. */
  function hearAsker(asker: Actor): void {
    now = Date.now();
    if (state.refuseIfInvalid && !isSameActor(asker, state.requestedBy)) record({ type: 'startAsked', actor: asker });
  }

  function cancelRequested(): void {
    now = Date.now();
    const decision: Decision = {
      updateId: 'workflow-cancellation',
      actor: SYSTEM,
      reason: 'by a cancel request to Temporal',
      command: { type: 'cancel' },
    };
    const refused = refusal(state, decision);
    record(refused ? { type: 'cancelRefused', refusal: refused } : { type: 'decided', decision });
  }

  async function publish(): Promise<void> {
    const summary = summaryOf(state, now);
    const { changes, written } = attributeChanges(summary, attributes);
    if (changes.length > 0) upsertSearchAttributes(changes);
    attributes = written;
    if (state.turn === publishedTurn) return;
    const { turn, unpublished, inbox } = state;
    try {
      await publishView(state, summary);
      publishedTurn = turn;
      state = afterPublishing(state, unpublished.at(-1)?.seq ?? 0, inbox.unacknowledged);
    } catch {
      // Our database is away: decisions of people go on, and the view is taken up again (decisions.md 4).
      const again = now + REPUBLISH_MS;
      wakeAt = Math.min(wakeAt ?? again, again);
    }
  }
}

function firstRun(input: Extract<EngagementInput, { start: unknown }>): Carried {
  const since = { reportsByJob: patched('reports-by-job') };
  return { state: newEngagement(input.start, Date.now(), since), wakeAt: 0, publishedTurn: -1, attributes: {} };
}

function snapshotOf(state: EngagementState): EngagementSnapshot {
  const now = Date.now();
  const setUp = state.sagas.find((saga) => saga.kind === 'projectSetup');
  const compensationPlan = isPastNoReturn(state) || !setUp ? [] : stepsToUndo(setUp);
  return {
    summary: summaryOf(state, now),
    state,
    compensationPlan: compensationPlan.map(({ name, legalEntityId, ref }) => ({
      step: name,
      legalEntityId,
      call: rowOf('projectSetup', name).undo ?? 'keep',
      ref,
    })),
    wakeAt: nextWork(state, now).wakeAt ?? null,
  };
}
