/**
 * Which invoices of ours changed their payment state, for the poller: NetSuite pushes nothing. Invoices of others have
 * no external id and are left out.
 */
import { understand } from '../http/classify.ts';
import type { Warn } from '../http/warn.ts';
import { advance, START, type Position } from '../http/watermark.ts';
import type { CallContext } from '../ports/context.ts';
import type { ErpPort } from '../ports/erp.port.ts';
import type { NetsuiteClient } from './client.ts';
import { fromWirePayment, instantOf } from './convert.ts';
import type { WirePaymentRow } from './wire.ts';

const ROWS_PER_PAGE = 1000;
const ISO_FORMAT = `'YYYY-MM-DD"T"HH24:MI:SS'`;
/** Ids per IN list; Oracle allows 1000. */
const IDS_PER_QUERY = 500;

/** One page of changes, oldest first. */
export async function changedPayments(
  account: { connectionId: string; client: NetsuiteClient; warn: Warn; since: string | null },
  context: CallContext,
): ReturnType<ErpPort['changedPayments']> {
  const { connectionId, client, warn, since } = account;
  const operation = 'read changed payments';
  const from = understand(connectionId, 'read watermark', () => positionOf(since));
  const now = new Date().toISOString();
  const offset = (from.page - 1) * ROWS_PER_PAGE;
  const page = await client.query<WirePaymentRow>(
    operation,
    suiteqlFrom(from.after),
    { limit: ROWS_PER_PAGE, offset },
    context,
  );
  const paid = page.items.filter((row) => row.foreignamountunpaid !== row.foreigntotal).map((row) => row.id);
  const dates = await paymentDates(client, operation, paid, context);
  const codes = new Map<string, string>();
  for (const { currency } of page.items) codes.set(currency, await client.currencyCode(currency, context));
  return understand(connectionId, operation, () => {
    const payments = page.items.map((row) =>
      fromWirePayment(row, codes.get(row.currency) ?? '', dates.get(row.id) ?? null, warn),
    );
    const stamps = page.items.map((row) => instantOf(row.changed));
    return { payments, watermark: JSON.stringify(advance(from, stamps, page.hasMore, now)), more: page.hasMore };
  });
}

function suiteqlFrom(after: string | null): string {
  const since =
    after === null
      ? ''
      : ` AND lastmodifieddate >= TO_TIMESTAMP('${after.slice(0, 19).replace('T', ' ')}', 'YYYY-MM-DD HH24:MI:SS')`;
  return (
    'SELECT id, externalid, status, currency, foreigntotal, foreignamountunpaid, ' +
    `TO_CHAR(lastmodifieddate, ${ISO_FORMAT}) AS changed FROM transaction ` +
    `WHERE type = 'CustInvc' AND externalid IS NOT NULL${since} ORDER BY lastmodifieddate, id`
  );
}

/** The date of the last payment by invoice. */
async function paymentDates(
  client: NetsuiteClient,
  operation: string,
  invoiceIds: readonly string[],
  context: CallContext,
): Promise<ReadonlyMap<string, string>> {
  const dates = new Map<string, string>();
  const page = { limit: ROWS_PER_PAGE, offset: 0 };
  for (let at = 0; at < invoiceIds.length; at += IDS_PER_QUERY) {
    const ids = invoiceIds.slice(at, at + IDS_PER_QUERY).join(', ');
    const links = await client.query<{ previousdoc: string; nextdoc: string }>(
      operation,
      `SELECT previousdoc, nextdoc FROM previoustransactionlink WHERE previousdoc IN (${ids}) AND linktype = 'Payment'`,
      page,
      context,
    );
    if (links.items.length === 0) continue;
    const payments = await client.query<{ id: string; trandate: string }>(
      operation,
      `SELECT id, trandate FROM transaction WHERE id IN (${links.items.map((link) => link.nextdoc).join(', ')})`,
      page,
      context,
    );
    const paidOn = new Map(payments.items.map((payment) => [payment.id, payment.trandate]));
    for (const { previousdoc, nextdoc } of links.items) {
      const date = paidOn.get(nextdoc);
      const latest = dates.get(previousdoc);
      if (date !== undefined && (latest === undefined || date > latest)) dates.set(previousdoc, date);
    }
  }
  return dates;
}

function positionOf(watermark: string | null): Position {
  if (watermark === null) return START;
  const { after, page } = JSON.parse(watermark) as Partial<Position>;
  return { after: after ?? null, page: page ?? 1 };
}
