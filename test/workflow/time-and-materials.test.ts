/**
 * Time and materials, from the closed deal to the paid invoice and the recognised revenue: deal 1 of the sandbox, GBP,
 * London, January to March 2031, Principal 180.00, Senior Consultant 140.00, Consultant 95.00 an hour, expenses with 5
 * % on
 * top, VAT 20 %.
 */
import { World } from '../support/world.ts';

const DEAL = '006TL00000000001AA';
const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });

describe('time and materials', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  }, 60_000);
  afterAll(() => world.close());

  async function logJanuary(workspaceId: string): Promise<void> {
    const entry = { workspaceId, status: 'approved' };
    await world.sandbox.act('log-time', {
      entries: [
        { ...entry, userId: '101', role: 'Principal', date: '2031-01-13', minutes: 600 },
        { ...entry, userId: '106', role: 'Senior Consultant', date: '2031-01-14', minutes: 1_230 },
        { ...entry, userId: '111', role: 'Consultant', date: '2031-01-15', minutes: 2_000 },
        { ...entry, userId: '111', role: 'Consultant', date: '2031-01-16', minutes: 480, status: 'submitted' },
        { ...entry, userId: '111', role: 'Consultant', date: '2031-01-17', minutes: 480, status: 'rejected' },
        { ...entry, userId: '111', role: 'Consultant', date: '2031-01-20', minutes: 60, billable: false },
      ],
    });
    const expense = { workspaceId, userId: '101', category: 'Travel', date: '2031-01-15', amountInCents: 40_000 };
    await world.sandbox.act('log-expense', { ...expense, status: 'approved' });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
  }

  test('carries one month of approved work to a posted, paid invoice and recognised revenue', async () => {
    const { state } = await world.activate(DEAL);
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    await logJanuary(workspaceId);
    await world.advance(DEAL, '2031-02-01');

    // 10 h x 180.00 = 1,800.00; 20.5 h x 140.00 = 2,870.00; 33 h 20 min x 95.00 = 3,166.67; 400.00 + 5 % = 420.00
    // net 8,256.67; VAT 20 % = 1,651.33; total 9,908.00. Submitted, rejected and not billable work is not on it.
    const waiting = await world.until(DEAL, 'waiting for approval', (seen) => seen.state.approvals.length === 1);
    expect(waiting.state.approvals[0]).toMatchObject({ kind: 'invoice', amount: gbp(990_800), legalEntityId: 'TL-UK' });
    // Revenue as invoiced: what was worked in January is recognised in January, before it is billed.
    expect(waiting.summary.recognised).toEqual([gbp(825_667)]);

    await world.decidePending(DEAL, 'invoice');
    const posted = await world.until(DEAL, 'posted', (seen) => seen.state.invoices[0]?.state === 'posted');
    const invoice = posted.state.invoices[0];
    const inErp = (await world.sandbox.objects('netsuite', 'invoice'))[0];
    expect(inErp?.object).toMatchObject({ subtotal: 8_256.67, taxTotal: 1_651.33, total: 9_908 });
    expect(invoice).toMatchObject({ erpRef: inErp?.id, number: inErp?.object.tranId, unpaidMinor: 990_800 });

    await world.sandbox.act('pay-invoice', { invoiceId: invoice?.erpRef, paidOn: '2031-02-20' });
    await world.job({ job: 'poll', connectionId: 'ns-main' });
    const paid = await world.until(DEAL, 'paid', (seen) => seen.state.invoices[0]?.state === 'paid');
    expect(paid.summary).toMatchObject({ billed: [gbp(990_800)], paid: [gbp(990_800)], recognised: [gbp(825_667)] });
    const deal = (await world.sandbox.objects('salesforce', 'Opportunity')).find(({ id }) => id === DEAL);
    await world.until(DEAL, 'reported', (seen) => seen.state.sagas.every((saga) => saga.status === 'done'));
    expect(deal?.object.Throughline_Id__c).toBe(state.engagementId);
  }, 60_000);
});
