/**
 * An invoice whose posting the ERP refused for good: a person has it drafted anew, and only when the ERP shows that it
 * has no such invoice is the old draft voided. Deal 13 of the sandbox (USD, New York, Senior Consultant 210.00 an hour,
 * no tax) and deal 10 (JPY, Tokyo, Consultant 12,500 an hour).
 */
import { decide, type EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { approveInvoice, logTime } from '../support/people.ts';
import { person, World } from '../support/world.ts';

const DOLLAR_DEAL = '006TL00000000013AA';
const YEN_DEAL = '006TL00000000010AA';

let world: World;
beforeAll(async () => {
  world = await World.start();
}, 60_000);
afterAll(() => world.close());

async function redraft(dealId: string, { state }: EngagementSnapshot): Promise<void> {
  const sagaId = state.sagas.find((saga) => saga.parked)?.id ?? '';
  const updateId = `redraft-${sagaId}`;
  const command = { type: 'redraft' as const, sagaId };
  const decision = { updateId, actor: person('fin-preparer'), reason: 'the month was closed', command };
  await world.handle(dealId).executeUpdate(decide, { updateId, args: [decision] });
}

async function atFirstInvoice(dealId: string, role: string, minutes: number): Promise<string> {
  const { state } = await world.activate(dealId);
  const workspaceId = state.entities[0]?.refs.projectId ?? '';
  await logTime(world, { workspaceId, role, date: '2031-01-14', minutes });
  await world.advance(dealId, '2031-02-01');
  await world.until(dealId, 'waiting', (seen) => seen.state.approvals.length === 1);
  return state.engagementId;
}

function parkedFor(dealId: string, reason: string, after = 0): Promise<EngagementSnapshot> {
  return world.until(dealId, `parked for ${reason}`, ({ summary }) => {
    return summary.parkedReason === reason && (summary.obstacles[0]?.since ?? 0) > after;
  });
}

test('refused for a closed month, drafted anew with a date in an open one, and posted once', async () => {
  const engagementId = await atFirstInvoice(DOLLAR_DEAL, 'Senior Consultant', 600);
  await world.sandbox.act('close-period', { subsidiary: '5', period: '2031-02' });
  await world.decidePending(DOLLAR_DEAL, 'invoice');
  const parked = await parkedFor(DOLLAR_DEAL, 'REJECTED');
  expect(parked.summary.obstacles[0]?.message).toContain('2031-02 is closed');
  expect(parked.state.sagas.find((saga) => saga.parked)?.parked?.allowed).toEqual(['retry', 'redraft']);
  // A retry sends the same document again, whose date is what the ERP refuses.
  await world.retry(DOLLAR_DEAL, parked.summary.obstacles[0]?.sagaId ?? '', person('fin-preparer'));
  await parkedFor(DOLLAR_DEAL, 'REJECTED', parked.summary.obstacles[0]?.since ?? 0);
  await world.advance(DOLLAR_DEAL, '2031-03-03');
  await redraft(DOLLAR_DEAL, await parkedFor(DOLLAR_DEAL, 'REJECTED'));
  const posted = await approveInvoice(world, DOLLAR_DEAL, 210_000); // 10 h x 210.00 = 2,100.00
  expect(posted.state.invoices.map(({ state, number }) => [state, number !== null])).toEqual([
    ['void', false],
    ['posted', true],
  ]);
  const inErp = await world.sandbox.objects('netsuite', 'invoice');
  expect(inErp.map(({ id, object }) => [id, object.tranDate, object.total])).toEqual([
    [posted.state.invoices[1]?.erpRef, '2031-03-03', 2_100],
  ]);
  const created = (await world.sandbox.journal()).filter((row) => row.objectType === 'invoice');
  expect(created.filter(({ effect }) => effect === 'created')).toHaveLength(1);
  const trail = await world.books.audit.ofEngagement(engagementId);
  expect(trail.map(({ action }) => action).filter((action) => action.startsWith('invoice.'))).toEqual([
    'invoice.draft',
    'invoice.void',
    'invoice.draft',
    'invoice.book',
  ]);
}, 60_000);

test('not drafted anew while the ERP has the invoice: the draft stays, and nothing is posted again', async () => {
  // Configured as if Tokyo's ERP rounded like London's: 61 min = 12,708 yen, tax 1,270.8 is 1,271 here and 1,270 there.
  const tokyo = world.configuration.legalEntities['TL-JP'];
  if (tokyo) tokyo.rounding = { mode: 'half-away-from-zero', tax: 'per-line' };
  const engagementId = await atFirstInvoice(YEN_DEAL, 'Consultant', 61);
  await world.decidePending(YEN_DEAL, 'invoice');
  const differing = await parkedFor(YEN_DEAL, 'TOTALS_DIFFER');
  const since = (await world.sandbox.journal()).at(-1)?.sequence ?? 0;
  await redraft(YEN_DEAL, differing);
  const kept = await parkedFor(YEN_DEAL, 'INVOICE_IN_ERP');
  expect(kept.summary.obstacles[0]).toMatchObject({ ownerRole: 'fin-preparer' });
  expect(kept.summary.obstacles[0]?.message).toMatch(/the ERP has invoice INV-JP-\d+ under the key/);
  expect(kept.state.invoices.map(({ state }) => state)).toEqual(['failed']);
  expect(await world.books.invoices.ofEngagement(engagementId)).toMatchObject([{ state: 'draft', erpId: null }]);
  expect((await world.sandbox.journal(since)).filter(({ objectType }) => objectType === 'invoice')).toEqual([]);
}, 60_000);
