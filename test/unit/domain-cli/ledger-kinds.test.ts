// The kinds of ledger and measures with keys and figures that no published file of ours uses.
import { answer } from '../../../apps/domain-cli/vector.ts';

function compute(kind: string, inputs: object, more: object = {}): unknown {
  const computed = answer(JSON.stringify({ id: 'x', kind, inputs, ...more }), 'x', { explain: true });
  if ('error' in computed) return computed.error.code;
  expect(Object.keys(computed.derivation ?? {})).toEqual(Object.keys(computed.result));
  return computed.result;
}

describe('the kind journal', () => {
  test('books a rebate expected (IFRS 15 Example 40), in units of no currency', () => {
    const sale = { id: 'ship', type: 'transfer', revenue: '12500', unconditional: '15000', refund: '2500' };
    expect(compute('journal', { events: [sale] }, { currency: 'CU' })).toEqual({
      entries: {
        ship: [
          ['receivable', '15000'],
          ['revenue', '-12500'],
          ['refund-liability', '-2500'],
        ],
      },
    });
  });

  test('a cancellable advance is nothing until it is paid; amounts have the digits of their currency', () => {
    const events = [
      { id: 'paid', type: 'receipt', amount: '10.125' },
      { id: 'done', type: 'transfer', revenue: '10.125' },
    ];
    expect(compute('journal', { events }, { currency: 'USD' })).toBe('AMOUNT_INVALID');
    // Dinars have three digits; units of no currency have up to four.
    expect(compute('journal', { events }, { currency: 'KWD' })).toEqual(compute('journal', { events }));
    const finer = [{ ...events[0], amount: '10.12345' }];
    expect(compute('journal', { events: finer })).toBe('AMOUNT_INVALID');
    expect(compute('journal', { events })).toEqual({
      entries: {
        paid: [
          ['cash', '10.125'],
          ['contract-liability', '-10.125'],
        ],
        done: [
          ['contract-liability', '10.125'],
          ['revenue', '-10.125'],
        ],
      },
    });
  });

  test('an invoice without tax and accrual has neither line; more than is accrued cannot be taken back', () => {
    const bill = { id: 'i', type: 'invoice', net: '100' };
    expect(compute('journal', { events: [bill] })).toEqual({
      entries: {
        i: [
          ['receivable', '100'],
          ['invoiced-revenue', '-100'],
        ],
      },
    });
    expect(compute('journal', { events: [{ ...bill, accrued: '1' }] })).toBe('EVENT_INVALID');
    expect(compute('journal', { events: [bill, bill] })).toBe('INPUT_INVALID');
    expect(compute('journal', { events: [{ ...bill, net: '0.00001' }] })).toBe('AMOUNT_INVALID');
  });
});

describe('the kind actuals-chain', () => {
  test('corrects what was invoiced before these events', () => {
    const inputs = { costRate: '100', billRate: '200', invoiced: '8' };
    expect(compute('actuals-chain', { ...inputs, events: [{ type: 'correct-invoiced', billable: '6' }] })).toEqual({
      entries: [
        ['billed', '-8', '-1600'],
        ['unbilled', '6', '1200'],
        ['unbilled', '2', '400'],
        ['unbilled', '-6', '-1200'],
        ['billed', '6', '1200'],
      ],
      balances: { cost: '800', unbilled: '400', 'unbilled-nonchargeable': '0', billed: '1200' },
    });
    expect(compute('actuals-chain', { costRate: '1', billRate: '1', events: [{ type: 'invoice' }] })).toBe(
      'INVOICE_EMPTY',
    );
  });
});

describe('the kind metric', () => {
  test('weighs a pipeline, and rounds what it is told to', () => {
    const deals = [
      { amount: '1000', probabilityPct: '25' },
      { amount: '10', probabilityPct: '33.33' },
    ];
    // 250 + 3.333, rounded by deal.
    expect(compute('metric', { metric: 'weighted-pipeline', deals }, { rounding: { scale: 2 } })).toEqual({
      weighted: ['250', '3.33'],
      value: '253.33',
    });
  });

  test('refuses a division by nothing and a metric that nobody knows', () => {
    const dso = { metric: 'dso', receivables: '1', creditSales: '0', days: 30 };
    expect(compute('metric', dso)).toBe('DIVISION_BY_ZERO');
    expect(compute('metric', { metric: 'nps' })).toBe('INPUT_INVALID');
    expect(compute('reconcile', { postings: ['5000', '-4500'] })).toEqual({ imbalance: '500', correction: '-500' });
  });
});
