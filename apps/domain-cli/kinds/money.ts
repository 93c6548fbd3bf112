/** Kinds of plain money arithmetic: rounding, splitting, minor units. */
import { z } from 'zod';
import { allocateDecimal } from '../../../domain/money/allocate.ts';
import { minorDigits } from '../../../domain/money/currency.ts';
import { type Decimal, minus, roundToStep, type RoundingMode } from '../../../domain/money/decimal.ts';
import { figure } from '../../../domain/money/derivation.ts';
import { decimal, positive } from '../reading.ts';
import { listed, mode, together, type View, view } from '../view.ts';

const round = view(
  {
    mode: mode.optional(),
    step: positive.default('1'),
    values: z.array(decimal).optional(),
    cases: z.array(z.strictObject({ mode, values: z.array(decimal) })).optional(),
  },
  ({ mode: stated, step, values, cases }, settings) => {
    const to = (exact: Decimal, by: RoundingMode) =>
      figure('nearest multiple of the step', { step, mode: by }, exact, null).derivation;
    if (cases) {
      const results = cases.map((one) => one.values.map((value) => roundToStep(value, step, one.mode)));
      return {
        result: { results },
        derivation: { results: cases.flatMap((one) => one.values.map((v) => to(v, one.mode))) },
      };
    }
    const by = stated ?? settings.mode;
    const rows = (values ?? []).map((value) => {
      const result = roundToStep(value, step, by);
      return {
        result: { value: result, derivation: to(value, by) },
        difference: figure('rounded - value', { value, rounded: result }, minus(result, value), null),
      };
    });
    return together(
      listed(
        'results',
        rows.map((row) => row.result),
      ),
      listed(
        'differences',
        rows.map((row) => row.difference),
      ),
    );
  },
);

const allocate = view(
  {
    mode: z.enum(['largest-remainder', 'floor-to-first']).default('largest-remainder'),
    step: positive.default('1'),
    cases: z.array(z.strictObject({ total: decimal, weights: z.array(decimal), step: positive.optional() })),
  },
  ({ mode: rule, step, cases }) => ({
    result: { results: cases.map((one) => allocateDecimal(one.total, one.weights, one.step ?? step, rule)) },
    derivation: {
      results: cases.map(({ total, weights, step: own }) => ({
        rule: `total x weight / sum of weights, ${rule}`,
        inputs: { total, weights: weights.join(' '), step: own ?? step },
        exact: total,
        rounding: null,
      })),
    },
  }),
);

const minorUnits = view({ codes: z.array(z.string()) }, ({ codes }) => ({
  result: { digits: Object.fromEntries(codes.map((code) => [code, minorDigits(code)])) },
  derivation: {
    digits: codes.map((code) => ({
      rule: 'digits of the minor unit, ISO 4217',
      inputs: { code },
      exact: String(minorDigits(code)),
      rounding: null,
    })),
  },
}));

/** Views by kind. */
export const moneyKinds: Readonly<Record<string, View>> = { round, allocate, 'minor-units': minorUnits };
