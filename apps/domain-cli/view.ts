/**
 * A kind of vector is a view on the engine: what its inputs look like, and which function of domain/ gives which
 * output. The mapping is all that is here and in kinds/; no rule is.
 */
import { z } from 'zod';
import type { Derivation, Figure } from '../../domain/money/derivation.ts';
import { DomainError } from '../../domain/errors.ts';
import type { RoundingMode } from '../../domain/money/decimal.ts';
import type { Rounding } from '../../domain/money/rounding.ts';

/** Rounding as the file states it. */
export interface Settings {
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

/** Outputs by key, and by the same keys the ways to them. */
export interface Computed {
  result: Record<string, Json>;
  derivation: Record<string, Derivation | Derivation[]>;
}

/** A kind: takes unchecked inputs. @throws INPUT_INVALID, and what the rules throw */
export type View = (inputs: unknown, settings: Settings) => Computed;

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
  compute: (inputs: z.output<z.ZodObject<S, z.core.$strict>>, settings: Settings) => Computed,
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

/** Results of a list of cases: the values under one key, with the way to each. */
export function listed(key: string, figures: readonly Figure[]): Computed {
  return {
    result: { [key]: figures.map((one) => one.value) },
    derivation: { [key]: figures.map((one) => one.derivation) },
  };
}

/** Results by name. */
export function named(figures: Readonly<Record<string, Figure>>): Computed {
  const entries = Object.entries(figures);
  return {
    result: Object.fromEntries(entries.map(([key, one]) => [key, one.value])),
    derivation: Object.fromEntries(entries.map(([key, one]) => [key, one.derivation])),
  };
}

/** Several results in one. */
export function together(...parts: readonly Computed[]): Computed {
  return {
    result: Object.assign({}, ...parts.map((part) => part.result)) as Computed['result'],
    derivation: Object.assign({}, ...parts.map((part) => part.derivation)) as Computed['derivation'],
  };
}
