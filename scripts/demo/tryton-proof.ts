// Compares what Throughline says with Tryton's own books, read with the sessions of its people: every key once, entries
// balanced and posted, invoices equal to the minor unit and paid, revenue in the ledger equal to revenue recognised.
import { formatMoney, parseMoney, subtract, sumMoney, type Money } from '../../domain/money/money.ts';
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { readTrytonBooks, type TrytonBooks } from '../tryton/books.ts';
import type { ApiClient } from './clients.ts';
import type { Scenario } from './scenarios.ts';
import type { TrytonOfDemo } from './tryton-cast.ts';

const REVENUE_ACCOUNT = '4000';

/** Checks every played engagement and prints one line per check. */
export async function proveTryton(
  tryton: TrytonOfDemo,
  api: ApiClient,
  scenarios: readonly Scenario[],
  print: (line: string) => void,
): Promise<boolean> {
  const books = await readTrytonBooks(tryton);
  const played = (await api.list()).filter(({ dealId }) => scenarios.some((scenario) => scenario.dealId === dealId));
  const snapshots = await Promise.all(played.map(({ engagementId }) => api.snapshot(engagementId)));
  const ids = snapshots.map(({ state }) => state.engagementId);
  const documents = documentsOf(books);
  const checks: [string, boolean][] = [
    [
      `all ${String(scenarios.length)} engagements are closed`,
      snapshots.filter(({ state }) => state.stage === 'closed').length === scenarios.length,
    ],
    ['no business key is there twice', new Set(documents).size === documents.length],
    [
      'no project, order, invoice or entry without an engagement',
      documents.every((key) => ids.some((id) => key.includes(` ${id}-`))),
    ],
    ['every entry in the ledger is posted', books.moves.every(({ state }) => state === 'posted')],
    ...tryton.companies.map((company): [string, boolean] => [
      `${company.legalEntityId}: debits equal credits in every entry, and no receivable is left`,
      isBalanced(books, company),
    ]),
    ...snapshots.flatMap((snapshot) => checksOf(snapshot, books)),
  ];
  print('');
  print("Checked against Tryton's own books");
  for (const [name, holds] of checks) print(`  ${holds ? 'ok    ' : 'WRONG '} ${name}`);
  const wrong = checks.filter(([, holds]) => !holds).length;
  print(`${String(checks.length - wrong)} of ${String(checks.length)} checks hold`);
  return wrong === 0;
}

function documentsOf({ orders, invoices, moves, projects }: TrytonBooks): string[] {
  const ours = (key: string | null): key is string => key?.startsWith('eng_') === true;
  return [
    ...orders.map(({ key }) => `order ${key}`),
    ...invoices.map(({ reference }) => `invoice ${String(reference)}`),
    ...moves.flatMap(({ description }) => (ours(description) ? [`entry ${description}`] : [])),
    ...projects.map(({ key }) => `project ${String(key)}`),
  ];
}

function isBalanced({ moves }: TrytonBooks, { companyId, currency, accounts }: TrytonOfDemo['companies'][number]) {
  const own = moves.filter((move) => move.companyId === companyId).map(({ lines }) => lines);
  const net = (lines: TrytonBooks['moves'][number]['lines']): number =>
    sumMoney(
      lines.map(({ debit, credit }) => subtract(parseMoney(debit, currency), parseMoney(credit, currency))),
      currency,
    ).amountMinor;
  const receivable = own.flat().filter(({ account }) => account === accounts.receivable?.code);
  return own.every((lines) => net(lines) === 0) && net(receivable) === 0;
}

function checksOf({ state, summary }: EngagementSnapshot, books: TrytonBooks): [string, boolean][] {
  const name = summary.contractName ?? state.dealId;
  const posted = state.invoices.filter((invoice) => invoice.erpRef !== null);
  const there = posted.map(({ erpRef }) => books.invoices.find(({ id }) => String(id) === erpRef));
  const agree = posted.every(({ total, net }, index) => {
    const invoice = there[index];
    return (
      invoice !== undefined &&
      parseMoney(invoice.total, total.currency).amountMinor === total.amountMinor &&
      parseMoney(invoice.net, net.currency).amountMinor === net.amountMinor
    );
  });
  const recognised = summary.recognised[0];
  const ledger = recognised && revenueOf(state.engagementId, books, recognised.currency);
  const amount = recognised ? formatMoney(recognised) : 'nothing';
  return [
    [
      `${name}: ${String(posted.length)} invoices, each equal to the minor unit with its tax`,
      posted.length > 0 && agree,
    ],
    [`${name}: all of them paid`, there.every((invoice) => invoice?.state === 'paid' && invoice.openLines === 0)],
    [`${name}: revenue in the ledger = revenue recognised, ${amount}`, ledger?.amountMinor === recognised?.amountMinor],
  ];
}

/** Credits less debits on the revenue account in the entries that carry the engagement's key. */
function revenueOf(engagementId: string, { moves }: TrytonBooks, currency: string): Money {
  const own = moves.filter(({ description }) => description?.startsWith(`${engagementId}-`) === true);
  const lines = own.flatMap((move) => move.lines.filter(({ account }) => account === REVENUE_ACCOUNT));
  return sumMoney(
    lines.map(({ debit, credit }) => subtract(parseMoney(credit, currency), parseMoney(debit, currency))),
    currency,
  );
}
