// Inputs at the edge of the format: what was misread once, what no result could hold, and what is large.
import { answer } from '../../../apps/domain-cli/vector.ts';

const compute = (kind: string, inputs: unknown, more: object = {}) =>
  answer(JSON.stringify({ id: 'edge', kind, inputs, ...more }), 'edge', { explain: false }) as {
    result?: Record<string, unknown>;
    error?: { code: string };
  };

describe('inputs at the edge', () => {
  const entries = (after: unknown) => [
    { date: '2026-01-10', hours: '3' },
    { date: '2026-01-20', hours: '2', enteredAfterRun: after },
  ];
  const runs = [{ upTo: '2026-01-31' }, { upTo: '2026-02-28' }, { upTo: '2026-03-31' }];

  // Rate 20: 3 h are known at once = 60; 2 h = 40 in the first run after they were entered.
  test.each([
    [1, ['60', '40', '0']],
    ['1', ['60', '40', '0']],
    [true, ['60', '40', '0']],
    ['2026-01-31', ['60', '40', '0']],
    ['2026-02-05', ['60', '40', '0']],
    ['2026-03-05', ['60', '0', '40']],
    [null, ['100', '0', '0']],
  ])('work that was entered after %s is not billed before it is known', (after, invoices) => {
    expect(compute('tm-cutoff', { rate: '20', entries: entries(after), runs }).result).toMatchObject({ invoices });
  });

  test('a quarter has ninety days where every month has thirty', () => {
    const item = { amount: '300', start: '2026-01-01', end: '2026-02-01', basis: 'fixed-30' };
    const quarter = { ...item, periodStart: '2026-01-01', periodEnd: '2026-04-01' };
    expect(compute('proration', { items: [item, quarter] }).result).toMatchObject({ amounts: ['300', '100'] });
  });

  test.each([
    ['no period', {}],
    ['half a period', { periodStart: '2026-01-01' }],
    ['half a period of thirty-day months', { periodEnd: '2026-04-01', basis: 'fixed-30' }],
  ])('a part of %s has no share', (_, period) => {
    const item = { amount: '300', start: '2026-01-01', end: '2026-02-01', ...period };
    expect(compute('proration', { items: [item] })).toMatchObject({ error: { code: 'INPUT_INVALID' } });
  });

  test('a cut-off on the last of all dates defers nothing', () => {
    const span = { amount: '30', start: '2026-04-01', end: '2026-04-30' };
    expect(compute('cutoff', { ...span, cutoffs: ['9999-12-31'] }).result).toEqual({ deferred: ['0'] });
  });

  test('without a step, rounding and splitting go to the scale of the file', () => {
    // 1.005 and 2.675 to cents, to even; 100 in three parts of whole cents.
    const cents = { rounding: { mode: 'half-even', scale: 2 } };
    expect(compute('round', { values: ['1.005', '2.675'] }, cents).result).toMatchObject({ results: ['1', '2.68'] });
    const thirds = { cases: [{ total: '100', weights: ['1', '1', '1'] }] };
    expect(compute('allocate', thirds, cents).result).toEqual({ results: [['33.34', '33.33', '33.33']] });
    expect(compute('allocate', thirds).result).toEqual({ results: [['34', '33', '33']] });
  });

  test('a funder with a limit who paid nothing has a total of nothing', () => {
    const inputs = { limits: { a: '10', b: '10' }, rules: [{ a: '100' }, { b: '100' }], transactions: ['5'] };
    expect(compute('funding-waterfall', inputs).result).toMatchObject({ totals: { a: '5', b: '0' } });
  });

  test.each([
    [
      'an item that stands twice on a schedule',
      'schedule-invoice',
      {
        contractValue: '3',
        items: [
          { id: 'a', amount: '1' },
          { id: 'a', amount: '2' },
        ],
      },
      'BILLING_ITEM_DUPLICATE',
    ],
    [
      'a task that stands twice',
      'task-progress-invoice',
      {
        items: [
          { id: 'a', value: '1' },
          { id: 'a', value: '2' },
        ],
        steps: [],
      },
      'BILLING_ITEM_DUPLICATE',
    ],
    ['more digits than a quotient keeps', 'round', { values: ['12345678901234567890123456789.5'] }, 'INPUT_INVALID'],
    ['interest for ever', 'financing', { principal: '1', ratePct: '5', years: '999999999' }, 'FINANCING_INVALID'],
    [
      'a credit of more than the fee',
      'credit-note',
      { items: [{ fee: '100', fraction: '3/2', taxPct: '0' }] },
      'CREDIT_EXCEEDS_INVOICE',
    ],
    ['a tax below zero', 'credit-note', { items: [{ fee: '100', fraction: '1', taxPct: '-20' }] }, 'TAX_INVALID'],
  ])('%s is refused', (_, kind, inputs, code) => {
    expect(compute(kind, inputs)).toMatchObject({ error: { code } });
  });

  test('a name that no object can hold is refused, wherever it stands', () => {
    const text =
      '{"id":"edge","kind":"funding-waterfall","inputs":{"limits":{"__proto__":"1"},"rules":[],"transactions":[]}}';
    expect(answer(text, 'edge', { explain: false })).toMatchObject({ error: { code: 'INPUT_INVALID' } });
  });

  test('a byte order mark does no harm, and a long list is only long', () => {
    const weights = Array.from({ length: 150_000 }, () => '1');
    const file = { id: 'edge', kind: 'allocate', inputs: { cases: [{ total: '150000', weights }] } };
    const computed = answer(`\uFEFF${JSON.stringify(file)}`, 'edge', { explain: false });
    const parts = 'result' in computed ? (computed.result['results'] as string[][])[0] : [];
    expect([parts?.length, new Set(parts).size, parts?.[0]]).toEqual([150_000, 1, '1']);
  });
});
