// What notices and polls say of a deal is a hint: the record is read again and decides. Told twice, late, wrongly or
// while the CRM is away, the engagement hears what is true, once.
import type { DataSource } from 'typeorm';
import { AdapterError } from '../../../adapters/ports/index.ts';
import { createConnectionActivities, type Dispatcher } from '../../../activities/connections/index.ts';
import { SYSTEM } from '../../../domain/actor.ts';
import type { InboxFactType } from '../../../domain/engagement/calls.ts';
import type { EngagementSummary } from '../../../domain/engagement/view.ts';
import type { Books } from '../../../persistence/books.ts';
import { UndeliveredFacts } from '../../../persistence/repositories/undelivered-facts.ts';
import { configuration, CRM, openBooks, systemsOf } from './books-of-test.ts';

const DEAL = 'd-7';

let dataSource: DataSource;
let books: Books;
/** The record in the CRM. */
let record: { version: string; stage: string; name: string; customer: object };
/** What the CRM throws instead of answering. */
let outage: AdapterError | null;
let reads: number;
/** Runs while the CRM has read the record and has not answered yet. */
let whileReading: () => Promise<void>;
let started: string[];
let announced: string[];

beforeEach(async () => {
  ({ dataSource, books } = await openBooks());
  record = { version: day(5), stage: 'won', name: 'Programme', customer: { accountId: '001', name: 'Acme' } };
  outage = null;
  reads = 0;
  whileReading = () => Promise.resolve();
  started = [];
  announced = [];
});
afterEach(() => dataSource.destroy());

const day = (number: number): string => `2031-01-${String(number).padStart(2, '0')}T10:00:00.000Z`;

const crm = {
  changedDeals: () =>
    Promise.resolve({
      deals: [{ dealId: DEAL, version: record.version, accountId: null, isWon: record.stage === 'won' }],
      watermark: record.version,
    }),
  readDeal: async (dealId: string) => {
    reads += 1;
    if (outage) throw outage;
    const read = { connectionId: CRM, dealId: dealId.slice(0, DEAL.length), ...record };
    await whileReading();
    return read;
  },
};

const dispatcher: Dispatcher = {
  start: ({ engagementId }) => Promise.resolve(started.push(engagementId)).then(() => 'announced'),
  announce: (workflowId) => Promise.resolve(announced.push(workflowId)).then(() => 'announced'),
};

function connection() {
  return createConnectionActivities({ books, configuration, systems: systemsOf({ crm }), dispatcher });
}

let notices = 0;

/** A notice as it lies in the inbox. */
function notice(type: InboxFactType, version: string, dealId = DEAL): Promise<{ inboxId: string }> {
  notices += 1;
  return books.inbox.receive({
    ...{ connectionId: CRM, eventId: `evt-${String(notices)}`, type, objectKey: `deal:${dealId}`, version },
    ...{ effectiveOn: null, occurredAt: version, correlationId: 'cor-1', actor: SYSTEM },
    ...{ origin: { dealId }, data: {}, engagementId: null },
  });
}

async function dispatch(): Promise<Record<string, unknown>> {
  const { dispatched, failed, ignored } = await connection().dispatchInbox({});
  return { dispatched, failed, ignored };
}

/** Sales changes the record and the CRM sends its notice, which is dispatched. */
async function change(to: Partial<typeof record>, claimed: InboxFactType = 'dealChanged'): Promise<void> {
  Object.assign(record, to);
  await notice(claimed, record.version);
  await dispatch();
}

async function facts(): Promise<string[]> {
  const engagement = await books.engagements.findByDeal(CRM, DEAL);
  const page = await books.inbox.unread(engagement?.engagementId ?? '');
  return page.facts.map(({ type, version }) => `${type} ${version.slice(0, 10)}`);
}

async function reasons(): Promise<string[]> {
  const found = await dataSource.query<{ reason: string }[]>(
    `SELECT reason FROM inbox WHERE status = 'ignored' ORDER BY seq`,
  );
  return found.map(({ reason }) => reason);
}

describe('a hint about a deal', () => {
  test('becomes what the record says, with its version, whatever the notice claimed', async () => {
    await notice('dealReopened', day(1));
    expect(await dispatch()).toEqual({ dispatched: 1, failed: 0, ignored: 0 });
    expect(await facts()).toEqual(['dealWon 2031-01-05']);
    expect(started).toHaveLength(1);
  });

  test('that a won deal was reopened changes nothing, and says why', async () => {
    await change({}, 'dealWon');
    await change({ version: day(6) }, 'dealReopened');
    expect(await facts()).toEqual(['dealWon 2031-01-05']);
    expect(await reasons()).toEqual([expect.stringContaining('read again (won, 2031-01-06T10:00:00.000Z)')]);
    expect(announced).toEqual([]);
  });

  test('tells lost apart from reopened and changed', async () => {
    await change({}, 'dealWon');
    await change({ version: day(6), name: 'Programme, phase 1' });
    await change({ version: day(7), stage: 'open' });
    await change({ version: day(8), stage: 'lost' });
    await change({ version: day(9), stage: 'won' });
    expect(await facts()).toEqual([
      'dealWon 2031-01-05',
      'dealChanged 2031-01-06',
      'dealReopened 2031-01-07',
      'dealLost 2031-01-08',
      'dealWon 2031-01-09',
    ]);
  });

  test('by notice and by poll is one fact, and the record is read once for what comes together', async () => {
    await connection().pollConnection({ connectionId: CRM }); // the starting point
    record.version = day(6);
    await notice('dealWon', record.version);
    await connection().pollConnection({ connectionId: CRM });
    expect(await dispatch()).toEqual({ dispatched: 1, failed: 0, ignored: 1 });
    expect(reads).toBe(1);
    expect(await connection().pollConnection({ connectionId: CRM })).toMatchObject({ facts: 0 });
    await notice('dealWon', record.version);
    await dispatch();
    expect(await facts()).toEqual(['dealWon 2031-01-06']);
  });

  test('by two dispatchers at once is one fact', async () => {
    await Promise.all([notice('dealWon', day(5)), notice('dealChanged', day(5))]);
    const one = connection();
    await Promise.all([one.dispatchInbox({ limit: 1 }), one.dispatchInbox({ limit: 1 })]);
    expect(await facts()).toEqual(['dealWon 2031-01-05']);
    expect(started).toHaveLength(1);
  });

  test('is read without any lock or transaction of ours: the CRM may take its time', async () => {
    await change({}, 'dealWon');
    const held: unknown[] = [];
    whileReading = async () => {
      const sessions = `SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
      held.push(...(await dataSource.query<unknown[]>(sessions)));
    };
    await change({ version: day(6), name: 'Programme, phase 1' });
    expect(held).toEqual([{ n: 0 }]);
    expect(await facts()).toEqual(['dealWon 2031-01-05', 'dealChanged 2031-01-06']);
  });

  test('is read again when another one was read and learned meanwhile, under the same stamp', async () => {
    let isFirst = true;
    whileReading = async () => {
      if (!isFirst) return;
      isFirst = false;
      await change({ name: 'Programme, signed' }); // The stamp stays: two changes of one second.
    };
    await notice('dealWon', day(5));
    expect(await dispatch()).toEqual({ dispatched: 0, failed: 0, ignored: 1 });
    expect([reads, await facts(), started.length]).toEqual([3, ['dealWon 2031-01-05'], 1]);
    await change({});
    expect(await facts()).toEqual(['dealWon 2031-01-05']);
  });

  test('is tried again later when the record is learned anew during every reading', async () => {
    let depth = 0;
    whileReading = async () => {
      if (depth > 0) return;
      depth += 1;
      await change({ name: `${record.name}!` });
      depth -= 1;
    };
    await notice('dealWon', day(5));
    expect(await dispatch()).toMatchObject({ failed: 1 });
    const waiting = await new UndeliveredFacts(dataSource.manager).list(['*'], {
      status: 'waiting',
      afterSeq: 0,
      limit: 10,
    });
    expect(waiting.map(({ reason }) => reason)).toEqual([`deal ${DEAL} changed in each of 5 readings`]);
  });

  test('by another id of the record is about the same deal', async () => {
    await notice('dealWon', day(5), `${DEAL}AA`);
    await dispatch();
    await change({}, 'dealChanged');
    expect([await facts(), started.length]).toEqual([['dealWon 2031-01-05'], 1]);
  });

  test('begins the engagement at the wish of who reported it, whoever asked in vain before', async () => {
    const before = { ...SYSTEM, subject: 'tokyo@firm', legalEntities: ['jp'] };
    await books.engagements.forDeal({ connectionId: CRM, dealId: DEAL, correlationId: 'c', requestedBy: before });
    const wishes: string[] = [];
    const noted: Dispatcher = {
      ...dispatcher,
      start: (_, { subject }) => Promise.resolve(wishes.push(subject)).then(() => 'announced'),
    };
    await notice('dealWon', day(5));
    await createConnectionActivities({
      books,
      configuration,
      systems: systemsOf({ crm }),
      dispatcher: noted,
    }).dispatchInbox({});
    expect(wishes).toEqual([SYSTEM.subject]);
  });

  test('about a deal that is not won and has no engagement is ignored, and mints none', async () => {
    await change({ stage: 'lost' }, 'dealLost');
    expect(await reasons()).toEqual(['the deal is lost and has no engagement']);
    expect(await books.engagements.findByDeal(CRM, DEAL)).toBeUndefined();
  });

  test('that a crash kept between reading and telling is told by the next run, without reading again', async () => {
    const { inboxId } = await notice('dealWon', day(5));
    const broken = { ...dispatcher, start: () => Promise.reject(new Error('the server is away')) };
    const parts = { books, configuration, systems: systemsOf({ crm }), dispatcher: broken };
    await createConnectionActivities(parts).dispatchInbox({});
    await dataSource.query('UPDATE inbox SET next_attempt_at = now() WHERE inbox_id = $1', [inboxId]);
    expect(await dispatch()).toMatchObject({ dispatched: 1 });
    expect([reads, started.length]).toEqual([1, 1]);
  });
});

describe('while the CRM is away', () => {
  beforeEach(() => {
    outage = new AdapterError('unavailable', 'no answer', { connectionId: CRM, operation: 'read deal' });
  });

  test('hints wait as long as it takes, with the reason, and are true when it is back', async () => {
    await notice('dealLost', day(5));
    for (let attempt = 0; attempt < 15; attempt += 1) {
      expect(await dispatch()).toMatchObject({ failed: 1 });
      await dataSource.query('UPDATE inbox SET next_attempt_at = now()');
    }
    expect(await dataSource.query('SELECT status, reason, attempts FROM inbox')).toEqual([
      { status: 'received', reason: 'the CRM is away: no answer', attempts: 15 },
    ]);
    outage = null;
    expect(await dispatch()).toMatchObject({ dispatched: 1 });
    expect(await facts()).toEqual(['dealWon 2031-01-05']);
  });

  test('it is asked once in a run, however many deals wait, and not before the time that it names', async () => {
    const context = { connectionId: CRM, operation: 'read deal', retryAfterMs: 120_000 };
    outage = new AdapterError('throttled', 'too many requests', context);
    for (const dealId of ['a', 'b', 'c']) await notice('dealWon', day(5), dealId);
    expect(await dispatch()).toMatchObject({ failed: 3 });
    expect(reads).toBe(1);
    const early = await dataSource.query<{ n: number }[]>(
      `SELECT count(*)::int AS n FROM inbox WHERE next_attempt_at < now() + interval '110 seconds'`,
    );
    expect(early).toEqual([{ n: 0 }]);
  });

  test('a deal that it does not have is dead in the end, with the reason', async () => {
    outage = new AdapterError('not_found', 'there is no deal', { connectionId: CRM, operation: 'read deal' });
    await notice('dealWon', day(5));
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await dispatch();
      await dataSource.query('UPDATE inbox SET next_attempt_at = now()');
    }
    expect(await dataSource.query('SELECT status, reason FROM inbox')).toEqual([
      { status: 'dead', reason: 'there is no deal' },
    ]);
  });
});

describe('a deal whose engagement was cancelled', () => {
  async function cancelled(contractName: string | null): Promise<void> {
    await change({}, 'dealWon');
    const engagement = await books.engagements.findByDeal(CRM, DEAL);
    const { engagementId } = engagement ?? { engagementId: '' };
    const page = await books.inbox.unread(engagementId);
    await books.inbox.consume(
      engagementId,
      page.facts.map(({ inboxId }) => inboxId),
    );
    const none = { customerId: null, customerName: null, legalEntityIds: [], currencies: [], contractValue: [] };
    const idle = { blockedBy: null, parkedReason: null, ownerRole: null, needsHuman: false, decisionDueAt: null };
    const summary: EngagementSummary = {
      ...{ engagementId, connectionId: CRM, dealId: DEAL, stage: 'cancelled', contractName, ...none, ...idle },
      ...{ billed: [], paid: [], recognised: [], obstacles: [], nextAt: null },
    };
    await books.projection.publish({ engagementId, turn: 9, summary, timeline: [], acknowledge: [] });
    started = [];
  }

  test('does not begin anew by our own write-back, which changes nothing but the version', async () => {
    await cancelled('Programme');
    await change({ version: day(6) });
    expect([started, announced, await facts()]).toEqual([[], [], []]);
  });

  test('begins anew when it is won again, or when the won deal itself says something else', async () => {
    await cancelled('Programme');
    await change({ version: day(6), stage: 'lost' });
    await change({ version: day(7), stage: 'won' });
    expect(started).toHaveLength(1);
    await change({ version: day(8), name: 'Programme, corrected' });
    expect(started).toHaveLength(2);
    expect(await facts()).toEqual(['dealLost 2031-01-06', 'dealWon 2031-01-07', 'dealWon 2031-01-08']);
  });

  test('begins anew by the poll when it was reopened and won again unchanged, with both notices lost', async () => {
    await connection().pollConnection({ connectionId: CRM }); // the starting point
    await cancelled('Programme'); // and its undo cleared our id on the deal
    for (const to of [
      { version: day(6), stage: 'open' },
      { version: day(7), stage: 'won' },
    ]) {
      Object.assign(record, to);
      await connection().pollConnection({ connectionId: CRM });
      await dispatch();
    }
    expect(started).toHaveLength(1);
    expect(await facts()).toEqual(['dealReopened 2031-01-06', 'dealWon 2031-01-07']);
  });

  test('does not begin anew because its customer moved, unless it never became a contract', async () => {
    await cancelled('Programme');
    await change({ version: day(6), customer: { accountId: '001', name: 'Acme', city: 'Leeds' } });
    expect(started).toEqual([]);
    await dataSource.query(`UPDATE engagement_view SET summary = jsonb_set(summary, '{contractName}', 'null')`);
    await change({ version: day(7), customer: { accountId: '001', name: 'Acme', taxProfile: 'GB-STD' } });
    expect(started).toHaveLength(1);
  });

  test('a fact that it was given and did not read any more is ignored with a reason, or begins it anew', async () => {
    await cancelled('Programme');
    const engagement = await books.engagements.findByDeal(CRM, DEAL);
    await change({ version: day(6), stage: 'lost' });
    await change({ version: day(7), stage: 'won' });
    started = [];
    const over = { ...dispatcher, announce: () => Promise.resolve('over' as const) };
    const parts = { books, configuration, systems: systemsOf({ crm }), dispatcher: over };
    expect(await createConnectionActivities(parts).dispatchInbox({})).toMatchObject({ dispatched: 2 });
    expect(started).toEqual([engagement?.engagementId]);
  });
});

test('a fact that nobody has read for an hour is told again; read, or told just now, it is not', async () => {
  await change({}, 'dealWon');
  expect([await dispatch(), started.length]).toEqual([{ dispatched: 0, failed: 0, ignored: 0 }, 1]);
  await dataSource.query(`UPDATE inbox SET next_attempt_at = next_attempt_at - interval '61 minutes'`);
  expect([await dispatch(), started.length]).toEqual([{ dispatched: 1, failed: 0, ignored: 0 }, 2]);
  await dataSource.query(`UPDATE inbox SET status = 'consumed', next_attempt_at = now()`);
  expect([await dispatch(), started.length]).toEqual([{ dispatched: 0, failed: 0, ignored: 0 }, 2]);
});

test('the reading of a validation is known: a notice about the same record is no news afterwards', async () => {
  await books.engagements.forDeal({ connectionId: CRM, dealId: DEAL, correlationId: 'c', requestedBy: SYSTEM });
  await books.engagements.learn((await crm.readDeal(DEAL)) as never);
  await change({}, 'dealWon');
  expect([started, await facts()]).toEqual([[], []]);
  await change({ version: day(6), name: 'Programme, corrected' });
  expect(await facts()).toEqual(['dealChanged 2031-01-06']);
});
