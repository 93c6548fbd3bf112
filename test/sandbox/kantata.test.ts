/**
 * The simulated Kantata: envelope, projects and tasks, no idempotency, time and expenses as people handle them.
 */
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { call, clientsOf, idOf, idsOf, type Clients } from './client.ts';

const REFERENCE = { service_name: 'throughline', service_model: 'Engagement', service_model_ref: 'eng_1' };

describe('Kantata in the sandbox', () => {
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

  const createWorkspace = async (fields: object = {}) => {
    const workspace = { title: 'Store operations review', creator_role: 'maven', currency: 'GBP', ...fields };
    const body = { workspace: { external_reference: REFERENCE, ...workspace } };
    return idOf(await clients.kantata('/workspaces.json', { body }));
  };

  test('a wrong token is refused in the vendor’s envelope', async () => {
    expect(await clients.kantata('/users.json', { headers: { authorization: 'Bearer x' } })).toMatchObject({
      status: 401,
      body: { errors: [{ type: 'oauth' }] },
    });
  });

  test('a project comes with its external reference and the stories of its template, all journalled', async () => {
    const id = await createWorkspace({ project_tracker_template_id: '201', price: 94_400, due_date: '2026-03-31' });
    const { body } = await clients.kantata(`/workspaces/${id}.json?include=external_references,stories`);
    expect(body).toMatchObject({ count: 1, results: [{ key: 'workspaces', id }], meta: { page_number: 1 } });
    expect(body.workspaces[id]).toMatchObject({
      price_in_cents: 9_440_000, // 94,400.00 GBP in pence
      currency_base_unit: 100,
      status: { message: 'In Setup' },
      archived: false,
    });
    expect(Object.values(body.external_references)).toMatchObject([{ service_model_ref: 'eng_1', subject_id: id }]);
    const titles = Object.values(body.stories).map(({ title }) => title);
    expect(titles).toEqual(['Discovery', 'Delivery', 'Handover', 'Project management']);
    const rows = await clients.journal();
    expect(rows.map((row) => row.objectType)).toEqual([
      'workspaces',
      'external_references',
      ...Array<string>(4).fill('stories'),
    ]);
    expect(rows[0]).toMatchObject({ operation: 'POST /workspaces', effect: 'created', key: 'eng_1' });
    expect(new Set(rows.map((row) => row.requestId)).size).toBe(1);
  });

  test('the same project sent twice becomes two projects, both found by the scan of references', async () => {
    const ids = [await createWorkspace(), await createWorkspace()];
    const path = '/external_references.json?subject_type=Workspace&created_after=2026-01-01T00:00:00Z';
    const { body } = await clients.kantata(path);
    const subjects = Object.values(body.external_references).map((item) => item['subject_id']);
    expect(subjects).toEqual(ids);
    expect((await clients.kantata('/external_references.json')).status).toBe(422);
  });

  test.each([
    ['workspaces', 'workspace', { title: 'x', creator_role: 'owner' }, 'creator_role'],
    ['workspaces', 'workspace', { creator_role: 'maven' }, 'title'],
    ['workspaces', 'workspace', { title: 'x', creator_role: 'maven', colour: 'red' }, 'colour'],
    [
      'workspaces',
      'workspace',
      { title: 'x', creator_role: 'maven', project_tracker_template_id: '9' },
      'project_tracker_template_id',
    ],
    ['stories', 'story', { title: 'x', story_type: 'task', workspace_id: '404' }, 'workspace_id'],
  ])('a record of %s that breaks a rule is refused with the field (%s)', async (path, singular, record, field) => {
    const answer = await clients.kantata(`/${path}.json`, { body: { [singular]: record } });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ type: 'validation', field }] } });
    expect(await clients.journal()).toMatchObject([{ effect: 'none', outcome: '422 validation' }]);
  });

  test('an archived project is hidden until archived ones are asked for', async () => {
    const id = await createWorkspace();
    const archive = { method: 'PUT', body: { workspace: { archived: true } } };
    expect((await clients.kantata(`/workspaces/${id}.json`, archive)).status).toBe(200);
    expect((await clients.kantata(`/workspaces/${id}.json`)).status).toBe(404);
    expect((await clients.kantata('/workspaces.json')).body.count).toBe(0);
    expect((await clients.kantata('/workspaces.json?include_archived=true')).body.count).toBe(1);
    expect((await clients.kantata(`/workspaces/${id}.json`, { method: 'DELETE' })).status).toBe(422);
  });

  test('an external reference is updated, not doubled, and carries our status text', async () => {
    const id = await createWorkspace();
    const external_reference = { ...REFERENCE, subject_type: 'Workspace', subject_id: id, external_status: 'Active' };
    const { body } = await clients.kantata('/external_references/create_or_update.json', {
      body: { external_reference },
    });
    expect(Object.values(body.external_references)).toMatchObject([{ external_status: 'Active' }]);
    expect((await clients.kantata('/external_references.json?subject_type=Workspace')).body.count).toBe(1);
  });

  test('a demand is withdrawn with its reference; a story with time on it cannot be deleted', async () => {
    const workspaceId = await createWorkspace({ project_tracker_template_id: '203' });
    const demand = { workspace_id: workspaceId, title: 'Consultant', role_id: '13', requested_minutes: 24_000 };
    const reference = { ...REFERENCE, service_model: 'Demand' };
    const created = await clients.kantata('/staffing_demands.json', {
      body: { staffing_demand: { ...demand, external_reference: reference } },
    });
    const id = idOf(created);
    expect(created.body.staffing_demands[id]).toMatchObject({ state: 'open', role_name: 'Consultant' });
    expect((await clients.kantata(`/staffing_demands/${id}.json`, { method: 'DELETE' })).status).toBe(204);
    expect((await clients.kantata('/external_references.json?subject_type=StaffingDemand')).body.count).toBe(0);
    const storyId = idOf(await clients.kantata(`/stories.json?workspace_id=${workspaceId}`));
    await clients.act('log-time', { workspaceId, storyId, role: 'Consultant', date: '2026-01-05', minutes: 60 });
    expect((await clients.kantata(`/stories/${storyId}.json`, { method: 'DELETE' })).status).toBe(422);
  });

  test('time is logged, approved up to a date, rejected, and read by watermark', async () => {
    const workspaceId = await createWorkspace();
    const entry = (date: string, minutes: number) => ({ externalReference: 'eng_1', role: SENIOR, date, minutes });
    const entries = [entry('2026-01-30', 480), entry('2026-01-31', 240), entry('2026-02-02', 480)];
    const { ids } = (await clients.act('log-time', { entries })).result;
    const [first = '', second = '', third = ''] = ids;
    expect((await clients.act('approve-time', { workspaceId, until: '2026-01-31' })).result.ids).toEqual(
      ids.slice(0, 2),
    );
    await clients.act('reject-time', { ids: [third], reason: 'wrong project' });
    const approved = await clients.kantata(`/time_entries.json?workspace_id=${workspaceId}&approved=true`);
    expect(idsOf(approved)).toEqual([first, second]);
    const last = approved.body.time_entries[second];
    expect(last).toMatchObject({
      role_name: SENIOR,
      currency: 'GBP',
      rate_in_cents: null,
      approval_status: 'approved',
    });
    const since = encodeURIComponent(last?.['updated_at'] ?? '');
    await clients.act('correct-time', { id: first, minutes: 450 });
    const changed = await clients.kantata(`/time_entries.json?updated_after=${since}&order=updated_at:asc`);
    expect(idsOf(changed)).toEqual([third, first]);
    expect(changed.body.time_entries[first]).toMatchObject({ time_in_minutes: 450, approved: true });
    const january = await clients.kantata('/time_entries.json?date_performed_between=2026-01-01:2026-01-31&per_page=1');
    expect(january.body).toMatchObject({ count: 2, meta: { page_count: 2 } });
  });

  test('expenses are in minor units of their currency', async () => {
    const workspaceId = await createWorkspace({ currency: 'KWD' });
    const expense = { workspaceId, category: 'Travel', date: '2026-02-03', amountInCents: 125_500 };
    const [id = ''] = (await clients.act('log-expense', { ...expense, status: 'approved' })).result.ids;
    const { body } = await clients.kantata(`/expenses/${id}.json`);
    const stored = { amount_in_cents: 125_500, currency: 'KWD', currency_base_unit: 1000, approved: true };
    expect(body.expenses[id]).toMatchObject(stored); // 125.500 KWD, three decimals
  });

  test('a milestone is delivered, rejected, delivered again and accepted on the date given', async () => {
    const workspaceId = await createWorkspace();
    const story = {
      workspace_id: workspaceId,
      title: 'Blueprint',
      story_type: 'milestone',
      budget_estimate_in_cents: 1,
    };
    const id = idOf(await clients.kantata('/stories.json', { body: { story } }));
    const step = async (action: string, more: object = {}) =>
      (await clients.act(action, { workspaceId, title: 'Blueprint', ...more })).result.state;
    expect([
      await step('deliver-milestone'),
      await step('reject-milestone', { note: 'interfaces missing' }),
      await step('deliver-milestone'),
      await step('accept-milestone', { on: '2026-02-27' }),
    ]).toEqual(['needs review', 'rejected', 'needs review', 'completed']);
    const read = await clients.kantata(`/stories/${id}.json`);
    expect(read.body.stories[id]).toMatchObject({ completed_on: '2026-02-27', percentage_complete: 100 });
  });

  test('an action that makes no sense is answered with a reason and changes nothing', async () => {
    const wrong = [
      { action: 'log-time', workspaceId: '404', role: SENIOR, date: '2026-01-05', minutes: 60 },
      { action: 'approve-time', ids: ['404'] },
      { action: 'accept-milestone', storyId: '404' },
      { action: 'dance' },
    ];
    for (const body of wrong) {
      const answer = await clients.control('/actions', { body });
      expect([400, 404]).toContain(answer.status);
      expect(answer.body.error).toEqual(expect.any(String));
    }
    expect(await clients.journal()).toEqual([]);
  });
});

const SENIOR = 'Senior Consultant';
