/**
 * A deal that was refused, cancelled or lost begins anew: by a command, or when the CRM's record says something new;
 * never by our own write-back. What undo removed is made again under keys that no earlier run had. Deal 13 of the
 * sandbox is cloned for each test.
 */
import type { Decision } from '../../domain/engagement/calls.ts';
import { decide } from '../../workflows/engagement/contract.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { Api } from '../integration/api/api-of-test.ts';
import { advanceToClose, approveInvoice, logTime, payAll } from '../support/people.ts';
import { person, World } from '../support/world.ts';

const TEMPLATE = '006TL00000000013AA';
const NO_TAX_PROFILE = { deal: '006TL00000000004AA', account: '001TL00000000008AA' };

describe('a deal begins anew', () => {
  let world: World;
  let api: Api;
  beforeAll(async () => {
    world = await World.start();
    const { databaseUrl, namespace, configuration, environment } = world;
    const temporal = { address: process.env.TEST_TEMPORAL_ADDRESS ?? '', namespace };
    api = await Api.start({ databaseUrl, temporal, configuration, environment });
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await world.close();
  });

  const poll = (): Promise<void> => world.job({ job: 'poll', connectionId: SANDBOX_CRM });
  const runsOf = (dealId: string): Promise<number> =>
    world
      .handle(dealId)
      .describe()
      .then(({ runId }) => known(runId));
  const runs = new Map<string, number>();
  function known(runId: string): number {
    runs.set(runId, runs.get(runId) ?? runs.size + 1);
    return runs.get(runId) ?? 0;
  }

  async function clone(name: string): Promise<string> {
    return (await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: TEMPLATE, name })).dealId;
  }

  async function cancel(dealId: string): Promise<void> {
    const decision = { updateId: `cancel-${dealId}`, actor: person('ops'), reason: 'wrong terms' };
    const args: [Decision] = [{ ...decision, command: { type: 'cancel' } }];
    await world.handle(dealId).executeUpdate(decide, { updateId: decision.updateId, args });
    await world.handle(dealId).result();
  }

  /** Projects and contracts of an engagement as the systems have them: open ones only. */
  async function open(engagementId: string): Promise<{ projects: number; contracts: number }> {
    const orders = await world.sandbox.objects('netsuite', 'salesOrder');
    const projects = await world.books.refs.ofEngagement(engagementId, 'project');
    const workspaces = await world.sandbox.objects('kantata', 'workspaces');
    const alive = workspaces.filter(
      ({ id, object }) => object.archived !== true && projects.some((ref) => ref.id === id),
    );
    const own = orders.filter(({ object }) => JSON.stringify(object).includes(engagementId));
    return { projects: alive.length, contracts: own.length };
  }

  test('cancelled when active: not by our write-back; by a corrected deal, with everything made anew', async () => {
    const dealId = await clone('Cancelled and corrected');
    const before = (await world.activate(dealId)).state;
    await cancel(dealId);
    const first = await runsOf(dealId);
    await poll(); // The deal has a new version: our own fields were put back.
    await poll();
    expect(await runsOf(dealId)).toBe(first);

    await world.sandbox.act('change-deal', { dealId, fields: { PO_Number__c: 'PO-CORRECTED' } });
    await poll();
    await world.decidePending(dealId, 'activation');
    const { state } = await world.until(dealId, 'active again', (seen) => seen.state.stage === 'active');
    expect(state.engagementId).toBe(before.engagementId);
    expect(state.entities[0]?.refs.projectId).not.toBe(before.entities[0]?.refs.projectId);
    expect(await open(state.engagementId)).toEqual({ projects: 1, contracts: 1 });
    const keys = (of: typeof state): string[] => of.sagas.flatMap(({ steps }) => steps.map(({ key }) => key));
    expect(keys(state).filter((key) => keys(before).includes(key))).toEqual([]);
    const view = await world.books.projection.find(state.engagementId);
    expect(view?.summary.stage).toBe('active');
    const titles = (await world.books.projection.timeline(state.engagementId)).map(({ title }) => title);
    expect(titles.filter((title) => title === 'Engagement is active')).toHaveLength(2);
  }, 60_000);

  test('cancelled when active: by a command, which is answered as for a new deal', async () => {
    const dealId = await clone('Cancelled and started');
    const { state } = await world.activate(dealId);
    await cancel(dealId);
    const reply = await api.post('ops', '/v1/engagements', { connectionId: SANDBOX_CRM, dealId });
    expect([reply.status, reply.body.engagementId]).toEqual([201, state.engagementId]);
    await world.decidePending(dealId, 'activation');
    await world.until(dealId, 'active again', (seen) => seen.state.stage === 'active');
    expect(await open(state.engagementId)).toEqual({ projects: 1, contracts: 1 });
    const again = await api.post('ops', '/v1/engagements', { connectionId: SANDBOX_CRM, dealId });
    expect(again.status).toBe(200);
  }, 60_000);

  test('lost before any work: undone and cancelled; won again: from the beginning', async () => {
    const dealId = await clone('Lost and won');
    const { state } = await world.activate(dealId);
    await world.sandbox.act('lose-deal', { dealId });
    await poll();
    await world.handle(dealId).result();
    const view = await world.books.projection.find(state.engagementId);
    expect(view?.summary).toMatchObject({ stage: 'cancelled', obstacles: [], needsHuman: false });
    const titles = (await world.books.projection.timeline(state.engagementId)).map(({ title }) => title);
    expect(titles).toContain('Undo begins: the deal was lost in the CRM before anything was worked or billed');
    expect(await open(state.engagementId)).toEqual({ projects: 0, contracts: 0 });
    await poll();
    expect((await world.handle(dealId).describe()).status.name).toBe('COMPLETED');

    await world.closeDeal(dealId);
    await world.until(dealId, 'ready again', (seen) => seen.state.stage === 'ready');
  }, 60_000);

  test('refused by a command: by the notice of the same deal, and waits there until the customer is mended', async () => {
    const { deal: dealId, account: accountId } = NO_TAX_PROFILE;
    await world.sandbox.act('close-deal', { dealId });
    const reply = await api.post('ops', '/v1/engagements', { connectionId: SANDBOX_CRM, dealId });
    expect(reply.status).toBe(422);
    expect((await world.handle(dealId).describe()).status.name).toBe('COMPLETED');
    await poll();
    const { state } = await world.until(dealId, 'blocked', (seen) => seen.summary.blockedBy === 'TAX_PROFILE_MISSING');
    expect(state.requestedBy.subject).toBe(`system:${SANDBOX_CRM}`);
    await world.sandbox.act('change-customer', { accountId, fields: { Tax_Profile__c: 'GB-STD' } });
    await poll();
    await world.until(dealId, 'ready', (seen) => seen.state.stage === 'ready');
  }, 60_000);

  test('closed: never, whatever the deal says', async () => {
    const dealId = await clone('Closed');
    const { state } = await world.activate(dealId);
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-01-14', minutes: 600 });
    await world.advance(dealId, '2031-02-01');
    await approveInvoice(world, dealId, 210_000); // 10 h x 210.00 = 2,100.00
    await payAll(world, dealId, '2031-02-10');
    await advanceToClose(world, dealId, '2031-04-02');
    await world.handle(dealId).result();
    await world.sandbox.act('reopen-deal', { dealId });
    await poll();
    await world.closeDeal(dealId);
    expect((await world.handle(dealId).describe()).status.name).toBe('COMPLETED');
    const reply = await api.post('ops', '/v1/engagements', { connectionId: SANDBOX_CRM, dealId });
    expect([reply.status, reply.body.stage]).toEqual([200, 'closed']);
  }, 60_000);

  test('lost after work was approved: it goes on, and finance is told', async () => {
    const dealId = await clone('Lost too late');
    const { state } = await world.activate(dealId);
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-01-14', minutes: 60 });
    await world.until(dealId, 'past the point of no return', (seen) => seen.state.pastNoReturn);
    await world.sandbox.act('lose-deal', { dealId });
    await poll();
    const { summary } = await world.until(dealId, 'told', (seen) => seen.state.attention.length > 0);
    expect(summary).toMatchObject({ stage: 'active', obstacles: [{ code: 'DEAL_LOST', ownerRole: 'fin-preparer' }] });
  }, 60_000);

  test('terminated in the engine: not over what it left behind, and the fact says why it reached nobody', async () => {
    const dealId = await clone('Terminated');
    const { state } = await world.activate(dealId);
    await world.handle(dealId).terminate('by an operator who should not');
    await world.sandbox.act('reopen-deal', { dealId });
    await poll();
    await world.closeDeal(dealId);
    expect((await world.handle(dealId).describe()).status.name).toBe('TERMINATED');
    const { body } = await api.get<{ data: { reason: string }[] }>('ops', '/v1/undelivered-facts');
    expect(body.data.map(({ reason }) => reason)).toContain(
      'the engagement is active, but its workflow is gone: it was terminated, and nothing was undone',
    );
    expect(await open(state.engagementId)).toEqual({ projects: 1, contracts: 1 });
  }, 60_000);
});
