/**
 * Values between our words and Tryton's JSON. What JSON has no type for is an object with `__class__`; amounts are
 * decimal text in both directions and never pass through a binary number. Of an answer every number is text already
 * (http/decimal-text.ts), so ids are text too: `refOf` makes them numbers again for a request.
 */
import { exactNumber, plainDecimal } from '../http/decimal-text.ts';

interface Tagged {
  readonly __class__: string;
  readonly [part: string]: unknown;
}

/** A decimal for a Numeric field, digits as given. @throws TypeError when it is not a decimal number */
export function decimal(text: string): Tagged {
  plainDecimal(text);
  return { __class__: 'Decimal', decimal: text };
}

/** A date YYYY-MM-DD. @throws TypeError */
export function date(text: string): Tagged {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined) throw new TypeError(`"${text}" is not a date`);
  return { __class__: 'date', year: Number(year), month: Number(month), day: Number(day) };
}

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?Z$/;

/** An ISO instant in UTC, microseconds kept. @throws TypeError */
export function datetime(instant: string): Tagged {
  const match = INSTANT.exec(instant);
  if (!match) throw new TypeError(`"${instant}" is not an instant in UTC`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  return { __class__: 'datetime', year, month, day, hour, minute, second, microsecond: micro(match[7] ?? '') };
}

function micro(digits: string): number {
  return Number(digits.padEnd(6, '0'));
}

/** A span of time, from whole seconds. @throws TypeError */
export function duration(seconds: number): Tagged {
  if (!Number.isSafeInteger(seconds)) throw new TypeError(`${String(seconds)} is not a whole number of seconds`);
  return { __class__: 'timedelta', seconds };
}

/** A quantity for a Float field. @throws TypeError when a JSON number would not hold it digit for digit */
export function float(text: string): number {
  return exactNumber(text);
}

/** The number of a record in requests. @throws TypeError when the id is none of Tryton's */
export function refOf(id: string): number {
  const ref = /^[1-9]\d*$/.test(id) ? Number(id) : NaN;
  if (!Number.isSafeInteger(ref)) throw new TypeError(`"${id}" is not the id of a record in Tryton`);
  return ref;
}

/**
 * An answer in our words: decimals as text with their digits, dates YYYY-MM-DD, instants ISO in UTC with microseconds,
 * spans as seconds in decimal text, bytes in base64. @throws TypeError for a tagged value that is not whole
 */
export function fromWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  switch (fields.__class__) {
    case undefined:
      return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fromWire(field)]));
    case 'Decimal':
      return plainText(fields, 'decimal');
    case 'date':
      return dateText(fields);
    case 'datetime':
      return `${dateText(fields)}T${timeText(fields)}Z`;
    case 'time':
      return timeText(fields);
    case 'timedelta':
      return plainDecimal(text(fields, 'seconds'));
    case 'bytes':
      return text(fields, 'base64');
    default:
      throw new TypeError(`a value of type ${String(fields.__class__)} is not known`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new TypeError(`a ${String(fields.__class__)} has no ${name}`);
  return value;
}

/** Keeps the digits; an exponent, which Python writes for 0E-8 and the like, is written out. */
function plainText(fields: Fields, name: string): string {
  const value = text(fields, name);
  return /[eE]/.test(value) ? plainDecimal(value) : value;
}

function part(fields: Fields, name: string, width: number): string {
  const value = text(fields, name);
  if (!/^\d+$/.test(value)) throw new TypeError(`${name} of a ${String(fields.__class__)} is "${value}"`);
  return value.padStart(width, '0');
}

function dateText(fields: Fields): string {
  return `${part(fields, 'year', 4)}-${part(fields, 'month', 2)}-${part(fields, 'day', 2)}`;
}

function timeText(fields: Fields): string {
  const clock = `${part(fields, 'hour', 2)}:${part(fields, 'minute', 2)}:${part(fields, 'second', 2)}`;
  return `${clock}.${part(fields, 'microsecond', 6)}`;
}
