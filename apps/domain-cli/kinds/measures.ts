/** Kinds of measures. */
import { z } from 'zod';
import { daysSalesOutstanding } from '../../../domain/measures/cash.ts';
import { weightedPipeline } from '../../../domain/measures/sales.ts';
import { decimal, notNegative } from '../reading.ts';
import { checked, type Outputs, type View } from '../view.ts';

const always = { unit: z.string().optional(), notes: z.string().optional() };
const inputs = z.discriminatedUnion('metric', [
  z.strictObject({
    ...always,
    metric: z.literal('dso'),
    receivables: decimal,
    creditSales: decimal,
    days: z.union([z.int().min(0).transform(String), notNegative]),
  }),
  z.strictObject({
    ...always,
    metric: z.literal('weighted-pipeline'),
    deals: z.array(z.strictObject({ amount: decimal, probabilityPct: notNegative })),
  }),
]);

const metric: View = (given, { rounding }): Outputs => {
  const read = checked(inputs, given, 'inputs');
  if (read.metric === 'dso') {
    const { receivables, creditSales, days } = read;
    return { value: daysSalesOutstanding({ receivables, creditSales, days }, rounding) };
  }
  const deals = read.deals.map(({ amount, probabilityPct }) => ({ amount, probabilityPercent: probabilityPct }));
  const { weighted, total } = weightedPipeline(deals, rounding);
  return { weighted, value: total };
};

/** Views by kind. */
export const measuresKinds: Readonly<Record<string, View>> = { metric };
