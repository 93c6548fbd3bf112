/**
 * How the books talk to PostgreSQL: types that lose nothing, and one way to run a statement. Dates stay 'YYYY-MM-DD'
 * strings, because the driver's Date would shift them by the host's time zone; a bigint beyond a safe integer is an
 * error, never a rounding.
 */
import pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';

const DATE_OID = 1082;
const INT8_OID = 20;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${text} from the database is beyond a safe integer`);
  return value;
}

/** The `types` option of every connection. */
export const wireTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
    if (format !== 'binary' && oid === DATE_OID) return (text) => text;
    if (format !== 'binary' && oid === INT8_OID) return safeInteger;
    return pg.types.getTypeParser(oid, format) as (value: string) => unknown;
  },
};

/** Runs a statement and returns its rows. `T` is the caller's promise about the columns that the statement names. */
export async function rows<T>(db: EntityManager, statement: string, parameters: readonly unknown[] = []): Promise<T[]> {
  const answer: unknown = await db.query(statement, [...parameters]);
  // TypeORM answers UPDATE and DELETE with [rows, count], everything else with rows.
  const pair =
    Array.isArray(answer) && answer.length === 2 && Array.isArray(answer[0]) && typeof answer[1] === 'number';
  return (pair ? (answer as unknown[])[0] : answer) as T[];
}

/** The first row, or undefined. */
export async function firstRow<T>(
  db: EntityManager,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<T | undefined> {
  return (await rows<T>(db, statement, parameters))[0];
}

/** Holds a lock of this name until the transaction ends, so that two writers of one engagement take turns. */
export async function lockUntilCommit(db: EntityManager, name: string): Promise<void> {
  await db.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
}

/** Runs `work` while this database session alone holds the named lock. */
export async function withSessionLock<T>(dataSource: DataSource, name: string, work: () => Promise<T>): Promise<T> {
  const session = dataSource.createQueryRunner();
  await session.connect();
  try {
    await session.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [name]);
    return await work();
  } finally {
    await session.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => undefined);
    await session.release();
  }
}

/**
 * Runs `work` on a database session that alone holds the named lock; undefined, at once, when another session holds it.
 * Nobody waits for the lock, because those who wait would use up the sessions that the holder's neighbours need.
 */
export async function whileAlone<T>(
  dataSource: DataSource,
  name: string,
  work: (db: EntityManager) => Promise<T>,
): Promise<{ value: T } | undefined> {
  const session = dataSource.createQueryRunner();
  await session.connect();
  try {
    const [lock] = await rows<{ held: boolean }>(
      session.manager,
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held',
      [name],
    );
    if (lock?.held !== true) return undefined;
    try {
      return { value: await work(session.manager) };
    } finally {
      await session.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => undefined);
    }
  } finally {
    await session.release();
  }
}
