/**
 * Invoices and credit notes of Tryton, which are one model: read under our key, made as a draft, compared, validated,
 * posted. What a crash left as a draft is gone on with where it has our content, and is a conflict where it has not.
 */
import { prepare, understand } from '../http/classify.ts';
import { confirmed } from '../http/confirmed.ts';
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';
import type { InvoiceOrder } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { lineKeyOf, noteOf, pricedLine, toMinor } from './convert.ts';
import { getCustomer } from './customers.ts';
import type { CompanyEntry } from './directory.ts';
import { theOne } from './once.ts';
import { periodState } from './rates-and-periods.ts';
import { date, decimal, refOf } from './values.ts';
import type { WireInvoice, WireInvoiceLine, WireWrite } from './wire.ts';

const MODEL = 'account.invoice';

/** What to post: an invoice (sign 1) or a credit note (sign -1: the same lines with negative quantities). */
export interface DocumentOrder {
  sign: 1 | -1;
  erpEntityRef: string;
  customerId: string;
  currency: string;
  issuedOn: string;
  /** Days until it is due; null where the customer's own terms do. */
  dueInDays: number | null;
  memo: string;
  comment: string | null;
  taxCode: string;
  lines: InvoiceOrder['lines'];
}

const FIELDS = [
  ...['number', 'reference', 'state', 'company', 'party', 'invoice_date', 'currency.code', 'untaxed_amount'],
  ...['tax_amount', 'total_amount', 'lines_to_pay', 'payment_lines', 'write_date', 'create_date', '_timestamp'],
  ...['payment_term', 'description', 'comment'],
];

/** Documents of the domain, with all that the port reads of them. */
export function readDocuments({ client }: Books, domain: readonly unknown[], context: CallContext) {
  return client.searchRead<WireInvoice>(MODEL, { domain, fields: FIELDS }, {}, context);
}

/** Lines of a document, in order of id. */
export function linesOf({ client }: Books, documentId: string, context: CallContext): Promise<WireInvoiceLine[]> {
  const reading = { domain: [['invoice', '=', refOf(documentId)]], fields: ['note', 'account', 'amount', 'taxes'] };
  return client.searchRead<WireInvoiceLine>('account.invoice.line', reading, {}, context);
}

/**
 * The document under our key, whatever its state; a draft that somebody cancelled before it was posted never was one.
 * @throws conflict where there are several
 */
export async function findDocument(books: Books, key: string, context: CallContext): Promise<WireInvoice | undefined> {
  const { connectionId } = books;
  const found = await readDocuments(
    books,
    [
      ['type', '=', 'out'],
      ['reference', '=', key],
    ],
    context,
  );
  const real = found.filter(({ state, number }) => state !== 'cancelled' || number !== null);
  return theOne({ connectionId, operation: `read ${MODEL}` }, key, real);
}

/**
 * Creates the document under the key and posts it.
 * @throws rejected before anything is created where something it refers to is missing or the period is closed; conflict
 * where the key is there with other content
 */
export async function postDocument(books: Books, key: string, order: DocumentOrder, context: CallContext) {
  const { client, connectionId, directory, writes } = books;
  const company = await directory.company(order.erpEntityRef, context);
  const scope = { companyId: company.id };
  return writes.alone(`company ${company.id}`, context, async () => {
    const place = { connectionId, operation: `create ${MODEL}` };
    const draft = await confirmed<WireInvoice | undefined>(place, {
      look: () => findDocument(books, key, context),
      missing: (seen) => (seen === undefined ? ['it is not found under its key'] : []),
      async write() {
        await assertPeriodOpen(books, company, order.issuedOn, context);
        const values = await toWireInvoice(books, company, key, order, context);
        await writes.create(place, key, context, {
          look: (within) => findDocument(books, key, within),
          send: (within) => client.create(MODEL, values, scope, within),
        });
      },
    });
    if (draft === undefined) throw new AdapterError('timeout', 'it is not found under its key', place);
    await assertContent(books, key, draft, order, context);
    // Validated, nobody edits it any more; between the comparison and this, Tryton refuses what was changed.
    const unchanged = { [`${MODEL},${draft.id}`]: draft._timestamp };
    await pressed(books, key, draft, 'validate_invoice', ['draft'], { ...scope, unchanged }, context);
    const validated = await findDocument(books, key, context);
    if (validated !== undefined) await assertContent(books, key, validated, order, context);
    return pressed(books, key, draft, 'post', ['draft', 'validated'], scope, context);
  });
}

/** Presses a button while the document is in one of the states that it leads out of, and reads back. */
async function pressed(
  books: Books,
  key: string,
  draft: WireInvoice,
  button: string,
  from: readonly string[],
  scope: { companyId: string; unchanged?: Record<string, string> },
  context: CallContext,
): Promise<WireInvoice> {
  const { client, connectionId } = books;
  const operation = `${button} ${MODEL}`;
  const document = await confirmed<WireInvoice | undefined>(
    { connectionId, operation },
    {
      look: () => findDocument(books, key, context),
      missing: (seen) => (seen === undefined || from.includes(seen.state) ? [`it is ${seen?.state ?? 'gone'}`] : []),
      async write() {
        try {
          await client.press(MODEL, button, draft.id, scope, context);
        } catch (error) {
          // Another attempt pressed it: the state, which is read back, decides.
          if (!(error instanceof AdapterError) || error.vendorCode !== 'BUTTON_NOT_OFFERED') throw error;
        }
      },
    },
  );
  if (document !== undefined) return document;
  throw new AdapterError('differs', `${key} is gone from Tryton`, { connectionId, operation });
}

/** @throws rejected naming period and company: what is created for a closed period could not be posted */
export async function assertPeriodOpen(books: Books, company: CompanyEntry, on: string, context: CallContext) {
  const { connectionId } = books;
  const period = await periodState(books, company.id, on, context);
  if (period?.state === 'open') return;
  const message =
    period === undefined
      ? `${company.name} has no period for ${on} in Tryton: finance creates it`
      : `period ${period.name} of ${company.name} is closed in Tryton (${on}): finance reopens it, or the date changes`;
  throw new AdapterError('rejected', message, {
    connectionId,
    operation: 'read account.period',
    vendorCode: 'PERIOD_CLOSED',
  });
}

async function toWireInvoice(
  books: Books,
  company: CompanyEntry,
  key: string,
  order: DocumentOrder,
  context: CallContext,
): Promise<WireWrite<'account.invoice'>> {
  const { client, connectionId, directory } = books;
  const operation = `create ${MODEL}`;
  const series = await client.series(context);
  const customer = await getCustomer(books, order.customerId, context);
  const { name } = customer.record;
  const refuse = (message: string) => new AdapterError('rejected', message, { connectionId, operation });
  if (customer.termId === null) throw refuse(`${name} has no payment terms in Tryton: finance sets them at the party`);
  if (!customer.hasTaxRule) {
    throw refuse(`${name} has no customer tax rule in Tryton: finance sets it at the party, in ${company.name}`);
  }
  const term = order.dueInDays === null ? customer.termId : await directory.paymentTerm(order.dueInDays, context);
  const tax = await directory.tax(company, order.taxCode, context);
  const currency = await directory.currency(order.currency, context);
  const journal = await directory.journal('REV', context);
  const receivable = await receivableOf(books, company, customer.customerId, context);
  const accounts = new Map<string, string>();
  for (const { account } of order.lines) accounts.set(account, (await directory.account(company, account, context)).id);
  return prepare(connectionId, operation, () => {
    const shared = { company: refOf(company.id), currency: refOf(currency) };
    const { identifier } = customer;
    return {
      ...shared,
      ...{ type: 'out', party: refOf(customer.customerId), reference: key, description: order.memo },
      ...{ invoice_date: date(order.issuedOn), invoice_address: refOf(customer.addressId ?? '') },
      ...{ payment_term: refOf(term), account: refOf(receivable), journal: refOf(journal), comment: order.comment },
      ...(identifier?.type === 'eu_vat' ? { party_tax_identifier: refOf(identifier.id) } : {}),
      lines: [
        [
          'create',
          order.lines.map((line) => {
            const { quantity, unitPrice, description } = pricedLine(line, order.currency, order.sign, series);
            return {
              ...{ ...shared, type: 'line', quantity, unit_price: decimal(unitPrice), description },
              ...{ account: refOf(accounts.get(line.account) ?? ''), taxes: [['add', [refOf(tax)]]] },
              note: noteOf(line.lineKey),
            };
          }),
        ],
      ],
    };
  });
}

/** The receivable account that Tryton uses for a party in a company: its own, or the company's default. */
async function receivableOf(
  { client, connectionId }: Books,
  company: CompanyEntry,
  partyId: string,
  context: CallContext,
) {
  const scope = { companyId: company.id };
  const reading = { domain: [['id', '=', refOf(partyId)]], fields: ['account_receivable'] };
  type Row = { account_receivable: string | null };
  const [party] = await client.searchRead<Row>('party.party', reading, scope, context);
  const settings = { domain: [], fields: ['default_account_receivable'] };
  type Defaults = { default_account_receivable: string | null };
  const [defaults] = await client.call<Defaults[]>(
    'account.configuration',
    'read',
    [[1], settings.fields],
    scope,
    context,
  );
  const account = party?.account_receivable ?? defaults?.default_account_receivable;
  if (account) return account;
  const message = `${company.name} has no default receivable account in Tryton: finance sets it in its configuration`;
  throw new AdapterError('rejected', message, { connectionId, operation: 'read account.configuration' });
}

/** A document under our key with other content is not ours to change. @throws conflict naming what differs */
async function assertContent(
  books: Books,
  key: string,
  there: WireInvoice,
  order: DocumentOrder,
  context: CallContext,
): Promise<void> {
  const { connectionId, directory } = books;
  const company = await directory.company(order.erpEntityRef, context);
  const lines = await linesOf(books, there.id, context);
  const tax = await directory.tax(company, order.taxCode, context);
  const wanted: string[] = [];
  for (const { lineKey, amountMinor, account } of order.lines) {
    const { id } = await directory.account(company, account, context);
    wanted.push([lineKey, order.sign * amountMinor, id, tax].join(' '));
  }
  const currency = there['currency.'].code;
  const found = understand(connectionId, `read ${MODEL}`, () =>
    lines.map(({ note, account, amount, taxes }) =>
      [lineKeyOf(note) ?? 'no key', toMinor(amount, currency), account, taxes.join('+')].join(' '),
    ),
  );
  const days = there.payment_term === null ? undefined : await directory.daysOf(there.payment_term, context);
  const differences = [
    ...different('company', there.company, company.id),
    ...different('customer', there.party, order.customerId),
    ...different('currency', currency, order.currency),
    ...different('date', there.invoice_date ?? 'none', order.issuedOn),
    ...(order.dueInDays === null ? [] : different('days until due', String(days), String(order.dueInDays))),
    ...different('text', (there.description ?? '').trim(), order.memo.trim()),
    ...different('comment', (there.comment ?? '').trim(), (order.comment ?? '').trim()),
    ...((await hasTaxByHand(books, there, context)) ? ['tax is entered by hand'] : []),
    ...different('lines (key, amount in minor units, account, tax)', found.sort().join('; '), wanted.sort().join('; ')),
  ];
  if (differences.length === 0) return;
  const message = `${key} is there (${there.number ?? there.state}) with other content: ${differences.join(', ')}`;
  throw new AdapterError('conflict', message, { connectionId, operation: `create ${MODEL}` });
}

/** A tax that somebody entered before it is posted; then it is in the total, which is compared with ours. */
async function hasTaxByHand({ client }: Books, { id, state }: WireInvoice, context: CallContext): Promise<boolean> {
  if (state !== 'draft' && state !== 'validated') return false;
  const domain = [
    ['invoice', '=', refOf(id)],
    ['manual', '=', true],
  ];
  return (await client.searchRead('account.invoice.tax', { domain, fields: ['manual'] }, {}, context)).length > 0;
}

function different(what: string, there: string, wanted: string): string[] {
  return there === wanted ? [] : [`${what} is ${there}, expected ${wanted}`];
}
