import { trueUp } from '../../../domain/billing/commitment.ts';
import { parseFraction } from '../../../domain/money/fraction.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;

describe('a minimum with true-up', () => {
  test('what usage does not reach is charged, with tax fee by fee', () => {
    const terms = { minimum: '500', share: parseFraction('15/31'), usage: ['100.05', '20.05'], taxPercent: '19' };
    const { trueUp: missing, trueUpTax, fees, tax } = trueUp(terms, cents);
    // 500 x 15 / 31 = 241.9354...; less 120.10 = 121.8354... -> 121.84
    expect(missing.value).toBe('121.84');
    expect(trueUpTax.value).toBe('23.15'); // 23.1496
    expect(fees.value).toBe('241.94');
    expect(tax.value).toBe('45.97'); // 19.01 (19.0095) + 3.81 (3.8095) + 23.15
  });

  test('usage above the minimum charges nothing more', () => {
    const terms = { minimum: '500', share: parseFraction('1'), usage: ['700'], taxPercent: '0' };
    expect(trueUp(terms, cents)).toMatchObject({ trueUp: { value: '0' }, fees: { value: '700' } });
  });

  test('a negative minimum, usage, share or tax rate is refused', () => {
    const terms = { minimum: '-1', share: parseFraction('1'), usage: [], taxPercent: '0' };
    expect(code(() => trueUp(terms, cents))).toBe('COMMITMENT_INVALID');
    expect(code(() => trueUp({ ...terms, minimum: '1', taxPercent: '-1' }, cents))).toBe('COMMITMENT_INVALID');
    expect(code(() => trueUp({ ...terms, minimum: '1', usage: ['5', '-2'] }, cents))).toBe('COMMITMENT_INVALID');
    const less = { numerator: '-1', denominator: '2' };
    expect(code(() => trueUp({ ...terms, minimum: '1', share: less }, cents))).toBe('COMMITMENT_INVALID');
  });
});
