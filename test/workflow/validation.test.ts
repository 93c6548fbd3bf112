/**
 * Deals that must not be set up: nothing is created in any system, the reason is readable, and a repaired deal goes on
 * by itself.
 */
import { World } from '../support/world.ts';

describe('validation', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  }, 60_000);
  afterAll(() => world.close());

  async function effects(): Promise<string[]> {
    const rows = await world.sandbox.journal();
    return rows
      .filter(({ operation, effect }) => !operation.startsWith('ACTION') && effect !== 'none')
      .map((row) => row.operation);
  }

  test.each([
    ['006TL00000000004AA', 'a customer without tax profile', /tax profile/i],
    ['006TL00000000021AA', 'a retainer without a fee', /fee/i],
    ['006TL00000000022AA', 'a currency that ISO 4217 does not know', /ZZZ/],
    ['006TL00000000023AA', 'milestones that do not sum to the line', /40,?000/],
    ['006TL00000000024AA', 'an unknown legal entity', /TL-XX/],
    ['006TL00000000025AA', 'an end before its start', /2031-03-31|before/],
  ])('deal %s with %s stops before anything is created and says why', async (dealId, _why, message) => {
    await world.closeDeal(dealId);
    const { summary } = await world.until(dealId, 'blocked', (seen) => seen.summary.blockedBy !== null);
    expect(summary.stage).toBe('validating');
    expect(summary.obstacles.map((obstacle) => obstacle.message).join('; ')).toMatch(message);
    expect(summary.obstacles.every((obstacle) => obstacle.ownerRole !== null)).toBe(true);
    expect(await effects()).toEqual([]);
  });

  test('the deal without tax profile goes on by itself when the profile is there', async () => {
    const dealId = '006TL00000000004AA';
    await world.sandbox.act('change-customer', {
      accountId: '001TL00000000008AA',
      fields: { Tax_Profile__c: 'GB-STD' },
    });
    await world.job({ job: 'poll', connectionId: 'sf-emea' });
    await world.decidePending(dealId, 'activation');
    const { summary } = await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
    expect(summary.obstacles).toEqual([]);
  });
});
