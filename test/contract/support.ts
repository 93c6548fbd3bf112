// The three simulated systems on a port of their own, our adapters towards them, and the experimenter's hand: faults,
// actions of people, and the journal of what really happened.
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import { AdapterError, type CallContext, type CustomerRecord, type Systems } from '../../adapters/ports/index.ts';
import { createSystems } from '../../adapters/systems.ts';
import type { JournalRow } from '../../scripts/demo/clients.ts';
import type { Finance } from './erp-suite.ts';
import { sandboxConfiguration, sandboxSecrets } from '../../scripts/up/sandbox-profile.ts';

export interface World {
  url: string;
  credentials: Record<string, Record<string, string>>;
  environment: Record<string, string>;
  systems: Systems;
  warnings: string[];
  fault(fault: Record<string, unknown>): Promise<string>;
  hitsOf(faultId: string): Promise<number>;
  clearFaults(): Promise<void>;
  act(action: string, fields: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Rows since `mark()` was last called. */
  rows(objectType?: string): Promise<JournalRow[]>;
  mark(): Promise<void>;
  close(): Promise<void>;
}

export const context: CallContext = { correlationId: 'cor_contract', actorSubject: 'system:test' };

/** A customer of the British legal entity. */
export const UK: CustomerRecord = {
  erpEntityRef: '1',
  name: 'Northwind Retail Ltd',
  currency: 'GBP',
  taxProfile: 'GB-STD',
  vatNumber: 'GB123456789',
  paymentTermsDays: 30,
  countryCode: 'GB',
  active: true,
};

/** Starts everything; a call may take `timeoutMs`. */
export async function startWorld(timeoutMs = 1_000): Promise<World> {
  let count = 0;
  const secrets = sandboxSecrets(() => `secret-${String((count += 1))}`);
  const credentials = JSON.parse(secrets.sandbox['SANDBOX_CREDENTIALS'] ?? '{}') as World['credentials'];
  const sandbox = await startSandbox({ credentials });
  const configuration = sandboxConfiguration({ sandboxUrl: sandbox.url, timeoutMs });
  const warnings: string[] = [];
  let marked = 0;
  const control = async (path: string, init?: { method: string; body?: unknown }): Promise<Record<string, unknown>> => {
    const response = await fetch(`${sandbox.url}/_sandbox/${path}`, {
      method: init?.method ?? 'GET',
      ...(init?.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  };
  return {
    url: sandbox.url,
    credentials,
    environment: secrets.application,
    systems: createSystems(configuration, secrets.application, { warn: (message) => warnings.push(message) }),
    warnings,
    fault: async (fault) => (await control('faults', { method: 'POST', body: fault }))['id'] as string,
    async hitsOf(faultId) {
      const { faults } = (await control('faults')) as unknown as { faults: { id: string; hits: number }[] };
      return faults.find(({ id }) => id === faultId)?.hits ?? 0;
    },
    clearFaults: async () => void (await control('faults', { method: 'DELETE' })),
    act: async (action, fields) =>
      (await control('actions', { method: 'POST', body: { action, ...fields } }))['result'] as Record<string, unknown>,
    async rows(objectType) {
      const { rows } = (await control(`journal?since=${String(marked)}`)) as unknown as { rows: JournalRow[] };
      return objectType === undefined ? rows : rows.filter((row) => row.objectType === objectType);
    },
    async mark() {
      marked = (await control('journal'))['sequence'] as number;
    },
    close: () => sandbox.close(),
  };
}

/** The hands of finance in the simulated NetSuite, for invoices with British tax. */
export const financeOf = (world: World): Finance => ({
  async pay(invoiceId, amount, paidOn) {
    await world.act('pay-invoice', { invoiceId, amount: Number(amount), paidOn });
  },
  async credit(invoiceId, creditedOn) {
    const { creditMemoId } = await world.act('credit-invoice', { invoiceId, net: 100, creditedOn });
    return { creditId: String(creditMemoId), totalMinor: 12_000 }; // 100.00 + 20 %
  },
  async takeBack(_invoiceId, creditMemoId) {
    await world.act('unapply-credit', { creditMemoId });
  },
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
