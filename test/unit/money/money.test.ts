import fc from 'fast-check';
import { isCurrency, minorDigits } from '../../../domain/money/currency.ts';
import {
  add,
  compareMoney,
  formatDecimal,
  formatMoney,
  isZero,
  lesserOf,
  money,
  negate,
  parseMoney,
  subtract,
  sumByCurrency,
  sumMoney,
  zero,
} from '../../../domain/money/money.ts';
import { code } from './domain-error.ts';

const currency = fc.constantFrom('JPY', 'GBP', 'KWD', 'CLF');
const amount = fc.record({ amountMinor: fc.maxSafeInteger(), currency });

describe('currencies of ISO 4217', () => {
  test.each([
    ['JPY', 0],
    ['ISK', 0],
    ['GBP', 2],
    ['HUF', 2],
    ['HRK', 2],
    ['MRU', 2],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['UYW', 4],
  ])('%s has %i minor digits', (currencyCode, digits) => {
    expect(minorDigits(currencyCode)).toBe(digits);
  });

  test.each(['XYZ', 'gbp', '', 'XAU', 'constructor'])('"%s" is not a currency that can be invoiced', (currencyCode) => {
    expect(isCurrency(currencyCode)).toBe(false);
    expect(code(() => minorDigits(currencyCode))).toBe('CURRENCY_UNKNOWN');
    expect(code(() => zero(currencyCode))).toBe('CURRENCY_UNKNOWN');
  });
});

describe('amounts', () => {
  test('adds, subtracts and turns amounts of one currency', () => {
    // 12.50 + 0.75 = 13.25; 12.50 - 13.25 = -0.75
    expect(add(money(1250, 'GBP'), money(75, 'GBP'))).toEqual(money(1325, 'GBP'));
    expect(subtract(money(1250, 'GBP'), money(1325, 'GBP'))).toEqual(money(-75, 'GBP'));
    expect(negate(money(1250, 'GBP'))).toEqual(money(-1250, 'GBP'));
    expect(sumMoney([money(1, 'KWD'), money(2, 'KWD'), money(3, 'KWD')], 'KWD')).toEqual(money(6, 'KWD'));
    expect(sumMoney([], 'JPY')).toEqual(zero('JPY'));
    const mixed = [money(2, 'EUR'), money(5, 'GBP'), money(3, 'EUR')];
    expect(sumByCurrency(mixed)).toEqual([money(5, 'EUR'), money(5, 'GBP')]);
  });

  test('nothing is zero without a sign, so that equal amounts are equal as JSON', () => {
    expect(Object.is(negate(zero('GBP')).amountMinor, 0)).toBe(true);
    expect(Object.is(parseMoney('-0.00', 'GBP').amountMinor, 0)).toBe(true);
    expect(isZero(zero('JPY'))).toBe(true);
    expect(isZero(money(-1, 'JPY'))).toBe(false);
  });

  test('compares amounts of one currency', () => {
    expect(compareMoney(money(2, 'JPY'), money(1, 'JPY'))).toBe(1);
    expect(compareMoney(money(1, 'JPY'), money(1, 'JPY'))).toBe(0);
    expect(lesserOf(money(-5, 'JPY'), money(3, 'JPY'))).toEqual(money(-5, 'JPY'));
  });

  test('refuses to mix currencies', () => {
    expect(code(() => add(money(1, 'GBP'), money(1, 'EUR')))).toBe('CURRENCY_MISMATCH');
    expect(code(() => subtract(money(1, 'GBP'), money(1, 'EUR')))).toBe('CURRENCY_MISMATCH');
    expect(code(() => compareMoney(money(1, 'GBP'), money(1, 'EUR')))).toBe('CURRENCY_MISMATCH');
    expect(code(() => sumMoney([money(1, 'GBP')], 'EUR'))).toBe('CURRENCY_MISMATCH');
  });

  test('refuses amounts that cannot be held exactly', () => {
    expect(code(() => add(money(Number.MAX_SAFE_INTEGER, 'JPY'), money(1, 'JPY')))).toBe('AMOUNT_OVERFLOW');
    expect(code(() => money(Number.POSITIVE_INFINITY, 'JPY'))).toBe('AMOUNT_OVERFLOW');
    expect(code(() => money(Number.NaN, 'JPY'))).toBe('AMOUNT_OVERFLOW');
    expect(code(() => parseMoney('90071992547409.92', 'GBP'))).toBe('AMOUNT_OVERFLOW');
    expect(code(() => money(0.5, 'GBP'))).toBe('AMOUNT_INVALID');
  });
});

describe('amounts as text', () => {
  test.each([
    ['12.5', 'GBP', 1250],
    ['-0.01', 'GBP', -1],
    ['1234', 'JPY', 1234],
    ['1234.00', 'JPY', 1234],
    ['1.234', 'KWD', 1234],
    ['0.0001', 'CLF', 1],
    ['90071992547409.91', 'GBP', Number.MAX_SAFE_INTEGER],
  ])('reads %s %s as %i minor units', (text, currencyCode, minor) => {
    expect(parseMoney(text, currencyCode)).toEqual(money(minor, currencyCode));
  });

  test.each([
    ['12.345', 'GBP'],
    ['0.5', 'JPY'],
    ['1.2345', 'KWD'],
    ['', 'GBP'],
    ['1,000.00', 'GBP'],
    ['1e3', 'GBP'],
    ['.5', 'GBP'],
    [' 1', 'GBP'],
  ])('refuses "%s" %s instead of rounding or guessing', (text, currencyCode) => {
    expect(code(() => parseMoney(text, currencyCode))).toBe('AMOUNT_INVALID');
  });

  test.each([
    [123456, 'GBP', '1234.56', '1,234.56 GBP'],
    [-5, 'GBP', '-0.05', '-0.05 GBP'],
    [1234567, 'JPY', '1234567', '1,234,567 JPY'],
    [1234567, 'KWD', '1234.567', '1,234.567 KWD'],
    [-123456, 'JPY', '-123456', '-123,456 JPY'],
    [0, 'CLF', '0.0000', '0.0000 CLF'],
  ])('writes %i minor units of %s for programs and for people', (minor, currencyCode, decimal, text) => {
    expect(formatDecimal(money(minor, currencyCode))).toBe(decimal);
    expect(formatMoney(money(minor, currencyCode))).toBe(text);
  });

  test('every amount that is written reads back as itself', () => {
    fc.assert(
      fc.property(amount, (value) => {
        expect(parseMoney(formatDecimal(value), value.currency)).toEqual(money(value.amountMinor, value.currency));
      }),
    );
  });
});
