// The note that people write around, and the careful meanings of what Tryton says.
import type { TrytonClient } from '../../../adapters/tryton/client.ts';
import { changedWork } from '../../../adapters/tryton/psa-changed-work.ts';
import { readNote, withNote, lineLike } from '../../../adapters/tryton/note.ts';
import {
  fromWireLine,
  fromWireMilestoneState,
  fromWireProject,
  placeOf,
  toWireProject,
  workOf,
} from '../../../adapters/tryton/psa-convert.ts';
import { PSA_WRITES, type Stamped, type WireLine, type WireWork } from '../../../adapters/tryton/psa-wire.ts';

const company = { companyId: '1', currency: 'EUR' };
const FIRST = '[Throughline: please leave these lines]';

describe('the note in a comment', () => {
  test('keeps what people wrote before and behind it, to the letter', () => {
    const comment = `Before\r\n${FIRST}\r\nkey: k1\r\nstatus: set up\r\n[end]\r\n\r\n  behind: it\r\n`;
    expect(readNote(comment)).toEqual({ key: 'k1', status: 'set up' });
    const changed = withNote(comment, { ...readNote(comment), status: 'billed' });
    expect(changed).toBe(`Before\r\n${FIRST}\nkey: k1\nstatus: billed\n[end]\r\n\r\n  behind: it\r\n`);
  });

  test('goes to the top of a comment without one', () => {
    expect(withNote('Call Mr Huber first', { key: 'k1' })).toBe(`${FIRST}\nkey: k1\n[end]\nCall Mr Huber first`);
    expect(readNote('key: of the safe')).toEqual({});
    expect(readNote(null)).toEqual({});
  });

  test('whose end somebody removed ends where its lines end', () => {
    const comment = `${FIRST}\nkey: k1\nCall Mr Huber first`;
    expect(readNote(comment)).toEqual({ key: 'k1' });
    expect(withNote(comment, readNote(comment))).toBe(`${FIRST}\nkey: k1\n[end]\nCall Mr Huber first`);
  });

  test.each(['two\nlines', 'a\\nb', 'back\\slash\r\n', 'colon: 5', '', '100 % \\', 'a\u2028b'])(
    'holds %j in one line',
    (value) => {
      const comment = withNote(null, { status: value, key: 'k1' });
      expect(comment.split('\n')).toHaveLength(4);
      expect(readNote(comment)).toEqual({ status: value, key: 'k1' });
    },
  );

  test('is searched for without wildcards of its key', () => {
    expect(lineLike('key', 'eng_50%')).toBe('%key: eng\\_50\\%%');
  });
});

const work = (changes: Partial<WireWork>): WireWork => ({
  ...{ id: '7', name: 'Portal', type: 'task', path: '7/', comment: null, progress: null, _timestamp: '1.0' },
  'status.': { id: '1', name: 'Open', progress: null },
  ...{ constraint_start_date: null, constraint_finish_date: null, effort_duration: null, list_price: null },
  ...changes,
});

describe('a project', () => {
  test('whose amounts people made unreadable has none, and that is told', () => {
    const told: string[] = [];
    const warn = (message: string, { work: id }: Record<string, string>) => void told.push(`${message}: ${String(id)}`);
    const budget = withNote(null, { key: 'k1', budget: 'about 90000 EUR' });
    const price = work({ id: '8', comment: withNote(null, { milestone: 'm1' }), list_price: '30000.0050' });
    const project = fromWireProject(work({ type: 'project', comment: budget }), [price], company, warn);
    expect(project).toMatchObject({ currency: 'EUR', budgetMinor: null, milestones: [{ amountMinor: null }] });
    expect(told).toEqual([
      'an amount in Tryton cannot be read, taken as none: 7',
      'an amount in Tryton cannot be read, taken as none: 8',
    ]);
  });

  test('of people has tasks without a key, and effort in whole minutes only', () => {
    const tasks = [work({ effort_duration: '5400' }), work({ effort_duration: '5430' }), work({ type: 'project' })];
    const { tasks: read } = fromWireProject(work({ type: 'project' }), tasks, company, () => undefined);
    // 5,400 s = 90 minutes; 5,430 s = 90.5
    expect(read.map(({ taskKey, budgetMinutes }) => [taskKey, budgetMinutes])).toEqual([
      [null, 90],
      [null, null],
    ]);
  });

  test('is sent with the listed fields only, at every level', () => {
    const dates = { startOn: '2031-01-15', endOn: '2031-05-31' };
    const order = {
      ...{ title: 'Portal', ...dates, currency: 'EUR', budgetMinor: 1, templateRef: 't' },
      tasks: [{ taskKey: 'r1', title: 'P', role: 'P', budgetMinutes: 60, ...dates }],
      milestones: [{ milestoneKey: 'm1', title: 'M', dueOn: '2031-02-27', amountMinor: 1 }],
    };
    const project = toWireProject('k1', order, company);
    const [[, parts]] = project.children as [[string, object[]]];
    const sent = [project, ...parts].flatMap((each) => Object.keys(each));
    expect(sent.filter((field) => !(PSA_WRITES[0].fields as readonly string[]).includes(field))).toEqual([]);
  });
});

test.each([
  ['accepted', '1', '1'],
  ['in-progress', '1', null],
  ['in-progress', '0.5', null],
  ['pending', '0', null],
  ['pending', null, null],
  ['in-progress', '0.9', '0.8'],
])('a milestone is %s at progress %s in a status of %s', (state, progress, ofStatus) => {
  expect(fromWireMilestoneState({ progress, 'status.': { id: '1', name: 'Any', progress: ofStatus } })).toBe(state);
});

describe('a time line', () => {
  const line: Stamped<WireLine> = {
    ...{ id: '3', employee: '1', date: '2031-01-20', duration: '0.5', changedAt: '2031-01-20T10:00:00.000001Z' },
    'work.': { origin: 'project.work,9' },
  };

  test('of half a second is told and a draft of no minutes', () => {
    const told: string[] = [];
    const place = { projectId: '7', taskId: '9', role: '' };
    const time = fromWireLine(line, place, (message) => void told.push(message));
    expect([time.minutes, time.state, told.length]).toEqual([0, 'draft', 1]);
  });

  test('is on a work of a project, or not understood', () => {
    expect(workOf(line)).toBe('9');
    expect(() => workOf({ ...line, 'work.': { origin: 'production.work,9' } })).toThrow(TypeError);
  });

  test('on a work without a project is placed by what there is', () => {
    const works = new Map([['9', { id: '9', type: 'task', parent: '8', comment: null } as const]]);
    expect(placeOf('9', works)).toEqual({ projectId: '9', taskId: '9', role: '' });
    expect(placeOf('1', works)).toBeUndefined();
  });
});

describe('what changed', () => {
  const FULL = 200;
  const lineAt = (id: number, last_modified_at: string) => ({
    ...{ id: String(id), employee: '1', date: '2031-01-20', duration: '3600', last_modified_at },
    'work.': { origin: 'project.work,9' },
  });

  /** A Tryton whose time lines come in these pages. */
  function clientWith(pages: object[][]): TrytonClient {
    return {
      series: () => Promise.resolve('8.2'),
      page: (model: string) => Promise.resolve(model === 'timesheet.line' ? (pages.shift() ?? []) : []),
      searchRead: () => Promise.resolve([]),
    } as unknown as TrytonClient;
  }
  const reading = (client: TrytonClient, since: string | null) =>
    changedWork(
      { connectionId: 'tr', companyId: '1', client, warn: () => undefined, since },
      { correlationId: 'cor_1', actorSubject: 'system:test' },
    );
  const positionIn = (watermark: string) =>
    (JSON.parse(watermark) as { time: { last_modified_at: { after: string } } }).time.last_modified_at.after;

  test('is read again for the last minute, also where the rows ended with a full page', async () => {
    const now = new Date().toISOString();
    const page = Array.from({ length: FULL }, (_, index) => lineAt(index + 1, now));
    const client = clientWith([page, []]);
    const first = await reading(client, null);
    expect([first.more, positionIn(first.watermark ?? '')]).toEqual([true, now]);
    const second = await reading(client, first.watermark);
    expect(second.more).toBe(false);
    // A transaction that began before `now` and commits after this reading has an earlier stamp.
    expect(Date.parse(positionIn(second.watermark ?? ''))).toBeLessThanOrEqual(Date.parse(now) - 59_000);
    const long = '2031-01-20T10:00:00.000001Z';
    const old = await reading(clientWith([]), JSON.stringify({ time: { last_modified_at: { after: long, id: '7' } } }));
    expect(Date.parse(positionIn(old.watermark ?? ''))).toBeLessThan(Date.parse(long));
  });

  test('goes on from a watermark of the release before', async () => {
    const after = '2020-01-20T10:00:00.000001Z';
    const { watermark } = await reading(clientWith([]), JSON.stringify({ time: { after, id: '7' } }));
    expect(positionIn(watermark ?? '')).toBe(after);
  });
});
