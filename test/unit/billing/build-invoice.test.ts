import fc from 'fast-check';
import { buildInvoice, type ReadyToBill } from '../../../domain/billing/build-invoice.ts';
import { capCharges } from '../../../domain/billing/capped-charges.ts';
import { rateExpenses, rateTime } from '../../../domain/billing/rate-time.ts';
import { retainerPeriods } from '../../../domain/billing/retainer.ts';
import type { LegalEntity } from '../../../domain/configuration.ts';
import { validateDeal } from '../../../domain/deal/validate-deal.ts';
import { add, formatMoney, money, parseMoney, sumMoney, zero } from '../../../domain/money/money.ts';
import { CONFIGURATION, deal, legalEntity } from '../deal/fixtures.ts';
import { code } from '../money/domain-error.ts';
import { charge, fixedLine, retainerLine, timeLine } from './fixtures.ts';

const validation = validateDeal(deal(), CONFIGURATION, 1);
if (!validation.ok) throw new Error('the good deal is not good');
const { customer } = validation.contract;

const ready = (content: Partial<ReadyToBill>): ReadyToBill => {
  return { contractLineId: 'line-t', name: 'Review', charges: [], milestones: [], periods: [], ...content };
};
const build = (lines: ReadyToBill[], changes: Partial<LegalEntity> = {}, currency = 'GBP', taxProfile = 'GB-STD') =>
  buildInvoice({
    legalEntity: legalEntity(changes),
    customer: { ...customer, taxProfile },
    currency,
    invoiceOn: '2026-02-01',
    lines,
  });
const milestone = (amount: string, currency = 'GBP') => ({
  milestoneId: `m-${amount}`,
  name: amount,
  amount: parseMoney(amount, currency),
  dueOn: '2026-01-31',
});
const milestones = (currency: string, ...amounts: string[]) => [
  ready({ milestones: amounts.map((amount) => milestone(amount, currency)) }),
];

describe('an invoice draft', () => {
  test('groups time by role and rate, keeps the entry ids, and adds tax and the due date', () => {
    const line = timeLine();
    const time = { entryId: 't1', workedOn: '2026-01-10', role: 'Principal', minutes: 450, billable: true };
    const rated = rateTime(
      [time, { ...time, entryId: 't2', minutes: 20 }, { ...time, entryId: 't3', role: 'Consultant', minutes: 60 }],
      line,
      'half-even',
    );
    const spent = {
      entryId: 'e1',
      incurredOn: '2026-01-11',
      category: 'Travel',
      cost: parseMoney('100', 'GBP'),
      billable: true,
    };
    const charges = [...rated, ...rateExpenses([spent], line, 'half-even')].flatMap((one) =>
      one.outcome === 'priced' ? [one.charge] : [],
    );
    const draft = build([ready({ charges: capCharges(charges, null, zero('GBP')) })]);
    // The stored line says which card it was priced by and how its entries were rounded.
    expect(draft.lines[0]?.derivation.inputs).toMatchObject({
      rateCardId: line.pricing.rateCardId,
      rateCardVersion: String(line.pricing.rateCardVersion),
      entriesRounded: 'half-even to 2 digits',
    });
    expect(
      draft.lines.map(({ lineNo, quantity, unit, amount, source }) => [
        lineNo,
        quantity,
        unit,
        formatMoney(amount),
        source.ids,
      ]),
    ).toEqual([
      // 450 + 20 min = 7.8333 h; 1,350.00 + 60.00 = 1,410.00
      [1, '7.8333', 'hour', '1,410.00 GBP', ['t1', 't2']],
      [2, '1', 'hour', '95.50 GBP', ['t3']],
      [3, '1', 'item', '105.00 GBP', ['e1']],
    ]);
    // 1,410.00 + 95.50 + 105.00 = 1,610.50; 20 % = 322.10; together 1,932.60; 1 February + 30 days = 3 March.
    expect([draft.net, draft.tax, draft.total].map(formatMoney)).toEqual([
      '1,610.50 GBP',
      '322.10 GBP',
      '1,932.60 GBP',
    ]);
    expect(draft.dueOn).toBe('2026-03-03');
    expect(draft).toMatchObject({ customerKey: 'crm-1-001A', legalEntityId: 'TL-UK' });
  });

  test('shows the entry that crosses the limit on a line of its own, and leaves out what is above', () => {
    const charges = [
      charge('a', '2026-01-10', '300'),
      charge('b', '2026-01-11', '300'),
      charge('c', '2026-01-12', '300'),
    ];
    const draft = build([ready({ charges: capCharges(charges, parseMoney('500', 'GBP'), zero('GBP')) })]);
    expect(
      draft.lines.map(({ description, unit, amount, source }) => [description, unit, formatMoney(amount), source.ids]),
    ).toEqual([
      ['Review: Principal at 300 per hour', 'hour', '300.00 GBP', ['a']],
      ['Review: Principal of 2026-01-11, up to the not-to-exceed amount', 'item', '200.00 GBP', ['b']],
    ]);
  });

  test('bills milestones and retainer months with ids that are unique for ever', () => {
    const [, february] = retainerPeriods(retainerLine('100', 'GBP', ['2026-01-16', '2026-03-31']), 'half-even');
    const draft = build([
      ready({ contractLineId: 'line-f', name: 'Platform', milestones: fixedLine().pricing.milestones.slice(0, 1) }),
      ready({ contractLineId: 'line-r', name: 'Support', periods: february ? [february] : [] }),
    ]);
    expect(draft.lines.map(({ description, source }) => [description, source])).toEqual([
      ['Platform: milestone Blueprint', { kind: 'milestone', ids: ['m1'] }],
      ['Support: 2026-02-01 to 2026-02-28', { kind: 'retainer', ids: ['line-r.2026-02'] }],
    ]);
  });

  test('bills what is left of a split entry on a line of its own, so that no hours are shown twice', () => {
    // 400.00, of which 250.00 are billed; of the 150.00 left the limit has room for 100.00.
    const rest = { ...charge('c', '2026-01-20', '400'), billedBefore: parseMoney('250', 'GBP') };
    const draft = build([
      ready({ charges: capCharges([rest], parseMoney('350', 'GBP'), parseMoney('250', 'GBP')) }),
      ready({ charges: capCharges([{ ...rest, entryId: 'd' }], null, zero('GBP')) }),
    ]);
    expect(draft.lines.map(({ description, quantity, unit, amount }) => [description, quantity, unit, amount])).toEqual(
      [
        [
          'Review: Principal of 2026-01-20, a further part, up to the not-to-exceed amount',
          '1',
          'item',
          parseMoney('100', 'GBP'),
        ],
        [
          'Review: Principal of 2026-01-20, what was held above the not-to-exceed amount',
          '1',
          'item',
          parseMoney('150', 'GBP'),
        ],
      ],
    );
    expect(draft.lines[0]?.derivation).toEqual({
      rule: 'entry - billed before - held above the limit',
      inputs: { entry: '400.00', billedBefore: '250.00', held: '50.00' },
      exact: '100.00',
      rounding: null,
      // The way to the price of the entry, with its rate card.
      parts: [rest.derivation],
    });
  });

  test('is refused when there is nothing to bill, the tax profile is unknown, or currencies are mixed', () => {
    expect(code(() => build([]))).toBe('INVOICE_EMPTY');
    expect(code(() => build([ready({})]))).toBe('INVOICE_EMPTY');
    expect(code(() => build(milestones('GBP', '1'), {}, 'GBP', 'toString'))).toBe('TAX_PROFILE_UNKNOWN');
    expect(code(() => build(milestones('EUR', '1')))).toBe('CURRENCY_MISMATCH');
  });
});

describe('tax', () => {
  test('per rate is computed on the sum of lines, per line on each, as agreed with the ERP', () => {
    // 3 x 0.13 = 0.39 x 20 % = 0.078 = 0.08; per line 0.026 = 0.03 each, 0.09 together.
    const lines = milestones('GBP', '0.13', '0.13', '0.13');
    expect(formatMoney(build(lines).tax)).toBe('0.08 GBP');
    expect(formatMoney(build(lines, { rounding: { mode: 'half-away-from-zero', tax: 'per-line' } }).tax)).toBe(
      '0.09 GBP',
    );
  });

  test('has its own rounding where the ERP has one: fractions of a yen are dropped, per line or on the sum', () => {
    // 10 % of 12,708, 1,005 and 1,000 yen are 1,270.8, 100.5 and 100.0.
    const lines = milestones('JPY', '12708', '1005', '1000');
    const taxed = (rounding: LegalEntity['rounding']) =>
      formatMoney(
        build(
          lines,
          { rounding, taxProfiles: { 'GB-STD': { ratePercent: '10', code: 'JP-STD', reverseCharge: false } } },
          'JPY',
        ).tax,
      );
    const mode = 'half-away-from-zero';
    expect(taxed({ mode, tax: 'per-line', taxMode: 'down' })).toBe('1,470 JPY'); // 1,270 + 100 + 100
    expect(taxed({ mode, tax: 'per-rate', taxMode: 'down' })).toBe('1,471 JPY'); // 14,713 x 10 % = 1,471.3
    expect(taxed({ mode, tax: 'per-line', taxMode: 'up' })).toBe('1,472 JPY'); // 1,271 + 101 + 100
    expect(taxed({ mode, tax: 'per-line' })).toBe('1,472 JPY'); // as everything else: 1,271 + 101 + 100
    expect(taxed({ mode: 'half-even', tax: 'per-line' })).toBe('1,471 JPY'); // 1,271 + 100 + 100
  });

  test('yen are taxed to the whole yen, dinars to the fils', () => {
    const profiles = (ratePercent: string) => ({
      taxProfiles: { 'GB-STD': { ratePercent, code: 'X', reverseCharge: false } },
    });
    // 1,005 x 10 % = 100.5 yen = 101 away from zero, 100 half-even.
    expect(formatMoney(build(milestones('JPY', '1005'), profiles('10'), 'JPY').tax)).toBe('101 JPY');
    const halfEven = { rounding: { mode: 'half-even' as const, tax: 'per-rate' as const } };
    expect(formatMoney(build(milestones('JPY', '1005'), { ...profiles('10'), ...halfEven }, 'JPY').tax)).toBe(
      '100 JPY',
    );
    // 1.234 x 5 % = 0.0617 = 0.062 dinars.
    expect(formatMoney(build(milestones('KWD', '1.234'), profiles('5'), 'KWD').tax)).toBe('0.062 KWD');
  });

  test('reverse charge shows the base and asks for nothing', () => {
    const draft = build(milestones('GBP', '500'), {}, 'GBP', 'EU-RC');
    expect(draft.taxes).toEqual([
      { code: 'EU-RC', ratePercent: '0', base: parseMoney('500', 'GBP'), tax: zero('GBP'), reverseCharge: true },
    ]);
    expect(draft.total).toEqual(draft.net);
  });

  test('an invoice is always the sum of its parts', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 30 });
    const tax = fc.constantFrom<LegalEntity['rounding']['tax']>('per-line', 'per-rate');
    fc.assert(
      fc.property(amounts, tax, fc.constantFrom('JPY', 'GBP', 'KWD'), (all, policy, currency) => {
        const content = all.map((minor, index) => ({
          ...milestone('0', currency),
          milestoneId: String(index),
          amount: money(minor, currency),
        }));
        const draft = build(
          [ready({ milestones: content })],
          { rounding: { mode: 'half-even', tax: policy } },
          currency,
        );
        expect(draft.net).toEqual(
          sumMoney(
            content.map((one) => one.amount),
            currency,
          ),
        );
        expect(draft.tax).toEqual(
          sumMoney(
            draft.taxes.map((one) => one.tax),
            currency,
          ),
        );
        expect(draft.total).toEqual(add(draft.net, draft.tax));
        expect(draft.lines.map((line) => line.lineNo)).toEqual(all.map((_, index) => index + 1));
      }),
    );
  });
});
