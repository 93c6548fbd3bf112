import fc from 'fast-check';
import { applyCeiling, billableOnly, heldTotal } from '../../../domain/billing/ceiling.ts';
import { add, money, parseMoney, sumMoney, zero } from '../../../domain/money/money.ts';
import { code } from '../money/domain-error.ts';
import { charge } from './fixtures.ts';

const told = (capped: ReturnType<typeof applyCeiling>) =>
  capped.map(({ charge: { entryId }, billable, held }) => [entryId, billable.amountMinor, held.amountMinor]);

describe('a not-to-exceed amount', () => {
  const charges = [
    charge('c', '2026-01-20', '400'),
    charge('a', '2026-01-10', '300'),
    charge('b', '2026-01-15', '500'),
  ];

  test('takes the oldest work first and splits the entry at the limit', () => {
    // 1,000 - 300 - 500 = 200 left of c's 400; 200 on hold.
    const capped = applyCeiling(charges, parseMoney('1000', 'GBP'), zero('GBP'));
    expect(told(capped)).toEqual([
      ['a', 30_000, 0],
      ['b', 50_000, 0],
      ['c', 20_000, 20_000],
    ]);
    expect(heldTotal(capped, 'GBP')).toEqual(money(20_000, 'GBP'));
  });

  test('counts what was billed before, and holds what is wholly above', () => {
    // 1,000 - 700 billed = 300: a whole, b and c on hold.
    const capped = applyCeiling(charges, parseMoney('1000', 'GBP'), parseMoney('700', 'GBP'));
    expect(told(capped)).toEqual([
      ['a', 30_000, 0],
      ['b', 0, 50_000],
      ['c', 0, 40_000],
    ]);
    expect(billableOnly(capped).map((one) => one.charge.entryId)).toEqual(['a']);
  });

  test('a limit that was lowered below what is billed frees nothing and takes nothing back', () => {
    expect(
      told(applyCeiling(charges, parseMoney('100', 'GBP'), parseMoney('700', 'GBP'))).map((row) => row[1]),
    ).toEqual([0, 0, 0]);
  });

  test('no limit holds nothing; a limit in another currency is refused', () => {
    expect(heldTotal(applyCeiling(charges, null, zero('GBP')), 'GBP')).toEqual(zero('GBP'));
    expect(code(() => applyCeiling(charges, parseMoney('1', 'EUR'), zero('GBP')))).toBe('CURRENCY_MISMATCH');
  });

  test('yen and dinars are split to their last unit', () => {
    const yen = applyCeiling([charge('a', '2026-01-10', '1000', 'JPY')], money(999, 'JPY'), zero('JPY'));
    expect(told(yen)).toEqual([['a', 999, 1]]);
    const dinars = applyCeiling([charge('a', '2026-01-10', '1.000', 'KWD')], money(999, 'KWD'), zero('KWD'));
    expect(told(dinars)).toEqual([['a', 999, 1]]);
  });

  test('nothing is lost and the limit is never passed', () => {
    const some = fc.record({ id: fc.uuid(), day: fc.integer({ min: 10, max: 28 }), pence: fc.nat(100_000) });
    fc.assert(
      fc.property(fc.array(some), fc.nat(500_000), fc.nat(100_000), (entries, limit, used) => {
        const all = entries.map(({ id, day, pence }) => ({
          ...charge(id, `2026-01-${String(day)}`, '0'),
          amount: money(pence, 'GBP'),
        }));
        const capped = applyCeiling(all, money(limit, 'GBP'), money(used, 'GBP'));
        const billed = sumMoney(
          capped.map((one) => one.billable),
          'GBP',
        );
        expect(add(billed, heldTotal(capped, 'GBP'))).toEqual(
          sumMoney(
            all.map((one) => one.amount),
            'GBP',
          ),
        );
        expect(billed.amountMinor).toBeLessThanOrEqual(Math.max(0, limit - used));
      }),
    );
  });
});
