/**
 * The totals of a document after the European standard on electronic invoicing: lines rounded once, tax per code on
 * their sum rounded once, and everything else a sum of rounded parts, so that the buyer's system arrives at the same
 * figures (EN 16931-1, BR-CO-10 to BR-CO-17; domain.md, Amounts; B21, B22). Tax per line is the policy of entities
 * whose ERP does so.
 */
import { DomainError } from '../errors.ts';
import { assertBetween, assertNotNegative } from '../money/bounds.ts';
import { compareDecimals, type Decimal, dividedBy, minus, percentOf, plus, times } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding, RoundingMode } from '../money/rounding.ts';

/** A line as priced. Charge and allowance are amounts of the whole line. */
export interface PricedLine {
  quantity: Decimal;
  price: Decimal;
  /** How many units the price is for; 1 where absent. */
  baseQuantity?: Decimal | undefined;
  discountPercent?: Decimal | undefined;
  charge?: Decimal | undefined;
  allowance?: Decimal | undefined;
  taxCode: string;
}

/** A charge or an allowance of the whole document. */
export interface DocumentAmount {
  amount: Decimal;
  taxCode: string;
}

/** What a tax code means on the date of the document. */
export interface TaxTerms {
  ratePercent: Decimal;
  /** The customer owes the tax: the base is shown, the tax is zero whatever the rate. */
  reverseCharge?: boolean | undefined;
}

/** Whether tax is rounded once per code and rate on the sum, or on every line. */
export type TaxPer = 'rate' | 'line';

/** How amounts and taxes are rounded; null = not at all. */
export interface DocumentRounding {
  amounts: Rounding | null;
  tax: Rounding | null;
}

/** A part of a document that is taxed. */
export interface TaxablePart {
  taxCode: string;
  net: Figure;
}

/** The tax of one code. */
export interface CodeTax extends TaxTerms {
  code: string;
  taxable: Figure;
  tax: Figure;
}

/** The totals of a document, in major units. */
export interface DocumentTotals {
  lines: Figure[];
  sumLines: Figure;
  taxExclusive: Figure;
  taxes: CodeTax[];
  tax: Figure;
  taxInclusive: Figure;
  payable: Figure;
}

/**
 * The net amount of a line: quantity x price / base quantity, less the discount in percent, plus charge, less
 * allowance, rounded once (EN 16931-1 BT-131).
 * A credit has a negative quantity; the price of a unit is never negative (EN 16931-1 BR-27).
 * @throws PRICE_INVALID for a price below zero, DISCOUNT_INVALID when the discount is not 0 to 100 %, QUANTITY_INVALID
 * for a base quantity below zero, DIVISION_BY_ZERO when it is zero, DECIMAL_INVALID
 */
export function lineNet(line: PricedLine, rounding: Rounding | null): Figure {
  const { quantity, price, baseQuantity = '1', discountPercent = '0', charge = '0', allowance = '0' } = line;
  assertNotNegative('PRICE_INVALID', 'the price of a unit', price);
  assertNotNegative('QUANTITY_INVALID', 'the quantity that a price is for', baseQuantity);
  assertBetween('DISCOUNT_INVALID', 'the discount of a line in percent', discountPercent, ['0', '100']);
  const full = times(times(quantity, price), minus('100', discountPercent));
  const discounted = dividedBy(full, times(baseQuantity, '100'));
  const exact = minus(plus(discounted, charge), allowance);
  const inputs = { quantity, price, baseQuantity, discountPercent, charge, allowance };
  return figure('quantity x price / base quantity - discount + charge - allowance', inputs, exact, rounding);
}

/**
 * Tax on a base: base x rate / 100 (EN 16931-1 BR-CO-17).
 * @throws DECIMAL_INVALID, TAX_INVALID for a rate below zero
 */
export function taxOn(base: Figure, ratePercent: Decimal, rounding: Rounding | null): Figure {
  if (compareDecimals(ratePercent, '0') < 0) {
    throw new DomainError('TAX_INVALID', `a tax of ${ratePercent} % is below zero`, { ratePercent });
  }
  const inputs = { base: base.value, ratePercent };
  return figure('base x rate / 100', inputs, percentOf(base.value, ratePercent), rounding, [base]);
}

/**
 * The tax of each code, in the order in which the codes first appear.
 * @throws TAX_RATE_MISSING when a code has no terms: never zero
 */
export function taxByCode(
  parts: readonly TaxablePart[],
  terms: Readonly<Record<string, TaxTerms>>,
  per: TaxPer,
  rounding: Rounding | null,
): CodeTax[] {
  const netsByCode = new Map<string, Figure[]>();
  for (const { taxCode, net } of parts) {
    const nets = netsByCode.get(taxCode);
    if (nets) nets.push(net);
    else netsByCode.set(taxCode, [net]);
  }
  return [...netsByCode].map(([code, nets]) => {
    const own = Object.hasOwn(terms, code) ? terms[code] : undefined;
    if (!own) {
      const known = Object.keys(terms);
      const message = `no tax rate for code "${code}": expected one of ${known.join(', ')}`;
      throw new DomainError('TAX_RATE_MISSING', message, { code, known });
    }
    const taxable = sumOf(`sum of the amounts of code ${code}`, nets);
    return { code, ...own, taxable, tax: taxOfCode(code, own, taxable, nets, per, rounding) };
  });
}

function taxOfCode(
  code: string,
  { ratePercent, reverseCharge = false }: TaxTerms,
  taxable: Figure,
  nets: readonly Figure[],
  per: TaxPer,
  rounding: Rounding | null,
): Figure {
  if (reverseCharge) {
    return figure('reverse charge: the customer owes the tax', { code, base: taxable.value }, '0', null, [taxable]);
  }
  if (per === 'rate') return taxOn(taxable, ratePercent, rounding);
  return sumOf(
    'sum of the taxes of the lines',
    nets.map((net) => taxOn(net, ratePercent, rounding)),
  );
}

/**
 * The totals of a document: sums of rounded parts, none rounded again. `prepaid` is what was paid before.
 * @throws TAX_RATE_MISSING, DIVISION_BY_ZERO, DECIMAL_INVALID
 */
export function documentTotals(
  document: {
    lines: readonly PricedLine[];
    charges: readonly DocumentAmount[];
    allowances: readonly DocumentAmount[];
    terms: Readonly<Record<string, TaxTerms>>;
    taxPer: TaxPer;
    prepaid: Decimal;
  },
  rounding: DocumentRounding,
): DocumentTotals {
  const { charges, allowances, terms, taxPer, prepaid } = document;
  const lines = document.lines.map((line) => ({ taxCode: line.taxCode, net: lineNet(line, rounding.amounts) }));
  const added = charges.map(({ amount, taxCode }) => ({
    taxCode,
    net: figure('charge of the document', { amount }, amount, rounding.amounts),
  }));
  const taken = allowances.map(({ amount, taxCode }) => ({
    taxCode,
    net: figure('allowance of the document, taken off', { amount }, minus('0', amount), rounding.amounts),
  }));
  const parts = [...lines, ...added, ...taken];
  const sumLines = sumOf(
    'sum of the lines',
    lines.map((line) => line.net),
  );
  const others = [...added, ...taken].map((part) => part.net);
  const taxExclusive = sumOf('lines + charges - allowances', [sumLines, ...others]);
  const taxes = taxByCode(parts, terms, taxPer, rounding.tax);
  const tax = sumOf(
    'sum of the taxes of the codes',
    taxes.map((one) => one.tax),
  );
  const taxInclusive = sumOf('without tax + tax', [taxExclusive, tax]);
  const inputs = { taxInclusive: taxInclusive.value, prepaid };
  const payable = figure('with tax - prepaid', inputs, minus(taxInclusive.value, prepaid), null, [taxInclusive]);
  return { lines: lines.map((line) => line.net), sumLines, taxExclusive, taxes, tax, taxInclusive, payable };
}

/**
 * The total of lines that each have a rate of their own: amounts and their taxes, each tax rounded.
 * @throws DECIMAL_INVALID
 */
export function totalWithTax(
  lines: readonly { amount: Decimal; taxPercent: Decimal }[],
  rounding: Rounding | null,
): Figure {
  const parts = lines.flatMap(({ amount, taxPercent }) => {
    const net = figure('amount of the line', { amount }, amount, null);
    return [net, taxOn(net, taxPercent, rounding)];
  });
  return sumOf('lines + their taxes', parts);
}

/**
 * What cash rounding does to an amount due: the amount that coins can pay, and the difference, which stands on a line
 * of its own and goes to an account of its own (EN 16931-1 BT-114; B25).
 * @throws STEP_INVALID, DECIMAL_INVALID
 */
export function cashRounding(
  payable: Decimal,
  step: Decimal,
  mode: RoundingMode,
): { rounded: Figure; difference: Figure } {
  const rounded = figure('nearest multiple of the step', { payable }, payable, { step, mode });
  const inputs = { payable, rounded: rounded.value };
  const exact = minus(rounded.value, payable);
  return { rounded, difference: figure('rounded - payable', inputs, exact, null, [rounded]) };
}
