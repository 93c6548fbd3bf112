import { obstaclesToAsInvoiced } from '../../../domain/revenue/as-invoiced.ts';
import { code } from '../money/domain-error.ts';

const POLICY = { stepPct: '5', fixedPct: '10' };
const rate = (from: string, unitPrice: string, explained = false) => ({ from, unitPrice, explained });

describe('recognising as invoiced', () => {
  test('is open to time and materials at one rate, and with small steps or small fixed amounts', () => {
    const terms = { rates: [rate('2026-01-01', '100')], fixedElements: [], expectedTotal: '5000' };
    expect(obstaclesToAsInvoiced(terms, POLICY)).toEqual([]);
    // 100 to 105 is 5 %, 500 of 5,000 is 10 %: material is more than that.
    const small = {
      rates: [rate('2027-01-01', '105'), rate('2026-01-01', '100')],
      fixedElements: [{ name: 'set-up', amount: '500' }],
      expectedTotal: '5000',
    };
    expect(obstaclesToAsInvoiced(small, POLICY)).toEqual([]);
  });

  test('is blocked by a step that no value explains, up or down, and by what is paid whatever is delivered', () => {
    const terms = {
      rates: [rate('2026-01-01', '100'), rate('2026-07-01', '80'), rate('2027-01-01', '100', true)],
      fixedElements: [
        { name: 'set-up', amount: '400' },
        { name: 'rebate', amount: '-200' },
      ],
      expectedTotal: '5000',
    };
    expect(obstaclesToAsInvoiced(terms, POLICY)).toEqual([
      { code: 'RATE_STEP', message: 'the rate steps from 100 to 80 on 2026-07-01 without more value' },
      // 400 + 200 of 5,000 = 12 %.
      { code: 'FIXED_ELEMENT', message: '600 of 5000 do not follow delivery: set-up, rebate' },
    ]);
  });

  test('refuses a rate that is no number', () => {
    const terms = { rates: [rate('2026-01-01', '1'), rate('2026-02-01', 'x')], fixedElements: [], expectedTotal: '1' };
    expect(code(() => obstaclesToAsInvoiced(terms, POLICY))).toBe('DECIMAL_INVALID');
  });
});
