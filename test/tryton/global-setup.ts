// Once per run of `npm run test:tryton`: Tryton's programs and a PostgreSQL server of this run alone with the snapshot,
// of which every test file takes a copy, and the servers of all other tests, for whole engagements. A series that
// TRYTON_SERIES names and that cannot be had fails the run; scripts/test-tryton.mjs names those that can.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, stopLeftOver } from '../../scripts/processes.ts';
import { removePostgres, type Postgres } from '../../scripts/postgres.ts';
import { prepareGround } from '../../scripts/tryton/ground.ts';
import startOurs from '../support/global-setup.ts';
import { SERIES, type Series } from '../../scripts/tryton/tools.ts';
import type { TrytonsOfRun } from './fresh-tryton.ts';
import tearDown from './global-teardown.ts';

declare global {
  var trytonServers: { postgres: Postgres[]; home: string } | undefined;
}

const PREFIX = 'throughline-tryton-test-';
const say = (line: string): void => void process.stderr.write(`${line}\n`);

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function setUp(): Promise<void> {
  await clearLeftOvers();
  await startOurs({ nonFlagArgs: [] });
  // jest takes nothing down that was not set up to the end.
  await startTheirs().catch(async (error: unknown) => {
    await tearDown();
    throw error;
  });
}

async function startTheirs(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(home, 0o711); // as root, PostgreSQL runs as another account
  writeFileSync(join(home, 'owner'), String(process.pid));
  const giveUp = new AbortController();
  const stop = (): void => giveUp.abort(new Error('stopped'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const servers: Postgres[] = [];
  globalThis.trytonServers = { postgres: servers, home };
  const grounds: TrytonsOfRun['grounds'] = {};
  for (const series of (process.env.TRYTON_SERIES ?? '8.2').split(',') as Series[]) {
    const dir = join(home, series);
    mkdirSync(dir, { mode: 0o711 });
    const { ground, postgres, versions } = await prepareGround({
      ...{ series, dir, unsafeFast: true, say, signal: giveUp.signal },
    });
    servers.push(postgres);
    grounds[series] = ground;
    say('');
    say(`REAL TRYTON: trytond ${versions.trytond} on Python ${versions.python}, in ${ground.tools.trytond}`);
    const { host } = new URL(postgres.url);
    say(`PostgreSQL ${postgres.version} (${postgres.kind}) at ${host}, copies of ${ground.snapshot}`);
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop);
  process.env.TEST_TRYTON = JSON.stringify({ grounds, home } satisfies TrytonsOfRun);
}

/** Stops the servers of runs that were killed, and removes their directories. */
async function clearLeftOvers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const home = join(tmpdir(), name);
    const owner = existsSync(join(home, 'owner')) ? Number(readFileSync(join(home, 'owner'), 'utf8')) : undefined;
    if (owner === undefined || isAlive(owner)) continue;
    const notes = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.pid.json'));
    for (const note of notes) await stopLeftOver(join(home, note));
    for (const series of SERIES) await removePostgres({ dir: join(home, series, 'postgres') });
    rmSync(home, { recursive: true, force: true });
  }
}
