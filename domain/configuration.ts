/**
 * What one installation is configured with: its connections, its legal entities and its policies. Read from one JSON
 * file by the API and the worker; secrets are not in it, only the names of the environment variables that hold them.
 */
import type { Role } from './actor.ts';
import type { RoundingMode } from './money/rounding.ts';

/** A vendor that an adapter exists for. */
export type Vendor = 'salesforce' | 'kantata' | 'netsuite';

/** One connected system. Its id (`sf-emea`) keys refs, cursors and limits, and is never a vendor's name. */
export interface Connection {
  connectionId: string;
  capability: 'crm' | 'psa' | 'erp';
  vendor: Vendor;
  baseUrl: string;
  /** Environment variable that holds the connection's credentials as JSON; the adapter knows its shape. */
  credentialsVariable: string;
  /** Environment variable that holds the secret of the connection's signed notices (CRM only). */
  noticeSecretVariable?: string;
  /** How often changes are asked for, seconds (systems without push). */
  pollEverySeconds?: number;
  /** How long one call may take, milliseconds. */
  timeoutMs: number;
  /** Where a person opens a record of the system, `{id}` in place of its id: links on the page of an engagement. */
  recordUrls?: Partial<Record<RecordType, string>>;
}

/** Records of other systems that people want to open. */
export const RECORD_TYPES = ['deal', 'project', 'customer', 'contract', 'invoice'] as const;

/** One of them. */
export type RecordType = (typeof RECORD_TYPES)[number];

/** The address of a record, or null where the connection has no template for it. */
export function recordUrl(connection: Connection | undefined, type: RecordType, id: string): string | null {
  return connection?.recordUrls?.[type]?.replace('{id}', encodeURIComponent(id)) ?? null;
}

/** How a legal entity rounds and taxes, agreed with its ERP (domain.md, Amounts; decisions.md 15). */
export interface RoundingPolicy {
  /** How prices, part months and revenue become amounts. */
  mode: 'half-away-from-zero' | 'half-even';
  tax: 'per-rate' | 'per-line';
  /** How tax becomes an amount; absent: as `mode`. Japan, for one, usually drops fractions of a yen (`down`). */
  taxMode?: RoundingMode;
}

/** Account numbers in the entity's ERP by role in our postings. */
export type AccountRole =
  | 'receivable'
  | 'unbilled-receivable'
  | 'contract-asset'
  | 'contract-liability'
  | 'revenue'
  | 'tax-payable'
  | 'cash'
  | 'project-cost'
  | 'payroll-clearing';

/** One legal entity of the firm. */
export interface LegalEntity {
  legalEntityId: string;
  name: string;
  countryCode: string;
  functionalCurrency: string;
  /** IANA time zone; only activities interpret it. */
  timeZone: string;
  psaConnectionId: string;
  erpConnectionId: string;
  /** The entity's id in its ERP (NetSuite: subsidiary). */
  erpEntityRef: string;
  rounding: RoundingPolicy;
  accounts: Record<AccountRole, string>;
  /** Tax profiles that customers of this entity may have: percent as decimal string. */
  taxProfiles: Record<string, { ratePercent: string; code: string; reverseCharge: boolean }>;
  holidays: string[];
}

/** A delivery template: the work breakdown that a project starts with. */
export interface DeliveryTemplate {
  templateId: string;
  /** The template's id in the PSA. */
  psaTemplateRef: string;
}

/** Waiting times and limits. They become part of an engagement's state, so that tests shorten them (decisions.md 4). */
export interface Policy {
  /** Delay before the first probe of a blocked step, milliseconds; doubles up to `probeDelayMaxMs`. */
  probeDelayMs: number;
  probeDelayMaxMs: number;
  /** How long Temporal retries the first attempt of a call, milliseconds. */
  firstAttemptMs: number;
  /** Time limit of one later probe, milliseconds. */
  probeMs: number;
  /** Probes of a failing undo before a person is asked. */
  undoProbesMax: number;
  /** Reminder deadline of an approval, milliseconds. */
  approvalDueMs: number;
  /** Who may approve what. */
  approvers: { activation: Role[]; invoice: Role[] };
}

/** One installation's configuration. */
export interface Configuration {
  connections: Record<string, Connection>;
  legalEntities: Record<string, LegalEntity>;
  deliveryTemplates: Record<string, DeliveryTemplate>;
  contractTemplates: string[];
  serviceLines: string[];
  /**
   * Cost of one hour by legal entity and role, decimal in the entity's functional currency; role `*` is the default. An
   * entity without rates posts no cost.
   */
  costRates?: Record<string, Record<string, string>>;
  policy: Policy;
}

/** The policy of a production installation. */
export const DEFAULT_POLICY: Policy = {
  probeDelayMs: 60_000,
  probeDelayMaxMs: 3_600_000,
  firstAttemptMs: 120_000,
  probeMs: 15_000,
  undoProbesMax: 12,
  approvalDueMs: 172_800_000,
  approvers: { activation: ['delivery', 'fin-preparer'], invoice: ['fin-approver'] },
};
