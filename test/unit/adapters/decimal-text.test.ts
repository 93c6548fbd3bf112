// Numbers of vendors as text: exact, whatever their size and form.
import { exactNumber, parseJson, plainDecimal } from '../../../adapters/http/decimal-text.ts';

describe('numbers of an answer', () => {
  test('arrive digit for digit, also where a binary float would change them', () => {
    const text = '{"amount": 9007199254740993.125, "lines": [0.10, -2, 1.5E7], "ok": true, "none": null}';
    expect(parseJson(text)).toEqual({
      amount: '9007199254740993.125',
      lines: ['0.10', '-2', '1.5E7'],
      ok: true,
      none: null,
    });
  });

  test('inside texts and names stay what they are', () => {
    expect(parseJson('{"a1": "costs 12.50 or \\"13\\"", "path\\\\": 1}')).toEqual({
      a1: 'costs 12.50 or "13"',
      'path\\': '1',
    });
  });

  test('of an answer that was cut off are not read', () => {
    expect(() => parseJson('{"amount": 12')).toThrow(SyntaxError);
    expect(() => parseJson('<html>')).toThrow(SyntaxError);
  });
});

describe('a plain decimal', () => {
  test.each([
    ['1.02E7', '10200000'],
    ['10200000.0', '10200000'],
    ['1.25e-3', '0.00125'],
    ['12155.125', '12155.125'],
    ['007.50', '7.5'],
    ['-0.0', '0'],
    ['-1.50', '-1.5'],
    ['1E0', '1'],
    ['123e-5', '0.00123'],
  ])('%s is %s', (given, plain) => {
    expect(plainDecimal(given)).toBe(plain);
  });

  test('is refused for what is not a number', () => {
    for (const text of ['', 'abc', '1,5', '1.', 'NaN', '1e999']) expect(() => plainDecimal(text)).toThrow(TypeError);
  });
});

test('an amount becomes a JSON number only where it stays the same amount', () => {
  expect(exactNumber('12155.125')).toBe(12155.125);
  expect(exactNumber('94400.00')).toBe(94400);
  // 17 significant digits are more than a double holds.
  expect(() => exactNumber('90071992547409.931')).toThrow('more digits than a JSON number holds');
});
