/** What is answered while no worker runs: the views, scoped to legal entities, in pages. */
import { randomUUID } from 'node:crypto';
import { Api, bareGround, expectProblem, type Reply } from './api-of-test.ts';

const FIRST_MS = Date.parse('2031-01-01T00:00:00Z');
const DAY_MS = 86_400_000;

let api: Api;

beforeAll(async () => {
  api = await Api.start(await bareGround());
});
afterAll(() => api.close());

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

describe('while no worker runs', () => {
  test('an engagement answers what it published last, marked as stale', async () => {
    const engagementId = await api.anEngagement('D-stale');
    await publish(engagementId, 'D-stale', ['TL-UK']);
    const { body } = await api.get('ops', `/v1/engagements/${engagementId}`);
    expect(body).toMatchObject({ stale: true, state: null, compensationPlan: [], summary: { engagementId } });
    expect(body.summary).toMatchObject({
      contractValue: [{ amountMinor: '123456', currency: 'GBP' }],
      decisionDueAt: '2031-01-03T00:00:00.000Z',
    });
  });

  test('an engagement that was just accepted is there, received, for whoever asks and in lists', async () => {
    const engagementId = await api.anEngagement('D-accepted');
    const { status, body } = await api.get('ops', `/v1/engagements/${engagementId}`);
    const received = { engagementId, connectionId: 'sf-emea', dealId: 'D-accepted', stage: 'received' };
    expect({ status, body }).toMatchObject({ status: 200, body: { stale: true, state: null, summary: received } });
    const list = await api.get<{ data: unknown[] }>('auditor', '/v1/engagements?stage=received&limit=1');
    expect(list.body.data).toMatchObject([{ ...received, needsHuman: false, obstacles: [] }]);
    const timeline = await api.get('auditor', `/v1/engagements/${engagementId}/timeline`);
    expect(timeline.body).toEqual({ data: [], nextCursor: null });
    await publish(engagementId, 'D-accepted', ['TL-UK']);
    expect((await api.get('ops', `/v1/engagements/${engagementId}`)).body).toMatchObject({
      summary: { stage: 'active' },
    });
  });

  test('an id that a start answered with is never unknown, also while nobody can say yes or no', async () => {
    const start = await api.post('ops', '/v1/engagements', { connectionId: 'sf-emea', dealId: 'D-slow' });
    expect({ status: start.status, body: start.body }).toMatchObject({ status: 202 });
    const { status, body } = await api.get('ops', start.headers.get('location') ?? '');
    expect({ status, body }).toMatchObject({ status: 200, body: { stale: true, summary: { stage: 'received' } } });
    // It runs, and may still be refused: another start finds it, and is not told yes before anybody is.
    const again = await api.post('ops', '/v1/engagements', { connectionId: 'sf-emea', dealId: 'D-slow' });
    expect({ status: again.status, id: again.body.engagementId }).toEqual({ status: 202, id: start.body.engagementId });
  }, 60_000);

  test('the administrator sees the engagement and no amount', async () => {
    const engagementId = await api.anEngagement('D-masked');
    await publish(engagementId, 'D-masked', ['TL-UK']);
    const { body } = await api.get('admin', `/v1/engagements/${engagementId}`);
    expect(body.summary).toMatchObject({ contractValue: [{ amountMinor: null, currency: 'GBP' }] });
  });

  test('an engagement of other legal entities does not exist: not by id, not in lists, not for commands', async () => {
    const engagementId = await api.anEngagement('D-foreign');
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
      const engagementId = await api.anEngagement(`D-list-${String(number)}`);
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
    const engagementId = await api.anEngagement('D-time');
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

  test('a decision on an engagement that was never started is refused, with its audit row', async () => {
    const engagementId = await api.anEngagement('D-decision');
    await publish(engagementId, 'D-decision', ['TL-UK']);
    const path = `/v1/engagements/${engagementId}/cancellation`;
    const key = randomUUID();
    const body = { reason: 'the customer withdrew' };
    const first = await api.post('ops', path, body, key);
    expectProblem(first, 409, 'ENGAGEMENT_ENDED');
    expect((await api.books.audit.ofEngagement(engagementId)).map(({ outcome }) => outcome)).toEqual(['refused']);
  });
});
