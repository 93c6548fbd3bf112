// Keeps the programs of `up` running: starts each and waits until it is ready, starts one that died unasked again
// once, and stops them.
import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startProgram, stopChild, type Program } from '../processes.ts';

const READY_WITHIN_MS = 60_000;
/** A program that lives this long after its restart has earned another one. */
const STABLE_AFTER_MS = 5 * 60_000;

export interface Service extends Program {
  /** Whether it is ready; `output` is what it printed since it was started. */
  isReady: (output: string) => boolean | Promise<boolean>;
  /** Told the process id at every start. */
  onStart?: (pid: number) => void;
}

export interface Supervised {
  /** Resolves, with the reason, when the program died and was not started again. */
  failed: Promise<string>;
  stop: () => Promise<void>;
}

/**
 * Starts a service and resolves when it is ready.
 * @throws Error with the end of its log when it dies first or is not ready within a minute
 */
export async function supervise(service: Service, say: (line: string) => void): Promise<Supervised> {
  rmSync(service.logFile, { force: true });
  const start = (): ChildProcess => {
    const begun = startProgram(service);
    if (begun.pid !== undefined) service.onStart?.(begun.pid);
    return begun;
  };
  let child = start();
  let stopping = false;
  let restartedAtMs = -Infinity;
  let giveUp: (reason: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => (giveUp = resolve));
  await ready(service, child, 0).catch(async (error: unknown) => {
    await stopChild(child);
    throw error;
  });
  const watch = (): void => void child.once('exit', (code, signal) => void restart(describeEnd(code, signal)));
  const restart = async (end: string): Promise<void> => {
    if (stopping) return;
    if (Date.now() - restartedAtMs < STABLE_AFTER_MS) {
      giveUp(`${service.name} ${end} again; ${service.logFile} ends with:\n${tailOf(service)}`);
      return;
    }
    say(`${service.name} ${end}: starting it again`);
    restartedAtMs = Date.now();
    const from = sizeOf(service);
    child = start();
    watch();
    await ready(service, child, from).then(
      () => say(`${service.name} is back`),
      () => undefined, // its end is seen by watch()
    );
  };
  watch();
  const stop = (): Promise<void> => {
    stopping = true;
    return stopChild(child, 30_000);
  };
  return { failed, stop };
}

async function ready(service: Service, child: ChildProcess, from: number): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (!(await service.isReady(outputOf(service).slice(from)))) {
    const isOver = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    if (isOver || Date.now() > giveUpAt) {
      const problem = isOver ? describeEnd(child.exitCode, child.signalCode) : 'is not ready after a minute';
      throw new Error(`${service.name} ${problem}; ${service.logFile} ends with:\n${tailOf(service)}`);
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

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `was ended by ${signal}` : `ended with exit code ${String(code)}`;
}

function outputOf({ logFile }: Service): string {
  return readFileSync(logFile, 'utf8');
}

function sizeOf({ logFile }: Service): number {
  return statSync(logFile).size;
}

function tailOf(service: Service): string {
  return outputOf(service).trimEnd().split('\n').slice(-15).join('\n');
}
