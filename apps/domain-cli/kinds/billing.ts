/** Kinds of what is billed: time and materials, progress, schedules, part periods, minimums. */
import { z } from 'zod';
import { trueUp } from '../../../domain/billing/commitment.ts';
import { progressInvoice, scheduleInvoice, taskProgressInvoices } from '../../../domain/billing/progress.ts';
import {
  billingPeriodEnd,
  coefficient,
  prorate,
  shareByActualDays,
  shareByThirtyDayMonths,
} from '../../../domain/billing/proration.ts';
import { billingRuns, timeAndMaterialsBill } from '../../../domain/billing/time-and-materials.ts';
import { stepOf } from '../../../domain/money/rounding.ts';
import { period } from '../../../domain/time/period.ts';
import { date, decimal, notNegative, or, positive, share, whole } from '../reading.ts';
import { type View, view } from '../view.ts';

const tmInvoice = view(
  {
    time: z.array(z.strictObject({ hours: decimal, rate: notNegative })).default([]),
    expenses: z
      .array(z.strictObject({ cost: decimal, markupPct: or('0'), capRemaining: decimal.nullable().default(null) }))
      .default([]),
    feePctOnTime: or('0'),
  },
  ({ time, expenses, feePctOnTime }, { rounding }) => {
    const asked = expenses.map(({ markupPct: markupPercent, ...expense }) => ({ ...expense, markupPercent }));
    return { ...timeAndMaterialsBill({ time, expenses: asked, feePercentOnTime: feePctOnTime }, rounding) };
  },
);

/** After which run an entry became known: a run's number, or a date; true = after the first. */
const afterRun = z
  .union([z.boolean(), whole.refine((count) => count >= 0, 'expected zero or more'), date])
  .nullable()
  .optional();

const tmCutoff = view(
  {
    rate: notNegative,
    entries: z.array(z.strictObject({ date, hours: decimal, enteredAfterRun: afterRun })),
    runs: z.array(z.strictObject({ upTo: date })),
  },
  ({ rate, entries, runs }, { rounding }) => {
    // The format does not say where runs begin to be counted: a file that says 0 anywhere counts from 0, others from 1.
    const first = entries.some(({ enteredAfterRun }) => enteredAfterRun === 0) ? 0 : 1;
    const knownFrom = (after: z.output<typeof afterRun>): number => {
      if (after === undefined || after === null || after === false) return 0;
      if (after === true) return 1;
      return typeof after === 'number' ? after - first + 1 : runs.filter(({ upTo }) => upTo <= after).length;
    };
    const known = entries.map(({ date: workedOn, hours, enteredAfterRun }) => {
      return { workedOn, hours, knownFromRun: knownFrom(enteredAfterRun) };
    });
    const dates = runs.map(({ upTo }) => upTo);
    return billingRuns(known, dates, rate, rounding);
  },
);

const progress = view(
  {
    lines: z.array(
      z.union([
        z.strictObject({ contractValue: decimal, percent: decimal }),
        z.strictObject({ contractValue: decimal, actualCost: decimal, budgetCost: decimal }),
      ]),
    ),
    previouslyInvoiced: or('0'),
    roundTo: positive.optional(),
  },
  ({ lines, previouslyInvoiced, roundTo }, { rounding, mode }) => {
    const step = roundTo ?? (rounding ? stepOf(rounding) : undefined);
    return { invoice: progressInvoice(lines, previouslyInvoiced, step === undefined ? null : { step, mode }) };
  },
);

const schedule = view(
  {
    contractValue: decimal,
    items: z.array(z.strictObject({ id: z.string(), amount: decimal, due: date.optional() })),
    completed: z.array(z.string()).default([]),
  },
  ({ contractValue, items, completed }) => {
    const scheduled = items.map(({ id: itemId, amount }) => ({ itemId, amount }));
    return { ...scheduleInvoice(contractValue, scheduled, completed) };
  },
);

const taskProgress = view(
  {
    items: z.array(z.strictObject({ id: z.string(), value: decimal })),
    steps: z.array(z.record(z.string(), decimal)),
  },
  ({ items, steps }, { rounding }) => {
    const asked = items.map(({ id: itemId, value }) => ({ itemId, value }));
    const invoices = taskProgressInvoices(asked, steps, rounding);
    return {
      invoice: invoices.map(({ invoice }) => invoice),
      cumulative: invoices.map(({ cumulative }) => cumulative),
    };
  },
);

/** A part of a period: a share of nothing stated would be all of it, so only months of 30 days need no period. */
const prorationItem = z.union([
  z.strictObject({ amount: decimal.optional(), parts: z.array(share).min(1) }),
  z
    .strictObject({
      amount: decimal.optional(),
      start: date,
      end: date,
      periodStart: date.optional(),
      periodEnd: date.optional(),
      basis: z.enum(['fixed-30', 'actual']).default('actual'),
    })
    .refine(
      ({ periodStart, periodEnd, basis }) =>
        (periodStart === undefined) === (periodEnd === undefined) && (basis === 'fixed-30' || periodEnd !== undefined),
      'expected periodStart and periodEnd (with basis fixed-30 both or neither)',
    ),
]);

function sharesOfItem(item: z.output<typeof prorationItem>) {
  if ('parts' in item) return item.parts;
  const { start, end, periodStart, periodEnd, basis } = item;
  if (basis === 'fixed-30') {
    const whole30 = periodStart && periodEnd ? period(periodStart, periodEnd) : null;
    return [shareByThirtyDayMonths(period(start, end), whole30)];
  }
  return [shareByActualDays(period(start, end), period(periodStart ?? start, periodEnd ?? end))];
}

const proration = view({ items: z.array(prorationItem) }, ({ items }, { rounding, ratioRounding }) => {
  const shares = items.map((item) => sharesOfItem(item));
  const amounts = items.flatMap(({ amount }, index) => {
    return amount === undefined ? [] : [prorate(amount, shares[index] ?? [], rounding, ratioRounding)];
  });
  return { amounts, coefficients: shares.map((parts) => coefficient(parts, ratioRounding)) };
});

const periodEnd = view(
  { cases: z.array(z.strictObject({ align: z.enum(['start', 'end']), start: date, months: whole })) },
  ({ cases }) => ({
    ends: cases.map(({ align, start, months }) => {
      const end = billingPeriodEnd(start, months, align);
      const inputs = { start, months: String(months), align };
      const rule = 'last day of a billing period of whole months';
      return { value: end, derivation: { rule, inputs, exact: end, rounding: null } };
    }),
  }),
);

const minimum = view(
  { minimum: notNegative, fraction: share, usage: z.array(decimal).default([]), taxPct: or('0') },
  ({ minimum: least, fraction, usage, taxPct }, { rounding }) => ({
    ...trueUp({ minimum: least, share: fraction, usage, taxPercent: taxPct }, rounding),
  }),
);

/** Views by kind. */
export const billingKinds: Readonly<Record<string, View>> = {
  'tm-invoice': tmInvoice,
  'tm-cutoff': tmCutoff,
  'progress-invoice': progress,
  'schedule-invoice': schedule,
  'task-progress-invoice': taskProgress,
  proration,
  'period-end': periodEnd,
  'minimum-trueup': minimum,
};
