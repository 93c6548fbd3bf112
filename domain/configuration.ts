/**
 * What one installation is configured with: its connections, its legal entities and its policies. Read from one JSON
 * file by the API and the worker; secrets are not in it, only the names of the environment variables that hold them.
 */
import type { Role } from './actor.ts';
import { DomainError } from './errors.ts';
import type { RoundingMode } from './money/rounding.ts';
import type { PlainDate } from './time/plain-date.ts';

/** A vendor that an adapter exists for. */
export type Vendor = 'salesforce' | 'kantata' | 'netsuite' | 'tryton';

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
  /** Which person of a PSA has which subject of tokens, where they differ: by this, own work is known. */
  people?: Record<string, string>;
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

/** Roles in our postings that every legal entity maps to an account number of its ERP. */
export const ACCOUNT_ROLES = [
  ...(['receivable', 'unbilled-receivable', 'contract-asset', 'contract-liability', 'revenue'] as const),
  ...(['tax-payable', 'cash', 'project-cost', 'payroll-clearing'] as const),
] as const;

/** Roles that an entity maps before it first has such a posting; without them the others work as before. */
export const LATER_ACCOUNT_ROLES = [
  ...(['refund-liability', 'accrued-revenue', 'invoiced-revenue', 'contra-revenue', 'payable'] as const),
  ...(['cost-of-revenue', 'loss-provision', 'exchange-gain', 'exchange-loss', 'erp-transfer'] as const),
] as const;

/** What an account is for in our postings. */
export type AccountRole = (typeof ACCOUNT_ROLES)[number] | (typeof LATER_ACCOUNT_ROLES)[number];

/** Account numbers by role. */
export type Accounts = Record<(typeof ACCOUNT_ROLES)[number], string> &
  Partial<Record<(typeof LATER_ACCOUNT_ROLES)[number], string>>;

/** New account numbers by role and by the posting date from which they hold. */
export type AccountChanges = Partial<Record<AccountRole, Record<PlainDate, string>>>;

/** A legal entity in an ERP, and what it has there of its own; the rest is as the entity has it (R67). */
export interface ErpAssignment {
  erpConnectionId: string;
  /** The entity's id in that ERP (NetSuite: subsidiary). */
  erpEntityRef: string;
  /** Account numbers of that ERP, for roles whose number differs there, and their later changes. */
  accounts?: Partial<Record<AccountRole, string>>;
  accountChanges?: AccountChanges;
  /** Tax codes of that ERP by tax profile, where they differ there. */
  taxCodes?: Record<string, string>;
  /** How that ERP rounds tax, where it does so otherwise; prices are rounded the same wherever they are billed. */
  taxRounding?: Required<Pick<RoundingPolicy, 'tax' | 'taxMode'>>;
}

/** The ERP that serves an entity from a date on; until the next change. */
export interface ErpChange extends ErpAssignment {
  /** The first document date of that ERP. */
  from: PlainDate;
}

/** One legal entity of the firm. */
export interface LegalEntity {
  legalEntityId: string;
  name: string;
  countryCode: string;
  functionalCurrency: string;
  /** IANA time zone; only activities interpret it. */
  timeZone: string;
  psaConnectionId: string;
  /** The ERP that the entity begins with. Which one serves it on a date is asked of `erpOf` (erp-routing.ts). */
  erpConnectionId: string;
  /** The entity's id in its ERP (NetSuite: subsidiary; Tryton: company). */
  erpEntityRef: string;
  /** The ERPs that it moves to later, by rising dates; each once (ADR 0014). */
  erpChanges?: ErpChange[];
  rounding: RoundingPolicy;
  accounts: Accounts;
  /** Accounts that changed their number, by role and by the first posting date of the new number. */
  accountChanges?: AccountChanges;
  /** Tax profiles that customers of this entity may have: percent as decimal string. */
  taxProfiles: Record<string, { ratePercent: string; code: string; reverseCharge: boolean }>;
  holidays: string[];
}

/**
 * The account number of a role for postings of that date: the latest change until then, else the number that the entity
 * began with (decisions.md 17).
 * @throws ACCOUNT_MISSING when the entity has not mapped the role
 */
export function accountOf(entity: LegalEntity, role: AccountRole, postedOn: PlainDate): string {
  const { legalEntityId, accounts, accountChanges } = entity;
  const changes = Object.entries(accountChanges?.[role] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const account = changes.findLast(([from]) => from <= postedOn)?.[1] ?? accounts[role];
  if (account !== undefined) return account;
  const message = `legal entity ${legalEntityId} has no account for ${role} on ${postedOn}: map the role first`;
  throw new DomainError('ACCOUNT_MISSING', message, { legalEntityId, role, postedOn });
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
  /**
   * How long a system may still carry out a request that it never answered, milliseconds: an undo is looked at once
   * more after it (ADR 0012).
   */
  lateArrivalMs: number;
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
  // NetSuite ends a request after 15 minutes, Kantata after 3: the longest counts (ADR 0012).
  lateArrivalMs: 900_000,
  undoProbesMax: 12,
  approvalDueMs: 172_800_000,
  approvers: { activation: ['delivery', 'fin-preparer'], invoice: ['fin-approver'] },
};
