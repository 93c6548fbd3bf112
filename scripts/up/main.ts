// `npm run up` after the bootstrap: takes the data directory, starts everything in order, plays the demo and stays up.
// Whatever was started is stopped in reverse order, on Ctrl-C, after a failure and at the end of `--once` alike.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiTokens } from '../../persistence/repositories/api-tokens.ts';
import { createDataSource, migrate } from '../../persistence/data-source.ts';
import { checkout } from '../checkout.ts';
import { play } from '../demo/play.ts';
import { portFrom } from '../processes.ts';
import { createDatabase, startPostgres } from '../postgres.ts';
import { startTemporal } from '../temporal-server.ts';
import { HELP, parseUpArguments, type UpArguments } from './arguments.ts';
import {
  homeDirectory,
  pidDirectory,
  removeRun,
  secretsOf,
  startOver,
  stopLeftOvers,
  takeHome,
  writeRun,
} from './home.ts';
import type { Run, Secrets } from './home.ts';
import { renewEngagements } from './renew.ts';
import { sandboxBaseMonth, sandboxConfiguration } from './sandbox-profile.ts';
import { respondsAt, supervise, type Service } from './supervisor.ts';

const NAMESPACE = 'throughline';
const PREFERRED = { api: 3400, temporalUi: 8233, temporal: 7233, sandbox: 3500 };

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

async function startHouse(home: string): Promise<Run> {
  const ports = await choosePorts();
  const temporal = await step(
    'Temporal',
    () =>
      startTemporal({
        ...{ dataDir: join(home, 'temporal'), namespace: NAMESPACE, timeSkipping: true, say },
        ...{ port: ports.temporal, uiPort: ports.temporalUi },
      }),
    ({ version, kind, address }) => `server ${version} (${kind}) at ${address}`,
  );
  await own('Temporal', temporal.stop);
  void temporal.ended.then((end) => stopping || fail(`The Temporal server ended unasked:\n${end}`));
  const postgres = await step(
    'PostgreSQL',
    () => startPostgres({ dir: join(home, 'postgres'), say }),
    ({ version, kind, adopted }) => `${version} (${adopted ? 'left running by an earlier run' : kind})`,
  );
  await own('PostgreSQL', postgres.stop);
  const databaseUrl = postgres.kind === 'external' ? postgres.url : await createDatabase(postgres.url, 'throughline');
  const secrets = secretsOf(home);
  await step(
    'Schema',
    () => prepareDatabase(databaseUrl, secrets),
    () => 'migrated',
  );
  const api = `http://127.0.0.1:${ports.api}`;
  const run: Run = {
    ...{ api, apiReference: `${api}/docs`, ...(temporal.uiAddress && { temporalUi: temporal.uiAddress }) },
    ...{ temporalAddress: temporal.address, namespace: NAMESPACE, databaseUrl },
    ...{ sandboxUrl: `http://127.0.0.1:${ports.sandbox}`, dataDir: home, tokens: secrets.tokens, pids: {} },
  };
  await startServices(run, secrets);
  await own('engagements', () => renewEngagements(temporal.address, NAMESPACE));
  return run;
}

async function choosePorts(): Promise<typeof PREFERRED> {
  const ports = { ...PREFERRED };
  for (const [name, preferred] of Object.entries(PREFERRED) as [keyof typeof PREFERRED, number][]) {
    ports[name] = await portFrom(preferred);
    if (ports[name] !== preferred) say(`  Port ${preferred} (${name}) is taken: using ${ports[name]}`);
  }
  return ports;
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

async function startServices(run: Run, secrets: Secrets): Promise<void> {
  const configuration = join(run.dataDir, 'configuration.json');
  writeFileSync(configuration, JSON.stringify(sandboxConfiguration({ sandboxUrl: run.sandboxUrl }), null, 2));
  const application = {
    ...{ DATABASE_URL: run.databaseUrl, TEMPORAL_ADDRESS: run.temporalAddress, TEMPORAL_NAMESPACE: run.namespace },
    ...{ THROUGHLINE_CONFIG: configuration, ...secrets.sandbox.application },
  };
  const sandbox = {
    ...{ SANDBOX_PORT: portOf(run.sandboxUrl), SANDBOX_DATA_DIR: join(run.dataDir, 'sandbox') },
    SANDBOX_BASE_MONTH: sandboxBaseMonth(new Date()),
    ...{ SANDBOX_NOTICE_URL: `${run.api}/v1/notices/{connectionId}`, ...secrets.sandbox.sandbox },
  };
  const services: [Service, string][] = [
    [service(run, 'sandbox', sandbox, () => respondsAt(`${run.sandboxUrl}/_sandbox/health`)), run.sandboxUrl],
    [service(run, 'api', { ...application, PORT: portOf(run.api) }, () => respondsAt(`${run.api}/readyz`)), run.api],
    [service(run, 'worker', application, (output) => output.includes('worker ready')), 'ready'],
  ];
  run.pids.up = process.pid;
  for (const [each, where] of services) {
    const child = await step(
      each.name,
      () => supervise(each, say),
      () => where,
    );
    await own(each.name, child.stop);
    void child.failed.then(fail);
  }
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
  return [
    '',
    `  API            ${run.api}`,
    `  API reference  ${run.apiReference}`,
    `  Temporal UI    ${run.temporalUi ?? 'see the external server'}`,
    `  Tokens, logs   ${join(run.dataDir, 'run.json')}, ${join(run.dataDir, 'logs')}`,
  ].join('\n');
}

/** Starts, plays and waits; resolves to the exit code. */
async function live(home: string, { once, demo }: UpArguments): Promise<number> {
  const starting = startHouse(home);
  // Interrupted half way, the step in progress is waited for (within reason), so that nothing it starts is left behind.
  await own('start', () => Promise.race([starting.catch(() => undefined), delay(30_000)]));
  const run = await starting;
  writeRun(run);
  isWritten = true;
  await own('run.json', () => Promise.resolve(removeRun(home)));
  say(describe(run));
  if (demo) {
    const { ok } = await play({ run, once, print: say });
    if (once || !ok) say(ok ? '\nThe demo went as it should.' : '\nThe demo did not go as it should.');
    if (once) return ok ? 0 : 1;
  } else if (once) return 0;
  say(describe(run));
  say('\nUp. Ctrl-C stops everything; the next start goes on with the same data.');
  return new Promise(() => undefined);
}

async function main(): Promise<number> {
  const options = parseUpArguments(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const home = homeDirectory();
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (!stopping) say('\nStopping ...');
        resolve(options.once ? 1 : 0);
      });
    }
  });
  const release = takeHome(home, say);
  try {
    for (const name of await stopLeftOvers(home)) say(`  Stopped the ${name} of an earlier run`);
    if (options.fresh) await startOver(home);
    mkdirSync(join(home, 'logs'), { recursive: true });
    say(`Data in ${home}`);
    return await Promise.race([live(home, options), interrupted, failure]);
  } finally {
    await stopAll();
    release();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// The exit is explicit: a demo or a start that was interrupted may still hold connections.
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`\n${messageOf(error)}`);
    process.exit(1);
  },
);
