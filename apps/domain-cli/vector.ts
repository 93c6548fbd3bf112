/**
 * One file of the vector format: read, computed by its kind's view, answered as one JSON line. `expected` is ignored;
 * comparing is the business of whoever asks.
 */
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { KINDS } from './kinds/index.ts';
import { checked, type Computed, mode, type Settings } from './view.ts';

const rounding = z
  .strictObject({
    mode: mode.optional(),
    scale: z.int().min(0).max(28).optional(),
    ratioScale: z.int().min(0).max(28).optional(),
    remainder: z.enum(['first', 'last', 'largest']).optional(),
  })
  .optional();

/** The file as a whole. What documents it (title, source, notes ...) is for people and may be anything. */
export const fileSchema = z.looseObject({
  id: z.string().min(1),
  kind: z.string().min(1),
  currency: z.string().optional(),
  rounding,
  inputs: z.looseObject({}),
});

/** The line that answers a file. */
export type Answer =
  | ({ id: string; result: Computed['result'] } & Partial<Pick<Computed, 'derivation'>>)
  | { id: string; error: { code: string; message: string; details: unknown } };

/** Computes a file's text; `name` stands in for the id while the file has none. Throws only for bugs of our own. */
export function answer(text: string, name: string, options: { explain: boolean }): Answer {
  let id = name;
  try {
    const content = readJson(text);
    if (typeof content === 'object' && content !== null && 'id' in content && typeof content.id === 'string') {
      id = content.id;
    }
    const file = checked(fileSchema, content, 'file');
    const view = Object.hasOwn(KINDS, file.kind) ? KINDS[file.kind] : undefined;
    if (!view) {
      const kinds = Object.keys(KINDS).sort();
      throw new DomainError('KIND_UNKNOWN', `"${file.kind}" is not a kind that can be computed`, { kinds });
    }
    const { result, derivation } = view(file.inputs, settingsOf(file));
    return options.explain ? { id, result, derivation } : { id, result };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { id, error: { code: error.code, message: error.message, details: error.details } };
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DomainError('FILE_INVALID', `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function settingsOf({ currency, rounding: stated }: z.output<typeof fileSchema>): Settings {
  const roundingMode = stated?.mode ?? 'half-away-from-zero';
  const to = (scale: number | undefined) => (scale === undefined ? null : { mode: roundingMode, scale });
  return {
    currency: currency ?? 'CU',
    mode: roundingMode,
    rounding: to(stated?.scale),
    ratioRounding: to(stated?.ratioScale),
    remainder: stated?.remainder ?? null,
  };
}
