/**
 * Contracts of several kinds in one: deal 5 of the sandbox has all three pricing models in one legal entity (TL-UK,
 * GBP, VAT 20 %), deal 6 has two legal entities with a currency each (TL-DE in EUR, TL-UK in GBP, both reverse
 * charge).
 */
import { erpLedger, ourLedger, ourMonths } from '../support/ledger.ts';
import { advanceToClose, approveInvoice, isQuiet, logTime, payAll } from '../support/people.ts';
import { World } from '../support/world.ts';

const MIXED_DEAL = '006TL00000000005AA';
const TWO_ENTITIES_DEAL = '006TL00000000006AA';
const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

let world: World;
beforeAll(async () => {
  world = await World.start();
}, 60_000);
afterAll(() => world.close());

async function accepted(workspaceId: string, title: string, on: string): Promise<void> {
  await world.sandbox.act('accept-milestone', { workspaceId, title, on });
  await world.job({ job: 'poll', connectionId: 'kt-main' });
}

/** ERP objects of a type, the fields that matter. */
async function inErp(type: string, fields: readonly string[]): Promise<Record<string, unknown>[]> {
  const objects = await world.sandbox.objects('netsuite', type);
  return objects.map(({ object }) => Object.fromEntries(fields.map((field) => [field, object[field]])));
}

describe('two legal entities with two currencies in one contract', () => {
  test('a project, a contract and a customer in each entity, and one deal that names them', async () => {
    const { state } = await world.activate(TWO_ENTITIES_DEAL);
    expect(state.entities.map((entity) => entity.legalEntityId)).toEqual(['TL-DE', 'TL-UK']);
    const projects = (await world.sandbox.objects('kantata', 'workspaces')).map(({ id, object }) => [
      id,
      object.currency,
    ]);
    expect(projects).toEqual([
      [state.entities[0]?.refs.projectId, 'EUR'],
      [state.entities[1]?.refs.projectId, 'GBP'],
    ]);
    expect(await inErp('salesOrder', ['id', 'subsidiary', 'total'])).toEqual([
      { id: state.entities[0]?.refs.contractId, subsidiary: '2', total: 60_000 },
      { id: state.entities[1]?.refs.contractId, subsidiary: '1', total: 21_000 },
    ]);
    const customers = await inErp('customer', ['id', 'subsidiary']);
    expect(customers).toEqual([
      { id: state.entities[0]?.refs.customerId, subsidiary: '2' },
      { id: state.entities[1]?.refs.customerId, subsidiary: '1' },
    ]);
    const deal = (await world.sandbox.objects('salesforce', 'Opportunity')).find(({ id }) => id === TWO_ENTITIES_DEAL);
    for (const { refs } of state.entities) expect(deal?.object.Throughline_Project_Ref__c).toContain(refs.projectId);
  }, 60_000);

  test('each entity bills and earns in its own currency; on one date there is one invoice for each', async () => {
    const { state } = await world.look(TWO_ENTITIES_DEAL);
    const [munich = '', london = ''] = state.entities.map((entity) => entity.refs.projectId ?? '');
    await logTime(world, { workspaceId: london, role: 'Senior Consultant', date: '2031-03-12', minutes: 900 });
    await world.advance(TWO_ENTITIES_DEAL, '2031-04-01');
    await accepted(munich, 'Concept', '2031-04-01');
    const both = await world.until(TWO_ENTITIES_DEAL, 'waiting for two', (seen) => seen.state.approvals.length === 2);
    expect(both.state.approvals.map(({ legalEntityId, amount }) => [legalEntityId, amount]).sort()).toEqual([
      ['TL-DE', eur(2_500_000)], // the milestone Concept, reverse charge
      ['TL-UK', gbp(210_000)], // 15 h x 140.00 = 2,100.00, reverse charge
    ]);
    await world.decidePending(TWO_ENTITIES_DEAL, 'invoice');
    await world.until(TWO_ENTITIES_DEAL, 'one left', (seen) => seen.state.approvals.length === 1);
    await world.decidePending(TWO_ENTITIES_DEAL, 'invoice');
    await world.until(TWO_ENTITIES_DEAL, 'both posted', (seen) => isQuiet(seen) && seen.state.approvals.length === 0);
    expect(await world.books.inbox.acceptedMilestones(state.engagementId)).toMatchObject([
      { acceptedOn: '2031-04-01' },
    ]);
    expect(
      (await inErp('invoice', ['subsidiary', 'total', 'taxTotal'])).sort((a, b) => Number(a.total) - Number(b.total)),
    ).toEqual([
      { subsidiary: '1', total: 2_100, taxTotal: 0 },
      { subsidiary: '2', total: 25_000, taxTotal: 0 },
    ]);
    await payAll(world, TWO_ENTITIES_DEAL, '2031-04-02');
    await world.advance(TWO_ENTITIES_DEAL, '2031-06-15');
    await accepted(munich, 'Rollout', '2031-06-15');
    await approveInvoice(world, TWO_ENTITIES_DEAL, 3_500_000);
    await payAll(world, TWO_ENTITIES_DEAL, '2031-06-20');
    const closed = await advanceToClose(world, TWO_ENTITIES_DEAL, '2031-07-01');
    const sums = [eur(6_000_000), gbp(210_000)];
    expect(closed.summary).toMatchObject({ billed: sums, paid: sums, recognised: sums, obstacles: [] });
    await world.job({ job: 'costs', connectionId: 'ns-main' });
    for (const [legalEntityId, subsidiary, currency, earned] of [
      ['TL-DE', '2', 'EUR', 6_000_000],
      ['TL-UK', '1', 'GBP', 210_000],
    ] as const) {
      const ours = await ourLedger(world, state.engagementId, legalEntityId);
      expect(ours).toEqual({ 1000: earned, 4000: -earned });
      expect(await erpLedger(world, subsidiary, currency)).toEqual(ours);
    }
  }, 60_000);
});

describe('three pricing models in one contract', () => {
  test('one invoice for what is due on a date, one per milestone, each line earned by its own rule', async () => {
    const { state } = await world.activate(MIXED_DEAL);
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    await world.advance(MIXED_DEAL, '2031-02-01');
    await approveInvoice(world, MIXED_DEAL, 240_000); // retainer in advance 2,000.00 + 20 % = 2,400.00
    await logTime(world, { workspaceId, role: 'Consultant', date: '2031-02-10', minutes: 1_200 });
    await world.advance(MIXED_DEAL, '2031-02-27');
    await accepted(workspaceId, 'Design', '2031-02-27');
    await approveInvoice(world, MIXED_DEAL, 1_200_000); // 10,000.00 + 20 % = 12,000.00
    await world.advance(MIXED_DEAL, '2031-03-01');
    // work 20 h x 95.00 = 1,900.00 and the fee of March 2,000.00: 3,900.00 + 20 % = 4,680.00 on one invoice
    const march = await approveInvoice(world, MIXED_DEAL, 468_000);
    expect(march.summary.recognised).toEqual([gbp(1_390_000)]); // 1,900.00 + 2,000.00 + 10,000.00
    await payAll(world, MIXED_DEAL, '2031-03-01');
    for (const date of ['2031-04-01', '2031-05-01', '2031-06-01', '2031-07-01']) {
      if (date === '2031-07-01') {
        await world.advance(MIXED_DEAL, '2031-06-30');
        await accepted(workspaceId, 'Delivery', '2031-06-30');
        await approveInvoice(world, MIXED_DEAL, 1_680_000); // 14,000.00 + 20 % = 16,800.00
      }
      await world.advance(MIXED_DEAL, date);
      await approveInvoice(world, MIXED_DEAL, 240_000);
      await payAll(world, MIXED_DEAL, date);
    }
    const closed = await advanceToClose(world, MIXED_DEAL, '2031-08-01');
    // net 6 x 2,000 + 1,900 + 24,000 = 37,900.00, with 20 % 45,480.00
    expect(closed.summary).toMatchObject({ billed: [gbp(4_548_000)], paid: [gbp(4_548_000)] });
    expect(closed.summary.recognised).toEqual([gbp(3_790_000)]);
    const months = Object.entries(await ourMonths(world, state.engagementId));
    expect(months.map(([month, of]) => [month, of.revenue])).toEqual([
      ['2031-02', -1_390_000],
      ...['2031-03', '2031-04', '2031-05'].map((month) => [month, -200_000]),
      ['2031-06', -1_600_000], // fee 2,000.00 and Delivery 14,000.00
      ['2031-07', -200_000],
    ]);
    await world.job({ job: 'costs', connectionId: 'ns-main' });
    const ours = await ourLedger(world, state.engagementId, 'TL-UK');
    expect(ours).toEqual({ 1000: 4_548_000, 2200: -758_000, 4000: -3_790_000 });
    // The deal before this one left its cash and revenue of 2,100.00 in London's ERP.
    expect(await erpLedger(world, '1', 'GBP')).toEqual({ ...ours, 1000: 4_758_000, 4000: -4_000_000 });
  }, 60_000);
});
