// Keeps what `up` started running: servers and programs that end unasked are started again once, and given up with the
// reason when they end again soon.
import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describeEnd, isOver, startProgram, stopChild, tailOf, type Program } from '../processes.ts';

const READY_WITHIN_MS = 60_000;
/** What lives this long after its restart has earned another one. */
const STABLE_AFTER_MS = 5 * 60_000;

/** Something that runs until it is stopped. */
export interface Lasting {
  /** Resolves when it ends, with how it ended: the rest of a sentence about it. */
  ended: () => Promise<string>;
  /** Starts it again where it was; resolves when it is ready. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

export interface Supervised {
  /** Resolves, with the reason, when it ended and was not started again. */
  failed: Promise<string>;
  stop: () => Promise<void>;
}

/** Watches something that runs, and starts it again when it ends unasked. */
export function keepRunning(name: string, lasting: Lasting, say: (line: string) => void): Supervised {
  let isStopping = false;
  const watch = async (): Promise<string> => {
    for (let restartedAtMs = -Infinity; ;) {
      const end = await lasting.ended();
      if (isStopping) return new Promise(() => undefined);
      if (Date.now() - restartedAtMs < STABLE_AFTER_MS)
        return `${name} ${end}\nIt was started again before: giving up.`;
      say(`${name} ${end.split(';')[0] ?? end}: starting it again`);
      restartedAtMs = Date.now();
      try {
        await lasting.restart();
        say(`${name} is back`);
      } catch (error) {
        return `${name} could not be started again: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
  };
  const stop = (): Promise<void> => {
    isStopping = true;
    return lasting.stop();
  };
  return { failed: watch(), stop };
}

export interface Service extends Program {
  /** Whether it is ready; `output` is what it printed since it was started, which proves that it is this one. */
  isReady: (output: string) => boolean | Promise<boolean>;
  /** Told the process id at every start. */
  onStart?: (pid: number) => void;
}

/**
 * Starts a service and keeps it running; resolves when it is ready.
 * @throws Error with the end of its log when it ends first or is not ready within a minute
 */
export async function supervise(service: Service, say: (line: string) => void): Promise<Supervised> {
  rmSync(service.logFile, { force: true });
  let child: ChildProcess;
  const start = async (from: number): Promise<void> => {
    child = startProgram(service);
    if (child.pid !== undefined) service.onStart?.(child.pid);
    try {
      await ready(service, child, from);
    } catch (error) {
      await stopChild(child);
      throw error;
    }
  };
  await start(0);
  const lasting: Lasting = {
    ended: async () => {
      if (!isOver(child)) await new Promise((resolve) => child.once('exit', resolve));
      return endOf(service, child);
    },
    restart: () => start(statSync(service.logFile).size),
    stop: () => stopChild(child, 30_000),
  };
  return keepRunning(service.name, lasting, say);
}

async function ready(service: Service, child: ChildProcess, from: number): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (!(await service.isReady(logOf(service).slice(from)))) {
    if (isOver(child)) throw new Error(`${service.name} ${endOf(service, child)}`);
    if (Date.now() > giveUpAt) {
      throw new Error(`${service.name} is not ready after a minute; ${service.logFile} ends with:\n${tail(service)}`);
    }
    await delay(100);
  }
}

/** Whether an address answers with a success. */
export async function respondsAt(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false; // not listening yet
  }
}

function endOf(service: Service, child: ChildProcess): string {
  return `${describeEnd(child)}; ${service.logFile} ends with:\n${tail(service)}`;
}

function logOf({ logFile }: Service): string {
  return readFileSync(logFile, 'utf8');
}

function tail(service: Service): string {
  return tailOf(logOf(service), 15);
}
