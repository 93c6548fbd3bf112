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
import { type Applied, fromWirePayment, instantOf } from './convert.ts';
import type { WireApplied, WirePaymentRow } from './wire.ts';

const ROWS_PER_PAGE = 1000;
const ISO_FORMAT = `'YYYY-MM-DD"T"HH24:MI:SS'`;
/** The type of a credit memo among what was applied. */
const CREDIT_MEMO = 'CustCred';
const NOTHING_APPLIED: Applied = { paidOn: null, credits: [] };
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
  const changed = page.items.filter((row) => row.foreignamountunpaid !== row.foreigntotal).map((row) => row.id);
  const applied = await appliedTo(client, operation, changed, context);
  const codes = new Map<string, string>();
  for (const { currency } of page.items) codes.set(currency, await client.currencyCode(currency, context));
  return understand(connectionId, operation, () => {
    const payments = page.items.map((row) =>
      fromWirePayment(row, codes.get(row.currency) ?? '', applied.get(row.id) ?? NOTHING_APPLIED, warn),
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

/** What was applied to each of these invoices. */
async function appliedTo(
  client: NetsuiteClient,
  operation: string,
  invoiceIds: readonly string[],
  context: CallContext,
): Promise<ReadonlyMap<string, Applied>> {
  const links = await rowsOf<WireApplied>(
    { client, operation, context },
    invoiceIds,
    (ids) =>
      'SELECT previousdoc, nextdoc, nexttype, foreignamount FROM previoustransactionlinelink ' +
      `WHERE previousdoc IN (${ids}) AND linktype = 'Payment' ORDER BY previousdoc, nextdoc`,
  );
  const money = links.filter(({ nexttype }) => nexttype !== CREDIT_MEMO);
  const payments = await rowsOf<{ id: string; trandate: string }>(
    { client, operation, context },
    [...new Set(money.map(({ nextdoc }) => nextdoc))],
    (ids) => `SELECT id, trandate FROM transaction WHERE id IN (${ids}) ORDER BY id`,
  );
  const paidOn = new Map(payments.map((payment) => [payment.id, payment.trandate]));
  const appliedById = new Map<string, Applied>();
  for (const { previousdoc, nextdoc, nexttype, foreignamount } of links) {
    const applied = appliedById.get(previousdoc) ?? { paidOn: null, credits: [] };
    appliedById.set(previousdoc, applied);
    const date = paidOn.get(nextdoc) ?? null;
    if (nexttype === CREDIT_MEMO) applied.credits.push(foreignamount ?? '0');
    else if (date !== null && (applied.paidOn === null || date > applied.paidOn)) applied.paidOn = date;
  }
  return appliedById;
}

/** All rows that a query finds for these ids, however many pages they are. */
async function rowsOf<R>(
  { client, operation, context }: { client: NetsuiteClient; operation: string; context: CallContext },
  ids: readonly string[],
  suiteql: (ids: string) => string,
): Promise<R[]> {
  const rows: R[] = [];
  for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
    const text = suiteql(ids.slice(at, at + IDS_PER_QUERY).join(', '));
    for (let offset = 0, more = true; more; offset += ROWS_PER_PAGE) {
      const page = await client.query<R>(operation, text, { limit: ROWS_PER_PAGE, offset }, context);
      rows.push(...page.items);
      more = page.hasMore;
    }
  }
  return rows;
}

function positionOf(watermark: string | null): Position {
  if (watermark === null) return START;
  const { after, page } = JSON.parse(watermark) as Partial<Position>;
  return { after: after ?? null, page: page ?? 1 };
}
