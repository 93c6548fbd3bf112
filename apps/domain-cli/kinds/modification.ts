/** Kinds of modification: contract modifications by type, and what was billed re-rated. */
import { z } from 'zod';
import {
  catchUpByProgress,
  catchUpByUnits,
  prospectiveTime,
  prospectiveUnits,
  remainingUnits,
  separateContract,
} from '../../../domain/change/modification.ts';
import { rebill } from '../../../domain/change/rebill.ts';
import { DomainError } from '../../../domain/errors.ts';
import { compareDecimals } from '../../../domain/money/decimal.ts';
import { decimal, notNegative, positive, share } from '../reading.ts';
import { checked, type Settings, type View, view } from '../view.ts';

const units = z.strictObject({ qty: decimal, price: decimal });
const costed = z.strictObject({ transactionPrice: decimal, costToDate: notNegative, totalCost: positive });

/** Every key of the kind: what a type does not use, it lets pass. */
const KEYS = {
  type: z.string(),
  original: units.optional(),
  delivered: notNegative.optional(),
  added: units.default({ qty: '0', price: '0' }),
  remaining: units.optional(),
  creditForDelivered: z.strictObject({ qty: decimal, amount: decimal }).nullish(),
  remainingConsideration: z.array(decimal).optional(),
  periods: positive.optional(),
  before: costed.optional(),
  after: costed.optional(),
  done: notNegative.optional(),
};

function roundingsOf({ rounding, ratioRounding }: Settings) {
  return { amounts: rounding, ratios: ratioRounding };
}

const separate = view({ ...KEYS, original: units, delivered: notNegative.default('0') }, (inputs, { rounding }) => ({
  ...separateContract(inputs.original, inputs.delivered, inputs.added, rounding),
}));

const byUnits = (inputs: {
  added: z.output<typeof units>;
  creditForDelivered?: { qty: string; amount: string } | null;
}) => [inputs.added, inputs.creditForDelivered ?? null] as const;

const unitsLeft = view({ ...KEYS, remaining: units }, (inputs, { rounding }) => ({
  ...prospectiveUnits(inputs.remaining, ...byUnits(inputs), rounding),
}));

const unitsOfOriginal = view({ ...KEYS, original: units, delivered: notNegative }, (inputs, { rounding }) => ({
  ...prospectiveUnits(remainingUnits(inputs.original, inputs.delivered), ...byUnits(inputs), rounding),
}));

const overTime = view(
  { ...KEYS, remainingConsideration: z.array(decimal).min(1), periods: positive },
  (inputs, { rounding }) => ({ ...prospectiveTime(inputs.remainingConsideration, inputs.periods, rounding) }),
);

const catchUpProgress = view({ ...KEYS, before: costed, after: costed }, (inputs, settings) => ({
  ...catchUpByProgress(inputs.before, inputs.after, roundingsOf(settings)),
}));

/** What is done may also be said to be delivered: units are one or the other, never both in different numbers. */
const catchUpUnits = view({ ...KEYS, original: units }, (inputs, settings) => {
  const { original, added, done = inputs.delivered, delivered = done } = inputs;
  if (done === undefined || delivered === undefined || compareDecimals(done, delivered) !== 0) {
    const given = done === undefined ? 'neither' : `done ${done} and delivered ${delivered ?? ''}`;
    const message = `inputs.done: expected the units done (or delivered, the same number), not ${given}`;
    throw new DomainError('INPUT_INVALID', message, { done: done ?? null, delivered: delivered ?? null });
  }
  return { ...catchUpByUnits(original, added, done, roundingsOf(settings)) };
});

/** What is left may be stated, or follow from the original promise and what is delivered. */
const prospective: View = (inputs, settings) => {
  const { remaining } = checked(z.looseObject({ remaining: z.unknown().optional() }), inputs, 'inputs');
  return (remaining === undefined ? unitsOfOriginal : unitsLeft)(inputs, settings);
};

const TYPES = {
  separate,
  'prospective-units': prospective,
  'prospective-time': overTime,
  'catch-up-progress': catchUpProgress,
  'catch-up-units': catchUpUnits,
} satisfies Record<string, View>;

const modification: View = (inputs, settings) => {
  const types = Object.keys(TYPES) as (keyof typeof TYPES)[];
  const { type } = checked(z.looseObject({ type: z.enum(types) }), inputs, 'inputs');
  return TYPES[type](inputs, settings);
};

const lines = z.array(z.strictObject({ id: z.string(), price: decimal, fraction: share }));

const rerate = view({ billed: lines, revised: lines }, ({ billed, revised }, { rounding }) => ({
  ...rebill(billed, revised, rounding),
}));

/** Views by kind. */
export const modificationKinds: Readonly<Record<string, View>> = { modification, rerate };
