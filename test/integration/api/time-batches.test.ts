/**
 * Approving time and expenses over HTTP: what is shown is what a decision binds to, whoever it is that asks, how often
 * he asks, and what becomes of the work in between.
 */
import { randomUUID } from 'node:crypto';
import type { BatchDecidedView, BatchListView, BatchView } from '../../../apps/api/work/time-batches.views.ts';
import { SYSTEM } from '../../../domain/actor.ts';
import type { TimeRevision } from '../../../persistence/repositories/work.ts';
import { Api, bareGround, expectProblem, type Reply, UNKNOWN_ENGAGEMENT } from './api-of-test.ts';

const PSA = 'kt-main';
const SAM = 'sam.poe@test.example';

let api: Api;
let deals = 0;

beforeAll(async () => {
  const ground = await bareGround();
  const connections = { ...ground.configuration.connections };
  const psa = connections[PSA];
  if (psa) connections[PSA] = { ...psa, people: { '101': SAM } };
  api = await Api.start({ ...ground, configuration: { ...ground.configuration, connections } });
});
afterAll(() => api.close());

function worked(entryId: string, workedOn: string, minutes: number, change: Partial<TimeRevision> = {}): TimeRevision {
  const changedAt = `${workedOn}T18:00:00Z`;
  return {
    ...{ entryId, version: changedAt, projectId: '', taskId: null, resourceId: '111', role: 'Consultant', workedOn },
    ...{ minutes, billable: true, state: 'submitted', changedAt, ...change },
  };
}

/** The PSA has told time of a project. */
async function tell(projectId: string, ...entries: TimeRevision[]): Promise<void> {
  const named = entries.map((entry) => ({ ...entry, entryId: `${projectId}-${entry.entryId}`, projectId }));
  await api.books.transaction(async (books) => {
    const { engagementIds } = await books.work.appendTime(PSA, named, 'throughline');
    await books.workFacts.tellWaiting(PSA, engagementIds, SYSTEM);
  });
}

/** An active engagement of TL-UK with 8 h of a Consultant, 4 h of a Principal and 40.00 GBP of travel in January. */
async function anEngagement(): Promise<{ engagementId: string; projectId: string; path: string }> {
  deals += 1;
  const engagementId = await api.anEngagement(`D-work-${String(deals)}`);
  const projectId = `p${String(deals)}`;
  await api.dataSource.query(
    `UPDATE engagement_view SET stage = 'active', legal_entity_ids = '{TL-UK}',
       summary = summary || '{"stage": "active", "legalEntityIds": ["TL-UK"]}' WHERE engagement_id = $1`,
    [engagementId],
  );
  const project = { connectionId: PSA, type: 'project', id: projectId };
  await api.books.refs.put({ engagementId, legalEntityId: 'TL-UK', key: 'project' }, project);
  const travel = {
    entryId: `${projectId}-x`,
    projectId,
    category: 'Travel',
    incurredOn: '2031-01-13',
    currency: 'GBP',
  };
  const spent = {
    version: '1',
    resourceId: '111',
    amountMinor: 4_000,
    billable: true,
    changedAt: '2031-01-13T18:00:00Z',
  };
  await api.books.work.appendExpenses(PSA, [{ ...travel, ...spent, state: 'submitted' }], 'throughline');
  await tell(projectId, worked('1', '2031-01-13', 480), worked('2', '2031-01-14', 240, { role: 'Principal' }));
  return { engagementId, projectId, path: `/v1/time-batches/${engagementId}.TL-UK.2031-01` };
}

async function shown(path: string): Promise<BatchView> {
  const { status, body } = await api.get<BatchView>('delivery', path);
  expect(status).toBe(200);
  return body;
}

function decide(
  path: string,
  body: object,
  token = api.tokens.delivery,
  key = randomUUID(),
): Promise<Reply<BatchDecidedView>> {
  return api.call('POST', `${path}/decisions`, { token, body, key });
}

async function audit(engagementId: string) {
  return (await api.books.audit.ofEngagement(engagementId)).map(({ actor, action, outcome, objectId, after }) => {
    return { subject: actor.subject, action, outcome, objectId, after };
  });
}

describe('batches', () => {
  test('are listed with what waits, and one shows its lines, its totals by role and its hash', async () => {
    const { engagementId, projectId, path } = await anEngagement();
    const list = await api.get<BatchListView>('auditor', `/v1/time-batches?engagementId=${engagementId}`);
    const batchId = `${engagementId}.TL-UK.2031-01`;
    expect(list.body).toEqual({
      data: [
        {
          ...{ batchId, engagementId, legalEntityId: 'TL-UK', month: '2031-01', time: 2, minutes: 720, expenses: 1 },
          ...{ rejected: 0, waitingSinceAt: '2031-01-13T18:00:00.000Z' },
        },
      ],
      nextCursor: null,
    });
    const batch = await shown(path);
    expect(batch).toMatchObject({
      batchId,
      engagementId,
      more: false,
      rejected: [],
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(batch.totals).toEqual({
      roles: [
        { role: 'Consultant', entries: 1, minutes: 480, billableMinutes: 480 },
        { role: 'Principal', entries: 1, minutes: 240, billableMinutes: 240 },
      ],
      expenses: [{ amountMinor: '4000', currency: 'GBP' }],
    });
    expect(batch.entries.map(({ key, minutes, amount }) => [key, minutes, amount])).toEqual([
      [`time:${PSA}:${projectId}-1`, 480, null],
      [`expense:${PSA}:${projectId}-x`, null, { amountMinor: '4000', currency: 'GBP' }],
      [`time:${PSA}:${projectId}-2`, 240, null],
    ]);
  });

  test('come in pages', async () => {
    const { engagementId, projectId } = await anEngagement();
    await tell(projectId, worked('3', '2031-02-03', 60), worked('4', '2031-03-03', 60));
    const months: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body }: Reply<BatchListView> = await api.get(
        'ops',
        `/v1/time-batches?limit=1&engagementId=${engagementId}${from}`,
      );
      months.push(...body.data.map(({ month }) => month));
      cursor = body.nextCursor;
    }
    expect(months).toEqual(['2031-01', '2031-02', '2031-03']);
    expectProblem(await api.get('ops', '/v1/time-batches?cursor=nonsense'), 400, 'VALIDATION');
    expectProblem(await api.get('ops', '/v1/time-batches?status=approved'), 400, 'VALIDATION');
  });

  test('of other legal entities, and such that nothing has, do not exist', async () => {
    const { engagementId, path } = await anEngagement();
    const foreign = await api.issue(['delivery'], ['TL-JP'], 'tokyo@test.example');
    expectProblem(await api.call('GET', path, { token: foreign }), 404, 'BATCH_UNKNOWN');
    const reply = await api.call<BatchListView>('GET', '/v1/time-batches', { token: foreign });
    expect(reply.body.data).toEqual([]);
    const { hash } = await shown(path);
    expectProblem(await decide(path, { decision: 'approve', hash }, foreign), 404, 'BATCH_UNKNOWN');
    for (const batchId of [`${UNKNOWN_ENGAGEMENT}.TL-UK.2031-01`, 'nonsense', `${engagementId}.TL-UK.2031-13`]) {
      expectProblem(await api.get('delivery', `/v1/time-batches/${batchId}`), 404, 'BATCH_UNKNOWN');
    }
    expect((await shown(`/v1/time-batches/${engagementId}.TL-UK.2031-02`)).entries).toEqual([]);
  });
});

describe('a decision on work', () => {
  test('approves what was shown, once, and leaves approver, hash and entries in the audit trail', async () => {
    const { engagementId, projectId, path } = await anEngagement();
    const { hash } = await shown(path);
    const reply = await decide(path, { decision: 'approve', hash });
    expect({ status: reply.status, body: reply.body }).toMatchObject({
      status: 200,
      body: { engagementId, answer: 'approved', waiting: 0 },
    });
    const keys = [`time:${PSA}:${projectId}-1`, `expense:${PSA}:${projectId}-x`, `time:${PSA}:${projectId}-2`];
    expect(reply.body.entries.map(({ key }) => key)).toEqual(keys);
    const [row] = await audit(engagementId);
    expect(row).toMatchObject({
      ...{ subject: 'delivery@test.example', action: 'work.decide', outcome: 'accepted' },
      ...{ objectId: `${engagementId}.TL-UK.2031-01`, after: { request: { hash }, answer: reply.body } },
    });
    const { facts } = await api.books.inbox.unread(engagementId);
    expect(facts.map(({ type }) => type)).toEqual(['workSubmitted', 'firstTimeApproved', 'workDecided']);
    expectProblem(await decide(path, { decision: 'approve', hash }), 409, 'BATCH_CHANGED');
  });

  test('rejects part of it with a reason, and the answer has the hash for the rest', async () => {
    const { projectId, path } = await anEngagement();
    const { hash } = await shown(path);
    const entries = [`time:${PSA}:${projectId}-2`];
    expectProblem(await decide(path, { decision: 'reject', hash, entries }), 400, 'VALIDATION');
    const reason = 'the Principal was not there';
    const reply = await decide(path, { decision: 'reject', hash, entries, reason });
    expect(reply.body).toMatchObject({ answer: 'rejected', entries: [{ key: entries[0] }], waiting: 2 });
    const batch = await shown(path);
    expect(batch.hash).toBe(reply.body.hash);
    expect(batch.rejected).toMatchObject([{ key: entries[0], reason, rejectedBy: 'delivery@test.example' }]);
    const rest = await decide(path, { decision: 'approve', hash: reply.body.hash });
    expect({ status: rest.status, waiting: rest.body.waiting }).toEqual({ status: 200, waiting: 0 });
  });

  test('on what has changed since it was shown is refused with the hash of today', async () => {
    const { projectId, path } = await anEngagement();
    const { hash } = await shown(path);
    await tell(projectId, worked('1', '2031-01-13', 420, { version: '2031-01-20T08:00:00Z' }));
    const problem = expectProblem(await decide(path, { decision: 'approve', hash }), 409, 'BATCH_CHANGED');
    const now = await shown(path);
    expect(problem.errors).toEqual([{ pointer: '/hash', code: 'BATCH_CHANGED', message: now.hash }]);
    expect(now.hash).not.toBe(hash);
    expect((await decide(path, { decision: 'approve', hash: now.hash })).status).toBe(200);
  });

  test('of a role that approves no work, or of a machine, is refused and leaves its row', async () => {
    const { path } = await anEngagement();
    const { hash } = await shown(path);
    for (const role of ['ops', 'fin-preparer', 'fin-approver', 'admin', 'auditor', 'integration'] as const) {
      expectProblem(await decide(path, { decision: 'approve', hash }, api.tokens[role]), 403, 'FORBIDDEN');
    }
    const machine = await api.issue(['delivery'], ['*'], 'policy:approve-all');
    expectProblem(await decide(path, { decision: 'approve', hash }, machine), 403, 'MACHINE_NEVER_APPROVES');
    const [found] = await api.dataSource.query<{ refused: string }[]>(
      `SELECT count(*) AS refused FROM audit_entry
       WHERE action = 'work.decide' AND outcome = 'refused' AND object_id = $1`,
      [path.split('/').at(-1)],
    );
    expect(Number(found?.refused)).toBe(7);
  });

  test('on own time is refused and names it; the others may be decided on', async () => {
    const { projectId, path } = await anEngagement();
    await tell(projectId, worked('3', '2031-01-15', 60, { resourceId: '101' }));
    const { hash, entries } = await shown(path);
    const sam = await api.issue(['delivery'], ['*'], 'Sam.Poe@test.example');
    const problem = expectProblem(await decide(path, { decision: 'approve', hash }, sam), 403, 'OWN_WORK');
    const own = `time:${PSA}:${projectId}-3`;
    expect(problem.errors.map(({ message }) => message)).toEqual([own]);
    const others = entries.map(({ key }) => key).filter((key) => key !== own);
    const reply = await decide(path, { decision: 'approve', hash, entries: others }, sam);
    expect({ status: reply.status, waiting: reply.body.waiting }).toEqual({ status: 200, waiting: 1 });
  });

  test('by two at once is taken once', async () => {
    const { engagementId, path } = await anEngagement();
    const { hash } = await shown(path);
    const other = await api.issue(['delivery'], ['TL-UK'], 'other@test.example');
    const replies = await Promise.all(
      [api.tokens.delivery, other].map((token) => decide(path, { decision: 'approve', hash }, token)),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [decided] = await api.dataSource.query<{ count: string }[]>(
      'SELECT count(*) FROM work_decision WHERE engagement_id = $1',
      [engagementId],
    );
    expect(Number(decided?.count)).toBe(1);
  });

  test('repeated under its Idempotency-Key gets its first answer, also after a lost one', async () => {
    const { path } = await anEngagement();
    const { hash } = await shown(path);
    const key = randomUUID();
    const first = await decide(path, { decision: 'approve', hash }, api.tokens.delivery, key);
    const again = await decide(path, { decision: 'approve', hash }, api.tokens.delivery, key);
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([200, first.body, 'true']);
    // The answer was lost before it was kept: the books still know the command.
    await api.dataSource.query('DELETE FROM idempotency_key WHERE key = $1', [key]);
    const lost = await decide(path, { decision: 'approve', hash }, api.tokens.delivery, key);
    expect([lost.status, lost.body]).toEqual([200, first.body]);
    const other = await decide(
      path,
      { decision: 'reject', hash, reason: 'on second thoughts' },
      api.tokens.delivery,
      key,
    );
    expectProblem(other, 422, 'IDEMPOTENCY_KEY_REUSED');
  });

  test('is refused while the engagement takes no work, or for entries that do not wait', async () => {
    const { engagementId, path } = await anEngagement();
    const { hash } = await shown(path);
    const entries = [`time:${PSA}:nothing`];
    const unknown = expectProblem(await decide(path, { decision: 'approve', hash, entries }), 409, 'ENTRY_NOT_WAITING');
    expect(unknown.errors.map(({ message }) => message)).toEqual(entries);
    await api.dataSource.query(`UPDATE engagement_view SET stage = 'cancelled' WHERE engagement_id = $1`, [
      engagementId,
    ]);
    const problem = expectProblem(await decide(path, { decision: 'approve', hash }), 409, 'ENGAGEMENT_TAKES_NO_WORK');
    expect(problem.detail).toContain('the engagement is cancelled');
  });

  test('that is not well formed is refused', async () => {
    const { path } = await anEngagement();
    const { hash } = await shown(path);
    for (const body of [
      { decision: 'approve' },
      { decision: 'approve', hash: 'short' },
      { decision: 'wave through', hash },
      { decision: 'approve', hash, entries: [] },
      { decision: 'approve', hash, entries: ['a', 'a'] },
      { decision: 'approve', hash, approvedBy: 'me' },
    ]) {
      expectProblem(await decide(path, body), 400, 'VALIDATION');
    }
    const bare = await api.call('POST', `${path}/decisions`, {
      token: api.tokens.delivery,
      body: { decision: 'approve', hash },
    });
    expectProblem(bare, 400, 'IDEMPOTENCY_KEY_MISSING');
  });
});

test('facts that our own books tell cannot be reported from outside', async () => {
  const { engagementId } = await anEngagement();
  const fact = { type: 'workDecided', eventId: 'e', objectKey: 'work', version: '1', data: {} };
  expectProblem(await api.post('integration', `/v1/engagements/${engagementId}/facts`, fact), 400, 'VALIDATION');
});

test('the board says how much waits, and with whom', async () => {
  const token = await api.issue(['auditor'], ['TL-UK'], 'board@test.example');
  type Board = { measures: { key: string; value: string; figures: { value: string }[] }[] };
  const measure = async (with_: string) => {
    const { body } = await api.call<Board>('GET', '/v1/board', { token: with_ });
    return body.measures.find(({ key }) => key === 'workToApprove');
  };
  const before = await measure(token);
  await anEngagement();
  const after = await measure(token);
  // 2 time entries, 720 minutes, 1 expense more
  const figures = (of: typeof before) => of?.figures.map(({ value }) => Number(value)) ?? [];
  expect(figures(after).map((value, index) => value - (figures(before)[index] ?? 0))).toEqual([2, 720, 1]);
  expect(after?.value).toMatch(/^\d+ time entries \(\d+\.\d h\) and \d+ expenses with delivery$/);
  expect((await measure(await api.issue(['auditor'], ['TL-JP'], 'board-jp@test.example')))?.value).toBe('none');
});
