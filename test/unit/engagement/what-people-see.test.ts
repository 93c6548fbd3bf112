/**
 * Who is needed, for what, since when, and what can be asked for; notes that people acknowledge; who may not decide.
 */
import type { Actor } from '../../../domain/actor.ts';
import { apply } from '../../../domain/engagement/apply.ts';
import { refusal } from '../../../domain/engagement/apply-decisions.ts';
import type { Decision } from '../../../domain/engagement/calls.ts';
import { details } from '../../../domain/engagement/details.ts';
import { upgradeState } from '../../../domain/engagement/start.ts';
import type { AttentionNote, EngagementState } from '../../../domain/engagement/state.ts';
import { obstacles, receivedSummary, summaryOf } from '../../../domain/engagement/view.ts';
import { APPROVER, DELIVERY, fixedFee, OPS, PREPARER, retainerInAdvance, timeAndMaterials } from './contracts.ts';
import { World } from './world.ts';

const NO_TAX_PROFILE = {
  code: 'TAX_PROFILE_MISSING',
  message: 'the customer has no tax profile',
  ownerRole: 'fin-preparer' as const,
};

const needsHuman = (world: World): boolean => summaryOf(world.state, world.now).needsHuman;
const page = (world: World): string => details(world.state, world.now);

/** Active, with a draft that waits for its approval. */
function drafted(): World {
  return new World(retainerInAdvance).activate();
}

/** Active, and past the point of no return: work was approved. */
function past(): World {
  const world = new World(timeAndMaterials).activate();
  world.tell('firstTimeApproved', 'first-work:x');
  return world.run();
}

/** With a note of operations: the deal was reopened too late. */
function noted(): World {
  const world = past();
  world.tell('dealReopened');
  return world.run();
}

function noteOf(world: World): AttentionNote {
  const [note] = world.state.attention;
  if (!note) throw new Error('there is no note');
  return note;
}

test('tables of the page are tables to the Web UI: dashes and plain spaces alone stand under each head', () => {
  const lines = page(drafted()).split('\n');
  const tables = lines.filter((line, index) => line.startsWith('|') && !lines[index - 1]?.startsWith('|'));
  expect(tables.length).toBeGreaterThan(3);
  for (const head of tables) {
    // GitHub Flavored Markdown 4.10: as many cells as the head, and nothing but dashes, or all of it is text.
    const ruler = lines[lines.indexOf(head) + 1] ?? '';
    expect(ruler).toMatch(/^\|(?: -+ \|)+$/);
    expect(ruler.split('|').length).toBe(head.split('|').length);
  }
});

describe('a human is needed', () => {
  test('while validation waits for what only a person can repair, although it looks again by itself', () => {
    const world = new World(fixedFee);
    world.outside.dealFindings = [NO_TAX_PROFILE];
    world.run();
    expect(obstacles(world.state)).toMatchObject([{ kind: 'blocked', needsHuman: true, ownerRole: 'fin-preparer' }]);
    expect(needsHuman(world)).toBe(true);
    world.outside.dealFindings = [];
    world.tell('dealChanged');
    world.run();
    expect(summaryOf(world.state, world.now)).toMatchObject({ stage: 'ready', blockedBy: null });
  });

  test('not while a system is away or an answer is looked up: it comes back by itself', () => {
    for (const kind of ['outage', 'unknown'] as const) {
      const world = new World(fixedFee).fail('createPsaProject', { kind });
      world.run();
      expect(obstacles(world.state)).toMatchObject([{ kind: 'blocked', needsHuman: false }]);
      expect(needsHuman(world)).toBe(false);
    }
  });

  test('when a system refuses our credentials: nobody but an administrator renews them', () => {
    const world = new World(fixedFee).fail('createPsaProject', { kind: 'outage', code: 'UNAUTHORISED' });
    world.run();
    expect(obstacles(world.state)).toMatchObject([{ kind: 'blocked', needsHuman: true, ownerRole: 'admin' }]);
  });

  test('for what is parked, for an approval, and for a note until it is acknowledged', () => {
    const parked = new World(fixedFee).fail('validateDeal', { kind: 'refused' }).run();
    expect(needsHuman(parked)).toBe(true);
    expect(needsHuman(drafted())).toBe(true);
    const world = noted();
    expect(needsHuman(world)).toBe(true);
    world.decide(OPS, { type: 'acknowledge', noteId: noteOf(world).noteId });
    expect(needsHuman(world)).toBe(false);
  });

  test('not once the engagement has ended, refused or closed with a note that nobody acknowledged', () => {
    const refused = new World(fixedFee, true);
    refused.outside.dealFindings = [NO_TAX_PROFILE];
    refused.run();
    const summary = summaryOf(refused.state, refused.now);
    expect(summary).toMatchObject({ stage: 'cancelled', needsHuman: false, ownerRole: null, blockedBy: null });
    expect(summary.obstacles).toMatchObject([
      { code: 'TAX_PROFILE_MISSING', needsHuman: false, actions: [], roles: [] },
    ]);
    expect(page(refused)).toContain('Ended. the customer has no tax profile (TAX_PROFILE_MISSING).');
    const closed: EngagementState = { ...noted().state, stage: 'closed' };
    expect(summaryOf(closed, 0)).toMatchObject({ needsHuman: false, ownerRole: null });
    expect(obstacles(closed)).toMatchObject([{ code: 'DEAL_REOPENED', needsHuman: false, actions: [] }]);
  });
});

describe('a note for attention', () => {
  test('says since when it stands, and names itself', () => {
    const world = noted();
    expect(obstacles(world.state)).toMatchObject([
      {
        ...{ kind: 'attention', noteId: 'note.1', code: 'DEAL_REOPENED', ownerRole: 'ops', since: world.now },
        ...{ actions: ['acknowledge'], roles: ['ops'], nextAttemptAt: null },
      },
    ]);
    expect(page(world)).toContain('**To be acknowledged: The deal was reopened');
    expect(page(world)).toContain('acknowledge note.1');
  });

  test('is acknowledged by the role that owns it and by nobody else, never by a machine, and once', () => {
    const world = noted();
    const { noteId } = noteOf(world);
    const robot: Actor = { subject: 'robot', roles: ['ops', 'integration'], legalEntities: ['*'] };
    const abroad: Actor = { ...OPS, legalEntities: ['jp'] };
    const command = { type: 'acknowledge', noteId } as const;
    expect([PREPARER, robot, abroad].map((actor) => world.decide(actor, command))).toEqual([
      ...['ROLE_MISSING', 'MACHINE_NEVER_APPROVES', 'ENTITY_FORBIDDEN'],
    ]);
    expect(world.decide(OPS, { type: 'acknowledge', noteId: 'note.9' })).toBe('NOTE_NOT_OPEN');
    expect(world.decide(OPS, command, 'upd-a')).toBe('acknowledged');
    expect(world.decide(OPS, command, 'upd-a')).toBe('acknowledged');
    expect(world.decide(OPS, command, 'upd-b')).toBe('NOTE_NOT_OPEN');
    expect(obstacles(world.state)).toEqual([]);
    expect(page(world)).not.toContain('DEAL_REOPENED');
    expect(world.titles('decision').filter((title) => title.startsWith('Acknowledged'))).toEqual([
      'Acknowledged: The deal was reopened after work or billing began: amend or credit, it cannot be undone',
    ]);
  });

  test('told again before it is acknowledged, it stays one; told again afterwards, it is a new one', () => {
    const world = noted();
    world.tell('dealReopened');
    world.run();
    expect(world.state.attention).toHaveLength(1);
    world.decide(OPS, { type: 'acknowledge', noteId: 'note.1' });
    world.tell('dealReopened');
    world.run();
    expect(world.state.attention.map(({ noteId }) => noteId)).toEqual(['note.2']);
  });

  test('of a state of the first builds gets an id when the engagement is carried over, and can be acknowledged', () => {
    const { attention, counters, ...rest } = noted().state;
    const old = {
      ...rest,
      attention: attention.map(({ code, message, ownerRole }) => ({ code, message, ownerRole })),
      counters: { saga: counters.saga, timeline: counters.timeline },
    } as unknown as EngagementState;
    const lifted = upgradeState(old);
    expect(lifted.attention).toMatchObject([{ noteId: 'note.1', since: null, code: 'DEAL_REOPENED' }]);
    expect(upgradeState(lifted)).toEqual(lifted);
    const decision: Decision = {
      ...{ updateId: 'u', actor: OPS, reason: 'credited by hand' },
      command: { type: 'acknowledge', noteId: 'note.1' },
    };
    expect(refusal(lifted, decision)).toBeUndefined();
    const after = apply(lifted, { type: 'decided', decision, at: 1 });
    expect(after.attention).toEqual([]);
    expect(after.unpublished.at(-1)).toMatchObject({
      actor: 'ops@firm',
      title: expect.stringContaining('(credited by hand)') as string,
    });
  });
});

describe('a cancel request to the engine', () => {
  const refused = { code: 'PAST_POINT_OF_NO_RETURN', message: 'work was approved' };

  test('that comes too late leaves a note of operations and a line of the timeline, and does nothing else', () => {
    const world = past();
    const after = apply(world.state, { type: 'cancelRefused', refusal: refused, at: world.now });
    const told = 'A cancel request to Temporal was refused: work was approved';
    expect(after.attention).toMatchObject([{ code: 'CANCELLATION_REFUSED', message: told, ownerRole: 'ops' }]);
    expect(after.unpublished.map(({ kind, title }) => [kind, title])).toEqual([['decision', told]]);
    const { turn, attention, counters, unpublished } = world.state;
    expect({ ...after, turn, attention, counters, unpublished }).toEqual(world.state);
    expect(details(after, world.now)).toContain(`**To be acknowledged: ${told}** (CANCELLATION_REFUSED), by **ops**`);
  });

  test('that finds the engagement being cancelled needs nobody', () => {
    const already = { code: 'ALREADY_ENDING', message: 'the engagement is already ending' };
    const after = apply(past().state, { type: 'cancelRefused', refusal: already, at: 1 });
    expect(after.attention).toEqual([]);
    expect(after.unpublished).toHaveLength(1);
  });
});

describe('what stands in the way names what can be asked for', () => {
  const seen = (world: World) => obstacles(world.state).map(({ kind, actions, roles }) => ({ kind, actions, roles }));

  test('a blocked step: a retry by its owner, by operations and by finance; cancelling while it can be', () => {
    const world = new World(fixedFee);
    world.outside.dealFindings = [{ code: 'HOURS_INVALID', message: 'no hours', ownerRole: 'delivery' }];
    world.run();
    const roles = ['delivery', 'ops', 'fin-preparer'];
    expect(seen(world)).toEqual([{ kind: 'blocked', actions: ['retry', 'cancel'], roles }]);
    expect(page(world)).toContain('retry validation.1, cancel');
    expect(page(world)).toContain('a person repairs it; tried again at 2026-01-01 00:01 UTC');
    const { id } = world.saga('validation');
    expect(world.decide(DELIVERY, { type: 'retry', sagaId: id })).toBe('retrying');
  });

  test('a parked saga past the point of no return: a retry, and no cancellation that would be refused', () => {
    const world = drafted().fail('postErpInvoice', { kind: 'refused', code: 'TOTALS_DIFFER' });
    world.approve();
    world.run();
    const actions = ['retry', 'redraft'];
    expect(seen(world)).toEqual([{ kind: 'parked', actions, roles: ['fin-preparer', 'ops'] }]);
  });

  test('an approval: all roles that may decide, and no rejection that would be refused', () => {
    const world = new World(timeAndMaterials).run();
    const roles = ['delivery', 'fin-preparer'];
    expect(seen(world)).toEqual([{ kind: 'approval', actions: ['approve', 'reject'], roles }]);
    expect(page(world)).toContain('can be moved by **delivery or fin-preparer**');
    expect(page(world)).toContain('approve projectSetup.2.activation, reject projectSetup.2.activation');
    world.tell('firstTimeApproved', 'first-work:x');
    world.run();
    expect(seen(world)).toEqual([{ kind: 'approval', actions: ['approve'], roles }]);
  });

  test('work on hold above a limit stands on the page', () => {
    const world = new World(timeAndMaterials).activate();
    const [group] = world.state.groups;
    if (!group) throw new Error('no group');
    const state = { ...world.state, groups: [{ ...group, heldMinor: 12_345 }] };
    expect(details(state, world.now)).toContain('123.45 GBP');
  });

  test('a message of another system cannot break the page, and a page that is cut says so and keeps its ids', () => {
    const world = new World(fixedFee);
    world.outside.dealFindings = [{ code: 'X', message: 'first\n\n# second | third', ownerRole: 'ops' }];
    world.run();
    expect(page(world)).not.toMatch(/^# second/m);
    const message = 'x'.repeat(30_000);
    world.outside.dealFindings = [{ code: 'X', message, ownerRole: 'ops' }];
    world.advanceTo(world.now + 60_000).run();
    expect(page(world).length).toBeLessThan(20_000);
    expect(page(world)).toMatch(/The page is cut here; the API has the rest\.\n\nEngagement `eng_/);
  });

  test('an engagement that was just accepted looks as its first summary does, but for what comes next', () => {
    const world = new World(fixedFee);
    const { engagementId, connectionId, dealId } = world.state;
    const { nextAt, ...first } = summaryOf(world.state, world.now);
    expect(nextAt).toBeNull();
    expect({ ...first, nextAt: null }).toEqual(receivedSummary({ engagementId, connectionId, dealId }));
  });
});

describe('preparer is never approver: the rule looks at the person', () => {
  function approves(world: World, actor: Actor): string {
    const { approvalId, versionHash } = world.approval();
    return world.decide(actor, { type: 'approve', approvalId, versionHash });
  }

  test('another token, letter case, blanks or a wide letter do not make another person', () => {
    const world = new World(timeAndMaterials).run();
    for (const subject of ['sales@firm', 'Sales@Firm', ' sales@firm ', 'sales @firm', '\uff53ales@firm']) {
      expect([subject, approves(world, { ...DELIVERY, subject })]).toEqual([subject, 'PREPARER_IS_APPROVER']);
      expect(approves(world, { ...DELIVERY, onBehalfOf: subject })).toBe('PREPARER_IS_APPROVER');
    }
    expect(approves(world, { ...DELIVERY, subject: 'System:throughline' })).toBe('MACHINE_NEVER_APPROVES');
    expect(approves(world, DELIVERY)).toBe('approved');
  });

  test('who had a deputy ask for the set-up does not approve it either', () => {
    const world = new World(timeAndMaterials);
    world.state = { ...world.state, requestedBy: { ...world.state.requestedBy, onBehalfOf: 'Head@firm' } };
    world.run();
    expect(approves(world, { ...DELIVERY, subject: 'head@firm' })).toBe('PREPARER_IS_APPROVER');
  });

  test('who had a rejected invoice drafted anew is its preparer, whatever roles he has', () => {
    const both: Actor = { subject: 'Owner@firm', roles: ['ops', 'fin-approver'], legalEntities: ['*'] };
    const world = drafted();
    world.approve(world.approval(), 'reject');
    world.run();
    expect(world.decide(both, { type: 'retry', sagaId: world.saga('billing').id })).toBe('retrying');
    world.run();
    expect(world.approval().preparer).toBe('Owner@firm');
    expect(approves(world, { ...both, subject: 'owner@firm' })).toBe('PREPARER_IS_APPROVER');
    expect(approves(world, APPROVER)).toBe('approved');
    world.run();
    // The next month is nobody's wish: 1 February.
    world.advanceTo('2026-02-02');
    expect(world.approval().preparer).toBe('system:throughline');
  });

  test('a start by command for a deal of other legal entities is refused, and leaves nothing behind', () => {
    const world = new World(timeAndMaterials, true);
    world.state = { ...world.state, requestedBy: { ...world.state.requestedBy, legalEntities: ['jp'] } };
    world.run();
    expect(world.state).toMatchObject({ stage: 'cancelled', contract: null });
    expect(world.state.attention).toMatchObject([{ code: 'ENTITY_FORBIDDEN' }]);
  });
});

describe('names that every object has are names like others', () => {
  const NAMES = ['constructor', '__proto__', 'toString'];

  test.each(NAMES)('a fact about the object "%s" is taken over once, and its late copy changes nothing', (name) => {
    const world = new World(fixedFee).activate();
    world.tell('milestoneStarted', name, { milestoneId: 'm1' }, '000002');
    world.run();
    expect(world.state.milestones[0]?.state).toBe('in-progress');
    world.tell('milestoneDelivered', name, { milestoneId: 'm1' }, '000001');
    world.run();
    expect(world.state.milestones[0]?.state).toBe('in-progress');
    const carried = JSON.parse(JSON.stringify(world.state)) as EngagementState;
    expect(Object.entries(carried.versions)).toEqual([[name, '000002']]);
  });

  test.each(NAMES)('a milestone "%s" that the contract does not have is shown to delivery', (name) => {
    const world = new World(fixedFee).activate();
    world.milestone(name, 'milestoneAccepted');
    world.run();
    expect(world.state.attention).toMatchObject([{ code: 'MILESTONE_UNKNOWN', ownerRole: 'delivery' }]);
  });

  test.each(NAMES)('a failure with the code "%s" has an owner', (code) => {
    const world = new World(fixedFee).fail('validateDeal', { kind: 'refused', code }).run();
    expect(obstacles(world.state)).toMatchObject([{ kind: 'parked', code, ownerRole: 'ops' }]);
  });
});
