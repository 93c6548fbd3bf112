/**
 * Which invoices of ours changed their payment state, for the poller: Tryton pushes nothing. Two readers share one
 * watermark: invoices by their own stamp, and payments of people by theirs, because a payment that succeeded in part
 * moves no invoice. A stamp is that of the start of its transaction, so each reads an overlap again.
 */
import { understand } from '../http/classify.ts';
import { advance, START, type Position } from '../http/watermark.ts';
import type { CallContext } from '../ports/context.ts';
import type { ErpPort, PaymentChange } from '../ports/erp.port.ts';
import type { Books } from './books.ts';
import { toMinor } from './convert.ts';
import { readDocuments } from './documents.ts';
import { type Due, duesOf } from './dues.ts';
import { datetime, refOf } from './values.ts';
import type { WireInvoice } from './wire.ts';

const ROWS_PER_PAGE = 500;
const OPERATION = 'read changed payments';

interface Watermark {
  invoices: Position;
  payments: Position;
}

/** A record with the stamp of its last change. */
interface Stamped {
  id: string;
  write_date: string | null;
}

/** One page of each reader, oldest first. */
export async function changedPayments(
  books: Books,
  since: string | null,
  context: CallContext,
): ReturnType<ErpPort['changedPayments']> {
  const { connectionId, login } = books;
  const from = understand(connectionId, 'read watermark', () => watermarkOf(since));
  const now = new Date().toISOString();
  const ours = [
    ['type', '=', 'out'],
    ['number', '!=', null],
    ['reference', '!=', null],
    ['create_uid.login', '=', login],
  ];
  const invoices = await changed<Stamped>(books, 'account.invoice', ours, ['write_date'], from.invoices, context);
  type Payment = Stamped & { 'line.': { 'move_origin.': { id: string } | null } | null };
  const payments = await changed<Payment>(
    books,
    'account.payment',
    [['line.move_origin.create_uid.login', '=', login, 'account.invoice']],
    ['write_date', 'line.move_origin.id'],
    from.payments,
    context,
  );
  const ids = [
    ...invoices.rows.map(({ id }) => id),
    ...payments.rows.flatMap((row) => row['line.']?.['move_origin.']?.id ?? []),
  ];
  const rows = await readDocuments(books, [ours, ['id', 'in', [...new Set(ids)].map(refOf)]], context);
  const dues = await duesOf(books, rows, context);
  return understand(connectionId, OPERATION, () => {
    const changes = rows.map((row) => changeOf(row, dues.get(row.id)));
    const watermark = {
      invoices: advance(from.invoices, invoices.stamps, invoices.more, now),
      payments: advance(from.payments, payments.stamps, payments.more, now),
    };
    return {
      payments: changes.sort((a, b) => (a.version < b.version ? -1 : 1)),
      watermark: JSON.stringify(watermark),
      more: invoices.more || payments.more,
    };
  });
}

/** A page of records changed at or after a position. Records that people use were written after they were made. */
async function changed<R extends Stamped>(
  { client }: Books,
  model: string,
  domain: readonly unknown[],
  fields: readonly string[],
  { after, page }: Position,
  context: CallContext,
): Promise<{ rows: R[]; stamps: string[]; more: boolean }> {
  const stamped = after === null ? [['write_date', '!=', null]] : [['write_date', '>=', datetime(after)]];
  const rows = await client.page<R>(
    model,
    {
      ...{ domain: [...domain, ...stamped], fields, limit: ROWS_PER_PAGE, offset: (page - 1) * ROWS_PER_PAGE },
      order: [
        ['write_date', 'ASC'],
        ['id', 'ASC'],
      ],
    },
    {},
    context,
  );
  return { rows, stamps: rows.map((row) => row.write_date ?? ''), more: rows.length === ROWS_PER_PAGE };
}

function changeOf(invoice: WireInvoice, due: Due | undefined): PaymentChange {
  if (due === undefined) throw new TypeError(`invoice ${invoice.id} has no payment side`);
  const currency = invoice['currency.'].code;
  return {
    ...{ invoiceKey: invoice.reference ?? '', invoiceId: invoice.id, version: due.changedAt, state: due.state },
    ...{ totalMinor: toMinor(invoice.total_amount, currency), unpaidMinor: due.unpaidMinor, currency },
    creditedMinor: due.creditedMinor,
    ...{ changedAt: due.changedAt, paidOn: due.paidOn },
  };
}

function watermarkOf(watermark: string | null): Watermark {
  const { invoices, payments } = JSON.parse(watermark ?? '{}') as Partial<Watermark>;
  return { invoices: { ...START, ...invoices }, payments: { ...START, ...payments } };
}
