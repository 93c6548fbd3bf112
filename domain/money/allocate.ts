/**
 * Splitting an amount so that the parts sum to the whole: largest remainder, ties to the first (domain.md, Amounts;
 * Hamilton's method; B26), or everything that does not divide to the first. Works on whole numbers throughout, so the
 * order of remainders is exact.
 */
import { DomainError } from '../errors.ts';
import { type Decimal, dividedBy, isDecimal, minus, sumDecimals, times, wholeNumbers } from './decimal.ts';
import { type Figure, type RemainderRule, splitFigure } from './derivation.ts';
import { type Money, money } from './money.ts';
import { rounded, type Rounding } from './rounding.ts';

export type { RemainderRule } from './derivation.ts';

/**
 * The total in parts proportional to the weights; a weight of zero gets nothing, a negative total gives negative parts.
 * @throws ALLOCATION_INVALID when a weight is negative or not a number, or all are zero
 */
export function allocate(
  total: Money,
  weights: readonly Decimal[],
  rule: RemainderRule = 'largest-remainder',
): Money[] {
  return split(BigInt(total.amountMinor), weights, rule).map((part) => money(Number(part), total.currency));
}

/**
 * The same for a decimal total in whole steps, e.g. '0.01'.
 * @throws ALLOCATION_INVALID also when the total is not a whole number of steps or the step is not above zero
 */
export function allocateDecimal(
  total: Decimal,
  weights: readonly Decimal[],
  step: Decimal,
  rule: RemainderRule = 'largest-remainder',
): Decimal[] {
  const [whole = 0n, size = 0n] = wholeNumbers([total, step]);
  if (size <= 0n || whole % size !== 0n) {
    const message = `${total} is not a whole number of steps of ${step}`;
    throw new DomainError('ALLOCATION_INVALID', message, { total, step });
  }
  return split(whole / size, weights, rule).map((part) => times(String(part), step));
}

/**
 * The parts as figures: total x weight / sum of weights, and how the split rounded it. `inputsOf` adds what a part is
 * of; `rule` is the rule in words.
 * @throws ALLOCATION_INVALID as allocateDecimal
 */
export function allocateFigures(
  total: Decimal,
  weights: readonly Decimal[],
  { step, mode }: { step: Decimal; mode: RemainderRule },
  rule = 'total x weight / sum of weights',
  inputsOf: (index: number) => Readonly<Record<string, string>> = () => ({}),
): Figure[] {
  const parts = allocateDecimal(total, weights, step, mode);
  const sum = sumDecimals(weights);
  return parts.map((value, index) => {
    const weight = weights[index] ?? '0';
    const inputs = { total, weight, sum, ...inputsOf(index) };
    return splitFigure(rule, inputs, { value, exact: dividedBy(times(total, weight), sum) }, { mode, step });
  });
}

/**
 * Parts rounded one by one, of which the one at `taker` takes what rounding left of the total, so that they sum to it:
 * how schedules close (Business Central lets the last row take it, OCA the first; B16, B60).
 * @throws DECIMAL_INVALID
 */
export function roundedToSum(
  total: Decimal,
  parts: readonly Decimal[],
  rounding: Rounding | null,
  taker: number,
): Decimal[] {
  const each = parts.map((part) => rounded(part, rounding));
  const rest = minus(total, sumDecimals(each.filter((_, index) => index !== taker)));
  return each.map((part, index) => (index === taker ? rest : part));
}

function split(total: bigint, weights: readonly Decimal[], rule: RemainderRule): bigint[] {
  if (!weights.every((weight) => isDecimal(weight) && !weight.startsWith('-'))) {
    throw new DomainError('ALLOCATION_INVALID', 'weights of an allocation are numbers and not negative', { weights });
  }
  const parts = wholeNumbers(weights);
  const sum = parts.reduce((a, b) => a + b, 0n);
  if (sum === 0n) throw new DomainError('ALLOCATION_INVALID', 'an allocation needs a weight above zero', { weights });

  const [sign, whole] = total < 0n ? [-1n, -total] : [1n, total];
  const shares = parts.map((part, index) => ({ index, floor: (whole * part) / sum, remainder: (whole * part) % sum }));
  const missing = whole - shares.reduce((a, share) => a + share.floor, 0n);
  if (rule === 'floor-to-first') {
    const first = parts.findIndex((part) => part > 0n);
    return shares.map(({ index, floor }) => sign * (index === first ? floor + missing : floor));
  }
  // sort is stable, so equal remainders keep their order: ties to the first.
  const byRemainder = [...shares].sort((a, b) =>
    a.remainder === b.remainder ? 0 : a.remainder > b.remainder ? -1 : 1,
  );
  const raised = new Set(byRemainder.slice(0, Number(missing)).map((share) => share.index));
  return shares.map(({ index, floor }) => sign * (raised.has(index) ? floor + 1n : floor));
}
