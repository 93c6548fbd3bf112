/**
 * Numbers of vendors as decimal text. A JSON number read by JSON.parse passes through a binary float; amounts may not,
 * so every number of an answer is kept as the text the vendor wrote, and every amount we send is checked to survive
 * being a JSON number.
 */

/** A string literal, kept as it is, or a number literal, which becomes a string. */
const LITERALS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/;

/** Parses JSON with each number as its own text: `{"amount": 12.50}` gives `{amount: '12.50'}`. @throws SyntaxError */
export function parseJson(text: string): unknown {
  return JSON.parse(text.replace(LITERALS, (literal) => (literal.startsWith('"') ? literal : `"${literal}"`)));
}

/**
 * The same number without exponent, leading or trailing zeros: '1.02E7' and '10200000.0' are '10200000' (Salesforce
 * writes both).
 * @throws TypeError when the text is not a decimal number
 */
export function plainDecimal(text: string): string {
  const match = DECIMAL.exec(text.trim());
  if (!match) throw new TypeError(`"${text}" is not a decimal number`);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent);
  const digits = shift < 0 ? '0'.repeat(-shift) + whole + fraction : whole + fraction + '0'.repeat(shift);
  const point = shift < 0 ? whole.length : whole.length + shift;
  const integer = digits.slice(0, point).replace(/^0+(?=\d)/, '');
  const rest = digits.slice(point).replace(/0+$/, '');
  const plain = rest === '' ? integer : `${integer}.${rest}`;
  return plain === '0' ? '0' : sign + plain;
}

/**
 * The decimal as a JSON number.
 * @throws TypeError when a JSON number would not hold it digit for digit
 */
export function exactNumber(decimal: string): number {
  const value = Number(decimal);
  if (plainDecimal(String(value)) !== plainDecimal(decimal)) {
    throw new TypeError(`${decimal} has more digits than a JSON number holds`);
  }
  return value;
}
