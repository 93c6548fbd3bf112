/**
 * The API process. Settings come from the environment; what is missing is said before anything starts. SIGTERM and
 * SIGINT let requests in flight finish.
 */
import { readFileSync } from 'node:fs';
import { parseConfiguration } from '../../domain/parse-configuration.ts';
import { createApp } from './app.ts';

const DEFAULT_PORT = 3400;

const HELP = `Answers over HTTP: notices, commands, engagements, the board. Reference at /docs.

  PORT                 port to listen on, default ${String(DEFAULT_PORT)}
  HOST                 address to listen on, default 127.0.0.1
  DATABASE_URL         PostgreSQL, migrated
  TEMPORAL_ADDRESS     Temporal server, host:port
  TEMPORAL_NAMESPACE   namespace with our search attributes
  THROUGHLINE_CONFIG   path of the configuration (JSON)
  ...                  the notice secrets that the configuration names
`;

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set; see --help`);
  return value;
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`PORT is "${text}", which is no port`);
}

async function run(): Promise<void> {
  const port = portOf(process.env.PORT ?? String(DEFAULT_PORT));
  const configuration = parseConfiguration(JSON.parse(readFileSync(required('THROUGHLINE_CONFIG'), 'utf8')));
  const app = await createApp({
    databaseUrl: required('DATABASE_URL'),
    temporal: { address: required('TEMPORAL_ADDRESS'), namespace: required('TEMPORAL_NAMESPACE') },
    configuration,
    environment: process.env,
    log: (line) => console.log(JSON.stringify(line)),
  });
  await app.listen(port, process.env.HOST ?? '127.0.0.1');
  console.log(
    JSON.stringify({ at: new Date().toISOString(), level: 'info', event: 'listening', url: await app.getUrl() }),
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void app.close().finally(() => process.exit(0)));
  }
}

if (process.argv.includes('--help')) console.log(HELP);
else {
  run().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
