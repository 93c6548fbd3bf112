/**
 * The credentials that the simulated systems accept: given, or generated once per data directory, never built in.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KantataCredentials } from './kantata/kantata.ts';
import type { NetsuiteCredentials } from './netsuite/netsuite.ts';
import type { SalesforceCredentials } from './salesforce/salesforce.ts';

export interface Credentials {
  salesforce: SalesforceCredentials;
  kantata: KantataCredentials;
  netsuite: NetsuiteCredentials;
}

export type GivenCredentials = { [System in keyof Credentials]?: Partial<Credentials[System]> };

/** Given values win over stored ones, stored ones over new ones; what results is stored for the next start. */
export function credentialsFor(given: GivenCredentials, dataDir?: string): Credentials {
  const path = dataDir === undefined ? undefined : join(dataDir, 'credentials.json');
  const stored: GivenCredentials =
    path !== undefined && existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as GivenCredentials) : {};
  const fresh = generated();
  const credentials: Credentials = {
    salesforce: { ...fresh.salesforce, ...stored.salesforce, ...given.salesforce },
    kantata: { ...fresh.kantata, ...stored.kantata, ...given.kantata },
    netsuite: { ...fresh.netsuite, ...stored.netsuite, ...given.netsuite },
  };
  if (path !== undefined) writeFileSync(path, `${JSON.stringify(credentials, undefined, 2)}\n`, { mode: 0o600 });
  return credentials;
}

function generated(): Credentials {
  const secret = (prefix: string) => `${prefix}_${randomBytes(18).toString('base64url')}`;
  return {
    salesforce: {
      clientId: secret('sfid'),
      clientSecret: secret('sfsecret'),
      username: 'integration@throughline.example',
    },
    kantata: { token: secret('kantata') },
    netsuite: { clientId: secret('nsid'), certificateId: secret('nscert') },
  };
}
