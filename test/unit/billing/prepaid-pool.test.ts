import fc from 'fast-check';
import { type CarryOver, drawPool, type PoolGrant } from '../../../domain/billing/prepaid-pool.ts';
import { compareDecimals, plus, sumDecimals } from '../../../domain/money/decimal.ts';
import { fraction } from '../../../domain/money/fraction.ts';
import { code } from '../money/domain-error.ts';

const month = (grantId: string, mm: string, lastDay: string, quantity: string): PoolGrant => ({
  grantId,
  startsOn: `2026-${mm}-01`,
  endsOn: `2026-${mm}-${lastDay}`,
  expiresOn: null,
  quantity,
});
const january = month('jan', '01', '31', '40');
const february = month('feb', '02', '28', '40');
const march = month('mar', '03', '31', '40');
const quarter = [january, february, march];
const all: CarryOver = { upTo: 'all', periodsMax: null };

const work = (entryId: string, workedOn: string, quantity: string) => ({ entryId, workedOn, quantity });

/** What each period carried into the next, and what lapsed at its end. */
const carriedBy = (carryOver: CarryOver, draws = [work('a', '2026-01-15', '30'), work('b', '2026-02-10', '25')]) =>
  drawPool({ grants: quarter, carryOver }, draws, '2026-12-31').closings.map(({ carried, lapsed }) => [
    carried.value,
    lapsed.value,
  ]);

describe('a prepaid pool', () => {
  test('the oldest grant is used first, the oldest work before later work, and unused hours go on', () => {
    // January: 30 of 40. February: the 10 carried over, then 15 of February's 40, so 25 go on.
    const draws = [work('b', '2026-02-10', '25'), work('a', '2026-01-15', '30')];
    expect(drawPool({ grants: quarter, carryOver: all }, draws, '2026-03-01')).toMatchObject({
      uses: [
        {
          entryId: 'b',
          from: [
            { grantId: 'jan', quantity: '10' },
            { grantId: 'feb', quantity: '15' },
          ],
          overage: '0',
        },
        { entryId: 'a', from: [{ grantId: 'jan', quantity: '30' }], overage: '0' },
      ],
      balances: [
        { grantId: 'jan', used: '40', expired: '0', left: '0' },
        { grantId: 'feb', used: '15', expired: '0', left: '25' },
        { grantId: 'mar', used: '0', expired: '0', left: '40' },
      ],
    });
  });

  test('without carry-over the unused part lapses with its period, and work beyond the pool is overage', () => {
    const draws = [work('a', '2026-03-05', '50'), work('late', '2026-04-01', '1')];
    const pool = { grants: quarter, carryOver: { upTo: 'none', periodsMax: null } as const };
    // 40 of March and 10 beyond; April has no pool at all.
    expect(drawPool(pool, draws, '2026-03-31')).toMatchObject({
      uses: [
        { from: [{ grantId: 'mar', quantity: '40' }], overage: '10' },
        { from: [], overage: '1' },
      ],
      balances: [{ expired: '40' }, { expired: '40' }, { used: '40', expired: '0', left: '0' }],
    });
    expect(carriedBy(pool.carryOver)).toEqual([
      ['0', '10'],
      ['0', '15'],
      ['0', '40'],
    ]);
  });

  test.each([
    // January leaves 10. February: 40 + 10 - 25 = 25 left. March: 40 + 25 = 65, and then the pool ends.
    [
      'everything',
      all,
      [
        ['10', '0'],
        ['25', '0'],
        ['0', '65'],
      ],
    ],
    // 10 > 8, so 2 lapse; February: 40 + 8 - 25 = 23, of which 8 go on; March: 48.
    [
      'at most 8',
      { upTo: { quantity: '8' }, periodsMax: null },
      [
        ['8', '2'],
        ['8', '15'],
        ['0', '48'],
      ],
    ],
    // A quarter of 40 is 10: all of January's 10; February: 25 left, 10 go on, 15 lapse; March: 50.
    [
      'at most a quarter',
      { upTo: { share: fraction('1', '4') }, periodsMax: null },
      [
        ['10', '0'],
        ['10', '15'],
        ['0', '50'],
      ],
    ],
    // Into no further period: as without carry-over.
    [
      'into no period',
      { upTo: 'all', periodsMax: 0 },
      [
        ['0', '10'],
        ['0', '15'],
        ['0', '40'],
      ],
    ],
  ] as [string, CarryOver, string[][]][])('carries over %s', (_, carryOver, expected) => {
    expect(carriedBy(carryOver)).toEqual(expected);
  });

  test('a grant lapses after the periods that it may be carried into, whatever is still unused', () => {
    // Nothing is worked: January's 40 may be used in February; on its last day they lapse, February's 40 go on.
    expect(carriedBy({ upTo: 'all', periodsMax: 1 }, [])).toEqual([
      ['40', '0'],
      ['40', '40'],
      ['0', '80'],
    ]);
  });

  test('what is above the most that goes on lapses from the oldest grant', () => {
    // February ends with 40 of each and carries 50: all of February's 40 and 10 of January's, so 30 of January lapse.
    const carryOver: CarryOver = { upTo: { quantity: '50' }, periodsMax: null };
    expect(drawPool({ grants: quarter, carryOver }, [], '2026-03-15').balances).toEqual([
      { grantId: 'jan', used: '0', expired: '30', left: '10' },
      { grantId: 'feb', used: '0', expired: '0', left: '40' },
      { grantId: 'mar', used: '0', expired: '0', left: '40' },
    ]);
  });

  test('a grant with a last day of its own ends there, although it was carried over', () => {
    const grants = [{ ...january, expiresOn: '2026-02-10' }, february];
    const draws = [work('a', '2026-02-10', '5'), work('b', '2026-02-11', '5')];
    // The 10th still takes January's; the 11th takes February's; 40 - 5 = 35 of January are gone.
    expect(drawPool({ grants, carryOver: all }, draws, '2026-02-20')).toMatchObject({
      uses: [{ from: [{ grantId: 'jan' }] }, { from: [{ grantId: 'feb' }] }],
      balances: [
        { used: '5', expired: '35', left: '0' },
        { used: '5', expired: '0', left: '35' },
      ],
    });
  });

  test('a top-up belongs to its period, and a pool may have no end', () => {
    const topUp = { ...january, grantId: 'top-up', quantity: '10' };
    const open = { grantId: 'rest', startsOn: '2026-02-01', endsOn: null, expiresOn: null, quantity: '0' };
    const carryOver: CarryOver = { upTo: { share: fraction('1', '5') }, periodsMax: null };
    // 20 % of the 50 paid in for January = 10 go on without end, of which 4 are used in 2027.
    const pool = { grants: [january, topUp, open], carryOver };
    const { uses, balances, closings } = drawPool(pool, [work('a', '2027-05-01', '4')], '2028-01-01');
    expect(uses[0]).toEqual({ entryId: 'a', from: [{ grantId: 'top-up', quantity: '4' }], overage: '0' });
    expect(balances[1]).toEqual({ grantId: 'top-up', used: '4', expired: '0', left: '6' });
    expect(closings[0]?.carried.derivation).toMatchObject({
      exact: '10',
      parts: [{ rule: 'paid in for the period x share', inputs: { paidIn: '50', share: '1/5' } }],
    });
  });

  test.each([
    ['a quantity below zero', { grants: [{ ...january, quantity: '-1' }], carryOver: all }],
    ['one id twice', { grants: [january, january], carryOver: all }],
    ['periods that overlap', { grants: [january, { ...february, startsOn: '2026-01-31' }], carryOver: all }],
    ['a period after one without end', { grants: [{ ...january, endsOn: null }, february], carryOver: all }],
    ['a period that ends before it starts', { grants: [{ ...january, endsOn: '2025-12-31' }], carryOver: all }],
    ['half a period', { grants: quarter, carryOver: { upTo: 'all', periodsMax: 0.5 } }],
    ['less than nothing carried over', { grants: quarter, carryOver: { upTo: { quantity: '-1' }, periodsMax: null } }],
    ['more than all', { grants: quarter, carryOver: { upTo: { share: fraction('3', '2') }, periodsMax: null } }],
  ] as [string, { grants: PoolGrant[]; carryOver: CarryOver }][])('%s is refused', (_, pool) => {
    expect(code(() => drawPool(pool, [], '2026-01-01'))).toBe('COMMITMENT_INVALID');
  });

  test('negative work is refused: what is taken back is a correction of the entry', () => {
    expect(code(() => drawPool({ grants: quarter, carryOver: all }, [work('a', '2026-01-01', '-1')], ''))).toBe(
      'COMMITMENT_INVALID',
    );
  });

  test('used + expired + left is what was paid in; drawn + overage is the work; unused = carried + lapsed', () => {
    const quantity = fc.nat(50).map(String);
    const upTo: fc.Arbitrary<CarryOver['upTo']> = fc.oneof(
      fc.constantFrom('none' as const, 'all' as const),
      fc.record({ quantity }),
      fc.integer({ min: 0, max: 4 }).map((n) => ({ share: fraction(String(n), '4') })),
    );
    const carryOver = fc.record({ upTo, periodsMax: fc.option(fc.nat(2)) });
    const day = fc
      .integer({ min: 1, max: 28 })
      .chain((d) => fc.integer({ min: 1, max: 4 }).map((m) => `2026-0${String(m)}-${String(d).padStart(2, '0')}`));
    const grants = fc
      .tuple(quantity, quantity, quantity, fc.option(day))
      .map(([a, b, c, expiresOn]) =>
        quarter.map((grant, index) => ({ ...grant, expiresOn, quantity: [a, b, c][index] ?? '0' })),
      );
    const draws = fc.array(fc.record({ workedOn: day, quantity }), { maxLength: 8 });
    fc.assert(
      fc.property(grants, carryOver, draws, day, (granted, terms, drawn, asOf) => {
        const entries = drawn.map((one, index) => ({ ...one, entryId: `e${String(index)}` }));
        const { uses, balances, closings } = drawPool({ grants: granted, carryOver: terms }, entries, asOf);
        for (const [index, { used, expired, left }] of balances.entries()) {
          expect(compareDecimals(sumDecimals([used, expired, left]), granted[index]?.quantity ?? '')).toBe(0);
        }
        for (const [index, { from, overage }] of uses.entries()) {
          const covered = sumDecimals(from.map((part) => part.quantity));
          expect(compareDecimals(plus(covered, overage), entries[index]?.quantity ?? '')).toBe(0);
        }
        for (const { unused, carried, lapsed } of closings) {
          expect(compareDecimals(plus(carried.value, lapsed.value), unused.value)).toBe(0);
        }
      }),
    );
  });
});
