// A Temporal server for `up` and the tests: the one that TEMPORAL_ADDRESS names, else one started here from whatever
// temporal-binary.ts finds. Both kinds of binary take the same arguments. Ports are chosen when the program is there,
// which may be minutes after the start, and a server counts only when it is the one that was started here.
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { supportsTimeSkipping } from '../temporal-config/advance.ts';
import { readRegistration, registerNamespace } from '../temporal-config/register.ts';
import { checkout } from './checkout.ts';
import {
  describeEnd,
  freePort,
  isOver,
  portFrom,
  saysPortIsTaken,
  startProgram,
  stopChild,
  stopLeftOver,
  tailOf,
} from './processes.ts';
import { findTemporal, type TemporalBinary } from './temporal-binary.ts';

const configuration = join(checkout, 'temporal-config');
const READY_WITHIN_MS = 60_000;
/** A server that says nothing is believed to be ours when it lives this long beside an answering port. */
const SILENT_MS = 10_000;
const UI_WITHIN_MS = 15_000;
const PORT_TRIES_MAX = 5;

export interface TemporalOptions {
  /** Directory for the database file, the log and the pid of a server started here. */
  dataDir: string;
  namespace: string;
  /** Tests and the demo move workflows through months; nothing else needs it. */
  timeSkipping: boolean;
  /** Keep nothing on disk: for tests. */
  inMemory?: boolean;
  /** The port to begin looking for a free one at. Default: any free port. */
  port?: number;
  /** The same for the Web UI; none without it. */
  uiPort?: number;
  say?: (line: string) => void;
  /** Gives up the search for a server program. */
  signal?: AbortSignal;
}

export interface Temporal {
  address: string;
  /** Of the Web UI; for an external server what TEMPORAL_UI_ADDRESS says. */
  uiAddress?: string;
  kind: 'external' | TemporalBinary['kind'];
  /** As the server reports it, such as 1.32.1. */
  version: string;
  /** Resolves, with how it ended, should a server started here end unasked. */
  ended: () => Promise<string>;
  /** Starts a server that ended again, at the same address and on the same data. */
  restart: () => Promise<void>;
  /** Stops a server started here; does nothing to an external one. */
  stop: () => Promise<void>;
}

/** Finds or starts a server, registers the namespace and its search attributes; resolves when they are usable. */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const external = process.env.TEMPORAL_ADDRESS;
  if (external) return useExternal(external, options);
  return startOwn(await findTemporal(options.say, options.signal), options);
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
    const nothing = (): Promise<void> => Promise.resolve();
    const never = (): Promise<string> => new Promise(() => undefined);
    const lasting = { ended: never, restart: nothing, stop: nothing };
    return { address, ...(ui && { uiAddress: ui }), kind: 'external', version, ...lasting };
  } finally {
    await connection.close();
  }
}

interface Ports {
  port: number;
  uiPort?: number;
}

/** A port can be taken between the choice and the start, so the choice is made again then. */
async function startOwn(binary: TemporalBinary, options: TemporalOptions): Promise<Temporal> {
  mkdirSync(options.dataDir, { recursive: true });
  await stopLeftOver(join(options.dataDir, 'temporal.pid.json'));
  for (let attempt = 1; ; attempt++) {
    const port = options.port === undefined ? await freePort() : await portFrom(options.port, options.say);
    const ui = options.uiPort === undefined ? {} : { uiPort: await portFrom(options.uiPort, options.say) };
    try {
      return await startAt({ port, ...ui }, binary, options);
    } catch (error) {
      if (attempt === PORT_TRIES_MAX || !saysPortIsTaken(String(error))) throw error;
    }
  }
}

async function startAt(ports: Ports, binary: TemporalBinary, options: TemporalOptions): Promise<Temporal> {
  const address = `127.0.0.1:${ports.port}`;
  const logFile = join(options.dataDir, 'logs', 'temporal.log');
  const start = (): ChildProcess => {
    rmSync(logFile, { force: true });
    const command = [...binary.command, ...serverArguments(options, ports)];
    return startProgram({ name: 'temporal', command, logFile, pidDirectory: options.dataDir });
  };
  let child = start();
  const ended = async (): Promise<string> => {
    if (!isOver(child)) await new Promise((resolve) => child.once('exit', resolve));
    return `${describeEnd(child)}; ${logFile} ends with:\n${logOf(logFile)}`;
  };
  const stop = (): Promise<void> => stopChild(child);
  const ready = async (): Promise<{ version: string; hasUi: boolean }> => {
    try {
      return await readyAt(ports, { child, logFile, options });
    } catch (error) {
      await stop();
      throw error;
    }
  };
  const restart = async (): Promise<void> => {
    child = start();
    await ready();
  };
  const { version, hasUi } = await ready();
  const ui = hasUi ? { uiAddress: `http://127.0.0.1:${ports.uiPort}` } : {};
  return { address, ...ui, kind: binary.kind, version, ended, restart, stop };
}

/** The arguments of `temporal server start-dev`, which our own dev server takes too. */
function serverArguments(options: TemporalOptions, { port, uiPort }: Ports): string[] {
  const dynamic = JSON.parse(readFileSync(join(configuration, 'dynamic-config.development.json'), 'utf8')) as Record<
    'server' | 'timeSkipping',
    Record<string, unknown>
  >;
  const { searchAttributes } = readRegistration(configuration);
  const values = Object.entries({ ...dynamic.server, ...(options.timeSkipping ? dynamic.timeSkipping : {}) });
  return [
    ...['--ip', '127.0.0.1', '--port', String(port), '--namespace', options.namespace, '--log-level', 'error'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
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

interface Started {
  child: ChildProcess;
  logFile: string;
  options: TemporalOptions;
}

/** Waits until the server that was started, and no other one at its ports, is usable. */
async function readyAt(ports: Ports, started: Started): Promise<{ version: string; hasUi: boolean }> {
  const connection = await connect(ports, started);
  try {
    const version = await prepare(connection, started.options);
    return { version, hasUi: ports.uiPort !== undefined && (await showsOurs(ports.uiPort, connection, started)) };
  } finally {
    await connection.close();
  }
}

async function connect({ port }: Ports, { child, logFile }: Started): Promise<Connection> {
  const beganAt = Date.now();
  const giveUpAt = beganAt + READY_WITHIN_MS;
  for (;;) {
    if (isOver(child) || Date.now() > giveUpAt) throw new Error(didNotStart(logFile));
    // Both kinds of server name their port when they have it; before that, another program may answer there.
    const log = logOf(logFile);
    const namesIt = new RegExp(`\\b${port}\\b`).test(log) && !saysPortIsTaken(log);
    const isOurs = namesIt || Date.now() - beganAt > SILENT_MS;
    const address = `127.0.0.1:${port}`;
    const found = isOurs && (await Connection.connect({ address, connectTimeout: '1 second' }).catch(() => undefined));
    if (found && !isOver(child)) return found;
    if (found) await found.close();
    await delay(100);
  }
}

/** Whether the Web UI at this port shows our server: it knows our namespace by the id that only our data have. */
async function showsOurs(uiPort: number, connection: Connection, started: Started): Promise<boolean> {
  const { namespace, say } = started.options;
  const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
  const url = `http://127.0.0.1:${uiPort}/api/v1/namespaces/${namespace}`;
  for (const giveUpAt = Date.now() + UI_WITHIN_MS; Date.now() < giveUpAt; await delay(100)) {
    if (isOver(started.child)) throw new Error(didNotStart(started.logFile));
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) })
      .then((response) => response.json() as Promise<{ namespaceInfo?: { id?: string } }>)
      .catch(() => undefined);
    if (answer?.namespaceInfo?.id === namespaceInfo?.id) return true;
  }
  say?.(`The Temporal Web UI does not answer at port ${uiPort}: going on without it`);
  return false;
}

function didNotStart(logFile: string): string {
  return `the Temporal server did not start; ${logFile} ends with:\n${logOf(logFile)}`;
}

function logOf(logFile: string): string {
  return existsSync(logFile) ? tailOf(readFileSync(logFile, 'utf8')) : '';
}
