/** An invoice whose posting the ERP refused for good: drafted anew by a person's decision, once the ERP has none. */
import type { Actor } from '../../../domain/actor.ts';
import { upgradeState } from '../../../domain/engagement/start.ts';
import type { InvoiceState } from '../../../domain/lifecycle.ts';
import { APPROVER, DELIVERY, fixedFee, OPS, PREPARER, retainerInAdvance } from './contracts.ts';
import { World } from './world.ts';

const HOUR_MS = 3_600_000;

function states(world: World): InvoiceState[] {
  return world.state.invoices.map(({ state }) => state);
}

/** An engagement whose first invoice was approved and refused by the ERP; `after`: it was made there all the same. */
function refused(after = false, code = 'REJECTED'): World {
  const world = new World(retainerInAdvance).activate().fail('postErpInvoice', { kind: 'refused', code, after });
  world.approve();
  world.run();
  expect(states(world)).toEqual(['failed']);
  return world;
}

function redraft(world: World, actor = PREPARER): string {
  return world.decide(actor, { type: 'redraft', sagaId: world.saga('billing').id });
}

describe('an invoice whose posting the ERP refused', () => {
  test('is voided and drafted anew by a decision, approved again and posted once', () => {
    const world = refused();
    expect(world.saga('billing').parked).toMatchObject({ reason: 'REJECTED', allowed: ['retry', 'redraft'] });
    expect(redraft(world)).toBe('redrafting');
    world.run();
    expect(states(world)).toEqual(['void', 'in-approval']);
    // The ERP was asked under the key of the refused posting, before the draft was voided.
    const [post] = world.made('postErpInvoice');
    expect(world.made('proveNoErpInvoice').map(({ key, phase }) => [key, phase])).toEqual([[post?.key, 'lookUp']]);
    const calls = world.calls.map(({ call }) => call);
    expect(calls.indexOf('voidDraftInvoice')).toBeGreaterThan(calls.indexOf('proveNoErpInvoice'));
    world.approveAll();
    expect(states(world)).toEqual(['void', 'posted']);
    expect(world.outside.live('postErpInvoice')).toHaveLength(1);
    expect(world.state.groups[0]?.billed.amountMinor).toBe(120_000); // 1,000.00 x 1.2
    expect(world.titles('decision')).toContain('New draft asked for');
  });

  test('is not voided while an unanswered posting may still reach the ERP: it is looked for again after that', () => {
    const world = new World(retainerInAdvance).activate();
    world.fail('postErpInvoice', { kind: 'unknown' }).fail('postErpInvoice', { kind: 'refused', code: 'REJECTED' });
    world.approve();
    world.run();
    world.advanceTo(world.now + world.state.policy.probeDelayMs);
    expect(states(world)).toEqual(['failed']);
    expect(redraft(world)).toBe('redrafting');
    world.run();
    expect(states(world)).toEqual(['failed']);
    expect(world.made('voidDraftInvoice')).toEqual([]);
    const post = world.saga('billing').steps.find(({ name }) => name === 'post');
    expect(post?.blocked?.findings).toMatchObject([{ code: 'REQUEST_OPEN' }]);
    world.advanceTo(world.now + world.state.policy.lateArrivalMs);
    expect(states(world)).toEqual(['void', 'in-approval']);
    expect(world.made('proveNoErpInvoice')).toHaveLength(2);
  });

  test('of a milestone is drafted anew too', () => {
    const world = new World(fixedFee).activate().fail('postErpInvoice', { kind: 'refused' });
    world.milestone('m1', 'milestoneAccepted');
    world.run();
    world.approve();
    world.run();
    expect(redraft(world)).toBe('redrafting');
    world.run();
    world.approveAll();
    expect(states(world)).toEqual(['void', 'posted']);
    expect(world.state.milestones[0]?.state).toBe('invoiced');
  });

  test('is not voided while the ERP has it: a person is told, and may still retry', () => {
    const world = refused(true, 'TOTALS_DIFFER');
    expect(redraft(world)).toBe('redrafting');
    world.run();
    expect(states(world)).toEqual(['failed']);
    expect(world.made('voidDraftInvoice')).toEqual([]);
    expect(world.saga('billing').parked).toMatchObject({
      reason: 'INVOICE_IN_ERP',
      ownerRole: 'fin-preparer',
      allowed: ['retry', 'redraft'],
    });
    expect(world.retry(world.saga('billing'))).toBe('retrying');
    world.run();
    expect(states(world)).toEqual(['posted']);
    expect(world.outside.live('postErpInvoice')).toHaveLength(1);
  });

  test('is drafted anew once somebody took it back whole in the ERP', () => {
    const world = refused(true, 'TOTALS_DIFFER');
    redraft(world);
    world.run();
    world.outside.takeInvoicesBack();
    expect(redraft(world)).toBe('redrafting');
    world.run();
    world.approveAll();
    expect(states(world)).toEqual(['void', 'posted']);
  });

  test('waits for an ERP that is away, whatever else is asked meanwhile, and voids nothing before it answered', () => {
    const world = refused().fail('proveNoErpInvoice', { kind: 'outage', times: 3 });
    redraft(world);
    world.run();
    expect(world.saga('billing').steps.find(({ name }) => name === 'post')?.blocked).not.toBeNull();
    expect(redraft(world)).toBe('NOTHING_TO_REDRAFT');
    expect(world.retry(world.saga('billing'))).toBe('retrying'); // ask now
    world.run();
    expect(states(world)).toEqual(['failed']);
    expect(world.made('postErpInvoice')).toHaveLength(1);
    world.advanceTo(world.now + HOUR_MS);
    expect(states(world)).toEqual(['void', 'in-approval']);
  });

  test('an outdated draft whose posting was begun is voided only after the same proof', () => {
    const world = refused(false, 'DRAFT_STALE');
    world.retry(world.saga('billing'));
    world.run();
    expect(world.made('proveNoErpInvoice')).toHaveLength(1);
    expect(states(world)).toEqual(['void', 'in-approval']);
  });

  test('a draft that was never sent needs no proof', () => {
    const world = new World(retainerInAdvance).activate();
    world.approve(world.approval(), 'reject');
    world.run();
    expect(redraft(world)).toBe('NOTHING_TO_REDRAFT'); // A retry does it: nothing was refused by the ERP.
    world.retry(world.saga('billing'));
    world.run();
    expect(states(world)).toEqual(['void', 'in-approval']);
    expect(world.made('proveNoErpInvoice')).toEqual([]);
  });
});

describe('a new draft is refused', () => {
  test('to who may not ask for it, and for another legal entity', () => {
    const world = refused();
    expect([APPROVER, DELIVERY].map((actor) => redraft(world, actor))).toEqual(['ROLE_MISSING', 'ROLE_MISSING']);
    expect(redraft(world, { ...PREPARER, legalEntities: ['us'] })).toBe('ENTITY_FORBIDDEN');
    expect(redraft(world, OPS)).toBe('redrafting');
  });

  test('for what is posted, for another saga, and for none', () => {
    const world = refused();
    expect(world.decide(PREPARER, { type: 'redraft', sagaId: world.saga('projectSetup').id })).toBe(
      'NOTHING_TO_REDRAFT',
    );
    expect(world.decide(PREPARER, { type: 'redraft', sagaId: 'billing.99' })).toBe('NOTHING_TO_REDRAFT');
    world.fail('bookInvoice', { kind: 'refused', code: 'BALANCE_MISSING' });
    world.retry(world.saga('billing'));
    world.run();
    expect(world.saga('billing').parked?.reason).toBe('BALANCE_MISSING');
    expect(redraft(world)).toBe('NOTHING_TO_REDRAFT');
  });
});

describe('several who ask for a new draft all prepare it: none of them approves it', () => {
  const ANNE: Actor = { subject: 'anne@firm', roles: ['ops', 'fin-approver'], legalEntities: ['*'] };
  const BERT: Actor = { ...ANNE, subject: 'bert@firm' };
  const CARA: Actor = { ...ANNE, subject: 'cara@firm' };

  function approves(world: World, actor: Actor): string {
    const { approvalId, versionHash } = world.approval('invoice');
    return world.decide(actor, { type: 'approve', approvalId, versionHash });
  }

  test('of one invoice, the second while the ERP is still asked for it', () => {
    const world = refused().fail('proveNoErpInvoice', { kind: 'outage' });
    expect(redraft(world, ANNE)).toBe('redrafting');
    world.run();
    expect(world.decide(BERT, { type: 'retry', sagaId: world.saga('billing').id })).toBe('retrying');
    world.run();
    expect(states(world)).toEqual(['void', 'in-approval']);
    expect(world.approval('invoice')).toMatchObject({ preparer: 'anne@firm', alsoAsked: ['bert@firm'] });
    expect([ANNE, BERT].map((actor) => approves(world, actor))).toEqual([
      'PREPARER_IS_APPROVER',
      'PREPARER_IS_APPROVER',
    ]);
    expect(approves(world, CARA)).toBe('approved');
  });

  test('one after the other, because the ERP had the invoice when the first asked', () => {
    const world = refused(true, 'TOTALS_DIFFER');
    redraft(world, ANNE);
    world.run();
    world.outside.takeInvoicesBack();
    redraft(world, BERT);
    world.run();
    expect([ANNE, BERT].map((actor) => approves(world, actor))).toEqual([
      'PREPARER_IS_APPROVER',
      'PREPARER_IS_APPROVER',
    ]);
  });

  test('of two invoices whose work one run drafts anew', () => {
    const world = new World(retainerInAdvance).activate();
    world.approve(world.approval('invoice'), 'reject');
    world.advanceTo('2026-02-02'); // The next month's draft waits as well.
    world.approve(world.approval('invoice'), 'reject');
    const [january, february] = world.state.sagas.filter(({ kind }) => kind === 'billing');
    world.fail('voidDraftInvoice', { kind: 'outage' }).fail('voidDraftInvoice', { kind: 'outage' });
    world.decide(ANNE, { type: 'retry', sagaId: january?.id ?? '' });
    world.decide(BERT, { type: 'retry', sagaId: february?.id ?? '' });
    world.advanceTo(world.now + HOUR_MS);
    const asked = world.state.approvals.flatMap(({ preparer, alsoAsked = [] }) => [preparer, ...alsoAsked]);
    expect(asked.sort()).toEqual(['anne@firm', 'bert@firm']);
  });

  test('through a deputy: neither the deputy nor whose wish it was', () => {
    const world = refused();
    redraft(world, { ...ANNE, onBehalfOf: 'cara@firm' });
    world.run();
    expect([ANNE, CARA].map((actor) => approves(world, actor))).toEqual([
      'PREPARER_IS_APPROVER',
      'PREPARER_IS_APPROVER',
    ]);
    expect(approves(world, BERT)).toBe('approved');
  });

  test('the one whom an older state kept counts when it is carried over', () => {
    const { sagas, groups, ...rest } = refused().state;
    const old = {
      ...rest,
      sagas: sagas.map((saga) => (saga.kind === 'billing' ? { ...saga, askedBy: 'anne@firm' } : saga)),
      groups: groups.map((group) => ({ ...group, rerunAskedBy: 'bert@firm' })),
    };
    const lifted = upgradeState(old);
    expect(lifted.sagas.find(({ kind }) => kind === 'billing')).toMatchObject({ redraftAskers: ['anne@firm'] });
    expect(lifted.groups).toMatchObject([{ rerunAskers: ['bert@firm'] }]);
    expect(JSON.stringify(lifted)).not.toContain('AskedBy');
    expect(upgradeState(lifted)).toEqual(lifted);
  });
});
