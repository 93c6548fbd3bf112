// What changed rates make of approved work: by where it stands, at the price of its work date, to the penny.
import fc from 'fast-check';
import {
  type PricedWork,
  type Rerating,
  rerateWork,
  type Standing,
  workAfter,
} from '../../../domain/change/rerate-work.ts';
import type { Contract, RateLine } from '../../../domain/deal/contract.ts';
import { money, parseMoney, sumMoney } from '../../../domain/money/money.ts';
import { addDays } from '../../../domain/time/plain-date.ts';
import { code } from '../money/domain-error.ts';
import { ADVICE, CONTRACT, DEARER, tenHours } from './engagement-books.ts';

const entityOf = () => ({ mode: 'half-away-from-zero', openFrom: '2026-04-01' }) as const;
const withRates = (rates: RateLine[], expenseMarkupPercent = '0'): Contract => {
  const { pricing } = ADVICE;
  if (pricing.model !== 'time-and-materials') throw new Error(pricing.model);
  return { ...CONTRACT, lines: [{ ...ADVICE, pricing: { ...pricing, rates, expenseMarkupPercent } }] };
};
const rated = (work: readonly PricedWork[], contract: Contract) => rerateWork(work, contract, entityOf);

describe('work under changed terms', () => {
  test('keeps its price where the rate of its day stays, and has the new one from the day of the change', () => {
    const work = [
      tenHours('before', '2026-02-28', { status: 'unbilled' }),
      tenHours('unbilled', '2026-03-01', { status: 'unbilled' }),
      tenHours('billed', '2026-03-31', { status: 'billed', invoiceId: 'INV-1' }),
    ];
    // 10 h x (110 - 100) = 100.00 each; March is closed, so the pair is booked on 1 April.
    expect(rated(work, withRates(DEARER))).toMatchObject([
      {
        ...{ entryId: 'unbilled', outcome: 're-rated', bookedOn: '2026-04-01' },
        pair: [parseMoney('-1000', 'GBP'), parseMoney('1100', 'GBP')],
      },
      { entryId: 'billed', outcome: 'exposure', invoiceId: 'INV-1', difference: parseMoney('100', 'GBP') },
    ]);
  });

  test('an expense follows the mark-up of its line', () => {
    const expense: PricedWork = {
      ...tenHours('x', '2026-04-02', { status: 'unbilled' }),
      entry: {
        ...{ kind: 'expense', entryId: 'x', incurredOn: '2026-04-02', category: 'travel', billable: true },
        cost: parseMoney('33.33', 'GBP'),
      },
      amount: parseMoney('33.33', 'GBP'),
    };
    // 33.33 x 1.05 = 34.9965
    expect(rated([expense], withRates(DEARER, '5'))).toMatchObject([{ after: parseMoney('35', 'GBP') }]);
    expect(rated([expense], withRates(DEARER))).toEqual([]);
  });

  test('that the new terms have no price for is refused, never left at the old one', () => {
    const work = [tenHours('e', '2026-02-28', { status: 'billed', invoiceId: 'INV-1' })];
    const onlyLater = withRates([{ role: 'Consultant', hourlyRate: '110', validFrom: '2026-03-01', validTo: null }]);
    expect(code(() => rated(work, onlyLater))).toBe('WORK_UNPRICEABLE');
    expect(code(() => rated(work, { ...CONTRACT, lines: [] }))).toBe('WORK_UNPRICEABLE');
  });
});

describe('whatever the terms become', () => {
  const standing = fc.constantFrom<Standing[]>(
    { status: 'unbilled' },
    { status: 'on-draft', invoiceId: 'D-1' },
    { status: 'billed', invoiceId: 'INV-1' },
  );
  const piece = fc.record({ day: fc.nat(180), minutes: fc.integer({ min: 1, max: 1200 }), standing });
  const rates = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 5 });

  /** A rate from 1 January and then from every 37th day. */
  const dated = (pence: readonly number[]): RateLine[] =>
    pence.map((one, index) => ({
      ...{ role: 'Consultant', hourlyRate: (one / 100).toFixed(2), validTo: null },
      validFrom: addDays('2026-01-01', index * 37),
    }));
  /** minutes x rate of the day / 60, half a penny up. */
  const priceBy = (pence: readonly number[], { day, minutes }: { day: number; minutes: number }) =>
    Math.floor((2 * minutes * (pence[Math.min(Math.floor(day / 37), pence.length - 1)] ?? 0) + 60) / 120);
  const workOf = (pieces: readonly { day: number; minutes: number; standing: Standing }[], pence: readonly number[]) =>
    pieces.map((one, index): PricedWork => ({
      ...tenHours(`e${String(index)}`, addDays('2026-01-01', one.day), one.standing),
      entry: {
        ...{ kind: 'time', entryId: `e${String(index)}`, workedOn: addDays('2026-01-01', one.day) },
        ...{ role: 'Consultant', minutes: one.minutes, billable: true },
      },
      amount: money(priceBy(pence, one), 'GBP'),
    }));

  test('what is not billed has the price by rule, what is billed has it only where it is settled', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), rates, rates, (pieces, before, after) => {
        const work = workOf(pieces, before);
        const reratings = rated(work, withRates(dated(after)));
        const settled = workAfter(work, reratings, 'settle');
        const reported = workAfter(work, reratings, 'report');
        pieces.forEach((one, index) => {
          const byRule = priceBy(after, one);
          expect(settled[index]?.amount.amountMinor).toBe(byRule);
          const isKept = one.standing.status === 'billed';
          expect(reported[index]?.amount.amountMinor).toBe(isKept ? priceBy(before, one) : byRule);
        });
        // Once they are settled, the same terms find nothing more.
        expect(rated(settled, withRates(dated(after)))).toEqual([]);
      }),
    );
  });

  test('pairs and exposures are what the work differs by, booked in an open period, billed work never in a pair', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), rates, rates, (pieces, before, after) => {
        const work = workOf(pieces, before);
        const reratings = rated(work, withRates(dated(after)));
        const moves = reratings.map((one: Rerating) => {
          const { standing: where } = work.find(({ entry }) => entry.entryId === one.entryId) ?? {};
          expect(one.outcome).toBe(where?.status === 'billed' ? 'exposure' : 're-rated');
          if (one.outcome === 'exposure') return one.difference;
          expect(one.bookedOn >= '2026-04-01').toBe(true);
          return sumMoney(one.pair, 'GBP');
        });
        const difference = pieces.reduce((sum, one) => sum + priceBy(after, one) - priceBy(before, one), 0);
        expect(sumMoney(moves, 'GBP')).toEqual(money(difference, 'GBP'));
      }),
    );
  });
});
