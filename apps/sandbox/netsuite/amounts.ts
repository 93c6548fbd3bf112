/**
 * Amounts inside the ledger: whole minor units, so that sums and taxes are exact. The API speaks currency units.
 */
import { asText, type JsonObject, numberOf, objectsOf, textOf } from '../core/json.ts';
import type { Store } from '../core/store.ts';
import { refuse, userError } from './refusals.ts';

const DIGITS: Record<string, number> = { JPY: 0, KWD: 3 };

/** Currency code behind a currency id. */
export const currencyCode = (store: Store, id: string): string => asText(store.get('currency', id)?.['name']);

export function digitsOf(currency: string): number {
  return DIGITS[currency] ?? 2;
}

/** Minor units of an amount; more decimals than the currency has are refused. */
export function toMinor(amount: number, currency: string, path: string): number {
  const scaled = amount * 10 ** digitsOf(currency);
  const minor = Math.round(scaled);
  if (Math.abs(scaled - minor) > 1e-6 || !Number.isSafeInteger(minor)) {
    throw refuse(400, 'INVALID_CONTENT', `${path}: ${amount} is not an amount in ${currency}`, path);
  }
  return minor;
}

/** Currency units of minor units, exact to the currency's digits. */
export function toUnits(minor: number, currency: string): number {
  const digits = digitsOf(currency);
  return Number((minor / 10 ** digits).toFixed(digits));
}

/** Rounds half away from zero, or towards zero; binary noise below a millionth is removed first. */
export function roundMinor(value: number, mode: 'half-up' | 'down'): number {
  const clean = Number(value.toFixed(6));
  return Math.sign(clean) * (mode === 'down' ? Math.floor(Math.abs(clean)) : Math.floor(Math.abs(clean) + 0.5));
}

export interface Totals {
  item: JsonObject[];
  subtotal: number;
  taxTotal: number;
  total: number;
  taxDetails: JsonObject[];
}

/** Line amounts, tax per code by the subsidiary's rounding rule, totals; all in currency units. */
export function totalsOf(store: Store, record: JsonObject, withTax: boolean): Totals {
  const currency = currencyCode(store, record['currency'] as string);
  const lines = objectsOf(record['item']).map((line, index) =>
    pricedLine(store, record, line, index, currency, withTax),
  );
  const bases = new Map<string, { baseMinor: number; taxMinor: number; rate: number }>();
  const subsidiary = store.get('subsidiary', record['subsidiary'] as string);
  const perLine = subsidiary?.['taxRounding'] === 'line-down';
  for (const { line, minor } of withTax ? lines : []) {
    const code = line['taxCode'] as string;
    const rate = numberOf(store.get('taxCode', code)?.['rate']) ?? 0;
    const sum = bases.get(code) ?? { baseMinor: 0, taxMinor: 0, rate };
    sum.baseMinor += minor;
    sum.taxMinor += perLine ? roundMinor((minor * rate) / 100, 'down') : 0;
    bases.set(code, sum);
  }
  let taxMinor = 0;
  const taxDetails = [...bases].map(([taxCode, sum]) => {
    const codeTax = perLine ? sum.taxMinor : roundMinor((sum.baseMinor * sum.rate) / 100, 'half-up');
    taxMinor += codeTax;
    const [taxBasis, taxAmount] = [toUnits(sum.baseMinor, currency), toUnits(codeTax, currency)];
    return { taxCode, taxRate: sum.rate, taxBasis, taxAmount };
  });
  const subtotalMinor = lines.reduce((sum, { minor }) => sum + minor, 0);
  return {
    item: lines.map(({ line }) => line),
    subtotal: toUnits(subtotalMinor, currency),
    taxTotal: toUnits(taxMinor, currency),
    total: toUnits(subtotalMinor + taxMinor, currency),
    taxDetails,
  };
}

function pricedLine(
  store: Store,
  record: JsonObject,
  line: JsonObject,
  index: number,
  currency: string,
  withTax: boolean,
): { line: JsonObject; minor: number } {
  const path = `item.items[${index}]`;
  if (line['item'] === undefined) throw userError(`Please enter value(s) for: Item (${path}).`);
  const quantity = numberOf(line['quantity']) ?? 1;
  const given = numberOf(line['amount']);
  const rate = numberOf(line['rate']);
  if (given === undefined && rate === undefined) throw userError(`Please enter value(s) for: Amount (${path}).`);
  const minor =
    given === undefined
      ? roundMinor(quantity * (rate ?? 0) * 10 ** digitsOf(currency), 'half-up')
      : toMinor(given, currency, `${path}.amount`);
  const priced = { ...line, quantity, amount: toUnits(minor, currency) };
  if (!withTax) return { line: priced, minor };
  const taxCode = textOf(line['taxCode']) ?? profileOf(store, record['entity'] as string);
  if (taxCode === undefined) throw userError(`Please enter value(s) for: Tax Code (${path}).`);
  return { line: { ...priced, taxCode }, minor };
}

/** Tax code id of the customer's tax profile. */
function profileOf(store: Store, customerId: string): string | undefined {
  const profile = store.get('customer', customerId)?.['custentity_tax_profile'];
  return textOf(store.list('taxCode').find((code) => code['name'] === profile)?.['id']);
}
