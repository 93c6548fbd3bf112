// A migrated database for one test file: a copy of the template that global-setup.ts made, in about 20 ms.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Creates the copy and returns its URL. It goes with the server or, on a given server, at the end of the run. */
export async function freshDatabase(): Promise<string> {
  const { TEST_DATABASE_URL: serverUrl, TEST_TEMPLATE_DATABASE: template } = process.env;
  if (!serverUrl || !template) throw new Error('no database: this test does not belong into test/unit');
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client(serverUrl);
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
