// `npm run record-histories`: plays the scenarios of test/replay on the real server and keeps their histories,
// named after the release that made them. Recordings of older releases stay: as long as engagements of theirs may
// be open, they must replay.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { renew } from '../workflows/engagement/contract.ts';
import { recordable } from '../test/replay/recordable.ts';
import { type Scenario, SCENARIOS } from '../test/replay/scenarios.ts';
import setUp from '../test/support/global-setup.ts';
import tearDown from '../test/support/global-teardown.ts';
import { World } from '../test/support/world.ts';

const PATIENCE_MS = 20_000;
const folder = join(process.cwd(), 'test', 'replay', 'histories');
const { version } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as { version: string };

/** A history, as the test's replay reads it. */
type Events = Parameters<typeof recordable>[0];

async function historyOf(handle: WorkflowHandle): Promise<Events> {
  return JSON.parse(historyToJSON(await handle.fetchHistory())) as Events;
}

/** The run's history and those of the runs before it, oldest first. */
async function chainOf(world: World, dealId: string): Promise<Events[]> {
  const { workflowId } = world.handle(dealId);
  const chain: Events[] = [];
  let handle = world.handle(dealId);
  for (;;) {
    const history = await historyOf(handle);
    chain.unshift(history);
    const before = history.events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!before) return chain;
    handle = world.client.workflow.getHandle(workflowId, before);
  }
}

/** Waits until the engagement's last task is completed and nothing else is scheduled. */
async function settled(world: World, dealId: string): Promise<void> {
  const giveUpAtMs = Date.now() + PATIENCE_MS;
  for (let length = -1; Date.now() < giveUpAtMs; await delay(400)) {
    const { events } = await historyOf(world.handle(dealId));
    const types = events.map(({ eventType }) => eventType);
    const [scheduled, completed] = ['WORKFLOW_TASK_SCHEDULED', 'WORKFLOW_TASK_COMPLETED'].map((type) =>
      types.lastIndexOf(`EVENT_TYPE_${type}`),
    );
    if (events.length === length && (completed ?? -1) > (scheduled ?? -1)) return;
    length = events.length;
  }
  throw new Error(`the engagement of deal ${dealId} does not come to rest`);
}

async function renewed(world: World, dealId: string): Promise<Events> {
  const { runId } = await world.handle(dealId).describe();
  await world.handle(dealId).signal(renew);
  const giveUpAtMs = Date.now() + PATIENCE_MS;
  while ((await world.handle(dealId).describe()).runId === runId) {
    if (Date.now() > giveUpAtMs) throw new Error(`the engagement of deal ${dealId} was not renewed`);
    await delay(50);
  }
  await settled(world, dealId);
  return historyOf(world.handle(dealId));
}

function keep(name: string, history: Events): void {
  const text = `${JSON.stringify(recordable(history))}\n`;
  writeFileSync(join(folder, `${name}.${version}.json`), text);
  console.log(`${name}: ${String(history.events.length)} events, ${String(Math.ceil(text.length / 1_000))} kB`);
}

async function record(world: World, { name, dealId, play, renewed: withRenewal }: Scenario): Promise<void> {
  await play(world, dealId);
  const isOver = (await world.handle(dealId).describe()).status.name !== 'RUNNING';
  if (!isOver) await settled(world, dealId);
  const chain = await chainOf(world, dealId);
  for (const [index, history] of chain.entries())
    keep(chain.length === 1 ? name : `${name}-run-${String(index + 1)}`, history);
  if (withRenewal) keep(`${name}.renewed`, await renewed(world, dealId));
}

async function run(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const only = process.argv.slice(2);
  await setUp({ nonFlagArgs: [] });
  // A blocked step waits long enough to be seen at rest.
  const world = await World.start({ policy: { probeDelayMs: 60_000, probeDelayMaxMs: 60_000 } });
  try {
    for (const scenario of SCENARIOS)
      if (only.length === 0 || only.includes(scenario.name)) await record(world, scenario);
  } finally {
    await world.close();
    await tearDown();
  }
}

run().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
