// What is owed of an invoice in Tryton and what credit notes took off it, from lines of the ledger, without Tryton.
import { duesOf, type Due } from '../../../adapters/tryton/dues.ts';
import type { Books } from '../../../adapters/tryton/books.ts';
import type { WireDue, WireInvoice, WirePayment } from '../../../adapters/tryton/wire.ts';

type Line = Omit<Partial<WireDue>, 'move.'> & { id: string; amount: string; on?: string; journal?: string };

/** A line of the receivable: what it adds to the debt, in euros or, with `second`, in that currency. */
function line({ amount, on = '2031-02-01', journal = 'revenue', ...rest }: Line): WireDue {
  const isDebit = !amount.startsWith('-');
  return {
    ...{ debit: isDebit ? amount : '0', credit: isDebit ? '0' : amount.slice(1) },
    ...{ amount_second_currency: null, 'second_currency.': null, reconciliation: null, move_origin: null },
    ...{ 'move.': { date: on, 'journal.': { type: journal } }, ...rest },
  };
}

const invoice = (changes: Partial<WireInvoice>): WireInvoice => ({
  ...{ id: '1', number: 'TL-1', reference: 'k', state: 'posted', company: '1', party: '1', invoice_date: null },
  ...{ 'currency.': { id: '1', code: 'EUR' }, untaxed_amount: '100.00', tax_amount: '0', total_amount: '100.00' },
  ...{ lines_to_pay: ['10'], payment_lines: [], write_date: null, create_date: '2031-01-31T10:00:00Z' },
  ...{ payment_term: null, description: null, comment: null, _timestamp: '1', ...changes },
});

const OWED = { id: '10', amount: '100.00', move_origin: 'account.invoice,1' };
const NOTE = { id: '20', amount: '-30.00', move_origin: 'account.invoice,2' };
const MONEY = { id: '30', amount: '-70.00', move_origin: 'account.payment,5', journal: 'cash', on: '2031-02-07' };

async function dueWith(of: WireInvoice, lines: WireDue[], payments: WirePayment[] = []): Promise<Due | undefined> {
  const searchRead = (model: string, { domain }: { domain: [string, string, unknown[]][] }) => {
    if (model === 'account.payment') return Promise.resolve(payments);
    const [[field, , values]] = domain as [[string, string, unknown[]]];
    const has = (each: WireDue) => values.map(String).includes(String(field === 'id' ? each.id : each.reconciliation));
    return Promise.resolve(lines.filter(has));
  };
  const books = { client: { searchRead }, warn: () => undefined } as unknown as Books;
  return (await duesOf(books, [of], { correlationId: 'c', actorSubject: 's' })).get('1');
}

test('a credit note that pays a part is credited and no payment, and has no day', async () => {
  const due = await dueWith(invoice({ payment_lines: ['20'] }), [line(OWED), line(NOTE)]);
  // 100.00 - 30.00
  expect(due).toMatchObject({ state: 'part-paid', unpaidMinor: 7_000, creditedMinor: 3_000, paidOn: null });
});

test('one that settles the invoice beside money counts once, also where it paid a part before', async () => {
  const paid = { reconciliation: '9' };
  const lines = [line({ ...OWED, ...paid }), line({ ...NOTE, ...paid }), line({ ...MONEY, ...paid })];
  const payment = { id: '5', amount: '70.00', date: '2031-02-05', state: 'succeeded', line: '10' };
  const stamps = { write_date: null, create_date: '2031-02-05T10:00:00Z' };
  const due = await dueWith(invoice({ state: 'paid', payment_lines: ['20'] }), lines, [{ ...payment, ...stamps }]);
  expect(due).toMatchObject({ state: 'paid', unpaidMinor: 0, creditedMinor: 3_000, paidOn: '2031-02-05' });
});

test('one larger than the invoice, which settled others as well, credits no more than all of it', async () => {
  const paid = { reconciliation: '9' };
  const lines = [
    line({ ...OWED, ...paid }),
    line({ ...NOTE, ...paid, amount: '-150.00' }),
    // another invoice that it settled: it takes nothing off this one
    line({ ...paid, id: '40', amount: '50.00', move_origin: 'account.invoice,3' }),
  ];
  const due = await dueWith(invoice({ state: 'paid' }), lines);
  expect(due).toMatchObject({ unpaidMinor: 0, creditedMinor: 10_000, paidOn: null });
});

test('money that the wizard "Pay" books has an invoice as its origin as well, and is money', async () => {
  const pay = line({ ...NOTE, move_origin: 'account.invoice,1', journal: 'cash', on: '2031-02-08' });
  const due = await dueWith(invoice({ payment_lines: ['20'] }), [line(OWED), pay]);
  expect(due).toMatchObject({ unpaidMinor: 7_000, creditedMinor: 0, paidOn: '2031-02-08' });
});

test('a credit note in the currency of the invoice counts in that', async () => {
  const dollars = { 'second_currency.': { id: '2', code: 'USD' } };
  const of = invoice({ 'currency.': { id: '2', code: 'USD' }, payment_lines: ['20'] });
  const lines = [
    line({ ...OWED, ...dollars, amount: '90.00', amount_second_currency: '100.00' }),
    line({ ...NOTE, ...dollars, amount: '-27.00', amount_second_currency: '-30.00' }),
  ];
  expect(await dueWith(of, lines)).toMatchObject({ unpaidMinor: 7_000, creditedMinor: 3_000 });
});

test.each([
  ['that was cancelled, which is voided', { state: 'cancelled' }, [line({ ...OWED, reconciliation: '9' })]],
  ['that nothing was matched with', {}, [line(OWED)]],
])('an invoice %s has no credits', async (_what, changes, lines) => {
  const cancelling = line({ ...NOTE, amount: '-100.00', reconciliation: '9' });
  expect(await dueWith(invoice(changes), [...lines, cancelling])).toMatchObject({ creditedMinor: 0 });
});
