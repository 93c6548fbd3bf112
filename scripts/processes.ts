// Child processes, ports and what a crash leaves behind. Every server we start is noted with its pid in a directory,
// so that the next start can find and stop it; a pid is trusted only while its command line is still the noted one.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const LINE_MAX = 300;

/** Whether a process with this id exists (a zombie counts until it is reaped). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a running process, or undefined when there is none or it cannot be read. */
export function commandOf(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-ww', '-p', String(pid), '-o', 'args='], { encoding: 'utf8', stdio: 'pipe' });
    return line.trim().replace(/ <defunct>$/, '') || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes a lock file for this process; one that was left by a process that is gone is taken over.
 * @returns how to give it back and whether it was taken over, or the process id of the holder that lives
 */
export function takeLock(file: string): { release: () => void; isTakenOver: boolean } | { holder: number } {
  const own = { pid: process.pid, command: commandOf(process.pid)?.split(' ') ?? [] };
  for (let attempt = 1; ; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx' });
      return { release: () => rmSync(file, { force: true }), isTakenOver: attempt > 1 };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) throw error;
      const holder = readNote(file);
      if (holder && (commandOf(holder.pid) ?? '') === holder.command.join(' ')) return { holder: holder.pid };
      rmSync(file, { force: true });
    }
  }
}

/** A port of the loopback that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** The preferred port, or, told to `say`, the next one above it that is free; at most 100 are tried. */
export async function portFrom(preferred: number, say: (line: string) => void = () => undefined): Promise<number> {
  for (let port = preferred; port < preferred + 100; port++) {
    if (!(await canListen(port))) continue;
    if (port !== preferred) say(`  Port ${preferred} is taken: using ${port}`);
    return port;
  }
  throw new Error(`no free port between ${preferred} and ${preferred + 99}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Whether a program said that somebody else has its port: libuv and Go tell it in these words. */
export function saysPortIsTaken(text: string): boolean {
  return /EADDRINUSE|address already in use/i.test(text);
}

/** Whether something accepts connections on this port of the loopback. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

export interface Program {
  name: string;
  /** Executable and its arguments. */
  command: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Where its output goes, appended. */
  logFile: string;
  /** Where its pid is noted while it runs. */
  pidDirectory: string;
}

/**
 * Starts a program in a process group of its own, so that Ctrl-C reaches only us and we choose the order of stopping.
 * Standard input stays open as long as we live: a program that watches it ends with us even after kill -9.
 */
export function startProgram(program: Program): ChildProcess {
  const [file = '', ...args] = program.command;
  mkdirSync(dirname(program.logFile), { recursive: true });
  mkdirSync(program.pidDirectory, { recursive: true });
  const log = openSync(program.logFile, 'a');
  const child = spawn(file, args, { env: program.env ?? process.env, stdio: ['pipe', log, log], detached: true });
  child.on('error', () => undefined); // such as ENOENT: seen by the caller as an early exit
  if (child.pid !== undefined) {
    writeFileSync(pidFile(program), JSON.stringify({ pid: child.pid, command: program.command }), { mode: 0o600 });
  }
  child.once('exit', () => rmSync(pidFile(program), { force: true }));
  return child;
}

function pidFile(program: Program): string {
  return join(program.pidDirectory, `${program.name}.pid.json`);
}

/** Asks a child to stop (SIGTERM), insists after `patienceMs` (SIGKILL), and resolves when it is gone. */
export async function stopChild(child: ChildProcess, patienceMs = 10_000): Promise<void> {
  if (isOver(child)) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const insisting = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(insisting);
}

/** Whether a child has ended, or never began. */
export function isOver({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

/** How a child ended, as the rest of a sentence about it. */
export function describeEnd({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ? `was ended by ${signalCode}` : `ended with exit code ${String(exitCode)}`;
}

/** The last lines of a log, each cut to what fits on a screen: some carry a whole stack. */
export function tailOf(log: string, lines = 10): string {
  const shorten = (line: string): string => (line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)} ...` : line);
  return log.trimEnd().split('\n').slice(-lines).map(shorten).join('\n');
}

/** Stops the program noted in a pid file of an earlier run, if it still is that program. Returns its name if it was. */
export async function stopLeftOver(file: string): Promise<string | undefined> {
  const noted = readNote(file);
  rmSync(file, { force: true });
  if (noted === undefined || commandOf(noted.pid) !== noted.command.join(' ')) return undefined;
  process.kill(noted.pid, 'SIGTERM');
  for (let waitedMs = 0; isAlive(noted.pid) && commandOf(noted.pid) !== undefined; waitedMs += 100) {
    if (waitedMs === 10_000) process.kill(noted.pid, 'SIGKILL');
    if (waitedMs > 15_000) throw new Error(`process ${noted.pid} (${noted.command.join(' ')}) does not stop`);
    await delay(100);
  }
  return basename(file, '.pid.json');
}

function readNote(file: string): { pid: number; command: string[] } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { pid: number; command: string[] };
  } catch {
    return undefined; // half written by a crash: nothing to trust in it
  }
}
