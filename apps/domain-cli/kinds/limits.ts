/** Kinds of limits on what is billed and when: funding, advances, holdback. */
import { z } from 'zod';
import { requestAdvance } from '../../../domain/billing/advance.ts';
import { fund } from '../../../domain/billing/funding.ts';
import { holdback } from '../../../domain/billing/holdback.ts';
import type { Figure } from '../../../domain/money/derivation.ts';
import { decimal, notNegative, or } from '../reading.ts';
import { listed, named, together, type View, view } from '../view.ts';

const funding = view(
  {
    limits: z.record(z.string(), notNegative).default({}),
    rules: z.array(z.record(z.string(), notNegative)),
    transactions: z.array(decimal),
  },
  ({ limits, rules, transactions }, { rounding }) => {
    const { fundings, totals } = fund(transactions, { limits, rules }, rounding);
    const values = (figures: Record<string, Figure>) =>
      Object.fromEntries(Object.entries(figures).map(([funder, one]) => [funder, one.value]));
    const ways = fundings.flatMap(({ funded }) => Object.values(funded).map((one) => one.derivation));
    return {
      result: {
        funded: fundings.map(({ funded }) => values(funded)),
        totals,
        unfunded: fundings.map(({ unfunded }) => unfunded),
      },
      derivation: { funded: ways, totals: ways, unfunded: ways },
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
    return together(
      listed(
        'prepayment',
        requests.map(({ advance }) => advance),
      ),
      listed(
        'toInvoice',
        requests.map(({ toInvoice }) => toInvoice),
      ),
      listed(
        'final',
        requests.map(({ final }) => final),
      ),
    );
  },
);

const retention = view(
  { phases: z.array(z.strictObject({ gross: decimal, retainPct: or('0'), releasePct: or('0') })) },
  ({ phases }, { rounding }) => {
    const asked = phases.map(({ gross, retainPct, releasePct }) => {
      return { gross, retainPercent: retainPct, releasePercent: releasePct };
    });
    const { bills, totalNet } = holdback(asked, rounding);
    return together(
      listed(
        'retained',
        bills.map(({ retained }) => retained),
      ),
      listed(
        'released',
        bills.map(({ released }) => released),
      ),
      listed(
        'net',
        bills.map(({ net }) => net),
      ),
      named({ totalNet }),
    );
  },
);

/** Views by kind. */
export const limitsKinds: Readonly<Record<string, View>> = { 'funding-waterfall': funding, prepayment, retention };
