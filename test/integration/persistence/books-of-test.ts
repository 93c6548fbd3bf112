// A migrated database with books for one test file, an installation of two legal entities, and a validated engagement.
import type { DataSource } from 'typeorm';
import type { Systems } from '../../../adapters/ports/index.ts';
import { SYSTEM } from '../../../domain/actor.ts';
import { type Accounts, type Configuration, DEFAULT_POLICY, type LegalEntity } from '../../../domain/configuration.ts';
import type { Contract, ContractLine } from '../../../domain/deal/contract.ts';
import type { CallInput, Envelope } from '../../../domain/engagement/calls.ts';
import type { SagaScope } from '../../../domain/engagement/state.ts';
import { money } from '../../../domain/money/money.ts';
import { type Books, createBooks } from '../../../persistence/books.ts';
import { createDataSource, migrate } from '../../../persistence/data-source.ts';
import type { ExpenseRevision, TimeRevision } from '../../../persistence/repositories/work.ts';
import { freshDatabase } from '../../support/database.ts';

export const PSA = 'kantata-emea';
export const ERP = 'netsuite-main';
export const CRM = 'sf-emea';

const ACCOUNTS: Accounts = {
  receivable: '1100',
  'unbilled-receivable': '1150',
  'contract-asset': '1160',
  'contract-liability': '2400',
  revenue: '4000',
  'tax-payable': '2200',
  cash: '1000',
  'project-cost': '5000',
  'payroll-clearing': '2100',
};

function entity(legalEntityId: string, functionalCurrency: string, timeZone: string): LegalEntity {
  return {
    legalEntityId,
    name: legalEntityId.toUpperCase(),
    countryCode: 'GB',
    functionalCurrency,
    timeZone,
    psaConnectionId: PSA,
    erpConnectionId: ERP,
    erpEntityRef: '1',
    rounding: { mode: 'half-away-from-zero', tax: 'per-rate' },
    accounts: ACCOUNTS,
    taxProfiles: { 'uk-standard': { ratePercent: '20', code: 'S-GB', reverseCharge: false } },
    holidays: [],
  };
}

const connection = (
  connectionId: string,
  capability: 'crm' | 'psa' | 'erp',
  vendor: 'salesforce' | 'kantata' | 'netsuite',
) => ({
  connectionId,
  capability,
  vendor,
  baseUrl: 'http://127.0.0.1:1',
  credentialsVariable: 'NONE',
  timeoutMs: 1_000,
});

export const configuration: Configuration = {
  connections: {
    [CRM]: connection(CRM, 'crm', 'salesforce'),
    [PSA]: connection(PSA, 'psa', 'kantata'),
    [ERP]: connection(ERP, 'erp', 'netsuite'),
  },
  legalEntities: { uk: entity('uk', 'GBP', 'Europe/London'), jp: entity('jp', 'JPY', 'Asia/Tokyo') },
  deliveryTemplates: {},
  contractTemplates: [],
  serviceLines: [],
  costRates: { uk: { Consultant: '60', '*': '50' } },
  policy: DEFAULT_POLICY,
};

/** Connected books. Close with `dataSource.destroy()`. */
export async function openBooks(): Promise<{ dataSource: DataSource; books: Books }> {
  const dataSource = createDataSource(await freshDatabase());
  await migrate(dataSource);
  return { dataSource, books: createBooks(dataSource) };
}

/** Systems of which only the given parts exist; anything else that is called is a bug of the test. */
export function systemsOf(parts: { crm?: object; psa?: object; erp?: object }): Systems {
  return {
    crm: () => parts.crm,
    psa: () => ({ cannot: {}, ...parts.psa }),
    erp: () => parts.erp,
  } as unknown as Systems;
}

export const timeAndMaterials: ContractLine = {
  lineId: 'l-tm',
  name: 'Consulting',
  legalEntityId: 'uk',
  value: money(5_000_000, 'GBP'),
  startOn: '2026-01-01',
  endOn: '2026-06-30',
  pricing: {
    model: 'time-and-materials',
    rateCardId: 'rc-1',
    rateCardVersion: 1,
    rates: [
      { role: 'Consultant', hourlyRate: '150', validFrom: '2026-01-01', validTo: '2026-02-28' },
      { role: 'Consultant', hourlyRate: '160', validFrom: '2026-03-01', validTo: null },
    ],
    expenseMarkupPercent: '10',
    ceiling: null,
  },
  roles: [{ roleId: 'r-1', role: 'Consultant', budgetMinutes: 20_000, startOn: '2026-01-01', endOn: '2026-06-30' }],
};

export const fixedFee: ContractLine = {
  lineId: 'l-ff',
  name: 'Migration',
  legalEntityId: 'uk',
  value: money(3_000_000, 'GBP'),
  startOn: '2026-01-01',
  endOn: '2026-03-31',
  pricing: {
    model: 'fixed-fee',
    milestones: [
      { milestoneId: 'm-1', name: 'Design', amount: money(1_000_000, 'GBP'), dueOn: '2026-01-31' },
      { milestoneId: 'm-2', name: 'Go-live', amount: money(2_000_000, 'GBP'), dueOn: '2026-03-31' },
    ],
  },
  roles: [{ roleId: 'r-2', role: 'Architect', budgetMinutes: 6_000, startOn: '2026-01-01', endOn: '2026-03-31' }],
};

export const retainer: ContractLine = {
  lineId: 'l-re',
  name: 'Support',
  legalEntityId: 'uk',
  value: money(600_000, 'GBP'),
  startOn: '2026-01-01',
  endOn: '2026-06-30',
  pricing: { model: 'retainer', periodFee: money(100_000, 'GBP'), timing: 'advance' },
  roles: [],
};

export function contractOf(...lines: ContractLine[]): Contract {
  return {
    version: 1,
    dealId: 'd-1',
    dealVersion: '1',
    name: 'Programme',
    leadLegalEntityId: 'uk',
    serviceLine: 'Consulting',
    contractTemplate: 'standard',
    deliveryTemplate: 'standard',
    purchaseOrder: 'PO-7',
    startOn: '2026-01-01',
    endOn: '2026-06-30',
    customer: {
      customerKey: 'sf-emea-001',
      accountId: '001',
      name: 'Acme Ltd',
      parentAccountId: null,
      street: null,
      city: null,
      postalCode: null,
      countryCode: 'GB',
      taxProfile: 'uk-standard',
      vatNumber: null,
      paymentTermsDays: 30,
    },
    lines,
  };
}

/** An engagement with its contract and a project in the PSA. */
export async function engage(
  books: Books,
  dealId: string,
  ...lines: ContractLine[]
): Promise<{ engagementId: string; projectId: string }> {
  const { engagement } = await books.engagements.forDeal({
    connectionId: CRM,
    dealId,
    correlationId: `cor-${dealId}`,
    requestedBy: SYSTEM,
  });
  const { engagementId } = engagement;
  await books.contracts.put(engagementId, contractOf(...lines));
  const projectId = `p-${dealId}`;
  await books.refs.put(
    { engagementId, legalEntityId: 'uk', key: 'project' },
    { connectionId: PSA, type: 'project', id: projectId },
  );
  return { engagementId, projectId };
}

/** A revision of a time entry, approved and billable unless said otherwise. */
export function time(
  entryId: string,
  projectId: string,
  workedOn: string,
  hours: number,
  other: Partial<TimeRevision> = {},
): TimeRevision {
  return {
    entryId,
    version: `${workedOn}T18:00:00Z`,
    projectId,
    taskId: null,
    resourceId: 'u-1',
    role: 'Consultant',
    workedOn,
    minutes: hours * 60,
    billable: true,
    state: 'approved',
    changedAt: `${workedOn}T18:00:00Z`,
    ...other,
  };
}

/** A revision of an expense in pounds, approved and billable unless said otherwise. */
export function expense(
  entryId: string,
  projectId: string,
  incurredOn: string,
  amountMinor: number,
  other: Partial<ExpenseRevision> = {},
): ExpenseRevision {
  return {
    entryId,
    version: `${incurredOn}T18:00:00Z`,
    projectId,
    resourceId: 'u-1',
    category: 'Travel',
    incurredOn,
    amountMinor,
    currency: 'GBP',
    billable: true,
    state: 'approved',
    changedAt: `${incurredOn}T18:00:00Z`,
    ...other,
  };
}

/** The input of a call of a billing, payment or revenue saga. */
export function envelope(
  engagementId: string,
  key: string,
  asOf: string,
  scope: Partial<SagaScope>,
): Envelope<CallInput> {
  return {
    v: 1,
    correlationId: 'cor-test',
    actor: SYSTEM,
    data: {
      engagementId,
      connectionId: CRM,
      dealId: 'd',
      sagaId: 'saga',
      setUpNumber: 1,
      legalEntityIds: ['uk'],
      key,
      asOf,
      legalEntityId: 'uk',
      scope: { legalEntityIds: ['uk'], currency: 'GBP', ...scope },
      contractVersion: 1,
      refs: {},
      posted: { erpRef: `erp-${key}`, number: `INV-${key}` },
    },
  };
}
