// What an ERP takes back after it was booked here: a payment as a whole, or an invoice. Somebody is told, once, also
// where the engagement has ended by then.
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
    ...{ totalMinor, unpaidMinor: totalMinor, changedAt: '2026-02-01T10:00:00.000Z', paidOn: null },
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

  test('an invoice that is merely touched is ignored: it is paid as before', async () => {
    await poll(12, paid());
    expect(await connection().dispatchInbox({})).toMatchObject({ dispatched: 0, failed: 0, ignored: 1 });
    expect(await inStatus('ignored')).toEqual([{ fact_type: 'invoicePaid', reason: 'the engagement has ended' }]);
  });
});
