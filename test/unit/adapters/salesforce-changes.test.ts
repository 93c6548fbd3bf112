// Changes of deals page by page: none is left out and none of a page is told twice, whatever shares a moment, becomes
// visible late or hangs on one customer. The questions are answered by the simulated Salesforce's own SOQL.
import { changedDeals } from '../../../adapters/salesforce/changed-deals.ts';
import type { SalesforceClient } from '../../../adapters/salesforce/client.ts';
import type { JsonObject } from '../../../apps/sandbox/core/json.ts';
import { parseQuery, selectRows } from '../../../apps/sandbox/core/query.ts';

const context = { correlationId: 'cor-1', actorSubject: 'system:test' };
const LONG_AGO = '2026-01-02T10:00:00.000+0000';
const LATER = '2026-01-03T10:00:00.000+0000';

let deals: JsonObject[];
let customers: JsonObject[];
let questions: string[];

beforeEach(() => {
  deals = [];
  customers = [{ Id: 'a00', SystemModstamp: '2026-01-01T00:00:00.000+0000' }];
  questions = [];
});

const client: SalesforceClient = {
  query<R>(_operation: string, soql: string): Promise<R[]> {
    questions.push(soql);
    const query = parseQuery(soql);
    const rows = query.from === 'Account' ? customers : deals;
    return Promise.resolve(selectRows(query, rows, (row, field) => row[field]) as unknown as R[]);
  },
  update: () => Promise.reject(new Error('a poll writes nothing')),
};

const since = (watermark: string | null) => changedDeals({ connectionId: 'sf', client, since: watermark }, context);

function deal(n: number, stamp: string, accountId = 'a00'): JsonObject {
  const id = `d${String(n).padStart(3, '0')}`;
  return { Id: id, AccountId: accountId, IsWon: true, Throughline_Id__c: null, SystemModstamp: stamp };
}

const many = (count: number, stamp: string, accountId?: string): JsonObject[] =>
  Array.from({ length: count }, (_, n) => deal(n, stamp, accountId));

/** All pages, as the deals of each. */
async function pagesSince(watermark: string | null): Promise<{ pages: string[][]; watermark: string }> {
  const pages: string[][] = [];
  for (let from = watermark ?? ''; ;) {
    const { deals: found, watermark: next, more } = await since(from);
    pages.push(found.map(({ dealId }) => dealId));
    from = next;
    if (!more) return { pages, watermark: from };
  }
}

test('a hundred and twenty deals changed in one moment are three pages, each deal once', async () => {
  const { watermark: start } = await since(null);
  deals = many(120, LONG_AGO);
  const { pages, watermark } = await pagesSince(start);
  expect(pages.map((page) => page.length)).toEqual([50, 50, 20]);
  expect(pages.flat()).toEqual(deals.map(({ Id }) => Id));
  expect((await since(watermark)).deals).toEqual([]);
});

test('no question asks for more than a page', async () => {
  deals = many(120, LONG_AGO);
  await pagesSince((await since(null)).watermark);
  expect(questions.every((soql) => Number(/ LIMIT (\d+)$/.exec(soql)?.[1]) <= 50)).toBe(true);
});

test('the start is one short question per object, and what was there then is not told', async () => {
  deals = many(120, LONG_AGO);
  const start = await since(null);
  expect([start.deals, start.more, questions.length]).toEqual([[], false, 2]);
  expect(await since(start.watermark)).toMatchObject({ deals: [], more: false });
});

test('a changed customer with many deals: all of them, page by page, at the version of the customer', async () => {
  const { watermark: start } = await since(null);
  deals = many(120, '2025-12-01T00:00:00.000+0000', 'a01'); // unchanged since the start
  customers.push({ Id: 'a01', SystemModstamp: LATER });
  const first = await since(start);
  const version = '2026-01-03T10:00:00.000Z';
  expect(first.deals[0]).toEqual({ dealId: 'd000', version, accountId: 'a01', isWon: true });
  const { pages } = await pagesSince(start);
  expect(pages.map((page) => page.length)).toEqual([50, 50, 20, 0]); // the last asks for further customers
  expect(new Set(pages.flat()).size).toBe(120);
});

test('a customer that changes while the deals of others are told is told after them', async () => {
  const { watermark: start } = await since(null);
  deals = [...many(60, '2025-12-01T00:00:00.000+0000', 'a01'), deal(99, '2025-12-01T00:00:00.000+0000', 'a02')];
  customers.push({ Id: 'a01', SystemModstamp: LONG_AGO });
  const first = await since(start);
  customers.push({ Id: 'a02', SystemModstamp: LATER });
  const { pages } = await pagesSince(first.watermark);
  expect([...first.deals.map(({ dealId }) => dealId), ...pages.flat()].sort()).toEqual(
    deals.map(({ Id }) => Id as string).sort(),
  );
});

test('a change of the last minute that becomes visible late is not left out', async () => {
  const { watermark: start } = await since(null);
  const at = (secondsAgo: number): string => new Date(Date.now() - secondsAgo * 1_000).toISOString();
  deals = [deal(2, at(10))];
  const { watermark } = await since(start);
  deals.push(deal(1, at(30))); // stamped before, committed after
  expect((await since(watermark)).deals.map(({ dealId }) => dealId)).toEqual(['d001', 'd002']);
});

test('a reopened deal is told as not won, also where an undo cleared our id on it', async () => {
  deals = [deal(1, LONG_AGO), deal(2, LONG_AGO)];
  const { watermark } = await since(null);
  deals[0] = { ...deal(1, LATER), IsWon: false, Throughline_Id__c: null };
  const { deals: told } = await since(watermark);
  expect(told.map(({ dealId, isWon }) => [dealId, isWon])).toEqual([['d001', false]]);
});

test('a watermark of the time when only deals with our id had a list is read on from there', async () => {
  deals = [
    { ...deal(1, LONG_AGO), IsWon: false },
    { ...deal(2, LATER), IsWon: false },
  ];
  const own = { stamp: '2026-01-02T10:00:00.000Z', id: 'd001' };
  const before = JSON.stringify({ start: null, won: null, own, customers: null, telling: null });
  const { deals: told, watermark } = await since(before);
  expect(told.map(({ dealId }) => dealId)).toEqual(['d002']);
  expect((await since(watermark)).deals).toEqual([]);
});

test('watermarks of the time before pages, the latest stamp or nothing, are read on from', async () => {
  deals = [deal(1, LONG_AGO), deal(2, LATER)];
  const old = await since('2026-01-03T09:00:00.000Z');
  expect(old.deals.map(({ dealId }) => dealId)).toEqual(['d002']);
  expect((await since('')).deals.map(({ dealId }) => dealId)).toEqual(['d001', 'd002']);
  await expect(since('yesterday')).rejects.toMatchObject({ kind: 'contract_broken' });
});
