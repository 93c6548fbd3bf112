// The worked examples of domain/billing/README.md and domain/revenue/README.md, so that they stay true.
import { buildInvoice } from '../../../domain/billing/build-invoice.ts';
import { capCharges } from '../../../domain/billing/capped-charges.ts';
import { invoicePostings } from '../../../domain/ledger/invoice-posting.ts';
import { rateExpenses, rateTime } from '../../../domain/billing/rate-time.ts';
import { validateDeal } from '../../../domain/deal/validate-deal.ts';
import { formatMoney, parseMoney, zero } from '../../../domain/money/money.ts';
import { afterBilling, afterRecognition, openingBalance } from '../../../domain/ledger/balances.ts';
import { type JournalDraft, revenueJournal } from '../../../domain/ledger/journal.ts';
import { recognise } from '../../../domain/revenue/recognise.ts';
import { CONFIGURATION, deal, legalEntity } from '../deal/fixtures.ts';
import { fixedLine, timeLine } from './fixtures.ts';

const told = (journal: JournalDraft | null) =>
  journal?.lines.map(({ side, accountRole, amount }) => `${side} ${accountRole} ${formatMoney(amount)}`);

test('January of a time and materials line: rated, split at the limit, invoiced and posted', () => {
  const validation = validateDeal(deal(), CONFIGURATION, 1);
  if (!validation.ok) throw new Error('the good deal is not good');
  const line = timeLine('GBP', { ceiling: parseMoney('1500', 'GBP') });
  const work = { role: 'Principal', billable: true };
  const spent = { entryId: 'b', incurredOn: '2026-01-11', category: 'travel', billable: true };
  const rated = [
    ...rateTime([{ ...work, entryId: 'a', workedOn: '2026-01-10', minutes: 450 }], line, 'half-away-from-zero'),
    ...rateExpenses([{ ...spent, cost: parseMoney('100', 'GBP') }], line, 'half-away-from-zero'),
    ...rateTime([{ ...work, entryId: 'c', workedOn: '2026-01-12', minutes: 20 }], line, 'half-away-from-zero'),
  ].flatMap((one) => (one.outcome === 'priced' ? [one.charge] : []));
  const charges = capCharges(rated, line.pricing.ceiling, zero('GBP'));
  expect(charges.map(({ billable, held }) => [formatMoney(billable), formatMoney(held)])).toEqual([
    ['1,350.00 GBP', '0.00 GBP'],
    ['105.00 GBP', '0.00 GBP'],
    ['45.00 GBP', '15.00 GBP'],
  ]);
  const draft = buildInvoice({
    legalEntity: legalEntity(),
    customer: validation.contract.customer,
    currency: 'GBP',
    invoiceOn: '2026-02-01',
    lines: [{ contractLineId: line.lineId, name: line.name, charges, milestones: [], periods: [] }],
  });
  expect([draft.net, draft.tax, draft.total].map(formatMoney)).toEqual(['1,500.00 GBP', '300.00 GBP', '1,800.00 GBP']);
  expect(draft.dueOn).toBe('2026-03-03');

  const opening = openingBalance(line.lineId, 'time-and-materials', 'GBP');
  const facts = { charges: rated, work: [], acceptedMilestones: [], completed: false };
  const { amount } = recognise(line, '2026-01', facts, zero('GBP'), 'half-away-from-zero');
  // 1,350 + 105 + 60 = 1,515 of work, of which 1,500 may ever be billed.
  expect(formatMoney(amount)).toBe('1,500.00 GBP');
  const invoice = { ...draft, invoiceId: 'inv_1' };
  expect(told(invoicePostings(invoice, [afterRecognition(opening, amount).balance]).journal)).toEqual([
    'debit receivable 1,800.00 GBP',
    'credit unbilled-receivable 1,500.00 GBP',
    'credit tax-payable 300.00 GBP',
  ]);
  expect(told(invoicePostings(invoice, [opening]).journal)?.[1]).toBe('credit contract-liability 1,500.00 GBP');
});

test('a fixed fee over three months: liability first, then the asset, the price in the end', () => {
  const line = fixedLine('EUR');
  const hours = { '2026-01': 1200, '2026-02': 3020, '2026-03': 3020 };
  let balance = afterBilling(openingBalance('line-f', 'fixed-fee', 'EUR'), parseMoney('300', 'EUR')).balance;
  const entries = Object.entries(hours).map(([month, minutes]) => {
    const facts = { charges: [], work: [{ workedOn: '2026-01-31', minutes }], acceptedMilestones: [] };
    const known = { ...facts, completed: month === '2026-03' };
    const { amount: recognised } = recognise(line, month, known, balance.recognised, 'half-away-from-zero');
    const run = { legalEntityId: 'TL-DE', currency: 'EUR', month, postedOn: '2026-03-31' };
    const { journal, balances } = revenueJournal({ ...run, rows: [{ balance, recognised }] });
    balance = balances[0] ?? balance;
    return told(journal);
  });
  expect(entries).toEqual([
    ['debit contract-liability 200.00 EUR', 'credit revenue 200.00 EUR'],
    ['debit contract-liability 100.00 EUR', 'debit contract-asset 203.33 EUR', 'credit revenue 303.33 EUR'],
    ['debit contract-asset 496.67 EUR', 'credit revenue 496.67 EUR'],
  ]);
  // The milestone of 500.00 is billed out of the asset of 700.00.
  const { balance: after } = afterBilling(balance, parseMoney('500', 'EUR'));
  expect([formatMoney(balance.contractAsset), formatMoney(after.contractAsset)]).toEqual(['700.00 EUR', '200.00 EUR']);
});
