/**
 * Where an entity's project in the PSA stands. It is kept nowhere: the steps of set-up and completion tell it, and each
 * fact that moves it is checked against the table (domain.md, Project).
 */
import { type StateOf, transition } from '../lifecycle.ts';
import type { EngagementState, SagaState } from './state.ts';

type ProjectState = StateOf<'project'>;

/** The state of the project that a set-up makes for a legal entity. */
function projectStateOf(state: EngagementState, setUp: SagaState, legalEntityId: string): ProjectState {
  const own = (saga: SagaState | undefined, name: string) =>
    saga?.steps.find((step) => step.name === name && (step.legalEntityId ?? legalEntityId) === legalEntityId);
  const project = own(setUp, 'psaProject');
  if (project?.status === 'undone') return 'cancelled';
  if (project?.status !== 'verified') return 'proposed';
  const completion = state.sagas.find((saga) => saga.kind === 'completion');
  if (state.stage === 'closed' || own(completion, 'psa')?.status === 'verified') return 'closed';
  if (own(completion, 'check')?.status === 'verified') return 'completed';
  // From its call on it may be active: what was begun counts, as for undo.
  return own(setUp, 'activate')?.begun ? 'active' : 'provisioned';
}

/**
 * Checks that what a fact did to the projects of a set-up is listed. A new set-up makes new projects.
 * @throws TRANSITION_REFUSED
 */
export function checkProjects(before: EngagementState, after: EngagementState): void {
  for (const setUp of after.sagas) {
    const was = before.sagas.find((saga) => saga.id === setUp.id);
    if (setUp.kind !== 'projectSetup' || !was) continue;
    for (const legalEntityId of setUp.scope.legalEntityIds) {
      const from = projectStateOf(before, was, legalEntityId);
      const to = projectStateOf(after, setUp, legalEntityId);
      if (from !== to) transition('project', from, to);
    }
  }
}
