/**
 * The input of a call: the recorded intent, built from the state and the instant, so that the same turn gives the same
 * input.
 */
import { dateFromEpochDays } from '../time/plain-date.ts';
import { todayOf } from './agenda.ts';
import type { CallInput } from './calls.ts';
import { refsIn } from './entity-refs.ts';
import { type Place, stepAt } from './facts.ts';
import type { EngagementState, InstantMs, SagaState } from './state.ts';

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
    sagaNumber: saga.number,
    setUpNumber: state.sagas.find((candidate) => candidate.kind === 'projectSetup')?.number ?? 0,
    legalEntityIds: state.entities.map((candidate) => candidate.legalEntityId),
    key: step.key,
    // Before validation no calendar is known: the UTC date is only used for stamps, never for a business date.
    asOf: entity ? todayOf(entity, now) : dateFromEpochDays(Math.floor(now / DAY_MS)),
    legalEntityId,
    scope:
      saga.kind === 'billing' || saga.kind === 'payment' ? { ...saga.scope, invoiceId: invoiceIdOf(saga) } : saga.scope,
    contractVersion: state.contract?.version ?? 0,
    refs: Object.fromEntries(state.entities.map((known) => [known.legalEntityId, refsIn(saga, known)])),
    ref: step.ref,
    prepared: step.prepared,
    posted: postedOf(state, saga),
    totals: {
      billed: state.groups.map((group) => group.billed),
      paid: state.groups.map((group) => group.paid),
      stage: state.stage,
    },
  };
}

function postedOf(state: EngagementState, saga: SagaState): CallInput['posted'] {
  const invoice = state.invoices.find((candidate) => candidate.invoiceId === invoiceIdOf(saga));
  return invoice?.erpRef && invoice.number ? { erpRef: invoice.erpRef, number: invoice.number } : null;
}

function invoiceIdOf(saga: { steps: { ref: string | null }[]; scope: { invoiceId?: string } }): string | undefined {
  return saga.scope.invoiceId ?? saga.steps[0]?.ref ?? undefined;
}
