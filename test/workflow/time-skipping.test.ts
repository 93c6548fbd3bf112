// Time travel on the real server: what advanceTo promises, and where it stops.
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type Connection } from '@temporalio/client';
import { bundleWorkflowCode, Worker, type NativeConnection } from '@temporalio/worker';
import { advanceTo, supportsTimeSkipping, virtualNow } from '../../temporal-config/advance.ts';
import { quietLogger } from '../support/quiet.ts';
import { freshNamespace, testConnection, testNativeConnection } from '../support/temporal.ts';
import { clockwork, nudge, seen, type ClockworkInput } from './fixtures/clockwork.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60_000;

describe('time travel', () => {
  let connection: Connection;
  let native: NativeConnection;
  let namespace: string;
  let worker: Worker;
  let running: Promise<void>;
  let client: Client;
  let count = 0;

  beforeAll(async () => {
    namespace = await freshNamespace();
    connection = await testConnection();
    native = await testNativeConnection();
    client = new Client({ connection, namespace });
    const workflowsPath = fileURLToPath(new URL('./fixtures/clockwork.ts', import.meta.url));
    worker = await Worker.create({
      connection: native,
      namespace,
      taskQueue: 'clockwork',
      workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: quietLogger }),
      activities: { work: (durationMs: number) => delay(durationMs) },
    });
    running = worker.run();
  });

  afterAll(async () => {
    worker.shutdown();
    await running;
    await native.close();
    await connection.close();
  });

  async function start(input: ClockworkInput, by = client) {
    return by.workflow.start(clockwork, { args: [input], workflowId: `clockwork-${count++}`, taskQueue: 'clockwork' });
  }
  const to = (workflowId: string, untilMs: number) => advanceTo(connection, namespace, workflowId, untilMs);

  test('the server of this run can skip time', async () => {
    expect(await supportsTimeSkipping(connection, namespace)).toBe(true);
  });

  test('a workflow moved 30 days and a minute has passed its deadline of 30 days and not the next one', async () => {
    const handle = await start({ days: [30, 30] });
    const beganMs = Date.now();
    const reachedMs = await to(handle.workflowId, beganMs + 30 * DAY_MS + MINUTE_MS);
    expect(reachedMs - beganMs).toBeGreaterThanOrEqual(30 * DAY_MS + MINUTE_MS);
    expect(reachedMs - beganMs).toBeLessThan(30 * DAY_MS + 2 * MINUTE_MS);
    const [first, second] = await handle.query(seen);
    expect(Math.round(((first ?? 0) - beganMs) / DAY_MS)).toBe(30);
    expect(second).toBeUndefined();
    await handle.terminate();
  });

  test('three moves reach three deadlines, and time stands still for the workflow in between', async () => {
    const handle = await start({ days: [10, 20, 30] });
    const beganMs = Date.now();
    for (const [moves, day] of [10, 30, 60].entries()) {
      await to(handle.workflowId, beganMs + day * DAY_MS + MINUTE_MS);
      expect(await handle.query(seen)).toHaveLength(moves + 1);
      await delay(300);
      const driftMs =
        (await virtualNow(connection, namespace, handle.workflowId)) - (beganMs + day * DAY_MS + MINUTE_MS);
      expect(driftMs).toBeLessThan(10_000);
    }
    await handle.signal(nudge);
    expect(await handle.result()).toHaveLength(3);
  });

  test('nothing is skipped while an activity is pending, and the move ends after it', async () => {
    const handle = await start({ days: [7, 7], workMs: 700 });
    const beganMs = Date.now();
    await to(handle.workflowId, beganMs + 15 * DAY_MS);
    // Two waits of 7 days, each followed by 700 ms of real work during which virtual time goes on at its real pace.
    expect(Date.now() - beganMs).toBeGreaterThanOrEqual(1_400);
    const [first = 0, second = 0] = await handle.query(seen);
    expect(second - first - 7 * DAY_MS).toBeLessThan(10_000);
    await handle.terminate();
  });

  test('a move goes on through twelve continue-as-new runs', async () => {
    const handle = await start({ days: Array.from({ length: 12 }, () => 30), renew: true });
    const beganMs = Date.now();
    await to(handle.workflowId, beganMs + 12 * 30 * DAY_MS + MINUTE_MS);
    const seenMs = await client.workflow.getHandle(handle.workflowId).query(seen);
    expect(seenMs.map((atMs) => Math.round((atMs - beganMs) / DAY_MS))).toEqual(
      Array.from({ length: 12 }, (_, month) => 30 * (month + 1)),
    );
    await client.workflow.getHandle(handle.workflowId).terminate();
  });

  test('a move that an activity holds up longer than allowed says how far it is', async () => {
    const handle = await start({ days: [1, 1], workMs: 3_000 });
    const move = advanceTo(connection, namespace, handle.workflowId, Date.now() + 3 * DAY_MS, { pollTimeoutMs: 1_000 });
    await expect(move).rejects.toThrow(/is still \d+ ms away/);
    await handle.terminate();
  });

  test('a move into the past does nothing', async () => {
    const handle = await start({ days: [1] });
    expect(await to(handle.workflowId, Date.now() - DAY_MS)).toBeGreaterThan(Date.now() - MINUTE_MS);
    expect(await handle.query(seen)).toEqual([]);
    await handle.terminate();
  });

  test('a workflow that ends on the way is reported, not waited for', async () => {
    const handle = await start({ days: [1] });
    await expect(to(handle.workflowId, Date.now() + 5000 * DAY_MS)).rejects.toThrow(/cannot be moved further|ended/);
  });

  test('started through a skipping connection, a workflow passes 14 months by itself', async () => {
    const skipping = await testConnection({ skipping: true });
    const handle = await start(
      { days: Array.from({ length: 60 }, () => 7) },
      new Client({ connection: skipping, namespace }),
    );
    expect(await handle.result()).toHaveLength(60);
    await skipping.close();
  });
});
