/**
 * All connected systems of one installation by connection id. The only file that knows which vendor an adapter is for;
 * an adapter is made when it is first asked for, so that a missing secret of one system stops only the work that needs
 * it.
 */
import { governedCrm, governedErp, governedPsa } from './governed.ts';
import type { Configuration, Connection } from '../domain/configuration.ts';
import { lookup } from '../domain/lookup.ts';
import { redact } from './http/redact.ts';
import { warnOnStderr, type Warn } from './http/warn.ts';
import { createKantataPsa } from './kantata/adapter.ts';
import type { KantataCredentials } from './kantata/client.ts';
import { createNetsuiteErp } from './netsuite/adapter.ts';
import type { NetsuiteCredentials } from './netsuite/client.ts';
import { type Claims, claimsInProcess } from './ports/claims.ts';
import { AdapterError, type CrmPort, type ErpPort, type PsaPort, type Systems } from './ports/index.ts';
import { createSalesforceCrm } from './salesforce/adapter.ts';
import type { SalesforceCredentials } from './salesforce/client.ts';
import type { TrytonCredentials } from './tryton/client.ts';
import { createTrytonErp } from './tryton/erp.ts';
import { createTrytonPsa, type TrytonPsaCredentials } from './tryton/psa.ts';

interface Ports {
  crm: CrmPort;
  psa: PsaPort;
  erp: ErpPort;
}

/** What adapters need beside their connections. */
export interface SystemsOptions {
  /** Where adapters say that they went on with the careful meaning of something unknown. */
  warn?: Warn;
  /**
   * One caller at a time per key, where a system would make a second record. Processes of one installation share them;
   * absent, no other process is known of.
   */
  claims?: Claims;
}

/**
 * The systems of a configuration; secrets are read from `environment` under the names that the configuration gives. Its
 * methods throw AdapterError: `rejected` for an unknown connection or another capability, `unauthorised` for
 * credentials that are missing or unusable, naming the variable and never its content.
 */
export function createSystems(
  configuration: Configuration,
  environment: Readonly<Record<string, string | undefined>>,
  { warn = warnOnStderr, claims = claimsInProcess() }: SystemsOptions = {},
): Systems {
  const made = new Map<string, Partial<Ports>>();
  function find<C extends keyof Ports>(capability: C, connectionId: string): Ports[C] {
    const connection = lookup(configuration.connections, connectionId);
    if (connection === undefined) throw failure('rejected', `there is no connection ${connectionId}`, connectionId);
    const ports = made.get(connectionId) ?? create(connection, environment, { warn, claims });
    made.set(connectionId, ports);
    const port = ports[capability];
    if (port !== undefined) return port;
    throw failure(
      'rejected',
      `${connectionId} is a ${connection.vendor} connection, not a ${capability}`,
      connectionId,
    );
  }
  return {
    crm: (connectionId) => find('crm', connectionId),
    psa: (connectionId) => find('psa', connectionId),
    erp: (connectionId) => find('erp', connectionId),
  };
}

function create(
  connection: Connection,
  environment: Readonly<Record<string, string | undefined>>,
  { warn, claims }: Required<SystemsOptions>,
): Partial<Ports> {
  const credentials = credentialsOf(connection, environment);
  try {
    switch (connection.vendor) {
      case 'salesforce':
        return { crm: governedCrm(createSalesforceCrm(connection, credentials as SalesforceCredentials)) };
      case 'kantata':
        return { psa: governedPsa(createKantataPsa(connection, credentials as KantataCredentials, warn)) };
      case 'netsuite':
        return { erp: governedErp(createNetsuiteErp(connection, credentials as NetsuiteCredentials, warn)) };
      case 'tryton':
        // The connection's capability decides which port it is.
        if (connection.capability === 'psa') {
          return { psa: governedPsa(createTrytonPsa(connection, credentials as TrytonPsaCredentials, warn, claims)) };
        }
        return { erp: governedErp(createTrytonErp(connection, credentials as TrytonCredentials, warn, claims)) };
    }
  } catch (error) {
    throw unusable(connection, redact(error instanceof Error ? error.message : 'it cannot be used'));
  }
}

/** What each vendor's credentials need at least. */
const REQUIRED: Record<Connection['vendor'], readonly string[]> = {
  salesforce: ['clientId'],
  kantata: ['token'],
  netsuite: ['clientId', 'certificateId', 'privateKey'],
  tryton: ['login', 'password'],
};

function credentialsOf(connection: Connection, environment: Readonly<Record<string, string | undefined>>): unknown {
  const text = environment[connection.credentialsVariable];
  if (text === undefined || text === '') throw unusable(connection, 'it is not set');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unusable(connection, 'it is not JSON');
  }
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const missing = REQUIRED[connection.vendor].filter((name) => typeof fields[name] !== 'string' || fields[name] === '');
  if (missing.length > 0) throw unusable(connection, `it lacks ${missing.join(', ')}`);
  return value;
}

function unusable(connection: Connection, reason: string): AdapterError {
  const { connectionId, credentialsVariable } = connection;
  return failure('unauthorised', `credentials of ${connectionId} in ${credentialsVariable}: ${reason}`, connectionId);
}

function failure(kind: 'rejected' | 'unauthorised', message: string, connectionId: string): AdapterError {
  return new AdapterError(kind, message, { connectionId, operation: 'connect' });
}
