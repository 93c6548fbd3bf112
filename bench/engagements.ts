// `npm run bench`: the engagement workflow against a bare workflow of the same shape, on the same server in the
// same run, with activities that answer at once; then the whole system with the simulated vendors and PostgreSQL;
// then `apply` alone.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode } from '@temporalio/worker';
import { format } from 'prettier';
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
import { type Cost, eventsOf, measured, type Size, sizeOf } from './measure.ts';
import { actsOf, playBare, playMonth, setUp, type Stage } from './plays.ts';

const ROUNDS = 6;
const PER_ROUND = 10;
const ENGAGEMENTS = ROUNDS * PER_ROUND;
const MONTHS = ['2031-01', '2031-02'] as const;
const TEMPLATE_DEAL = '006TL00000000001AA';
const FULL_STACK_DEALS = 20;

/** One of the two kinds of workflow: how it is set up and carried through its months. */
interface Contender {
  setUp: (id: string) => Promise<WorkflowHandle>;
  playMonths: (handle: WorkflowHandle) => Promise<void>;
}

/** What a kind of workflow cost: all set-ups, all months, and the history of one of them. */
interface Run {
  setUp: Cost;
  months: Cost;
  setUpSize: Size;
  monthSize: Size;
}

/** Workers on a namespace of their own, and how to stop them. */
async function startStage(path: string, activities: object): Promise<Stage & { stop: () => Promise<void> }> {
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
  const stop = async (): Promise<void> => {
    workers.shutdown();
    await running;
    await native.close();
    await connection.close();
  };
  return { client: new Client({ connection, namespace, dataConverter }), connection, namespace, stop };
}

function realContender(stage: Stage, sides: Map<string, Side>): Contender {
  return {
    setUp: (id) => setUp(stage, sides, id),
    playMonths: async (handle) => {
      const side = sides.get(handle.workflowId);
      for (const month of MONTHS) if (side) await playMonth(stage, side, handle, month);
    },
  };
}

/** The bare workflow doing `acts`; `waits` is the number of waits that set-up ends. */
function bareContender(stage: Stage, progress: Map<string, number>, acts: Act[], waits: number): Contender {
  const last = acts.filter(({ kind }) => kind === 'wait').length - 1;
  return {
    setUp: async (id) => {
      const options = { taskQueue: ENGAGEMENT_TASK_QUEUE, workflowId: id, args: [id, acts] };
      const handle = await stage.client.workflow.start('bare', options);
      await playBare(stage, handle, acts, progress, { from: 0, upTo: waits });
      return handle;
    },
    playMonths: (handle) => playBare(stage, handle, acts, progress, { from: waits, upTo: last }),
  };
}

/** One round of a contender, all its workflows at once, added to what it cost before. */
async function playRound({ setUp: begin, playMonths }: Contender, round: number, run: Run): Promise<void> {
  const ids = Array.from({ length: PER_ROUND }, (_, index) => `eng_${String(round)}_${String(index)}`);
  const handles: WorkflowHandle[] = [];
  add(run.setUp, await measured(() => Promise.all(ids.map(async (id) => void handles.push(await begin(id))))));
  const [first] = handles;
  if (!first) throw new Error('nothing was set up');
  const early = sizeOf(await eventsOf(first));
  add(run.months, await measured(() => Promise.all(handles.map(playMonths))));
  const late = sizeOf(await eventsOf(first));
  const monthly = (large: number, small: number): number => (large - small) / MONTHS.length;
  run.setUpSize = early;
  run.monthSize = { events: monthly(late.events, early.events), bytes: monthly(late.bytes, early.bytes) };
}

function add(sum: Cost, cost: Cost): void {
  sum.seconds += cost.seconds;
  sum.cpuSeconds += cost.cpuSeconds;
}

function nothingYet(): Run {
  const [cost, size] = [
    { seconds: 0, cpuSeconds: 0 },
    { events: 0, bytes: 0 },
  ];
  return { setUp: { ...cost }, months: { ...cost }, setUpSize: size, monthSize: size };
}

/** Both kinds, round by round in turn, so that whatever else the machine does slows both. */
async function compare(): Promise<{ real: Run; yardstick: Run; state: EngagementState }> {
  const sides = new Map<string, Side>();
  const progress = new Map<string, number>();
  const work = (id: string, index: number): Promise<void> => Promise.resolve(void progress.set(id, index));
  const realStage = await startStage('workflows/index.ts', cannedActivities(sides));
  const bareStage = await startStage('bench/bare.workflow.ts', { work });
  try {
    const contender = realContender(realStage, sides);
    const model = await contender.setUp('eng_model');
    const waits = actsOf(await eventsOf(model)).filter(({ kind }) => kind === 'wait').length - 1;
    await contender.playMonths(model);
    const { state } = await model.query(snapshot);
    const bare = bareContender(bareStage, progress, actsOf(await eventsOf(model)), waits);
    await bare.playMonths(await bare.setUp('eng_model'));
    const [real, yardstick] = [nothingYet(), nothingYet()];
    for (let round = 0; round < ROUNDS; round += 1) {
      await playRound(contender, round, real);
      await playRound(bare, round, yardstick);
    }
    return { real, yardstick, state };
  } finally {
    await realStage.stop();
    await bareStage.stop();
  }
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
      const activate = async (dealId: string): Promise<void> => {
        await world.decidePending(dealId, 'activation');
        await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
      };
      await Promise.all(deals.map(activate));
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

function report(real: Run, yardstick: Run, state: EngagementState, whole: Cost): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const months = ENGAGEMENTS * MONTHS.length;
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
      `${git('rev-parse', '--short', 'HEAD')}, ${new Date().toISOString().slice(0, 10)}. ` +
      `${String(ENGAGEMENTS)} engagements ` +
      `of time and materials, ${String(PER_ROUND)} at once, ${String(MONTHS.length)} months each.`,
    '',
    'The bare workflow makes the same calls, waits and updates in the same order and has no state. CPU is that',
    'of the process with workers and driver, not of the servers. Events and bytes: without those of time travel.',
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
    `The whole system (simulated vendors over HTTP, PostgreSQL): ` +
      `${(FULL_STACK_DEALS / whole.seconds).toFixed(1)} set-ups per second, ` +
      `${cpuMs(whole, FULL_STACK_DEALS).toFixed(0)} ms CPU each, vendors included.`,
    '',
    `The decisions alone, microseconds, with a state of ${kilobytes} kB:`,
    '',
    '| | µs |',
    '| --- | --- |',
    ...alone.map(([label, value]) => `| ${label} | ${value.toFixed(0)} |`),
    '',
  ].join('\n');
}

async function keep(text: string): Promise<void> {
  writeFileSync(join(process.cwd(), 'bench', 'results.md'), await format(text, { parser: 'markdown' }));
}

function cpuMs({ cpuSeconds }: Cost, count: number): number {
  return (cpuSeconds * 1_000) / count;
}

async function run(): Promise<void> {
  await setUpServers({ nonFlagArgs: [] });
  try {
    const { real, yardstick, state } = await compare();
    const text = report(real, yardstick, state, await fullStack());
    console.log(text);
    if (process.argv.includes('--write')) await keep(text);
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
