/**
 * A worker as a process of its own, to be killed: the parts of apps/worker, without schedules (a test decides when a
 * connection is polled) and without cached workflows (the engine would give a dead worker ten seconds to come back,
 * and every task replays).
 */
import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createConnectionActivities } from '../../activities/connections/index.ts';
import { createActivities } from '../../activities/index.ts';
import { createSystems } from '../../adapters/systems.ts';
import { createDispatcher } from '../../apps/worker/dispatcher.ts';
import { createWorkers } from '../../apps/worker/workers.ts';
import { parseConfiguration } from '../../domain/parse-configuration.ts';
import { createBooks } from '../../persistence/books.ts';
import { createDataSource } from '../../persistence/data-source.ts';
import { dataConverter } from '../../temporal-config/data-converter.ts';

const { DATABASE_URL = '', TEMPORAL_ADDRESS: address = '', TEMPORAL_NAMESPACE: namespace = '' } = process.env;
const { THROUGHLINE_CONFIG = '', WORKFLOW_BUNDLE: codePath = '' } = process.env;

Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
const configuration = parseConfiguration(JSON.parse(readFileSync(THROUGHLINE_CONFIG, 'utf8')));
const books = createBooks(await createDataSource(DATABASE_URL).initialize());
const systems = createSystems(configuration, process.env, { claims: books.claims });
const client = new Client({ connection: await Connection.connect({ address }), namespace, dataConverter });
const dispatcher = createDispatcher(client, configuration, books);
const workers = await createWorkers({
  connection: await NativeConnection.connect({ address }),
  namespace,
  workflows: { workflowBundle: { codePath } },
  activities: createActivities({ systems, books, configuration }),
  connectionActivities: createConnectionActivities({ systems, books, configuration, dispatcher }),
  cachedWorkflowsMax: 0,
});
process.stdout.write('ready\n');
await workers.run();
