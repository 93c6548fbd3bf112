/**
 * Two set-ups of one account at once share the customer in the ERP (ADR 0008): while either uses it, it stays in use;
 * when both are undone, in whichever order or at the same moment, it is exactly what it was before the first came.
 */
import { createSystems } from '../../adapters/systems.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { footprint } from '../support/footprint.ts';
import { World } from '../support/world.ts';

/** Each from another customer, so that no test finds what another left. */
const DEALS = { inOrder: '006TL00000000001AA', reversed: '006TL00000000003AA', atOnce: '006TL00000000007AA' };
const context = { correlationId: 'cor_shared', actorSubject: 'system:test' };

describe('a customer that two set-ups share', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  }, 60_000);
  afterAll(() => world.close());

  /** Two deals of one account, both set up until their approval: in the same moment, or the second upon the first. */
  async function twoReady(template: string, apart = false): Promise<[string, string]> {
    const clones = ['first', 'second'].map((name) =>
      world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: template, name }),
    );
    const [first = '', second = ''] = (await Promise.all(clones)).map(({ dealId }) => dealId);
    for (const started of apart ? [[first], [second]] : [[first, second]]) {
      for (const dealId of started) await world.sandbox.act('close-deal', { dealId });
      await world.job({ job: 'poll', connectionId: SANDBOX_CRM });
      for (const dealId of started) await world.until(dealId, 'ready', ({ state }) => state.stage === 'ready');
    }
    return [first, second];
  }

  async function undo(dealId: string): Promise<void> {
    await world.decidePending(dealId, 'activation', 'reject');
    await world.until(dealId, 'undone', ({ state }) => state.sagas.some((saga) => saga.status === 'undone'));
  }

  const customers = async () => (await footprint(world.sandbox)).filter((line) => line.startsWith('customer'));

  test.each([
    { order: 'made by the first, who is undone first', template: DEALS.inOrder, apart: true, backwards: false },
    { order: 'made by the first, who is undone last', template: DEALS.reversed, apart: true, backwards: true },
    { order: 'begun together, undone in order', template: DEALS.inOrder, apart: false, backwards: false },
    { order: 'begun together, undone in reverse', template: DEALS.reversed, apart: false, backwards: true },
  ])(
    '$order: the customer is in use until the second undo, then out of use',
    async ({ template, apart, backwards }) => {
      const before = await footprint(world.sandbox);
      const deals = await twoReady(template, apart);
      if (backwards) deals.reverse();
      const shared = await customers();
      await undo(deals[0]);
      expect(await customers()).toEqual(shared);
      await undo(deals[1]);
      expect(await footprint(world.sandbox)).toEqual(before);
    },
    60_000,
  );

  test('both are undone at the same moment: nothing is left in use', async () => {
    const before = await footprint(world.sandbox);
    const deals = await twoReady(DEALS.atOnce);
    await Promise.all(deals.map(undo));
    expect(await footprint(world.sandbox)).toEqual(before);
  }, 60_000);

  test.each([false, true])(
    'a customer that was there before us gets its own terms back with the last undo (backwards: %s)',
    async (backwards) => {
      const erp = createSystems(world.configuration, world.environment).erp('ns-main');
      const own = {
        erpEntityRef: '1',
        name: 'Northwind, as accounts receivable knows it',
        currency: 'GBP',
        taxProfile: 'GB-STD',
        vatNumber: null,
        paymentTermsDays: 60,
        countryCode: 'GB',
        active: true,
      };
      const key = 'sf-emea-001TL00000000002AA-TL-UK';
      await erp.putCustomer(key, own, context);
      const deals = await twoReady(DEALS.inOrder);
      if (backwards) deals.reverse();
      const shared = await erp.findCustomer(key, context);
      expect(shared?.record).toMatchObject({ name: 'Northwind Retail Ltd', paymentTermsDays: 30 });
      await undo(deals[0]);
      expect(await erp.findCustomer(key, context)).toEqual(shared);
      await undo(deals[1]);
      expect((await erp.findCustomer(key, context))?.record).toEqual(own);
    },
    60_000,
  );
});
