// Once per run of `npm run test:tryton`: Tryton's programs and a PostgreSQL server of this run alone with the snapshot,
// of which every test file takes a copy, and the servers of all other tests, for whole engagements. Where it cannot be
// had, the run fails: nothing is skipped.
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, stopLeftOver } from '../../scripts/processes.ts';
import { removePostgres, type Postgres } from '../../scripts/postgres.ts';
import { prepareGround } from '../../scripts/tryton/ground.ts';
import startOurs from '../support/global-setup.ts';
import stopOurs from '../support/global-teardown.ts';

declare global {
  var trytonServers: { postgres: Postgres; home: string } | undefined;
}

const PREFIX = 'throughline-tryton-test-';
const say = (line: string): void => void process.stderr.write(`${line}\n`);

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function setUp(): Promise<void> {
  await clearLeftOvers();
  await startOurs({ nonFlagArgs: [] });
  // jest takes nothing down that was not set up to the end.
  await startTheirs().catch(async (error: unknown) => {
    await stopOurs();
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
  const { ground, postgres, versions } = await prepareGround({
    dir: home,
    unsafeFast: true,
    say,
    signal: giveUp.signal,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop);
  globalThis.trytonServers = { postgres, home };
  process.env.TEST_TRYTON = JSON.stringify({ ground, home });
  say('');
  say(`REAL TRYTON: trytond ${versions.trytond} on Python ${versions.python}, in ${ground.tools.python}`);
  say(
    `PostgreSQL ${postgres.version} (${postgres.kind}) at ${new URL(postgres.url).host}, copies of ${ground.snapshot}`,
  );
  say('NOT RUN ON TRYTON 6.0: set-up and adapter are made for series 8.2 (docs/tryton.md, Versions)');
}

/** Stops the servers of runs that were killed, and removes their directories. */
async function clearLeftOvers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const home = join(tmpdir(), name);
    const owner = existsSync(join(home, 'owner')) ? Number(readFileSync(join(home, 'owner'), 'utf8')) : undefined;
    if (owner === undefined || isAlive(owner)) continue;
    const notes = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.pid.json'));
    for (const note of notes) await stopLeftOver(join(home, note));
    await removePostgres({ dir: join(home, 'postgres') });
    rmSync(home, { recursive: true, force: true });
  }
}
