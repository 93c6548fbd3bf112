// The kinds of revenue with keys and figures that no published file of ours uses: each key of the format is read, and
// what cannot be computed is an error with a code.
import { answer } from '../../../apps/domain-cli/vector.ts';

function compute(kind: string, inputs: object, rounding?: object): unknown {
  const file = JSON.stringify({ id: 'x', kind, inputs, ...(rounding ? { rounding } : {}) });
  const computed = answer(file, 'x', { explain: true });
  if ('error' in computed) return computed.error.code;
  expect(Object.keys(computed.derivation ?? {})).toEqual(Object.keys(computed.result));
  return computed.result;
}

describe('the kinds of revenue', () => {
  test('contract-balance, by id', () => {
    // 40 % of 1,000 and of 700; 300 - 280; 450 - 400. The second: a third.
    const one = { id: 'one', transactionPrice: '1000', totalCost: '700', costToDate: '300', received: '450' };
    expect(
      compute(
        'contract-balance',
        {
          unit: 'lakh',
          contracts: [
            { ...one, progress: '0.4' },
            { ...one, id: 'two', progress: '1/3', received: '0' },
          ],
        },
        { mode: 'half-up', scale: 2 },
      ),
    ).toEqual({
      one: { revenue: '400', costOfSales: '280', profit: '120', wip: '20', contractLiability: '50' },
      two: { revenue: '333.33', costOfSales: '233.33', profit: '100', wip: '66.67', contractLiability: '0' },
    });
    expect(compute('contract-balance', { contracts: [{ ...one, progress: '1.1' }] })).toBe('PROGRESS_INVALID');
    const twice = { ...one, progress: '1' };
    expect(compute('contract-balance', { contracts: [twice, twice] })).toBe('INPUT_INVALID');
  });

  test('poc with a price of each period, billing and a provision', () => {
    const series = {
      id: 'p',
      lossProvision: true,
      periods: [
        { transactionPrice: '100', costToDate: '30', totalCost: '120', billed: '20' },
        { transactionPrice: '130', costToDate: '60', totalCost: '120', billed: '70' },
      ],
    };
    // 25 % of 100 = 25, loss 20; 50 % of 130 = 65, profit to date 65 - 60 = 5.
    expect(compute('poc', { series: [series] })).toEqual({
      p: {
        progress: ['0.25', '0.5'],
        revenue: ['25', '40'],
        profit: ['-20', '25'],
        expense: ['45', '15'],
        position: ['5', '-5'],
      },
    });
    const bare = { id: 'p', periods: [{ costToDate: '1', totalCost: '2' }] };
    expect(compute('poc', { series: [bare] })).toBe('INPUT_INVALID');
    // Where what is billed is not stated there is no position to tell; the others keep their place.
    const mixed = { ...series, periods: [{ ...series.periods[0], billed: undefined }, series.periods[1]] };
    expect(compute('poc', { series: [mixed] })).toMatchObject({ p: { position: [null, '-5'] } });
  });

  test('deferral with the largest row taking the cent', () => {
    const span = { amount: '10', start: '2026-06-30', end: '2026-07-31', method: 'daily' };
    // 10 / 32 = 0.3125, away from zero 0.4; July takes the rest.
    expect(compute('deferral', span, { mode: 'up', scale: 1, remainder: 'largest' })).toEqual({
      schedule: [
        ['2026-06', '0.4'],
        ['2026-07', '9.6'],
      ],
    });
    expect(compute('deferral', { ...span, end: '2026-06-29' })).toBe('PERIOD_INVALID');
    expect(compute('deferral', { ...span, method: 'weekly' })).toBe('INPUT_INVALID');
  });

  test('cutoff, financing and rpo round as the file says', () => {
    const units = { mode: 'half-even', scale: 0 };
    // 100 x 2/3 days; 4,000 at 6 %; (100 x 24 + 750) / 24 x 6 = 787.5, to even 788.
    const span = { amount: '100', start: '2026-03-30', end: '2026-04-01', cutoffs: ['2026-03-30'] };
    expect(compute('cutoff', span, units)).toEqual({ deferred: ['67'] });
    expect(compute('financing', { principal: '4000', ratePct: '6', years: '2' }, units)).toEqual({
      balances: ['4240', '4494'],
      interest: '494',
    });
    expect(compute('financing', { principal: '4000', ratePct: '6', years: '0' })).toBe('FINANCING_INVALID');
    const service = { asOf: '2018-06-30', monthly: '100', contractMonths: '24', variable: '750' };
    expect(compute('rpo', { ...service, remainingMonthsByYear: [['2019', '6']] }, units)).toEqual({
      byYear: { '2019': '788' },
      total: '788',
    });
    expect(compute('rpo', { ...service, remainingMonthsByYear: [['2017', '6']] })).toBe('REMAINING_INVALID');
  });

  test('ssp-allocation, variable-consideration and uninstalled-materials refuse by code', () => {
    const obligations = [
      { id: 'A', ssp: '40' },
      { id: 'D', ssp: null },
    ];
    expect(compute('ssp-allocation', { transactionPrice: '30', obligations, residual: 'D' })).toBe(
      'RESIDUAL_NOT_POSITIVE',
    );
    expect(compute('ssp-allocation', { transactionPrice: '30', obligations })).toBe('SSP_MISSING');
    const outcomes = [{ p: '0.5', amount: '1' }];
    expect(compute('variable-consideration', { fixed: '1', elements: [{ method: 'expected', outcomes }] })).toBe(
      'PROBABILITY_INVALID',
    );
    const materials = { transactionPrice: '10', materialsCost: '11', otherCostTotal: '1', otherCostToDate: '1' };
    expect(compute('uninstalled-materials', materials)).toBe('COST_INVALID');
  });
});
