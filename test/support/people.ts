/**
 * What people do in workflow tests, and the waits around it: work is logged, invoices are approved and paid, and
 * nothing is looked at before the engagement has nothing in progress.
 */
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import type { World } from './world.ts';

/** True when nothing is in progress: all sagas are done and the inbox is read. */
export function isQuiet({ state }: EngagementSnapshot): boolean {
  return state.sagas.every((saga) => saga.status === 'done') && !state.inbox.announced;
}

/** Logs time in a project and has it read. Resolves with the entry's id. */
export async function logTime(
  world: World,
  entry: { workspaceId: string; role: string; date: string; minutes: number; status?: string; billable?: boolean },
): Promise<string> {
  const { ids } = await world.sandbox.act<{ ids: string[] }>('log-time', { status: 'approved', ...entry });
  await world.job({ job: 'poll', connectionId: 'kt-main' });
  return ids[0] ?? '';
}

/** Approves the one pending invoice, whose total is given, and waits until it is posted and in our books. */
export async function approveInvoice(world: World, dealId: string, totalMinor: number): Promise<EngagementSnapshot> {
  const waiting = await world.until(dealId, 'waiting for approval of an invoice', (seen) =>
    seen.state.approvals.some((approval) => approval.kind === 'invoice'),
  );
  expect(waiting.state.approvals.map((approval) => approval.amount?.amountMinor)).toEqual([totalMinor]);
  await world.decidePending(dealId, 'invoice');
  return world.until(dealId, 'invoiced and quiet', (seen) => isQuiet(seen) && seen.state.approvals.length === 0);
}

/** The customer pays every open invoice of the engagement, and it is booked. */
export async function payAll(world: World, dealId: string, paidOn: string): Promise<EngagementSnapshot> {
  const { state } = await world.look(dealId);
  for (const { erpRef } of state.invoices.filter((invoice) => invoice.state === 'posted')) {
    await world.sandbox.act('pay-invoice', { invoiceId: erpRef, paidOn });
  }
  await world.job({ job: 'poll', connectionId: 'ns-main' });
  return world.until(dealId, 'paid and quiet', (seen) => {
    return isQuiet(seen) && seen.state.invoices.every(({ state: stands }) => ['paid', 'void'].includes(stands));
  });
}

/** Moves the engagement past its end, where it closes by itself. */
export async function advanceToClose(world: World, dealId: string, date: string): Promise<EngagementSnapshot> {
  // A workflow that ends on the way cannot be moved to the target: what it came to is asked for below.
  await world.advance(dealId, date).catch(() => undefined);
  return world.until(dealId, 'closed', (seen) => seen.state.stage === 'closed');
}
