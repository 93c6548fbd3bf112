/**
 * The writes of set-up against a real Tryton, with our fault proxy in front of it: each x {fails before its effect,
 * after its effect, reset, slow, refused}. Afterwards Tryton has exactly one of each key, or everything that was made
 * is undone: project and customer out of use, order cancelled.
 */
import { startFaultProxy, type FaultProxy, type Rule } from '../../apps/fault-proxy/proxy.ts';
import { readTrytonBooks, type TrytonBooks } from '../../scripts/tryton/books.ts';
import { startTrytonWorld, type TrytonWorld } from './tryton-world.ts';

/** Deal 2 of the sandbox: one legal entity, tasks, milestones and a demand for people. */
const TEMPLATE_DEAL = '006TL00000000002AA';

/** A call of Tryton may take this long; a create without an answer is in doubt for four times as long. */
const TIMEOUT_MS = 3_000;

/** Texts in the body of the call by which a step writes. */
const WIRE: Readonly<Record<string, string[]>> = {
  erpCustomer: ['"model.party.party.create"'],
  psaProject: ['"model.project.work.create"'],
  erpContract: ['"model.sale.sale.create"'],
  'erpContract, its quotation': ['"model.sale.sale.quote"'],
  psaLink: ['"model.project.work.write"', 'engagement: eng_'],
  demand: ['"model.project.work.write"', 'wanted: '],
};
const STEPS = Object.keys(WIRE);

/** A customer each where the first step is to write one. */
const ACCOUNTS = [3, 6, 9, 10, 1, 2, 8, 4, 5, 7].map((number) => `001TL${String(number).padStart(11, '0')}AA`);

let on: TrytonWorld;
let proxy: FaultProxy;
let accounts = 0;

beforeAll(async () => {
  on = await startTrytonWorld({
    timeoutMs: TIMEOUT_MS,
    through: async (target) => {
      proxy = await startFaultProxy({ target });
      return proxy.url;
    },
    policy: { probeDelayMs: 500, probeDelayMaxMs: 2_000 },
  });
});
afterAll(async () => {
  await on?.close();
  await proxy?.close();
});
/** A fault that met no call proves nothing. */
afterEach(() => {
  const unmet = proxy.rules().filter(({ hits }) => hits === 0);
  proxy.clear();
  expect(unmet).toEqual([]);
});

/** Closes a copy of the deal, for a customer that is new in Tryton or one that is there. */
async function close(step: string, fault: Rule, isNew = step === 'erpCustomer'): Promise<string> {
  const { sandbox } = on.world;
  const accountId = ACCOUNTS[isNew ? accounts++ : 0];
  const fields = { Tax_Profile__c: 'DE-STD', VAT_Number__c: null, CurrencyIsoCode: 'EUR' };
  await sandbox.act('change-customer', { accountId, fields });
  const dealId = await on.dealLike(TEMPLATE_DEAL, `${step} ${fault.fault}`, { AccountId: accountId }, {});
  proxy.add({ ...fault, body: WIRE[step] ?? [] });
  await on.world.closeDeal(dealId);
  return dealId;
}

const engagementOf = async (dealId: string): Promise<string> => (await on.world.look(dealId)).state.engagementId;

function ofEngagement({ orders, projects, invoices, moves }: TrytonBooks, engagementId: string) {
  const own = (key: string | null): boolean => key?.startsWith(`${engagementId}-`) === true;
  return {
    orders: orders.filter(({ key }) => own(key)).map(({ state }) => state),
    projects: projects.filter(({ key }) => own(key)).map(({ status }) => status),
    documents: [...invoices.map(({ reference }) => reference), ...moves.map(({ description }) => description)].filter(
      own,
    ),
  };
}

/** One customer per key, whatever happened. */
async function booksNow(): Promise<TrytonBooks> {
  const books = await readTrytonBooks(on.tryton);
  expect(books.customers).toEqual([...new Set(books.customers)]);
  return books;
}

describe.each([
  ['fails before its effect', { fault: 'fail-before' }],
  ['gives no answer after its effect', { fault: 'fail-after' }],
  ['is reset', { fault: 'reset' }],
  ['is slow, and arrives after it was given up', { fault: 'slow', delayMs: TIMEOUT_MS + 1_000 }],
] as [string, Rule][])('a write that %s', (_what, fault) => {
  test.each(STEPS)('%s: set-up goes on by itself, and Tryton has one of each key', async (step) => {
    const dealId = await close(step, fault);
    await on.world.until(dealId, 'ready', ({ state }) => state.stage === 'ready');
    const books = await booksNow();
    expect(ofEngagement(books, await engagementOf(dealId))).toEqual({
      ...{ orders: ['quotation'], projects: ['Open'], documents: [] },
    });
  });
});

describe('a write that is refused', () => {
  test.each(STEPS)('%s: what was made before is undone, and a retry goes through', async (step) => {
    const before = (await booksNow()).customers;
    const dealId = await close(step, { fault: 'fail-before', status: 400 }, true);
    const { state } = await on.world.until(dealId, 'parked', (seen) => seen.state.sagas.some((saga) => saga.parked));
    const undone = await booksNow();
    const left = ofEngagement(undone, state.engagementId);
    expect(left.projects.filter((status) => status !== 'Closed')).toEqual([]);
    expect(left.orders.filter((order) => order !== 'cancelled')).toEqual([]);
    expect(left.documents).toEqual([]);
    expect(undone.customers).toEqual(before); // The new one is out of use.
    const saga = state.sagas.find((candidate) => candidate.parked);
    await on.world.retry(dealId, saga?.id ?? '');
    await on.world.until(dealId, 'ready', (seen) => seen.state.stage === 'ready');
    const books = await booksNow();
    expect(books.customers).toHaveLength(before.length + 1);
    const again = ofEngagement(books, state.engagementId);
    // The new set-up has keys of its own; what was undone stays as it was left.
    expect(again.projects.filter((status) => status !== 'Closed')).toEqual(['Open']);
    expect(again.orders.filter((order) => order !== 'cancelled')).toEqual(['quotation']);
  });
});
