// One create per key, whoever asks: what a claim lets through, when it is given back and when it is left to end.
import { setTimeout as delay } from 'node:timers/promises';
import { type Claims, claimsInProcess } from '../../../adapters/ports/claims.ts';
import type { CallContext } from '../../../adapters/ports/context.ts';
import { AdapterError, type AdapterErrorKind } from '../../../adapters/ports/errors.ts';
import { createWrites } from '../../../adapters/tryton/once.ts';

const context: CallContext = { correlationId: 'cor_1', actorSubject: 'system:test' };
const place = { connectionId: 'tr-1', operation: 'create account.invoice' };
const wanted = { connectionId: 'tr-1', key: 'k', forMs: 100 };

type Send = (context: CallContext) => Promise<unknown>;

/** A system that makes a second record of a key, and workers that share nothing but their claims. */
class Vendor {
  nowMs = 0;
  records = 0;
  sent = 0;
  warnings: Record<string, string>[] = [];
  claims = claimsInProcess(() => this.nowMs);

  worker({ claims = this.claims, timeoutMs = 1_000 }: { claims?: Claims; timeoutMs?: number } = {}) {
    const warn = (_message: string, details: Record<string, string>) => void this.warnings.push(details);
    const writes = createWrites({ connectionId: 'tr-1', timeoutMs, claims, warn });
    return (key: string, send: Send = this.send(), look = this.look) =>
      writes.create(place, key, context, { look, send });
  }

  look = (): Promise<unknown> => Promise.resolve(this.records === 0 ? undefined : 'there');

  /** Makes the record, if it is `done`; answers, or ends with the kind. */
  send(kind?: AdapterErrorKind, done = kind === undefined) {
    return async () => {
      this.sent += 1;
      await delay(1);
      if (done) this.records += 1;
      if (kind !== undefined) throw new AdapterError(kind, 'no', place);
    };
  }
}

describe('a create', () => {
  test('asked for by two workers at once, both of which looked, is sent by one; the other comes again', async () => {
    const vendor = new Vendor();
    const [one, other] = [vendor.worker(), vendor.worker()];
    const both = await Promise.allSettled([one('k'), other('k')]);
    expect(both).toEqual([
      { status: 'fulfilled', value: undefined },
      // (1 + 4) x 1,000 ms
      { status: 'rejected', reason: expect.objectContaining({ kind: 'unavailable', retryAfterMs: 5_000 }) as Error },
    ]);
    await other('k'); // The first gave its claim back; the second look finds what it made.
    expect([vendor.sent, vendor.records]).toEqual([1, 1]);
  });

  test('without shared claims is sent twice: that is what they are for', async () => {
    const vendor = new Vendor();
    const apart = () => vendor.worker({ claims: claimsInProcess(() => vendor.nowMs) });
    await Promise.all([apart()('k'), apart()('k')]);
    expect(vendor.records).toBe(2);
  });

  test('without an answer is not sent again by anybody while it may still arrive; another key is', async () => {
    const vendor = new Vendor();
    await expect(vendor.worker()('k', vendor.send('timeout'))).rejects.toMatchObject({ kind: 'timeout' });
    vendor.nowMs = 4_999;
    const early = vendor.worker()('k');
    await expect(early).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 1 }); // 5,000 - 4,999
    expect(vendor.sent).toBe(1);
    await vendor.worker()('another');
    vendor.records = 0;
    vendor.nowMs = 5_000;
    await vendor.worker()('k');
    expect([vendor.sent, vendor.records]).toEqual([3, 1]);
  });

  test('that arrived without an answer is found afterwards and not made again', async () => {
    const vendor = new Vendor();
    await expect(vendor.worker()('k', vendor.send('timeout', true))).rejects.toMatchObject({ kind: 'timeout' });
    vendor.nowMs = 5_000;
    await vendor.worker()('k');
    expect([vendor.sent, vendor.records]).toEqual([1, 1]);
  });

  test.each(['rejected', 'conflict', 'unavailable', 'throttled', 'unauthorised'] as const)(
    'that was %s may be tried again at once',
    async (kind) => {
      const vendor = new Vendor();
      await expect(vendor.worker()('k', vendor.send(kind))).rejects.toMatchObject({ kind });
      await vendor.worker()('k');
      expect([vendor.sent, vendor.records]).toEqual([2, 1]);
    },
  );

  test('that ended with an error of ours may still arrive', async () => {
    const vendor = new Vendor();
    await expect(vendor.worker()('k', () => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
    await expect(vendor.worker()('k')).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('whose second look fails was not sent, so the next may try at once', async () => {
    const vendor = new Vendor();
    const away = () => Promise.reject(new AdapterError('timeout', 'no answer in time', place));
    await expect(vendor.worker()('k', vendor.send(), away)).rejects.toMatchObject({ kind: 'timeout' });
    await vendor.worker()('k');
    expect([vendor.sent, vendor.records]).toEqual([1, 1]);
  });

  test('has for look and request together the time of one call, so that its claim outlasts what it sent', async () => {
    const vendor = new Vendor();
    let aborted = false;
    const slow = async ({ signal }: CallContext) => {
      await delay(60);
      aborted = signal?.aborted === true;
      throw new AdapterError('unavailable', 'nothing was sent', place);
    };
    await expect(vendor.worker({ timeoutMs: 20 })('k', slow)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(aborted).toBe(true);
  });
});

describe('claims that are away', () => {
  const away = () => Promise.reject(new Error('the database is away'));

  test('let nothing be sent', async () => {
    const vendor = new Vendor();
    const claims = { take: away, release: away };
    await expect(vendor.worker({ claims })('k')).rejects.toMatchObject({
      kind: 'unavailable',
      cause: expect.objectContaining({ message: 'the database is away' }) as Error,
    });
    expect(vendor.sent).toBe(0);
  });

  test('when one is given back: what was created is created, and it is told', async () => {
    const vendor = new Vendor();
    await vendor.worker({ claims: { ...vendor.claims, release: away } })('k');
    expect(vendor.records).toBe(1);
    expect(vendor.warnings).toEqual([{ ...place, key: 'k', reason: 'the database is away' }]);
  });

  test('when one is given back after a refusal: the refusal is what is told to the caller', async () => {
    const vendor = new Vendor();
    const create = vendor.worker({ claims: { ...vendor.claims, release: away } });
    await expect(create('k', vendor.send('rejected'))).rejects.toMatchObject({ kind: 'rejected' });
    expect(vendor.warnings).toHaveLength(1);
  });
});

describe('claims of one process', () => {
  test('are held by one until they are given back; other keys and connections are free', async () => {
    const claims = claimsInProcess(() => 0);
    const first = (await claims.take(wanted)) as { token: string };
    expect(await claims.take(wanted)).toEqual({ freeInMs: 100 });
    expect(await claims.take({ ...wanted, key: 'k-2' })).toHaveProperty('token');
    expect(await claims.take({ ...wanted, connectionId: 'tr-2' })).toHaveProperty('token');
    await claims.release(first.token);
    expect(await claims.take(wanted)).toHaveProperty('token');
  });

  test('that are over are free, and are not given back by who had them before', async () => {
    let nowMs = 0;
    const claims = claimsInProcess(() => nowMs);
    const first = (await claims.take(wanted)) as { token: string };
    nowMs = 100;
    const second = (await claims.take(wanted)) as { token: string };
    await claims.release(first.token);
    expect(await claims.take(wanted)).toEqual({ freeInMs: 100 });
    await claims.release(second.token);
    expect(await claims.take(wanted)).toHaveProperty('token');
  });
});
