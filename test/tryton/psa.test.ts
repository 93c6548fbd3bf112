// Projects, links and demand in a real Tryton: what is there afterwards is read as its own project lead, and people
// work on the same projects meanwhile.
import { setTimeout as delay } from 'node:timers/promises';
import { describePsa } from '../contract/psa-suite.ts';
import {
  onCall,
  context,
  duration,
  errorOf,
  newKey,
  order,
  startPsaWorld,
  type PsaWorld,
  type Row,
} from './psa-support.ts';
import { date, decimal } from '../../scripts/tryton/rpc.ts';
import type { PsaPort } from '../../adapters/ports/index.ts';

let world: PsaWorld;
let psa: PsaPort;

beforeAll(async () => {
  world = await startPsaWorld();
  psa = world.psa();
});
afterAll(() => world?.tryton.stop());

const statusOf = (work: Row | undefined) => (work?.['status.'] as { name: string } | undefined)?.name;
const commentOf = (work: Row | undefined) => String(work?.['comment']);
const statusNamed = async (name: string): Promise<number> => {
  const search = [[['name', '=', name]], 0, 1, null];
  const [id = 0] = await world.lead.model<number[]>('project.work.status', 'search', search);
  return id;
};

describePsa('Tryton', { psa: () => psa, newKey, order });

describe('a project', () => {
  test('is made with a task per role and its milestones, which people see in the fields of Tryton', async () => {
    const key = newKey();
    const made = await psa.createProject(key, order(), context);
    const [project, principal, , blueprint] = await world.works(made.projectId);
    expect(project).toMatchObject({ type: 'project', name: 'Alpenwerk portal', project_invoice_method: 'manual' });
    expect(project).toMatchObject({ constraint_start_date: date('2031-01-15') });
    expect(commentOf(project).split('\n')).toEqual([
      '[Throughline: please leave these lines]',
      `key: ${key}`,
      'budget: 90000.00 EUR',
      '[end]',
    ]);
    // 4,800 minutes = 80 h = 288,000 s
    expect(principal).toMatchObject({ type: 'task', effort_duration: duration(288_000), timesheet_available: true });
    expect(blueprint).toMatchObject({ list_price: decimal('30000.00'), constraint_finish_date: date('2031-02-27') });
    expect(blueprint?.['timesheet_available']).toBe(false);
  });

  test('in another currency than its company has no price in euro', async () => {
    const dinars = await psa.createProject(newKey(), order({ currency: 'KWD', budgetMinor: 12_155_125 }), context);
    const works = await world.works(dinars.projectId);
    expect(works.map((work) => work['list_price'])).toEqual([null, null, null, null, null]);
    // 12,155,125 fils = 12,155.125 KWD; the first milestone of 3,000,000 fils is 3,000.000 KWD
    expect(commentOf(works[0])).toContain('\nbudget: 12155.125 KWD\n');
    expect(commentOf(works[3])).toContain('\namount: 3000.000 KWD\n');
  });

  test('asked for eight times at once with one key is one project', async () => {
    const key = newKey();
    const made = await Promise.all(Array.from({ length: 8 }, () => psa.createProject(key, order(), context)));
    expect(new Set(made.map(({ projectId }) => projectId)).size).toBe(1);
    expect(await world.projectsWith(key)).toHaveLength(1);
    expect(await world.works(made[0]?.projectId ?? '')).toHaveLength(1 + 2 + 2);
  });

  test('made by two processes that both looked first is there twice: told, and undone with one undo', async () => {
    const key = newKey();
    const waiting: (() => void)[] = [];
    const release = onCall('model.project.work.create', async (send) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 2) waiting.forEach((go) => go());
      });
      return send();
    });
    const both = await Promise.allSettled([
      psa.createProject(key, order(), context),
      world.psa().createProject(key, order(), context),
    ]);
    release();
    expect(both.map(({ status }) => status)).toContain('rejected');
    const projects = await world.projectsWith(key);
    expect(projects).toHaveLength(2);
    const error = await errorOf(psa.findProject(key, context));
    expect(error.kind).toBe('conflict');
    const ids = projects.map(({ id }) => id).join(', ');
    expect(error.message).toBe(`${key} is there 2 times in Tryton (${ids}): a person keeps one of them`);
    await psa.archiveProject(key, context);
    expect((await world.projectsWith(key)).map(statusOf)).toEqual(['Closed', 'Closed']);
    expect((await psa.findProject(key, context))?.archived).toBe(true);
  });

  test('copied by a person is told, because its comment is copied with it', async () => {
    const key = newKey();
    const { projectId } = await psa.createProject(key, order(), context);
    await world.lead.model('project.work', 'copy', [[Number(projectId)]], world.companyId);
    expect((await errorOf(psa.findProject(key, context))).kind).toBe('conflict');
  });

  test('whose comment a person emptied is told, and no second one is made', async () => {
    const key = newKey();
    const { projectId } = await psa.createProject(key, order(), context);
    await world.change('project.work', projectId, { comment: 'moved to the wiki' });
    const error = await errorOf(psa.createProject(key, order(), context));
    expect([error.kind, error.message]).toEqual(['conflict', expect.stringContaining('has lost our lines')]);
    expect(await world.projectsWith(key)).toEqual([]);
  });

  test('that has lost a task gets it again, and nothing else twice', async () => {
    const key = newKey();
    const { projectId, tasks } = await psa.createProject(key, order(), context);
    // Out of its project first: series 6.0 lets no task be deleted beside others.
    await world.change('project.work', tasks[1]?.taskId ?? '', { parent: null });
    await world.lead.model('project.work', 'delete', [[Number(tasks[1]?.taskId)]], world.companyId);
    const again = await psa.createProject(key, order(), context);
    expect(again.projectId).toBe(projectId);
    expect(again.tasks.map(({ taskKey }) => taskKey)).toEqual(['r1', 'r2']);
    expect(await world.works(projectId)).toHaveLength(1 + 2 + 2);
  });

  test('with a title that Tryton cannot take is refused with the field that is wrong', async () => {
    const error = await errorOf(psa.createProject(newKey(), order({ title: '' }), context));
    expect([error.kind, error.message]).toEqual(['rejected', expect.stringContaining('"Name"')]);
    const impossible = await errorOf(psa.createProject(newKey(), order({ startOn: '15.1.2031' }), context));
    expect([impossible.kind, impossible.message]).toEqual(['rejected', expect.stringContaining('not a date')]);
  });
});

describe('a project in a Tryton that is killed', () => {
  const restarted = async (): Promise<void> => {
    await world.tryton.restart();
    await world.signIn();
  };

  test('in the middle of making it is there whole or not at all, and the next attempt leaves one', async () => {
    const key = newKey();
    const release = onCall('model.project.work.create', async (send) => {
      const answer = send();
      await delay(40);
      await world.tryton.kill();
      return answer;
    });
    const outcome = await psa.createProject(key, order(), context).then(
      () => 'made',
      (error: unknown) => (error as { kind: string }).kind,
    );
    release();
    expect(['made', 'timeout']).toContain(outcome);
    await restarted();
    const left = await world.projectsWith(key);
    for (const { id } of left) expect(await world.works(String(id))).toHaveLength(1 + 2 + 2);
    // This process only looks for a while, because its request may still be carried out; another one has no doubt.
    if (left.length === 0) {
      const error = await errorOf(psa.createProject(key, order(), context));
      expect([error.kind, error.message]).toEqual(['unavailable', expect.stringContaining('not sent again')]);
    }
    const project = await world.psa().createProject(key, order(), context);
    expect((await world.projectsWith(key)).map(({ id }) => String(id))).toEqual([project.projectId]);
    expect(await world.works(project.projectId)).toHaveLength(1 + 2 + 2);
  });

  test('after it was made and before that was said is of unknown outcome, and is found', async () => {
    const key = newKey();
    const release = onCall('model.project.work.create', async (send) => {
      await send();
      await world.tryton.kill();
      throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
    });
    expect((await errorOf(psa.createProject(key, order(), context))).kind).toBe('timeout');
    release();
    expect((await errorOf(psa.findProject(key, context))).kind).toBe('unavailable');
    await restarted();
    const [made] = await world.projectsWith(key);
    expect((await psa.createProject(key, order(), context)).projectId).toBe(String(made?.id));
    expect(await world.projectsWith(key)).toHaveLength(1);
  });
});

describe('a project out of use', () => {
  test('is closed with its tasks, stays findable and is not revived by a late call', async () => {
    const key = newKey();
    const { projectId } = await psa.createProject(key, order(), context);
    await psa.archiveProject(key, context);
    await psa.archiveProject(key, context);
    await psa.archiveProject(newKey(), context);
    expect((await world.works(projectId)).map(statusOf)).toEqual(Array.from({ length: 5 }, () => 'Closed'));
    expect((await psa.findProject(key, context))?.archived).toBe(true);
    expect((await psa.createProject(key, order(), context)).projectId).toBe(projectId);
    expect(await world.projectsWith(key)).toHaveLength(1);
  });

  test('keeps its time and its accepted milestones, and takes no more time', async () => {
    const key = newKey();
    const { projectId, tasks, milestones } = await psa.createProject(key, order(), context);
    const workId = tasks[0]?.taskId ?? '';
    const [lineId] = await world.enterTime([{ workId, on: '2031-01-20', seconds: 5400 }]);
    const done = { status: await statusNamed('Done'), progress: 1 };
    await world.change('project.work', milestones[0]?.milestoneId ?? '', done);
    await psa.archiveProject(key, context);
    const works = await world.works(projectId);
    expect(Object.fromEntries(works.map((work) => [String(work['name']), statusOf(work)]))).toMatchObject({
      'Alpenwerk portal': 'Closed',
      Blueprint: 'Done',
      'Go-live': 'Closed',
    });
    const project = await psa.findProject(key, context);
    expect(project?.milestones.map(({ state }) => state)).toEqual(['accepted', 'pending']);
    const lines = await world.lead.model<Row[]>('timesheet.line', 'read', [[lineId], ['duration']], world.companyId);
    // 90 minutes = 5,400 s
    expect(lines[0]?.['duration']).toEqual(duration(5400));
    const late = world.enterTime([{ workId, on: '2031-01-21', seconds: 3600 }]);
    await expect(late).rejects.toThrow(/not valid according to its domain/);
  });

  test('cannot be without a status for it: then none is made that could not be undone', async () => {
    const closed = await statusNamed('Closed');
    await world.change('project.work.status', closed, { types: ['task'] });
    const key = newKey();
    const error = await errorOf(psa.createProject(key, order(), context));
    await world.change('project.work.status', closed, { types: ['project', 'task'] });
    expect([error.kind, error.message]).toEqual(['rejected', expect.stringContaining('no work status "Closed"')]);
    expect(await world.projectsWith(key)).toEqual([]);
  });
});

describe('the link', () => {
  const link = { engagementId: 'eng_9', contractRef: '5007', status: 'set up' };

  test('shows our ids in the comment, around what people write there, and can be changed and cleared', async () => {
    const { projectId } = await psa.createProject(newKey(), order(), context);
    expect(await psa.readLink(projectId, context)).toBeNull();
    await psa.linkProject(projectId, null, context);
    await psa.linkProject(projectId, link, context);
    const [before] = await world.works(projectId);
    await world.change('project.work', projectId, {
      comment: `Steering: 2nd Monday\n${commentOf(before)}\nkey: of the safe`,
    });
    const status = 'billed 10.00 EUR;\npaid 0.00 EUR';
    await psa.linkProject(projectId, { ...link, status }, context);
    expect(await psa.readLink(projectId, context)).toEqual({ ...link, status });
    const [linked] = await world.works(projectId);
    expect(commentOf(linked)).toMatch(/^Steering: 2nd Monday\n\[Throughline/);
    expect(commentOf(linked)).toMatch(
      /engagement: eng_9\ncontract: 5007\nstatus: billed 10.00 EUR;\\npaid 0.00 EUR\n\[end\]\nkey: of the safe$/,
    );
    await psa.linkProject(projectId, null, context);
    expect(await psa.readLink(projectId, context)).toBeNull();
    const [cleared] = await world.works(projectId);
    expect(commentOf(cleared)).not.toContain('eng_9');
    expect(commentOf(cleared)).toMatch(/\[end\]\nkey: of the safe$/);
  });

  test('does not overwrite what the project lead writes at the same time', async () => {
    const { projectId } = await psa.createProject(newKey(), order(), context);
    const release = onCall('model.project.work.write', async (send) => {
      const [now] = await world.works(projectId);
      await world.change('project.work', projectId, {
        comment: `${commentOf(now)}\nThe customer wants weekly reports.`,
      });
      return send();
    });
    const error = await errorOf(psa.linkProject(projectId, link, context));
    release();
    expect([error.kind, error.vendorCode]).toEqual(['unavailable', 'CHANGED_MEANWHILE']);
    expect(await psa.readLink(projectId, context)).toBeNull();
    await psa.linkProject(projectId, link, context);
    const [after] = await world.works(projectId);
    expect(commentOf(after)).toContain('The customer wants weekly reports.');
    expect(commentOf(after)).toContain('engagement: eng_9');
  });

  test('of a project that is not there is told', async () => {
    expect((await errorOf(psa.linkProject('999999', link, context))).kind).toBe('not_found');
    expect((await errorOf(psa.readLink('no id', context))).kind).toBe('rejected');
  });
});

describe('the demand for people', () => {
  const demand = (demandKey: string, role: string) => {
    return { demandKey, role, minutes: 4800, startOn: '2031-01-15', endOn: '2031-05-31' };
  };
  const wanted = [demand('r1', 'Principal'), demand('r2', 'Consultant')];

  test('is written once on the task of each role, and withdrawn', async () => {
    const { projectId, tasks } = await psa.createProject(newKey(), order(), context);
    const principal = tasks[0]?.taskId ?? '';
    const [, before] = await world.works(projectId);
    await world.change('project.work', principal, { comment: `${commentOf(before)}\nJonas, if he is back` });
    const ids = await psa.publishDemand(projectId, wanted, context);
    expect(ids).toEqual(tasks.map(({ taskId }) => taskId));
    expect(await psa.publishDemand(projectId, wanted, context)).toEqual(ids);
    expect(await psa.readDemand(projectId, context)).toEqual([
      { demandKey: 'r1', demandId: ids[0] },
      { demandKey: 'r2', demandId: ids[1] },
    ]);
    const [, open] = await world.works(projectId);
    const line = 'wanted: Principal, 4800 minutes from 2031-01-15 to 2031-05-31';
    expect(
      commentOf(open)
        .split('\n')
        .filter((each) => each.startsWith('wanted')),
    ).toEqual([line]);
    await psa.withdrawDemand(projectId, context);
    await psa.withdrawDemand(projectId, context);
    expect(await psa.readDemand(projectId, context)).toEqual([]);
    const [, withdrawn] = await world.works(projectId);
    expect(commentOf(withdrawn)).toMatch(/role: Principal\nproject: .*\n\[end\]\nJonas, if he is back$/);
  });

  test('whose answer was lost is found written, all of it', async () => {
    const { projectId } = await psa.createProject(newKey(), order(), context);
    const release = onCall('model.project.work.write', async (send) => {
      await send();
      throw new TypeError('fetch failed');
    });
    expect((await errorOf(psa.publishDemand(projectId, wanted, context))).kind).toBe('timeout');
    release();
    expect((await psa.readDemand(projectId, context)).map(({ demandKey }) => demandKey)).toEqual(['r1', 'r2']);
  });

  test('for a role without a task is refused before any is written', async () => {
    const { projectId } = await psa.createProject(newKey(), order(), context);
    const error = await errorOf(psa.publishDemand(projectId, [...wanted, demand('r9', 'Astronaut')], context));
    expect([error.kind, error.message]).toEqual(['rejected', 'the project has no task r9 for the role "Astronaut"']);
    expect(await psa.readDemand(projectId, context)).toEqual([]);
  });
});

describe('the connection', () => {
  test('says for which company it is, where the user sees several', async () => {
    const error = await errorOf(world.psa({ company: undefined }).findProject(newKey(), context));
    expect([error.kind, error.message]).toEqual(['rejected', expect.stringContaining('TL-DE, TL-US')]);
    const other = await errorOf(world.psa({ company: 'TL-XX' }).findProject(newKey(), context));
    expect(other.message).toContain('no company TL-XX');
  });

  test('of one company does not see the projects of another', async () => {
    const key = newKey();
    await psa.createProject(key, order(), context);
    expect(await world.psa({ company: 'TL-US' }).findProject(key, context)).toBeUndefined();
  });

  test('with a wrong password is told', async () => {
    expect((await errorOf(world.psa({ password: 'guessed' }).findProject(newKey(), context))).kind).toBe(
      'unauthorised',
    );
  });

  test('says which things Tryton does not have', () => {
    expect(Object.keys(psa.cannot).sort()).toEqual([
      ...['approveWork', 'deletedTime', 'deliverMilestone', 'expenses', 'nonBillableTime', 'projectTemplates'],
      ...['rejectMilestone', 'staffingDemand'],
    ]);
  });
});
