/** `npm run migrate`: brings the database that DATABASE_URL names up to date, and says so. */
import { createDataSource, migrate } from './data-source.ts';

const url = process.env.DATABASE_URL;
if (!url) {
  console.error(
    'DATABASE_URL is not set: it names the PostgreSQL database, e.g. postgres://user@host:5432/throughline',
  );
  process.exit(1);
}
const dataSource = createDataSource(url);
try {
  await migrate(dataSource);
  console.log(`The schema is up to date (${String(dataSource.migrations.length)} migrations).`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  if (dataSource.isInitialized) await dataSource.destroy();
}
