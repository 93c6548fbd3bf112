/**
 * The connection to the books and their schema. Entities and migrations are listed as classes, the schema is never
 * synchronised from code, and a database that a newer release migrated is refused rather than written to (decisions.md
 * 23).
 */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { DomainError } from '../domain/errors.ts';
import { Books1795219200000 } from './migrations/1795219200000-books.ts';
import { BilledInParts1795305600000 } from './migrations/1795305600000-billed-in-parts.ts';
import { DealReadings1795309200000 } from './migrations/1795309200000-deal-readings.ts';
import { CustomerUses1795392000000 } from './migrations/1795392000000-customer-uses.ts';
import { ReleasedJournals1795480260000 } from './migrations/1795480260000-released-journals.ts';
import { ProjectsLookedForAgain1795480320000 } from './migrations/1795480320000-projects-looked-for-again.ts';
import { WorkDecisions1795500000000 } from './migrations/1795500000000-work-decisions.ts';
import { StatusReports1795600000000 } from './migrations/1795600000000-status-reports.ts';
import { ErpOfJournals1795700000000 } from './migrations/1795700000000-erp-of-journals.ts';
import { InvoicesInTheErp1795800000000 } from './migrations/1795800000000-invoices-in-the-erp.ts';
import { CreateClaims1795900000000 } from './migrations/1795900000000-create-claims.ts';
import { ApiTokenRow } from './rows/api-token.row.ts';
import { ConnectionCursorRow } from './rows/connection-cursor.row.ts';
import { ContractVersionRow } from './rows/contract-version.row.ts';
import { EngagementDealRow } from './rows/engagement-deal.row.ts';
import { EngagementRow } from './rows/engagement.row.ts';
import { withSessionLock, wireTypes } from './sql.ts';

const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How long the database may take before a program of ours gets an error instead, milliseconds. They are
 * shorter than what books by local activities and requests of the API wait, so that the reason is told and not just
 * that time was up; publishing gives up earlier and is taken up again.
 */
export interface DatabaseLimits {
  statementMs: number;
  /** Waiting for a row, a table or an advisory lock that somebody else holds. */
  lockMs: number;
  /** A transaction in which nothing happens: it would hold its locks for ever. */
  idleInTransactionMs: number;
}

const LIMITS: DatabaseLimits = { statementMs: 15_000, lockMs: 5_000, idleInTransactionMs: 30_000 };
/** The server tells first; this is for a server that does not answer at all. */
const ANSWER_GRACE_MS = 5_000;

/**
 * A data source that is not connected yet; call `initialize()`, or `migrate` which does. A migration has no limits: it
 * may rewrite a table, and waits for its turn.
 */
export function createDataSource(url: string, limits?: DatabaseLimits): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    synchronize: false,
    entities: [ApiTokenRow, ConnectionCursorRow, ContractVersionRow, EngagementDealRow, EngagementRow],
    migrations: [
      Books1795219200000,
      BilledInParts1795305600000,
      DealReadings1795309200000,
      CustomerUses1795392000000,
      ReleasedJournals1795480260000,
      ProjectsLookedForAgain1795480320000,
      WorkDecisions1795500000000,
      StatusReports1795600000000,
      ErpOfJournals1795700000000,
      InvoicesInTheErp1795800000000,
      CreateClaims1795900000000,
    ],
    migrationsTransactionMode: 'each',
    poolSize: CONNECTIONS_MAX,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: 'throughline',
    extra: { types: wireTypes, ...(limits && settingsOf(limits)) },
  });
}

/** The names of the driver and of PostgreSQL. */
function settingsOf({ statementMs, lockMs, idleInTransactionMs }: DatabaseLimits): Record<string, number> {
  return {
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    query_timeout: statementMs + ANSWER_GRACE_MS,
  };
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
 * A connected data source for a program that does not migrate: with limits, so that a statement that hangs is an error.
 * @throws SCHEMA_NEWER when a newer release has already migrated this database
 */
export async function connectDataSource(url: string, limits = LIMITS): Promise<DataSource> {
  const dataSource = await createDataSource(url, limits).initialize();
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
