/**
 * Invoices in our own books: drafted from approved work, milestones and periods, voided, and booked once the ERP has
 * posted them. All money is computed here, once, by the rules of domain/billing; the workflow sees ids and totals
 * (architecture.md 5).
 */
import { putOnDraft } from '../domain/billing/billed-states.ts';
import { buildInvoice, type InvoiceDraft } from '../domain/billing/build-invoice.ts';
import { billableOnly } from '../domain/billing/capped-charges.ts';
import { paymentPostings } from '../domain/ledger/invoice-posting.ts';
import { accountOf, type LegalEntity } from '../domain/configuration.ts';
import type { Contract } from '../domain/deal/contract.ts';
import { inErp } from '../domain/erp-routing.ts';
import { DomainError } from '../domain/errors.ts';
import type { CallInput, CallResult, DraftedInvoice, Envelope } from '../domain/engagement/calls.ts';
import { add, formatMoney, isZero, money, subtract } from '../domain/money/money.ts';
import type { Books } from '../persistence/books.ts';
import type { InvoiceDocument, RatedSource, StoredInvoice } from '../persistence/repositories/invoices.ts';
import { balancesOf, documentRole, invoiceJournals, ledgerEntry } from './billing/bookkeeping.ts';
import { gather, type Gathered, isBillable, ownSourceKey } from './billing/ready-to-bill.ts';
import { objectKey } from './connections/source.ts';
import { type Call, type Dependencies, entityInErp, invoiceIdOf, legalEntityOf, moveBefore } from './dependencies.ts';
import { translated } from './failures.ts';

/** Everything the workflow needs to know of a stored draft. */
async function drafted(inOne: Books, invoice: StoredInvoice, contract: Contract): Promise<DraftedInvoice> {
  const { document, engagementId } = invoice;
  const prefix = ownSourceKey(engagementId, '');
  const workApprovers = await inOne.workBatches.approversOf(invoice.invoiceId);
  return {
    ...(workApprovers.length === 0 ? {} : { workApprovers }),
    invoiceId: invoice.invoiceId,
    hash: invoice.hash,
    net: document.net,
    total: document.total,
    dueOn: document.dueOn,
    ...(document.erpConnectionId === undefined ? {} : { erpConnectionId: document.erpConnectionId }),
    title: `Invoice to ${contract.customer.name}: ${formatMoney(document.total)}`,
    heldMinor: invoice.heldMinor,
    milestoneIds: document.lines
      .filter((line) => line.source.kind === 'milestone')
      .flatMap((line) => line.source.ids.map((id) => id.slice(prefix.length))),
  };
}

/** The draft with source keys instead of ids, and with what the ERP is asked to post: one account a line. */
function documentOf(
  draft: InvoiceDraft,
  engagementId: string,
  contract: Contract,
  legalEntity: LegalEntity,
): InvoiceDocument {
  const models = new Map(contract.lines.map((line) => [line.lineId, line.pricing.model]));
  const lines = draft.lines.map((line) => {
    const isOwn = line.source.kind === 'milestone' || line.source.kind === 'retainer';
    const ids = isOwn ? line.source.ids.map((id) => ownSourceKey(engagementId, id)) : line.source.ids;
    return { ...line, source: { ...line.source, ids } };
  });
  const order = {
    purchaseOrder: contract.purchaseOrder,
    memo: contract.name,
    taxCode: draft.taxes[0]?.code ?? '',
    lines: draft.lines.map(({ lineNo, contractLineId, description, quantity, amount }) => ({
      lineKey: String(lineNo),
      title: description,
      quantity,
      amountMinor: amount.amountMinor,
      account: accountOf(legalEntity, documentRole(models.get(contractLineId) ?? 'fixed-fee'), draft.invoiceOn),
    })),
  };
  const { erpConnectionId, erpEntityRef } = legalEntity;
  const { mode, tax, taxMode = mode } = legalEntity.rounding;
  return { ...draft, lines, order, erpConnectionId, erpEntityRef, rounding: { mode, tax, taxMode } };
}

/** The prices of the billed entries, to be frozen with the draft. */
function ratedSources({ lines, entries }: Gathered): RatedSource[] {
  return lines.flatMap((line) =>
    billableOnly(line.charges).map(({ charge, billable, held }) => {
      putOnDraft({ held: isZero(billable) && !isZero(held), invoice: null });
      return {
        kind: charge.kind,
        sourceKey: charge.entryId,
        ...(entries.get(charge.entryId) ?? { version: '', part: 1 }),
        contractLineId: charge.lineId,
        effectiveOn: charge.workedOn,
        rate: charge.kind === 'time' ? charge.hourlyRate : null,
        amount: billable,
        heldMinor: subtract(charge.amount, billable).amountMinor,
        derivation: charge.derivation,
      };
    }),
  );
}

/** The calls of billing and payment. */
export function createBillingActivities({ books, configuration }: Pick<Dependencies, 'books' | 'configuration'>) {
  const call =
    (body: (inOne: Books, input: CallInput, envelope: Envelope<CallInput>) => ReturnType<Call>): Call =>
    (envelope) =>
      translated(() => books.exclusively(envelope.data.engagementId, (inOne) => body(inOne, envelope.data, envelope)));

  async function draft(inOne: Books, input: CallInput, envelope: Envelope<CallInput>): Promise<CallResult> {
    const { engagementId, scope, key, asOf, contractVersion } = input;
    const contract = await inOne.contracts.get(engagementId, contractVersion);
    const known = await inOne.invoices.findByKey(key);
    if (known?.state === 'void')
      throw new DomainError('INVOICE_VOID', `invoice ${known.invoiceId} was voided`, { key });
    const waiting = await awaiting(inOne, input);
    if (known) return { ref: known.invoiceId, draft: await drafted(inOne, known, contract), ...waiting };
    const legalEntity = entityInErp(configuration, input);
    const currency = scope.currency ?? legalEntity.functionalCurrency;
    const gathered = await gather(inOne, {
      engagementId,
      contract,
      legalEntity,
      currency,
      untilExclusive: scope.untilExclusive ?? null,
      milestoneIds: scope.milestoneIds ?? [],
    });
    if (gathered.findings.length > 0) return { findings: gathered.findings };
    if (!isBillable(gathered)) return { nothing: true, ...waiting };
    const move = moveBefore(configuration, input, asOf);
    if (move) return move;
    const { customer } = contract;
    const built = buildInvoice({ legalEntity, customer, currency, invoiceOn: asOf, lines: gathered.lines });
    const invoice = await inOne.invoices.store({
      engagementId,
      legalEntityId: legalEntity.legalEntityId,
      contractVersion,
      key,
      heldMinor: gathered.held.amountMinor,
      document: documentOf(built, engagementId, contract, legalEntity),
      rated: ratedSources(gathered),
    });
    await audit(inOne, envelope, 'invoice.draft', invoice.invoiceId, { hash: invoice.hash, total: built.total });
    return { ref: invoice.invoiceId, draft: await drafted(inOne, invoice, contract), ...waiting };
  }

  async function bookPosted(inOne: Books, input: CallInput, envelope: Envelope<CallInput>): Promise<CallResult> {
    if (!input.posted)
      throw new DomainError('INVOICE_NOT_POSTED', `step ${input.key} comes before the invoice was posted`);
    const invoice = await inOne.invoices.get(invoiceIdOf(input));
    const { invoiceId, engagementId, legalEntityId, document } = invoice;
    const wholeEntity = legalEntityOf(configuration, legalEntityId);
    const legalEntity = inErp(wholeEntity, document.erpConnectionId);
    const { erpConnectionId } = legalEntity;
    const posted = { erpConnectionId, erpId: input.posted.erpRef, number: input.posted.number };
    await inOne.invoices.markPosted(invoiceId, { ...posted, postedOn: document.invoiceOn });
    // It may have been paid or credited before.
    await inOne.inbox.revive(erpConnectionId, objectKey.invoice(posted.erpId));
    await inOne.inbox.revive(erpConnectionId, objectKey.credits(posted.erpId));
    // An invoice over nothing has a number and no journal.
    const isBooked = document.total.amountMinor === 0 || (await inOne.journals.exists('invoice', invoiceId));
    if (isBooked) return { ref: invoiceId };
    const contract = await inOne.contracts.get(engagementId, invoice.contractVersion);
    const erp = { connectionId: erpConnectionId, beganWith: wholeEntity.erpConnectionId };
    const journals = invoiceJournals(invoice, contract, await balancesOf(inOne, engagementId, contract, erp));
    const asInvoice = { sourceKind: 'invoice' as const, key: input.key, erpId: posted.erpId };
    const asReclass = { sourceKind: 'reclass' as const, key: `${input.key}-reclass`, erpId: null };
    const of = { engagementId, sourceId: invoiceId };
    await inOne.journals.add(ledgerEntry(journals.document, legalEntity, { ...of, ...asInvoice }));
    if (journals.reclassification) {
      await inOne.journals.add(ledgerEntry(journals.reclassification, legalEntity, { ...of, ...asReclass }));
    }
    await wantReports(inOne, input);
    await audit(inOne, envelope, 'invoice.book', invoiceId, { ...posted, total: document.total });
    return { ref: invoiceId };
  }

  async function pay(inOne: Books, input: CallInput, envelope: Envelope<CallInput>): Promise<CallResult> {
    const { payment } = input.scope;
    if (!payment) throw new DomainError('PAYMENT_INVALID', `step ${input.key} has no payment`, { key: input.key });
    const { version, unpaidMinor, paidOn } = payment;
    const invoiceId = invoiceIdOf(input);
    const { paymentId, amount, isNew } = await inOne.invoices.pay({
      invoiceId,
      key: input.key,
      version,
      unpaidMinor,
      paidOn,
    });
    if (!isNew) return { ref: paymentId };
    const { engagementId, legalEntityId, erpConnectionId, erpId } = await inOne.invoices.get(invoiceId);
    const legalEntity = inErp(legalEntityOf(configuration, legalEntityId), erpConnectionId ?? undefined);
    const unpaid = add(amount, money(unpaidMinor, amount.currency));
    const journal = paymentPostings({ paymentId, invoiceId, legalEntityId, amount, unpaid, paidOn });
    const of = { engagementId, sourceKind: 'payment' as const, sourceId: paymentId, key: input.key, erpId };
    await inOne.journals.add(ledgerEntry(journal, legalEntity, of));
    await wantReports(inOne, input);
    await audit(inOne, envelope, 'payment.book', paymentId, { invoiceId, amount, paidOn });
    return { ref: paymentId };
  }

  /** CRM and PSA are to be told (R40, R48), by the jobs of their connections. */
  async function wantReports(inOne: Books, { engagementId, connectionId, legalEntityId }: CallInput): Promise<void> {
    const { psaConnectionId } = legalEntityOf(configuration, legalEntityId);
    await inOne.reports.want(engagementId, [
      { connectionId, legalEntityId: '' },
      { connectionId: psaConnectionId, legalEntityId },
    ]);
  }

  return {
    /** Drafts an invoice of a legal entity and currency; the same key again answers with the same draft. */
    draftInvoice: call(draft),

    /** Voids the draft of the step's key and frees what it billed. There need be none: it may never have been made. */
    voidDraftInvoice: call(async (inOne, input, envelope) => {
      const before = await inOne.invoices.findByKey(input.key);
      if (!before) return {};
      const { invoiceId } = before;
      await inOne.invoices.void(invoiceId);
      if (before.state === 'draft') await audit(inOne, envelope, 'invoice.void', invoiceId, { hash: before.hash });
      return { ref: invoiceId };
    }),

    /** Books the invoice that the ERP posted: its number, and the journal of its document. */
    bookInvoice: call(bookPosted),

    /** Books a payment that the ERP reported. */
    bookPayment: call(pay),
  };
}

/** The work of the run's period that waits for approval: a draft leaves it out, and says so. */
async function awaiting(
  books: Books,
  { engagementId, legalEntityId, scope: { untilExclusive } }: CallInput,
): Promise<Pick<CallResult, 'waiting'>> {
  if (untilExclusive === undefined) return {};
  const { time, expenses } = await books.work.submitted(engagementId, { legalEntityId, untilExclusive });
  return time + expenses === 0 ? {} : { waiting: { time, expenses } };
}

/** Writes the trail of something that was done just now. */
async function audit(
  books: Books,
  { actor, correlationId, data }: Envelope<CallInput>,
  action: string,
  objectId: string,
  after: unknown,
): Promise<void> {
  const [objectType = ''] = action.split('.');
  const { engagementId } = data;
  const outcome = 'accepted' as const;
  await books.audit.add({
    ...{ actor, correlationId, action, objectType, objectId, engagementId, outcome, after },
    before: null,
    reason: actor.reason ?? null,
  });
}
