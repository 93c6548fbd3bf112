import fc from 'fast-check';
import { fund, type FundingTerms } from '../../../domain/billing/funding.ts';
import { compareDecimals, plus, sumDecimals } from '../../../domain/money/decimal.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;

function values(amounts: string[], terms: FundingTerms, used = {}) {
  const { fundings, totals } = fund(amounts, terms, cents, used);
  const shares = fundings.map(({ funded, unfunded }) => ({
    ...Object.fromEntries(Object.entries(funded).map(([funder, { value }]) => [funder, value])),
    unfunded: unfunded.value,
  }));
  const inAll = Object.fromEntries(Object.entries(totals).map(([funder, { value }]) => [funder, value]));
  return { shares, totals: inAll };
}

describe('funding of a bill by several payers', () => {
  test('a rule stops for all its funders with the first that is exhausted; the rest goes on by priority', () => {
    const terms: FundingTerms = {
      limits: { grant: '300', client: '5000' },
      rules: [{ grant: '75', client: '25' }, { client: '100' }],
    };
    // The grant's 300 are 75 % of 400; rule 1 takes 300 + 100, rule 2 the other 600.
    expect(values(['1000'], terms)).toEqual({
      shares: [{ grant: '300', client: '700', unfunded: '0' }],
      totals: { grant: '300', client: '700' },
    });
    // The next bill finds the grant exhausted: rule 1 takes nothing.
    expect(values(['1000', '10'], terms).shares[1]).toEqual({ client: '10', unfunded: '0' });
  });

  test('what no rule can place is left over, never billed to somebody', () => {
    const terms: FundingTerms = { limits: { a: '60', b: '500' }, rules: [{ a: '50', b: '50' }] };
    // a's 60 allow 120 of 200; 80 are left.
    expect(values(['200'], terms).shares).toEqual([{ a: '60', b: '60', unfunded: '80' }]);
  });

  test('the difference of rounding goes to the named payer', () => {
    const rules = [{ a: '33.3', b: '33.3', c: '33.4' }];
    // 100.01 x 33.3 % = 33.30333, twice 33.30; x 33.4 % = 33.40334 -> 33.40; 0.01 is left.
    expect(values(['100.01'], { limits: {}, rules, payer: 'c' }).shares[0]).toMatchObject({
      a: '33.3',
      b: '33.3',
      c: '33.41',
    });
    expect(values(['100.01'], { limits: {}, rules }).shares[0]).toMatchObject({ a: '33.31', b: '33.3', c: '33.4' });
  });

  test('rounding takes nobody below nothing: what one payer cannot give up comes off the next', () => {
    const rules = [{ a: '1', b: '33', c: '33', d: '33' }];
    // 0.02 x 1 % = 0.0002 -> 0; x 33 % = 0.0066 -> 0.01, three times; 0.01 too much, a has nothing, so b gives it up.
    expect(values(['0.02'], { limits: {}, rules }).shares[0]).toEqual({ c: '0.01', d: '0.01', unfunded: '0' });
  });

  test('the roundings of a rule that stops never come to more than the bill', () => {
    const rules = [{ a: '24.98', b: '25.03', c: '25.03', d: '24.96' }];
    // a's 2.50 allow 10.008 of 10.01; x 25.03 % = 2.505 -> 2.51, twice; x 24.96 % = 2.498 -> 2.50; in all 10.02, so
    // 0.01 is too much: b gives it up, because a pays what its limit leaves.
    expect(values(['10.01'], { limits: { a: '2.50' }, rules }).shares[0]).toEqual({
      ...{ a: '2.5', b: '2.5', c: '2.51', d: '2.5' },
      unfunded: '0',
    });
  });

  test('earlier bills have used the limits', () => {
    const terms: FundingTerms = { limits: { a: '100' }, rules: [{ a: '100' }, { b: '100' }] };
    expect(values(['50'], terms, { a: '80' })).toEqual({
      shares: [{ a: '20', b: '30', unfunded: '0' }],
      totals: { a: '100', b: '30' },
    });
  });

  test('rules that do not sum to 100 %, negative limits and negative bills are refused', () => {
    expect(code(() => values(['1'], { limits: {}, rules: [{ a: '50', b: '40' }] }))).toBe('FUNDING_INVALID');
    expect(code(() => values(['1'], { limits: {}, rules: [{ a: '150', b: '-50' }] }))).toBe('FUNDING_INVALID');
    expect(code(() => values(['1'], { limits: { a: '-1' }, rules: [{ a: '100' }] }))).toBe('FUNDING_INVALID');
    expect(code(() => values(['-1'], { limits: {}, rules: [{ a: '100' }] }))).toBe('FUNDING_INVALID');
  });

  test('the parts sum to the bill, nobody passes a limit, totals are what was used', () => {
    const amount = fc
      .oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 100_000 }))
      .map((minor) => (minor / 100).toFixed(2));
    // Hundredths of a percent among two to four funders, and bills of a few cents: where roundings weigh most.
    const rule = fc.array(fc.integer({ min: 0, max: 3_333 }), { minLength: 1, maxLength: 3 }).map((others) => {
      const shares = [10_000 - others.reduce((sum, one) => sum + one, 0), ...others];
      return Object.fromEntries(shares.map((share, index) => ['abcd'[index] ?? '', (share / 100).toFixed(2)]));
    });
    const mode = fc.constantFrom('half-away-from-zero', 'half-even', 'up', 'down');
    fc.assert(
      fc.property(
        fc.array(amount, { maxLength: 6 }),
        fc.array(rule, { minLength: 1, maxLength: 4 }),
        amount,
        amount,
        mode,
        (bills, rules, a, b, how) => {
          const rounding = { mode: how, scale: 2 } as const;
          const { fundings, totals } = fund(bills, { limits: { a, b }, rules }, rounding);
          for (const [index, { funded, unfunded }] of fundings.entries()) {
            for (const { value } of [...Object.values(funded), unfunded]) expect(value.startsWith('-')).toBe(false);
            const parts = sumDecimals(Object.values(funded).map(({ value }) => value));
            expect(compareDecimals(plus(parts, unfunded.value), bills[index] ?? '')).toBe(0);
          }
          for (const [funder, limit] of [
            ['a', a],
            ['b', b],
          ] as const) {
            const paid = sumDecimals(fundings.map(({ funded }) => funded[funder]?.value ?? '0'));
            expect(compareDecimals(paid, limit)).toBeLessThanOrEqual(0);
            expect(compareDecimals(paid, totals[funder]?.value ?? '0')).toBe(0);
          }
        },
      ),
    );
  });
});
