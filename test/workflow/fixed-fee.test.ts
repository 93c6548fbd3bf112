/**
 * Fixed fee, from the closed deal to the closed engagement: deal 2 of the sandbox, EUR, Munich, 2031-01-15 to
 * 2031-05-31, milestones Blueprint 30,000.00, Build 36,000.00 and Go-live 24,000.00, 600 hours sold, VAT 19 %.
 * Revenue goes by hours: 90,000.00 x hours / 600.
 */
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { erpLedger, ourLedger, ourMonths } from '../support/ledger.ts';
import { advanceToClose, approveInvoice, isQuiet, logTime, payAll } from '../support/people.ts';
import { World } from '../support/world.ts';

const DEAL = '006TL00000000002AA';
const isRejected = ({ state }: EngagementSnapshot): boolean => state.milestones[0]?.state === 'rejected';
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

describe('fixed fee', () => {
  let world: World;
  let workspaceId: string;
  let engagementId: string;
  beforeAll(async () => {
    world = await World.start();
  }, 60_000);
  afterAll(() => world.close());

  async function worked(date: string, hours: number): Promise<void> {
    await logTime(world, { workspaceId, role: 'Senior Consultant', date, minutes: hours * 60 });
  }

  async function milestone(what: 'deliver' | 'reject' | 'accept', title: string, on: string): Promise<void> {
    await world.sandbox.act(`${what}-milestone`, { workspaceId, title, on });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
  }

  /** Approves the pending invoice, whose total is given, and has it paid. */
  async function billed(totalMinor: number, paidOn: string): Promise<void> {
    await approveInvoice(world, DEAL, totalMinor);
    await payAll(world, DEAL, paidOn);
  }

  async function recognisedUpTo(date: string, totalMinor: number): Promise<void> {
    await world.advance(DEAL, date);
    await world.until(DEAL, `recognised up to ${date}`, (seen) => {
      return isQuiet(seen) && seen.summary.recognised[0]?.amountMinor === totalMinor;
    });
  }

  test('a rejected milestone bills nothing; accepted, it is billed over the asset and the rest is owed', async () => {
    const { state } = await world.activate(DEAL);
    engagementId = state.engagementId;
    workspaceId = state.entities[0]?.refs.projectId ?? '';
    await worked('2031-01-20', 60);
    await recognisedUpTo('2031-02-01', 900_000); // 90,000 x 60 / 600 = 9,000.00
    await worked('2031-02-10', 120);
    await world.advance(DEAL, '2031-02-26');
    await milestone('deliver', 'Blueprint', '2031-02-24');
    await milestone('reject', 'Blueprint', '2031-02-25');
    const rejected = await world.until(DEAL, 'rejected', isRejected);
    expect(rejected.state.invoices).toEqual([]);
    await milestone('deliver', 'Blueprint', '2031-02-26');
    await milestone('accept', 'Blueprint', '2031-02-26');
    await billed(3_570_000, '2031-02-27'); // 30,000.00 + 19 % = 35,700.00
    expect((await world.look(DEAL)).state.milestones[0]).toMatchObject({ name: 'Blueprint', state: 'paid' });
    await recognisedUpTo('2031-03-01', 2_700_000); // 90,000 x 180 / 600 = 27,000.00
  }, 60_000);

  test('a milestone accepted without being reported as delivered is billed like any other', async () => {
    await worked('2031-03-12', 150);
    await recognisedUpTo('2031-04-01', 4_950_000); // 90,000 x 330 / 600 = 49,500.00
    await milestone('accept', 'Build', '2031-04-01');
    await billed(4_284_000, '2031-04-20'); // 36,000.00 + 19 % = 42,840.00
    await worked('2031-04-14', 90);
    await recognisedUpTo('2031-05-01', 6_300_000); // 90,000 x 420 / 600 = 63,000.00
  }, 60_000);

  test('the last month recognises the whole price, both ledgers agree and the engagement closes', async () => {
    await worked('2031-05-12', 60);
    await world.advance(DEAL, '2031-05-29');
    await milestone('deliver', 'Go-live', '2031-05-28');
    await milestone('accept', 'Go-live', '2031-05-29');
    await billed(2_856_000, '2031-05-29'); // 24,000.00 + 19 % = 28,560.00
    const closed = await advanceToClose(world, DEAL, '2031-06-01');
    expect(closed.summary).toMatchObject({
      billed: [eur(10_710_000)], // 35,700.00 + 42,840.00 + 28,560.00
      paid: [eur(10_710_000)],
      recognised: [eur(9_000_000)],
      obstacles: [],
    });
    expect(closed.state.milestones.map((candidate) => candidate.state)).toEqual(['paid', 'paid', 'paid']);
  }, 60_000);

  test('contract asset and liability follow month by month', async () => {
    const months = await ourMonths(world, engagementId);
    const balances = Object.entries(months).map(([month, ledger]) => {
      return [month, ledger['contract-asset'] ?? 0, ledger['contract-liability'] ?? 0, ledger.revenue ?? 0];
    });
    // Debits above zero, credits below; asset and liability are what the month moved.
    expect(balances).toEqual([
      ['2031-01', 900_000, 0, -900_000], // 9,000.00 ahead of billing
      ['2031-02', -900_000, -300_000, -1_800_000], // billed 30,000 = 9,000 asset + 21,000 owed; 18,000 earned
      ['2031-03', 1_950_000, 300_000, -2_250_000], // earned 22,500 = 3,000 owed + 19,500 asset
      ['2031-04', -1_950_000, -300_000, -1_350_000], // billed 36,000 = 19,500 asset + 16,500 owed, less 13,500 earned
      ['2031-05', 0, 300_000, -2_700_000], // billed 24,000 owed, 27,000 earned: nothing is left
    ]);
  });

  test('the ERP has the same ledger once reclassifications are posted', async () => {
    await world.job({ job: 'costs', connectionId: 'ns-main' });
    const ours = await ourLedger(world, engagementId, 'TL-DE');
    // Cash 107,100.00 against revenue 90,000.00 and VAT 17,100.00; no receivable, asset or liability is left.
    expect(ours).toEqual({ 1000: 10_710_000, 2200: -1_710_000, 4000: -9_000_000 });
    expect(await erpLedger(world, '2', 'EUR')).toEqual(ours);
  });
});
