/** Claims on keys of other systems, on a real PostgreSQL: one worker at a time, of all (ADR 0015). */
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Claims } from '../../../adapters/ports/claims.ts';
import { createBooks } from '../../../persistence/books.ts';
import { createDataSource } from '../../../persistence/data-source.ts';
import { freshDatabase } from '../../support/database.ts';

describe('claims', () => {
  let workers: DataSource[];
  /** Those of two workers: what adapters ask for is what the books keep. */
  let one: Claims;
  let other: Claims;
  let count = 0;
  const wanted = (forMs = 60_000) => ({ connectionId: 'tr-1', key: `eng_1-invoice-${String((count += 1))}`, forMs });
  const rows = () => workers[0]?.query<unknown[]>('SELECT key FROM create_claim');

  beforeAll(async () => {
    const url = await freshDatabase();
    workers = await Promise.all([createDataSource(url), createDataSource(url)].map((worker) => worker.initialize()));
    [one, other] = workers.map((worker) => createBooks(worker).claims) as unknown as [Claims, Claims];
  });
  afterAll(() => Promise.all(workers.map((worker) => worker.destroy())));
  afterEach(() => workers[0]?.query('DELETE FROM create_claim'));

  async function taken(claims: Claims, claim: Parameters<Claims['take']>[0]): Promise<string> {
    const answer = await claims.take(claim);
    if ('token' in answer) return answer.token;
    throw new Error(`not free for another ${String(answer.freeInMs)} ms`);
  }

  test('on one key asked for by eight at once is one; the others are told how long it may last', async () => {
    const claim = wanted();
    const calls = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? one : other).take(claim));
    const answers = await Promise.all(calls);
    expect(answers.filter((answer) => 'token' in answer)).toHaveLength(1);
    const waits = answers.flatMap((answer) => ('freeInMs' in answer ? [answer.freeInMs] : []));
    expect(waits).toHaveLength(7);
    for (const freeInMs of waits) {
      expect(freeInMs).toBeGreaterThan(0);
      expect(freeInMs).toBeLessThanOrEqual(60_000);
    }
  });

  test('on other keys, and on the same key of another connection, are free', async () => {
    const claim = wanted();
    const tokens = [
      await taken(one, claim),
      await taken(other, wanted()),
      await taken(other, { ...claim, connectionId: 'tr-2' }),
    ];
    expect(new Set(tokens).size).toBe(3);
  });

  test('that are given back are free at once, and leave nothing behind', async () => {
    const claim = wanted();
    await one.release(await taken(one, claim));
    expect(await rows()).toEqual([]);
    await taken(other, claim);
  });

  test('of a worker that died are free when their time is over, for one', async () => {
    const claim = wanted(50);
    await taken(one, claim);
    expect(await other.take(claim)).toHaveProperty('freeInMs');
    await delay(60);
    const answers = await Promise.all([one, other, one, other].map((claims) => claims.take(wanted60(claim))));
    expect(answers.filter((answer) => 'token' in answer)).toHaveLength(1);
  });

  test('that were over and taken by somebody else are not given back by who had them before', async () => {
    const claim = wanted(1);
    const late = await taken(one, claim);
    await delay(10);
    const now = await taken(other, wanted60(claim));
    await one.release(late);
    expect(await one.take(claim)).toHaveProperty('freeInMs');
    await other.release(now);
    await taken(one, claim);
  });

  test('that are over do not pile up: they are removed page by page, and living ones stay', async () => {
    const living = wanted();
    await taken(one, living);
    for (let n = 0; n < 3; n += 1) await taken(one, wanted(1));
    await delay(10);
    const { claims } = createBooks(workers[0] as DataSource);
    expect([await claims.sweep(2), await claims.sweep(2), await claims.sweep(2)]).toEqual([2, 1, 0]);
    expect(await rows()).toEqual([{ key: living.key }]);
    expect(await other.take(living)).toHaveProperty('freeInMs');
  });

  const wanted60 = (claim: ReturnType<typeof wanted>) => ({ ...claim, forMs: 60_000 });
});
