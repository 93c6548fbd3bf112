/**
 * The connection to the books and their schema. Entities and migrations are listed as classes, the schema is never
 * synchronised from code, and a database that a newer release migrated is refused rather than written to (decisions.md
 * 23).
 */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { DomainError } from '../domain/errors.ts';
import { Books1795219200000 } from './migrations/1795219200000-books.ts';
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
    migrations: [Books1795219200000],
    migrationsTransactionMode: 'each',
    poolSize: CONNECTIONS_MAX,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: 'throughline',
    extra: { types: wireTypes },
  });
}

async function newestApplied(dataSource: DataSource): Promise<{ name: string; timestamp: number } | undefined> {
  const [found] = await dataSource.query<{ known: string | null }[]>(`SELECT to_regclass('migrations') AS known`);
  if (!found?.known) return undefined;
  const applied = await dataSource.query<{ name: string; timestamp: number }[]>(
    'SELECT name, timestamp FROM migrations ORDER BY timestamp DESC LIMIT 1',
  );
  return applied[0];
}

/**
 * Brings the schema up to date; harmless when it is. Two processes at once take turns.
 * @throws SCHEMA_NEWER when a newer release has already migrated this database
 */
export async function migrate(dataSource: DataSource): Promise<void> {
  if (!dataSource.isInitialized) await dataSource.initialize();
  await withSessionLock(dataSource, 'throughline:migrate', async () => {
    const newest = await newestApplied(dataSource);
    if (newest && !dataSource.migrations.some((migration) => migration.name === newest.name)) {
      const message = `a newer release migrated the database (${newest.name}): run that release or restore a backup`;
      throw new DomainError('SCHEMA_NEWER', message, { newest: newest.name });
    }
    await dataSource.runMigrations();
  });
}
