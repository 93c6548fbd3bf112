// Published worked examples, computed by the engine: every figure equal to the last digit. A file's `expected` may
// leave outputs out; what it names must be there. test/vectors/README.md has the format and the sources.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { answer } from '../../../apps/domain-cli/vector.ts';
import { compareDecimals, isDecimal, minus, absolute } from '../../../domain/money/decimal.ts';
import { unexplained } from './unexplained.ts';

const folder = join(process.cwd(), 'test', 'vectors');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort();

const vectorSchema = z.strictObject({
  id: z.string(),
  title: z.string().min(1),
  area: z.string().min(1),
  kind: z.string().min(1),
  currency: z
    .string()
    .regex(/^([A-Z]{3}|CU)$/)
    .optional(),
  source: z.strictObject({ ref: z.string().min(1), locator: z.string().min(1), commit: z.string().optional() }),
  confidence: z.enum(['read', 'memory']),
  derived: z.string().optional(),
  rounding: z.looseObject({}).optional(),
  inputs: z.looseObject({}),
  expected: z.looseObject({}),
  tolerance: z.string().refine(isDecimal),
  notes: z.string().optional(),
});

/** Places where the result is not what is expected, as `path: expected ..., computed ...`. */
function differences(expected: unknown, actual: unknown, tolerance: string, path = ''): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      return [`${path}: expected ${JSON.stringify(expected)}, computed ${JSON.stringify(actual)}`];
    }
    return expected.flatMap((one, index) => differences(one, actual[index], tolerance, `${path}[${String(index)}]`));
  }
  if (typeof expected === 'object' && expected !== null) {
    const holder = (typeof actual === 'object' && actual !== null ? actual : {}) as Record<string, unknown>;
    return Object.entries(expected).flatMap(([key, one]) =>
      differences(one, holder[key], tolerance, path === '' ? key : `${path}.${key}`),
    );
  }
  const [a, b] = [String(expected), String(actual)];
  const same =
    isDecimal(a) && isDecimal(b) ? compareDecimals(absolute(minus(a, b)), tolerance) <= 0 : expected === actual;
  return same ? [] : [`${path}: expected ${a}, computed ${b}`];
}

test('all sixty published examples are here', () => {
  expect(files).toHaveLength(60);
});

describe('published worked examples', () => {
  test.each(files)('%s', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const vector = vectorSchema.parse(JSON.parse(text));
    expect(`${vector.id}.json`).toBe(name);
    const computed = answer(text, name, { explain: true });
    if ('error' in computed) throw new Error(`${computed.error.code}: ${computed.error.message}`);
    expect(computed.id).toBe(vector.id);
    expect(differences(vector.expected, computed.result, vector.tolerance)).toEqual([]);
    // Every figure is explained, also one deep inside: at the same path stands the way to it.
    expect(Object.keys(computed.derivation ?? {}).sort()).toEqual(Object.keys(computed.result).sort());
    expect(unexplained(computed.result, computed.derivation)).toEqual([]);
  });
});

describe('the comparison itself', () => {
  test('sees a wrong figure, a missing one and a row too many', () => {
    expect(differences({ a: ['1', '2'] }, { a: ['1.00', '2'] }, '0')).toEqual([]);
    expect(differences({ a: ['1', '2'] }, { a: ['1', '2.01'] }, '0')).toEqual(['a[1]: expected 2, computed 2.01']);
    expect(differences({ a: '1' }, {}, '0')).toEqual(['a: expected 1, computed undefined']);
    expect(differences({ a: ['1'] }, { a: ['1', '2'] }, '0')).toHaveLength(1);
    expect(differences({ d: '2026-01-31' }, { d: '2026-02-01' }, '0')).toHaveLength(1);
  });
});
