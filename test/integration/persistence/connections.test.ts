// What connections bring: polled twice it is the same, unknown work is kept, dispatch survives a crash.
import type { DataSource } from 'typeorm';
import type { MilestoneChange, PaymentChange, WorkChanges } from '../../../adapters/ports/index.ts';
import { createBillingActivities } from '../../../activities/billing.activities.ts';
import { createConnectionActivities, type Dispatcher } from '../../../activities/connections/index.ts';
import { SYSTEM } from '../../../domain/actor.ts';
import type { Books } from '../../../persistence/books.ts';
import {
  configuration,
  CRM,
  engage,
  envelope,
  ERP,
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

function page(changes: Partial<WorkChanges>): WorkChanges {
  return { time: [], expenses: [], milestones: [], watermark: '2026-02-01T00:00:00Z', more: false, ...changes };
}

function accepted(projectId: string, version: string, state: MilestoneChange['state'] = 'accepted'): MilestoneChange {
  return {
    milestoneId: '900',
    projectId,
    version,
    title: 'Design',
    state,
    acceptedOn: null,
    changedAt: '2026-01-31T09:00:00Z',
  };
}

class Recorder implements Dispatcher {
  readonly started: string[] = [];
  readonly announced: string[] = [];
  broken = false;
  over = false;

  start(engagement: { engagementId: string }): Promise<'announced' | 'over'> {
    if (this.broken) return Promise.reject(new Error('the server is away'));
    this.started.push(engagement.engagementId);
    return Promise.resolve('announced');
  }

  announce(workflowId: string): Promise<'announced' | 'over'> {
    this.announced.push(workflowId);
    return Promise.resolve(this.over ? 'over' : 'announced');
  }
}

function connections(parts: Parameters<typeof systemsOf>[0], dispatcher: Dispatcher = new Recorder()) {
  return createConnectionActivities({ books, configuration, systems: systemsOf(parts), dispatcher });
}

const psaWith = (changes: Partial<WorkChanges>) => ({ psa: { changedWork: () => Promise.resolve(page(changes)) } });

describe('polling a PSA', () => {
  test('a page polled twice brings its lines and facts once', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials, fixedFee);
    const changes = { time: [time('t-1', projectId, '2026-01-12', 8)], milestones: [accepted(projectId, '1')] };
    const { pollConnection } = connections(psaWith(changes));
    expect(await pollConnection({ connectionId: PSA })).toEqual({ more: false, facts: 2, lines: 1, unknownProject: 0 });
    expect(await pollConnection({ connectionId: PSA })).toEqual({ more: false, facts: 0, lines: 0, unknownProject: 0 });
    const { facts } = await books.inbox.unread(engagementId);
    expect(facts.map((fact) => [fact.type, fact.data.milestoneId])).toEqual([
      ['firstTimeApproved', undefined],
      ['milestoneAccepted', 'm-1'],
    ]);
    expect(await books.cursors.get(PSA, 'work')).toBe('2026-02-01T00:00:00Z');
  });

  test('two pollers at once bring each line once', async () => {
    const { projectId } = await engage(books, 'd-1', timeAndMaterials);
    const { pollConnection } = connections(psaWith({ time: [time('t-1', projectId, '2026-01-12', 8)] }));
    const results = await Promise.all([pollConnection({ connectionId: PSA }), pollConnection({ connectionId: PSA })]);
    expect(results.reduce((total, result) => total + result.lines, 0)).toBe(1);
  });

  test('an accepted milestone that is merely touched is no news, its rejection is', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', fixedFee);
    for (const change of [accepted(projectId, '1'), accepted(projectId, '2'), accepted(projectId, '3', 'rejected')]) {
      await connections(psaWith({ milestones: [change] })).pollConnection({ connectionId: PSA });
    }
    const { facts } = await books.inbox.unread(engagementId);
    expect(facts.map((fact) => fact.type)).toEqual(['milestoneAccepted', 'milestoneRejected']);
  });

  test('two changes under one coarse stamp are two revisions and two facts, told in order', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials, fixedFee);
    const submitted = { time: [time('t-1', projectId, '2026-01-12', 8, { state: 'submitted' })] };
    const poll = (changes: Partial<WorkChanges>) => connections(psaWith(changes)).pollConnection({ connectionId: PSA });
    await poll({ ...submitted, milestones: [accepted(projectId, '1', 'delivered')] });
    const later = { time: [time('t-1', projectId, '2026-01-12', 8)], milestones: [accepted(projectId, '1')] };
    expect((await poll(later)).lines).toBe(1);
    expect((await poll(later)).lines).toBe(0);
    const scope = { engagementId, legalEntityId: 'uk', untilExclusive: '2026-02-01', unbilledOnly: true };
    expect(await books.work.approvedTime(scope)).toMatchObject([{ entryId: 't-1', version: '2026-01-12T18:00:00Z#2' }]);
    const { facts } = await books.inbox.unread(engagementId);
    expect(facts.filter((fact) => fact.objectKey === 'milestone:900').map((fact) => [fact.type, fact.version])).toEqual(
      [
        ['milestoneDelivered', '1'],
        ['milestoneAccepted', '1#2'],
      ],
    );
  });

  test('time of a project that is not ours yet is kept, and adopted when the project is ours', async () => {
    const { pollConnection } = connections(psaWith({ time: [time('t-9', 'p-later', '2026-01-12', 8)] }));
    expect(await pollConnection({ connectionId: PSA })).toMatchObject({ lines: 1, unknownProject: 1, facts: 0 });
    const { engagementId } = await engage(books, 'later', timeAndMaterials);
    expect(await pollConnection({ connectionId: PSA })).toMatchObject({ lines: 0, facts: 1 });
    const scope = { engagementId, legalEntityId: 'uk', untilExclusive: '2026-02-01', unbilledOnly: true };
    expect(await books.work.approvedTime(scope)).toMatchObject([{ entryId: 't-9', minutes: 480 }]);
  });
});

describe('work that the PSA recalls after it was billed', () => {
  test('stays on a posted invoice and is told with what to do instead; off a draft it comes by itself', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    const told = (version: string, state: 'approved' | 'draft') => {
      const changes = { time: [time('t-1', projectId, '2026-01-12', 8, { version, state, changedAt: version })] };
      return connections(psaWith(changes)).pollConnection({ connectionId: PSA });
    };
    await told('2026-01-12T18:00:00Z', 'approved');
    const { draftInvoice, bookInvoice } = createBillingActivities({ books, configuration });
    const scope = { untilExclusive: '2026-02-01' };
    const { draft } = await draftInvoice(envelope(engagementId, 'k-1', '2026-02-01', scope));
    expect(await told('2026-02-02T09:00:00Z', 'draft')).toMatchObject({ lines: 1, facts: 0 });
    await told('2026-02-02T10:00:00Z', 'approved');
    const booking = envelope(engagementId, 'b-1', '2026-02-01', { invoiceId: draft?.invoiceId ?? '' });
    booking.data.posted = { erpRef: '77', number: 'INV-77' };
    await bookInvoice(booking);

    expect(await told('2026-02-03T09:00:00Z', 'draft')).toMatchObject({ lines: 1, facts: 1 });
    expect(await told('2026-02-03T09:00:00Z', 'draft')).toMatchObject({ lines: 0, facts: 0 });
    const { facts } = await books.inbox.unread(engagementId);
    const notes = facts.filter(({ type }) => type === 'noticed').map(({ data }) => [data.code, data.note]);
    const what = 'Posted invoice INV-77 bills what was recalled or changed in the PSA (time t-1)';
    const instead = 'put back what was billed, or credit the invoice';
    expect(notes).toEqual([['WORK_CHANGED_AFTER_BILLING', `${what}: ${instead}`]]);
    expect((await books.invoices.get(draft?.invoiceId ?? '')).state).toBe('posted');
  });
});

describe('polling a CRM', () => {
  const record = { stage: 'won', version: '' };
  const crm = {
    changedDeals: () =>
      Promise.resolve({
        deals: [{ dealId: 'd-7', isWon: record.stage === 'won', ...record }],
        watermark: record.version,
        more: false,
      }),
    readDeal: () =>
      Promise.resolve({ connectionId: CRM, dealId: 'd-7', ...record, closedOn: '2026-01-05', customer: null }),
  };
  async function poll(version: string, stage = 'won'): Promise<{ facts: number; started: string[] }> {
    Object.assign(record, { version, stage });
    const recorder = new Recorder();
    const { pollConnection, dispatchInbox } = connections({ crm }, recorder);
    const { facts } = await pollConnection({ connectionId: CRM });
    await dispatchInbox({});
    return { facts, started: recorder.started };
  }

  test('deals won before the connection existed are not taken up; a lost notice afterwards is', async () => {
    expect((await poll('2026-01-01T00:00:00Z')).facts).toBe(0);
    const { facts, started } = await poll('2026-01-05T00:00:00Z');
    expect([facts, started.length]).toEqual([1, 1]);
  });

  test('a deal of the pipeline leaves no hint, however often it changes, before it is won', async () => {
    await poll('2026-01-01T00:00:00Z');
    expect(await poll('2026-01-05T00:00:00Z', 'open')).toEqual({ facts: 0, started: [] });
    expect(await poll('2026-01-06T00:00:00Z', 'lost')).toEqual({ facts: 0, started: [] });
    expect(await books.inbox.counts()).toEqual([]);
    expect(await poll('2026-01-07T00:00:00Z')).toMatchObject({ facts: 1, started: [expect.anything()] });
  });

  test('won, reopened and won again are three facts of one engagement', async () => {
    await poll('2026-01-01T00:00:00Z');
    await poll('2026-01-05T00:00:00Z');
    await poll('2026-01-06T00:00:00Z', 'open');
    await poll('2026-01-06T01:00:00Z', 'open'); // still open: nothing new
    await poll('2026-01-07T00:00:00Z');
    const engagement = await books.engagements.findByDeal(CRM, 'd-7');
    const { facts } = await books.inbox.unread(engagement?.engagementId ?? '');
    expect(facts.map((fact) => fact.type)).toEqual(['dealWon', 'dealReopened', 'dealWon']);
  });
});

describe('polling an ERP', () => {
  const payment: PaymentChange = {
    invoiceKey: 'k',
    invoiceId: '77',
    version: '1',
    state: 'paid',
    totalMinor: 100,
    unpaidMinor: 0,
    creditedMinor: 0,
    currency: 'GBP',
    changedAt: '2026-03-01T00:00:00Z',
    paidOn: '2026-02-28',
  };
  const erpWith = (change: PaymentChange) => ({
    erp: { changedPayments: () => Promise.resolve({ payments: [change], watermark: 'w', more: false }) },
  });

  test('a payment of an unknown invoice waits, and after ten attempts is dead and in sight', async () => {
    await connections(erpWith(payment)).pollConnection({ connectionId: ERP });
    const { dispatchInbox } = connections({});
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await dispatchInbox({})).failed).toBe(1);
      await dataSource.query('UPDATE inbox SET next_attempt_at = now()');
    }
    expect(await books.inbox.counts()).toEqual([{ status: 'dead', count: 1 }]);
    expect((await dispatchInbox({})).failed).toBe(0);
  });

  test('a payment that came long before its invoice was in our books is told when it is', async () => {
    await connections(erpWith(payment)).pollConnection({ connectionId: ERP });
    const recorder = new Recorder();
    const { dispatchInbox } = connections({}, recorder);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await dispatchInbox({});
      await dataSource.query('UPDATE inbox SET next_attempt_at = now()');
    }
    expect(await books.inbox.counts()).toEqual([{ status: 'dead', count: 1 }]);
    const { engagementId } = await engage(books, 'd-1', fixedFee);
    const { draftInvoice, bookInvoice } = createBillingActivities({ books, configuration });
    const { draft } = await draftInvoice(envelope(engagementId, 'k-1', '2026-02-01', { milestoneIds: ['m-1'] }));
    const booking = envelope(engagementId, 'b-1', '2026-02-01', { invoiceId: draft?.invoiceId ?? '' });
    booking.data.posted = { erpRef: payment.invoiceId, number: 'INV-77' };
    await bookInvoice(booking);
    expect(await dispatchInbox({})).toMatchObject({ dispatched: 1, failed: 0 });
    expect(recorder.announced).toHaveLength(1);
    const { facts } = await books.inbox.unread(engagementId);
    expect(facts).toMatchObject([{ type: 'invoicePaid', data: { invoiceId: draft?.invoiceId, unpaidMinor: 0 } }]);
  });

  test('an invoice voided in the ERP is kept in sight and pays nothing', async () => {
    await connections(erpWith({ ...payment, state: 'voided' })).pollConnection({ connectionId: ERP });
    expect(await books.inbox.counts()).toEqual([{ status: 'ignored', count: 1 }]);
  });
});

describe('dispatching', () => {
  const crm = {
    readDeal: (dealId: string) =>
      Promise.resolve({ connectionId: CRM, dealId, version: '2026-01-05T10:00:00.000Z', stage: 'won', customer: null }),
  };
  const won = (eventId: string, dealId: string) =>
    books.inbox.receive({
      connectionId: CRM,
      eventId,
      type: 'dealWon',
      objectKey: `deal:${dealId}`,
      version: eventId,
      effectiveOn: null,
      occurredAt: '2026-01-05T10:00:00Z',
      correlationId: 'cor-1',
      actor: SYSTEM,
      origin: { dealId },
      data: {},
      engagementId: null,
    });

  test('a crash between the commit and the start ends with one engagement, started', async () => {
    await won('e-1', 'd-1');
    const recorder = new Recorder();
    recorder.broken = true;
    const { dispatchInbox } = connections({ crm }, recorder);
    expect(await dispatchInbox({})).toMatchObject({ dispatched: 0, failed: 1 });
    const minted = await books.engagements.findByDeal(CRM, 'd-1');
    expect(minted).toBeDefined();
    recorder.broken = false;
    await dataSource.query('UPDATE inbox SET next_attempt_at = now()');
    expect(await dispatchInbox({})).toMatchObject({ dispatched: 1, failed: 0 });
    expect(recorder.started).toEqual([minted?.engagementId]);
  });

  test('a row taken by a dispatcher that died is taken again after its lease', async () => {
    await won('e-1', 'd-1');
    await books.inbox.claim(10, 0); // a dispatcher that took the row and died
    expect(await connections({ crm }).dispatchInbox({})).toMatchObject({ dispatched: 1 });
  });

  test('two dispatchers at once start each deal once, and several facts of a deal are one start', async () => {
    await Promise.all([won('e-1', 'd-1'), won('e-2', 'd-1'), won('e-3', 'd-2')]);
    const recorder = new Recorder();
    const { dispatchInbox } = connections({ crm }, recorder);
    const results = await Promise.all([dispatchInbox({}), dispatchInbox({})]);
    // Three rows of two deals: one fact each, the third row says nothing new.
    expect(results.reduce((total, result) => total + result.dispatched, 0)).toBe(2);
    expect(results.reduce((total, result) => total + result.ignored, 0)).toBe(1);
    expect(recorder.started).toHaveLength(2);
    expect(new Set(recorder.started).size).toBe(2);
  });

  test('a fact for an engagement that has ended is ignored, with the reason', async () => {
    const { engagementId } = await engage(books, 'd-1', timeAndMaterials);
    await books.inbox.receive({
      connectionId: CRM,
      eventId: 'late',
      type: 'dealReopened',
      objectKey: 'deal:d-1',
      version: '9',
      effectiveOn: null,
      occurredAt: '2026-01-05T10:00:00Z',
      correlationId: 'cor-1',
      actor: SYSTEM,
      origin: { dealId: 'd-1' },
      data: {},
      engagementId,
    });
    await dataSource.query(`UPDATE engagement_view SET summary = jsonb_set(summary, '{stage}', '"closed"')`);
    const recorder = Object.assign(new Recorder(), { over: true });
    expect(await connections({ crm }, recorder).dispatchInbox({})).toMatchObject({ ignored: 1 });
    expect(await books.inbox.counts()).toEqual([{ status: 'ignored', count: 1 }]);
  });
});
