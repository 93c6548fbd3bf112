// The configuration of the sandbox profile: three simulated systems at one address and five legal entities of a firm
// that does not exist. `up` writes it to the data directory, tests use it as it is. Credentials are generated per data
// directory.
import { generateKeyPairSync } from 'node:crypto';
import {
  type AccountRole,
  type Configuration,
  type Connection,
  DEFAULT_POLICY,
  type LegalEntity,
} from '../../domain/configuration.ts';

/** The CRM connection of the sandbox profile, to which the sandbox addresses its notices. */
export const SANDBOX_CRM = 'sf-emea';

/** What the sandbox accepts and what our adapters send, as the two sides' environment variables. */
export interface SandboxSecrets {
  /** For the sandbox: SANDBOX_CREDENTIALS and SANDBOX_NOTICE_SECRET. */
  sandbox: Record<string, string>;
  /** For API and worker: the variables that the configuration names. */
  application: Record<string, string>;
}

/** New secrets for one installation of the sandbox profile; `random` makes an unguessable text. */
export function sandboxSecrets(random: () => string): SandboxSecrets {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const [salesforceId, kantataToken, netsuiteId, certificateId, notice] = [
    random(),
    random(),
    random(),
    random(),
    random(),
  ];
  const username = 'integration@throughline.example';
  return {
    sandbox: {
      SANDBOX_CREDENTIALS: JSON.stringify({
        salesforce: { clientId: salesforceId, username, publicKey },
        kantata: { token: kantataToken },
        netsuite: { clientId: netsuiteId, certificateId, publicKey },
      }),
      SANDBOX_NOTICE_SECRET: notice,
    },
    application: {
      THROUGHLINE_SF_EMEA: JSON.stringify({ clientId: salesforceId, username, privateKey }),
      THROUGHLINE_SF_EMEA_NOTICE: notice,
      THROUGHLINE_KT_MAIN: JSON.stringify({ token: kantataToken }),
      THROUGHLINE_NS_MAIN: JSON.stringify({ clientId: netsuiteId, certificateId, privateKey }),
    },
  };
}

/** The month after an instant's: the sandbox's deals begin then, because engagements move forward in time only. */
export function sandboxBaseMonth(now: Date): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 7);
}

const ACCOUNT_NUMBERS: Readonly<Record<AccountRole, string>> = {
  cash: '1000',
  receivable: '1100',
  'unbilled-receivable': '1150',
  'contract-asset': '1160',
  'tax-payable': '2200',
  'contract-liability': '2300',
  'payroll-clearing': '2400',
  revenue: '4000',
  'project-cost': '5000',
  // Where the simulated ERP has no account of its own for a role, the nearest one stands for it.
  'refund-liability': '2300',
  'accrued-revenue': '4000',
  'invoiced-revenue': '4000',
  'contra-revenue': '4000',
  payable: '2400',
  'cost-of-revenue': '5000',
  'loss-provision': '2300',
  'exchange-gain': '7000',
  'exchange-loss': '7000',
  'erp-transfer': '1990',
};

type EntitySeed = Pick<LegalEntity, 'legalEntityId' | 'name' | 'countryCode' | 'functionalCurrency' | 'timeZone'> & {
  subsidiary: string;
  taxProfiles: LegalEntity['taxProfiles'];
  /** As the entity's ERP rounds; absent: half away from zero, tax on the sum of each rate. */
  rounding?: LegalEntity['rounding'];
};

const exempt = { ratePercent: '0', reverseCharge: false };
const ENTITIES: readonly EntitySeed[] = [
  {
    legalEntityId: 'TL-UK',
    name: 'Throughline Advisory Ltd',
    countryCode: 'GB',
    functionalCurrency: 'GBP',
    timeZone: 'Europe/London',
    subsidiary: '1',
    taxProfiles: {
      'GB-STD': { ratePercent: '20', code: 'GB-STD', reverseCharge: false },
      'EU-RC': { ratePercent: '0', code: 'EU-RC', reverseCharge: true },
    },
  },
  {
    legalEntityId: 'TL-DE',
    name: 'Throughline Beratung GmbH',
    countryCode: 'DE',
    functionalCurrency: 'EUR',
    timeZone: 'Europe/Berlin',
    subsidiary: '2',
    taxProfiles: {
      'DE-STD': { ratePercent: '19', code: 'DE-STD', reverseCharge: false },
      'EU-RC': { ratePercent: '0', code: 'EU-RC', reverseCharge: true },
    },
  },
  {
    legalEntityId: 'TL-JP',
    name: 'Throughline KK',
    countryCode: 'JP',
    functionalCurrency: 'JPY',
    timeZone: 'Asia/Tokyo',
    subsidiary: '3',
    taxProfiles: { 'JP-STD': { ratePercent: '10', code: 'JP-STD', reverseCharge: false } },
    rounding: { mode: 'half-away-from-zero', tax: 'per-line', taxMode: 'down' },
  },
  {
    legalEntityId: 'TL-KW',
    name: 'Throughline Kuwait WLL',
    countryCode: 'KW',
    functionalCurrency: 'KWD',
    timeZone: 'Asia/Kuwait',
    subsidiary: '4',
    taxProfiles: { 'KW-NONE': { ...exempt, code: 'KW-NONE' } },
  },
  {
    legalEntityId: 'TL-US',
    name: 'Throughline Inc',
    countryCode: 'US',
    functionalCurrency: 'USD',
    timeZone: 'America/New_York',
    subsidiary: '5',
    taxProfiles: { 'US-EXEMPT': { ...exempt, code: 'US-EXEMPT' } },
  },
];

function legalEntity(seed: EntitySeed): LegalEntity {
  const { subsidiary, rounding = { mode: 'half-away-from-zero', tax: 'per-rate' }, ...rest } = seed;
  return {
    ...rest,
    rounding,
    psaConnectionId: 'kt-main',
    erpConnectionId: 'ns-main',
    erpEntityRef: subsidiary,
    accounts: ACCOUNT_NUMBERS,
    holidays: [],
  };
}

/**
 * The configuration against a sandbox at an address; `recordsUrl` is where people see it, if that is another one. Tests
 * pass a policy with shorter waits.
 */
export function sandboxConfiguration({
  sandboxUrl,
  recordsUrl = sandboxUrl,
  policy = {},
  pollEverySeconds = 5,
  timeoutMs = 5_000,
}: {
  sandboxUrl: string;
  recordsUrl?: string;
  policy?: Partial<Configuration['policy']>;
  pollEverySeconds?: number;
  timeoutMs?: number;
}): Configuration {
  const shared = { timeoutMs, pollEverySeconds };
  const record = (system: string, type: string): string =>
    `${recordsUrl}/_sandbox/objects?system=${system}&type=${type}&id={id}`;
  const connections: Connection[] = [
    {
      ...shared,
      connectionId: SANDBOX_CRM,
      capability: 'crm',
      vendor: 'salesforce',
      baseUrl: `${sandboxUrl}/salesforce`,
      credentialsVariable: 'THROUGHLINE_SF_EMEA',
      noticeSecretVariable: 'THROUGHLINE_SF_EMEA_NOTICE',
      recordUrls: { deal: record('salesforce', 'Opportunity') },
    },
    {
      ...shared,
      connectionId: 'kt-main',
      capability: 'psa',
      vendor: 'kantata',
      baseUrl: `${sandboxUrl}/kantata`,
      credentialsVariable: 'THROUGHLINE_KT_MAIN',
      recordUrls: { project: record('kantata', 'workspaces') },
    },
    {
      ...shared,
      connectionId: 'ns-main',
      capability: 'erp',
      vendor: 'netsuite',
      baseUrl: `${sandboxUrl}/netsuite`,
      credentialsVariable: 'THROUGHLINE_NS_MAIN',
      recordUrls: {
        customer: record('netsuite', 'customer'),
        contract: record('netsuite', 'salesOrder'),
        invoice: record('netsuite', 'invoice'),
      },
    },
  ];
  const templates: [string, string][] = [
    ['TM-STANDARD', '201'],
    ['FIXED-STANDARD', '202'],
    ['RETAINER-STANDARD', '203'],
  ];
  return {
    connections: Object.fromEntries(connections.map((connection) => [connection.connectionId, connection])),
    legalEntities: Object.fromEntries(ENTITIES.map((seed) => [seed.legalEntityId, legalEntity(seed)])),
    deliveryTemplates: Object.fromEntries(
      templates.map(([templateId, psaTemplateRef]) => [templateId, { templateId, psaTemplateRef }]),
    ),
    contractTemplates: ['MSA-2025'],
    serviceLines: ['Advisory', 'Implementation', 'Managed Services'],
    policy: { ...DEFAULT_POLICY, ...policy },
  };
}
