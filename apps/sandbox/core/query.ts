/**
 * The part of SQL that SOQL and SuiteQL share and our readers use: SELECT, WHERE with AND, ORDER BY, LIMIT. Anything
 * else is refused as malformed rather than half understood.
 */
import { asText, type JsonObject, type JsonValue } from './json.ts';

export type Literal = string | number | boolean | null;
export type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | 'LIKE' | 'IN' | 'NOT IN';

export interface Column {
  field: string;
  /** Name in the answer. */
  name: string;
  /** True for the display text of a code (`BUILTIN.DF`). */
  display: boolean;
}

export interface Condition {
  field: string;
  display: boolean;
  operator: Operator;
  values: Literal[];
}

export interface Query {
  columns: Column[];
  from: string;
  where: Condition[];
  orderBy: { field: string; descending: boolean }[];
  limit: number | undefined;
}

/** The text is not a query of the supported subset. */
export class MalformedQuery extends Error {}

const TOKEN = new RegExp(
  [
    String.raw`'(?:[^'\\]|\\.|'')*'`,
    String.raw`\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2}))?`,
    String.raw`-?\d+(?:\.\d+)?`,
    String.raw`[A-Za-z_][\w.]*`,
    String.raw`<=|>=|!=|<>|[=<>(),*]`,
  ].join('|'),
  'y',
);

/** Parses a query; throws MalformedQuery. */
export function parseQuery(text: string): Query {
  return new Parser(tokensOf(text)).query();
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at += 1;
    if (at >= text.length) return tokens;
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text)?.[0];
    if (found === undefined) throw new MalformedQuery(`unexpected text at position ${at}: ${text.slice(at, at + 20)}`);
    tokens.push(found);
    at += found.length;
  }
}

class Parser {
  private at = 0;
  private readonly tokens: string[];
  private alias: string | undefined;

  constructor(tokens: string[]) {
    this.tokens = tokens;
  }

  query(): Query {
    this.expect('SELECT');
    const columns = this.separated(() => this.column());
    this.expect('FROM');
    const from = this.identifier();
    if (this.peekIdentifier() && !this.isNext('WHERE', 'ORDER', 'LIMIT')) this.alias = this.identifier();
    const where: Condition[] = [];
    if (this.take('WHERE'))
      do where.push(this.condition());
      while (this.take('AND'));
    const orderBy = this.take('ORDER') ? this.order() : [];
    const limit = this.take('LIMIT') ? Number(this.next()) : undefined;
    if (limit !== undefined && !Number.isInteger(limit)) throw new MalformedQuery('LIMIT needs a whole number');
    if (this.at < this.tokens.length) throw new MalformedQuery(`unexpected token: ${this.tokens[this.at] ?? ''}`);
    const plain = <T extends { field: string }>(item: T): T => ({ ...item, field: this.withoutAlias(item.field) });
    const named = columns.map((column) => ({ ...plain(column), name: this.withoutAlias(column.name) }));
    return { columns: named, from, where: where.map(plain), orderBy: orderBy.map(plain), limit };
  }

  private column(): Column {
    const { field, display } = this.reference();
    return { field, display, name: this.take('AS') ? this.identifier() : field };
  }

  /** A field, or a function over one that does not change what is compared. */
  private reference(): { field: string; display: boolean } {
    const field = this.identifier();
    if (!this.take('(')) return { field, display: false };
    if (field.toUpperCase() !== 'BUILTIN.DF' && field.toUpperCase() !== 'TO_CHAR') {
      throw new MalformedQuery(`unknown function ${field}`);
    }
    const inner = this.identifier();
    if (this.take(',')) this.literal();
    this.expect(')');
    return { field: inner, display: field.toUpperCase() === 'BUILTIN.DF' };
  }

  private condition(): Condition {
    const { field, display } = this.reference();
    if (this.take('IS')) {
      const operator: Operator = this.take('NOT') ? '!=' : '=';
      this.expect('NULL');
      return { field, display, operator, values: [null] };
    }
    const negated = this.take('NOT');
    if (this.take('IN')) {
      this.expect('(');
      const values = this.separated(() => this.literal());
      this.expect(')');
      return { field, display, operator: negated ? 'NOT IN' : 'IN', values };
    }
    const written = this.next().toUpperCase().replace('<>', '!=');
    const operator = (['=', '!=', '>', '>=', '<', '<=', 'LIKE'] as const).find((known) => known === written);
    if (operator === undefined || negated) throw new MalformedQuery(`unknown operator: ${written}`);
    return { field, display, operator, values: [this.literal()] };
  }

  private order(): { field: string; descending: boolean }[] {
    this.expect('BY');
    return this.separated(() => {
      const { field } = this.reference();
      const descending = this.take('DESC');
      if (!descending) this.take('ASC');
      if (this.take('NULLS')) this.next();
      return { field, descending };
    });
  }

  private literal(): Literal {
    const token = this.next();
    if (token.startsWith("'")) return token.slice(1, -1).replace(/\\(.)|''/g, (all, one?: string) => one ?? "'");
    if (/^(TO_DATE|TO_TIMESTAMP)$/i.test(token)) {
      this.expect('(');
      const value = this.literal();
      if (this.take(',')) this.literal();
      this.expect(')');
      return typeof value === 'string' ? value.replace(/^(\d{4}-\d{2}-\d{2}) (\d.*)$/, '$1T$2Z') : value;
    }
    if (/^true$|^false$/i.test(token)) return token.toLowerCase() === 'true';
    if (/^null$/i.test(token)) return null;
    if (/^\d{4}-\d{2}-\d{2}/.test(token)) return token;
    const number = Number(token);
    if (Number.isNaN(number)) throw new MalformedQuery(`not a value: ${token}`);
    return number;
  }

  private separated<T>(one: () => T): T[] {
    const items = [one()];
    while (this.take(',')) items.push(one());
    return items;
  }

  private withoutAlias(field: string): string {
    return this.alias !== undefined && field.startsWith(`${this.alias}.`) ? field.slice(this.alias.length + 1) : field;
  }

  private peekIdentifier(): boolean {
    return /^[A-Za-z_]/.test(this.tokens[this.at] ?? '');
  }

  private identifier(): string {
    if (!this.peekIdentifier())
      throw new MalformedQuery(`a name was expected, not ${this.tokens[this.at] ?? 'the end'}`);
    return this.next();
  }

  private isNext(...words: string[]): boolean {
    return words.includes((this.tokens[this.at] ?? '').toUpperCase());
  }

  private take(word: string): boolean {
    if (!this.isNext(word)) return false;
    this.at += 1;
    return true;
  }

  private expect(word: string): void {
    if (!this.take(word)) throw new MalformedQuery(`${word} was expected, not ${this.tokens[this.at] ?? 'the end'}`);
  }

  private next(): string {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new MalformedQuery('the query ends too early');
    return token;
  }
}

export type ValueOf = (row: JsonObject, field: string, display: boolean) => JsonValue | undefined;

/** The rows that meet all conditions, ordered and limited. */
export function selectRows(query: Query, rows: readonly JsonObject[], valueOf: ValueOf): JsonObject[] {
  const kept = rows.filter((row) =>
    query.where.every((condition) => holds(condition, valueOf(row, condition.field, condition.display) ?? null)),
  );
  kept.sort((left, right) => {
    for (const { field, descending } of query.orderBy) {
      const order = compare(valueOf(left, field, false) ?? null, valueOf(right, field, false) ?? null);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  return query.limit === undefined ? kept : kept.slice(0, query.limit);
}

function holds({ operator, values }: Condition, value: JsonValue): boolean {
  const [first = null] = values;
  if (operator === 'IN') return values.some((wanted) => equal(value, wanted));
  if (operator === 'NOT IN') return !values.some((wanted) => equal(value, wanted));
  if (operator === '=') return equal(value, first);
  if (operator === '!=') return !equal(value, first);
  if (value === null || first === null) return false;
  if (operator === 'LIKE') return likeOf(String(first)).test(asText(value));
  const order = compare(value, first);
  if (operator === '>') return order > 0;
  if (operator === '>=') return order >= 0;
  return operator === '<' ? order < 0 : order <= 0;
}

function equal(left: JsonValue, right: JsonValue): boolean {
  if (left === null || right === null) return left === right;
  return compare(left, right) === 0;
}

function likeOf(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+?^${}()|[\]\\*]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${escaped}$`, 'i');
}

/** Null first; numbers by size, moments by time, everything else as text. */
function compare(left: JsonValue, right: JsonValue): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
  const a = comparable(left);
  const b = comparable(right);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [asText(left), asText(right)];
  return x === y ? 0 : x < y ? -1 : 1;
}

function comparable(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  if (/^\d{4}-\d{2}-\d{2}(T|$)/.test(value)) return Date.parse(value.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}
