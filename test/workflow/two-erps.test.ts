/**
 * Two ERPs in one firm (R67, ADR 0014): a customer whose two legal entities are served by different ones, and entities
 * that move from one to the other in the middle of an engagement: a fixed fee with a contract asset, a retainer billed
 * in advance, time and materials. The books of each ERP are read from its own objects, never from ours.
 */
import { erpLedger, type Ledger, ourLedgerIn } from '../support/ledger.ts';
import { advanceToClose, approveInvoice, isQuiet, logTime } from '../support/people.ts';
import { type SecondErp, secondErp } from '../support/second-erp.ts';
import { World } from '../support/world.ts';

const TWO_ENTITIES_DEAL = '006TL00000000006AA';
const FIXED_FEE_DEAL = '006TL00000000002AA';
const RETAINER_DEAL = '006TL00000000003AA';
const TIME_DEAL = '006TL00000000008AA';

let world: World;
let second: SecondErp;
beforeAll(async () => {
  // A document that waits for a move asks again in minutes, as in production, and not many times an hour of a test.
  world = await World.start({ policy: { probeDelayMs: 600_000, probeDelayMaxMs: 3_600_000 } });
  second = await secondErp(world);
}, 90_000);
afterAll(async () => {
  await world.close();
  await second.close();
});

/** Every open invoice of the engagement is paid in the ERP that has it, and the payments are booked. */
async function payAll(dealId: string, paidOn: string): Promise<void> {
  const { state } = await world.look(dealId);
  for (const { erpRef, erpConnectionId } of state.invoices.filter((invoice) => invoice.state === 'posted')) {
    const { sandbox } = erpConnectionId === 'ns-two' ? second : world;
    await sandbox.act('pay-invoice', { invoiceId: erpRef, paidOn });
  }
  for (const connectionId of ['ns-main', 'ns-two']) await world.job({ job: 'poll', connectionId });
  await world.until(dealId, 'paid and quiet', (seen) => {
    return isQuiet(seen) && seen.state.invoices.every((invoice) => ['paid', 'void'].includes(invoice.state));
  });
}

/** The books of a legal entity in each ERP, once they were found equal to ours. */
async function books(legalEntityId: string, subsidiary: string, currency: string): Promise<[Ledger, Ledger]> {
  for (const connectionId of ['ns-main', 'ns-two']) await world.job({ job: 'costs', connectionId });
  const [main, two] = [await erpLedger(world, subsidiary, currency), await erpLedger(second, subsidiary, currency)];
  expect(main).toEqual(await ourLedgerIn(world, 'ns-main', legalEntityId));
  expect(two).toEqual(await ourLedgerIn(world, 'ns-two', legalEntityId));
  for (const ledger of [main, two]) expect(Object.values(ledger).reduce((sum, net) => sum + net, 0)).toBe(0);
  return [main, two];
}

/** External ids of the objects of a type, each of which must be there once. */
async function keysIn({ sandbox }: Pick<World, 'sandbox'>, type: string, subsidiary: string): Promise<unknown[]> {
  const all = (await sandbox.objects('netsuite', type)).filter(({ object }) => object.subsidiary === subsidiary);
  const keys = all.map(({ object }) => object.externalId);
  expect(new Set(keys).size).toBe(keys.length);
  return keys;
}

async function accepted(workspaceId: string, title: string, on: string): Promise<void> {
  await world.sandbox.act('accept-milestone', { workspaceId, title, on });
  await world.job({ job: 'poll', connectionId: 'kt-main' });
}

describe('two legal entities with an ERP each', () => {
  test('one customer of both: customer, contract, invoice and payment of each are in its own ERP', async () => {
    second.serves('TL-UK');
    const { state } = await world.activate(TWO_ENTITIES_DEAL);
    const [munich = '', london = ''] = state.entities.map((entity) => entity.refs.projectId ?? '');
    expect(state.entities.map(({ refs }) => refs.erpConnectionId)).toEqual(['ns-main', 'ns-two']);
    for (const type of ['customer', 'salesOrder']) {
      expect(await keysIn(world, type, '2')).toHaveLength(1);
      expect(await keysIn(world, type, '1')).toEqual([]);
      expect(await keysIn(second, type, '2')).toEqual([]);
      expect(await keysIn(second, type, '1')).toHaveLength(1);
    }
    await logTime(world, { workspaceId: london, role: 'Senior Consultant', date: '2031-03-12', minutes: 900 });
    await world.advance(TWO_ENTITIES_DEAL, '2031-04-01');
    await accepted(munich, 'Concept', '2031-04-01');
    await world.until(TWO_ENTITIES_DEAL, 'waiting for two', (seen) => seen.state.approvals.length === 2);
    await world.decidePending(TWO_ENTITIES_DEAL, 'invoice');
    await world.until(TWO_ENTITIES_DEAL, 'one left', (seen) => seen.state.approvals.length === 1);
    await world.decidePending(TWO_ENTITIES_DEAL, 'invoice');
    await world.until(TWO_ENTITIES_DEAL, 'both posted', (seen) => isQuiet(seen) && seen.state.approvals.length === 0);
    // The two ERPs know nothing of each other: their invoices may well have one id.
    await payAll(TWO_ENTITIES_DEAL, '2031-04-02');
    const [main] = await books('TL-DE', '2', 'EUR');
    // Concept, reverse charge: accepted in April, so not earned yet.
    expect(main).toEqual({ 1000: 2_500_000, 2300: -2_500_000 });
    const [, two] = await books('TL-UK', '1', 'GBP');
    expect(two).toEqual({ 1000: 210_000, 4000: -210_000 }); // 15 h x 140.00, reverse charge
  }, 120_000);
});

describe('a legal entity that moves to another ERP', () => {
  test('a retainer in advance: what the old ERP billed is earned there, the new one bills the next fee', async () => {
    await world.activate(RETAINER_DEAL);
    await world.advance(RETAINER_DEAL, '2031-01-01');
    await approveInvoice(world, RETAINER_DEAL, 1_250_000);
    await world.advance(RETAINER_DEAL, '2031-02-01');
    await world.until(RETAINER_DEAL, 'drafted', (seen) => seen.state.approvals.length === 1);
    second.takesOver('TL-US', '2031-02-15');
    await world.advance(RETAINER_DEAL, '2031-03-01');
    // February's invoice was drafted for the old ERP and waits for its approval: so does the move.
    const waiting = await world.until(RETAINER_DEAL, 'waiting for the move', ({ summary }) =>
      summary.obstacles.some(({ code }) => code === 'ERP_MOVE_DUE'),
    );
    expect(waiting.state.sagas.map(({ kind }) => kind)).not.toContain('erpMove');
    expect(waiting.state.entities[0]?.moveDue).toEqual({ from: 'ns-main', to: 'ns-two', on: '2031-02-15' });
    await world.decidePending(RETAINER_DEAL, 'invoice');
    const moved = await world.until(
      RETAINER_DEAL,
      'moved',
      ({ state }) => state.approvals.length === 1 && state.invoices.length === 3,
    );
    expect(moved.state.invoices.map(({ erpConnectionId }) => erpConnectionId)).toEqual([
      'ns-main',
      'ns-main',
      'ns-two',
    ]);
    await world.decidePending(RETAINER_DEAL, 'invoice');
    await world.until(RETAINER_DEAL, 'March is posted', (seen) => isQuiet(seen) && seen.state.approvals.length === 0);
    await payAll(RETAINER_DEAL, '2031-03-10');
    const [main, two] = await books('TL-US', '5', 'USD');
    // January and February of 12,500.00: paid and earned where they were billed; there was nothing to hand over.
    expect(main).toEqual({ 1000: 2_500_000, 4000: -2_500_000 });
    expect(two).toEqual({ 1000: 1_250_000, 2300: -1_250_000 }); // March: paid and not earned yet
    const [order] = (await second.sandbox.objects('netsuite', 'salesOrder')).filter(({ object }) => {
      return object.subsidiary === '5';
    });
    expect(order?.object.total).toBe(150_000); // 12 of 14 months x 12,500.00
    await world.advance(RETAINER_DEAL, '2031-04-01');
    await world.until(RETAINER_DEAL, 'April drafted', (seen) => seen.state.approvals.length === 1);
    expect((await books('TL-US', '5', 'USD'))[1]).toEqual({ 1000: 1_250_000, 4000: -1_250_000 });
  }, 120_000);

  test('a fixed fee: the asset goes along, the old invoice is paid in the old ERP, and both end even', async () => {
    const { state } = await world.activate(FIXED_FEE_DEAL);
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    const worked = (date: string, hours: number) =>
      logTime(world, { workspaceId, role: 'Senior Consultant', date, minutes: hours * 60 });
    const [before] = await books('TL-DE', '2', 'EUR');
    await worked('2031-01-20', 60);
    await world.advance(FIXED_FEE_DEAL, '2031-02-01');
    await worked('2031-02-10', 120);
    await world.advance(FIXED_FEE_DEAL, '2031-02-26');
    await accepted(workspaceId, 'Blueprint', '2031-02-26');
    await approveInvoice(world, FIXED_FEE_DEAL, 3_570_000); // 30,000.00 + 19 %: over 9,000.00 asset, 21,000.00 owed
    await worked('2031-03-12', 150);
    second.takesOver('TL-DE', '2031-04-01', { accounts: { 'erp-transfer': '1990' } });
    await world.advance(FIXED_FEE_DEAL, '2031-04-01');
    await world.until(FIXED_FEE_DEAL, 'recognised', (seen) => seen.summary.recognised[0]?.amountMinor === 4_950_000);
    await accepted(workspaceId, 'Build', '2031-04-01');
    await approveInvoice(world, FIXED_FEE_DEAL, 4_284_000); // 36,000.00 + 19 %
    await payAll(FIXED_FEE_DEAL, '2031-04-20');
    const moved = await world.look(FIXED_FEE_DEAL);
    expect(moved.state.invoices.map(({ erpConnectionId }) => erpConnectionId)).toEqual(['ns-main', 'ns-two']);
    expect(moved.state.entities[0]?.refs.erpConnectionId).toBe('ns-two');
    const deal = (await world.sandbox.objects('salesforce', 'Opportunity')).find(({ id }) => id === FIXED_FEE_DEAL);
    expect(deal?.object).toMatchObject({
      Throughline_Stage__c: 'Active',
      Throughline_Contract_Ref__c: moved.state.entities[0]?.refs.contractId,
    });
    await worked('2031-04-14', 150);
    await world.advance(FIXED_FEE_DEAL, '2031-05-29');
    await accepted(workspaceId, 'Go-live', '2031-05-29');
    await approveInvoice(world, FIXED_FEE_DEAL, 2_856_000); // 24,000.00 + 19 %
    await payAll(FIXED_FEE_DEAL, '2031-05-29');
    const closed = await advanceToClose(world, FIXED_FEE_DEAL, '2031-06-01');
    expect(closed.summary).toMatchObject({ obstacles: [], recognised: [{ amountMinor: 9_000_000, currency: 'EUR' }] });
    const [main, two] = await books('TL-DE', '2', 'EUR');
    // Old: 35,700.00 paid, 5,700.00 VAT; 90,000 x 330 / 600 = 49,500.00 earned, of which 19,500.00 is handed over.
    expect(main).toEqual({
      ...{ ...before, 1000: (before[1000] ?? 0) + 3_570_000 },
      ...{ 1990: 1_950_000, 2200: -570_000, 4000: -4_950_000 },
    });
    // New: 42,840.00 + 28,560.00 paid, 11,400.00 VAT, 90,000.00 - 49,500.00 earned; the clearing is even over both.
    expect(two).toEqual({ 1000: 7_140_000, 1990: -1_950_000, 2200: -1_140_000, 4000: -4_050_000 });
    await keysIn(world, 'journalEntry', '2');
    expect(await keysIn(second, 'invoice', '2')).toHaveLength(2);
    const [order] = (await second.sandbox.objects('netsuite', 'salesOrder')).filter(({ object }) => {
      return object.subsidiary === '2';
    });
    expect(order?.object.total).toBe(60_000); // 90,000.00 less the 30,000.00 that the old ERP billed
  }, 120_000);

  test('time and materials: a move that lacks an account parks and posts nothing; with it, work moves', async () => {
    const { state } = await world.activate(TIME_DEAL);
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    await logTime(world, { workspaceId, role: 'Principal', date: '2031-02-10', minutes: 60 });
    second.takesOver('TL-KW', '2031-03-01');
    const entity = world.configuration.legalEntities['TL-KW'];
    if (!entity) throw new Error('unreachable');
    const { 'erp-transfer': clearing, ...without } = entity.accounts;
    entity.accounts = without;
    await world.advance(TIME_DEAL, '2031-03-01');
    const parked = await world.until(TIME_DEAL, 'parked', ({ summary }) => summary.parkedReason === 'ACCOUNT_MISSING');
    expect(parked.state.invoices).toEqual([]);
    expect(await books('TL-KW', '4', 'KWD')).toEqual([{ 1150: 75_500, 4000: -75_500 }, {}]); // 1 h x 75.500
    entity.accounts = { ...without, ...(clearing ? { 'erp-transfer': clearing } : {}) };
    await world.retry(TIME_DEAL, parked.state.sagas.find(({ kind }) => kind === 'erpMove')?.id ?? '');
    await approveInvoice(world, TIME_DEAL, 75_500);
    await payAll(TIME_DEAL, '2031-03-20');
    const [main, two] = await books('TL-KW', '4', 'KWD');
    expect(main).toEqual({ 1990: 75_500, 4000: -75_500 });
    expect(two).toEqual({ 1000: 75_500, 1990: -75_500 });
  }, 120_000);
});
