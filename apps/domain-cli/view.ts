/**
 * A kind of vector is a view on the engine: what its inputs look like, and which function of domain/ gives which
 * output. The mapping is all that is here and in kinds/; no rule is.
 */
import { z } from 'zod';
import type { Derivation } from '../../domain/money/derivation.ts';
import { DomainError } from '../../domain/errors.ts';
import type { RoundingMode } from '../../domain/money/decimal.ts';
import type { Rounding } from '../../domain/money/rounding.ts';

/** Units of no currency in particular, which the format has besides those of ISO 4217. */
export const CURRENCY_UNITS = 'CU';

/** Rounding as the file states it. */
export interface Settings {
  /** Of ISO 4217, or CURRENCY_UNITS. */
  currency: string;
  /** How a digit that does not fit is rounded. */
  mode: RoundingMode;
  /** Of amounts; null = exact. */
  rounding: Rounding | null;
  /** Of ratios, which are rounded before use; null = exact. */
  ratioRounding: Rounding | null;
  /** Which row of a schedule takes the difference; null = not stated. */
  remainder: 'first' | 'last' | 'largest' | null;
}

/** What JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Something computed, with the way to it: a figure of the engine, or a date or a count with a derivation. */
export interface Explained {
  value: string | number;
  derivation: Derivation;
}

/**
 * Outputs in the shape of the format. Names that an output repeats, such as the account of an entry or the month of a
 * row, stand between what is computed; nothing is computed of them, and null is where billing was not asked for.
 */
export type Output = Explained | string | null | readonly Output[] | { readonly [key: string]: Output };

/** Outputs by key. */
export type Outputs = Readonly<Record<string, Output>>;

/** A kind: takes unchecked inputs. @throws INPUT_INVALID, and what the rules throw */
export type View = (inputs: unknown, settings: Settings) => Outputs;

/** The names that the vector format gives to rounding modes. */
export const MODES: Readonly<Record<string, RoundingMode>> = {
  'half-up': 'half-away-from-zero',
  'half-even': 'half-even',
  'half-down': 'half-toward-zero',
  'half-ceiling': 'half-ceiling',
  'half-floor': 'half-floor',
  up: 'up',
  down: 'down',
};

/** The reader of a rounding mode by its name in the format. */
export const mode = z
  .string()
  .refine((name) => Object.hasOwn(MODES, name), `expected one of ${Object.keys(MODES).join(', ')}`)
  .transform((name) => MODES[name] ?? 'half-away-from-zero');

/** Keys that any kind may carry: a scale of all amounts in words, and remarks. They change no figure. */
const ALWAYS = { unit: z.string().optional(), notes: z.string().optional() };

/**
 * A view with these inputs. Unknown keys are refused: a misspelled mark-up would else be silently no mark-up.
 */
export function view<S extends z.core.$ZodLooseShape>(
  shape: S,
  compute: (inputs: z.output<z.ZodObject<S, z.core.$strict>>, settings: Settings) => Outputs,
): View {
  const schema = z.strictObject({ ...ALWAYS, ...shape });
  return (inputs, settings) =>
    compute(checked(schema, inputs, 'inputs') as z.output<z.ZodObject<S, z.core.$strict>>, settings);
}

/** The value as the schema reads it. @throws INPUT_INVALID with every finding and its place */
export function checked<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.map((issue) => ({
    path: [at, ...issue.path.map(String)].join('.'),
    message: issue.message,
  }));
  const [first] = findings;
  throw new DomainError('INPUT_INVALID', `${first?.path ?? at}: ${first?.message ?? 'not readable'}`, { findings });
}

/** The outputs with each computed thing replaced; null stays, and names become what `names` makes of them. */
function mapped(outputs: Outputs, of: (one: Explained) => Json, names: (name: string) => Json): Record<string, Json> {
  const map = (output: Output): Json => {
    if (output === null) return null;
    if (typeof output === 'string') return names(output);
    if (isList(output)) return output.map(map);
    return isExplained(output) ? of(output) : mapped(output, of, names);
  };
  return Object.fromEntries(Object.entries(outputs).map(([key, output]) => [key, map(output)]));
}

function isList(output: object): output is readonly Output[] {
  return Array.isArray(output);
}

function isExplained(output: Explained | Outputs): output is Explained {
  // Names of the file's choice are keys of outputs, perhaps also "derivation": what stands there has no rule.
  const { derivation } = output as { derivation?: { rule?: unknown } | string | null };
  return typeof derivation === 'object' && typeof derivation?.rule === 'string';
}

/** The outputs as the format has them: values and names. */
export function resultOf(outputs: Outputs): Record<string, Json> {
  return mapped(
    outputs,
    ({ value }) => value,
    (name) => name,
  );
}

/** Of the same shape: for every value the way to it, with the value; null where a name stands. */
export function explanationOf(outputs: Outputs): Record<string, Json> {
  return mapped(
    outputs,
    ({ value, derivation }) => ({ value, ...derivation }) as unknown as Json,
    () => null,
  );
}
