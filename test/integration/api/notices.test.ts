/** Notices: signed, verified before they are read, kept once. */
import { randomUUID } from 'node:crypto';
import {
  Api,
  bareGround,
  expectProblem,
  type Ground,
  NOTICE_SECRET,
  type Reply,
  signedHeaders,
} from './api-of-test.ts';

let ground: Ground;
let api: Api;

beforeAll(async () => {
  ground = await bareGround();
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

function send(
  { id, body }: { id: string; body: string },
  headers = signedHeaders(id, body, NOTICE_SECRET),
): Promise<Reply> {
  return api.call('POST', '/v1/notices/sf-emea', { raw: body, headers });
}

async function inboxRows(eventId: string): Promise<Record<string, unknown>[]> {
  return api.dataSource.query('SELECT * FROM inbox WHERE event_id = $1', [eventId]);
}

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
    ['lost', 'dealLost'],
    ['reopened', 'dealReopened'],
  ])("a notice of a deal that is %s is kept as the hint %s, and is nobody's yet", async (changeType, factType) => {
    const sent = notice({ changeType });
    expect((await send(sent)).status).toBe(202);
    expect(await inboxRows(sent.id)).toMatchObject([{ fact_type: factType, engagement_id: null }]);
  });

  test('a changed account that no open engagement depends on is kept and ignored, with the reason', async () => {
    const sent = notice({ object: 'Account', objectId: '001A00000000009AAA', changeType: 'changed' });
    expect((await send(sent)).status).toBe(202);
    expect(await inboxRows(sent.id)).toMatchObject([
      {
        object_key: 'account:001A00000000009AAA',
        status: 'ignored',
        reason: expect.stringContaining('001A00000000009AAA') as string,
      },
    ]);
  });

  test('an unsigned, forged, altered or stale notice is refused with 401 and leaves nothing', async () => {
    const sent = notice();
    const signed = signedHeaders(sent.id, sent.body, NOTICE_SECRET);
    const old = signedHeaders(sent.id, sent.body, NOTICE_SECRET, Date.now() - 301_000);
    const early = signedHeaders(sent.id, sent.body, NOTICE_SECRET, Date.now() + 302_000);
    const unsigned = { 'webhook-id': sent.id, 'webhook-timestamp': signed['webhook-timestamp'] ?? '' };
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
    const other = await Api.start({
      ...ground,
      environment: { THROUGHLINE_SF_EMEA_NOTICE: `${NOTICE_SECRET} ${whsec}` },
    });
    try {
      for (const secret of [NOTICE_SECRET, whsec]) {
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
      const headers = signedHeaders(id, body, NOTICE_SECRET);
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
