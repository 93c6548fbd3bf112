/** Kinds of plain money arithmetic: rounding, splitting, minor units. */
import { z } from 'zod';
import { allocateFigures } from '../../../domain/money/allocate.ts';
import { DomainError } from '../../../domain/errors.ts';
import { minorDigits } from '../../../domain/money/currency.ts';
import type { Decimal } from '../../../domain/money/decimal.ts';
import { stepOf } from '../../../domain/money/rounding.ts';
import { cashRounding } from '../../../domain/tax/document-totals.ts';
import { decimal, positive } from '../reading.ts';
import { mode, type Outputs, type Settings, type View, view } from '../view.ts';

/** Where a file names no step, it is that of its scale; units where it states neither. */
function stepStated({ rounding }: Settings): Decimal {
  return rounding ? stepOf(rounding) : '1';
}

const round = view(
  {
    mode: mode.optional(),
    step: positive.optional(),
    values: z.array(decimal).optional(),
    cases: z.array(z.strictObject({ mode, values: z.array(decimal) })).optional(),
  },
  ({ mode: stated, step, values, cases }, settings): Outputs => {
    if ((values === undefined) === (cases === undefined)) {
      throw new DomainError('INPUT_INVALID', 'inputs: expected values or cases', { values, cases });
    }
    const to = step ?? stepStated(settings);
    if (cases) {
      return { results: cases.map((one) => one.values.map((value) => cashRounding(value, to, one.mode).rounded)) };
    }
    const rows = (values ?? []).map((value) => cashRounding(value, to, stated ?? settings.mode));
    return { results: rows.map(({ rounded }) => rounded), differences: rows.map(({ difference }) => difference) };
  },
);

const allocate = view(
  {
    mode: z.enum(['largest-remainder', 'floor-to-first']).default('largest-remainder'),
    step: positive.optional(),
    cases: z.array(z.strictObject({ total: decimal, weights: z.array(decimal), step: positive.optional() })),
  },
  ({ mode: rule, step, cases }, settings) => ({
    results: cases.map(({ total, weights, step: own }) =>
      allocateFigures(total, weights, { step: own ?? step ?? stepStated(settings), mode: rule }),
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
