// What was billed against what it should have been: the difference is posted once.
import { rebill } from '../../../domain/change/rebill.ts';
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
