// One running Tryton: trytond on a free port of the loopback, over a copy of the snapshot. One process without workers,
// so that killing it in the middle of a call kills all of it.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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
} from '../processes.ts';
import type { Ground } from './ground.ts';
import { TECHNICAL_USER } from './rights.ts';
import { logIn, type Address } from './rpc.ts';
import { dropCopy, openCopy, trytonEnvironment, type Description } from './snapshot.ts';

const READY_WITHIN_MS = 120_000;
const PORT_TRIES_MAX = 5;

export interface TrytonOptions {
  ground: Ground;
  /** For log, pid and files; several servers have a directory each. */
  dir: string;
  /** Name of a database that is kept. Default: a new one, dropped at the stop. */
  database?: string;
  /** The port to begin looking for a free one at. Default: any free port. */
  port?: number;
  say?: (line: string) => void;
}

export interface Tryton extends Address, Description {
  logFile: string;
  /** Resolves, with how it ended, should it end unasked. */
  ended: () => Promise<string>;
  /** Starts it again after an end, at the same address and on the same data. */
  restart: () => Promise<void>;
  /** Ends it at once, in the middle of what it does (SIGKILL); `restart` follows. */
  kill: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Copies the snapshot if the database is not there, starts a server and resolves when one can log in. */
export async function startTryton(options: TrytonOptions): Promise<Tryton> {
  const { ground, dir, say } = options;
  mkdirSync(dir, { recursive: true });
  await stopLeftOver(join(dir, 'trytond.pid.json'));
  const database = options.database ?? `${ground.snapshot}_${randomBytes(6).toString('hex')}`;
  const description = await openCopy(ground.serverUrl, ground.snapshot, database);
  const clear = (): Promise<void> =>
    options.database === undefined ? dropCopy(ground.serverUrl, database) : Promise.resolve();
  for (let attempt = 1; ; attempt++) {
    const port = options.port === undefined ? await freePort() : await portFrom(options.port, say);
    try {
      return await startAt(port, { ...options, database, description, clear });
    } catch (error) {
      // A port can be taken between the choice and the start.
      if (attempt < PORT_TRIES_MAX && saysPortIsTaken(String(error))) continue;
      await clear();
      throw error;
    }
  }
}

interface Start extends TrytonOptions {
  database: string;
  description: Description;
  clear: () => Promise<void>;
}

async function startAt(port: number, { ground, dir, database, description, clear }: Start): Promise<Tryton> {
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(dir, 'trytond.log');
  const { series, python, trytond } = ground.tools;
  const logOf = (): string => (existsSync(logFile) ? tailOf(readFileSync(logFile, 'utf8'), 15) : '');
  const start = () =>
    startProgram({
      name: 'trytond',
      command: [python, trytond, '-d', database],
      env: trytonEnvironment(ground.serverUrl, {
        ...ground.tools.environment,
        TRYTOND_WEB__LISTEN: `127.0.0.1:${port}`,
        TRYTOND_DATABASE__PATH: join(dir, 'files'),
      }),
      logFile,
      pidDirectory: dir,
    });
  rmSync(logFile, { force: true });
  let child = start();
  const how = (): string => `${describeEnd(child)}; ${logFile} ends with:\n${logOf()}`;
  const ready = async (): Promise<void> => {
    const password = description.passwords[TECHNICAL_USER] ?? '';
    for (const giveUpAt = Date.now() + READY_WITHIN_MS; ; await delay(200)) {
      if (isOver(child)) throw new Error(`Tryton ${how()}`);
      const isIn = await logIn({ url, database, series }, TECHNICAL_USER, password).then(
        () => !isOver(child),
        () => false,
      );
      if (isIn) return;
      if (Date.now() > giveUpAt) {
        await stopChild(child);
        throw new Error(`Tryton is not ready after two minutes; ${logFile} ends with:\n${logOf()}`);
      }
    }
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (isOver(child)) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  };
  const ended = async (): Promise<string> => {
    if (!isOver(child)) await new Promise((resolve) => child.once('exit', resolve));
    return how();
  };
  const restart = async (): Promise<void> => {
    child = start();
    await ready();
  };
  const stop = async (): Promise<void> => {
    await stopChild(child);
    await clear();
  };
  await ready();
  return { ...description, url, database, series, logFile, ended, restart, kill: () => end('SIGKILL'), stop };
}
