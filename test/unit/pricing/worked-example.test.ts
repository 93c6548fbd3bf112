// The worked example of domain/pricing/README.md.
import { parseFraction } from '../../../domain/money/fraction.ts';
import { chargeApproved, chargeForTime } from '../../../domain/pricing/charge-time.ts';
import { expensePrice, type Purchase, purchaseCost } from '../../../domain/pricing/expense.ts';
import { resolveRate, type WorkToRate } from '../../../domain/pricing/resolve-rate.ts';
import { code } from '../money/domain-error.ts';
import { card, line, work } from './cards.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;
const override = {
  overrideId: 'o',
  validFrom: '2026-06-01',
  scope: { level: 'contract' as const, id: 'C-1' },
  rate: '90',
  markupPercent: null,
};
const cards = [
  card(
    'default',
    [
      line('hour', { overrides: [override] }),
      line('day', { location: 'London', price: { by: 'rate', unit: 'day', rate: '800', markupPercent: '0' } }),
      line('overtime', { workType: 'overtime', price: { by: 'regular-rate', markupPercent: '50' } }),
    ],
    { version: 3, hoursPerUnit: { day: '7.5' } },
  ),
];
const rate = (workedOn: string, changes: Partial<WorkToRate> = {}) =>
  resolveRate(cards, work({ workedOn, location: 'Leeds', ...changes }));
const hours = (count: string) => ({ quantity: parseFraction(count), unit: 'hour' });

test('five pieces of work of a Consultant', () => {
  expect(chargeForTime(hours('7.5'), rate('2026-05-29'), cents).value).toBe('750');
  expect(chargeForTime(hours('5'), rate('2026-05-29', { location: 'London' }), cents).value).toBe('533.33');
  expect(chargeForTime(hours('2'), rate('2026-06-01', { workType: 'overtime' }), cents).value).toBe('270');
  const approved = chargeApproved({ submitted: '8', billable: '6', unit: 'hour' }, rate('2026-06-01'), cents);
  expect([approved.billable.charge.value, approved.nonBillable.charge.value]).toEqual(['540', '180']);
  expect(code(() => rate('2026-05-29', { currency: 'EUR' }))).toBe('RATE_MISSING');
});

test('a receipt with tax and mark-up, rounded at the end only', () => {
  const receipt: Purchase = {
    amount: '10',
    taxPercent: '7',
    includesTax: true,
    taxToProject: { nonDeductiblePercent: '20' },
  };
  expect(purchaseCost(receipt, cents).value).toBe('9.48');
  expect(expensePrice(receipt, { method: 'markup', markupPercent: '12.5' }, cents).value).toBe('10.66');
});
