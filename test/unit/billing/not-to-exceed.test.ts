import fc from 'fast-check';
import { admit, type Claim, type Limit, type LimitLevel } from '../../../domain/billing/not-to-exceed.ts';
import { add, money, sumMoney } from '../../../domain/money/money.ts';
import { code } from '../money/domain-error.ts';

const eur = (amountMinor: number) => money(amountMinor, 'EUR');

function limit(level: LimitLevel, amount: number, billed = 0): Limit {
  return { limitId: level, level, amount: eur(amount), billed: eur(billed) };
}

function claim(entryId: string, workedOn: string, amount: number, limitIds: string[], before = 0): Claim {
  return { entryId, workedOn, amount: eur(amount), limitIds, admittedBefore: eur(before) };
}

const amounts = (claims: Claim[], limits: Limit[]) =>
  admit(claims, limits).admissions.map(({ entryId, admitted, held, stoppedBy }) => {
    return [entryId, admitted.amountMinor, held.amountMinor, stoppedBy.join('+')];
  });

describe('not-to-exceed amounts at four levels', () => {
  test('the oldest work date goes first and the entry that crosses the limit is split', () => {
    const claims = [claim('b', '2026-02-02', 600, ['line']), claim('a', '2026-02-01', 700, ['line'])];
    // 1,000 = 700 of a + 300 of b; 300 of b stay on hold.
    expect(amounts(claims, [limit('line', 1_000)])).toEqual([
      ['b', 300, 300, 'line'],
      ['a', 700, 0, ''],
    ]);
  });

  test('the tightest of all levels decides, and every level that was in the way is named in order', () => {
    const all = ['contract', 'line', 'contract-customer', 'line-customer'];
    const limits = [
      limit('contract', 500),
      limit('line', 800, 100),
      limit('contract-customer', 900),
      limit('line-customer', 2_000),
    ];
    // line: 800 - 100 = 700 free of 1,000; contract-customer 900 is not less; contract: 500 free.
    expect(amounts([claim('a', '2026-02-01', 1_000, all)], limits)).toEqual([['a', 500, 500, 'line+contract']]);
    expect(admit([claim('a', '2026-02-01', 1_000, all)], limits).uses).toMatchObject([
      { limitId: 'contract', committed: eur(500), available: eur(0) },
      { limitId: 'line', billed: eur(100), committed: eur(500), available: eur(200) },
      { limitId: 'contract-customer', available: eur(400) },
      { limitId: 'line-customer', available: eur(1_500) },
    ]);
  });

  test('a raised limit lets the oldest held work through first; what was let through keeps its place', () => {
    const claims = [
      claim('let through', '2026-03-10', 400, ['line'], 400),
      claim('held, older', '2026-03-01', 300, ['line']),
      claim('held, newer', '2026-03-20', 300, ['line']),
    ];
    expect(amounts(claims, [limit('line', 400)])).toEqual([
      ['let through', 400, 0, ''],
      ['held, older', 0, 300, 'line'],
      ['held, newer', 0, 300, 'line'],
    ]);
    // 850 - 400 = 450: all 300 of the older, 150 of the newer.
    expect(amounts(claims, [limit('line', 850)])).toEqual([
      ['let through', 400, 0, ''],
      ['held, older', 300, 0, ''],
      ['held, newer', 150, 150, 'line'],
    ]);
  });

  test('raised and lowered on the same day: the answer depends on the limit alone, not on the way there', () => {
    const claims = [claim('a', '2026-03-01', 300, ['line']), claim('b', '2026-03-02', 300, ['line'])];
    const raised = admit(claims, [limit('line', 600)]).admissions;
    const again = claims.map((one, index) => ({ ...one, admittedBefore: raised[index]?.admitted ?? eur(0) }));
    // Lowered to 450 while 100 are billed elsewhere: 350 are free.
    expect(amounts(again, [limit('line', 450, 100)])).toEqual([
      ['a', 300, 0, ''],
      ['b', 50, 250, 'line'],
    ]);
  });

  test('a limit lowered below what is billed frees nothing and takes nothing back', () => {
    const { uses, admissions } = admit([claim('a', '2026-03-01', 100, ['line'])], [limit('line', 200, 500)]);
    expect(uses).toMatchObject([{ billed: eur(500), committed: eur(0), available: eur(0) }]);
    expect(admissions[0]).toMatchObject({ admitted: eur(0), held: eur(100) });
  });

  test('work taken back by a reversal frees the limit', () => {
    const claims = [
      claim('a', '2026-03-01', 500, ['line'], 500),
      claim('reversal of a', '2026-03-01', -500, ['line']),
      claim('a corrected', '2026-03-01', 450, ['line']),
    ];
    expect(amounts(claims, [limit('line', 500)])).toEqual([
      ['a', 500, 0, ''],
      ['reversal of a', -500, 0, ''],
      ['a corrected', 450, 0, ''],
    ]);
  });

  test('unknown, doubled, negative and foreign limits are refused', () => {
    expect(code(() => admit([claim('a', '2026-03-01', 1, ['line'])], []))).toBe('LIMIT_UNKNOWN');
    expect(code(() => admit([], [limit('line', -1)]))).toBe('LIMIT_INVALID');
    expect(code(() => admit([], [limit('line', 1), limit('line', 2)]))).toBe('LIMIT_INVALID');
    expect(code(() => admit([claim('a', '2026-03-01', 1, [], -1)], []))).toBe('CLAIM_INVALID');
    const foreign = { limitId: 'line', level: 'line' as const, amount: money(1, 'USD'), billed: money(0, 'USD') };
    expect(code(() => admit([claim('a', '2026-03-01', 1, ['line'])], [foreign]))).toBe('CURRENCY_MISMATCH');
    const two = [limit('line', 1), { ...limit('line', 1), limitId: 'other' }];
    expect(code(() => admit([claim('a', '2026-03-01', 1, ['line', 'other'])], two))).toBe('CLAIM_INVALID');
  });

  test('admitted and held sum to the amount, no limit is passed, and the order of the claims does not matter', () => {
    const levels = ['line-customer', 'line', 'contract-customer', 'contract'] as const;
    const anyClaim = fc.record({
      day: fc.integer({ min: 1, max: 28 }),
      amount: fc.integer({ min: 0, max: 500 }),
      before: fc.integer({ min: 0, max: 500 }),
      limitIds: fc.subarray([...levels]),
    });
    const anyLimits = fc.tuple(...levels.map(() => fc.tuple(fc.nat(2_000), fc.nat(500))));
    fc.assert(
      fc.property(fc.array(anyClaim, { maxLength: 12 }), anyLimits, (drawn, agreed) => {
        const limits = levels.map((level, index) => limit(level, ...(agreed[index] ?? [0, 0])));
        const claims = drawn.map(({ day, amount, before, limitIds }, index) =>
          claim(
            `e${String(index)}`,
            `2026-02-${String(day).padStart(2, '0')}`,
            amount,
            limitIds,
            Math.min(before, amount),
          ),
        );
        const { admissions, uses } = admit(claims, limits);
        for (const [index, { admitted, held }] of admissions.entries()) {
          expect(add(admitted, held)).toEqual(claims[index]?.amount);
          expect(admitted.amountMinor).toBeGreaterThanOrEqual(0);
          expect(held.amountMinor).toBeGreaterThanOrEqual(0);
        }
        for (const { limitId, amount, billed, committed } of uses) {
          const own = admissions.filter((_, index) => claims[index]?.limitIds.includes(limitId));
          expect(committed).toEqual(
            sumMoney(
              own.map(({ admitted }) => admitted),
              'EUR',
            ),
          );
          expect(add(billed, committed).amountMinor).toBeLessThanOrEqual(
            Math.max(amount.amountMinor, billed.amountMinor),
          );
        }
        const turned = admit([...claims].reverse(), limits).admissions.reverse();
        expect(turned).toEqual(admissions);
      }),
    );
  });
});
