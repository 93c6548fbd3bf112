// First step of `up`, `test` and `check`: makes a fresh clone runnable. Needs nothing but Node.js, so it is plain
// JavaScript; checks the Node version, installs the packages of the lock file and builds, each only when it is due.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => process.stderr.write(`${line}\n`);

/** Resolves when packages are installed and, unless `build` is false, dist is up to date; exits with 1 otherwise. */
export async function bootstrap({ build = true } = {}) {
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  const problem = nodeProblem(process.versions.node, manifest.engines.node);
  if (problem) fail(problem);
  // Without packages there is nothing to run, and two installations at once would break each other.
  const key = createHash('sha256').update(checkout).digest('hex').slice(0, 12);
  await alone(join(tmpdir(), `throughline-bootstrap-${key}`), async () => {
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
  await step('Installing packages (npm ci)', ...npm('ci', '--include=dev', '--no-fund', '--no-audit'));
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
  await step('Building (tsc)', process.execPath, join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.');
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

/** Runs a command with one line of progress; its output is shown only when it fails. */
function step(title, file, ...args) {
  const began = Date.now();
  process.stderr.write(`${title} ... `);
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const settle = (problem) => {
      say(problem === undefined ? `${((Date.now() - began) / 1000).toFixed(1)} s` : `failed\n${output.trim()}`);
      if (problem === undefined) resolve();
      else fail(`${title}: ${problem}`);
    };
    child.once('error', (error) => settle(error.message));
    child.once('close', (code) => settle(code === 0 ? undefined : `${file} ended with ${code}`));
  });
}

/** Runs `work` while holding a lock directory; waits for another holder, and takes the lock of a dead one. */
async function alone(lock, work) {
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
      else if (waited === 0) say('Another command is installing or building here: waiting for it');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  writeFileSync(join(lock, 'pid'), String(process.pid));
  await work();
  process.removeListener('exit', release);
  release();
}

function isAbandoned(lock) {
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

function fail(message) {
  say(message);
  process.exit(1);
}
