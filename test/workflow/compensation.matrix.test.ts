/**
 * The compensation matrix, generated from the step table: every outside write of set-up x {refused before its effect,
 * no answer after its effect, arriving after it was undone, its undo fails once, its undo fails for ever}. Afterwards
 * no active object of ours is left in any system and what existed before has its prior values, or the engagement is
 * parked with the right reason and goes on when it is repaired.
 */
import { SAGAS } from '../../domain/engagement/sagas.ts';
import { footprint } from '../support/footprint.ts';
import { World } from '../support/world.ts';

const TEMPLATE_DEAL = '006TL00000000001AA';
/** Another customer for the tests that end undone: no engagement keeps it, so that its undo has something to write. */
const RENAMED = { accountId: '001TL00000000002AA', fields: { Name: 'Northwind Stores Ltd' } };
const UNDONE = { AccountId: '001TL00000000001AA' };

/** Where each step writes and how its undo reads on the wire; `match` tells two writes to the same address apart. */
const WIRE: Readonly<
  Record<string, { system: string; write: string; match?: string; undo: string; undoMatch?: string }>
> = {
  erpCustomer: { system: 'netsuite', write: 'PUT */customer/eid:*', undo: 'P* */customer/*' },
  psaProject: { system: 'kantata', write: 'POST */workspaces*', undo: 'PUT */workspaces/*' },
  erpContract: { system: 'netsuite', write: 'POST */salesOrder', undo: '* */salesOrder/*' },
  psaLink: {
    system: 'kantata',
    write: 'POST */external_references/create_or_update*',
    undo: 'POST */external_references/*',
  },
  crmLink: {
    system: 'salesforce',
    write: 'PATCH */sobjects/Opportunity/*',
    match: 'Throughline_Id__c',
    undo: 'PATCH */sobjects/Opportunity/*',
    undoMatch: 'Throughline_Id__c',
  },
  demand: { system: 'kantata', write: 'POST */staffing_demands*', undo: '* */staffing_demands/*' },
  activate: {
    system: 'salesforce',
    write: 'PATCH */sobjects/Opportunity/*',
    match: '"Active"',
    undo: 'PATCH */sobjects/Opportunity/*',
    undoMatch: 'Suspended',
  },
};

/** The other half of a step that makes two records. */
const HALVES: typeof WIRE = {
  'erpContract, its schedule': {
    system: 'netsuite',
    write: 'POST */billingSchedule',
    undo: '* */billingSchedule/*',
  },
};

/** Between the first undo and the second: time for the test to let the lost request arrive. */
const LATE_ARRIVAL_MS = 2_000;

const STEPS = SAGAS.projectSetup.filter((row) => row.do !== undefined).map((row) => row.name);
const LATE = [...STEPS, ...Object.keys(HALVES)];

describe('the compensation matrix of set-up', () => {
  let world: World;
  let before: string[];
  beforeAll(async () => {
    world = await World.start({ timeoutMs: 600, policy: { lateArrivalMs: LATE_ARRIVAL_MS } });
  }, 60_000);
  afterAll(() => world.close());
  /** A fault that met no call proves nothing. */
  afterEach(async () => {
    const url = `${world.sandboxServer.url}/_sandbox/faults`;
    const { faults } = (await (await fetch(url)).json()) as { faults: { operation: string; hits: number }[] };
    await fetch(url, { method: 'DELETE' });
    expect(faults.filter(({ hits }) => hits === 0)).toEqual([]);
  });

  test('knows the wire of every step in the table', () => {
    expect(Object.keys(WIRE)).toEqual(STEPS);
  });

  async function freshDeal(name: string, fields: object = {}): Promise<string> {
    const { dealId } = await world.sandbox.act<{ dealId: string }>('clone-deal', {
      dealId: TEMPLATE_DEAL,
      name,
      fields,
    });
    before = await footprint(world.sandbox);
    return dealId;
  }

  async function inject(step: string, on: 'write' | 'undo', fault: Record<string, unknown>): Promise<string> {
    const wire = { ...WIRE, ...HALVES }[step];
    if (!wire) throw new Error(`no wire for ${step}`);
    const match = on === 'write' ? wire.match : wire.undoMatch;
    const operation = on === 'write' ? wire.write : wire.undo;
    const { id } = await world.sandbox.fault({
      system: wire.system,
      operation,
      writesOnly: true,
      ...(match ? { match } : {}),
      ...fault,
    });
    return id;
  }

  async function parked(dealId: string): Promise<{ reason: string; sagaId: string }> {
    const { state } = await world.until(dealId, 'parked', (seen) => seen.state.sagas.some((saga) => saga.parked));
    const saga = state.sagas.find((candidate) => candidate.parked);
    return { reason: saga?.parked?.reason ?? '', sagaId: saga?.id ?? '' };
  }

  /** Set-up asks for activation before its last step; the step `activate` can only fail after the approval. */
  async function approveIfReached(dealId: string, step: string): Promise<void> {
    if (step === 'activate') await world.decidePending(dealId, 'activation');
  }

  test.each(STEPS)(
    '%s refused before its effect: everything before it is undone, and a retry goes through',
    async (step) => {
      const dealId = await freshDeal(`refused ${step}`);
      await inject(step, 'write', { fault: 'reject' });
      await world.closeDeal(dealId);
      await approveIfReached(dealId, step);
      const { reason, sagaId } = await parked(dealId);
      expect(reason).toBe('REJECTED');
      expect(await footprint(world.sandbox)).toEqual(before);
      await world.retry(dealId, sagaId);
      await world.decidePending(dealId, 'activation');
      await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
    },
    60_000,
  );

  test.each(STEPS)(
    '%s gives no answer after its effect: found by its key, done once',
    async (step) => {
      // A customer that is as wanted would not be written: it has a new name since the tests before.
      if (step === 'erpCustomer') await world.sandbox.act('change-customer', RENAMED);
      const dealId = await freshDeal(`silent ${step}`);
      const since = (await world.sandbox.journal()).at(-1)?.sequence ?? 0;
      await inject(step, 'write', { fault: 'fail-after', mode: 'hang' });
      await world.closeDeal(dealId);
      await world.decidePending(dealId, 'activation');
      await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
      const created = (await world.sandbox.journal(since)).filter(({ effect, operation, objectType }) => {
        // References are made with their objects and carry the same key: they are counted with them.
        return effect === 'created' && !operation.startsWith('ACTION') && objectType !== 'external_references';
      });
      const keys = created.map(({ system, objectType, key, objectId }) => `${system} ${objectType} ${key ?? objectId}`);
      expect(keys).toEqual([...new Set(keys)]);
      expect(created.filter(({ objectType }) => objectType === 'workspaces')).toHaveLength(1);
    },
    60_000,
  );

  test.each(LATE)(
    '%s arrives after it was undone: undone once more, nothing is left',
    async (step) => {
      const dealId = await freshDeal(`late ${step}`, UNDONE);
      // The first attempt is thought lost; the second is refused, which undoes set-up; then the first one arrives.
      const late = await inject(step, 'write', { fault: 'arrive-late', delayMs: 60_000 });
      await inject(step, 'write', { fault: 'reject' });
      await world.closeDeal(dealId);
      await approveIfReached(dealId, step);
      await world.until(dealId, 'undone for now', ({ state }) =>
        state.sagas.some(({ steps }) => steps.some(({ blocked }) => blocked?.findings[0]?.code === 'REQUEST_OPEN')),
      );
      const undoneFirst = (await world.sandbox.journal()).at(-1)?.sequence ?? 0;
      await fetch(`${world.sandboxServer.url}/_sandbox/faults/${late}`, { method: 'DELETE' });
      expect(await world.sandbox.journal(undoneFirst)).not.toEqual([]); // Now it arrived.
      expect((await parked(dealId)).reason).toBe('REJECTED');
      expect(await footprint(world.sandbox)).toEqual(before);
    },
    60_000,
  );

  test.each(STEPS)(
    '%s cannot be undone at the first try: tried again, nothing is left',
    async (step) => {
      const dealId = await freshDeal(`undo once ${step}`, UNDONE);
      await world.closeDeal(dealId);
      await undoWith(dealId, step, { fault: 'fail-before', times: 1 });
      const { reason } = await parked(dealId);
      expect(['ACTIVATION_REJECTED', 'REJECTED', 'VERIFY_FAILED']).toContain(reason);
      expect(await footprint(world.sandbox)).toEqual(before);
    },
    60_000,
  );

  test.each(STEPS)(
    '%s cannot be undone at all: parked for a person, and undone when the cause is gone',
    async (step) => {
      const dealId = await freshDeal(`undo never ${step}`, UNDONE);
      await world.closeDeal(dealId);
      const faultId = await undoWith(dealId, step, { fault: 'reject', times: 'always' });
      const { reason, sagaId } = await parked(dealId);
      expect(reason).toBe('UNDO_FAILED');
      await fetch(`${world.sandboxServer.url}/_sandbox/faults/${faultId}`, { method: 'DELETE' });
      await world.retry(dealId, sagaId);
      await world.until(
        dealId,
        'parked',
        ({ state }) => state.stage === 'parked' && state.sagas.some((saga) => saga.status === 'undone'),
      );
      expect(await footprint(world.sandbox)).toEqual(before);
    },
    60_000,
  );

  /**
   * Waits until everything before the approval is done, makes the undo of a step fail, and rejects; `activate` is
   * undone by cancelling.
   */
  async function undoWith(dealId: string, step: string, fault: Record<string, unknown>): Promise<string> {
    await world.until(dealId, 'ready', ({ state }) => state.stage === 'ready');
    const faultId = await inject(step, 'undo', fault);
    if (step === 'activate') {
      // Its write fails for good after its effect was made: the step in flight is the first to be undone.
      await inject(step, 'write', { fault: 'fail-after', mode: 'error', status: 400 });
      await world.decidePending(dealId, 'activation');
    } else await world.decidePending(dealId, 'activation', 'reject');
    return faultId;
  }
});
