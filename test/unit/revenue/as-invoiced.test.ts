import fc from 'fast-check';
import { obstaclesToAsInvoiced } from '../../../domain/revenue/as-invoiced.ts';
import { addDays } from '../../../domain/time/plain-date.ts';
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

describe('whatever a contract pays', () => {
  const step = fc.record({ price: fc.integer({ min: 1, max: 500 }), explained: fc.boolean() });
  const steps = fc.array(step, { maxLength: 8 });
  const elements = fc.array(fc.integer({ min: -300, max: 300 }), { maxLength: 4 });
  const policy = fc.record({ stepPct: fc.nat(60), fixedPct: fc.nat(60) });
  const told = (
    rates: { price: number; explained: boolean }[],
    fixed: number[],
    total: number,
    pct: { stepPct: number; fixedPct: number },
    order: (terms: ReturnType<typeof rate>[]) => ReturnType<typeof rate>[] = (all) => all,
    factor = 1,
  ) => {
    const dated = rates.map(({ price, explained }, index) =>
      rate(addDays('2026-01-01', index), String(price * factor), explained),
    );
    const fixedElements = fixed.map((amount, index) => ({
      name: `f${String(index)}`,
      amount: String(amount * factor),
    }));
    const terms = { rates: order(dated), fixedElements, expectedTotal: String(total * factor) };
    const materiality = { stepPct: String(pct.stepPct), fixedPct: String(pct.fixedPct) };
    return obstaclesToAsInvoiced(terms, materiality).map((one) => one.code);
  };

  test('every step that is not explained and above the threshold blocks, and so do fixed elements above theirs', () => {
    fc.assert(
      fc.property(steps, elements, fc.integer({ min: 1, max: 5000 }), policy, (rates, fixed, total, pct) => {
        const material = rates.filter(({ price, explained }, index) => {
          const before = rates[index - 1]?.price;
          return before !== undefined && !explained && Math.abs(price - before) * 100 > before * pct.stepPct;
        });
        const paidAnyway = fixed.reduce((sum, amount) => sum + Math.abs(amount), 0);
        expect(told(rates, fixed, total, pct)).toEqual([
          ...material.map(() => 'RATE_STEP'),
          ...(paidAnyway * 100 > total * pct.fixedPct ? ['FIXED_ELEMENT'] : []),
        ]);
      }),
    );
  });

  test('neither the order in which rates are stated nor the size of the currency unit matters', () => {
    fc.assert(
      fc.property(steps, elements, fc.integer({ min: 1, max: 5000 }), policy, (rates, fixed, total, pct) => {
        const plain = told(rates, fixed, total, pct);
        expect(told(rates, fixed, total, pct, (all) => [...all].reverse())).toEqual(plain);
        expect(told(rates, fixed, total, pct, (all) => all, 1000)).toEqual(plain);
      }),
    );
  });
});
