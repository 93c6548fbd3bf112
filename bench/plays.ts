// Plays engagements and bare workflows through the same months: set-up and its approval, then month by month a
// billing run, its approval, a payment and recognised revenue.
import type { Client, Connection, WorkflowHandle } from '@temporalio/client';
import { DEFAULT_POLICY } from '../domain/configuration.ts';
import type { Actor } from '../domain/actor.ts';
import type { Decision } from '../domain/engagement/calls.ts';
import type { EngagementStart } from '../domain/engagement/start.ts';
import { nextMonth } from '../domain/time/period.ts';
import { advanceTo, virtualNow } from '../temporal-config/advance.ts';
import { announced, decide, ENGAGEMENT_TASK_QUEUE, ENGAGEMENT_WORKFLOW } from '../workflows/engagement/contract.ts';
import type { Act } from './bare.workflow.ts';
import type { Side } from './canned.ts';
import { type HistoryEvents, until } from './measure.ts';

const MINUTE_MS = 60_000;

/** Where the workflows run. */
export interface Stage {
  client: Client;
  connection: Connection;
  namespace: string;
}

function person(role: Actor['roles'][number]): Actor {
  return { subject: `${role}@bench.example`, roles: [role], legalEntities: ['*'] };
}

/** Starts an engagement and approves its activation. */
export async function setUp({ client }: Stage, sides: Map<string, Side>, id: string): Promise<WorkflowHandle> {
  const start: EngagementStart = {
    engagementId: id,
    connectionId: 'crm-bench',
    dealId: 'deal-1',
    dealUrl: null,
    correlationId: id,
    requestedBy: { subject: 'bench', roles: [], legalEntities: ['*'] },
    policy: DEFAULT_POLICY,
    refuseIfInvalid: false,
  };
  const handle = await client.workflow.start(ENGAGEMENT_WORKFLOW, {
    taskQueue: ENGAGEMENT_TASK_QUEUE,
    workflowId: id,
    args: [{ start }],
  });
  await until(`ready: ${id}`, () => sides.get(id)?.summary?.stage === 'ready');
  await approve(handle, 'projectSetup.2.activation', 'contract-hash', person('delivery'));
  await until(`active: ${id}`, () => sides.get(id)?.summary?.stage === 'active');
  return handle;
}

async function approve(handle: WorkflowHandle, approvalId: string, versionHash: string, actor: Actor): Promise<void> {
  const command = { type: 'approve' as const, approvalId, versionHash };
  const decision: Decision = { updateId: approvalId, actor, reason: null, command };
  await handle.executeUpdate(decide, { updateId: approvalId, args: [decision] });
}

/** One month of an active engagement: work, revenue, an invoice and its payment. */
export async function playMonth(stage: Stage, side: Side, handle: WorkflowHandle, month: string): Promise<void> {
  const { connection, namespace } = stage;
  const before = side.draft?.sagaId;
  side.outside.work(`${month}-14`, 100_000);
  const target = Date.parse(`${nextMonth(month)}-01T12:00:00Z`);
  await advanceTo(connection, namespace, handle.workflowId, target);
  await until(`billed: ${month}`, () => side.summary?.ownerRole === 'fin-approver' && side.draft?.sagaId !== before);
  const { sagaId, hash, invoiceId, totalMinor } = side.draft ?? { sagaId: '', hash: '', invoiceId: '', totalMinor: 0 };
  await approve(handle, `${sagaId}.approval`, hash, person('fin-approver'));
  const billedMinor = (): number => side.summary?.billed[0]?.amountMinor ?? 0;
  const paidMinor = (): number => side.summary?.paid[0]?.amountMinor ?? 0;
  await until(`posted: ${month}`, () => billedMinor() === paidMinor() + totalMinor);
  const paid = { invoiceId, unpaidMinor: 0, paidOn: `${nextMonth(month)}-02` };
  side.inbox.push({
    inboxId: `inb-${handle.workflowId}-${month}`,
    type: 'invoicePaid',
    objectKey: `invoice:${invoiceId}`,
    version: month,
    effectiveOn: null,
    data: paid,
  });
  await handle.signal(announced);
  await until(`paid: ${month}`, () => billedMinor() === paidMinor());
}

/** What a bare workflow must do to have the history of an engagement: its events, in order. */
export function actsOf(events: HistoryEvents): Act[] {
  const acts: Act[] = [];
  let timerMs: number | null = null;
  const wait = (end: 'timer' | 'update' | 'signal'): void => {
    acts.push({ kind: 'wait', ms: timerMs, until: end });
    timerMs = null;
  };
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const timer = event.timerStartedEventAttributes?.startToFireTimeout;
    if (scheduled) acts.push({ kind: 'remote', queue: scheduled.taskQueue?.name ?? '' });
    else if (event.markerRecordedEventAttributes) acts.push({ kind: 'local' });
    else if (event.upsertWorkflowSearchAttributesEventAttributes) acts.push({ kind: 'upsert' });
    else if (timer) timerMs = Number(timer.seconds) * 1_000;
    else if (event.timerFiredEventAttributes) wait('timer');
    else if (event.workflowExecutionUpdateAcceptedEventAttributes) wait('update');
    else if (event.workflowExecutionSignaledEventAttributes) wait('signal');
  }
  if (timerMs !== null) wait('timer');
  return acts;
}

/** Plays a bare workflow to its wait number `upTo`, ending each wait on the way as it was ended before. */
export async function playBare(
  { connection, namespace }: Stage,
  handle: WorkflowHandle,
  acts: readonly Act[],
  progress: ReadonlyMap<string, number>,
  { from, upTo }: { from: number; upTo: number },
): Promise<void> {
  const waits = acts.flatMap((act, index) => (act.kind === 'wait' ? [{ ...act, index }] : []));
  const reached = (index: number): boolean => {
    const last = acts.slice(0, index).findLastIndex((act) => act.kind === 'remote' || act.kind === 'local');
    return (progress.get(handle.workflowId) ?? -1) >= last;
  };
  for (const wait of waits.slice(from, upTo)) {
    await until(`at act ${String(wait.index)}`, () => reached(wait.index));
    if (wait.until === 'update') await handle.executeUpdate('nudgeByUpdate');
    else if (wait.until === 'signal') await handle.signal('nudgeBySignal');
    else {
      const now = await virtualNow(connection, namespace, handle.workflowId);
      await advanceTo(connection, namespace, handle.workflowId, now + (wait.ms ?? 0) + MINUTE_MS);
    }
  }
  await until('at its last wait', () => reached(waits[upTo]?.index ?? acts.length));
}
