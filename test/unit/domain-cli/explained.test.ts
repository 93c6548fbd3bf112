// Figures deep inside a result explain themselves: the same path, the rule, what went in, and the rounding done.
// That every number of every published example does is asserted in vectors.test.ts.
import { answer } from '../../../apps/domain-cli/vector.ts';
import { unexplained } from './unexplained.ts';

interface Line {
  result: Record<string, unknown>;
  derivation: Record<string, unknown>;
}

function explained(kind: string, inputs: object, more: object = {}): Line {
  const line = answer(JSON.stringify({ id: 'why', kind, inputs, ...more }), 'why', { explain: true });
  if ('error' in line) throw new Error(`${line.error.code}: ${line.error.message}`);
  const { result, derivation = {} } = line;
  expect(unexplained(result, derivation)).toEqual([]);
  return { result, derivation };
}

const cents = { rounding: { mode: 'half-up', scale: 2 } };

describe('the explanation of a figure', () => {
  test('names how it was rounded: to a step, to digits, as a part of a sum', () => {
    const step = explained('round', { step: '0.05', cases: [{ mode: 'half-up', values: ['1.12'] }] });
    expect(step.derivation).toMatchObject({
      results: [[{ value: '1.1', exact: '1.12', rounding: { mode: 'half-away-from-zero', step: '0.05' } }]],
    });
    const digits = { amount: '2', fromRate: '3', toRate: '1', round: false, digits: 3 };
    expect(explained('fx-convert', { cases: [digits] }).derivation).toMatchObject({
      results: [{ value: '0.667', rounding: { mode: 'half-even', digits: 3 } }],
    });
    // 100 / 3 = 33.33..: the first of three equal remainders gets the unit.
    expect(explained('allocate', { cases: [{ total: '100', weights: ['1', '1', '1'] }] }).derivation).toMatchObject({
      results: [
        [
          { value: '34', inputs: { weight: '1', sum: '3' }, rounding: { mode: 'largest-remainder', step: '1' } },
          {},
          {},
        ],
      ],
    });
  });

  test('stands where the figure stands, by payer, by contract and by entry', () => {
    const shares = { limits: { a: '60', b: '500' }, rules: [{ a: '50', b: '50' }], transactions: ['200', '10'] };
    // a's 60 allow 120 of 200; 80 are left, and all of the next bill.
    expect(explained('funding-waterfall', shares, cents).derivation).toMatchObject({
      funded: [{ a: { value: '60', parts: [{ rule: 'all that the limit leaves' }] }, b: { value: '60' } }, {}],
      totals: { a: { value: '60' }, b: { value: '60' } },
      unfunded: [{ value: '80', rule: 'amount - what the funders pay' }, { value: '10' }],
    });
    const events = [
      { id: 'paid', type: 'receipt', amount: '30' },
      { id: 'done', type: 'transfer', revenue: '50' },
    ];
    expect(explained('journal', { events }, { currency: 'EUR' }).derivation).toMatchObject({
      entries: {
        done: [
          [null, { value: '30', inputs: { event: 'done', revenue: '50', contractLiabilityBefore: '30.00' } }],
          [null, { value: '20' }],
          [null, { value: '-50' }],
        ],
      },
    });
    const chain = { billRate: '10', events: [{ type: 'approve', submitted: '8', billable: '6' }] };
    expect(explained('actuals-chain', chain).derivation).toMatchObject({
      entries: [
        [null, { value: '8' }, { value: '0' }],
        [null, { value: '6' }, { value: '60' }],
        [null, { value: '2' }, { value: '20' }],
      ],
    });
  });

  test('is told for dates and counts too', () => {
    const ends = explained('period-end', { cases: [{ align: 'start', start: '2026-01-31', months: 1 }] });
    expect(ends.derivation).toMatchObject({ ends: [{ value: '2026-02-27', inputs: { months: '1', align: 'start' } }] });
    expect(explained('minor-units', { codes: ['KWD'] }).derivation).toMatchObject({ digits: { KWD: { value: 3 } } });
  });

  test('names of the file that look like a derivation are names', () => {
    const obligations = [
      { id: 'value', ssp: '3' },
      { id: 'derivation', ssp: '1' },
    ];
    const { result } = explained('ssp-allocation', { transactionPrice: '4', obligations }, cents);
    expect(result).toEqual({ allocation: { value: '3', derivation: '1' } });
  });

  test('exact shares of a price that never ends say what they took of the rest', () => {
    const obligations = ['a', 'b', 'c'].map((id) => ({ id, ssp: '1' }));
    explained('ssp-allocation', { transactionPrice: '1', obligations });
    const fees = ['1', '1', '1'].map((amount) => ({ amount, taxPct: '20' }));
    explained('discount-tax', { discount: '1', fees }, cents);
    const lines = [{ contractValue: '100', actualCost: '1', budgetCost: '3' }];
    expect(explained('progress-invoice', { lines, roundTo: '5', previouslyInvoiced: '10' }).derivation).toMatchObject({
      // 100 x 1 / 3 = 33.33.., to fives 35, less 10.
      invoice: { value: '25', parts: [{ rounding: { step: '5' } }] },
    });
  });
});
