// What was billed against what it should have been: the difference is posted once.
import fc from 'fast-check';
import { rebill } from '../../../domain/change/rebill.ts';
import { minus, negated, plus, sumDecimals } from '../../../domain/money/decimal.ts';
import { parseFraction } from '../../../domain/money/fraction.ts';
import { code } from '../money/domain-error.ts';

const CENTS = { mode: 'half-away-from-zero', scale: 2 } as const;
const line = (id: string, price: string, share: string) => ({ id, price, fraction: parseFraction(share) });

test('each line is rounded, the net is the difference of the sums', () => {
  // 100 x 10/31 = 32.258 -> 32.26, 9.99 x 1/3 = 3.33; revised 120 x 10/31 = 38.709 -> 38.71. 38.71 - 35.59 = 3.12.
  const { billedTotal, revisedTotal, net } = rebill(
    [line('base', '100', '10/31'), line('extra', '9.99', '1/3')],
    [line('base', '120', '10/31')],
    CENTS,
  );
  expect([billedTotal.value, revisedTotal.value, net.value]).toEqual(['35.59', '38.71', '3.12']);
});

test('everything taken away is a credit of all that was billed; nothing changed is nothing', () => {
  const lines = [line('base', '10', '1'), line('extra', '5', '0.5')];
  expect(rebill(lines, [], CENTS).net.value).toBe('-12.5');
  expect(rebill(lines, lines, CENTS).net.value).toBe('0');
});

test('a price that is no number is refused', () => {
  expect(code(() => rebill([line('base', 'ten', '1')], [], CENTS))).toBe('DECIMAL_INVALID');
});

describe('whatever was billed', () => {
  const lines = fc
    .array(
      fc.record({
        minor: fc.integer({ min: -100_000, max: 1_000_000 }),
        days: fc.integer({ min: 0, max: 31 }),
        of: fc.constantFrom(28, 30, 31),
      }),
      { maxLength: 6 },
    )
    .map((all) =>
      all.map(({ minor, days, of }, index) =>
        line(`l${String(index)}`, (minor / 100).toFixed(2), `${String(days)}/${String(of)}`),
      ),
    );
  const net = (...[billed, revised]: [ReturnType<typeof line>[], ReturnType<typeof line>[]]) =>
    rebill(billed, revised, CENTS).net.value;

  test('billed plus the net is what should have been billed, and going back takes the net back', () => {
    fc.assert(
      fc.property(lines, lines, (billed, revised) => {
        const { billedTotal, revisedTotal, net: difference } = rebill(billed, revised, CENTS);
        expect(plus(billedTotal.value, difference.value)).toBe(revisedTotal.value);
        expect(net(revised, billed)).toBe(negated(difference.value));
        expect(net(billed, billed)).toBe('0');
      }),
    );
  });

  test('a chain of corrections comes to the difference of its first and last, whatever lay between', () => {
    fc.assert(
      fc.property(fc.array(lines, { minLength: 2, maxLength: 6 }), (versions) => {
        const steps = versions.slice(1).map((next, index) => net(versions[index] ?? [], next));
        expect(sumDecimals(steps)).toBe(net(versions[0] ?? [], versions.at(-1) ?? []));
      }),
    );
  });

  test('a line that is the same in both is no difference, and each line is rounded by itself', () => {
    fc.assert(
      fc.property(lines, lines, lines, (same, billed, revised) => {
        expect(net([...same, ...billed], [...revised, ...same])).toBe(net(billed, revised));
        const each = revised.map((one) => net([], [one]));
        expect(minus(net([], revised), sumDecimals(each))).toBe('0');
      }),
    );
  });
});
