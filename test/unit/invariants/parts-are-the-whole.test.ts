// Parts sum to the whole, to the minor unit, wherever something is divided: an amount by weights, a period by its days,
// what is held back by its releases, work by its limits, a price by its obligations, a bill by its funders.
import fc from 'fast-check';
import { capCharges, billableOnly, heldTotal } from '../../../domain/billing/capped-charges.ts';
import { fund, type FundingRule } from '../../../domain/billing/funding.ts';
import { holdback } from '../../../domain/billing/holdback.ts';
import { admit, LIMIT_LEVELS } from '../../../domain/billing/not-to-exceed.ts';
import { prorate, shareByActualDays, sharesOfSpan } from '../../../domain/billing/proration.ts';
import { retainerPeriods } from '../../../domain/billing/retainer.ts';
import { allocate, allocateDecimal, roundedToSum } from '../../../domain/money/allocate.ts';
import { compareDecimals, type Decimal, sumDecimals } from '../../../domain/money/decimal.ts';
import { sumFractions } from '../../../domain/money/fraction.ts';
import { add, formatDecimal, type Money, money, sumMoney } from '../../../domain/money/money.ts';
import { roundingOf, stepOf } from '../../../domain/money/rounding.ts';
import { allocatePrice } from '../../../domain/revenue/allocate-price.ts';
import { type Convention, straightLine } from '../../../domain/revenue/straight-line.ts';
import { discountFees } from '../../../domain/tax/discount.ts';
import { period } from '../../../domain/time/period.ts';
import { addDays } from '../../../domain/time/plain-date.ts';
import { charge, retainerLine } from '../billing/fixtures.ts';

const currencies = fc.constantFrom('GBP', 'JPY', 'KWD', 'CLF');
const modes = fc.constantFrom('half-away-from-zero' as const, 'half-even' as const, 'down' as const, 'up' as const);
const minor = fc.integer({ min: 0, max: 100_000_000 });
const weights = fc
  .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 12 })
  .filter((all) => all.some((weight) => weight > 0))
  .map((all) => all.map((weight) => (weight / 100).toFixed(2)));

/** Minor units as a plain number: sums are made beside the engine, not with it. */
const minorOf = ({ amountMinor }: Money): number => amountMinor;
const same = (a: Decimal, b: Decimal) => {
  expect(compareDecimals(a, b)).toBe(0);
};
const sumOf = (amounts: readonly Money[], currency: string) => sumMoney(amounts, currency);
const values = (figures: readonly { value: Decimal }[]) => figures.map(({ value }) => value);

describe('allocation', () => {
  const rules = fc.constantFrom('largest-remainder' as const, 'floor-to-first' as const);

  test('an amount by weights, and the same amount in decimal steps, by either rule and with either sign', () => {
    fc.assert(
      fc.property(minor, fc.boolean(), currencies, weights, rules, (size, isNegative, currency, all, rule) => {
        const whole = money(isNegative ? -size : size, currency);
        const parts = allocate(whole, all, rule);
        expect(parts).toHaveLength(all.length);
        expect(sumOf(parts, currency)).toEqual(whole);
        const step = stepOf(roundingOf(currency, 'half-even'));
        const decimals = allocateDecimal(formatDecimal(whole), all, step, rule);
        decimals.forEach((part, index) => {
          same(part, formatDecimal(parts[index] ?? whole));
        });
      }),
    );
  });

  test('parts rounded one by one, of which one takes what rounding left', () => {
    fc.assert(
      fc.property(minor, currencies, weights, modes, fc.nat(11), (size, currency, all, mode, at) => {
        const whole = formatDecimal(money(size, currency));
        const parts = roundedToSum(whole, all, roundingOf(currency, mode), at % all.length);
        same(sumDecimals(parts), whole);
      }),
    );
  });

  test('a transaction price by what its obligations cost alone', () => {
    fc.assert(
      fc.property(minor, currencies, weights, (size, currency, alone) => {
        const transactionPrice = formatDecimal(money(size, currency));
        const obligations = alone.map((standAlonePrice, index) => ({
          obligationId: `o${String(index)}`,
          standAlonePrice,
        }));
        const shares = allocatePrice({ transactionPrice, obligations }, roundingOf(currency, 'half-even'));
        same(sumDecimals(values(shares.map(({ price }) => price))), transactionPrice);
      }),
    );
  });

  test('a discount by the fees that it is on, none of which goes below nothing', () => {
    fc.assert(
      fc.property(fc.array(minor, { minLength: 1, maxLength: 8 }), minor, currencies, (sizes, size, currency) => {
        const text = (one: number) => formatDecimal(money(one, currency));
        const fees = sizes.map((one) => ({ amount: text(one), taxPercent: '20' }));
        const { discounts, nets, unused } = discountFees(fees, text(size), roundingOf(currency, 'half-even'));
        same(sumDecimals([...values(discounts), unused.value]), text(size));
        same(sumDecimals([...values(discounts), ...values(nets)]), sumDecimals(fees.map(({ amount }) => amount)));
        expect(nets.every(({ value }) => compareDecimals(value, '0') >= 0)).toBe(true);
      }),
    );
  });

  test('a bill by its funders, what is unfunded included', () => {
    const percent = fc.integer({ min: 0, max: 100 });
    const terms = fc.record({ first: percent, limitA: minor, limitB: minor, isLimited: fc.boolean() });
    fc.assert(
      fc.property(fc.array(minor, { maxLength: 5 }), terms, (bills, { first, limitA, limitB, isLimited }) => {
        const text = (size: number) => formatDecimal(money(size, 'GBP'));
        const rules: FundingRule[] = [{ a: String(first), b: String(100 - first) }, { b: '100' }];
        const limits = { a: text(limitA), ...(isLimited ? { b: text(limitB) } : {}) };
        const { fundings, totals } = fund(bills.map(text), { limits, rules }, roundingOf('GBP', 'half-even'));
        fundings.forEach(({ funded, unfunded }, index) => {
          same(sumDecimals(values([...Object.values(funded), unfunded])), text(bills[index] ?? 0));
        });
        const all = sumDecimals(values([...Object.values(totals), ...fundings.map(({ unfunded }) => unfunded)]));
        same(all, sumDecimals(bills.map(text)));
      }),
    );
  });
});

describe('proration', () => {
  const start = fc.nat(3000).map((days) => addDays('2024-01-01', days));
  const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 6 });
  /** A span of days cut where it is told. */
  const pieces = (from: string, length: number, all: readonly number[]) => {
    const days = [...new Set([0, ...all.filter((cut) => cut < length), length])].sort((a, b) => a - b);
    return days.slice(1).map((until, index) => period(addDays(from, days[index] ?? 0), addDays(from, until)));
  };

  test('the parts of a period have shares that come to one, and prices that come to its price', () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 400 }), cuts, minor, (from, length, all, size) => {
        const whole = period(from, addDays(from, length));
        const shares = pieces(from, length, all).map((part) => shareByActualDays(part, whole));
        const { numerator, denominator } = sumFractions(shares);
        same(numerator, denominator);
        // Shares are summed before the price is rounded, so no cut moves a unit.
        const price = formatDecimal(money(size, 'GBP'));
        same(prorate(price, shares, roundingOf('GBP', 'half-even'), null).value, price);
        // Billed part by part, the amounts are split like any other.
        const parts = allocate(
          money(size, 'GBP'),
          shares.map((share) => share.numerator),
        );
        expect(sumOf(parts, 'GBP')).toEqual(money(size, 'GBP'));
      }),
    );
  });

  test('every day of a span is in exactly one of its base periods', () => {
    const aligns = fc.constantFrom('start' as const, 'end' as const);
    fc.assert(
      fc.property(
        start,
        fc.integer({ min: 1, max: 800 }),
        fc.constantFrom(1, 3, 12),
        aligns,
        (from, length, months, align) => {
          const shares = sharesOfSpan(from, addDays(from, length - 1), months, align);
          expect(shares.reduce((sum, { numerator }) => sum + Number(numerator), 0)).toBe(length);
          // Only the last may be a part.
          expect(shares.slice(0, -1).every(({ numerator, denominator }) => numerator === denominator)).toBe(true);
        },
      ),
    );
  });

  test('a month of a retainer that two lines share is one fee, within the unit that each is rounded to', () => {
    fc.assert(
      fc.property(minor, currencies, fc.integer({ min: 1, max: 30 }), (size, currency, day) => {
        const fee = formatDecimal(money(size, currency));
        const at = (index: number) => addDays('2026-01-01', index);
        const feeOf = (from: string, to: string) =>
          retainerPeriods(retainerLine(fee, currency, [from, to]), 'half-even').map(({ amount }) => amount);
        const [first, second] = [feeOf(at(0), at(day - 1)), feeOf(at(day), at(30))];
        const parts = sumOf([...first, ...second], currency);
        // 31 days: half a unit up and half a unit down at most.
        expect(Math.abs(minorOf(parts) - size)).toBeLessThanOrEqual(1);
        expect(feeOf(at(0), at(30))).toEqual([money(size, currency)]);
      }),
    );
  });

  test('a price over time is recognised whole, by every convention', () => {
    const conventions = fc.constantFrom<Convention[]>('daily', 'equal-months', 'partial-daily', 'month-weighted');
    fc.assert(
      fc.property(minor, currencies, start, fc.integer({ min: 32, max: 900 }), conventions, modes, (...drawn) => {
        const [size, currency, startOn, length, convention, mode] = drawn;
        const amount = formatDecimal(money(size, currency));
        const months = straightLine(
          { amount, startOn, endOn: addDays(startOn, length) },
          convention,
          roundingOf(currency, mode),
        );
        same(sumDecimals(values(months.map((one) => one.amount))), amount);
      }),
    );
  });
});

describe('stepped release', () => {
  test('what is held back and released in any steps is what was billed', () => {
    const percent = fc.integer({ min: 0, max: 1000 }).map((tenths) => (tenths / 10).toFixed(1));
    const phase = fc.record({ size: minor, retainPercent: percent, releasePercent: percent });
    fc.assert(
      fc.property(fc.array(phase, { maxLength: 8 }), minor, currencies, modes, (phases, held, currency, mode) => {
        const text = (size: number) => formatDecimal(money(size, currency));
        const steps = phases.map(({ size, ...percents }) => ({ gross: text(size), ...percents }));
        const before = text(held);
        const { bills } = holdback(steps, roundingOf(currency, mode), before);
        bills.forEach(({ balance }, index) => {
          // Billed so far + held before = paid so far + held now.
          const gross = sumDecimals([before, ...steps.slice(0, index + 1).map((one) => one.gross)]);
          const paid = sumDecimals(values(bills.slice(0, index + 1).map(({ net }) => net)));
          same(sumDecimals([paid, balance]), gross);
          expect(compareDecimals(balance, '0')).toBeGreaterThanOrEqual(0);
        });
        const last = { gross: '0', retainPercent: '0', releasePercent: '100' };
        const all = holdback([...steps, last], roundingOf(currency, mode), before);
        same(all.totalNet.value, sumDecimals([before, ...steps.map(({ gross }) => gross)]));
        same(all.bills.at(-1)?.balance ?? '', '0');
      }),
    );
  });
});

describe('splitting at limits', () => {
  const work = fc.array(fc.tuple(fc.nat(27), minor), { maxLength: 10 });

  test('billable and held are the charge, entry by entry, and what was billed before is in neither', () => {
    fc.assert(
      fc.property(work, minor, minor, fc.integer({ min: 0, max: 100 }), (entries, limit, used, percentBefore) => {
        const charges = entries.map(([day, size], index) => {
          const one = charge(`e${String(index)}`, addDays('2026-01-01', day), '0');
          const before = Math.floor((size * percentBefore) / 100);
          return { ...one, amount: money(size, 'GBP'), billedBefore: money(before, 'GBP') };
        });
        const capped = capCharges(charges, money(limit, 'GBP'), money(used, 'GBP'));
        for (const { charge: one, billable, held } of capped) {
          const before = one.billedBefore ?? money(0, 'GBP');
          expect(sumOf([before, billable, held], 'GBP')).toEqual(one.amount);
        }
        const billed = sumOf(
          billableOnly(capped).map(({ billable }) => billable),
          'GBP',
        );
        const due = charges.map(({ amount, billedBefore }) => minorOf(amount) - minorOf(billedBefore));
        expect(add(billed, heldTotal(capped, 'GBP')).amountMinor).toBe(due.reduce((a, b) => a + b, 0));
      }),
    );
  });

  test('admitted and held are the claim at every level, and a limit is billed + committed + available', () => {
    const limit = fc.tuple(minor, minor).map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const);
    fc.assert(
      fc.property(
        work,
        fc.array(limit, { minLength: 4, maxLength: 4 }),
        fc.subarray([0, 1, 2, 3]),
        (entries, agreed, at) => {
          const limits = LIMIT_LEVELS.map((level, index) => {
            const [amount, billed] = agreed[index] ?? [0, 0];
            return { limitId: level, level, amount: money(amount, 'GBP'), billed: money(billed, 'GBP') };
          });
          const limitIds = LIMIT_LEVELS.filter((_, index) => at.includes(index));
          const claims = entries.map(([day, size], index) => ({
            ...{ entryId: `e${String(index)}`, workedOn: addDays('2026-01-01', day), amount: money(size, 'GBP') },
            ...{ limitIds, admittedBefore: money(0, 'GBP') },
          }));
          const { admissions, uses } = admit(claims, limits);
          admissions.forEach(({ admitted, held }, index) => {
            expect(add(admitted, held)).toEqual(claims[index]?.amount);
          });
          for (const { limitId, amount, billed, committed, available } of uses) {
            expect(sumOf([billed, committed, available], 'GBP')).toEqual(amount);
            const own = limitIds.some((id) => id === limitId) ? admissions.map(({ admitted }) => admitted) : [];
            expect(sumOf(own, 'GBP')).toEqual(committed);
          }
        },
      ),
    );
  });
});
