// Which way a modification goes follows from three judgements; the whole table.
import fc from 'fast-check';
import { classify, classOfChange, type ModificationClass } from '../../../domain/change/classify.ts';

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

test('every obligation goes one of three ways, and only a judgement that decides can change which', () => {
  const judgements = fc.record({
    addsDistinct: fc.boolean(),
    atStandAlonePrice: fc.boolean(),
    remainingDistinct: fc.boolean(),
  });
  fc.assert(
    fc.property(judgements, (one) => {
      const { class: found, paragraph, reason } = classify(one);
      expect(paragraph).toBe({ separate: '20', prospective: '21(a)', 'catch-up': '21(b)' }[found]);
      expect(reason).not.toBe('');
      const other = (change: Partial<typeof one>) => classify({ ...one, ...change }).class;
      // What is left to deliver decides unless it is a contract of its own; the price unless nothing distinct is added.
      const isLeftDecisive = other({ remainingDistinct: !one.remainingDistinct }) !== found;
      expect(isLeftDecisive).toBe(found !== 'separate');
      const isPriceDecisive = other({ atStandAlonePrice: !one.atStandAlonePrice }) !== found;
      expect(isPriceDecisive).toBe(one.addsDistinct);
    }),
  );
});

test('a change is of the class that all its obligations have, however many and in whatever order', () => {
  const classes = fc.array(fc.constantFrom<ModificationClass[]>('separate', 'prospective', 'catch-up'), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(classes, (all) => {
      const kinds = new Set(all);
      const expected = kinds.size === 0 ? null : kinds.size === 1 ? all[0] : 'mixed';
      expect(classOfChange(all)).toBe(expected);
      expect(classOfChange([...all].reverse())).toBe(expected);
      expect(classOfChange([...all, ...all])).toBe(expected);
    }),
  );
});
