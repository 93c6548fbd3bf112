// What goes to the ERP by policy: each approved hour's cost once, one refused journal holding up no other.
import type { DataSource } from 'typeorm';
import { AdapterError, type TimeRecord } from '../../../adapters/ports/index.ts';
import { createConnectionActivities } from '../../../activities/connections/index.ts';
import type { Configuration } from '../../../domain/configuration.ts';
import type { Books } from '../../../persistence/books.ts';
import { UnpostedJournals } from '../../../persistence/repositories/unposted-journals.ts';
import { configuration, engage, ERP, openBooks, PSA, systemsOf, time, timeAndMaterials } from './books-of-test.ts';

let dataSource: DataSource;
let books: Books;

beforeEach(async () => {
  ({ dataSource, books } = await openBooks());
});
afterEach(() => dataSource.destroy());

describe('posting costs', () => {
  interface Order {
    currency: string;
    postedOn: string;
    lines: { account: string; debitMinor: number; creditMinor: number }[];
  }
  const posted = new Map<string, Order>();
  const erp = {
    /** What a journal of this posting date is answered with instead of being posted. */
    trouble: new Map<string, AdapterError['kind']>(),
    asked: 0,
    createJournal(key: string, order: Order) {
      erp.asked += 1;
      const kind = erp.trouble.get(order.postedOn);
      if (kind) {
        const message = kind === 'rejected' ? 'the period is locked' : 'the ERP is away';
        return Promise.reject(new AdapterError(kind, message, { connectionId: ERP, operation: 'create journal' }));
      }
      posted.set(key, order);
      const sum = (side: 'debitMinor' | 'creditMinor') => order.lines.reduce((total, line) => total + line[side], 0);
      const { currency, postedOn } = order;
      return Promise.resolve({
        journalId: `n-${key}`,
        currency,
        debitMinor: sum('debitMinor'),
        creditMinor: sum('creditMinor'),
        postedOn,
      });
    },
  };
  const activities = (own: Partial<Configuration> = {}) =>
    createConnectionActivities({
      books,
      configuration: { ...configuration, ...own },
      systems: systemsOf({ erp }),
      dispatcher: { start: () => Promise.resolve('announced'), announce: () => Promise.resolve('announced') },
    });
  const post = (asOf: string) => activities().postCosts({ connectionId: ERP, asOf });
  const ingest = (lines: TimeRecord[]) => books.work.appendTime(PSA, lines);

  beforeEach(() => {
    posted.clear();
    erp.trouble.clear();
    erp.asked = 0;
  });

  test('each approved hour is posted once, and a correction posts the difference', async () => {
    const { projectId } = await engage(books, 'd-1', timeAndMaterials);
    await ingest([
      time('t-1', projectId, '2026-01-12', 8), // 8 h x 60 = 480.00
      time('t-2', projectId, '2026-01-13', 2, { role: 'Analyst' }), // 2 h x 50 (default) = 100.00
      time('t-3', projectId, '2026-02-02', 1), // February: 1 h x 60 = 60.00
      time('t-4', projectId, '2026-01-14', 8, { state: 'submitted' }),
    ]);
    expect(await post('2026-02-03')).toEqual({ batches: 2, lines: 3, posted: 2, more: false });
    expect(
      [...posted.values()].map((order) => [order.postedOn, order.lines[0]?.debitMinor, order.lines[1]?.creditMinor]),
    ).toEqual([
      ['2026-01-31', 58_000, 58_000],
      ['2026-02-03', 6_000, 6_000],
    ]);
    expect(await post('2026-02-04')).toMatchObject({ batches: 0, posted: 0 });

    posted.clear();
    // 6 h: 360.00 - 480.00 = -120.00
    await ingest([time('t-1', projectId, '2026-01-12', 6, { version: '2026-02-04T09:00:00Z' })]);
    await post('2026-02-05');
    expect([...posted.values()][0]?.lines).toMatchObject([
      { account: '5000', debitMinor: 0, creditMinor: 12_000 },
      { account: '2100', debitMinor: 12_000, creditMinor: 0 },
    ]);
  });

  test('time withdrawn after posting is taken back', async () => {
    const { projectId } = await engage(books, 'd-1', timeAndMaterials);
    await ingest([time('t-1', projectId, '2026-01-12', 1)]);
    await post('2026-01-31');
    await ingest([time('t-1', projectId, '2026-01-12', 1, { version: '2026-02-04T09:00:00Z', state: 'rejected' })]);
    await post('2026-02-05');
    expect(
      [...posted.values()].map((order) => (order.lines[0]?.debitMinor ?? 0) - (order.lines[0]?.creditMinor ?? 0)),
    ).toEqual([6_000, -6_000]);
  });

  test('an ERP that is away leaves the batch, which the next run posts under the same key', async () => {
    const { projectId } = await engage(books, 'd-1', timeAndMaterials);
    await ingest([time('t-1', projectId, '2026-01-12', 1)]);
    erp.trouble.set('2026-01-31', 'unavailable');
    await expect(post('2026-01-31')).rejects.toThrow('the ERP is away');
    erp.trouble.clear();
    expect(await post('2026-02-01')).toMatchObject({ batches: 0, posted: 1 });
    expect(posted.size).toBe(1);
  });

  test('a role without a rate waits with a reason, and everybody else is posted', async () => {
    const { projectId } = await engage(books, 'd-1', timeAndMaterials);
    await ingest([
      time('t-1', projectId, '2026-01-12', 1),
      time('t-2', projectId, '2026-01-12', 1, { role: 'Partner' }),
    ]);
    const { postCosts } = activities({ costRates: { uk: { Consultant: '60' } } });
    await expect(postCosts({ connectionId: ERP, asOf: '2026-01-31' })).rejects.toMatchObject({
      type: 'COST_RATE_MISSING',
    });
    expect([...posted.values()].map((order) => order.lines[0]?.debitMinor)).toEqual([6_000]);
  });

  test('two runs at once post each hour once', async () => {
    const { projectId } = await engage(books, 'd-1', timeAndMaterials);
    await ingest([time('t-1', projectId, '2026-01-12', 1)]);
    await Promise.all([post('2026-01-31'), post('2026-01-31')]);
    expect(posted.size).toBe(1);
    expect(await dataSource.query('SELECT count(*) AS count FROM cost_batch')).toEqual([{ count: 1 }]);
  });

  test('a journal that the ERP refuses holds up no other, and is named and in sight until it is posted', async () => {
    const { projectId } = await engage(books, 'd-1', timeAndMaterials);
    await ingest([
      time('t-1', projectId, '2026-01-12', 1), // 60.00 on the last of January, which the ERP has locked
      time('t-2', projectId, '2026-02-12', 2), // 120.00
      time('t-3', projectId, '2026-03-12', 3), // 180.00
    ]);
    erp.trouble.set('2026-01-31', 'rejected');
    const refused = post('2026-04-01');
    await expect(refused).rejects.toMatchObject({ type: 'COST_NOT_POSTED', nonRetryable: true });
    await expect(refused).rejects.toThrow(/Cost of approved time 2026-01\): the period is locked/);
    expect([...posted.values()].map((order) => order.lines[0]?.debitMinor)).toEqual([12_000, 18_000]);
    await expect(post('2026-04-01')).rejects.toThrow('the period is locked');
    const unposted = new UnpostedJournals(dataSource.manager);
    expect(await unposted.list(['uk'])).toMatchObject([
      {
        ...{
          legalEntityId: 'uk',
          sourceKind: 'cost',
          month: '2026-01',
          amount: { amountMinor: 6_000, currency: 'GBP' },
        },
        ...{ engagementId: null, reason: 'the period is locked', attempts: 2 },
      },
    ]);
    expect(await unposted.list(['jp'])).toEqual([]);
    erp.trouble.clear();
    expect(await post('2026-04-02')).toMatchObject({ batches: 0, posted: 1 });
    expect(await unposted.list(['*'])).toEqual([]);
    const states = 'SELECT DISTINCT state, released_by FROM journal';
    expect(await dataSource.query(states)).toEqual([{ state: 'posted', released_by: 'policy:cost-of-approved-time' }]);
  });

  test('an ERP that leaves two journals in a row without an answer is asked no more in that run', async () => {
    const { projectId } = await engage(books, 'd-1', timeAndMaterials);
    await ingest(['2026-01', '2026-02', '2026-03'].map((month) => time(`t-${month}`, projectId, `${month}-12`, 1)));
    for (const end of ['2026-01-31', '2026-02-28', '2026-03-31']) erp.trouble.set(end, 'timeout');
    await expect(post('2026-04-01')).rejects.toMatchObject({ type: 'TIMEOUT_UNKNOWN_OUTCOME' });
    expect(erp.asked).toBe(2);
    erp.trouble.delete('2026-02-28');
    erp.trouble.delete('2026-03-31');
    await expect(post('2026-04-01')).rejects.toMatchObject({ type: 'COST_NOT_POSTED' });
    expect(posted.size).toBe(2);
  });

  test('more time without a rate than a run takes does not starve what has one', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    // 5,000 lines fill a run; all of them are older than the one that can be posted.
    await dataSource.query(
      `INSERT INTO time_line (connection_id, entry_id, version, project_id, engagement_id, legal_entity_id, resource_id,
         role, worked_on, minutes, billable, state, occurred_at)
       SELECT $1, 'p-' || n, '1', $2, $3, 'uk', 'u-9', 'Partner', '2026-01-02', 60, true, 'approved', now()
       FROM generate_series(1, 5000) n`,
      [PSA, projectId, engagementId],
    );
    await ingest([time('t-1', projectId, '2026-01-30', 1)]);
    const { postCosts } = activities({ costRates: { uk: { Consultant: '60' } } });
    await expect(postCosts({ connectionId: ERP, asOf: '2026-01-31' })).rejects.toMatchObject({
      type: 'COST_RATE_MISSING',
      message: 'no cost rate for Partner in uk: their time waits',
    });
    expect([...posted.values()].map((order) => order.lines[0]?.debitMinor)).toEqual([6_000]);
  });
});
