// A Tryton for one test file: a server of its own over a copy of the snapshot, of the series that the file is run on.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Ground } from '../../scripts/tryton/ground.ts';
import { startTryton, type Tryton } from '../../scripts/tryton/server.ts';
import type { Series } from '../../scripts/tryton/tools.ts';

declare global {
  /** Of jest.tryton.config.js: every file is run on each series. */
  var trytonSeries: Series | undefined;
}

/** What the global set-up hands to the files. */
export interface TrytonsOfRun {
  grounds: Partial<Record<Series, Ground>>;
  home: string;
}

/** The series that this file is run on. */
export function seriesOfRun(): Series {
  return globalThis.trytonSeries ?? '8.2';
}

/** Starts it; the file stops it again, which drops the copy. */
export async function freshTryton(): Promise<Tryton> {
  if (!process.env.TEST_TRYTON) throw new Error('no Tryton: this test is run by npm run test:tryton');
  const { grounds, home } = JSON.parse(process.env.TEST_TRYTON) as TrytonsOfRun;
  const series = seriesOfRun();
  const ground = grounds[series];
  if (!ground) throw new Error(`no Tryton ${series} was set up`);
  return startTryton({ ground, dir: join(home, `tryton-${randomBytes(4).toString('hex')}`) });
}
