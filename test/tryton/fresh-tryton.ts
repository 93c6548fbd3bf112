// A Tryton for one test file: a server of its own over a copy of the snapshot.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Ground } from '../../scripts/tryton/ground.ts';
import { startTryton, type Tryton } from '../../scripts/tryton/server.ts';

/** Starts it; the file stops it again, which drops the copy. */
export async function freshTryton(): Promise<Tryton> {
  if (!process.env.TEST_TRYTON) throw new Error('no Tryton: this test is run by npm run test:tryton');
  const { ground, home } = JSON.parse(process.env.TEST_TRYTON) as { ground: Ground; home: string };
  return startTryton({ ground, dir: join(home, `tryton-${randomBytes(4).toString('hex')}`) });
}
