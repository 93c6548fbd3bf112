import fc from 'fast-check';
import { drawPool, trueUp } from '../../../domain/billing/commitment.ts';
import { compareDecimals, plus, sumDecimals } from '../../../domain/money/decimal.ts';
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

  test('a negative minimum or tax rate is refused', () => {
    const terms = { minimum: '-1', share: parseFraction('1'), usage: [], taxPercent: '0' };
    expect(code(() => trueUp(terms, cents))).toBe('COMMITMENT_INVALID');
    expect(code(() => trueUp({ ...terms, minimum: '1', taxPercent: '-1' }, cents))).toBe('COMMITMENT_INVALID');
  });
});

describe('a prepaid pool', () => {
  const january = { grantId: 'jan', availableFrom: '2026-01-01', expiresOn: '2026-02-28', quantity: '40' };
  const february = { grantId: 'feb', availableFrom: '2026-02-01', expiresOn: '2026-03-31', quantity: '40' };

  test('what expires first is used first; unused hours carry over until their last day', () => {
    const draws = [
      { entryId: 'a', workedOn: '2026-01-15', quantity: '30' },
      { entryId: 'b', workedOn: '2026-02-10', quantity: '25' },
    ];
    // January: 30 of 40. February: the 10 carried over, then 15 of February's 40.
    expect(drawPool([january, february], draws, '2026-03-01')).toEqual({
      uses: [
        { entryId: 'a', from: [{ grantId: 'jan', quantity: '30' }], overage: '0' },
        {
          entryId: 'b',
          from: [
            { grantId: 'jan', quantity: '10' },
            { grantId: 'feb', quantity: '15' },
          ],
          overage: '0',
        },
      ],
      balances: [
        { grantId: 'jan', used: '40', expired: '0', left: '0' },
        { grantId: 'feb', used: '15', expired: '0', left: '25' },
      ],
    });
  });

  test('expired hours are gone, and work beyond the pool is overage', () => {
    const draws = [{ entryId: 'a', workedOn: '2026-03-05', quantity: '50' }];
    expect(drawPool([january, february], draws, '2026-03-05')).toEqual({
      uses: [{ entryId: 'a', from: [{ grantId: 'feb', quantity: '40' }], overage: '10' }],
      balances: [
        { grantId: 'jan', used: '0', expired: '40', left: '0' },
        { grantId: 'feb', used: '40', expired: '0', left: '0' },
      ],
    });
    expect(code(() => drawPool([{ ...january, quantity: '-1' }], [], '2026-01-01'))).toBe('COMMITMENT_INVALID');
    expect(code(() => drawPool([january, january], [], '2026-01-01'))).toBe('COMMITMENT_INVALID');
  });

  test('used + expired + left is what was paid in; drawn + overage is the work', () => {
    const day = fc.integer({ min: 1, max: 28 }).map((n) => `2026-02-${String(n).padStart(2, '0')}`);
    const quantity = fc.nat(50).map(String);
    const grant = fc.record({ availableFrom: day, expiresOn: fc.option(day), quantity });
    const draw = fc.record({ workedOn: day, quantity });
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 5 }), fc.array(draw, { maxLength: 8 }), day, (grants, draws, asOf) => {
        const granted = grants.map((one, index) => ({ ...one, grantId: `g${String(index)}` }));
        const drawn = draws.map((one, index) => ({ ...one, entryId: `e${String(index)}` }));
        const { uses, balances } = drawPool(granted, drawn, asOf);
        for (const [index, { used, expired, left }] of balances.entries()) {
          expect(compareDecimals(sumDecimals([used, expired, left]), grants[index]?.quantity ?? '')).toBe(0);
        }
        for (const [index, { from, overage }] of uses.entries()) {
          const covered = sumDecimals(from.map((part) => part.quantity));
          expect(compareDecimals(plus(covered, overage), draws[index]?.quantity ?? '')).toBe(0);
        }
      }),
    );
  });
});
