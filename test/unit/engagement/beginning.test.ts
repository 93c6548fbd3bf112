/** A start by command: refused, it takes nothing with it; asked for by several at once, each has his own answer. */
import type { Actor } from '../../../domain/actor.ts';
import { answerToStart, isStartAnswered } from '../../../domain/engagement/beginning.ts';
import { inputOf } from '../../../domain/engagement/intent.ts';
import { OPS, REQUESTER, timeAndMaterials } from './contracts.ts';
import { World } from './world.ts';

const INVALID = [{ code: 'TAX_PROFILE_MISSING', message: 'no tax profile', ownerRole: 'ops' as const }];
const TOKYO: Actor = { subject: 'tokyo@firm', roles: ['ops'], legalEntities: ['jp'] };
const LONDON: Actor = { subject: 'london@firm', roles: ['ops'], legalEntities: ['uk'] };

/** Started by command at the wish of somebody. */
function started(asker: Actor = REQUESTER): World {
  const world = new World(timeAndMaterials, true);
  world.state = { ...world.state, requestedBy: asker };
  return world;
}

describe('a start by command that is refused', () => {
  test('leaves the news that the deal was won, read before it: that begins the engagement', () => {
    const world = started();
    world.outside.dealFindings = INVALID;
    const won = world.tell('dealWon');
    world.run();
    expect([world.state.stage, world.unread()]).toEqual(['cancelled', [won]]);
  });

  test('leaves them too when they come during the validation, or after the refusal', () => {
    const world = started();
    world.outside.dealFindings = INVALID;
    world.during('validateDeal', () => void world.tell('dealWon'));
    world.run();
    expect([world.state.stage, world.unread()]).toEqual(['cancelled', ['inb_000001']]);
    const changed = world.tell('dealChanged');
    world.run();
    expect(world.unread()).toEqual([changed]);
  });

  test('leaves them while the CRM is away, whatever is published meanwhile', () => {
    const world = started().fail('validateDeal', { kind: 'outage' });
    world.outside.dealFindings = INVALID;
    const won = world.tell('dealWon');
    world.run();
    expect([world.state.stage, world.unread()]).toEqual(['validating', [won]]);
    world.tell('milestoneStarted', 'milestone:m1', { milestoneId: 'm1' });
    world.run();
    world.advanceTo(world.now + 120_000);
    expect([world.state.stage, world.unread()]).toEqual(['cancelled', [won]]);
  });

  test('acknowledges what is no beginning: a deal that was lost stays lost', () => {
    const world = started().fail('validateDeal', { kind: 'outage' });
    world.tell('dealWon');
    world.run();
    world.tell('dealLost');
    world.run();
    expect([world.state.stage, world.unread()]).toEqual(['cancelled', []]);
  });
});

describe('a start by command that is accepted', () => {
  test('has the news of the deal that came before: they begin nothing else', () => {
    const world = started();
    world.tell('dealWon');
    world.run();
    expect([world.state.stage, world.unread()]).toEqual(['ready', []]);
    expect(world.state.inbox.kept ?? null).toBeNull();
  });

  test('and cancelled by a person before its validation: they begin nothing either', () => {
    const world = started().fail('validateDeal', { kind: 'outage' });
    world.tell('dealWon');
    world.run();
    expect(world.cancel()).toBe('cancelling');
    world.run();
    expect([world.state.stage, world.unread()]).toEqual(['cancelled', []]);
  });
});

describe('two who ask for the same start at once', () => {
  function both(first: Actor, second: Actor): World {
    const world = started(first);
    world.during('validateDeal', () => world.askToStart(second));
    world.run();
    expect(isStartAnswered(world.state)).toBe(true);
    return world;
  }

  test('the first acts for another legal entity: he is refused, the other one begins it and prepares its set-up', () => {
    const world = both(TOKYO, LONDON);
    expect(world.state).toMatchObject({ stage: 'ready', requestedBy: LONDON });
    expect(world.state.alsoRequestedBy).toBeUndefined();
    expect(answerToStart(world.state, TOKYO)).toMatchObject({
      accepted: false,
      findings: [{ code: 'ENTITY_FORBIDDEN' }],
    });
    expect(answerToStart(world.state, LONDON)).toEqual({ accepted: true, findings: [] });
    expect(world.approval('activation').preparer).toBe('london@firm');
  });

  test('the second acts for another legal entity: he is refused, and the run is the first one’s', () => {
    const world = both(LONDON, TOKYO);
    expect(world.state.requestedBy).toEqual(LONDON);
    expect(answerToStart(world.state, TOKYO).accepted).toBe(false);
  });

  test('both act for the deal: it begins once, and the second is told that it is there', () => {
    const world = both(LONDON, OPS);
    expect(world.state.requestedBy).toEqual(LONDON);
    expect(answerToStart(world.state, OPS)).toEqual({ accepted: true, findings: [], existing: true });
  });

  test('neither acts for the deal: both are refused, and nothing was created', () => {
    const world = both(TOKYO, { ...TOKYO, subject: 'osaka@firm' });
    expect(world.state).toMatchObject({ stage: 'cancelled', contract: null });
    expect(answerToStart(world.state, TOKYO)).toMatchObject({
      accepted: false,
      findings: [{ code: 'ENTITY_FORBIDDEN' }],
    });
    expect(world.outside.undoable()).toEqual([]);
  });

  test('validation is told of everybody who asked so far, and whether it may refuse', () => {
    const world = started(TOKYO).fail('validateDeal', { kind: 'outage' });
    world.run();
    world.askToStart(LONDON);
    const place = { sagaId: world.saga('validation').id, stepIndex: 0, phase: 'do' as const };
    expect(inputOf(world.state, place, world.now).start).toEqual({ askers: [TOKYO, LONDON], isRefusable: true });
  });
});

test('who asks for what the CRM began is told at once that it is there, also while it waits for better data', () => {
  const world = new World(timeAndMaterials);
  world.outside.dealFindings = INVALID;
  world.run();
  expect(isStartAnswered(world.state)).toBe(true);
  expect(answerToStart(world.state, LONDON)).toEqual({ accepted: true, findings: [], existing: true });
});
