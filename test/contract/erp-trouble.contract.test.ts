// Limits, refused sign-ins and broken connections of the simulated NetSuite: what a call may conclude from each.
import type { ErpPort, JournalOrder } from '../../adapters/ports/index.ts';
import { context, errorOf, startWorld, UK, type World } from './support.ts';

let world: World;
let erp: ErpPort;

beforeAll(async () => {
  world = await startWorld();
  erp = world.systems.erp('ns-main');
});
afterAll(() => world.close());
beforeEach(() => world.mark());
afterEach(() => world.clearFaults());

const JOURNAL: JournalOrder = {
  erpEntityRef: '1',
  currency: 'GBP',
  postedOn: '2026-01-31',
  memo: 'Revenue January 2026',
  lines: [
    { account: '1150', debitMinor: 168_876, creditMinor: 0, memo: 'unbilled' },
    { account: '4000', debitMinor: 0, creditMinor: 168_876, memo: 'revenue' },
  ],
};

describe('trouble', () => {
  test('too many calls at once and a limit are throttling', async () => {
    await world.fault({ system: 'netsuite', operation: 'GET *', fault: 'throttle' });
    const silent = await errorOf(erp.findInvoice('none', context));
    expect(silent).toMatchObject({ kind: 'throttled', retryAfterMs: undefined });
    expect(silent.message).toContain('Concurrent request limit exceeded');
    await world.fault({ system: 'netsuite', operation: 'GET *', fault: 'throttle', retryAfterSeconds: 2 });
    expect(await errorOf(erp.findInvoice('none', context))).toMatchObject({ kind: 'throttled', retryAfterMs: 2000 });
    await world.fault({ system: 'netsuite', operation: 'GET *', fault: 'delay', delayMs: 100, times: 'always' });
    const calls = await Promise.allSettled(Array.from({ length: 8 }, () => erp.findInvoice('none', context)));
    const refused = calls.filter((call) => call.status === 'rejected').map((call) => call.reason as { kind: string });
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map((error) => error.kind))).toEqual(new Set(['throttled']));
  });

  test('an expired sign-in is renewed, a refused one is told', async () => {
    await world.act('revoke-tokens', { system: 'netsuite' });
    expect(await erp.findInvoice('none', context)).toBeUndefined();
    await world.fault({ system: 'netsuite', operation: 'GET *', fault: 'reject', status: 401, times: 'always' });
    const error = await errorOf(erp.findInvoice('none', context));
    expect(error).toMatchObject({ kind: 'unauthorised', vendorCode: 'INVALID_LOGIN' });
  });

  test('a sign-in that gets no answer leaves no doubt about the write behind it', async () => {
    await world.act('revoke-tokens', { system: 'netsuite' });
    await world.fault({ system: 'netsuite', operation: 'POST */token', fault: 'fail-before', mode: 'hang' });
    const error = await errorOf(erp.putCustomer('eng_erp-customer-1', UK, context));
    expect([error.kind, error.operation]).toEqual(['unavailable', 'sign in']);
    expect(await world.rows()).toEqual([]);
  });

  test('a server error and a broken connection leave a write in doubt, and nothing is sent a second time', async () => {
    await world.fault({ system: 'netsuite', operation: 'GET *', fault: 'fail-before' });
    expect((await errorOf(erp.findInvoice('none', context))).kind).toBe('unavailable');
    const key = 'eng_erp-journal-1';
    const fault = await world.fault({ system: 'netsuite', operation: 'POST */journalEntry', fault: 'fail-before' });
    expect((await errorOf(erp.createJournal(key, JOURNAL, context))).kind).toBe('timeout');
    expect(await world.hitsOf(fault)).toBe(1);
    const reset = { operation: 'POST */journalEntry', fault: 'reset', times: 'always' };
    const broken = await world.fault({ system: 'netsuite', ...reset });
    expect((await errorOf(erp.createJournal(key, JOURNAL, context))).kind).toBe('timeout');
    expect(await world.hitsOf(broken)).toBe(1);
  });
});
