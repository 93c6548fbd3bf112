/**
 * What comes late, in parts or twice: payments, time approved after the last billing run and after the last month of
 * revenue, a milestone accepted after the end of the contract. Deal 13 of the sandbox (USD, New York, January and
 * February 2031, Senior Consultant 210.00 an hour, no tax) is cloned for each test, deal 2 for the fixed fee.
 */
import { ourLedger, ourMonths } from '../support/ledger.ts';
import { advanceToClose, approveInvoice, isQuiet, logTime, payAll } from '../support/people.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { World } from '../support/world.ts';

const TEMPLATE_DEAL = '006TL00000000013AA';
const FIXED_FEE_DEAL = '006TL00000000002AA';
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const usd = (amountMinor: number) => ({ amountMinor, currency: 'USD' });

describe('late events', () => {
  let world: World;
  let dealId: string;
  let workspaceId: string;
  beforeAll(async () => {
    // Time is moved over weeks in which completion is blocked: it is looked at twice a day, not every second.
    world = await World.start({ policy: { probeDelayMaxMs: 12 * 3_600_000 } });
  }, 60_000);
  afterAll(() => world.close());

  /** A deal of its own with 10 hours in January, invoiced on the first of February: 10 x 210.00 = 2,100.00. */
  async function invoiced(name: string): Promise<string> {
    ({ dealId } = await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: TEMPLATE_DEAL, name }));
    const { state } = await world.activate(dealId);
    workspaceId = state.entities[0]?.refs.projectId ?? '';
    await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-01-14', minutes: 600 });
    await world.advance(dealId, '2031-02-01');
    const posted = await approveInvoice(world, dealId, 210_000);
    return posted.state.invoices[0]?.erpRef ?? '';
  }

  async function read(connectionId: string): Promise<void> {
    await world.job({ job: 'poll', connectionId });
  }

  async function paymentsOf(engagementId: string): Promise<number[]> {
    const found = await world.dataSource.query<{ amountMinor: string }[]>(
      `SELECT p.amount_minor AS "amountMinor" FROM payment p JOIN invoice USING (invoice_id) WHERE engagement_id = $1
       ORDER BY p.amount_minor`,
      [engagementId],
    );
    return found.map(({ amountMinor }) => Number(amountMinor));
  }

  test('a payment in two parts settles the invoice with the second; told twice, it counts once', async () => {
    const invoiceId = await invoiced('Paid in parts');
    await world.sandbox.act('pay-invoice', { invoiceId, amount: 800, paidOn: '2031-02-10' });
    await read('ns-main');
    const part = await world.until(
      dealId,
      'part-paid',
      (seen) => isQuiet(seen) && seen.summary.paid[0]?.amountMinor !== 0,
    );
    expect(part.state.invoices[0]).toMatchObject({ state: 'part-paid', unpaidMinor: 130_000 });
    await read('ns-main');
    await world.sandbox.act('pay-invoice', { invoiceId, paidOn: '2031-02-20' });
    await Promise.all([read('ns-main'), read('ns-main')]);
    const paid = await world.until(dealId, 'paid', (seen) => isQuiet(seen) && seen.state.invoices[0]?.state === 'paid');
    expect(paid.summary).toMatchObject({ billed: [usd(210_000)], paid: [usd(210_000)] });
    await read('ns-main');
    // 800.00 and 1,300.00
    expect(await paymentsOf(paid.state.engagementId)).toEqual([80_000, 130_000]);
    await world.job({ job: 'reports', connectionId: SANDBOX_CRM });
    const crm = (await world.sandbox.objects('salesforce', 'Opportunity')).find(({ id }) => id === dealId);
    expect(crm?.object).toMatchObject({ Throughline_Billed__c: 2_100, Throughline_Paid__c: 2_100 });
  }, 60_000);

  test('what finance credits in the ERP is no payment: it is owed, named, and nothing closes over it', async () => {
    const invoiceId = await invoiced('Credited by hand');
    const made = await world.sandbox.act<{ creditMemoId: string }>('credit-invoice', {
      ...{ invoiceId, net: 300, creditedOn: '2031-02-05' },
    });
    await read('ns-main');
    const noted = await world.until(
      dealId,
      'noted',
      (seen) => isQuiet(seen) && seen.summary.obstacles.some(({ code }) => code === 'INVOICE_CREDITED'),
    );
    const { engagementId } = noted.state;
    expect(noted.summary).toMatchObject({
      paid: [usd(0)],
      obstacles: [{ kind: 'attention', code: 'INVOICE_CREDITED', ownerRole: 'fin-preparer', actions: ['acknowledge'] }],
    });
    expect(noted.summary.obstacles[0]?.message).toContain('300.00 USD of it was credited in the ERP');
    const ledger = await ourLedger(world, engagementId, 'TL-US');
    expect([ledger['1000'], ledger['1100']]).toEqual([undefined, 210_000]); // no cash, and all of it receivable
    // The rest is paid: 2,100.00 - 300.00 = 1,800.00. In the ERP the invoice is settled.
    await world.sandbox.act('pay-invoice', { invoiceId, paidOn: '2031-02-20' });
    await read('ns-main');
    const part = await world.until(dealId, 'part-paid', (seen) => {
      return isQuiet(seen) && seen.state.invoices[0]?.state === 'part-paid';
    });
    expect(part.state.invoices[0]).toMatchObject({ unpaidMinor: 30_000 });
    expect(await paymentsOf(engagementId)).toEqual([180_000]);
    await world.advance(dealId, '2031-03-05');
    const open = await world.until(dealId, 'past its end', isQuiet);
    expect(open.summary).toMatchObject({ stage: 'active', obstacles: [{ code: 'INVOICE_CREDITED' }] });
    // Accounting takes the credit back, and the customer pays: 300.00.
    await world.sandbox.act('unapply-credit', { creditMemoId: made.creditMemoId });
    await read('ns-main');
    await world.sandbox.act('pay-invoice', { invoiceId, paidOn: '2031-03-05' });
    await read('ns-main');
    const closed = await advanceToClose(world, dealId, '2031-03-06');
    expect(await paymentsOf(engagementId)).toEqual([30_000, 180_000]);
    const codes = closed.summary.obstacles.map(({ code, message }) => [code, message.includes('taken back')]);
    expect(codes).toEqual([
      ['INVOICE_CREDITED', false],
      ['INVOICE_CREDITED', true],
    ]);
  }, 60_000);

  test('work approved after the last run is billed and caught up before the engagement closes', async () => {
    const invoiceId = await invoiced('Approved late');
    const late = { workspaceId, role: 'Senior Consultant', date: '2031-02-25', minutes: 300 };
    const entryId = await logTime(world, { ...late, status: 'submitted' });
    // On the first of March nothing is approved: February has no revenue, and the run finds nothing to bill.
    await world.advance(dealId, '2031-03-02');
    await world.sandbox.act('pay-invoice', { invoiceId, paidOn: '2031-03-02' });
    await read('ns-main');
    const waiting = await world.until(dealId, 'waiting for the PSA', (seen) => seen.summary.blockedBy !== null);
    expect(waiting.summary.obstacles).toMatchObject([{ code: 'WORK_NOT_APPROVED', ownerRole: 'delivery' }]);
    expect(waiting.state.stage).toBe('completing');
    expect(waiting.summary.recognised).toEqual([usd(210_000)]);
    await world.sandbox.act('approve-time', { ids: [entryId] });
    await read('kt-main');
    await world.retry(dealId, waiting.summary.obstacles[0]?.sagaId ?? '');
    const posted = await approveInvoice(world, dealId, 105_000); // 5 h x 210.00 = 1,050.00
    await world.sandbox.act('pay-invoice', { invoiceId: posted.state.invoices[1]?.erpRef, paidOn: '2031-03-20' });
    await read('ns-main');
    const behind = await world.until(dealId, 'behind with revenue', (seen) => seen.summary.blockedBy !== null);
    expect(behind.summary.obstacles).toMatchObject([{ code: 'REVENUE_BEHIND' }]);
    const closed = await advanceToClose(world, dealId, '2031-04-02');
    const all = [usd(315_000)]; // 2,100.00 + 1,050.00
    expect(closed.summary).toMatchObject({ billed: all, paid: all, recognised: all, obstacles: [] });
    expect(await world.books.journals.balances(closed.state.engagementId)).toMatchObject([
      { unbilledReceivableMinor: 0, contractLiabilityMinor: 0, contractAssetMinor: 0, recognisedMinor: 315_000 },
    ]);
  }, 60_000);

  test('a milestone accepted after the end of a fixed fee is named until then, and earned in its month', async () => {
    // Deal 2: 90,000.00 EUR, Munich, January to May 2031, 600 hours sold;
    // Blueprint 30,000.00, Build 36,000.00, Go-live 24,000.00, VAT 19 %.
    const name = 'Accepted late';
    ({ dealId } = await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: FIXED_FEE_DEAL, name }));
    const { state } = await world.activate(dealId);
    workspaceId = state.entities[0]?.refs.projectId ?? '';
    const accepted = async (title: string, on: string): Promise<void> => {
      await world.sandbox.act('accept-milestone', { workspaceId, title, on });
      await read('kt-main');
    };
    await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-01-20', minutes: 300 * 60 });
    await world.advance(dealId, '2031-02-10');
    await accepted('Blueprint', '2031-02-10');
    await approveInvoice(world, dealId, 3_570_000); // 30,000.00 + 19 %
    await accepted('Build', '2031-02-10');
    await approveInvoice(world, dealId, 4_284_000); // 36,000.00 + 19 %
    await payAll(world, dealId, '2031-02-20');
    await world.advance(dealId, '2031-06-20');
    const open = await world.until(dealId, 'waiting for Go-live', (seen) => seen.summary.blockedBy !== null);
    expect(open.summary).toMatchObject({
      stage: 'active',
      recognised: [eur(4_500_000)], // 90,000.00 x 300 / 600, and no more with the end of May
      obstacles: [{ code: 'MILESTONES_OPEN', ownerRole: 'delivery', amount: eur(2_400_000) }],
    });
    expect(open.summary.obstacles[0]?.message).toContain('"Go-live"');
    await world.advance(dealId, '2031-07-10');
    await accepted('Go-live', '2031-07-10');
    await approveInvoice(world, dealId, 2_856_000); // 24,000.00 + 19 %
    await payAll(world, dealId, '2031-07-20');
    const closed = await advanceToClose(world, dealId, '2031-08-01');
    const all = [eur(10_710_000)]; // 35,700.00 + 42,840.00 + 28,560.00
    expect(closed.summary).toMatchObject({ billed: all, paid: all, recognised: [eur(9_000_000)], obstacles: [] });
    const months = Object.entries(await ourMonths(world, closed.state.engagementId));
    expect(months.map(([month, ledger]) => [month, ledger.revenue ?? 0])).toEqual([
      ['2031-01', -4_500_000],
      ['2031-02', 0], // billed, nothing earned
      ['2031-07', -4_500_000], // 90,000.00 - 45,000.00
    ]);
  }, 60_000);
});
