import fc from 'fast-check';
import { compareDecimals, plus, times } from '../../../domain/money/decimal.ts';
import { furtherUsageCharge, type Tier, usageCharge, type UsagePrice } from '../../../domain/pricing/usage-price.ts';
import { code } from '../money/domain-error.ts';

const tier = (upTo: string | null, unit: string, flat = '0'): Tier => ({ upTo, unit, flat });
const of = (price: UsagePrice, quantity: string) => usageCharge(price, quantity, null).value;
const cents = { mode: 'half-away-from-zero', scale: 2 } as const;

describe('graduated', () => {
  const price: UsagePrice = {
    model: 'graduated',
    tiers: [tier('10', '10', '2'), tier('20', '5', '3'), tier(null, '5', '3')],
  };

  test.each([
    // the flat price of the first tier is due also for nothing
    ['0', '2'],
    ['1', '12'],
    // 10 x 10 + 2: a limit belongs to its own tier
    ['10', '102'],
    // 102 + 0.5 x 5 + 3
    ['10.5', '107.5'],
    ['11', '110'],
    // 102 + 10 x 5 + 3 + 1 x 5 + 3
    ['21', '163'],
  ])('%s units cost %s', (quantity, expected) => {
    expect(of(price, quantity)).toBe(expected);
  });

  test('is explained tier by tier and rounded once', () => {
    // 1.5 x 0.333 + 1.2 x 0.111 = 0.4995 + 0.1332 = 0.6327 = 0.63, not 0.50 + 0.13
    const tiers = [tier('1.5', '0.333'), tier(null, '0.111')];
    const { value, derivation } = usageCharge({ model: 'graduated', tiers }, '2.7', cents);
    expect([value, derivation.exact]).toEqual(['0.63', '0.6327']);
    expect(derivation.parts?.map((part) => part.exact)).toEqual(['0.4995', '0.1332']);
  });
});

describe('volume', () => {
  const price: UsagePrice = {
    model: 'volume',
    tiers: [tier('100', '2', '10'), tier('200', '1'), tier(null, '0.5', '50')],
  };

  test.each([
    ['0', '10'],
    ['1', '12'],
    // 100 x 2 + 10
    ['100', '210'],
    // all of it in the second tier
    ['100.5', '100.5'],
    ['200', '200'],
    // 201 x 0.5 + 50
    ['201', '150.5'],
  ])('%s units cost %s', (quantity, expected) => {
    expect(of(price, quantity)).toBe(expected);
  });
});

describe('package', () => {
  const price = (freeUnits: string): UsagePrice => ({ model: 'package', packageSize: '10', unit: '100', freeUnits });

  test.each([
    // 12.1 packages are 13
    ['121', '0', '1300'],
    // 111 paid units: 12 packages
    ['121', '10', '1200'],
    ['120', '0', '1200'],
    ['120.1', '0', '1300'],
    ['10', '10', '0'],
    ['121', '200', '0'],
    ['0', '0', '0'],
  ])('%s units with %s free cost %s', (quantity, freeUnits, expected) => {
    expect(of(price(freeUnits), quantity)).toBe(expected);
  });
});

describe('a quantity that comes in parts', () => {
  test('costs together what it costs at once', () => {
    // 1,500 miles: 1,000 x 0.45 + 500 x 0.25 = 575; after 900, 600 more cost 100 x 0.45 + 500 x 0.25 = 170
    const tiers = [tier('1000', '0.45'), tier(null, '0.25')];
    const price = { model: 'graduated', tiers } as const;
    expect(of(price, '1500')).toBe('575');
    expect(furtherUsageCharge(price, null, '900', cents).value).toBe('405');
    expect(furtherUsageCharge(price, '900', '600', cents).value).toBe('170');
  });
});

describe('what has no price', () => {
  test.each<[string, UsagePrice, string]>([
    ['QUANTITY_INVALID', { model: 'graduated', tiers: [tier(null, '1')] }, '-1'],
    ['TIER_MISSING', { model: 'graduated', tiers: [tier('10', '1')] }, '10.1'],
    ['TIER_MISSING', { model: 'volume', tiers: [tier('10', '1')] }, '11'],
    ['TIERS_INVALID', { model: 'volume', tiers: [] }, '1'],
    ['TIERS_INVALID', { model: 'graduated', tiers: [tier(null, '1'), tier('10', '1')] }, '1'],
    ['TIERS_INVALID', { model: 'graduated', tiers: [tier('10', '1'), tier('10', '1')] }, '1'],
    ['TIERS_INVALID', { model: 'graduated', tiers: [tier(null, '-1')] }, '1'],
    ['TIERS_INVALID', { model: 'package', packageSize: '0', unit: '1', freeUnits: '0' }, '1'],
  ])('%s: %j, %s', (expected, price, quantity) => {
    expect(code(() => of(price, quantity))).toBe(expected);
  });
});

describe('whatever the tiers', () => {
  const flat = fc.integer({ min: 0, max: 50 }).map(String);
  const tiers = (ofFlat: fc.Arbitrary<string>) =>
    fc
      .array(
        fc.record({ width: fc.integer({ min: 1, max: 20 }), unit: fc.integer({ min: 0, max: 900 }), flat: ofFlat }),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      .map((bands) =>
        bands.map(({ unit, flat: fee }, index): Tier => {
          const upTo = bands.slice(0, index + 1).reduce((sum, band) => sum + band.width, 0);
          return tier(index === bands.length - 1 ? null : String(upTo), String(unit / 100), fee);
        }),
      );
  const tenths = fc.integer({ min: 0, max: 1000 }).map((count) => String(count / 10));

  test('a graduated price never falls with the quantity', () => {
    fc.assert(
      fc.property(tiers(flat), tenths, tenths, (all, a, b) => {
        const [less, more] = compareDecimals(a, b) <= 0 ? [a, b] : [b, a];
        const price = { model: 'graduated', tiers: all } as const;
        expect(compareDecimals(of(price, less), of(price, more))).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('without flat prices it has no jump at a limit: a thousandth more costs a thousandth of a unit', () => {
    fc.assert(
      fc.property(tiers(fc.constant('0')), (all) => {
        const price = { model: 'graduated', tiers: all } as const;
        all.forEach(({ upTo }, index) => {
          if (upTo === null) return;
          const step = times(all[index + 1]?.unit ?? '0', '0.001');
          expect(of(price, plus(upTo, '0.001'))).toBe(plus(of(price, upTo), step));
        });
      }),
    );
  });
});
