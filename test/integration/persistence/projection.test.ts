// The read side on a real PostgreSQL: published in any order, listed by filters and cursor without gaps, scoped by
// legal entity.
import type { DataSource } from 'typeorm';
import { createInboxActivities } from '../../../activities/inbox.activities.ts';
import { createProjectionActivities } from '../../../activities/projection.activities.ts';
import { SYSTEM } from '../../../domain/actor.ts';
import type { Envelope } from '../../../domain/engagement/calls.ts';
import type { EngagementSummary } from '../../../domain/engagement/view.ts';
import { money } from '../../../domain/money/money.ts';
import { Books } from '../../../persistence/books.ts';
import { mintId } from '../../../persistence/ids.ts';
import { engage, openBooks, timeAndMaterials } from './books-of-test.ts';

let dataSource: DataSource;
let books: Books;

beforeAll(async () => {
  ({ dataSource, books } = await openBooks());
});
afterAll(() => dataSource.destroy());
beforeEach(() => dataSource.query('TRUNCATE engagement_view, engagement_amount, timeline'));

function summary(engagementId: string, other: Partial<EngagementSummary> = {}): EngagementSummary {
  return {
    engagementId,
    connectionId: 'sf-emea',
    dealId: `d-${engagementId}`,
    stage: 'active',
    contractName: 'Programme',
    customerId: 'sf-emea-001',
    customerName: 'Acme Ltd',
    legalEntityIds: ['uk'],
    currencies: ['GBP'],
    contractValue: [money(1_000_000, 'GBP')],
    billed: [money(300_000, 'GBP')],
    paid: [],
    recognised: [money(250_000, 'GBP')],
    obstacles: [],
    blockedBy: null,
    parkedReason: null,
    ownerRole: null,
    needsHuman: false,
    decisionDueAt: null,
    nextAt: null,
    ...other,
  };
}

const at = Date.UTC(2026, 1, 1);
const entry = (seq: number) => ({
  seq,
  at,
  kind: 'invoice',
  title: `Entry ${String(seq)}`,
  actor: 'anna',
  sagaId: 's-1',
  amount: seq === 2 ? money(5, 'JPY') : null,
});

function publish(
  turn: number,
  view: EngagementSummary,
  seqs: number[] = [],
  acknowledge: string[] = [],
): Promise<void> {
  const data = { engagementId: view.engagementId, turn, summary: view, timeline: seqs.map(entry), acknowledge };
  return createProjectionActivities({ books }).publish({ v: 1, correlationId: 'cor', actor: SYSTEM, data });
}

describe('publishing', () => {
  test('an engagement is listed from the moment it is minted, and its first turn replaces that', async () => {
    const { engagement } = await books.engagements.forDeal({
      ...{ connectionId: 'sf-emea', dealId: 'd-minted', correlationId: 'cor', requestedBy: SYSTEM },
    });
    const { engagementId } = engagement;
    expect(await books.projection.find(engagementId)).toMatchObject({ turn: 0, summary: { stage: 'received' } });
    expect(await books.projection.lastPublished(engagementId)).toBeUndefined(); // Nothing was published by a run.
    await publish(1, summary(engagementId, { stage: 'validating' }), [1]);
    // Minted again, as by another notice of the same deal, it stays as it is.
    await books.engagements.forDeal({
      ...{ connectionId: 'sf-emea', dealId: 'd-minted', correlationId: 'cor', requestedBy: SYSTEM },
    });
    expect(await books.projection.find(engagementId)).toMatchObject({ turn: 1, summary: { stage: 'validating' } });
  });

  test('an older turn that arrives late changes nothing, its timeline entries are kept', async () => {
    const id = mintId('eng');
    await publish(2, summary(id, { stage: 'active' }), [2]);
    await publish(1, summary(id, { stage: 'ready', billed: [] }), [1]);
    await publish(2, summary(id, { stage: 'active' }), [2]);
    const found = await books.projection.find(id);
    expect(found).toMatchObject({ turn: 2, summary: { stage: 'active' } });
    expect(await dataSource.query('SELECT currency, billed_minor FROM engagement_amount')).toEqual([
      { currency: 'GBP', billed_minor: 300_000 },
    ]);
    expect(await books.projection.timeline(id)).toEqual([entry(1), entry(2)]);
    expect(await books.projection.timeline(id, 1)).toEqual([entry(2)]);
  });

  test('what is acknowledged with a view is not read again', async () => {
    const { engagementId } = await engage(books, 'd-1', timeAndMaterials);
    const { inboxId } = await books.inbox.receive({
      connectionId: 'sf-emea',
      eventId: 'e-1',
      type: 'dealChanged',
      objectKey: 'deal:d-1',
      version: '1',
      effectiveOn: null,
      occurredAt: '2026-01-05T10:00:00Z',
      correlationId: 'cor',
      actor: SYSTEM,
      origin: { dealId: 'd-1' },
      data: {},
      engagementId,
    });
    const inbox = createInboxActivities({ books });
    const read = (acknowledge: string[]): Envelope<{ engagementId: string; acknowledge: string[] }> => {
      return { v: 1, correlationId: 'cor', actor: SYSTEM, data: { engagementId, acknowledge } };
    };
    expect((await inbox.readInbox(read([]))).facts.map((fact) => fact.inboxId)).toEqual([inboxId]);
    await publish(1, summary(engagementId), [], [inboxId]);
    expect((await inbox.readInbox(read([]))).facts).toEqual([]);
  });

  test('a view that cannot be written leaves its facts unread', async () => {
    const broken = new Books(dataSource.manager);
    const { engagementId } = await engage(books, 'd-2', timeAndMaterials);
    const bad = summary(engagementId, { stage: null as unknown as string });
    const data = { engagementId, turn: 1, summary: bad, timeline: [entry(1)], acknowledge: [] };
    const activities = createProjectionActivities({ books: broken });
    await expect(activities.publish({ v: 1, correlationId: 'cor', actor: SYSTEM, data })).rejects.toThrow('stage');
    expect(await books.projection.timeline(engagementId)).toEqual([]);
  });
});

describe('listing', () => {
  const all = { visibleTo: ['*'] };

  test('pages of a list meet without gap or repetition while engagements come and change', async () => {
    const ids = Array.from({ length: 7 }, () => mintId('eng')).sort();
    for (const id of ids) await publish(1, summary(id));
    const first = await books.projection.list(all, 3, null);
    await publish(1, summary(mintId('eng'))); // A new one comes while somebody reads.
    await publish(2, summary(ids[0] ?? '', { stage: 'closed' })); // Another changes.
    const second = await books.projection.list(all, 3, first.cursor);
    const third = await books.projection.list(all, 3, second.cursor);
    const read = [first, second, third].flatMap((page) => page.engagements.map((one) => one.engagementId));
    expect(read).toEqual([...ids].reverse());
    expect(third.cursor).toBeNull();
  });

  test('each filter narrows the list, and several together narrow it more', async () => {
    const [a, b] = [mintId('eng'), mintId('eng')];
    await publish(
      1,
      summary(a, {
        stage: 'parked',
        parkedReason: 'UNDO_FAILED',
        ownerRole: 'ops',
        needsHuman: true,
        decisionDueAt: at,
      }),
    );
    await publish(
      1,
      summary(b, { legalEntityIds: ['jp'], currencies: ['JPY'], blockedBy: 'UNAVAILABLE', customerId: 'other' }),
    );
    const ids = async (filter: object): Promise<string[]> =>
      (await books.projection.list({ ...all, ...filter }, 10, null)).engagements.map((one) => one.engagementId);
    expect(await ids({ stage: 'parked' })).toEqual([a]);
    expect(await ids({ legalEntityId: 'jp' })).toEqual([b]);
    expect(await ids({ currency: 'JPY' })).toEqual([b]);
    expect(await ids({ customerId: 'other' })).toEqual([b]);
    expect(await ids({ blockedBy: 'UNAVAILABLE' })).toEqual([b]);
    expect(await ids({ parkedReason: 'UNDO_FAILED', ownerRole: 'ops', needsHuman: true })).toEqual([a]);
    expect(await ids({ dueBefore: '2026-02-01T00:00:00Z' })).toEqual([a]);
    expect(await ids({ stage: 'parked', legalEntityId: 'jp' })).toEqual([]);
  });

  test('a reader sees the engagements of his legal entities, and those that have none yet', async () => {
    const [uk, jp, none] = [mintId('eng'), mintId('eng'), mintId('eng')];
    await publish(1, summary(uk));
    await publish(1, summary(jp, { legalEntityIds: ['jp', 'uk'] }));
    await publish(1, summary(none, { legalEntityIds: [], stage: 'received' }));
    const seen = async (visibleTo: string[]): Promise<string[]> =>
      (await books.projection.list({ visibleTo }, 10, null)).engagements.map((one) => one.engagementId).sort();
    expect(await seen(['jp'])).toEqual([jp, none].sort());
    expect(await seen(['fr'])).toEqual([none]);
    expect(await seen(['*'])).toHaveLength(3);
  });
});
