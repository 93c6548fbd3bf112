import fc from 'fast-check';
import type { ContractLine } from '../../../domain/deal/contract.ts';
import { formatMoney, type Money, money, parseMoney, sumMoney, zero } from '../../../domain/money/money.ts';
import { type DeliveryFacts, recognise } from '../../../domain/revenue/recognise.ts';
import type { Month } from '../../../domain/time/period.ts';
import { addDays } from '../../../domain/time/plain-date.ts';
import { charge, fixedLine, retainerLine, timeLine } from '../billing/fixtures.ts';
import { code } from '../money/domain-error.ts';

const NOTHING: DeliveryFacts = { charges: [], work: [], acceptedMilestones: [], completed: false };

/** Recognises month after month, each with the facts known by then, and tells each month's amount. */
function months(
  line: ContractLine,
  facts: Record<Month, Partial<DeliveryFacts>>,
  rounding: 'half-even' | 'half-away-from-zero' = 'half-even',
) {
  let before = zero(line.value.currency);
  return Object.entries(facts).map(([month, known]) => {
    const { amount, cumulative } = recognise(line, month, { ...NOTHING, ...known }, before, rounding);
    before = cumulative;
    return formatMoney(amount);
  });
}

describe('time and materials, as invoiced', () => {
  test('approved work is revenue in its month; late work lands in the month that learns of it', () => {
    const january = charge('a', '2026-01-20', '1350');
    const february = charge('b', '2026-02-10', '95.50');
    const late = charge('c', '2026-01-30', '180');
    // January 1,350; February 95.50 + 180 approved late; work of March is not yet counted in February.
    expect(
      months(timeLine(), {
        '2026-01': { charges: [january, february] },
        '2026-02': { charges: [january, february, late, charge('d', '2026-03-01', '1')] },
      }),
    ).toEqual(['1,350.00 GBP', '275.50 GBP']);
  });

  test('above the not-to-exceed amount there is no revenue', () => {
    // 600 + 600 with a limit of 1,000: 600, then 400, in dinars.
    const line = timeLine('KWD', { ceiling: parseMoney('1000', 'KWD') });
    const [one, two] = [charge('a', '2026-01-20', '600', 'KWD'), charge('b', '2026-02-20', '600', 'KWD')];
    expect(months(line, { '2026-01': { charges: [one] }, '2026-02': { charges: [one, two] } })).toEqual([
      '600.000 KWD',
      '400.000 KWD',
    ]);
  });

  test('work that was approved by mistake is taken back', () => {
    const one = charge('a', '2026-01-20', '600');
    expect(months(timeLine(), { '2026-01': { charges: [one] }, '2026-02': { charges: [] } })).toEqual([
      '600.00 GBP',
      '-600.00 GBP',
    ]);
  });

  test('another currency is refused', () => {
    expect(
      code(() =>
        recognise(
          timeLine(),
          '2026-01',
          { ...NOTHING, charges: [charge('a', '2026-01-20', '1', 'EUR')] },
          zero('GBP'),
          'half-even',
        ),
      ),
    ).toBe('CURRENCY_MISMATCH');
  });
});

describe('fixed fee, by hours worked against hours sold', () => {
  const work = (...entries: [string, number][]) => ({
    work: entries.map(([workedOn, minutes]) => ({ workedOn, minutes })),
  });

  test('progress is minutes to date over minutes sold, and the price is recognised once, whatever the rounding', () => {
    // 100 h sold, 1,000.00: 20 h = 200.00; 50 h 20 min = 3,020 / 6,000 x 1,000 = 503.333.. = 503.33; completed: the
    // rest.
    expect(
      months(fixedLine(), {
        '2026-01': work(['2026-01-31', 1200], ['2026-02-01', 1820]),
        '2026-02': work(['2026-01-31', 1200], ['2026-02-01', 1820]),
        '2026-03': { ...work(['2026-01-31', 1200], ['2026-02-01', 1820]), completed: true },
      }),
    ).toEqual(['200.00 GBP', '303.33 GBP', '496.67 GBP']);
  });

  test('more hours than sold do not make more than the price', () => {
    // 7,500 of 6,000 minutes: the forecast is 7,500, progress 1.
    expect(months(fixedLine(), { '2026-01': work(['2026-01-31', 7500]) })).toEqual(['1,000.00 GBP']);
  });

  test('yen and dinars', () => {
    // 1,000 x 1,234 / 6,000 = 205.666..
    expect(months(fixedLine('JPY'), { '2026-01': work(['2026-01-31', 1234]) })).toEqual(['206 JPY']);
    expect(months(fixedLine('KWD'), { '2026-01': work(['2026-01-31', 1234]) })).toEqual(['205.667 KWD']);
  });

  test('hours taken back take revenue back', () => {
    expect(
      months(fixedLine(), { '2026-01': work(['2026-01-31', 1200]), '2026-02': work(['2026-01-31', 600]) }),
    ).toEqual(['200.00 GBP', '-100.00 GBP']);
  });

  test('where no hours were sold, accepted milestones measure progress', () => {
    const accepted = (...ids: [string, string][]) => ({
      acceptedMilestones: ids.map(([milestoneId, acceptedOn]) => ({ milestoneId, acceptedOn })),
    });
    expect(
      months(fixedLine('GBP', 0), {
        '2026-01': accepted(['m1', '2026-02-02']),
        '2026-02': {
          ...accepted(['m1', '2026-02-02'], ['m2', '2026-02-28'], ['other', '2026-02-28']),
          ...work(['2026-01-31', 1]),
        },
        '2026-03': { completed: true },
      }),
    ).toEqual(['0.00 GBP', '800.00 GBP', '200.00 GBP']);
  });

  test('a milestone of a third is its amount, not a rounded share', () => {
    // 333.33 of 1,000.00 reached, then 666.67 more.
    const line = fixedLine('GBP', 0);
    const [m1, m2] = ['333.33', '666.67'].map((amount, index) => ({
      milestoneId: `m${String(index + 1)}`,
      name: 'third',
      amount: parseMoney(amount, 'GBP'),
      dueOn: '2026-02-28',
    }));
    if (!m1 || !m2) throw new Error('two milestones were made');
    const thirds = { ...line, pricing: { ...line.pricing, milestones: [m1, m2] } };
    const first = { milestoneId: 'm1', acceptedOn: '2026-01-31' };
    expect(
      months(thirds, {
        '2026-01': { acceptedMilestones: [first] },
        '2026-02': { acceptedMilestones: [first, { milestoneId: 'm2', acceptedOn: '2026-02-01' }] },
      }),
    ).toEqual(['333.33 GBP', '666.67 GBP']);
  });

  test('without hours and milestones nothing is earned before everything is delivered', () => {
    const line = fixedLine('GBP', 0);
    const bare = { ...line, pricing: { ...line.pricing, milestones: [] } };
    expect(months(bare, { '2026-01': work(['2026-01-31', 60]), '2026-02': { completed: true } })).toEqual([
      '0.00 GBP',
      '1,000.00 GBP',
    ]);
  });

  test('more hours taken back than worked are refused', () => {
    expect(code(() => months(fixedLine(), { '2026-01': work(['2026-01-31', -1]) }))).toBe('PROGRESS_INVALID');
  });

  test('tells how the figure came about', () => {
    const { method, derivation } = recognise(
      fixedLine(),
      '2026-02',
      { ...NOTHING, ...work(['2026-01-31', 3020]) },
      parseMoney('200', 'GBP'),
      'half-even',
    );
    expect(method).toBe('hours-worked');
    expect(derivation).toEqual({
      rule: 'price x minutes to date / minutes expected',
      inputs: {
        price: '1000.00',
        minutesToDate: '3020',
        minutesSold: '6000',
        minutesExpected: '6000',
        recognisedBefore: '200.00',
      },
      exact: '503.3333333333333333333333333',
      rounding: { mode: 'half-even', scale: 2 },
    });
  });
});

describe('retainer, evenly over its months', () => {
  test('each month earns its fee, part months their days, and no month outside', () => {
    // 16/31 x 1,000 = 516.129.. = 516.13; 1,000; 10/31 x 1,000 = 322.58
    const line = retainerLine('1000', 'GBP', ['2026-01-16', '2026-03-10']);
    expect(months(line, { '2025-12': {}, '2026-01': {}, '2026-02': {}, '2026-03': {}, '2026-04': {} })).toEqual([
      '0.00 GBP',
      '516.13 GBP',
      '1,000.00 GBP',
      '322.58 GBP',
      '0.00 GBP',
    ]);
  });

  test('a month that was missed is caught up by the next', () => {
    const line = retainerLine('850000', 'JPY', ['2026-02-01', '2027-01-31'], 'arrears');
    expect(months(line, { '2026-03': {}, '2026-04': {} })).toEqual(['1,700,000 JPY', '850,000 JPY']);
  });
});

describe('recognition month after month', () => {
  test('of a fixed fee never drifts and ends at the price', () => {
    const entries = fc.array(fc.record({ day: fc.nat(89), minutes: fc.integer({ min: 1, max: 900 }) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        entries,
        fc.constantFrom('JPY', 'GBP', 'KWD'),
        (minor, some, currency) => {
          const line = { ...fixedLine(currency), value: money(minor, currency) };
          const work = some.map(({ day, minutes }) => ({ workedOn: addDays('2026-01-01', day), minutes }));
          const recognised: Money[] = [];
          for (const month of ['2026-01', '2026-02', '2026-03']) {
            const before = sumMoney(recognised, currency);
            const { amount, cumulative } = recognise(
              line,
              month,
              { ...NOTHING, work, completed: month === '2026-03' },
              before,
              'half-away-from-zero',
            );
            recognised.push(amount);
            expect(sumMoney(recognised, currency)).toEqual(cumulative);
            expect(cumulative.amountMinor).toBeLessThanOrEqual(minor);
          }
          expect(sumMoney(recognised, currency)).toEqual(line.value);
        },
      ),
    );
  });

  test('of the same month twice recognises nothing more', () => {
    const line = retainerLine('999.99', 'GBP', ['2026-01-16', '2026-03-10']);
    const { cumulative } = recognise(line, '2026-02', NOTHING, zero('GBP'), 'half-even');
    expect(recognise(line, '2026-02', NOTHING, cumulative, 'half-even').amount).toEqual(zero('GBP'));
  });
});
