// Compares what Throughline says with what really happened in the other systems, read from their own books: every
// object once, every invoice paid and equal to the minor unit, revenue in the ledger equal to revenue recognised,
// journals balanced.
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { formatDecimal, parseMoney, sumMoney, type Money } from '../../domain/money/money.ts';
import type { ApiClient, JournalRow, SandboxClient, SandboxObject } from './clients.ts';
import { SCENARIOS } from './scenarios.ts';

const REVENUE_ACCOUNT = '4000';

interface World {
  invoices: SandboxObject[];
  journals: SandboxObject[];
  workspaces: SandboxObject[];
  rows: JournalRow[];
}

/** Checks every played engagement and prints one line per check. */
export async function prove(api: ApiClient, sandbox: SandboxClient, print: (line: string) => void): Promise<boolean> {
  const world: World = {
    invoices: await sandbox.objects('netsuite', 'invoice'),
    journals: await sandbox.objects('netsuite', 'journalEntry'),
    workspaces: await sandbox.objects('kantata', 'workspaces'),
    rows: await sandbox.journal(),
  };
  const played = (await api.list()).filter(({ dealId }) => SCENARIOS.some((scenario) => scenario.dealId === dealId));
  const snapshots = await Promise.all(played.map(({ engagementId }) => api.snapshot(engagementId)));
  const checks: [string, boolean][] = [
    [
      `all ${String(SCENARIOS.length)} engagements are closed`,
      snapshots.filter(({ state }) => state.stage === 'closed').length === SCENARIOS.length,
    ],
    ['no business key was created twice in any system', noKeyTwice(world.rows)],
    ['every journal in the ERP balances', world.journals.every(balances)],
    ['no invoice in the ERP without an engagement', world.invoices.every(({ id }) => invoiceIds(snapshots).has(id))],
    ...snapshots.flatMap((snapshot) => checksOf(snapshot, world)),
  ];
  print('');
  print("Checked against the systems' own books");
  for (const [name, holds] of checks) print(`  ${holds ? 'ok    ' : 'WRONG '} ${name}`);
  const wrong = checks.filter(([, holds]) => !holds).length;
  print(`${String(checks.length - wrong)} of ${String(checks.length)} checks hold`);
  return wrong === 0;
}

function invoiceIds(snapshots: EngagementSnapshot[]): Set<string | null> {
  return new Set(snapshots.flatMap(({ state }) => state.invoices.map(({ erpRef }) => erpRef)));
}

/** A system without idempotency keys makes a second object without complaint: only its journal shows it. */
function noKeyTwice(rows: JournalRow[]): boolean {
  // References are made with their objects and carry the same key: they are counted with them.
  const ours = rows.filter(
    ({ operation, objectType }) => !operation.startsWith('ACTION') && objectType !== 'external_references',
  );
  const created = ours.filter(({ effect, key }) => effect === 'created' && key);
  // A part of a project is made once per project: after an undo the next project has parts of its own.
  const keys = created.map(({ system, objectType, key, object }) => {
    return [system, objectType, key, String(object.workspace_id)].join(' ');
  });
  return new Set(keys).size === keys.length;
}

function linesOf({ object }: SandboxObject): { account: string; debit: number; credit: number }[] {
  const lines = object.line as { account: string; debit?: number; credit?: number }[];
  return lines.map(({ account, debit, credit }) => ({ account, debit: debit ?? 0, credit: credit ?? 0 }));
}

function balances(journal: SandboxObject): boolean {
  const total = linesOf(journal).reduce(
    (sum, { debit, credit }) => sum + Math.round(debit * 1000) - Math.round(credit * 1000),
    0,
  );
  return total === 0;
}

function checksOf({ state, summary }: EngagementSnapshot, world: World): [string, boolean][] {
  const name = summary.contractName ?? state.dealId;
  const active = world.workspaces.filter(
    ({ object }) => String(object.title).includes(name) && object.archived !== true,
  );
  const posted = state.invoices.filter((invoice) => invoice.erpRef !== null);
  const inErp = posted.map((invoice) => world.invoices.find(({ id }) => id === invoice.erpRef)?.object);
  const agree = posted.every((invoice, index) => {
    const there = inErp[index];
    return there !== undefined && parse(there.total, invoice.total.currency).amountMinor === invoice.total.amountMinor;
  });
  const recognised = summary.recognised[0];
  const ledger = recognised && revenueInLedger(world, state.engagementId, recognised.currency);
  return [
    [`${name}: its project is closed and was not made twice`, active.length === 0],
    [`${name}: ${String(posted.length)} invoices, each equal in the ERP to the minor unit`, posted.length > 0 && agree],
    [`${name}: receivable in the ERP is zero`, inErp.every((there) => Number(there?.amountRemaining) === 0)],
    [
      `${name}: revenue in the ledger = revenue recognised`,
      recognised !== undefined && ledger === formatDecimal(recognised),
    ],
    [
      `${name}: billed net of tax = recognised`,
      recognised !== undefined && equal(netOf(state, recognised.currency), recognised),
    ],
  ];
}

function netOf(state: EngagementSnapshot['state'], currency: string): Money {
  const net = state.invoices.filter(({ erpRef }) => erpRef !== null).map((invoice) => invoice.net);
  return sumMoney(net, currency);
}

function equal(a: Money, b: Money): boolean {
  return a.amountMinor === b.amountMinor && a.currency === b.currency;
}

function parse(value: unknown, currency: string): Money {
  return parseMoney(String(value), currency);
}

/** Credits less debits on the revenue account in the journals that carry the engagement's key. */
function revenueInLedger({ journals }: World, engagementId: string, currency: string): string {
  const own = journals.filter(({ object }) => String(object.externalId).startsWith(engagementId));
  const amounts = own.flatMap((journal) =>
    linesOf(journal)
      .filter(({ account }) => account.endsWith(REVENUE_ACCOUNT))
      .flatMap(({ debit, credit }) => [parse(credit, currency), parse(-debit, currency)]),
  );
  return formatDecimal(sumMoney(amounts, currency));
}
