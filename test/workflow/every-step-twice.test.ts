/**
 * Every call of an engagement's life is made twice, as a worker does that dies after the effect and before it told
 * the server: the second time answers like the first, changes nothing in any system, and leaves no second row in our
 * books. Deal 13 of the sandbox (USD, January and February 2031, Senior Consultant 210.00) with an undo of set-up and
 * a rejected invoice on the way; deal 12, cancelled after its activation; deal 8 (KWD), whose entity moves to another
 * ERP; and deal 1, begun before jobs of the connections made the status reports.
 */
import { AsyncResource } from 'node:async_hooks';
import type { CallInput } from '../../domain/engagement/calls.ts';
import { type CallName, SAGAS } from '../../domain/engagement/sagas.ts';
import { advanceToClose, approveInvoice, logTime, payAll } from '../support/people.ts';
import { runsOf } from '../support/histories.ts';
import { type SecondErp, secondErp } from '../support/second-erp.ts';
import { person, World } from '../support/world.ts';
import { newEngagement } from '../../domain/engagement/start.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { decide, ENGAGEMENT_TASK_QUEUE, ENGAGEMENT_WORKFLOW } from '../../workflows/engagement/contract.ts';

const DEAL = '006TL00000000013AA';
const CANCELLED_DEAL = '006TL00000000012AA';
const MOVED_DEAL = '006TL00000000008AA';
const OLD_DEAL = '006TL00000000001AA';

/** What billing, revenue and set-up write; facts from outside arrive beside the calls. */
const BOOKS = ['invoice', 'invoice_line', 'invoice_source', 'rated_line', 'payment', 'journal', 'journal_line'];
const TABLES = [...BOOKS, 'revenue_event', 'contract_version', 'external_ref', 'audit_entry'];

/** The calls that make something of which there must be one. */
const MAKERS: readonly CallName[] = [
  'createPsaProject',
  'createErpContract',
  'publishDemand',
  'draftInvoice',
  'postErpInvoice',
  'bookInvoice',
  'bookPayment',
  'recogniseRevenue',
  'postErpJournal',
];

/** What the second time of a call did that it should not. */
interface Repetition {
  name: string;
  data: CallInput;
  effects: string[];
  rows: Record<string, number>;
  isSameAnswer: boolean;
  again: () => Promise<unknown>;
}

describe('every call made twice', () => {
  let world: World;
  let second: SecondErp;
  const repetitions: Repetition[] = [];
  beforeAll(async () => {
    world = await World.start({ around: twice });
    second = await secondErp(world);
  }, 60_000);
  afterAll(async () => {
    await world.close();
    await second.close();
  });

  async function rowCounts(): Promise<Record<string, number>> {
    const counts = TABLES.map((table) => `SELECT '${table}' AS name, count(*)::int AS count FROM ${table}`);
    const found: { name: string; count: number }[] = await world.dataSource.query(counts.join(' UNION ALL '));
    return Object.fromEntries(found.map(({ name, count }) => [name, count]));
  }

  /** What a piece of work adds: effects in the systems, rows in our books. */
  async function added(work: () => Promise<unknown>): Promise<Pick<Repetition, 'effects' | 'rows'>> {
    const since = (await world.sandbox.journal()).at(-1)?.sequence ?? 0;
    const sinceInSecond = (await second.sandbox.journal()).at(-1)?.sequence ?? 0;
    const before = await rowCounts();
    await work();
    const made = (await world.sandbox.journal(since)).filter(({ effect }) => effect !== 'none');
    const after = Object.entries(await rowCounts()).map(
      ([name, count]) => [name, count - (before[name] ?? 0)] as const,
    );
    made.push(...(await second.sandbox.journal(sinceInSecond)).filter(({ effect }) => effect !== 'none'));
    return {
      effects: made.map(({ effect, operation }) => `${effect} ${operation}`),
      rows: Object.fromEntries(after.filter(([, count]) => count !== 0)),
    };
  }

  async function twice(name: string, data: CallInput, proceed: () => Promise<unknown>): Promise<unknown> {
    const first = await proceed();
    let again: unknown;
    const more = await added(async () => (again = await proceed()));
    const isSameAnswer = JSON.stringify(again) === JSON.stringify(first);
    repetitions.push({ name, data, ...more, isSameAnswer, again: AsyncResource.bind(proceed) });
    return again;
  }

  test('an engagement goes from deal to close, with an undo and a voided draft on the way', async () => {
    await world.closeDeal(DEAL);
    await world.decidePending(DEAL, 'activation', 'reject');
    const undone = await world.until(DEAL, 'undone', (seen) =>
      seen.state.sagas.some((saga) => saga.status === 'undone'),
    );
    await world.retry(DEAL, undone.state.sagas[0]?.id ?? '');
    await world.decidePending(DEAL, 'activation');
    const { state } = await world.until(DEAL, 'active', (seen) => seen.state.stage === 'active');
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-01-14', minutes: 600 });
    await world.advance(DEAL, '2031-02-01');
    await world.decidePending(DEAL, 'invoice', 'reject');
    const parked = await world.until(DEAL, 'parked', (seen) => seen.summary.parkedReason === 'INVOICE_REJECTED');
    await world.retry(DEAL, parked.state.sagas.find((saga) => saga.parked)?.id ?? '');
    await approveInvoice(world, DEAL, 210_000); // 10 h x 210.00 = 2,100.00
    await payAll(world, DEAL, '2031-02-10');
    const closed = await advanceToClose(world, DEAL, '2031-03-01');
    const once = [{ amountMinor: 210_000, currency: 'USD' }];
    expect(closed.summary).toMatchObject({ billed: once, paid: once, recognised: once });
  }, 60_000);

  test('an engagement is cancelled after its activation', async () => {
    await world.activate(CANCELLED_DEAL);
    const decision = {
      updateId: 'cancel',
      actor: person('ops'),
      reason: 'not wanted',
      command: { type: 'cancel' as const },
    };
    await world.handle(CANCELLED_DEAL).executeUpdate(decide, { updateId: 'cancel', args: [decision] });
    await world.until(CANCELLED_DEAL, 'cancelled', (seen) => seen.state.stage === 'cancelled');
  }, 60_000);

  test('the legal entity of an engagement moves to another ERP', async () => {
    const { state } = await world.activate(MOVED_DEAL);
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    await logTime(world, { workspaceId, role: 'Principal', date: '2031-02-10', minutes: 60 });
    second.takesOver('TL-KW', '2031-03-01');
    await world.advance(MOVED_DEAL, '2031-03-01');
    await approveInvoice(world, MOVED_DEAL, 75_500); // 1 h x 75.500
  }, 60_000);

  test('an engagement that began before the connections reported still reports by itself', async () => {
    const ids = { connectionId: SANDBOX_CRM, dealId: OLD_DEAL, correlationId: 'cor-old' };
    const { engagement } = await world.books.engagements.forDeal({ ...ids, requestedBy: person('ops') });
    const { engagementId, workflowId } = engagement;
    await world.sandbox.act('close-deal', { dealId: OLD_DEAL });
    const start = { ...ids, engagementId, requestedBy: person('ops'), policy: world.configuration.policy };
    const state = newEngagement({ ...start, dealUrl: null, refuseIfInvalid: false }, Date.now(), {
      reportsByJob: false,
    });
    await world.client.workflow.start(ENGAGEMENT_WORKFLOW, {
      ...{ taskQueue: ENGAGEMENT_TASK_QUEUE, workflowId },
      args: [{ carried: { state, wakeAt: 0, publishedTurn: -1, attributes: {} } }],
    });
    await world.decidePending(OLD_DEAL, 'activation');
    const active = await world.until(OLD_DEAL, 'active', (seen) => seen.state.stage === 'active');
    const workspaceId = active.state.entities[0]?.refs.projectId ?? '';
    await logTime(world, { workspaceId, role: 'Principal', date: '2031-01-13', minutes: 600 });
    await world.advance(OLD_DEAL, '2031-02-01');
    await approveInvoice(world, OLD_DEAL, 216_000); // 10 h x 180.00 = 1,800.00; VAT 20 %
    const deal = (await world.sandbox.objects('salesforce', 'Opportunity')).find(({ id }) => id === OLD_DEAL);
    expect(deal?.object).toMatchObject({ Throughline_Billed__c: 2_160, Throughline_Paid__c: 0 });
  }, 60_000);

  test('all calls that the step tables know were made twice', () => {
    const known = Object.values(SAGAS).flatMap((rows) =>
      rows.flatMap((row) => [row.prepare, row.do, row.verify, row.undo].filter((call) => call && call !== 'keep')),
    ) as CallName[];
    const made = new Set(repetitions.map(({ name }) => name));
    expect([...new Set(known)].filter((call) => !made.has(call))).toEqual([]);
  });

  test('as many outside calls were made twice as the histories have', async () => {
    const deals = [DEAL, CANCELLED_DEAL, MOVED_DEAL, OLD_DEAL];
    const runs = (await Promise.all(deals.map((deal) => runsOf(world, deal)))).flat();
    const scheduled = runs.flatMap(({ events }) =>
      events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []),
    );
    const outside = new Set(scheduled);
    expect(scheduled.length).toBeGreaterThan(30);
    expect(repetitions.map(({ name }) => name).filter((name) => outside.has(name))).toEqual(
      expect.arrayContaining([...outside]),
    );
    expect(repetitions.filter(({ name }) => outside.has(name))).toHaveLength(scheduled.length);
  });

  test('the second time changed nothing in any system and left no row', () => {
    const unclean = repetitions.filter(({ effects, rows }) => effects.length > 0 || Object.keys(rows).length > 0);
    expect(unclean.map(({ name, effects, rows }) => ({ name, effects, rows }))).toEqual([]);
  });

  test('the second time answered like the first', () => {
    expect(repetitions.filter(({ isSameAnswer }) => !isSameAnswer).map(({ name }) => name)).toEqual([]);
  });

  test('a copy that comes when all is over makes no second document', async () => {
    const setUp = (await world.look(DEAL)).state.sagas[0]?.id;
    const makers = repetitions.filter(({ name, data: { dealId, sagaId } }) => {
      const isUndone = dealId !== DEAL || (sagaId.startsWith('projectSetup') && sagaId !== setUp);
      return MAKERS.includes(name as CallName) && !isUndone;
    });
    expect(new Set(makers.map(({ name }) => name)).size).toBe(MAKERS.length);
    for (const { name, again } of makers) {
      // The copy of a draft that was voided is refused; it must make nothing either.
      const { effects, rows } = await added(() => again().catch(() => undefined));
      expect({ name, effects, rows }).toEqual({ name, effects: [], rows: {} });
    }
  }, 60_000);
});
