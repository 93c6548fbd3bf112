// Invoices in our books: drafted once, never twice for the same work, fixed when stored, booked with balanced journals.
import type { DataSource } from 'typeorm';
import { createBillingActivities } from '../../../activities/billing.activities.ts';
import { money } from '../../../domain/money/money.ts';
import { identityHolds } from '../../../domain/ledger/balances.ts';
import { balancesOf } from '../../../activities/billing/bookkeeping.ts';
import type { Books } from '../../../persistence/books.ts';
import type { ContractLine } from '../../../domain/deal/contract.ts';
import {
  configuration,
  contractOf,
  engage,
  envelope,
  expense,
  fixedFee,
  openBooks,
  PSA,
  retainer,
  time,
  timeAndMaterials,
} from './books-of-test.ts';

let dataSource: DataSource;
let books: Books;

beforeEach(async () => {
  ({ dataSource, books } = await openBooks());
});
afterEach(() => dataSource.destroy());

function billing() {
  return createBillingActivities({ books, configuration });
}

/** An engagement with two approved January entries and one of March, when the rate is another. */
async function worked(...lines: ContractLine[]): Promise<string> {
  const { engagementId, projectId } = await engage(books, 'd-1', ...lines);
  await books.work.appendTime(PSA, [
    time('t-1', projectId, '2026-01-12', 8),
    time('t-2', projectId, '2026-01-13', 7.5),
    time('t-3', projectId, '2026-03-02', 2),
    time('t-4', projectId, '2026-01-14', 8, { state: 'submitted' }),
    time('t-5', projectId, '2026-01-15', 8, { billable: false }),
  ]);
  return engagementId;
}

describe('drafting', () => {
  test('approved billable work is billed at the rate of its day, expenses with mark-up', async () => {
    const engagementId = await worked(timeAndMaterials);
    await books.work.appendExpenses(PSA, [expense('x-1', 'p-d-1', '2026-01-20', 12_345)]);
    const { draft } = await billing().draftInvoice(
      envelope(engagementId, 'k-1', '2026-02-01', { untilExclusive: '2026-02-01' }),
    );
    // 15.5 h x 150.00 = 2,325.00; 123.45 x 1.10 = 135.795 -> 135.80; net 2,460.80; tax 20 % = 492.16; total 2,952.96
    expect(draft).toMatchObject({
      net: money(246_080, 'GBP'),
      total: money(295_296, 'GBP'),
      dueOn: '2026-03-03',
      heldMinor: 0,
    });
    const march = await billing().draftInvoice(
      envelope(engagementId, 'k-2', '2026-04-01', { untilExclusive: '2026-04-01' }),
    );
    expect(march.draft?.net).toEqual(money(32_000, 'GBP')); // 2 h x 160.00 (rate from March)
  });

  test('the same call again answers with the same draft, and nothing to bill is said', async () => {
    const engagementId = await worked(timeAndMaterials);
    const call = envelope(engagementId, 'k-1', '2026-02-01', { untilExclusive: '2026-02-01' });
    const first = await billing().draftInvoice(call);
    expect(await billing().draftInvoice(call)).toEqual(first);
    expect(
      await billing().draftInvoice(envelope(engagementId, 'k-2', '2026-02-01', { untilExclusive: '2026-02-01' })),
    ).toEqual({
      nothing: true,
      waiting: { time: 1, expenses: 0 }, // t-4 is submitted
    });
  });

  test('two runs at once bill each hour once', async () => {
    const engagementId = await worked(timeAndMaterials);
    const scope = { untilExclusive: '2026-02-01' };
    const results = await Promise.all(
      ['k-1', 'k-2', 'k-3'].map((key) => billing().draftInvoice(envelope(engagementId, key, '2026-02-01', scope))),
    );
    expect(results.filter((result) => result.draft)).toHaveLength(1);
    expect(results.filter((result) => result.nothing)).toHaveLength(2);
  });

  test('work without a rate stops the invoice with the reason, and nothing is stored', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [
      time('t-1', projectId, '2026-01-12', 8),
      time('t-2', projectId, '2026-01-13', 8, { role: 'Partner' }),
    ]);
    const result = await billing().draftInvoice(
      envelope(engagementId, 'k-1', '2026-02-01', { untilExclusive: '2026-02-01' }),
    );
    expect(result.findings).toMatchObject([{ code: 'RATE_MISSING', ownerRole: 'fin-preparer' }]);
    expect(result.findings?.[0]?.message).toContain('Partner');
    expect(await books.invoices.ofEngagement(engagementId)).toEqual([]);
  });

  test('work above the not-to-exceed amount is held, and what is left of the limit is billed later', async () => {
    const capped: ContractLine = {
      ...timeAndMaterials,
      pricing: { ...timeAndMaterials.pricing, ceiling: money(200_000, 'GBP') } as ContractLine['pricing'],
    };
    const engagementId = await worked(capped);
    const { draft } = await billing().draftInvoice(
      envelope(engagementId, 'k-1', '2026-02-01', { untilExclusive: '2026-02-01' }),
    );
    // 8 h = 1,200.00; 7.5 h = 1,125.00, of which 800.00 reach the limit of 2,000.00 and 325.00 are held
    expect(draft).toMatchObject({ net: money(200_000, 'GBP'), heldMinor: 32_500 });
    expect(
      await billing().draftInvoice(envelope(engagementId, 'k-2', '2026-04-01', { untilExclusive: '2026-04-01' })),
    ).toEqual({
      nothing: true,
      waiting: { time: 1, expenses: 0 }, // t-4 is submitted
    });
  });

  test('milestones and retainer months are billed once each, with the ids that the engagement knows', async () => {
    const { engagementId } = await engage(books, 'd-1', fixedFee, retainer);
    const milestone = await billing().draftInvoice(
      envelope(engagementId, 'k-1', '2026-02-03', { milestoneIds: ['m-1'] }),
    );
    expect(milestone.draft).toMatchObject({ milestoneIds: ['m-1'], net: money(1_000_000, 'GBP') });
    await expect(
      billing().draftInvoice(envelope(engagementId, 'k-2', '2026-02-03', { milestoneIds: ['m-1'] })),
    ).rejects.toMatchObject({ type: 'ALREADY_BILLED', nonRetryable: true });
    // In advance: on 1 February the fees of January and February are due.
    const fees = await billing().draftInvoice(
      envelope(engagementId, 'k-3', '2026-02-01', { untilExclusive: '2026-02-01' }),
    );
    expect(fees.draft?.net).toEqual(money(200_000, 'GBP'));
    expect(
      await billing().draftInvoice(envelope(engagementId, 'k-4', '2026-02-02', { untilExclusive: '2026-02-02' })),
    ).toEqual({
      nothing: true,
    });
  });
});

describe('voiding', () => {
  test('a voided draft frees its work for the next run, and voiding twice is harmless', async () => {
    const engagementId = await worked(timeAndMaterials);
    const scope = { untilExclusive: '2026-02-01' };
    const first = await billing().draftInvoice(envelope(engagementId, 'k-1', '2026-02-01', scope));
    const undo = envelope(engagementId, 'k-1', '2026-02-01', { ...scope, invoiceId: first.draft?.invoiceId ?? '' });
    await billing().voidDraftInvoice(undo);
    await billing().voidDraftInvoice(undo);
    const second = await billing().draftInvoice(envelope(engagementId, 'k-2', '2026-02-01', scope));
    expect(second.draft?.net).toEqual(first.draft?.net);
    expect((await books.invoices.get(second.draft?.invoiceId ?? '')).state).toBe('draft');
    await expect(books.invoices.toPost(first.draft?.invoiceId ?? '')).rejects.toMatchObject({ code: 'INVOICE_VOID' });
  });

  test('a draft whose answer was lost is found by its key, and none is needed when it never happened', async () => {
    const engagementId = await worked(timeAndMaterials);
    const scope = { untilExclusive: '2026-02-01' };
    const { draft } = await billing().draftInvoice(envelope(engagementId, 'k-1', '2026-02-01', scope));
    // The engagement knows neither: the call timed out, or its step was blocked before a draft was made.
    await billing().voidDraftInvoice(envelope(engagementId, 'k-1', '2026-02-01', scope));
    expect((await books.invoices.get(draft?.invoiceId ?? '')).state).toBe('void');
    expect(await billing().voidDraftInvoice(envelope(engagementId, 'k-2', '2026-02-01', scope))).toEqual({});
  });

  test('a posted invoice is not voided', async () => {
    const { engagementId, invoiceId } = await posted();
    await expect(
      billing().voidDraftInvoice(envelope(engagementId, 'k-1', '2026-02-02', { invoiceId })),
    ).rejects.toMatchObject({
      type: 'INVOICE_POSTED',
    });
  });
});

/** An invoice of January's work, 2,325.00 net, drafted, posted and booked. */
async function posted(): Promise<{ engagementId: string; invoiceId: string }> {
  const engagementId = await worked(timeAndMaterials);
  const { draft } = await billing().draftInvoice(
    envelope(engagementId, 'k-1', '2026-02-01', { untilExclusive: '2026-02-01' }),
  );
  const invoiceId = draft?.invoiceId ?? '';
  await billing().bookInvoice(envelope(engagementId, 'b-1', '2026-02-02', { invoiceId }));
  return { engagementId, invoiceId };
}

describe('booking', () => {
  test('the order for the ERP has one account a line and the totals that must read back', async () => {
    const { invoiceId } = await posted();
    const { order, totals } = await books.invoices.toPost(invoiceId);
    expect(totals).toEqual({ currency: 'GBP', netMinor: 232_500, taxMinor: 46_500, totalMinor: 279_000 });
    expect(order).toMatchObject({
      purchaseOrder: 'PO-7',
      taxCode: 'S-GB',
      invoiceOn: '2026-02-01',
      dueOn: '2026-03-03',
    });
    expect(order.lines).toMatchObject([{ lineKey: '1', quantity: '15.5', amountMinor: 232_500, account: '1150' }]);
  });

  test('billed before it is recognised it is owed to the customer; booking twice is once', async () => {
    const { engagementId, invoiceId } = await posted();
    await billing().bookInvoice(envelope(engagementId, 'b-1', '2026-02-02', { invoiceId }));
    const [balance] = await balancesOf(books, engagementId, contractOf(timeAndMaterials));
    expect(balance).toMatchObject({
      billed: money(232_500, 'GBP'),
      unbilledReceivable: money(0, 'GBP'),
      contractLiability: money(232_500, 'GBP'),
    });
    expect(balance && identityHolds(balance)).toBe(true);
    // The ERP posted the line to unbilled receivable; the reclassification to contract liability waits for the posting
    // job.
    expect(await books.journals.unposted(['reclass'], ['uk'])).toMatchObject([
      {
        order: {
          lines: [
            { account: '1150', debitMinor: 232_500 },
            { account: '2400', creditMinor: 232_500 },
          ],
        },
      },
    ]);
    expect(await dataSource.query(`SELECT count(*) AS count FROM journal`)).toEqual([{ count: 2 }]);
    expect((await books.audit.ofEngagement(engagementId)).map((entry) => entry.action)).toEqual([
      'invoice.draft',
      'invoice.book',
    ]);
  });

  test('an invoice that the ERP does not have is not booked', async () => {
    const engagementId = await worked(timeAndMaterials);
    const { draft } = await billing().draftInvoice(
      envelope(engagementId, 'k-1', '2026-02-01', { untilExclusive: '2026-02-01' }),
    );
    const call = envelope(engagementId, 'b-1', '2026-02-02', { invoiceId: draft?.invoiceId ?? '' });
    delete call.data.posted;
    await expect(billing().bookInvoice(call)).rejects.toMatchObject({ type: 'INVOICE_NOT_POSTED' });
    expect((await books.invoices.get(draft?.invoiceId ?? '')).state).toBe('draft');
  });

  test('part payments lower what is unpaid; the same one again changes nothing, a rise is refused', async () => {
    const { engagementId, invoiceId } = await posted();
    const pay = (key: string, version: string, unpaidMinor: number) =>
      billing().bookPayment(
        envelope(engagementId, key, '2026-03-01', {
          invoiceId,
          payment: { version, unpaidMinor, paidOn: '2026-02-27' },
        }),
      );
    const first = await pay('p-1', '1', 100_000);
    expect(await pay('p-1', '1', 100_000)).toEqual(first);
    expect(await books.invoices.get(invoiceId)).toMatchObject({ state: 'part-paid', unpaidMinor: 100_000 });
    await expect(pay('p-2', '2', 150_000)).rejects.toMatchObject({ type: 'PAYMENT_INVALID' });
    await pay('p-3', '3', 0);
    expect(await books.invoices.get(invoiceId)).toMatchObject({ state: 'paid', unpaidMinor: 0 });
    const [cash] = await dataSource.query<{ cash: number }[]>(
      `SELECT sum(debit_minor)::bigint AS cash FROM journal_line WHERE account_role = 'cash'`,
    );
    expect(cash?.cash).toBe(279_000);
  });
});

describe('what the database refuses by itself', () => {
  test('a source billed by two living invoices', async () => {
    const { invoiceId } = await posted();
    const again = `INSERT INTO invoice_source (invoice_id, line_no, kind, source_key)
      SELECT invoice_id, line_no, kind, source_key FROM invoice_source WHERE invoice_id = $1 LIMIT 1`;
    await expect(dataSource.query(again, [invoiceId])).rejects.toMatchObject({ code: '23505' });
  });

  test.each([
    ['an invoice line changed', 'UPDATE invoice_line SET amount_minor = 1'],
    ['an invoice deleted', 'DELETE FROM invoice'],
    ['the total of an invoice changed', 'UPDATE invoice SET net_minor = 0, total_minor = tax_minor'],
    ['a posted invoice made a draft again', `UPDATE invoice SET state = 'draft', erp_id = NULL`],
    ['the number of a posted invoice changed', `UPDATE invoice SET number = 'X'`],
    ['a frozen price changed', 'UPDATE rated_line SET amount_minor = 1'],
    ['a source freed while its invoice lives', 'UPDATE invoice_source SET active = false'],
    ['a journal deleted', 'DELETE FROM journal'],
    ['a posted journal proposed again', `UPDATE journal SET state = 'proposed', erp_id = NULL`],
    ['a posted journal released by another policy', `UPDATE journal SET released_by = 'policy:other'`],
    ['a journal line changed', 'UPDATE journal_line SET debit_minor = debit_minor + 1 WHERE debit_minor > 0'],
    ['the trail changed', `UPDATE audit_entry SET action = 'nothing'`],
    ['the trail deleted', 'DELETE FROM audit_entry'],
    ['a revision of time changed', 'UPDATE time_line SET minutes = 1'],
    ['a contract changed', `UPDATE contract_version SET document = '{}'`],
  ])('%s', async (_what, statement) => {
    await posted();
    await expect(dataSource.query(statement)).rejects.toMatchObject({ code: '23001' });
  });

  test('a journal that does not balance', async () => {
    const { engagementId } = await posted();
    const line = { account: '1', contractLineId: null };
    const unbalanced = {
      engagementId,
      legalEntityId: 'uk',
      erpEntityRef: '1',
      book: 'primary' as const,
      month: '2026-02',
      postedOn: '2026-02-01',
      currency: 'GBP',
      sourceKind: 'revenue' as const,
      sourceId: 'x',
      key: 'x',
      memo: 'x',
      erpId: null,
      lines: [
        { ...line, accountRole: 'revenue' as const, debitMinor: 0, creditMinor: 10 },
        { ...line, accountRole: 'contract-asset' as const, debitMinor: 9, creditMinor: 0 },
      ],
    };
    await expect(books.transaction((inOne) => inOne.journals.add(unbalanced))).rejects.toThrow('does not balance');
  });
});
