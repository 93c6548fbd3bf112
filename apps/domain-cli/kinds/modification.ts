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
import { decimal, notNegative, positive, share } from '../reading.ts';
import { checked, named, type Settings, type View, view } from '../view.ts';

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

const separate = view({ ...KEYS, original: units, delivered: notNegative.default('0') }, (inputs, { rounding }) =>
  named(separateContract(inputs.original, inputs.delivered, inputs.added, rounding)),
);

const byUnits = (inputs: {
  added: z.output<typeof units>;
  creditForDelivered?: { qty: string; amount: string } | null;
}) => [inputs.added, inputs.creditForDelivered ?? null] as const;

const unitsLeft = view({ ...KEYS, remaining: units }, (inputs, { rounding }) =>
  named(prospectiveUnits(inputs.remaining, ...byUnits(inputs), rounding)),
);

const unitsOfOriginal = view({ ...KEYS, original: units, delivered: notNegative }, (inputs, { rounding }) =>
  named(prospectiveUnits(remainingUnits(inputs.original, inputs.delivered), ...byUnits(inputs), rounding)),
);

const overTime = view(
  { ...KEYS, remainingConsideration: z.array(decimal).min(1), periods: positive },
  (inputs, { rounding }) => named(prospectiveTime(inputs.remainingConsideration, inputs.periods, rounding)),
);

const catchUpProgress = view({ ...KEYS, before: costed, after: costed }, (inputs, settings) =>
  named(catchUpByProgress(inputs.before, inputs.after, roundingsOf(settings))),
);

const catchUpUnits = view({ ...KEYS, original: units, done: notNegative }, (inputs, settings) =>
  named(catchUpByUnits(inputs.original, inputs.added, inputs.done, roundingsOf(settings))),
);

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

const rerate = view({ billed: lines, revised: lines }, ({ billed, revised }, { rounding }) =>
  named(rebill(billed, revised, rounding)),
);

/** Views by kind. */
export const modificationKinds: Readonly<Record<string, View>> = { modification, rerate };
