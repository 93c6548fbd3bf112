/** Kinds of currency: conversion, settlement, revaluation. */
import { z } from 'zod';
import { convert, toBase } from '../../../domain/currency/convert.ts';
import { perBase } from '../../../domain/currency/exchange-rates.ts';
import { bookedItem, revalue } from '../../../domain/currency/revaluation.ts';
import { settle } from '../../../domain/currency/settlement.ts';
import { totalWithTax } from '../../../domain/tax/document-totals.ts';
import { decimal, or, positive, whole } from '../reading.ts';
import { mode, type View, view } from '../view.ts';

const quote = z.enum(['fc-per-base', 'base-per-fc']).default('fc-per-base');

/** Digits that a conversion keeps when it is not rounded (decisions.md 15). */
const DIGITS = 28;

const fxConvert = view(
  {
    cases: z.array(
      z.strictObject({
        amount: decimal,
        fromRate: decimal,
        toRate: decimal,
        round: z.boolean().default(true),
        digits: whole.refine((count) => count >= 1 && count <= 28, 'expected 1 to 28 digits').optional(),
        mode: mode.optional(),
      }),
    ),
  },
  ({ cases }, { rounding }) => ({
    results: cases.map(({ amount, fromRate, toRate, round, digits = DIGITS, mode: stated }) => {
      const [from, to] = [perBase(fromRate, 'fc-per-base'), perBase(toRate, 'fc-per-base')];
      const toScale = rounding && { ...rounding, mode: stated ?? rounding.mode };
      return convert(amount, from, to, round ? toScale : { digits, mode: stated ?? 'half-even' });
    }),
  }),
);

const fxSettlement = view(
  {
    lines: z.array(z.strictObject({ amount: decimal, taxPct: or('0') })).min(1, 'expected at least one line'),
    rateBooked: decimal,
    rateSettled: decimal,
    quote,
  },
  ({ lines, rateBooked, rateSettled, quote: by }, { rounding }) => {
    const rows = lines.map(({ amount, taxPct }) => ({ amount, taxPercent: taxPct }));
    const totalFc = totalWithTax(rows, rounding);
    const booked = toBase(totalFc.value, perBase(rateBooked, by), rounding);
    const open = { fc: totalFc.value, base: booked.value };
    const { settledBase, gainLoss } = settle(open, totalFc.value, perBase(rateSettled, by), rounding);
    return { totalFc, bookedBase: booked, settledBase, gainLoss };
  },
);

const fxRevaluation = view(
  {
    items: z.array(z.strictObject({ fc: decimal, rate: positive })),
    revalueAt: z.array(positive),
    quote,
  },
  ({ items, revalueAt, quote: by }, { rounding }) => {
    const open = items.map(({ fc, rate }) => bookedItem('receivable', fc, perBase(rate, by), rounding));
    const rates = revalueAt.map((rate) => perBase(rate, by));
    const { booked, revaluations } = revalue(open, rates, rounding);
    return {
      booked,
      value: revaluations.map((one) => one.value),
      vsBooked: revaluations.map((one) => one.vsBooked),
      incremental: revaluations.map((one) => one.incremental),
    };
  },
);

/** Views by kind. */
export const currencyKinds: Readonly<Record<string, View>> = {
  'fx-convert': fxConvert,
  'fx-settlement': fxSettlement,
  'fx-revaluation': fxRevaluation,
};
