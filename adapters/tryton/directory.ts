/**
 * Records of Tryton's own that documents refer to: company, accounts, taxes, terms, journals, countries, currencies.
 * People keep them; what is missing is refused with its name and where to add it, before anything is created. What was
 * found is kept for the life of the worker, since ids do not change; what was not is asked for again.
 */
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';
import type { TrytonClient } from './client.ts';
import { refOf } from './values.ts';

/** An account of one company. */
export interface AccountEntry {
  id: string;
  /** Expense accounts are those of project cost. */
  isExpense: boolean;
}

/** A company and what its documents need. */
export interface CompanyEntry {
  id: string;
  name: string;
  currency: string;
}

/** The look-ups. All throw AdapterError `rejected` naming what is missing. */
export interface Directory {
  company(erpEntityRef: string, context: CallContext): Promise<CompanyEntry>;
  /** All companies that the user works in. */
  companyIds(context: CallContext): Promise<string[]>;
  account(company: CompanyEntry, number: string, context: CallContext): Promise<AccountEntry>;
  tax(company: CompanyEntry, code: string, context: CallContext): Promise<string>;
  taxRule(company: CompanyEntry, profile: string, context: CallContext): Promise<string>;
  journal(code: string, context: CallContext): Promise<string>;
  /** The payment term that is due that many days after the invoice. */
  paymentTerm(days: number, context: CallContext): Promise<string>;
  /** The days of a payment term; undefined for one that is not a number of days. */
  daysOf(paymentTermId: string, context: CallContext): Promise<number | undefined>;
  currency(code: string, context: CallContext): Promise<string>;
  country(code: string, context: CallContext): Promise<string>;
}

/** Look-ups through `client`. */
export function createDirectory(connectionId: string, client: TrytonClient): Directory {
  const found = new Map<string, unknown>();
  const refuse = (what: string, message: string) =>
    new AdapterError('rejected', message, { connectionId, operation: `read ${what}` });
  async function kept<T>(key: string, find: () => Promise<T | undefined>): Promise<T | undefined> {
    const known = found.get(key) as T | undefined;
    if (known !== undefined) return known;
    const value = await find();
    if (value !== undefined) found.set(key, value);
    return value;
  }
  async function one<T>(what: string, name: string, missing: string, find: () => Promise<T | undefined>): Promise<T> {
    const value = await kept(`${what} ${name}`, find);
    if (value === undefined) throw refuse(what, missing);
    return value;
  }
  const idOf = async (
    model: string,
    domain: readonly unknown[],
    companyId: string | undefined,
    context: CallContext,
  ) => {
    const scope = companyId === undefined ? {} : { companyId };
    const rows = await client.searchRead<{ id: string }>(model, { domain, fields: ['id'] }, scope, context);
    return rows[0]?.id;
  };
  const inCompany = (company: CompanyEntry) => ['company', '=', refOf(company.id)] as const;
  return {
    company: (erpEntityRef, context) =>
      one(
        'company.company',
        erpEntityRef,
        `Tryton has no company "${erpEntityRef}" that this user works in`,
        async () => {
          if (!/^[1-9]\d*$/.test(erpEntityRef)) return undefined;
          const domain = [['id', '=', refOf(erpEntityRef)]];
          const fields = ['rec_name', 'currency.code'];
          type Row = { id: string; rec_name: string; 'currency.': { code: string } };
          const [row] = await client.searchRead<Row>('company.company', { domain, fields }, {}, context);
          return row && { id: row.id, name: row.rec_name, currency: row['currency.'].code };
        },
      ),
    async companyIds(context) {
      const rows = await client.searchRead<{ id: string }>(
        'company.company',
        { domain: [], fields: ['id'] },
        {},
        context,
      );
      return rows.map(({ id }) => id);
    },
    account: (company, number, context) =>
      one(
        'account.account',
        `${company.id} ${number}`,
        `${company.name} has no account ${number} in Tryton`,
        async () => {
          const domain = [inCompany(company), ['code', '=', number], ['type', '!=', null]];
          type Row = { id: string; 'type.': { expense: boolean } };
          const scope = { companyId: company.id };
          const fields = ['type.expense'];
          const [row] = await client.searchRead<Row>('account.account', { domain, fields }, scope, context);
          return row && { id: row.id, isExpense: row['type.'].expense };
        },
      ),
    tax: (company, code, context) =>
      one('account.tax', `${company.id} ${code}`, `${company.name} has no tax ${code} in Tryton`, () =>
        idOf('account.tax', [inCompany(company), ['name', '=', code], ['parent', '=', null]], company.id, context),
      ),
    taxRule: (company, profile, context) =>
      one(
        'account.tax.rule',
        `${company.id} ${profile}`,
        `${company.name} has no customer tax rule ${profile} in Tryton: finance adds it under Taxes, Tax Rules`,
        () => idOf('account.tax.rule', taxRuleDomain(company, profile), company.id, context),
      ),
    journal: (code, context) =>
      one('account.journal', code, `Tryton has no journal ${code}`, () =>
        idOf('account.journal', [['code', '=', code]], undefined, context),
      ),
    async paymentTerm(days, context) {
      const terms = await termsOf(client, context);
      const [id] = [...terms].find(([, each]) => each === days) ?? [];
      const message = `Tryton has no payment term of ${String(days)} days: finance adds it under Payment Terms`;
      if (id === undefined) throw refuse('account.invoice.payment_term', message);
      return id;
    },
    daysOf: async (paymentTermId, context) => (await termsOf(client, context)).get(paymentTermId),
    currency: (code, context) =>
      one('currency.currency', code, `Tryton has no currency ${code}`, () =>
        idOf('currency.currency', [['code', '=', code]], undefined, context),
      ),
    country: (code, context) =>
      one('country.country', code, `Tryton has no country ${code}`, () =>
        idOf('country.country', [['code', '=', code]], undefined, context),
      ),
  };
}

function taxRuleDomain(company: CompanyEntry, profile: string): unknown[] {
  return [
    ['company', '=', refOf(company.id)],
    ['name', '=', profile],
    ['kind', 'in', ['sale', 'both']],
  ];
}

interface Term {
  id: string;
  payment: string;
  relativedeltas: string[];
}

interface Delta {
  id: string;
  line: string;
  days: string | null;
  [other: string]: string | null;
}

/** Of these a delta must have none, else the term is no plain number of days. */
const OTHER_DELTAS = ['day', 'month', 'weekday', 'months', 'weeks'] as const;

/** Terms that are a number of days after the invoice, all of it at once: days by id, lowest id first. */
async function termsOf(client: TrytonClient, context: CallContext): Promise<Map<string, number>> {
  const model = 'account.invoice.payment_term.line';
  const lines = await client.searchRead<Term & { type: string }>(
    model,
    { domain: [], fields: ['payment', 'type', 'relativedeltas'] },
    {},
    context,
  );
  const deltas = await client.searchRead<Delta>(
    `${model}.delta`,
    { domain: [], fields: ['line', 'days', ...OTHER_DELTAS] },
    {},
    context,
  );
  const termIds = [...new Set(lines.map(({ payment }) => payment))].sort((a, b) => Number(a) - Number(b));
  const terms = new Map<string, number>();
  for (const termId of termIds) {
    const [line, ...further] = lines.filter(({ payment }) => payment === termId);
    if (line === undefined || further.length > 0 || line.type !== 'remainder') continue;
    const own = deltas.filter((delta) => delta.line === line.id);
    const isPlain = own.every((delta) => OTHER_DELTAS.every((name) => Number(delta[name] ?? 0) === 0));
    if (isPlain)
      terms.set(
        termId,
        own.reduce((days, delta) => days + Number(delta.days ?? 0), 0),
      );
  }
  return terms;
}
