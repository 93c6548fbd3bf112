// What comes for a project that an undo archived is kept and told, and is never work or a milestone of a new set-up.
import type { DataSource } from 'typeorm';
import { AdapterError, type MilestoneChange, type WorkChanges } from '../../../adapters/ports/index.ts';
import { createConnectionActivities } from '../../../activities/connections/index.ts';
import type { Books } from '../../../persistence/books.ts';
import {
  configuration,
  engage,
  expense,
  fixedFee,
  openBooks,
  PSA,
  systemsOf,
  time,
  timeAndMaterials,
} from './books-of-test.ts';

let dataSource: DataSource;
let books: Books;

beforeEach(async () => {
  ({ dataSource, books } = await openBooks());
});
afterEach(() => dataSource.destroy());

const NEW = 'p-new';

/** An engagement whose first project was archived, and which was set up anew with another. */
async function setUpAnew(): Promise<{ engagementId: string; archived: string }> {
  const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials, fixedFee);
  const owner = { engagementId, legalEntityId: 'uk' };
  for (const type of ['project', 'task', 'milestone']) await books.refs.end(owner, type);
  await books.refs.put({ ...owner, key: 'project-2' }, { connectionId: PSA, type: 'project', id: NEW });
  return { engagementId, archived: projectId };
}

function connection(psa: object) {
  const dispatcher = {
    start: () => Promise.resolve('announced' as const),
    announce: () => Promise.resolve('announced' as const),
  };
  return createConnectionActivities({ books, configuration, systems: systemsOf({ psa }), dispatcher });
}

const poll = (changes: Partial<WorkChanges>, more: object = {}) => {
  const page = { time: [], expenses: [], milestones: [], watermark: '2026-02-01T00:00:00Z', more: false, ...changes };
  return connection({ changedWork: () => Promise.resolve(page), ...more }).pollConnection({ connectionId: PSA });
};

const accepted = (projectId: string): MilestoneChange => ({
  ...{ milestoneId: '900', projectId, version: '1', title: 'Design', state: 'accepted', acceptedOn: null },
  changedAt: '2026-01-31T09:00:00Z',
});
const told = async (engagementId: string) =>
  (await books.inbox.unread(engagementId)).facts.map(({ type, data }) => [type, data.code ?? data.archivedProjectId]);
const scope = (engagementId: string) => ({
  ...{ engagementId, legalEntityId: 'uk', untilExclusive: '2026-02-01', unbilledOnly: true },
});

describe('an archived project', () => {
  test('takes no approved time or expense: neither is billed, both are told once, and again when more comes', async () => {
    const { engagementId, archived } = await setUpAnew();
    const first = {
      time: [time('t-1', archived, '2026-01-12', 8)],
      expenses: [expense('x-1', archived, '2026-01-12', 500)],
    };
    expect(await poll(first)).toMatchObject({ lines: 2, unknownProject: 2, facts: 1 });
    expect(await poll(first)).toMatchObject({ lines: 0, facts: 0 });
    expect(await told(engagementId)).toEqual([['noticed', 'PROJECT_ARCHIVED']]);
    expect(await books.work.approvedTime(scope(engagementId))).toEqual([]);
    expect(await books.work.approvedExpenses(scope(engagementId))).toEqual([]);
    expect(await poll({ time: [time('t-2', archived, '2026-01-13', 1)] })).toMatchObject({ facts: 1 });
  });

  test('time that is moved to the new project is work of the engagement', async () => {
    const { engagementId, archived } = await setUpAnew();
    await poll({ time: [time('t-1', archived, '2026-01-12', 8)] });
    await poll({ time: [time('t-1', NEW, '2026-01-12', 8, { version: '2026-01-20T09:00:00Z' })] });
    expect(await books.work.approvedTime(scope(engagementId))).toMatchObject([{ entryId: 't-1', minutes: 480 }]);
    expect(await told(engagementId)).toEqual([
      ['noticed', 'PROJECT_ARCHIVED'],
      ['firstTimeApproved', undefined],
    ]);
  });

  test('time that came just before the undo is not billed by the new set-up either', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-01-12', 8)]);
    await books.work.appendTime(PSA, [time('t-2', projectId, '2026-01-12', 8, { state: 'submitted' })]);
    expect(await books.work.approvedTime(scope(engagementId))).toHaveLength(1);
    await books.refs.end({ engagementId, legalEntityId: 'uk' }, 'project');
    expect(await books.work.approvedTime(scope(engagementId))).toEqual([]);
    expect(await books.work.submitted(engagementId)).toEqual({ time: 0, expenses: 0 });
    expect(await poll({})).toMatchObject({ facts: 1 });
    expect(await told(engagementId)).toEqual([['noticed', 'PROJECT_ARCHIVED']]);
  });

  test('accepts no milestone of the new set-up, whether it was archived before the news or before it was read', async () => {
    const { engagementId, archived } = await setUpAnew();
    await poll({ milestones: [accepted(archived)] });
    const { facts } = await books.inbox.unread(engagementId);
    expect(facts).toMatchObject([{ type: 'milestoneAccepted', data: { note: 'Design', archivedProjectId: archived } }]);
    expect(facts[0]?.data.milestoneId).toBeUndefined();
    expect(await books.inbox.acceptedMilestones(engagementId)).toEqual([]);

    const other = await engage(books, 'd-2', fixedFee);
    await poll({ milestones: [{ ...accepted(other.projectId), milestoneId: '901' }] });
    expect((await books.inbox.unread(other.engagementId)).facts).toMatchObject([{ data: { milestoneId: 'm-1' } }]);
    await books.refs.end({ engagementId: other.engagementId, legalEntityId: 'uk' }, 'project');
    expect(await told(other.engagementId)).toEqual([['milestoneAccepted', other.projectId]]);
  });
});

describe('a second project of one key', () => {
  const conflict = (key: string) =>
    new AdapterError('conflict', `projects 11, 12 all carry the key ${key}`, {
      connectionId: PSA,
      operation: 'find project',
    });

  /** A project whose key is due to be looked up once more. */
  async function due(dealId: string): Promise<string> {
    const { engagementId } = await engage(books, dealId, fixedFee);
    const owner = { engagementId, legalEntityId: 'uk', key: 'project' };
    const ref = { connectionId: PSA, type: 'project', id: `p-${dealId}` };
    await books.refs.put(owner, ref, { lookAgainAfterMs: 3_600_000 });
    const early = await books.refs.dueToLookAgain(PSA, 'project', 10);
    expect(early.map(({ id }) => id)).not.toContain(ref.id);
    await books.refs.put(owner, ref, { lookAgainAfterMs: 0 });
    return engagementId;
  }

  test('is told to operations with the ids of both, once, and nothing is archived', async () => {
    const engagementId = await due('d-1');
    const psa = { findProject: (key: string) => Promise.reject(conflict(key)) };
    expect(await poll({}, psa)).toMatchObject({ facts: 1 });
    expect(await poll({}, psa)).toMatchObject({ facts: 0 });
    const { facts } = await books.inbox.unread(engagementId);
    expect(facts).toMatchObject([{ type: 'noticed', data: { code: 'PROJECT_DUPLICATED' } }]);
    expect(facts[0]?.data.note).toMatch(
      /projects 11, 12 all carry the key project; the engagement uses p-d-1: keep one/,
    );
  });

  test('that cannot be looked for stays due, and keeps no other from being looked for', async () => {
    await due('d-1');
    const second = await due('d-2');
    let calls = 0;
    const away = new AdapterError('unavailable', 'away', { connectionId: PSA, operation: 'find project' });
    const psa = { findProject: (key: string) => Promise.reject((calls += 1) === 1 ? away : conflict(key)) };
    await expect(poll({}, psa)).rejects.toMatchObject({ type: 'UNAVAILABLE' });
    expect(await told(second)).toEqual([['noticed', 'PROJECT_DUPLICATED']]);
    expect(await poll({}, { findProject: () => Promise.resolve(undefined) })).toMatchObject({ facts: 0 });
    expect(await books.refs.dueToLookAgain(PSA, 'project', 10)).toEqual([]);
  });
});
