import fc from 'fast-check';
import { compareDecimals, plus } from '../../../domain/money/decimal.ts';
import { type MealReduction, perDiem } from '../../../domain/pricing/per-diem.ts';
import { code } from '../money/domain-error.ts';

const stay = { days: '5', lodging: '150', meals: '75', incidentals: '5' };
const percents = { breakfast: '30', lunch: '30', dinner: '40' };
const byCount = { '1': '20', '2': '50', '3': '100' };
const of = (reduction: MealReduction, changes: Partial<typeof stay> = {}) => {
  const result = perDiem({ ...stay, ...changes }, reduction, null);
  return [result.reduction.value, result.payable.value];
};

describe('per diem', () => {
  test('is the allowance of all days: 5 x (150 + 75 + 5) = 1,150', () => {
    expect(of({ type: 'none' })).toEqual(['0', '1150']);
    // half a day more: 5.5 x 230 = 1,265
    expect(of({ type: 'none' }, { days: '5.5' })).toEqual(['0', '1265']);
  });

  test('less a percentage of the meals allowance for each meal of a kind', () => {
    // 3 x 22.50 + 2 x 22.50 = 112.50
    expect(of({ type: 'by-meal', percents, provided: { breakfast: '3', lunch: '2', dinner: '0' } })).toEqual([
      '112.5',
      '1037.5',
    ]);
    // 3 x 22.50 = 67.50
    expect(of({ type: 'by-meal', percents, provided: { breakfast: '3' } })).toEqual(['67.5', '1082.5']);
  });

  test('or by how many meals a day had: 37.50 + 37.50 + 15 + 0 + 75 = 165', () => {
    const mealsPerDay = ['2', '2', '1', '0', '3'];
    expect(of({ type: 'by-count', percents: byCount, mealsPerDay })).toEqual(['165', '985']);
    // only the first day is listed: 15
    expect(of({ type: 'by-count', percents: byCount, mealsPerDay: ['1'] })).toEqual(['15', '1135']);
    expect(of({ type: 'by-count', percents: { ...byCount, '0': '10' }, mealsPerDay: ['0'] })).toEqual([
      '7.5',
      '1142.5',
    ]);
  });

  test('is rounded where the meals are taken off, so that both figures sum to the allowance', () => {
    // 74.99 x 30 % = 22.497 = 22.50; 229.99 - 22.50 = 207.49
    const rounding = { mode: 'half-away-from-zero', scale: 2 } as const;
    const one = perDiem(
      { ...stay, days: '1', meals: '74.99' },
      { type: 'by-meal', percents, provided: { lunch: '1' } },
      rounding,
    );
    expect([one.reduction.value, one.payable.value]).toEqual(['22.5', '207.49']);
    expect(one.payable.derivation.parts?.map((part) => part.exact)).toEqual(['229.99', '22.497']);
  });

  test.each<[string, MealReduction]>([
    ['a meal without a percentage', { type: 'by-meal', percents: { lunch: '30' }, provided: { dinner: '1' } }],
    ['more breakfasts than days', { type: 'by-meal', percents, provided: { breakfast: '6' } }],
    ['less than no lunch', { type: 'by-meal', percents, provided: { lunch: '-1' } }],
    ['a percentage above 100', { type: 'by-meal', percents: { lunch: '101' }, provided: { lunch: '1' } }],
    ['meals of more days than the stay has', { type: 'by-count', percents: byCount, mealsPerDay: Array(6).fill('1') }],
    ['a number of meals without a percentage', { type: 'by-count', percents: byCount, mealsPerDay: ['4'] }],
    [
      'more taken off than the allowance for meals',
      {
        type: 'by-meal',
        percents: { breakfast: '60', lunch: '60' },
        provided: { breakfast: '5', lunch: '5' },
      },
    ],
  ])('%s is refused', (_, reduction) => {
    expect(code(() => of(reduction))).toBe('PER_DIEM_INVALID');
  });

  test('a negative stay is refused', () => {
    expect(code(() => of({ type: 'none' }, { days: '-1' }))).toBe('PER_DIEM_INVALID');
  });

  test('what is payable is never below lodging and incidentals', () => {
    const mealsOfDays = fc.array(fc.integer({ min: 0, max: 3 }).map(String), { maxLength: 5 });
    fc.assert(
      fc.property(mealsOfDays, (mealsPerDay) => {
        const [reduction = '', payable = ''] = of({ type: 'by-count', percents: byCount, mealsPerDay });
        expect(plus(reduction, payable)).toBe('1150');
        // 5 x (150 + 5) = 775
        expect(compareDecimals(payable, '775')).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
