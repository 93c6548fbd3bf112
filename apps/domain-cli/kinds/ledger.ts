/** Kinds of the ledger: entries of a contract's events, the chain of actuals, postings that should cancel out. */
import { z } from 'zod';
import type { AccountRole } from '../../../domain/configuration.ts';
import { DomainError } from '../../../domain/errors.ts';
import { actualBalances, afterActualEvents } from '../../../domain/ledger/actuals.ts';
import {
  bookEvent,
  type ContractEvent,
  type ContractPosition,
  EVENT_RULES,
  openingPosition,
} from '../../../domain/ledger/contract-events.ts';
import { reconcile as reconciled } from '../../../domain/ledger/tie-outs.ts';
import { minorDigits } from '../../../domain/money/currency.ts';
import { type Decimal, digitsAfterPoint, plus } from '../../../domain/money/decimal.ts';
import { figure } from '../../../domain/money/derivation.ts';
import { formatDecimal, isZero, type Money, negate, parseMoney } from '../../../domain/money/money.ts';
import { decimal, notNegative, or, positive } from '../reading.ts';
import { CURRENCY_UNITS, type View, view } from '../view.ts';

/** Names of the format for our account roles, where they differ. */
const ACCOUNT_NAMES: Partial<Record<AccountRole, string>> = { 'unbilled-receivable': 'unbilled' };

/** The currency with the most minor digits. */
const FINEST = 'CLF';

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

function amountsByName(one: EventInput): Record<string, Decimal> {
  return Object.fromEntries(Object.entries(one).filter(([key]) => key !== 'id' && key !== 'type'));
}

function amountsOf(one: EventInput): Decimal[] {
  return Object.values(amountsByName(one));
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
    unit: z.string().optional(),
    events: z
      .array(event)
      .refine((events) => new Set(events.map(({ id }) => id)).size === events.length, 'expected distinct ids'),
  },
  ({ events, unit }, settings) => {
    const currency = currencyOfAmounts(settings.currency, unit, events.flatMap(amountsOf));
    let position = openingPosition(currency);
    const entries = events.map((one) => {
      const before = position;
      const booked = bookEvent(before, eventOf(one, currency));
      position = booked.position;
      const inputs = { event: one.id, ...amountsByName(one), ...standing(before) };
      const lines = booked.lines.map(({ accountRole, side, amount }) => {
        const signed = plus(formatDecimal(side === 'debit' ? amount : negate(amount)), '0');
        const account = ACCOUNT_NAMES[accountRole] ?? accountRole;
        return [account, figure(EVENT_RULES[one.type], { account, ...inputs }, signed, null)];
      });
      return [one.id, lines] as const;
    });
    return { entries: Object.fromEntries(entries) };
  },
);

/**
 * The currency that amounts are read in. What a currency cannot hold is refused; units of no currency, and amounts in
 * thousands and the like, are read in the currency with the most digits (CLF: 4).
 */
function currencyOfAmounts(stated: string, unit: string | undefined, amounts: readonly Decimal[]): string {
  if (stated !== CURRENCY_UNITS && unit === undefined) return stated;
  const most = minorDigits(FINEST);
  const finer = amounts.find((amount) => digitsAfterPoint(amount) > most);
  if (finer === undefined) return FINEST;
  const message = `an amount of ${finer} has more than ${String(most)} decimal digits, which no currency has`;
  throw new DomainError('AMOUNT_INVALID', message, { amount: finer, digitsMax: most });
}

/** What stood open before an event; balances of nothing are left out. */
function standing(position: ContractPosition): Record<string, string> {
  const open = Object.entries(position).filter(([, balance]: [string, Money]) => !isZero(balance));
  return Object.fromEntries(open.map(([name, balance]: [string, Money]) => [`${name}Before`, formatDecimal(balance)]));
}

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
    const rates = { cost: costRate, bill: billRate };
    const earlier: z.output<typeof actualEvent>[] =
      invoiced === undefined ? [] : [{ type: 'approve', submitted: invoiced, billable: invoiced }, { type: 'invoice' }];
    const before = afterActualEvents([], earlier, rates, rounding);
    const chain = afterActualEvents(before, events, rates, rounding);
    const entries = chain.slice(before.length);
    return {
      entries: entries.map(({ type, quantity, amount, reverses }) => {
        const takesBack: Record<string, string> = reverses === null ? {} : { takesBack: String(reverses) };
        return [type, figure('hours of the entry', { type, ...takesBack }, quantity, null), amount];
      }),
      balances: actualBalances(chain),
    };
  },
);

const reconcile = view({ postings: z.array(decimal) }, ({ postings }) => reconciled(postings));

/** Views by kind. */
export const ledgerKinds: Readonly<Record<string, View>> = { journal, 'actuals-chain': actualsChain, reconcile };
