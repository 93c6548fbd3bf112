// `npm run up` after the bootstrap: takes the data directory, starts everything in order, plays the demo and stays up.
// Whatever was started is stopped in reverse order, on Ctrl-C, after a failure and at the end of `--once` alike.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiTokens } from '../../persistence/repositories/api-tokens.ts';
import { createDataSource, migrate } from '../../persistence/data-source.ts';
import { checkout } from '../checkout.ts';
import { play } from '../demo/play.ts';
import { portFrom, saysPortIsTaken } from '../processes.ts';
import { createDatabase, startPostgres } from '../postgres.ts';
import { startTemporal } from '../temporal-server.ts';
import {
  pidDirectory,
  profileDirectory,
  removeRun,
  secretsOf,
  startOver,
  stopLeftOvers,
  takeHome,
  writeRun,
} from './home.ts';
import type { Profile, Run, Secrets, TrytonOfRun } from './home.ts';
import { renewEngagements } from './renew.ts';
import { sandboxBaseMonth, sandboxConfiguration } from './sandbox-profile.ts';
import { requirePython, startTrytonOfUp } from './start-tryton.ts';
import { trytonConfiguration, trytonSecrets } from './tryton-profile.ts';
import { keepRunning, respondsAt, supervise, type Lasting, type Service, type Supervised } from './supervisor.ts';

const NAMESPACE = 'throughline';
const PREFERRED = { api: 3400, temporalUi: 8233, temporal: 7233, sandbox: 3500 };
const PORT_TRIES_MAX = 5;

/** What scripts/up/arguments.mjs reads from the command line. */
export interface UpArguments {
  profile: Profile;
  fresh: boolean;
  once: boolean;
  demo: boolean;
}

const say = (line: string): void => console.log(line);

/** What to undo, in reverse order. Something that is started while all is being stopped is stopped at once. */
const started: { name: string; stop: () => Promise<unknown> }[] = [];
let stopping = false;
let isWritten = false;

async function own(name: string, stop: () => Promise<unknown>): Promise<void> {
  if (stopping) await stop();
  else started.push({ name, stop });
}

async function stopAll(): Promise<void> {
  stopping = true;
  for (const { name, stop } of started.splice(0).reverse()) {
    await stop().catch((error: unknown) => say(`${name} could not be stopped: ${messageOf(error)}`));
  }
}

/** Resolves to the exit code of a failure: a program that could not be kept running. */
let fail: (reason: string) => void = () => undefined;
const failure = new Promise<number>((resolve) => {
  fail = (reason) => {
    say(`\n${reason}`);
    resolve(1);
  };
});

async function step<T>(title: string, work: () => Promise<T>, detail: (result: T) => string = () => ''): Promise<T> {
  if (stopping) throw new Error(`${title} is not started any more`);
  const beganMs = Date.now();
  const result = await work();
  say(`  ${title.padEnd(12)} ${detail(result)} (${((Date.now() - beganMs) / 1000).toFixed(1)} s)`);
  return result;
}

/** From now on it is kept running, stopped at the end, and its failure for good is the failure of `up`. */
async function keep(name: string, kept: Supervised): Promise<void> {
  void kept.failed.then((reason) => stopping || fail(reason));
  await own(name, kept.stop);
}

async function startHouse(home: string, profile: Profile, signal: AbortSignal): Promise<Run> {
  const temporal = await step(
    'Temporal',
    () =>
      startTemporal({
        ...{ dataDir: join(home, 'temporal'), namespace: NAMESPACE, timeSkipping: true, say, signal },
        ...{ port: PREFERRED.temporal, uiPort: PREFERRED.temporalUi },
      }),
    ({ version, kind, address }) => `server ${version} (${kind}) at ${address}`,
  );
  await keep('Temporal', keepRunning('The Temporal server', temporal, say));
  const postgres = await step(
    'PostgreSQL',
    () => startPostgres({ dir: join(home, 'postgres'), say }),
    ({ version, kind, adopted, url }) =>
      `${version} (${adopted ? 'left running by an earlier run' : kind}) at ${new URL(url).host}`,
  );
  await keep('PostgreSQL', keepRunning('PostgreSQL', postgres, say));
  const databaseUrl = postgres.kind === 'external' ? postgres.url : await createDatabase(postgres.url, 'throughline');
  const secrets = secretsOf(home);
  await step(
    'Schema',
    () => prepareDatabase(databaseUrl, secrets),
    () => 'migrated',
  );
  const tryton = profile === 'tryton' ? await startErp(home, signal) : undefined;
  const run = await startServices(
    {
      ...(tryton && { tryton }),
      ...(temporal.uiAddress && { temporalUi: temporal.uiAddress }),
      ...{ temporalAddress: temporal.address, namespace: NAMESPACE, databaseUrl },
      ...{ dataDir: home, tokens: secrets.tokens, pids: { up: process.pid } },
    },
    secrets,
  );
  await own('engagements', () =>
    renewEngagements(temporal.address, NAMESPACE).catch((error: unknown) =>
      say(`Open engagements were not renewed: ${messageOf(error)}`),
    ),
  );
  return run;
}

async function startErp(home: string, signal: AbortSignal): Promise<TrytonOfRun> {
  const started = {
    postgres: (postgres: Lasting) => keep("Tryton's PostgreSQL", keepRunning("Tryton's PostgreSQL", postgres, say)),
    tryton: (server: Lasting) => keep('Tryton', keepRunning('Tryton', server, say)),
  };
  const { tryton } = await step(
    'Tryton',
    () => startTrytonOfUp({ home, say, signal, started }),
    ({ version, tryton: { url } }) => `${version} at ${url}`,
  );
  const { url, database, series, companies, passwords } = tryton;
  return { url, database, series, companies, passwords };
}

async function prepareDatabase(url: string, { tokens }: Secrets): Promise<void> {
  const dataSource = createDataSource(url);
  try {
    await migrate(dataSource);
    const issued = new ApiTokens(dataSource.manager);
    for (const [role, token] of Object.entries(tokens)) {
      await issued.issue({ subject: `development-${role}`, roles: [role], legalEntities: ['*'], token });
    }
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

type Addresses = Pick<Run, 'api' | 'apiReference' | 'sandboxUrl'>;

/** API and sandbox are told each other's address, so where one loses its port both are started at other ports. */
async function startServices(rest: Omit<Run, keyof Addresses>, secrets: Secrets): Promise<Run> {
  for (let attempt = 1; ; attempt++) {
    const api = `http://127.0.0.1:${await portFrom(PREFERRED.api, say)}`;
    const sandboxUrl = `http://127.0.0.1:${await portFrom(PREFERRED.sandbox, say)}`;
    const run: Run = { api, apiReference: `${api}/docs`, sandboxUrl, ...rest };
    const running: Supervised[] = [];
    try {
      for (const [each, where] of servicesOf(run, secrets)) {
        const child = await step(
          each.name,
          () => supervise(each, say),
          () => where,
        );
        running.push(child);
        await keep(each.name, child);
      }
      return run;
    } catch (error) {
      if (attempt === PORT_TRIES_MAX || !saysPortIsTaken(messageOf(error))) throw error;
      say('  Another program took a port meanwhile: starting API and sandbox at other ports');
      for (const { stop } of running) await stop();
    }
  }
}

/** The programs in the order of their start, with what to say of each. Each proves by its own log that it is ours. */
function servicesOf(run: Run, secrets: Secrets): [Service, string][] {
  const configuration = join(run.dataDir, 'configuration.json');
  const simulated = sandboxConfiguration({ sandboxUrl: run.sandboxUrl });
  const content = run.tryton ? trytonConfiguration(simulated, run.tryton) : simulated;
  writeFileSync(configuration, JSON.stringify(content, null, 2));
  const application = {
    ...{ DATABASE_URL: run.databaseUrl, TEMPORAL_ADDRESS: run.temporalAddress, TEMPORAL_NAMESPACE: run.namespace },
    ...{ THROUGHLINE_CONFIG: configuration, ...secrets.sandbox.application },
    ...(run.tryton && trytonSecrets(run.tryton)),
  };
  const sandbox = {
    ...{ SANDBOX_PORT: portOf(run.sandboxUrl), SANDBOX_DATA_DIR: join(run.dataDir, 'sandbox') },
    SANDBOX_BASE_MONTH: sandboxBaseMonth(new Date()),
    ...{ SANDBOX_NOTICE_URL: `${run.api}/v1/notices/{connectionId}`, ...secrets.sandbox.sandbox },
  };
  const saysAndAnswers = (text: string, url: string) => (output: string) => output.includes(text) && respondsAt(url);
  const isSandboxReady = saysAndAnswers(`sandbox ready at ${run.sandboxUrl}`, `${run.sandboxUrl}/_sandbox/health`);
  const isApiReady = saysAndAnswers(`"event":"listening","url":"${run.api}"`, `${run.api}/readyz`);
  return [
    [service(run, 'sandbox', sandbox, isSandboxReady), run.sandboxUrl],
    [service(run, 'api', { ...application, PORT: portOf(run.api) }, isApiReady), run.api],
    [service(run, 'worker', application, (output) => output.includes('worker ready')), 'ready'],
  ];
}

function service(run: Run, name: string, env: Record<string, string>, isReady: Service['isReady']): Service {
  return {
    name,
    command: [process.execPath, '--enable-source-maps', join(checkout, 'dist', 'apps', name, 'main.js')],
    env: { ...process.env, ...env, TZ: 'UTC' },
    logFile: join(run.dataDir, 'logs', `${name}.log`),
    pidDirectory: pidDirectory(run.dataDir),
    isReady,
    onStart: (pid) => {
      run.pids[name] = pid;
      if (isWritten) writeRun(run); // after a restart others must find the new process
    },
  };
}

function portOf(url: string): string {
  return new URL(url).port;
}

function describe(run: Run): string {
  const runFile = join(run.dataDir, 'run.json');
  return [
    '',
    `  API            ${run.api}`,
    `  API reference  ${run.apiReference}`,
    ...(run.tryton ? [`  Tryton         ${run.tryton.url}/${run.tryton.database}/`] : []),
    `  Temporal UI    ${run.temporalUi ? `${run.temporalUi}/namespaces/${run.namespace}/workflows` : 'none of ours'}`,
    `  Logs           ${join(run.dataDir, 'logs')}`,
    `  Tokens         ${runFile}, one per role; for example`,
    `                 TOKEN=$(node -p "require('${runFile}').tokens.auditor")`,
    `                 curl -H "Authorization: Bearer $TOKEN" ${run.api}/v1/board`,
  ].join('\n');
}

/** Starts, plays and waits; resolves to the exit code. */
async function live(home: string, { profile, once, demo }: UpArguments, signal: AbortSignal): Promise<number> {
  const starting = startHouse(home, profile, signal);
  // Interrupted half way, the step in progress is waited for (within reason), so that nothing it starts is left behind.
  await own('start', () => Promise.race([starting.catch(() => undefined), delay(30_000)]));
  const run = await starting;
  writeRun(run);
  isWritten = true;
  await own('run.json', () => Promise.resolve(removeRun(home)));
  if (demo) {
    say('\nPlaying deals from closed won to recognised revenue. What was played before is not played again.');
    const { ok } = await play({ run, once, print: say });
    if (once || !ok) say(ok ? '\nThe demo went as it should.' : '\nThe demo did not go as it should.');
    if (once) return ok ? 0 : 1;
  }
  if (once) {
    say('\nEverything started; nothing was played.');
    return 0;
  }
  say(describe(run));
  say('\nUp. Ctrl-C stops everything; the next start goes on with the same data.');
  return new Promise(() => undefined);
}

/** Starts everything, plays if wanted, stays until a signal or a failure, stops all. Resolves to the exit code. */
export async function up(options: UpArguments): Promise<number> {
  const home = profileDirectory(options.profile);
  const startup = new AbortController();
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (!stopping) say('\nStopping ...');
        startup.abort(new Error('interrupted'));
        resolve(options.once ? 1 : 0);
      });
    }
  });
  try {
    const release = takeHome(home, say);
    try {
      return await hold(home, options, startup.signal, interrupted);
    } finally {
      await stopAll();
      release();
    }
  } catch (error) {
    console.error(`\n${messageOf(error)}`);
    return 1;
  }
}

async function hold(home: string, options: UpArguments, signal: AbortSignal, interrupted: Promise<number>) {
  if (options.profile === 'tryton') await requirePython();
  for (const name of await stopLeftOvers(home, options.profile)) say(`  Stopped the ${name} of an earlier run`);
  if (options.fresh) await startOver(home, options.profile);
  mkdirSync(join(home, 'logs'), { recursive: true });
  say(`Data in ${home}`);
  return Promise.race([interrupted, failure, live(home, options, signal)]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
