/**
 * The fault plan and the journal behind it: what goes wrong, when, how often, and what really happened.
 */
import { mkdtempSync, readFileSync, rmSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { call, clientsOf, type Clients } from './client.ts';

const CUSTOMER = { companyName: 'Northwind', subsidiary: { id: '1' } };

describe('Faults', () => {
  let sandbox: Sandbox;
  let clients: Clients;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());
  beforeEach(async () => {
    await call(`${sandbox.url}/_sandbox/reset`, { method: 'POST' });
    clients = await clientsOf(sandbox);
  });

  const putCustomer = (key: string, timeoutMs = 400) =>
    clients.netsuite(`/record/v1/customer/eid:${key}`, { method: 'PUT', body: CUSTOMER, timeoutMs });
  const effects = async () => (await clients.journal()).map((row) => `${row.effect} ${row.key}`);

  test('fail-before answers with a 5xx of the vendor and nothing has happened', async () => {
    await clients.fault({ system: 'netsuite', operation: 'PUT */customer/*', fault: 'fail-before' });
    expect(await putCustomer('c1')).toMatchObject({ status: 503, body: { status: 503 } });
    expect(await effects()).toEqual([]);
    expect((await putCustomer('c1')).status).toBe(204); // one call only
  });

  test('fail-after commits, journals and then never answers', async () => {
    await clients.fault({ system: 'netsuite', operation: 'PUT */customer/*', fault: 'fail-after' });
    await expect(putCustomer('c1')).rejects.toThrow(/timeout/);
    expect(await effects()).toEqual(['created c1']);
    expect((await clients.netsuite('/record/v1/customer/eid:c1')).status).toBe(200);
  });

  test.each([
    ['reset', 'created c1'],
    ['error', 'created c1'],
  ])('fail-after with mode %s has also committed', async (mode, effect) => {
    await clients.fault({ operation: 'PUT */customer/*', fault: 'fail-after', mode });
    const outcome = await putCustomer('c1').then(
      ({ status }) => status,
      () => 'reset',
    );
    expect(outcome).toBe(mode === 'reset' ? 'reset' : 503);
    expect(await effects()).toEqual([effect]);
  });

  test('reset cuts the connection before anything happens, also as a hang or in the vendor’s words', async () => {
    await clients.fault({ fault: 'reset', operation: 'PUT *' });
    await expect(putCustomer('c1')).rejects.toThrow();
    await clients.fault({ fault: 'fail-before', mode: 'hang', operation: 'PUT *' });
    await expect(putCustomer('c1', 100)).rejects.toThrow(/timeout/);
    expect(await effects()).toEqual([]);
  });

  test('arrive-late cuts the connection, and the request takes effect later all the same', async () => {
    await clients.fault({ fault: 'arrive-late', delayMs: 150, operation: 'PUT *' });
    await expect(putCustomer('c1')).rejects.toThrow();
    expect(await effects()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await effects()).toEqual(['created c1']);
    const id = await clients.fault({ fault: 'arrive-late', delayMs: 60_000, operation: 'PUT *' });
    await expect(putCustomer('c2')).rejects.toThrow();
    expect(await effects()).toEqual(['created c1']);
    await call(`${sandbox.url}/_sandbox/faults/${id}`, { method: 'DELETE' });
    expect(await effects()).toEqual(['created c1', 'created c2']);
  });

  test('swallow answers as if done, and nothing has happened', async () => {
    await clients.fault({ fault: 'swallow', operation: 'PUT *' });
    expect((await putCustomer('c1')).status).toBe(204);
    expect(await effects()).toEqual([]);
  });

  test('throttling speaks each vendor’s dialect', async () => {
    await clients.fault({ fault: 'throttle', times: 3 });
    const salesforce = await clients.salesforce('/limits');
    expect(salesforce).toMatchObject({ status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }] });
    expect(await clients.kantata('/users.json')).toMatchObject({ status: 429, body: { errors: [{ type: 'system' }] } });
    const netsuite = await clients.netsuite('/record/v1/subsidiary');
    expect(netsuite.body).toMatchObject({ status: 429 });
    expect(netsuite.headers.get('retry-after')).toBeNull();
    await clients.fault({ fault: 'throttle', retryAfterSeconds: 7 });
    expect((await clients.kantata('/users.json')).headers.get('retry-after')).toBe('7');
  });

  test('reject is permanent and in the vendor’s envelope; 401 is the vendor’s authentication error', async () => {
    await clients.fault({ fault: 'reject', times: 3 });
    expect(await clients.salesforce('/limits')).toMatchObject({
      status: 400,
      body: [{ errorCode: expect.any(String) as string }],
    });
    expect(await clients.kantata('/users.json')).toMatchObject({
      status: 422,
      body: { errors: [{ type: 'validation' }] },
    });
    expect(await clients.netsuite('/record/v1/subsidiary')).toMatchObject({ status: 400, body: { status: 400 } });
    await clients.fault({ fault: 'reject', status: 401, system: 'kantata' });
    expect(await clients.kantata('/users.json')).toMatchObject({ status: 401, body: { errors: [{ type: 'oauth' }] } });
  });

  test('delay answers late but right', async () => {
    await clients.fault({ fault: 'delay', delayMs: 120 });
    const before = performance.now();
    expect((await clients.kantata('/users.json')).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(110);
  });

  test('a delayed call whose client has gone does nothing', async () => {
    await clients.fault({ fault: 'delay', delayMs: 200, operation: 'PUT *' });
    await expect(putCustomer('c1', 50)).rejects.toThrow(/timeout/);
    await new Promise((go) => setTimeout(go, 250));
    expect(await effects()).toEqual([]);
  });

  test('a fault can wait for the third call, hit twice, and look for a sentinel only', async () => {
    const statuses = async (keys: string[]) => {
      const seen: number[] = [];
      for (const key of keys) seen.push((await putCustomer(key)).status);
      return seen;
    };
    await clients.fault({ fault: 'fail-before', operation: 'PUT *', skip: 2, times: 2 });
    expect(await statuses(['a', 'b', 'c', 'd', 'e'])).toEqual([204, 204, 503, 503, 204]);
    await clients.control('/faults', { method: 'DELETE' });
    await clients.fault({ fault: 'fail-before', match: 'poison', times: 'always' });
    expect(await statuses(['f', 'poison-1', 'g', 'poison-2'])).toEqual([204, 503, 204, 503]);
    const { body } = await clients.control('/faults');
    expect(body.faults).toMatchObject([{ fault: 'fail-before', match: 'poison', seen: 2, hits: 2 }]);
  });

  test('a rate with a seed hits the same calls every time, another seed others', async () => {
    const pattern = async (seed: number) => {
      const id = await clients.fault({ fault: 'fail-before', rate: 0.3, seed, writesOnly: true });
      const statuses: number[] = [];
      for (let round = 0; round < 60; round += 1) statuses.push((await putCustomer('same')).status);
      await clients.control(`/faults/${id}`, { method: 'DELETE' });
      return statuses.map((status) => (status === 503 ? 'x' : '.')).join('');
    };
    const first = await pattern(7);
    expect(await pattern(7)).toBe(first);
    expect(await pattern(8)).not.toBe(first);
    const hits = [...first].filter((mark) => mark === 'x').length;
    expect(hits).toBeGreaterThan(8); // 60 x 0.3 = 18, give or take
    expect(hits).toBeLessThan(30);
  });

  test('a fault that makes no sense is refused with a reason', async () => {
    for (const body of [
      { fault: 'explode' },
      { fault: 'delay', rate: 2 },
      { fault: 'delay', when: 1 },
      { fault: 'reset', times: 0 },
    ]) {
      expect(await clients.control('/faults', { body })).toMatchObject({
        status: 400,
        body: { error: expect.any(String) as string },
      });
    }
    expect((await clients.control('/faults/none', { method: 'DELETE' })).status).toBe(404);
  });

  test('every object in the three systems is explained by the journal, row by row, under one sequence', async () => {
    await putCustomer('c1');
    await clients.kantata('/workspaces.json', { body: { workspace: { title: 'P', creator_role: 'maven' } } });
    await clients.act('close-deal', { dealId: '006TL00000000001AA' });
    const rows = await clients.journal();
    expect(rows.map((row) => row.sequence)).toEqual([1, 2, 3]);
    expect(rows.map((row) => row.operation)).toEqual([
      'PUT /customer/eid::key',
      'POST /workspaces',
      'ACTION close-deal',
    ]);
    const times = rows.map((row) => row.time);
    expect([...times].sort()).toEqual(times);
    for (const row of rows) {
      const { body } = await clients.control(`/objects?system=${row.system}&type=${row.objectType}`);
      const stored = body.objects.find(({ id }) => id === row.objectId);
      expect(stored?.object).toEqual(row.object);
    }
    expect((await clients.control('/journal?since=2&system=salesforce')).body.rows).toHaveLength(1);
  });
});

describe('A sandbox with a data directory', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  test('finds the same state and credentials after a restart, even when the last line was cut off', async () => {
    const first = await startSandbox({ dataDir });
    const before = await clientsOf(first);
    const put = (clients: Clients, key: string) =>
      clients.netsuite(`/record/v1/customer/eid:${key}`, { method: 'PUT', body: CUSTOMER });
    await put(before, 'c1');
    await put(before, 'c2');
    await before.netsuite('/record/v1/customer/eid:c1', { method: 'DELETE' });
    await before.act('close-deal', { dealId: '006TL00000000001AA' });
    const objects = (await before.control('/objects')).body.objects;
    const rows = await before.journal();
    await first.close();
    appendFileSync(join(dataDir, 'netsuite.ndjson'), '{"sequence":99,"time":"20');

    const second = await startSandbox({ dataDir });
    expect(second.credentials).toEqual(first.credentials);
    const after = await clientsOf(second);
    expect((await after.control('/objects')).body.objects).toEqual(objects);
    expect(await after.journal()).toEqual(rows);
    const created = await put(after, 'c3');
    expect(created.headers.get('location')).toMatch(/\/5003$/); // 5001 and 5002 were given out before
    expect((await after.journal()).at(-1)).toMatchObject({ sequence: rows.length + 1, effect: 'created' });
    await second.close();
    expect(readFileSync(join(dataDir, 'netsuite.ndjson'), 'utf8').trim().split('\n')).toHaveLength(4);
  });

  test('reset wipes the journals and brings the seed back', async () => {
    const sandbox = await startSandbox({ dataDir });
    const clients = await clientsOf(sandbox);
    expect((await clients.control('/reset', { method: 'POST' })).status).toBe(204);
    expect(await clients.journal()).toEqual([]);
    expect(readFileSync(join(dataDir, 'salesforce.ndjson'), 'utf8')).toBe('');
    const deal = (await clients.control('/objects?system=salesforce&type=Opportunity')).body.objects[0]?.object;
    expect(deal).toMatchObject({ StageName: 'Committed' });
    await sandbox.close();
  });
});

test('the sandbox refuses a port that is taken, and unknown paths, with a reason', async () => {
  const sandbox = await startSandbox();
  await expect(startSandbox({ port: Number(new URL(sandbox.url).port) })).rejects.toThrow(/EADDRINUSE/);
  expect(await call(`${sandbox.url}/oracle/x`)).toMatchObject({
    status: 404,
    body: { error: expect.any(String) as string },
  });
  expect(await call(`${sandbox.url}/_sandbox/nothing`)).toMatchObject({ status: 404 });
  await sandbox.close();
});
