// The ERP port on a real Tryton, and the hands of its people: what it holds is read with the accountant's session,
// never through the adapter.
import { AdapterError, type CallContext, type CustomerRecord, type ErpPort } from '../../adapters/ports/index.ts';
import type { Claims } from '../../adapters/ports/claims.ts';
import { createSystems } from '../../adapters/systems.ts';
import type { ContractOrder, CreditNoteOrder, InvoiceOrder, JournalOrder } from '../../adapters/ports/index.ts';
import type { Configuration } from '../../domain/configuration.ts';
import { sandboxConfiguration } from '../../scripts/up/sandbox-profile.ts';
import { logIn, type TrytonSession } from '../../scripts/tryton/rpc.ts';
import type { Tryton } from '../../scripts/tryton/server.ts';
import { freshTryton } from './fresh-tryton.ts';

export const context: CallContext = { correlationId: 'cor_tryton', actorSubject: 'system:test' };

export type Row = Record<string, unknown>;

export interface Ground {
  tryton: Tryton;
  erp: ErpPort;
  accountant: TrytonSession;
  /** What the adapter told. */
  warnings: Record<string, string>[];
  /** The id of a legal entity's company, as its `erpEntityRef`. */
  company: (legalEntityId: string) => string;
  /** Another worker's port: it shares nothing with the first but what it is given. */
  another: (shared?: { claims?: Claims }) => ErpPort;
  as: (login: string) => Promise<TrytonSession>;
  /** Rows as the accountant sees them. */
  rows: (model: string, domain: unknown[], fields: string[], companyId?: number) => Promise<Row[]>;
  newKey: (step: string) => string;
}

export async function startGround(): Promise<Ground> {
  const tryton = await freshTryton();
  const as = (login: string) => logIn(tryton, login, tryton.passwords[login] ?? '');
  const accountant = await as('accountant');
  const warnings: Record<string, string>[] = [];
  const another = (shared: { claims?: Claims } = {}) =>
    createSystems(
      configurationFor(tryton),
      { THROUGHLINE_TR: JSON.stringify({ ...credentials(tryton) }) },
      { warn: (_text, details) => warnings.push(details), ...shared },
    ).erp('tr-main');
  let count = 0;
  return {
    ...{ tryton, accountant, warnings, another, as, erp: another() },
    company(legalEntityId) {
      const found = tryton.companies.find((each) => each.legalEntityId === legalEntityId);
      if (!found) throw new Error(`no company ${legalEntityId}`);
      return String(found.companyId);
    },
    rows: (model, domain, fields, companyId) =>
      accountant.model<Row[]>(model, 'search_read', [domain, 0, null, null, fields], companyId),
    newKey: (step) => `eng_erp-${step}-${String((count += 1))}`,
  };
}

const credentials = (tryton: Tryton) => ({
  ...{ database: tryton.database, login: 'throughline', password: tryton.passwords.throughline },
});

function configurationFor(tryton: Tryton): Configuration {
  const configuration = sandboxConfiguration({ sandboxUrl: '' });
  const connection = {
    ...{ connectionId: 'tr-main', capability: 'erp' as const, vendor: 'tryton' as const, baseUrl: tryton.url },
    ...{ credentialsVariable: 'THROUGHLINE_TR', timeoutMs: 60_000 },
  };
  return { ...configuration, connections: { ...configuration.connections, 'tr-main': connection } };
}

export const germanCustomer = (companyId: string, changes: Partial<CustomerRecord> = {}): CustomerRecord => ({
  ...{ erpEntityRef: companyId, name: 'Alpenwerk AG', currency: 'EUR', taxProfile: 'DE-STD' },
  // Its check digit is right: Tryton counts it.
  ...{ vatNumber: 'DE111111125', paymentTermsDays: 30, countryCode: 'DE', active: true },
  ...changes,
});

export const americanCustomer = (companyId: string, changes: Partial<CustomerRecord> = {}): CustomerRecord => ({
  ...{ erpEntityRef: companyId, name: 'Cascade Health Inc', currency: 'USD', taxProfile: 'US-EXEMPT' },
  ...{ vatNumber: null, paymentTermsDays: 30, countryCode: 'US', active: true },
  ...changes,
});

/** 10,000.10 + 84,400.00 = 94,400.10, in two instalments. */
export const contractOrder = (
  { customerId, companyId }: { customerId: string; companyId: string },
  changes: Partial<ContractOrder> = {},
): ContractOrder => ({
  ...{ customerId, erpEntityRef: companyId, currency: 'EUR', title: 'Store roll-out', engagementId: 'eng_erp' },
  ...{ projectRef: '12', startOn: '2031-01-01', endOn: '2031-03-31' },
  lines: [
    { lineKey: 'l1', title: 'Design', amountMinor: 1_000_010 },
    { lineKey: 'l2', title: 'Delivery', amountMinor: 8_440_000 },
  ],
  // 10,000.10 + 84,400.00 = 94,400.10 = 50,000.05 + 44,400.05
  schedule: [
    { dueOn: '2031-02-01', title: 'January | first part', amountMinor: 5_000_005 },
    { dueOn: '2031-03-01', title: 'February', amountMinor: 4_440_005 },
  ],
  ...changes,
});
/** 7.25 h at 95.00 = 688.75, and a milestone of 1,000.01. */
export const invoiceOrder = (
  of: { customerId: string; companyId: string; contractId?: string },
  changes: Partial<InvoiceOrder> = {},
): InvoiceOrder => ({
  ...{ customerId: of.customerId, contractId: of.contractId ?? '1', erpEntityRef: of.companyId, currency: 'EUR' },
  ...{ invoiceOn: '2031-01-31', dueOn: '2031-03-02', purchaseOrder: 'PO-1001', memo: 'January 2031' },
  taxCode: 'DE-STD',
  lines: [
    { lineKey: 'l1', title: 'Senior Consultant', quantity: '7.25', amountMinor: 68_875, account: '1150' },
    { lineKey: 'l2', title: 'Milestone Design', quantity: '1', amountMinor: 100_001, account: '2300' },
  ],
  ...changes,
});

export const creditOrder = (
  of: { customerId: string; companyId: string; invoiceId: string },
  changes: Partial<CreditNoteOrder> = {},
): CreditNoteOrder => ({
  ...{ customerId: of.customerId, invoiceId: of.invoiceId, erpEntityRef: of.companyId, currency: 'EUR' },
  ...{ creditedOn: '2031-02-10', memo: 'January 2031, corrected', taxCode: 'DE-STD' },
  lines: [{ lineKey: 'l1', title: 'Hours that were not worked', quantity: '1', amountMinor: 9_500, account: '1150' }],
  ...changes,
});

export const journalOrder = (companyId: string, changes: Partial<JournalOrder> = {}): JournalOrder => ({
  ...{ erpEntityRef: companyId, currency: 'EUR', postedOn: '2031-01-31', memo: 'Revenue January 2031' },
  lines: [
    { account: '1150', debitMinor: 168_876, creditMinor: 0, memo: 'unbilled' },
    { account: '4000', debitMinor: 0, creditMinor: 168_876, memo: 'revenue' },
  ],
  ...changes,
});

/** The AdapterError that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<AdapterError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AdapterError) return error;
  throw new Error(`an AdapterError was expected, not ${String(error)}`);
}
