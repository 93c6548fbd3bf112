/**
 * What must agree between the books and what surrounds them, checked each night and at close (domain.md, Tie-outs). A
 * check is pure arithmetic on figures that others have read; it answers with breaks, each with its amount, what it
 * means and what would mend it. When and by whom figures were read, and who owns a break, is known by the caller.
 */
import { type Decimal, isZeroDecimal, minus, negated, sumDecimals, times } from '../money/decimal.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { type CurrencyCode, formatDecimal, type Money, subtract, sumMoney } from '../money/money.ts';
import { identityHolds, type LineBalance } from './balances.ts';

/** What each identity's break means, and the repair that cannot make it worse. */
export const IDENTITIES = {
  'contract-value': { means: 'an amendment was lost', repair: 'replay the step of the change order' },
  'billing-schedule': { means: 'the schedule is stale', repair: 'make the unbilled rows anew' },
  'approved-hours': {
    means: 'time was not posted, or twice',
    repair: 'post what is missing by its key; reverse what is double',
  },
  'invoice-rate': { means: 'an outdated rate card was used', repair: 'report the exposure; rebill by approval' },
  'invoice-totals': { means: 'rounding or tax policy differs', repair: 'none by itself: a person decides' },
  'revenue-recognised': { means: 'a posting failed', repair: 'post again under the same key' },
  'contract-position': {
    means: 'events were booked in a wrong sequence',
    repair: 'reverse and post anew in an open period',
  },
  'deferred-roll-forward': { means: 'an event was missed', repair: 'replay the events' },
  'remaining-obligation': { means: 'a modification was not applied', repair: 'compute the schedule version anew' },
  'utilization-hours': { means: 'people data and calendar have drifted apart', repair: 'synchronise again' },
} as const;

/** One of the identities. */
export type Identity = keyof typeof IDENTITIES;

/** Two figures that should be one. */
export interface Break {
  identity: Identity;
  /** What was compared, e.g. 'contract value - CRM won value'. */
  compared: string;
  /** The first less the second. */
  amount: Decimal;
  /** Major units of a currency, by its code, or `hours`. */
  unit: string;
  means: string;
  repair: string;
}

/** A figure by what it is called. */
type Named = readonly [name: string, value: Decimal];

function compare(identity: Identity, unit: Break['unit'], [first, a]: Named, [second, b]: Named): Break[] {
  const amount = minus(a, b);
  if (isZeroDecimal(amount)) return [];
  return [{ identity, compared: `${first} - ${second}`, amount, unit, ...IDENTITIES[identity] }];
}

/** Refuses to compare amounts of different currencies. */
function inOne(...amounts: readonly Money[]): CurrencyCode {
  const currency = amounts[0]?.currency ?? '';
  sumMoney(amounts, currency);
  return currency;
}

/** CRM won value = contract value = ERP contract = sum of obligations; each is compared with the contract's. */
export function contractValueBreaks(values: {
  contract: Money;
  crmWon: Money;
  erpContract: Money;
  obligations: readonly Money[];
}): Break[] {
  const { contract, crmWon, erpContract, obligations } = values;
  const currency = inOne(contract, crmWon, erpContract, ...obligations);
  const sum = sumMoney(obligations, currency);
  const of = (name: string, value: Money): Break[] =>
    compare('contract-value', currency, ['contract value', formatDecimal(contract)], [name, formatDecimal(value)]);
  return [...of('CRM won value', crmWon), ...of('ERP contract', erpContract), ...of('sum of obligations', sum)];
}

/**
 * Rows still to be billed + invoiced + credited = contract value of a fixed fee. Credited is what credit memos took
 * back, as amount of zero or below.
 */
export function billingScheduleBreaks(of: {
  toBill: readonly Money[];
  invoiced: Money;
  credited: Money;
  contractValue: Money;
}): Break[] {
  const currency = inOne(of.contractValue, of.invoiced, of.credited);
  const known = sumMoney([...of.toBill, of.invoiced, of.credited], currency);
  return compare(
    'billing-schedule',
    currency,
    ['schedule + invoiced + credited', formatDecimal(known)],
    ['contract value', formatDecimal(of.contractValue)],
  );
}

/** Approved hours = hours of cost = billed + unbilled + written off. */
export function approvedHoursBreaks(hours: {
  approved: Decimal;
  cost: Decimal;
  billed: Decimal;
  unbilled: Decimal;
  writtenOff: Decimal;
}): Break[] {
  const approved: Named = ['approved hours', hours.approved];
  const sales = sumDecimals([hours.billed, hours.unbilled, hours.writtenOff]);
  return [
    ...compare('approved-hours', 'hours', approved, ['hours of cost', hours.cost]),
    ...compare('approved-hours', 'hours', approved, ['billed + unbilled + written off', sales]),
  ];
}

/** Rate on the invoice = rate by rule at the work date; the break is the exposure, hours x difference. */
export function invoiceRateBreaks(
  entries: readonly { entryId: string; hours: Decimal; invoiced: Decimal; byRule: Decimal }[],
  currency: CurrencyCode,
): Break[] {
  return entries.flatMap(({ entryId, hours, invoiced, byRule }) =>
    compare(
      'invoice-rate',
      currency,
      [`${entryId} at the rate invoiced`, times(hours, invoiced)],
      ['at the rate by rule', times(hours, byRule)],
    ),
  );
}

/** Totals of an invoice. */
export interface DocumentTotals {
  net: Money;
  tax: Money;
  total: Money;
}

/** Totals here = totals in the ERP, to the minor unit. */
export function invoiceTotalsBreaks(here: DocumentTotals, erp: DocumentTotals): Break[] {
  return (['net', 'tax', 'total'] as const).flatMap((part) =>
    compare(
      'invoice-totals',
      inOne(here[part], erp[part]),
      [`${part} here`, formatDecimal(here[part])],
      [`${part} in the ERP`, formatDecimal(erp[part])],
    ),
  );
}

/** Revenue recognised = sum of the closed rows of its schedule = revenue in the general ledger. */
export function revenueBreaks(of: { recognised: Money; closedRows: readonly Money[]; generalLedger: Money }): Break[] {
  const currency = inOne(of.recognised, of.generalLedger);
  const recognised: Named = ['revenue recognised', formatDecimal(of.recognised)];
  const rows = formatDecimal(sumMoney(of.closedRows, currency));
  return [
    ...compare('revenue-recognised', currency, recognised, ['closed rows of the schedule', rows]),
    ...compare('revenue-recognised', currency, recognised, ['general ledger', formatDecimal(of.generalLedger)]),
  ];
}

/** Contract asset + unbilled receivable - contract liability = recognised - billed, of each contract line. */
export function contractPositionBreaks(balances: readonly LineBalance[]): Break[] {
  return balances
    .filter((balance) => !identityHolds(balance))
    .flatMap(({ contractLineId, contractAsset, unbilledReceivable, contractLiability, recognised, billed }) => {
      const position = subtract(sumMoney([contractAsset, unbilledReceivable], billed.currency), contractLiability);
      return compare(
        'contract-position',
        billed.currency,
        [`${contractLineId}: asset - liability`, formatDecimal(position)],
        ['recognised - billed', formatDecimal(subtract(recognised, billed))],
      );
    });
}

/** Deferred revenue: opening + billed - recognised + exchange differences = closing. */
export function deferredBreaks(of: {
  opening: Money;
  billed: Money;
  recognised: Money;
  exchange: Money;
  closing: Money;
}): Break[] {
  const currency = inOne(of.opening, of.billed, of.recognised, of.exchange, of.closing);
  const rolled = subtract(sumMoney([of.opening, of.billed, of.exchange], currency), of.recognised);
  return compare(
    'deferred-roll-forward',
    currency,
    ['opening + billed - recognised + exchange', formatDecimal(rolled)],
    ['closing', formatDecimal(of.closing)],
  );
}

/** Backlog = allocated - recognised = remaining performance obligation as disclosed (with what was left out of it). */
export function remainingObligationBreaks(of: {
  backlog: Money;
  allocated: Money;
  recognised: Money;
  remainingObligation: Money;
}): Break[] {
  const currency = inOne(of.backlog, of.allocated, of.recognised, of.remainingObligation);
  const backlog: Named = ['backlog', formatDecimal(of.backlog)];
  const open = formatDecimal(subtract(of.allocated, of.recognised));
  return [
    ...compare('remaining-obligation', currency, backlog, ['allocated - recognised', open]),
    ...compare('remaining-obligation', currency, backlog, [
      'remaining performance obligation',
      formatDecimal(of.remainingObligation),
    ]),
  ];
}

/** Hours that utilization counts = approved hours by calendar. */
export function utilizationBreaks(hours: { utilization: Decimal; approvedByCalendar: Decimal }): Break[] {
  return compare(
    'utilization-hours',
    'hours',
    ['hours of utilization', hours.utilization],
    ['approved hours by calendar', hours.approvedByCalendar],
  );
}

/**
 * Postings that should cancel out, and the one posting that makes them: an accrual of 5,000 reversed by 4,500 leaves
 * 500, corrected by -500. Nothing is rounded. Source: Dynamics 365 Project Operations, "Reconcile accrued
 * revenue"; B50.
 * @throws DECIMAL_INVALID
 */
export function reconcile(postings: readonly Decimal[]): { imbalance: Figure; correction: Figure } {
  const inputs = { postings: postings.join(' ') };
  const imbalance = figure('sum of the postings', inputs, sumDecimals(postings), null);
  const correction = figure(
    'the negative of the imbalance',
    { imbalance: imbalance.value },
    negated(imbalance.value),
    null,
    [imbalance],
  );
  return { imbalance, correction };
}
