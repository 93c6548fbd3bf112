/**
 * What one run hands to the next, on the real server: state that is stale, that went through JSON, or that changed
 * while it was written down; a state of newer code; and other code that takes over an engagement after `renew`
 * (decisions.md 2, 23).
 */
import { upgradeState } from '../../domain/engagement/start.ts';
import type { Decision } from '../../domain/engagement/calls.ts';
import type { EngagementState } from '../../domain/engagement/state.ts';
import {
  announced,
  begin,
  type Carried,
  decide,
  ENGAGEMENT_TASK_QUEUE,
  ENGAGEMENT_WORKFLOW,
  renew,
} from '../../workflows/engagement/contract.ts';
import { person, World } from '../support/world.ts';
import { buildAll } from './builds.ts';
import { ORDER_OF_STEPS } from './edits.ts';

const TEMPLATE_DEAL = '006TL00000000001AA';

/** The value after JSON by a writer that has null where we have nothing. */
function withNulls(state: EngagementState): EngagementState {
  const optional = ['currency', 'untilExclusive', 'milestoneIds', 'month', 'isLast', 'invoiceId', 'payment'];
  const sagas = state.sagas.map((saga) => ({
    ...saga,
    scope: { ...Object.fromEntries(optional.map((field) => [field, null])), ...saga.scope },
  }));
  return { ...state, sagas };
}

describe('what one run hands to the next', () => {
  let world: World;
  let around: (name: string, proceed: () => Promise<unknown>) => Promise<unknown> = (_, proceed) => proceed();
  beforeAll(async () => {
    world = await World.start({
      policy: { firstAttemptMs: 600, probeMs: 600 },
      around: (name, _, proceed) => around(name, proceed),
    });
  }, 60_000);
  afterEach(() => void (around = (_, proceed) => proceed()));
  afterAll(() => world.close());

  async function freshDeal(name: string): Promise<string> {
    return (await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: TEMPLATE_DEAL, name })).dealId;
  }

  async function readyDeal(name: string): Promise<string> {
    const dealId = await freshDeal(name);
    await world.closeDeal(dealId);
    await world.until(dealId, 'ready', ({ state }) => state.stage === 'ready');
    return dealId;
  }

  /** Ends the run and starts another one of the same engagement with what it carried, changed. */
  async function carryOver(dealId: string, change: (carried: Carried) => object): Promise<void> {
    const { state, wakeAt } = await world.look(dealId);
    const handle = world.handle(dealId);
    await handle.terminate('carried over by a test');
    await world.client.workflow.start(ENGAGEMENT_WORKFLOW, {
      workflowId: handle.workflowId,
      taskQueue: ENGAGEMENT_TASK_QUEUE,
      args: [{ carried: change({ state, wakeAt, publishedTurn: state.turn, attributes: {} }) }],
    });
  }

  async function becomesActive(dealId: string): Promise<void> {
    await world.decidePending(dealId, 'activation');
    const { state } = await world.until(dealId, 'active', (seen) => seen.state.stage === 'active');
    expect(state.sagas.filter(({ kind }) => kind === 'projectSetup')).toHaveLength(1);
    const projects = await world.sandbox.objects('kantata', 'workspaces');
    expect(projects.filter(({ id }) => id === state.entities[0]?.refs.projectId)).toHaveLength(1);
  }

  async function runIdOf(dealId: string): Promise<string> {
    return (await world.handle(dealId).describe()).runId;
  }

  async function untilRenewed(dealId: string, before: string): Promise<void> {
    const giveUpAt = Date.now() + 20_000;
    while ((await runIdOf(dealId)) === before) {
      if (Date.now() > giveUpAt) throw new Error(`${dealId} was not renewed`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test.each<[string, (carried: Carried) => object]>([
    ['a wake-up that is long over', (carried) => ({ ...carried, wakeAt: 1 })],
    ['a wake-up at which nothing is due', (carried) => ({ ...carried, wakeAt: Date.now() + 400 })],
    ['no wake-up at all', (carried) => ({ ...carried, wakeAt: undefined })],
    ['null where nothing was', (carried) => ({ ...carried, state: withNulls(carried.state) })],
    ['a view that never reached the database', (carried) => ({ ...carried, publishedTurn: -1 })],
  ])('an engagement that waits for approval goes on after %s', async (what, change) => {
    const dealId = await readyDeal(`carried ${what}`);
    await carryOver(dealId, change);
    await becomesActive(dealId);
  });

  test('a decision that arrives while the view is written before a renewal is carried out, not lost', async () => {
    const dealId = await readyDeal('decided during publishing');
    const before = await runIdOf(dealId);
    const [approval] = (await world.look(dealId)).state.approvals;
    const { approvalId = '', versionHash = '' } = approval ?? {};
    const decision = { updateId: 'while-published', actor: person('delivery'), reason: null };
    const args: [Decision] = [{ ...decision, command: { type: 'approve', approvalId, versionHash } }];
    const handle = world.handle(dealId);
    const publishings: Promise<unknown>[] = [];
    around = async (name, proceed) => {
      // Both signals wait for the end of the first publishing, so that the second one is the last act of its run.
      if (name === 'publish' && publishings.length === 0) {
        publishings.push(Promise.all([handle.signal(renew), handle.signal(announced)]));
        await publishings[0];
      } else if (name === 'publish' && publishings.length === 1) {
        publishings.push(handle.executeUpdate(decide, { updateId: decision.updateId, args }));
        await handle.describe(); // Sent after the update and answered: the server has both.
      }
      return proceed();
    };
    await handle.signal(announced);
    await world.until(dealId, 'published twice', () => publishings.length === 2);
    expect(await publishings[1]).toEqual({ answer: 'approved' });
    await world.until(dealId, 'active', (seen) => seen.state.stage === 'active');
    expect(await runIdOf(dealId)).not.toBe(before);
  });

  test('renewed while a start by command waits, an engagement still answers, and is renewed after that', async () => {
    const dealId = await freshDeal('begun during an outage');
    let away = true;
    around = (name, proceed) =>
      name === 'validateDeal' && away ? Promise.reject(new Error('the CRM is away')) : proceed();
    await world.closeDeal(dealId);
    await world.until(dealId, 'blocked', ({ summary }) => summary.blockedBy !== null);
    const before = await runIdOf(dealId);
    const begun = await world.handle(dealId).startUpdate(begin, { args: [null], waitForStage: 'ACCEPTED' });
    await world.handle(dealId).signal(renew);
    const { turn } = (await world.look(dealId)).state;
    await world.until(dealId, 'tried again', ({ state }) => state.turn > turn + 1);
    away = false;
    expect(await begun.result()).toEqual({ accepted: true, findings: [] });
    await untilRenewed(dealId, before);
    await becomesActive(dealId);
  });

  test('a state of newer code is not touched: the task waits for a worker that knows it', async () => {
    const dealId = await readyDeal('newer state');
    await carryOver(dealId, (carried) => ({ ...carried, state: { ...carried.state, v: 2 } }));
    const giveUpAt = Date.now() + 20_000;
    let failure: string | null | undefined;
    while (!failure && Date.now() < giveUpAt) {
      const { events } = await world.handle(dealId).fetchHistory();
      failure = events?.map((event) => event.workflowTaskFailedEventAttributes?.failure?.message).find(Boolean);
    }
    expect(failure).toBe('this worker knows state version 1, not 2');
    expect((await world.handle(dealId).describe()).status.name).toBe('RUNNING');
    await world.handle(dealId).terminate();
    const newer = { v: 2 } as unknown as EngagementState;
    expect(() => upgradeState(newer)).toThrow(expect.objectContaining({ code: 'STATE_VERSION_UNKNOWN' }));
  });

  test('after renew, a worker with another order of steps takes over what the old one began', async () => {
    const dealId = await readyDeal('taken over');
    const before = await runIdOf(dealId);
    await world.handle(dealId).signal(renew);
    await untilRenewed(dealId, before);
    await world.stopWorkers();
    await world.startWorkers((await buildAll([ORDER_OF_STEPS])).edited(ORDER_OF_STEPS));
    await becomesActive(dealId);
    const next = await readyDeal('begun by the new code');
    const { state } = await world.look(next);
    expect(state.sagas.find(({ kind }) => kind === 'projectSetup')?.steps[0]?.name).toBe('psaProject');
  }, 60_000);
});
