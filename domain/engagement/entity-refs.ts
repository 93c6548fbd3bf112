/**
 * Where the records of each legal entity are: its customer and contract in which ERP, its project, and the move from
 * one ERP to the next (ADR 0014). A document that would be the first one in the new ERP is not made: it names the move,
 * which opens once everything of before is in the old one, and the document is made after it.
 */
import { enter } from '../lookup.ts';
import { daysOfMonth, type Month } from '../time/period.ts';
import type { CallResult, EntityRefs } from './calls.ts';
import type { EngagementState, EntityState, ErpMove, InstantMs, SagaState, StepState } from './state.ts';

/** The code of a document's wait for its legal entity's move. */
export const ERP_MOVE_DUE = 'ERP_MOVE_DUE';

type Ref = 'customerId' | 'projectId' | 'contractId';

const REF_OF_STEP: Readonly<Record<string, Ref>> = {
  erpCustomer: 'customerId',
  psaProject: 'projectId',
  erpContract: 'contractId',
};

function entityOf(state: EngagementState, legalEntityId: string | null): EntityState | undefined {
  return state.entities.find((candidate) => candidate.legalEntityId === legalEntityId);
}

/** The refs of an entity as a saga's calls need them: set-up and each move are done, and undone, in their own ERP. */
export function refsIn(saga: SagaState, { legalEntityId, refs, setUpIn }: EntityState): EntityRefs {
  const { erpConnectionId, ...ids } = refs;
  const move = saga.scope.legalEntityIds.includes(legalEntityId) ? saga.scope.erpMove : undefined;
  const erp = move ? move.to : saga.kind === 'projectSetup' ? setUpIn : erpConnectionId;
  const made = move ? madeBy(saga) : {};
  return { ...ids, ...made, ...(erp === undefined ? {} : { erpConnectionId: erp }) };
}

/** The new customer and contract of a move. */
function madeBy(saga: SagaState): Pick<EntityRefs, 'customerId' | 'contractId'> {
  const refOf = (name: string): string | null => saga.steps.find((step) => step.name === name)?.ref ?? null;
  return { customerId: refOf('erpCustomer'), contractId: refOf('erpContract') };
}

/** Takes over what a step of set-up or of a move made, and where. */
export function takeRefs(state: EngagementState, saga: SagaState, step: StepState, result: CallResult): void {
  const entity = entityOf(state, step.legalEntityId);
  if (!entity) return;
  const move = saga.scope.erpMove;
  if (move && result.recordUrls) enter((entity.erpUrls ??= {}), move.to, result.recordUrls);
  const ref = REF_OF_STEP[step.name];
  if (saga.kind !== 'projectSetup' || !ref) return;
  entity.refs[ref] = step.ref;
  if (result.erpConnectionId !== undefined) entity.setUpIn = entity.refs.erpConnectionId = result.erpConnectionId;
}

/** What a step of set-up made is gone. Where it was stays known: what arrives late is undone there (ADR 0012). */
export function forgetRef(state: EngagementState, saga: SagaState, step: StepState): void {
  const entity = entityOf(state, step.legalEntityId);
  const ref = REF_OF_STEP[step.name];
  if (entity && ref && saga.kind === 'projectSetup') entity.refs[ref] = null;
}

/** A document waits for a move. */
export function noteMove(state: EngagementState, { legalEntityId, ...move }: NonNullable<CallResult['erpMove']>): void {
  const entity = entityOf(state, legalEntityId);
  if (entity) entity.moveDue = move;
}

/**
 * The move that an entity can begin now: its months of before are recognised, and nothing that was drafted or
 * recognised in the old ERP is still on its way there. What is open there afterwards are payments.
 */
export function moveToOpen(state: EngagementState, entity: EntityState): ErpMove | null {
  const { moveDue: move, legalEntityId, nextRevenueMonth } = entity;
  if (!move || (nextRevenueMonth !== null && endsBefore(nextRevenueMonth, move))) return null;
  const own = state.sagas.filter((saga) => saga.scope.legalEntityIds.includes(legalEntityId));
  return own.some(isInItsWay) ? null : move;
}

function endsBefore(month: Month, { on }: ErpMove): boolean {
  return daysOfMonth(month).untilExclusive <= on;
}

function isInItsWay(saga: SagaState): boolean {
  if (saga.kind === 'erpMove') return saga.status !== 'done';
  if (saga.kind !== 'billing' && saga.kind !== 'revenue') return false;
  if (saga.steps.some(waitsForMove)) return false;
  return saga.steps.some(({ name, status }) => (name === 'book' || name === 'journal') && status !== 'verified');
}

function waitsForMove({ blocked }: StepState): boolean {
  return blocked?.findings.some(({ code }) => code === ERP_MOVE_DUE) ?? false;
}

/** While an entity moves, none of its documents is begun. */
export function isHeldByMove(state: EngagementState, { kind, status, scope, steps }: SagaState): boolean {
  if ((kind !== 'billing' && kind !== 'revenue') || status !== 'running' || steps[0]?.status !== 'pending')
    return false;
  return state.sagas.some(
    (move) =>
      move.kind === 'erpMove' &&
      (move.status === 'running' || move.status === 'undoing') &&
      move.scope.legalEntityIds.some((id) => scope.legalEntityIds.includes(id)),
  );
}

/** A document that waited was made after all: the table says no longer that its entity moves. */
export function forgetMove(state: EngagementState, saga: SagaState, step: StepState): void {
  const entity = entityOf(state, saga.scope.legalEntityIds[0] ?? null);
  if (entity && waitsForMove(step)) delete entity.moveDue;
}

/** From here on documents are made in the new ERP: those that waited are made now. */
export function finishMove(state: EngagementState, at: InstantMs, saga: SagaState): void {
  const move = saga.scope.erpMove;
  const entity = entityOf(state, saga.scope.legalEntityIds[0] ?? null);
  if (!move || !entity) throw new Error(`saga ${saga.id} moves an entity that the state does not have`);
  Object.assign(entity.refs, madeBy(saga), { erpConnectionId: move.to });
  delete entity.moveDue;
  const own = state.sagas.filter((other) => other.scope.legalEntityIds.includes(entity.legalEntityId));
  for (const step of own.flatMap((other) => other.steps)) {
    if (step.blocked && waitsForMove(step)) step.blocked.nextAttemptAt = at;
  }
}
