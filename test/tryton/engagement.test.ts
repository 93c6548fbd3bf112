/**
 * Engagements from the closed deal to the closed engagement with a real PSA and ERP, in the order of their dates,
 * because Tryton's books refuse an invoice that is dated before the last number. The judge is Tryton: its books are
 * read with the sessions of its own people.
 */
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { TRYTON_ERP } from '../../scripts/up/tryton-profile.ts';
import { ourLedger } from '../support/ledger.ts';
import { advanceToClose, isQuiet } from '../support/people.ts';
import { ledgerOf, soundBooks } from './books-of-tryton.ts';
import { startTrytonWorld, type TrytonWorld } from './tryton-world.ts';

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const usd = (amountMinor: number) => ({ amountMinor, currency: 'USD' });

let on: TrytonWorld;
/** Closed ones so far. */
const closed: EngagementSnapshot[] = [];

beforeAll(async () => {
  on = await startTrytonWorld();
});
afterAll(() => on?.close());

const projectOf = ({ state }: EngagementSnapshot): string => state.entities[0]?.refs.projectId ?? '';

async function recognisedUpTo(dealId: string, date: string, totalMinor: number): Promise<void> {
  await on.world.advance(dealId, date);
  await on.world.until(dealId, `recognised up to ${date}`, (seen) => {
    return isQuiet(seen) && seen.summary.recognised[0]?.amountMinor === totalMinor;
  });
}

/** What must hold when an engagement has closed: Tryton's books are sound, and its ledger is ours. */
async function closesWith(dealId: string, date: string, legalEntityId: string): Promise<EngagementSnapshot> {
  const end = await advanceToClose(on.world, dealId, date);
  closed.push(end);
  await on.world.job({ job: 'costs', connectionId: TRYTON_ERP });
  const books = await soundBooks(on.tryton, closed);
  const there = ledgerOf(on.tryton, books, legalEntityId);
  const ours: Record<string, number> = {};
  for (const { state } of closed) {
    const ledger = await ourLedger(on.world, state.engagementId, legalEntityId);
    for (const [account, netMinor] of Object.entries(ledger)) ours[account] = (ours[account] ?? 0) + netMinor;
  }
  expect(there).toEqual(ours);
  expect(there).not.toHaveProperty('1100');
  const project = books.projects.find(({ id }) => String(id) === projectOf(end));
  expect(project?.key).toContain(end.state.engagementId);
  return end;
}

test('time and materials: entered in Tryton, approved here, invoiced, paid and recognised to the cent', async () => {
  // Deal 1 of the sandbox in euros: Principal 180.00, Senior Consultant 140.00, Consultant 95.00 an hour, 19 %.
  const german = { Legal_Entity__c: 'TL-DE', CurrencyIsoCode: 'EUR', AccountId: '001TL00000000009AA' };
  const deal = await on.dealLike('006TL00000000001AA', 'Store operations, Germany', german, {
    Legal_Entity__c: 'TL-DE',
    Line_Currency__c: 'EUR',
  });
  const active = await on.world.activate(deal);
  const projectId = projectOf(active);
  await on.work('TL-DE', active.state.engagementId, [
    { projectId, role: 'Principal', on: '2031-01-13', minutes: 600, employee: 'Jonas Weber' },
    { projectId, role: 'Senior Consultant', on: '2031-01-14', minutes: 1_230, employee: 'Lena Vogt' },
    { projectId, role: 'Consultant', on: '2031-01-15', minutes: 2_000, employee: 'Tom Becker' },
  ]);
  await on.world.advance(deal, '2031-02-01');
  // 10 h x 180.00 = 1,800.00; 20.5 h x 140.00 = 2,870.00; 33 h 20 min x 95.00 = 3,166.67; net 7,836.67
  // 19 % = 1,488.9673, rounded 1,488.97; total 9,325.64
  const posted = await on.invoice(deal, 932_564);
  expect(posted.summary.recognised).toEqual([eur(783_667)]);
  expect(posted.state.invoices[0]?.number).toMatch(/^TL-DE-2031-I0*1$/);
  await on.pay(deal, '2031-02-15');
  const end = await closesWith(deal, '2031-04-02', 'TL-DE');
  expect(end.summary).toMatchObject({ billed: [eur(932_564)], paid: [eur(932_564)], recognised: [eur(783_667)] });
});

test('fixed fee: each milestone done in Tryton is billed over what was earned, until nothing is left', async () => {
  // Deal 2 of the sandbox: Blueprint 30,000.00, Build 36,000.00, Go-live 24,000.00; 600 hours sold; 19 %.
  const deal = '006TL00000000002AA';
  const active = await on.world.activate(deal);
  const { engagementId } = active.state;
  const projectId = projectOf(active);
  const worked = (day: string, hours: number) =>
    on.work('TL-DE', engagementId, [{ projectId, role: 'Senior Consultant', on: day, minutes: hours * 60 }]);
  await worked('2031-01-20', 23);
  await worked('2031-02-10', 20);
  await recognisedUpTo(deal, '2031-02-01', 345_000); // 90,000 x 23 / 600 = 3,450.00
  await on.world.advance(deal, '2031-02-26');
  await on.finish('TL-DE', { projectId, title: 'Blueprint', on: '2031-02-26' });
  await on.invoice(deal, 3_570_000); // 30,000.00 + 19 % = 35,700.00
  await on.pay(deal, '2031-02-27');
  await recognisedUpTo(deal, '2031-03-01', 645_000); // 90,000 x 43 / 600 = 6,450.00
  await on.world.advance(deal, '2031-04-14');
  await on.finish('TL-DE', { projectId, title: 'Build', on: '2031-04-14' });
  await on.invoice(deal, 4_284_000); // 36,000.00 + 19 % = 42,840.00
  await on.pay(deal, '2031-04-20');
  await on.world.advance(deal, '2031-05-29');
  await on.finish('TL-DE', { projectId, title: 'Go-live', on: '2031-05-29' });
  await on.invoice(deal, 2_856_000); // 24,000.00 + 19 % = 28,560.00
  await on.pay(deal, '2031-05-29');
  const end = await closesWith(deal, '2031-06-02', 'TL-DE');
  const all = eur(10_710_000); // 35,700.00 + 42,840.00 + 28,560.00
  expect(end.summary).toMatchObject({ billed: [all], paid: [all], recognised: [eur(9_000_000)], obstacles: [] });
});

test('retainer: billed in advance and earned month by month, across the end of a fiscal year', async () => {
  // Deal 3 of the sandbox for four months only: 12,500.00 dollars a month, no tax; 4 x 12,500.00 = 50,000.00
  const term = { Start_Date__c: '2031-11-01', End_Date__c: '2032-02-29' };
  const deal = await on.dealLike(
    '006TL00000000003AA',
    'Analytics service',
    { ...term, Amount: 50_000 },
    {
      ...{ ...term, UnitPrice: 50_000, TotalPrice: 50_000, Line_Amount__c: 50_000 },
    },
  );
  await on.world.activate(deal);
  const firsts = ['2031-11-01', '2031-12-01', '2032-01-01', '2032-02-01'];
  for (const first of firsts) {
    await on.world.advance(deal, first);
    await on.invoice(deal, 1_250_000);
    await on.pay(deal, first);
  }
  const end = await closesWith(deal, '2032-03-02', 'TL-US');
  const all = [usd(5_000_000)];
  expect(end.summary).toMatchObject({ billed: all, paid: all, recognised: all, obstacles: [] });
  expect(end.state.invoices.map(({ number }) => number)).toEqual([
    ...['TL-US-2031-I00001', 'TL-US-2031-I00002', 'TL-US-2032-I00001', 'TL-US-2032-I00002'],
  ]);
});
