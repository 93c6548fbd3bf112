/**
 * A PSA without approval, played by the sandbox's: time stays submitted there, is approved here over HTTP, and goes the
 * way of all approved time. Deal 1 of the sandbox: GBP, London, January to March 2031, Principal 180.00, Senior
 * Consultant 140.00 an hour, VAT 20 %.
 */
import { randomUUID } from 'node:crypto';
import type { Systems } from '../../adapters/ports/index.ts';
import type { BatchDecidedView, BatchListView, BatchView } from '../../apps/api/work/time-batches.views.ts';
import { details } from '../../domain/engagement/details.ts';
import { Api, expectProblem, type Reply } from '../integration/api/api-of-test.ts';
import { approveInvoice, isQuiet, logTime } from '../support/people.ts';
import { testAddress } from '../support/temporal.ts';
import { person, World } from '../support/world.ts';

const DEAL = '006TL00000000001AA';
const gbp = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });

/** The PSA says the same as before, and that nobody can approve work in it. */
function withoutApproval(systems: Systems): Systems {
  return { ...systems, psa: (id) => ({ ...systems.psa(id), cannot: { approveWork: 'it has no approval' } }) };
}

describe('work of a PSA without approval', () => {
  let world: World;
  let api: Api;
  let engagementId: string;
  let workspaceId: string;
  let principal: string;
  let senior: string;

  beforeAll(async () => {
    world = await World.start({ systems: withoutApproval });
    const { databaseUrl, configuration, environment, namespace } = world;
    api = await Api.start({ databaseUrl, configuration, environment, temporal: { address: testAddress(), namespace } });
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await world.close();
  });

  const january = (): string => `/v1/time-batches/${engagementId}.TL-UK.2031-01`;
  const shown = async (): Promise<BatchView> => (await api.get<BatchView>('delivery', january())).body;
  const keyOf = (entryId: string): string => `time:kt-main:${entryId}`;

  async function approve(entries?: string[]): Promise<Reply<BatchDecidedView>> {
    const { hash } = await shown();
    return api.post('delivery', `${january()}/decisions`, { decision: 'approve', hash, entries });
  }

  test('waits, visible on the page of the engagement, and binds nobody yet', async () => {
    const { state } = await world.activate(DEAL);
    ({ engagementId } = state);
    workspaceId = state.entities[0]?.refs.projectId ?? '';
    const entry = { workspaceId, status: 'submitted' };
    principal = await logTime(world, { ...entry, role: 'Principal', date: '2031-01-13', minutes: 600 });
    senior = await logTime(world, { ...entry, role: 'Senior Consultant', date: '2031-01-14', minutes: 480 });
    await world.job({ job: 'dispatch' });
    const waiting = await world.until(DEAL, 'waiting for delivery', ({ summary }) => summary.obstacles.length > 0);
    expect(waiting.summary).toMatchObject({
      obstacles: [{ code: 'WORK_TO_APPROVE', ownerRole: 'delivery', needsHuman: true, roles: ['delivery'] }],
      ...{ needsHuman: true, ownerRole: 'delivery', blockedBy: null },
    });
    expect(waiting.state.pastNoReturn).toBe(false);
    expect(details(waiting.state, waiting.state.receivedAt)).toContain('of 2031-01 (TL-UK) wait for approval');
    const { body } = await api.get<BatchListView>('delivery', '/v1/time-batches');
    expect(body.data).toMatchObject([{ engagementId, month: '2031-01', time: 2, minutes: 1_080, expenses: 0 }]);
  }, 60_000);

  test('approved here is the point of no return, and is billed; the run says what it leaves out', async () => {
    const decided = await approve([keyOf(principal)]);
    expect({ status: decided.status, body: decided.body }).toMatchObject({ status: 200, body: { waiting: 1 } });
    const told = await world.until(DEAL, 'past the point of no return', ({ state }) => state.pastNoReturn);
    expect(told.summary.obstacles).toMatchObject([{ code: 'WORK_TO_APPROVE' }]); // The Senior Consultant still waits.
    const cancellation = { reason: 'the customer went away' };
    const refused = await api.post('ops', `/v1/engagements/${engagementId}/cancellation`, cancellation);
    expectProblem(refused, 409, 'PAST_POINT_OF_NO_RETURN');

    await world.advance(DEAL, '2031-02-01');
    const drafted = await world.until(DEAL, 'waiting for approval', (seen) => seen.state.approvals.length === 1);
    const [approval] = drafted.state.approvals;
    // 10 h x 180.00 = 1,800.00 + VAT 20 % = 2,160.00
    expect(approval).toMatchObject({ amount: gbp(216_000), workApprovers: ['delivery@test.example'] });
    expect(drafted.state.sagas.find(({ kind }) => kind === 'billing')?.waiting).toEqual({ time: 1, expenses: 0 });
    expect(details(drafted.state, 0)).toContain('not in it: 1 time entry not approved yet');
    const lines = await world.books.projection.timeline(engagementId);
    expect(lines.map(({ title }) => title)).toContain(
      'Not in this run: 1 time entry before 2031-02-01, not approved yet',
    );
  }, 60_000);

  test('who approved it does not approve the invoice; posted, it is in the ERP', async () => {
    const [approval] = (await world.look(DEAL)).state.approvals;
    const same = await api.issue(['delivery', 'fin-approver'], ['*'], 'Delivery@test.example');
    const body = { decision: 'approve', versionHash: approval?.versionHash };
    const path = `/v1/engagements/${engagementId}/approvals/${approval?.approvalId ?? ''}/decisions`;
    const refused = await api.call('POST', path, { token: same, key: randomUUID(), body });
    expectProblem(refused, 403, 'PREPARER_IS_APPROVER');
    const posted = await approveInvoice(world, DEAL, 216_000);
    expect(posted.state.invoices).toMatchObject([{ state: 'posted', unpaidMinor: 216_000 }]);
    const inErp = await world.sandbox.objects('netsuite', 'invoice');
    expect(inErp.map(({ object }) => object.total)).toEqual([2_160]);
  }, 60_000);

  test('changed in the PSA after its approval waits again; approved anew, the next run bills it as it is', async () => {
    const first = await approve();
    expect(first.body).toMatchObject({ answer: 'approved', entries: [{ key: keyOf(senior) }], waiting: 0 });
    await world.until(DEAL, 'free', ({ summary }) => summary.obstacles.length === 0);
    await world.sandbox.act('correct-time', { id: senior, minutes: 420 });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    await world.job({ job: 'dispatch' });
    await world.until(DEAL, 'waiting again', ({ summary }) => summary.obstacles[0]?.code === 'WORK_TO_APPROVE');
    expect(await shown()).toMatchObject({ entries: [{ key: keyOf(senior), minutes: 420 }], rejected: [] });
    expect((await approve()).status).toBe(200);
    await world.until(DEAL, 'free', ({ summary }) => summary.obstacles.length === 0);
    await world.advance(DEAL, '2031-03-01');
    const posted = await approveInvoice(world, DEAL, 117_600); // 7 h x 140.00 = 980.00 + VAT 20 % = 1,176.00
    expect(posted.summary.billed).toEqual([gbp(333_600)]); // 2,160.00 + 1,176.00
  }, 60_000);

  test('changed after it was billed is told at completion, and approved as it was billed it is settled', async () => {
    await world.sandbox.act('correct-time', { id: senior, minutes: 300 });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    expect(await world.books.work.changedAfterBilling(engagementId)).toMatchObject([{ entryId: senior }]);
    await world.sandbox.act('correct-time', { id: senior, minutes: 420 });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    expect((await approve()).status).toBe(200);
    expect(await world.books.work.changedAfterBilling(engagementId)).toEqual([]);
    const { state } = await world.until(DEAL, 'quiet', isQuiet);
    expect(state.invoices).toHaveLength(2);
  }, 60_000);

  test('of an engagement that was cancelled is not approved any more, with the reason', async () => {
    const other = '006TL00000000003AA';
    const { state } = await world.activate(other);
    const project = state.entities[0]?.refs.projectId ?? '';
    await logTime(world, {
      workspaceId: project,
      role: 'Senior Consultant',
      date: '2031-01-14',
      minutes: 60,
      status: 'submitted',
    });
    await world.handle(other).executeUpdate('decide', {
      args: [{ updateId: 'cancel', actor: person('ops'), reason: 'sold elsewhere', command: { type: 'cancel' } }],
    });
    await world.until(other, 'cancelled', (seen) => seen.state.stage === 'cancelled');
    const { legalEntityId } = state.entities[0] ?? { legalEntityId: '' };
    const path = `/v1/time-batches/${state.engagementId}.${legalEntityId}.2031-01`;
    const { hash } = (await api.get<BatchView>('delivery', path)).body;
    const reply = await api.post('delivery', `${path}/decisions`, { decision: 'approve', hash });
    expect(expectProblem(reply, 409, 'ENGAGEMENT_TAKES_NO_WORK').detail).toContain('cancelled');
  }, 60_000);
});
