/** Work that waits for approval in Throughline, as an engagement and the people who look at it see it. */
import { refusal } from '../../../domain/engagement/apply-decisions.ts';
import { details } from '../../../domain/engagement/details.ts';
import { leaveOut } from '../../../domain/engagement/work-to-approve.ts';
import { obstacles, summaryOf } from '../../../domain/engagement/view.ts';
import { APPROVER, OPS, retainerInAdvance, timeAndMaterials } from './contracts.ts';
import { World } from './world.ts';

const work = (month: string, legalEntityId = 'uk') => ({ work: { legalEntityId, month } });

function told(...facts: ['workSubmitted' | 'workDecided', month: string, legalEntityId?: string][]): World {
  const world = new World(timeAndMaterials).activate();
  for (const [type, month, legalEntityId] of facts) {
    world.tell(type, `work:${legalEntityId ?? 'uk'}.${month}`, work(month, legalEntityId));
  }
  return world.run();
}

test('work that waits is an obstacle of delivery, one per legal entity with its months, and blocks nothing', () => {
  const world = told(['workSubmitted', '2026-02'], ['workSubmitted', '2026-01'], ['workSubmitted', '2026-01', 'us']);
  const waiting = obstacles(world.state).filter(({ code }) => code === 'WORK_TO_APPROVE');
  expect(waiting.map(({ message }) => message)).toEqual([
    'time or expenses of 2026-01, 2026-02 (uk) wait for approval in Throughline',
    'time or expenses of 2026-01 (us) wait for approval in Throughline',
  ]);
  expect(waiting[0]).toMatchObject({ kind: 'approval', ownerRole: 'delivery', needsHuman: true, actions: [] });
  expect(summaryOf(world.state, world.now)).toMatchObject({ blockedBy: null, ownerRole: 'delivery', needsHuman: true });
  expect(details(world.state, world.now)).toContain('can be moved by **delivery**');
});

test('decided, it is none any more; a late copy of the older fact changes nothing', () => {
  const world = told(['workSubmitted', '2026-01'], ['workDecided', '2026-01']);
  expect(obstacles(world.state)).toEqual([]);
  world.tell('workSubmitted', 'work:uk.2026-01', work('2026-01'), '000000');
  expect(obstacles(world.run().state)).toEqual([]);
  const titles = world.timeline.filter(({ kind }) => kind === 'work').map(({ title }) => title);
  expect(titles).toEqual([
    'Work of 2026-01 (uk) waits for approval in Throughline',
    'Work of 2026-01 (uk) no longer waits for approval in Throughline',
  ]);
});

test('a fact without its month changes nothing', () => {
  const world = new World(timeAndMaterials).activate();
  world.tell('workSubmitted', 'work:nothing');
  expect(obstacles(world.run().state)).toEqual([]);
});

test('it waits no more for an engagement that was cancelled', () => {
  const world = told(['workSubmitted', '2026-01']);
  world.decide(OPS, { type: 'cancel' });
  world.run();
  expect(world.state.stage).toBe('cancelled');
  expect(obstacles(world.state)).toEqual([]);
});

test('who approved work that an invoice bills does not approve the invoice, however he writes his name', () => {
  const world = new World(retainerInAdvance).activate();
  const { approvalId, versionHash } = world.approval();
  const ask = (workApprovers?: string[]): string | undefined => {
    const state = structuredClone(world.state);
    for (const approval of state.approvals) if (workApprovers) approval.workApprovers = workApprovers;
    const command = { type: 'approve' as const, approvalId, versionHash };
    return refusal(state, { updateId: 'u', actor: APPROVER, reason: null, command })?.code;
  };
  expect(ask([` ${APPROVER.subject.toUpperCase()}`])).toBe('PREPARER_IS_APPROVER');
  expect(ask(['lead@firm'])).toBeUndefined();
  expect(ask()).toBeUndefined();
});

test('a billing run says what it leaves out, on its page and in the timeline', () => {
  const world = new World(retainerInAdvance).activate();
  const state = structuredClone(world.state);
  const saga = state.sagas.find(({ kind }) => kind === 'billing');
  const place = { sagaId: saga?.id ?? '', stepIndex: 0, phase: 'do' as const };
  leaveOut(state, world.now, place, {});
  expect(saga?.waiting).toBeUndefined();
  leaveOut(state, world.now, place, { waiting: { time: 2, expenses: 1 } });
  expect(saga?.waiting).toEqual({ time: 2, expenses: 1 });
  expect(details(state, world.now)).toContain('not in it: 2 time entries and 1 expense not approved yet');
  expect(state.unpublished.at(-1)?.title).toMatch(/^Not in this run: 2 time entries and 1 expense before 20/);
});
