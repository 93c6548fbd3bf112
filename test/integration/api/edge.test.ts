/** The edge without a worker: health, documents, tokens, notices, bad input, idempotency, and what is answered while nobody works. */
import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { CONTROLLERS } from '../../../apps/api/app.module.ts';
import { allows, PERMISSIONS } from '../../../apps/api/access/permissions.ts';
import { type Route, routesOf } from '../../../apps/api/http/operation.ts';
import { ROLES } from '../../../domain/actor.ts';
import { sandboxConfiguration } from '../../../scripts/up/sandbox-profile.ts';
import { freshDatabase } from '../../support/database.ts';
import { freshNamespace, testAddress } from '../../support/temporal.ts';
import { Api, expectProblem, type Ground, type Reply, signedHeaders } from './api-of-test.ts';

const SECRET = 'notice-secret-of-the-test';
const UNKNOWN_ENGAGEMENT = 'eng_01kah3m8x2f7v9q4t6w8y0a1bc';

let ground: Ground;
let api: Api;

beforeAll(async () => {
  ground = {
    databaseUrl: await freshDatabase(),
    temporal: { address: testAddress(), namespace: await freshNamespace() },
    configuration: sandboxConfiguration({ sandboxUrl: 'http://127.0.0.1:9' }),
    environment: { THROUGHLINE_SF_EMEA_NOTICE: SECRET },
  };
  api = await Api.start(ground);
});
afterAll(() => api.close());

function notice(over: Record<string, unknown> = {}): { id: string; body: string } {
  const id = `evt_${randomUUID()}`;
  const fields = { object: 'Opportunity', objectId: '006A00000000001AAA', changeType: 'closed-won' };
  return {
    id,
    body: JSON.stringify({ eventId: id, ...fields, systemModstamp: '2031-01-05T10:00:00.000+0000', ...over }),
  };
}

function send({ id, body }: { id: string; body: string }, headers = signedHeaders(id, body, SECRET)): Promise<Reply> {
  return api.call('POST', '/v1/notices/sf-emea', { raw: body, headers });
}

async function inboxRows(eventId: string): Promise<Record<string, unknown>[]> {
  return api.dataSource.query('SELECT * FROM inbox WHERE event_id = $1', [eventId]);
}

describe('health and documents', () => {
  test('the API lives, is ready, and says what it is', async () => {
    expect((await api.call('GET', '/livez')).body).toEqual({ status: 'ok' });
    expect((await api.call('GET', '/readyz')).body).toEqual({ database: 'ok', temporal: 'ok' });
    expect((await api.call('GET', '/version')).body).toMatchObject({ name: 'throughline', version: '0.1.0' });
  });

  test('an API whose Temporal server is away lives, is not ready, and says what is missing', async () => {
    const other = await Api.start({ ...ground, temporal: { address: '127.0.0.1:9', namespace: 'nowhere' } });
    try {
      expect((await other.call('GET', '/livez')).status).toBe(200);
      const problem = expectProblem(await other.call('GET', '/readyz'), 503, 'NOT_READY');
      expect(problem.errors.map(({ pointer }) => pointer)).toEqual(['/temporal']);
    } finally {
      await other.close();
    }
  });

  test('every operation of the OpenAPI 3.1 document states its permission, and the page needs nothing from elsewhere', async () => {
    const { body } = await api.call<{
      openapi: string;
      paths: Record<string, Record<string, Record<string, unknown>>>;
    }>('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(routesOf(CONTROLLERS).length);
    for (const operation of operations) expect(Object.keys(PERMISSIONS)).toContain(operation['x-permission']);
    expect(JSON.stringify(body)).not.toContain('"nullable"');
    const page = await api.call<string>('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect((await api.call('GET', '/docs/swagger-ui-bundle.js')).status).toBe(200);
  });
});

describe('routes and what they check', () => {
  test('a route without a permission stops the start', () => {
    class Forgotten {
      open(): string {
        return 'for everybody';
      }
    }
    const handler = Forgotten.prototype.open;
    Reflect.defineMetadata('path', 'forgotten', Forgotten);
    Reflect.defineMetadata('path', '/', handler);
    Reflect.defineMetadata('method', 0, handler);
    expect(() => routesOf([Forgotten])).toThrow('Forgotten.open is a route without @Operation');
  });

  test('every body and query is checked against a class: none lost its type to an import', () => {
    const wanted = ['3', '4']; // RouteParamtypes.BODY and QUERY
    const found = CONTROLLERS.flatMap((controller: Type) => {
      const prototype = controller.prototype as object;
      return Object.getOwnPropertyNames(prototype).flatMap((method) => {
        const parameters = (Reflect.getMetadata('__routeArguments__', controller, method) ?? {}) as Record<
          string,
          { index: number }
        >;
        const types = (Reflect.getMetadata('design:paramtypes', prototype, method) ?? []) as unknown[];
        return Object.entries(parameters)
          .filter(([kind]) => wanted.includes(kind.split(':')[0] ?? ''))
          .map(([, { index }]) => ({ where: `${controller.name}.${method}`, type: types[index] }));
      });
    });
    expect(found.map(({ where }) => where)).toEqual(
      expect.arrayContaining(['EngagementsController.start', 'DecisionsController.decide', 'FactsController.report']),
    );
    for (const { where, type } of found) {
      expect({ where, isClass: typeof type === 'function' && type !== Object && type !== Array }).toEqual({
        where,
        isClass: true,
      });
    }
  });
});

/** A request to each route that is well-formed enough to pass the guard. */
function pathOf({ path }: Route): string {
  return path
    .replace(':engagementId', UNKNOWN_ENGAGEMENT)
    .replace(':approvalId', 'a-1')
    .replace(':connectionId', 'sf-emea');
}

describe('tokens and roles', () => {
  const guarded = routesOf(CONTROLLERS).filter(({ operation }) => operation.permission !== 'anyone');

  test('without a token, and with one that nobody issued, every route answers 401 with a challenge', async () => {
    for (const route of guarded) {
      const bare = await api.call(route.method, pathOf(route));
      expectProblem(bare, 401, 'UNAUTHENTICATED');
      expect(bare.headers.get('www-authenticate')).toBe('Bearer');
      const invented = await api.call(route.method, pathOf(route), { token: 'tl_invented' });
      expectProblem(invented, 401, 'UNAUTHENTICATED');
      expect(invented.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
  });

  test.each(guarded)('$method $path is open to the roles of its permission and to no other', async (route) => {
    for (const role of ROLES) {
      const { permission } = route.operation;
      const reply = await api.call(route.method, pathOf(route), { token: api.tokens[role] });
      const actor = { subject: role, roles: [role], legalEntities: ['*'] };
      if (allows(actor, permission)) expect({ role, status: reply.status }).not.toMatchObject({ status: 403 });
      else expectProblem(reply, 403, 'FORBIDDEN');
    }
  });

  test('a refused command leaves an audit row with its actor', async () => {
    const reply = await api.post('auditor', '/v1/engagements', { connectionId: 'sf-emea', dealId: 'D-denied' });
    expectProblem(reply, 403, 'FORBIDDEN');
    const [row] = await api.dataSource.query<Record<string, unknown>[]>(
      `SELECT * FROM audit_entry WHERE object_id = 'D-denied'`,
    );
    expect(row).toMatchObject({ action: 'engagement.start', object_type: 'deal', outcome: 'refused' });
    expect(row?.actor).toMatchObject({ subject: 'auditor@test.example', roles: ['auditor'] });
  });

  test('a revoked token is refused by the next request', async () => {
    const token = await api.issue(['ops'], ['*'], 'leaver@test.example');
    expect((await api.call('GET', '/v1/engagements', { token })).status).toBe(200);
    await api.books.tokens.revoke(token);
    expectProblem(await api.call('GET', '/v1/engagements', { token }), 401, 'UNAUTHENTICATED');
  });
});

describe('notices', () => {
  test('a signed notice is kept once, and its repetition is known as one', async () => {
    const won = notice();
    const first = await send(won);
    expect({ status: first.status, body: first.body }).toEqual({
      status: 202,
      body: { received: true, duplicate: false },
    });
    expect((await send(won)).body).toEqual({ received: true, duplicate: true });
    const kept = await inboxRows(won.id);
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatchObject({
      connection_id: 'sf-emea',
      fact_type: 'dealWon',
      object_key: 'deal:006A00000000001AAA',
      version: '2031-01-05T10:00:00.000Z',
      payload: { origin: { dealId: '006A00000000001AAA' }, data: {} },
      status: 'received',
    });
  });

  test('twenty copies at once are one row', async () => {
    const won = notice();
    const replies = await Promise.all(Array.from({ length: 20 }, () => send(won)));
    expect(replies.filter(({ body }) => body.duplicate === false)).toHaveLength(1);
    expect(await inboxRows(won.id)).toHaveLength(1);
  });

  test.each([
    ['changed', 'dealChanged'],
    ['lost', 'dealChanged'],
    ['reopened', 'dealReopened'],
  ])('a notice of a deal that is %s becomes the fact %s', async (changeType, factType) => {
    const sent = notice({ changeType });
    expect((await send(sent)).status).toBe(202);
    expect(await inboxRows(sent.id)).toMatchObject([{ fact_type: factType }]);
  });

  test('a changed account that no open engagement depends on is kept and ignored, with the reason', async () => {
    await api.dataSource.query('DELETE FROM engagement_deal');
    const sent = notice({ object: 'Account', objectId: '001A00000000009AAA', changeType: 'changed' });
    expect((await send(sent)).status).toBe(202);
    expect(await inboxRows(sent.id)).toMatchObject([
      {
        object_key: 'account:001A00000000009AAA',
        status: 'ignored',
        reason: expect.stringContaining('001A00000000009AAA'),
      },
    ]);
  });

  test('an unsigned, forged, altered or stale notice is refused with 401 and leaves nothing', async () => {
    const sent = notice();
    const signed = signedHeaders(sent.id, sent.body, SECRET);
    const old = signedHeaders(sent.id, sent.body, SECRET, Date.now() - 301_000);
    const early = signedHeaders(sent.id, sent.body, SECRET, Date.now() + 302_000);
    const { 'webhook-signature': _, ...unsigned } = signed;
    expectProblem(await send(sent, unsigned), 401, 'NOTICE_UNSIGNED');
    expectProblem(await send(sent, signedHeaders(sent.id, sent.body, 'another')), 401, 'NOTICE_FORGED');
    expectProblem(await send({ ...sent, body: `${sent.body} ` }, signed), 401, 'NOTICE_FORGED');
    expectProblem(await send(sent, { ...signed, 'webhook-id': 'evt_other' }), 401, 'NOTICE_FORGED');
    expectProblem(await send(sent, { ...signed, 'webhook-signature': 'v1,AAAA' }), 401, 'NOTICE_FORGED');
    expectProblem(await send(sent, old), 401, 'NOTICE_STALE');
    expectProblem(await send(sent, early), 401, 'NOTICE_STALE');
    expectProblem(await send(sent, { ...signed, 'webhook-timestamp': 'now' }), 401, 'NOTICE_STALE');
    expect(await inboxRows(sent.id)).toHaveLength(0);
  });

  test('while a secret is rotated, notices signed with the old and with the new one count', async () => {
    const whsec = `whsec_${Buffer.from('a new secret of 24 bytes').toString('base64')}`;
    const other = await Api.start({ ...ground, environment: { THROUGHLINE_SF_EMEA_NOTICE: `${SECRET} ${whsec}` } });
    try {
      for (const secret of [SECRET, whsec]) {
        const { id, body } = notice();
        const headers = signedHeaders(id, body, secret);
        expect((await other.call('POST', '/v1/notices/sf-emea', { raw: body, headers })).status).toBe(202);
      }
    } finally {
      await other.close();
    }
  });

  test('a signed notice that makes no sense is refused, naming each place', async () => {
    const wrong = notice({ changeType: 'exploded', objectId: undefined });
    const problem = expectProblem(await send(wrong), 400, 'NOTICE_MALFORMED');
    expect(problem.errors).toMatchObject([
      { pointer: '/objectId', code: 'MISSING' },
      { pointer: '/changeType', code: 'MALFORMED' },
    ]);
    expectProblem(await send({ id: 'evt_x', body: 'not json' }), 400, 'NOTICE_MALFORMED');
    expectProblem(await send({ id: 'evt_y', body: '[]' }), 400, 'NOTICE_MALFORMED');
    expectProblem(await send({ id: 'evt_z', body: notice().body }), 400, 'NOTICE_MALFORMED'); // signed id differs
  });

  test('an unverified notice is not even read: malformed and unsigned is 401, not 400', async () => {
    expectProblem(await api.call('POST', '/v1/notices/sf-emea', { raw: 'not json' }), 401, 'NOTICE_UNSIGNED');
  });

  test('a connection that is unknown, or that sends no notices, does not exist', async () => {
    const { id, body } = notice();
    for (const connection of ['kt-main', 'nobody', 'constructor']) {
      const headers = signedHeaders(id, body, SECRET);
      expectProblem(
        await api.call('POST', `/v1/notices/${connection}`, { raw: body, headers }),
        404,
        'CONNECTION_UNKNOWN',
      );
    }
  });

  test('a body above 1 MiB is refused with 413', async () => {
    const { id, body } = notice({ padding: 'x'.repeat(1_048_576) });
    expectProblem(await send({ id, body }), 413, 'BODY_TOO_LARGE');
  });
});

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
    const path = `/v1/engagements/${await anEngagement('D-facts')}/facts`;
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
});

async function anEngagement(dealId: string): Promise<string> {
  const requestedBy = { subject: 'ops@test.example', roles: ['ops' as const], legalEntities: ['*'] };
  const deal = { connectionId: 'sf-emea', dealId, correlationId: 'c', requestedBy };
  return (await api.books.engagements.forDeal(deal)).engagement.engagementId;
}

describe('idempotency', () => {
  const reports = async (): Promise<string> => `/v1/engagements/${await anEngagement('D-idempotency')}/facts`;
  const fact = (eventId: string): Record<string, unknown> => ({
    ...{ type: 'milestoneStarted', eventId, objectKey: 'milestone:M1', version: '1', data: { milestoneId: 'M1' } },
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
    const { hashOf } = await import('../../../persistence/canonical-json.ts');
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

describe('while no worker runs', () => {
  test('an engagement answers what it published last, marked as stale', async () => {
    const engagementId = await anEngagement('D-stale');
    expectProblem(await api.get('ops', `/v1/engagements/${engagementId}`), 503, 'ENGAGEMENT_SILENT');
    await publish(engagementId, 'D-stale', ['TL-UK']);
    const { body } = await api.get('ops', `/v1/engagements/${engagementId}`);
    expect(body).toMatchObject({ stale: true, state: null, compensationPlan: [], summary: { engagementId } });
    expect(body.summary).toMatchObject({
      contractValue: [{ amountMinor: '123456', currency: 'GBP' }],
      decisionDueAt: '2031-01-03T00:00:00.000Z',
    });
  });

  test('the administrator sees the engagement and no amount', async () => {
    const engagementId = await anEngagement('D-masked');
    await publish(engagementId, 'D-masked', ['TL-UK']);
    const { body } = await api.get('admin', `/v1/engagements/${engagementId}`);
    expect(body.summary).toMatchObject({ contractValue: [{ amountMinor: null, currency: 'GBP' }] });
  });

  test('an engagement of other legal entities does not exist: not by id, not in lists, not for commands', async () => {
    const engagementId = await anEngagement('D-foreign');
    await publish(engagementId, 'D-foreign', ['TL-UK']);
    const token = await api.issue(['ops', 'delivery'], ['TL-JP'], 'tokyo@test.example');
    expectProblem(await api.call('GET', `/v1/engagements/${engagementId}`, { token }), 404, 'ENGAGEMENT_UNKNOWN');
    expectProblem(
      await api.call('GET', `/v1/engagements/${engagementId}/timeline`, { token }),
      404,
      'ENGAGEMENT_UNKNOWN',
    );
    const cancel = { token, key: randomUUID(), body: { reason: 'not wanted any more' } };
    expectProblem(
      await api.call('POST', `/v1/engagements/${engagementId}/cancellation`, cancel),
      404,
      'ENGAGEMENT_UNKNOWN',
    );
    const start = { token, key: randomUUID(), body: { connectionId: 'sf-emea', dealId: 'D-foreign' } };
    expectProblem(await api.call('POST', '/v1/engagements', start), 404, 'ENGAGEMENT_UNKNOWN');
    const { body } = await api.call<{ data: { engagementId: string }[] }>('GET', '/v1/engagements?limit=200', {
      token,
    });
    expect(body.data.map((each) => each.engagementId)).not.toContain(engagementId);
  });

  test('lists are paged without gap or repetition, and filtered', async () => {
    const made: string[] = [];
    for (const number of [1, 2, 3, 4, 5]) {
      const engagementId = await anEngagement(`D-list-${String(number)}`);
      await publish(engagementId, `D-list-${String(number)}`, ['TL-KW'], number === 3);
      made.push(engagementId);
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
      type Page = { data: { engagementId: string }[]; nextCursor: string | null };
      const page: Reply<Page> = await api.get('ops', `/v1/engagements?legalEntity=TL-KW&limit=2${more}`);
      seen.push(...page.body.data.map((each) => each.engagementId));
      cursor = page.body.nextCursor;
    }
    expect(seen).toEqual([...made].reverse());
    const parked = await api.get<{ data: unknown[] }>('ops', '/v1/engagements?legalEntity=TL-KW&needsHuman=true');
    expect(parked.body.data).toMatchObject([{ engagementId: made[2] }]);
  });

  test('the timeline is paged by its sequence', async () => {
    const engagementId = await anEngagement('D-time');
    await publish(engagementId, 'D-time', ['TL-UK']);
    const path = `/v1/engagements/${engagementId}/timeline`;
    const first = await api.get<{ data: { seq: number }[]; nextCursor: string }>('auditor', `${path}?limit=2`);
    expect(first.body).toMatchObject({
      data: [{ seq: 1, at: '2031-01-01T00:00:00.000Z' }, { seq: 2 }],
      nextCursor: '2',
    });
    const rest = await api.get('auditor', `${path}?limit=2&cursor=2`);
    expect(rest.body).toMatchObject({ data: [{ seq: 3 }], nextCursor: null });
  });

  test('a decision gets 503 and is not kept, so that the same key may ask again', async () => {
    const engagementId = await anEngagement('D-decision');
    await publish(engagementId, 'D-decision', ['TL-UK']);
    const path = `/v1/engagements/${engagementId}/cancellation`;
    const key = randomUUID();
    const body = { reason: 'the customer withdrew' };
    const first = await api.post('ops', path, body, key);
    expectProblem(first, 409, 'ENGAGEMENT_ENDED'); // nothing was ever started
    expect((await api.books.audit.ofEngagement(engagementId)).map(({ outcome }) => outcome)).toEqual(['refused']);
  });
});

const FIRST_MS = Date.parse('2031-01-01T00:00:00Z');
const DAY_MS = 86_400_000;

async function publish(
  engagementId: string,
  dealId: string,
  legalEntityIds: string[],
  needsHuman = false,
): Promise<void> {
  const gbp = (amountMinor: number) => [{ amountMinor, currency: 'GBP' }];
  await api.books.projection.publish({
    engagementId,
    turn: 1,
    summary: {
      ...{ engagementId, connectionId: 'sf-emea', dealId, stage: 'active', contractName: 'A contract' },
      ...{ customerId: 'c', customerName: 'C', legalEntityIds, currencies: ['GBP'], contractValue: gbp(123_456) },
      ...{ billed: gbp(0), paid: gbp(0), recognised: gbp(0), obstacles: [], blockedBy: null, parkedReason: null },
      ...{ ownerRole: null, needsHuman, decisionDueAt: FIRST_MS + 2 * DAY_MS, nextAt: null },
    },
    timeline: [1, 2, 3].map((seq) => ({
      ...{
        seq,
        at: FIRST_MS + (seq - 1) * DAY_MS,
        kind: 'stage',
        title: `Line ${String(seq)}`,
        actor: 'system:throughline',
      },
      ...{ sagaId: null, amount: null },
    })),
    acknowledge: [],
  });
}

describe('log', () => {
  test('each request leaves one line with its ids, and no secret in it', async () => {
    const before = api.lines.length;
    const reply = await api.call('GET', '/v1/board?x=secret', { token: api.tokens.ops });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const lines = api.lines.slice(before);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      ...{ event: 'request', method: 'GET', route: '/v1/board', path: '/v1/board', subject: 'ops@test.example' },
      ...{ requestId: reply.headers.get('request-id'), status: reply.status },
    });
    expect(JSON.stringify(api.lines)).not.toContain(api.tokens.ops);
    expect(JSON.stringify(api.lines)).not.toContain(SECRET);
  });
});
