// What an ERP takes back after it was booked here: a payment as a whole, an invoice, or a part of one by a credit.
// Somebody is told, once, also where the engagement has ended by then.
import type { DataSource } from 'typeorm';
import type { PaymentChange } from '../../../adapters/ports/index.ts';
import { createBillingActivities } from '../../../activities/billing.activities.ts';
import { createConnectionActivities, type Dispatcher } from '../../../activities/connections/index.ts';
import type { Books } from '../../../persistence/books.ts';
import { configuration, engage, envelope, ERP, fixedFee, openBooks, systemsOf } from './books-of-test.ts';

let dataSource: DataSource;
let books: Books;
let engagementId: string;
let invoiceId: string;
/** The invoice as the ERP tells it at the next poll. */
let change: PaymentChange;
/** What a dispatcher hears of the engagement's workflow. */
let told: 'announced' | 'over';

beforeEach(async () => {
  ({ dataSource, books } = await openBooks());
  told = 'announced';
  ({ engagementId } = await engage(books, 'd-1', fixedFee));
  const { draftInvoice, bookInvoice } = createBillingActivities({ books, configuration });
  const { draft } = await draftInvoice(envelope(engagementId, 'k-1', '2026-02-01', { milestoneIds: ['m-1'] }));
  invoiceId = draft?.invoiceId ?? '';
  const booking = envelope(engagementId, 'b-1', '2026-02-01', { invoiceId });
  booking.data.posted = { erpRef: '77', number: 'INV-77' };
  await bookInvoice(booking);
  const { total } = draft ?? { total: { amountMinor: 0, currency: '' } };
  const { amountMinor: totalMinor, currency } = total;
  change = {
    ...{ invoiceKey: 'k-1', invoiceId: '77', version: '2026-02-01T10:00:00.000Z', state: 'open', currency },
    ...{ totalMinor, unpaidMinor: totalMinor, creditedMinor: 0 },
    ...{ changedAt: '2026-02-01T10:00:00.000Z', paidOn: null },
  };
});
afterEach(() => dataSource.destroy());

function connection() {
  const erp = { changedPayments: () => Promise.resolve({ payments: [change], watermark: 'w', more: false }) };
  const dispatcher: Dispatcher = { start: () => Promise.resolve(told), announce: () => Promise.resolve(told) };
  return createConnectionActivities({ books, configuration, systems: systemsOf({ erp }), dispatcher });
}

/** The invoice changes in the ERP on a day of February, and is polled. Answers how many facts that brought. */
async function poll(day: number, to: Partial<PaymentChange>): Promise<number> {
  const changedAt = `2026-02-${String(day).padStart(2, '0')}T10:00:00.000Z`;
  change = { ...change, changedAt, version: changedAt, ...to };
  return (await connection().pollConnection({ connectionId: ERP })).facts;
}

const paid = (): Partial<PaymentChange> => ({ state: 'paid', unpaidMinor: 0, paidOn: '2026-02-10' });
const open = (): Partial<PaymentChange> => ({ state: 'open', unpaidMinor: change.totalMinor, paidOn: null });

async function unread(): Promise<unknown[]> {
  const { facts } = await books.inbox.unread(engagementId);
  return facts.map(({ type, data }) => [type, data.code ?? data.unpaidMinor]);
}

async function inStatus(status: string): Promise<unknown[]> {
  return dataSource.query(`SELECT fact_type, reason FROM inbox WHERE status = $1 ORDER BY seq`, [status]);
}

test('an invoice that nobody paid is no news, however often it is touched', async () => {
  expect([await poll(2, {}), await poll(3, {})]).toEqual([0, 0]);
  expect(await unread()).toEqual([]);
});

test('a payment that the ERP takes back as a whole is told once, and so is the next payment', async () => {
  expect([await poll(10, paid()), await poll(12, open()), await poll(13, open()), await poll(20, paid())]).toEqual([
    1, 1, 0, 1,
  ]);
  expect(await unread()).toEqual([
    ['invoicePaid', 0],
    ['invoicePaid', change.totalMinor],
    ['invoicePaid', 0],
  ]);
});

test('an invoice voided in the ERP pays nothing, and finance gets one note about it', async () => {
  expect([await poll(12, { state: 'voided' }), await poll(13, { state: 'voided' })]).toEqual([1, 1]);
  expect(await unread()).toEqual([['noticed', 'INVOICE_VOIDED']]);
  const { facts } = await books.inbox.unread(engagementId);
  expect(facts[0]?.data.note).toContain('Invoice INV-77 was voided in the ERP');
});

describe('a credit that finance made in the ERP', () => {
  /** 50.00 of it, and what else is open then. */
  const credited = (openMinor = change.totalMinor - 5_000): Partial<PaymentChange> => ({
    ...{ state: openMinor === 0 ? 'paid' : 'part-paid', creditedMinor: 5_000, unpaidMinor: openMinor },
  });

  test('is no payment, however often it is told: finance gets one note', async () => {
    expect([await poll(10, credited()), await poll(10, {}), await poll(11, {})]).toEqual([1, 0, 0]);
    expect(await unread()).toEqual([['noticed', 'INVOICE_CREDITED']]);
    const { facts } = await books.inbox.unread(engagementId);
    expect(facts[0]?.data.note).toContain(`Invoice INV-77: 50.00 ${change.currency} of it was credited in the ERP`);
    expect(facts[0]?.data.note).toContain('(2026-02-10 10:00 UTC)');
    expect(await connection().dispatchInbox({})).toMatchObject({ dispatched: 1, failed: 0 });
  });

  test('leaves what is paid beside it a payment of exactly that, and its own part owed', async () => {
    // Of the total 100.00 are paid first, then 50.00 are credited, then the rest is paid.
    const rest = change.totalMinor - 10_000;
    expect(await poll(10, { state: 'part-paid', unpaidMinor: rest, paidOn: '2026-02-10' })).toBe(1);
    expect(await poll(11, { ...credited(rest - 5_000), paidOn: '2026-02-10' })).toBe(1);
    expect(await poll(12, { ...credited(0), paidOn: '2026-02-12' })).toBe(1);
    expect(await unread()).toEqual([
      ['invoicePaid', rest],
      ['noticed', 'INVOICE_CREDITED'],
      ['invoicePaid', 5_000],
    ]);
  });

  test('of everything is no payment either', async () => {
    expect(await poll(10, { state: 'paid', unpaidMinor: 0, creditedMinor: change.totalMinor })).toBe(1);
    expect(await unread()).toEqual([['noticed', 'INVOICE_CREDITED']]);
  });

  test('is told again for each new amount, taken back, and when it comes again in the same second', async () => {
    const { totalMinor } = change;
    const amounts = [5_000, 8_000, 0, 8_000];
    for (const creditedMinor of amounts) {
      const state = creditedMinor === 0 ? 'open' : 'part-paid';
      expect(await poll(10, { state, creditedMinor, unpaidMinor: totalMinor - creditedMinor })).toBe(1);
    }
    const { facts } = await books.inbox.unread(engagementId);
    expect(facts.map(({ data }) => [data.code, data.creditedMinor])).toEqual(
      amounts.map((creditedMinor) => ['INVOICE_CREDITED', creditedMinor]),
    );
    expect(facts[2]?.data.note).toContain('was taken back there');
    const versions = facts.map(({ version }) => version);
    expect([...new Set(versions)].sort()).toEqual(versions);
  });

  test('that is taken back from an invoice paid in part moves no money', async () => {
    const rest = change.totalMinor - 10_000;
    await poll(10, { state: 'part-paid', unpaidMinor: rest, paidOn: '2026-02-10' });
    await poll(11, credited(rest - 5_000));
    expect([await poll(12, { unpaidMinor: rest, creditedMinor: 0 }), await poll(12, {})]).toEqual([1, 0]);
    expect((await unread()).map((each) => (each as unknown[])[0])).toEqual(['invoicePaid', 'noticed', 'noticed']);
  });

  test('does not hide a payment that is taken back beside it', async () => {
    await poll(10, { state: 'part-paid', unpaidMinor: change.totalMinor - 10_000, paidOn: '2026-02-10' });
    expect(await poll(11, credited())).toBe(2);
    expect(await unread()).toEqual([
      ['invoicePaid', change.totalMinor - 10_000],
      ['noticed', 'INVOICE_CREDITED'],
      ['invoicePaid', change.totalMinor],
    ]);
  });

  test('of an invoice voided with it is told as voided alone', async () => {
    await poll(10, { state: 'voided', unpaidMinor: 0 });
    expect(await unread()).toEqual([['noticed', 'INVOICE_VOIDED']]);
  });

  test('of an invoice that is not in our books yet waits for it, and is dead and in sight if none comes', async () => {
    change = { ...change, invoiceId: '78' };
    expect(await poll(10, credited())).toBe(1);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect(await connection().dispatchInbox({})).toMatchObject({ dispatched: 0, failed: 1 });
      await dataSource.query('UPDATE inbox SET next_attempt_at = now()');
    }
    const reason = 'no invoice of ours has this id in the ERP';
    expect(await inStatus('dead')).toEqual([{ fact_type: 'noticed', reason }]);
    const { draftInvoice, bookInvoice } = createBillingActivities({ books, configuration });
    const { draft } = await draftInvoice(envelope(engagementId, 'k-2', '2026-02-01', { milestoneIds: ['m-2'] }));
    const booking = envelope(engagementId, 'b-2', '2026-02-01', { invoiceId: draft?.invoiceId ?? '' });
    booking.data.posted = { erpRef: '78', number: 'INV-78' };
    await bookInvoice(booking);
    expect(await connection().dispatchInbox({})).toMatchObject({ dispatched: 1, failed: 0 });
    expect(await unread()).toEqual([['noticed', 'INVOICE_CREDITED']]);
  });
});

describe('after the engagement has ended', () => {
  beforeEach(async () => {
    await poll(10, paid());
    await connection().dispatchInbox({});
    const { bookPayment } = createBillingActivities({ books, configuration });
    const payment = { version: change.version, unpaidMinor: 0, paidOn: '2026-02-10' };
    await bookPayment(envelope(engagementId, 'p-1', '2026-02-10', { invoiceId, payment }));
    await dataSource.query(`UPDATE inbox SET status = 'consumed'`);
    await dataSource.query(`UPDATE engagement_view SET summary = jsonb_set(summary, '{stage}', '"closed"')`);
    told = 'over';
  });

  test('a payment that is taken back stays in sight as a fact that reached nobody', async () => {
    await poll(12, open());
    expect(await connection().dispatchInbox({})).toMatchObject({ dispatched: 0, failed: 1, ignored: 0 });
    const reason = 'the engagement has ended, and nobody was told: settle it';
    expect(await inStatus('dead')).toEqual([{ fact_type: 'invoicePaid', reason }]);
  });

  test('so does the note about a voided invoice', async () => {
    await poll(12, { state: 'voided' });
    await connection().dispatchInbox({});
    expect(await inStatus('dead')).toMatchObject([{ fact_type: 'noticed' }]);
  });

  test('so does the note about a credit', async () => {
    await poll(12, { state: 'paid', unpaidMinor: 0, creditedMinor: 5_000 });
    await connection().dispatchInbox({});
    const told = [{ fact_type: 'noticed' }, { fact_type: 'invoicePaid' }];
    expect(await inStatus('dead')).toMatchObject(told); // 50.00 of the payment became a credit: both must be settled
  });

  test('an invoice that is merely touched is ignored: it is paid as before', async () => {
    await poll(12, paid());
    expect(await connection().dispatchInbox({})).toMatchObject({ dispatched: 0, failed: 0, ignored: 1 });
    expect(await inStatus('ignored')).toEqual([{ fact_type: 'invoicePaid', reason: 'the engagement has ended' }]);
  });
});
