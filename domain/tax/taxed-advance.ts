/**
 * Advance invoices that were taxed at receipt, and the final invoice they are taken off: the tax on the advance was
 * declared at the rate of its own day, and when that has changed until the work is done, the law of the entity says
 * which rate holds for that part (domain.md, Amounts and Edge cases: tax rate change between advance and final).
 */
import { DomainError } from '../errors.ts';
import { compareDecimals, type Decimal, minus } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';
import { type CodeTax, taxOn } from './document-totals.ts';

/** An advance invoice of one tax code; amounts in major units as invoiced. */
export interface Advance {
  invoiceId: string;
  taxCode: string;
  ratePercent: Decimal;
  net: Decimal;
  tax: Decimal;
}

/**
 * Which rate holds for the part that was paid in advance. `receipt`: that of the advance, whose tax stands (VAT
 * Directive 2006/112/EC, article 65: chargeable on receipt). `supply`: that of the day of supply; the final invoice
 * settles the difference (so Germany, UStG section 27(1)).
 */
export type AdvanceRate = 'receipt' | 'supply';

/** What is left to invoice of one code, and how. */
export interface CodeAfterAdvances {
  code: string;
  ratePercent: Decimal;
  /** Advances of the code, taken off with their own tax. */
  deductedNet: Figure;
  deductedTax: Figure;
  /** The net still to invoice, the tax still to charge (may be below zero when the rate fell), and both. */
  net: Figure;
  tax: Figure;
  total: Figure;
}

/**
 * The final invoice less its advances, by tax code: net less advances; tax by the rule of the entity, rounded once per
 * code where it is computed anew.
 * @throws ADVANCE_EXCEEDS_INVOICE when advances of a code are more than its net (the rest is credited on the advance);
 * ADVANCE_CODE_UNKNOWN when an advance has a code that the final invoice has not
 */
export function lessAdvances(
  taxes: readonly CodeTax[],
  advances: readonly Advance[],
  rateOf: AdvanceRate,
  rounding: Rounding | null,
): CodeAfterAdvances[] {
  const foreign = advances.find((advance) => !taxes.some((tax) => tax.code === advance.taxCode));
  if (foreign) {
    const { invoiceId, taxCode } = foreign;
    const codes = taxes.map((tax) => tax.code).join(', ');
    const message = `advance ${invoiceId} has tax code "${taxCode}": expected one of the final invoice (${codes})`;
    throw new DomainError('ADVANCE_CODE_UNKNOWN', message, { invoiceId, taxCode });
  }
  return taxes.map((tax) => {
    const own = advances.filter((advance) => advance.taxCode === tax.code);
    return afterAdvances(tax, own, rateOf, rounding);
  });
}

function afterAdvances(
  full: CodeTax,
  advances: readonly Advance[],
  rateOf: AdvanceRate,
  rounding: Rounding | null,
): CodeAfterAdvances {
  const { code, ratePercent } = full;
  const deductedNet = sumOf('net of the advances', advances.map(figureOf('net')));
  const deductedTax = sumOf('tax of the advances, each at its own rate', advances.map(figureOf('tax')));
  const left = minus(full.taxable.value, deductedNet.value);
  if (compareDecimals(left, '0') < 0) {
    const invoiced = `the ${full.taxable.value} invoiced with code ${code}`;
    const message = `advances of ${deductedNet.value} are more than ${invoiced}`;
    throw new DomainError('ADVANCE_EXCEEDS_INVOICE', message, { code, advances: deductedNet.value });
  }
  const inputs = { net: full.taxable.value, advances: deductedNet.value };
  const net = figure('net - advances', inputs, left, null, [full.taxable, deductedNet]);
  const tax = taxAfter(full, net, deductedTax, rateOf, rounding);
  return { code, ratePercent, deductedNet, deductedTax, net, tax, total: sumOf('net + tax', [net, tax]) };
}

function taxAfter(
  full: CodeTax,
  net: Figure,
  deducted: Figure,
  rateOf: AdvanceRate,
  rounding: Rounding | null,
): Figure {
  if (rateOf === 'supply') {
    const inputs = { tax: full.tax.value, advances: deducted.value };
    const exact = minus(full.tax.value, deducted.value);
    return figure('tax at the rate of supply - tax of the advances', inputs, exact, null, [full.tax, deducted]);
  }
  if (full.reverseCharge) return figure('reverse charge: the customer owes the tax', {}, '0', null, [net]);
  return taxOn(net, full.ratePercent, rounding);
}

function figureOf(key: 'net' | 'tax'): (advance: Advance) => Figure {
  return (advance) => {
    const { invoiceId, ratePercent } = advance;
    return figure(`${key} of advance ${invoiceId}`, { invoiceId, ratePercent }, advance[key], null);
  };
}
