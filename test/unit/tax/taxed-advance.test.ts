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
