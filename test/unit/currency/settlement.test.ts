import fc from 'fast-check';
import { perBase } from '../../../domain/currency/exchange-rates.ts';
import { bookedShare, type OpenValue, settle } from '../../../domain/currency/settlement.ts';
import { compareDecimals, sumDecimals } from '../../../domain/money/decimal.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;
const per = (rate: string) => perBase(rate, 'fc-per-base');

describe('the settlement of a receivable', () => {
  test('at another rate is a gain or a loss', () => {
    // 1,000 booked at 2.0 a unit of base = 500; paid at 1.6 = 625: a gain of 125; at 2.5 = 400: a loss of 100.
    const open: OpenValue = { fc: '1000', base: '500' };
    expect(settle(open, '1000', per('1.6'), cents)).toMatchObject({
      settledBase: { value: '625' },
      gainLoss: { value: '125' },
      left: { fc: '0', base: '0' },
    });
    expect(settle(open, '1000', per('2.5'), cents).gainLoss.value).toBe('-100');
    // Quoted the other way: 1,000 at 0.55 base each = 550.
    expect(settle(open, '1000', perBase('0.55', 'base-per-fc'), cents).gainLoss.value).toBe('50');
  });

  test('in parts takes the booked value along, the last part the rest', () => {
    // 300 booked at 100.00, paid in thirds at 3 a unit = 33.33 each: 100 x 100 / 300 = 33.33,
    // 66.67 x 100 / 200 = 33.335 -> 33.34, and the rest 33.33.
    const first = settle({ fc: '300', base: '100' }, '100', per('3'), cents);
    expect([first.bookedBase.value, first.gainLoss.value]).toEqual(['33.33', '0']);
    const second = settle(first.left, '100', per('3'), cents);
    expect([second.bookedBase.value, second.gainLoss.value]).toEqual(['33.34', '-0.01']);
    const third = settle(second.left, '100', per('3'), cents);
    expect([third.bookedBase.value, third.left]).toEqual(['33.33', { fc: '0', base: '0' }]);
  });

  test('cannot be of nothing, of more than is open, or the other way', () => {
    const open: OpenValue = { fc: '100', base: '50' };
    for (const paid of ['0', '100.01', '-1']) {
      expect(code(() => settle(open, paid, per('2'), cents))).toBe('SETTLEMENT_INVALID');
    }
    expect(code(() => settle({ fc: '0', base: '0' }, '1', per('2'), cents))).toBe('SETTLEMENT_INVALID');
  });

  test('of a credit works the same way', () => {
    // -100 booked at -50; -40 of it: -20.
    expect(bookedShare({ fc: '-100', base: '-50' }, '-40', cents).value).toBe('-20');
    expect(code(() => bookedShare({ fc: '-100', base: '-50' }, '-101', cents))).toBe('SETTLEMENT_INVALID');
  });

  test('in any parts clears exactly what was booked', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }),
        fc.nat(10_000_000),
        (parts, base) => {
          const total = parts.reduce((sum, part) => sum + part, 0);
          const booked = (base / 100).toFixed(2);
          let open: OpenValue = { fc: String(total), base: booked };
          const cleared = parts.map((part) => {
            const step = settle(open, String(part), per('1.1'), cents);
            open = step.left;
            return step.bookedBase.value;
          });
          expect(compareDecimals(sumDecimals(cleared), booked)).toBe(0);
          expect(compareDecimals(open.base, '0')).toBe(0);
        },
      ),
    );
  });
});
