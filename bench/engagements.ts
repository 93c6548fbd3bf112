// `npm run bench`: the engagement workflow against a bare workflow of the same shape, on the same server in the same run, with
// activities that answer at once; then the whole system with the simulated vendors and PostgreSQL; then `apply` alone.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode } from '@temporalio/worker';
import { createWorkers } from '../apps/worker/workers.ts';
import { nextWork } from '../domain/engagement/agenda.ts';
import { apply } from '../domain/engagement/apply.ts';
import { details } from '../domain/engagement/details.ts';
import type { EngagementState } from '../domain/engagement/state.ts';
import { dataConverter } from '../temporal-config/data-converter.ts';
import setUpServers from '../test/support/global-setup.ts';
import tearDownServers from '../test/support/global-teardown.ts';
import { quietLogger } from '../test/support/quiet.ts';
import { freshNamespace, testConnection, testNativeConnection } from '../test/support/temporal.ts';
import { World } from '../test/support/world.ts';
import { ENGAGEMENT_TASK_QUEUE, snapshot } from '../workflows/engagement/contract.ts';
import type { Act } from './bare.workflow.ts';
import { cannedActivities, type Side } from './canned.ts';
import { type Cost, eventsOf, type HistoryEvents, inParallel, measured, type Size, sizeOf } from './measure.ts';
import { actsOf, playBare, playMonth, setUp, type Stage } from './plays.ts';

const ENGAGEMENTS = 60;
const AT_ONCE = 10;
const MONTHS = ['2031-01', '2031-02'] as const;
const TEMPLATE_DEAL = '006TL00000000001AA';
const FULL_STACK_DEALS = 20;

/** What one kind of workflow cost: all set-ups, all months, and the history of one of them. */
interface Run {
  setUp: Cost;
  months: Cost;
  setUpSize: Size;
  monthSize: Size;
}

const IDS = Array.from({ length: ENGAGEMENTS }, (_, index) => `eng_${String(index).padStart(26, '0')}`);

async function withWorkers<T>(path: string, activities: object, work: (stage: Stage) => Promise<T>): Promise<T> {
  const workflowsPath = join(process.cwd(), path);
  const [namespace, connection, native, workflowBundle] = await Promise.all([
    freshNamespace(),
    testConnection(),
    testNativeConnection(),
    bundleWorkflowCode({ workflowsPath, logger: quietLogger }),
  ]);
  const shared = { connection: native, namespace, workflows: { workflowBundle }, activities };
  const workers = await createWorkers({ ...shared, connectionActivities: {} });
  const running = workers.run();
  try {
    return await work({ client: new Client({ connection, namespace, dataConverter }), connection, namespace });
  } finally {
    workers.shutdown();
    await running;
    await native.close();
    await connection.close();
  }
}

function monthly(before: HistoryEvents, after: HistoryEvents): Size {
  const [small, large] = [sizeOf(before), sizeOf(after)];
  return {
    events: (large.events - small.events) / MONTHS.length,
    bytes: (large.bytes - small.bytes) / MONTHS.length,
  };
}

/** The real workflow; also the shape that the bare one is given, and a state in the middle of its life. */
async function engagements(): Promise<Run & { acts: Act[]; waits: number; state: EngagementState }> {
  const sides = new Map<string, Side>();
  return withWorkers('workflows/index.ts', cannedActivities(sides), async (stage) => {
    await setUp(stage, sides, 'eng_warm');
    const handles: WorkflowHandle[] = [];
    const setUpCost = await measured(() =>
      inParallel(IDS, AT_ONCE, async (id) => void handles.push(await setUp(stage, sides, id))),
    );
    const [first] = handles;
    if (!first) throw new Error('no engagement was set up');
    const early = await eventsOf(first);
    const monthsCost = await measured(() =>
      inParallel(handles, AT_ONCE, async (handle) => {
        const side = sides.get(handle.workflowId);
        for (const month of MONTHS) if (side) await playMonth(stage, side, handle, month);
      }),
    );
    const late = await eventsOf(first);
    const { state } = await first.query(snapshot);
    return {
      setUp: setUpCost,
      months: monthsCost,
      setUpSize: sizeOf(early),
      monthSize: monthly(early, late),
      acts: actsOf(late),
      waits: actsOf(early).filter(({ kind }) => kind === 'wait').length - 1,
      state,
    };
  });
}

/** The bare workflow of the same shape; `waits` is the number of waits that set-up ends. */
async function bareWorkflows(acts: Act[], waits: number): Promise<Run> {
  const progress = new Map<string, number>();
  const work = (id: string, index: number): Promise<void> => {
    progress.set(id, index);
    return Promise.resolve();
  };
  const last = acts.filter(({ kind }) => kind === 'wait').length - 1;
  return withWorkers('bench/bare.workflow.ts', { work }, async (stage) => {
    const begin = async (id: string): Promise<WorkflowHandle> => {
      const options = { taskQueue: ENGAGEMENT_TASK_QUEUE, workflowId: id, args: [id, acts] };
      const handle = await stage.client.workflow.start('bare', options);
      await playBare(stage, handle, acts, progress, { from: 0, upTo: waits });
      return handle;
    };
    await begin('warm');
    const handles: WorkflowHandle[] = [];
    const setUpCost = await measured(() => inParallel(IDS, AT_ONCE, async (id) => void handles.push(await begin(id))));
    const [first] = handles;
    if (!first) throw new Error('no bare workflow was begun');
    const early = await eventsOf(first);
    const monthsCost = await measured(() =>
      inParallel(handles, AT_ONCE, (handle) => playBare(stage, handle, acts, progress, { from: waits, upTo: last })),
    );
    const late = await eventsOf(first);
    return { setUp: setUpCost, months: monthsCost, setUpSize: sizeOf(early), monthSize: monthly(early, late) };
  });
}

/** Set-ups through the simulated vendors and PostgreSQL, from the closed deal to the active engagement. */
async function fullStack(): Promise<Cost> {
  const world = await World.start();
  try {
    const deals: string[] = [];
    for (let index = 0; index < FULL_STACK_DEALS; index += 1) {
      const fields = { dealId: TEMPLATE_DEAL, name: `Bench ${String(index)}` };
      deals.push((await world.sandbox.act<{ dealId: string }>('clone-deal', fields)).dealId);
    }
    return await measured(async () => {
      for (const dealId of deals) await world.sandbox.act('close-deal', { dealId });
      await world.job({ job: 'poll', connectionId: 'sf-emea' });
      await inParallel(deals, FULL_STACK_DEALS, async (dealId) => {
        await world.decidePending(dealId, 'activation');
        await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
      });
    });
  } finally {
    await world.close();
  }
}

/** Microseconds of one call, after a warm-up. */
function microseconds(call: () => unknown): number {
  for (let round = 0; round < 500; round += 1) call();
  const [rounds, began] = [5_000, performance.now()];
  for (let round = 0; round < rounds; round += 1) call();
  return ((performance.now() - began) * 1_000) / rounds;
}

function row(label: string, real: number, yardstick: number, digits: number): string {
  const ratio = (real / yardstick).toFixed(2);
  return `| ${label} | ${real.toFixed(digits)} | ${yardstick.toFixed(digits)} | ${ratio} |`;
}

function report(real: Run & { state: EngagementState }, yardstick: Run, whole: Cost): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const months = ENGAGEMENTS * MONTHS.length;
  const { state } = real;
  const now = Date.parse('2031-03-01T12:00:00Z');
  const alone = [
    ['apply, one fact', microseconds(() => apply(state, { type: 'announced', at: now }))],
    ['nextWork', microseconds(() => nextWork(state, now))],
    ['details', microseconds(() => details(state, now))],
  ] as const;
  const kilobytes = (JSON.stringify(state).length / 1_000).toFixed(1);
  return [
    '# Results of `npm run bench`',
    '',
    `${cpus()[0]?.model ?? 'unknown processor'}, ${String(cpus().length)} cores, Node ${process.version}, commit ` +
      `${git('rev-parse', '--short', 'HEAD')}, ${new Date().toISOString().slice(0, 10)}. ${String(ENGAGEMENTS)} engagements ` +
      `of time and materials, ${String(AT_ONCE)} at once, ${String(MONTHS.length)} months each.`,
    '',
    'The bare workflow makes the same calls, waits and updates in the same order and has no state. CPU is that of the process',
    'with workers and driver, not of the servers. Events and bytes are without those that only time travel makes.',
    '',
    '| | engagement | bare | ratio |',
    '| --- | --- | --- | --- |',
    row('set-ups per second', ENGAGEMENTS / real.setUp.seconds, ENGAGEMENTS / yardstick.setUp.seconds, 1),
    row('CPU ms per set-up', cpuMs(real.setUp, ENGAGEMENTS), cpuMs(yardstick.setUp, ENGAGEMENTS), 1),
    row('events per set-up', real.setUpSize.events, yardstick.setUpSize.events, 0),
    row('kB of history per set-up', real.setUpSize.bytes / 1_000, yardstick.setUpSize.bytes / 1_000, 1),
    row('engagement-months per second', months / real.months.seconds, months / yardstick.months.seconds, 1),
    row('CPU ms per engagement-month', cpuMs(real.months, months), cpuMs(yardstick.months, months), 1),
    row('events per engagement-month', real.monthSize.events, yardstick.monthSize.events, 1),
    row('kB of history per engagement-month', real.monthSize.bytes / 1_000, yardstick.monthSize.bytes / 1_000, 1),
    '',
    `The whole system (simulated vendors over HTTP, PostgreSQL): ${(FULL_STACK_DEALS / whole.seconds).toFixed(1)} set-ups per ` +
      `second, ${cpuMs(whole, FULL_STACK_DEALS).toFixed(0)} ms CPU each, vendors included.`,
    '',
    `The decisions alone, microseconds, with a state of ${kilobytes} kB:`,
    '',
    '| | µs |',
    '| --- | --- |',
    ...alone.map(([label, value]) => `| ${label} | ${value.toFixed(0)} |`),
    '',
  ].join('\n');
}

function cpuMs({ cpuSeconds }: Cost, count: number): number {
  return (cpuSeconds * 1_000) / count;
}

async function run(): Promise<void> {
  await setUpServers({ nonFlagArgs: [] });
  try {
    const real = await engagements();
    const yardstick = await bareWorkflows(real.acts, real.waits);
    const text = report(real, yardstick, await fullStack());
    console.log(text);
    if (process.argv.includes('--write')) writeFileSync(join(process.cwd(), 'bench', 'results.md'), text);
  } finally {
    await tearDownServers();
  }
}

run().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
