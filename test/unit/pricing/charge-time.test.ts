import fc from 'fast-check';
import { parseFraction } from '../../../domain/money/fraction.ts';
import { plus } from '../../../domain/money/decimal.ts';
import type { RateCard } from '../../../domain/pricing/rate-card.ts';
import { chargeApproved, chargeForTime, hourlyRate } from '../../../domain/pricing/charge-time.ts';
import { resolveRate } from '../../../domain/pricing/resolve-rate.ts';
import { code } from '../money/domain-error.ts';
import { card, line, perHour, work } from './cards.ts';

const cents = { mode: 'half-away-from-zero', scale: 2 } as const;
const rateOf = (rate: string, unit = 'hour', hoursPerUnit: RateCard['hoursPerUnit'] = { day: '7.5' }) =>
  resolveRate(
    [card('c', [line('l', { price: { by: 'rate', unit, rate, markupPercent: '0' } })], { hoursPerUnit })],
    work(),
  );
const worked = (quantity: string, unit = 'hour') => ({ quantity: parseFraction(quantity), unit });

describe('a charge for time', () => {
  test.each([
    // 7.5 h x 133.335 = 1,000.0125 = 1,000.01
    ['7.5', 'hour', '133.335', 'hour', '1000.01'],
    // 7 minutes: 7/60 x 95.50 = 11.141666.. = 11.14
    ['7/60', 'hour', '95.50', 'hour', '11.14'],
    // 5 h at 800 a day of 7.5 h: 5 x 800 / 7.5 = 533.333.. = 533.33
    ['5', 'hour', '800', 'day', '533.33'],
    // 7.5 h at 1,000 a day of 7.5 h is 1,000.00, though 1,000 / 7.5 does not end
    ['7.5', 'hour', '1000', 'day', '1000'],
    // 1.5 days of 7.5 h at 100 an hour: 11.25 x 100 = 1,125.00
    ['1.5', 'day', '100', 'hour', '1125'],
    ['0.5', 'day', '801', 'day', '400.5'],
  ])('%s %s at %s a %s is %s', (quantity, unit, rate, rateUnit, expected) => {
    expect(chargeForTime(worked(quantity, unit), rateOf(rate, rateUnit), cents).value).toBe(expected);
  });

  test('explains itself down to the card', () => {
    const { derivation } = chargeForTime(worked('5'), rateOf('800', 'day'), cents);
    expect(derivation).toMatchObject({
      rule: 'quantity x hours of its unit x rate / hours of the rate unit',
      inputs: { quantity: '5', unit: 'hour', rate: '800', rateUnit: 'day', hours: '1', rateHours: '7.5' },
      exact: '533.3333333333333333333333333',
      parts: [{ inputs: { cardId: 'c', cardVersion: '1', lineId: 'l', effectiveFrom: '2026-01-01' } }],
    });
  });

  test('negative time and a unit without declared hours are refused', () => {
    expect(code(() => chargeForTime(worked('-1'), rateOf('100'), cents))).toBe('QUANTITY_INVALID');
    expect(code(() => chargeForTime(worked('1'), rateOf('100', 'week'), cents))).toBe('UNIT_UNKNOWN');
    expect(code(() => chargeForTime(worked('1'), rateOf('100', 'day', { day: '0' }), cents))).toBe('UNIT_UNKNOWN');
    expect(code(() => chargeForTime(worked('1', 'toString'), rateOf('100'), cents))).toBe('UNIT_UNKNOWN');
  });

  test('an hourly rate is a day rate by the hours of the day', () => {
    // 800 / 8 = 100; 1,000 / 7.5 = 133.333.. = 133.33
    expect(hourlyRate('800', '8', null).value).toBe('100');
    expect(hourlyRate('1000', '7.5', cents).value).toBe('133.33');
    expect(code(() => hourlyRate('800', '0', null))).toBe('UNIT_UNKNOWN');
  });
});

describe('time approved below what was submitted', () => {
  test('gives a billable and a non-billable part at the same rate', () => {
    // B48: 8 h submitted, 6 billable at 200: 1,200 and 400
    const { billable, nonBillable } = chargeApproved(
      { submitted: '8', billable: '6', unit: 'hour' },
      rateOf('200'),
      cents,
    );
    expect([billable.quantity, billable.charge.value]).toEqual(['6', '1200']);
    expect([nonBillable.quantity, nonBillable.charge.value]).toEqual(['2', '400']);
    // 7.75 h of which nothing is billable: 0 and 7.75 x 200 = 1,550
    const none = chargeApproved({ submitted: '7.75', billable: '0', unit: 'hour' }, rateOf('200'), cents);
    expect([none.billable.charge.value, none.nonBillable.charge.value]).toEqual(['0', '1550']);
  });

  test('more than was submitted, or less than nothing, is refused', () => {
    for (const billable of ['8.01', '-1']) {
      const approved = { submitted: '8', billable, unit: 'hour' };
      expect(code(() => chargeApproved(approved, rateOf('200'), cents))).toBe('QUANTITY_INVALID');
    }
  });

  test('the parts sum to what was submitted', () => {
    const quarters = fc.integer({ min: 0, max: 96 });
    fc.assert(
      fc.property(quarters, quarters, (a, b) => {
        const [submitted, billable] = [Math.max(a, b) / 4, Math.min(a, b) / 4].map(String);
        const parts = chargeApproved(
          { submitted: submitted ?? '', billable: billable ?? '', unit: 'hour' },
          resolveRate([card('c', [line('l', { price: perHour('61.5') })])], work()),
          cents,
        );
        expect(plus(parts.billable.quantity, parts.nonBillable.quantity)).toBe(submitted);
      }),
    );
  });
});
