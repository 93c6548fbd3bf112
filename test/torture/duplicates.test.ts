/**
 * Notices as they really come: each five times, shuffled, old versions late, for ten deals at once, signed, through
 * the real API. Each deal gets one engagement and one project, every copy is counted as one, and late news changes
 * nothing.
 */
import { randomUUID } from 'node:crypto';
import { Api, signedHeaders } from '../integration/api/api-of-test.ts';
import { testAddress } from '../support/temporal.ts';
import { World } from '../support/world.ts';

const TEMPLATE = '006TL00000000001AA';
const DEALS = 10;
const COPIES = 5;

interface Notice {
  eventId: string;
  body: string;
}

/** A different order at every run would hide a failure: mulberry32 with a fixed seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

describe('repeated and shuffled notices', () => {
  let world: World;
  let api: Api;
  beforeAll(async () => {
    world = await World.start();
    const { databaseUrl, configuration, environment, namespace } = world;
    const temporal = { address: testAddress(), namespace };
    api = await Api.start({ databaseUrl, temporal, configuration, environment });
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await world.close();
  });

  function notice(dealId: string, changeType: string, systemModstamp: string): Notice {
    const eventId = `evt_${randomUUID()}`;
    return {
      eventId,
      body: JSON.stringify({ eventId, object: 'Opportunity', objectId: dealId, changeType, systemModstamp }),
    };
  }

  async function send({ eventId, body }: Notice): Promise<boolean> {
    const headers = signedHeaders(eventId, body, world.environment.THROUGHLINE_SF_EMEA_NOTICE ?? '');
    const reply = await api.call('POST', '/v1/notices/sf-emea', { raw: body, headers });
    expect(reply.status).toBe(202);
    return reply.body.duplicate === true;
  }

  async function stampOf(dealId: string): Promise<string> {
    const deals = await world.sandbox.objects('salesforce', 'Opportunity');
    return String(deals.find(({ id }) => id === dealId)?.object.SystemModstamp);
  }

  test('ten deals, each notice five times and out of order: one engagement and one project each', async () => {
    const deals: string[] = [];
    const notices: Notice[] = [];
    for (let index = 0; index < DEALS; index += 1) {
      const name = `copied ${String(index)}`;
      const { dealId } = await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: TEMPLATE, name });
      const created = await stampOf(dealId);
      await world.sandbox.act('close-deal', { dealId });
      await world.sandbox.act('reopen-deal', { dealId });
      const reopened = await stampOf(dealId);
      await world.sandbox.act('close-deal', { dealId });
      deals.push(dealId);
      notices.push(notice(dealId, 'changed', created), notice(dealId, 'reopened', reopened));
      notices.push(notice(dealId, 'closed-won', await stampOf(dealId)));
    }
    const copies = shuffled(
      notices.flatMap((one) => Array.from({ length: COPIES }, () => one)),
      seeded(7),
    );
    const duplicates = (await Promise.all(copies.map(send))).filter(Boolean).length;
    // 10 deals x 3 notices x 5 copies = 150 deliveries, 30 of them new.
    expect(duplicates).toBe(DEALS * 3 * (COPIES - 1));
    const kept = await world.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM inbox');
    expect(kept).toEqual([{ n: DEALS * 3 }]);

    for (const dealId of deals) await started(dealId);
    // The old versions again, late: all of them are known.
    for (const late of shuffled(notices, seeded(8))) expect(await send(late)).toBe(true);
    // An old version with an event of its own, never delivered before: kept, given to the engagement, and no news.
    const ids = new Map<string, string>();
    for (const dealId of deals) ids.set(dealId, (await ready(dealId)).engagementId);
    const older = '2020-01-01T00:00:00.000+0000';
    expect(await Promise.all(deals.map((dealId) => send(notice(dealId, 'reopened', older))))).not.toContain(true);
    await allConsumed();
    for (const dealId of deals) {
      const state = await ready(dealId);
      expect(state.engagementId).toBe(ids.get(dealId));
      expect(state.attention).toEqual([]);
    }
    await expectOneEach(deals);
  }, 90_000);

  /** Waits for the workflow, however long the dispatcher takes. */
  async function started(dealId: string): Promise<void> {
    const giveUpAt = Date.now() + 25_000;
    while (
      !(await world
        .handle(dealId)
        .describe()
        .catch(() => undefined))
    ) {
      if (Date.now() > giveUpAt) throw new Error(`${dealId} was never started`);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  async function ready(dealId: string): Promise<{ engagementId: string; attention: unknown[] }> {
    return (await world.until(dealId, 'ready', ({ state }) => state.stage === 'ready')).state;
  }

  /** Every row of the inbox ended: consumed, or ignored with a reason. */
  async function allConsumed(): Promise<void> {
    const giveUpAt = Date.now() + 25_000;
    for (;;) {
      const open = await world.dataSource.query<Record<string, unknown>[]>(
        `SELECT status, fact_type, reason, attempts FROM inbox WHERE status NOT IN ('consumed', 'ignored')`,
      );
      if (open.length === 0) return;
      if (Date.now() > giveUpAt) throw new Error(`rows of the inbox are left: ${JSON.stringify(open)}`);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  async function expectOneEach(deals: readonly string[]): Promise<void> {
    const engagements = await world.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM engagement');
    expect(engagements).toEqual([{ n: deals.length }]);
    const created = (await world.sandbox.journal()).filter(({ effect, operation }) => {
      return effect === 'created' && !operation.startsWith('ACTION');
    });
    const count = (type: string): number => created.filter(({ objectType }) => objectType === type).length;
    expect({ projects: count('workspaces'), contracts: count('salesOrder') }).toEqual({
      projects: deals.length,
      contracts: deals.length,
    });
    expect(count('customer')).toBe(1); // All ten deals are of one customer and one legal entity.
  }
});
