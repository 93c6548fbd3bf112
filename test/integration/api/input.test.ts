/** Bad input and repeated commands: each gets a clear problem, and nothing happens twice. */
import { randomUUID } from 'node:crypto';
import { hashOf } from '../../../persistence/canonical-json.ts';
import { Api, bareGround, expectProblem, type Reply, UNKNOWN_ENGAGEMENT } from './api-of-test.ts';

let api: Api;

beforeAll(async () => {
  api = await Api.start(await bareGround());
});
afterAll(() => api.close());

describe('bad input', () => {
  const start = (raw: string, headers: Record<string, string> = {}): Promise<Reply> =>
    api.call('POST', '/v1/engagements', { token: api.tokens.ops, key: randomUUID(), raw, headers });

  test('an unknown property is refused by name', async () => {
    const reply = await api.post('ops', '/v1/engagements', { connectionId: 'sf-emea', dealId: 'D', stage: 'active' });
    const problem = expectProblem(reply, 400, 'VALIDATION');
    expect(problem.errors).toMatchObject([{ pointer: '/stage', code: 'UNKNOWN_PROPERTY' }]);
  });

  test.each([
    ['what is no JSON', '{"connectionId":', {}, 400, 'REQUEST_MALFORMED'],
    ['another media type', 'a=b', { 'content-type': 'text/plain' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['a prototype', '{"__proto__":{"x":1}}', {}, 400, 'REQUEST_MALFORMED'],
    ['the character U+0000', '{"connectionId":"sf-emea","dealId":"a\\u0000"}', {}, 400, 'CHARACTER_REFUSED'],
    ['a list', '[]', {}, 400, 'VALIDATION'],
    ['null', 'null', {}, 400, 'VALIDATION'],
    ['a text', '"x"', {}, 400, 'VALIDATION'],
    ['nothing', '', {}, 400, 'VALIDATION'],
    ['too much', `{"connectionId":"${'x'.repeat(1_048_576)}"}`, {}, 413, 'BODY_TOO_LARGE'],
  ])('a body that is %s is refused', async (_what, raw, headers, status, code) => {
    expectProblem(await start(raw, headers), status, code);
  });

  test.each(['retries', 'cancellation', 'notes/note.1/acknowledgements'])(
    'a command without its reason is refused with the place, and leaves its audit row: %s',
    async (command) => {
      const reply = await api.post('ops', `/v1/engagements/${UNKNOWN_ENGAGEMENT}/${command}`, { sagaId: 's-1' });
      expect(expectProblem(reply, 400, 'VALIDATION').errors.map(({ pointer }) => pointer)).toContain('/reason');
      const [row] = (await api.books.audit.ofEngagement(UNKNOWN_ENGAGEMENT)).slice(-1);
      expect(row).toMatchObject({ outcome: 'refused', reason: null });
    },
  );

  test('a rejection without a reason is refused, and so is a reason of less than ten characters', async () => {
    const path = `/v1/engagements/${UNKNOWN_ENGAGEMENT}/approvals/a-1/decisions`;
    const bare = await api.post('fin-approver', path, { decision: 'reject', versionHash: 'h' });
    expect(expectProblem(bare, 400, 'VALIDATION').errors.map(({ pointer }) => pointer)).toContain('/reason');
    const short = await api.post('fin-approver', path, { decision: 'reject', versionHash: 'h', reason: 'no' });
    expectProblem(short, 400, 'VALIDATION');
  });

  test.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'stage=nowhere',
    'needsHuman=maybe',
    'cursor=%27',
    'colour=red',
    'currency=eur',
  ])('a list with %s is refused', async (query) => {
    expectProblem(await api.get('ops', `/v1/engagements?${query}`), 400, 'VALIDATION');
  });

  test('an unknown route, a bad URL and an engagement that does not exist are problems with a request id', async () => {
    expectProblem(await api.get('ops', '/v1/nothing'), 404, 'ROUTE_UNKNOWN');
    expectProblem(await api.get('ops', '/v1/engagements/%zz'), 400, 'REQUEST_MALFORMED');
    expectProblem(await api.get('ops', '/v1/engagements/a%00b'), 400, 'CHARACTER_REFUSED');
    for (const path of ['', '/timeline']) {
      const reply = await api.get('ops', `/v1/engagements/${UNKNOWN_ENGAGEMENT}${path}`);
      const problem = expectProblem(reply, 404, 'ENGAGEMENT_UNKNOWN');
      expect(reply.headers.get('request-id')).toBe(problem.requestId);
    }
  });

  test('a correlation id is taken over, minted when absent, and refused when it is none', async () => {
    const given = await api.call('GET', '/livez', { headers: { 'throughline-correlation-id': 'deal-chain-7' } });
    expect(given.headers.get('throughline-correlation-id')).toBe('deal-chain-7');
    expect((await api.call('GET', '/livez')).headers.get('throughline-correlation-id')).toMatch(/^cor_/);
    const wrong = await api.call('GET', '/livez', { headers: { 'throughline-correlation-id': 'a b' } });
    expectProblem(wrong, 400, 'CORRELATION_ID_INVALID');
  });

  test('a fact must say what its type needs, and the delivery role reports milestones only', async () => {
    const path = `/v1/engagements/${await api.anEngagement('D-facts')}/facts`;
    const fact = { type: 'milestoneAccepted', eventId: 'e-1', objectKey: 'milestone:M1', version: '1', data: {} };
    const bare = expectProblem(await api.post('integration', path, fact), 400, 'VALIDATION');
    expect(bare.errors).toMatchObject([{ pointer: '/data/milestoneId' }]);
    const payment = { ...fact, type: 'invoicePaid', data: { invoiceId: 'i', unpaidMinor: '0', paidOn: '2031-02-30' } };
    const noDay = expectProblem(await api.post('integration', path, payment), 400, 'VALIDATION');
    expect(noDay.errors).toMatchObject([{ pointer: '/data/paidOn', code: 'IS_PLAIN_DATE' }]);
    const paid = { ...payment, data: { ...payment.data, paidOn: '2031-02-28' } };
    expectProblem(await api.post('delivery', path, paid), 403, 'FACT_FORBIDDEN');
    const kept = await api.post('delivery', path, { ...fact, data: { milestoneId: 'M1' } });
    expect({ status: kept.status, duplicate: kept.body.duplicate }).toEqual({ status: 202, duplicate: false });
    const again = await api.post('delivery', path, { ...fact, data: { milestoneId: 'M1' } });
    expect(again.body).toEqual({ ...kept.body, duplicate: true });
  });

  test('a fact that says something else under a known event id is refused, and not taken for a repetition', async () => {
    const path = `/v1/engagements/${await api.anEngagement('D-event-ids')}/facts`;
    const data = { milestoneId: 'M1' };
    const fact = { type: 'milestoneStarted', eventId: 'e-2', objectKey: 'milestone:M1', version: '1', data };
    expect((await api.post('integration', path, fact)).status).toBe(202);
    const others = [{ type: 'milestoneAccepted' }, { version: '2' }, { effectiveOn: '2031-01-05' }];
    for (const other of [...others, { objectKey: 'milestone:M2', data: { milestoneId: 'M2' } }])
      expectProblem(await api.post('integration', path, { ...fact, ...other }), 422, 'EVENT_ID_REUSED');
    const elsewhere = `/v1/engagements/${await api.anEngagement('D-event-ids-2')}/facts`;
    expectProblem(await api.post('integration', elsewhere, fact), 422, 'EVENT_ID_REUSED');
  });

  test('a version that does not come after the one that was told is refused, because it would change nothing', async () => {
    const path = `/v1/engagements/${await api.anEngagement('D-versions')}/facts`;
    const payment = (invoiceId: string, version: string): Record<string, unknown> => ({
      ...{ type: 'invoicePaid', eventId: `${invoiceId}.${version}`, objectKey: 'invoice:77', version },
      data: { invoiceId, unpaidMinor: '0', paidOn: '2031-02-28' },
    });
    const report = (invoiceId: string, version: string) => api.post('integration', path, payment(invoiceId, version));
    expect((await report('i-1', '9')).status).toBe(202);
    // '10' < '9' as text
    const stale = expectProblem(await report('i-1', '10'), 409, 'FACT_STALE');
    expect(stale.detail).toContain('version 10 of invoice:77 does not come after 9, compared as text');
    const again = await api.post('integration', path, { ...payment('i-1', '9'), eventId: 'another' });
    expectProblem(again, 409, 'FACT_STALE');
    expect((await report('i-2', '10')).status).toBe(202); // the invoice of another ERP that has the same id there
    expect((await report('i-1', '91')).status).toBe(202);
    const rows = await api.dataSource.query<{ version: string }[]>(
      `SELECT version FROM inbox WHERE object_key = 'invoice:77' ORDER BY seq`,
    );
    expect(rows.map(({ version }) => version)).toEqual(['9', '10', '91']);
  });
});

describe('idempotency', () => {
  const reports = async (): Promise<string> => `/v1/engagements/${await api.anEngagement('D-idempotency')}/facts`;
  const fact = (eventId: string): Record<string, unknown> => ({
    ...{ type: 'milestoneStarted', eventId, objectKey: `milestone:${eventId}`, version: '1' },
    data: { milestoneId: eventId },
  });

  test('a command without a key, or with one that is none, is refused', async () => {
    const request = { token: api.tokens.integration, body: fact('k-0') };
    expectProblem(await api.call('POST', await reports(), request), 400, 'IDEMPOTENCY_KEY_MISSING');
    expectProblem(await api.call('POST', await reports(), { ...request, key: 'a b' }), 400, 'IDEMPOTENCY_KEY_INVALID');
  });

  test('the same key with the same content gets the first answer again, and nothing happens twice', async () => {
    const key = randomUUID();
    const first = await api.post('integration', await reports(), fact('k-1'), key);
    const again = await api.post('integration', await reports(), fact('k-1'), key);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    const audit = await api.dataSource.query<unknown[]>(`SELECT 1 FROM audit_entry WHERE object_id = 'k-1'`);
    expect(audit).toHaveLength(1);
  });

  test('the same key with other content is refused with 422', async () => {
    const key = randomUUID();
    await api.post('integration', await reports(), fact('k-2'), key);
    expectProblem(await api.post('integration', await reports(), fact('k-3'), key), 422, 'IDEMPOTENCY_KEY_REUSED');
  });

  test('keys of different clients are different keys', async () => {
    const key = randomUUID();
    await api.post('integration', await reports(), fact('k-4'), key);
    const other = await api.post('delivery', await reports(), fact('k-5'), key);
    expect(other.headers.get('idempotency-replayed')).toBeNull();
    expect(other.status).toBe(202);
  });

  test('a final refusal is kept, a malformed request is not', async () => {
    const path = `/v1/engagements/${UNKNOWN_ENGAGEMENT}/facts`;
    const key = randomUUID();
    expectProblem(await api.post('integration', path, { ...fact('k-6'), extra: 1 }, key), 400, 'VALIDATION');
    const refused = await api.post('integration', path, fact('k-6'), key);
    expectProblem(refused, 404, 'ENGAGEMENT_UNKNOWN');
    const again = await api.post('integration', path, fact('k-6'), key);
    expectProblem(again, 404, 'ENGAGEMENT_UNKNOWN');
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('while the first request still works, the second is told to wait', async () => {
    const key = randomUUID();
    const path = await reports();
    const client = 'integration@test.example';
    const route = '/v1/engagements/:engagementId/facts';
    const engagementId = path.split('/')[3];
    const fingerprint = hashOf({ params: { engagementId }, body: fact('k-7') });
    await api.books.idempotency.admit({ client, method: 'POST', route, key }, fingerprint);
    const reply = await api.post('integration', path, fact('k-7'), key);
    expect(expectProblem(reply, 409, 'IDEMPOTENCY_KEY_RUNNING').retryable).toBe(true);
    expect(reply.headers.get('retry-after')).toBe('1');
  });

  test('fifty requests at once with one key have one effect', async () => {
    const key = randomUUID();
    const path = await reports();
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => api.post('integration', path, fact('k-8'), key)),
    );
    const fresh = replies.filter(({ status, headers }) => status === 202 && !headers.has('idempotency-replayed'));
    expect(fresh).toHaveLength(1);
    for (const { status } of replies) expect([202, 409]).toContain(status);
  });
});
