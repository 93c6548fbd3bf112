/**
 * The worker process: the composition root of everything that runs engagements. Settings come from the environment; a
 * worker that fails ends the process, so that whoever supervises it starts a new one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import { createConnectionActivities } from '../../activities/connections/index.ts';
import { createSystems } from '../../adapters/systems.ts';
import { parseConfiguration } from '../../domain/parse-configuration.ts';
import { createBooks } from '../../persistence/books.ts';
import { connectDataSource } from '../../persistence/data-source.ts';
import { dataConverter } from '../../temporal-config/data-converter.ts';
import { createDispatcher } from './dispatcher.ts';
import { ensureSchedules } from './schedules.ts';
import { createWorkers } from './workers.ts';

const HELP = `Runs engagements.

  DATABASE_URL         PostgreSQL, migrated
  TEMPORAL_ADDRESS     Temporal server, host:port
  TEMPORAL_NAMESPACE   namespace with our search attributes
  THROUGHLINE_CONFIG   path of the configuration (JSON)
  ...                  the credentials variables that the configuration names
`;

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set; see --help`);
  return value;
}

async function run(): Promise<void> {
  const configuration = parseConfiguration(JSON.parse(readFileSync(required('THROUGHLINE_CONFIG'), 'utf8')));
  const address = required('TEMPORAL_ADDRESS');
  const namespace = required('TEMPORAL_NAMESPACE');
  const codePath = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
  if (!existsSync(codePath)) throw new Error(`${codePath} is missing: npm run build makes it`);

  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('WARN') });
  const dataSource = await connectDataSource(required('DATABASE_URL'));
  const books = createBooks(dataSource);
  const systems = createSystems(configuration, process.env, { claims: books.claims });
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }), namespace, dataConverter });
  const dispatcher = createDispatcher(client, configuration, books);
  const workers = await createWorkers({
    connection,
    namespace,
    workflows: { workflowBundle: { codePath } },
    activities: createActivities({ systems, books, configuration }),
    connectionActivities: createConnectionActivities({ systems, books, configuration, dispatcher }),
  });
  await ensureSchedules(client, configuration);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => workers.shutdown());
  console.log('worker ready');
  await workers.run();
  await client.connection.close();
  await connection.close();
  await dataSource.destroy();
}

if (process.argv.includes('--help')) console.log(HELP);
else {
  run().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      process.exit(1);
    },
  );
}
