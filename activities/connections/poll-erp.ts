/**
 * Which of our invoices were paid in an ERP. The ERP's own state decides; what no money came in for is the fact. What
 * credits took off is no payment, and our books have no credits: finance is told.
 */
import type { PaymentChange } from '../../adapters/ports/index.ts';
import { add, formatMoney, money } from '../../domain/money/money.ts';
import { versionAfter } from '../../domain/versions.ts';
import type { Books } from '../../persistence/books.ts';
import type { EngagementRecord } from '../../persistence/repositories/engagements.ts';
import type { StoredInvoice } from '../../persistence/repositories/invoices.ts';
import { objectKey, pollContext, type PollDependencies, type PollResult, receiveNote, reporterOf } from './source.ts';

const FEED = 'payments';

/** Takes one page of changes. */
export async function pollErp({ systems, books }: PollDependencies, connectionId: string): Promise<PollResult> {
  const since = await books.cursors.get(connectionId, FEED);
  const page = await systems.erp(connectionId).changedPayments(since, pollContext(connectionId));
  return books.transaction(async (inOne) => {
    let facts = 0;
    for (const change of page.payments) facts += await receiveChange(inOne, connectionId, change);
    if (page.watermark !== null) await inOne.cursors.advance(connectionId, FEED, since, page.watermark);
    return { more: page.more, facts, lines: 0, unknownProject: 0 };
  });
}

/** A change, and whose it is. An invoice posted a moment ago may not be in our books yet: its facts wait for it. */
interface Seen {
  connectionId: string;
  change: PaymentChange;
  /** Minor units that no money came in for: what is open, and what credits took off. */
  unpaidMinor: number;
  /** What was told of it before. */
  latest: Latest;
  credits: Latest;
  invoice: StoredInvoice | undefined;
  engagement: EngagementRecord | undefined;
}

type Latest = Awaited<ReturnType<Books['inbox']['latestAbout']>>;

async function receiveChange(books: Books, connectionId: string, change: PaymentChange): Promise<number> {
  const { currency, state, totalMinor, creditedMinor } = change;
  const latest = await books.inbox.latestAbout(connectionId, objectKey.invoice(change.invoiceId));
  const credits = await books.inbox.latestAbout(connectionId, objectKey.credits(change.invoiceId));
  const unpaidMinor = add(money(change.unpaidMinor, currency), money(creditedMinor, currency)).amountMinor;
  const isVoided = state === 'voided';
  const isCredited = !isVoided && creditedMinor !== (credits?.creditedMinor ?? 0);
  // What nobody paid, and what has credits, is news only where that amount was not told before.
  const isQuiet = unpaidMinor === totalMinor || creditedMinor > 0 || credits !== undefined;
  const isPaid = isVoided || !isQuiet || unpaidMinor !== (latest?.unpaidMinor ?? totalMinor);
  if (!isCredited && !isPaid) return 0;
  const invoice = await books.invoices.findByErpId(connectionId, change.invoiceId);
  const engagement = invoice && (await books.engagements.find(invoice.engagementId));
  const seen = { connectionId, change, unpaidMinor, latest, credits, invoice, engagement };
  if (isVoided) return receiveVoided(books, seen);
  return (
    (isCredited ? await receiveCredits(books, seen) : 0) + (isPaid ? (await receivePayment(books, seen)).facts : 0)
  );
}

async function receivePayment(books: Books, seen: Seen): Promise<{ inboxId: string; facts: number }> {
  const { connectionId, change, unpaidMinor, latest, invoice, engagement } = seen;
  const { inboxId, isNew } = await books.inbox.receive({
    connectionId,
    eventId: `payment:${change.invoiceId}@${change.version}:${String(unpaidMinor)}:${change.state}`,
    type: 'invoicePaid',
    objectKey: objectKey.invoice(change.invoiceId),
    version: versionAfter(latest?.version, change.version),
    effectiveOn: change.paidOn,
    occurredAt: change.changedAt,
    correlationId: engagement?.correlationId ?? `poll-${connectionId}`,
    actor: reporterOf(connectionId),
    origin: { erpInvoiceId: change.invoiceId },
    data: {
      unpaidMinor,
      paidOn: change.paidOn ?? change.changedAt.slice(0, 10),
      note: `${change.invoiceKey} ${change.state}`,
      ...(invoice ? { invoiceId: invoice.invoiceId } : {}),
    },
    engagementId: engagement?.engagementId ?? null,
  });
  return { inboxId, facts: isNew ? 1 : 0 };
}

async function receiveVoided(books: Books, seen: Seen): Promise<number> {
  const { connectionId, change, invoice, engagement } = seen;
  const { inboxId, facts } = await receivePayment(books, seen);
  await books.inbox.markIgnored(inboxId, 'the invoice was voided in the ERP: no payment');
  const note = `voided:${change.invoiceId}`;
  if (!invoice || !engagement || (await books.inbox.latestAbout(connectionId, note))) return facts;
  const { engagementId, correlationId } = engagement;
  const what = `Invoice ${invoice.number ?? change.invoiceId} was voided in the ERP`;
  return receiveNote(books, {
    ...{ connectionId, engagementId, correlationId, objectKey: note, occurredAt: change.changedAt },
    ...{ code: 'INVOICE_VOIDED', message: `${what}: here it is posted, and owed as before; settle it with accounting` },
  });
}

/** A note for each amount that credits come to, and when they are taken back. */
function receiveCredits(books: Books, { connectionId, change, credits, invoice, engagement }: Seen): Promise<number> {
  const { changedAt, creditedMinor } = change;
  return receiveNote(books, {
    ...{ connectionId, engagementId: engagement?.engagementId ?? null, occurredAt: changedAt, creditedMinor },
    correlationId: engagement?.correlationId ?? `poll-${connectionId}`,
    objectKey: objectKey.credits(change.invoiceId),
    version: versionAfter(credits?.version, change.version),
    origin: { erpInvoiceId: change.invoiceId },
    ...{ code: 'INVOICE_CREDITED', message: creditMessage(change, invoice?.number ?? change.invoiceId) },
  });
}

/** It names the moment, because a credit may come, go and come again. */
function creditMessage({ changedAt, currency, creditedMinor }: PaymentChange, number: string): string {
  const when = `${changedAt.slice(0, 16).replace('T', ' ')} UTC`;
  if (creditedMinor === 0) {
    return `Invoice ${number}: what was credited in the ERP was taken back there (${when}); it is owed there as here`;
  }
  const amount = formatMoney(money(creditedMinor, currency));
  return (
    `Invoice ${number}: ${amount} of it was credited in the ERP (${when}). That is no payment: here it is owed and ` +
    'recognised as before, and the engagement stays open for it. Take the credit back in the ERP, or settle with ' +
    'accounting what takes its place'
  );
}
