/**
 * A contract in Tryton: an order that is quoted and never confirmed, because a confirmed one makes invoices by itself.
 * Its billing method is manual as well, should somebody confirm it. The schedule is information and stands in its
 * comment, a line each.
 */
import { prepare, understand } from '../http/classify.ts';
import { confirmed } from '../http/confirmed.ts';
import { formatDecimal } from '../../domain/money/money.ts';
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';
import type { ContractOrder, ContractRecord } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { lineKeyOf, noteOf, toAmount, toMinor, totalMinor } from './convert.ts';
import { getCustomer } from './customers.ts';
import { theOne } from './once.ts';
import { date, refOf } from './values.ts';
import type { WireSale, WireSaleLine, WireWrite } from './wire.ts';

const MODEL = 'sale.sale';

/** Orders under our key that are in use, or else the last one that is not. */
async function salesOf({ client }: Books, key: string, context: CallContext): Promise<WireSale[]> {
  const fields = ['number', 'state', 'comment', 'currency.code'];
  const found = await client.searchRead<WireSale>(MODEL, { domain: [['reference', '=', key]], fields }, {}, context);
  const living = found.filter(({ state }) => state !== 'cancelled');
  return living.length > 0 ? living : found.slice(-1);
}

async function findSale(books: Books, key: string, context: CallContext): Promise<WireSale | undefined> {
  const { connectionId } = books;
  return theOne({ connectionId, operation: `read ${MODEL}` }, key, await salesOf(books, key, context));
}

/** One that was cancelled is not in the way of a new one. */
async function findLiving(books: Books, key: string, context: CallContext): Promise<WireSale | undefined> {
  const found = await findSale(books, key, context);
  return found?.state === 'cancelled' ? undefined : found;
}

export async function findContract(
  books: Books,
  key: string,
  context: CallContext,
): Promise<ContractRecord | undefined> {
  const { client, connectionId } = books;
  const sale = await findSale(books, key, context);
  if (sale === undefined) return undefined;
  const reading = { domain: [['sale', '=', refOf(sale.id)]], fields: ['note', 'amount'] };
  const lines = await client.searchRead<WireSaleLine>('sale.line', reading, {}, context);
  return understand(connectionId, `read ${MODEL}`, () => fromWireSale(sale, lines));
}

/** An order that was not yet quoted is not yet kept. */
function fromWireSale(sale: WireSale, lines: readonly WireSaleLine[]): ContractRecord {
  const currency = sale['currency.'].code;
  const amounts = lines.map(({ amount }) => toMinor(amount, currency));
  const rows = (sale.comment ?? '').split('\n').flatMap((line) => ROW.exec(line)?.[1] ?? []);
  return {
    contractId: sale.id,
    currency,
    totalMinor: totalMinor(amounts, currency),
    scheduleTotalMinor: totalMinor(
      rows.map((amount) => toMinor(amount, currency)),
      currency,
    ),
    lineKeys: lines.flatMap(({ note }) => lineKeyOf(note) ?? []),
    active: sale.state !== 'cancelled',
  };
}

/** A row of the schedule: date, amount, title. */
const ROW = /^\d{4}-\d{2}-\d{2} \| (-?\d+(?:\.\d+)?) \| /;

function commentOf(order: ContractOrder): string {
  const { engagementId, projectRef, currency, startOn, endOn, schedule } = order;
  const rows = schedule.map(
    ({ dueOn, title, amountMinor }) => `${dueOn} | ${formatDecimal({ amountMinor, currency })} | ${title}`,
  );
  return [
    `Engagement ${engagementId}, project ${projectRef}, ${startOn} to ${endOn}.`,
    `Billing schedule in ${currency}, for information: Throughline bills this contract.`,
    ...rows,
  ].join('\n');
}

/** Creates the order under the key and quotes it; goes on with one that was made and not quoted. */
export async function createContract(books: Books, key: string, order: ContractOrder, context: CallContext) {
  const { client, connectionId, writes } = books;
  const operation = `create ${MODEL}`;
  const company = await books.directory.company(order.erpEntityRef, context);
  const scope = { companyId: company.id };
  return writes.alone(`company ${company.id}`, context, async () => {
    const sale = await confirmed<WireSale | undefined>(
      { connectionId, operation },
      {
        look: () => findLiving(books, key, context),
        missing: (seen) => (seen === undefined ? ['it is not found under its key'] : []),
        async write() {
          const values = await toWireSale(books, key, order, context);
          await writes.create({ connectionId, operation }, key, context, {
            look: (within) => findLiving(books, key, within),
            send: (within) => client.create(MODEL, values, scope, within),
          });
        },
      },
    );
    const quoted = await confirmed<WireSale | undefined>(
      { connectionId, operation: `quote ${MODEL}` },
      {
        look: () => findSale(books, key, context),
        missing: (seen) => (seen === undefined || seen.state === 'draft' ? ['it is not quoted'] : []),
        write: () => client.press(MODEL, 'quote', sale?.id ?? '', scope, context),
      },
    );
    return quoted?.id ?? ''; // Nothing is missing: it is there.
  });
}

async function toWireSale(
  books: Books,
  key: string,
  order: ContractOrder,
  context: CallContext,
): Promise<WireWrite<'sale.sale'>> {
  const { connectionId, directory } = books;
  const customer = await getCustomer(books, order.customerId, context);
  const company = await directory.company(order.erpEntityRef, context);
  const currency = await directory.currency(order.currency, context);
  return prepare(connectionId, `create ${MODEL}`, () => {
    const address = refOf(customer.addressId ?? '');
    return {
      ...{ company: refOf(company.id), party: refOf(customer.customerId), reference: key, description: order.title },
      ...{ sale_date: date(order.startOn), currency: refOf(currency), comment: commentOf(order) },
      ...{ invoice_address: address, shipment_address: address, invoice_method: 'manual', shipment_method: 'manual' },
      payment_term: customer.termId === null ? null : refOf(customer.termId),
      lines: [
        [
          'create',
          order.lines.map(({ lineKey, title, amountMinor }) => ({
            ...{ type: 'line', description: title, quantity: 1, note: noteOf(lineKey) },
            unit_price: toAmount(amountMinor, order.currency),
          })),
        ],
      ],
    };
  });
}

/** Cancels what is not confirmed; what somebody confirmed is told, because Tryton does not take that back. */
export async function cancelContract(books: Books, key: string, context: CallContext): Promise<void> {
  const { client, connectionId } = books;
  const operation = `cancel ${MODEL}`;
  await confirmed(
    { connectionId, operation },
    {
      look: async () => (await salesOf(books, key, context)).filter(({ state }) => state !== 'cancelled'),
      missing: (seen) => seen.map(({ id, state }) => `order ${id} is ${state}`),
      async write(seen) {
        const confirmedOne = seen.find(({ state }) => state !== 'draft' && state !== 'quotation');
        if (confirmedOne !== undefined) {
          const { id, number, state } = confirmedOne;
          const message = `order ${number ?? id} is ${state} in Tryton: sales closes it there`;
          throw new AdapterError('conflict', message, { connectionId, operation });
        }
        for (const { id } of seen) await client.press(MODEL, 'cancel', id, {}, context);
      },
    },
  );
}
