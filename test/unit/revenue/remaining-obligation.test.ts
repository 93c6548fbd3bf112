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
