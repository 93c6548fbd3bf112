// The first step on a fresh clone, before anything is installed: what it decides, and why.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isAlive } from '../../scripts/processes.ts';

interface Bootstrap {
  nodeProblem: (version: string, range: string) => string | undefined;
  isInstalled: (folder: string) => boolean;
}

/** Imported by address, as it is plain JavaScript without types: it must run before TypeScript is there. */
const addressOf = (...path: string[]) => pathToFileURL(join(process.cwd(), 'scripts', ...path)).href;
const address = addressOf('bootstrap.mjs');
const { nodeProblem, isInstalled } = (await import(address)) as Bootstrap;

describe('the version of Node.js', () => {
  test.each(['20.18.9', '18.99.0', '19.20.0'])('%s is refused with what is needed and where to get it', (version) => {
    expect(nodeProblem(version, '>=20.19.0')).toMatch(/20\.19\.0 or newer is needed, this is .*nodejs\.org/);
  });

  test.each(['20.19.0', '20.19.1', '20.20.0', '22.0.0'])('%s is fine', (version) => {
    expect(nodeProblem(version, '>=20.19.0')).toBeUndefined();
  });
});

describe('the installed packages', () => {
  let folder: string;
  const lock = (packages: object) => JSON.stringify({ packages });
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'throughline-bootstrap-test-'));
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package-lock.json'), lock(wanted));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const install = (packages: object) =>
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), lock(packages));

  test('are missing on a fresh clone, and after an installation that was interrupted', () => {
    expect(isInstalled(folder)).toBe(false);
  });

  test('are complete without the optional package of another platform', () => {
    install({ 'node_modules/a': { version: '1.0.0' } });
    expect(isInstalled(folder)).toBe(true);
  });

  test('are out of date when the lock file asks for another version', () => {
    install({ 'node_modules/a': { version: '0.9.0' } });
    expect(isInstalled(folder)).toBe(false);
    install({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } });
    expect(isInstalled(folder)).toBe(false);
  });
});

describe('the command line of up', () => {
  const up = (...args: string[]) => runNode([join(process.cwd(), 'scripts', 'up.mjs'), ...args]);

  test('help is told at once: nothing is installed, built or started for it', async () => {
    const { code, output } = await up('--help');
    expect(code).toBe(0);
    expect(output).toContain('--fresh');
    expect(output).not.toMatch(/Installing|Building/);
  });

  test('a mistyped option ends with 2 before anything is done', async () => {
    const { code, output } = await up('--frsh');
    expect(code).toBe(2);
    expect(output.trim()).toBe('unknown option --frsh; npm run up -- --help lists the options');
  });

  test('options are flags, and playing the demo is what happens without any', async () => {
    const { parseUpArguments } = (await import(addressOf('up', 'arguments.mjs'))) as {
      parseUpArguments: (args: string[]) => object;
    };
    expect(parseUpArguments([])).toEqual({
      ...{ profile: 'sandbox', fresh: false, once: false, demo: true, help: false },
    });
    expect(parseUpArguments(['--fresh', '--profile', 'tryton', '--once', '--no-demo'])).toEqual({
      ...{ profile: 'tryton', fresh: true, once: true, demo: false, help: false },
    });
  });

  test.each([
    [['--profile', 'tryto'], 'unknown profile tryto: sandbox or tryton; npm run up -- --help tells what they are'],
    [['--profile'], '--profile needs a name: sandbox or tryton; npm run up -- --help tells what they are'],
  ])('a profile that is not there is refused with those that are: %s', async (args, message) => {
    const { parseUpArguments } = (await import(addressOf('up', 'arguments.mjs'))) as {
      parseUpArguments: (args: string[]) => object;
    };
    expect(() => parseUpArguments(args)).toThrow(message);
  });
});

describe('an installation that is interrupted', () => {
  let home: string;
  let lock: string;

  /** A checkout of its own with our bootstrap and a stand-in for npm that installs slowly, with a child of its own. */
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'throughline-bootstrap-test-'));
    mkdirSync(join(home, 'scripts'));
    mkdirSync(join(home, 'bin'));
    writeFileSync(join(home, 'package.json'), JSON.stringify({ engines: { node: '>=20.19.0' } }));
    writeFileSync(join(home, 'package-lock.json'), JSON.stringify({ packages: {} }));
    cpSync(join(process.cwd(), 'scripts', 'bootstrap.mjs'), join(home, 'scripts', 'bootstrap.mjs'));
    const npm = '#!/bin/sh\nsleep 300 &\necho $$ $! > npm.pids.new && mv npm.pids.new npm.pids\nwait\n';
    writeFileSync(join(home, 'bin', 'npm'), npm, { mode: 0o755 });
    const key = createHash('sha256').update(home).digest('hex').slice(0, 12);
    lock = join(tmpdir(), `throughline-bootstrap-${key}`);
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
    rmSync(lock, { recursive: true, force: true });
  });

  function start() {
    const module = pathToFileURL(join(home, 'scripts', 'bootstrap.mjs')).href;
    const script = `const { bootstrap } = await import(${JSON.stringify(module)}); await bootstrap({ build: false });`;
    const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${join(home, 'bin')}:${process.env.PATH ?? ''}` };
    delete env.npm_execpath;
    return spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: home, env, stdio: 'ignore' });
  }

  async function installersOf(): Promise<number[]> {
    const file = join(home, 'npm.pids');
    while (!existsSync(file)) await delay(20);
    const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number);
    rmSync(file);
    return pids;
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s leaves neither npm nor a lock behind and ends with %i', async (signal, code) => {
    const bootstrapping = start();
    const installers = await installersOf();
    expect(existsSync(lock)).toBe(true);
    bootstrapping.kill(signal);
    expect(await ended(bootstrapping)).toBe(code);
    expect(installers.filter(isAlive)).toEqual([]);
    expect(existsSync(lock)).toBe(false);
  });

  test('by kill -9 is cleared away by the next start, which begins at once', async () => {
    const killed = start();
    const orphans = await installersOf();
    killed.kill('SIGKILL');
    await ended(killed);
    const began = Date.now();
    const next = start();
    const installers = await installersOf();
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(orphans.filter(isAlive)).toEqual([]);
    next.kill('SIGTERM');
    await ended(next);
    expect(installers.filter(isAlive)).toEqual([]);
  });
});

test('a command of the bootstrap on an old Node.js ends with 1 and says why', async () => {
  const script = `process.versions.node; Object.defineProperty(process.versions, 'node', { value: '18.0.0' });
    const { bootstrap } = await import(${JSON.stringify(address)}); await bootstrap();`;
  const { code, output } = await runNode(['--input-type=module', '-e', script]);
  expect(code).toBe(1);
  expect(output).toContain('this is 18.0.0');
});

function runNode(args: string[]): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, args, (error, out, errors) =>
      resolve({ code: error?.code ?? 0, output: `${out}${errors}` }),
    ),
  );
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}
