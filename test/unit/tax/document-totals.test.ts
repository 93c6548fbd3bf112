import fc from 'fast-check';
import { absolute, compareDecimals, sumDecimals } from '../../../domain/money/decimal.ts';
import { figure } from '../../../domain/money/derivation.ts';
import { cashRounding, documentTotals, lineNet, taxByCode, totalWithTax } from '../../../domain/tax/document-totals.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;
const both = { amounts: cents, tax: cents };
type Document = Parameters<typeof documentTotals>[0];
const totals = (document: Partial<Document>) => {
  const none = { lines: [], charges: [], allowances: [], terms: {}, taxPer: 'rate' as const, prepaid: '0' };
  const { sumLines, taxExclusive, tax, taxInclusive, payable, taxes } = documentTotals({ ...none, ...document }, both);
  return {
    sums: [sumLines, taxExclusive, tax, taxInclusive, payable].map((one) => one.value),
    taxes: taxes.map((one) => [one.code, one.taxable.value, one.tax.value]),
  };
};

describe('a line', () => {
  test('is quantity x price for the base quantity, less discount, plus charge, less allowance, rounded once', () => {
    // Peppol BIS Billing 3, Allowance-example.xml: 10 x 410 + 1 - 101; 10 x 200 / 2.
    expect(lineNet({ quantity: '10', price: '410', charge: '1', allowance: '101', taxCode: 'S' }, cents).value).toBe(
      '4000',
    );
    expect(lineNet({ quantity: '10', price: '200', baseQuantity: '2', taxCode: 'E' }, cents).value).toBe('1000');
    // GOBL, examples/de/invoice-de-de: 20 h x 90.00 less 10 % = 1,620.00
    expect(lineNet({ quantity: '20', price: '90.00', discountPercent: '10', taxCode: 'S' }, cents).value).toBe('1620');
    // 1 x 10 / 3 less 50 % = 1.6666..: rounded once, not 3.33 / 2 = 1.665 -> 1.67
    expect(
      lineNet({ quantity: '1', price: '10', baseQuantity: '3', discountPercent: '50', taxCode: 'S' }, cents),
    ).toEqual(expect.objectContaining({ value: '1.67' }));
    expect(lineNet({ quantity: '3', price: '0.335', discountPercent: '1', taxCode: 'S' }, null).value).toBe('0.99495');
  });

  test('needs a base quantity', () => {
    expect(code(() => lineNet({ quantity: '1', price: '1', baseQuantity: '0', taxCode: 'S' }, cents))).toBe(
      'DIVISION_BY_ZERO',
    );
  });
});

describe('the totals of a document', () => {
  test('are those of the published examples', () => {
    // Peppol BIS Billing 3, Allowance-example.xml: lines 4,000 + 1,000 + 900, charge and allowance of 200 at 25 %;
    // 25 % of 4,900 = 1,225; 7,125 less 1,000 prepaid.
    const line = (price: string, taxCode: string) => ({ quantity: '1', price, taxCode });
    expect(
      totals({
        lines: [line('4000', 'S'), line('1000', 'E'), line('900', 'S')],
        charges: [{ amount: '200', taxCode: 'S' }],
        allowances: [{ amount: '200', taxCode: 'S' }],
        terms: { S: { ratePercent: '25' }, E: { ratePercent: '0' } },
        prepaid: '1000',
      }),
    ).toEqual({
      sums: ['5900', '5900', '1225', '7125', '6125'],
      taxes: [
        ['S', '4900', '1225'],
        ['E', '1000', '0'],
      ],
    });
    // Peppol BIS Billing 3, base-negative-inv-correction.xml: -7 x 400 + 3 x 500 - 25; 25 % of -1,325.
    expect(
      totals({
        lines: [
          { quantity: '-7', price: '400', taxCode: 'S' },
          { quantity: '3', price: '500', taxCode: 'S' },
        ],
        charges: [{ amount: '-25', taxCode: 'S' }],
        terms: { S: { ratePercent: '25.0' } },
      }).sums,
    ).toEqual(['-1300', '-1325', '-331.25', '-1656.25', '-1656.25']);
  });

  test('round tax per rate or per line, as agreed with the ERP', () => {
    // 0.13 x 3 = 0.39, x 20 % = 0.078 -> 0.08; line by line 0.026 -> 0.03, three times.
    const lines = Array.from({ length: 3 }, () => ({ quantity: '1', price: '0.13', taxCode: 'S' }));
    const terms = { S: { ratePercent: '20' } };
    expect(totals({ lines, terms }).sums).toEqual(['0.39', '0.39', '0.08', '0.47', '0.47']);
    expect(totals({ lines, terms, taxPer: 'line' }).sums).toEqual(['0.39', '0.39', '0.09', '0.48', '0.48']);
  });

  test('may round tax in another way than amounts', () => {
    // 1,234 yen x 10 % = 123.4; 1,239 x 10 % = 123.9, and the fraction of a yen is dropped.
    const yen = { mode: 'half-away-from-zero', scale: 0 } as const;
    const parts = ['1234', '1239'].map((net) => ({ taxCode: 'JP', net: figure('net', {}, net, yen) }));
    const down = { mode: 'down', scale: 0 } as const;
    const [tax] = taxByCode(parts, { JP: { ratePercent: '10' } }, 'line', down);
    expect(tax?.tax.value).toBe('246');
  });

  test('show the base of a reverse charge, and no tax whatever the rate', () => {
    const lines = [{ quantity: '1', price: '5000.00', taxCode: 'AE' }];
    const { sums, taxes } = totals({ lines, terms: { AE: { ratePercent: '23', reverseCharge: true } } });
    expect([sums, taxes]).toEqual([['5000', '5000', '0', '5000', '5000'], [['AE', '5000', '0']]]);
  });

  test('never take a missing rate for zero', () => {
    const lines = [{ quantity: '1', price: '1', taxCode: 'X' }];
    expect(code(() => totals({ lines, terms: { S: { ratePercent: '20' } } }))).toBe('TAX_RATE_MISSING');
    expect(code(() => totals({ lines: [{ quantity: '1', price: '1', taxCode: 'toString' }] }))).toBe(
      'TAX_RATE_MISSING',
    );
  });

  const amount = fc.integer({ min: -100_000, max: 100_000 }).map((tenths) => (tenths / 1000).toFixed(3));
  const taxed = fc.record({ amount, taxCode: fc.constantFrom('A', 'B', 'C') });
  test('add up: the lines of a code to its base, bases to the net, net and tax to the total', () => {
    fc.assert(
      fc.property(fc.array(taxed), fc.array(taxed), fc.array(taxed), (rows, charges, allowances) => {
        const lines = rows.map((row) => ({
          // A credit takes back units; their price stays above zero.
          quantity: row.amount.startsWith('-') ? '-7' : '7',
          price: absolute(row.amount),
          discountPercent: '3',
          taxCode: row.taxCode,
        }));
        const terms = { A: { ratePercent: '19' }, B: { ratePercent: '5.5' }, C: { ratePercent: '0' } };
        const all = documentTotals({ lines, charges, allowances, terms, taxPer: 'rate', prepaid: '12.34' }, both);
        expect(all.sumLines.value).toBe(sumDecimals(all.lines.map((line) => line.value)));
        expect(all.taxExclusive.value).toBe(sumDecimals(all.taxes.map((one) => one.taxable.value)));
        expect(all.taxInclusive.value).toBe(sumDecimals([all.taxExclusive.value, all.tax.value]));
        expect(all.payable.value).toBe(sumDecimals([all.taxInclusive.value, '-12.34']));
        for (const { code: of, taxable } of all.taxes) {
          const own = all.lines.filter((_, index) => lines[index]?.taxCode === of).map((line) => line.value);
          if (![...charges, ...allowances].some((one) => one.taxCode === of)) {
            expect(compareDecimals(taxable.value, sumDecimals(own))).toBe(0);
          }
        }
      }),
    );
  });
});

describe('cash rounding', () => {
  test('is a line of its own', () => {
    // 42.06 away from zero to 0.05 = 42.10: 0.04 (B25); to the nearest 42.05: -0.01.
    expect(cashRounding('42.06', '0.05', 'up')).toMatchObject({
      rounded: { value: '42.1' },
      difference: { value: '0.04' },
    });
    expect(cashRounding('42.06', '0.05', 'half-even').difference.value).toBe('-0.01');
    expect(code(() => cashRounding('42.06', '0', 'up'))).toBe('STEP_INVALID');
  });
});

test('a total of lines with rates of their own rounds each tax', () => {
  // 10.05 x 10 % = 1.005 -> 1.01; 20 without tax: 31.06
  const lines = [
    { amount: '10.05', taxPercent: '10' },
    { amount: '20', taxPercent: '0' },
  ];
  expect(totalWithTax(lines, cents).value).toBe('31.06');
  expect(totalWithTax(lines, null).value).toBe('31.055');
  // 0.03 x 19 % = 0.0057 -> 0.01, three times; of 0.09 together it were 0.0171 -> 0.02.
  const small = ['0.03', '0.03', '0.03'].map((amount) => ({ amount, taxPercent: '19' }));
  expect(totalWithTax(small, cents).value).toBe('0.12');
  expect(code(() => totalWithTax([{ amount: '1', taxPercent: '-1' }], cents))).toBe('TAX_INVALID');
});
