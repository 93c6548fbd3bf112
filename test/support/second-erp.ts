/**
 * A second account of the simulated ERP beside a test's world, as connection `ns-two`: another sandbox with the same
 * keys and its own books, in which the same ids mean other records. Legal entities are given to it as a test needs.
 */
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import type { ErpChange } from '../../domain/configuration.ts';
import { sandboxClient } from '../../scripts/demo/clients.ts';
import { BASE_MONTH, type World } from './world.ts';

/** The second ERP: its books, and who is served by it. Close it. */
export async function secondErp(world: World) {
  const server = await startSandbox({ credentials: world.sandboxCredentials, baseMonth: BASE_MONTH });
  const main = world.configuration.connections['ns-main'];
  if (!main) throw new Error('the world has no ERP');
  const baseUrl = `${server.url}/netsuite`;
  world.configuration.connections['ns-two'] = { ...main, connectionId: 'ns-two', baseUrl, recordUrls: {} };
  const entityOf = (legalEntityId: string) => {
    const entity = world.configuration.legalEntities[legalEntityId];
    if (!entity) throw new Error(`there is no legal entity ${legalEntityId}`);
    return entity;
  };
  return {
    sandbox: sandboxClient(server.url),
    close: () => server.close(),
    /** The entity has been in the second ERP from the beginning. */
    serves: (legalEntityId: string) => {
      entityOf(legalEntityId).erpConnectionId = 'ns-two';
    },
    /** The entity moves to the second ERP. */
    takesOver: (legalEntityId: string, from: string, own: Partial<ErpChange> = {}) => {
      const { erpEntityRef } = entityOf(legalEntityId);
      entityOf(legalEntityId).erpChanges = [{ from, erpConnectionId: 'ns-two', erpEntityRef, ...own }];
    },
  };
}

/** As `secondErp` makes it. */
export type SecondErp = Awaited<ReturnType<typeof secondErp>>;
