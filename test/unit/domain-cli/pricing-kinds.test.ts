// Further figures of the sources that the pricing examples name, and what the kinds refuse.
import { answer } from '../../../apps/domain-cli/vector.ts';

const compute = (kind: string, inputs: object, rounding?: object) => {
  const computed = answer(JSON.stringify({ id: 'x', kind, rounding, inputs }), 'x', { explain: true });
  if ('error' in computed) return computed.error.code;
  expect(Object.keys(computed.derivation ?? {}).sort()).toEqual(Object.keys(computed.result).sort());
  return computed.result;
};
const cents = { mode: 'half-up', scale: 2 };

describe('rate-lookup', () => {
  const card = { from: '2022-01-01', to: '2022-06-30', rate: '100', markupPct: '10' };
  const overrides = [
    { from: '2022-03-15', markupPct: '20' },
    { from: '2022-04-01', markupPct: '25' },
  ];

  test('a mark-up override applies to the rate of the card: 100 x 1.10, 1.20, 1.25', () => {
    const queries = ['2022-03-14', '2022-03-31', '2022-04-01'].map((date) => ({ date }));
    expect(compute('rate-lookup', { card, overrides, queries })).toEqual({ rates: ['110', '120', '125'] });
  });

  test('the last day of the card is the last day of its rates', () => {
    expect(compute('rate-lookup', { card, overrides, queries: [{ date: '2022-07-01' }] })).toBe('RATE_MISSING');
    expect(compute('rate-lookup', { card, overrides, queries: [{ date: '2021-12-31' }] })).toBe('RATE_MISSING');
  });

  test('two overrides of a date, one that states nothing and a misspelled key are refused', () => {
    const queries = [{ date: '2022-03-15' }];
    const twice = [overrides[0], { from: '2022-03-15', rate: '110' }];
    expect(compute('rate-lookup', { card, overrides: twice, queries })).toBe('RATE_AMBIGUOUS');
    expect(compute('rate-lookup', { card, overrides: [{ from: '2022-03-15' }], queries })).toBe('RATE_LINE_INVALID');
    expect(compute('rate-lookup', { card, overrides: [{ from: '2022-03-15', markup: '1' }], queries })).toBe(
      'INPUT_INVALID',
    );
  });
});

test('rate-unit: 1,000 a day of 7.5 hours is 133.33 an hour', () => {
  expect(compute('rate-unit', { rate: '1000', hoursPerUnit: '7.5' }, cents)).toEqual({ hourly: '133.33' });
  expect(compute('rate-unit', { rate: '1000', hoursPerUnit: '0' })).toBe('INPUT_INVALID');
});

test('expense-price: 33.33 + 7.5 % = 35.82975; a mark-up method without a mark-up is refused', () => {
  const cases = [{ method: 'markup', cost: '33.33', markupPct: '7.5' }];
  expect(compute('expense-price', { cases }, cents)).toEqual({ prices: ['35.83'] });
  expect(compute('expense-price', { cases: [{ method: 'markup', cost: '33.33' }] })).toBe('INPUT_INVALID');
  // A mark-up of nothing contradicts no method.
  const without = [
    { method: 'at-cost', cost: '100', markupPct: '0' },
    { method: 'per-unit', cost: '100', unitPrice: '200', markupPct: '0.00' },
  ];
  expect(compute('expense-price', { cases: without })).toEqual({ prices: ['100', '200'] });
});

describe('per-diem', () => {
  const stay = { days: '5', lodging: '150', meals: '75', incidentals: '5' };

  test('by number of meals: 37.50 + 37.50 + 15 + 0 + 75 = 165; 1,150 - 165 = 985', () => {
    const reduction = {
      type: 'by-count',
      percents: { '1': '20', '2': '50', '3': '100' },
      mealsPerDay: ['2', '2', '1', '0', '3'],
    };
    const expected = { reduction: ['165'], payable: ['985'] };
    expect(compute('per-diem', { ...stay, cases: [{ reduction }] })).toEqual(expected);
    const asNumbers = { ...reduction, mealsPerDay: [2, 2, 1, 0, 3] };
    expect(compute('per-diem', { ...stay, cases: [{ reduction: asNumbers }] })).toEqual(expected);
  });

  test('a meal without a percentage is refused', () => {
    const reduction = { type: 'by-meal', percents: { lunch: '30' }, provided: { dinner: '1' } };
    expect(compute('per-diem', { ...stay, cases: [{ reduction }] })).toBe('PER_DIEM_INVALID');
  });
});

describe('tiered', () => {
  test('volume takes the flat price of its one tier: 65,000 x 0.0006 + 10 = 49', () => {
    const tiers = [
      { upTo: '10000', unit: '0.0010', flat: '10' },
      { upTo: '50000', unit: '0.0008', flat: '10' },
      { upTo: '100000', unit: '0.0006', flat: '10' },
      { upTo: null, unit: '0.0004', flat: '10' },
    ];
    expect(compute('tiered', { cases: [{ model: 'volume', quantity: '65000', tiers }] })).toEqual({ amounts: ['49'] });
  });

  test('201 units in packages of 100 at 5, 100 of them free, are 2 packages: 10', () => {
    const model = { model: 'package', packageSize: '100', unit: '5', freeUnits: '100' };
    const cases = [
      { ...model, quantity: '201' },
      { ...model, quantity: '100' },
    ];
    expect(compute('tiered', { cases })).toEqual({ amounts: ['10', '0'] });
  });

  test('a tier without any price, and a quantity beyond the tiers, are refused', () => {
    const of = (tiers: object[]) => compute('tiered', { cases: [{ model: 'graduated', quantity: '11', tiers }] });
    expect(of([{ upTo: '20' }])).toBe('INPUT_INVALID');
    expect(of([{ upTo: '10', unit: '1' }])).toBe('TIER_MISSING');
    // flat alone: 7
    expect(of([{ upTo: '20', flat: '7' }])).toEqual({ amounts: ['7'] });
  });
});

describe('price-markup-tax', () => {
  const inputs = { amount: '1000', markupPct: '5', taxPct: '5', priceIncludesTax: true };

  test('the amount holds the tax: 952.38, 1,000 and 961.90; with mark-up 1,000, 1,050 and 1,010', () => {
    const cases = [
      { taxToProject: 'none', nonDeductiblePct: '0' },
      { taxToProject: 'all' },
      { taxToProject: 'nondeductible', nonDeductiblePct: '20' },
    ];
    expect(compute('price-markup-tax', { ...inputs, cases }, cents)).toEqual({
      cost: ['952.38', '1000', '961.9'],
      sales: ['1000', '1050', '1010'],
    });
  });

  test('a non-deductible part that is not stated is refused', () => {
    const cases = [{ taxToProject: 'nondeductible' }];
    expect(compute('price-markup-tax', { ...inputs, cases })).toBe('INPUT_INVALID');
  });
});
