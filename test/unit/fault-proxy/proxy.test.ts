// What each fault does to a call and to the system behind it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONTROL_PATH, startFaultProxy, type FaultProxy } from '../../../apps/fault-proxy/proxy.ts';

let system: Server;
let proxy: FaultProxy;
/** Bodies that arrived at the system. */
let arrived: string[];

beforeEach(async () => {
  arrived = [];
  system = createServer((incoming, answer) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    incoming.on('end', () => {
      arrived.push(body);
      answer.writeHead(201, { 'x-system': 'real' }).end(`got ${body}`);
    });
  });
  await new Promise<void>((resolve) => system.listen(0, '127.0.0.1', resolve));
  proxy = await startFaultProxy({ target: `http://127.0.0.1:${String((system.address() as AddressInfo).port)}` });
});
afterEach(async () => {
  await proxy.close();
  system.closeAllConnections();
  await new Promise((resolve) => system.close(resolve));
});

const call = (body: string, signal?: AbortSignal): Promise<Response> =>
  fetch(`${proxy.url}/rpc/`, { method: 'POST', body, ...(signal && { signal }) });

test('without a rule a call and its answer pass as they are', async () => {
  const answer = await call('create');
  expect([answer.status, answer.headers.get('x-system'), await answer.text()]).toEqual([201, 'real', 'got create']);
});

test('a call that fails before arrives nowhere, and only as often as was said', async () => {
  proxy.add({ fault: 'fail-before', body: 'create', status: 500 });
  expect((await call('read')).status).toBe(201);
  expect((await call('create')).status).toBe(500);
  expect((await call('create')).status).toBe(201);
  expect(arrived).toEqual(['read', 'create']);
  expect(proxy.rules()).toMatchObject([{ hits: 1 }]);
});

test('a call that is reset arrives nowhere and has no answer', async () => {
  proxy.add({ fault: 'reset', method: 'POST', path: '/rpc/' });
  await expect(call('create')).rejects.toThrow('fetch failed');
  expect(arrived).toEqual([]);
});

test('a call that fails after its effect was carried out and has no answer', async () => {
  proxy.add({ fault: 'fail-after', body: ['create', 'party'], times: 'always' });
  await expect(call('create party')).rejects.toThrow('fetch failed');
  expect((await call('create sale')).status).toBe(201);
  expect(arrived).toEqual(['create party', 'create sale']);
});

test('a slow call arrives although its caller has left', async () => {
  proxy.add({ fault: 'slow', delayMs: 150 });
  await expect(call('create', AbortSignal.timeout(20))).rejects.toThrow();
  expect(arrived).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(arrived).toEqual(['create']);
});

test('rules are set, listed and taken away over HTTP, and a fault that is not known is refused', async () => {
  const set = (rule: object): Promise<Response> =>
    fetch(`${proxy.url}${CONTROL_PATH}`, { method: 'POST', body: JSON.stringify(rule) });
  expect((await set({ fault: 'explode' })).status).toBe(400);
  expect((await set({ fault: 'fail-before', times: 'always' })).status).toBe(201);
  expect((await call('create')).status).toBe(503);
  const listed = (await (await fetch(`${proxy.url}${CONTROL_PATH}`)).json()) as { rules: object[] };
  expect(listed.rules).toMatchObject([{ fault: 'fail-before', hits: 1 }]);
  await fetch(`${proxy.url}${CONTROL_PATH}`, { method: 'DELETE' });
  expect((await call('create')).status).toBe(201);
});
