// A change order as one transaction: the worked example of the README, and every way in which the whole is refused.
import type { ChangeEffect, ChangeOrder } from '../../../domain/change/change-order.ts';
import { effectOf, half, milestones, refusalOf, rowsOf, scope, text, worth } from './changes.ts';
import {
  ADVICE,
  assessed,
  BOOKS,
  BUILD,
  CARE,
  changeOf,
  DEARER,
  gbp,
  obligation,
  tenHours,
} from './engagement-books.ts';

const rates = changeOf([{ amend: 'rates', lineId: 'advice', rates: DEARER }]);

const NEXT_CARE = {
  ...CARE,
  lineId: 'care-2',
  startOn: '2026-05-01',
  value: gbp('9600'),
  pricing: { model: 'retainer', periodFee: gbp('1200'), timing: 'advance' },
} as const;
const fee = changeOf(
  [
    { amend: 'dates', lineId: 'care', startOn: '2026-01-01', endOn: '2026-04-30' },
    { amend: 'add-line', line: NEXT_CARE },
  ],
  {
    obligations: [
      assessed('care', {
        addsLineIds: ['care-2'],
        assessment: { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: true },
      }),
    ],
  },
);

describe('more scope in one obligation', () => {
  test('the value rises, the posted milestone stays, the open one is planned anew', () => {
    const { contract, billing, budget, totals } = effectOf(scope);
    expect(contract).toMatchObject({ version: 2 });
    const rows = (plan: ChangeEffect['billing']['after']) =>
      plan
        .filter((row) => row.contractLineId === 'build')
        .map((row) => `${row.sourceId} ${text(row.amount)} ${row.status}`);
    expect(rows(billing.before)).toEqual(['M1 30000.00 posted', 'M2 70000.00 open']);
    expect(rows(billing.after)).toEqual(['M1 30000.00 posted', 'M2 100000.00 open']);
    expect(budget).toEqual([
      { lineId: 'build', before: { value: gbp('100000'), minutes: 0 }, after: { value: gbp('130000'), minutes: 0 } },
    ]);
    // 100,000 + 12,000 + 20,000, and 30,000 more.
    expect([totals.before[0]?.value, totals.after[0]?.value].map((one) => one && text(one))).toEqual([
      '132000.00',
      '162000.00',
    ]);
  });

  test('revenue catches up: half of 130,000 less 50,000, the rest over the days left', () => {
    const { revenue, journals } = effectOf(scope);
    expect(revenue.class).toBe('catch-up');
    const [change] = revenue.obligations;
    expect(change?.classification.paragraph).toBe('21(b)');
    expect(change && text(change.catchUp)).toBe('15000.00');
    // 65,000 over 82 days from 10 April: 21, 31 and 30 days.
    expect(change && rowsOf(change.after)).toEqual([
      '2026-01 10000.00 recognised plan',
      '2026-02 20000.00 recognised plan',
      '2026-03 20000.00 recognised plan',
      '2026-04 15000.00 planned adjustment',
      '2026-04 16646.34 planned plan',
      '2026-05 24573.17 planned plan',
      '2026-06 23780.49 planned plan',
    ]);
    expect(journals).toHaveLength(1);
    expect(journals[0]).toMatchObject({ postedOn: '2026-04-10', source: { kind: 'revenue', id: 'CO-1' } });
    expect(journals[0]?.lines.map((one) => `${one.side} ${one.accountRole} ${text(one.amount)}`)).toEqual([
      'debit contract-asset 15000.00',
      'credit revenue 15000.00',
    ]);
  });

  test('a month that is open and before the change keeps its plan; it is not earned twice', () => {
    // Approved on 10 May with April open: 65,000 - 50,000 - 20,000 planned for April = -5,000.
    const { revenue } = effectOf({ ...scope, approvedOn: '2026-05-10' });
    const [change] = revenue.obligations;
    expect(change && rowsOf(change.after).slice(3, 5)).toEqual([
      '2026-04 20000.00 planned plan',
      '2026-05 -5000.00 planned adjustment',
    ]);
  });

  test('no progress stated, or nobody assessed: refused, naming revenue', () => {
    expect(refusalOf({ ...scope, obligations: [assessed('build')] })).toEqual([
      'CHANGE_REFUSED',
      'revenue',
      'ASSESSMENT_MISSING',
    ]);
    expect(refusalOf({ ...scope, obligations: [] })).toEqual(['CHANGE_REFUSED', 'revenue', 'ASSESSMENT_MISSING']);
  });
});

describe('a milestone that is billed', () => {
  const dearer = milestones('36000', '70000');
  const order = (settle: ChangeOrder['settle']) =>
    changeOf([worth('build', '106000'), dearer], { settle, obligations: [assessed('build', { measure: half })] });
  const build = (effect: ChangeEffect) =>
    effect.billing.after
      .filter((row) => row.contractLineId === 'build')
      .map((row) => `${row.kind} ${row.sourceId} ${text(row.amount)} ${row.status}`);

  test('is never edited: the difference goes on the next invoice', () => {
    const effect = effectOf(order('next-invoice'));
    expect(build(effect)).toEqual([
      'invoice M1 30000.00 posted',
      'adjustment M1 6000.00 open',
      'milestone M2 70000.00 open',
    ]);
    expect(effect.billing.corrections).toMatchObject([{ invoiceIds: ['INV-1'], difference: gbp('6000') }]);
  });

  test('or it is credited and billed again', () => {
    expect(build(effectOf(order('credit-and-rebill')))).toEqual([
      'invoice M1 30000.00 posted',
      'credit M1 -30000.00 open',
      'rebill M1 36000.00 open',
      'milestone M2 70000.00 open',
    ]);
  });

  test('billed and credited in full it is open again', () => {
    const credit = { ...BOOKS.posted[0], amount: gbp('-30000'), invoiceId: 'CM-1' } as (typeof BOOKS.posted)[number];
    const effect = effectOf(order('next-invoice'), { ...BOOKS, posted: [...BOOKS.posted, credit] });
    expect(build(effect)).toEqual([
      'invoice M1 30000.00 posted',
      'credit M1 -30000.00 posted',
      'milestone M1 36000.00 open',
      'milestone M2 70000.00 open',
    ]);
  });
});

describe('another fee from May on', () => {
  test('ends the line and adds its successor; months billed stay, months ahead have the new fee', () => {
    const { billing, contract } = effectOf(fee);
    expect(contract?.lines.map(({ lineId, value }) => `${lineId} ${text(value)}`)).toEqual([
      'build 100000.00',
      'care 4000.00',
      'advice 20000.00',
      'care-2 9600.00',
    ]);
    expect(billing.corrections).toEqual([]);
    const ahead = billing.after.filter((row) => row.contractLineId === 'care-2');
    expect(ahead.map((row) => `${row.sourceId} ${text(row.amount)}`).slice(0, 2)).toEqual([
      '2026-05 1200.00',
      '2026-06 1200.00',
    ]);
  });

  test('revenue is prospective: nine days of April at the old fee, the rest evenly', () => {
    const { revenue, journals } = effectOf(fee);
    const [change] = revenue.obligations;
    expect(change?.classification.class).toBe('prospective');
    // 13,600 - 3,000 - 9/30 of 1,000 = 10,300 over 266 days: April 21 days 813.16 + 300.00.
    expect(change && rowsOf(change.after).slice(3, 5)).toEqual([
      '2026-04 1113.16 planned plan',
      '2026-05 1200.38 planned plan',
    ]);
    expect(journals).toEqual([]);
  });

  test('from March on, in the past: March and April are billed at the old fee and corrected', () => {
    const past = changeOf(
      [
        { amend: 'dates', lineId: 'care', startOn: '2026-01-01', endOn: '2026-02-28' },
        { amend: 'add-line', line: { ...NEXT_CARE, startOn: '2026-03-01', value: gbp('12000') } },
      ],
      { obligations: fee.obligations },
    );
    const { billing, totals } = effectOf(past);
    expect(billing.corrections.map((one) => `${one.sourceId} ${text(one.difference)}`)).toEqual([
      '2026-03 -1000.00',
      '2026-04 -1000.00',
    ]);
    // 4 x 1,000 billed; -2 x 1,000 + 10 x 1,200 to bill = 2,000 + 12,000, beside 100,000 and 20,000.
    expect(totals.after.map(({ value }) => text(value))).toEqual(['134000.00']);
  });

  test('the value of a retainer is its months; a line is not there twice', () => {
    const wrong = { amend: 'add-line', line: { ...NEXT_CARE, value: gbp('9000') } } as const;
    expect(refusalOf(changeOf([wrong]))).toEqual(['CHANGE_REFUSED', 'contract', 'RETAINER_NOT_SUMMING']);
    expect(refusalOf(changeOf([{ amend: 'add-line', line: CARE }]))).toEqual([
      'CHANGE_REFUSED',
      'contract',
      'AMENDMENT_INVALID',
    ]);
    expect(refusalOf(changeOf([{ amend: 'add-line', line: NEXT_CARE }]))).toEqual([
      'CHANGE_REFUSED',
      'revenue',
      'ASSESSMENT_MISSING',
    ]);
  });
});

describe('rates from March on, approved in April', () => {
  test('work not billed is re-rated by a pair, billed work is exposure, a draft is made anew', () => {
    const { rates: effect, billing } = effectOf(rates);
    expect(effect.cards).toEqual([{ lineId: 'advice', rateCardId: 'card', versions: [1, 2] }]);
    // Ten hours at 110 instead of 100; February keeps its rate.
    expect(effect.reratings.map(({ derivation: _, ...one }) => one)).toEqual([
      {
        ...{ entryId: 'E2', contractLineId: 'advice', before: gbp('1000'), after: gbp('1100') },
        ...{ outcome: 're-rated', pair: [gbp('-1000'), gbp('1100')], bookedOn: '2026-04-01' },
      },
      {
        ...{ entryId: 'E3', contractLineId: 'advice', before: gbp('1000'), after: gbp('1100') },
        ...{ outcome: 'exposure', invoiceId: 'INV-4', difference: gbp('100') },
      },
      {
        ...{ entryId: 'E4', contractLineId: 'advice', before: gbp('1000'), after: gbp('1100') },
        ...{ outcome: 're-rated', pair: [gbp('-1000'), gbp('1100')], bookedOn: '2026-04-02' },
      },
    ]);
    expect(billing.redraft).toEqual(['DRAFT-1']);
    expect(billing.corrections).toEqual([]);
  });

  test('revenue of the closed months catches up for what is billed at the new rate', () => {
    // E2 of March +100; with billed work settled also E3.
    const caughtUp = (order: ChangeOrder) => effectOf(order).revenue.obligations.map((one) => text(one.catchUp));
    expect(caughtUp(rates)).toEqual(['100.00']);
    expect(caughtUp({ ...rates, billedWork: 'settle' })).toEqual(['200.00']);
    expect(effectOf(rates).journals[0]?.lines[0]).toMatchObject({ accountRole: 'unbilled-receivable' });
  });

  test('settled, the exposure is a correction of its invoice and the value of the line still adds up', () => {
    const { billing } = effectOf({ ...rates, billedWork: 'settle', settle: 'credit-and-rebill' });
    const own = billing.after.filter((row) => row.contractLineId === 'advice' && row.kind !== 'time-estimate');
    expect(own.map((row) => `${row.kind} ${text(row.amount)}`)).toEqual([
      'invoice 1000.00',
      'invoice 1000.00',
      'credit -1000.00',
      'rebill 1100.00',
    ]);
  });

  test('work that the new terms have no rate for refuses the whole change', () => {
    const later = [{ role: 'Consultant', hourlyRate: '110', validFrom: '2026-04-01', validTo: null }];
    const order = changeOf([worth('build', '100000'), { amend: 'rates', lineId: 'advice', rates: later }]);
    expect(refusalOf(order)).toEqual(['CHANGE_REFUSED', 'rates', 'WORK_UNPRICEABLE']);
  });
});

describe('limits and advances', () => {
  test('a raised limit lets parked work through, oldest first', () => {
    const books = {
      ...BOOKS,
      work: [
        ...BOOKS.work.slice(0, 3),
        { ...tenHours('E4', '2026-04-02', { status: 'unbilled' }), admittedBefore: gbp('0') },
      ],
      contract: {
        ...BOOKS.contract,
        lines: [
          BUILD,
          CARE,
          { ...ADVICE, value: gbp('3500'), pricing: { ...ADVICE.pricing, ceiling: gbp('3500') } } as typeof ADVICE,
        ],
      },
      obligations: [...BOOKS.obligations.slice(0, 2), obligation('advice', ['0', '1000', '2000'], ['500'], '3500')],
    };
    const { limits } = effectOf(changeOf([{ amend: 'ceiling', lineId: 'advice', ceiling: gbp('4000') }]), books);
    // 2,000 billed and 1,000 let through before: 500 left, then 1,000.
    const admitted = ({ admissions }: typeof limits.after) => admissions.map((one) => text(one.admitted));
    expect([admitted(limits.before), admitted(limits.after)]).toEqual([
      ['1000.00', '500.00'],
      ['1000.00', '1000.00'],
    ]);
    expect(limits.after.uses).toMatchObject([{ limitId: 'line advice', available: gbp('0') }]);
  });

  test('a limit below the value is refused', () => {
    expect(refusalOf(changeOf([{ amend: 'ceiling', lineId: 'advice', ceiling: gbp('19999') }]))).toEqual([
      'CHANGE_REFUSED',
      'contract',
      'CEILING_BELOW_VALUE',
    ]);
  });

  test('an advance follows the value of the order', () => {
    const advance = { percentByLine: { build: '20' }, invoiced: gbp('20000') };
    // 20 % of 130,000 = 26,000, of which 20,000 are invoiced.
    expect(effectOf(scope, { ...BOOKS, advance }).advance?.toInvoice.value).toBe('6000');
  });
});

describe('who is billed', () => {
  test('another purchase order moves no amount, and every draft is made anew', () => {
    const effect = effectOf(changeOf([{ amend: 'terms', terms: { purchaseOrder: 'PO-2' } }]));
    expect(effect.terms).toEqual([{ term: 'purchaseOrder', before: 'PO-1', after: 'PO-2' }]);
    expect(effect.billing.redraft).toEqual(['DRAFT-1']);
    expect(effect.totals.after).toEqual(effect.totals.before);
    expect(effect.revenue).toEqual({ class: null, obligations: [] });
  });
});

describe('refused as a whole', () => {
  test.each([
    ['milestones that do not sum', changeOf([milestones('30000', '80000')]), 'contract', 'MILESTONES_NOT_SUMMING'],
    ['two values of one line', changeOf([worth('build', '1'), worth('build', '2')]), 'contract', 'AMENDMENT_INVALID'],
    ['a line that is not there', changeOf([worth('nothing', '1')]), 'contract', 'AMENDMENT_INVALID'],
    [
      'rates of a fixed fee',
      changeOf([{ amend: 'rates', lineId: 'build', rates: DEARER }]),
      'contract',
      'AMENDMENT_INVALID',
    ],
    [
      'dates outside the contract',
      changeOf([{ amend: 'dates', lineId: 'build', startOn: '2026-01-01', endOn: '2027-01-31' }]),
      'contract',
      'DATES_OUTSIDE',
    ],
    [
      'the end before the start',
      changeOf([{ amend: 'dates', lineId: 'build', startOn: '2026-03-01', endOn: '2026-02-01' }]),
      'contract',
      'DATES_REVERSED',
    ],
    [
      'a line that was billed taken away',
      changeOf([{ amend: 'remove-line', lineId: 'build' }]),
      'contract',
      'LINE_IN_USE',
    ],
    [
      'a price below what is earned',
      changeOf([worth('care', '12000'), worth('build', '40000'), milestones('30000', '10000')], {
        obligations: [
          assessed('build', {
            assessment: { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: true },
          }),
        ],
      }),
      'revenue',
      'CONSIDERATION_NEGATIVE',
    ],
    [
      'an old obligation as a separate contract',
      {
        ...scope,
        obligations: [
          assessed('build', { assessment: { addsDistinct: true, atStandAlonePrice: true, remainingDistinct: true } }),
        ],
      },
      'revenue',
      'ASSESSMENT_INVALID',
    ],
    ['a catch-up dated into a closed month', { ...scope, approvedOn: '2026-03-31' }, 'journals', 'PERIOD_CLOSED'],
  ])('%s', (_name, order, part, code) => {
    expect(refusalOf(order)).toEqual(['CHANGE_REFUSED', part, code]);
  });

  test('books that miss a balance, an entity or a closed month', () => {
    expect(refusalOf(scope, { ...BOOKS, balances: [] })).toEqual(['CHANGE_REFUSED', 'journals', 'BALANCE_MISSING']);
    expect(refusalOf(scope, { ...BOOKS, entities: {} })).toEqual([
      'CHANGE_REFUSED',
      'contract',
      'LEGAL_ENTITY_UNKNOWN',
    ]);
    const behind = { UK: { mode: 'half-even', firstOpenMonth: '2026-05' } } as const;
    expect(refusalOf({ ...scope, approvedOn: '2026-05-02' }, { ...BOOKS, entities: behind })).toEqual([
      'CHANGE_REFUSED',
      'revenue',
      'REVENUE_BEHIND',
    ]);
  });
});
