/**
 * The API over a whole small world: sandbox, database, workers. What the engagement decides reaches the caller as it
 * is.
 */
import { randomUUID } from 'node:crypto';
import type { ApprovalView } from '../../../apps/api/engagements/decision.views.ts';
import { fromEdge } from '../../../apps/api/http/edge.ts';
import type { EngagementSnapshot } from '../../../workflows/engagement/contract.ts';
import { testAddress } from '../../support/temporal.ts';
import { World } from '../../support/world.ts';
import { Api, expectProblem, type Reply, signedHeaders } from './api-of-test.ts';

const TIME_AND_MATERIALS = '006TL00000000001AA';
const FIXED_FEE = '006TL00000000002AA';
const NO_TAX_PROFILE = '006TL00000000004AA';
const NO_FEE = '006TL00000000021AA';
const ANOTHER = '006TL00000000003AA';

let world: World;
let api: Api;

beforeAll(async () => {
  world = await World.start();
  api = await Api.start({
    databaseUrl: world.databaseUrl,
    temporal: { address: testAddress(), namespace: world.namespace },
    configuration: world.configuration,
    environment: world.environment,
  });
}, 60_000);
afterAll(async () => {
  await api.close();
  await world.close();
});

function start(dealId: string, key: string = randomUUID()): Promise<Reply> {
  return api.post('ops', '/v1/engagements', { connectionId: 'sf-emea', dealId }, key);
}

/** The first pending approval, once there is one. */
async function pending(engagementId: string): Promise<ApprovalView> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { body } = await api.get<{ data: ApprovalView[] }>('auditor', `/v1/engagements/${engagementId}/approvals`);
    if (body.data[0]) return body.data[0];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${engagementId} never asked for an approval`);
}

describe('a start by command', () => {
  let engagementId: string;

  test('a good deal is accepted with its place, and a repetition gets the same answer', async () => {
    await world.sandbox.act('close-deal', { dealId: TIME_AND_MATERIALS });
    const key = randomUUID();
    const reply = await start(TIME_AND_MATERIALS, key);
    expect({ status: reply.status, body: reply.body }).toMatchObject({
      status: 201,
      body: { connectionId: 'sf-emea', dealId: TIME_AND_MATERIALS },
    });
    engagementId = String(reply.body.engagementId);
    expect(reply.headers.get('location')).toBe(`/v1/engagements/${engagementId}`);
    const again = await start(TIME_AND_MATERIALS, key);
    expect([again.status, again.body, again.headers.get('location')]).toEqual([
      201,
      reply.body,
      reply.headers.get('location'),
    ]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('a deal that has its engagement answers 200 with it', async () => {
    const reply = await start(TIME_AND_MATERIALS);
    expect({ status: reply.status, id: reply.body.engagementId }).toEqual({ status: 200, id: engagementId });
  });

  test('the snapshot is the engagement itself: state, plan of undo, amounts as strings', async () => {
    const { body } = await api.get('auditor', `/v1/engagements/${engagementId}`);
    expect(body).toMatchObject({ stale: false, state: { v: 1, engagementId }, summary: { engagementId } });
    const { contractValue } = (body as { summary: { contractValue: { amountMinor: unknown }[] } }).summary;
    expect(typeof contractValue[0]?.amountMinor).toBe('string');
    const inside = fromEdge(body) as EngagementSnapshot;
    const seen = await world.look(TIME_AND_MATERIALS);
    expect(inside.summary.contractValue).toEqual(seen.summary.contractValue);
    expect(inside.state.receivedAt).toBe(seen.state.receivedAt);
  });

  test('a deal that fails validation is refused with findings, and may start again when it is mended', async () => {
    await world.sandbox.act('close-deal', { dealId: NO_TAX_PROFILE });
    const problem = expectProblem(await start(NO_TAX_PROFILE), 422, 'DEAL_REFUSED');
    expect(problem.errors.map(({ message }) => message).join()).toMatch(/tax profile/i);
    const fields = { Tax_Profile__c: 'GB-STD' };
    await world.sandbox.act('change-customer', { accountId: '001TL00000000008AA', fields });
    const mended = await start(NO_TAX_PROFILE);
    expect({ status: mended.status, code: mended.body.code }).toEqual({ status: 201, code: undefined });
    const id = String(mended.body.engagementId);
    await pending(id);
    for (let tries = 0; ; tries += 1) {
      const { body } = await api.get<{ data: { engagementId: string; stage: string }[] }>('ops', '/v1/engagements');
      const listed = body.data.find((each) => each.engagementId === id);
      if (listed?.stage === 'ready') break;
      if (tries === 40) throw new Error(`the list still says ${String(listed?.stage)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test('a deal that the CRM does not have is unknown', async () => {
    expectProblem(await start('006TL00000000099AA'), 404, 'DEAL_UNKNOWN');
  });

  test('a connection that is no CRM is unknown', async () => {
    const reply = await api.post('ops', '/v1/engagements', { connectionId: 'kt-main', dealId: 'x' });
    expectProblem(reply, 404, 'CONNECTION_UNKNOWN');
  });
});

describe('decisions', () => {
  let path: string;
  let approval: ApprovalView;

  const decide = (role: Parameters<Api['post']>[0], body: unknown, key?: string): Promise<Reply> =>
    api.post(role, `${path}/approvals/${approval.approvalId}/decisions`, body, key);

  beforeAll(async () => {
    const { body } = await start(TIME_AND_MATERIALS);
    path = `/v1/engagements/${String(body.engagementId)}`;
    approval = await pending(String(body.engagementId));
  });

  test('a decision on another version is refused with 412', async () => {
    const body = { decision: 'approve', versionHash: 'a-hash-that-is-old' };
    expectProblem(await decide('delivery', body), 412, 'APPROVAL_STALE');
  });

  test('a role that may decide, but not this, is refused by the engagement with 403', async () => {
    const body = { decision: 'approve', versionHash: approval.versionHash };
    expectProblem(await decide('fin-approver', body), 403, 'ROLE_MISSING');
  });

  test('who asked for it does not approve it, whatever roles he has', async () => {
    const token = await api.issue(['delivery'], ['*'], approval.preparer);
    const body = { decision: 'approve', versionHash: approval.versionHash };
    const decision = { token, key: randomUUID(), body };
    const reply = await api.call('POST', `${path}/approvals/${approval.approvalId}/decisions`, decision);
    expectProblem(reply, 403, 'PREPARER_IS_APPROVER');
  });

  test('a machine never approves', async () => {
    const token = await api.issue(['delivery', 'integration'], ['*'], 'robot');
    const body = { decision: 'approve', versionHash: approval.versionHash };
    const decision = { token, key: randomUUID(), body };
    const reply = await api.call('POST', `${path}/approvals/${approval.approvalId}/decisions`, decision);
    expectProblem(reply, 403, 'MACHINE_NEVER_APPROVES');
  });

  test('an approval of ten at once is one decision, and each gets a definite answer', async () => {
    const body = { decision: 'approve', versionHash: approval.versionHash };
    const replies = await Promise.all(Array.from({ length: 10 }, () => decide('delivery', body)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const reply of replies.filter(({ status }) => status !== 200)) {
      expectProblem(reply, 409, 'APPROVAL_NOT_PENDING');
    }
    await world.until(TIME_AND_MATERIALS, 'active', ({ state }) => state.stage === 'active');
  });

  test('every one of these left its audit row', async () => {
    const trail = await api.books.audit.ofEngagement(path.split('/')[3] ?? '');
    const decisions = trail.filter(({ action }) => action === 'approval.decide');
    // 1 stale + 1 without role + 1 preparer + 1 machine + 9 too late refused, 1 accepted
    expect(decisions.filter(({ outcome }) => outcome === 'refused')).toHaveLength(13);
    expect(decisions.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
  });

  test('a retry of what neither waits nor is blocked is refused', async () => {
    const reply = await api.post('ops', `${path}/retries`, { sagaId: 'saga-99', reason: 'to see what happens' });
    expectProblem(reply, 409, 'NOTHING_TO_RETRY');
  });

  test('a new draft of what the ERP did not refuse is refused, and leaves its audit row', async () => {
    const asked = { sagaId: 'billing.99', reason: 'the posting month was closed' };
    expectProblem(await api.post('fin-preparer', `${path}/redrafts`, asked), 409, 'NOTHING_TO_REDRAFT');
    expectProblem(await api.post('fin-approver', `${path}/redrafts`, asked), 403, 'FORBIDDEN');
    const trail = await api.books.audit.ofEngagement(path.split('/')[3] ?? '');
    expect(trail.filter(({ action }) => action === 'invoice.redraft')).toMatchObject([
      { outcome: 'refused', objectType: 'saga', objectId: 'billing.99', reason: 'the posting month was closed' },
      { outcome: 'refused' },
    ]);
  });

  test.each([
    ['retries', { sagaId: 'billing.99' }],
    ['redrafts', { sagaId: 'billing.99' }],
    ['cancellation', {}],
  ])('a command without its reason is refused, and that leaves its audit row: %s', async (route, body) => {
    const problem = expectProblem(await api.post('ops', `${path}/${route}`, body), 400, 'VALIDATION');
    expect(problem.errors.map(({ pointer }) => pointer)).toContain('/reason');
    const trail = await api.books.audit.ofEngagement(path.split('/')[3] ?? '');
    expect(trail.at(-1)).toMatchObject({ outcome: 'refused', reason: null, after: { request: body } });
  });

  test('the timeline tells it, oldest first', async () => {
    const { body } = await api.get<{ data: { title: string }[] }>('auditor', `${path}/timeline?limit=200`);
    const titles = body.data.map(({ title }) => title);
    expect(titles).toContain('Engagement is active');
    expect(titles.indexOf('Engagement is validating')).toBeLessThan(titles.indexOf('Engagement is active'));
  });

  test('after work began an engagement is not cancelled', async () => {
    const fact = { type: 'firstTimeApproved', eventId: 'f-1', objectKey: 'first-work:x', version: '1', data: {} };
    expect((await api.post('integration', `${path}/facts`, fact)).status).toBe(202);
    await world.until(TIME_AND_MATERIALS, 'past the point of no return', ({ state }) => state.pastNoReturn);
    const reply = await api.post('ops', `${path}/cancellation`, { reason: 'the customer withdrew' });
    expectProblem(reply, 409, 'PAST_POINT_OF_NO_RETURN');
  });
});

describe('a note for attention', () => {
  let path: string;

  async function noteId(): Promise<string> {
    const { state } = await world.until(TIME_AND_MATERIALS, 'with a note', (seen) => seen.state.attention.length > 0);
    return state.attention[0]?.noteId ?? '';
  }
  const listed = async (): Promise<unknown[]> => {
    const { body } = await api.get<{ data: { dealId: string }[] }>('ops', '/v1/engagements?needsHuman=true&limit=200');
    return body.data.filter(({ dealId }) => dealId === TIME_AND_MATERIALS);
  };

  beforeAll(async () => {
    const { body } = await start(TIME_AND_MATERIALS);
    path = `/v1/engagements/${String(body.engagementId)}`;
    const data = { invoiceId: 'inv-of-nobody', unpaidMinor: '0', paidOn: '2031-01-20' };
    const fact = { type: 'invoicePaid', eventId: 'p-1', objectKey: 'constructor', version: '1', data };
    expect((await api.post('integration', `${path}/facts`, fact)).status).toBe(202);
  });

  test('needs the role that owns it, a reason, and the note', async () => {
    const id = await noteId();
    const reason = 'allocated by hand in the ERP';
    expectProblem(await api.post('ops', `${path}/notes/${id}/acknowledgements`, { reason }), 403, 'ROLE_MISSING');
    expectProblem(await api.post('auditor', `${path}/notes/${id}/acknowledgements`, { reason }), 403, 'FORBIDDEN');
    expectProblem(await api.post('fin-preparer', `${path}/notes/${id}/acknowledgements`, {}), 400, 'VALIDATION');
    const other = await api.post('fin-preparer', `${path}/notes/note.99/acknowledgements`, { reason });
    expectProblem(other, 409, 'NOTE_NOT_OPEN');
  });

  test('acknowledged, it is gone from lists, answers a repetition as before, and left its audit row', async () => {
    const [id, key] = [await noteId(), randomUUID()];
    const reason = 'allocated by hand in the ERP';
    const acknowledge = (): Promise<Reply> =>
      api.post('fin-preparer', `${path}/notes/${id}/acknowledgements`, { reason }, key);
    expect(await listed()).toMatchObject([
      { obstacles: [{ kind: 'attention', code: 'PAYMENT_UNMATCHED', noteId: id, actions: ['acknowledge'] }] },
    ]);
    const [first, second] = [await acknowledge(), await acknowledge()];
    expect({ status: first.status, body: first.body }).toMatchObject({ status: 200, body: { answer: 'acknowledged' } });
    expect({ status: second.status, body: second.body }).toEqual({ status: 200, body: first.body });
    const { state } = await world.until(TIME_AND_MATERIALS, 'without a note', (seen) => {
      return seen.state.attention.length === 0;
    });
    expect(state.versions).toHaveProperty('constructor:inv-of-nobody', '1');
    for (let tries = 0; (await listed()).length > 0; tries += 1) {
      if (tries === 100) throw new Error('the list still asks for a human');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const trail = await api.books.audit.ofEngagement(path.split('/')[3] ?? '');
    const rows = trail.filter(({ action }) => action === 'note.acknowledge');
    // No role of the route, not the owner's role, no reason, no such note; then accepted, once for both requests.
    expect(rows.map(({ outcome, objectId }) => [outcome, objectId])).toEqual([
      ...[id, id, id, 'note.99'].map((object) => ['refused', object]),
      ['accepted', id],
    ]);
    expect(rows.at(-1)).toMatchObject({ reason, actor: { subject: 'fin-preparer@test.example' } });
    const { body } = await api.get<{ data: { title: string }[] }>('auditor', `${path}/timeline?limit=200`);
    expect(body.data.map(({ title }) => title).filter((title) => title.startsWith('Acknowledged'))).toHaveLength(1);
  });
});

describe('a start for other legal entities', () => {
  test('is answered as if the deal had no engagement that the sender could see, and starts nothing', async () => {
    const token = await api.issue(['ops'], ['TL-JP'], 'tokyo@test.example');
    await world.sandbox.act('close-deal', { dealId: ANOTHER });
    const body = { connectionId: 'sf-emea', dealId: ANOTHER };
    const reply = await api.call('POST', '/v1/engagements', { token, key: randomUUID(), body });
    expectProblem(reply, 404, 'ENGAGEMENT_UNKNOWN');
    expect((await start(ANOTHER)).status).toBe(201);
  });
});

describe('a notice', () => {
  const secret = (): string => world.environment.THROUGHLINE_SF_EMEA_NOTICE ?? '';

  function send(dealId: string, changeType: string): Promise<Reply> {
    const id = `evt_${randomUUID()}`;
    const fields = { object: 'Opportunity', objectId: dealId, changeType, systemModstamp: '2031-01-05T10:00:00Z' };
    const body = JSON.stringify({ eventId: id, ...fields });
    return api.call('POST', '/v1/notices/sf-emea', { raw: body, headers: signedHeaders(id, body, secret()) });
  }

  test('of a closed deal starts its engagement by itself', async () => {
    await world.sandbox.act('close-deal', { dealId: FIXED_FEE });
    expect((await send(FIXED_FEE, 'closed-won')).body).toEqual({ received: true, duplicate: false });
    for (let tries = 0; ; tries += 1) {
      const known = await api.books.engagements.findByDeal('sf-emea', FIXED_FEE);
      if (known && (await pending(known.engagementId))) break;
      if (tries === 100) throw new Error('no engagement came of the notice');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test('of a changed account reaches the engagements that wait for its data', async () => {
    await world.sandbox.act('close-deal', { dealId: NO_FEE });
    await send(NO_FEE, 'closed-won');
    const [id, account] = [`evt_${randomUUID()}`, '001TL00000000021AA'];
    for (let tries = 0; tries < 100; tries += 1) {
      if (await api.books.engagements.findByDeal('sf-emea', NO_FEE)) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const fields = {
      object: 'Account',
      objectId: account,
      changeType: 'changed',
      systemModstamp: '2031-01-06T10:00:00Z',
    };
    const body = JSON.stringify({ eventId: id, ...fields });
    const headers = signedHeaders(id, body, secret());
    await api.call('POST', '/v1/notices/sf-emea', { raw: body, headers });
    const engagement = await api.books.engagements.findByDeal('sf-emea', NO_FEE);
    const told = await api.dataSource.query<{ fact_type: string }[]>(
      'SELECT fact_type FROM inbox WHERE engagement_id = $1 AND object_key = $2',
      [engagement?.engagementId, `account:${account}`],
    );
    expect(told).toEqual([{ fact_type: 'dealChanged' }]);
  });

  test('an engagement without work is cancelled, and what was set up is undone', async () => {
    const engagement = await api.books.engagements.findByDeal('sf-emea', FIXED_FEE);
    const path = `/v1/engagements/${engagement?.engagementId ?? ''}`;
    const reply = await api.post('ops', `${path}/cancellation`, { reason: 'the customer withdrew' });
    expect({ status: reply.status, body: reply.body }).toMatchObject({ status: 200, body: { answer: 'cancelling' } });
    await world.until(FIXED_FEE, 'cancelled', ({ state }) => state.stage === 'cancelled');
    const again = await api.post('ops', `${path}/cancellation`, { reason: 'the customer withdrew' });
    expectProblem(again, 409, 'ENGAGEMENT_ENDED');
  });
});

test('the board reads the books: one deal was activated, and no field was keyed again', async () => {
  const { status, body } = await api.get<{ measures: { key: string; value: string; figures: unknown[] }[] }>(
    'auditor',
    '/v1/board',
  );
  expect(status).toBe(200);
  const values = Object.fromEntries(body.measures.map(({ key, value }) => [key, value]));
  expect(Object.keys(values)).toEqual([
    ...['closedWonToActive', 'fieldsKeyedAgain', 'approvedToInvoiced', 'invoicedAgainstApproved'],
    ...['recognisedAgainstBilled', 'cash', 'workToApprove', 'moneyBlocked'],
  ]);
  expect(values).toMatchObject({ fieldsKeyedAgain: '0', approvedToInvoiced: 'nothing yet' });
  const activated = body.measures[0]?.figures.find((figure) => (figure as { name: string }).name === 'count');
  expect(activated).toEqual({ name: 'count', value: '1', unit: 'count' });
});

test('while no worker answers, a decision is 503, and the same key learns later what became of it', async () => {
  const { body } = await start(NO_TAX_PROFILE);
  const approval = await pending(String(body.engagementId));
  const path = `/v1/engagements/${String(body.engagementId)}/approvals/${approval.approvalId}/decisions`;
  const decision = { decision: 'approve', versionHash: approval.versionHash };
  const key = randomUUID();
  await world.stopWorkers();
  expectProblem(await api.post('delivery', path, decision, key), 503, 'ENGAGEMENT_SILENT');
  await world.startWorkers();
  const reply = await api.post('delivery', path, decision, key);
  expect({ status: reply.status, answer: reply.body.answer }).toEqual({ status: 200, answer: 'approved' });
}, 60_000);
