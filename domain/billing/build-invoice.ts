/**
 * An invoice draft from what is ready to bill: lines with their sources, tax, totals and due date. Totals are sums of
 * rounded parts and are never rounded again; tax is computed per code on the sum of its lines, or per line, as agreed
 * with the entity's ERP (domain.md, Amounts; EN 16931; B21, B22).
 */
import type { LegalEntity } from '../configuration.ts';
import type { ContractCustomer, ContractMilestone } from '../deal/contract.ts';
import { DomainError } from '../errors.ts';
import { lookup } from '../lookup.ts';
import { dividedBy, round } from '../money/decimal.ts';
import { type Derivation, figure } from '../money/derivation.ts';
import { add, type CurrencyCode, formatDecimal, isZero, type Money, subtract, sumMoney } from '../money/money.ts';
import { amountOf, roundingOf } from '../money/rounding.ts';
import { type TaxTerms, taxByCode } from '../tax/document-totals.ts';
import { addDays, type PlainDate } from '../time/plain-date.ts';
import { billableOnly, type CappedCharge } from './capped-charges.ts';
import type { TimeCharge } from './rate-time.ts';
import type { RetainerPeriod } from './retainer.ts';

/** What a contract line has ready to bill. The kinds may be mixed; lists may be empty. */
export interface ReadyToBill {
  contractLineId: string;
  name: string;
  charges: readonly CappedCharge[];
  milestones: readonly ContractMilestone[];
  periods: readonly RetainerPeriod[];
}

/** What an invoice is built from: one entity, one customer, one currency. */
export interface InvoiceInput {
  legalEntity: LegalEntity;
  customer: ContractCustomer;
  currency: CurrencyCode;
  invoiceOn: PlainDate;
  lines: readonly ReadyToBill[];
}

/** What a line bills: ids of time entries, expenses, milestones, or `<contract line>.<month>` of a retainer. */
export interface InvoiceSource {
  kind: 'time' | 'expense' | 'milestone' | 'retainer';
  ids: string[];
}

/** One line. The amount is without tax. */
export interface InvoiceLine {
  lineNo: number;
  contractLineId: string;
  description: string;
  /** Decimal, in `unit`. */
  quantity: string;
  unit: 'hour' | 'month' | 'item';
  amount: Money;
  taxCode: string;
  source: InvoiceSource;
  derivation: Derivation;
}

/** Tax of one code. */
export interface InvoiceTax {
  code: string;
  ratePercent: string;
  base: Money;
  tax: Money;
  /** The customer owes the tax; the base is shown and the tax is zero. */
  reverseCharge: boolean;
  /** The way to the tax, down to the amounts of the lines, which have theirs. */
  derivation: Derivation;
}

/** A draft, complete but for its number. */
export interface InvoiceDraft {
  legalEntityId: string;
  customerKey: string;
  currency: CurrencyCode;
  invoiceOn: PlainDate;
  dueOn: PlainDate;
  lines: InvoiceLine[];
  net: Money;
  taxes: InvoiceTax[];
  tax: Money;
  total: Money;
}

type LineContent = Omit<InvoiceLine, 'lineNo' | 'contractLineId' | 'taxCode'>;

/** More decimals than an hour has on any time sheet; the amount does not depend on them. */
const HOURS_SCALE = 4;

/**
 * The draft. Lines stand in the order given: time by role and rate, expenses, milestones, periods.
 * @throws INVOICE_EMPTY, TAX_PROFILE_UNKNOWN, CURRENCY_MISMATCH, AMOUNT_OVERFLOW
 */
export function buildInvoice(input: InvoiceInput): InvoiceDraft {
  const { legalEntity, customer, currency, invoiceOn } = input;
  const profile = lookup(legalEntity.taxProfiles, customer.taxProfile);
  if (!profile) {
    const message = `tax profile "${customer.taxProfile}" of ${customer.name} is not known for ${legalEntity.name}`;
    throw new DomainError('TAX_PROFILE_UNKNOWN', message, { taxProfile: customer.taxProfile });
  }
  const contents = input.lines.flatMap((line) =>
    contentsOf(line).map((content) => ({ contractLineId: line.contractLineId, ...content })),
  );
  const lines = contents.map((content, index) => ({ lineNo: index + 1, ...content, taxCode: profile.code }));
  const amounts = lines.map((line) => line.amount);
  const net = sumMoney(amounts, currency);
  if (isZero(net)) {
    const message = `there is nothing to bill to ${customer.name} on ${invoiceOn}`;
    throw new DomainError('INVOICE_EMPTY', message, { customerKey: customer.customerKey, invoiceOn });
  }
  const taxes = taxesOf(lines, { [profile.code]: profile }, currency, legalEntity.rounding);
  const tax = sumMoney(
    taxes.map((one) => one.tax),
    currency,
  );
  return {
    legalEntityId: legalEntity.legalEntityId,
    customerKey: customer.customerKey,
    currency,
    invoiceOn,
    dueOn: addDays(invoiceOn, customer.paymentTermsDays),
    lines,
    net,
    taxes,
    tax,
    total: add(net, tax),
  };
}

/** Tax per code by the rule of the entity. The way to it names the lines: each says itself how it came about. */
function taxesOf(
  lines: readonly InvoiceLine[],
  terms: Readonly<Record<string, TaxTerms>>,
  currency: CurrencyCode,
  { mode, taxMode = mode, tax }: LegalEntity['rounding'],
): InvoiceTax[] {
  const parts = lines.map(({ lineNo, taxCode, amount }) => ({
    taxCode,
    net: figure('amount of the line', { lineNo: String(lineNo) }, formatDecimal(amount), null),
  }));
  const rows = taxByCode(parts, terms, tax === 'per-line' ? 'line' : 'rate', roundingOf(currency, taxMode));
  return rows.map(({ code, ratePercent, taxable, tax: owed, reverseCharge = false }) => ({
    code,
    ratePercent,
    base: amountOf(taxable, currency),
    tax: amountOf(owed, currency),
    reverseCharge,
    derivation: owed.derivation,
  }));
}

function contentsOf(line: ReadyToBill): LineContent[] {
  const charges = billableOnly(line.charges);
  const isWhole = ({ charge, held }: CappedCharge): boolean => isZero(held) && charge.billedBefore === undefined;
  const whole = charges.filter(isWhole);
  const split = charges.filter((capped) => !isWhole(capped));
  return [
    ...timeLines(
      line,
      whole.map(({ charge }) => charge).filter((charge) => charge.kind === 'time'),
    ),
    ...whole.flatMap((capped) => (capped.charge.kind === 'expense' ? [expenseLine(line, capped)] : [])),
    ...split.map((capped) => splitLine(line, capped)),
    ...line.milestones.map((milestone) => milestoneLine(line, milestone)),
    ...line.periods.map((period) => retainerLine(line, period)),
  ];
}

/** Time grouped by role and rate: hours for the reader, the amount as the sum of the entries' amounts (B04). */
function timeLines(line: ReadyToBill, charges: readonly TimeCharge[]): LineContent[] {
  const groups = new Map<string, TimeCharge[]>();
  for (const charge of charges) {
    const key = `${charge.role}\n${charge.hourlyRate}`;
    const group = groups.get(key);
    if (group) group.push(charge);
    else groups.set(key, [charge]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const minutes = group.reduce((sum, charge) => sum + charge.minutes, 0);
    const amount = sumMoney(
      group.map((charge) => charge.amount),
      first.amount.currency,
    );
    const inputs = {
      entries: String(group.length),
      minutes: String(minutes),
      hourlyRate: first.hourlyRate,
      role: first.role,
      ...cardOf(first),
    };
    return {
      description: `${line.name}: ${first.role} at ${first.hourlyRate} per hour`,
      quantity: round(dividedBy(String(minutes), '60'), HOURS_SCALE, 'half-even'),
      unit: 'hour' as const,
      amount,
      source: { kind: 'time' as const, ids: group.map((charge) => charge.entryId) },
      derivation: { rule: 'sum of the rounded entries', inputs, exact: formatDecimal(amount), rounding: null },
    };
  });
}

/** The rate card of the entries, id and version, and how each was rounded; the whole way of each is stored beside. */
function cardOf({ derivation: { inputs, rounding } }: TimeCharge): Readonly<Record<string, string>> {
  const { rateCardId, rateCardVersion } = inputs;
  return {
    ...(rateCardId === undefined ? {} : { rateCardId }),
    ...(rateCardVersion === undefined ? {} : { rateCardVersion }),
    ...(rounding && 'scale' in rounding
      ? { entriesRounded: `${rounding.mode} to ${String(rounding.scale)} digits` }
      : {}),
  };
}

function expenseLine(line: ReadyToBill, { charge, billable }: CappedCharge): LineContent {
  const what = charge.kind === 'expense' ? charge.category : charge.role;
  return {
    description: `${line.name}: ${what} of ${charge.workedOn}`,
    quantity: '1',
    unit: 'item',
    amount: billable,
    source: { kind: charge.kind, ids: [charge.entryId] },
    derivation: charge.derivation,
  };
}

/**
 * A part of an entry that the not-to-exceed amount divides, on a line of its own: its hours times the rate is not what
 * is billed.
 */
function splitLine(line: ReadyToBill, capped: CappedCharge): LineContent {
  const content = expenseLine(line, capped);
  const { amount, billedBefore = subtract(amount, amount) } = capped.charge;
  const which = isZero(capped.held)
    ? 'what was held above the not-to-exceed amount'
    : `${isZero(billedBefore) ? '' : 'a further part, '}up to the not-to-exceed amount`;
  const inputs = {
    entry: formatDecimal(amount),
    billedBefore: formatDecimal(billedBefore),
    held: formatDecimal(capped.held),
  };
  return {
    ...content,
    description: `${content.description}, ${which}`,
    derivation: {
      rule: 'entry - billed before - held above the limit',
      inputs,
      exact: formatDecimal(capped.billable),
      rounding: null,
      parts: [content.derivation],
    },
  };
}

function milestoneLine(line: ReadyToBill, { milestoneId, name, amount }: ContractMilestone): LineContent {
  return {
    description: `${line.name}: milestone ${name}`,
    quantity: '1',
    unit: 'item',
    amount,
    source: { kind: 'milestone', ids: [milestoneId] },
    derivation: {
      rule: 'amount of the accepted milestone',
      inputs: { milestoneId },
      exact: formatDecimal(amount),
      rounding: null,
    },
  };
}

function retainerLine(line: ReadyToBill, { month, period, amount, derivation }: RetainerPeriod): LineContent {
  return {
    description: `${line.name}: ${period.from} to ${addDays(period.untilExclusive, -1)}`,
    quantity: '1',
    unit: 'month',
    amount,
    source: { kind: 'retainer', ids: [`${line.contractLineId}.${month}`] },
    derivation,
  };
}
