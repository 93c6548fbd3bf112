// Finds or gets the program that is a Temporal server, cheapest way first: `temporal` on the PATH, what an earlier run
// left in the cache, the official download, our own dev server built from Go modules. A way that does not work is
// passed over with one line; only when none works does it throw, with the remedies.
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheDirectory, checkout, shortHash } from './checkout.ts';
import { takeLock } from './processes.ts';

const run = promisify(execFile);
/** Time skipping came with server 1.32, which is in CLI 1.9. */
const OLDEST_SERVER = [1, 32] as const;
const PATIENCE_WITH_NETWORK_MS = 5_000;

export interface TemporalBinary {
  kind: 'on the PATH' | 'cached' | 'downloaded' | 'built';
  /** Executable and its first arguments; those of `temporal server start-dev` follow. */
  command: string[];
}

type Say = (line: string) => void;

/**
 * Finds or gets the program; `signal` gives it up, and a build under way ends with it.
 * @throws Error with the remedies when there is none, or the signal's reason
 */
export async function findTemporal(say: Say = () => undefined, signal?: AbortSignal): Promise<TemporalBinary> {
  const failures: string[] = [];
  const giveUp = signal ?? new AbortController().signal;
  for (const way of [onPath, cached, downloaded, built]) {
    try {
      const found = await way(say, giveUp);
      if (found) return found;
    } catch (error) {
      giveUp.throwIfAborted();
      const failure = error instanceof Error ? error.message : String(error);
      failures.push(failure);
      say(failure);
    }
  }
  throw new Error(
    [
      'no Temporal server could be found, downloaded or built:',
      ...failures.map((failure) => `  - ${failure}`),
      'Any one of these helps:',
      '  1. install the Temporal CLI 1.9 or newer (https://docs.temporal.io/cli) so that `temporal` is on the PATH',
      '  2. set TEMPORAL_ADDRESS=host:port to a server 1.32 or newer',
      '  3. install Go (https://go.dev/dl), and a small dev server is built from its modules (about 3 minutes, once)',
    ].join('\n'),
  );
}

async function onPath(): Promise<TemporalBinary | undefined> {
  return (await isFittingCli('temporal', 'the temporal on the PATH'))
    ? { kind: 'on the PATH', command: startDev('temporal') }
    : undefined;
}

async function cached(): Promise<TemporalBinary | undefined> {
  if (existsSync(cachedCli()) && (await isFittingCli(cachedCli(), cachedCli()))) {
    return { kind: 'cached', command: startDev(cachedCli()) };
  }
  return existsSync(ownServer()) ? { kind: 'cached', command: startOwn() } : undefined;
}

async function downloaded(say: Say, signal: AbortSignal): Promise<TemporalBinary | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `https://temporal.download/cli/archive/latest?platform=${platform}&arch=${arch}`;
  say('Temporal: trying the official download');
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE_WITH_NETWORK_MS);
  const response = await fetch(url, { signal: AbortSignal.any([giveUp.signal, signal]) }).catch((error: unknown) => {
    throw new Error(`the official download cannot be reached (${reasonOf(error)})`, { cause: error });
  });
  clearTimeout(timer);
  if (!response.ok || !response.body) throw new Error(`the official download answered ${response.status}`);
  const directory = join(cacheDirectory(), `download-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  try {
    const archive = join(directory, 'temporal.tar.gz');
    const body = Readable.fromWeb(response.body, { signal: AbortSignal.any([AbortSignal.timeout(180_000), signal]) });
    await pipeline(body, createWriteStream(archive));
    await run('tar', ['-xf', archive, '-C', directory]);
    const program = join(directory, programName('temporal'));
    if (!(await isFittingCli(program, 'the downloaded temporal'))) return undefined;
    renameSync(program, cachedCli());
    return { kind: 'downloaded', command: startDev(cachedCli()) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function built(say: Say, signal: AbortSignal): Promise<TemporalBinary> {
  const go = await run('go', ['version']).catch(() => undefined);
  if (!go) throw new Error('Go is not installed, so the dev server cannot be built');
  const target = ownServer();
  mkdirSync(join(target, '..'), { recursive: true });
  const release = await turnToBuild(join(target, '..', 'build.lock'), say, signal);
  try {
    return existsSync(target) ? { kind: 'cached', command: startOwn() } : await buildOnce(target, say, signal);
  } finally {
    release();
  }
}

/** One build at a time: two at once would take twice the memory and no less time. */
async function turnToBuild(file: string, say: Say, signal: AbortSignal): Promise<() => void> {
  for (let isTold = false; ; isTold = true) {
    const lock = takeLock(file);
    if ('release' in lock) return lock.release;
    if (!isTold) say(`Temporal: process ${lock.holder} is building the dev server: waiting for it`);
    await delay(1_000, undefined, { signal });
  }
}

async function buildOnce(target: string, say: Say, signal: AbortSignal): Promise<TemporalBinary> {
  say('Temporal: building the dev server from Go modules: about 3 minutes and 2 GB of memory on 2 cores, once');
  // Built aside and renamed: an interrupted build, or two at once, never leave a broken program in the cache.
  const aside = `${target}.${process.pid}`;
  try {
    await build(aside, say, signal);
    renameSync(aside, target);
  } finally {
    rmSync(aside, { force: true });
  }
  return { kind: 'built', command: startOwn() };
}

function build(output: string, say: Say, signal: AbortSignal): Promise<void> {
  const flags = ['-v', '-mod=readonly', '-trimpath', '-tags', 'disable_grpc_modules', '-ldflags=-s -w'];
  const began = Date.now();
  return new Promise((resolve, reject) => {
    const go = spawn('go', ['build', ...flags, '-o', output, '.'], {
      cwd: sources(),
      env: { ...process.env, CGO_ENABLED: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true, // a group of its own, with its compilers
    });
    const end = (): void => void (go.pid !== undefined && process.kill(-go.pid, 'SIGTERM'));
    signal.addEventListener('abort', end, { once: true });
    const lines: string[] = [];
    const progress = setInterval(() => {
      const seconds = Math.round((Date.now() - began) / 1000);
      say(`Temporal: building, ${seconds} s, ${lines.length} packages, now ${lines.at(-1) ?? 'starting'}`);
    }, 10_000);
    createInterface({ input: go.stderr }).on('line', (line) => lines.push(line));
    const settle = (problem?: string): void => {
      clearInterval(progress);
      signal.removeEventListener('abort', end);
      if (problem === undefined) resolve();
      else reject(new Error(`the dev server could not be built: ${problem}; ${lines.slice(-5).join(' | ')}`));
    };
    go.once('error', (error) => settle(error.message));
    go.once('close', (code) => settle(code === 0 ? undefined : `go build ended with ${code}`));
  });
}

/** Whether this is the Temporal CLI with a new enough server; throws when it is one that is too old. */
async function isFittingCli(program: string, name: string): Promise<boolean> {
  const output = await run(program, ['--version'], { timeout: 10_000 }).catch(() => undefined);
  if (!output) return false;
  const version = /Server (\d+)\.(\d+)/.exec(output.stdout);
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  if (major > OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor >= OLDEST_SERVER[1])) return true;
  throw new Error(`${name} is passed over: server ${OLDEST_SERVER.join('.')} is needed, it is ${output.stdout.trim()}`);
}

function startDev(program: string): string[] {
  return [program, 'server', 'start-dev'];
}

function startOwn(): string[] {
  return [ownServer(), '--stop-with-stdin'];
}

function sources(): string {
  return join(checkout, 'temporal-config', 'devserver');
}

/** The place of our own server, named after what it is built from, so that a change of its sources builds it anew. */
function ownServer(): string {
  const files = readdirSync(sources()).filter(
    (name) => /\.go$|^go\.(mod|sum)$/.test(name) && !name.endsWith('_test.go'),
  );
  const key = shortHash(...files.sort().map((name) => readFileSync(join(sources(), name))));
  return join(cacheDirectory(), `devserver-${key}`, programName('devserver'));
}

function cachedCli(): string {
  return join(cacheDirectory(), programName('temporal'));
}

function programName(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return `no answer within ${PATIENCE_WITH_NETWORK_MS / 1000} s`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
