/**
 * What two ledgers say, as workflow tests compare them: our journals, and the ERP's own entries, computed from the
 * objects in the sandbox and never from our database. Amounts are debits less credits in minor units; even accounts
 * are left out.
 */
import type { World } from './world.ts';

/** Debit less credit by account number or role. */
export type Ledger = Record<string, number>;

/** Account that the ERP credits for an item of an invoice line (README of the sandbox). */
const ACCOUNT_OF_ITEM: Readonly<Record<string, string>> = { 101: '1150', 102: '1160', 103: '2300', 104: '1150' };

const DECIMALS: Readonly<Record<string, number>> = { JPY: 0, KWD: 3 };

interface Entry {
  account: string;
  netMinor: number;
}

function summed(entries: readonly Entry[]): Ledger {
  const ledger: Ledger = {};
  for (const { account, netMinor } of entries) ledger[account] = (ledger[account] ?? 0) + netMinor;
  return Object.fromEntries(
    Object.entries(ledger)
      .filter(([, netMinor]) => netMinor !== 0)
      .sort(),
  );
}

/** Our ledger of an engagement's legal entity by account number, all months. */
export async function ourLedger(world: World, engagementId: string, legalEntityId: string): Promise<Ledger> {
  const found: Entry[] = await world.dataSource.query(
    `SELECT l.account, sum(l.debit_minor - l.credit_minor)::bigint AS "netMinor" FROM journal j JOIN journal_line l
     USING (journal_id) WHERE j.engagement_id = $1 AND j.legal_entity_id = $2 GROUP BY l.account`,
    [engagementId, legalEntityId],
  );
  return summed(found.map(({ account, netMinor }) => ({ account, netMinor: Number(netMinor) })));
}

/** Our ledger of a legal entity in one ERP by account number: all engagements. */
export async function ourLedgerIn(world: World, erpConnectionId: string, legalEntityId: string): Promise<Ledger> {
  const found: Entry[] = await world.dataSource.query(
    `SELECT l.account, sum(l.debit_minor - l.credit_minor)::bigint AS "netMinor" FROM journal j JOIN journal_line l
     USING (journal_id) WHERE j.erp_connection_id = $1 AND j.legal_entity_id = $2 GROUP BY l.account`,
    [erpConnectionId, legalEntityId],
  );
  return summed(found.map(({ account, netMinor }) => ({ account, netMinor: Number(netMinor) })));
}

/** Our ledger of an engagement by month and account role: what happened in each month. */
export async function ourMonths(world: World, engagementId: string): Promise<Record<string, Ledger>> {
  const found: (Entry & { month: string })[] = await world.dataSource.query(
    `SELECT j.month, l.account_role AS account, sum(l.debit_minor - l.credit_minor)::bigint AS "netMinor" FROM journal j
     JOIN journal_line l USING (journal_id) WHERE j.engagement_id = $1
     GROUP BY j.month, l.account_role ORDER BY j.month`,
    [engagementId],
  );
  const months = [...new Set(found.map(({ month }) => month))];
  const ofMonth = (month: string): Entry[] =>
    found.filter((row) => row.month === month).map((row) => ({ ...row, netMinor: Number(row.netMinor) }));
  return Object.fromEntries(months.map((month) => [month, summed(ofMonth(month))]));
}

/** The ERP's ledger of a subsidiary by account number: its invoices, its payments and its journals. */
export async function erpLedger(
  { sandbox }: Pick<World, 'sandbox'>,
  subsidiary: string,
  currency: string,
): Promise<Ledger> {
  const minor = (amount: unknown): number => Math.round(Number(amount ?? 0) * 10 ** (DECIMALS[currency] ?? 2));
  const listed = async (type: string): Promise<Record<string, unknown>[]> =>
    (await sandbox.objects('netsuite', type))
      .map(({ object }) => object)
      .filter((object) => object.subsidiary === subsidiary);
  const entries: Entry[] = [];
  for (const { item, total, taxTotal } of await listed('invoice')) {
    entries.push({ account: '1100', netMinor: minor(total) }, { account: '2200', netMinor: -minor(taxTotal) });
    for (const line of item as { item: string; amount: number }[]) {
      entries.push({ account: ACCOUNT_OF_ITEM[line.item] ?? line.item, netMinor: -minor(line.amount) });
    }
  }
  for (const { payment } of await listed('customerPayment')) {
    entries.push({ account: '1000', netMinor: minor(payment) }, { account: '1100', netMinor: -minor(payment) });
  }
  for (const { line } of await listed('journalEntry')) {
    for (const { account, debit, credit } of line as { account: string; debit?: number; credit?: number }[]) {
      entries.push({ account: account.slice(subsidiary.length), netMinor: minor(debit) - minor(credit) });
    }
  }
  return summed(entries);
}
