// First step of `up`, `test` and `check`: makes a fresh clone runnable. Needs nothing but Node.js, so it is plain
// JavaScript; checks the Node version, installs the packages of the lock file and builds, each only when it is due.
// What it starts ends with it: an `npm ci` left behind would empty node_modules under the next start.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => process.stderr.write(`${line}\n`);
const key = createHash('sha256').update(checkout).digest('hex').slice(0, 12);
/** Held while packages are installed or code is built; in it: who holds it, and the process group that works for it. */
const lock = join(tmpdir(), `throughline-bootstrap-${key}`);
const groupFile = join(lock, 'group.json');
const PATIENCE_MS = 5_000;
let isStopping = false;

/** Resolves when packages are installed and, unless `build` is false, dist is up to date; exits with 1 otherwise. */
export async function bootstrap({ build = true } = {}) {
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  const problem = nodeProblem(process.versions.node, manifest.engines.node);
  if (problem) fail(problem);
  // Without packages there is nothing to run, and two installations at once would break each other.
  await alone(async () => {
    if (!isInstalled(checkout)) await install();
    if (build) await buildIfNeeded();
  });
}

/** What is wrong with this Node.js, or undefined. `range` is the `>=a.b.c` of package.json. */
export function nodeProblem(version, range) {
  const [wanted, actual] = [range.replace('>=', ''), version].map((text) => text.split('.').map(Number));
  const difference = wanted.map((part, index) => (actual[index] ?? 0) - part).find((part) => part !== 0) ?? 0;
  if (difference >= 0) return undefined;
  return `Node.js ${range.replace('>=', '')} or newer is needed, this is ${version}. Get the current LTS: https://nodejs.org`;
}

/** Whether node_modules holds what the lock file asks for. npm writes node_modules/.package-lock.json last of all. */
export function isInstalled(folder) {
  const installed = packagesOf(join(folder, 'node_modules', '.package-lock.json'));
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  if (!installed || !wanted) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional, peer }]) =>
      path === '' || installed[path]?.version === version || ((optional || devOptional || peer) && !installed[path]),
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function install() {
  const title = 'Installing packages (npm ci, a minute or two the first time)';
  await step(title, ...npm('ci', '--include=dev', '--no-fund', '--no-audit'));
}

/** The npm that runs us if one does, else the one on the PATH. */
function npm(...args) {
  const running = process.env.npm_execpath;
  return running?.endsWith('npm-cli.js') ? [process.execPath, running, ...args] : ['npm', ...args];
}

async function buildIfNeeded() {
  const stampFile = join(checkout, 'dist', '.built.json');
  const sources = sourceFiles();
  const stamp = createHash('sha256').update(JSON.stringify(sources)).digest('hex');
  const previous = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : { files: [] };
  if (previous.stamp === stamp) return;
  const files = sources.map(([path]) => path);
  for (const gone of previous.files.filter((path) => path.endsWith('.ts') && !files.includes(path))) {
    rmSync(join(checkout, 'dist', gone.replace(/\.ts$/, '.js')), { force: true });
  }
  await step(
    'Building (tsc, up to a minute)',
    process.execPath,
    join('node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    '.',
  );
  await step('Bundling the workflows', process.execPath, join('dist', 'temporal-config', 'bundle.js'));
  writeFileSync(stampFile, JSON.stringify({ stamp, files }));
}

/** Everything that the build reads: path, size and time of change. */
function sourceFiles() {
  const { include } = JSON.parse(readFileSync(join(checkout, 'tsconfig.json'), 'utf8'));
  const files = ['tsconfig.json', 'package-lock.json'];
  for (const folder of include.filter((name) => existsSync(join(checkout, name)))) {
    for (const name of readdirSync(join(checkout, folder), { recursive: true })) {
      if (/\.(ts|json)$/.test(name)) files.push(join(folder, name));
    }
  }
  return files.sort().map((path) => {
    const { size, mtimeMs } = statSync(join(checkout, path));
    return [path, size, mtimeMs];
  });
}

/**
 * Runs a command with one line of progress; its output is shown only when it fails. It leads a process group of its
 * own, so that its children can be ended with it.
 */
function step(title, file, ...args) {
  const began = Date.now();
  process.stderr.write(`${title} ... `);
  const progress = setInterval(() => process.stderr.write('. '), 5_000);
  return new Promise((resolve) => {
    // It begins only when its group is noted: should we be killed in between, it reads the end of its input and ends.
    const command = ['-c', 'read go && exec "$@" < /dev/null', 'sh', file, ...args];
    const child = spawn('/bin/sh', command, { cwd: checkout, stdio: 'pipe', detached: true });
    child.stdin.on('error', () => undefined); // its end is told by `close`
    if (child.pid !== undefined) {
      writeFileSync(groupFile, JSON.stringify({ pid: child.pid, word: wordOf(file, args) }));
      child.stdin.end('go\n');
    }
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const settle = (problem) => {
      clearInterval(progress);
      rmSync(groupFile, { force: true });
      if (isStopping) return;
      say(problem === undefined ? `${((Date.now() - began) / 1000).toFixed(1)} s` : `failed\n${output.trim()}`);
      if (problem === undefined) resolve();
      else fail(`${title}: ${problem}`);
    };
    child.once('error', (error) => settle(error.message));
    child.once('close', (code) => settle(code === 0 ? undefined : `${file} ended with ${code}`));
  });
}

/** A word that the command line keeps: npm renames its process to `npm ci`. */
function wordOf(file, args) {
  return /npm/.test(`${file} ${args[0]}`) ? 'npm' : args[0];
}

/**
 * Runs `work` while holding the lock; waits for another holder, and takes the lock of a dead one after ending what that
 * one left running. A signal ends what works for us, gives the lock back and then ends us.
 */
async function alone(work) {
  await takeLock();
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  const stop = (signal) => {
    if (isStopping) return;
    isStopping = true;
    say('\nStopping ...');
    void endGroup().then(() => process.exit(128 + constants.signals[signal]));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  await work();
  for (const signal of signals) process.removeListener(signal, stop);
  process.removeListener('exit', release);
  release();
}

async function takeLock() {
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned()) {
        await endGroup();
        rmSync(lock, { recursive: true, force: true });
        continue;
      }
      if (waited === 5) say('Another command is installing or building here: waiting for it');
      await pause(200);
    }
  }
}

function isAbandoned() {
  try {
    const pidFile = join(lock, 'pid');
    // The pid is written a moment after the directory is made.
    if (!existsSync(pidFile)) return Date.now() - statSync(lock).mtimeMs > 5_000;
    process.kill(Number(readFileSync(pidFile, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Ends the process group that works under the lock, if it is still the noted one: asked first, then made to. */
async function endGroup() {
  const group = existsSync(groupFile) ? JSON.parse(readFileSync(groupFile, 'utf8') || '{}') : {};
  if (group.pid === undefined || !commandOf(group.pid).includes(group.word)) return;
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    const until = Date.now() + PATIENCE_MS;
    for (let asked = false; Date.now() < until; asked = true) {
      try {
        process.kill(-group.pid, asked ? 0 : signal);
      } catch {
        return; // none of it is left
      }
      await pause(50);
    }
  }
}

function commandOf(pid) {
  try {
    return execFileSync('ps', ['-ww', '-p', String(pid), '-o', 'args='], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return '';
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function fail(message) {
  say(message);
  process.exit(1);
}
