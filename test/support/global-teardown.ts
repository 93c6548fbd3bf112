// Stops the servers of this test run and removes their data; of a given PostgreSQL server only our databases go.
import { rmSync } from 'node:fs';
import pg from 'pg';

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function tearDown(): Promise<void> {
  const servers = globalThis.testServers;
  if (!servers) return;
  const { temporal, postgres, home } = servers;
  if (postgres.kind === 'external') await dropDatabases(postgres.url);
  await Promise.all([temporal.stop(), postgres.stop()]);
  rmSync(home, { recursive: true, force: true });
}

async function dropDatabases(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const ours = `${process.env.TEST_TEMPLATE_DATABASE ?? ''}%`;
  const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datname LIKE $1', [
    ours,
  ]);
  for (const { datname } of rows) await client.query(`DROP DATABASE "${datname}" WITH (FORCE)`);
  await client.end();
}
