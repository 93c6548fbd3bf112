// What comes in for invoices in a real Tryton, credit notes, rates and periods, through the ERP port. People pay; the
// technical user only reads.
import type { PaymentChange } from '../../adapters/ports/index.ts';
import { date, decimal } from '../../scripts/tryton/rpc.ts';
import {
  context,
  creditOrder,
  errorOf,
  germanCustomer,
  invoiceOrder,
  startGround,
  type Ground,
} from './erp-support.ts';
import { financeOf, type TrytonFinance } from './finance.ts';

let ground: Ground;
let germany: { customerId: string; companyId: string };
let finance: TrytonFinance;

beforeAll(async () => {
  ground = await startGround();
  const companyId = ground.company('TL-DE');
  const { erp, newKey } = ground;
  germany = { companyId, customerId: await erp.putCustomer(newKey('customer'), germanCustomer(companyId), context) };
  finance = financeOf(ground, 'TL-DE');
});
afterAll(() => ground?.tryton.stop());

const posted = async () => {
  const key = ground.newKey('invoice');
  return { key, ...(await ground.erp.createInvoice(key, invoiceOrder(germany), context)) };
};
const numberOf = (text: string) => Number(text);

/** All changes since a watermark, page by page. */
async function changesSince(since: string | null): Promise<{ changes: PaymentChange[]; watermark: string | null }> {
  const changes: PaymentChange[] = [];
  for (let watermark = since; ;) {
    const page = await ground.erp.changedPayments(watermark, context);
    changes.push(...page.payments);
    watermark = page.watermark;
    if (!page.more) return { changes, watermark };
  }
}

describe('changed payments', () => {
  test('tell what is open, part paid and paid, with its day; what is only entered is not paid', async () => {
    const [open, partly, fully] = [await posted(), await posted(), await posted()];
    const start = await changesSince(null);
    expect(start.changes.find(({ invoiceKey }) => invoiceKey === open.key)).toMatchObject({
      ...{ invoiceId: open.invoiceId, state: 'open', currency: 'EUR', totalMinor: 200_962, unpaidMinor: 200_962 },
      paidOn: null,
    });
    const part = await finance.enterPayment(partly.invoiceId, '1000.50', '2031-02-03');
    const whole = await finance.enterPayment(fully.invoiceId, '2009.62', '2031-02-04');
    // Tryton's own amount to pay is 0 already; nothing has come in.
    const [entered] = await ground.rows(
      'account.invoice',
      [['id', '=', numberOf(fully.invoiceId)]],
      ['amount_to_pay', 'state'],
    );
    expect(entered).toMatchObject({ state: 'posted', amount_to_pay: decimal('0.00') });
    expect(await ground.erp.findInvoice(fully.key, context)).toMatchObject({ state: 'open', unpaidMinor: 200_962 });
    await finance.succeed(part);
    await finance.succeed(whole);
    const next = await changesSince(start.watermark);
    // 2,009.62 - 1,000.50 = 1,009.12
    expect(next.changes.find(({ invoiceKey }) => invoiceKey === partly.key)).toMatchObject({
      ...{ state: 'part-paid', unpaidMinor: 100_912, paidOn: '2031-02-03' },
    });
    const paid = next.changes.find(({ invoiceKey }) => invoiceKey === fully.key);
    expect(paid).toMatchObject({ state: 'paid', unpaidMinor: 0, paidOn: '2031-02-04' });
    const before = start.changes.find(({ invoiceKey }) => invoiceKey === fully.key);
    expect((paid?.version ?? '') > (before?.version ?? '~')).toBe(true);
    expect(await ground.erp.findInvoice(fully.key, context)).toMatchObject({ state: 'paid', unpaidMinor: 0 });
    const rest = await finance.enterPayment(partly.invoiceId, '1009.12', '2031-02-20');
    await finance.succeed(rest);
    const last = await changesSince(next.watermark);
    expect(last.changes.find(({ invoiceKey }) => invoiceKey === partly.key)).toMatchObject({ unpaidMinor: 0 });
    // The receivable of the customer is what is still open, and no more.
    const lines = await ground.rows(
      'account.move.line',
      [
        ['party', '=', numberOf(germany.customerId)],
        ['account.code', '=', '1100'],
      ],
      ['debit', 'credit'],
    );
    const balance = lines.reduce((sum, { debit, credit }) => sum + cents(debit) - cents(credit), 0);
    expect(balance).toBe(200_962);
  });

  test('tell a payment that failed afterwards: the invoice is open again', async () => {
    const invoice = await posted();
    const payment = await finance.enterPayment(invoice.invoiceId, '2009.62', '2031-02-21');
    await finance.succeed(payment);
    const paid = await changesSince(null);
    expect(paid.changes.find(({ invoiceKey }) => invoiceKey === invoice.key)?.state).toBe('paid');
    await finance.fail(payment);
    const { changes } = await changesSince(paid.watermark);
    expect(changes.find(({ invoiceKey }) => invoiceKey === invoice.key)).toMatchObject({
      ...{ state: 'open', unpaidMinor: 200_962 },
    });
  });

  const changeOf = async (key: string) =>
    (await changesSince(null)).changes.findLast(({ invoiceKey }) => invoiceKey === key);

  test('tell a credit note of finance as credited, before and after money settles the rest', async () => {
    const invoice = await posted();
    const line = await finance.creditNote(invoice.invoiceId, '2031-02-09');
    // 2,009.62; a credit note that is not matched takes off nothing.
    expect(await changeOf(invoice.key)).toMatchObject({ unpaidMinor: 200_962, creditedMinor: 0 });
    await finance.match(invoice.invoiceId, line, 'add');
    // 100.00 + 19 % = 119.00; 2,009.62 - 119.00 = 1,890.62
    const credited = { state: 'part-paid', unpaidMinor: 189_062, creditedMinor: 11_900, paidOn: null };
    expect(await changeOf(invoice.key)).toMatchObject(credited);
    await finance.pay(invoice.invoiceId, '1890.62', '2031-02-22');
    const nothingOpen = { unpaidMinor: 0, creditedMinor: 11_900, paidOn: '2031-02-22' };
    expect(await changeOf(invoice.key)).toMatchObject(nothingOpen);
    // The accountant settles the three lines: now Tryton says paid.
    await finance.reconcile(await finance.openLines(invoice.invoiceId));
    expect(await changeOf(invoice.key)).toMatchObject({ ...nothingOpen, state: 'paid' });
  });

  test('tell an invoice that a credit note settles whole as credited, and nothing as paid', async () => {
    const invoice = await posted();
    const line = await finance.creditNote(invoice.invoiceId, '2031-02-09', 'whole');
    await finance.reconcile([...(await finance.openLines(invoice.invoiceId)), line]);
    expect(await changeOf(invoice.key)).toMatchObject({
      ...{ state: 'paid', totalMinor: 200_962, unpaidMinor: 0, creditedMinor: 200_962, paidOn: null },
    });
  });

  test('leave invoices of others out', async () => {
    const { changes } = await changesSince(null);
    expect(changes.every(({ invoiceKey }) => invoiceKey.startsWith('eng_erp'))).toBe(true);
  });
});

function cents(amount: unknown): number {
  return Math.round(Number((amount as { decimal: string }).decimal) * 100);
}

describe('a credit note', () => {
  test('gives part of a posted invoice back with its tax, once per key, under a number of its own', async () => {
    const { erp, newKey } = ground;
    const invoice = await posted();
    const key = newKey('credit');
    expect(await erp.findCreditNote(key, context)).toBeUndefined();
    const order = creditOrder({ ...germany, invoiceId: invoice.invoiceId });
    const note = await erp.createCreditNote(key, order, context);
    // 95.00 + 19 % = 18.05; 113.05
    expect(note).toMatchObject({ currency: 'EUR', netMinor: 9_500, taxMinor: 1_805, totalMinor: 11_305 });
    expect(note.number).toMatch(/^TL-DE-2031-C\d{5}$/);
    expect(await erp.createCreditNote(key, order, context)).toEqual(note);
    expect(await erp.findCreditNote(key, context)).toEqual(note);
    const rows = await ground.rows('account.invoice', [['reference', '=', key]], ['state', 'total_amount', 'comment']);
    expect(rows).toEqual([
      expect.objectContaining({
        ...{ state: 'posted', total_amount: decimal('-113.05'), comment: `Credits invoice ${invoice.number}` },
      }),
    ]);
    // The invoice itself stays as it was posted.
    expect(await erp.findInvoice(invoice.key, context)).toMatchObject({ totalMinor: 200_962, state: 'open' });
  });

  test('that eight post at once is one', async () => {
    const invoice = await posted();
    const key = ground.newKey('credit');
    const order = creditOrder({ ...germany, invoiceId: invoice.invoiceId }, { creditedOn: '2031-02-11' });
    const all = await Promise.all(Array.from({ length: 8 }, () => ground.erp.createCreditNote(key, order, context)));
    expect(new Set(all.map(({ number }) => number)).size).toBe(1);
  });

  test('of more than the invoice, of no invoice, or of another customer is refused', async () => {
    const { erp, newKey } = ground;
    const invoice = await posted();
    const order = creditOrder({ ...germany, invoiceId: invoice.invoiceId });
    const much = { ...order, lines: order.lines.map((line) => ({ ...line, amountMinor: 168_877 })) };
    const attempts = [
      { ...much, why: /gives back 168877 of 168876/ },
      { ...order, invoiceId: '999999', why: /no invoice 999999/ },
      { ...order, customerId: '1', why: /is of party/ },
    ];
    for (const { why, ...attempt } of attempts) {
      const key = newKey('credit');
      const error = await errorOf(erp.createCreditNote(key, attempt, context));
      expect([error.kind, error.message]).toEqual(['rejected', expect.stringMatching(why)]);
      expect(await ground.rows('account.invoice', [['reference', '=', key]], ['state'])).toEqual([]);
    }
  });
});

describe('what Tryton says of a day', () => {
  test('is the rate of each currency that holds then, against its base', async () => {
    const admin = await ground.as('admin');
    const usd = ground.tryton.currencies.USD;
    const rate = { currency: usd, date: date('2031-02-01'), rate: decimal('1.25') };
    await admin.model('currency.currency.rate', 'create', [[rate]]);
    const on = (day: string) => ground.erp.exchangeRates(['USD', 'EUR', 'JPY', 'CHF'], day, context);
    // The base is left out, and a currency without a rate as well.
    expect(await on('2031-01-31')).toEqual([
      expect.objectContaining({ base: 'EUR', currency: 'USD', rate: expect.stringMatching(/^1\.10*$/) as string }),
      expect.objectContaining({ base: 'EUR', currency: 'JPY', quote: 'fc-per-base', rateType: 'spot' }),
    ]);
    expect((await on('2031-02-01'))[0]).toMatchObject({
      ...{ currency: 'USD', validFrom: '2031-02-01', rate: expect.stringMatching(/^1\.250*$/) as string },
    });
    expect((await errorOf(on('soon'))).kind).toBe('rejected');
  });

  test('is the period of a company and whether it takes postings, or none', async () => {
    const { erp } = ground;
    expect(await erp.periodState(germany.companyId, '2031-05-17', context)).toMatchObject({
      ...{ startOn: '2031-05-01', endOn: '2031-05-31', state: 'open' },
    });
    expect(await erp.periodState(germany.companyId, '2024-12-31', context)).toBeUndefined();
    expect((await errorOf(erp.periodState('TL-DE', '2031-05-17', context))).kind).toBe('rejected');
  });
});

test('it declares nothing that it cannot do', () => {
  expect(ground.erp.cannot).toEqual({});
});
