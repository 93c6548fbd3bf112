// The data directory of `up`: who holds it, what is secret in it, and run.json, which tells others where everything is.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROLES, type Role } from '../../domain/actor.ts';
import { checkout } from '../checkout.ts';
import { stopLeftOver, takeLock } from '../processes.ts';
import { removePostgres } from '../postgres.ts';
import type { Tryton } from '../tryton/server.ts';
import { sandboxSecrets, type SandboxSecrets } from './sandbox-profile.ts';

const TRYTON_PROFILE = 'profile-tryton';

/**
 * In the data directory, and not of an `up` with simulated systems: its lock, what `npm run tryton` keeps there and the
 * other profile, which may both be running.
 */
const KEPT = ['up.lock', 'tryton', TRYTON_PROFILE];

/** What runs where; written to run.json (mode 0600, because of the tokens) while `up` runs. */
export interface Run {
  api: string;
  apiReference: string;
  /** Absent where an external Temporal server does not tell. */
  temporalUi?: string;
  temporalAddress: string;
  namespace: string;
  databaseUrl: string;
  sandboxUrl: string;
  dataDir: string;
  /** The PSA and ERP of the Tryton profile. */
  tryton?: TrytonOfRun;
  /** A development token per role. */
  tokens: Record<Role, string>;
  /** Process ids by program name. */
  pids: Record<string, number>;
}

/** Where Tryton is, who works in it, and the ids of its companies. */
export type TrytonOfRun = Pick<Tryton, 'url' | 'database' | 'series' | 'companies' | 'passwords'>;

export interface Secrets {
  tokens: Record<Role, string>;
  sandbox: SandboxSecrets;
}

/** What plays the systems around Throughline. */
export type Profile = 'sandbox' | 'tryton';

/** A profile has data of its own: its engagements live in connections that the other one does not have. */
export function profileDirectory(profile: Profile): string {
  return profile === 'sandbox' ? homeDirectory() : join(homeDirectory(), TRYTON_PROFILE);
}

/** THROUGHLINE_HOME, or a git-ignored folder of the checkout. */
export function homeDirectory(): string {
  return resolve(process.env.THROUGHLINE_HOME ?? join(checkout, '.throughline'));
}

/**
 * Takes the data directory for this process and returns how to give it back. A lock left by a crash is taken over.
 * @throws Error when another `up` that is alive holds it
 */
export function takeHome(home: string, say: (line: string) => void): () => void {
  mkdirSync(home, { recursive: true, mode: 0o711 });
  const lock = takeLock(join(home, 'up.lock'));
  if ('holder' in lock) {
    throw new Error(
      `Throughline already runs on ${home} (process ${lock.holder}; see run.json there). Stop it with Ctrl-C in ` +
        'its terminal, or set THROUGHLINE_HOME to another directory for a second one.',
    );
  }
  if (lock.isTakenOver) say('An earlier run did not end properly: taking over its data');
  return lock.release;
}

export function pidDirectory(home: string): string {
  return join(home, 'pids');
}

/** Stops the programs that a killed `up` left running here. */
export async function stopLeftOvers(home: string, profile: Profile): Promise<string[]> {
  const own = [pidDirectory(home), join(home, 'temporal'), ...(profile === 'tryton' ? [join(home, 'tryton')] : [])];
  const folders = own.filter((folder) => existsSync(folder));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const stopped = await Promise.all(files.filter((file) => file.endsWith('.pid.json')).map(stopLeftOver));
  return stopped.filter((name) => name !== undefined);
}

/**
 * Throws away everything of a profile in its data directory but the lock.
 * @throws Error when an external server holds data that is not ours to delete
 */
export async function startOver(home: string, profile: Profile): Promise<void> {
  const external = ['DATABASE_URL', 'TEMPORAL_ADDRESS'].filter((name) => process.env[name]);
  if (external.length > 0) {
    throw new Error(`--fresh deletes only what up itself made: empty what ${external.join(' and ')} names yourself`);
  }
  const kept = profile === 'sandbox' ? KEPT : ['up.lock'];
  await removePostgres({ dir: join(home, 'postgres') });
  if (profile === 'tryton') await removePostgres({ dir: join(home, 'tryton', 'postgres') });
  for (const name of readdirSync(home).filter((entry) => !kept.includes(entry))) {
    rmSync(join(home, name), { recursive: true, force: true });
  }
}

/** Tokens and credentials of this data directory, made at its first use. */
export function secretsOf(home: string): Secrets {
  const file = join(home, 'secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const random = (): string => randomBytes(24).toString('base64url');
  const tokens = Object.fromEntries(ROLES.map((role) => [role, `tl_${random()}`])) as Record<Role, string>;
  const secrets = { tokens, sandbox: sandboxSecrets(random) };
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

export function writeRun(run: Run): void {
  rmSync(join(run.dataDir, 'run.json'), { force: true }); // so that the mode is ours, whatever was there
  writeFileSync(join(run.dataDir, 'run.json'), `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
}

export function removeRun(home: string): void {
  rmSync(join(home, 'run.json'), { force: true });
}
