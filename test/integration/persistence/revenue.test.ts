// Revenue runs and completion on real books: once per month, balanced, billed and recognised meeting at the end.
import type { DataSource } from 'typeorm';
import { balancesOf } from '../../../activities/billing/bookkeeping.ts';
import { createBillingActivities } from '../../../activities/billing.activities.ts';
import { createCompletionActivities } from '../../../activities/completion.activities.ts';
import { createRevenueActivities } from '../../../activities/revenue.activities.ts';
import { SYSTEM } from '../../../domain/actor.ts';
import type { ContractLine } from '../../../domain/deal/contract.ts';
import { money } from '../../../domain/money/money.ts';
import { identityHolds } from '../../../domain/ledger/balances.ts';
import type { Books } from '../../../persistence/books.ts';
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

const recognise = (engagementId: string, month: string, key = `r-${month}`) =>
  createRevenueActivities({ books, configuration }).recogniseRevenue(
    envelope(engagementId, key, `${month}-28`, { month }),
  );
const complete = (engagementId: string, asOf: string) =>
  createCompletionActivities({ books, configuration }).checkCompletion(envelope(engagementId, 'c', asOf, {}));

/** The customer accepted a milestone; without a date, on 10 February when it was told. */
async function accept(engagementId: string, milestoneId: string, on: string | null): Promise<void> {
  await books.inbox.receive({
    connectionId: PSA,
    eventId: milestoneId,
    type: 'milestoneAccepted',
    objectKey: `milestone:${milestoneId}`,
    version: '1',
    effectiveOn: on,
    occurredAt: '2026-02-10T10:00:00Z',
    correlationId: 'cor',
    actor: SYSTEM,
    origin: {},
    data: { milestoneId },
    engagementId,
  });
}

/** A run says that revenue goes on in a later month. */
const later = (month: string) => ({ unrecognised: [{ legalEntityId: 'uk', month }] });

let bills = 0;
async function bill(
  engagementId: string,
  asOf: string,
  scope: { untilExclusive?: string; milestoneIds?: string[] },
): Promise<void> {
  const { draftInvoice, bookInvoice } = createBillingActivities({ books, configuration });
  bills += 1;
  const { data, ...rest } = envelope(engagementId, `draft-${String(bills)}`, asOf, scope);
  const { draft } = await draftInvoice({ ...rest, data });
  const posted = { erpRef: `erp-${String(bills)}`, number: `INV-${String(bills)}` };
  const booking = { ...data, key: `book-${String(bills)}`, sagaNumber: bills, posted };
  await bookInvoice({ ...rest, data: { ...booking, scope: { ...data.scope, invoiceId: draft?.invoiceId ?? '' } } });
}

/** The only balance of an engagement with one line, after checking that billed and recognised tie out. */
async function balanceOf(engagementId: string, line: ContractLine) {
  const [balance] = await balancesOf(books, engagementId, contractOf(line));
  if (!balance) throw new Error('no balance');
  expect(identityHolds(balance)).toBe(true);
  const minor = ({ amountMinor }: { amountMinor: number }) => amountMinor;
  return [
    balance.billed,
    balance.recognised,
    balance.contractAsset,
    balance.unbilledReceivable,
    balance.contractLiability,
  ].map(minor);
}

describe('recognising', () => {
  test('time and materials are revenue of the month of work, and the invoice clears the receivable', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-01-12', 8)]);
    const run = await recognise(engagementId, '2026-01');
    expect(run.revenue?.recognised).toEqual([money(120_000, 'GBP')]); // 8 h x 150.00
    expect(await balanceOf(engagementId, timeAndMaterials)).toEqual([0, 120_000, 0, 120_000, 0]);
    await bill(engagementId, '2026-02-01', { untilExclusive: '2026-02-01' });
    expect(await balanceOf(engagementId, timeAndMaterials)).toEqual([120_000, 120_000, 0, 0, 0]);
    expect(await books.journals.unposted(['reclass'], ['uk'])).toEqual([]);
  });

  test('work approved after its month was closed is revenue of the next run', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    expect(await recognise(engagementId, '2026-01')).toEqual({ nothing: true });
    await books.work.appendTime(PSA, [time('t-late', projectId, '2026-01-30', 2)]);
    expect(await recognise(engagementId, '2026-01')).toEqual({ nothing: true });
    expect((await recognise(engagementId, '2026-02')).revenue?.recognised).toEqual([money(30_000, 'GBP')]);
  });

  test('the same month again answers as before, also when two runs come at once', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-01-12', 8)]);
    const [a, b] = await Promise.all([recognise(engagementId, '2026-01'), recognise(engagementId, '2026-01')]);
    expect(a).toEqual(b);
    expect(await recognise(engagementId, '2026-01')).toEqual(a);
    expect(await dataSource.query('SELECT count(*) AS count FROM revenue_event')).toEqual([{ count: 1 }]);
  });

  test('a fixed price follows the hours; its milestone invoice settles the contract asset', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', fixedFee);
    await books.work.appendTime(PSA, [
      time('t-1', projectId, '2026-01-12', 40, { role: 'Architect', billable: false }),
    ]);
    // 2,400 of 6,000 minutes sold: 40 % of 30,000.00
    expect((await recognise(engagementId, '2026-01')).revenue?.recognised).toEqual([money(1_200_000, 'GBP')]);
    await bill(engagementId, '2026-02-03', { milestoneIds: ['m-1'] });
    expect(await balanceOf(engagementId, fixedFee)).toEqual([1_000_000, 1_200_000, 200_000, 0, 0]);
    expect(await books.journals.unposted(['reclass'], ['uk'])).toMatchObject([
      {
        order: {
          lines: [
            { account: '2400', debitMinor: 1_000_000 },
            { account: '1160', creditMinor: 1_000_000 },
          ],
        },
      },
    ]);
    await bill(engagementId, '2026-02-20', { milestoneIds: ['m-2'] });
    expect(await balanceOf(engagementId, fixedFee)).toEqual([3_000_000, 1_200_000, 0, 0, 1_800_000]);
    // Until now the last month of the line earned the rest, whatever was accepted. It follows progress: m-2 is billed
    // and m-1 and m-2 are not accepted, so the last month and the one after earn nothing, and the months go on.
    expect(await recognise(engagementId, '2026-03')).toEqual({ nothing: true, ...later('2026-04') });
    await books.work.appendTime(PSA, [time('t-2', projectId, '2026-04-07', 80, { role: 'Architect' })]);
    // 7,200 minutes of a forecast of 7,200 (6,000 were sold): the price, and no more than that
    const april = await recognise(engagementId, '2026-04');
    expect(april).toMatchObject({ revenue: { recognised: [money(1_800_000, 'GBP')] }, ...later('2026-05') });
    expect(await balanceOf(engagementId, fixedFee)).toEqual([3_000_000, 3_000_000, 0, 0, 0]);
    await accept(engagementId, 'm-1', '2026-05-04');
    await accept(engagementId, 'm-2', '2026-05-30');
    expect(await recognise(engagementId, '2026-05')).toEqual({ nothing: true });
  });

  test('the rest of a fixed price is earned in the month in which the last milestone is accepted', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', fixedFee);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-03-12', 75, { role: 'Architect' })]);
    await accept(engagementId, 'm-1', '2026-03-20');
    // 4,500 of 6,000 minutes sold: 75 % of 30,000.00; the line ends in March, Go-live is open.
    expect(await recognise(engagementId, '2026-03')).toMatchObject({
      revenue: { recognised: [money(2_250_000, 'GBP')] },
      ...later('2026-04'),
    });
    expect(await recognise(engagementId, '2026-04')).toEqual({ nothing: true, ...later('2026-05') });
    // Accepted in June, and known before May was recognised: May still goes on, June earns the rest.
    await accept(engagementId, 'm-2', '2026-06-01');
    expect(await recognise(engagementId, '2026-05')).toEqual({ nothing: true, ...later('2026-06') });
    const june = await recognise(engagementId, '2026-06');
    expect(june.revenue?.recognised).toEqual([money(750_000, 'GBP')]); // 30,000.00 - 22,500.00
    expect(june.unrecognised).toBeUndefined();
    expect(await recognise(engagementId, '2026-06')).toEqual(june);
  });

  test('a fixed price without milestones is earned with the end of its line', async () => {
    const plain: ContractLine = { ...fixedFee, pricing: { model: 'fixed-fee', milestones: [] } };
    const { engagementId } = await engage(books, 'd-1', plain);
    expect(await recognise(engagementId, '2026-02')).toEqual({ nothing: true });
    expect((await recognise(engagementId, '2026-03')).revenue?.recognised).toEqual([money(3_000_000, 'GBP')]);
  });

  test('all milestones accepted earn the whole price before the line ends', async () => {
    const { engagementId } = await engage(books, 'd-1', fixedFee);
    await accept(engagementId, 'm-1', '2026-02-10');
    await accept(engagementId, 'm-2', null); // told without a date: the day on which it happened
    expect(await recognise(engagementId, '2026-01')).toEqual({ nothing: true });
    expect((await recognise(engagementId, '2026-02')).revenue?.recognised).toEqual([money(3_000_000, 'GBP')]);
  });

  test('a fee in advance is owed until its month has passed', async () => {
    const { engagementId } = await engage(books, 'd-1', retainer);
    await bill(engagementId, '2026-01-01', { untilExclusive: '2026-01-01' });
    expect(await balanceOf(engagementId, retainer)).toEqual([100_000, 0, 0, 0, 100_000]);
    await recognise(engagementId, '2026-01');
    expect(await balanceOf(engagementId, retainer)).toEqual([100_000, 100_000, 0, 0, 0]);
  });

  test('two currencies of one entity are two journals with the accounts of the entity', async () => {
    const euro: ContractLine = {
      ...retainer,
      lineId: 'l-eur',
      value: money(600_000, 'EUR'),
      pricing: { model: 'retainer', periodFee: money(100_000, 'EUR'), timing: 'arrears' },
    };
    const { engagementId } = await engage(books, 'd-1', retainer, euro);
    const run = await recognise(engagementId, '2026-01');
    expect(run.revenue?.recognised).toEqual([money(100_000, 'GBP'), money(100_000, 'EUR')]);
    const journals = await books.journals.toPost({ engagementId, legalEntityId: 'uk', scope: { month: '2026-01' } });
    expect(journals.map((journal) => [journal.key, journal.order.postedOn, journal.totals.debitMinor])).toEqual([
      ['r-2026-01-EUR', '2026-01-31', 100_000],
      ['r-2026-01-GBP', '2026-01-31', 100_000],
    ]);
    expect(journals[0]?.order.lines).toMatchObject([
      { account: '1160', debitMinor: 100_000, creditMinor: 0 },
      { account: '4000', debitMinor: 0, creditMinor: 100_000 },
    ]);
    const [{ journalId } = { journalId: '' }] = journals;
    await expect(books.journals.markPosted(journalId, 'ns-1')).rejects.toMatchObject({ code: 'TRANSITION_REFUSED' });
    await books.journals.release(journalId);
    await books.journals.release(journalId);
    await books.journals.markPosted(journalId, 'ns-1');
    await books.journals.markPosted(journalId, 'ns-1');
    await expect(books.journals.markPosted(journalId, 'ns-2')).rejects.toMatchObject({ code: 'JOURNAL_POSTED' });
    expect(await dataSource.query('SELECT DISTINCT released_by FROM journal WHERE state = $1', ['posted'])).toEqual([
      { released_by: 'policy:revenue-run' },
    ]);
    expect(
      await books.journals.toPost({ engagementId, legalEntityId: 'uk', scope: { month: '2026-01' } }),
    ).toHaveLength(2);
  });

  test('work that cannot be priced stops the run with the reason', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-01-12', 8, { role: 'Partner' })]);
    expect((await recognise(engagementId, '2026-01')).findings).toMatchObject([{ code: 'RATE_MISSING' }]);
    expect(await books.revenue.ofEngagement(engagementId)).toEqual([]);
  });
});

describe('completion', () => {
  test('an engagement with nothing open may close', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-06-12', 8)]);
    await recognise(engagementId, '2026-06');
    expect(await complete(engagementId, '2026-07-01')).toEqual({
      unbilled: [{ legalEntityId: 'uk', currency: 'GBP', untilExclusive: '2026-07-02' }],
    });
    await bill(engagementId, '2026-07-01', { untilExclusive: '2026-07-02' });
    expect(await complete(engagementId, '2026-07-01')).toEqual({});
  });

  test('work that awaits approval is named', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [
      time('t-1', projectId, '2026-06-12', 8, { state: 'submitted' }),
      time('t-2', projectId, '2026-06-13', 8, { state: 'submitted' }),
    ]);
    expect((await complete(engagementId, '2026-07-01')).findings).toMatchObject([
      {
        code: 'WORK_NOT_APPROVED',
        message: '2 time entries of Programme await approval in the PSA',
        ownerRole: 'delivery',
      },
    ]);
  });

  test('billed time that was changed afterwards, and revenue left behind, are named', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-06-12', 8)]);
    await recognise(engagementId, '2026-06');
    await bill(engagementId, '2026-07-01', { untilExclusive: '2026-07-01' });
    // The same entry with another stamp but the same content is no change.
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-06-12', 8, { version: '2026-07-02' })]);
    expect(await complete(engagementId, '2026-07-02')).toEqual({});
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-06-12', 6, { version: '2026-07-03' })]);
    expect((await complete(engagementId, '2026-07-03')).findings).toMatchObject([
      { code: 'CHANGED_AFTER_BILLING', ownerRole: 'fin-preparer' },
      // -2 h x 160.00
      { code: 'REVENUE_BEHIND', message: '-320.00 GBP of line "Consulting" is recognised with the end of 2026-07' },
    ]);
  });

  test('a billed expense that was changed afterwards is named; another word for it is no change', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-06-12', 8)]);
    await books.work.appendExpenses(PSA, [expense('x-1', projectId, '2026-06-12', 10_000)]);
    await recognise(engagementId, '2026-06');
    await bill(engagementId, '2026-07-01', { untilExclusive: '2026-07-01' });
    const again = { version: '2026-07-02', category: 'Train' };
    await books.work.appendExpenses(PSA, [expense('x-1', projectId, '2026-06-12', 10_000, again)]);
    expect(await complete(engagementId, '2026-07-02')).toEqual({});
    await books.work.appendExpenses(PSA, [
      expense('x-1', projectId, '2026-06-12', 9_000, { version: '2026-07-03', state: 'rejected' }),
    ]);
    expect((await complete(engagementId, '2026-07-03')).findings).toMatchObject([
      {
        code: 'CHANGED_AFTER_BILLING',
        message: '1 expense was changed in the PSA after being invoiced: put back what was billed, or credit it',
        ownerRole: 'fin-preparer',
      },
      // -100.00 x 1.10
      { code: 'REVENUE_BEHIND', message: '-110.00 GBP of line "Consulting" is recognised with the end of 2026-07' },
    ]);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-06-12', 6, { version: '2026-07-03' })]);
    expect((await complete(engagementId, '2026-07-03')).findings?.[0]?.message).toMatch(
      /^1 time entry and 1 expense were changed/,
    );
  });

  test('an entity ahead of the lead entity in its day has recognised the month: nothing of it is behind', async () => {
    const { engagementId, projectId } = await engage(books, 'd-1', timeAndMaterials);
    await books.work.appendTime(PSA, [time('t-1', projectId, '2026-06-12', 8)]);
    await recognise(engagementId, '2026-06');
    await bill(engagementId, '2026-07-01', { untilExclusive: '2026-07-01' });
    expect(await complete(engagementId, '2026-06-30')).toEqual({});
    // What is approved later belongs to the next month, not to a second run of this one.
    await books.work.appendTime(PSA, [time('t-2', projectId, '2026-06-13', 1)]);
    await bill(engagementId, '2026-07-01', { untilExclusive: '2026-07-01' });
    expect(await complete(engagementId, '2026-06-30')).toMatchObject({
      findings: [{ code: 'REVENUE_BEHIND' }],
      unrecognised: [{ legalEntityId: 'uk', month: '2026-07' }],
    });
  });

  test('work above the not-to-exceed amount is named with the two ways out', async () => {
    const capped: ContractLine = {
      ...timeAndMaterials,
      pricing: { ...timeAndMaterials.pricing, ceiling: money(128_000, 'GBP') } as ContractLine['pricing'],
    };
    const { engagementId, projectId } = await engage(books, 'd-1', capped);
    await books.work.appendTime(PSA, [
      time('t-1', projectId, '2026-06-12', 8),
      time('t-2', projectId, '2026-06-13', 1),
    ]);
    await recognise(engagementId, '2026-06');
    await bill(engagementId, '2026-07-01', { untilExclusive: '2026-07-01' });
    expect((await complete(engagementId, '2026-07-01')).findings).toMatchObject([{ code: 'ABOVE_CEILING' }]);
    await books.work.appendTime(PSA, [
      time('t-2', projectId, '2026-06-13', 1, { version: '2026-07-02', billable: false }),
    ]);
    expect(await complete(engagementId, '2026-07-02')).toEqual({});
  });
});
