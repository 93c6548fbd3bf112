// Tryton as a part of `up`: its programs, a PostgreSQL server of its own from the same binaries, and the server, over a
// database that is kept. `npm run tryton` keeps another one; neither needs the other.
import { join } from 'node:path';
import type { Postgres } from '../postgres.ts';
import { prepareGround } from '../tryton/ground.ts';
import { findPython } from '../tryton/python.ts';
import { startTryton, type Tryton } from '../tryton/server.ts';

const DATABASE = 'throughline_up_tryton';
const PREFERRED_PORT = 3600;

/** @throws Error with the remedies when there is no Python for Tryton: before anything is started */
export async function requirePython(): Promise<void> {
  await findPython();
}

/** Prepares and starts it; `started` is told of each part at once, so that it is stopped whatever happens next. */
export async function startTrytonOfUp(options: {
  home: string;
  say: (line: string) => void;
  signal: AbortSignal;
  started: { postgres: (postgres: Postgres) => Promise<void>; tryton: (tryton: Tryton) => Promise<void> };
}): Promise<{ tryton: Tryton; version: string }> {
  const { home, say, signal, started } = options;
  const dir = join(home, 'tryton');
  const { ground, postgres, versions } = await prepareGround({ series: '8.2', dir, say, signal });
  await started.postgres(postgres);
  signal.throwIfAborted();
  const tryton = await startTryton({ ground, dir, database: DATABASE, port: PREFERRED_PORT, say });
  await started.tryton(tryton);
  return { tryton, version: versions.trytond };
}
