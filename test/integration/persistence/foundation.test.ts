// The books' foundation on a real PostgreSQL: schema, inbox, engagements, contracts, views, tokens, idempotency keys.
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryFailedError } from 'typeorm';
import { problemOf } from '../../../apps/api/http/problem.ts';
import { SYSTEM } from '../../../domain/actor.ts';
import { Books, createBooks } from '../../../persistence/books.ts';
import { connectDataSource, createDataSource, migrate } from '../../../persistence/data-source.ts';
import type { InboxEntry } from '../../../persistence/repositories/inbox.ts';
import { lockUntilCommit } from '../../../persistence/sql.ts';
import { freshDatabase } from '../../support/database.ts';

let dataSource: DataSource;
let books: Books;

beforeAll(async () => {
  dataSource = createDataSource(await freshDatabase());
  await migrate(dataSource);
  books = createBooks(dataSource);
});
afterAll(() => dataSource.destroy());

const deal = (dealId: string) => ({ connectionId: 'sf-emea', dealId, correlationId: 'cor_1', requestedBy: SYSTEM });

function fact(eventId: string, engagementId: string | null = null): InboxEntry {
  return {
    connectionId: 'sf-emea',
    eventId,
    type: 'dealWon',
    objectKey: `deal:${eventId}`,
    version: '1',
    effectiveOn: '2026-01-05',
    occurredAt: '2026-01-05T10:00:00Z',
    correlationId: 'cor_1',
    actor: SYSTEM,
    origin: { dealId: eventId },
    data: {},
    engagementId,
  };
}

describe('schema', () => {
  test('migrating twice changes nothing', async () => {
    await migrate(dataSource);
    const done = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY timestamp');
    expect(done.map(({ name }) => name)).toEqual([
      'Books1795219200000',
      'BilledInParts1795305600000',
      'DealReadings1795309200000',
      'CustomerUses1795392000000',
      'ReleasedJournals1795480260000',
      'ProjectsLookedForAgain1795480320000',
      'WorkDecisions1795500000000',
      'StatusReports1795600000000',
      'ErpOfJournals1795700000000',
      'InvoicesInTheErp1795800000000',
      'CreateClaims1795900000000',
    ]);
  });

  test('a database of a newer release is refused', async () => {
    const url = await freshDatabase();
    const newer = createDataSource(url);
    await migrate(newer);
    await newer.query(`INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Future9999999999999')`);
    await expect(migrate(newer)).rejects.toMatchObject({ code: 'SCHEMA_NEWER' });
    await expect(connectDataSource(url)).rejects.toMatchObject({ code: 'SCHEMA_NEWER' }); // what API and worker do
    await newer.destroy();
  });

  test('two processes may migrate at once', async () => {
    const url = await freshDatabase();
    const both = [createDataSource(url), createDataSource(url)];
    await Promise.all(both.map(migrate));
    await Promise.all(both.map((one) => one.destroy()));
  });
});

describe('the limits of a program on its database', () => {
  const limits = { statementMs: 200, lockMs: 100, idleInTransactionMs: 800 };
  let limited: DataSource;

  beforeAll(async () => {
    limited = await connectDataSource(await freshDatabase(), limits);
  });
  afterAll(() => limited.destroy());

  /** The error as the driver has it, and what a caller of the API is told. */
  async function failureOf(work: Promise<unknown>): Promise<object> {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason as QueryFailedError,
    );
    const { code, retryable } = problemOf(error);
    return { message: error?.message, code, retryable };
  }

  test('a statement that hangs is an error that says so, and the connection goes on', async () => {
    const began = Date.now();
    expect(await failureOf(limited.query('SELECT pg_sleep(60)'))).toEqual({
      message: 'canceling statement due to statement timeout',
      code: 'DATABASE_UNAVAILABLE',
      retryable: true,
    });
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(await limited.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('waiting for a lock that somebody holds is an error that says so', async () => {
    await limited.transaction(async (holder) => {
      await lockUntilCommit(holder, 'somebody');
      const other = limited.transaction((waiting) => lockUntilCommit(waiting, 'somebody'));
      expect(await failureOf(other)).toEqual({
        message: 'canceling statement due to lock timeout',
        code: 'DATABASE_UNAVAILABLE',
        retryable: true,
      });
    });
  });

  test('a transaction in which nothing happens loses its locks and fails', async () => {
    const idle = limited.transaction(async (holder) => {
      await lockUntilCommit(holder, 'sleeper');
      await delay(1_600);
      await holder.query('SELECT 1');
    });
    await delay(1_200);
    await limited.transaction((next) => lockUntilCommit(next, 'sleeper'));
    expect(await failureOf(idle)).toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
  });

  test('API and worker have limits, a migration has none', async () => {
    const settings = async (source: DataSource): Promise<unknown> =>
      source.query(
        `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
           current_setting('idle_in_transaction_session_timeout') AS idle`,
      );
    const program = await connectDataSource(await freshDatabase());
    expect(await settings(program)).toEqual([{ statement: '15s', lock: '5s', idle: '30s' }]);
    expect(await settings(dataSource)).toEqual([{ statement: '0', lock: '0', idle: '0' }]);
    await program.destroy();
  });
});

describe('engagements', () => {
  test('a deal has one engagement, even when two dispatchers mint it at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => books.engagements.forDeal(deal('d-1'))));
    expect(new Set(answers.map((answer) => answer.engagement.engagementId)).size).toBe(1);
    expect(answers.filter((answer) => answer.isNew)).toHaveLength(1);
    expect(answers[0]?.engagement).toMatchObject({ workflowId: 'engagement:sf-emea:d-1', requestedBy: SYSTEM });
    expect(answers[0]?.engagement.engagementId).toMatch(/^eng_[0-9a-hjkmnp-tv-z]{26}$/);
  });

  test('a shared customer is told from one that nobody else uses', async () => {
    const [a, b] = await Promise.all(['d-2', 'd-3'].map((id) => books.engagements.forDeal(deal(id))));
    const own = { engagementId: a?.engagement.engagementId ?? '', legalEntityId: 'uk', key: 'k-a' };
    const other = { engagementId: b?.engagement.engagementId ?? '', legalEntityId: 'uk', key: 'k-b' };
    const customer = { connectionId: 'ns', type: 'customer', id: '42' };
    await books.refs.put(own, customer);
    expect(await books.refs.usedByOthers(own, 'customer')).toBe(false);
    await books.refs.put(other, customer);
    expect(await books.refs.usedByOthers(own, 'customer')).toBe(true);
    await books.refs.end(other, 'customer');
    expect(await books.refs.usedByOthers(own, 'customer')).toBe(false);
    expect(await books.refs.find(customer)).toMatchObject({ engagementId: own.engagementId });
  });
});

describe('inbox', () => {
  test('a source event is kept once', async () => {
    const first = await books.inbox.receive(fact('e-1'));
    expect(await books.inbox.receive(fact('e-1'))).toEqual({ inboxId: first.inboxId, isNew: false });
    expect(first.isNew).toBe(true);
  });

  test('facts are read in order until they are acknowledged, fifty at a time', async () => {
    const { engagement } = await books.engagements.forDeal(deal('d-4'));
    for (let n = 0; n < 51; n += 1) await books.inbox.receive(fact(`d-4-${String(n)}`, engagement.engagementId));
    const page = await books.inbox.unread(engagement.engagementId);
    expect(page.facts).toHaveLength(50);
    expect(page.more).toBe(true);
    expect(page.facts[0]).toMatchObject({
      type: 'dealWon',
      effectiveOn: '2026-01-05',
      data: {},
      objectKey: 'deal:d-4-0',
    });
    await books.inbox.consume(
      engagement.engagementId,
      page.facts.map((one) => one.inboxId),
    );
    const rest = await books.inbox.unread(engagement.engagementId);
    expect(rest.facts.map((one) => one.objectKey)).toEqual(['deal:d-4-50']);
    expect(rest.more).toBe(false);
  });

  test('a row that cannot be dispatched ends as dead, in sight, until its object is known', async () => {
    const { inboxId } = await books.inbox.receive(fact('e-dead'));
    expect(await books.inbox.markFailed(inboxId, 'no such deal', 0, 2)).toBe('received');
    expect(await books.inbox.markFailed(inboxId, 'no such deal', 0, 2)).toBe('dead');
    expect(await books.inbox.counts()).toContainEqual({ status: 'dead', count: 1 });
    await books.inbox.revive(fact('e-dead').connectionId, 'deal:another');
    expect(await books.inbox.counts()).toContainEqual({ status: 'dead', count: 1 });
    await books.inbox.revive(fact('e-dead').connectionId, fact('e-dead').objectKey);
    expect((await books.inbox.counts()).some((one) => one.status === 'dead')).toBe(false);
  });

  test('two dispatchers never hold the same row', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => books.inbox.receive(fact(`claim-${String(n)}`))));
    const claims = await Promise.all([books.inbox.claim(15, 60_000), books.inbox.claim(15, 60_000)]);
    const ids = claims.flat().map((one) => one.inboxId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await books.inbox.claim(100, 60_000)).toHaveLength(0);
  });
});

describe('tokens and idempotency keys', () => {
  test('a token stands for its actor until it is revoked or expires', async () => {
    const token = await books.tokens.issue({ subject: 'anna', roles: ['fin-approver'], legalEntities: ['uk'] });
    expect(await books.tokens.find(token)).toEqual({ subject: 'anna', roles: ['fin-approver'], legalEntities: ['uk'] });
    await books.tokens.revoke(token);
    expect(await books.tokens.find(token)).toBeUndefined();
    const old = await books.tokens.issue({
      subject: 'bo',
      roles: [],
      legalEntities: [],
      expiresAt: new Date('2020-01-01'),
    });
    expect(await books.tokens.find(old)).toBeUndefined();
    await expect(books.tokens.issue({ subject: 'x', roles: ['king'], legalEntities: [] })).rejects.toMatchObject({
      code: 'ROLE_UNKNOWN',
    });
  });

  test('a repeated request gets the first answer, the same key with other content is refused', async () => {
    const key = { client: 'anna', method: 'POST', route: '/v1/engagements', key: 'k-1' };
    const admissions = await Promise.all(Array.from({ length: 5 }, () => books.idempotency.admit(key, 'f')));
    expect(admissions.map((one) => one.outcome).sort()).toEqual(['first', 'running', 'running', 'running', 'running']);
    await books.idempotency.finish(key, 201, { id: 1 });
    expect(await books.idempotency.admit(key, 'f')).toEqual({ outcome: 'replay', status: 201, body: { id: 1 } });
    expect(await books.idempotency.admit(key, 'other')).toEqual({ outcome: 'conflict' });
    const failed = { ...key, key: 'k-2' };
    await books.idempotency.admit(failed, 'f');
    await books.idempotency.abandon(failed);
    expect(await books.idempotency.admit(failed, 'f')).toEqual({ outcome: 'first' });
  });

  test('answers older than they are kept are forgotten page by page, and younger ones stay', async () => {
    const kept = { client: 'bo', method: 'POST', route: '/v1/engagements', key: 'kept' };
    await books.idempotency.admit(kept, 'f');
    await books.idempotency.finish(kept, 201, {});
    for (const key of ['old-1', 'old-2', 'old-3']) await books.idempotency.admit({ ...kept, key }, 'f');
    await dataSource.query(
      `UPDATE idempotency_key SET expires_at = now() - interval '1 hour' WHERE client = 'bo' AND key LIKE 'old-%'`,
    );
    expect([await books.idempotency.sweep(2), await books.idempotency.sweep(2)]).toEqual([2, 1]);
    expect(await books.idempotency.sweep(2)).toBe(0);
    expect((await books.idempotency.admit(kept, 'f')).outcome).toBe('replay');
  });
});
