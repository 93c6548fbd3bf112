import fc from 'fast-check';
import { sumDecimals } from '../../../domain/money/decimal.ts';
import {
  type OpenObligation,
  remainingObligations,
  remainingOfEvenService,
} from '../../../domain/revenue/remaining-obligation.ts';
import { code } from '../money/domain-error.ts';

const UNITS = { mode: 'half-away-from-zero', scale: 0 } as const;
const service = {
  asOf: '2017-12-31',
  monthly: '100',
  contractMonths: 24,
  variable: '750',
  remainingMonthsByYear: [
    ['2018', 12],
    ['2019', 6],
  ] as const,
};

describe('the remaining performance obligation of an even service', () => {
  test('has its part of the variable amount in each month (IFRS 15 Example 42, Contract C)', () => {
    // (100 x 24 + 750) / 24 = 131.25: 1,575 for 12 months, 787.50 for 6, 2,362.50 for 18; each rounded on its own.
    const { byYear, total } = remainingOfEvenService(service, UNITS);
    expect([byYear['2018']?.value, byYear['2019']?.value, total.value]).toEqual(['1575', '788', '2363']);
  });

  test('without a variable amount is its months, and in another currency its cents', () => {
    // 7 of 36 months at 333.33 = 2,333.31, of which 3 this year: 999.99 and 1,333.32.
    const plain = { ...service, asOf: '2026-09-30', monthly: '333.33', contractMonths: 36, variable: '0' };
    const remainingMonthsByYear = [['2026', 3] as const, ['2027', 4] as const];
    const { byYear, total } = remainingOfEvenService({ ...plain, remainingMonthsByYear }, { ...UNITS, scale: 2 });
    expect([byYear['2026']?.value, byYear['2027']?.value, total.value]).toEqual(['999.99', '1333.32', '2333.31']);
  });

  test('months that do not fit the contract, and years that are over, are refused', () => {
    const refused = (more: object) => code(() => remainingOfEvenService({ ...service, ...more }, UNITS));
    expect(refused({ contractMonths: 17 })).toBe('REMAINING_INVALID');
    expect(refused({ contractMonths: 0, remainingMonthsByYear: [] })).toBe('REMAINING_INVALID');
    expect(refused({ remainingMonthsByYear: [['2016', 1]] })).toBe('REMAINING_INVALID');
    expect(refused({ remainingMonthsByYear: [['2018', -1]] })).toBe('REMAINING_INVALID');
  });
});

describe('the remaining performance obligation of many', () => {
  const open = (obligationId: string, more: Partial<OpenObligation> = {}): OpenObligation => ({
    obligationId,
    allocatedPrice: '100',
    recognisedToDate: '40',
    planned: [
      { month: '2026-12', amount: '10' },
      { month: '2027-01', amount: '50' },
    ],
    originalMonths: 24,
    asInvoiced: false,
    ...more,
  });
  const values = ({ byYear, total }: ReturnType<typeof remainingObligations>) => [
    ...Object.entries(byYear).map(([year, figure]) => `${year} ${figure.value}`),
    total.value,
  ];

  test('is what is planned, by year', () => {
    const all = remainingObligations([open('a'), open('b')], { upToOneYear: true, asInvoiced: true });
    expect(values(all)).toEqual(['2026 20', '2027 100', '120']);
    expect(all.leftOut).toEqual([]);
  });

  test('leaves out short contracts and those recognised as invoiced, where elected', () => {
    const some = [open('a'), open('short', { originalMonths: 12 }), open('hours', { asInvoiced: true })];
    const elected = remainingObligations(some, { upToOneYear: true, asInvoiced: true });
    expect(values(elected)).toEqual(['2026 10', '2027 50', '60']);
    expect(elected.leftOut).toEqual(['short', 'hours']);
    expect(values(remainingObligations(some, { upToOneYear: false, asInvoiced: false })).at(-1)).toBe('180');
  });

  test('an obligation whose plan is not what is left to earn is refused', () => {
    const broken = open('a', { recognisedToDate: '41' });
    expect(code(() => remainingObligations([broken], { upToOneYear: false, asInvoiced: false }))).toBe(
      'REMAINING_INVALID',
    );
  });
});

describe('whatever is open', () => {
  const row = fc.record({
    month: fc
      .tuple(fc.integer({ min: 2026, max: 2030 }), fc.integer({ min: 1, max: 12 }))
      .map(([year, month]) => `${String(year)}-${String(month).padStart(2, '0')}`),
    cents: fc.integer({ min: -10_000, max: 100_000 }),
  });
  const some = fc.array(
    fc.record({
      rows: fc.array(row, { maxLength: 6 }),
      earned: fc.nat(1_000_000),
      originalMonths: fc.integer({ min: 1, max: 36 }),
      asInvoiced: fc.boolean(),
    }),
    { maxLength: 6 },
  );
  const elected = fc.record({ upToOneYear: fc.boolean(), asInvoiced: fc.boolean() });
  const text = (cents: number) => (cents / 100).toFixed(2);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const built = (all: readonly { rows: { month: string; cents: number }[]; earned: number }[]): OpenObligation[] =>
    all.map(({ rows, earned, ...more }, index) => ({
      ...{ obligationId: `o${String(index)}`, originalMonths: 24, asInvoiced: false, ...more },
      recognisedToDate: text(earned),
      allocatedPrice: text(earned + sum(rows.map(({ cents }) => cents))),
      planned: rows.map(({ month, cents }) => ({ month, amount: text(cents) })),
    }));

  test('the years sum to the total, and the total is allocated less recognised of what is not left out', () => {
    fc.assert(
      fc.property(some, elected, (all, expedients) => {
        const { byYear, total, leftOut } = remainingObligations(built(all), expedients);
        const out = all.flatMap(({ originalMonths, asInvoiced }, index) =>
          (expedients.upToOneYear && originalMonths <= 12) || (expedients.asInvoiced && asInvoiced) ? [index] : [],
        );
        expect(leftOut).toEqual(out.map((index) => `o${String(index)}`));
        const open = all.flatMap(({ rows }, index) => (out.includes(index) ? [] : rows));
        expect(total.value).toBe(sumDecimals([text(sum(open.map(({ cents }) => cents)))]));
        expect(sumDecimals(Object.values(byYear).map(({ value }) => value))).toBe(total.value);
        for (const [year, { value }] of Object.entries(byYear)) {
          const own = open.filter(({ month }) => month.startsWith(year)).map(({ cents }) => cents);
          expect(value).toBe(sumDecimals([text(sum(own))]));
        }
      }),
    );
  });

  test('one cent too many or too few anywhere is refused', () => {
    fc.assert(
      fc.property(some, fc.nat(5), fc.constantFrom(-1, 1), (all, which, cent) => {
        const one = all[which];
        fc.pre(one !== undefined);
        const broken = built(all).map((open, index) =>
          index === which ? { ...open, recognisedToDate: text((one?.earned ?? 0) + cent) } : open,
        );
        const disclosed = { upToOneYear: false, asInvoiced: false };
        expect(code(() => remainingObligations(broken, disclosed))).toBe('REMAINING_INVALID');
      }),
    );
  });

  test('the months of an even service are worth the same, so all of them are worth the whole price', () => {
    // Up to twelve months a year; one year in two rows.
    const years = fc.tuple(fc.nat(12), fc.nat(6), fc.nat(6), fc.nat(12)).map(([a, b, c, d]): [string, number][] => [
      ['2026', a],
      ['2027', b],
      ['2028', d],
      ['2027', c],
    ]);
    fc.assert(
      fc.property(years, fc.nat(20), fc.nat(10_000), fc.nat(1000), (remaining, before, monthly, variable) => {
        const left = sum(remaining.map(([, months]) => months));
        const contractMonths = left + before + 1;
        // The price is a whole number of months' worth, so that no quotient is cut off.
        const terms = { monthly: String(monthly), contractMonths, variable: String(variable * contractMonths) };
        const asOf = { asOf: '2026-01-31', remainingMonthsByYear: remaining };
        const { byYear, total } = remainingOfEvenService({ ...terms, ...asOf }, null);
        expect(total.value).toBe(String((monthly + variable) * left));
        expect(sumDecimals(Object.values(byYear).map(({ value }) => value))).toBe(total.value);
        const one = [...remaining, ['2029', before + 2] as const];
        expect(code(() => remainingOfEvenService({ ...terms, ...asOf, remainingMonthsByYear: one }, null))).toBe(
          'REMAINING_INVALID',
        );
      }),
    );
  });
});
