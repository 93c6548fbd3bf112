import fc from 'fast-check';
import { sumDecimals, times } from '../../../domain/money/decimal.ts';
import {
  includedAmount,
  revenueAtRetroPrice,
  transactionPriceOf,
  type VariableElement,
} from '../../../domain/revenue/variable-consideration.ts';
import { code } from '../money/domain-error.ts';

function element(
  method: VariableElement['method'],
  outcomes: [probability: string, amount: string][],
  highlyProbableUpTo: string | null = null,
): VariableElement {
  return { method, outcomes: outcomes.map(([probability, amount]) => ({ probability, amount })), highlyProbableUpTo };
}

describe('variable consideration', () => {
  test('an incentive per day by expected value, an award by the most likely amount', () => {
    // 60 % of 0, 30 % of -10, 10 % of -20: -3 - 2 = -5; 150 at 70 %. Price 2,000 - 5 + 150.
    const price = transactionPriceOf(
      '2000',
      [
        element('expected', [
          ['0.6', '0'],
          ['0.3', '-10'],
          ['0.1', '-20'],
        ]),
        element('most-likely', [
          ['0.7', '150'],
          ['0.3', '0'],
        ]),
      ],
      null,
    );
    expect(price.elements.map((one) => one.value)).toEqual(['-5', '150']);
    expect([price.variable.value, price.transactionPrice.value]).toEqual(['145', '2145']);
  });

  test('each element is rounded, the sum is not again', () => {
    // 1/8 of 0.1 twice: 0.0125 rounds to 0.01 each; 0.02, not 0.025 rounded.
    const eighth = element('expected', [
      ['0.125', '0.1'],
      ['0.875', '0'],
    ]);
    const price = transactionPriceOf('1', [eighth, eighth], { mode: 'half-away-from-zero', scale: 2 });
    expect([price.variable.value, price.transactionPrice.value]).toEqual(['0.02', '1.02']);
  });

  test('counts only as far as it is highly probable to stay', () => {
    // Expected 80, but only 50 are safe; a penalty estimated at -5 counts as -20 when -20 may come.
    const bonus: [string, string][] = [
      ['0.8', '100'],
      ['0.2', '0'],
    ];
    expect(includedAmount(element('expected', bonus, '50'), null).value).toBe('50');
    expect(includedAmount(element('expected', bonus, '90'), null).value).toBe('80');
    expect(includedAmount(element('expected', bonus, '0'), null).derivation).toMatchObject({
      rule: 'estimate, up to what is highly probable',
      inputs: { estimate: '80', highlyProbableUpTo: '0' },
      parts: [{ rule: 'sum of amount x probability' }],
    });
    expect(includedAmount(element('expected', [['1', '-5']], '-20'), null).value).toBe('-20');
  });

  test('outcomes of one amount count together for the most likely', () => {
    // 0 at 30 % + 25 % beats 10 at 45 %.
    const some = element('most-likely', [
      ['0.3', '0'],
      ['0.45', '10'],
      ['0.25', '0.00'],
    ]);
    expect(includedAmount(some, null).value).toBe('0');
  });

  test('refuses a tie and probabilities that are none', () => {
    const refused = (method: VariableElement['method'], outcomes: [string, string][]) =>
      code(() => includedAmount(element(method, outcomes), null));
    expect(
      refused('most-likely', [
        ['0.5', '1'],
        ['0.5', '2'],
      ]),
    ).toBe('MOST_LIKELY_AMBIGUOUS');
    expect(refused('expected', [['0.9', '1']])).toBe('PROBABILITY_INVALID');
    expect(
      refused('expected', [
        ['1.5', '1'],
        ['-0.5', '2'],
      ]),
    ).toBe('PROBABILITY_INVALID');
    expect(refused('most-likely', [])).toBe('PROBABILITY_INVALID');
  });
});

describe('a price that later events change for units already delivered', () => {
  test('is caught up in both directions', () => {
    // 10 x 5 = 50; 30 x 4 = 120 to date; 30 x 4.5 = 135 to date without any new unit.
    const { revenue, cumulative } = revenueAtRetroPrice(
      [
        { units: '10', estimatedUnitPrice: '5' },
        { units: '20', estimatedUnitPrice: '4' },
        { units: '0', estimatedUnitPrice: '4.5' },
      ],
      null,
    );
    expect([...revenue.map((one) => one.value), cumulative.value]).toEqual(['50', '70', '15', '135']);
  });

  test('of no step is nothing, and a unit price that is none is refused', () => {
    expect(revenueAtRetroPrice([], null).cumulative.value).toBe('0');
    expect(code(() => revenueAtRetroPrice([{ units: '1', estimatedUnitPrice: 'x' }], null))).toBe('DECIMAL_INVALID');
  });

  test('revenue adds up to all units at the last estimate', () => {
    const steps = fc.array(fc.record({ units: fc.nat(1000), price: fc.nat(1000) }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(steps, (some) => {
        const { revenue } = revenueAtRetroPrice(
          some.map(({ units, price }) => ({ units: String(units), estimatedUnitPrice: String(price) })),
          null,
        );
        const units = String(some.reduce((sum, step) => sum + step.units, 0));
        expect(sumDecimals(revenue.map((one) => one.value))).toBe(times(units, String(some.at(-1)?.price ?? 0)));
      }),
    );
  });
});
