// Once per test run: a Temporal server in memory that can skip time, and a PostgreSQL server with a migrated template
// database, both of this run alone, so that tests run beside `up` and beside each other. Given servers
// (TEMPORAL_ADDRESS, DATABASE_URL) are used instead. A run of unit tests alone needs neither and starts neither.
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createDataSource, migrate } from '../../persistence/data-source.ts';
import { isAlive, stopLeftOver } from '../../scripts/processes.ts';
import { startPostgres, removePostgres, type Postgres } from '../../scripts/postgres.ts';
import { startTemporal, type Temporal } from '../../scripts/temporal-server.ts';

declare global {
  var testServers: { temporal: Temporal; postgres: Postgres; home: string } | undefined;
}

const PREFIX = 'throughline-test-';
const say = (line: string): void => void process.stderr.write(`${line}\n`);

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function setUp({ nonFlagArgs }: { nonFlagArgs: string[] }): Promise<void> {
  if (nonFlagArgs.length > 0 && nonFlagArgs.every((path) => path.includes('test/unit/'))) return;
  await clearLeftOvers();
  const home = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(home, 0o711); // as root, PostgreSQL runs as another account
  writeFileSync(join(home, 'owner'), String(process.pid));
  const temporal = await startTemporal({
    dataDir: join(home, 'temporal'),
    namespace: 'throughline-test',
    timeSkipping: true,
    inMemory: true,
    say,
  });
  const postgres = await startPostgres({ dir: join(home, 'postgres'), unsafeFast: true, say });
  globalThis.testServers = { temporal, postgres, home };
  process.env.TEST_TEMPORAL_ADDRESS = temporal.address;
  process.env.TEST_DATABASE_URL = postgres.url;
  process.env.TEST_TEMPLATE_DATABASE = await createTemplate(postgres.url);
  say(`Temporal server ${temporal.version} (${temporal.kind}) at ${temporal.address}`);
  say(`PostgreSQL ${postgres.version} (${postgres.kind}) at ${new URL(postgres.url).host}`);
}

/** A database that freshDatabase() copies; named after this process, because a given server may serve several runs. */
async function createTemplate(serverUrl: string): Promise<string> {
  const name = `throughline_test_${process.pid}`;
  const client = new pg.Client(serverUrl);
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const dataSource = createDataSource(url.href);
  await migrate(dataSource);
  await dataSource.destroy();
  return name;
}

/** Stops the servers of test runs that were killed, and removes their directories. */
async function clearLeftOvers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const home = join(tmpdir(), name);
    const owner = existsSync(join(home, 'owner')) ? Number(readFileSync(join(home, 'owner'), 'utf8')) : undefined;
    if (owner === undefined || isAlive(owner)) continue;
    await stopLeftOver(join(home, 'temporal', 'temporal.pid.json'));
    await removePostgres({ dir: join(home, 'postgres') });
    rmSync(home, { recursive: true, force: true });
  }
}
