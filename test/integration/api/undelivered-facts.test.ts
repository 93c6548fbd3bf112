/** Facts that reached no engagement: seen by those who may, tried again by a command that leaves its audit row. */
import { SYSTEM } from '../../../domain/actor.ts';
import { Api, bareGround, expectProblem } from './api-of-test.ts';

interface Listed {
  data: { inboxId: string; status: string; reason: string; nextAttemptAt: string | null }[];
  nextCursor: string | null;
}

let api: Api;

beforeAll(async () => {
  api = await Api.start(await bareGround());
});
afterAll(() => api.close());
beforeEach(() => api.dataSource.query('DELETE FROM inbox'));

let events = 0;

/** A row that failed `attempts` times; dead after two. */
async function failed(attempts: number, engagementId: string | null = null): Promise<string> {
  events += 1;
  const { inboxId } = await api.books.inbox.receive({
    ...{ connectionId: 'ns-main', eventId: `e-${String(events)}`, type: 'invoicePaid', objectKey: 'invoice:77' },
    ...{ version: '1', effectiveOn: null, occurredAt: '2031-01-05T10:00:00Z', correlationId: 'cor-7', actor: SYSTEM },
    ...{ origin: { erpInvoiceId: '77' }, data: { unpaidMinor: 100 }, engagementId },
  });
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    await api.books.inbox.markFailed(inboxId, 'no invoice of ours has this id in the ERP', 60_000, 2);
  }
  return inboxId;
}

const list = async (query = ''): Promise<Listed> =>
  (await api.get<Listed>('ops', `/v1/undelivered-facts${query}`)).body;
const ids = ({ data }: Listed): string[] => data.map(({ inboxId }) => inboxId);
const reason = { reason: 'the invoice is in our books now' };

describe('facts that reached no engagement', () => {
  test('are listed with reason, correlation id and age; delivered ones are not, and amounts never', async () => {
    await failed(0);
    const dead = await failed(2);
    await api.dataSource.query(`UPDATE inbox SET recorded_at = now() - interval '1 hour' WHERE inbox_id = $1`, [dead]);
    const page = await list();
    expect(page).toEqual({
      data: [
        {
          ...{ inboxId: dead, status: 'dead', connectionId: 'ns-main', type: 'invoicePaid', objectKey: 'invoice:77' },
          ...{ version: '1', engagementId: null, correlationId: 'cor-7', attempts: 2, nextAttemptAt: null },
          reason: 'no invoice of ours has this id in the ERP',
          receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
          ageSeconds: expect.any(Number) as number,
        },
      ],
      nextCursor: null,
    });
    const { ageSeconds } = page.data[0] as unknown as { ageSeconds: number };
    expect(ageSeconds).toBeGreaterThanOrEqual(3_600);
    expect(ageSeconds).toBeLessThan(3_700);
  });

  test('come oldest first, in pages, by status', async () => {
    const [waiting, dead, other] = [await failed(1), await failed(2), await failed(2)];
    expect(ids(await list())).toEqual([waiting, dead, other]);
    expect(ids(await list('?status=dead'))).toEqual([dead, other]);
    const [one] = (await list('?status=waiting')).data;
    expect([one?.inboxId, typeof one?.nextAttemptAt]).toEqual([waiting, 'string']);
    const first = await list('?limit=2');
    expect(ids(first)).toEqual([waiting, dead]);
    expect(ids(await list(`?limit=2&cursor=${String(first.nextCursor)}`))).toEqual([other]);
    expectProblem(await api.get('ops', '/v1/undelivered-facts?status=lost'), 400, 'VALIDATION');
  });

  test('of other legal entities do not exist for the reader', async () => {
    const engagementId = await api.anEngagement('D-entity');
    await api.dataSource.query(
      `UPDATE engagement_view SET stage = 'active', legal_entity_ids = '{TL-UK}', published_turn = 1
       WHERE engagement_id = $1`,
      [engagementId],
    );
    const inboxId = await failed(2, engagementId);
    const [own, foreign] = [await api.issue(['ops'], ['TL-UK']), await api.issue(['ops'], ['TL-US'])];
    const seen = async (token: string): Promise<string[]> =>
      ids((await api.call<Listed>('GET', '/v1/undelivered-facts', { token })).body);
    expect([await seen(own), await seen(foreign)]).toEqual([[inboxId], []]);
    const retry = { token: foreign, key: 'foreign-1', body: reason };
    expectProblem(await api.call('POST', `/v1/undelivered-facts/${inboxId}/retries`, retry), 404, 'FACT_UNKNOWN');
  });
});

describe('trying a fact again', () => {
  test('makes a dead one due at once, once for one key, with an audit row', async () => {
    const inboxId = await failed(2);
    const path = `/v1/undelivered-facts/${inboxId}/retries`;
    const reply = await api.post('fin-preparer', path, reason, 'retry-1');
    expect({ status: reply.status, body: reply.body }).toEqual({
      status: 202,
      body: { inboxId, engagementId: null, answer: 'retrying' },
    });
    expect(ids(await list())).toEqual([]);
    const [row] = await api.books.inbox.claim(10, 60_000);
    expect([row?.inboxId, row?.attempts]).toEqual([inboxId, 0]);
    const again = await api.post('fin-preparer', path, reason, 'retry-1');
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    const audit = await api.dataSource.query<Record<string, unknown>[]>(
      'SELECT action, object_type, outcome, reason FROM audit_entry WHERE object_id = $1',
      [inboxId],
    );
    expect(audit).toEqual([{ action: 'fact.retry', object_type: 'fact', outcome: 'accepted', ...reason }]);
  });

  test('saves a waiting one its waiting time; what was delivered, or never was, is refused', async () => {
    const waiting = await failed(1);
    expect((await api.post('ops', `/v1/undelivered-facts/${waiting}/retries`, reason)).status).toBe(202);
    const [row] = await api.books.inbox.claim(10, 60_000);
    expect(row?.inboxId).toBe(waiting);
    await api.books.inbox.markDispatched(waiting);
    const path = (inboxId: string): string => `/v1/undelivered-facts/${inboxId}/retries`;
    expectProblem(await api.post('ops', path(waiting), reason), 409, 'FACT_DELIVERED');
    expectProblem(await api.post('ops', path('inb_none'), reason), 404, 'FACT_UNKNOWN');
    expectProblem(await api.post('ops', path(waiting), {}), 400, 'VALIDATION');
  });
});
