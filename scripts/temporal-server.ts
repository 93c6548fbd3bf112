// A Temporal server for `up` and the tests: the one that TEMPORAL_ADDRESS names, else one started here from whatever
// temporal-binary.ts finds. Both kinds of binary take the same arguments.
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { supportsTimeSkipping } from '../temporal-config/advance.ts';
import { readRegistration, registerNamespace } from '../temporal-config/register.ts';
import { checkout } from './checkout.ts';
import { freePort, startProgram, stopChild, stopLeftOver } from './processes.ts';
import { findTemporal, type TemporalBinary } from './temporal-binary.ts';

const configuration = join(checkout, 'temporal-config');

export interface TemporalOptions {
  /** Directory for the database file, the log and the pid of a server started here. */
  dataDir: string;
  namespace: string;
  /** Tests and the demo move workflows through months; nothing else needs it. */
  timeSkipping: boolean;
  /** Keep nothing on disk: for tests. */
  inMemory?: boolean;
  /** Default: any free port. */
  port?: number;
  /** Port of the Web UI; none without it. */
  uiPort?: number;
  say?: (line: string) => void;
}

export interface Temporal {
  address: string;
  /** Of the Web UI; for an external server what TEMPORAL_UI_ADDRESS says. */
  uiAddress?: string;
  kind: 'external' | TemporalBinary['kind'];
  /** As the server reports it, such as 1.32.1. */
  version: string;
  /** Resolves, with the end of its log, should a server started here end unasked. */
  ended: Promise<string>;
  /** Stops a server started here; does nothing to an external one. */
  stop: () => Promise<void>;
}

/** Finds or starts a server, registers the namespace and its search attributes; resolves when they are usable. */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const external = process.env.TEMPORAL_ADDRESS;
  return external ? useExternal(external, options) : startOwn(await findTemporal(options.say), options);
}

async function useExternal(address: string, options: TemporalOptions): Promise<Temporal> {
  const connection = await Connection.connect({ address }).catch((error: unknown) => {
    throw new Error(`no Temporal server answers at TEMPORAL_ADDRESS=${address}`, { cause: error });
  });
  try {
    const version = await prepare(connection, options);
    if (options.timeSkipping && !(await supportsTimeSkipping(connection, options.namespace))) {
      throw new Error(
        `the Temporal server ${version} at TEMPORAL_ADDRESS=${address} cannot skip time, which ` +
          'the tests and the demo need: use server 1.32 or newer with the dynamic configuration ' +
          'frontend.WorkflowTimeSkippingEnabled=true, ' +
          'or unset TEMPORAL_ADDRESS',
      );
    }
    const ui = process.env.TEMPORAL_UI_ADDRESS;
    const never = new Promise<string>(() => undefined);
    const stop = (): Promise<void> => Promise.resolve();
    return { address, ...(ui && { uiAddress: ui }), kind: 'external', version, ended: never, stop };
  } finally {
    await connection.close();
  }
}

async function startOwn(binary: TemporalBinary, options: TemporalOptions): Promise<Temporal> {
  mkdirSync(options.dataDir, { recursive: true });
  await stopLeftOver(join(options.dataDir, 'temporal.pid.json'));
  const port = options.port ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const logFile = join(options.dataDir, 'logs', 'temporal.log');
  const child = startProgram({
    name: 'temporal',
    command: [...binary.command, ...serverArguments(options, port)],
    logFile,
    pidDirectory: options.dataDir,
  });
  const ended = new Promise<string>((resolve) => child.once('exit', () => resolve(endOf(logFile))));
  const stop = (): Promise<void> => stopChild(child);
  try {
    const connection = await connect(address, child, logFile);
    try {
      const version = await prepare(connection, options);
      const ui = options.uiPort === undefined ? {} : { uiAddress: `http://127.0.0.1:${options.uiPort}` };
      return { address, ...ui, kind: binary.kind, version, ended, stop };
    } finally {
      await connection.close();
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The arguments of `temporal server start-dev`, which our own dev server takes too. */
function serverArguments(options: TemporalOptions, port: number): string[] {
  const dynamic = JSON.parse(readFileSync(join(configuration, 'dynamic-config.development.json'), 'utf8')) as Record<
    'server' | 'timeSkipping',
    Record<string, unknown>
  >;
  const { searchAttributes } = readRegistration(configuration);
  const values = Object.entries({ ...dynamic.server, ...(options.timeSkipping ? dynamic.timeSkipping : {}) });
  return [
    ...['--ip', '127.0.0.1', '--port', String(port), '--namespace', options.namespace, '--log-level', 'error'],
    ...(options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
    ...(options.inMemory ? [] : ['--db-filename', join(options.dataDir, 'temporal.db')]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...values.flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${JSON.stringify(value)}`]),
  ];
}

async function prepare(connection: Connection, { namespace }: TemporalOptions): Promise<string> {
  const info = await connection.workflowService.getSystemInfo({});
  await registerNamespace(connection, readRegistration(configuration, namespace));
  return info.serverVersion;
}

async function connect(address: string, child: ChildProcess, logFile: string): Promise<Connection> {
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    try {
      return await Connection.connect({ address, connectTimeout: '1 second' });
    } catch (error) {
      const isOver = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
      if (isOver || Date.now() > giveUpAt) {
        throw new Error(`the Temporal server did not start; ${logFile} ends with:\n${endOf(logFile)}`, {
          cause: error,
        });
      }
      await delay(100);
    }
  }
}

function endOf(logFile: string): string {
  return existsSync(logFile) ? readFileSync(logFile, 'utf8').split('\n').slice(-10).join('\n').trim() : '';
}
