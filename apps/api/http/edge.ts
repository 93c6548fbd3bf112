/**
 * How values of the domain look at the HTTP edge (decisions.md 15; operations.md 4.4): amounts, whose member names end
 * in `Minor`, are strings of minor units, because JSON numbers lose digits in other languages; instants are RFC 3339
 * text in UTC. The rule is by name, so it holds for everything, and it can be turned round.
 */

const isAmount = (name: string): boolean => name.endsWith('Minor');
const isInstant = (name: string): boolean => name.endsWith('At') || name === 'at' || name === 'since';

type Turn = (name: string, value: unknown) => unknown;

function walk(value: unknown, turn: Turn, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, turn, name));
  if (typeof value !== 'object' || value === null) return turn(name, value);
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, walk(inner, turn, member)]));
}

/** A value as it is answered. Without `amounts`, every amount is null: the reader may not see them. */
export function toEdge(value: unknown, { amounts = true }: { amounts?: boolean } = {}): unknown {
  return walk(value, (name, inner) => {
    if (typeof inner !== 'number') return inner;
    if (isAmount(name)) return amounts ? String(inner) : null;
    return isInstant(name) ? new Date(inner).toISOString() : inner;
  });
}

/** The value behind an answer of ours, for programs that calculate with it. */
export function fromEdge(value: unknown): unknown {
  return walk(value, (name, inner) => {
    if (typeof inner !== 'string') return inner;
    if (isAmount(name)) return Number(inner);
    return isInstant(name) ? Date.parse(inner) : inner;
  });
}
