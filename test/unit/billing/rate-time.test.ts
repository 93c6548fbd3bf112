import fc from 'fast-check';
import {
  type RatedExpense,
  type RatedTime,
  rateExpenses,
  ratesOf,
  rateTime,
} from '../../../domain/billing/rate-time.ts';
import { formatMoney, money, parseMoney } from '../../../domain/money/money.ts';
import { code } from '../money/domain-error.ts';
import { timeLine } from './fixtures.ts';

const entry = (minutes: number, workedOn = '2026-01-15', role = 'Principal') => {
  return { entryId: `${role}-${workedOn}`, workedOn, role, minutes, billable: true };
};

function priceOf(rated: RatedTime | RatedExpense | undefined): string {
  if (rated?.outcome === 'priced') return formatMoney(rated.charge.amount);
  return rated?.outcome === 'exception' ? rated.problem.code : (rated?.reason ?? 'nothing');
}

describe('the rate of a role', () => {
  const line = timeLine();
  const { rates } = line.pricing;

  test('is the latest one in force on the work date', () => {
    expect(ratesOf(line)('Principal', '2026-01-31')?.rate.value).toBe('180');
    expect(ratesOf(line)('Principal', '2026-02-01')?.rate.value).toBe('190');
    const reversed = timeLine('GBP', { rates: [...rates].reverse() });
    expect(ratesOf(reversed)('Principal', '2026-03-01')?.rate.value).toBe('190');
  });

  test('is none before the first, after the last day of one that ends, and for another role', () => {
    expect(ratesOf(line)('Principal', '2025-12-31')).toBeUndefined();
    expect(ratesOf(line)('Analyst', '2026-01-15')).toBeUndefined();
    const ended = timeLine('GBP', {
      rates: [{ role: 'Analyst', hourlyRate: '75', validFrom: '2026-01-01', validTo: '2026-01-31' }],
    });
    expect(ratesOf(ended)('Analyst', '2026-01-31')?.rate.value).toBe('75');
    expect(ratesOf(ended)('Analyst', '2026-02-01')).toBeUndefined();
  });

  test('is not guessed when there are two from the same day', () => {
    const twice = timeLine('GBP', { rates: [...rates, { ...rates[0]!, hourlyRate: '181' }] });
    expect(code(() => ratesOf(twice)('Principal', '2026-01-15'))).toBe('RATE_AMBIGUOUS');
    expect(code(() => rateTime([entry(60)], twice, 'half-even'))).toBe('RATE_AMBIGUOUS');
  });
});

describe('pricing of time', () => {
  test.each([
    // 450 min = 7.5 h x 180 = 1,350.00
    [entry(450), 'GBP', {}, '1,350.00 GBP'],
    // 450 min x 190 / 60 = 1,425.00: the work date decides, not the month of billing
    [entry(450, '2026-02-01'), 'GBP', {}, '1,425.00 GBP'],
    // 7 min x 95.50 / 60 = 11.141666.. = 11.14
    [entry(7, '2026-01-15', 'Consultant'), 'GBP', {}, '11.14 GBP'],
    // 50 min x 95.50 / 60 = 79.58333.. yen = 80
    [entry(50, '2026-01-15', 'Consultant'), 'JPY', {}, '80 JPY'],
    // 7 min x 95.50 / 60 = 11.1416666.. = 11.142 dinars
    [entry(7, '2026-01-15', 'Consultant'), 'KWD', {}, '11.142 KWD'],
  ])('%j in %s', (time, currency, changes, expected) => {
    expect(priceOf(rateTime([time], timeLine(currency, changes), 'half-away-from-zero')[0])).toBe(expected);
  });

  test('half a minor unit goes where the entity rounds it', () => {
    // 3 min x 0.90 / 60 = 0.045
    const rates = [{ role: 'Principal', hourlyRate: '0.90', validFrom: '2026-01-01', validTo: null }];
    expect(priceOf(rateTime([entry(3)], timeLine('GBP', { rates }), 'half-away-from-zero')[0])).toBe('0.05 GBP');
    expect(priceOf(rateTime([entry(3)], timeLine('GBP', { rates }), 'half-even')[0])).toBe('0.04 GBP');
  });

  test('carries the card, the version and the way to the amount', () => {
    const [rated] = rateTime([entry(7, '2026-01-15', 'Consultant')], timeLine(), 'half-even');
    expect(rated).toMatchObject({
      outcome: 'priced',
      charge: {
        derivation: {
          rule: 'minutes x hourly rate / 60',
          inputs: {
            minutes: '7',
            hourlyRate: '95.50',
            rateCardId: 'card-1',
            rateCardVersion: '3',
            rateValidFrom: '2026-01-01',
          },
          exact: '11.14166666666666666666666667',
          rounding: { mode: 'half-even', scale: 2 },
        },
      },
    });
  });

  test('a missing rate is an exception in words, never a price of zero', () => {
    expect(rateTime([entry(60, '2026-01-15', 'Analyst')], timeLine(), 'half-even')[0]).toEqual({
      outcome: 'exception',
      entryId: 'Analyst-2026-01-15',
      problem: {
        code: 'RATE_MISSING',
        message: 'no rate for role "Analyst" on 2026-01-15 in rate card card-1 of line "Review"',
      },
    });
  });

  test('work outside the line and impossible minutes are exceptions, unbillable work is left out with a reason', () => {
    const entries = [
      entry(60, '2026-04-01'),
      entry(60, '2025-12-31'),
      entry(0),
      entry(-60),
      entry(1.5),
      { ...entry(60), billable: false },
    ];
    expect(rateTime(entries, timeLine(), 'half-even').map(priceOf)).toEqual([
      'OUTSIDE_CONTRACT',
      'OUTSIDE_CONTRACT',
      'QUANTITY_INVALID',
      'QUANTITY_INVALID',
      'QUANTITY_INVALID',
      'marked as not billable in the PSA',
    ]);
  });

  test('every entry that goes in comes out once, in its place', () => {
    const some = fc.record({
      entryId: fc.uuid(),
      workedOn: fc.constantFrom('2025-12-31', '2026-01-01', '2026-02-14', '2026-04-01'),
      role: fc.constantFrom('Principal', 'Consultant', 'Analyst'),
      minutes: fc.integer({ min: -10, max: 900 }),
      billable: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(some), (entries) => {
        const rated = rateTime(entries, timeLine(), 'half-even');
        expect(rated.map((one) => one.entryId)).toEqual(entries.map((one) => one.entryId));
        for (const one of rated) if (one.outcome === 'priced') expect(one.charge.amount.amountMinor).toBeGreaterThan(0);
      }),
    );
  });
});

describe('pricing of expenses', () => {
  const expense = (cost: string, currency = 'GBP') => {
    return {
      entryId: 'e',
      incurredOn: '2026-01-15',
      category: 'Travel',
      cost: parseMoney(cost, currency),
      billable: true,
    };
  };

  test.each([
    // 123.45 x 1.05 = 129.6225 = 129.62
    ['123.45', 'GBP', '5', '129.62 GBP'],
    // 12,345 x 1.075 = 13,270.875 yen = 13,271
    ['12345', 'JPY', '7.5', '13,271 JPY'],
    // 10.001 x 1.05 = 10.50105 dinars = 10.501
    ['10.001', 'KWD', '5', '10.501 KWD'],
    ['50.00', 'GBP', '0', '50.00 GBP'],
  ])('%s %s with a mark-up of %s %%', (cost, currency, expenseMarkupPercent, expected) => {
    const line = timeLine(currency, { expenseMarkupPercent });
    expect(priceOf(rateExpenses([expense(cost, currency)], line, 'half-away-from-zero')[0])).toBe(expected);
  });

  test('another currency, nothing spent, and a date outside the line are exceptions', () => {
    const expenses = [
      expense('1', 'EUR'),
      expense('0'),
      { ...expense('1'), incurredOn: '2026-04-01' },
      { ...expense('1'), billable: false },
    ];
    expect(rateExpenses(expenses, timeLine(), 'half-even').map(priceOf)).toEqual([
      'CURRENCY_MISMATCH',
      'QUANTITY_INVALID',
      'OUTSIDE_CONTRACT',
      'marked as not billable in the PSA',
    ]);
    expect(rateExpenses([{ ...expense('1'), cost: money(-1, 'GBP') }], timeLine(), 'half-even').map(priceOf)).toEqual([
      'QUANTITY_INVALID',
    ]);
  });
});
