/**
 * Two ERPs in one firm, one of them real (R67, ADR 0014): one customer whose engagements are billed by two legal
 * entities, in the simulated NetSuite and in Tryton; and an entity that moves from the one to the other in the middle
 * of its engagements. The books of each are read from its own objects: the sandbox's, Tryton's through its people.
 */
import { TRYTON_ERP } from '../../scripts/up/tryton-profile.ts';
import { logIn } from '../../scripts/tryton/rpc.ts';
import { readTrytonBooks } from '../../scripts/tryton/books.ts';
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { erpLedger, type Ledger, ourLedgerIn } from '../support/ledger.ts';
import { approveInvoice, isQuiet, logTime, payAll } from '../support/people.ts';
import { ledgerOf, soundBooks } from './books-of-tryton.ts';
import { startTrytonWorld, type TrytonWorld } from './tryton-world.ts';

const CUSTOMER = '001TL00000000007AA';
const FIXED_FEE_DEAL = '006TL00000000002AA';
const TIME_DEAL = '006TL00000000004AA';
const RETAINER_DEAL = '006TL00000000003AA';
const DOLLAR_DEAL = '006TL00000000013AA';
const NETSUITE = 'ns-main';

let on: TrytonWorld;
/** Whoever has something in Tryton. */
const there = new Map<string, EngagementSnapshot>();

beforeAll(async () => {
  on = await startTrytonWorld({ beside: ['TL-DE'], policy: { probeDelayMs: 600_000, probeDelayMaxMs: 3_600_000 } });
});
afterAll(() => on?.close());

/** The books of a legal entity in each ERP, once they were found equal to ours, and those of Tryton sound. */
async function books(legalEntityId: string, subsidiary: string, currency: string): Promise<[Ledger, Ledger]> {
  const { world, tryton } = on;
  for (const connectionId of [NETSUITE, TRYTON_ERP]) await world.job({ job: 'costs', connectionId });
  const engagements = [...there.values()].map((seen) => ({
    ...seen,
    state: { ...seen.state, invoices: inTryton(seen) },
  }));
  const netsuite = await erpLedger(world, subsidiary, currency);
  const real = ledgerOf(tryton, await soundBooks(tryton, engagements), legalEntityId);
  expect(netsuite).toEqual(await ourLedgerIn(world, NETSUITE, legalEntityId));
  expect(real).toEqual(await ourLedgerIn(world, TRYTON_ERP, legalEntityId));
  return [netsuite, real];
}

function inTryton({ state }: EngagementSnapshot): EngagementSnapshot['state']['invoices'] {
  return state.invoices.filter(({ erpConnectionId, erpRef }) => erpConnectionId === TRYTON_ERP && erpRef !== null);
}

/** Objects of a type in the simulated NetSuite, of one subsidiary. */
async function ofSubsidiary(type: string, subsidiary: string) {
  const all = await on.world.sandbox.objects('netsuite', type);
  return all.map(({ object }) => object).filter((object) => object.subsidiary === subsidiary);
}

test('one customer of two entities: customer, contract, invoice and money of each are in its own ERP', async () => {
  const { world } = on;
  // Tryton counts the check digits of a VAT number.
  const fields = { VAT_Number__c: 'FR40303265045' };
  await world.sandbox.act('change-customer', { accountId: CUSTOMER, fields });
  const german = await on.dealLike(FIXED_FEE_DEAL, 'Plant platform, Lyon', { AccountId: CUSTOMER }, {});
  const british = await on.dealLike(TIME_DEAL, 'Fleet diagnostics, Lyon', { AccountId: CUSTOMER }, {});
  const { state: munich } = await world.activate(german);
  const { state: london } = await world.activate(british);
  expect([munich, london].map(({ entities }) => entities.map(({ refs }) => refs.erpConnectionId))).toEqual([
    [TRYTON_ERP],
    [NETSUITE],
  ]);
  expect((await readTrytonBooks(on.tryton)).customers).toHaveLength(1);
  expect(await ofSubsidiary('customer', '1')).toMatchObject([{ companyName: 'Lumière Énergie SA' }]);
  for (const type of ['customer', 'salesOrder']) expect(await ofSubsidiary(type, '2')).toEqual([]);

  const workspaceId = london.entities[0]?.refs.projectId ?? '';
  await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-01-14', minutes: 900 });
  await world.advance(british, '2031-02-01');
  await approveInvoice(world, british, 210_000); // 15 h x 140.00 = 2,100.00, reverse charge
  await payAll(world, british, '2031-02-03');

  const projectId = munich.entities[0]?.refs.projectId ?? '';
  await on.work('TL-DE', munich.engagementId, [
    { projectId, role: 'Senior Consultant', on: '2031-01-20', minutes: 23 * 60, employee: 'Lena Vogt' },
  ]);
  await world.advance(german, '2031-02-26');
  await on.finish('TL-DE', { projectId, title: 'Blueprint', on: '2031-02-26' });
  await on.invoice(german, 3_000_000); // 30,000.00, reverse charge
  there.set(german, await on.pay(german, '2031-02-27'));

  const [netsuite, tryton] = await books('TL-DE', '2', 'EUR');
  expect(netsuite).toEqual({});
  // 90,000.00 x 23 / 600 = 3,450.00 earned; the rest of 30,000.00 is owed
  expect(tryton).toEqual({ 1000: 3_000_000, 2300: -2_655_000, 4000: -345_000 });
  expect(await erpLedger(world, '1', 'GBP')).toEqual({ 1000: 210_000, 4000: -210_000 });
});

test('a retainer: paid and earned in NetSuite what was billed there, the next fee is billed by Tryton', async () => {
  const { world } = on;
  await world.activate(RETAINER_DEAL);
  await world.advance(RETAINER_DEAL, '2031-01-01');
  await approveInvoice(world, RETAINER_DEAL, 1_250_000);
  await payAll(world, RETAINER_DEAL, '2031-01-20');
  await world.advance(RETAINER_DEAL, '2031-02-01');
  await approveInvoice(world, RETAINER_DEAL, 1_250_000);
  const entity = world.configuration.legalEntities['TL-US'];
  if (!entity) throw new Error('unreachable');
  const erpEntityRef = String(on.company('TL-US').companyId);
  // Its account for balances that cross has another number there, and finance has not opened it yet.
  const accounts = { 'erp-transfer': '1995' };
  entity.erpChanges = [{ from: '2031-03-01', erpConnectionId: TRYTON_ERP, erpEntityRef, accounts }];

  await world.advance(RETAINER_DEAL, '2031-03-01');
  const moved = await approveInvoice(world, RETAINER_DEAL, 1_250_000);
  expect(moved.state.invoices.map(({ erpConnectionId }) => erpConnectionId)).toEqual([NETSUITE, NETSUITE, TRYTON_ERP]);
  // February's invoice was open when the entity moved: its money comes in where it is.
  await world.sandbox.act('pay-invoice', { invoiceId: moved.state.invoices[1]?.erpRef, paidOn: '2031-03-05' });
  await world.job({ job: 'poll', connectionId: NETSUITE });
  there.set(RETAINER_DEAL, await on.pay(RETAINER_DEAL, '2031-03-10'));
  expect(await books('TL-US', '5', 'USD')).toEqual([
    { 1000: 2_500_000, 4000: -2_500_000 }, // January and February: paid, and earned where they were billed
    { 1000: 1_250_000, 2300: -1_250_000 }, // March: paid, and not earned yet
  ]);
  expect((await ofSubsidiary('customer', '5'))[0]?.companyName).toBe('Cascade Health Inc');
  expect((await readTrytonBooks(on.tryton)).customers).toHaveLength(2);

  await world.advance(RETAINER_DEAL, '2031-04-01');
  await world.until(RETAINER_DEAL, 'April drafted', (seen) => seen.state.approvals.length === 1);
  expect((await books('TL-US', '5', 'USD'))[1]).toEqual({ 1000: 1_250_000, 4000: -1_250_000 });
});

test('earned and not billed: handed over once finance has the account for it, then billed by Tryton', async () => {
  const { world } = on;
  const { state } = await world.activate(DOLLAR_DEAL);
  expect(state.entities[0]?.refs.erpConnectionId).toBe(NETSUITE);
  const workspaceId = state.entities[0]?.refs.projectId ?? '';
  await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-02-10', minutes: 600 });
  await world.advance(DOLLAR_DEAL, '2031-03-01');
  const stopped = await world.until(DOLLAR_DEAL, 'stopped', ({ summary }) =>
    summary.obstacles.some(({ message }) => message.includes('1995')),
  );
  expect(stopped.state.invoices).toEqual([]);
  await openAccount('1995', 'Balances from other systems');
  await world.retry(DOLLAR_DEAL, stopped.state.sagas.find(({ kind }) => kind === 'erpMove')?.id ?? '');
  await approveInvoice(world, DOLLAR_DEAL, 210_000); // 10 h x 210.00 = 2,100.00
  there.set(DOLLAR_DEAL, await on.pay(DOLLAR_DEAL, '2031-03-20'));
  expect(isQuiet(await world.look(DOLLAR_DEAL))).toBe(true);
  // As after the retainer, and 2,100.00 that were earned in NetSuite, handed over, billed and paid in Tryton.
  expect(await books('TL-US', '5', 'USD')).toEqual([
    { 1000: 2_500_000, 1990: 210_000, 4000: -2_710_000 },
    { 1000: 1_460_000, 1995: -210_000, 4000: -1_250_000 },
  ]);
});

/** The accountant opens an account of the New York company, of the type that its cash has. */
async function openAccount(code: string, name: string): Promise<void> {
  const { companyId } = on.company('TL-US');
  const accountant = await logIn(on.tryton, 'accountant', on.tryton.passwords.accountant ?? '');
  const domain = [
    ['company', '=', companyId],
    ['code', '=', '1000'],
  ];
  const [cash] = await accountant.model<{ type: number }[]>(
    'account.account',
    'search_read',
    [domain, 0, null, null, ['type']],
    companyId,
  );
  const account = { company: companyId, code, name, type: cash?.type };
  await accountant.model('account.account', 'create', [[account]], companyId);
}
