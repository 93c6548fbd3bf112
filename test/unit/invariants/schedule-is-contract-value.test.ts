// Schedule total = contract value, after any sequence of changes, invoices, credits and closed months: what is billed
// and to be billed sums to the value of each line, and what is recognised and planned to the price of each obligation.
// The contract is that of engagement-books.ts; every event is carried out on the books by what the change said of it.
import fc from 'fast-check';
import type { Amendment } from '../../../domain/change/amendment.ts';
import type { InvoicedRow, PlanRow } from '../../../domain/change/billing-plan.ts';
import { type ChangeEffect, changeEffect, type ChangeOrder } from '../../../domain/change/change-order.ts';
import type { ContractBooks } from '../../../domain/change/contract-books.ts';
import { DomainError } from '../../../domain/errors.ts';
import { afterBilling, afterRecognition, identityHolds, type LineBalance } from '../../../domain/ledger/balances.ts';
import { billingScheduleBreaks, contractValueBreaks } from '../../../domain/ledger/tie-outs.ts';
import { type Money, money, negate, sumMoney } from '../../../domain/money/money.ts';
import { dueRows, recognisedTotal, withRecognised } from '../../../domain/revenue/revenue-schedule.ts';
import { nextMonth } from '../../../domain/time/period.ts';
import { assessed, BOOKS, changeOf, DEARER, RATES } from '../change/engagement-books.ts';

const GBP = (minor: number) => money(minor, 'GBP');
const sum = (amounts: readonly Money[]) => sumMoney(amounts, 'GBP');
const amounts = (rows: readonly { amount: Money }[]) => rows.map(({ amount }) => amount);

/** Why a change may rightly be refused in these books; anything else is a bug. */
const REFUSALS = ['CONSIDERATION_NEGATIVE', 'CEILING_BELOW_VALUE', 'ASSESSMENT_MISSING', 'WORK_UNPRICEABLE'];

interface Life {
  books: ContractBooks;
  plan: readonly PlanRow[];
  changes: number;
}

const settlement = fc.constantFrom('credit-and-rebill' as const, 'next-invoice' as const);
const event = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('change' as const),
      first: fc.integer({ min: 1_000_000, max: 6_000_000 }),
      second: fc.integer({ min: 6_000_000, max: 20_000_000 }),
      careMonth: fc.integer({ min: 5, max: 12 }),
      advice: fc.integer({ min: 500_000, max: 2_400_000 }),
      dearer: fc.boolean(),
      distinct: fc.boolean(),
      day: fc.integer({ min: 1, max: 28 }),
      settle: settlement,
      billedWork: fc.constantFrom('report' as const, 'settle' as const),
      parts: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('bill' as const), which: fc.nat(20), percent: fc.nat(100) }) },
  fc.record({ type: fc.constant('credit' as const), which: fc.nat(20) }),
  fc.record({ type: fc.constant('close' as const) }),
);
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

function orderOf(one: Extract<Event, { type: 'change' }>, { books, changes }: Life): ChangeOrder {
  const month = books.entities['UK']?.firstOpenMonth ?? '';
  const [first, second] = [GBP(one.first), GBP(one.second)];
  const parts: Amendment[][] = [
    [
      { amend: 'value', lineId: 'build', value: sum([first, second]) },
      {
        amend: 'milestones',
        lineId: 'build',
        milestones: [
          { milestoneId: 'M1', name: 'Design', amount: first, dueOn: '2026-01-31' },
          { milestoneId: 'M2', name: 'Go-live', amount: second, dueOn: '2026-06-30' },
        ],
      },
    ],
    [
      {
        ...{ amend: 'dates', lineId: 'care', startOn: '2026-01-01' },
        endOn: `2026-${String(one.careMonth).padStart(2, '0')}-28`,
      },
    ],
    [{ amend: 'value', lineId: 'advice', value: GBP(one.advice) }],
    [{ amend: 'rates', lineId: 'advice', rates: one.dearer ? DEARER : RATES }],
  ];
  const assessment = { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: one.distinct };
  const measure = { by: 'costs', toDate: String(40 + Math.min(changes, 50)), forecast: '100' } as const;
  return changeOf(parts.filter((_, index) => one.parts.includes(index)).flat(), {
    ...{ changeOrderId: `CO-${String(changes)}`, approvedOn: `${month}-${String(one.day).padStart(2, '0')}` },
    ...{ settle: one.settle, billedWork: one.billedWork },
    obligations: [
      assessed('build', { assessment, measure: one.distinct ? null : measure }),
      assessed('care', { assessment: { ...assessment, remainingDistinct: true } }),
    ],
  });
}

/** The books once a change is carried out. */
function applied({ books, changes }: Life, effect: ChangeEffect): Life {
  const { obligations } = effect.revenue;
  return {
    books: {
      ...books,
      contract: effect.contract ?? books.contract,
      work: books.work.map((piece) => {
        const found = effect.rates.reratings.find(({ entryId }) => entryId === piece.entry.entryId);
        return found?.outcome === 're-rated' ? { ...piece, amount: found.after } : piece;
      }),
      obligations: books.obligations.map((one) => {
        const changed = obligations.find(({ obligationId }) => obligationId === one.obligationId);
        return changed ? { ...one, schedule: changed.after } : one;
      }),
    },
    plan: effect.billing.after,
    changes: changes + 1,
  };
}

function withBalance(books: ContractBooks, lineId: string, change: (before: LineBalance) => LineBalance) {
  return books.balances.map((one) => (one.contractLineId === lineId ? change(one) : one));
}

/** A row of the plan on an invoice; of an estimate, as much as was worked. */
function billed(life: Life, row: PlanRow, percent: number): Life {
  const { contractLineId, sourceId, dueOn: invoiceOn } = row;
  const { amountMinor } = row.amount;
  const amount = row.kind === 'time-estimate' ? GBP(Math.floor((amountMinor * percent) / 100)) : row.amount;
  const invoiceId = `INV-${String(life.books.posted.length)}`;
  const posted: InvoicedRow = { contractLineId, sourceId, amount, invoiceId, invoiceOn };
  const balances = withBalance(life.books, contractLineId, (before) => afterBilling(before, amount).balance);
  return { ...life, books: { ...life.books, posted: [...life.books.posted, posted], balances } };
}

/** A closed month: what is planned until its end is recognised, adjustments with it. */
function closed(life: Life): Life {
  const month = life.books.entities['UK']?.firstOpenMonth ?? '';
  let balances = life.books.balances;
  const obligations = life.books.obligations.map((one) => {
    const due = sum(amounts(dueRows(one.schedule, month)));
    const [lineId = ''] = one.lineIds;
    balances = balances.map((before) =>
      before.contractLineId === lineId ? afterRecognition(before, due).balance : before,
    );
    return { ...one, schedule: withRecognised(one.schedule, month) };
  });
  const entities = { UK: { mode: 'half-away-from-zero', firstOpenMonth: nextMonth(month) } } as const;
  return { ...life, books: { ...life.books, obligations, balances, entities } };
}

function refusedBy(order: ChangeOrder, books: ContractBooks): ChangeEffect | string | null {
  try {
    return changeEffect(order, books);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code } = error.details;
    return typeof code === 'string' ? code : error.code;
  }
}

function expectTies({ books, plan }: Life, effect: ChangeEffect): void {
  for (const { lineId, value } of books.contract.lines) {
    const rows = plan.filter((row) => row.contractLineId === lineId);
    expect(sum(amounts(rows))).toEqual(value);
    const posted = books.posted.filter((row) => row.contractLineId === lineId);
    const of = (isCredit: boolean) => sum(amounts(posted.filter(({ amount }) => amount.amountMinor < 0 === isCredit)));
    const toBill = amounts(rows.filter(({ status }) => status !== 'posted'));
    const schedule = { toBill, invoiced: of(false), credited: of(true), contractValue: value };
    expect(billingScheduleBreaks(schedule)).toEqual([]);
  }
  for (const { schedule } of books.obligations) expect(sum(amounts(schedule.rows))).toEqual(schedule.price);
  const prices = books.obligations.map(({ schedule }) => schedule.price);
  const contract = sum(books.contract.lines.map(({ value }) => value));
  const values = { contract, crmWon: contract, erpContract: contract, obligations: prices };
  expect(contractValueBreaks(values)).toEqual([]);
  for (const total of effect.totals.after) {
    expect(sum([total.billed, total.toBill])).toEqual(total.value);
    expect(sum([total.recognised, total.toRecognise])).toEqual(total.price);
  }
  expect(books.balances.every(identityHolds)).toBe(true);
}

function happen(life: Life, one: Event): Life {
  if (one.type === 'close') {
    // Half a year in, the contract is left open: no plan ends before the first open month.
    return (life.books.entities['UK']?.firstOpenMonth ?? '') < '2026-06' ? closed(life) : life;
  }
  if (one.type === 'bill') {
    const open = life.plan.filter(({ status, kind }) => status === 'open' && kind !== 'overrun');
    const row = open[one.which % Math.max(1, open.length)];
    return row ? planned(billed(life, row, one.percent)) : life;
  }
  if (one.type === 'credit') {
    // The whole of what was billed of a source comes back, and is to be billed again.
    const row = life.books.posted[one.which % life.books.posted.length];
    if (!row) return life;
    const own = life.books.posted.filter(
      (other) => other.contractLineId === row.contractLineId && other.sourceId === row.sourceId,
    );
    const amount = negate(sum(amounts(own)));
    if (amount.amountMinor >= 0) return life;
    const balances = withBalance(life.books, row.contractLineId, (before) => afterBilling(before, amount).balance);
    const credit = { ...row, amount, invoiceId: `CR-${String(life.books.posted.length)}` };
    return planned({ ...life, books: { ...life.books, posted: [...life.books.posted, credit], balances } });
  }
  const effect = refusedBy(orderOf(one, life), life.books);
  if (typeof effect === 'string') {
    expect(REFUSALS).toContain(effect);
    return life;
  }
  if (!effect) return life;
  const after = applied(life, effect);
  expectTies(after, effect);
  return after;
}

/** The plan as it stands, by a change of nothing but the name of the contract. */
function planned(life: Life): Life {
  const name = `Programme ${String(life.books.posted.length)}`;
  const effect = changeEffect(changeOf([{ amend: 'terms', terms: { name } }]), life.books);
  if (!effect) throw new Error('a new name is a change');
  const after = { ...life, plan: effect.billing.after };
  expectTies(after, effect);
  return after;
}

test('after any sequence of changes, invoices, credits and closed months, schedules come to the contract value', () => {
  let carriedOut = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 8 }), (events) => {
      let life = planned({ books: BOOKS, plan: [], changes: 0 });
      const before = life.books.obligations.map(({ schedule }) => recognisedTotal(schedule).amountMinor);
      for (const one of events) life = happen(life, one);
      carriedOut += life.changes;
      // What was recognised when it began is recognised still.
      life.books.obligations.forEach(({ schedule }, index) => {
        const kept = schedule.rows.slice(0, 3).filter(({ state }) => state === 'recognised');
        expect(sum(amounts(kept)).amountMinor).toBe(before[index]);
      });
    }),
    { numRuns: 12 },
  );
  expect(carriedOut).toBeGreaterThan(5);
});
