// Figures marked Odoo are published in odoo/odoo, addons/account/tests (test_tax.py, test_taxes_computation.py).
import fc from 'fast-check';
import { absolute, compareDecimals, minus, sumDecimals } from '../../../domain/money/decimal.ts';
import { type StackedTax, taxStack } from '../../../domain/tax/tax-stack.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;
const micro = { mode: 'half-away-from-zero', scale: 6 } as const;
const percent = (amount: string, more: Partial<StackedTax> = {}): StackedTax => ({ type: 'percent', amount, ...more });
const division = (amount: string, more: Partial<StackedTax> = {}): StackedTax => ({
  type: 'division',
  amount,
  ...more,
});
const fixed = (amount: string, more: Partial<StackedTax> = {}): StackedTax => ({ type: 'fixed', amount, ...more });
const held = { priceInclude: true };
const base = { includeBase: true };
const both = { ...held, ...base };

type Rounded = Parameters<typeof taxStack>[1];
const stack = (price: string, taxes: StackedTax[], quantity = '1', rounding: Rounded = cents) => {
  const { excluded, included, taxes: amounts } = taxStack({ price, quantity, taxes }, rounding);
  return [excluded.value, included.value, ...amounts.map((one) => one.value)];
};

describe('taxes on top of a price', () => {
  test('are each taken on the base that the taxes before them left', () => {
    // Odoo: 10 on 200, 10 % of 210, 10 on 210, 10 % of 220.
    const group = [fixed('10', base), percent('10')];
    expect(stack('200', [...group, fixed('10', base), percent('10')])).toEqual([
      ...['200', '263'],
      ...['10', '21', '10', '22'],
    ]);
    // Odoo: 200 / 0.9 = 222.22; 10; 10 % of 200.
    expect(stack('200', [division('10'), fixed('10'), percent('10')])).toEqual(['200', '252.22', '22.22', '10', '20']);
    // Odoo: a withholding tax, 4 % that the 22 % are taken on: 22 % of 52.
    expect(stack('50', [percent('-20'), percent('4', base), percent('22')])).toEqual([
      ...['50', '53.44'],
      ...['-10', '2', '11.44'],
    ]);
    // Odoo: 6 % of 100, of 106 = 6.36, 3 % of 112.36 = 3.3708.
    expect(stack('100', [percent('6', base), percent('6', base), percent('3')])).toEqual([
      ...['100', '115.73'],
      ...['6', '6.36', '3.37'],
    ]);
  });

  test('per unit are taken for each unit', () => {
    // Odoo: 5 units at 20: 5 x 1, 21 % of 100, 5 x 2.
    expect(stack('20', [fixed('1'), percent('21'), fixed('2')], '5')).toEqual(['100', '136', '5', '21', '10']);
    // Odoo: 5 at 19 = 95, and 5 x 1 in the base: 21 % of 100.
    expect(stack('19', [fixed('1', base), percent('21'), fixed('2')], '5')).toEqual(['95', '131', '5', '21', '10']);
  });

  test('as percents of the price with tax are taken together', () => {
    // Odoo: 5 + 3 + 0.65 + 9 + 15 = 32.65 %; 32.33 / 0.6735 = 48.00297, of which 5 % = 2.40 ...
    const brazil = ['5', '3', '0.65', '9', '15'].map((rate) => division(rate));
    expect(stack('32.33', brazil)).toEqual(['32.33', '48', '2.4', '1.44', '0.31', '4.32', '7.2']);
  });

  test('are rounded as the currency is', () => {
    // Odoo: 22,689 x 19 % = 4,310.91; 9,176 x 19 % = 1,743.44; no decimals.
    const whole = { mode: 'half-away-from-zero', scale: 0 } as const;
    expect(stack('22689', [percent('19')], '1', whole)).toEqual(['22689', '27000', '4311']);
    expect(stack('9176', [percent('19')], '1', whole)).toEqual(['9176', '10919', '1743']);
    // Odoo, a currency of four decimals: 200 / 0.85 = 235.29412
    expect(stack('200', [division('15')], '1', { ...cents, scale: 4 })).toEqual(['200', '235.2941', '35.2941']);
  });
});

describe('a price that holds taxes', () => {
  test('is net and tax, the net by division', () => {
    // Odoo: 7 / 1.21 = 5.785124; 8 x 15.55 = 124.40, / 1.08 = 115.185
    expect(stack('7', [percent('21', held)])).toEqual(['5.79', '7', '1.21']);
    expect(stack('7', [percent('21', held)], '1', micro)).toEqual(['5.785124', '7', '1.214876']);
    expect(stack('15.55', [percent('0', held), percent('8', held)], '8')).toEqual(['115.19', '124.4', '0', '9.21']);
    expect(stack('15.55', [percent('8', held), percent('0', held)], '8')).toEqual(['115.19', '124.4', '9.21', '0']);
    // Odoo, versions 13 to 17: both end on half a cent; the net is rounded first. 52.50 / 1.12 = 46.875
    expect(stack('52.5', [percent('12', held)])).toEqual(['46.88', '52.5', '5.62']);
    expect(stack('399.99', [percent('20', held)])).toEqual(['333.33', '399.99', '66.66']);
    expect(stack('399.999999', [percent('20', held)], '1', micro)).toEqual(['333.333333', '399.999999', '66.666666']);
  });

  test('may hold several: what roundings leave goes to the last', () => {
    // Odoo: 100 / 1.2 = 83.33; 8.33; 100 - 83.33 - 8.33 = 8.34
    expect(stack('100', [percent('10', held), percent('10', held)])).toEqual(['83.33', '100', '8.33', '8.34']);
    // 100 / 1.21 = 82.64; first part 100 / 1.1 = 90.909, less 82.64 = 8.27; 100 - 90.91 = 9.09
    expect(stack('100', [percent('10', both), percent('10', held)])).toEqual(['82.64', '100', '8.27', '9.09']);
    // Odoo: 2 x 100 holds 2 x 10
    expect(stack('100', [fixed('10', held)], '2')).toEqual(['180', '200', '20']);
    // Odoo: 10 % of the price with tax is 20 of 200
    expect(stack('200', [division('10', both)])).toEqual(['180', '200', '20']);
    // Odoo: a price that is all tax
    expect(stack('100', [division('100', held)])).toEqual(['0', '100', '100']);
    // Odoo: 48 x (1 - 32.65 %) = 32.328
    const brazil = ['5', '3', '0.65', '9', '15'].map((rate) => division(rate, held));
    expect(stack('48', brazil)).toEqual(['32.33', '48', '2.4', '1.44', '0.31', '4.32', '7.2']);
  });

  test('may have taxes on top as well', () => {
    // Odoo: 132 = 110 x 1.2, 110 = 100 x 1.1; on top 10 % of 110 twice.
    const five = [percent('10', both), percent('10'), percent('10', held), percent('10'), percent('10', held)];
    expect(stack('132', five)).toEqual(['100', '154', '10', '11', '11', '11', '11']);
    expect(stack('-132', five)).toEqual(['-100', '-154', '-10', '-11', '-11', '-11', '-11']);
    // Odoo: 2,300 / 1.055 = 2,180.09; 15 % of it 327.01; 2,300 - 2,180.09 = 119.91
    expect(stack('2300', [percent('15'), percent('5.5', held)])).toEqual([
      ...['2180.09', '2627.01'],
      ...['327.01', '119.91'],
    ]);
    // Odoo: 120 = 99 + 21 % of (99 + 1); 1 and 2 on top.
    expect(stack('120', [fixed('1', base), percent('21', held), fixed('2')])).toEqual(['99', '123', '1', '21', '2']);
    // Odoo: 122 = 100 + 1 + 21 % of 100; 2 on top.
    expect(stack('122', [fixed('1', held), percent('21', both), fixed('2')])).toEqual(['100', '124', '1', '21', '2']);
    // Odoo: 121 = 99 + 1 + 21 % of (99 + 1)
    expect(stack('121', [fixed('1', both), percent('21', both), fixed('2')])).toEqual(['99', '123', '1', '21', '2']);
    // Odoo: nothing was paid, and it holds a tax
    expect(stack('0', [fixed('0.05', both)])).toEqual(['-0.05', '0', '0.05']);
  });

  test('cannot be all tax or more', () => {
    expect(code(() => stack('100', [division('100')]))).toBe('TAX_INVALID');
    expect(code(() => stack('100', [division('60', held), division('60', held)]))).toBe('TAX_INVALID');
    expect(code(() => stack('100', [percent('-100', held)]))).toBe('TAX_INVALID');
    expect(code(() => stack('1O0', [percent('10')]))).toBe('DECIMAL_INVALID');
  });
});

describe('whatever stands in the stack', () => {
  const tax = fc.record({
    type: fc.constantFrom('percent', 'division', 'fixed'),
    amount: fc.integer({ min: 0, max: 1900 }).map((hundredths) => (hundredths / 100).toFixed(2)),
    includeBase: fc.boolean(),
    priceInclude: fc.boolean(),
  });
  const stacks = fc.array(tax, { maxLength: 5 });
  const price = fc.integer({ min: -10_000_000, max: 10_000_000 }).map((minor) => (minor / 100).toFixed(2));

  test('net + taxes = included, and net + taxes in the price = price', () => {
    fc.assert(
      fc.property(price, stacks, (amount, taxes) => {
        const line = taxStack({ price: amount, quantity: '1', taxes }, cents);
        const values = line.taxes.map((one) => one.value);
        expect(line.included.value).toBe(sumDecimals([line.excluded.value, ...values]));
        const inPrice = values.filter((_, index) => taxes[index]?.priceInclude);
        const isHeld = taxes.some((one) => one.priceInclude && compareDecimals(one.amount, '0') > 0);
        if (isHeld || inPrice.length === 0) {
          expect(compareDecimals(sumDecimals([line.excluded.value, ...inPrice]), amount)).toBe(0);
        }
      }),
    );
  });

  test('taken out of a price and put on top again it is the same price, within a cent for each tax', () => {
    // Percents of the base alone: one per unit keeps the sign of the line, which a price of cents may lose to it, and a
    // percent of the price is of all of it inside, but of the net and itself on top.
    const percents = fc.array(
      tax.map((one) => ({ ...one, type: 'percent' as const, priceInclude: true })),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(price, percents, (amount, taxes) => {
        const inside = taxStack({ price: amount, quantity: '1', taxes }, cents);
        const outside = taxes.map((one) => ({ ...one, priceInclude: false }));
        const back = taxStack({ price: inside.excluded.value, quantity: '1', taxes: outside }, cents);
        const off = absolute(minus(back.included.value, amount));
        expect(compareDecimals(off, `0.0${String(taxes.length + 1)}`)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('every figure says how it came about', () => {
    const { taxes, excluded } = taxStack({ price: '100', quantity: '1', taxes: [percent('10', held)] }, cents);
    expect(excluded.derivation).toMatchObject({ inputs: { price: '100', slope: '110', over: '100' } });
    expect(taxes[0]?.derivation).toMatchObject({ inputs: { priceToHere: '100', netAndTaxesBefore: '90.91' } });
  });
});
