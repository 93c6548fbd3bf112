// Stops the PostgreSQL servers of this run and removes their data. Each test file has stopped its own Tryton, and with
// it dropped its database; the snapshots stay, in the cache or on a given server.
import { rmSync } from 'node:fs';
import stopOurs from '../support/global-teardown.ts';

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function tearDown(): Promise<void> {
  await stopOurs();
  if (!globalThis.trytonServers) return;
  const { postgres, home } = globalThis.trytonServers;
  for (const server of postgres) await server.stop();
  rmSync(home, { recursive: true, force: true });
}
