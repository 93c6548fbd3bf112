// The kinds of documents and of currency with keys that no published example uses.
import { answer } from '../../../apps/domain-cli/vector.ts';

const cents = { mode: 'half-up', scale: 2 };
function computed(kind: string, inputs: object, rounding: object | undefined = cents): unknown {
  const line = answer(JSON.stringify({ id: 'x', kind, rounding, inputs }), 'x', { explain: true });
  if ('error' in line) return line.error.code;
  expect(Object.keys(line.derivation ?? {}).sort()).toEqual(Object.keys(line.result).sort());
  return line.result;
}

test('invoice totals know base quantities, discounts, charges, allowances and what was prepaid', () => {
  // 10 x 200 / 2 = 1,000, less 10 % = 900, + 5 - 15 = 890; + 20 - 10 = 900; 19 % of 900 = 171; 1,071 - 71.
  const line = { qty: '10', price: '200', baseQty: '2', discountPct: '10', charge: '5', allowance: '15', vat: 'S' };
  const document = {
    lines: [line],
    charges: [{ amount: '20', vat: 'S' }],
    allowances: [{ amount: '10', vat: 'S' }],
    rates: { S: '19' },
    prepaid: '71',
  };
  expect(computed('invoice-totals', document)).toEqual({
    ...{ sumLines: '890', taxExclusive: '900', taxInclusive: '1071', payable: '1000' },
    vat: [{ code: 'S', taxable: '900', tax: '171' }],
  });
  expect(computed('invoice-totals', { ...document, rates: {} })).toBe('TAX_RATE_MISSING');
  expect(computed('invoice-totals', { ...document, prepayed: '1' })).toBe('INPUT_INVALID');
});

test('a tax stack takes quantities, and taxes of every type in the price', () => {
  // 3 x 100 = 300 = net + 3 x 1 + 21 % of net: 297 / 1.21 = 245.45; 5 % of 245.45 + 51.55 = 14.85
  const taxes = [
    { type: 'fixed', amount: '1', priceInclude: true },
    { type: 'percent', amount: '21', priceInclude: true, includeBase: true },
    { type: 'percent', amount: '5' },
  ];
  expect(computed('tax-stack', { cases: [{ price: '100', qty: '3', taxes }] })).toEqual({
    results: [{ excluded: '245.45', included: '314.85', taxes: ['3', '51.55', '14.85'] }],
  });
  expect(computed('tax-stack', { cases: [{ price: '1', taxes: [{ type: 'division', amount: '100' }] }] })).toBe(
    'TAX_INVALID',
  );
});

test('a conversion may have a mode of its own, or digits', () => {
  // 10 / 1.3 = 7.692307..; 1 / 8 = 0.125
  const by = { amount: '10', fromRate: '1.3', toRate: '1' };
  const cases = [
    { ...by, round: true, mode: 'up' },
    { ...by, round: true, mode: 'down' },
    { ...by, round: false, digits: '6' },
    { amount: '1', fromRate: '8', toRate: '1' },
  ];
  expect(computed('fx-convert', { cases })).toEqual({ results: ['7.7', '7.69', '7.69231', '0.13'] });
  expect(computed('fx-convert', { cases: [{ ...by, fromRate: '0' }] })).toBe('EXCHANGE_RATE_INVALID');
  expect(computed('fx-convert', { cases: [{ ...by, round: false, digits: 0 }] })).toBe('INPUT_INVALID');
});

test('settlement and revaluation read both quotes', () => {
  // 460 x 0.5 = 230, x 0.4 = 184
  const lines = [{ amount: '400', taxPct: '10' }, { amount: '20' }];
  const rates = { rateBooked: '0.5', rateSettled: '0.4', quote: 'base-per-fc' };
  expect(computed('fx-settlement', { lines, ...rates })).toEqual({
    ...{ totalFc: '460', bookedBase: '230', settledBase: '184', gainLoss: '-46' },
  });
  // 100 x 0.25 = 25; x 1 = 100
  const items = [{ fc: '100', rate: '0.25' }];
  expect(computed('fx-revaluation', { items, revalueAt: ['1'], quote: 'base-per-fc' })).toEqual({
    ...{ booked: '25', value: ['100'], vsBooked: ['75'], incremental: ['75'] },
  });
  expect(computed('fx-revaluation', { items, revalueAt: ['0'] })).toBe('INPUT_INVALID');
});

test('a credit of a share of a fee, and a discount, without rounding are exact', () => {
  expect(computed('credit-note', { items: [{ fee: '2999', fraction: '0.5', taxPct: '20' }] }, {})).toEqual({
    notes: [{ net: '1499.5', tax: '299.9', total: '1799.4' }],
  });
  // 1 x 3 / 8 and 1 x 5 / 8; 20 % of 2.625
  const fees = [
    { amount: '3', taxPct: '20' },
    { amount: '5', taxPct: '0' },
  ];
  expect(computed('discount-tax', { fees, discount: '1' }, {})).toEqual({
    ...{ discounts: ['0.375', '0.625'], taxes: ['0.525', '0'], net: '7', tax: '0.525', total: '7.525' },
  });
  expect(computed('discount-tax', { fees, discount: '-1' })).toBe('INPUT_INVALID');
});
