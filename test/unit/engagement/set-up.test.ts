/**
 * From deal to active engagement, and the way back: every step of set-up, refused before or after its effect, and
 * undone.
 */
import { type CallName, SAGAS } from '../../../domain/engagement/sagas.ts';
import { APPROVER, DELIVERY, fixedFee, OPS, PREPARER, timeAndMaterials, twoEntities } from './contracts.ts';
import { World } from './world.ts';

const FINDING = { code: 'TAX_PROFILE_MISSING', message: 'the customer has no tax profile', ownerRole: 'ops' as const };
const STEPS = SAGAS.projectSetup.filter((row) => row.do !== undefined);
const CALLS = STEPS.flatMap((row) => [row.prepare, row.do, row.verify]).filter(
  (call): call is CallName => call !== undefined,
);
const UNDOABLE = STEPS.flatMap((row) =>
  row.do && row.undo && row.undo !== 'keep' ? [{ call: row.do, undo: row.undo }] : [],
);

/** Runs to the end of what happens by itself, granting the activation. */
function settle(world: World): World {
  return world.advanceTo(world.now + 86_400_000, () => world.approveAll());
}

/** Undo calls in the order in which they were made, without repetitions. */
function undone(world: World): string[] {
  const calls = world.calls.filter(({ phase }) => phase === 'undo').map(({ key }) => key);
  return calls.filter((key, index) => calls.indexOf(key) === index);
}

describe('validation', () => {
  test('a deal with findings waits, says why, and goes on by itself when the deal changes', () => {
    const world = new World(fixedFee);
    world.outside.dealFindings = [FINDING];
    world.run();
    expect(world.state.stage).toBe('validating');
    expect(world.saga('validation').steps[0]?.blocked?.findings).toEqual([FINDING]);
    world.outside.dealFindings = [];
    world.tell('dealChanged');
    world.run();
    expect(world.state.stage).toBe('ready');
  });

  test('a deal with findings is looked at again with growing delays: 1, 2, 4 minutes', () => {
    const world = new World(fixedFee);
    world.outside.dealFindings = [FINDING];
    world.advanceTo(world.now + 8 * 60_000);
    const minutes = world.made('validateDeal').map(({ at }) => (at - fixedFee.receivedAt) / 60_000);
    expect(minutes).toEqual([0, 1, 3, 7]); // + 1, + 2, + 4
    expect(world.titles('blocked')).toHaveLength(1);
  });

  test('a CRM that is away is tried again, one that refuses is shown to operations', () => {
    const away = new World(fixedFee).fail('validateDeal', { kind: 'outage', times: 3 });
    expect(settle(away).state.stage).toBe('active');
    const refuses = settle(new World(fixedFee).fail('validateDeal', { kind: 'refused', code: 'DEAL_GONE' }));
    expect(refuses.saga('validation').parked).toMatchObject({
      reason: 'DEAL_GONE',
      ownerRole: 'ops',
      allowed: ['retry', 'cancel'],
    });
    refuses.retry(refuses.saga('validation'));
    expect(settle(refuses).state.stage).toBe('active');
  });

  test('a start by command is refused with the findings and leaves nothing behind', () => {
    const world = new World(fixedFee, true);
    world.outside.dealFindings = [FINDING];
    world.run();
    expect(world.state).toMatchObject({ stage: 'cancelled', sagas: [], attention: [FINDING], contract: null });
    expect(world.outside.undoable()).toEqual([]);
  });

  test('a start by command gets its no also when the CRM refuses the deal', () => {
    const world = new World(fixedFee, true).fail('validateDeal', { kind: 'refused', code: 'DEAL_GONE' });
    world.run();
    expect(world.state.stage).toBe('cancelled');
    expect(world.state.attention.map(({ code }) => code)).toEqual(['DEAL_GONE']);
  });

  test('once accepted, a start by command is an engagement like any other: later findings block it', () => {
    const world = new World(fixedFee, true).activate();
    world.tell('dealReopened');
    world.run();
    world.outside.dealFindings = [FINDING];
    world.retry(world.saga('projectSetup'));
    world.run();
    expect(world.state.stage).toBe('validating');
    expect(world.saga('validation').steps[0]?.blocked?.findings).toEqual([FINDING]);
  });
});

describe('activation', () => {
  test('approved: the engagement is active and set-up is kept for its undo', () => {
    const world = new World(timeAndMaterials).activate();
    expect(world.state.stage).toBe('active');
    expect(world.saga('projectSetup').status).toBe('done');
    expect(world.outside.undoable()).toHaveLength(STEPS.length);
  });

  test('rejected: everything is undone in reverse, then it waits parked for operations', () => {
    const world = new World(timeAndMaterials).run();
    expect(world.approve(world.approval(), 'reject')).toBe('rejected');
    world.run();
    expect(world.state.stage).toBe('parked');
    expect(world.saga('projectSetup').parked).toMatchObject({ reason: 'ACTIVATION_REJECTED', ownerRole: 'ops' });
    expect(world.outside.undoable()).toEqual([]);
    // Where it was stays known: what arrives late is undone there.
    expect(world.state.entities[0]?.refs).toEqual({
      ...{ customerId: null, projectId: null, contractId: null },
      erpConnectionId: 'ns-main',
    });
  });

  test('work was approved meanwhile: a rejection would undo it, so it is refused, and approval goes on', () => {
    const world = new World(timeAndMaterials).run();
    world.tell('firstTimeApproved', 'project:1');
    world.run();
    expect(world.approve(world.approval(), 'reject')).toBe('PAST_POINT_OF_NO_RETURN');
    world.approve(world.approval());
    world.run();
    expect(world.state.stage).toBe('active');
  });

  test('work was approved meanwhile and the last step is refused for good: parked, and nothing is undone', () => {
    const world = new World(timeAndMaterials).fail('activateEngagement', { kind: 'refused' }).run();
    world.tell('firstTimeApproved', 'project:1');
    world.run();
    world.approve(world.approval());
    world.run();
    expect(world.saga('projectSetup')).toMatchObject({ status: 'running', parked: { allowed: ['retry'] } });
    expect(world.outside.live('createPsaProject')).toHaveLength(1);
    world.retry(world.saga('projectSetup'));
    world.run();
    expect(world.state.stage).toBe('active');
  });

  test('rejected and retried: validated anew and set up under new keys', () => {
    const world = new World(timeAndMaterials).run();
    const first = world.outside.live('createPsaProject');
    world.approve(world.approval(), 'reject');
    world.run();
    expect(world.decide(OPS, { type: 'retry', sagaId: world.saga('projectSetup').id })).toBe('retrying');
    world.activate();
    expect(world.state.stage).toBe('active');
    expect(world.made('validateDeal')).toHaveLength(2);
    expect(world.outside.live('createPsaProject')).not.toEqual(first);
  });

  test('rejected and cancelled: nothing is left to undo, it ends at once', () => {
    const world = new World(timeAndMaterials).run();
    world.approve(world.approval(), 'reject');
    world.run();
    expect(world.cancel()).toBe('cancelling');
    expect(world.state).toMatchObject({ stage: 'cancelled', sagas: [] });
  });

  test('two entities are each set up, and one approval activates both', () => {
    const world = new World(twoEntities).activate();
    expect(world.state.entities.map(({ refs }) => refs.projectId)).toEqual(
      world.outside.live('createPsaProject').map((key) => `createPsaProject-${key}`),
    );
    expect(world.titles('approval')).toHaveLength(1);
  });
});

describe('a call of set-up fails', () => {
  test.each(CALLS)('%s: an outage or an unknown outcome is tried again and leaves no second object', (call) => {
    for (const after of [false, true]) {
      const world = new World(twoEntities)
        .fail(call, { kind: 'outage', times: 2 })
        .fail(call, { kind: 'unknown', after });
      settle(world);
      expect(world.state.stage).toBe('active');
      expect([...world.outside.effects.values()].filter((effect) => effect.made > 1)).toEqual([]);
      // per entity, except CRM link and activate
      expect(world.outside.undoable()).toHaveLength(2 * (STEPS.length - 2) + 2);
      expect(
        world
          .made(call)
          .slice(0, 4)
          .map(({ probe }) => probe),
      ).toEqual(expect.arrayContaining([false, true]));
    }
  });

  test.each(
    CALLS.flatMap((call) => [
      { call, after: false },
      { call, after: true },
    ]),
  )('$call is refused, after its effect: $after: all is undone in reverse and a person is asked', ({ call, after }) => {
    const world = new World(twoEntities).fail(call, { kind: 'refused', after, code: 'NO_SUCH_TEMPLATE' });
    settle(world);
    expect(world.state.stage).toBe('parked');
    expect(world.saga('projectSetup').parked).toMatchObject({
      reason: 'NO_SUCH_TEMPLATE',
      allowed: ['retry', 'cancel'],
    });
    expect(world.outside.undoable()).toEqual([]);
    const begun = world
      .saga('projectSetup')
      .steps.filter((step) => step.begun)
      .map(({ key }) => key);
    expect(undone(world)).toEqual(begun.reverse());
    world.retry(world.saga('projectSetup'));
    expect(settle(world).state.stage).toBe('active');
  });
});

describe('an undo fails', () => {
  test.each(UNDOABLE)('$undo once: it is tried again and set-up is undone', ({ undo }) => {
    for (const kind of ['outage', 'unknown'] as const) {
      const world = new World(twoEntities).activate().fail(undo, { kind, after: kind === 'unknown' });
      world.cancel();
      settle(world);
      expect(world.state.stage).toBe('cancelled');
      expect(world.outside.undoable()).toEqual([]);
    }
  });

  test.each(UNDOABLE)('$undo for ever: after two probes a person is asked, whose retry goes on', ({ undo }) => {
    const world = new World(twoEntities).activate().fail(undo, { kind: 'outage', times: 99 });
    world.cancel();
    settle(world);
    expect(world.state.stage).toBe('parked');
    expect(world.saga('projectSetup').parked).toMatchObject({
      reason: 'UNDO_FAILED',
      ownerRole: 'ops',
      allowed: ['retry'],
    });
    expect(world.made(undo)).toHaveLength(3); // the first attempt and two probes
    world.heal();
    expect(world.retry(world.saga('projectSetup'))).toBe('retrying');
    expect(settle(world).state.stage).toBe('cancelled');
    expect(world.outside.undoable()).toEqual([]);
  });

  test.each(UNDOABLE)('$undo refused: a person is asked at once', ({ undo }) => {
    const world = new World(timeAndMaterials).activate().fail(undo, { kind: 'refused' });
    world.cancel();
    world.run();
    expect(world.saga('projectSetup').parked?.reason).toBe('UNDO_FAILED');
    expect(world.made(undo)).toHaveLength(1);
    world.retry(world.saga('projectSetup'));
    expect(settle(world).state.stage).toBe('cancelled');
  });

  test('an undo that finds something in its way is not taken for done', () => {
    const world = new World(timeAndMaterials).activate();
    world.outside.undoFindings = [{ code: 'PROJECT_HAS_TIME', message: 'the project has time', ownerRole: 'delivery' }];
    world.cancel();
    settle(world);
    expect(world.saga('projectSetup').parked).toMatchObject({ reason: 'UNDO_FAILED' });
    expect(world.outside.live('createPsaProject')).toHaveLength(1);
    world.outside.undoFindings = [];
    world.retry(world.saga('projectSetup'));
    expect(settle(world).state.stage).toBe('cancelled');
  });
});

test('set-up is retried by operations, delivery and approvers have no say in it', () => {
  const world = new World(timeAndMaterials).fail('createPsaProject', { kind: 'refused' }).run();
  const command = { type: 'retry', sagaId: world.saga('projectSetup').id } as const;
  expect([DELIVERY, APPROVER].map((actor) => world.decide(actor, command))).toEqual(['ROLE_MISSING', 'ROLE_MISSING']);
  expect(world.decide(PREPARER, command)).toBe('retrying');
});
