import fc from 'fast-check';
import {
  absolute,
  compareDecimals,
  dividedBy,
  isDecimal,
  minus,
  plus,
  round,
  type RoundingMode,
  roundToStep,
  sumDecimals,
  times,
  significant,
} from '../../../domain/money/decimal.ts';
import { money } from '../../../domain/money/money.ts';
import { toMoney } from '../../../domain/money/rounding.ts';
import { code } from './domain-error.ts';

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }), fc.integer({ min: 0, max: 8 }))
  .map(([digits, scale]) => {
    const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
    const sign = digits < 0n ? '-' : '';
    return scale === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
  });

describe('exact decimals', () => {
  test('tenths add up to what people expect', () => {
    expect(plus('0.1', '0.2')).toBe('0.3');
    expect(minus('0.3', '0.1')).toBe('0.2');
    expect(times('1.005', '100')).toBe('100.5');
    expect(sumDecimals(['0.1', '0.2', '0.3'])).toBe('0.6');
    expect(minus('1.50', '1.5')).toBe('0');
    expect(times('-1', '0')).toBe('0');
  });

  test.each([
    ['1', '3', '0.3333333333333333333333333333'],
    ['2', '3', '0.6666666666666666666666666667'],
    ['200', '3', '66.66666666666666666666666667'],
    ['-2', '3', '-0.6666666666666666666666666667'],
    ['0.002', '0.3', '0.006666666666666666666666666667'],
    ['90', '60', '1.5'],
    ['10000000000000000000000000000000', '1', '10000000000000000000000000000000'],
    ['0', '7', '0'],
  ])('%s / %s keeps 28 significant digits', (a, b, expected) => {
    expect(dividedBy(a, b)).toBe(expected);
  });

  test('the 29th digit is rounded half to even', () => {
    // 28 digits and then exactly a half: the last kept digit 4 stays, 5 goes to 6.
    expect(dividedBy('10000000000000000000000000009', '2')).toBe('5000000000000000000000000004');
    expect(dividedBy('10000000000000000000000000011', '2')).toBe('5000000000000000000000000006');
  });

  test('a number of significant digits is kept as told, whatever the size', () => {
    // 7.6923.. to 4; 12,345 to 4 is a tie, 12,340 is even; 0.00125 to 2 likewise; away from zero where said.
    expect(significant('7.692307', 4)).toBe('7.692');
    expect(significant('12345', 4)).toBe('12340');
    expect(significant('0.00125', 2)).toBe('0.0012');
    expect(significant('-12341', 4, 'up')).toBe('-12350');
    expect(significant('9.96', 2)).toBe('10');
    expect([significant('0', 3), significant('1.2', 28)]).toEqual(['0', '1.2']);
  });

  test('refuses what is no decimal number, and division by zero', () => {
    for (const text of ['', '1e3', 'NaN', '1,5', '.5', '5.', '+1', 'Infinity']) {
      expect(isDecimal(text)).toBe(false);
      expect(code(() => plus(text, '1'))).toBe('DECIMAL_INVALID');
    }
    expect(code(() => dividedBy('1', '0.00'))).toBe('DIVISION_BY_ZERO');
  });

  test('a product divided by one factor gives the other', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        fc.pre(compareDecimals(b, '0') !== 0);
        expect(compareDecimals(round(dividedBy(times(a, b), b), 8, 'half-even'), a)).toBe(0);
      }),
    );
  });

  test('adding and taking away again changes nothing', () => {
    fc.assert(fc.property(decimal, decimal, (a, b) => compareDecimals(minus(plus(a, b), b), a) === 0));
  });
});

describe('rounding to amounts', () => {
  const cases: [string, string, RoundingMode, number][] = [
    // A half: away from zero, or to the even neighbour.
    ['2.345', 'GBP', 'half-away-from-zero', 235],
    ['2.345', 'GBP', 'half-even', 234],
    ['2.355', 'GBP', 'half-even', 236],
    ['-2.345', 'GBP', 'half-away-from-zero', -235],
    ['-2.345', 'GBP', 'half-even', -234],
    // Yen have no decimals, dinars have three.
    ['1234.5', 'JPY', 'half-away-from-zero', 1235],
    ['1234.5', 'JPY', 'half-even', 1234],
    ['0.0005', 'KWD', 'half-away-from-zero', 1],
    ['0.0005', 'KWD', 'half-even', 0],
    ['1.0019', 'KWD', 'down', 1001],
    ['-1.0011', 'KWD', 'up', -1002],
  ];
  test.each(cases)('%s %s, %s, is %i minor units', (value, currency, mode, minor) => {
    expect(toMoney(value, currency, mode)).toEqual(money(minor, currency));
  });

  test('refuses an amount too large to hold and a currency that does not exist', () => {
    expect(code(() => toMoney('90071992547409.92', 'GBP', 'half-even'))).toBe('AMOUNT_OVERFLOW');
    expect(code(() => toMoney('1', 'XXX', 'half-even'))).toBe('CURRENCY_UNKNOWN');
  });

  test('a rounded amount is never further than half a minor unit from the exact figure', () => {
    fc.assert(
      fc.property(decimal, fc.constantFrom<RoundingMode>('half-even', 'half-away-from-zero'), (value, mode) => {
        const cents = String(toMoney(value, 'GBP', mode).amountMinor);
        const off = minus(times(value, '100'), cents);
        return compareDecimals(off, '0.5') <= 0 && compareDecimals(off, '-0.5') >= 0;
      }),
    );
  });
});

describe('rounding to a step', () => {
  // 42.06 lies between 42.05 and 42.10; 42.075 is the tie.
  test.each<[string, string, RoundingMode, string]>([
    ['42.06', '0.05', 'up', '42.1'],
    ['42.06', '0.05', 'half-even', '42.05'],
    ['42.075', '0.05', 'half-away-from-zero', '42.1'],
    ['42.075', '0.05', 'half-toward-zero', '42.05'],
    // 42.05 is 841 steps, odd: the even neighbour is 842 steps.
    ['42.075', '0.05', 'half-even', '42.1'],
    ['-42.075', '0.05', 'half-ceiling', '-42.05'],
    ['-42.075', '0.05', 'half-floor', '-42.1'],
    ['-0.5', '1', 'half-ceiling', '0'],
    ['7.5', '5', 'half-floor', '5'],
    ['10', '3', 'half-even', '9'],
    ['-10', '3', 'up', '-12'],
  ])('%s to %s, %s, is %s', (value, step, mode, expected) => {
    expect(roundToStep(value, step, mode)).toBe(expected);
  });

  test('a step of zero or less is refused', () => {
    expect(code(() => roundToStep('1', '0', 'up'))).toBe('STEP_INVALID');
    expect(code(() => roundToStep('1', '-0.05', 'up'))).toBe('STEP_INVALID');
  });

  test('never goes a step away, and a multiple stays', () => {
    const modes: RoundingMode[] = [
      ...([
        'half-away-from-zero',
        'half-even',
        'half-toward-zero',
        'half-ceiling',
        'half-floor',
        'up',
        'down',
      ] as const),
    ];
    fc.assert(
      fc.property(
        decimal,
        fc.constantFrom('0.01', '0.05', '1', '3', '0.7'),
        fc.constantFrom(...modes),
        (value, step, mode) => {
          const result = roundToStep(value, step, mode);
          expect(compareDecimals(absolute(minus(result, value)), step)).toBeLessThan(0);
          expect(roundToStep(result, step, mode)).toBe(result);
        },
      ),
    );
  });
});
