/**
 * Credit notes: a posted invoice is never edited, it is credited, with its own rates and date, in parts or in full, and
 * however often, until exactly nothing is left of it: of no line, of no tax, by not a single minor unit (domain.md,
 * Amounts, Change; B52).
 */
import { DomainError } from '../errors.ts';
import { allocate } from '../money/allocate.ts';
import { absolute, compareDecimals, type Decimal } from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import { addFractions, formatFraction, type Fraction, fraction, shareOf } from '../money/fraction.ts';
import {
  add,
  formatDecimal,
  formatMoney,
  isZero,
  type Money,
  negate,
  subtract,
  sumMoney,
  zero,
} from '../money/money.ts';
import { amountOf, type Rounding, roundingOf, type RoundingMode } from '../money/rounding.ts';
import type { PlainDate } from '../time/plain-date.ts';
import { taxOn } from './document-totals.ts';

/** What a credit of a fee comes to. */
export interface FeeCredit {
  net: Figure;
  tax: Figure;
  total: Figure;
}

/** An issued invoice as far as credits need it. Charges and allowances of the document are lines of their own. */
export interface CreditableInvoice {
  invoiceId: string;
  issuedOn: PlainDate;
  lines: readonly { lineNo: number; amount: Money; taxCode: string }[];
  taxes: readonly { code: string; ratePercent: Decimal; base: Money; tax: Money; reverseCharge: boolean }[];
}

/** What of an invoice is credited; amounts are net. Shares are of the line as invoiced. */
export type CreditRequest =
  | { kind: 'rest' }
  | { kind: 'amount'; amount: Money }
  | { kind: 'lines'; lines: readonly ({ lineNo: number } & ({ share: Fraction } | { amount: Money }))[] };

/** One credited line. */
export interface CreditLine {
  lineNo: number;
  net: Money;
  /** The part of the line that it stands for. */
  share: Fraction;
  derivation: Figure['derivation'];
}

/** Credited tax of one code, at the invoice's rate. */
export interface CreditTax {
  code: string;
  ratePercent: Decimal;
  base: Money;
  tax: Money;
  reverseCharge: boolean;
  derivation: Figure['derivation'];
}

/** A credit note; amounts have the sign of what they take back. */
export interface CreditNote {
  invoiceId: string;
  /** The date whose rates apply: that of the invoice, not of the credit. */
  taxedOn: PlainDate;
  lines: CreditLine[];
  taxes: CreditTax[];
  net: Money;
  tax: Money;
  total: Money;
}

/**
 * The credit of a share of one fee: net = fee x share, rounded; tax on the rounded net, rounded; total is their sum and
 * never a gross rounded by itself.
 * @throws DECIMAL_INVALID
 */
export function creditOfFee(fee: Decimal, share: Fraction, taxPercent: Decimal, rounding: Rounding | null): FeeCredit {
  if (compareDecimals(share.numerator, '0') < 0 || compareDecimals(share.numerator, share.denominator) > 0) {
    const message = `a credit of ${formatFraction(share)} of a fee: expected from nothing to all of it`;
    throw new DomainError('CREDIT_EXCEEDS_INVOICE', message, { fee, share: formatFraction(share) });
  }
  const net = figure('fee x share', { fee, share: formatFraction(share) }, shareOf(fee, share), rounding);
  const tax = taxOn(net, taxPercent, rounding);
  return { net, tax, total: sumOf('net + tax', [net, tax]) };
}

/**
 * The next credit note of an invoice, after those before it.
 *
 * Lines: a share is rounded once; shares that come to the whole line take its rest. An amount without lines is spread
 * over what is left of the lines by largest remainder. Tax per code: on the code's credited net at the invoice's rate,
 * rounded, and never more than is left; the credit that takes the last net of a code takes the rest of its tax. So
 * chains in any order and size come to the invoice exactly.
 * @throws CREDIT_EXCEEDS_INVOICE when more is asked than is left, of a line, a code or the invoice; CREDIT_EMPTY when
 * nothing is credited; CREDIT_LINE_INVALID when a line is unknown or named twice; TAX_RATE_MISSING when a line's code
 * has no tax on the invoice; ALLOCATION_INVALID when an amount is to be spread over lines of both signs;
 * CURRENCY_MISMATCH
 */
export function creditInvoice(
  invoice: CreditableInvoice,
  before: readonly CreditNote[],
  request: CreditRequest,
  mode: RoundingMode,
): CreditNote {
  const lines = creditLines(invoice, before, request, mode).filter((line) => !isZero(line.net));
  const currency = currencyOf(invoice);
  const codeOf = new Map(invoice.lines.map(({ lineNo, taxCode }) => [lineNo, taxCode]));
  const byCode = new Map<string, CreditLine[]>();
  for (const line of lines) {
    const code = codeOf.get(line.lineNo) ?? '';
    byCode.set(code, byCode.get(code) ?? []);
    byCode.get(code)?.push(line);
  }
  const taxes = [...byCode].map(([code, ofCode]) => creditTax(invoice, before, code, ofCode, mode));
  if (lines.length === 0) {
    throw new DomainError('CREDIT_EMPTY', `nothing of invoice ${invoice.invoiceId} is credited: expected an amount`, {
      invoiceId: invoice.invoiceId,
    });
  }
  const net = sumMoney(
    lines.map((line) => line.net),
    currency,
  );
  const tax = sumMoney(
    taxes.map((one) => one.tax),
    currency,
  );
  const { invoiceId, issuedOn } = invoice;
  return { invoiceId, taxedOn: issuedOn, lines, taxes, net, tax, total: add(net, tax) };
}

/** What credits have left of each line and of each code's base and tax. */
export function creditBalance(
  invoice: CreditableInvoice,
  credits: readonly CreditNote[],
): { lines: { lineNo: number; left: Money }[]; taxes: { code: string; base: Money; tax: Money }[] } {
  return {
    lines: [...openLines(invoice, credits).values()].map(({ lineNo, left }) => ({ lineNo, left })),
    taxes: taxesLeft(invoice, credits),
  };
}

function taxesLeft(
  invoice: CreditableInvoice,
  credits: readonly CreditNote[],
): { code: string; base: Money; tax: Money }[] {
  return invoice.taxes.map(({ code, base, tax }) => {
    const own = credits.flatMap((credit) => credit.taxes.filter((one) => one.code === code));
    return {
      code,
      base: less(
        base,
        own.map((one) => one.base),
      ),
      tax: less(
        tax,
        own.map((one) => one.tax),
      ),
    };
  });
}

function creditLines(
  invoice: CreditableInvoice,
  before: readonly CreditNote[],
  request: CreditRequest,
  mode: RoundingMode,
): CreditLine[] {
  const byNumber = openLines(invoice, before);
  const open = [...byNumber.values()];
  if (request.kind === 'rest') return open.map((line) => byAmount(line, line.left, 'rest of the line'));
  if (request.kind === 'amount') return spread(invoice, open, request.amount);
  const seen = new Set<number>();
  const twice = request.lines.map((line) => line.lineNo).find((lineNo) => seen.has(lineNo) || !seen.add(lineNo));
  if (twice !== undefined) {
    const message = `line ${String(twice)} of invoice ${invoice.invoiceId} is named twice in one credit: expected once`;
    throw new DomainError('CREDIT_LINE_INVALID', message, { invoiceId: invoice.invoiceId, lineNo: twice });
  }
  return request.lines.map((asked) => {
    const line = byNumber.get(asked.lineNo);
    if (!line) throw unknownLine(invoice, asked.lineNo);
    return 'share' in asked ? byShare(line, asked.share, mode) : byAmount(line, asked.amount, 'amount asked for');
  });
}

function spread(invoice: CreditableInvoice, open: readonly OpenLine[], amount: Money): CreditLine[] {
  const whole = sumMoney(
    open.map((line) => line.left),
    currencyOf(invoice),
  );
  if (!isWithin(amount, whole)) throw exceeds(invoice.invoiceId, 'all lines', amount, whole);
  if (isZero(amount)) return [];
  // Of lines of both signs no share is one: allocate refuses a weight below zero.
  const weights = open.map(({ left }) => formatDecimal(whole.amountMinor < 0 ? negate(left) : left));
  const parts = allocate(amount, weights);
  return open.map((line, at) =>
    byAmount(line, parts[at] ?? zero(amount.currency), 'part of the amount, by what is left'),
  );
}

/** A line of the invoice and what credits before left of it. */
interface OpenLine {
  invoiceId: string;
  lineNo: number;
  amount: Money;
  left: Money;
  /** Shares credited before. */
  shares: readonly Fraction[];
}

/** The lines of an invoice by number, in its order. @throws CREDIT_LINE_INVALID when a credit is of another line */
function openLines(invoice: CreditableInvoice, before: readonly CreditNote[]): Map<number, OpenLine> {
  const { invoiceId } = invoice;
  const open = new Map(
    invoice.lines.map(({ lineNo, amount }) => {
      const shares: Fraction[] = [];
      return [lineNo, { invoiceId, lineNo, amount, left: amount, shares }];
    }),
  );
  for (const { lineNo, net, share } of before.flatMap((credit) => credit.lines)) {
    const line = open.get(lineNo);
    if (!line) throw unknownLine(invoice, lineNo);
    line.left = subtract(line.left, net);
    line.shares.push(share);
  }
  return open;
}

function byAmount({ invoiceId, lineNo, amount, left }: OpenLine, net: Money, rule: string): CreditLine {
  if (!isWithin(net, left)) throw exceeds(invoiceId, `line ${String(lineNo)}`, net, left);
  const share = isZero(amount)
    ? fraction('0', '1')
    : fraction(absolute(formatDecimal(net)), absolute(formatDecimal(amount)));
  const inputs = { invoiceId, line: formatDecimal(amount), left: formatDecimal(left) };
  return { lineNo, net, share, derivation: figure(rule, inputs, formatDecimal(net), null).derivation };
}

function byShare(line: OpenLine, share: Fraction, mode: RoundingMode): CreditLine {
  const { invoiceId, lineNo, amount, left } = line;
  const inputs = { invoiceId, line: formatDecimal(amount), share: formatFraction(share), left: formatDecimal(left) };
  const rounding = roundingOf(amount.currency, mode);
  const part = figure('line as invoiced x share', inputs, shareOf(formatDecimal(amount), share), rounding);
  const net = amountOf(part, amount.currency);
  const all = line.shares.reduce(addFractions, share);
  const beyondLine = compareDecimals(all.numerator, all.denominator);
  if (beyondLine !== 0 && isWithin(net, left)) return { lineNo, net, share, derivation: part.derivation };
  if (beyondLine > 0) throw exceeds(invoiceId, `line ${String(lineNo)}`, net, left);
  // Shares that come to the whole line take its rest; so do those whose roundings were there before them.
  const { derivation } = figure('rest of the line', inputs, formatDecimal(left), null, [part]);
  return { lineNo, net: left, share, derivation };
}

function creditTax(
  invoice: CreditableInvoice,
  before: readonly CreditNote[],
  code: string,
  lines: readonly CreditLine[],
  mode: RoundingMode,
): CreditTax {
  const currency = currencyOf(invoice);
  const base = sumMoney(
    lines.map((line) => line.net),
    currency,
  );
  const terms = invoice.taxes.find((one) => one.code === code);
  const left = taxesLeft(invoice, before).find((one) => one.code === code);
  if (!terms || !left) {
    const message = `invoice ${invoice.invoiceId} has lines of tax code "${code}" and no tax of it`;
    throw new DomainError('TAX_RATE_MISSING', message, { invoiceId: invoice.invoiceId, code });
  }
  const { ratePercent, reverseCharge } = terms;
  if (!isWithin(base, left.base)) throw exceeds(invoice.invoiceId, `code ${code}`, base, left.base);
  const net = figure('credited net of the code', { code }, formatDecimal(base), null);
  const exact = reverseCharge ? '0' : taxOn(net, ratePercent, null).value;
  const inputs = {
    base: formatDecimal(base),
    ratePercent,
    taxedOn: invoice.issuedOn,
    taxLeft: formatDecimal(left.tax),
  };
  const onNet = figure('base x rate of the invoice / 100', inputs, exact, roundingOf(currency, mode), [net]);
  const rounded = amountOf(onNet, currency);
  const takesRest = base.amountMinor === left.base.amountMinor || !isWithin(rounded, left.tax);
  const tax = takesRest ? left.tax : rounded;
  const { derivation } = takesRest
    ? figure('rest of the tax of the code', inputs, formatDecimal(left.tax), null, [onNet])
    : onNet;
  return { code, ratePercent, base, tax, reverseCharge, derivation };
}

/** True when the amount lies between nothing and what is left. */
function isWithin(amount: Money, left: Money): boolean {
  const rest = subtract(left, amount).amountMinor;
  return left.amountMinor >= 0 ? amount.amountMinor >= 0 && rest >= 0 : amount.amountMinor <= 0 && rest <= 0;
}

function less(amount: Money, taken: readonly Money[]): Money {
  return subtract(amount, sumMoney(taken, amount.currency));
}

function unknownLine({ invoiceId }: CreditableInvoice, lineNo: number): DomainError {
  const message = `invoice ${invoiceId} has no line ${String(lineNo)}`;
  return new DomainError('CREDIT_LINE_INVALID', message, { invoiceId, lineNo });
}

function currencyOf(invoice: CreditableInvoice): string {
  const [first] = invoice.lines;
  if (first) return first.amount.currency;
  throw new DomainError('CREDIT_EMPTY', `invoice ${invoice.invoiceId} has no lines`, { invoiceId: invoice.invoiceId });
}

function exceeds(invoiceId: string, of: string, asked: Money, left: Money): DomainError {
  const fits = `${of} of invoice ${invoiceId}, of which ${formatMoney(left)} is left`;
  const message = `a credit of ${formatMoney(asked)} does not fit ${fits}`;
  return new DomainError('CREDIT_EXCEEDS_INVOICE', message, { invoiceId, asked, left });
}
