/** Cancellation and reopening at every turn: either everything is taken back, or it is too late and nothing is. */
import { SAGAS } from '../../../domain/engagement/sagas.ts';
import type { SagaState } from '../../../domain/engagement/state.ts';
import { instant, mixed, OPS, POLICY, retainerInAdvance, timeAndMaterials, twoEntities } from './contracts.ts';
import { World } from './world.ts';

const ENGAGEMENTS = { twoEntities, mixed, retainerInAdvance };
type Name = keyof typeof ENGAGEMENTS;
const HORIZON = '2026-03-02';

/** From won deal into the second month; `atTurn` speaks once, when that many facts are recorded. */
function play(
  name: Name,
  turn: number,
  speak: (world: World) => void,
  prepare: (world: World) => void = () => undefined,
): World {
  const world = new World(ENGAGEMENTS[name]);
  prepare(world);
  world.outside.work('2026-01-20', 100_000);
  let spoken = false;
  world.afterFact = () => {
    if (spoken || world.state.turn < turn) return;
    spoken = true;
    speak(world);
  };
  world.advanceTo(HORIZON, () => world.approveAll());
  world.afterFact = null;
  return world;
}

function turns(name: Name): number[] {
  const { turn } = play(name, 0, () => undefined).state;
  return Array.from({ length: turn }, (_, index) => index + 1);
}

function drafts(world: World): string[] {
  return world.state.invoices.map(({ state }) => state);
}

const cause = (saga: SagaState): string | undefined => saga.cause?.code;

describe.each(Object.keys(ENGAGEMENTS) as Name[])('cancellation at every turn of %s', (name) => {
  test('is either refused, or nothing is left outside and the engagement is cancelled', () => {
    const answers = new Set<string>();
    for (const turn of turns(name)) {
      let answer = '';
      const world = play(name, turn, (now) => (answer = now.cancel()));
      answers.add(answer);
      if (answer === 'cancelling') {
        expect([turn, world.state.stage]).toEqual([turn, 'cancelled']);
        expect([turn, world.outside.undoable()]).toEqual([turn, []]);
        expect(drafts(world).every((state) => state === 'void')).toBe(true);
      } else {
        expect([turn, answer]).toEqual([turn, 'PAST_POINT_OF_NO_RETURN']);
        expect(['active', 'completing', 'closed']).toContain(world.state.stage);
      }
    }
    expect([...answers].sort()).toEqual(['PAST_POINT_OF_NO_RETURN', 'cancelling']);
  });

  test('finds its way also while every undo fails once', () => {
    for (const turn of turns(name)) {
      const world = play(
        name,
        turn,
        (now) => void now.cancel(),
        (now) => {
          now.fail('suspendEngagement', { kind: 'outage' }).fail('withdrawDemand', { kind: 'unknown', after: true });
          now.fail('voidDraftInvoice', { kind: 'outage' }).fail('restoreErpCustomer', { kind: 'unknown' });
        },
      );
      if (!world.state.cancelRequested) continue;
      expect([turn, world.state.stage]).toEqual([turn, 'cancelled']);
      expect([turn, world.outside.undoable()]).toEqual([turn, []]);
    }
  });
});

describe.each(Object.keys(ENGAGEMENTS) as Name[])('deal reopened at every turn of %s', (name) => {
  test('is either undone and parked until it is won again, or too late and shown to operations', () => {
    for (const turn of turns(name)) {
      const reopen = (now: World): void => {
        now.outside.dealFindings = [{ code: 'DEAL_NOT_WON', message: 'the deal is open', ownerRole: 'ops' }];
        now.tell('dealReopened');
      };
      const world = play(name, turn, reopen);
      if (world.state.attention.length > 0) {
        expect(['active', 'completing', 'closed']).toContain(world.state.stage);
        continue;
      }
      expect([turn, world.state.stage]).toEqual([turn, expect.stringMatching(/parked|validating/)]);
      expect([turn, world.outside.undoable()]).toEqual([turn, []]);
      world.outside.dealFindings = [];
      world.tell('dealWon');
      world.advanceTo('2026-03-03', () => world.approveAll());
      expect([turn, world.state.stage]).toEqual([turn, expect.stringMatching(/active|closed/)]);
    }
  });
});

describe('cancellation during a call of set-up', () => {
  const calls = SAGAS.projectSetup
    .flatMap((row) => [row.prepare, row.do, row.verify])
    .filter((call) => call !== undefined);
  const writes = SAGAS.projectSetup.map((row) => row.do);
  const outcomes = [undefined, 'outage', 'unknown', 'refused'] as const;

  test.each(calls.flatMap((call) => outcomes.map((outcome) => ({ call: call, outcome }))))(
    '$call, which ends with $outcome: undo begins at once, for the reason of the cancellation',
    ({ call, outcome }) => {
      const world = new World(timeAndMaterials);
      if (outcome) world.fail(call, { kind: outcome, after: true });
      world.during(call, () => expect(world.cancel()).toBe('cancelling'));
      world.run();
      world.approveAll();
      expect(world.outside.undoable().filter((effect) => effect.call === call)).toEqual([]); // undone at once
      const isOpen = outcome === 'unknown' && writes.includes(call);
      expect([world.state.stage, ...world.titles('blocked')]).toEqual(
        isOpen
          ? ['compensating', expect.stringContaining('is undone; an open request may still arrive')]
          : ['cancelled'],
      ); // at the same instant: nothing waits for a probe
      world.advanceTo(world.now + POLICY.lateArrivalMs);
      expect(world.state.stage).toBe('cancelled');
      expect(world.outside.undoable()).toEqual([]);
      expect(world.titles('undo')).toEqual(['Undo begins: the engagement was cancelled']);
      expect(world.titles('parked')).toEqual([]);
    },
  );

  test('a step that was blocked is undone at once, without waiting for its next probe', () => {
    const world = new World(timeAndMaterials).fail('verifyErpContract', { kind: 'outage', times: 5 });
    world.advanceTo(world.now + 5 * 60_000);
    world.cancel();
    world.run();
    expect(world.state.stage).toBe('cancelled');
  });

  test('what was done during it is not told as done after the undo began', () => {
    const world = new World(timeAndMaterials);
    world.during('verifyPsaProject', () => world.cancel());
    world.run();
    const titles = world.titles();
    expect(titles.slice(titles.indexOf('Undo begins: the engagement was cancelled'))).not.toContain(
      'Project and work breakdown in the PSA',
    );
  });
});

describe('cancellation', () => {
  test('during the call that activates: the engagement does not become active any more', () => {
    const world = new World(timeAndMaterials);
    world.during('activateEngagement', () => expect(world.cancel()).toBe('cancelling'));
    world.activate();
    expect(world.state.stage).toBe('cancelled');
    expect(world.titles('stage')).not.toContain('Engagement is active');
    expect(world.outside.undoable()).toEqual([]);
  });

  test('while a revenue run may have written: it is too late', () => {
    const world = new World(timeAndMaterials).activate();
    world.outside.work('2026-01-20', 100_000);
    world.fail('recogniseRevenue', { kind: 'outage' });
    world.advanceTo('2026-02-01');
    world.now = instant('2026-02-01');
    world.run();
    expect(world.cancel()).toBe('PAST_POINT_OF_NO_RETURN');
  });

  test('a draft in approval is withdrawn and void', () => {
    const world = new World(retainerInAdvance).activate();
    expect(world.cancel()).toBe('cancelling');
    world.run();
    expect(world.state).toMatchObject({ stage: 'cancelled', approvals: [] });
    expect(drafts(world)).toEqual(['void']);
  });

  test('after revenue is in the books there is no way back, even without an invoice', () => {
    const world = new World(timeAndMaterials).activate();
    world.outside.work('2026-01-20', 100_000);
    world.advanceTo('2026-02-01').run();
    expect(world.state.invoices.map(({ state }) => state)).toEqual(['in-approval']);
    expect(world.cancel()).toBe('PAST_POINT_OF_NO_RETURN');
  });

  test('approved time is the point of no return', () => {
    const world = new World(timeAndMaterials).activate();
    world.tell('firstTimeApproved', 'project:1');
    world.run();
    expect(world.cancel()).toBe('PAST_POINT_OF_NO_RETURN');
    world.tell('dealReopened');
    world.run();
    expect(world.state.stage).toBe('active');
    expect(world.state.attention.map(({ code, ownerRole }) => [code, ownerRole])).toEqual([['DEAL_REOPENED', 'ops']]);
  });

  test('while the closing checks run it is too late, also when nothing was ever billed', () => {
    const world = new World(timeAndMaterials).activate().fail('checkCompletion', { kind: 'outage', times: 3 });
    world.advanceTo('2026-04-01');
    expect(world.state.stage).toBe('completing');
    expect(world.cancel()).toBe('PAST_POINT_OF_NO_RETURN');
    world.tell('dealReopened');
    world.advanceTo('2026-04-02');
    expect(world.state.stage).toBe('closed');
    expect(world.state.attention.map(({ code }) => code)).toEqual(['DEAL_REOPENED']);
  });

  test('a second cancellation is refused, and so is one of an ended engagement', () => {
    const world = new World(timeAndMaterials).activate().fail('archivePsaProject', { kind: 'outage', times: 2 });
    expect(world.cancel()).toBe('cancelling');
    world.run();
    expect(world.cancel()).toBe('ALREADY_ENDING');
    world.advanceTo('2026-01-03');
    expect(world.state.stage).toBe('cancelled');
    expect(world.cancel()).toBe('ALREADY_ENDING');
  });
});

describe('a deal reopened in the CRM', () => {
  test('after validation and before set-up: it is validated again instead of set up', () => {
    const world = new World(timeAndMaterials);
    world.during('validateDeal', () => world.tell('dealReopened'));
    world.run();
    expect(world.made('validateDeal')).toHaveLength(2);
  });

  test('won again while set-up is still being undone: it goes on by itself afterwards', () => {
    const world = new World(timeAndMaterials).activate().fail('archivePsaProject', { kind: 'outage' });
    world.tell('dealReopened');
    world.run();
    expect(world.state.stage).toBe('compensating');
    world.tell('dealWon');
    world.advanceTo(world.now + 120_000);
    expect(world.state.stage).toBe('ready');
    expect(world.outside.live('createPsaProject')).toHaveLength(1);
  });

  test('won and reopened again while set-up is being undone: the last word counts', () => {
    const world = new World(timeAndMaterials).activate().fail('archivePsaProject', { kind: 'outage' });
    for (const news of ['dealReopened', 'dealWon', 'dealReopened'] as const) world.tell(news);
    world.advanceTo(world.now + 120_000);
    expect(world.state.stage).toBe('parked');
    expect(world.state.sagas.map(cause)).toEqual(['DEAL_REOPENED']);
  });

  test('while an invoice may be on its way into the ERP: it is too late', () => {
    const world = new World(retainerInAdvance).activate().fail('postErpInvoice', { kind: 'unknown', after: true });
    world.approveAll();
    world.tell('dealReopened');
    world.advanceTo('2026-01-16');
    expect(world.state.stage).toBe('active');
    expect(world.state.invoices.map(({ state }) => state)).toEqual(['posted']);
    expect(world.state.attention.map(({ code }) => code)).toEqual(['DEAL_REOPENED']);
  });

  test('while a draft waits for approval: the draft is void and its approval withdrawn', () => {
    const world = new World(retainerInAdvance).activate();
    expect(world.approval().kind).toBe('invoice');
    world.tell('dealReopened');
    world.run();
    expect(world.state.approvals).toEqual([]);
    expect(world.state.invoices.map(({ state }) => state)).toEqual(['void']);
    world.tell('dealWon');
    world.activate();
    world.approveAll();
    expect(world.state.invoices.map(({ state }) => state)).toEqual(['void', 'posted']);
  });

  test('told twice after the point of no return, it is shown once', () => {
    const world = new World(timeAndMaterials).activate();
    world.tell('firstTimeApproved', 'project:1');
    world.tell('dealReopened');
    world.tell('dealReopened');
    world.run();
    expect(world.state.attention).toHaveLength(1);
  });

  test('parked for another reason, winning it again does not overrule the person who is asked', () => {
    const world = new World(timeAndMaterials).run();
    world.approve(world.approval(), 'reject');
    world.run();
    world.tell('dealWon');
    world.run();
    expect(world.state.stage).toBe('parked');
    expect(world.decide(OPS, { type: 'retry', sagaId: world.saga('projectSetup').id })).toBe('retrying');
  });
});
