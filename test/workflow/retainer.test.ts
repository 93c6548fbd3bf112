/**
 * Retainers: deal 3 of the sandbox over 14 months in advance (USD, New York, 2031-01 to 2032-02, 12,500.00 a month,
 * exempt from tax), through continue-as-new; and two currencies that do not have two decimals, up to a posted
 * invoice.
 */
import { runsOf, sizeOf } from '../support/histories.ts';
import { erpLedger, ourLedger, ourMonths } from '../support/ledger.ts';
import { advanceToClose, approveInvoice, isQuiet, logTime, payAll } from '../support/people.ts';
import { World } from '../support/world.ts';

const DEAL = '006TL00000000003AA';
const YEN_DEAL = '006TL00000000007AA';
const DINAR_DEAL = '006TL00000000008AA';
const MONTHS = 14;
const FEE_MINOR = 1_250_000;
const usd = (amountMinor: number) => ({ amountMinor, currency: 'USD' });

function monthAfter(count: number): string {
  return new Date(Date.UTC(2031, count, 1)).toISOString().slice(0, 7);
}

describe('retainer', () => {
  let world: World;
  let engagementId: string;
  beforeAll(async () => {
    world = await World.start();
  }, 60_000);
  afterAll(() => world.close());

  async function liabilityMinor(): Promise<number | undefined> {
    return (await world.books.journals.balances(engagementId))[0]?.contractLiabilityMinor;
  }

  test('14 months are billed in advance, paid and earned month by month, over several runs', async () => {
    engagementId = (await world.activate(DEAL)).state.engagementId;
    for (let done = 0; done < MONTHS; done += 1) {
      await world.advance(DEAL, `${monthAfter(done)}-01`);
      // The month before is earned before this one is billed.
      const posted = await approveInvoice(world, DEAL, FEE_MINOR);
      expect(posted.state.invoices).toHaveLength(done + 1);
      expect(posted.summary.recognised).toEqual(done === 0 ? [] : [usd(done * FEE_MINOR)]);
      expect(await liabilityMinor()).toBe(FEE_MINOR); // Billed and not earned: this month's fee and no more.
      await payAll(world, DEAL, `${monthAfter(done)}-01`);
    }
    const closed = await advanceToClose(world, DEAL, `${monthAfter(MONTHS)}-01`);
    const all = [usd(MONTHS * FEE_MINOR)]; // 14 x 12,500.00 = 175,000.00
    expect(closed.summary).toMatchObject({ billed: all, paid: all, recognised: all, obstacles: [] });
    expect(await liabilityMinor()).toBe(0);
  }, 90_000);

  test('nothing is lost between the runs: 14 numbers, 14 equal months of revenue, and the ERP agrees', async () => {
    const runs = await runsOf(world, DEAL);
    expect(runs.length).toBeGreaterThan(1);
    const { state } = await world.look(DEAL);
    expect(new Set(state.invoices.map((invoice) => invoice.number)).size).toBe(MONTHS);
    const revenue = Object.entries(await ourMonths(world, engagementId)).map(([month, of]) => [month, of.revenue]);
    expect(revenue).toEqual(Array.from({ length: MONTHS }, (_, index) => [monthAfter(index), -FEE_MINOR]));
    const ours = await ourLedger(world, engagementId, 'TL-US');
    expect(ours).toEqual({ 1000: MONTHS * FEE_MINOR, 4000: -MONTHS * FEE_MINOR });
    expect(await erpLedger(world, '5', 'USD')).toEqual(ours);
    const { events, bytes } = sizeOf(runs);
    const perMonth = `${(events / MONTHS).toFixed(1)} events and ${(bytes / MONTHS / 1024).toFixed(1)} KiB`;
    console.log(
      `Retainer over ${String(MONTHS)} months: ${String(runs.length)} runs, ${perMonth} per engagement-month`,
    );
  });

  test('a currency without minor units: a fee in arrears of 850,000 yen and 10 % tax', async () => {
    await world.activate(YEN_DEAL);
    await world.advance(YEN_DEAL, '2031-03-01');
    const posted = await approveInvoice(world, YEN_DEAL, 935_000); // 850,000 + 10 % = 935,000
    expect(posted.summary.recognised).toEqual([{ amountMinor: 850_000, currency: 'JPY' }]);
    const [invoice] = (await world.sandbox.objects('netsuite', 'invoice')).filter(({ object }) => {
      return object.subsidiary === '3';
    });
    expect(invoice?.object).toMatchObject({ subtotal: 850_000, taxTotal: 85_000, total: 935_000 });
    expect(posted.state.invoices[0]).toMatchObject({ state: 'posted', unpaidMinor: 935_000, erpRef: invoice?.id });
    await world.job({ job: 'costs', connectionId: 'ns-main' });
    const ours = await ourLedger(world, posted.state.engagementId, 'TL-JP');
    // Earned in February, billed in March: the asset is used up.
    expect(ours).toEqual({ 1100: 935_000, 2200: -85_000, 4000: -850_000 });
    expect(await erpLedger(world, '3', 'JPY')).toEqual(ours);
  }, 60_000);

  test('a currency with three decimals: time at 75.500 and 38.125 dinars an hour', async () => {
    const { state } = await world.activate(DINAR_DEAL);
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    await logTime(world, { workspaceId, role: 'Principal', date: '2031-02-10', minutes: 60 });
    await logTime(world, { workspaceId, role: 'Consultant', date: '2031-02-11', minutes: 440 });
    await world.advance(DINAR_DEAL, '2031-03-01');
    // 1 h x 75.500 = 75.500; 7 h 20 min x 38.125 = 279.58333 -> 279.583; no tax
    const posted = await approveInvoice(world, DINAR_DEAL, 355_083);
    const [invoice] = (await world.sandbox.objects('netsuite', 'invoice')).filter(({ object }) => {
      return object.subsidiary === '4';
    });
    expect(invoice?.object).toMatchObject({ subtotal: 355.083, taxTotal: 0, total: 355.083 });
    expect(isQuiet(posted)).toBe(true);
    const ours = await ourLedger(world, posted.state.engagementId, 'TL-KW');
    expect(ours).toEqual({ 1100: 355_083, 4000: -355_083 });
    expect(await erpLedger(world, '4', 'KWD')).toEqual(ours);
  }, 60_000);
});
