/**
 * The input of a call: the recorded intent, built from the state and the instant, so that the same turn gives the same
 * input.
 */
import { dateFromEpochDays } from '../time/plain-date.ts';
import { todayOf } from './agenda.ts';
import { askersOf } from './beginning.ts';
import type { CallInput } from './calls.ts';
import { type Place, stepAt } from './facts.ts';
import type { EngagementState, InstantMs, SagaState, StepState } from './state.ts';

const DAY_MS = 86_400_000;

/** The input for the call at a place. */
export function inputOf(state: EngagementState, place: Place, now: InstantMs): CallInput {
  const { saga, step } = stepAt(state, place);
  const lead = saga.scope.legalEntityIds[0] ?? state.contract?.leadLegalEntityId ?? '';
  const legalEntityId = step.legalEntityId ?? lead;
  const entity = state.entities.find((candidate) => candidate.legalEntityId === legalEntityId);
  return {
    engagementId: state.engagementId,
    connectionId: state.connectionId,
    dealId: state.dealId,
    sagaId: saga.id,
    setUpNumber: state.sagas.find((candidate) => candidate.kind === 'projectSetup')?.number ?? 0,
    legalEntityIds: state.entities.map((candidate) => candidate.legalEntityId),
    key: step.key,
    // Before validation no calendar is known: the UTC date is only used for stamps, never for a business date.
    asOf: entity ? todayOf(entity, now) : dateFromEpochDays(Math.floor(now / DAY_MS)),
    legalEntityId,
    scope:
      saga.kind === 'billing' || saga.kind === 'payment' ? { ...saga.scope, invoiceId: invoiceIdOf(saga) } : saga.scope,
    contractVersion: state.contract?.version ?? 0,
    refs: Object.fromEntries(entitiesOf(state, step).map(({ legalEntityId: id, refs }) => [id, refs])),
    // What is not there is left out: every byte is in the history of every call.
    ...(step.ref === null ? {} : { ref: step.ref }),
    ...(step.prepared === null ? {} : { prepared: step.prepared }),
    ...(saga.kind === 'validation' ? { start: { askers: askersOf(state), isRefusable: state.refuseIfInvalid } } : {}),
    ...postedOf(state, saga),
  };
}

/** Whose refs a step needs: its entity's, or all where it is for the whole engagement. */
function entitiesOf(state: EngagementState, { legalEntityId }: StepState): EngagementState['entities'] {
  if (legalEntityId === null) return state.entities;
  return state.entities.filter((entity) => entity.legalEntityId === legalEntityId);
}

function postedOf(state: EngagementState, saga: SagaState): Pick<CallInput, 'posted'> {
  const invoice = state.invoices.find((candidate) => candidate.invoiceId === invoiceIdOf(saga));
  return invoice?.erpRef && invoice.number ? { posted: { erpRef: invoice.erpRef, number: invoice.number } } : {};
}

function invoiceIdOf(saga: { steps: { ref: string | null }[]; scope: { invoiceId?: string } }): string | undefined {
  return saga.scope.invoiceId ?? saga.steps[0]?.ref ?? undefined;
}
