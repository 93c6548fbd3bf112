import fc from 'fast-check';
import { compareDecimals, sumDecimals } from '../../../domain/money/decimal.ts';
import { discountFees } from '../../../domain/tax/discount.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 0 } as const;
const spread = (
  fees: [amount: string, taxPercent: string][],
  discount: string,
  rounding: typeof cents | null = cents,
) => {
  const rows = fees.map(([amount, taxPercent]) => ({ amount, taxPercent }));
  const { discounts, taxes, net, tax, total, unused } = discountFees(rows, discount, rounding);
  return {
    discounts: discounts.map((one) => one.value),
    taxes: taxes.map((one) => one.value),
    sums: [net, tax, total, unused].map((one) => one.value),
  };
};

describe('a discount over fees of several rates', () => {
  test('goes by amount, and tax is taken on what is left', () => {
    // Lago, spec/scenarios/credit_notes/credit_note_spec.rb: 10.00 over 19.99 + 68.33 + 200.33 = 288.65: 0.692, 2.367
    // and 6.940, so 0.69 + 2.37 + 6.94. 20 % of 19.30 = 3.86, of 65.96 = 13.19, of 193.39 = 38.68; 278.65 + 55.73.
    expect(
      spread(
        [
          ['1999', '20'],
          ['6833', '20'],
          ['20033', '20'],
        ],
        '1000',
      ),
    ).toEqual({
      discounts: ['69', '237', '694'],
      taxes: ['386', '1319', '3868'],
      sums: ['27865', '5573', '33438', '0'],
    });
    // 100 over three equal fees: the cent that does not divide goes to the first. 10 % of 66 and 67 = 6.6 and 6.7.
    expect(
      spread(
        [
          ['100', '10'],
          ['100', '10'],
          ['100', '0'],
        ],
        '100',
      ),
    ).toEqual({
      discounts: ['34', '33', '33'],
      taxes: ['7', '7', '0'],
      sums: ['200', '14', '214', '0'],
    });
  });

  test('takes fees to nothing, never below', () => {
    // Lago, spec/scenarios/taxes_on_invoice_spec.rb: 110.00 on a fee of 100.00.
    expect(spread([['10000', '10']], '11000')).toEqual({
      discounts: ['10000'],
      taxes: ['0'],
      sums: ['0', '0', '0', '1000'],
    });
    expect(spread([], '5').sums).toEqual(['0', '0', '0', '5']);
  });

  test('of nothing changes nothing, and without rounding parts are exact', () => {
    expect(
      spread(
        [
          ['100', '20'],
          ['0', '20'],
        ],
        '0',
      ),
    ).toMatchObject({ discounts: ['0', '0'], taxes: ['20', '0'] });
    // 1 x 3 / 8 = 0.375; 20 % of 2.625 = 0.525
    expect(
      spread(
        [
          ['3', '20'],
          ['5', '0'],
        ],
        '1',
        null,
      ),
    ).toMatchObject({ discounts: ['0.375', '0.625'] });
  });

  test('is refused when it is negative, or a fee is', () => {
    expect(code(() => spread([['100', '20']], '-1'))).toBe('DISCOUNT_INVALID');
    expect(
      code(() =>
        spread(
          [
            ['100', '20'],
            ['-10', '20'],
          ],
          '5',
        ),
      ),
    ).toBe('ALLOCATION_INVALID');
  });

  test('is spread whole', () => {
    const fee = fc.tuple(fc.nat(100_000).map(String), fc.nat(30).map(String));
    fc.assert(
      fc.property(fc.array(fee, { minLength: 1 }), fc.nat(200_000).map(String), (fees, discount) => {
        const { discounts, sums } = spread(fees, discount);
        const [net = '0', tax = '0', total = '0', unused = '0'] = sums;
        expect(compareDecimals(sumDecimals([...discounts, unused]), discount)).toBe(0);
        expect(compareDecimals(sumDecimals([net, ...discounts]), sumDecimals(fees.map(([amount]) => amount)))).toBe(0);
        expect(compareDecimals(sumDecimals([net, tax]), total)).toBe(0);
      }),
    );
  });
});
