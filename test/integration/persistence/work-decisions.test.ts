/**
 * Time and expenses of a PSA that has no approval: kept until somebody decides here, decided once and on what was
 * shown, and from then on like a PSA's own approval, until the PSA changes them.
 */
import type { DataSource } from 'typeorm';
import type { ExpenseRecord, TimeRecord } from '../../../adapters/ports/index.ts';
import { createBillingActivities } from '../../../activities/billing.activities.ts';
import { createConnectionActivities } from '../../../activities/connections/index.ts';
import type { Actor } from '../../../domain/actor.ts';
import { entryKeyOf } from '../../../domain/work/batch.ts';
import type { Books } from '../../../persistence/books.ts';
import { decideWork, type WorkAnswer, type WorkCommand } from '../../../persistence/decide-work.ts';
import {
  configuration,
  engage,
  envelope,
  expense,
  openBooks,
  PSA,
  systemsOf,
  time,
  timeAndMaterials,
} from './books-of-test.ts';

const LEAD: Actor = { subject: 'lead@firm', roles: ['delivery'], legalEntities: ['*'] };
const UNTIL = { legalEntityId: 'uk', untilExclusive: '2026-02-01', unbilledOnly: true };

let dataSource: DataSource;
let books: Books;
let engagementId: string;
let projectId: string;
let commands = 0;

beforeEach(async () => {
  ({ dataSource, books } = await openBooks());
  ({ engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials));
  await stage('active');
});
afterEach(() => dataSource.destroy());

async function stage(name: string): Promise<void> {
  await dataSource.query('UPDATE engagement_view SET stage = $2 WHERE engagement_id = $1', [engagementId, name]);
}

/** The PSA reports; unless `able`, it cannot approve. */
async function poll(timeRecords: TimeRecord[], expenses: ExpenseRecord[] = [], able = false) {
  const page = { time: timeRecords, expenses, milestones: [], watermark: '2026-02-01T00:00:00Z', more: false };
  const cannot = able ? {} : { approveWork: 'it has no approval' };
  const systems = systemsOf({ psa: { cannot, changedWork: () => Promise.resolve(page) } });
  const dispatcher = { start: () => Promise.reject(new Error()), announce: () => Promise.reject(new Error()) };
  return createConnectionActivities({ books, configuration, systems, dispatcher }).pollConnection({
    connectionId: PSA,
  });
}

const submitted = { state: 'submitted' as const };
const later = (stamp: string) => ({ ...submitted, version: stamp, changedAt: stamp });
const january = (): { engagementId: string; legalEntityId: string; month: string } => {
  return { engagementId, legalEntityId: 'uk', month: '2026-01' };
};

async function decide(asked: Partial<WorkCommand> = {}): Promise<WorkAnswer> {
  const commandId = `cmd-${String((commands += 1))}`;
  const { hash } = await books.workBatches.read(january());
  const command = { commandId, batch: january(), actor: LEAD, verdict: 'approved' as const };
  return decideWork(books, { ...command, hash, entryKeys: null, reason: null, ...asked }, configuration.connections);
}

async function approved(): Promise<[entryId: string, version: string][]> {
  const found = await books.work.approvedTime({ engagementId, ...UNTIL });
  return found.map(({ entryId, version }) => [entryId, version]);
}

async function facts(): Promise<string[]> {
  return (await books.inbox.unread(engagementId)).facts.map(({ type }) => type);
}

const everything = { engagementId: undefined, legalEntityId: undefined, status: undefined, visibleTo: ['*'] };
const monday = (change: Partial<TimeRecord> = {}) =>
  time('t-1', projectId, '2026-01-12', 8, { ...submitted, ...change });
const tuesday = () => time('t-2', projectId, '2026-01-13', 4, submitted);
const train = () => expense('x-1', projectId, '2026-01-12', 4_000, submitted);

describe('submitted work of a PSA without approval', () => {
  test('waits in a batch of its month, is billed by nobody, and its engagement is told once', async () => {
    expect(await poll([monday(), tuesday()], [train()])).toMatchObject({ lines: 3, facts: 1 });
    expect(await poll([monday(), tuesday()], [train()])).toMatchObject({ lines: 0, facts: 0 });
    expect(await books.workBatches.list(everything, 10, undefined)).toEqual([
      // 8 h + 4 h = 720 minutes
      {
        ...january(),
        time: 2,
        minutes: 720,
        expenses: 1,
        rejected: 0,
        waitingSince: Date.parse('2026-01-12T18:00:00Z'),
      },
    ]);
    const { entries, rejected, more } = await books.workBatches.read(january());
    expect(entries.map(entryKeyOf)).toEqual([`time:${PSA}:t-1`, `expense:${PSA}:x-1`, `time:${PSA}:t-2`]);
    expect({ rejected, more }).toEqual({ rejected: [], more: false });
    expect(await approved()).toEqual([]);
    expect(await facts()).toEqual(['workSubmitted']);
  });

  test('is not approved by a word of the PSA, which has no approval', async () => {
    await poll([monday({ state: 'approved' })]);
    expect(await approved()).toEqual([]);
    expect((await books.workBatches.read(january())).entries).toMatchObject([{ entryId: 't-1' }]);
  });

  test('of a PSA with approval is not ours to decide', async () => {
    await poll([monday(), tuesday()], [], true);
    expect(await books.workBatches.list(everything, 10, undefined)).toEqual([]);
    expect((await books.workBatches.read(january())).entries).toEqual([]);
    expect(await decide()).toMatchObject({ outcome: 'refused', refusal: { code: 'ENTRY_NOT_WAITING' } });
    expect(await facts()).toEqual([]);
  });

  test('that is recalled waits no more, and its engagement is told', async () => {
    await poll([monday()]);
    await poll([monday({ ...later('2026-01-20T08:00:00Z'), state: 'draft' })]);
    expect(await books.workBatches.list(everything, 10, undefined)).toEqual([]);
    expect(await facts()).toEqual(['workSubmitted', 'workDecided']);
  });

  test('that moves to another month waits there', async () => {
    await poll([monday()]);
    await poll([monday({ ...later('2026-01-20T08:00:00Z'), workedOn: '2026-02-02' })]);
    const listed = await books.workBatches.list(everything, 10, undefined);
    expect(listed.map(({ month, time: count }) => [month, count])).toEqual([['2026-02', 1]]);
    expect(await facts()).toEqual(['workSubmitted', 'workDecided', 'workSubmitted']);
  });

  test('that came before its project was known waits when the project is ours', async () => {
    await poll([time('t-9', 'p-d-2', '2026-01-12', 8, submitted)]);
    expect(await books.workBatches.list(everything, 10, undefined)).toEqual([]);
    const second = await engage(books, 'd-2', timeAndMaterials);
    expect(await poll([])).toMatchObject({ lines: 0, facts: 1 });
    expect(await books.workBatches.list(everything, 10, undefined)).toMatchObject([second && { time: 1 }]);
  });

  test('is listed by month, in pages, for who acts for its legal entity, until the engagement has ended', async () => {
    const days = ['2026-03-02', '2026-01-12', '2026-02-02'];
    await poll(days.map((day, index) => time(`t-${String(index)}`, projectId, day, 1, submitted)));
    const first = await books.workBatches.list(everything, 2, undefined);
    const rest = await books.workBatches.list(everything, 2, first[1]);
    expect([first, rest].map((page) => page.map(({ month }) => month))).toEqual([['2026-01', '2026-02'], ['2026-03']]);
    expect(await books.workBatches.list({ ...everything, visibleTo: ['jp'] }, 10, undefined)).toEqual([]);
    expect(await books.workBatches.list({ ...everything, status: 'rejected' }, 10, undefined)).toEqual([]);
    await stage('cancelled');
    expect(await books.workBatches.list(everything, 10, undefined)).toEqual([]);
    expect(await books.workBatches.list({ ...everything, engagementId }, 10, undefined)).toHaveLength(3);
  });

  test('beyond what one decision takes follows when the first part is decided', async () => {
    const many = Array.from({ length: 2_001 }, (_, index) =>
      time(`t-${String(index)}`, projectId, '2026-01-12', 1, submitted),
    );
    await poll(many);
    const { entries, more } = await books.workBatches.read(january());
    expect([entries.length, more]).toEqual([2_000, true]);
    const answer = await decide();
    expect(answer).toMatchObject({ outcome: 'decided', waiting: 1 });
    expect((await books.workBatches.read(january())).more).toBe(false);
  });
});

describe('an approval', () => {
  test('makes work approved as a PSA does, with approver, hash and time: the point of no return', async () => {
    await poll([monday(), tuesday()], [train()]);
    const { hash } = await books.workBatches.read(january());
    const answer = await decide();
    expect(answer).toMatchObject({ outcome: 'decided', verdict: 'approved', waiting: 0 });
    expect(answer.outcome === 'decided' && answer.entries.map(entryKeyOf)).toHaveLength(3);
    expect(await approved()).toEqual([
      ['t-1', '2026-01-12T18:00:00Z!'],
      ['t-2', '2026-01-13T18:00:00Z!'],
    ]);
    expect(await books.work.approvedExpenses({ engagementId, ...UNTIL })).toMatchObject([{ amountMinor: 4_000 }]);
    expect(await facts()).toEqual(['workSubmitted', 'firstTimeApproved', 'workDecided']);
    const kept = await dataSource.query<object[]>(
      `SELECT verdict, hash, actor->>'subject' AS approver, decided_at > now() - interval '1 minute' AS recent
       FROM work_decision`,
    );
    expect(kept).toEqual([{ verdict: 'approved', hash, approver: LEAD.subject, recent: true }]);
    // The PSA tells the same once more: nothing changes.
    expect(await poll([monday(), tuesday()], [train()])).toMatchObject({ lines: 0, facts: 0 });
    expect(await approved()).toHaveLength(2);
  });

  test.each([
    ['a new version', '2026-01-21T08:00:00Z', 7],
    ['other minutes under the same coarse stamp', '2026-01-12T18:00:00Z', 7],
    ['a new version of the same content', '2026-01-21T08:00:00Z', 8],
  ])('is void when the PSA tells %s: the entry waits again', async (_what, stamp, hours) => {
    await poll([monday(), tuesday()]);
    await decide();
    await poll([monday({ ...later(stamp), minutes: hours * 60 })]);
    expect(await approved()).toEqual([['t-2', '2026-01-13T18:00:00Z!']]);
    expect((await books.workBatches.read(january())).entries).toMatchObject([{ entryId: 't-1', minutes: hours * 60 }]);
    expect(await decide()).toMatchObject({ outcome: 'decided', waiting: 0 });
    expect(await approved()).toHaveLength(2);
  });

  test('of what was billed and then changed in the PSA follows the rule for changed work', async () => {
    await poll([monday()]);
    await decide();
    const { draftInvoice } = createBillingActivities({ books, configuration });
    const call = envelope(engagementId, 'k-1', '2026-02-01', { untilExclusive: '2026-02-01' });
    // 8 h x 150.00 = 1,200.00 + VAT 20 % = 1,440.00
    const drafted = await draftInvoice(call);
    expect(drafted.draft).toMatchObject({ total: { amountMinor: 144_000 }, workApprovers: [LEAD.subject] });
    expect(await draftInvoice(call)).toEqual(drafted);
    expect(await books.work.changedAfterBilling(engagementId)).toEqual([]);
    await poll([monday({ ...later('2026-01-21T08:00:00Z'), minutes: 420 })]);
    expect(await books.work.changedAfterBilling(engagementId)).toMatchObject([{ entryId: 't-1' }]);
    await poll([monday(later('2026-01-22T08:00:00Z'))]);
    expect(await books.work.changedAfterBilling(engagementId)).toHaveLength(1); // as billed, and not approved
    await decide();
    expect(await books.work.changedAfterBilling(engagementId)).toEqual([]);
    expect(await approved()).toEqual([]); // billed already
  });

  test('leaves a billing run free of what waits, and the run says how much that is', async () => {
    await poll([monday(), tuesday()], [train()]);
    await decide({ entryKeys: [`time:${PSA}:t-1`] });
    const { draftInvoice } = createBillingActivities({ books, configuration });
    const scope = { untilExclusive: '2026-02-01' };
    const drafted = await draftInvoice(envelope(engagementId, 'k-1', '2026-02-01', scope));
    expect(drafted).toMatchObject({ draft: { net: { amountMinor: 120_000 } }, waiting: { time: 1, expenses: 1 } });
    const earlier = await draftInvoice(envelope(engagementId, 'k-2', '2026-01-12', { untilExclusive: '2026-01-12' }));
    expect(earlier).toEqual({ nothing: true });
  });

  test('on other content than was shown is refused with the hash of today, and changes nothing', async () => {
    await poll([monday()]);
    const { hash } = await books.workBatches.read(january());
    await poll([tuesday()]);
    const now = await books.workBatches.read(january());
    const answer = await decide({ hash });
    expect(answer).toMatchObject({ outcome: 'refused', refusal: { code: 'BATCH_CHANGED' }, hash: now.hash });
    expect(await approved()).toEqual([]);
    expect(await facts()).toEqual(['workSubmitted']);
  });

  test('by two persons at once is taken once; by one command twice, too, with the same answer', async () => {
    await poll([monday(), tuesday()]);
    const { hash } = await books.workBatches.read(january());
    const answers = await Promise.all([decide({ hash }), decide({ hash, actor: { ...LEAD, subject: 'other@firm' } })]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['decided', 'refused']);
    await poll([monday(later('2026-01-21T08:00:00Z'))]);
    const again = (await books.workBatches.read(january())).hash;
    const twice = await Promise.all([0, 1].map(() => decide({ commandId: 'same', hash: again })));
    expect(twice[0]).toMatchObject({
      outcome: 'decided',
      entries: [{ entryId: 't-1', version: '2026-01-21T08:00:00Z' }],
    });
    expect(twice[1]).toEqual(twice[0]);
    expect(await approved()).toHaveLength(2);
  });

  test('is refused while the engagement is not active, and possible while it completes', async () => {
    await poll([monday()]);
    for (const name of ['ready', 'cancelled', 'parked']) {
      await stage(name);
      expect(await decide()).toMatchObject({ refusal: { code: 'ENGAGEMENT_TAKES_NO_WORK' } });
    }
    await stage('completing');
    expect(await decide()).toMatchObject({ outcome: 'decided' });
  });

  test('cannot be altered or removed afterwards', async () => {
    await poll([monday()]);
    await decide();
    for (const statement of [`UPDATE work_decision SET hash = repeat('0', 64)`, 'DELETE FROM work_decision']) {
      await expect(dataSource.query(statement)).rejects.toThrow(/append-only/);
    }
  });
});

describe('a rejection', () => {
  test('of part of a batch shows the reason until the entry changes, and leaves the rest to be approved', async () => {
    await poll([monday(), tuesday()], [train()]);
    const rejection = { verdict: 'rejected' as const, reason: 'the customer was closed' };
    const answer = await decide({ ...rejection, entryKeys: [`time:${PSA}:t-1`] });
    expect(answer).toMatchObject({ outcome: 'decided', entries: [{ entryId: 't-1' }], waiting: 2 });
    const shown = await books.workBatches.read(january());
    expect(shown.hash).toBe(answer.hash);
    expect(shown.rejected).toMatchObject([
      { entryId: 't-1', reason: 'the customer was closed', rejectedBy: LEAD.subject, minutes: 480 },
    ]);
    await decide({ hash: answer.hash });
    expect(await approved()).toEqual([['t-2', '2026-01-13T18:00:00Z!']]);
    const listed = await books.workBatches.list({ ...everything, status: 'rejected' }, 10, undefined);
    expect(listed).toMatchObject([{ time: 0, expenses: 0, rejected: 1, waitingSince: null }]);
    await poll([monday()]); // nothing new
    expect((await books.workBatches.read(january())).rejected).toHaveLength(1);
    await poll([monday({ ...later('2026-01-21T08:00:00Z'), minutes: 240 })]);
    expect(await books.workBatches.read(january())).toMatchObject({ rejected: [], entries: [{ minutes: 240 }] });
  });

  test('is no approval: nothing is billed, and the point of no return is not reached', async () => {
    await poll([monday()]);
    await decide({ verdict: 'rejected', reason: 'not on this project' });
    expect(await approved()).toEqual([]);
    expect(await facts()).toEqual(['workSubmitted', 'workDecided']);
    expect(await books.work.submitted(engagementId)).toEqual({ time: 0, expenses: 0, here: 0 });
  });
});
