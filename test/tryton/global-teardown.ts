// Stops the PostgreSQL server of this run and removes its data. Each test file has stopped its own Tryton, and with it
// dropped its database; the snapshot stays, in the cache or on a given server.
import { rmSync } from 'node:fs';
import stopOurs from '../support/global-teardown.ts';

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function tearDown(): Promise<void> {
  await stopOurs();
  if (!globalThis.trytonServers) return;
  const { postgres, home } = globalThis.trytonServers;
  await postgres.stop();
  rmSync(home, { recursive: true, force: true });
}
