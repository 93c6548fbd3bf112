// Which way a modification goes follows from three judgements; the whole table.
import { classify, classOfChange } from '../../../domain/change/classify.ts';

const judged = (addsDistinct: boolean, atStandAlonePrice: boolean, remainingDistinct: boolean) =>
  classify({ addsDistinct, atStandAlonePrice, remainingDistinct });

test.each([
  // Added and distinct, at its price alone: nothing else matters (Example 5 Case A).
  [true, true, true, 'separate', '20'],
  [true, true, false, 'separate', '20'],
  // Added below its price (Example 5 Case B, Example 7), or only repriced.
  [true, false, true, 'prospective', '21(a)'],
  [false, false, true, 'prospective', '21(a)'],
  [false, true, true, 'prospective', '21(a)'],
  // One with what was delivered (Example 8).
  [true, false, false, 'catch-up', '21(b)'],
  [false, false, false, 'catch-up', '21(b)'],
  [false, true, false, 'catch-up', '21(b)'],
])('adds distinct %s, at stand-alone price %s, rest distinct %s: %s', (adds, at, rest, expected, paragraph) => {
  expect(judged(adds, at, rest)).toMatchObject({ class: expected, paragraph });
});

test('the reason names what decided', () => {
  expect(judged(true, false, false).reason).toBe(
    'what is added is not at its stand-alone price; what is left is one with what was delivered',
  );
});

test('a change is mixed when its obligations go different ways', () => {
  expect(classOfChange([])).toBeNull();
  expect(classOfChange(['prospective', 'prospective'])).toBe('prospective');
  expect(classOfChange(['prospective', 'catch-up'])).toBe('mixed');
});
