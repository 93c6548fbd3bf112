import { invoicePostings, paymentPostings } from '../../../domain/ledger/invoice-posting.ts';
import type { Pricing } from '../../../domain/deal/contract.ts';
import { formatMoney, parseMoney } from '../../../domain/money/money.ts';
import { afterRecognition, identityHolds, openingBalance } from '../../../domain/ledger/balances.ts';
import type { JournalDraft } from '../../../domain/ledger/journal.ts';
import { code } from '../money/domain-error.ts';

const told = (journal: JournalDraft) =>
  journal.lines.map(({ side, accountRole, amount, contractLineId }) => {
    return `${side} ${accountRole} ${formatMoney(amount)}${contractLineId === null ? '' : ` ${contractLineId}`}`;
  });
const recognised = (lineId: string, model: Pricing['model'], amount: string, currency = 'GBP') =>
  afterRecognition(openingBalance(lineId, model, currency), parseMoney(amount, currency)).balance;
const invoice = (lines: [string, string][], tax: string, total: string, currency = 'GBP') => ({
  invoiceId: 'inv_1',
  legalEntityId: 'TL-UK',
  currency,
  invoiceOn: '2026-02-01',
  tax: parseMoney(tax, currency),
  total: parseMoney(total, currency),
  lines: lines.map(([contractLineId, amount]) => ({ contractLineId, amount: parseMoney(amount, currency) })),
});

describe('the posting of an invoice', () => {
  test('time and materials clears the unbilled receivable of the work that was recognised', () => {
    const { journal, balances } = invoicePostings(invoice([['t', '1000']], '200', '1200'), [
      recognised('t', 'time-and-materials', '1000'),
    ]);
    expect(told(journal)).toEqual([
      'debit receivable 1,200.00 GBP',
      'credit unbilled-receivable 1,000.00 GBP t',
      'credit tax-payable 200.00 GBP',
    ]);
    expect(balances[0]?.unbilledReceivable).toEqual(parseMoney('0', 'GBP'));
  });

  test('what is billed beyond what was recognised is owed to the customer', () => {
    // 1,000 billed, 700 recognised: 300 contract liability.
    const { journal } = invoicePostings(invoice([['t', '1000']], '0', '1000'), [
      recognised('t', 'time-and-materials', '700'),
    ]);
    expect(told(journal)).toEqual([
      'debit receivable 1,000.00 GBP',
      'credit unbilled-receivable 700.00 GBP t',
      'credit contract-liability 300.00 GBP t',
    ]);
  });

  test('a milestone uses up the contract asset first', () => {
    // 36,000 billed, 10,000 recognised before: 26,000 contract liability. Tax 19 % = 6,840.
    const before = [recognised('f', 'fixed-fee', '10000', 'EUR')];
    const { journal, balances } = invoicePostings(invoice([['f', '36000']], '6840', '42840', 'EUR'), before);
    expect(told(journal)).toEqual([
      'debit receivable 42,840.00 EUR',
      'credit contract-asset 10,000.00 EUR f',
      'credit contract-liability 26,000.00 EUR f',
      'credit tax-payable 6,840.00 EUR',
    ]);
    expect(balances.every(identityHolds)).toBe(true);
  });

  test('a retainer in advance is owed whole, its lines posted together; other contract lines stay as they are', () => {
    const before = ['r', 's', 'u'].map((id) => openingBalance(id, 'retainer', 'JPY'));
    const { journal, balances } = invoicePostings(
      invoice(
        [
          ['r', '100'],
          ['s', '7'],
          ['r', '50'],
        ],
        '0',
        '157',
        'JPY',
      ),
      before,
    );
    expect(told(journal)).toEqual([
      'debit receivable 157 JPY',
      'credit contract-liability 150 JPY r',
      'credit contract-liability 7 JPY s',
    ]);
    expect(balances[2]).toEqual(before[2]);
  });

  test('is refused without the balance of a line, or when lines and tax do not make the total', () => {
    expect(code(() => invoicePostings(invoice([['t', '1']], '0', '1'), []))).toBe('BALANCE_MISSING');
    const before = [openingBalance('t', 'retainer', 'GBP')];
    expect(code(() => invoicePostings(invoice([['t', '1']], '0', '2'), before))).toBe('JOURNAL_UNBALANCED');
  });
});

describe('the posting of a payment', () => {
  const pay = (amount: string, unpaid: string, currency: string) =>
    paymentPostings({
      paymentId: 'pay_1',
      invoiceId: 'inv_1',
      legalEntityId: 'TL-UK',
      amount: parseMoney(amount, currency),
      unpaid: parseMoney(unpaid, currency),
      paidOn: '2026-03-01',
    });

  test('clears the receivable, whole or in part', () => {
    expect(told(pay('1200', '1200', 'GBP'))).toEqual(['debit cash 1,200.00 GBP', 'credit receivable 1,200.00 GBP']);
    expect(told(pay('0.500', '1.234', 'KWD'))).toEqual(['debit cash 0.500 KWD', 'credit receivable 0.500 KWD']);
  });

  test('is refused when it is nothing, more than is unpaid, or in another currency', () => {
    expect(code(() => pay('0', '10', 'GBP'))).toBe('PAYMENT_INVALID');
    expect(code(() => pay('10.01', '10', 'GBP'))).toBe('PAYMENT_INVALID');
    const unpaid = parseMoney('10', 'EUR');
    const payment = { paymentId: 'p', invoiceId: 'i', legalEntityId: 'TL-UK', paidOn: '2026-03-01', unpaid };
    expect(code(() => paymentPostings({ ...payment, amount: parseMoney('1', 'GBP') }))).toBe('CURRENCY_MISMATCH');
  });
});
