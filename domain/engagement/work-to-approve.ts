/**
 * Work that waits for approval in Throughline, as its engagement knows it: which months wait, never which entries
 * (decisions.md 8). People see it as an obstacle of delivery, and a billing run says what it leaves out.
 */
import { compareText } from '../compare-text.ts';
import type { CallResult, InboxFact } from './calls.ts';
import { note } from './changes.ts';
import { type Place, stepAt } from './facts.ts';
import type { EngagementState, InstantMs, WaitingEntries } from './state.ts';

/** Work of a month began to wait, or waits no more. */
export function applyWorkToApprove(state: EngagementState, at: InstantMs, { type, data: { work } }: InboxFact): void {
  if (!work) return;
  const { legalEntityId, month } = work;
  const others = (state.workToApprove ?? []).filter(
    (one) => one.legalEntityId !== legalEntityId || one.month !== month,
  );
  const waits = type === 'workSubmitted';
  const all = waits ? [...others, { legalEntityId, month, since: at }] : others;
  state.workToApprove = all.sort(
    (a, b) => compareText(a.legalEntityId, b.legalEntityId) || compareText(a.month, b.month),
  );
  const verb = waits ? 'waits' : 'no longer waits';
  const title = `Work of ${month} (${legalEntityId}) ${verb} for approval in Throughline`;
  note(state, at, { kind: 'work', title });
}

/** "2 time entries and 1 expense". */
export function countedEntries({ time, expenses }: WaitingEntries): string {
  const counted = (count: number, one: string, many: string): string[] => {
    return count === 0 ? [] : [`${String(count)} ${count === 1 ? one : many}`];
  };
  return [...counted(time, 'time entry', 'time entries'), ...counted(expenses, 'expense', 'expenses')].join(' and ');
}

/** A billing run leaves out what nobody approved yet: it is not held up, and says so. */
export function leaveOut(state: EngagementState, at: InstantMs, place: Place, { waiting }: CallResult): void {
  if (!waiting) return;
  const { saga } = stepAt(state, place);
  saga.waiting = { ...waiting };
  const before = saga.scope.untilExclusive ?? '';
  const title = `Not in this run: ${countedEntries(waiting)} before ${before}, not approved yet`;
  note(state, at, { kind: 'billing', title, sagaId: saga.id });
}
