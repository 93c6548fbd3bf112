import fc from 'fast-check';
import { convert, toBase } from '../../../domain/currency/convert.ts';
import { perBase } from '../../../domain/currency/exchange-rates.ts';
import { absolute, compareDecimals, minus } from '../../../domain/money/decimal.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-even', scale: 2 } as const;
const per = (rate: string) => perBase(rate, 'fc-per-base');

describe('a conversion', () => {
  test('goes through the base in one product, one quotient and one rounding', () => {
    // Tryton, modules/currency/tests/test_module.py: 10 x 1.3; 10 / 1.3 = 7.6923..; same currency; nothing.
    expect(convert('10', per('1'), per('1.3'), cents).value).toBe('13');
    expect(convert('10', per('1.3'), per('1'), cents).value).toBe('7.69');
    expect(convert('10', per('1.3'), per('1.3'), cents).value).toBe('10');
    expect(convert('0', per('1.3'), per('1'), cents).value).toBe('0');
    // 100 dollars at 1.25 a pound into yen at 0.005 pounds each: 100 / 1.25 / 0.005 = 16,000
    expect(convert('100', per('1.25'), perBase('0.005', 'base-per-fc'), null).value).toBe('16000');
    // 1 x 3 / 7 x 7 / 3 by way of 28 digits would not be 1: 10 x 7 / 3 and back, exactly 10
    expect(convert('10', { numerator: '3', denominator: '7' }, { numerator: '3', denominator: '7' }, null).value).toBe(
      '10',
    );
  });

  test('is rounded as told', () => {
    // 10 / 1.3 = 7.692307..
    expect(convert('10', per('1.3'), per('1'), { mode: 'up', scale: 2 }).value).toBe('7.7');
    expect(convert('10', per('1.3'), per('1'), { mode: 'down', scale: 2 }).value).toBe('7.69');
    // Tie: 1 / 8 = 0.125
    expect(convert('1', per('8'), per('1'), cents).value).toBe('0.12');
    expect(convert('1', per('8'), per('1'), { ...cents, mode: 'half-away-from-zero' }).value).toBe('0.13');
  });

  test('or kept to significant digits', () => {
    const digits = (count: number, mode: 'half-even' | 'up' | 'down' = 'half-even') => ({ digits: count, mode });
    expect(convert('10', per('1.3'), per('1'), digits(4)).value).toBe('7.692');
    expect(convert('10', per('1.3'), per('1'), digits(4, 'up')).value).toBe('7.693');
    // 2,000 / 3 = 666.66..: three digits 667; of 12,345.0 the tie goes to the even 12,340
    expect(convert('2000', per('3'), per('1'), digits(3)).value).toBe('667');
    expect(convert('12345', per('1'), per('1'), digits(4)).value).toBe('12340');
    expect(convert('-12355', per('1'), per('1'), digits(4, 'down')).value).toBe('-12350');
  });

  test('keeps the way to it', () => {
    expect(toBase('100', perBase('3', 'base-per-fc'), cents)).toMatchObject({
      value: '300',
      derivation: { inputs: { amount: '100', fromPerBase: '1/3', toPerBase: '1' }, exact: '300' },
    });
    expect(code(() => convert('1O', per('1'), per('1'), null))).toBe('DECIMAL_INVALID');
  });

  test('there and back is the same amount within the rounding', () => {
    const rate = fc.integer({ min: 1, max: 1_000_000 }).map((value) => per((value / 1000).toFixed(3)));
    const minor = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((value) => (value / 100).toFixed(2));
    fc.assert(
      fc.property(minor, rate, rate, (amount, from, to) => {
        // Exact, there and back is the amount to 24 digits after the point.
        const exact = convert(convert(amount, from, to, null).value, to, from, null).value;
        const off = absolute(minus(exact, amount));
        expect(compareDecimals(off, `0.${'0'.repeat(15)}1`)).toBeLessThanOrEqual(0);
        // Rounded to 0.005 there, what that half cent is worth back, and half a cent more.
        const there = convert(amount, from, to, cents).value;
        const back = convert(there, to, from, cents).value;
        const worth = convert('0.005', to, from, { mode: 'up', scale: 4 }).value;
        expect(compareDecimals(absolute(minus(back, amount)), minus(worth, '-0.005'))).toBeLessThanOrEqual(0);
      }),
    );
  });
});
