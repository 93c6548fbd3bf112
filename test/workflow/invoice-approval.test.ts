/**
 * The approval of invoices: who may decide, what a rejection leads to, and time that is corrected while a draft
 * waits. Deal 1 of the sandbox: GBP, London, Senior Consultant 140.00 and Consultant 95.00 an hour, VAT 20 %.
 */
import type { Actor } from '../../domain/actor.ts';
import { approveInvoice, isQuiet, logTime } from '../support/people.ts';
import { person, World } from '../support/world.ts';
import { decide, type EngagementSnapshot } from '../../workflows/engagement/contract.ts';

const TEMPLATE_DEAL = '006TL00000000001AA';
const YEN_DEAL = '006TL00000000010AA';

describe('approval of invoices', () => {
  let world: World;
  let dealId: string;
  let workspaceId: string;
  beforeAll(async () => {
    world = await World.start();
  }, 60_000);
  afterAll(() => world.close());

  /** A deal of its own with 10 hours of a Senior Consultant in January, at the first of February. */
  async function atFirstInvoice(name: string): Promise<{ waiting: EngagementSnapshot; entryId: string }> {
    ({ dealId } = await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: TEMPLATE_DEAL, name }));
    const { state } = await world.activate(dealId);
    workspaceId = state.entities[0]?.refs.projectId ?? '';
    const entryId = await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-01-14', minutes: 600 });
    await world.advance(dealId, '2031-02-01');
    const waiting = await world.until(dealId, 'waiting', (seen) => seen.state.approvals.length === 1);
    return { waiting, entryId };
  }

  /** The code with which a decision is refused. */
  async function refusalOf(
    { state }: EngagementSnapshot,
    actor: Actor,
    changed: { versionHash?: string; approvalId?: string } = {},
  ): Promise<string | null | undefined> {
    const { approvalId = '', versionHash = '' } = state.approvals[0] ?? {};
    const updateId = `refused-${String(Math.random())}`;
    const command = { type: 'approve' as const, approvalId, versionHash, ...changed };
    const decision = { updateId, actor, reason: null, command };
    const answer = world.handle(dealId).executeUpdate(decide, { updateId, args: [decision] });
    return answer.then(
      () => 'ACCEPTED',
      (error: { cause?: { type?: string } }) => error.cause?.type,
    );
  }

  test('preparer, machine, wrong role, other entity and stale version are refused by name', async () => {
    const { waiting } = await atFirstInvoice('Refused decisions');
    const preparer = waiting.state.approvals[0]?.preparer ?? '';
    const approver = person('fin-approver');
    const machine: Actor = { ...approver, roles: ['fin-approver', 'integration'] };
    const stranger: Actor = { ...approver, legalEntities: ['TL-DE'] };
    expect(await refusalOf(waiting, machine)).toBe('MACHINE_NEVER_APPROVES');
    expect(await refusalOf(waiting, { ...approver, subject: 'policy:invoices' })).toBe('MACHINE_NEVER_APPROVES');
    expect(await refusalOf(waiting, { ...approver, onBehalfOf: preparer })).toBe('PREPARER_IS_APPROVER');
    expect(await refusalOf(waiting, person('fin-preparer'))).toBe('ROLE_MISSING');
    expect(await refusalOf(waiting, person('ops'))).toBe('ROLE_MISSING');
    expect(await refusalOf(waiting, stranger)).toBe('ENTITY_FORBIDDEN');
    expect(await refusalOf(waiting, approver, { versionHash: 'as-it-was-before' })).toBe('APPROVAL_STALE');
    expect(await refusalOf(waiting, approver, { approvalId: 'billing.99.approval' })).toBe('APPROVAL_NOT_PENDING');
    const after = await world.look(dealId);
    expect(after.state.approvals).toEqual(waiting.state.approvals);
    expect(await world.sandbox.objects('netsuite', 'invoice')).toEqual([]);
    expect(await refusalOf(waiting, approver)).toBe('ACCEPTED');
    await world.until(dealId, 'posted', (seen) => isQuiet(seen) && seen.state.invoices[0]?.state === 'posted');
    expect(await refusalOf(waiting, approver)).toBe('APPROVAL_NOT_PENDING');
  }, 60_000);

  test('a rejected draft waits for a person; retried, it is void and its lines are billed by another', async () => {
    const { waiting } = await atFirstInvoice('Rejected draft');
    const numbersBefore = (await world.sandbox.objects('netsuite', 'invoice')).length;
    await world.decidePending(dealId, 'invoice', 'reject');
    const parked = await world.until(dealId, 'parked', (seen) => seen.summary.parkedReason === 'INVOICE_REJECTED');
    expect(parked.summary.obstacles[0]).toMatchObject({
      ownerRole: 'fin-preparer',
      amount: waiting.state.invoices[0]?.total,
    });
    expect(parked.state.invoices[0]?.state).toBe('draft');
    // What was wrong: two hours were missing.
    await logTime(world, { workspaceId, role: 'Consultant', date: '2031-01-20', minutes: 120 });
    await world.retry(dealId, parked.summary.obstacles[0]?.sagaId ?? '');
    // 10 h x 140.00 + 2 h x 95.00 = 1,590.00; + 20 % = 1,908.00
    const posted = await approveInvoice(world, dealId, 190_800);
    const [first, second] = posted.state.invoices;
    expect([first?.state, second?.state]).toEqual(['void', 'posted']);
    expect(second?.invoiceId).not.toBe(first?.invoiceId);
    expect(first?.number).toBeNull();
    expect(await world.sandbox.objects('netsuite', 'invoice')).toHaveLength(numbersBefore + 1);
    const sources = await world.dataSource.query<{ invoiceId: string; active: boolean }[]>(
      `SELECT invoice_id AS "invoiceId", active FROM invoice_source JOIN invoice USING (invoice_id)
       WHERE engagement_id = $1 AND active`,
      [posted.state.engagementId],
    );
    expect(sources).toEqual([1, 2].map(() => ({ invoiceId: second?.invoiceId, active: true })));
  }, 60_000);

  test('time corrected while its draft waits is not invoiced as it was', async () => {
    const { waiting, entryId } = await atFirstInvoice('Corrected time');
    expect(waiting.state.approvals[0]?.amount?.amountMinor).toBe(168_000); // 10 h x 140.00 + 20 % = 1,680.00
    await world.sandbox.act('correct-time', { id: entryId, minutes: 480 });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    await world.decidePending(dealId, 'invoice');
    const parked = await world.until(dealId, 'parked', (seen) => seen.summary.parkedReason === 'DRAFT_STALE');
    expect(parked.summary.obstacles[0]).toMatchObject({ ownerRole: 'fin-preparer' });
    expect(parked.state.invoices[0]).toMatchObject({ state: 'failed', number: null });
    await world.retry(dealId, parked.summary.obstacles[0]?.sagaId ?? '', person('fin-preparer'));
    const posted = await approveInvoice(world, dealId, 134_400); // 8 h x 140.00 = 1,120.00; + 20 % = 1,344.00
    expect(posted.state.invoices.map(({ state }) => state)).toEqual(['void', 'posted']);
  }, 60_000);

  test('an expense corrected while its draft waits is not invoiced as it was', async () => {
    await atFirstInvoice('Before the expense');
    await world.decidePending(dealId, 'invoice', 'reject');
    const rejected = await world.until(dealId, 'parked', (seen) => seen.summary.parkedReason === 'INVOICE_REJECTED');
    const travel = { workspaceId, userId: '101', category: 'Travel', date: '2031-01-15', status: 'approved' };
    const { ids } = await world.sandbox.act<{ ids: string[] }>('log-expense', { ...travel, amountInCents: 20_000 });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    await world.retry(dealId, rejected.summary.obstacles[0]?.sagaId ?? '');
    const waiting = await world.until(dealId, 'waiting', (seen) => seen.state.approvals.length === 1);
    // 10 h x 140.00 = 1,400.00; 200.00 + 5 % = 210.00; 1,610.00 + 20 % = 1,932.00
    expect(waiting.state.approvals[0]?.amount?.amountMinor).toBe(193_200);
    await world.sandbox.act('correct-expense', { id: ids[0], amountInCents: 10_000 });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    await world.decidePending(dealId, 'invoice');
    const parked = await world.until(dealId, 'parked', (seen) => seen.summary.parkedReason === 'DRAFT_STALE');
    expect(parked.summary.obstacles[0]?.message).toContain('work changed in the PSA since the invoice was drafted');
    await world.retry(dealId, parked.summary.obstacles[0]?.sagaId ?? '', person('fin-preparer'));
    const posted = await approveInvoice(world, dealId, 180_600); // 1,400.00 + 105.00 = 1,505.00; + 20 % = 1,806.00
    expect(posted.state.invoices.map(({ state }) => state)).toEqual(['void', 'void', 'posted']);
  }, 60_000);

  /** A deal of its own in Tokyo with 61 minutes of a Consultant (12,500 an hour), on the first of February. */
  async function inTokyo(name: string): Promise<string> {
    ({ dealId } = await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: YEN_DEAL, name }));
    const { state } = await world.activate(dealId);
    workspaceId = state.entities[0]?.refs.projectId ?? '';
    const expense = { workspaceId, userId: '101', category: 'Travel', date: '2031-01-15', currency: 'JPY' };
    await world.sandbox.act('log-expense', { ...expense, amountInCents: 1_005, status: 'approved' });
    await logTime(world, { workspaceId, role: 'Consultant', date: '2031-01-14', minutes: 61 });
    await world.advance(dealId, '2031-02-01');
    return state.engagementId;
  }

  test('an ERP that drops fractions of a yen per line has the same invoice as we, to the yen', async () => {
    await inTokyo('Rounded as the ERP does');
    // 61 min x 12,500 / 60 = 12,708.33: 12,708, tax 1,270.8: 1,270; travel 1,005, tax 100.5: 100; total 15,083
    const posted = await approveInvoice(world, dealId, 15_083);
    expect(posted.summary.obstacles).toEqual([]);
    const { erpRef } = posted.state.invoices[0] ?? {};
    const inErp = (await world.sandbox.objects('netsuite', 'invoice')).find(({ id }) => id === erpRef);
    expect(inErp?.object).toMatchObject({ subtotal: 13_713, taxTotal: 1_370, total: 15_083 });
  }, 60_000);

  test('an ERP whose totals differ by two yen: parked, not in our books, and not posted again by a retry', async () => {
    // Configured as if Tokyo's ERP rounded like London's.
    const tokyo = world.configuration.legalEntities['TL-JP'];
    if (tokyo) tokyo.rounding = { mode: 'half-away-from-zero', tax: 'per-line' };
    const engagementId = await inTokyo('Rounded otherwise');
    // We approve 12,708 + 1,271 and 1,005 + 101 (15,085), the ERP rounds down: 1,270 and 100 (15,083).
    await world.decidePending(dealId, 'invoice');
    const parked = await world.until(dealId, 'parked', (seen) => seen.summary.parkedReason === 'TOTALS_DIFFER');
    expect(parked.summary.obstacles[0]).toMatchObject({ ownerRole: 'fin-preparer' });
    expect(parked.summary.obstacles[0]?.message).toMatch(/15083.*15085/);
    expect(await world.books.invoices.ofEngagement(engagementId)).toMatchObject([{ state: 'draft', erpId: null }]);
    const since = (await world.sandbox.journal()).at(-1)?.sequence ?? 0;
    const parkedAt = parked.summary.obstacles[0]?.since ?? 0;
    await world.retry(dealId, parked.summary.obstacles[0]?.sagaId ?? '');
    await world.until(dealId, 'parked again', (seen) => (seen.summary.obstacles[0]?.since ?? 0) > parkedAt);
    expect((await world.sandbox.journal(since)).filter(({ objectType }) => objectType === 'invoice')).toEqual([]);
  }, 60_000);
});
