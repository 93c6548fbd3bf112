// Kantata's records into ours: unknown states are never taken for success.
import {
  fromWireExpense,
  fromWireMilestoneState,
  fromWireTime,
  fromWireWorkState,
  keyOf,
  toWireMilestone,
  toWireTask,
  toWireWorkspace,
  wholeNumber,
} from '../../../adapters/kantata/convert.ts';
import { WRITES } from '../../../adapters/kantata/wire.ts';

const warnings: string[] = [];
const warn = (message: string) => void warnings.push(message);
beforeEach(() => warnings.splice(0));

test.each([
  ['not started', 'pending'],
  ['started', 'in-progress'],
  ['needs review', 'delivered'],
  ['completed', 'accepted'],
  ['rejected', 'rejected'],
])('a milestone that is "%s" is %s', (state, ours) => {
  expect(fromWireMilestoneState(state, warn)).toBe(ours);
  expect(warnings).toEqual([]);
});

test('a milestone or approval in a state that nobody knows is pending or draft, with a warning', () => {
  expect(fromWireMilestoneState('resolved', warn)).toBe('pending');
  expect(fromWireWorkState('auto-approved', warn)).toBe('draft');
  expect(warnings).toHaveLength(2);
});

test('time and expenses keep their minutes, minor units and change stamps', () => {
  const common = { id: '1', workspace_id: '2', user_id: '3', billable: true, updated_at: '2026-01-20T09:00:00-08:00' };
  const time = { story_id: null, role_name: null, date_performed: '2026-01-19', time_in_minutes: '435' };
  expect(fromWireTime({ ...common, ...time, approval_status: 'approved' }, warn)).toMatchObject({
    minutes: 435,
    role: '',
    state: 'approved',
    changedAt: '2026-01-20T17:00:00.000Z',
  });
  const expense = { category: 'Travel', date: '2026-01-19', amount_in_cents: '12155125', currency: 'KWD' };
  expect(fromWireExpense({ ...common, ...expense, approval_status: 'none' }, warn)).toMatchObject({
    amountMinor: 12_155_125,
    currency: 'KWD',
    state: 'draft',
  });
});

test('a number that is not whole, or too large to be exact, is refused', () => {
  for (const text of ['1.5', '', 'abc', '9007199254740993']) expect(() => wholeNumber(text)).toThrow(TypeError);
});

test('our key on a record is ours alone, and the oldest where there are two', () => {
  const reference = {
    id: '1',
    service_name: 'throughline',
    service_model: 'task',
    service_model_ref: 'late',
    subject_type: 'Story',
    subject_id: '7',
    created_at: '2026-01-02T00:00:00Z',
  };
  const early = { ...reference, service_model_ref: 'early', created_at: '2026-01-01T00:00:00Z' };
  const foreign = { ...early, service_name: 'jira', created_at: '2025-01-01T00:00:00Z' };
  expect(keyOf([reference, early, foreign], 'task', '7')).toBe('early');
  expect(keyOf([reference], 'milestone', '7')).toBeNull();
});

test('a project is sent with its price in currency units, its key inside, and nothing but listed writes', () => {
  const order = {
    title: 'P',
    startOn: '2026-01-01',
    endOn: '2026-01-31',
    currency: 'KWD',
    budgetMinor: 12_155_125,
    templateRef: '201',
    tasks: [],
    milestones: [],
  };
  const workspace = toWireWorkspace('eng_1-psaProject-1', order);
  // 12,155,125 fils = 12,155.125 KWD
  expect(workspace).toMatchObject({
    price: '12155.125',
    external_reference: {
      service_name: 'throughline',
      service_model: 'project',
      service_model_ref: 'eng_1-psaProject-1',
    },
  });
  const task = { taskKey: 'r1', title: 'T', role: 'R', budgetMinutes: 60, startOn: '2026-01-01', endOn: '2026-01-31' };
  const milestone = { milestoneKey: 'm1', title: 'M', dueOn: '2026-01-31', amountMinor: 1 };
  const allowed = (object: string): readonly string[] => WRITES.find((write) => write.object === object)?.fields ?? [];
  expect(allowed('workspaces')).toEqual(expect.arrayContaining(Object.keys(workspace)));
  expect(allowed('stories')).toEqual(expect.arrayContaining(Object.keys(toWireTask('1', task))));
  expect(allowed('stories')).toEqual(expect.arrayContaining(Object.keys(toWireMilestone('1', milestone))));
});
