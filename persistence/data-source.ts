/**
 * The connection to the books and their schema. Entities and migrations are listed as classes, the schema is never
 * synchronised from code, and a database that a newer release migrated is refused rather than written to (decisions.md
 * 23).
 */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { DomainError } from '../domain/errors.ts';
import { Books1795219200000 } from './migrations/1795219200000-books.ts';
import { DealReadings1795309200000 } from './migrations/1795309200000-deal-readings.ts';
import { ApiTokenRow } from './rows/api-token.row.ts';
import { ConnectionCursorRow } from './rows/connection-cursor.row.ts';
import { ContractVersionRow } from './rows/contract-version.row.ts';
import { EngagementDealRow } from './rows/engagement-deal.row.ts';
import { EngagementRow } from './rows/engagement.row.ts';
import { withSessionLock, wireTypes } from './sql.ts';

const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/** A data source that is not connected yet; call `initialize()`, or `migrate` which does. */
export function createDataSource(url: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    synchronize: false,
    entities: [ApiTokenRow, ConnectionCursorRow, ContractVersionRow, EngagementDealRow, EngagementRow],
    migrations: [Books1795219200000, DealReadings1795309200000],
    migrationsTransactionMode: 'each',
    poolSize: CONNECTIONS_MAX,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: 'throughline',
    extra: { types: wireTypes },
  });
}

/** @throws SCHEMA_NEWER */
async function refuseNewer(dataSource: DataSource): Promise<void> {
  const [found] = await dataSource.query<{ known: string | null }[]>(`SELECT to_regclass('migrations') AS known`);
  if (!found?.known) return;
  const [newest] = await dataSource.query<{ name: string }[]>(
    'SELECT name FROM migrations ORDER BY timestamp DESC LIMIT 1',
  );
  if (!newest || dataSource.migrations.some((migration) => migration.name === newest.name)) return;
  const message = `a newer release migrated the database (${newest.name}): run that release or restore a backup`;
  throw new DomainError('SCHEMA_NEWER', message, { newest: newest.name });
}

/**
 * A connected data source for a program that does not migrate.
 * @throws SCHEMA_NEWER when a newer release has already migrated this database
 */
export async function connectDataSource(url: string): Promise<DataSource> {
  const dataSource = await createDataSource(url).initialize();
  try {
    await refuseNewer(dataSource);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

/**
 * Brings the schema up to date; harmless when it is. Two processes at once take turns.
 * @throws SCHEMA_NEWER when a newer release has already migrated this database
 */
export async function migrate(dataSource: DataSource): Promise<void> {
  if (!dataSource.isInitialized) await dataSource.initialize();
  await withSessionLock(dataSource, 'throughline:migrate', async () => {
    await refuseNewer(dataSource);
    await dataSource.runMigrations();
  });
}
