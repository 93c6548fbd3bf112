/**
 * How a start by command is answered. Several persons may ask for the same start while validation still runs: they
 * share one run, and each is answered by his own rights. What is refused leaves nothing behind (decisions.md 7).
 */
import { type Actor, actsFor, personOf } from '../actor.ts';
import { isOver } from './agenda.ts';
import type { Validated } from './calls.ts';
import { acknowledgeKept, attend, drop, moveTo, note } from './changes.ts';
import type { EngagementState, Finding, InstantMs, SagaState } from './state.ts';

/** What somebody who asked for a start is answered. */
export interface BeginAnswer {
  accepted: boolean;
  findings: Finding[];
  /** It runs at the wish of somebody else: a person whose command came first, or the CRM. */
  existing?: boolean;
  /** The run had ended before it heard of this caller: its answer is for others, and a new start may begin. */
  ended?: boolean;
}

/** Why a start is refused to somebody who could not look at the engagement afterwards. */
export const FOREIGN: Finding = {
  code: 'ENTITY_FORBIDDEN',
  message: 'who asked for the start acts for no legal entity of the deal',
  ownerRole: 'ops',
};

/** Everyone who asked for the start, the first one first. */
export function askersOf({ requestedBy, alsoRequestedBy = [] }: EngagementState): Actor[] {
  return [requestedBy, ...alsoRequestedBy];
}

/** Who of those who asked begins it: the first who acts for one of the deal's legal entities; undefined for none. */
export function starterOf(askers: readonly Actor[], legalEntityIds: readonly string[]): Actor | undefined {
  return askers.find((asker) => legalEntityIds.some((id) => actsFor(asker, id)));
}

/** True for a start by command at the wish of nobody who acts for the deal: whose deal it is, validation tells. */
export function isForeign(state: EngagementState, { calendars }: Pick<Validated, 'calendars'>): boolean {
  if (!state.refuseIfInvalid) return false;
  const ids = calendars.map(({ legalEntityId }) => legalEntityId);
  return starterOf(askersOf(state), ids) === undefined;
}

/** Somebody else asks for the same start while it may still be refused. */
export function applyStartAsked(state: EngagementState, actor: Actor): void {
  if (state.refuseIfInvalid) state.alsoRequestedBy = [...(state.alsoRequestedBy ?? []), actor];
}

/** The start is accepted: from here on what a later validation finds is waited for, and news are this run's own. */
export function acceptStart(state: EngagementState, legalEntityIds: readonly string[]): void {
  if (state.refuseIfInvalid) {
    state.requestedBy = starterOf(askersOf(state), legalEntityIds) ?? state.requestedBy;
    acknowledgeKept(state);
  }
  delete state.alsoRequestedBy;
  state.refuseIfInvalid = false;
}

/** A start by command that validation refuses leaves nothing behind: a corrected deal may start again. */
export function refuseStart(state: EngagementState, at: InstantMs, saga: SagaState, findings: Finding[]): void {
  state.attention = [];
  for (const finding of findings) attend(state, at, finding);
  drop(state, saga);
  note(state, at, { kind: 'refused', title: `Refused: ${findings.map((finding) => finding.message).join('; ')}` });
  moveTo(state, at, 'cancelled');
}

/** True once whoever asks can be answered: the start was accepted or refused, or nothing can refuse it. */
export function isStartAnswered(state: EngagementState): boolean {
  return state.contract !== null || isOver(state) || !state.refuseIfInvalid;
}

/** The answer to one of those who asked, by his own rights; for a run that `isStartAnswered`. */
export function answerToStart(state: EngagementState, asker: Actor): BeginAnswer {
  if (isOver(state) || state.cancelRequested) {
    return {
      accepted: false,
      findings: state.attention.map(({ code, message, ownerRole }) => ({ code, message, ownerRole })),
    };
  }
  const ids = state.entities.map(({ legalEntityId }) => legalEntityId);
  if (ids.length > 0 && starterOf([asker], ids) === undefined) return { accepted: false, findings: [FOREIGN] };
  const isHis = personOf(asker.subject) === personOf(state.requestedBy.subject);
  return { accepted: true, findings: [], ...(isHis ? {} : { existing: true }) };
}
