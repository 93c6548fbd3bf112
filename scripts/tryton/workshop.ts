// Where Tryton is set up: programs that run one after the other, told with their seconds, stopped when the set-up is
// given up, and noted, so that the next run ends what a killed one left behind.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheDirectory } from '../checkout.ts';
import { describeEnd, isOver, startProgram, stopChild, stopLeftOver, tailOf, takeLock } from '../processes.ts';

const TELL_EVERY_MS = 10_000;

export interface Workshop {
  say: (line: string) => void;
  /** Gives the set-up up; what runs is stopped. */
  signal: AbortSignal;
  /** Logs and notes of running programs. */
  dir: string;
}

/**
 * Takes the one place where Tryton is set up on this machine, and waits while somebody else has it; `work` has it
 * alone. What a killed holder left running is stopped first.
 */
export async function inWorkshop<T>(
  { say, signal }: Pick<Workshop, 'say' | 'signal'>,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const parent = join(cacheDirectory(), 'tryton');
  const dir = join(parent, 'set-up');
  mkdirSync(parent, { recursive: true }); // searchable: as root, PostgreSQL runs as another account
  if (!existsSync(dir)) mkdirSync(dir, { mode: 0o700 });
  const release = await turn(join(dir, 'lock'), say, signal);
  try {
    for (const name of readdirSync(dir).filter((entry) => entry.endsWith('.pid.json'))) {
      const group = pidOf(join(dir, name));
      const stopped = await stopLeftOver(join(dir, name));
      if (stopped === undefined) continue;
      endGroup(group);
      say(`  Stopped the ${stopped} of a set-up that was interrupted`);
    }
    return await work({ say, signal, dir });
  } finally {
    release();
  }
}

function pidOf(note: string): number | undefined {
  const [, pid] = /"pid":(\d+)/.exec(readFileSync(note, 'utf8')) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** Ends what a program that is gone had started itself: venv and pip do their work in children. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // none of it is left
  }
}

async function turn(file: string, say: (line: string) => void, signal: AbortSignal): Promise<() => void> {
  for (let isTold = false; ; isTold = true) {
    signal.throwIfAborted();
    const lock = takeLock(file);
    if ('release' in lock) return lock.release;
    if (!isTold) say(`  Process ${lock.holder} is setting Tryton up: waiting for it`);
    await delay(500, undefined, { signal });
  }
}

/**
 * Runs a program of the set-up to its end, with a line about it every 10 seconds.
 * @throws Error with the end of its log when it fails, or the signal's reason
 */
export async function runProgram(
  { say, signal, dir }: Workshop,
  title: string,
  program: { name: string; command: readonly string[]; env: NodeJS.ProcessEnv },
): Promise<void> {
  signal.throwIfAborted();
  const began = Date.now();
  const seconds = (): string => ((Date.now() - began) / 1000).toFixed(1);
  say(`  ${title} ...`);
  const logFile = join(dir, `${program.name}.log`);
  rmSync(logFile, { force: true });
  const child = startProgram({ ...program, logFile, pidDirectory: dir });
  const stop = (): void => void stopChild(child);
  signal.addEventListener('abort', stop, { once: true });
  const telling = setInterval(() => say(`  ${title}, ${Math.round((Date.now() - began) / 1000)} s`), TELL_EVERY_MS);
  try {
    if (!isOver(child)) await new Promise<void>((resolve) => void child.once('close', () => resolve()));
  } finally {
    clearInterval(telling);
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) endGroup(child.pid);
  signal.throwIfAborted();
  if (child.exitCode !== 0) {
    const log = existsSync(logFile) ? tailOf(readFileSync(logFile, 'utf8'), 15) : '';
    throw new Error(`${title}: ${program.command[0]} ${describeEnd(child)}; ${logFile} ends with:\n${log}`);
  }
  say(`  ${title} (${seconds()} s)`);
}
