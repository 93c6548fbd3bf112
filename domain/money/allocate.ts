/**
 * Splitting an amount so that the parts sum to the whole to the minor unit: largest remainder, ties to the first
 * (domain.md, Amounts; Hamilton's method). Works on whole numbers throughout, so the order of remainders is exact.
 */
import { DomainError } from '../errors.ts';
import { type Decimal, isDecimal } from './decimal.ts';
import { type Money, money } from './money.ts';

/** Weights brought to whole numbers of the same scale: '1.5', '2' -> 15, 20. */
function wholeWeights(weights: readonly Decimal[]): bigint[] {
  const scale = Math.max(0, ...weights.map((weight) => (weight.split('.')[1] ?? '').length));
  return weights.map((weight) => {
    const [whole = '', fraction = ''] = weight.split('.');
    return BigInt(whole + fraction.padEnd(scale, '0'));
  });
}

/**
 * The total in parts proportional to the weights; a weight of zero gets nothing, a negative total gives negative parts.
 * @throws ALLOCATION_INVALID when a weight is negative or not a number, or all are zero
 */
export function allocate(total: Money, weights: readonly Decimal[]): Money[] {
  if (!weights.every((weight) => isDecimal(weight) && !weight.startsWith('-'))) {
    throw new DomainError('ALLOCATION_INVALID', 'weights of an allocation are numbers and not negative', { weights });
  }
  const parts = wholeWeights(weights);
  const sum = parts.reduce((a, b) => a + b, 0n);
  if (sum === 0n) throw new DomainError('ALLOCATION_INVALID', 'an allocation needs a weight above zero', { weights });

  const whole = BigInt(Math.abs(total.amountMinor));
  const shares = parts.map((part, index) => ({ index, floor: (whole * part) / sum, remainder: (whole * part) % sum }));
  const missing = Number(whole - shares.reduce((a, share) => a + share.floor, 0n));
  // sort is stable, so equal remainders keep their order: ties to the first.
  const byRemainder = [...shares].sort((a, b) =>
    a.remainder === b.remainder ? 0 : a.remainder > b.remainder ? -1 : 1,
  );
  const raised = new Set(byRemainder.slice(0, missing).map((share) => share.index));

  const sign = total.amountMinor < 0 ? -1 : 1;
  return shares.map(({ index, floor }) => money(sign * (Number(floor) + (raised.has(index) ? 1 : 0)), total.currency));
}
