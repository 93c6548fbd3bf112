// The kinds of modification with keys and figures that no published file of ours uses.
import { answer } from '../../../apps/domain-cli/vector.ts';

function compute(kind: string, inputs: object, rounding?: object): unknown {
  const file = JSON.stringify({ id: 'x', kind, inputs, ...(rounding ? { rounding } : {}) });
  const computed = answer(file, 'x', { explain: true });
  if ('error' in computed) return computed.error.code;
  expect(Object.keys(computed.derivation ?? {})).toEqual(Object.keys(computed.result));
  return computed.result;
}

const cents = { mode: 'half-up', scale: 2 };
const original = { qty: '120', price: '100' };

test('catch-up-units blends all units and re-prices those done', () => {
  // (120 x 100 + 30 x 80) / 150 = 96; 60 x -4.
  const inputs = { type: 'catch-up-units', original, added: { qty: '30', price: '80' }, done: '60' };
  expect(compute('modification', inputs, cents)).toMatchObject({ blendedPrice: '96', adjustment: '-240' });
  expect(compute('modification', { ...inputs, done: '151' })).toBe('MODIFICATION_INVALID');
  expect(compute('modification', { ...inputs, done: undefined })).toBe('INPUT_INVALID');
});

test('prospective-units from what is left, or from the promise and what is delivered', () => {
  // 60 x 100 + 30 x 80 = 8,400 / 90.
  const added = { qty: '30', price: '80' };
  const expected = {
    remainingConsideration: '8400',
    remainingQty: '90',
    unitRevenue: '93.33',
    revenueReductionNow: '0',
  };
  const type = 'prospective-units';
  expect(compute('modification', { type, remaining: { qty: '60', price: '100' }, added }, cents)).toEqual(expected);
  expect(compute('modification', { type, original, delivered: '60', added, unit: 'CU' }, cents)).toEqual(expected);
  expect(compute('modification', { type, added })).toBe('INPUT_INVALID');
});

test('the other types refuse what they cannot use', () => {
  expect(compute('modification', { type: 'prospective-time', remainingConsideration: ['1'], periods: '0' })).toBe(
    'INPUT_INVALID',
  );
  expect(compute('modification', { type: 'separate', original, delivered: '121' })).toBe('MODIFICATION_INVALID');
  const costs = { transactionPrice: '1', costToDate: '1', totalCost: '0' };
  expect(compute('modification', { type: 'catch-up-progress', before: costs, after: costs })).toBe('INPUT_INVALID');
  expect(compute('modification', { type: 'mixed' })).toBe('INPUT_INVALID');
  expect(compute('modification', { type: 'separate', orginal: original, original })).toBe('INPUT_INVALID');
});

test('rerate rounds each line', () => {
  // 10 x 1/3 = 3.33, twice; nothing revised.
  const line = { id: 'a', price: '10', fraction: '1/3' };
  expect(compute('rerate', { billed: [line, { ...line, id: 'b' }], revised: [] }, cents)).toEqual({
    billedTotal: '6.66',
    revisedTotal: '0',
    net: '-6.66',
  });
  expect(compute('rerate', { billed: [{ ...line, fraction: '1/0' }], revised: [] })).toBe('INPUT_INVALID');
});
