import fc from 'fast-check';
import { applyAdvance, refundAdvance, requestAdvance, unusedAdvance } from '../../../domain/billing/advance.ts';
import { holdback } from '../../../domain/billing/holdback.ts';
import { compareDecimals, minus, sumDecimals } from '../../../domain/money/decimal.ts';
import { code } from '../money/domain-error.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;

describe('advances', () => {
  test('each line is rounded by itself, and a grown order asks for the difference', () => {
    const lines = [
      { amount: '333.33', percent: '25' },
      { amount: '333.33', percent: '25' },
    ];
    // 333.33 x 25 % = 83.3325 -> 83.33, twice: 166.66 (rounded once it would be 166.67)
    const first = requestAdvance(lines, '0', cents);
    expect([first.advance.value, first.toInvoice.value, first.final.value]).toEqual(['166.66', '166.66', '500']);
    const grown = requestAdvance([...lines, { amount: '100', percent: '25' }], '166.66', cents);
    // 166.66 + 25.00 = 191.66; of 766.66 the final invoice asks 575.00
    expect([grown.advance.value, grown.toInvoice.value, grown.final.value]).toEqual(['191.66', '25', '575']);
    // The order shrinks to one line: 83.33 - 191.66 goes back.
    expect(requestAdvance(lines.slice(0, 1), '191.66', cents).toInvoice.value).toBe('-108.33');
  });

  test('invoices use it up by percent or fully, never beyond what is left', () => {
    const received = { received: '500', applied: '0', refunded: '0' };
    const first = applyAdvance('800', received, '40', cents); // 320
    expect(first.applied.value).toBe('320');
    const second = applyAdvance('800', first.balance, '40', cents); // 320 wanted, 180 left
    expect(second.applied.value).toBe('180');
    expect(applyAdvance('800', second.balance, '100', cents).applied.value).toBe('0');
    expect(applyAdvance('120', received, '100', cents).applied.value).toBe('120');
  });

  test('what is left of a cancelled contract goes back, and not more', () => {
    const balance = { received: '500', applied: '320', refunded: '100' };
    expect(code(() => refundAdvance(balance, '80.01'))).toBe('ADVANCE_EXCEEDED');
    expect(refundAdvance(balance)).toEqual({ received: '500', applied: '320', refunded: '180' });
    expect(unusedAdvance(refundAdvance(balance))).toBe('0');
  });

  test('impossible percentages and negative invoices are refused', () => {
    const none = { received: '0', applied: '0', refunded: '0' };
    expect(code(() => requestAdvance([{ amount: '1', percent: '101' }], '0', cents))).toBe('ADVANCE_INVALID');
    expect(code(() => applyAdvance('-1', none, '10', cents))).toBe('ADVANCE_INVALID');
    expect(code(() => applyAdvance('1', none, '-1', cents))).toBe('ADVANCE_INVALID');
  });
});

describe('holdback', () => {
  test('ten percent kept back, half released with the second bill, all with the last', () => {
    const { bills, totalNet } = holdback(
      [
        { gross: '1000', retainPercent: '10', releasePercent: '0' },
        { gross: '500', retainPercent: '10', releasePercent: '50' },
        { gross: '0', retainPercent: '0', releasePercent: '100' },
      ],
      cents,
    );
    // 1000 - 100 = 900; 500 - 50 + 50 = 500; 0 + (100 - 50 + 50) = 100
    expect(bills.map(({ net }) => net.value)).toEqual(['900', '500', '100']);
    expect(bills.map(({ balance }) => balance)).toEqual(['100', '100', '0']);
    expect(totalNet.value).toBe('1500');
  });

  test('the release acts on what was held before the bill, earlier bills included', () => {
    const { bills } = holdback([{ gross: '100', retainPercent: '20', releasePercent: '100' }], cents, '33.33');
    // 100 - 20 + 33.33
    expect(bills[0]).toMatchObject({ net: { value: '113.33' }, balance: '20' });
  });

  test('impossible percentages and negative bills are refused', () => {
    const phase = { gross: '1', retainPercent: '0', releasePercent: '0' };
    expect(code(() => holdback([{ ...phase, retainPercent: '-1' }], cents))).toBe('HOLDBACK_INVALID');
    expect(code(() => holdback([{ ...phase, releasePercent: '100.5' }], cents))).toBe('HOLDBACK_INVALID');
    expect(code(() => holdback([{ ...phase, gross: '-1' }], cents))).toBe('HOLDBACK_INVALID');
  });

  test('after a full release the customer has paid what was billed, to the cent', () => {
    const amount = fc.integer({ min: 0, max: 1_000_000 }).map((minor) => (minor / 100).toFixed(2));
    const percent = fc.integer({ min: 0, max: 1_000 }).map((tenths) => (tenths / 10).toFixed(1));
    const phase = fc.record({ gross: amount, retainPercent: percent, releasePercent: percent });
    fc.assert(
      fc.property(fc.array(phase, { maxLength: 8 }), (phases) => {
        const last = { gross: '0', retainPercent: '0', releasePercent: '100' };
        const { bills, totalNet } = holdback([...phases, last], cents);
        expect(compareDecimals(totalNet.value, sumDecimals(phases.map(({ gross }) => gross)))).toBe(0);
        expect(bills.at(-1)?.balance ?? '0').toBe('0');
        expect(bills.every(({ balance }) => compareDecimals(minus(balance, '0'), '0') >= 0)).toBe(true);
      }),
    );
  });
});
