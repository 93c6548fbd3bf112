// Tryton 6.0 from the packages of Debian 12, unpacked into the cache instead of installed: no right of root is needed,
// no service begins, and the system's own Python is used and not changed. apt checks the signatures of what it gets.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, shortHash } from '../checkout.ts';
import { MODULES } from './plan.ts';
import { pythonEnvironment } from './python.ts';
import type { Tools } from './tools.ts';
import { runProgram, type Workshop } from './workshop.ts';

const run = promisify(execFile);
/** Debian's own interpreter: its packages are made for it and for no other. */
const PYTHON = '/usr/bin/python3';
const PACKAGES = [
  ...['tryton-server', 'tryton-proteus', 'python3-psycopg2', 'python3-tz'],
  ...MODULES.map((name) => `tryton-modules-${name.replaceAll('_', '-')}`),
];

/**
 * The unpacked packages, got if they are not there.
 * @throws Error with the remedies where the machine has no Debian 12 or its packages cannot be had
 */
export async function prepareDebian(workshop: Workshop): Promise<Tools> {
  const home = join(cacheDirectory(), 'tryton', `debian-${shortHash(...PACKAGES, ...systemOf())}`);
  const stamp = join(home, 'complete');
  if (!existsSync(stamp)) {
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    mkdirSync(home, { recursive: true });
    const packages = await unpack(workshop, home).catch((error: unknown) => {
      workshop.signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${message}\n${WITHOUT_DEBIAN}`, { cause: error });
    });
    writeFileSync(stamp, packages.join('\n'));
  }
  const bin = (name: string): string => join(home, 'usr', 'bin', name);
  return {
    series: '6.0',
    ...{ python: PYTHON, trytond: bin('trytond'), trytondAdmin: bin('trytond-admin') },
    environment: {
      PYTHONPATH: join(home, 'usr', 'lib', 'python3', 'dist-packages'),
      LD_LIBRARY_PATH: librariesIn(home).join(':'),
    },
    packages: readFileSync(stamp, 'utf8'),
  };
}

/** What was unpacked fits one release and one kind of processor. */
function systemOf(): string[] {
  const release = '/etc/debian_version';
  return [process.arch, existsSync(release) ? readFileSync(release, 'utf8') : 'no Debian'];
}

/** `/usr/lib/x86_64-linux-gnu` of the machine's kind, for libraries that the system does not have itself. */
function librariesIn(home: string): string[] {
  const lib = join(home, 'usr', 'lib');
  return readdirSync(lib)
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join(lib, name));
}

/** Gets and unpacks what the system does not have, and returns each as `name=version`. */
async function unpack(workshop: Workshop, home: string): Promise<string[]> {
  if (!existsSync(PYTHON)) throw new Error(`there is no ${PYTHON}: Tryton 6.0 is made for Debian 12 alone`);
  await run('apt-get', ['--version']).catch(() => {
    throw new Error('there is no apt-get: Tryton 6.0 is made for Debian 12 alone');
  });
  const archives = join(home, 'archives');
  mkdirSync(archives);
  // What the system knows of packages may be nothing, or too old to be had: then it is read anew, beside the system's.
  const packages = await download(workshop, archives, []).catch(async () => {
    workshop.signal.throwIfAborted();
    const lists = await ownLists(workshop, home);
    return download(workshop, archives, lists);
  });
  for (const name of readdirSync(archives)) await run('dpkg-deb', ['--extract', join(archives, name), home]);
  rmSync(archives, { recursive: true });
  return packages;
}

async function download(workshop: Workshop, into: string, options: readonly string[]): Promise<string[]> {
  const packages = await missingPackages(options);
  await runProgram(workshop, `${packages.length} packages of Tryton 6.0 from Debian`, {
    name: 'apt-download',
    // apt puts them where it is started.
    command: ['sh', '-c', 'cd "$0" && exec apt-get "$@"', into, ...options, '--quiet', 'download', ...packages],
    env: pythonEnvironment(),
  });
  return packages;
}

/** What an installation would install, which is what the system does not have. @throws Error where it is not 6.0 */
async function missingPackages(options: readonly string[]): Promise<string[]> {
  const simulated = [...options, '--simulate', '--no-install-recommends', 'install', ...PACKAGES];
  const { stdout } = await run('apt-get', simulated, { env: { ...pythonEnvironment(), LC_ALL: 'C' } });
  const packages = [...stdout.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(
    ([, name, version]) => `${name}=${version}`,
  );
  if (packages.some((each) => each.startsWith('tryton-server=6.0.'))) return packages;
  const server = packages.find((each) => each.startsWith('tryton-server=')) ?? 'none, or an installed one';
  throw new Error(`Debian would install Tryton 6.0 here, and this system offers ${server}`);
}

/** Options of apt for lists of our own, just read. */
async function ownLists(workshop: Workshop, home: string): Promise<string[]> {
  const [lists, cache] = [join(home, 'lists'), join(home, 'cache')];
  for (const directory of [lists, cache]) mkdirSync(join(directory, 'partial'), { recursive: true });
  const options = [`Dir::State::Lists=${lists}`, `Dir::Cache=${cache}`].flatMap((each) => ['-o', each]);
  await runProgram(workshop, 'Lists of packages from Debian', {
    name: 'apt-lists',
    command: ['apt-get', ...options, '--quiet', 'update'],
    env: pythonEnvironment(),
  });
  return options;
}

const WITHOUT_DEBIAN = [
  'Tryton 6.0 is unpacked from the packages of Debian 12. Where they cannot be had:',
  '  1. use Debian 12 with apt, and a connection to its archive or a mirror of it',
  '  2. do without: series 8.2 needs none of it',
].join('\n');
