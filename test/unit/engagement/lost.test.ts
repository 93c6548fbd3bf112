/** A deal that the CRM says is lost: at every turn either the engagement ends with nothing left, or it is too late. */
import { apply } from '../../../domain/engagement/apply.ts';
import { newEngagement } from '../../../domain/engagement/start.ts';
import { fixedFee, POLICY, REQUESTER, retainerInAdvance, timeAndMaterials, twoEntities } from './contracts.ts';
import { World } from './world.ts';

const ENGAGEMENTS = { twoEntities, retainerInAdvance };
type Name = keyof typeof ENGAGEMENTS;
const HORIZON = '2026-03-02';

/** From won deal into the second month; the deal is lost when that many facts are recorded. */
function lostAt(name: Name, turn: number): World {
  const world = new World(ENGAGEMENTS[name]);
  world.outside.work('2026-01-20', 100_000);
  let told = false;
  world.afterFact = () => {
    if (told || world.state.turn < turn) return;
    told = true;
    world.outside.dealFindings = [{ code: 'DEAL_LOST', message: 'the deal is lost', ownerRole: 'ops' }];
    world.tell('dealLost');
  };
  world.advanceTo(HORIZON, () => world.approveAll());
  world.afterFact = null;
  return world;
}

describe.each(Object.keys(ENGAGEMENTS) as Name[])('deal lost at every turn of %s', (name) => {
  test('ends cancelled with nothing left outside, or goes on and finance is told', () => {
    const { turn: last } = lostAt(name, Infinity).state;
    const ends = new Set<string>();
    for (let turn = 1; turn <= last; turn += 1) {
      const world = lostAt(name, turn);
      const { stage, attention, invoices } = world.state;
      ends.add(attention.length > 0 ? 'too late' : stage);
      if (attention.length > 0) {
        expect(attention.map(({ code, ownerRole }) => [code, ownerRole])).toEqual([['DEAL_LOST', 'fin-preparer']]);
        expect(['active', 'completing', 'closed']).toContain(stage);
        continue;
      }
      expect([turn, stage, world.outside.undoable()]).toEqual([turn, 'cancelled', []]);
      expect(invoices.every(({ state }) => state === 'void')).toBe(true);
      expect(world.titles('deal')).toContain('Deal was lost in the CRM');
    }
    expect([...ends].sort()).toEqual(['cancelled', 'too late']);
  });
});

describe('a deal lost in the CRM', () => {
  test('says why in words that a person understands, and asks nobody for anything', () => {
    const world = new World(timeAndMaterials).activate();
    world.tell('dealLost');
    world.run();
    expect(world.titles('undo')).toEqual([
      'Undo begins: the deal was lost in the CRM before anything was worked or billed',
    ]);
    expect(world.state).toMatchObject({ stage: 'cancelled', attention: [], approvals: [] });
  });

  test('found by the validation itself, without any notice, ends the engagement as well', () => {
    const world = new World(timeAndMaterials);
    world.outside.dealFindings = [{ code: 'DEAL_LOST', message: 'the deal is lost', ownerRole: 'ops' }];
    world.run();
    expect(world.state.stage).toBe('cancelled');
    expect(world.titles('deal')).toEqual(['Deal was lost in the CRM']);
  });

  test('found by a start by command is refused like any finding', () => {
    const world = new World(timeAndMaterials, true);
    world.outside.dealFindings = [{ code: 'DEAL_LOST', message: 'the deal is lost', ownerRole: 'ops' }];
    world.run();
    expect(world.state).toMatchObject({ stage: 'cancelled', attention: [{ code: 'DEAL_LOST' }] });
  });

  test('after it was reopened, undone and parked: the engagement ends instead of waiting', () => {
    const world = new World(timeAndMaterials).activate();
    world.tell('dealReopened');
    world.run();
    expect(world.state.stage).toBe('parked');
    world.tell('dealLost');
    world.run();
    expect(world.state).toMatchObject({ stage: 'cancelled', sagas: [] });
  });

  test('while an undo was given up: the undo goes on, and the engagement ends when it is done', () => {
    const world = new World(timeAndMaterials).activate().fail('archivePsaProject', { kind: 'refused' });
    world.tell('dealReopened');
    world.run();
    expect(world.saga('projectSetup').parked?.reason).toBe('UNDO_FAILED');
    world.tell('dealLost');
    world.run();
    expect(world.state.stage).toBe('cancelled');
    expect(world.outside.undoable()).toEqual([]);
  });

  test('and won again while set-up is still being undone: it goes on by itself afterwards', () => {
    const world = new World(timeAndMaterials).activate().fail('archivePsaProject', { kind: 'outage' });
    world.tell('dealLost');
    world.run();
    expect(world.state.stage).toBe('compensating');
    world.tell('dealWon');
    world.advanceTo(world.now + 120_000);
    expect(world.state).toMatchObject({ stage: 'ready', cancelRequested: false });
    expect(world.outside.live('createPsaProject')).toHaveLength(1);
  });

  test('then changed, then won again during the undo: it goes on, and the change begins nothing else', () => {
    const world = new World(timeAndMaterials).activate().fail('archivePsaProject', { kind: 'outage' });
    world.tell('dealLost');
    world.run();
    world.tell('dealChanged');
    world.run();
    expect(world.state.inbox.kept).toBeDefined(); // As long as it ends, the change would begin it anew.
    world.tell('dealWon');
    world.advanceTo(world.now + 120_000);
    expect(world.state).toMatchObject({ stage: 'ready', cancelRequested: false });
    expect(world.state.inbox.kept).toBeUndefined();
    expect(world.unread()).toEqual([]);
  });

  test('and won again when only a draft is left to void: it ends, and the win is left to begin it anew', () => {
    const world = new World(retainerInAdvance).activate().fail('voidDraftInvoice', { kind: 'outage' });
    world.tell('dealLost');
    world.run();
    expect(world.state.sagas.map(({ kind }) => kind)).toEqual(['billing']);
    const won = world.tell('dealWon');
    world.advanceTo(world.now + 120_000);
    expect(world.state).toMatchObject({ stage: 'cancelled', attention: [] });
    expect(world.unread()).toEqual([won]);
  });

  test('after work was approved: one note for finance, which a deal won again takes away', () => {
    const world = new World(timeAndMaterials).activate();
    world.tell('firstTimeApproved', 'project:1');
    world.tell('dealReopened');
    world.tell('dealLost');
    world.run();
    expect(world.state.stage).toBe('active');
    expect(world.state.attention).toMatchObject([{ code: 'DEAL_LOST', ownerRole: 'fin-preparer' }]);
    world.tell('dealWon');
    world.run();
    expect(world.state.attention).toEqual([]);
    expect(world.titles('deal')).toContain('Deal was won again');
  });
});

describe('news of a deal during a cancellation by a person', () => {
  test.each([
    ['won again', ['dealReopened', 'dealWon']],
    ['changed', ['dealChanged']],
  ] as const)('that is %s: it ends all the same, and the news is left to begin it anew', (what, news) => {
    const world = new World(fixedFee).activate().fail('archivePsaProject', { kind: 'outage' });
    expect(world.cancel()).toBe('cancelling');
    world.run();
    const told = news.map((type) => world.tell(type));
    world.advanceTo(world.now + 120_000);
    expect(world.state).toMatchObject({ stage: 'cancelled', attention: [] });
    expect(world.unread()).toEqual(told.slice(-1));
    expect(world.titles('deal').at(-1)).toBe(
      `The deal was ${what} while the engagement ends: it begins anew after that`,
    );
  });

  test('that is won again twice, and changed after that: the latest is enough, and nothing spins', () => {
    const world = new World(fixedFee).activate().fail('archivePsaProject', { kind: 'outage', times: 2 });
    world.cancel();
    world.run();
    for (const type of ['dealReopened', 'dealWon', 'dealReopened', 'dealWon'] as const) world.tell(type);
    world.run();
    const changed = world.tell('dealChanged');
    world.advanceTo(world.now + 1_200_000);
    expect([world.state.stage, world.unread()]).toEqual(['cancelled', [changed]]);
  });

  test.each(['dealReopened', 'dealLost'] as const)('that is won and then %s: nothing begins with the win', (then) => {
    const world = new World(fixedFee).activate().fail('archivePsaProject', { kind: 'outage' });
    world.cancel();
    world.run();
    world.tell('dealReopened');
    world.tell('dealWon');
    world.run();
    expect(world.unread()).toHaveLength(1);
    world.tell(then);
    world.advanceTo(world.now + 120_000);
    expect([world.state.stage, world.unread()]).toEqual(['cancelled', []]);
  });

  test('the fact that began the engagement, read only then, is no news', () => {
    const world = new World(fixedFee);
    world.during('validateDeal', () => {
      world.tell('dealWon');
      world.cancel();
    });
    world.run();
    expect(world.state).toMatchObject({ stage: 'cancelled', attention: [] });
    expect(world.made('validateDeal')).toHaveLength(1);
    expect(world.unread()).toEqual([]);
  });

  test('lost as well: nothing more happens than was asked for', () => {
    const world = new World(fixedFee).activate().fail('archivePsaProject', { kind: 'outage' });
    world.cancel();
    world.run();
    world.tell('dealLost');
    world.advanceTo(world.now + 120_000);
    expect(world.state).toMatchObject({ stage: 'cancelled', attention: [] });
  });
});

test('a deal that changes after its contract was taken over changes nothing, and the timeline says so', () => {
  const world = new World(timeAndMaterials).activate();
  world.tell('dealChanged');
  world.run();
  expect(world.state).toMatchObject({ stage: 'active', attention: [] });
  expect(world.titles('deal')).toEqual([
    'The deal changed in the CRM: the contract stays as it was taken over, amendments are new deals',
  ]);
});

test('the keys of a run that begins anew are none of an earlier run', () => {
  const earlier = new World(twoEntities).activate();
  earlier.cancel();
  earlier.run();
  const { engagementId, connectionId, dealId, correlationId, turn, counters } = earlier.state;
  const ids = { engagementId, connectionId, dealId, correlationId };
  const start = { ...ids, dealUrl: null, requestedBy: REQUESTER, policy: POLICY, refuseIfInvalid: false };
  const fresh = newEngagement({ ...start, after: { turn, timelineSeq: counters.timeline } }, earlier.now);
  expect(fresh.counters.saga).toBeGreaterThan(counters.saga);
  const scope = { legalEntityIds: ['uk', 'us'] };
  const opened = apply({ ...fresh, stage: 'validating' }, { type: 'opened', kind: 'projectSetup', scope, at: 0 });
  expect(opened.sagas[0]?.steps.length).toBeGreaterThan(8);
  const used = new Set(earlier.calls.map(({ key }) => key));
  expect(opened.sagas.flatMap(({ steps }) => steps.filter(({ key }) => used.has(key)))).toEqual([]);
});
