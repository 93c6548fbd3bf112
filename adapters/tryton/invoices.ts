/** Invoices of ours in Tryton: posted once per key, read back with Tryton's own number, tax and total. */
import { daysBetween } from '../../domain/time/plain-date.ts';
import { understand } from '../http/classify.ts';
import type { CallContext } from '../ports/context.ts';
import type { InvoiceOrder, InvoiceRecord } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { lineKeyOf, toMinor } from './convert.ts';
import { findDocument, linesOf, postDocument } from './documents.ts';
import { duesOf } from './dues.ts';
import type { WireInvoice } from './wire.ts';

/** Also a draft that was never posted: somebody could post it, so the key is not free. */
export async function findInvoice(books: Books, key: string, context: CallContext): Promise<InvoiceRecord | undefined> {
  const found = await findDocument(books, key, context);
  return found && recordOf(books, found, context);
}

export async function createInvoice(
  books: Books,
  key: string,
  order: InvoiceOrder,
  context: CallContext,
): Promise<InvoiceRecord> {
  const posted = await postDocument(
    books,
    key,
    {
      sign: 1,
      issuedOn: order.invoiceOn,
      dueInDays: daysBetween(order.invoiceOn, order.dueOn),
      comment: order.purchaseOrder === null ? null : `Purchase order ${order.purchaseOrder}`,
      ...pickShared(order),
    },
    context,
  );
  return recordOf(books, posted, context);
}

function pickShared({ erpEntityRef, customerId, currency, memo, taxCode, lines }: InvoiceOrder) {
  return { erpEntityRef, customerId, currency, memo, taxCode, lines };
}

async function recordOf(books: Books, invoice: WireInvoice, context: CallContext): Promise<InvoiceRecord> {
  const due = (await duesOf(books, [invoice], context)).get(invoice.id);
  const lines = await linesOf(books, invoice.id, context);
  return understand(books.connectionId, 'read account.invoice', () => {
    const currency = invoice['currency.'].code;
    return {
      invoiceId: invoice.id,
      number: invoice.number ?? `${invoice.state} ${invoice.id}`,
      currency,
      netMinor: toMinor(invoice.untaxed_amount, currency),
      taxMinor: toMinor(invoice.tax_amount, currency),
      totalMinor: toMinor(invoice.total_amount, currency),
      unpaidMinor: due?.unpaidMinor ?? 0,
      state: due?.state ?? 'open',
      lines: lines.map(({ note, amount }) => ({ lineKey: lineKeyOf(note), amountMinor: toMinor(amount, currency) })),
    };
  });
}
