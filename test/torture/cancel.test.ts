/**
 * Cancellation at every moment of set-up: while each call is in flight, before its effect and after it, and at each
 * rest between calls, by the engine's own cancellation and by a person's command. Afterwards the systems hold what
 * they held before, and nobody is asked to clean up. Past the point of no return nothing may change.
 */
import { SAGAS } from '../../domain/engagement/sagas.ts';
import type { EngagementSummary } from '../../domain/engagement/view.ts';
import { decide } from '../../workflows/engagement/contract.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { footprint } from '../support/footprint.ts';
import { person, World } from '../support/world.ts';

type Way = 'by the engine' | 'by a person';
type Moment = 'before its effect' | 'after its effect';

/** Each from another customer, because customers in the ERP are shared; the third deal has two legal entities. */
const VARIANTS: readonly { template: string; way: Way; moment: Moment; entity: number }[] = [
  { template: '006TL00000000001AA', way: 'by the engine', moment: 'before its effect', entity: 0 },
  { template: '006TL00000000003AA', way: 'by a person', moment: 'before its effect', entity: 0 },
  { template: '006TL00000000006AA', way: 'by the engine', moment: 'after its effect', entity: 1 },
  { template: '006TL00000000007AA', way: 'by a person', moment: 'after its effect', entity: 0 },
];

const CALLS = [...SAGAS.validation, ...SAGAS.projectSetup].flatMap((row) =>
  [row.prepare, row.do, row.verify].filter((call) => call !== undefined),
);

/** Calls that are made once for the engagement, whatever entities it has. */
const ONCE = [...SAGAS.validation, ...SAGAS.projectSetup]
  .filter((row) => row.per === 'engagement')
  .flatMap((row) => [row.prepare, row.do, row.verify]);

/** A promise and the way to fulfil it. */
function signal(): { done: Promise<void>; now: () => void } {
  let now = (): void => undefined;
  const done = new Promise<void>((resolve) => (now = resolve));
  return { done, now };
}

/** Holds one call of one deal in flight, once. */
interface Gate {
  call: string;
  entity: number;
  moment: Moment;
  reached: ReturnType<typeof signal>;
  released: ReturnType<typeof signal>;
}

describe('cancellation', () => {
  const gates = new Map<string, Gate>();
  let world: World;
  beforeAll(async () => {
    world = await World.start({
      policy: { firstAttemptMs: 20_000 },
      around: async (name, { dealId, legalEntityId, legalEntityIds }, proceed) => {
        const gate = gates.get(dealId);
        if (gate?.call !== name) return proceed();
        if (gate.entity !== Math.max(legalEntityIds.indexOf(legalEntityId), 0)) return proceed();
        gates.delete(dealId);
        const answer = gate.moment === 'after its effect' ? await proceed() : undefined;
        gate.reached.now();
        await gate.released.done;
        return gate.moment === 'after its effect' ? answer : proceed();
      },
    });
  }, 60_000);
  afterAll(() => world.close());

  async function cancel(dealId: string, way: Way): Promise<void> {
    if (way === 'by the engine') {
      await world.handle(dealId).cancel();
      return void (await world.until(dealId, 'told to cancel', ({ state }) => state.cancelRequested));
    }
    const updateId = `cancel-${dealId}`;
    const decision = { updateId, actor: person('ops'), reason: 'the customer withdrew', command: { type: 'cancel' } };
    expect(await world.handle(dealId).executeUpdate(decide, { updateId, args: [decision as never] })).toEqual({
      answer: 'cancelling',
    });
  }

  async function copyOf(template: string, name: string): Promise<string> {
    return (await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: template, name })).dealId;
  }

  /** The workflow has ended by itself, asks nobody for anything, and our books say the same. */
  async function expectCancelled(dealId: string): Promise<void> {
    const summary = (await world.handle(dealId).result()) as EngagementSummary;
    expect(summary).toMatchObject({ stage: 'cancelled', obstacles: [], needsHuman: false, parkedReason: null });
    const view = await world.books.projection.find(summary.engagementId);
    expect(view?.summary.stage).toBe('cancelled');
    for (const type of ['customer', 'project', 'contract'])
      expect(await world.books.refs.ofEngagement(summary.engagementId, type)).toEqual([]);
  }

  test.each(CALLS)(
    'during %s, before and after its effect, by the engine and by a person: nothing is left',
    async (call) => {
      const deals = await Promise.all(VARIANTS.map(({ template, way }) => copyOf(template, `${call} ${way}`)));
      const before = await footprint(world.sandbox);
      const held = VARIANTS.map(({ moment, entity }): Gate => {
        return { call, moment, entity: ONCE.includes(call) ? 0 : entity, reached: signal(), released: signal() };
      });
      held.forEach((gate, index) => gates.set(deals[index] ?? '', gate));
      for (const dealId of deals) await world.sandbox.act('close-deal', { dealId });
      await world.job({ job: 'poll', connectionId: SANDBOX_CRM });
      const cancelled = held.map(async (gate, index) => {
        const [dealId = '', way = 'by a person'] = [deals[index], VARIANTS[index]?.way];
        if (call === 'activateEngagement') await world.decidePending(dealId, 'activation');
        await gate.reached.done;
        await cancel(dealId, way); // Answered while the call is still held.
        gate.released.now();
        await expectCancelled(dealId);
      });
      await Promise.all(cancelled);
      expect(await footprint(world.sandbox)).toEqual(before);
    },
    60_000,
  );

  /** Brings one copy of each template to a rest, cancels it there, and compares. */
  async function atRest(
    name: string,
    rest: (dealId: string) => Promise<void>,
    afterwards?: () => Promise<unknown>,
  ): Promise<void> {
    const deals = await Promise.all(VARIANTS.map(({ template }) => copyOf(template, name)));
    const before = await footprint(world.sandbox);
    for (const dealId of deals) await world.closeDeal(dealId);
    const cancelled = VARIANTS.map(async ({ way }, index) => {
      const dealId = deals[index] ?? '';
      await rest(dealId);
      await cancel(dealId, way);
      await afterwards?.();
      await expectCancelled(dealId);
    });
    await Promise.all(cancelled);
    expect(await footprint(world.sandbox)).toEqual(before);
  }

  test('while the activation waits for its approval: nothing is left', async () => {
    await atRest('ready', async (dealId) => {
      await world.until(dealId, 'ready', ({ state }) => state.approvals.length === 1);
    });
  }, 60_000);

  test('after the last call, before any work: nothing is left', async () => {
    await atRest('active', async (dealId) => {
      await world.decidePending(dealId, 'activation');
      await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
    });
  }, 60_000);

  test('after a rejected activation was undone and parked: nothing is left', async () => {
    await atRest('parked', async (dealId) => {
      await world.decidePending(dealId, 'activation', 'reject');
      await world.until(dealId, 'parked', ({ state }) => state.stage === 'parked');
    });
  }, 60_000);

  test('while a system is down: what may have been begun there is undone when it is back', async () => {
    const { id } = await world.sandbox.fault({ system: 'kantata', fault: 'fail-before', times: 'always' });
    const rest = async (dealId: string): Promise<void> => {
      await world.until(dealId, 'trying in vain', ({ state }) =>
        state.sagas.some((saga) => saga.steps.some((step) => step.name === 'psaProject' && step.inFlight)),
      );
    };
    const back = (): Promise<unknown> => {
      return fetch(`${world.sandboxServer.url}/_sandbox/faults/${id}`, { method: 'DELETE' });
    };
    await atRest('outage', rest, back);
  }, 60_000);

  test('after work was approved: refused, leaves a note for operations, and does nothing else', async () => {
    const dealId = await copyOf('006TL00000000001AA', 'past the point of no return');
    const { state } = await world.activate(dealId);
    const entry = { workspaceId: state.entities[0]?.refs.projectId, status: 'approved', userId: '101' };
    const work = { ...entry, role: 'Principal', date: '2031-01-13', minutes: 60 };
    await world.sandbox.act('log-time', { entries: [work] });
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    const past = await world.until(dealId, 'past the point of no return', (seen) => seen.state.pastNoReturn);
    const [before, rows] = [await footprint(world.sandbox), (await world.sandbox.journal()).length];
    const updateId = 'cancel-too-late';
    const decision = { updateId, actor: person('ops'), reason: null, command: { type: 'cancel' as const } };
    await expect(world.handle(dealId).executeUpdate(decide, { updateId, args: [decision] })).rejects.toMatchObject({
      cause: { type: 'PAST_POINT_OF_NO_RETURN' },
    });
    expect((await world.look(dealId)).state).toEqual(past.state);
    await world.handle(dealId).cancel();
    // A later decision is answered after the cancellation was seen: updates and signals keep their order.
    const later = { ...decision, updateId: 'again' };
    await expect(
      world.handle(dealId).executeUpdate(decide, { updateId: 'again', args: [later] }),
    ).rejects.toMatchObject({ cause: { type: 'PAST_POINT_OF_NO_RETURN' } });
    const told = /^A cancel request to Temporal was refused: work was approved/;
    const page = await world.until(dealId, 'told', ({ state }) => state.unpublished.length === 0);
    expect(page.summary.obstacles).toMatchObject([
      {
        kind: 'attention',
        code: 'CANCELLATION_REFUSED',
        ownerRole: 'ops',
        message: expect.stringMatching(told) as string,
      },
    ]);
    const { turn, attention, counters, lastDecisions } = past.state;
    expect({ ...page.state, turn, attention, counters, lastDecisions }).toEqual(past.state);
    const timeline = await world.books.projection.timeline(past.state.engagementId);
    expect(timeline.filter(({ title }) => told.test(title))).toHaveLength(1);
    expect(await footprint(world.sandbox)).toEqual(before);
    expect(await world.sandbox.journal()).toHaveLength(rows);
    // And it still works: the month is billed.
    await world.advance(dealId, '2031-02-01');
    await world.until(dealId, 'waiting for approval of its invoice', (seen) => seen.state.approvals.length === 1);
    const acknowledge = { type: 'acknowledge' as const, noteId: page.summary.obstacles[0]?.noteId ?? '' };
    const settled = { updateId: 'seen', actor: person('ops'), reason: 'clicked by mistake', command: acknowledge };
    expect(await world.handle(dealId).executeUpdate(decide, { updateId: 'seen', args: [settled] })).toEqual({
      answer: 'acknowledged',
    });
    expect((await world.look(dealId)).summary.obstacles.map(({ kind }) => kind)).toEqual(['approval']);
  }, 60_000);
});
