// The project in the PSA goes the listed way, as the steps of set-up and completion tell it.
import { apply } from '../../../domain/engagement/apply.ts';
import { checkProjects } from '../../../domain/engagement/project-state.ts';
import type { EngagementState } from '../../../domain/engagement/state.ts';
import { code } from '../money/domain-error.ts';
import { fixedFee } from './contracts.ts';
import { World } from './world.ts';

const edited = (state: EngagementState, edit: (draft: EngagementState) => void): EngagementState => {
  const draft = JSON.parse(JSON.stringify(state)) as EngagementState;
  edit(draft);
  return draft;
};
const stepOf = (state: EngagementState, name: string) => {
  const step = state.sagas.find(({ kind }) => kind === 'projectSetup')?.steps.find((each) => each.name === name);
  if (!step) throw new Error(`no step ${name}`);
  return step;
};

test('an active project is cancelled by an undo, and a cancelled one is never provisioned again', () => {
  const { state: active } = new World(fixedFee).activate();
  const undone = edited(active, (draft) => {
    stepOf(draft, 'psaProject').status = 'undone';
  });
  expect(code(() => checkProjects(active, undone))).toBe('nothing refused');
  expect(code(() => checkProjects(undone, active))).toBe('TRANSITION_REFUSED');
});

test('a project that was not provisioned is never active', () => {
  const { state: active } = new World(fixedFee).activate();
  const proposed = edited(active, (draft) => {
    stepOf(draft, 'psaProject').status = 'pending';
  });
  expect(code(() => checkProjects(proposed, active))).toBe('TRANSITION_REFUSED');
});

test('a fact that would close a project that is not completed is refused', () => {
  const { state: active, now } = new World(fixedFee).activate();
  const closed = edited(active, (draft) => {
    draft.stage = 'closed';
  });
  expect(code(() => checkProjects(active, closed))).toBe('TRANSITION_REFUSED');
  expect(apply(active, { type: 'announced', at: now }).turn).toBe(active.turn + 1);
});
