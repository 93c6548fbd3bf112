// What Tryton's own books say, read with the sessions of its people and never through our adapter: the judge of what an
// engagement left there. Amounts are decimal text, as Tryton keeps them.
import { TECHNICAL_USER } from './rights.ts';
import { logIn, type Address, type TrytonSession } from './rpc.ts';

type Row = Record<string, unknown> & { id: number };

export interface TrytonInvoice {
  id: number;
  /** Our key. */
  reference: string | null;
  number: string | null;
  state: string;
  companyId: number;
  net: string;
  tax: string;
  total: string;
  /** Not reconciled yet. */
  openLines: number;
}

export interface TrytonMove {
  id: number;
  /** Our key, where it is an entry of ours. */
  description: string | null;
  companyId: number;
  state: string;
  lines: { account: string; debit: string; credit: string }[];
}

export interface TrytonProject {
  id: number;
  /** Our key in its comment. */
  key: string | null;
  name: string;
  status: string;
}

/** Everything that the books of all companies hold of ours. */
export interface TrytonBooks {
  /** Codes of the parties in use that the technical user made: our keys. */
  customers: string[];
  /** Quoted or confirmed orders by our key. */
  orders: { key: string; state: string }[];
  invoices: TrytonInvoice[];
  /** All posted and unposted entries of all companies. */
  moves: TrytonMove[];
  projects: TrytonProject[];
}

export interface TrytonWithPeople extends Address {
  passwords: Record<string, string>;
}

/** Reads them: the ledger as the accountant, projects as the project lead sees them. */
export async function readTrytonBooks(tryton: TrytonWithPeople): Promise<TrytonBooks> {
  const accountant = await logIn(tryton, 'accountant', tryton.passwords.accountant ?? '');
  const lead = await logIn(tryton, 'project-lead', tryton.passwords['project-lead'] ?? '');
  return {
    customers: (await rows(accountant, 'party.party', [['create_uid.login', '=', TECHNICAL_USER]], ['code'])).map(
      ({ code }) => String(code),
    ),
    orders: (await rows(accountant, 'sale.sale', [['reference', '!=', null]], ['reference', 'state'])).map((row) => ({
      key: String(row.reference),
      state: String(row.state),
    })),
    invoices: await invoices(accountant),
    moves: await moves(accountant),
    projects: await projects(lead),
  };
}

/** Decimal text of what Tryton answers for an amount. */
export function amount(value: unknown): string {
  return (value as { decimal?: string } | null)?.decimal ?? '0';
}

function rows(session: TrytonSession, model: string, domain: unknown[], fields: string[]): Promise<Row[]> {
  return session.model<Row[]>(model, 'search_read', [domain, 0, null, [['id', 'ASC']], fields]);
}

async function invoices(session: TrytonSession): Promise<TrytonInvoice[]> {
  const fields = ['reference', 'number', 'state', 'company', 'untaxed_amount', 'tax_amount', 'total_amount'];
  const found = await rows(session, 'account.invoice', [['type', '=', 'out']], [...fields, 'lines_to_pay']);
  const lineIds = found.flatMap((row) => row.lines_to_pay as number[]);
  const lines = await rows(session, 'account.move.line', [['id', 'in', lineIds]], ['reconciliation']);
  const open = new Set(lines.filter(({ reconciliation }) => reconciliation === null).map(({ id }) => id));
  return found.map((row) => ({
    id: row.id,
    reference: row.reference as string | null,
    number: row.number as string | null,
    state: String(row.state),
    companyId: Number(row.company),
    net: amount(row.untaxed_amount),
    tax: amount(row.tax_amount),
    total: amount(row.total_amount),
    openLines: (row.lines_to_pay as number[]).filter((id) => open.has(id)).length,
  }));
}

async function moves(session: TrytonSession): Promise<TrytonMove[]> {
  const found = await rows(session, 'account.move', [], ['description', 'company', 'state']);
  const lines = await rows(session, 'account.move.line', [], ['move', 'account.code', 'debit', 'credit']);
  return found.map((row) => ({
    id: row.id,
    description: row.description as string | null,
    companyId: Number(row.company),
    state: String(row.state),
    lines: lines
      .filter(({ move }) => move === row.id)
      .map((line) => ({
        account: String((line['account.'] as { code: string }).code),
        debit: amount(line.debit),
        credit: amount(line.credit),
      })),
  }));
}

async function projects(session: TrytonSession): Promise<TrytonProject[]> {
  const found = await rows(
    session,
    'project.work',
    [['type', '=', 'project']],
    ['name', 'comment', 'status.name', 'company'],
  );
  return found.map((row) => ({
    id: row.id,
    key: /^key: (.*)$/m.exec((row.comment as string | null) ?? '')?.[1] ?? null,
    name: String(row.name),
    status: String((row['status.'] as { name: string }).name),
  }));
}
