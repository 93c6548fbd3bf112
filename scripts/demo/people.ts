// What people do during an engagement: approve, repair, work, deliver and pay. Each function looks at what is there and
// does the next thing, so that the demo can be interrupted anywhere and goes on where it stood.
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { monthsTouched, daysOfMonth } from '../../domain/time/period.ts';
import { addDays, earlierOf, laterOf, type PlainDate } from '../../domain/time/plain-date.ts';
import type { ApiClient, SandboxClient } from './clients.ts';
import type { Scenario } from './scenarios.ts';

/**
 * Decides what is pending: activation by delivery, invoices by the finance approver. Returns whether anything was
 * decided.
 */
export async function approve(api: ApiClient, { state }: EngagementSnapshot): Promise<boolean> {
  for (const { approvalId, kind, versionHash } of state.approvals) {
    const role = kind === 'activation' ? 'delivery' : 'fin-approver';
    const key = `demo-${state.engagementId}-${approvalId}`;
    await api.decide(role, state.engagementId, approvalId, { decision: 'approve', versionHash }, key);
  }
  return state.approvals.length > 0;
}

/** Retries what is parked. Returns whether anything was. */
export async function repair(api: ApiClient, { state }: EngagementSnapshot): Promise<boolean> {
  const parked = state.sagas.filter((saga) => saga.parked?.allowed.includes('retry'));
  for (const saga of parked) {
    const key = `demo-${state.engagementId}-${saga.id}-${String(saga.parked?.since)}`;
    await api.retry(state.engagementId, saga.id, 'The cause was removed in the other system', key);
  }
  return parked.length > 0;
}

/** Gives the customer of a blocked deal its tax profile. */
export async function giveTaxProfile(sandbox: SandboxClient, { state }: EngagementSnapshot): Promise<boolean> {
  const blocked = state.sagas.some((saga) => saga.kind === 'validation' && saga.steps.some((step) => step.blocked));
  if (!blocked) return false;
  const deals = await sandbox.objects('salesforce', 'Opportunity');
  const accountId = deals.find(({ id }) => id === state.dealId)?.object.AccountId;
  await sandbox.act('change-customer', { accountId, fields: { Tax_Profile__c: 'GB-STD' } });
  return true;
}

/** Pays every open invoice on the given date. Returns whether any was paid. */
export async function pay(sandbox: SandboxClient, { state }: EngagementSnapshot, paidOn: PlainDate): Promise<boolean> {
  const open = state.invoices.filter((invoice) => invoice.state === 'posted' && invoice.unpaidMinor > 0);
  const known = await sandbox.objects('netsuite', 'invoice');
  let paid = false;
  for (const { erpRef } of open) {
    const there = known.find(({ id }) => id === erpRef)?.object;
    if (!there || Number(there.amountRemaining) === 0) continue;
    await sandbox.act('pay-invoice', { invoiceId: erpRef, paidOn });
    paid = true;
  }
  return paid;
}

/** Logs and approves the planned work of every contract month that ends before a date and has none yet. */
export async function work(
  sandbox: SandboxClient,
  { state }: EngagementSnapshot,
  { work: plan }: Scenario,
  before: PlainDate,
): Promise<boolean> {
  const { contract, entities } = state;
  const workspaceId = entities[0]?.refs.projectId;
  if (!contract || !workspaceId || (plan.time.length === 0 && plan.expenseCents === 0)) return false;
  const logged = await sandbox.objects('kantata', 'time_entries');
  let did = false;
  for (const month of monthsTouched(contract.startOn, contract.endOn)) {
    const { from, untilExclusive } = daysOfMonth(month);
    const lastDay = earlierOf(addDays(untilExclusive, -1), contract.endOn);
    const own = logged.filter(({ object }) => object.workspace_id === workspaceId);
    if (lastDay >= before || own.some(({ object }) => String(object.date_performed).startsWith(month))) continue;
    const date = earlierOf(addDays(laterOf(from, contract.startOn), 9), lastDay);
    const entries = plan.time.map((entry) => ({ workspaceId, date, status: 'approved', ...entry }));
    if (entries.length > 0) await sandbox.act('log-time', { entries });
    if (plan.expenseCents > 0) {
      const expense = {
        workspaceId,
        userId: plan.time[0]?.userId,
        category: 'Travel',
        amountInCents: plan.expenseCents,
      };
      await sandbox.act('log-expense', { ...expense, date, status: 'approved' });
    }
    did = true;
  }
  return did;
}

/** Delivers and accepts milestones that are due on or before a date. */
export async function deliver(
  sandbox: SandboxClient,
  { state }: EngagementSnapshot,
  dueOn: ReadonlyMap<string, PlainDate>,
  on: PlainDate,
): Promise<boolean> {
  const workspaceId = state.entities[0]?.refs.projectId;
  let did = false;
  for (const { milestoneId, name, state: stands } of state.milestones) {
    const due = dueOn.get(milestoneId);
    if (!workspaceId || !due || due > on || !['planned', 'in-progress', 'delivered'].includes(stands)) continue;
    await sandbox.act('deliver-milestone', { workspaceId, title: name, on });
    await sandbox.act('accept-milestone', { workspaceId, title: name, on });
    did = true;
  }
  return did;
}

/** The due dates of a deal's milestones, as the CRM has them. */
export async function milestoneDates(sandbox: SandboxClient, dealId: string): Promise<Map<string, PlainDate>> {
  const milestones = await sandbox.objects('salesforce', 'Contract_Milestone__c');
  const own = milestones.filter(({ object }) => object.Opportunity__c === dealId);
  return new Map(own.map(({ id, object }) => [id, String(object.Due_Date__c)]));
}
