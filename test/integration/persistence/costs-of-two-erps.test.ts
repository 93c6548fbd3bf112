// Cost of a legal entity that moves to another ERP: each hour once, in the ledger of its posting date (R36, R67).
import type { DataSource } from 'typeorm';
import { createConnectionActivities } from '../../../activities/connections/index.ts';
import type { Books } from '../../../persistence/books.ts';
import { configuration, engage, ERP, openBooks, PSA, systemsOf, time, timeAndMaterials } from './books-of-test.ts';

interface Order {
  currency: string;
  postedOn: string;
  lines: { account: string; debitMinor: number; creditMinor: number }[];
}

const TWO = 'netsuite-two';
let dataSource: DataSource;
let books: Books;
let posted: Order[];
let isDown: boolean;

beforeEach(async () => {
  ({ dataSource, books } = await openBooks());
  posted = [];
  isDown = false;
});
afterEach(() => dataSource.destroy());

/** Both ERPs; what is posted is kept. */
const erp = {
  createJournal(key: string, order: Order) {
    if (isDown) return Promise.reject(new Error('the ERP is away'));
    posted.push(order);
    const { currency, postedOn } = order;
    const sum = (side: 'debitMinor' | 'creditMinor') => order.lines.reduce((total, line) => total + line[side], 0);
    const sums = { debitMinor: sum('debitMinor'), creditMinor: sum('creditMinor') };
    return Promise.resolve({ journalId: `n-${key}`, currency, postedOn, ...sums });
  },
};

const nobody = (): Promise<never> => Promise.reject(new Error('cost is told to nobody'));

/** The cost job of an ERP, with uk in the second one from a date on. */
function post(connectionId: string, asOf: string, from?: string) {
  const { uk } = configuration.legalEntities;
  if (!uk) throw new Error('the installation has uk');
  const change = { erpConnectionId: TWO, erpEntityRef: '7', accounts: { 'project-cost': '600' } };
  const moving = from === undefined ? uk : { ...uk, erpChanges: [{ ...change, from }] };
  const { postCosts } = createConnectionActivities({
    ...{ books, systems: systemsOf({ erp }), dispatcher: { start: nobody, announce: nobody } },
    configuration: { ...configuration, legalEntities: { ...configuration.legalEntities, uk: moving } },
  });
  return postCosts({ connectionId, asOf });
}

const debits = (): unknown[] =>
  posted.map(({ postedOn, lines: [first] }) => [postedOn, first?.account, first?.debitMinor]);

test('cost goes to the ERP of its posting date, and what was proposed before the move to the old one', async () => {
  const { projectId } = await engage(books, 'd-1', timeAndMaterials);
  await books.work.appendTime(PSA, [time('t-1', projectId, '2026-01-12', 1)]);
  isDown = true;
  await expect(post(ERP, '2026-01-20')).rejects.toThrow('the ERP is away'); // Proposed, and not posted.
  // As a release wrote it that knew one ERP only: its journals name none.
  await dataSource.query('ALTER TABLE journal DISABLE TRIGGER journal_guard');
  await dataSource.query('UPDATE journal SET erp_connection_id = NULL');
  await dataSource.query('ALTER TABLE journal ENABLE TRIGGER journal_guard');
  isDown = false;
  await books.work.appendTime(PSA, [time('t-2', projectId, '2026-01-13', 2), time('t-3', projectId, '2026-02-02', 3)]);
  const [asOf, from] = ['2026-02-10', '2026-02-01'];
  expect(await post(TWO, asOf, from)).toEqual({ batches: 1, lines: 1, posted: 1, more: false });
  expect(debits()).toEqual([['2026-02-10', '600', 18_000]]); // February: 3 h x 60, on the new ERP's account
  posted = [];
  expect(await post(ERP, asOf, from)).toMatchObject({ batches: 1, lines: 1, posted: 2 });
  expect(debits()).toEqual([
    ['2026-01-20', '5000', 6_000], // 1 h x 60, proposed before
    ['2026-01-31', '5000', 12_000], // 2 h x 60
  ]);
  for (const connectionId of [ERP, TWO])
    expect(await post(connectionId, asOf, from)).toMatchObject({ batches: 0, posted: 0 });
});

test('a correction of cost that the old ERP has is posted in the new one, by its own date', async () => {
  const { projectId } = await engage(books, 'd-1', timeAndMaterials);
  await books.work.appendTime(PSA, [time('t-1', projectId, '2026-01-12', 8)]);
  await post(ERP, '2026-01-20', '2026-01-25');
  posted = [];
  // 6 h: 360.00 - 480.00 = -120.00, counted on 31 January
  await books.work.appendTime(PSA, [time('t-1', projectId, '2026-01-12', 6, { version: '2026-02-04T09:00:00Z' })]);
  expect(await post(ERP, '2026-02-05', '2026-01-25')).toMatchObject({ batches: 0, posted: 0 });
  expect(await post(TWO, '2026-02-05', '2026-01-25')).toMatchObject({ batches: 1, posted: 1 });
  expect(posted[0]?.lines).toMatchObject([
    { account: '600', creditMinor: 12_000 },
    { account: '2100', debitMinor: 12_000 },
  ]);
});
