// What Tryton's own books must say after an engagement, read with its people's sessions: every key once, every entry
// balanced and posted, every invoice ours to the minor unit and paid, nothing that belongs to no engagement.
import { parseMoney, subtract } from '../../domain/money/money.ts';
import { readTrytonBooks, type TrytonBooks } from '../../scripts/tryton/books.ts';
import type { Tryton } from '../../scripts/tryton/server.ts';
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import type { Ledger } from '../support/ledger.ts';

const minor = (text: string, currency: string): number => parseMoney(text, currency).amountMinor;

/** Reads the books and checks what holds whatever the engagements did, these being all that there are. */
export async function soundBooks(tryton: Tryton, engagements: EngagementSnapshot[]): Promise<TrytonBooks> {
  const books = await readTrytonBooks(tryton);
  const keys = [
    ...books.customers.map((key) => `party ${key}`),
    ...books.orders.map(({ key }) => `order ${key}`),
    ...books.invoices.map(({ reference }) => `invoice ${String(reference)}`),
    ...books.moves.flatMap(({ description }) => (isKey(description) ? [`entry ${description}`] : [])),
    ...books.projects.map(({ key }) => `project ${String(key)}`),
  ];
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  const ids = engagements.map(({ state }) => state.engagementId);
  const orphans = keys.filter((key) => !key.startsWith('party') && !ids.some((id) => key.includes(` ${id}-`)));
  expect(orphans).toEqual([]);
  const uneven = books.moves.filter(({ companyId, lines }) => {
    const currency = currencyOf(tryton, companyId);
    return lines.reduce((sum, { debit, credit }) => sum + minor(debit, currency) - minor(credit, currency), 0) !== 0;
  });
  expect(uneven).toEqual([]);
  expect(books.moves.filter(({ state }) => state !== 'posted')).toEqual([]);
  const numbers = books.invoices.map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers).not.toContain(null);
  for (const { state } of engagements) expect(invoicesOf(books, state.engagementId)).toEqual(expectedInvoices(state));
  return books;
}

/** Net, tax and total of an engagement's invoices in Tryton, all paid; in minor units as our state says it. */
function expectedInvoices({ invoices }: EngagementSnapshot['state']) {
  return invoices
    .map(({ number, net, total }) => ({
      ...{ number, state: 'paid', openLines: 0 },
      amounts: [net, subtract(total, net), total].map(({ amountMinor }) => amountMinor),
    }))
    .sort((a, b) => (String(a.number) < String(b.number) ? -1 : 1));
}

function invoicesOf({ invoices }: TrytonBooks, engagementId: string) {
  return invoices
    .filter(({ reference }) => reference?.startsWith(`${engagementId}-`))
    .map(({ number, state, openLines, net, tax, total }) => ({
      ...{ number, state, openLines },
      amounts: [net, tax, total].map((text) => minor(text, 'EUR')), // Euro and dollar have two decimals alike.
    }))
    .sort((a, b) => (String(a.number) < String(b.number) ? -1 : 1));
}

/** Debits less credits of a company by account number, minor units; money that is on its way counts as cash. */
export function ledgerOf(tryton: Tryton, { moves }: TrytonBooks, legalEntityId: string): Ledger {
  const company = tryton.companies.find((each) => each.legalEntityId === legalEntityId);
  if (!company) throw new Error(`no company ${legalEntityId}`);
  const ledger: Ledger = {};
  for (const { account, debit, credit } of moves
    .filter((move) => move.companyId === company.companyId)
    .flatMap(({ lines }) => lines)) {
    const ours = account === company.accounts['payment-clearing']?.code ? (company.accounts.cash?.code ?? '') : account;
    ledger[ours] = (ledger[ours] ?? 0) + minor(debit, company.currency) - minor(credit, company.currency);
  }
  return Object.fromEntries(
    Object.entries(ledger)
      .filter(([, netMinor]) => netMinor !== 0)
      .sort(),
  );
}

function currencyOf({ companies }: Tryton, companyId: number): string {
  return companies.find((company) => company.companyId === companyId)?.currency ?? 'EUR';
}

function isKey(description: string | null): description is string {
  return description !== null && /^eng_[a-z0-9]+-/.test(description);
}
