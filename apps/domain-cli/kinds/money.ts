/** Kinds of plain money arithmetic: rounding, splitting, minor units. */
import { z } from 'zod';
import { allocateFigures } from '../../../domain/money/allocate.ts';
import { minorDigits } from '../../../domain/money/currency.ts';
import { cashRounding } from '../../../domain/tax/document-totals.ts';
import { decimal, positive } from '../reading.ts';
import { mode, type Outputs, type View, view } from '../view.ts';

const round = view(
  {
    mode: mode.optional(),
    step: positive.default('1'),
    values: z.array(decimal).optional(),
    cases: z.array(z.strictObject({ mode, values: z.array(decimal) })).optional(),
  },
  ({ mode: stated, step, values = [], cases }, settings): Outputs => {
    if (cases) {
      return {
        results: cases.map((one) => one.values.map((value) => cashRounding(value, step, one.mode).rounded)),
      };
    }
    const rows = values.map((value) => cashRounding(value, step, stated ?? settings.mode));
    return { results: rows.map(({ rounded }) => rounded), differences: rows.map(({ difference }) => difference) };
  },
);

const allocate = view(
  {
    mode: z.enum(['largest-remainder', 'floor-to-first']).default('largest-remainder'),
    step: positive.default('1'),
    cases: z.array(z.strictObject({ total: decimal, weights: z.array(decimal), step: positive.optional() })),
  },
  ({ mode: rule, step, cases }) => ({
    results: cases.map(({ total, weights, step: own = step }) =>
      allocateFigures(total, weights, { step: own, mode: rule }),
    ),
  }),
);

const minorUnits = view({ codes: z.array(z.string()) }, ({ codes }) => ({
  digits: Object.fromEntries(
    codes.map((code) => {
      const value = minorDigits(code);
      const rule = 'digits of the minor unit, ISO 4217';
      return [code, { value, derivation: { rule, inputs: { code }, exact: String(value), rounding: null } }];
    }),
  ),
}));

/** Views by kind. */
export const moneyKinds: Readonly<Record<string, View>> = { round, allocate, 'minor-units': minorUnits };
