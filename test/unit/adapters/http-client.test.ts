// What a failed call means, against a server that misbehaves in every way a network does.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kindOfTransport } from '../../../adapters/http/classify.ts';
import { createHttpClient, type HttpCall, type HttpOptions } from '../../../adapters/http/http-client.ts';
import { cachedToken, fixedToken } from '../../../adapters/http/tokens.ts';
import { AdapterError } from '../../../adapters/ports/errors.ts';

const context = { correlationId: 'cor_1', actorSubject: 'system:test' };
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let calls = 0;
/** Of all calls, in order: one that a test gave up may arrive during the next test. */
const paths: (string | undefined)[] = [];
const server = createServer((request, response) => {
  calls += 1;
  paths.push(request.url);
  answer(request, response);
});
let baseUrl = '';

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  baseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});
beforeEach(() => {
  calls = 0;
});

const client = (options: Partial<HttpOptions> = {}) =>
  createHttpClient({ connectionId: 'x-1', baseUrl, timeoutMs: 5000, explain: () => undefined, ...options });
const READ: HttpCall = { operation: 'read thing', method: 'GET', path: '/thing' };
const WRITE: HttpCall = { operation: 'make thing', method: 'POST', path: '/thing', body: { amount: 1 } };

async function failureOf(call: HttpCall, options: Partial<HttpOptions> = {}): Promise<AdapterError> {
  const error: unknown = await client(options)
    .send(call, context)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  if (error instanceof AdapterError) return error;
  throw new Error(`an AdapterError was expected, not ${String(error)}`);
}

const replying =
  (status: number, body: string, headers: Record<string, string> = {}) =>
  (_request: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, headers).end(body);

test('a call carries its chain and actor, and JSON in both directions', async () => {
  let seen: IncomingMessage | undefined;
  answer = (request, response) => {
    seen = request;
    response.end('{"id": 17, "total": 12.50}');
  };
  const { body } = await client({ tokens: fixedToken('t-1') }).send({ ...WRITE, query: { a: 'b c' } }, context);
  expect(body).toEqual({ id: '17', total: '12.50' });
  expect(seen?.url).toBe('/thing?a=b+c');
  expect(seen?.headers).toMatchObject({
    'throughline-correlation-id': 'cor_1',
    'throughline-actor': 'system:test',
    authorization: 'Bearer t-1',
    'content-type': 'application/json',
  });
});

describe('by status', () => {
  test.each([
    [400, 'rejected', 'rejected'],
    [401, 'unauthorised', 'unauthorised'],
    [403, 'unauthorised', 'unauthorised'],
    [404, 'not_found', 'not_found'],
    [409, 'conflict', 'conflict'],
    [412, 'conflict', 'conflict'],
    [422, 'rejected', 'rejected'],
    [429, 'throttled', 'throttled'],
    [302, 'contract_broken', 'contract_broken'],
    [500, 'unavailable', 'timeout'],
    [503, 'unavailable', 'timeout'],
    [504, 'unavailable', 'timeout'],
  ])('%i means %s for a read and %s for a write', async (status, read, write) => {
    answer = replying(status, '{}', status === 302 ? { location: 'http://127.0.0.1:1/elsewhere' } : {});
    expect((await failureOf(READ)).kind).toBe(read);
    expect((await failureOf(WRITE)).kind).toBe(write);
    expect(calls).toBe(2);
  });

  test('a system that says when to come back is throttling, in seconds or by date', async () => {
    answer = replying(503, '', { 'retry-after': '12' });
    expect(await failureOf(WRITE)).toMatchObject({ kind: 'throttled', retryAfterMs: 12_000 });
    answer = replying(429, '', { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    const { retryAfterMs = 0 } = await failureOf(READ);
    expect(retryAfterMs).toBeGreaterThan(55_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    answer = replying(429, '', { 'retry-after': 'soon' });
    expect((await failureOf(READ)).retryAfterMs).toBeUndefined();
  });

  test("the vendor's own words win over the status, and carry no secret", async () => {
    answer = replying(400, '{"why": "locked"}');
    const explain = () =>
      ({ kind: 'unavailable', code: 'LOCKED', message: 'try later, access_token=abc123 Bearer x.y.z' }) as const;
    const error = await failureOf(READ, { explain });
    expect(error).toMatchObject({ kind: 'unavailable', vendorCode: 'LOCKED', operation: 'read thing' });
    expect(error.message).toBe('400 try later, access_token=[redacted] Bearer [redacted]');
  });
});

describe('by what happens on the wire', () => {
  test('a refused connection reached nobody', async () => {
    const gone = createServer();
    await new Promise<void>((done) => gone.listen(0, '127.0.0.1', done));
    const { port } = gone.address() as AddressInfo;
    await new Promise((done) => gone.close(done));
    const error = await failureOf(WRITE, { baseUrl: `http://127.0.0.1:${String(port)}` });
    expect([error.kind, error.message]).toEqual(['unavailable', 'the connection failed (ECONNREFUSED)']);
    for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED']) {
      expect(kindOfTransport({ name: 'TypeError', cause: { code } })).toBe('unavailable');
    }
    for (const code of ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT']) {
      expect(kindOfTransport({ name: 'TypeError', cause: { code } })).toBe('timeout');
    }
  });

  test('no answer in time leaves the outcome unknown', async () => {
    answer = () => undefined;
    const error = await failureOf(WRITE, { timeoutMs: 50 });
    expect([error.kind, error.message]).toEqual(['timeout', 'no answer in time']);
  });

  test('a call that is given up leaves the outcome unknown', async () => {
    answer = () => undefined;
    const signal = AbortSignal.timeout(30);
    const sent = client({ timeoutMs: 5000 }).send(WRITE, { ...context, signal });
    await expect(sent).rejects.toMatchObject({ kind: 'timeout' });
  });

  test('a reset leaves the outcome unknown, and nothing is sent again', async () => {
    answer = (request) => void request.socket.destroy();
    expect((await failureOf({ ...WRITE, path: '/reset' })).kind).toBe('timeout');
    expect(paths.filter((path) => path === '/reset')).toHaveLength(1);
  });

  test('an answer cut off on the way leaves the outcome unknown', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"id":');
      setTimeout(() => response.destroy(), 20);
    };
    expect((await failureOf(WRITE)).kind).toBe('timeout');
  });

  test('an answer that is not JSON is a broken contract for a read, and doubt for a write', async () => {
    for (const body of ['{"id": 1', '<html>maintenance</html>']) {
      answer = replying(200, body);
      expect((await failureOf(READ)).kind).toBe('contract_broken');
      expect((await failureOf({ ...WRITE, reads: true })).kind).toBe('contract_broken');
      expect((await failureOf(WRITE)).kind).toBe('timeout');
    }
  });

  test('an answer without a body is fine', async () => {
    answer = replying(204, '');
    expect(await client().send(WRITE, context)).toMatchObject({ status: 204, body: undefined });
  });

  test('an answer of more than 10 MB is not read to its end', async () => {
    answer = replying(200, `"${'x'.repeat(10 * 1024 * 1024)}"`);
    const error = await failureOf(READ, { timeoutMs: 5000 });
    expect([error.kind, error.message]).toEqual(['contract_broken', 'the answer is larger than 10 MB']);
    expect((await failureOf(WRITE, { timeoutMs: 5000 })).kind).toBe('timeout');
  });
});

describe('sign-in', () => {
  test('is fetched once for all that wait, kept, and fetched anew before it expires', async () => {
    answer = replying(200, '{}');
    let fetched = 0;
    const lives = [3_600_000, 30_000, 3_600_000];
    const tokens = cachedToken(async () => {
      await new Promise((done) => setTimeout(done, 10));
      return { value: `t-${String((fetched += 1))}`, expiresAtMs: Date.now() + (lives[fetched - 1] ?? 0) };
    });
    const http = client({ tokens });
    await Promise.all([http.send(READ, context), http.send(READ, context), http.send(READ, context)]);
    await http.send(READ, context);
    expect(fetched).toBe(1);
    tokens.discard('t-1');
    // The second token lives 30 s, less than the margin of a minute, so it serves one call only.
    await http.send(READ, context);
    await http.send(READ, context);
    expect(fetched).toBe(3);
  });

  test('that is refused is renewed once; a second refusal is told', async () => {
    let fetched = 0;
    const source = () =>
      cachedToken(() => Promise.resolve({ value: `t-${String((fetched += 1))}`, expiresAtMs: Date.now() + 3_600_000 }));
    answer = (request, response) =>
      void response.writeHead(request.headers.authorization === 'Bearer t-2' ? 200 : 401).end('{}');
    expect((await client({ tokens: source() }).send(WRITE, context)).status).toBe(200);
    expect([fetched, calls]).toEqual([2, 2]);
    expect((await failureOf(WRITE, { tokens: source() })).kind).toBe('unauthorised');
    expect(calls).toBe(4);
  });

  test('that fails does not spoil later calls', async () => {
    answer = replying(200, '{}');
    let fetched = 0;
    const tokens = cachedToken(() => {
      fetched += 1;
      if (fetched === 1) throw new AdapterError('timeout', 'no answer', { connectionId: 'x-1', operation: 'sign in' });
      return Promise.resolve({ value: 't', expiresAtMs: Date.now() + 3_600_000 });
    });
    // The write itself was never sent, so there is no doubt about it.
    expect((await failureOf(WRITE, { tokens })).kind).toBe('unavailable');
    expect(calls).toBe(0);
    expect((await client({ tokens }).send(WRITE, context)).status).toBe(200);
  });
});
