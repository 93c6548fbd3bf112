/** Which of our invoices were paid in an ERP. The ERP's own state decides; what is unpaid now is the fact. */
import type { PaymentChange } from '../../adapters/ports/index.ts';
import { versionAfter } from '../../domain/versions.ts';
import type { Books } from '../../persistence/books.ts';
import { objectKey, pollContext, type PollDependencies, type PollResult, receiveNote, reporterOf } from './source.ts';

const FEED = 'payments';

/** Takes one page of changes. */
export async function pollErp({ systems, books }: PollDependencies, connectionId: string): Promise<PollResult> {
  const since = await books.cursors.get(connectionId, FEED);
  const page = await systems.erp(connectionId).changedPayments(since, pollContext(connectionId));
  return books.transaction(async (inOne) => {
    let facts = 0;
    for (const change of page.payments) facts += await receivePayment(inOne, connectionId, change);
    if (page.watermark !== null) await inOne.cursors.advance(connectionId, FEED, since, page.watermark);
    return { more: page.more, facts, lines: 0, unknownProject: 0 };
  });
}

/**
 * An invoice posted a moment ago may not be in our books yet: its fact waits without an engagement until it is. One that
 * is open is news only where a payment was told before, because then that was taken back.
 */
async function receivePayment(books: Books, connectionId: string, change: PaymentChange): Promise<number> {
  const key = objectKey.invoice(change.invoiceId);
  const latest = await books.inbox.latestAbout(connectionId, key);
  if (change.state === 'open' && (latest === undefined || latest.unpaidMinor === change.unpaidMinor)) return 0;
  const invoice = await books.invoices.findByErpId(connectionId, change.invoiceId);
  const engagement = invoice && (await books.engagements.find(invoice.engagementId));
  const { inboxId, isNew } = await books.inbox.receive({
    connectionId,
    eventId: `payment:${change.invoiceId}@${change.version}:${String(change.unpaidMinor)}:${change.state}`,
    type: 'invoicePaid',
    objectKey: key,
    version: versionAfter(latest?.version, change.version),
    effectiveOn: change.paidOn,
    occurredAt: change.changedAt,
    correlationId: engagement?.correlationId ?? `poll-${connectionId}`,
    actor: reporterOf(connectionId),
    origin: { erpInvoiceId: change.invoiceId },
    data: {
      unpaidMinor: change.unpaidMinor,
      paidOn: change.paidOn ?? change.changedAt.slice(0, 10),
      note: `${change.invoiceKey} ${change.state}`,
      ...(invoice ? { invoiceId: invoice.invoiceId } : {}),
    },
    engagementId: engagement?.engagementId ?? null,
  });
  if (change.state !== 'voided') return isNew ? 1 : 0;
  await books.inbox.markIgnored(inboxId, 'the invoice was voided in the ERP: no payment');
  const note = `voided:${change.invoiceId}`;
  if (!invoice || !engagement || (await books.inbox.latestAbout(connectionId, note))) return isNew ? 1 : 0;
  const { engagementId, correlationId } = engagement;
  const what = `Invoice ${invoice.number ?? change.invoiceId} was voided in the ERP`;
  return receiveNote(books, {
    ...{ connectionId, engagementId, correlationId, objectKey: note, occurredAt: change.changedAt },
    ...{ code: 'INVOICE_VOIDED', message: `${what}: here it is posted, and owed as before; settle it with accounting` },
  });
}
