/**
 * One system is away during set-up, billing or revenue: the step is blocked with its cause, other work goes on, and
 * the step goes on by itself. Deal 12 of the sandbox (GBP, London, retainer of 4,000.00 a month in arrears, VAT 20 %)
 * is cloned for each test.
 */
import { reportStatus } from '../../activities/connections/report-status.ts';
import { createSystems } from '../../adapters/systems.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { advanceTo } from '../../temporal-config/advance.ts';
import { approveInvoice, isQuiet, payAll } from '../support/people.ts';
import { World } from '../support/world.ts';

const TEMPLATE_DEAL = '006TL00000000012AA';

describe('outages', () => {
  let world: World;
  let tries = 0;
  beforeAll(async () => {
    world = await World.start({ policy: { firstAttemptMs: 1_400, probeDelayMs: 200, probeDelayMaxMs: 400 } });
  }, 60_000);
  afterEach(() => fetch(`${world.sandboxServer.url}/_sandbox/faults`, { method: 'DELETE' }));
  afterAll(() => world.close());

  async function freshDeal(name: string): Promise<string> {
    return (await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: TEMPLATE_DEAL, name })).dealId;
  }

  /** The system answers nothing but errors to writes until the result is called. */
  async function down(system: string, operation: string): Promise<() => Promise<void>> {
    const { id } = await world.sandbox.fault({ system, operation, fault: 'fail-before', times: 'always' });
    return async () => void (await fetch(`${world.sandboxServer.url}/_sandbox/faults/${id}`, { method: 'DELETE' }));
  }

  async function blocked(dealId: string, step: string): Promise<void> {
    const { summary } = await world.until(dealId, `blocked at ${step}`, ({ state }) =>
      state.sagas.some((saga) => saga.steps.some((candidate) => candidate.name === step && candidate.blocked)),
    );
    // An error after a write was sent leaves its outcome unknown; before that, nothing happened.
    expect(['UNAVAILABLE', 'TIMEOUT_UNKNOWN_OUTCOME']).toContain(summary.blockedBy);
    expect(summary.parkedReason).toBeNull();
    const obstacle = summary.obstacles.find(({ kind }) => kind === 'blocked');
    expect(obstacle?.message).toContain('503');
    expect(obstacle?.needsHuman).toBe(false); // It comes back by itself.
  }

  /** One try to tell the CRM, and what the books then say of it. */
  async function reports(engagementId: string): Promise<{ told: boolean; failure: string | null }> {
    const { books, configuration, environment } = world;
    const systems = createSystems(configuration, environment);
    tries += 1;
    const job = { connectionId: SANDBOX_CRM, run: `try-${String(tries)}` };
    await reportStatus({ books, systems, configuration }, job).catch(() => undefined); // It is in the books.
    const found = await books.reports.list(['*'], { engagementId }, { after: [], limit: 10 });
    const deal = found.find(({ connectionId }) => connectionId === SANDBOX_CRM);
    return { told: deal?.isDue === false, failure: deal?.failure ?? null };
  }

  test.each([
    ['netsuite', 'PUT */customer*', 'erpCustomer'],
    ['kantata', 'POST */workspaces*', 'psaProject'],
    ['salesforce', 'PATCH */sobjects/Opportunity*', 'crmLink'],
  ])(
    '%s is away during set-up: nobody is asked, and set-up goes on by itself',
    async (system, operation, step) => {
      const dealId = await freshDeal(`set-up without ${system}`);
      const up = await down(system, operation);
      await world.closeDeal(dealId);
      await blocked(dealId, step);
      await up();
      await world.decidePending(dealId, 'activation');
      const { summary } = await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
      expect(summary.obstacles).toEqual([]);
      const projects = await world.sandbox.objects('kantata', 'workspaces');
      expect(projects.filter(({ object }) => String(object.title).includes(`without ${system}`))).toHaveLength(1);
    },
    60_000,
  );

  test('the CRM is away during billing: the invoice is posted, paid and booked, and the report follows', async () => {
    const dealId = await freshDeal('billing without CRM');
    const { state: begun } = await world.activate(dealId);
    const up = await down('salesforce', '*');
    await world.advance(dealId, '2031-02-01');
    await world.decidePending(dealId, 'invoice');
    // A report is wanted once the invoice is booked, which follows its posting.
    await world.until(dealId, 'posted and booked', ({ state: { invoices, sagas } }) => {
      const isBooked = sagas.every(({ steps }) =>
        steps.every(({ name, status }) => name !== 'book' || status === 'verified'),
      );
      return invoices[0]?.state === 'posted' && isBooked;
    });
    const { told, failure } = await reports(begun.engagementId);
    expect([told, failure]).toEqual([false, expect.stringContaining('503')]);
    const { state } = await world.look(dealId);
    await world.sandbox.act('pay-invoice', { invoiceId: state.invoices[0]?.erpRef, paidOn: '2031-02-02' });
    await world.job({ job: 'poll', connectionId: 'ns-main' });
    await world.until(dealId, 'paid all the same', (seen) => seen.state.invoices[0]?.state === 'paid');
    await up();
    expect(await reports(begun.engagementId)).toEqual({ told: true, failure: null });
    const deal = (await world.sandbox.objects('salesforce', 'Opportunity')).find(({ id }) => id === dealId);
    // 4,000.00 + 20 % = 4,800.00
    expect(deal?.object).toMatchObject({ Throughline_Billed__c: 4_800, Throughline_Paid__c: 4_800 });
  }, 60_000);

  test('the ERP is away for the journal of revenue: the invoice goes on, and the journal is posted once', async () => {
    const dealId = await freshDeal('revenue without journal');
    await world.activate(dealId);
    const journals = (await world.sandbox.objects('netsuite', 'journalEntry')).length;
    const up = await down('netsuite', '*/journalEntry*');
    // A second into the month: a blocked step is probed all the way that time is moved.
    const { workflowId } = world.handle(dealId);
    await advanceTo(world.connection, world.namespace, workflowId, Date.parse('2031-02-01T00:00:01Z'));
    await blocked(dealId, 'journal');
    await world.decidePending(dealId, 'invoice');
    await world.until(dealId, 'posted all the same', (seen) => seen.state.invoices[0]?.state === 'posted');
    expect((await world.look(dealId)).summary.blockedBy).not.toBeNull();
    await up();
    await world.until(dealId, 'quiet', isQuiet);
    expect(await world.sandbox.objects('netsuite', 'journalEntry')).toHaveLength(journals + 1);
  }, 60_000);

  test('a throttled ERP is not asked again before the time that it named', async () => {
    const dealId = await freshDeal('throttled posting');
    await world.activate(dealId);
    await world.advance(dealId, '2031-02-01');
    const fault = { system: 'netsuite', operation: '*/invoice*', fault: 'throttle', retryAfterSeconds: 2 };
    const throttledAt = Date.now();
    const { id } = await world.sandbox.fault(fault);
    await approveInvoice(world, dealId, 480_000);
    const { faults } = (await (await fetch(`${world.sandboxServer.url}/_sandbox/faults`)).json()) as {
      faults: { id: string; hits: number }[];
    };
    expect(faults.find((candidate) => candidate.id === id)?.hits).toBe(1);
    expect(Date.now() - throttledAt).toBeGreaterThanOrEqual(2_000);
    await payAll(world, dealId, '2031-02-03');
  }, 60_000);
});
