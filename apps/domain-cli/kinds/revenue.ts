/** Kinds of revenue: prices and their allocation, spreading over time, cost-to-cost, what remains. */
import { z } from 'zod';
import type { Figure } from '../../../domain/money/derivation.ts';
import { allocatePrice } from '../../../domain/revenue/allocate-price.ts';
import { contractBalance, percentageOfCompletion, revenueByCostPiles } from '../../../domain/revenue/cost-to-cost.ts';
import { financingPlan } from '../../../domain/revenue/financing.ts';
import { remainingOfEvenService } from '../../../domain/revenue/remaining-obligation.ts';
import { deferredAfter, straightLine } from '../../../domain/revenue/straight-line.ts';
import { revenueAtRetroPrice, transactionPriceOf } from '../../../domain/revenue/variable-consideration.ts';
import { date, decimal, notNegative, share, whole } from '../reading.ts';
import { type Computed, listed, named, type Settings, together, type View, view } from '../view.ts';

/** Figures by name under one key. */
function keyed(key: string, figures: Readonly<Record<string, Figure>>): Computed {
  const { result } = named(figures);
  return { result: { [key]: result }, derivation: { [key]: Object.values(figures).map((one) => one.derivation) } };
}

function roundingsOf({ rounding, ratioRounding }: Settings) {
  return { amounts: rounding, ratios: ratioRounding };
}

const sspAllocation = view(
  {
    transactionPrice: decimal,
    obligations: z.array(z.strictObject({ id: z.string(), ssp: notNegative.nullable().default(null) })).min(1),
    bundle: z.strictObject({ ids: z.array(z.string()).min(1), price: notNegative }).nullish(),
    residual: z.string().nullish(),
  },
  ({ transactionPrice, obligations, bundle, residual }, { rounding }) => {
    const prices = allocatePrice(
      {
        transactionPrice,
        obligations: obligations.map(({ id, ssp }) => ({ obligationId: id, standAlonePrice: ssp })),
        ...(bundle ? { bundle: { obligationIds: bundle.ids, price: bundle.price } } : {}),
        ...(residual ? { residualId: residual } : {}),
      },
      rounding,
    );
    return keyed('allocation', Object.fromEntries(prices.map(({ obligationId, price }) => [obligationId, price])));
  },
);

const variableConsideration = view(
  {
    fixed: decimal.default('0'),
    elements: z.array(
      z.strictObject({
        method: z.enum(['expected', 'most-likely']),
        outcomes: z.array(z.strictObject({ p: decimal, amount: decimal })).min(1),
      }),
    ),
  },
  ({ fixed, elements }, { rounding }) => {
    const price = transactionPriceOf(
      fixed,
      elements.map(({ method, outcomes }) => ({
        method,
        outcomes: outcomes.map(({ p, amount }) => ({ probability: p, amount })),
        highlyProbableUpTo: null,
      })),
      rounding,
    );
    const { variable, transactionPrice } = price;
    return together(listed('elements', price.elements), named({ variable, transactionPrice }));
  },
);

const retroPrice = view(
  { steps: z.array(z.strictObject({ units: decimal, estimatedUnitPrice: decimal })) },
  ({ steps }, { rounding }) => {
    const { revenue, cumulative } = revenueAtRetroPrice(steps, rounding);
    return together(listed('revenue', revenue), named({ cumulative }));
  },
);

const financing = view(
  { principal: decimal, ratePct: decimal, years: whole },
  ({ principal, ratePct, years }, { rounding }) => {
    const { balances, interest } = financingPlan(principal, ratePct, years, rounding);
    return together(listed('balances', balances), named({ interest }));
  },
);

const deferral = view(
  {
    amount: decimal,
    start: date,
    end: date,
    method: z.enum(['daily', 'equal-months', 'partial-daily', 'month-weighted']),
  },
  ({ amount, start, end, method }, { rounding, remainder }) => {
    const span = { amount, startOn: start, endOn: end };
    const rows = straightLine(span, method, rounding, remainder ?? undefined);
    return {
      result: { schedule: rows.map((row) => [row.month, row.amount.value]) },
      derivation: { schedule: rows.map((row) => row.amount.derivation) },
    };
  },
);

const cutoff = view(
  { amount: decimal, start: date, end: date, cutoffs: z.array(date) },
  ({ amount, start, end, cutoffs }, { rounding }) => {
    const span = { amount, startOn: start, endOn: end };
    return listed(
      'deferred',
      cutoffs.map((on) => deferredAfter(span, on, rounding)),
    );
  },
);

/** Contracts are told apart by their ids. */
function distinctIds(contracts: readonly { id: string }[]): boolean {
  return new Set(contracts.map(({ id }) => id)).size === contracts.length;
}

const costPeriod = z.strictObject({
  costToDate: decimal,
  totalCost: decimal,
  billed: decimal.optional(),
  transactionPrice: decimal.optional(),
});

const series = z
  .strictObject({
    id: z.string(),
    transactionPrice: decimal.optional(),
    lossProvision: z.boolean().default(false),
    periods: z.array(costPeriod).min(1),
  })
  .refine(
    ({ transactionPrice, periods }) => transactionPrice !== undefined || periods.every((one) => one.transactionPrice),
    'expected a transactionPrice of the series or of each period',
  )
  .refine(
    ({ periods }) => periods.every((one) => (one.billed === undefined) === (periods[0]?.billed === undefined)),
    'expected billed in every period or in none',
  );

const poc = view({ series: z.array(series).refine(distinctIds, 'expected distinct ids') }, (inputs, settings) =>
  together(
    ...inputs.series.map(({ id, transactionPrice, lossProvision, periods }) => {
      const results = percentageOfCompletion(
        periods.map(({ billed, ...period }) => ({
          ...period,
          transactionPrice: period.transactionPrice ?? transactionPrice ?? '',
          billed: billed ?? null,
        })),
        lossProvision,
        roundingsOf(settings),
      );
      const of = (key: 'progress' | 'revenue' | 'profit' | 'expense' | 'position') =>
        listed(
          key,
          results.flatMap((one) => one[key] ?? []),
        );
      const columns = [of('progress'), of('revenue'), of('profit'), of('expense')];
      return grouped(id, together(...columns, ...(periods[0]?.billed === undefined ? [] : [of('position')])));
    }),
  ),
);

/** Results of one of several contracts under its id. */
function grouped(id: string, { result, derivation }: Computed): Computed {
  return { result: { [id]: result }, derivation: { [id]: Object.values(derivation).flat() } };
}

const uninstalledMaterials = view(
  { transactionPrice: decimal, materialsCost: notNegative, otherCostTotal: decimal, otherCostToDate: decimal },
  ({ transactionPrice, materialsCost, otherCostTotal, otherCostToDate }, settings) =>
    named(
      revenueByCostPiles(
        transactionPrice,
        {
          performance: { toDate: otherCostToDate, forecast: otherCostTotal },
          uninstalledMaterials: materialsCost,
        },
        roundingsOf(settings),
      ),
    ),
);

const contractBalances = view(
  {
    contracts: z
      .array(
        z.strictObject({
          id: z.string(),
          transactionPrice: decimal,
          totalCost: decimal,
          progress: share,
          costToDate: decimal,
          received: decimal,
        }),
      )
      .refine(distinctIds, 'expected distinct ids'),
  },
  ({ contracts }, { rounding }) =>
    together(...contracts.map(({ id, ...contract }) => grouped(id, named({ ...contractBalance(contract, rounding) })))),
);

const rpo = view(
  {
    asOf: date,
    monthly: decimal,
    contractMonths: whole,
    remainingMonthsByYear: z.array(z.tuple([z.union([z.string(), z.int()]).transform(String), whole])),
    variable: decimal.default('0'),
  },
  (service, { rounding }) => {
    const { byYear, total } = remainingOfEvenService(service, rounding);
    return together(keyed('byYear', byYear), named({ total }));
  },
);

/** Views by kind. */
export const revenueKinds: Readonly<Record<string, View>> = {
  'ssp-allocation': sspAllocation,
  'variable-consideration': variableConsideration,
  'retro-price': retroPrice,
  financing,
  deferral,
  cutoff,
  poc,
  'uninstalled-materials': uninstalledMaterials,
  'contract-balance': contractBalances,
  rpo,
};
