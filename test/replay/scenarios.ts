/**
 * The paths of an engagement whose histories are kept, played on the real server: `npm run record-histories` plays
 * them once per release, replay tests read what was recorded. Each takes another deal of the sandbox, so that one
 * world plays them all.
 */
import { decide } from '../../workflows/engagement/contract.ts';
import { type World, person } from '../support/world.ts';

/** A path and the deal that is played along it; it ends where the engagement is idle, or over. */
export interface Scenario {
  name: string;
  dealId: string;
  /** Also recorded: the run that begins when the idle engagement is renewed. Not for an engagement that has ended. */
  renewed: boolean;
  play: (world: World, dealId: string) => Promise<void>;
}

/** The sandbox's deal of a number. */
function deal(number: number): string {
  return `006TL${String(number).padStart(11, '0')}AA`;
}

async function workspaceOf(world: World, dealId: string): Promise<string> {
  const { state } = await world.look(dealId);
  return state.entities[0]?.refs.projectId ?? '';
}

async function logTime(world: World, dealId: string, role: string, userId: string, date: string): Promise<void> {
  const entry = { workspaceId: await workspaceOf(world, dealId), status: 'approved', userId, role, date, minutes: 600 };
  await world.sandbox.act('log-time', { entries: [entry] });
  await world.job({ job: 'poll', connectionId: 'kt-main' });
  await world.until(dealId, 'past the point of no return', ({ state }) => state.pastNoReturn);
}

function invoiceIs(world: World, dealId: string, index: number, invoiceState: string): Promise<unknown> {
  return world.until(dealId, `invoice ${String(index)} ${invoiceState}`, ({ state }) => {
    const quiet = state.sagas.every((saga) => saga.status === 'done' || saga.parked !== null);
    return quiet && state.invoices[index]?.state === invoiceState;
  });
}

async function refuseContract(world: World, dealId: string): Promise<string> {
  const deals = await world.sandbox.objects('salesforce', 'Opportunity');
  const name = String(deals.find(({ id }) => id === dealId)?.object.Name);
  await world.sandbox.fault({ system: 'netsuite', operation: 'POST */salesOrder', fault: 'reject', match: name });
  await world.closeDeal(dealId);
  const isParked = (sagas: { parked: unknown }[]): boolean => sagas.some((saga) => saga.parked !== null);
  const { state } = await world.until(dealId, 'undone and parked', (seen) => isParked(seen.state.sagas));
  return state.sagas.find((saga) => saga.parked !== null)?.id ?? '';
}

async function becomeActive(world: World, dealId: string): Promise<void> {
  await world.decidePending(dealId, 'activation');
  await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
}

async function blockValidation(world: World, dealId: string): Promise<void> {
  await world.closeDeal(dealId);
  await world.until(dealId, 'blocked', ({ summary }) => summary.blockedBy !== null);
}

async function untilReady(world: World, dealId: string): Promise<void> {
  await world.closeDeal(dealId);
  await world.until(dealId, 'ready', ({ state }) => state.stage === 'ready');
}

async function cancel(world: World, dealId: string): Promise<void> {
  await untilReady(world, dealId);
  const decision = { updateId: 'cancel-1', actor: person('ops'), reason: 'not wanted', command: { type: 'cancel' } };
  await world
    .handle(dealId)
    .executeUpdate(decide, { updateId: 'cancel-1', args: [{ ...decision, command: { type: 'cancel' } }] });
  await world.handle(dealId).result();
}

async function payMonth(world: World, dealId: string): Promise<void> {
  await world.activate(dealId);
  await logTime(world, dealId, 'Principal', '101', '2031-01-13');
  await world.advance(dealId, '2031-02-01');
  await world.decidePending(dealId, 'invoice');
  await invoiceIs(world, dealId, 0, 'posted');
  const { state } = await world.look(dealId);
  await world.sandbox.act('pay-invoice', { invoiceId: state.invoices[0]?.erpRef, paidOn: '2031-02-20' });
  await world.job({ job: 'poll', connectionId: 'ns-main' });
  await invoiceIs(world, dealId, 0, 'paid');
}

async function redraft(world: World, dealId: string): Promise<void> {
  await world.activate(dealId);
  await logTime(world, dealId, 'Consultant', '111', '2031-02-12');
  await world.advance(dealId, '2031-03-01');
  await world.decidePending(dealId, 'invoice', 'reject');
  const isParked = (sagas: { parked: unknown }[]): boolean => sagas.some((saga) => saga.parked !== null);
  const { state } = await world.until(dealId, 'rejected', (seen) => isParked(seen.state.sagas));
  await world.retry(dealId, state.sagas.find((saga) => saga.parked !== null)?.id ?? '', person('fin-preparer'));
  await world.decidePending(dealId, 'invoice');
  await invoiceIs(world, dealId, 1, 'posted');
}

async function billMilestone(world: World, dealId: string): Promise<void> {
  const { state } = await world.activate(dealId);
  const workspaceId = await workspaceOf(world, dealId);
  const milestone = { workspaceId, title: state.milestones[0]?.name, on: '2031-02-27' };
  await world.advance(dealId, '2031-02-27');
  for (const [action, becomes] of [
    ['deliver-milestone', 'delivered'],
    ['reject-milestone', 'rejected'],
    ['deliver-milestone', 'delivered'],
    ['accept-milestone', 'in-approval'],
  ] as const) {
    await world.sandbox.act(action, milestone);
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    await world.until(dealId, becomes, (seen) =>
      [seen.state.milestones[0]?.state, seen.state.invoices[0]?.state].includes(becomes),
    );
  }
  await world.decidePending(dealId, 'invoice');
  await invoiceIs(world, dealId, 0, 'posted');
}

async function billRetainer(world: World, dealId: string): Promise<void> {
  await world.activate(dealId);
  const { runId } = await world.handle(dealId).describe();
  for (let month = 1; (await world.handle(dealId).describe()).runId === runId; month += 1) {
    const year = 2031 + Math.floor((month - 1) / 12);
    await world.advance(dealId, `${String(year)}-${String(((month - 1) % 12) + 1).padStart(2, '0')}-01`);
    await world.decidePending(dealId, 'invoice');
    await invoiceIs(world, dealId, month - 1, 'posted');
  }
}

/** All recorded paths. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'set-up', dealId: deal(10), renewed: true, play: async (world, id) => void (await world.activate(id)) },
  {
    name: 'set-up-undone-and-retried',
    dealId: deal(13),
    renewed: true,
    play: async (world, dealId) => {
      await world.retry(dealId, await refuseContract(world, dealId));
      await becomeActive(world, dealId);
    },
  },
  {
    name: 'parked',
    dealId: deal(9),
    renewed: true,
    play: async (world, dealId) => void (await refuseContract(world, dealId)),
  },
  { name: 'waiting-for-activation', dealId: deal(12), renewed: true, play: untilReady },
  { name: 'validation-blocked', dealId: deal(23), renewed: true, play: blockValidation },
  {
    name: 'validation-blocked-then-repaired',
    dealId: deal(4),
    renewed: false,
    play: async (world, dealId) => {
      await blockValidation(world, dealId);
      const fields = { Tax_Profile__c: 'GB-STD' };
      await world.sandbox.act('change-customer', { accountId: '001TL00000000008AA', fields });
      await world.job({ job: 'poll', connectionId: 'sf-emea' });
      await becomeActive(world, dealId);
    },
  },
  { name: 'time-and-materials-month-paid', dealId: deal(1), renewed: true, play: payMonth },
  { name: 'invoice-rejected-and-redrafted', dealId: deal(8), renewed: true, play: redraft },
  { name: 'fixed-fee-with-rejection', dealId: deal(2), renewed: true, play: billMilestone },
  { name: 'retainer', dealId: deal(3), renewed: false, play: billRetainer },
  { name: 'cancelled', dealId: deal(14), renewed: false, play: cancel },
  {
    name: 'two-entities',
    dealId: deal(6),
    renewed: true,
    play: async (world, dealId) => void (await world.activate(dealId)),
  },
];
