/**
 * Requests that were never answered and may still arrive (ADR 0012): what they do after an undo is undone once more,
 * and a step counts as undone only when nothing of it can arrive any more.
 */
import { apply } from '../../../domain/engagement/apply.ts';
import { SAGAS } from '../../../domain/engagement/sagas.ts';
import { upgradeState } from '../../../domain/engagement/start.ts';
import type { EngagementState } from '../../../domain/engagement/state.ts';
import { POLICY, retainerInAdvance, timeAndMaterials } from './contracts.ts';
import { World } from './world.ts';

const UNDOABLE = SAGAS.projectSetup.flatMap((row) =>
  row.do && row.undo && row.undo !== 'keep' ? [{ call: row.do, undo: row.undo }] : [],
);

test.each(UNDOABLE)('$call, unanswered, arrives after its undo: undone once more', ({ call, undo }) => {
  const world = new World(timeAndMaterials).fail(call, { kind: 'unknown' });
  world.during(call, () => world.cancel());
  world.run();
  world.approveAll();
  const late = world.outside.effects.get(`${call} ${world.made(call)[0]?.key ?? ''}`);
  expect(late).toMatchObject({ live: false });
  if (late) late.live = true; // The request that was thought lost.
  expect(world.saga('projectSetup').steps.some(({ status }) => status === 'pending')).toBe(true);
  world.advanceTo(world.now + POLICY.lateArrivalMs);
  expect(world.state.stage).toBe('cancelled');
  expect(world.outside.undoable()).toEqual([]);
  const waits = world.made(undo).map(({ at }) => at - (world.made(undo)[0]?.at ?? 0));
  expect(waits).toEqual([0, POLICY.lateArrivalMs]);
});

test('an attempt that was answered after one that was not leaves the first one open', () => {
  const world = new World(timeAndMaterials).run();
  const erpContract = world.saga('projectSetup').steps.findIndex((step) => step.name === 'erpContract');
  const place = { sagaId: world.saga('projectSetup').id, stepIndex: erpContract, phase: 'do' as const };
  const repeated = apply(world.state, { type: 'done', at: world.now, place, result: { ref: 'x', repeated: true } });
  expect(repeated.sagas[0]?.steps[erpContract]?.openUntil).toBe(world.now + POLICY.lateArrivalMs);
  const failure = { code: 'REJECTED', kind: 'refused' as const, message: 'no', repeated: true };
  const refused = apply(world.state, { type: 'failed', at: world.now, place, failure });
  expect(refused.sagas[0]?.steps[erpContract]?.openUntil).toBe(world.now + POLICY.lateArrivalMs);
  const once = apply(world.state, { type: 'done', at: world.now, place, result: { ref: 'x' } });
  expect(once.sagas[0]?.steps[erpContract]?.openUntil).toBeUndefined();
});

test('an undo that was not answered is done once more too, before set-up may begin anew', () => {
  const world = new World(timeAndMaterials).run().fail('restoreCrmLink', { kind: 'unknown', after: true });
  world.approve(world.approval(), 'reject');
  const unanswered = world.now;
  world.advanceTo(world.now + 60_000); // The probe that is answered.
  expect(world.state.stage).toBe('compensating');
  world.advanceTo(unanswered + POLICY.lateArrivalMs);
  expect(world.state.stage).toBe('parked');
  expect(world.made('restoreCrmLink').map(({ at }) => at - unanswered)).toEqual([0, 60_000, POLICY.lateArrivalMs]);
});

test('the work of a rejected draft is free at once, because no other system is asked for it', () => {
  const world = new World(retainerInAdvance).activate().fail('voidDraftInvoice', { kind: 'unknown', after: true });
  world.run();
  world.approve(world.approval('invoice'), 'reject');
  world.retry(world.saga('billing'));
  world.advanceTo(world.now + 60_000);
  expect(world.approval('invoice')).toBeDefined();
});

test('an engagement of an older build is undone without the wait, as its history has it', () => {
  const { policy, ...state } = new World(timeAndMaterials).state;
  const old = JSON.parse(
    JSON.stringify({ ...state, policy: { ...policy, lateArrivalMs: undefined } }),
  ) as EngagementState;
  expect(upgradeState(old).policy).toEqual({ ...POLICY, lateArrivalMs: 0 });
});
