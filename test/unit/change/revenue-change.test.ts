// Revenue of a change by obligation: what it brings, how prices are shared, and what counts before the parties agree.
import fc from 'fast-check';
import type { ContractLine } from '../../../domain/deal/contract.ts';
import { formatDecimal, money, sumMoney } from '../../../domain/money/money.ts';
import { effectOf, half, milestones, refusalOf, rowsOf, scope, text, worth } from './changes.ts';
import { assessed, BOOKS, BUILD, changeOf, DEARER, gbp } from './engagement-books.ts';

describe('obligations that a change brings', () => {
  const extra = { milestoneId: 'X1', name: 'Extra', amount: gbp('30000'), dueOn: '2026-06-30' };
  const added: ContractLine = {
    ...{ ...BUILD, lineId: 'extra', startOn: '2026-05-01', value: gbp('30000') },
    pricing: { model: 'fixed-fee', milestones: [extra] },
  };
  const brings = (atStandAlonePrice: boolean, more: Parameters<typeof assessed>[1] = {}) =>
    assessed('extra', {
      addsLineIds: ['extra'],
      assessment: { addsDistinct: true, atStandAlonePrice, remainingDistinct: true },
      ...more,
    });

  test('distinct and at its stand-alone price: a schedule of its own, the others untouched', () => {
    const { revenue } = effectOf(changeOf([{ amend: 'add-line', line: added }], { obligations: [brings(true)] }));
    expect(revenue.class).toBe('separate');
    expect(revenue.obligations).toHaveLength(1);
    // 30,000 over 61 days, May 31 of them; version 1 of its schedule.
    expect(revenue.obligations[0]?.after.version).toBe(1);
    expect(revenue.obligations.map((one) => rowsOf(one.after))).toEqual([
      ['2026-05 15245.90 planned plan', '2026-06 14754.10 planned plan'],
    ]);
  });

  test('taken away again before anything happened, nothing is left of it', () => {
    const first = effectOf(changeOf([{ amend: 'add-line', line: added }], { obligations: [brings(true)] }));
    const [change] = first.revenue.obligations;
    if (!first.contract || !change) throw new Error('the line was not added');
    const obligation = { ...change, schedule: change.after, convention: 'daily' as const, asInvoiced: false };
    const books = { ...BOOKS, contract: first.contract, obligations: [...BOOKS.obligations, obligation] };
    const rest = { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: true };
    const away = changeOf([{ amend: 'remove-line', lineId: 'extra' }], {
      obligations: [assessed('extra', { assessment: rest })],
    });
    const back = effectOf(away, books);
    expect(back.totals.after).toEqual(first.totals.before);
    expect(back.billing.after).toEqual(first.billing.before);
    expect(back.revenue.obligations.map((one) => one.after.rows)).toEqual([[]]);
  });

  test('distinct below its price: what is left of all is shared by what each would cost alone', () => {
    const rest = { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: true };
    const obligations = [
      brings(false, { remainingAlone: '40000' }),
      assessed('build', { assessment: rest, remainingAlone: '60000', transactionPrice: gbp('100000') }),
    ];
    const order = changeOf([{ amend: 'add-line', line: added }], { obligations });
    // Build is at its old price and dates, so it is not touched unless its price is shared: both must be stated anew.
    const { revenue } = effectOf(order);
    const prices = revenue.obligations.map((one) => `${one.obligationId} ${text(one.priceAfter)}`);
    // Earned of build by 10 April 50,000 + 9/30 x 20,000 = 56,000; left 44,000 + 30,000 = 74,000, of it 60 % and 40 %.
    expect(prices).toEqual(['build 100400.00', 'extra 29600.00']);
  });

  test('a mixed change goes by obligation', () => {
    const order = changeOf([{ amend: 'add-line', line: added }, ...scope.amendments], {
      obligations: [brings(true), ...scope.obligations],
    });
    expect(effectOf(order).revenue).toMatchObject({
      class: 'mixed',
      obligations: [{ classification: { class: 'catch-up' } }, { classification: { class: 'separate' } }],
    });
  });

  test('an added line belongs to one obligation, and what is new cannot be one with what was delivered', () => {
    const twice = [brings(true), assessed('build', { addsLineIds: ['extra'], measure: half })];
    const line = [{ amend: 'add-line', line: added }] as const;
    expect(refusalOf(changeOf(line, { obligations: twice }))).toEqual([
      'CHANGE_REFUSED',
      'revenue',
      'ASSESSMENT_INVALID',
    ]);
    const one = brings(false, {
      assessment: { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: false },
    });
    expect(refusalOf(changeOf(line, { obligations: [one] }))).toEqual([
      'CHANGE_REFUSED',
      'revenue',
      'ASSESSMENT_INVALID',
    ]);
  });

  test('a credit for what was delivered is less revenue now and no part of the rest', () => {
    const order = changeOf([worth('build', '95000'), milestones('30000', '65000')], {
      obligations: [
        assessed('build', {
          assessment: { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: true },
          creditForDelivered: gbp('5000'),
        }),
      ],
    });
    const [change] = effectOf(order).revenue.obligations;
    expect(change && text(change.catchUp)).toBe('-5000.00');
    // 95,000 - 50,000 + 5,000 - 6,000 of the first days of April = 44,000 over 82 days: April 11,268.29 + 6,000.
    expect(change && rowsOf(change.after).slice(3, 5)).toEqual([
      '2026-04 -5000.00 planned adjustment',
      '2026-04 17268.29 planned plan',
    ]);
  });
});

describe('not agreed yet', () => {
  const pending = (enforceable: boolean, obligations = scope.obligations) =>
    ({ ...scope, agreement: { status: 'unpriced', enforceable }, obligations }) as const;

  test('what the change covers is not billed, and nothing else happens', () => {
    const { contract, billing, revenue, totals } = effectOf(
      changeOf([{ amend: 'rates', lineId: 'advice', rates: DEARER }, ...scope.amendments], {
        agreement: { status: 'unapproved', enforceable: false },
      }),
    );
    expect(contract).toBeNull();
    const held = billing.after.filter((row) => row.status === 'held').map((row) => row.contractLineId);
    expect([...new Set(held)].sort()).toEqual(['advice', 'build']);
    expect(billing.heldWork).toEqual(['E2', 'E4']);
    expect(billing.redraft).toEqual(['DRAFT-1']);
    expect(revenue.obligations).toEqual([]);
    expect(totals.after).toEqual(totals.before);
  });

  test('enforceable, revenue goes by the constrained estimate of the price', () => {
    const estimate = [assessed('build', { measure: half, transactionPrice: gbp('110000') })];
    const { contract, revenue } = effectOf(pending(true, estimate));
    expect(contract).toBeNull();
    // Half of 110,000 less 50,000.
    expect(revenue.obligations.map((one) => text(one.catchUp))).toEqual(['5000.00']);
    expect(effectOf(pending(true)).revenue.obligations).toEqual([]);
  });
});

describe('whatever the change is worth', () => {
  const RUNS = { numRuns: 25 };
  const value = fc.integer({ min: 6_500_000, max: 30_000_000 });
  const buildAt = (pence: number) => {
    const price = money(pence, 'GBP');
    const rest = formatDecimal(money(pence - 3_000_000, 'GBP'));
    return { price, amendments: [worth('build', formatDecimal(price)), milestones('30000', rest)] };
  };

  test('a catch-up brings what is recognised to price x progress, in either direction', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 1000 }), (pence, done) => {
        const measure = { by: 'costs', toDate: String(done), forecast: '1000' } as const;
        const { price, amendments } = buildAt(pence);
        const order = changeOf(amendments, { obligations: [assessed('build', { measure })] });
        const [change] = effectOf(order).revenue.obligations;
        if (!change) throw new Error('the build is not touched');
        // pence x done / 1000, half away from zero
        const earned = Math.floor((2 * pence * done + 1000) / 2000);
        expect(sumMoney([change.recognisedBefore, change.catchUp], 'GBP')).toEqual(money(earned, 'GBP'));
        expect(change.priceAfter).toEqual(price);
        const adjusted = change.after.rows.filter(({ reason }) => reason === 'adjustment').map(({ amount }) => amount);
        expect(sumMoney(adjusted, 'GBP')).toEqual(change.catchUp);
      }),
      RUNS,
    );
  });

  test('prospective recognises nothing now but a credit, and spreads the rest of the price', () => {
    const remainingDistinct = { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: true };
    fc.assert(
      fc.property(value, fc.nat(500_000), (pence, credit) => {
        const creditForDelivered = money(credit, 'GBP');
        const assessment = assessed('build', { assessment: remainingDistinct, creditForDelivered });
        const { price, amendments } = buildAt(pence);
        const [change] = effectOf(changeOf(amendments, { obligations: [assessment] })).revenue.obligations;
        if (!change) throw new Error('the build is not touched');
        expect(change.catchUp.amountMinor).toBe(0 - credit);
        const planned = change.after.rows.filter(({ state }) => state === 'planned').map(({ amount }) => amount);
        expect(sumMoney([change.recognisedBefore, ...planned], 'GBP')).toEqual(price);
      }),
      RUNS,
    );
  });

  test('what prospective obligations have left is shared without a penny lost, by what each would cost alone', () => {
    const rest = { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: true };
    const alone = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(value, alone, alone, (pence, build, care) => {
        const { price, amendments } = buildAt(pence);
        const obligations = [
          assessed('build', { assessment: rest, remainingAlone: String(build) }),
          assessed('care', { assessment: rest, remainingAlone: String(care), transactionPrice: gbp('12000') }),
        ];
        const changes = effectOf(changeOf(amendments, { obligations })).revenue.obligations;
        expect(changes.map(({ obligationId }) => obligationId)).toEqual(['build', 'care']);
        const whole = sumMoney([price, gbp('12000')], 'GBP');
        expect(
          sumMoney(
            changes.map(({ priceAfter }) => priceAfter),
            'GBP',
          ),
        ).toEqual(whole);
        // Earned by 10 April: build 50,000 + 9/30 x 20,000, care 3,000 + 9/30 x 1,000. What is left goes by the weights.
        const { amountMinor: wholePence } = whole;
        const left = wholePence - 5_600_000 - 330_000;
        const share = (changes[0]?.priceAfter.amountMinor ?? 0) - 5_600_000;
        expect(Math.abs(share * (build + care) - left * build)).toBeLessThanOrEqual(build + care);
      }),
      RUNS,
    );
  });
});
