import { allocateFigures } from '../../../domain/money/allocate.ts';
import { assertBetween, assertNotNegative } from '../../../domain/money/bounds.ts';
import { assertInRange, dividedBy, plus, roundToStep, times } from '../../../domain/money/decimal.ts';
import { figure, sumOf } from '../../../domain/money/derivation.ts';
import { amountOf, toMoney } from '../../../domain/money/rounding.ts';
import { code } from './domain-error.ts';

const nines = (digits: number) => '9'.repeat(digits);

describe('numbers that are too large', () => {
  test('a decimal has at most 4,000 digits, before and after the point together', () => {
    expect(times(nines(2000), nines(2000))).toHaveLength(4000);
    expect(code(() => times(nines(2001), nines(2000)))).toBe('DECIMAL_OVERFLOW');
    expect(code(() => plus(nines(4000), '1'))).toBe('DECIMAL_OVERFLOW');
    expect(code(() => times(`0.${nines(2001)}`, `0.${nines(2001)}`))).toBe('DECIMAL_OVERFLOW');
    expect(code(() => plus(nines(4100), '0'))).toBe('DECIMAL_OVERFLOW');
    expect(code(() => roundToStep(nines(4100), '0.05', 'up'))).toBe('DECIMAL_OVERFLOW');
    expect(dividedBy('1', nines(2000)).length).toBeGreaterThan(2000);
  });

  test('a figure has at most 28 digits before the point, also after rounding and adding', () => {
    expect(assertInRange(`${nines(28)}.5`)).toBe(`${nines(28)}.5`);
    expect(figure('largest', {}, nines(28), null).value).toBe(nines(28));
    expect(code(() => figure('too large', {}, `1${nines(28)}`, null))).toBe('AMOUNT_OVERFLOW');
    // 9.99..9 x 10^27 + 0.5 rounds up to 10^28.
    const rounding = { mode: 'half-away-from-zero', scale: 0 } as const;
    expect(code(() => figure('rounded up', {}, `${nines(28)}.5`, rounding))).toBe('AMOUNT_OVERFLOW');
    const half = figure('half', {}, `6${nines(27)}`, null);
    expect(code(() => sumOf('too much together', [half, half]))).toBe('AMOUNT_OVERFLOW');
    expect(code(() => allocateFigures(`1${nines(28)}`, ['1'], { step: '1', mode: 'largest-remainder' }))).toBe(
      'AMOUNT_OVERFLOW',
    );
  });

  test('an amount of money is a safe integer of minor units', () => {
    // 2^53 - 1 = 9,007,199,254,740,991 pence.
    expect(amountOf({ value: '90071992547409.91' }, 'GBP').amountMinor).toBe(Number.MAX_SAFE_INTEGER);
    expect(code(() => amountOf({ value: '90071992547409.92' }, 'GBP'))).toBe('AMOUNT_OVERFLOW');
    expect(code(() => toMoney(nines(28), 'GBP', 'half-even'))).toBe('AMOUNT_OVERFLOW');
  });
});

describe('numbers that cannot be', () => {
  test('are refused with the thing, what was expected and what was given', () => {
    expect(() => {
      assertNotNegative('PRICE_INVALID', 'the price of a unit', '-0.5');
    }).toThrow('the price of a unit is -0.5: expected zero or more');
    expect(() => {
      assertBetween('DISCOUNT_INVALID', 'a discount', '101', ['0', '100']);
    }).toThrow('a discount is 101: expected 0 to 100');
    assertNotNegative('PRICE_INVALID', 'the price of a unit', '-0');
    assertBetween('DISCOUNT_INVALID', 'a discount', '100', ['0', '100']);
  });
});
