/**
 * Where beginnings and endings meet, on the real server: a start that is refused while the CRM tells of the same deal,
 * two who start at once, a deal won again while its engagement ends, and an engagement that somebody terminated. Deal 13
 * of the sandbox (of TL-US) is cloned for each test.
 */
import { randomUUID } from 'node:crypto';
import type { Decision } from '../../domain/engagement/calls.ts';
import { decide } from '../../workflows/engagement/contract.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { Api, expectProblem, type Reply } from '../integration/api/api-of-test.ts';
import { person, World } from '../support/world.ts';

const TEMPLATE = '006TL00000000013AA';
const MILESTONES = '006TL00000000002AA';

describe('beginnings and endings', () => {
  let world: World;
  let api: Api;
  let tokyo: string;
  let boston: string;
  let around: (name: string, proceed: () => Promise<unknown>) => Promise<unknown> = (_, proceed) => proceed();
  beforeAll(async () => {
    world = await World.start({
      policy: { undoProbesMax: 1_000 },
      around: (name, _, proceed) => around(name, proceed),
    });
    const { databaseUrl, namespace, configuration, environment } = world;
    const temporal = { address: process.env.TEST_TEMPORAL_ADDRESS ?? '', namespace };
    api = await Api.start({ databaseUrl, temporal, configuration, environment });
    tokyo = await api.issue(['ops'], ['TL-JP'], 'tokyo@test.example');
    boston = await api.issue(['ops'], ['TL-US'], 'boston@test.example');
  }, 60_000);
  const gates: (() => void)[] = [];
  afterEach(() => {
    around = (_, proceed) => proceed();
    for (const letGo of gates.splice(0)) letGo();
  });
  afterAll(async () => {
    await api.close();
    await world.close();
  });

  const poll = (): Promise<void> => world.job({ job: 'poll', connectionId: SANDBOX_CRM });

  async function clone(name: string): Promise<string> {
    return (await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: TEMPLATE, name })).dealId;
  }

  async function wonUnseen(name: string): Promise<string> {
    const dealId = await clone(name);
    await world.sandbox.act('close-deal', { dealId });
    return dealId;
  }

  function start(token: string, dealId: string): Promise<Reply> {
    return api.call('POST', '/v1/engagements', {
      token,
      key: randomUUID(),
      body: { connectionId: SANDBOX_CRM, dealId },
    });
  }

  /**
   * A notice of the CRM reaches the inbox and is dispatched. While set-up is undone the poll does not see a deal that is
   * open again: it is not won, and our id is taken off it.
   */
  async function noticed(dealId: string): Promise<void> {
    const occurredAt = new Date().toISOString();
    await world.books.inbox.receive({
      ...{ connectionId: SANDBOX_CRM, eventId: randomUUID(), type: 'dealChanged', objectKey: `deal:${dealId}` },
      ...{
        version: occurredAt,
        effectiveOn: null,
        occurredAt,
        correlationId: 'cor-notice',
        actor: person('integration'),
      },
      ...{ origin: { dealId }, data: {}, engagementId: null },
    });
    await world.job({ job: 'dispatch' });
  }

  /** Holds the next call of a name until it is let go; answers when it is there. */
  function hold(call: string): { arrived: Promise<void>; letGo: () => void } {
    let letGo: () => void = () => undefined;
    let arrive: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    gates.push(letGo);
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    around = async (name, proceed) => {
      if (name === call) {
        arrive();
        await gate;
      }
      return proceed();
    };
    return { arrived, letGo };
  }

  test('a foreign start is refused; the notice of the same deal begins it, at the wish of the CRM', async () => {
    const dealId = await wonUnseen('Foreign, then noticed');
    expectProblem(await start(tokyo, dealId), 404, 'ENGAGEMENT_UNKNOWN');
    await poll();
    const { state } = await world.until(dealId, 'ready', (seen) => seen.state.stage === 'ready');
    expect(state.requestedBy.subject).toBe(`system:${SANDBOX_CRM}`);
    expect((await world.books.engagements.find(state.engagementId))?.requestedBy).toEqual(state.requestedBy);
    expect(state.approvals[0]?.preparer).toBe(`system:${SANDBOX_CRM}`);
  }, 60_000);

  test('a foreign start is refused; a later one by somebody of that entity begins it at his own wish', async () => {
    const dealId = await wonUnseen('Foreign, then started');
    expectProblem(await start(tokyo, dealId), 404, 'ENGAGEMENT_UNKNOWN');
    expect((await start(boston, dealId)).status).toBe(201);
    const { state } = await world.until(dealId, 'ready', (seen) => seen.state.stage === 'ready');
    expect(state.requestedBy.subject).toBe('boston@test.example');
    expect((await world.books.engagements.find(state.engagementId))?.requestedBy.subject).toBe('boston@test.example');
  }, 60_000);

  test('a notice that comes while a start is being refused is not lost with it', async () => {
    const dealId = await wonUnseen('Noticed during a foreign start');
    const { arrived, letGo } = hold('validateDeal');
    const refused = start(tokyo, dealId);
    await arrived;
    await poll(); // Given to the run that is about to be refused.
    letGo();
    expectProblem(await refused, 404, 'ENGAGEMENT_UNKNOWN');
    await world.handle(dealId).result();
    await world.job({ job: 'dispatch' });
    const { state } = await world.until(dealId, 'ready', (seen) => seen.state.stage === 'ready');
    expect(state.requestedBy.subject).toBe(`system:${SANDBOX_CRM}`);
  }, 60_000);

  test('two start at once, the first of another entity: each is answered by his own rights, and it begins once', async () => {
    const dealId = await wonUnseen('Started by two');
    const { arrived, letGo } = hold('validateDeal');
    const first = start(tokyo, dealId);
    await arrived;
    const second = start(boston, dealId);
    await world.until(dealId, 'asked by both', (seen) => seen.state.alsoRequestedBy !== undefined);
    letGo();
    expectProblem(await first, 404, 'ENGAGEMENT_UNKNOWN');
    expect((await second).status).toBe(201);
    const { state } = await world.until(dealId, 'ready', (seen) => seen.state.stage === 'ready');
    expect(state.requestedBy.subject).toBe('boston@test.example');
    expect(state.approvals[0]?.preparer).toBe('boston@test.example');
    const projects = await world.books.refs.ofEngagement(state.engagementId, 'project');
    expect(projects).toHaveLength(1);
  }, 60_000);

  test('two start at once, the second of another entity: it is the first one’s, and the second is refused', async () => {
    const dealId = await wonUnseen('Started by two, the other way');
    const { arrived, letGo } = hold('validateDeal');
    const first = start(boston, dealId);
    await arrived;
    const second = start(tokyo, dealId);
    await world.until(dealId, 'asked by both', (seen) => seen.state.alsoRequestedBy !== undefined);
    letGo();
    expect((await first).status).toBe(201);
    expectProblem(await second, 404, 'ENGAGEMENT_UNKNOWN');
    expect((await world.look(dealId)).state.requestedBy.subject).toBe('boston@test.example');
  }, 60_000);

  test('a start that meets a run which is refused to another begins one of its own', async () => {
    const dealId = await wonUnseen('Met while being refused');
    const { arrived, letGo } = hold('publish'); // The refused run is not gone before its end is published.
    const first = start(tokyo, dealId);
    await arrived;
    const second = start(boston, dealId);
    setTimeout(letGo, 500);
    expectProblem(await first, 404, 'ENGAGEMENT_UNKNOWN');
    const { status, body } = await second;
    expect({ status, code: body.code }).toEqual({ status: 201, code: undefined });
    expect((await world.look(dealId)).state.requestedBy.subject).toBe('boston@test.example');
  }, 60_000);

  test('won again while a cancellation is undone: it ends, and begins anew by itself with everything made again', async () => {
    const dealId = await clone('Won again while it ends');
    const before = (await world.activate(dealId)).state;
    const { arrived, letGo } = hold('archivePsaProject');
    const decision = { updateId: `cancel-${dealId}`, actor: person('ops'), reason: 'wrong terms' };
    const args: [Decision] = [{ ...decision, command: { type: 'cancel' } }];
    await world.handle(dealId).executeUpdate(decide, { updateId: decision.updateId, args });
    await arrived;
    await world.sandbox.act('reopen-deal', { dealId });
    await noticed(dealId);
    await world.sandbox.act('close-deal', { dealId });
    await noticed(dealId);
    letGo();
    await world.handle(dealId).result();
    const view = await world.books.projection.find(before.engagementId);
    expect(view?.summary).toMatchObject({ stage: 'cancelled', obstacles: [] });

    await world.job({ job: 'dispatch' });
    const { state } = await world.until(dealId, 'ready again', (seen) => seen.state.stage === 'ready');
    expect(state.engagementId).toBe(before.engagementId);
    expect(state.entities[0]?.refs.projectId).not.toBe(before.entities[0]?.refs.projectId);
    const timeline = await world.books.projection.timeline(state.engagementId);
    expect(timeline.map(({ title }) => title)).toContain(
      'The deal was won again while the engagement ends: it begins anew after that',
    );
    const { runId } = await world.handle(dealId).describe();
    await world.job({ job: 'dispatch' });
    await poll();
    expect((await world.handle(dealId).describe()).runId).toBe(runId);
  }, 60_000);

  test('terminated in the engine: a fact of its project stays undelivered, with the reason, and is not given up unseen', async () => {
    const { state } = await world.activate(MILESTONES);
    await world.handle(MILESTONES).terminate('by an operator who should not');
    const milestoneId = state.milestones[0]?.milestoneId ?? '';
    const { engagementId } = state;
    const acceptedAt = '2031-01-20T09:00:00.000Z';
    await world.books.inbox.receive({
      ...{ connectionId: 'kt-main', eventId: 'accepted-1', type: 'milestoneAccepted', version: acceptedAt },
      ...{ objectKey: `milestone:${milestoneId}`, effectiveOn: null, occurredAt: acceptedAt, engagementId },
      ...{ correlationId: 'cor-terminated', actor: person('integration'), origin: {}, data: { milestoneId } },
    });
    await world.job({ job: 'dispatch' });
    const { body } = await api.get<{ data: Record<string, unknown>[] }>('ops', '/v1/undelivered-facts');
    expect(body.data.filter((each) => each.engagementId === engagementId)).toMatchObject([
      {
        status: 'waiting',
        type: 'milestoneAccepted',
        correlationId: 'cor-terminated',
        reason: 'the engagement is active, but no workflow of it runs: it was terminated',
      },
    ]);
  }, 60_000);

  test('what a system said before it fell silent is the reason why the step is blocked', async () => {
    const dealId = await clone('Silent in the end');
    const { letGo } = hold('createPsaProject');
    const silent = around;
    let tries = 0;
    around = (name, proceed) => {
      if (name !== 'createPsaProject' || (tries += 1) > 1) return silent(name, proceed);
      return Promise.reject(new Error('maintenance until noon'));
    };
    await world.closeDeal(dealId);
    const { summary } = await world.until(dealId, 'blocked', (seen) => seen.summary.blockedBy !== null);
    expect(summary).toMatchObject({ blockedBy: 'TIMEOUT' });
    expect(summary.obstacles[0]?.message).toContain('maintenance until noon');
    letGo();
    await world.until(dealId, 'ready', (seen) => seen.state.stage === 'ready');
  }, 60_000);
});
