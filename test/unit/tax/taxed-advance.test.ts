import fc from 'fast-check';
import { type AdvanceBalance, applyAdvance, refundAdvance, unusedAdvance } from '../../../domain/billing/advance.ts';
import { compareDecimals, percentOf, round, sumDecimals } from '../../../domain/money/decimal.ts';
import { figure } from '../../../domain/money/derivation.ts';
import { type Advance, type AdvanceRate, lessAdvances } from '../../../domain/tax/taxed-advance.ts';
import { taxByCode } from '../../../domain/tax/document-totals.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;
const advance = (net: string, ratePercent: string, tax: string, taxCode = 'S'): Advance => {
  return { invoiceId: `adv-${net}`, taxCode, ratePercent, net, tax };
};
const final = (nets: [taxCode: string, net: string][], advances: Advance[], rateOf: AdvanceRate) => {
  const parts = nets.map(([taxCode, net]) => ({ taxCode, net: figure('line', {}, net, cents) }));
  const terms = { S: { ratePercent: '19' }, R: { ratePercent: '7' }, AE: { ratePercent: '19', reverseCharge: true } };
  const rows = lessAdvances(taxByCode(parts, terms, 'rate', cents), advances, rateOf, cents);
  return rows.map(({ code: of, deductedNet, deductedTax, net, tax, total }) => [
    of,
    ...[deductedNet, deductedTax, net, tax, total].map((one) => one.value),
  ]);
};

describe('a final invoice after advances that were taxed at receipt', () => {
  test('at one rate charges the tax of the rest', () => {
    // 1,000.00 at 19 %, of which 400.00 + 76.00 came before: 600.00 + 114.00.
    for (const rateOf of ['receipt', 'supply'] as const) {
      expect(final([['S', '1000']], [advance('400', '19', '76')], rateOf)).toEqual([
        ['S', '400', '76', '600', '114', '714'],
      ]);
    }
  });

  test('leaves the tax of the advance as it was, where the rate of receipt holds', () => {
    // 400.00 at 16 % = 64.00 stand; 600.00 at 19 % = 114.00.
    expect(final([['S', '1000']], [advance('400', '16', '64')], 'receipt')).toEqual([
      ['S', '400', '64', '600', '114', '714'],
    ]);
  });

  test('settles the difference of the advance, where the rate of supply holds', () => {
    // 19 % of 1,000.00 = 190.00, less 64.00 = 126.00: 114.00 of the rest and 3 % of 400.00 = 12.00.
    expect(final([['S', '1000']], [advance('400', '16', '64')], 'supply')).toEqual([
      ['S', '400', '64', '600', '126', '726'],
    ]);
    // The rate fell from 21 to 19 % after all was paid: 190.00 - 210.00 = -20.00 go back.
    expect(final([['S', '1000']], [advance('1000', '21', '210')], 'supply')).toEqual([
      ['S', '1000', '210', '0', '-20', '-20'],
    ]);
  });

  test('keeps codes apart, and takes off several advances', () => {
    // S: 500.00 - 100.00 - 50.00 = 350.00, 66.50; R: 200.00 at 7 % = 14.00; AE: no tax.
    const rows = final(
      [
        ['S', '500'],
        ['R', '200'],
        ['AE', '100'],
      ],
      [advance('100', '19', '19'), advance('50', '19', '9.5')],
      'receipt',
    );
    expect(rows).toEqual([
      ['S', '150', '28.5', '350', '66.5', '416.5'],
      ['R', '0', '0', '200', '14', '214'],
      ['AE', '0', '0', '100', '0', '100'],
    ]);
  });

  test('is refused when advances are more, or of a code that it has not', () => {
    expect(code(() => final([['S', '100']], [advance('101', '19', '19.19')], 'receipt'))).toBe(
      'ADVANCE_EXCEEDS_INVOICE',
    );
    expect(code(() => final([['S', '100']], [advance('10', '7', '0.7', 'R')], 'receipt'))).toBe('ADVANCE_CODE_UNKNOWN');
  });
});

describe('whatever came in advance', () => {
  const text = (minor: number) => (minor / 100).toFixed(2);
  const same = (a: string, b: string) => {
    expect(compareDecimals(a, b)).toBe(0);
  };
  /** Shares of 1 to 9 of the whole in advance, at the rate of that day; a part of some goes back before the final. */
  const received = fc.array(
    fc.record({
      weight: fc.integer({ min: 1, max: 9 }),
      ratePercent: fc.constantFrom('16', '19', '21'),
      backPercent: fc.constantFrom(0, 0, 30, 100),
    }),
    { maxLength: 5 },
  );
  const whole = fc.integer({ min: 10_000, max: 10_000_000 });

  /** Advances of a whole; what goes back of one is an advance below zero with its own tax. */
  const advancesOf = (minor: number, all: readonly { weight: number; ratePercent: string; backPercent: number }[]) =>
    all.flatMap(({ weight, ratePercent, backPercent }) => {
      const net = Math.floor((minor * weight) / 45);
      const back = Math.floor((net * backPercent) / 100);
      const taxOf = (amount: number) => round(percentOf(text(amount), ratePercent), 2, cents.mode);
      const paid = advance(text(net), ratePercent, taxOf(net));
      return back === 0 ? [paid] : [paid, advance(text(-back), ratePercent, taxOf(-back))];
    });

  test('advances and the final invoice come to the whole net, and at the rate of supply to its whole tax', () => {
    fc.assert(
      fc.property(whole, received, (minor, all) => {
        const advances = advancesOf(minor, all);
        const [[, takenNet = '', takenTax = '', net = '', tax = '', total = ''] = []] = final(
          [['S', text(minor)]],
          advances,
          'supply',
        );
        same(takenNet, sumDecimals(advances.map((one) => one.net)));
        same(takenTax, sumDecimals(advances.map((one) => one.tax)));
        same(sumDecimals([takenNet, net]), text(minor));
        same(sumDecimals([takenTax, tax]), round(percentOf(text(minor), '19'), 2, cents.mode));
        same(sumDecimals([net, tax]), total);
      }),
    );
  });

  test('at the rate of receipt only what is left is taxed, and nothing when nothing is left', () => {
    fc.assert(
      fc.property(whole, received, (minor, all) => {
        const advances = advancesOf(minor, all);
        const left = minor - Math.round(advances.reduce((sum, { net }) => sum + Number(net) * 100, 0));
        const [[, , takenTax = '', net = '', tax = ''] = []] = final([['S', text(minor)]], advances, 'receipt');
        same(net, text(left));
        same(takenTax, sumDecimals(advances.map((one) => one.tax)));
        same(tax, round(percentOf(text(left), '19'), 2, cents.mode));
        const rest = [...advances, advance(text(left), '19', tax)];
        const [[, , , noNet = '', noTax = ''] = []] = final([['S', text(minor)]], rest, 'receipt');
        same(noNet, '0');
        same(noTax, '0');
        const beyond = [...rest, advance('0.01', '19', '0')];
        expect(code(() => final([['S', text(minor)]], beyond, 'receipt'))).toBe('ADVANCE_EXCEEDS_INVOICE');
      }),
    );
  });

  test('applied to invoices and refunded in any order, an advance is used up exactly and never beyond', () => {
    const use = fc.oneof(
      fc.record({ kind: fc.constant('apply' as const), minor: fc.nat(200_000), percent: fc.nat(100) }),
      fc.record({ kind: fc.constant('refund' as const), minor: fc.nat(100_000) }),
    );
    fc.assert(
      fc.property(fc.nat(500_000), fc.array(use, { maxLength: 12 }), (minor, uses) => {
        let balance: AdvanceBalance = { received: text(minor), applied: '0', refunded: '0' };
        let left = minor;
        for (const one of uses) {
          if (one.kind === 'apply') {
            const { applied, balance: after } = applyAdvance(text(one.minor), balance, String(one.percent), cents);
            // invoice x percent, half up on whole cents, at most what is left
            const taken = Math.min(left, Math.floor((one.minor * one.percent + 50) / 100));
            same(applied.value, text(taken));
            [balance, left] = [after, left - taken];
          } else if (one.minor <= left) {
            [balance, left] = [refundAdvance(balance, text(one.minor)), left - one.minor];
          } else {
            expect(code(() => refundAdvance(balance, text(one.minor)))).toBe('ADVANCE_EXCEEDED');
          }
          same(unusedAdvance(balance), text(left));
        }
        balance = refundAdvance(balance);
        same(sumDecimals([balance.applied, balance.refunded]), balance.received);
        same(applyAdvance('1000', balance, '100', cents).applied.value, '0');
        expect(code(() => refundAdvance(balance, '0.01'))).toBe('ADVANCE_EXCEEDED');
      }),
    );
  });
});
