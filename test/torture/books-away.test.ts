/**
 * Our own database fails under an engagement: the calls to it are local activities, and no failure of theirs may end
 * the engagement. It is blocked like by any other system, says so, and goes on when the database is back
 * (decisions.md 4).
 */
import { World } from '../support/world.ts';

const DEAL = '006TL00000000001AA';

describe('our database fails', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  }, 60_000);
  afterAll(() => world.close());

  /** Takes a table away: every statement that needs it fails at once. */
  async function without(table: string, meanwhile: () => Promise<void>): Promise<void> {
    await world.dataSource.query(`ALTER TABLE ${table} RENAME TO ${table}_away`);
    try {
      await meanwhile();
    } finally {
      await world.dataSource.query(`ALTER TABLE ${table}_away RENAME TO ${table}`);
    }
  }

  test('while the inbox is read: blocked, and read later', async () => {
    const set = await world.activate(DEAL);
    await without('inbox', async () => {
      await world.handle(DEAL).signal('announced');
      const { summary, state } = await world.until(DEAL, 'blocked', (seen) => seen.state.inbox.blocked !== null);
      expect(summary.obstacles).toMatchObject([{ kind: 'blocked', ownerRole: 'ops' }]);
      expect(state.stage).toBe('active');
    });
    const { state } = await world.until(DEAL, 'free', (seen) => seen.state.inbox.blocked === null);
    expect(state.inbox.announced).toBe(false);
    expect((await world.handle(DEAL).describe()).status.name).toBe('RUNNING');
    expect(state.engagementId).toBe(set.state.engagementId);
  }, 60_000);

  test('while a posted invoice is booked: blocked, and booked once when it is back', async () => {
    const workspaceId = (await world.look(DEAL)).state.entities[0]?.refs.projectId;
    const work = { workspaceId, status: 'approved', userId: '101', role: 'Principal', date: '2031-01-13', minutes: 60 };
    await world.sandbox.act('log-time', { entries: [work] });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    await world.advance(DEAL, '2031-02-01');
    await world.until(DEAL, 'asking for approval', (seen) => seen.state.approvals.length === 1);
    await without('journal', async () => {
      await world.decidePending(DEAL, 'invoice');
      const { state } = await world.until(DEAL, 'blocked', (seen) =>
        seen.state.sagas.some((saga) => saga.steps.some((step) => step.name === 'book' && step.blocked !== null)),
      );
      expect(state.invoices[0]?.state).toBe('posted');
    });
    const { state, summary } = await world.until(DEAL, 'done', (seen) =>
      seen.state.sagas.every((saga) => saga.status === 'done'),
    );
    // 1 h x 180.00 + VAT 20 % = 216.00
    expect(summary.billed).toEqual([{ amountMinor: 21_600, currency: 'GBP' }]);
    expect(state.invoices).toMatchObject([{ state: 'posted', unpaidMinor: 21_600 }]);
    expect(await world.sandbox.objects('netsuite', 'invoice')).toHaveLength(1);
  }, 60_000);

  test('while an engagement ends: it ends when its end can be published, and not before', async () => {
    const { dealId } = await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: DEAL, name: 'Ends' });
    await world.activate(dealId);
    await without('engagement_view', async () => {
      await world.handle(dealId).cancel();
      await world.until(dealId, 'cancelled', ({ state }) => state.stage === 'cancelled');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect((await world.handle(dealId).describe()).status.name).toBe('RUNNING');
    });
    // It is taken up again after half a minute, or with any news.
    await world.handle(dealId).signal('announced');
    const { engagementId } = (await world.handle(dealId).result()) as { engagementId: string };
    expect((await world.books.projection.find(engagementId))?.summary.stage).toBe('cancelled');
  }, 60_000);
});
