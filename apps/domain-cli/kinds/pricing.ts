/** Kinds of pricing: rates by date, units, expenses, allowances, tiers. */
import { z } from 'zod';
import { hourlyRate } from '../../../domain/pricing/charge-time.ts';
import { expensePrice, type Purchase, purchaseCost, withoutTax } from '../../../domain/pricing/expense.ts';
import { perDiem } from '../../../domain/pricing/per-diem.ts';
import type { RateCard, RateOverride, Scope } from '../../../domain/pricing/rate-card.ts';
import { resolveRate } from '../../../domain/pricing/resolve-rate.ts';
import { usageCharge } from '../../../domain/pricing/usage-price.ts';
import { isDecimal, isZeroDecimal } from '../../../domain/money/decimal.ts';
import { date, decimal, notNegative, or, positive } from '../reading.ts';
import { type View, view } from '../view.ts';

/** The format names a scope by one text; every such text is a contract of its own here. */
const scope = z
  .string()
  .min(1)
  .transform((id): Scope => ({ level: 'contract', id }));

const override = z.strictObject({
  from: date,
  scope: scope.nullish(),
  rate: notNegative.nullish(),
  markupPct: decimal.nullish(),
});

const rateLookup = view(
  {
    card: z.strictObject({ from: date, to: date.nullish(), rate: notNegative, markupPct: or('0') }),
    overrides: z.array(override).default([]),
    queries: z.array(z.strictObject({ date, scope: scope.nullish() })),
  },
  ({ card, overrides, queries }, { currency, rounding }) => {
    const dates = { validFrom: card.from, validTo: card.to ?? null };
    const rateCard: RateCard = {
      cardId: 'card',
      version: 1,
      scope: null,
      ...dates,
      hoursPerUnit: {},
      lines: [
        {
          lineId: 'card.rate',
          resourceId: null,
          role: 'role',
          grade: null,
          location: null,
          workType: 'regular',
          currency,
          ...dates,
          price: { by: 'rate', unit: 'hour', rate: card.rate, markupPercent: card.markupPct },
          overrides: overrides.map((one, index): RateOverride => ({
            overrideId: `overrides.${String(index)}`,
            validFrom: one.from,
            scope: one.scope ?? null,
            rate: one.rate ?? null,
            markupPercent: one.markupPct ?? null,
          })),
        },
      ],
    };
    const who = { resourceId: null, role: 'role', grade: null, location: null };
    const rates = queries.map((query) => {
      const scopes = query.scope ? { [query.scope.level]: query.scope.id } : {};
      const work = { workedOn: query.date, ...who, workType: 'regular' as const, currency, unit: null, scopes };
      return resolveRate([rateCard], work, rounding).rate;
    });
    return { rates };
  },
);

const rateUnit = view({ rate: notNegative, hoursPerUnit: positive }, ({ rate, hoursPerUnit }, { rounding }) => ({
  hourly: hourlyRate(rate, hoursPerUnit, rounding),
}));

/** Said to be nothing, or not said. */
const nothing = decimal
  .refine((text) => !isDecimal(text) || isZeroDecimal(text), 'expected 0, or no such key')
  .optional();

/** Strict by method: a mark-up that stands beside "at-cost" is a mistake in one of the two, not to be passed over. */
const expense = z.discriminatedUnion('method', [
  z
    .strictObject({ method: z.literal('at-cost'), cost: decimal, markupPct: nothing })
    .transform(({ method, cost }) => ({ method, cost })),
  z
    .strictObject({ method: z.literal('markup'), cost: decimal, markupPct: decimal })
    .transform(({ markupPct: markupPercent, ...one }) => ({ ...one, markupPercent })),
  z
    .strictObject({ method: z.literal('per-unit'), cost: or('0'), unitPrice: decimal, markupPct: nothing })
    .transform(({ method, cost, unitPrice }) => ({ method, cost, unitPrice })),
]);

const expensePrices = view({ cases: z.array(expense) }, ({ cases }, { rounding }) => ({
  prices: cases.map((one) =>
    expensePrice(withoutTax(one.cost), one.method === 'per-unit' ? { ...one, quantity: '1' } : one, rounding),
  ),
}));

/** How many: a number or a text. */
const count = z.union([notNegative, z.int().min(0).transform(String)]);

const percents = z.record(z.string(), notNegative);

const reduction = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('by-meal'), percents, provided: z.record(z.string(), count) }),
  z.strictObject({ type: z.literal('by-count'), percents, mealsPerDay: z.array(count) }),
]);

const perDiems = view(
  {
    days: count,
    lodging: notNegative.default('0'),
    meals: notNegative.default('0'),
    incidentals: notNegative.default('0'),
    cases: z.array(z.strictObject({ reduction })),
  },
  ({ days, lodging, meals, incidentals, cases }, { rounding }) => {
    const stays = cases.map((one) => perDiem({ days, lodging, meals, incidentals }, one.reduction, rounding));
    return { reduction: stays.map((stay) => stay.reduction), payable: stays.map((stay) => stay.payable) };
  },
);

/** A tier states a price per unit, a flat price, or both. */
const tier = z
  .strictObject({ upTo: positive.nullable().default(null), unit: notNegative.optional(), flat: notNegative.optional() })
  .refine(({ unit, flat }) => unit !== undefined || flat !== undefined, 'expected unit, flat or both')
  .transform(({ upTo, unit = '0', flat = '0' }) => ({ upTo, unit, flat }));

const tiers = z.array(tier);

const usage = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('graduated'), quantity: notNegative, tiers }),
  z.strictObject({ model: z.literal('volume'), quantity: notNegative, tiers }),
  z.strictObject({
    model: z.literal('package'),
    quantity: notNegative,
    packageSize: positive,
    unit: notNegative,
    freeUnits: notNegative.default('0'),
  }),
]);

const tiered = view({ cases: z.array(usage) }, ({ cases }, { rounding }) => ({
  amounts: cases.map(({ quantity, ...price }) => usageCharge(price, quantity, rounding)),
}));

const wholly = (part: 'none' | 'all') =>
  z.strictObject({ taxToProject: z.literal(part), nonDeductiblePct: notNegative.optional() }).transform(() => part);

const taxToProject = z.discriminatedUnion('taxToProject', [
  wholly('none'),
  wholly('all'),
  z
    .strictObject({ taxToProject: z.literal('nondeductible'), nonDeductiblePct: notNegative })
    .transform(({ nonDeductiblePct: nonDeductiblePercent }) => ({ nonDeductiblePercent })),
]);

const priceMarkupTax = view(
  {
    amount: decimal,
    markupPct: decimal,
    taxPct: notNegative,
    priceIncludesTax: z.boolean(),
    cases: z.array(taxToProject),
  },
  ({ amount, markupPct, taxPct, priceIncludesTax, cases }, { rounding }) => {
    const purchases = cases.map((part): Purchase => ({
      amount,
      taxPercent: taxPct,
      includesTax: priceIncludesTax,
      taxToProject: part,
    }));
    const markup = { method: 'markup', markupPercent: markupPct } as const;
    return {
      cost: purchases.map((purchase) => purchaseCost(purchase, rounding)),
      sales: purchases.map((purchase) => expensePrice(purchase, markup, rounding)),
    };
  },
);

/** Views by kind. */
export const pricingKinds: Readonly<Record<string, View>> = {
  'rate-lookup': rateLookup,
  'rate-unit': rateUnit,
  'expense-price': expensePrices,
  'per-diem': perDiems,
  tiered,
  'price-markup-tax': priceMarkupTax,
};
