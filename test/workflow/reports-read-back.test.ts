/**
 * Status reports and closing writes are looked up before they are repeated and read back: one that got no answer is
 * found done, one that a system answered and did not keep is parked with the field that differs, and goes on when the
 * system is repaired. Deal 13 of the sandbox (USD, January and February 2031, Senior Consultant 210.00).
 */
import { approveInvoice, logTime, payAll } from '../support/people.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { World } from '../support/world.ts';

const DEAL = '006TL00000000013AA';

describe('reports and closing', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ timeoutMs: 600 });
  }, 60_000);
  afterAll(() => world.close());

  const fault = (system: string, operation: string, match: string, kind: string) =>
    world.sandbox.fault({ system, operation, match, fault: kind, writesOnly: true });

  /** Waits until a saga is parked because a read-back differs, says why, and has it tried again. */
  async function repaired(): Promise<string> {
    const { state } = await world.until(DEAL, 'parked', (seen) => seen.summary.parkedReason === 'VERIFY_FAILED');
    const saga = state.sagas.find(({ parked }) => parked);
    await world.retry(DEAL, saga?.id ?? '');
    return saga?.parked?.message ?? '';
  }

  const report = (connectionId: string) => world.job({ job: 'reports', connectionId });

  test('a billing report that got no answer is found done, one that was not kept is told and made again', async () => {
    const { state } = await world.activate(DEAL);
    const workspaceId = state.entities[0]?.refs.projectId ?? '';
    await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-01-14', minutes: 600 });
    await world.advance(DEAL, '2031-02-01');
    await fault('salesforce', 'PATCH *Opportunity*', 'Throughline_Billed__c', 'fail-after');
    await fault('kantata', 'POST *create_or_update*', 'billed 2', 'swallow');
    const since = (await world.sandbox.journal()).at(-1)?.sequence ?? 0;
    await approveInvoice(world, DEAL, 210_000); // 10 h x 210.00, no tax
    await report(SANDBOX_CRM);
    await expect(report('kt-main')).rejects.toMatchObject({
      cause: { type: 'STATUS_REPORT_REFUSED', message: expect.stringContaining('refused 1 status reports') as string },
    });
    const { engagementId } = state;
    const failing = await world.books.reports.list(['*'], { engagementId, state: 'failing' }, { after: [], limit: 9 });
    expect(failing.map(({ connectionId, failure }) => [connectionId, failure])).toEqual([
      ['kt-main', expect.stringContaining('status is "set up", expected "billed 2,100.00 USD') as string],
    ]);
    await payAll(world, DEAL, '2031-02-10');
    await Promise.all([report('kt-main'), report(SANDBOX_CRM)]);
    expect(await world.books.reports.list(['*'], { engagementId, state: 'due' }, { after: [], limit: 9 })).toEqual([]);
    const reports = (await world.sandbox.journal(since)).filter(({ objectType }) => objectType === 'Opportunity');
    // Each report was written once.
    expect(reports.map(({ object }) => [object['Throughline_Billed__c'], object['Throughline_Paid__c']])).toEqual([
      [2100, 0],
      [2100, 2100],
    ]);
    const before = (await world.sandbox.journal()).at(-1)?.sequence ?? 0;
    await Promise.all([report('kt-main'), report(SANDBOX_CRM)]); // Nothing new: nothing is written.
    expect(await world.sandbox.journal(before)).toEqual([]);
  }, 60_000);

  test('a project that stays open and a deal that is not closed out hold the completion until they are', async () => {
    await fault('kantata', 'PUT *workspaces*', 'archived', 'swallow');
    await fault('salesforce', 'PATCH *Opportunity*', 'Closed', 'swallow');
    await world.advance(DEAL, '2031-03-01').catch(() => undefined);
    expect(await repaired()).toMatch(/archive project: .* project \d+ is open/);
    await world.until(DEAL, 'parked for the CRM', (seen) =>
      seen.state.sagas.some(({ parked }) => parked?.message.includes('Throughline_Stage__c')),
    );
    expect(await repaired()).toContain('Throughline_Stage__c is "Active", expected "Closed"');
    await world.until(DEAL, 'closed', (seen) => seen.state.stage === 'closed');
    const deals = await world.sandbox.objects('salesforce', 'Opportunity');
    expect(deals.find(({ id }) => id === DEAL)?.object['Throughline_Stage__c']).toBe('Closed');
    const projects = await world.sandbox.objects('kantata', 'workspaces');
    expect(projects.every(({ object }) => object['archived'] === true)).toBe(true);
  }, 60_000);
});
