/** The facts that change an engagement: all that can happen to it, in one list, and where in a saga it happened. */
import type { Actor } from '../actor.ts';
import type { CallResult, Decision, InboxPage, Refusal } from './calls.ts';
import type { SagaKind } from './sagas.ts';
import type { EngagementState, Failure, InstantMs, Phase, SagaScope, SagaState, StepState } from './state.ts';

/** Where in a saga something happened. */
export interface Place {
  sagaId: string;
  stepIndex: number;
  phase: Phase;
}

/**
 * The saga and step at a place. A place that the state does not have is a bug: the workflow task fails and waits for
 * code that knows it.
 */
export function stepAt(
  state: EngagementState,
  { sagaId, stepIndex }: Pick<Place, 'sagaId' | 'stepIndex'>,
): { saga: SagaState; step: StepState } {
  const saga = state.sagas.find((candidate) => candidate.id === sagaId);
  const step = saga?.steps[stepIndex];
  if (!saga || !step) throw new Error(`no step ${String(stepIndex)} in saga ${sagaId}`);
  return { saga, step };
}

/** A fact that is due without any call: a saga opens, an approval is asked for, a reminder goes out. */
export type DueFact =
  | { type: 'opened'; kind: SagaKind; scope: SagaScope }
  | { type: 'approvalAsked'; sagaId: string; stepIndex: number }
  | { type: 'reminded'; approvalId: string };

/** Everything that can happen to an engagement. */
export type Happening =
  | DueFact
  | { type: 'announced' }
  | { type: 'inboxRead'; page: InboxPage }
  | { type: 'inboxFailed'; failure: Failure }
  | { type: 'begun'; place: Place }
  | { type: 'done'; place: Place; result: CallResult }
  | { type: 'failed'; place: Place; failure: Failure }
  | { type: 'decided'; decision: Decision }
  /** Somebody else asks for a start by command that is not answered yet. */
  | { type: 'startAsked'; actor: Actor }
  /** A cancel request to the engine itself could not be followed. */
  | { type: 'cancelRefused'; refusal: Refusal };

/** A happening with the instant at which it was recorded. */
export type Fact = Happening & { at: InstantMs };
