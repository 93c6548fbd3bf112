/** Kinds of documents: taxes of a line, totals of an invoice, discounts, credit notes. */
import { z } from 'zod';
import { creditOfFee } from '../../../domain/tax/credit-note.ts';
import { discountFees } from '../../../domain/tax/discount.ts';
import { documentTotals } from '../../../domain/tax/document-totals.ts';
import { taxStack as stackOf } from '../../../domain/tax/tax-stack.ts';
import { decimal, notNegative, or, positive, share } from '../reading.ts';
import { type View, view } from '../view.ts';

const tax = z.strictObject({
  type: z.enum(['percent', 'division', 'fixed']),
  amount: decimal,
  includeBase: z.boolean().optional(),
  priceInclude: z.boolean().optional(),
});

const taxStack = view(
  { cases: z.array(z.strictObject({ price: decimal, qty: or('1'), taxes: z.array(tax) })) },
  ({ cases }, { rounding }) => ({
    results: cases.map(({ price, qty, taxes }) => ({ ...stackOf({ price, quantity: qty, taxes }, rounding) })),
  }),
);

const documentAmounts = z.array(z.strictObject({ amount: decimal, vat: z.string() })).default([]);

const invoiceTotals = view(
  {
    lines: z.array(
      z.strictObject({
        qty: decimal,
        price: decimal,
        baseQty: positive.optional(),
        discountPct: decimal.optional(),
        charge: decimal.optional(),
        allowance: decimal.optional(),
        vat: z.string(),
      }),
    ),
    charges: documentAmounts,
    allowances: documentAmounts,
    rates: z.record(z.string(), decimal),
    prepaid: or('0'),
  },
  ({ lines, charges, allowances, rates, prepaid }, { rounding }) => {
    const withCode = ({ vat, amount }: { vat: string; amount: string }) => ({ taxCode: vat, amount });
    const { sumLines, taxExclusive, taxes, taxInclusive, payable } = documentTotals(
      {
        lines: lines.map(({ qty, baseQty, discountPct, vat, ...line }) => ({
          ...line,
          quantity: qty,
          baseQuantity: baseQty,
          discountPercent: discountPct,
          taxCode: vat,
        })),
        charges: charges.map(withCode),
        allowances: allowances.map(withCode),
        terms: Object.fromEntries(Object.entries(rates).map(([code, ratePercent]) => [code, { ratePercent }])),
        taxPer: 'rate',
        prepaid,
      },
      { amounts: rounding, tax: rounding },
    );
    const vat = taxes.map(({ code, taxable, tax: owed }) => ({ code, taxable, tax: owed }));
    return { sumLines, taxExclusive, taxInclusive, payable, vat };
  },
);

const discountTax = view(
  { fees: z.array(z.strictObject({ amount: notNegative, taxPct: decimal })), discount: notNegative },
  ({ fees, discount }, { rounding }) => {
    const rows = fees.map(({ amount, taxPct }) => ({ amount, taxPercent: taxPct }));
    const { discounts, taxes, net, tax: sum, total } = discountFees(rows, discount, rounding);
    return { discounts, taxes, net, tax: sum, total };
  },
);

const creditNote = view(
  { items: z.array(z.strictObject({ fee: decimal, fraction: share, taxPct: decimal })) },
  ({ items }, { rounding }) => ({
    notes: items.map(({ fee, fraction, taxPct }) => ({ ...creditOfFee(fee, fraction, taxPct, rounding) })),
  }),
);

/** Views by kind. */
export const documentsKinds: Readonly<Record<string, View>> = {
  'tax-stack': taxStack,
  'invoice-totals': invoiceTotals,
  'discount-tax': discountTax,
  'credit-note': creditNote,
};
