/**
 * One file of the vector format: read, computed by its kind's view, answered as one JSON line. `expected` is ignored;
 * comparing is the business of whoever asks.
 */
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { minorDigits } from '../../domain/money/currency.ts';
import { KINDS } from './kinds/index.ts';
import { whole } from './reading.ts';
import { checked, CURRENCY_UNITS, explanationOf, type Json, mode, resultOf, type Settings } from './view.ts';

/** Digits after the point. */
const places = whole.refine((count) => count >= 0 && count <= 28, 'expected 0 to 28 digits');

const rounding = z
  .strictObject({
    mode: mode.optional(),
    scale: places.optional(),
    ratioScale: places.optional(),
    remainder: z.enum(['first', 'last', 'largest']).optional(),
  })
  .nullable()
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
  | { id: string; result: Record<string, Json>; derivation?: Record<string, Json> }
  | { id: string; error: { code: string; message: string; details: unknown } };

/**
 * Computes a file's text; `name` stands in for the id while the file has none. A bug of ours is answered as INTERNAL,
 * so that the other files are computed.
 */
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
    const outputs = view(file.inputs, settingsOf(file));
    const line = { id, result: resultOf(outputs) };
    return options.explain ? { ...line, derivation: explanationOf(outputs) } : line;
  } catch (error) {
    if (!(error instanceof DomainError)) {
      const message = `the engine failed: ${error instanceof Error ? error.message : String(error)}`;
      return { id, error: { code: 'INTERNAL', message, details: {} } };
    }
    return { id, error: { code: error.code, message: error.message, details: error.details } };
  }
}

function readJson(text: string): unknown {
  try {
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ''), (key, value: unknown) => {
      if (key !== '__proto__' && value !== '__proto__') return value;
      throw new DomainError('INPUT_INVALID', '"__proto__" cannot be a name: no result could hold it', { key });
    });
    return content;
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('FILE_INVALID', `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws CURRENCY_UNKNOWN */
function settingsOf({ currency = CURRENCY_UNITS, rounding: stated }: z.output<typeof fileSchema>): Settings {
  if (currency !== CURRENCY_UNITS) minorDigits(currency);
  const roundingMode = stated?.mode ?? 'half-away-from-zero';
  const to = (scale: number | undefined) => (scale === undefined ? null : { mode: roundingMode, scale });
  return {
    currency,
    mode: roundingMode,
    rounding: to(stated?.scale),
    ratioRounding: to(stated?.ratioScale),
    remainder: stated?.remainder ?? null,
  };
}
