import { addFractions, formatFraction, parseFraction, shareOf } from '../../../domain/money/fraction.ts';
import { code } from './domain-error.ts';

describe('shares that no decimal holds', () => {
  test('are summed exactly and meet the amount last', () => {
    // 14/28 + 31/31 = 1.5
    expect(shareOf('100', addFractions(parseFraction('14/28'), parseFraction('31/31')))).toBe('150');
    // 1/3 of 100 three times over is 100 again, not 99.99...
    const thirds = ['1/3', '1/3', '1/3'].map(parseFraction).reduce(addFractions);
    expect(shareOf('100', thirds)).toBe('100');
    expect(shareOf('200', parseFraction('29/30'))).toBe('193.3333333333333333333333333');
  });

  test('are written as they are read', () => {
    for (const text of ['29/30', '0.5', '1']) expect(formatFraction(parseFraction(text))).toBe(text);
  });

  test('what is no share is refused', () => {
    for (const text of ['1/0', '1/-2', '/3', '1/2/3', 'a'])
      expect(code(() => parseFraction(text))).toBe('FRACTION_INVALID');
  });
});
