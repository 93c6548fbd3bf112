/** Kinds of the ledger: entries of a contract's events, the chain of actuals, postings that should cancel out. */
import { z } from 'zod';
import type { AccountRole } from '../../../domain/configuration.ts';
import { type Actual, actualBalances, afterActualEvent } from '../../../domain/ledger/actuals.ts';
import { bookEvent, type ContractEvent, EVENT_RULES, openingPosition } from '../../../domain/ledger/contract-events.ts';
import { reconcile as reconciled } from '../../../domain/ledger/tie-outs.ts';
import { isCurrency, minorDigits } from '../../../domain/money/currency.ts';
import { type Decimal, digitsAfterPoint, plus } from '../../../domain/money/decimal.ts';
import { type Derivation, figure } from '../../../domain/money/derivation.ts';
import { formatDecimal, negate, parseMoney } from '../../../domain/money/money.ts';
import { decimal, notNegative, or, positive } from '../reading.ts';
import { type Json, named, together, type View, view } from '../view.ts';

/** Names of the format for our account roles, where they differ. */
const ACCOUNT_NAMES: Partial<Record<AccountRole, string>> = { 'unbilled-receivable': 'unbilled' };

const event = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.string(),
    type: z.literal('transfer'),
    revenue: decimal,
    unconditional: notNegative.default('0'),
    refund: or('0'),
  }),
  z.strictObject({ id: z.string(), type: z.enum(['due', 'receipt', 'accrue']), amount: positive }),
  z.strictObject({
    id: z.string(),
    type: z.literal('invoice'),
    net: positive,
    tax: notNegative.default('0'),
    accrued: notNegative.default('0'),
  }),
]);

type EventInput = z.output<typeof event>;

function amountsOf(one: EventInput): Decimal[] {
  return Object.entries(one).flatMap(([key, value]) => (key === 'id' || key === 'type' ? [] : [value]));
}

function eventOf(one: EventInput, currency: string): ContractEvent {
  const read = (value: Decimal) => parseMoney(value, currency);
  if (one.type === 'transfer') {
    const { revenue, unconditional, refund } = one;
    return { type: one.type, revenue: read(revenue), unconditional: read(unconditional), refund: read(refund) };
  }
  if (one.type === 'invoice') {
    return { type: one.type, net: read(one.net), tax: read(one.tax), accrued: read(one.accrued) };
  }
  return { type: one.type, amount: read(one.amount) };
}

const journal = view(
  {
    events: z
      .array(event)
      .refine((events) => new Set(events.map(({ id }) => id)).size === events.length, 'expected distinct ids'),
  },
  ({ events }, settings) => {
    // Units of no currency, and amounts with more digits than it has, are read in the currency with the most (CLF: 4).
    const digits = events.flatMap(amountsOf).reduce((most, amount) => Math.max(most, digitsAfterPoint(amount)), 0);
    const isEnough = isCurrency(settings.currency) && digits <= minorDigits(settings.currency);
    const currency = isEnough ? settings.currency : 'CLF';
    let position = openingPosition(currency);
    const entries: Record<string, Json> = {};
    const ways: Derivation[] = [];
    for (const one of events) {
      const booked = bookEvent(position, eventOf(one, currency));
      position = booked.position;
      entries[one.id] = booked.lines.map(({ accountRole, side, amount }) => {
        const signed = plus(formatDecimal(side === 'debit' ? amount : negate(amount)), '0');
        const account = ACCOUNT_NAMES[accountRole] ?? accountRole;
        ways.push(figure(EVENT_RULES[one.type], { event: one.id, account }, signed, null).derivation);
        return [account, signed];
      });
    }
    return { result: { entries }, derivation: { entries: ways } };
  },
);

const actualEvent = z.discriminatedUnion('type', [
  z
    .strictObject({ type: z.literal('approve'), submitted: notNegative, billable: notNegative.optional() })
    .transform(({ billable, ...one }) => ({ ...one, billable: billable ?? one.submitted })),
  z.strictObject({ type: z.literal('invoice') }),
  z.strictObject({ type: z.literal('correct-invoiced'), billable: notNegative.default('0') }),
]);

const actualsChain = view(
  {
    costRate: notNegative.default('0'),
    billRate: notNegative,
    // Hours approved and invoiced before these events: part of the balances, not of the entries.
    invoiced: positive.optional(),
    events: z.array(actualEvent),
  },
  ({ costRate, billRate, invoiced, events }, { rounding }) => {
    const after = (chain: readonly Actual[], one: z.output<typeof actualEvent>) =>
      afterActualEvent(chain, one, { cost: costRate, bill: billRate }, rounding);
    const earlier: z.output<typeof actualEvent>[] =
      invoiced === undefined ? [] : [{ type: 'approve', submitted: invoiced, billable: invoiced }, { type: 'invoice' }];
    const before = earlier.reduce(after, [] as Actual[]);
    const chain = events.reduce(after, before);
    const entries = chain.slice(before.length);
    const balances = named(actualBalances(chain));
    return {
      result: {
        entries: entries.map(({ type, quantity, amount }) => [type, quantity, amount.value]),
        balances: balances.result,
      },
      derivation: {
        entries: entries.map(({ amount }) => amount.derivation),
        balances: Object.values(balances.derivation).flat(),
      },
    };
  },
);

const reconcile = view({ postings: z.array(decimal) }, ({ postings }) => together(named(reconciled(postings))));

/** Views by kind. */
export const ledgerKinds: Readonly<Record<string, View>> = { journal, 'actuals-chain': actualsChain, reconcile };
