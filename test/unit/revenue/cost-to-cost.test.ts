import fc from 'fast-check';
import { compareDecimals, minus, sumDecimals } from '../../../domain/money/decimal.ts';
import { fraction } from '../../../domain/money/fraction.ts';
import {
  contractBalance,
  type ContractRounding,
  type CostPeriod,
  expectedLoss,
  percentageOfCompletion,
  revenueByCostPiles,
} from '../../../domain/revenue/cost-to-cost.ts';
import { code } from '../money/domain-error.ts';

const EXACT: ContractRounding = { amounts: null, ratios: null };
const CENTS = { amounts: { mode: 'half-even', scale: 2 } as const, ratios: null };
const RATIOS = { amounts: null, ratios: { mode: 'half-away-from-zero', scale: 4 } as const };

const at = (transactionPrice: string, costToDate: string, totalCost: string, billed: string | null = null) => ({
  transactionPrice,
  costToDate,
  totalCost,
  billed,
});
const column = (periods: CostPeriod[], key: 'revenue' | 'profit' | 'expense' | 'provision', rounding = EXACT) =>
  percentageOfCompletion(periods, true, rounding).map((period) => period[key].value);

describe('percentage of completion', () => {
  test('a loss in a period of a contract that stays profitable is only a changed estimate', () => {
    // Spiceland, Harding Construction, 5,000,000: 1.5/3.75 = 40 %: 2,000,000; 2.76/4.6 = 60 %: 3,000,000 to date; then
    // all. Profit 500,000; 240,000 - 500,000; 400,000 - 240,000.
    const periods = [
      at('5000000', '1500000', '3750000'),
      at('5000000', '2760000', '4600000'),
      at('5000000', '4600000', '4600000'),
    ];
    expect(column(periods, 'revenue')).toEqual(['2000000', '1000000', '2000000']);
    expect(column(periods, 'profit')).toEqual(['500000', '-260000', '160000']);
    expect(column(periods, 'expense')).toEqual(['1500000', '1260000', '1840000']);
    expect(column(periods, 'provision')).toEqual(['0', '0', '0']);
  });

  test('an expected loss is taken whole at once and released with progress', () => {
    // The same contract with 2.76/5.1 = 54.12 %: 2,706,000 to date; loss 100,000 on top of 500,000 given back. Then
    // 5.2 in all, loss 200,000: 100,000 more.
    const periods = [
      at('5000000', '1500000', '3750000'),
      at('5000000', '2760000', '5100000'),
      at('5000000', '5200000', '5200000'),
    ];
    expect(column(periods, 'revenue', RATIOS)).toEqual(['2000000', '706000', '2294000']);
    expect(column(periods, 'profit', RATIOS)).toEqual(['500000', '-600000', '-100000']);
    expect(column(periods, 'expense', RATIOS)).toEqual(['1500000', '1306000', '2394000']);
    // Incurred by then: 2,706,000 - 2,760,000 = -54,000 of 100,000; at the end all of it.
    expect(column(periods, 'provision', RATIOS)).toEqual(['0', '46000', '0']);
  });

  test('without a provision only the part of the loss that was incurred shows', () => {
    // 160 of 320, price 300: revenue 150, cost 160; with a provision -20.
    const [plain] = percentageOfCompletion([at('300', '160', '320')], false, EXACT);
    const [provided] = percentageOfCompletion([at('300', '160', '320')], true, EXACT);
    expect([plain?.profit.value, plain?.expense.value, plain?.provision.value]).toEqual(['-10', '160', '0']);
    expect([provided?.profit.value, provided?.expense.value, provided?.provision.value]).toEqual(['-20', '170', '10']);
  });

  test('a loss that turns into a profit gives the provision back', () => {
    // 50/120 of 100: loss 20. Then 80 of 90: revenue 88.89 to date, profit 8.89 to date, so 28.89 in the period.
    expect(column([at('100', '50', '120'), at('100', '80', '90')], 'profit', CENTS)).toEqual(['-20', '28.89']);
  });

  test('the price may change from period to period, and is caught up', () => {
    // 25 % of 1,000 = 250; 50 % of 1,200 = 600.
    expect(column([at('1000', '200', '800'), at('1200', '400', '800')], 'revenue')).toEqual(['250', '350']);
  });

  test('cost above the forecast makes no more revenue than the price, and the overrun is a loss', () => {
    // 130 spent of a forecast of 110, price 100.
    const [one] = percentageOfCompletion([at('100', '130', '110', '80')], true, EXACT);
    expect([one?.progress.value, one?.revenue.value, one?.profit.value, one?.position?.value]).toEqual([
      '1',
      '100',
      '-30',
      '20',
    ]);
  });

  test('without a forecast there is no progress', () => {
    expect(code(() => percentageOfCompletion([at('100', '0', '0')], true, EXACT))).toBe('PROGRESS_INVALID');
    expect(code(() => percentageOfCompletion([at('100', '-1', '10')], true, EXACT))).toBe('PROGRESS_INVALID');
  });

  const cents = fc.integer({ min: 1, max: 10_000_000 });

  test('revenue to date never falls with cost for a fixed forecast and never passes the price', () => {
    fc.assert(
      fc.property(cents, cents, fc.array(cents, { minLength: 2, maxLength: 8 }), (price, total, costs) => {
        const sorted = [...costs].sort((a, b) => a - b).map((cost) => at(String(price), String(cost), String(total)));
        const revenue = column(sorted, 'revenue', CENTS);
        revenue.slice(1).forEach((change) => expect(compareDecimals(change, '0')).toBeGreaterThanOrEqual(0));
        expect(compareDecimals(sumDecimals(revenue), String(price))).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('provision + loss incurred = expected loss, at any time', () => {
    fc.assert(
      fc.property(cents, cents, cents, (price, total, cost) => {
        const period = at(String(price), String(cost), String(total));
        const [one] = percentageOfCompletion([period], true, CENTS);
        const loss = expectedLoss(period).value;
        if (!one || compareDecimals(loss, '0') === 0) return;
        const incurred = minus(String(cost), one.revenue.value);
        expect(sumDecimals([one.provision.value, incurred])).toBe(loss);
        expect(one.profit.value).toBe(minus('0', loss));
      }),
    );
  });

  test('periods recomputed in another order or alone give the same to date', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cents, cents, cents), { minLength: 1, maxLength: 6 }), (some) => {
        const periods = some.map(([price, cost, total]) => at(String(price), String(cost), String(total)));
        const last = periods.slice(-1);
        for (const key of ['revenue', 'profit'] as const) {
          expect(sumDecimals(column(periods, key, CENTS))).toBe(sumDecimals(column(last, key, CENTS)));
        }
      }),
    );
  });
});

describe('costs that do not depict performance', () => {
  test('waste is an expense and no progress (CICPAC guide, Scenario A)', () => {
    // 30,000 of 80,000 = 37.5 % of 100,000; cost 40,000 with 10,000 of waste.
    const figures = revenueByCostPiles(
      '100000',
      { performance: { toDate: '30000', forecast: '80000' }, wasteToDate: '10000' },
      CENTS,
    );
    expect([figures.progress.value, figures.revenue.value, figures.costOfSales.value, figures.profit.value]).toEqual([
      '0.375',
      '37500',
      '40000',
      '-2500',
    ]);
  });

  test('materials not yet installed earn their cost (Scenario B)', () => {
    // 20,000 of 70,000 = 28.6 %; (100,000 - 10,000) x 2/7 + 10,000 = 35,714.29; cost 20,000 + 10,000 + 10,000.
    const figures = revenueByCostPiles(
      '100000',
      { performance: { toDate: '20000', forecast: '70000' }, uninstalledMaterials: '10000', wasteToDate: '10000' },
      CENTS,
    );
    expect([figures.revenue.value, figures.profit.value]).toEqual(['35714.29', '-4285.71']);
  });

  test('materials dearer than the price, or negative waste, are refused', () => {
    const performance = { toDate: '1', forecast: '2' };
    const price = (piles: object) => code(() => revenueByCostPiles('100', { performance, ...piles }, EXACT));
    expect(price({ uninstalledMaterials: '101' })).toBe('COST_INVALID');
    expect(price({ wasteToDate: '-1' })).toBe('COST_INVALID');
  });
});

describe('the balance of a contract by a known progress', () => {
  const contract = { transactionPrice: '200', totalCost: '150', costToDate: '100', received: '130' };

  test('cost ahead of progress is work in progress, money ahead of revenue is owed', () => {
    // 60 %: revenue 120, cost of sales 90, profit 30; 100 - 90; 130 - 120.
    const figures = contractBalance({ ...contract, progress: fraction('3', '5') }, null);
    const { revenue, costOfSales, profit, wip, contractLiability } = figures;
    expect([revenue, costOfSales, profit, wip, contractLiability].map((one) => one.value)).toEqual([
      '120',
      '90',
      '30',
      '10',
      '10',
    ]);
  });

  test('nothing is owed where revenue is ahead, and progress is a share', () => {
    // 2/3: 133.33 earned of 130 received.
    const { revenue, contractLiability } = contractBalance(
      { ...contract, progress: fraction('2', '3') },
      { mode: 'half-even', scale: 2 },
    );
    expect([revenue.value, contractLiability.value]).toEqual(['133.33', '0']);
    expect(code(() => contractBalance({ ...contract, progress: fraction('6', '5') }, null))).toBe('PROGRESS_INVALID');
  });
});
