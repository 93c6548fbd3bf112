/**
 * Walks a result and its explanation side by side: every number has, at the same path, a derivation that leads to just
 * this number, by a rounding that is named whenever the number is not the exact value.
 */
import { compareDecimals, isDecimal } from '../../../domain/money/decimal.ts';
import { rounded, type AnyRounding } from '../../../domain/money/rounding.ts';

const SPLITS = ['largest-remainder', 'floor-to-first'];

interface Way {
  value: string | number;
  rule: string;
  inputs: Record<string, string>;
  exact: string;
  rounding: (AnyRounding | { mode: string; step: string }) | null;
  parts?: Way[];
}

/** What is wrong, as `path: problem`; names and dates need no derivation, numbers do. */
export function unexplained(result: unknown, explanation: unknown, path = ''): string[] {
  if (Array.isArray(result)) {
    const ways = Array.isArray(explanation) ? (explanation as unknown[]) : [];
    return result.flatMap((one, index) => unexplained(one, ways[index], `${path}[${String(index)}]`));
  }
  if (typeof result === 'object' && result !== null) {
    const ways = (explanation ?? {}) as Record<string, unknown>;
    return Object.entries(result).flatMap(([key, one]) => unexplained(one, ways[key], `${path}.${key}`));
  }
  const isNumber = typeof result === 'number' || (typeof result === 'string' && isDecimal(result));
  return isNumber ? problemsOf(String(result), explanation as Way | null | undefined, path) : [];
}

function problemsOf(value: string, way: Way | null | undefined, path: string): string[] {
  if (!way?.rule) return [`${path}: ${value} has no derivation`];
  if (String(way.value) !== value) return [`${path}: the derivation leads to ${String(way.value)}, not to ${value}`];
  const texts = Object.entries(way.inputs).filter(([, input]) => typeof input !== 'string');
  if (texts.length > 0) return [`${path}: inputs ${texts.map(([name]) => name).join(', ')} are no texts`];
  return endsAt(value, way) ? [] : [`${path}: ${way.exact} by ${JSON.stringify(way.rounding)} is not ${value}`];
}

function endsAt(value: string, { exact, rounding }: Way): boolean {
  if (rounding && SPLITS.includes(rounding.mode) && 'step' in rounding) {
    // Rounded with its fellows: within a step of its exact share.
    const [least, most] = ['down', 'up'].map((mode) => rounded(exact, { ...rounding, mode } as AnyRounding));
    return (
      [least, most].some((bound) => compareDecimals(bound ?? '', value) === 0) || rounding.mode === 'floor-to-first'
    );
  }
  return compareDecimals(rounded(exact, rounding as AnyRounding | null), value) === 0;
}
