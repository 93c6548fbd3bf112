import fc from 'fast-check';
import { billingReadiness, daysSalesOutstanding, leakage, unbilledDays } from '../../../domain/measures/cash.ts';
import { effectiveRate, margin, outlook, realization, utilization } from '../../../domain/measures/delivery.ts';
import { backlog, coverage, forecastAccuracy, weightedPipeline } from '../../../domain/measures/sales.ts';
import { minus } from '../../../domain/money/decimal.ts';
import { code } from '../money/domain-error.ts';

const toTwo = { mode: 'half-away-from-zero', scale: 2 } as const;

describe('measures of cash', () => {
  test('days sales outstanding', () => {
    // 18,000 / 20,000 x 30 = 27; 10,000 x 31 / 30,000 = 10.33, multiplied before divided.
    expect(daysSalesOutstanding({ receivables: '18000', creditSales: '20000', days: '30' }, null).value).toBe('27');
    expect(daysSalesOutstanding({ receivables: '10000', creditSales: '30000', days: '31' }, toTwo).value).toBe('10.33');
    expect(code(() => daysSalesOutstanding({ receivables: '1', creditSales: '0', days: '30' }, null))).toBe(
      'DIVISION_BY_ZERO',
    );
  });

  test('unbilled days', () => {
    // 12,000 x 30 / 48,000 = 7.5.
    expect(unbilledDays({ unbilled: '12000', revenue: '48000', days: '30' }, null).value).toBe('7.5');
    expect(code(() => unbilledDays({ unbilled: '1', revenue: '0', days: '30' }, null))).toBe('DIVISION_BY_ZERO');
  });

  test('leakage', () => {
    // (300 + 200) / 10,000.
    expect(leakage({ overdueUnbilled: '300', writtenOff: '200', approvedBillable: '10000' }, null).value).toBe('0.05');
    expect(code(() => leakage({ overdueUnbilled: '0', writtenOff: '0', approvedBillable: '0' }, null))).toBe(
      'DIVISION_BY_ZERO',
    );
  });

  test('billing readiness', () => {
    const gates = ['rate', 'funding', 'milestone'].map((gate) => ({ gate, passed: gate !== 'milestone' }));
    // 2 of 3.
    expect(billingReadiness(gates, toTwo).value).toBe('0.67');
    expect(code(() => billingReadiness([], null))).toBe('DIVISION_BY_ZERO');
    expect(code(() => billingReadiness([...gates, ...gates], null))).toBe('READINESS_INVALID');
  });
});

describe('measures of delivery', () => {
  test('utilization', () => {
    // 112 / (168 - 16 - 12) = 112 / 140.
    const hours = { billable: '112', working: '168', leave: '16', holidays: '12' };
    expect(utilization(hours, null).value).toBe('0.8');
    expect(code(() => utilization({ ...hours, leave: '156' }, null))).toBe('DIVISION_BY_ZERO');
  });

  test('realization and effective rate', () => {
    // 9,000 / 12,000; 9,000 / 75 h.
    expect(realization({ billed: '9000', atStandardRate: '12000' }, null).value).toBe('0.75');
    expect(effectiveRate({ revenue: '9000', billableHours: '75' }, null).value).toBe('120');
    expect(code(() => realization({ billed: '1', atStandardRate: '0' }, null))).toBe('DIVISION_BY_ZERO');
    expect(code(() => effectiveRate({ revenue: '1', billableHours: '0' }, null))).toBe('DIVISION_BY_ZERO');
  });

  test('estimate at completion, variance and consumption', () => {
    // 60 + 60 = 120; 100 - 120; 60 / 120.
    const { estimateAtCompletion, variance, consumption } = outlook(
      { planned: '100', actual: '60', remaining: '60' },
      null,
    );
    expect([estimateAtCompletion.value, variance.value, consumption.value]).toEqual(['120', '-20', '0.5']);
    expect(code(() => outlook({ planned: '100', actual: '0', remaining: '0' }, null))).toBe('DIVISION_BY_ZERO');
  });

  test('margin, also of a loss', () => {
    // (100 - 80) / 100; (100 - 120) / 100.
    expect(margin({ revenue: '100', cost: '80' }, null).value).toBe('0.2');
    expect(margin({ revenue: '100', cost: '120' }, null).value).toBe('-0.2');
    expect(code(() => margin({ revenue: '0', cost: '80' }, null))).toBe('DIVISION_BY_ZERO');
  });
});

describe('measures of sales', () => {
  test('weighted pipeline', () => {
    // 10,000 x 50 % + 333 x 33.3 % = 5,000 + 110.889, rounded by deal.
    const deals = [
      { amount: '10000', probabilityPercent: '50' },
      { amount: '333', probabilityPercent: '33.3' },
    ];
    const { weighted, total } = weightedPipeline(deals, toTwo);
    expect([weighted.map((one) => one.value), total.value]).toEqual([['5000', '110.89'], '5110.89']);
    expect(weightedPipeline([], null).total.value).toBe('0');
    expect(code(() => weightedPipeline([{ amount: '1', probabilityPercent: '101' }], null))).toBe(
      'PROBABILITY_INVALID',
    );
  });

  test('backlog to recognise and to bill are two measures', () => {
    const { toRecognise, toBill } = backlog({ bookings: '100', recognised: '40', billed: '70' });
    expect([toRecognise.value, toBill.value]).toEqual(['60', '30']);
    expect(code(() => backlog({ bookings: 'x', recognised: '0', billed: '0' }))).toBe('DECIMAL_INVALID');
  });

  test('coverage', () => {
    // (60 + 30) / 120.
    expect(coverage({ backlog: '60', weightedPipeline: '30', target: '120' }, null).value).toBe('0.75');
    expect(code(() => coverage({ backlog: '1', weightedPipeline: '1', target: '0' }, null))).toBe('DIVISION_BY_ZERO');
  });

  test('forecast accuracy, the same for too much and too little', () => {
    // 1 - 10 / 100 both ways; 1 - 150 / 100.
    expect(forecastAccuracy({ actual: '100', forecast: '90' }, null).value).toBe('0.9');
    expect(forecastAccuracy({ actual: '100', forecast: '110' }, null).value).toBe('0.9');
    expect(forecastAccuracy({ actual: '100', forecast: '250' }, null).value).toBe('-0.5');
    expect(code(() => forecastAccuracy({ actual: '0', forecast: '1' }, null))).toBe('DIVISION_BY_ZERO');
  });

  test('a forecast is never more accurate than exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 0, max: 10_000 }), (actual, forecast) => {
        const accuracy = forecastAccuracy({ actual: String(actual), forecast: String(forecast) }, null).value;
        expect(Number(minus(accuracy, '1'))).toBeLessThanOrEqual(0);
        expect(accuracy === '1').toBe(actual === forecast);
      }),
    );
  });
});
