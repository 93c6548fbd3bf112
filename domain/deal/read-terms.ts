/**
 * Single terms of a deal, read from text into values that can be trusted. Each reads one field, reports what is wrong
 * with it and gives undefined then, so that the checks after it go on with what is there.
 */
import type { Role } from '../actor.ts';
import type { CurrencyCode } from '../money/currency.ts';
import { DomainError } from '../errors.ts';
import { isCurrency } from '../money/currency.ts';
import { type Decimal, isDecimal } from '../money/decimal.ts';
import { type Money, parseMoney } from '../money/money.ts';
import { isPlainDate, type PlainDate } from '../time/plain-date.ts';
import { type Findings, quoted } from './findings.ts';

/** Where a term is: its path in the deal, and how people call it, e.g. `Line "Support": currency`. */
export interface Term {
  field: string;
  label: string;
}

/** First and last day of something, both inclusive. */
export interface DateRange {
  startOn: PlainDate;
  endOn: PlainDate;
}

/** A text that must be there. The code is `<subject>_MISSING`. */
export function readText(
  findings: Findings,
  subject: string,
  term: Term,
  value: string | null,
  owner?: Role,
): string | undefined {
  if (value !== null && value.trim() !== '') return value;
  findings.missing(`${subject}_MISSING`, term.field, `${term.label} is missing`, owner);
  return undefined;
}

/** A text that must be one of those that are known. The codes are `<subject>_MISSING` and `<subject>_UNKNOWN`. */
export function readKnown(
  findings: Findings,
  subject: string,
  term: Term,
  value: string | null,
  known: readonly string[],
  owner?: Role,
): string | undefined {
  const text = readText(findings, subject, term, value, owner);
  if (text === undefined || known.includes(text)) return text;
  const expected = known.length === 0 ? 'none is configured' : `expected one of ${known.join(', ')}`;
  findings.unmapped(`${subject}_UNKNOWN`, term.field, `${term.label} ${quoted(text)} is not known: ${expected}`, owner);
  return undefined;
}

/** A currency of ISO 4217. */
export function readCurrency(findings: Findings, term: Term, value: string | null): CurrencyCode | undefined {
  const text = readText(findings, 'CURRENCY', term, value);
  if (text === undefined || isCurrency(text)) return text;
  findings.invalid('CURRENCY_UNKNOWN', term.field, `${term.label} ${quoted(text)} is not a currency of ISO 4217`);
  return undefined;
}

/** An amount above zero that its currency can hold; the caller has checked that the value is there. */
export function readAmount(findings: Findings, term: Term, value: string, currency: CurrencyCode): Money | undefined {
  try {
    const amount = parseMoney(value, currency);
    if (amount.amountMinor > 0) return amount;
    findings.invalid('AMOUNT_INVALID', term.field, `${term.label} must be above zero and is ${value} ${currency}`);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    findings.invalid('AMOUNT_INVALID', term.field, `${term.label} is not a usable amount: ${error.message}`);
  }
  return undefined;
}

/** A decimal number of at least (`orMore`) or above (`above`) zero. */
export function readNumber(
  findings: Findings,
  code: string,
  term: Term,
  value: string,
  least: 'above' | 'orMore',
  owner?: Role,
): Decimal | undefined {
  const number = isDecimal(value) ? Number(value) : Number.NaN;
  if (number > 0 || (least === 'orMore' && number === 0)) return value;
  const expected = least === 'above' ? 'a number above zero' : 'zero or more';
  findings.invalid(code, term.field, `${term.label} must be ${expected} and is ${quoted(value)}`, owner);
  return undefined;
}

/** A date that must be there and be real. */
export function readDate(findings: Findings, term: Term, value: string | null, owner?: Role): PlainDate | undefined {
  const text = readText(findings, 'DATE', term, value, owner);
  if (text === undefined || isPlainDate(text)) return text;
  findings.invalid(
    'DATE_INVALID',
    term.field,
    `${term.label} ${quoted(text)} is not a date of the form YYYY-MM-DD`,
    owner,
  );
  return undefined;
}

/** First and last day, in order, and inside the surrounding range where there is one. */
export function readRange(
  findings: Findings,
  term: Term,
  value: { startOn: string | null; endOn: string | null },
  within?: DateRange & { label: string },
  owner?: Role,
): DateRange | undefined {
  const startOn = readDate(
    findings,
    { field: `${term.field}startOn`, label: `${term.label} start date` },
    value.startOn,
    owner,
  );
  const endOn = readDate(
    findings,
    { field: `${term.field}endOn`, label: `${term.label} end date` },
    value.endOn,
    owner,
  );
  if (startOn === undefined || endOn === undefined) return undefined;
  const range = { startOn, endOn };
  if (endOn < startOn) {
    const message = `${term.label} end date ${endOn} is before its start date ${startOn}`;
    findings.invalid('DATES_REVERSED', `${term.field}endOn`, message, owner);
    return undefined;
  }
  if (within && (startOn < within.startOn || endOn > within.endOn)) {
    const outside = `outside ${within.label}: ${within.startOn} to ${within.endOn}`;
    const message = `${term.label} runs ${startOn} to ${endOn}, ${outside}`;
    findings.invalid('DATES_OUTSIDE', `${term.field}${startOn < within.startOn ? 'startOn' : 'endOn'}`, message, owner);
    return undefined;
  }
  return range;
}
