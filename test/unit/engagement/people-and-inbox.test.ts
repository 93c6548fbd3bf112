/** What people may decide and how they are answered; what reaches the inbox late, twice or not at all. */
import type { Actor } from '../../../domain/actor.ts';
import { details } from '../../../domain/engagement/details.ts';
import { stepKey } from '../../../domain/engagement/keys.ts';
import { SAGAS } from '../../../domain/engagement/sagas.ts';
import { obstacles, summaryOf } from '../../../domain/engagement/view.ts';
import {
  APPROVER,
  deal,
  DELIVERY,
  fixedFee,
  OPS,
  PREPARER,
  retainerInAdvance,
  timeAndMaterials,
  UK_APPROVER,
} from './contracts.ts';
import { World } from './world.ts';

const DAY_MS = 86_400_000;

function drafted(): World {
  return new World(retainerInAdvance).activate();
}

describe('an approval is refused', () => {
  const usRetainer = deal({
    model: 'retainer',
    amountMinor: 100_000,
    startOn: '2026-01-01',
    endOn: '2026-01-31',
    inAdvance: true,
    legalEntityId: 'us',
    currency: 'USD',
  });

  function answer(world: World, actor: Actor, change: { approvalId?: string; versionHash?: string } = {}): string {
    const { approvalId, versionHash } = world.approval();
    return world.decide(actor, { type: 'approve', approvalId, versionHash, ...change });
  }

  test('when nothing of that name is pending', () => {
    expect(answer(drafted(), APPROVER, { approvalId: 'billing.9.approval' })).toBe('APPROVAL_NOT_PENDING');
  });

  test('when the draft is not the one that was seen', () => {
    expect(answer(drafted(), APPROVER, { versionHash: 'hash-of-yesterday' })).toBe('APPROVAL_STALE');
  });

  test('to machines, whatever their roles', () => {
    const machines: Actor[] = [
      { subject: 'system:throughline', roles: ['fin-approver'], legalEntities: ['*'] },
      { subject: 'policy:p1', roles: ['fin-approver'], legalEntities: ['*'] },
      { subject: 'erp@firm', roles: ['fin-approver', 'integration'], legalEntities: ['*'] },
    ];
    expect(machines.map((actor) => answer(drafted(), actor))).toEqual(machines.map(() => 'MACHINE_NEVER_APPROVES'));
  });

  test('to who asked for it, also through a deputy', () => {
    const asker: Actor = { subject: 'sales@firm', roles: ['delivery'], legalEntities: ['*'] };
    const deputy: Actor = { ...DELIVERY, onBehalfOf: 'sales@firm' };
    const world = new World(timeAndMaterials).run();
    expect([asker, deputy].map((actor) => answer(world, actor))).toEqual([
      'PREPARER_IS_APPROVER',
      'PREPARER_IS_APPROVER',
    ]);
  });

  test('without the role, or for a legal entity that is not theirs', () => {
    expect(answer(drafted(), PREPARER)).toBe('ROLE_MISSING');
    const american = new World(usRetainer).activate().advanceTo('2026-01-02');
    expect(answer(american, UK_APPROVER)).toBe('ENTITY_FORBIDDEN');
    expect(answer(drafted(), UK_APPROVER)).toBe('approved');
  });

  test('the second time: who comes later learns that it was decided', () => {
    const world = drafted();
    const approval = world.approval();
    expect(world.approve(approval, 'reject')).toBe('rejected');
    expect(world.approve(approval)).toBe('APPROVAL_NOT_PENDING');
  });
});

describe('decisions', () => {
  test('a refusal changes nothing', () => {
    const world = drafted();
    const before = world.state;
    world.decide(PREPARER, { type: 'cancel' });
    expect(world.state).toBe(before);
  });

  test('a repetition is answered as before and carried out once, also after the situation has changed', () => {
    const world = drafted();
    const { approvalId, versionHash } = world.approval();
    const command = { type: 'approve', approvalId, versionHash } as const;
    expect(world.decide(APPROVER, command, 'upd-x')).toBe('approved');
    expect(world.decide(APPROVER, command, 'upd-x')).toBe('approved');
    world.run();
    expect(world.decide(APPROVER, command, 'upd-x')).toBe('approved');
    expect(world.titles('decision').filter((title) => title.startsWith('Invoice'))).toHaveLength(1);
    expect(world.outside.live('postErpInvoice')).toHaveLength(1);
  });

  test('a retry needs something to retry, and somebody who may', () => {
    const world = drafted();
    expect(world.decide(OPS, { type: 'retry', sagaId: world.saga('billing').id })).toBe('NOTHING_TO_RETRY');
    expect(world.decide(OPS, { type: 'retry', sagaId: 'billing.99' })).toBe('NOTHING_TO_RETRY');
    expect(world.decide(APPROVER, { type: 'cancel' })).toBe('ROLE_MISSING');
  });

  test('a retry of something blocked tries at once', () => {
    const world = new World(fixedFee).fail('createPsaProject', { kind: 'outage' }).run();
    expect(world.state.stage).toBe('provisioning');
    expect(world.retry(world.saga('projectSetup'))).toBe('retrying');
    world.run();
    expect(world.state.stage).toBe('ready');
  });

  test('an overdue approval is brought up once, two days after it was asked for', () => {
    const world = drafted();
    world.advanceTo(world.now + 2 * DAY_MS - 1);
    expect(world.titles('reminder')).toEqual([]);
    world.advanceTo(world.now + 1).run();
    world.advanceTo(world.now + 10 * DAY_MS);
    expect(world.titles('reminder')).toEqual(['Approval overdue: Invoice for Northwind']);
  });

  test('one decided in time is not brought up', () => {
    const world = drafted();
    world.approveAll();
    world.advanceTo(world.now + 3 * DAY_MS);
    expect(world.titles('reminder')).toEqual([]);
  });
});

describe('the inbox', () => {
  test('copies and late versions change nothing', () => {
    const world = new World(fixedFee).activate();
    world.milestone('m1', 'milestoneDelivered', '2026-01-05');
    world.run();
    const seen = world.state.milestones;
    world.milestone('m1', 'milestoneDelivered', '2026-01-05');
    world.milestone('m1', 'milestoneStarted', '2026-01-03');
    world.run();
    expect(world.state.milestones).toEqual(seen);
    expect(world.titles('milestone')).toEqual(['Milestone "Milestone m1" delivered']);
    expect(world.state.attention).toEqual([]);
  });

  test('several announcements are one reading, many facts are several', () => {
    const world = new World(fixedFee).activate();
    for (const id of ['m1', 'm2']) world.milestone(id, 'milestoneStarted');
    world.run();
    expect(world.calls.filter(({ call }) => call === 'readInbox')).toHaveLength(1);
    for (const id of ['m1', 'm2', 'm1', 'm2', 'm1']) world.milestone(id, 'milestoneStarted');
    world.run();
    expect(world.calls.filter(({ call }) => call === 'readInbox')).toHaveLength(3); // 2 + 1 pages of at most three
  });

  test('that cannot be read is tried again with growing delays, does not spin, and says so', () => {
    const world = new World(fixedFee).activate();
    world.inboxFault = { kind: 'outage', times: 3 };
    world.milestone('m1', 'milestoneAccepted');
    world.run();
    expect(obstacles(world.state)).toMatchObject([
      { kind: 'blocked', code: 'BOOKS_DOWN', nextAttemptAt: world.now + 60_000 },
    ]);
    world.advanceTo(world.now + 7 * 60_000).run(); // 1 + 2 + 4 minutes
    expect(world.calls.filter(({ call }) => call === 'readInbox')).toHaveLength(4);
    expect(world.state.invoices).toHaveLength(1);
    expect(obstacles(world.state).map(({ kind }) => kind)).toEqual(['approval']);
  });

  test('read while books are away: people are answered nevertheless', () => {
    const world = drafted();
    world.inboxFault = { kind: 'outage', times: 99 };
    world.tell('dealChanged');
    world.run();
    expect(world.approve()).toBe('approved');
    world.run();
    expect(world.state.invoices.map(({ state }) => state)).toEqual(['posted']);
  });

  test('news of an ended engagement changes nothing', () => {
    const world = new World(fixedFee).activate();
    world.cancel();
    world.run();
    world.tell('dealReopened');
    world.tell('dealWon');
    world.milestone('m1', 'milestoneStarted');
    world.run();
    expect(world.state).toMatchObject({ stage: 'cancelled', sagas: [] });
  });
});

describe('what others see', () => {
  test('the page of an engagement names what is waited for, since when, and who can act', () => {
    const world = drafted();
    const page = details(world.state, world.now);
    expect(page).toContain(
      '**Waits: Invoice for Northwind waits for approval** (APPROVAL_INVOICE), can be moved by **fin-approver**',
    );
    expect(page).toContain('1,200.00 GBP');
    expect(page).toContain('2026-01-15 00:00 UTC');
    expect(page).not.toContain('@firm'); // no names of people
  });

  test('the page keeps its size with four hundred invoices', () => {
    const world = drafted();
    const [invoice] = world.state.invoices;
    if (!invoice) throw new Error('no invoice');
    const invoices = Array.from({ length: 400 }, () => invoice);
    expect(details({ ...world.state, invoices }, world.now).length).toBeLessThan(20_000);
  });

  test('a summary says when something happens by itself next, or an ended one that nothing will', () => {
    const world = drafted();
    world.approveAll();
    expect(summaryOf(world.state, world.now)).toMatchObject({
      needsHuman: false,
      obstacles: [],
      nextAt: Date.UTC(2026, 1, 1),
    });
  });
});

describe('news that moves nothing is a note', () => {
  test('of a milestone on a project that an undo archived: to delivery, and the milestone stays planned', () => {
    const world = new World(fixedFee).activate();
    const data = { note: 'Design', archivedProjectId: 'p-1', milestoneId: 'm1' };
    world.tell('milestoneAccepted', 'milestone:900', data, '1');
    world.run();
    expect(world.state.attention).toMatchObject([{ code: 'PROJECT_ARCHIVED', ownerRole: 'delivery' }]);
    expect(world.state.attention[0]?.message).toMatch(/^"Design" was reported on project p-1, which an undo archived/);
    expect(world.state.milestones[0]?.state).toBe('planned');
    expect(world.state.invoices).toEqual([]);
  });

  test.each([
    ['PROJECT_DUPLICATED', 'ops'],
    ['PROJECT_ARCHIVED', 'delivery'],
    ['WORK_CHANGED_AFTER_BILLING', 'fin-preparer'],
  ])('that a job saw (%s): to %s, again only after it was acknowledged', (code, ownerRole) => {
    const world = new World(fixedFee).activate();
    for (const version of ['1', '2']) world.tell('noticed', 'x', { code, note: 'what was seen' }, version);
    world.run();
    expect(world.state.attention).toMatchObject([{ code, ownerRole, message: 'what was seen' }]);
    expect(obstacles(world.state)).toMatchObject([{ kind: 'attention', code, needsHuman: true }]);
  });
});

test('every key of every step fits every system, with ten entities and a hundred thousand sagas', () => {
  const entities = Array.from({ length: 10 }, (_, index) => `entity-${String(index)}`);
  const keys = Object.values(SAGAS).flatMap((rows) =>
    rows.flatMap((row) =>
      entities.map((entity) => stepKey('eng_01kah3zv5cfq0t7w9b2m4n6p8r', row.name, 100_000, entity, entities)),
    ),
  );
  expect(keys.filter((key) => !/^[A-Za-z0-9_-]{1,64}$/.test(key))).toEqual([]);
  expect(() => stepKey('e'.repeat(60), 'activate', 1, null, [])).toThrow('not usable as an idempotency key');
});
