/** Kinds of limits on what is billed and when: funding, advances, holdback. */
import { z } from 'zod';
import { requestAdvance } from '../../../domain/billing/advance.ts';
import { fund } from '../../../domain/billing/funding.ts';
import { holdback } from '../../../domain/billing/holdback.ts';
import { decimal, notNegative, or } from '../reading.ts';
import { type View, view } from '../view.ts';

const funding = view(
  {
    limits: z.record(z.string(), notNegative).default({}),
    rules: z.array(z.record(z.string(), notNegative)),
    transactions: z.array(decimal),
  },
  ({ limits, rules, transactions }, { rounding }) => {
    const { fundings, totals } = fund(transactions, { limits, rules }, rounding);
    return {
      funded: fundings.map(({ funded }) => funded),
      totals,
      unfunded: fundings.map(({ unfunded }) => unfunded),
    };
  },
);

const prepayment = view(
  {
    stages: z.array(
      z.strictObject({
        lines: z.array(z.strictObject({ amount: decimal, pct: notNegative })),
        alreadyInvoiced: or('0'),
      }),
    ),
  },
  ({ stages }, { rounding }) => {
    const requests = stages.map(({ lines, alreadyInvoiced }) =>
      requestAdvance(
        lines.map(({ amount, pct: percent }) => ({ amount, percent })),
        alreadyInvoiced,
        rounding,
      ),
    );
    return {
      prepayment: requests.map(({ advance }) => advance),
      toInvoice: requests.map(({ toInvoice }) => toInvoice),
      final: requests.map(({ final }) => final),
    };
  },
);

const retention = view(
  { phases: z.array(z.strictObject({ gross: decimal, retainPct: or('0'), releasePct: or('0') })) },
  ({ phases }, { rounding }) => {
    const asked = phases.map(({ gross, retainPct, releasePct }) => {
      return { gross, retainPercent: retainPct, releasePercent: releasePct };
    });
    const { bills, totalNet } = holdback(asked, rounding);
    return {
      retained: bills.map(({ retained }) => retained),
      released: bills.map(({ released }) => released),
      net: bills.map(({ net }) => net),
      totalNet,
    };
  },
);

/** Views by kind. */
export const limitsKinds: Readonly<Record<string, View>> = { 'funding-waterfall': funding, prepayment, retention };
