/**
 * Credit notes of ours in Tryton: an invoice with negative quantities, which Tryton numbers as a credit note. Tryton's
 * own wizard is kept for people: it also cancels the invoice. Finance matches what is given back with the invoice.
 */
import { understand } from '../http/classify.ts';
import type { CallContext } from '../ports/context.ts';
import { AdapterError } from '../ports/errors.ts';
import type { CreditNoteOrder, CreditNoteRecord } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { toMinor, totalMinor } from './convert.ts';
import { findDocument, postDocument, readDocuments } from './documents.ts';
import { refOf } from './values.ts';
import type { WireInvoice } from './wire.ts';

export async function findCreditNote(
  books: Books,
  key: string,
  context: CallContext,
): Promise<CreditNoteRecord | undefined> {
  const found = await findDocument(books, key, context);
  return found && fromWire(books, found);
}

export async function createCreditNote(
  books: Books,
  key: string,
  order: CreditNoteOrder,
  context: CallContext,
): Promise<CreditNoteRecord> {
  const { erpEntityRef, customerId, currency, memo, taxCode, lines } = order;
  const number = await creditedNumber(books, key, order, context);
  const document = {
    ...{ sign: -1 as const, issuedOn: order.creditedOn, dueInDays: null, comment: `Credits invoice ${number}` },
    ...{ erpEntityRef, customerId, currency, memo, taxCode, lines },
  };
  return fromWire(books, await postDocument(books, key, document, context));
}

/**
 * The number of the invoice that is credited. @throws rejected where it is not posted, is another customer's, or has
 * less than is given back
 */
async function creditedNumber(books: Books, key: string, order: CreditNoteOrder, context: CallContext) {
  const { connectionId } = books;
  const { invoiceId, currency, customerId } = order;
  const refuse = (message: string) =>
    new AdapterError('rejected', message, { connectionId, operation: 'create credit note' });
  const isRef = /^[1-9]\d*$/.test(invoiceId);
  const [invoice] = isRef ? await readDocuments(books, [['id', '=', refOf(invoiceId)]], context) : [];
  if (invoice === undefined) throw refuse(`there is no invoice ${invoiceId} in Tryton to credit`);
  const { number, state } = invoice;
  if (number === null || (state !== 'posted' && state !== 'paid')) {
    throw refuse(`invoice ${number ?? invoiceId} is ${state} in Tryton: only a posted one is credited`);
  }
  if (invoice.party !== customerId || invoice['currency.'].code !== currency) {
    throw refuse(`invoice ${number} is of party ${invoice.party} in ${invoice['currency.'].code}`);
  }
  const givenBack = totalMinor(
    order.lines.map(({ amountMinor }) => amountMinor),
    currency,
  );
  const net = toMinor(invoice.untaxed_amount, currency);
  if (givenBack > net) {
    throw refuse(`${key} gives back ${String(givenBack)} of ${String(net)} (minor units, net) of invoice ${number}`);
  }
  return number;
}

function fromWire({ connectionId }: Books, note: WireInvoice): CreditNoteRecord {
  return understand(connectionId, 'read account.invoice', () => {
    const currency = note['currency.'].code;
    return {
      creditNoteId: note.id,
      number: note.number ?? `${note.state} ${note.id}`,
      currency,
      netMinor: -toMinor(note.untaxed_amount, currency),
      taxMinor: -toMinor(note.tax_amount, currency) + 0,
      totalMinor: -toMinor(note.total_amount, currency),
    };
  });
}
