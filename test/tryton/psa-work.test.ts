// Time and milestones as people enter and change them in a real Tryton, and what of it is told to us.
import type { ProjectRecord, PsaPort, WorkChanges } from '../../adapters/ports/index.ts';
import { date, type TrytonSession } from '../../scripts/tryton/rpc.ts';
import { context, duration, errorOf, newKey, order, startPsaWorld, type PsaWorld, type Row } from './psa-support.ts';

let world: PsaWorld;
let psa: PsaPort;

beforeAll(async () => {
  world = await startPsaWorld();
  psa = world.psa();
});
afterAll(() => world?.tryton.stop());

/** Asks until there is no more; a later version takes the place of an earlier one, as for every consumer. */
async function drained(since: string | null, from = psa): Promise<WorkChanges & { calls: number }> {
  const time = new Map<string, WorkChanges['time'][number]>();
  const milestones = new Map<string, WorkChanges['milestones'][number]>();
  let [watermark, more, calls] = [since, true, 0];
  for (; more && calls < 20; calls += 1) {
    const page = await from.changedWork(watermark, context);
    for (const entry of page.time) time.set(entry.entryId, entry);
    for (const change of page.milestones) milestones.set(change.milestoneId, change);
    ({ watermark, more } = page);
  }
  return { time: [...time.values()], expenses: [], milestones: [...milestones.values()], watermark, more, calls };
}

const entryOf = async (lineId: number | undefined, since: string | null) =>
  (await drained(since)).time.find(({ entryId }) => entryId === String(lineId));

const taskOf = (project: ProjectRecord, key: string) =>
  project.tasks.find(({ taskKey }) => taskKey === key)?.taskId ?? '';
const milestoneOf = (project: ProjectRecord, key: string) =>
  project.milestones.find(({ milestoneKey }) => milestoneKey === key)?.milestoneId ?? '';

/** A task that a person makes below another work. */
const madeByHand = async (parentId: string, values: object, who: TrytonSession = world.lead): Promise<number> => {
  const task = { type: 'task', name: 'By hand', company: world.companyId, timesheet_available: true };
  const args = [[{ ...task, parent: Number(parentId), ...values }]];
  const [id = 0] = await who.model<number[]>('project.work', 'create', args, world.companyId);
  return id;
};

describe('time', () => {
  test('is told with its role and minutes as submitted, and each correction with a later version', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    const workId = taskOf(project, 'r1');
    const [lineId] = await world.enterTime([{ workId, on: '2031-01-20', seconds: 5400 }]);
    const entered = await entryOf(lineId, watermark);
    expect(entered).toMatchObject({
      ...{ projectId: project.projectId, taskId: workId, resourceId: String(world.employeeId), role: 'Principal' },
      // 5,400 s = 90 minutes
      ...{ workedOn: '2031-01-20', minutes: 90, billable: true, state: 'submitted' },
    });
    expect(entered?.changedAt).toBe(entered?.version);
    await world.change('timesheet.line', lineId ?? 0, { duration: duration(7200), date: date('2031-01-21') });
    const corrected = await entryOf(lineId, watermark);
    expect(corrected).toMatchObject({ minutes: 120, workedOn: '2031-01-21', state: 'submitted' });
    expect((corrected?.version ?? '') > (entered?.version ?? '~')).toBe(true);
  });

  test('moved to the task of another role has that role', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    const [lineId] = await world.enterTime([{ workId: taskOf(project, 'r1'), on: '2031-01-20', seconds: 3600 }]);
    const search = [[['origin', '=', `project.work,${taskOf(project, 'r2')}`]], 0, 1, null];
    const [other] = await world.lead.model<number[]>('timesheet.work', 'search', search, world.companyId);
    await world.change('timesheet.line', lineId ?? 0, { work: other });
    expect(await entryOf(lineId, watermark)).toMatchObject({ role: 'Consultant', taskId: taskOf(project, 'r2') });
  });

  test('on a part of the task of a role belongs to that task, and on a task of no role has none', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    const part = await madeByHand(taskOf(project, 'r2'), { name: 'Interviews' });
    const other = await madeByHand(project.projectId, { name: 'Travel' });
    const [onPart, onOther] = await world.enterTime([
      { workId: part, on: '2031-01-20', seconds: 3600 },
      { workId: other, on: '2031-01-20', seconds: 1800 },
    ]);
    const { projectId } = project;
    const { time } = await drained(watermark);
    const byId = new Map(time.map((entry) => [entry.entryId, entry]));
    expect(byId.get(String(onPart))).toMatchObject({ projectId, taskId: taskOf(project, 'r2'), role: 'Consultant' });
    expect(byId.get(String(onOther))).toMatchObject({ projectId, taskId: String(other), role: '' });
  });

  test('of a project that people put below a larger one, or broke into smaller ones, stays its own', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    const programme = { type: 'project', name: 'Programme', company: world.companyId };
    const [above] = await world.lead.model<number[]>('project.work', 'create', [[programme]], world.companyId);
    await world.change('project.work', project.projectId, { parent: above });
    const phase = await madeByHand(project.projectId, { type: 'project', name: 'Phase 1' });
    const task = await madeByHand(String(phase), { name: 'Kick-off' });
    const [lineId] = await world.enterTime([{ workId: task, on: '2031-01-20', seconds: 3600 }]);
    expect(await entryOf(lineId, watermark)).toMatchObject({ projectId: project.projectId, taskId: String(task) });
  });

  test('that is no whole number of minutes is told and a draft until somebody corrects it', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    // 5,430 s = 90.5 minutes
    const [lineId] = await world.enterTime([{ workId: taskOf(project, 'r1'), on: '2031-01-20', seconds: 5430 }]);
    expect(await entryOf(lineId, watermark)).toMatchObject({ minutes: 90, state: 'draft' });
    expect(world.warnings).toContainEqual({
      message: 'time in Tryton is no whole number of minutes, taken as a draft',
      details: { line: String(lineId), project: project.projectId, seconds: '5430' },
    });
    await world.change('timesheet.line', lineId ?? 0, { duration: duration(5460) });
    expect(await entryOf(lineId, watermark)).toMatchObject({ minutes: 91, state: 'submitted' });
  });

  test('set to zero is told as zero; deleted, it is not told, which the connection says', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    const entry = { workId: taskOf(project, 'r1'), on: '2031-01-20', seconds: 3600 };
    const [zeroed, deleted] = await world.enterTime([entry, entry]);
    await world.change('timesheet.line', zeroed ?? 0, { duration: duration(0) });
    await world.lead.model('timesheet.line', 'delete', [[deleted]], world.companyId);
    const { time } = await drained(watermark);
    expect(time.filter(({ projectId }) => projectId === project.projectId)).toMatchObject([
      { entryId: String(zeroed), minutes: 0 },
    ]);
    expect(psa.cannot.deletedTime).toContain('Set it to zero');
  });

  test('of no project and of another company is not told', async () => {
    const { watermark } = await drained(null);
    const american = world.psa({ company: 'TL-US' });
    const key = newKey();
    const project = await american.createProject(key, order({ currency: 'USD' }), context);
    const company = world.tryton.companies.find(({ legalEntityId }) => legalEntityId === 'TL-US');
    const { companyId = 0, employees = {} } = company ?? {};
    const search = [[['origin', '=', `project.work,${taskOf(project, 'r1')}`]], 0, 1, null];
    const [work] = await world.lead.model<number[]>('timesheet.work', 'search', search, companyId);
    const there = {
      ...{ company: companyId, employee: Object.values(employees)[0], work },
      ...{ date: date('2031-01-20'), duration: duration(3600) },
    };
    const [line] = await world.lead.model<number[]>('timesheet.line', 'create', [[there]], companyId);
    const internal = [[{ name: 'Training', company: world.companyId }]];
    const [training] = await world.lead.model<number[]>('timesheet.work', 'create', internal, world.companyId);
    const here = { ...there, company: world.companyId, employee: world.employeeId, work: training };
    await world.lead.model<number[]>('timesheet.line', 'create', [[here]], world.companyId);
    const ours = (await drained(watermark)).time;
    expect(ours.filter(({ changedAt }) => changedAt > (watermark ?? ''))).toEqual([]);
    const theirs = (await drained(null, american)).time;
    expect(theirs).toMatchObject([{ entryId: String(line), projectId: project.projectId, minutes: 60 }]);
  });
});

describe('a long list', () => {
  test('of one moment comes page by page and complete, also when entries change meanwhile', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    const entry = { workId: taskOf(project, 'r2'), on: '2031-02-03', seconds: 1800 };
    // One call of Tryton is one transaction: all 450 have the same stamp.
    const ids = await world.enterTime(Array.from({ length: 450 }, () => entry));
    const first = await psa.changedWork(watermark, context);
    expect(first.more).toBe(true);
    const values = [ids.slice(0, 50), { duration: duration(2700) }];
    await world.lead.model('timesheet.line', 'write', values, world.companyId);
    const rest = await drained(first.watermark);
    const seen = new Map([...first.time, ...rest.time].map(({ entryId, minutes }) => [entryId, minutes]));
    expect(ids.filter((id) => !seen.has(String(id)))).toEqual([]);
    // 2,700 s = 45 minutes
    expect(ids.filter((id) => seen.get(String(id)) === 45)).toEqual(ids.slice(0, 50));
    expect(rest.calls).toBeGreaterThan(1);
  });

  test('that was read to its end is read again for a minute, because a stamp is older than its commit', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    const [lineId] = await world.enterTime([{ workId: taskOf(project, 'r1'), on: '2031-01-20', seconds: 3600 }]);
    const first = await drained(watermark);
    const again = await drained(first.watermark);
    const versions = [first, again].map(
      ({ time }) => time.find(({ entryId }) => entryId === String(lineId))?.version ?? 'not told',
    );
    expect(new Set(versions).size).toBe(1);
    expect(versions[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  test('with a watermark that is none of ours is refused', async () => {
    const field = world.tryton.series === '6.0' ? 'write_date' : 'last_modified_at';
    const watermark = JSON.stringify({ time: { [field]: { after: 'yesterday', id: '0' } } });
    expect((await errorOf(psa.changedWork(watermark, context))).kind).toBe('contract_broken');
  });
});

describe('a milestone', () => {
  const statusNamed = async (name: string): Promise<number | undefined> => {
    const [id] = await world.lead.model<number[]>('project.work.status', 'search', [[['name', '=', name]], 0, 1, null]);
    return id;
  };

  test('is in progress, accepted on the day that the project lead enters, and open again', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    const milestoneId = milestoneOf(project, 'm1');
    const told = async () => (await drained(watermark)).milestones.find((change) => change.milestoneId === milestoneId);
    const made = await told();
    expect(made).toMatchObject({
      projectId: project.projectId,
      title: 'Blueprint',
      state: 'pending',
      acceptedOn: null,
    });

    await world.change('project.work', milestoneId, { progress: 0.5 });
    expect(await told()).toMatchObject({ state: 'in-progress', acceptedOn: null });

    const done = { status: await statusNamed('Done'), progress: 1, actual_finish_date: date('2031-02-20') };
    await world.change('project.work', milestoneId, done);
    const accepted = await told();
    expect(accepted).toMatchObject({ state: 'accepted', acceptedOn: '2031-02-20' });
    expect((accepted?.version ?? '') > (made?.version ?? '~')).toBe(true);
    expect((await psa.findProject(keyOf(await world.works(project.projectId)), context))?.milestones[0]).toMatchObject({
      state: 'accepted',
    });

    await world.change('project.work', milestoneId, { status: await statusNamed('Open'), progress: 0.9 });
    expect(await told()).toMatchObject({ state: 'in-progress', acceptedOn: null });
  });

  test('at full progress that nobody has set to done is not accepted', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    await world.change('project.work', milestoneOf(project, 'm2'), { progress: 1 });
    const { milestones } = await drained(watermark);
    const change = milestones.find(({ milestoneId }) => milestoneId === milestoneOf(project, 'm2'));
    expect(change?.state).toBe('in-progress');
  });

  test('a task that is none is not told as one', async () => {
    const { watermark } = await drained(null);
    const project = await psa.createProject(newKey(), order(), context);
    await world.change('project.work', taskOf(project, 'r1'), { progress: 0.2 });
    const task = await madeByHand(project.projectId, { comment: 'the milestone: m1 of old' });
    const told = (await drained(watermark)).milestones.map(({ milestoneId }) => milestoneId);
    expect(told).toContain(milestoneOf(project, 'm1'));
    expect(told).not.toContain(String(task));
    expect(told).not.toContain(taskOf(project, 'r1'));
  });
});

const keyOf = ([project]: Row[]): string => /^key: (.*)$/m.exec(String(project?.['comment']))?.[1] ?? '';
