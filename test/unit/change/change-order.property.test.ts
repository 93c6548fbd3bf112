// What holds of every change, whatever it changes: sums, opposites, the order of amendments.
import fc from 'fast-check';
import type { Amendment } from '../../../domain/change/amendment.ts';
import { type ChangeEffect, changeEffect, type ChangeOrder } from '../../../domain/change/change-order.ts';
import type { ContractBooks } from '../../../domain/change/contract-books.ts';
import { money, sumMoney } from '../../../domain/money/money.ts';
import { recognisedTotal } from '../../../domain/revenue/revenue-schedule.ts';
import { assessed, BOOKS, BUILD, changeOf, CONTRACT, DEARER, RATES } from './engagement-books.ts';

const sum = (amounts: readonly { amountMinor: number; currency: string }[]) => sumMoney(amounts, 'GBP');

/** A build of two milestones, of which the first is billed. */
function build(first: number, second: number): Amendment[] {
  const [a, b] = [money(first, 'GBP'), money(second, 'GBP')];
  return [
    { amend: 'value', lineId: 'build', value: sum([a, b]) },
    {
      amend: 'milestones',
      lineId: 'build',
      milestones: [
        { milestoneId: 'M1', name: 'Design', amount: a, dueOn: '2026-01-31' },
        { milestoneId: 'M2', name: 'Go-live', amount: b, dueOn: '2026-06-30' },
      ],
    },
  ];
}

const careUntil = (endOn: string): Amendment => ({ amend: 'dates', lineId: 'care', startOn: '2026-01-01', endOn });
const advice = (minor: number): Amendment => ({ amend: 'value', lineId: 'advice', value: money(minor, 'GBP') });
const rates = (dearer: boolean): Amendment => {
  return { amend: 'rates', lineId: 'advice', rates: dearer ? DEARER : RATES };
};

const BACK = [...build(3_000_000, 7_000_000), careUntil('2026-12-31'), advice(2_000_000), rates(false)];

/** Each run computes a whole change or two. */
const RUNS = { numRuns: 40 };

const orders = fc
  .record({
    first: fc.integer({ min: 1_000_000, max: 5_000_000 }),
    second: fc.integer({ min: 6_500_000, max: 20_000_000 }),
    careMonth: fc.integer({ min: 5, max: 12 }),
    value: fc.integer({ min: 500_000, max: 2_400_000 }),
    dearer: fc.boolean(),
    distinct: fc.boolean(),
    approvedOn: fc.integer({ min: 1, max: 30 }).map((day) => `2026-04-${String(day).padStart(2, '0')}`),
    settle: fc.constantFrom('credit-and-rebill' as const, 'next-invoice' as const),
    billedWork: fc.constantFrom('report' as const, 'settle' as const),
    parts: fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }),
  })
  .map(({ first, second, careMonth, value, dearer, distinct, approvedOn, settle, billedWork, parts }) => {
    const care = careUntil(`2026-${String(careMonth).padStart(2, '0')}-28`);
    const all: Amendment[] = [...build(first, second), care, advice(value), rates(dearer)];
    // Value and milestones of the build go together.
    const amendments = all.filter((_, index) => parts.includes(index < 2 ? 0 : index - 1));
    return changeOf(amendments, { approvedOn, settle, billedWork, obligations: assessments(distinct) });
  });

function assessments(distinct: boolean): ChangeOrder['obligations'] {
  const assessment = { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: distinct };
  const measure = { by: 'costs', toDate: '60', forecast: '100' } as const;
  return [
    assessed('build', { assessment, measure: distinct ? null : measure }),
    assessed('care', { assessment: { ...assessment, remainingDistinct: true } }),
  ];
}

/** The books when the change is applied and nothing else has happened. */
function booksAfter(effect: ChangeEffect): ContractBooks {
  const { obligations } = effect.revenue;
  return {
    ...BOOKS,
    contract: effect.contract ?? BOOKS.contract,
    work: BOOKS.work.map((piece) => {
      const rerating = effect.rates.reratings.find((one) => one.entryId === piece.entry.entryId);
      return rerating?.outcome === 're-rated' ? { ...piece, amount: rerating.after } : piece;
    }),
    obligations: BOOKS.obligations.map((one) => {
      const changed = obligations.find(({ obligationId }) => obligationId === one.obligationId);
      return changed ? { ...one, schedule: changed.after } : one;
    }),
  };
}

test('billed and planned sum to the value of each line, and posted rows are those of before', () => {
  fc.assert(
    fc.property(orders, (order) => {
      const effect = changeEffect(order, BOOKS);
      if (!effect) return;
      const lines = (effect.contract ?? CONTRACT).lines;
      for (const { lineId, value } of lines) {
        const rows = effect.billing.after.filter((row) => row.contractLineId === lineId);
        expect(sum(rows.map(({ amount }) => amount))).toEqual(value);
      }
      const posted = (rows: ChangeEffect['billing']['after']) => rows.filter(({ status }) => status === 'posted');
      expect(posted(effect.billing.after)).toEqual(posted(effect.billing.before));
    }),
    RUNS,
  );
});

test('recognised, caught up and planned sum to the new price of each obligation; recognised rows never change', () => {
  fc.assert(
    fc.property(orders, (order) => {
      for (const one of changeEffect(order, BOOKS)?.revenue.obligations ?? []) {
        const planned = one.after.rows.filter(({ state }) => state === 'planned').map(({ amount }) => amount);
        expect(sum([one.recognisedBefore, ...planned])).toEqual(one.priceAfter);
        expect(recognisedTotal(one.after)).toEqual(recognisedTotal(one.before));
        const done = (rows: typeof one.after.rows) => rows.filter(({ state }) => state === 'recognised');
        expect(done(one.after.rows)).toEqual(done(one.before.rows));
      }
    }),
    RUNS,
  );
});

test('a change and its exact opposite restore the totals of plan and schedules', () => {
  fc.assert(
    fc.property(orders, (order) => {
      const effect = changeEffect(order, BOOKS);
      if (!effect) return;
      const back = changeEffect({ ...order, changeOrderId: 'CO-2', amendments: BACK }, booksAfter(effect));
      const totals = back ? back.totals.after : effect.totals.after;
      expect(totals).toEqual(effect.totals.before);
      if (effect.contract) expect(back?.billing.after).toEqual(effect.billing.before);
    }),
    RUNS,
  );
});

test('the order of the amendments does not matter', () => {
  fc.assert(
    fc.property(orders, (order) => {
      const turned = { ...order, amendments: [...order.amendments].reverse() };
      expect(changeEffect(turned, BOOKS)).toEqual(changeEffect(order, BOOKS));
    }),
    RUNS,
  );
});

test('a change that states what is there has no effect', () => {
  expect(changeEffect(changeOf(BACK), BOOKS)).toBeNull();
  expect(changeEffect(changeOf([]), BOOKS)).toBeNull();
  const same = { milestones: BUILD.pricing.model === 'fixed-fee' ? BUILD.pricing.milestones : [] };
  expect(changeEffect(changeOf([{ amend: 'milestones', lineId: 'build', ...same }]), BOOKS)).toBeNull();
});
