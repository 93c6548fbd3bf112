// What every PSA adapter must do, run over HTTP against the simulated Kantata, which refuses no duplicate.
import type { ProjectOrder, PsaPort, WorkChanges } from '../../adapters/ports/index.ts';
import { describePsa } from './psa-suite.ts';
import { context, errorOf, startWorld, type World } from './support.ts';

let world: World;
let psa: PsaPort;
let count = 0;

beforeAll(async () => {
  world = await startWorld();
  psa = world.systems.psa('kt-main');
});
afterAll(() => world.close());
beforeEach(() => world.mark());
afterEach(() => world.clearFaults());

const newKey = () => `eng_psa-psaProject-${String((count += 1))}`;

function order(changes: Partial<ProjectOrder> = {}): ProjectOrder {
  const dates = { startOn: '2026-01-15', endOn: '2026-05-31' };
  return {
    title: 'Alpenwerk portal',
    ...dates,
    currency: 'EUR',
    budgetMinor: 9_000_000,
    templateRef: '202',
    tasks: [
      { taskKey: 'r1', title: 'Principal', role: 'Principal', budgetMinutes: 4800, ...dates },
      { taskKey: 'r2', title: 'Consultant', role: 'Consultant', budgetMinutes: 24_000, ...dates },
    ],
    milestones: [
      { milestoneKey: 'm1', title: 'Blueprint', dueOn: '2026-02-27', amountMinor: 3_000_000 },
      { milestoneKey: 'm2', title: 'Go-live', dueOn: '2026-05-29', amountMinor: 6_000_000 },
    ],
    ...changes,
  };
}

const createdOf = async (type: string) =>
  (await world.rows(type)).filter((row) => row.effect === 'created').map((row) => row.key);

/** Asks until there is no more; what comes more than once counts once, as for every consumer. */
async function drained(since: string | null): Promise<WorkChanges & { calls: number }> {
  const time = new Map<string, WorkChanges['time'][number]>();
  const all: WorkChanges = { time: [], expenses: [], milestones: [], watermark: since, more: true };
  let calls = 0;
  for (; all.more && calls < 20; calls += 1) {
    const page = await psa.changedWork(all.watermark, context);
    for (const entry of page.time) time.set(entry.entryId, entry);
    all.expenses.push(...page.expenses);
    all.milestones.push(...page.milestones);
    all.watermark = page.watermark;
    all.more = page.more;
  }
  return { ...all, time: [...time.values()], calls };
}

describePsa('Kantata', { psa: () => psa, newKey, order });

describe('a project', () => {
  test('is made from its template with a task per role and its milestones, and found again by key', async () => {
    const key = newKey();
    const made = await psa.createProject(key, order(), context);
    expect(made).toMatchObject({
      title: 'Alpenwerk portal',
      startOn: '2026-01-15',
      endOn: '2026-05-31',
      currency: 'EUR',
      budgetMinor: 9_000_000,
      archived: false,
    });
    expect(made.tasks.filter((task) => task.taskKey !== null)).toMatchObject([
      { taskKey: 'r1', title: 'Principal', budgetMinutes: 4800 },
      { taskKey: 'r2', title: 'Consultant', budgetMinutes: 24_000 },
    ]);
    expect(made.tasks.filter((task) => task.taskKey === null).map((task) => task.title)).toContain('Acceptance');
    expect(made.milestones).toMatchObject([
      { milestoneKey: 'm1', state: 'pending', amountMinor: 3_000_000 },
      { milestoneKey: 'm2', state: 'pending', amountMinor: 6_000_000 },
    ]);
    expect(await psa.findProject(key, context)).toEqual(made);
    expect(await psa.findProject(newKey(), context)).toBeUndefined();
  });

  test('made twice with one key is one project', async () => {
    const key = newKey();
    const first = await psa.createProject(key, order(), context);
    expect(await psa.createProject(key, order(), context)).toEqual(first);
    expect(await createdOf('workspaces')).toEqual([key]);
  });

  test('made but unanswered: the outcome is unknown, and the next attempt finds it and completes it', async () => {
    const key = newKey();
    await world.fault({ system: 'kantata', operation: 'POST *workspaces*', fault: 'fail-after' });
    expect((await errorOf(psa.createProject(key, order(), context))).kind).toBe('timeout');
    const project = await psa.createProject(key, order(), context);
    expect(project.milestones.map((milestone) => milestone.milestoneKey)).toEqual(['m1', 'm2']);
    expect(await createdOf('workspaces')).toEqual([key]);
  });

  test('half made is completed without a second of anything', async () => {
    const key = newKey();
    // The first task is made, the second is made without an answer, the milestones never are.
    await world.fault({ system: 'kantata', operation: 'POST *stories*', fault: 'fail-after', mode: 'reset', skip: 1 });
    expect((await errorOf(psa.createProject(key, order(), context))).kind).toBe('timeout');
    await psa.createProject(key, order(), context);
    expect((await createdOf('stories')).filter((ref) => ref !== null && /^[rm]\d$/.test(ref))).toEqual([
      'r1',
      'r2',
      'm1',
      'm2',
    ]);
  });

  test('is archived by key, twice if need be, stays findable and is not revived by a late call', async () => {
    const key = newKey();
    await psa.createProject(key, order(), context);
    await psa.archiveProject(key, context);
    await psa.archiveProject(key, context);
    await psa.archiveProject(newKey(), context);
    expect((await psa.findProject(key, context))?.archived).toBe(true);
    expect((await psa.createProject(key, order(), context)).archived).toBe(true);
    expect((await world.rows('workspaces')).filter((row) => row.effect === 'changed')).toHaveLength(1);
  });

  test('two open projects with one key are a conflict for a person', async () => {
    const key = newKey();
    await psa.createProject(key, order(), context);
    await fetch(`${world.url}/kantata/api/v1/workspaces.json`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.credentials['kantata']?.['token'] ?? ''}` },
      body: JSON.stringify({
        workspace: {
          title: 'Made by hand',
          creator_role: 'maven',
          external_reference: { service_name: 'throughline', service_model: 'project', service_model_ref: key },
        },
      }),
    });
    const error = await errorOf(psa.findProject(key, context));
    expect(error.kind).toBe('conflict');
    expect(error.message).toContain(key);
  });

  test('several with one key, because a request arrived late, are all archived by an undo', async () => {
    const key = newKey();
    await world.fault({ system: 'kantata', operation: 'POST *workspaces*', fault: 'arrive-late', delayMs: 60_000 });
    expect((await errorOf(psa.createProject(key, order(), context))).kind).toBe('timeout');
    await psa.createProject(key, order(), context);
    await world.clearFaults(); // Now it arrives.
    expect(await createdOf('workspaces')).toEqual([key, key]);
    expect((await errorOf(psa.findProject(key, context))).kind).toBe('conflict');
    await psa.archiveProject(key, context);
    expect((await psa.findProject(key, context))?.archived).toBe(true);
  });

  test('that stays open although it was archived is told', async () => {
    const key = newKey();
    const { projectId } = await psa.createProject(key, order(), context);
    await world.fault({ system: 'kantata', operation: 'PUT *workspaces*', fault: 'swallow' });
    const error = await errorOf(psa.archiveProject(key, context));
    expect([error.kind, error.message]).toEqual([
      'differs',
      `it was written, but reads back differently: project ${projectId} is open`,
    ]);
  });

  test('of an unknown template is refused with the field that is wrong', async () => {
    const error = await errorOf(psa.createProject(newKey(), order({ templateRef: '999' }), context));
    expect(error.kind).toBe('rejected');
    expect(error.message).toContain('project_tracker_template_id');
  });
});

test('a link, its removal and a withdrawn demand that the PSA did not keep are told', async () => {
  const { projectId } = await psa.createProject(newKey(), order(), context);
  const link = { engagementId: 'eng_9', contractRef: '5007', status: 'set up' };
  const role = { role: 'Principal', minutes: 60, startOn: '2026-01-15', endOn: '2026-05-31' };
  await psa.publishDemand(projectId, [{ demandKey: 'r1', ...role }], context);
  await world.fault({ system: 'kantata', operation: 'P* *', writesOnly: true, fault: 'swallow', times: 'always' });
  const status = await errorOf(psa.linkProject(projectId, link, context));
  expect([status.kind, status.operation]).toEqual(['differs', 'link project']);
  const demand = await errorOf(psa.withdrawDemand(projectId, context));
  expect([demand.kind, demand.operation]).toEqual(['differs', 'withdraw demand']);
  await world.clearFaults();
  await psa.linkProject(projectId, link, context);
  await world.mark();
  await psa.linkProject(projectId, link, context);
  expect(await world.rows()).toEqual([]);
  await world.fault({ system: 'kantata', operation: 'POST *', fault: 'swallow' });
  expect((await errorOf(psa.linkProject(projectId, null, context))).kind).toBe('differs');
});

describe('resource demand', () => {
  const demand = (demandKey: string, role: string) => ({
    demandKey,
    role,
    minutes: 4800,
    startOn: '2026-01-15',
    endOn: '2026-05-31',
  });

  test('is asked for once per key, also when the answer was lost, and withdrawn', async () => {
    const { projectId } = await psa.createProject(newKey(), order(), context);
    const wanted = [demand('r1', 'Principal'), demand('r2', 'Consultant')];
    await world.fault({ system: 'kantata', operation: 'POST *staffing_demands*', fault: 'fail-after', mode: 'reset' });
    expect((await errorOf(psa.publishDemand(projectId, wanted, context))).kind).toBe('timeout');
    const ids = await psa.publishDemand(projectId, wanted, context);
    expect(await psa.publishDemand(projectId, wanted, context)).toEqual(ids);
    expect(await createdOf('staffing_demands')).toEqual(['r1', 'r2']);
    expect((await psa.readDemand(projectId, context)).map((open) => open.demandKey)).toEqual(['r1', 'r2']);
    await psa.withdrawDemand(projectId, context);
    await psa.withdrawDemand(projectId, context);
    expect(await psa.readDemand(projectId, context)).toEqual([]);
  });

  test('for a role that the PSA does not have is refused before any is asked for', async () => {
    const { projectId } = await psa.createProject(newKey(), order(), context);
    const wanted = [demand('r1', 'Principal'), demand('r2', 'Astronaut')];
    const error = await errorOf(psa.publishDemand(projectId, wanted, context));
    expect([error.kind, error.message]).toEqual(['rejected', 'the PSA has no role "Astronaut"']);
    expect(await createdOf('staffing_demands')).toEqual([]);
  });
});

describe('changed work', () => {
  test('tells time, expenses and milestones with normalised states, and corrections again', async () => {
    const start = await drained(null);
    const { projectId: workspaceId } = await psa.createProject(newKey(), order(), context);
    const entry = { workspaceId, role: 'Principal', date: '2026-01-20', minutes: 90 };
    const { ids } = (await world.act('log-time', { entries: [entry, { ...entry, status: 'draft', minutes: 15 }] })) as {
      ids: string[];
    };
    await world.act('approve-time', { ids: [ids[0]] });
    const expense = { workspaceId, category: 'Travel', date: '2026-01-21', amountInCents: 12_345, status: 'approved' };
    await world.act('log-expense', expense);
    await world.act('accept-milestone', { workspaceId, title: 'Blueprint', on: '2026-02-20' });
    const changes = await drained(start.watermark);
    const time = changes.time.filter((change) => change.projectId === workspaceId);
    // Oldest change first: the draft was written before the other entry was approved.
    expect(time).toMatchObject([
      { minutes: 15, state: 'draft' },
      { role: 'Principal', workedOn: '2026-01-20', minutes: 90, billable: true, state: 'approved' },
    ]);
    expect(changes.expenses).toMatchObject([
      { projectId: workspaceId, category: 'Travel', amountMinor: 12_345, currency: 'EUR', state: 'approved' },
    ]);
    expect(changes.milestones.filter((change) => change.projectId === workspaceId)).toMatchObject([
      { title: 'Go-live', state: 'pending' },
      { title: 'Blueprint', state: 'accepted' },
    ]);
    await world.act('correct-time', { id: ids[0], minutes: 120 });
    const later = await drained(changes.watermark);
    const corrected = later.time.find((change) => change.entryId === ids[0]);
    expect(corrected).toMatchObject({ minutes: 120, state: 'approved' });
    const before = time.find((change) => change.entryId === ids[0]);
    expect((corrected?.version ?? '') > (before?.version ?? '~')).toBe(true);
  });

  test('a long list comes page by page and complete, also when entries change meanwhile', async () => {
    const { watermark } = await drained(null);
    const { projectId: workspaceId } = await psa.createProject(newKey(), order(), context);
    const entry = { workspaceId, role: 'Consultant', date: '2026-02-02', minutes: 30 };
    const { ids } = (await world.act('log-time', { entries: Array.from({ length: 450 }, () => entry) })) as {
      ids: string[];
    };
    const first = await psa.changedWork(watermark, context);
    expect(first.more).toBe(true);
    await world.act('approve-time', { ids: ids.slice(0, 50) });
    const rest = await drained(first.watermark);
    const seen = new Map([...first.time, ...rest.time].map((change) => [change.entryId, change.state]));
    expect(ids.filter((id) => !seen.has(id))).toEqual([]);
    expect(ids.filter((id) => seen.get(id) === 'approved')).toHaveLength(50);
    expect(rest.calls).toBeGreaterThan(1);
  });

  test('says in words for people that it tells nothing of time that was deleted', () => {
    expect(psa.cannot).toEqual({ deletedTime: expect.stringContaining('Reject it or set it to zero') as string });
  });
});

describe('trouble', () => {
  test('a limit is throttling, although the system does not say how long', async () => {
    await world.fault({ system: 'kantata', fault: 'throttle' });
    const error = await errorOf(psa.findProject(newKey(), context));
    expect(error).toMatchObject({ kind: 'throttled', retryAfterMs: undefined });
    await world.fault({ system: 'kantata', fault: 'throttle', retryAfterSeconds: 3 });
    expect(await errorOf(psa.findProject(newKey(), context))).toMatchObject({ kind: 'throttled', retryAfterMs: 3000 });
  });

  test('a withdrawn token, a server error and a broken connection are told apart', async () => {
    await world.fault({ system: 'kantata', fault: 'reject', status: 401 });
    expect((await errorOf(psa.changedWork(null, context))).kind).toBe('unauthorised');
    await world.fault({ system: 'kantata', operation: 'GET *', fault: 'fail-before' });
    expect((await errorOf(psa.changedWork(null, context))).kind).toBe('unavailable');
    await world.fault({ system: 'kantata', operation: 'POST *', fault: 'fail-before' });
    expect((await errorOf(psa.createProject(newKey(), order(), context))).kind).toBe('timeout');
    const reset = await world.fault({ system: 'kantata', operation: 'POST *', fault: 'reset', times: 'always' });
    expect((await errorOf(psa.createProject(newKey(), order(), context))).kind).toBe('timeout');
    expect(await world.hitsOf(reset)).toBe(1);
  });

  test('a refusal carries the reason in words of the system', async () => {
    await world.fault({ system: 'kantata', operation: 'POST *', fault: 'reject' });
    const error = await errorOf(psa.createProject(newKey(), order(), context));
    expect([error.kind, error.vendorCode]).toEqual(['rejected', 'validation']);
    expect(error.message).toContain('The record is refused by a rule of this account');
  });
});

test('a project that the PSA lost is made anew, and no other is taken for it', async () => {
  const other = await startWorld();
  try {
    const ours = other.systems.psa('kt-main');
    const lost = newKey();
    await ours.createProject(lost, order(), context);
    await fetch(`${other.url}/_sandbox/reset`, { method: 'POST' });
    const strange = await ours.createProject(newKey(), order({ title: 'Another' }), context);
    expect(await ours.findProject(lost, context)).toBeUndefined();
    const again = await ours.createProject(lost, order(), context);
    expect([again.title, again.projectId === strange.projectId]).toEqual(['Alpenwerk portal', false]);
  } finally {
    await other.close();
  }
});
