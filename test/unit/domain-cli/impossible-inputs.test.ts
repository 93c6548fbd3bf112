// What cannot be: each is refused with a code of its rule and a sentence that names the thing, what was expected and
// what was given. What the format allows (credits, corrections, returns) is computed.
import { answer } from '../../../apps/domain-cli/vector.ts';

interface Line {
  result?: Record<string, unknown>;
  error?: { code: string; message: string; details: Record<string, unknown> };
}

const compute = (kind: string, inputs: object, more: object = {}) =>
  answer(JSON.stringify({ id: 'impossible', kind, inputs, ...more }), 'impossible', { explain: false }) as Line;

const line = { qty: '1', price: '10', vat: 'S' };
const invoice = (changes: object) => ({ lines: [{ ...line, ...changes }], rates: { S: '20' } });
const schedule = (...amounts: string[]) => ({
  contractValue: '10',
  items: amounts.map((amount, index) => ({ id: String(index), amount })),
});
const usage = { minimum: '10', fraction: '1', usage: ['-1'] };
const poc = (changes: object) => ({
  series: [
    { id: 'a', transactionPrice: '100', periods: [{ costToDate: '1', totalCost: '2', billed: '5' }], ...changes },
  ],
});
const balance = {
  id: 'a',
  transactionPrice: '100',
  totalCost: '80',
  progress: '0.5',
  costToDate: '40',
  received: '10',
};
const units = { qty: '10', price: '5' };
const adding = (type: string, qty: string, price: string) => ({
  ...{ type, original: units, delivered: '1', added: { qty, price } },
});
const costs = { transactionPrice: '-1', costToDate: '1', totalCost: '2' };

describe('what cannot be is refused', () => {
  test.each([
    ['a line discount of more than all', 'invoice-totals', invoice({ discountPct: '101' }), 'DISCOUNT_INVALID'],
    ['a discount below zero', 'invoice-totals', invoice({ discountPct: '-1' }), 'DISCOUNT_INVALID'],
    ['a unit price below zero', 'invoice-totals', invoice({ price: '-0.01' }), 'PRICE_INVALID'],
    ['a schedule item below zero', 'schedule-invoice', schedule('12', '-2'), 'BILLING_ITEM_INVALID'],
    [
      'a task below zero',
      'task-progress-invoice',
      { items: [{ id: 'a', value: '-1' }], steps: [] },
      'BILLING_ITEM_INVALID',
    ],
    ['usage below zero', 'minimum-trueup', usage, 'COMMITMENT_INVALID'],
    ['a share below zero', 'minimum-trueup', { ...usage, usage: [], fraction: '-1/2' }, 'COMMITMENT_INVALID'],
    ['a price below zero', 'poc', poc({ transactionPrice: '-1' }), 'PRICE_INVALID'],
    [
      'less than nothing billed',
      'poc',
      poc({ periods: [{ costToDate: '1', totalCost: '2', billed: '-5' }] }),
      'BILLED_INVALID',
    ],
    [
      'a price below zero',
      'contract-balance',
      { contracts: [{ ...balance, transactionPrice: '-1' }] },
      'PRICE_INVALID',
    ],
    ['cost below zero', 'contract-balance', { contracts: [{ ...balance, costToDate: '-1' }] }, 'COST_INVALID'],
    [
      'less than nothing received',
      'contract-balance',
      { contracts: [{ ...balance, received: '-1' }] },
      'RECEIVED_INVALID',
    ],
    [
      'a price below zero',
      'ssp-allocation',
      { transactionPrice: '-1', obligations: [{ id: 'a', ssp: '1' }] },
      'PRICE_INVALID',
    ],
    [
      'a price below zero',
      'uninstalled-materials',
      { transactionPrice: '-1', materialsCost: '0', otherCostTotal: '2', otherCostToDate: '1' },
      'PRICE_INVALID',
    ],
    ['a fixed part below zero', 'variable-consideration', { fixed: '-1', elements: [] }, 'PRICE_INVALID'],
    ['a unit price below zero', 'retro-price', { steps: [{ units: '1', estimatedUnitPrice: '-1' }] }, 'PRICE_INVALID'],
    [
      'more returned than delivered',
      'retro-price',
      { steps: [{ units: '-1', estimatedUnitPrice: '1' }] },
      'QUANTITY_INVALID',
    ],
    [
      'a monthly fee below zero',
      'rpo',
      { asOf: '2026-01-01', monthly: '-1', contractMonths: 12, remainingMonthsByYear: [['2026', 6]] },
      'REMAINING_INVALID',
    ],
    [
      'a year of more than twelve months',
      'rpo',
      { asOf: '2026-01-01', monthly: '1', contractMonths: 24, remainingMonthsByYear: [['2026', 13]] },
      'REMAINING_INVALID',
    ],
    ['a principal below zero', 'financing', { principal: '-1', ratePct: '5', years: 2 }, 'FINANCING_INVALID'],
    ['a unit price below zero', 'expense-price', { cases: [{ method: 'per-unit', unitPrice: '-1' }] }, 'PRICE_INVALID'],
    ['less than nothing invoiced', 'prepayment', { stages: [{ lines: [], alreadyInvoiced: '-1' }] }, 'ADVANCE_INVALID'],
    ['a price below zero', 'modification', { type: 'separate', original: { qty: '1', price: '-1' } }, 'PRICE_INVALID'],
    ['an added price below zero', 'modification', adding('separate', '1', '-1'), 'PRICE_INVALID'],
    ['an added price below zero', 'modification', adding('prospective-units', '1', '-1'), 'PRICE_INVALID'],
    ['an added price below zero', 'modification', adding('catch-up-units', '1', '-1'), 'PRICE_INVALID'],
    ['less than nothing added', 'modification', adding('separate', '-1', '5'), 'MODIFICATION_INVALID'],
    [
      'less than nothing invoiced before',
      'progress-invoice',
      { lines: [{ contractValue: '1', percent: '1' }], previouslyInvoiced: '-1' },
      'BILLED_INVALID',
    ],
    ['a bill below zero', 'funding-waterfall', { rules: [], transactions: ['-1'] }, 'FUNDING_INVALID'],
    ['values and cases at once', 'round', { values: [], cases: [] }, 'INPUT_INVALID'],
    ['neither values nor cases', 'round', { step: '1' }, 'INPUT_INVALID'],
    ['a price below zero', 'modification', { type: 'catch-up-progress', before: costs, after: costs }, 'PRICE_INVALID'],
    [
      'a credit below zero',
      'modification',
      { type: 'prospective-units', remaining: units, creditForDelivered: { qty: '1', amount: '-1' } },
      'MODIFICATION_INVALID',
    ],
    [
      'a share below zero',
      'rerate',
      { billed: [{ id: 'a', price: '1', fraction: '-1/2' }], revised: [] },
      'FRACTION_INVALID',
    ],
    ['sales below zero', 'metric', { metric: 'dso', receivables: '1', creditSales: '-1', days: 30 }, 'MEASURE_INVALID'],
    [
      'runs that go back in time',
      'tm-cutoff',
      { rate: '1', entries: [], runs: [{ upTo: '2026-02-28' }, { upTo: '2026-01-31' }] },
      'RUN_ORDER_INVALID',
    ],
    [
      'a settlement of nothing',
      'fx-settlement',
      { lines: [{ amount: '0' }], rateBooked: '2', rateSettled: '2' },
      'SETTLEMENT_INVALID',
    ],
  ])('%s (%s)', (_, kind, inputs, code) => {
    const { error } = compute(kind, inputs);
    expect(error).toMatchObject({ code });
    expect(error?.message).toMatch(/expected/);
    expect(Object.keys(error?.details ?? {})).not.toHaveLength(0);
  });

  test.each(['XXX', 'zzz', 'usd', 'XAU', 'EURO', ''])('the currency "%s" is refused by every kind', (currency) => {
    expect(compute('round', { values: ['1'] }, { currency }).error).toMatchObject({ code: 'CURRENCY_UNKNOWN' });
    expect(compute('deferral', {}, { currency }).error).toMatchObject({ code: 'CURRENCY_UNKNOWN' });
  });

  test('a journal refuses more digits than its currency has', () => {
    const events = [{ id: 'a', type: 'receipt', amount: '10.5' }];
    expect(compute('journal', { events }, { currency: 'JPY' }).error).toMatchObject({
      code: 'AMOUNT_INVALID',
      message: '"10.5" has more than the 0 decimal digits of JPY',
    });
    // In thousands of yen half a thousand is an amount.
    expect(compute('journal', { events, unit: 'thousand' }, { currency: 'JPY' })).toHaveProperty('result');
  });

  test('a refusal names the key: a mark-up at cost, a settlement of no lines', () => {
    const atCost = { cases: [{ method: 'at-cost', cost: '1', markupPct: '10' }] };
    expect(compute('expense-price', atCost).error?.message).toMatch(/cases\.0.*markupPct/);
    expect(compute('fx-settlement', { lines: [], rateBooked: '2', rateSettled: '2' }).error).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'inputs.lines: expected at least one line',
    });
  });
});

describe('what the format allows is computed', () => {
  test('credits and corrections may be negative', () => {
    // -2 x 10 = -20, tax -4.
    expect(compute('invoice-totals', invoice({ qty: '-2' })).result).toMatchObject({ payable: '-24' });
    expect(compute('tm-invoice', { time: [{ hours: '-1', rate: '50' }] }).result).toMatchObject({ total: '-50' });
    // 5 units at 10 = 50; 2 come back: 3 x 10 - 50 = -20.
    const steps = ['5', '-2'].map((units_) => ({ units: units_, estimatedUnitPrice: '10' }));
    expect(compute('retro-price', { steps }).result).toMatchObject({ revenue: ['50', '-20'] });
  });

  test('units done may be called delivered', () => {
    const change = { type: 'catch-up-units', original: { qty: '100', price: '10' }, added: { qty: '20', price: '4' } };
    // (1,000 + 80) / 120 = 9; 40 x (9 - 10) = -40.
    for (const said of [{ done: '40' }, { delivered: '40' }, { done: '40', delivered: '40.0' }]) {
      expect(compute('modification', { ...change, ...said }).result).toMatchObject({ adjustment: '-40' });
    }
    for (const said of [{}, { done: '40', delivered: '50' }]) {
      expect(compute('modification', { ...change, ...said }).error).toMatchObject({ code: 'INPUT_INVALID' });
    }
  });

  test('a price per unit needs no cost, and a discount of all leaves nothing', () => {
    expect(compute('expense-price', { cases: [{ method: 'per-unit', unitPrice: '7' }] }).result).toEqual({
      prices: ['7'],
    });
    expect(compute('invoice-totals', invoice({ discountPct: '100' })).result).toMatchObject({ payable: '0' });
  });
});
