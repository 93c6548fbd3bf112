/** Kinds of revenue: prices and their allocation, spreading over time, cost-to-cost, what remains. */
import { z } from 'zod';
import { allocatePrice } from '../../../domain/revenue/allocate-price.ts';
import { contractBalance, percentageOfCompletion, revenueByCostPiles } from '../../../domain/revenue/cost-to-cost.ts';
import { financingPlan } from '../../../domain/revenue/financing.ts';
import { remainingOfEvenService } from '../../../domain/revenue/remaining-obligation.ts';
import { deferredAfter, straightLine } from '../../../domain/revenue/straight-line.ts';
import { revenueAtRetroPrice, transactionPriceOf } from '../../../domain/revenue/variable-consideration.ts';
import { date, decimal, notNegative, share, whole } from '../reading.ts';
import { type Settings, type View, view } from '../view.ts';

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
    return { allocation: Object.fromEntries(prices.map(({ obligationId, price }) => [obligationId, price])) };
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
    return {
      ...transactionPriceOf(
        fixed,
        elements.map(({ method, outcomes }) => ({
          method,
          outcomes: outcomes.map(({ p, amount }) => ({ probability: p, amount })),
          highlyProbableUpTo: null,
        })),
        rounding,
      ),
    };
  },
);

const retroPrice = view(
  { steps: z.array(z.strictObject({ units: decimal, estimatedUnitPrice: decimal })) },
  ({ steps }, { rounding }) => revenueAtRetroPrice(steps, rounding),
);

const financing = view(
  { principal: decimal, ratePct: decimal, years: whole },
  ({ principal, ratePct: ratePercent, years }, { rounding }) => {
    const { balances, interest } = financingPlan(principal, ratePercent, years, rounding);
    return { balances, interest };
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
    return { schedule: rows.map((row) => [row.month, row.amount]) };
  },
);

const cutoff = view(
  { amount: decimal, start: date, end: date, cutoffs: z.array(date) },
  ({ amount, start, end, cutoffs }, { rounding }) => {
    const span = { amount, startOn: start, endOn: end };
    return { deferred: cutoffs.map((on) => deferredAfter(span, on, rounding)) };
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
  );

const poc = view({ series: z.array(series).refine(distinctIds, 'expected distinct ids') }, (inputs, settings) =>
  Object.fromEntries(
    inputs.series.map(({ id, transactionPrice, lossProvision, periods }) => {
      const results = percentageOfCompletion(
        periods.map(({ billed, ...period }) => ({
          ...period,
          transactionPrice: period.transactionPrice ?? transactionPrice ?? '',
          billed: billed ?? null,
        })),
        lossProvision,
        roundingsOf(settings),
      );
      const outputs = {
        progress: results.map((one) => one.progress),
        revenue: results.map((one) => one.revenue),
        profit: results.map((one) => one.profit),
        expense: results.map((one) => one.expense),
      };
      // Billed to date is known or not, period by period: where it is not stated there is no position to tell.
      const position = results.map((one) => one.position);
      return [id, position.some((one) => one !== null) ? { ...outputs, position } : outputs];
    }),
  ),
);

const uninstalledMaterials = view(
  { transactionPrice: decimal, materialsCost: notNegative, otherCostTotal: decimal, otherCostToDate: decimal },
  ({ transactionPrice, materialsCost, otherCostTotal, otherCostToDate }, settings) => ({
    ...revenueByCostPiles(
      transactionPrice,
      {
        performance: { toDate: otherCostToDate, forecast: otherCostTotal },
        uninstalledMaterials: materialsCost,
      },
      roundingsOf(settings),
    ),
  }),
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
    Object.fromEntries(contracts.map(({ id, ...contract }) => [id, { ...contractBalance(contract, rounding) }])),
);

const rpo = view(
  {
    asOf: date,
    monthly: decimal,
    contractMonths: whole,
    remainingMonthsByYear: z.array(z.tuple([z.union([z.string(), z.int()]).transform(String), whole])),
    variable: decimal.default('0'),
  },
  (service, { rounding }) => ({ ...remainingOfEvenService(service, rounding) }),
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
