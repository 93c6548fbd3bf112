// The configuration of the Tryton profile: the sandbox's CRM, and Tryton as PSA and ERP of the legal entities that are
// companies there. A project of Tryton has a company, so each entity has a PSA connection of its own; one ERP
// connection serves them all.
import type { Configuration, Connection, LegalEntity } from '../../domain/configuration.ts';
import { TECHNICAL_USER } from '../tryton/rights.ts';
import { SANDBOX_CRM } from './sandbox-profile.ts';

/** Where a Tryton of ours is, as its description says. */
export interface TrytonOfProfile {
  url: string;
  database: string;
  companies: { legalEntityId: string; companyId: number }[];
  /** By login. */
  passwords: Record<string, string>;
}

/** The ERP connection of the profile. */
export const TRYTON_ERP = 'tr-erp';

/** The PSA connection of a legal entity: `tr-psa-de` for `TL-DE`. */
export function trytonPsa(legalEntityId: string): string {
  return `tr-psa-${legalEntityId.replace(/^TL-/, '').toLowerCase()}`;
}

const variableOf = (connectionId: string): string => `THROUGHLINE_${connectionId.replaceAll('-', '_').toUpperCase()}`;

/** The variables that the connections of the profile name, for API and worker. */
export function trytonSecrets({ database, companies, passwords }: TrytonOfProfile): Record<string, string> {
  const user = { database, login: TECHNICAL_USER, password: passwords[TECHNICAL_USER] };
  return Object.fromEntries([
    [variableOf(TRYTON_ERP), JSON.stringify(user)],
    ...companies.map(({ legalEntityId }) => [
      variableOf(trytonPsa(legalEntityId)),
      // The code of a company's party is the legal entity.
      JSON.stringify({ ...user, company: legalEntityId }),
    ]),
  ]) as Record<string, string>;
}

/**
 * The sandbox profile with Tryton in place of its PSA and ERP; legal entities that are no company there are left out.
 * `url` is where the calls go, if that is not the server itself.
 */
export function trytonConfiguration(
  sandbox: Configuration,
  tryton: TrytonOfProfile,
  { timeoutMs = 30_000, pollEverySeconds = 5, url = tryton.url } = {},
): Configuration {
  const connection = (connectionId: string, capability: 'psa' | 'erp'): Connection => ({
    ...{ connectionId, capability, vendor: 'tryton', baseUrl: url, timeoutMs, pollEverySeconds },
    credentialsVariable: variableOf(connectionId),
  });
  const psa = tryton.companies.map(({ legalEntityId }) => connection(trytonPsa(legalEntityId), 'psa'));
  const crm = sandbox.connections[SANDBOX_CRM];
  const connections = [...(crm ? [crm] : []), ...psa, connection(TRYTON_ERP, 'erp')];
  const entities = tryton.companies.flatMap(({ legalEntityId, companyId }) => {
    const entity = sandbox.legalEntities[legalEntityId];
    return entity ? [inTryton(entity, companyId)] : [];
  });
  return {
    ...sandbox,
    connections: Object.fromEntries(connections.map((each) => [each.connectionId, each])),
    legalEntities: Object.fromEntries(entities.map((entity) => [entity.legalEntityId, entity])),
  };
}

/** Tryton rounds ties of tax half to even; its accounts have the numbers of the sandbox profile. */
function inTryton(entity: LegalEntity, companyId: number): LegalEntity {
  return {
    ...entity,
    psaConnectionId: trytonPsa(entity.legalEntityId),
    erpConnectionId: TRYTON_ERP,
    erpEntityRef: String(companyId),
    rounding: { ...entity.rounding, taxMode: 'half-even' },
  };
}
