import fc from 'fast-check';
import { afterRecognition, openingBalance } from '../../../domain/ledger/balances.ts';
import {
  approvedHoursBreaks,
  type Break,
  billingScheduleBreaks,
  contractPositionBreaks,
  contractValueBreaks,
  deferredBreaks,
  IDENTITIES,
  invoiceRateBreaks,
  invoiceTotalsBreaks,
  reconcile,
  remainingObligationBreaks,
  revenueBreaks,
  utilizationBreaks,
} from '../../../domain/ledger/tie-outs.ts';
import { compareDecimals, minus, plus, sumDecimals } from '../../../domain/money/decimal.ts';
import { formatDecimal, type Money, money, parseMoney } from '../../../domain/money/money.ts';
import { code } from '../money/domain-error.ts';

const gbp = (amount: string) => parseMoney(amount, 'GBP');

describe('tie-outs', () => {
  test('the value of a contract is the same in every system', () => {
    const values = { contract: gbp('100'), crmWon: gbp('100'), erpContract: gbp('100') };
    expect(contractValueBreaks({ ...values, obligations: [gbp('60'), gbp('40')] })).toEqual([]);
    const found = contractValueBreaks({ ...values, crmWon: gbp('120'), obligations: [gbp('60')] });
    // 100 - 120 and 100 - 60.
    expect(found.map(({ compared, amount, unit }) => [compared, amount, unit])).toEqual([
      ['contract value - CRM won value', '-20', 'GBP'],
      ['contract value - sum of obligations', '40', 'GBP'],
    ]);
    expect(found[0]).toMatchObject({ identity: 'contract-value', ...IDENTITIES['contract-value'] });
    const euro = { ...values, crmWon: parseMoney('100', 'EUR'), obligations: [] };
    expect(code(() => contractValueBreaks(euro))).toBe('CURRENCY_MISMATCH');
  });

  test('what is billed, credited and still to be billed is the contract value', () => {
    // 100 invoiced, 30 of it credited, 30 + 50 to be billed: 150.
    const of = {
      toBill: [gbp('30'), gbp('50')],
      invoiced: gbp('100'),
      credited: gbp('-30'),
      contractValue: gbp('150'),
    };
    expect(billingScheduleBreaks(of)).toEqual([]);
    expect(billingScheduleBreaks({ ...of, toBill: [] })).toMatchObject([{ amount: '-80' }]);
  });

  test('approved hours are costed, and billed, unbilled or written off', () => {
    const hours = { approved: '40', cost: '40', billed: '30', unbilled: '7.5', writtenOff: '2.5' };
    expect(approvedHoursBreaks(hours)).toEqual([]);
    expect(approvedHoursBreaks({ ...hours, cost: '39', writtenOff: '0' })).toMatchObject([
      { amount: '1', unit: 'hours' },
      { amount: '2.5', unit: 'hours' },
    ]);
  });

  test('the rate invoiced is the rate by rule; a difference is told as exposure', () => {
    const entry = { entryId: 't1', hours: '7.5', invoiced: '180', byRule: '190' };
    // 7.5 x (180 - 190).
    expect(invoiceRateBreaks([entry], 'GBP')).toMatchObject([{ amount: '-75', unit: 'GBP' }]);
    expect(invoiceRateBreaks([{ ...entry, invoiced: '190.00' }], 'GBP')).toEqual([]);
  });

  test('totals of an invoice agree to the minor unit', () => {
    const here = { net: money(39, 'GBP'), tax: money(8, 'GBP'), total: money(47, 'GBP') };
    expect(invoiceTotalsBreaks(here, here)).toEqual([]);
    const erp = { ...here, tax: money(9, 'GBP'), total: money(48, 'GBP') };
    expect(invoiceTotalsBreaks(here, erp).map(({ amount }) => amount)).toEqual(['-0.01', '-0.01']);
  });

  test('revenue is the same in the schedule and in the general ledger', () => {
    const of = { recognised: gbp('90'), closedRows: [gbp('40'), gbp('50')], generalLedger: gbp('90') };
    expect(revenueBreaks(of)).toEqual([]);
    expect(revenueBreaks({ ...of, generalLedger: gbp('50') })).toMatchObject([
      { identity: 'revenue-recognised', amount: '40', means: 'a posting failed' },
    ]);
  });

  test('asset less liability is recognised less billed, of each line', () => {
    const good = afterRecognition(openingBalance('x', 'fixed-fee', 'GBP'), gbp('10')).balance;
    expect(contractPositionBreaks([good])).toEqual([]);
    // Asset 10 - liability 0, recognised 10 - billed 4.
    expect(contractPositionBreaks([good, { ...good, billed: gbp('4') }])).toMatchObject([{ amount: '4' }]);
  });

  test('deferred revenue rolls forward', () => {
    const of = {
      opening: gbp('100'),
      billed: gbp('50'),
      recognised: gbp('70'),
      exchange: gbp('-1'),
      closing: gbp('79'),
    };
    expect(deferredBreaks(of)).toEqual([]);
    expect(deferredBreaks({ ...of, billed: gbp('0') })).toMatchObject([
      { amount: '-50', means: 'an event was missed' },
    ]);
  });

  test('backlog is what is allocated and not recognised, and what is disclosed', () => {
    const of = { backlog: gbp('60'), allocated: gbp('100'), recognised: gbp('40'), remainingObligation: gbp('60') };
    expect(remainingObligationBreaks(of)).toEqual([]);
    expect(remainingObligationBreaks({ ...of, allocated: gbp('120') })).toMatchObject([{ amount: '-20' }]);
  });

  test('hours of utilization are approved hours by calendar', () => {
    expect(utilizationBreaks({ utilization: '32', approvedByCalendar: '32.0' })).toEqual([]);
    expect(utilizationBreaks({ utilization: '32', approvedByCalendar: '40' })).toMatchObject([{ amount: '-8' }]);
  });
});

describe('postings that should cancel out', () => {
  test('leave an imbalance that one posting corrects', () => {
    const told = (...postings: string[]) => {
      const { imbalance, correction } = reconcile(postings);
      return [imbalance.value, correction.value];
    };
    expect(told('5000', '-4500')).toEqual(['500', '-500']);
    expect(told('100', '-60', '-40.01')).toEqual(['-0.01', '0.01']);
    expect(told()).toEqual(['0', '0']);
    expect(code(() => told('1,5'))).toBe('DECIMAL_INVALID');
  });
});

describe('whatever the figures', () => {
  const minor = fc.integer({ min: -10_000_000, max: 10_000_000 });
  const off = fc.integer({ min: -500, max: 500 }).filter((cents) => cents !== 0);
  const pounds = (amountMinor: number) => money(amountMinor, 'GBP');
  const more = ({ amountMinor }: Money, d: number) => pounds(amountMinor + d);
  const hours = (hundredths: number) => (hundredths / 100).toFixed(2);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

  /**
   * Each identity as what it finds when its figures agree but for one, which is `d` cents off: once the one compared
   * first and once each of those that it is compared with.
   */
  type Check = (a: number, b: number, c: number, d: number) => { good: Break[]; first: Break[]; others: Break[][] };
  const identities: [string, Check][] = [
    [
      'contract-value',
      (a, b, c, d) => {
        const of = { contract: pounds(a + b), crmWon: pounds(a + b), erpContract: pounds(a + b) };
        const obligations = [pounds(a + c), pounds(b - c)];
        return {
          good: contractValueBreaks({ ...of, obligations }),
          first: contractValueBreaks({ ...of, contract: pounds(a + b + d), obligations }),
          others: [
            contractValueBreaks({ ...of, obligations, crmWon: pounds(a + b + d) }),
            contractValueBreaks({ ...of, obligations, erpContract: pounds(a + b + d) }),
            contractValueBreaks({ ...of, obligations: [...obligations, pounds(d)] }),
          ],
        };
      },
    ],
    [
      'billing-schedule',
      (a, b, c, d) => {
        const of = { toBill: [pounds(a)], invoiced: pounds(b), credited: pounds(c), contractValue: pounds(a + b + c) };
        return {
          good: billingScheduleBreaks(of),
          first: billingScheduleBreaks({ ...of, toBill: [pounds(a), pounds(d)] }),
          others: [billingScheduleBreaks({ ...of, contractValue: pounds(a + b + c + d) })],
        };
      },
    ],
    [
      'approved-hours',
      (a, b, c, d) => {
        const all = hours(a + b + c);
        const of = { approved: all, cost: all, billed: hours(a), unbilled: hours(b), writtenOff: hours(c) };
        return {
          good: approvedHoursBreaks(of),
          first: approvedHoursBreaks({ ...of, approved: hours(a + b + c + d) }),
          others: [
            approvedHoursBreaks({ ...of, cost: hours(a + b + c + d) }),
            approvedHoursBreaks({ ...of, unbilled: hours(b + d) }),
          ],
        };
      },
    ],
    [
      'invoice-rate',
      (a, b, _, d) => {
        const entry = { entryId: 'e', hours: '1', invoiced: hours(a), byRule: hours(a) };
        const other = { entryId: 'f', hours: hours(b), invoiced: '90', byRule: '90.00' };
        return {
          good: invoiceRateBreaks([other, entry], 'GBP'),
          first: invoiceRateBreaks([other, { ...entry, invoiced: hours(a + d) }], 'GBP'),
          others: [invoiceRateBreaks([{ ...entry, byRule: hours(a + d) }, other], 'GBP')],
        };
      },
    ],
    [
      'invoice-totals',
      (a, b, _, d) => {
        const of = { net: pounds(a), tax: pounds(b), total: pounds(a + b) };
        return {
          good: invoiceTotalsBreaks(of, of),
          first: invoiceTotalsBreaks({ ...of, tax: pounds(b + d) }, of),
          others: (['net', 'tax', 'total'] as const).map((part) =>
            invoiceTotalsBreaks(of, { ...of, [part]: more(of[part], d) }),
          ),
        };
      },
    ],
    [
      'revenue-recognised',
      (a, b, _, d) => {
        const of = { recognised: pounds(a + b), closedRows: [pounds(a), pounds(b)], generalLedger: pounds(a + b) };
        return {
          good: revenueBreaks(of),
          first: revenueBreaks({ ...of, recognised: pounds(a + b + d) }),
          others: [
            revenueBreaks({ ...of, closedRows: [...of.closedRows, pounds(d)] }),
            revenueBreaks({ ...of, generalLedger: pounds(a + b + d) }),
          ],
        };
      },
    ],
    [
      'contract-position',
      (a, b, c, d) => {
        const of = {
          ...openingBalance('x', 'fixed-fee', 'GBP'),
          ...{ billed: pounds(a), recognised: pounds(a + b - c) },
          ...{ contractAsset: pounds(b), contractLiability: pounds(c) },
        };
        return {
          good: contractPositionBreaks([of, of]),
          first: contractPositionBreaks([of, { ...of, contractAsset: pounds(b + d) }]),
          others: [contractPositionBreaks([{ ...of, recognised: pounds(a + b - c + d) }, of])],
        };
      },
    ],
    [
      'deferred-roll-forward',
      (a, b, c, d) => {
        const closing = pounds(a + b - c + 7);
        const of = { opening: pounds(a), billed: pounds(b), recognised: pounds(c), exchange: pounds(7), closing };
        return {
          good: deferredBreaks(of),
          first: deferredBreaks({ ...of, exchange: pounds(7 + d) }),
          others: [
            deferredBreaks({ ...of, recognised: pounds(c + d) }),
            deferredBreaks({ ...of, closing: more(closing, d) }),
          ],
        };
      },
    ],
    [
      'remaining-obligation',
      (a, b, _, d) => {
        const of = {
          backlog: pounds(a),
          allocated: pounds(a + b),
          recognised: pounds(b),
          remainingObligation: pounds(a),
        };
        return {
          good: remainingObligationBreaks(of),
          first: remainingObligationBreaks({ ...of, backlog: pounds(a + d) }),
          others: [
            remainingObligationBreaks({ ...of, allocated: pounds(a + b + d) }),
            remainingObligationBreaks({ ...of, remainingObligation: pounds(a + d) }),
          ],
        };
      },
    ],
    [
      'utilization-hours',
      (a, _, __, d) => ({
        good: utilizationBreaks({ utilization: hours(a), approvedByCalendar: hours(a) }),
        first: utilizationBreaks({ utilization: hours(a + d), approvedByCalendar: hours(a) }),
        others: [utilizationBreaks({ utilization: hours(a), approvedByCalendar: hours(a + d) })],
      }),
    ],
  ];

  test('all identities are tried', () => {
    expect(identities.map(([identity]) => identity)).toEqual(Object.keys(IDENTITIES));
  });

  test.each(identities)(
    '%s: no break while the figures agree, and one cent off is a break of that cent',
    (name, check) => {
      fc.assert(
        fc.property(minor, minor, minor, off, (a, b, c, d) => {
          const { good, first, others } = check(a, b, c, d);
          expect(good).toEqual([]);
          expect(first.length).toBeGreaterThan(0);
          for (const { amount, identity } of first) {
            expect([identity, compareDecimals(amount, hours(d))]).toEqual([name, 0]);
          }
          for (const found of others) {
            // The other side of the comparison: the same cents, the other sign.
            expect(found.map(({ amount, identity }) => [identity, compareDecimals(amount, hours(-d))])).toEqual([
              [name, 0],
            ]);
          }
        }),
      );
    },
  );

  test('figures of two currencies are never compared', () => {
    const yen = (amount: Money) => ({ ...amount, currency: 'JPY' });
    fc.assert(
      fc.property(minor, (a) => {
        const [one, other] = [pounds(a), yen(pounds(a))];
        const mixed = [
          () => contractValueBreaks({ contract: one, crmWon: one, erpContract: other, obligations: [one] }),
          () => billingScheduleBreaks({ toBill: [other], invoiced: one, credited: one, contractValue: one }),
          () => invoiceTotalsBreaks({ net: one, tax: one, total: one }, { net: one, tax: other, total: one }),
          () => revenueBreaks({ recognised: one, closedRows: [other], generalLedger: one }),
          () => deferredBreaks({ opening: one, billed: one, recognised: one, exchange: other, closing: one }),
          () =>
            remainingObligationBreaks({ backlog: one, allocated: one, recognised: other, remainingObligation: one }),
        ];
        expect(mixed.map(code)).toEqual(mixed.map(() => 'CURRENCY_MISMATCH'));
      }),
    );
  });

  test('the one correcting posting makes postings cancel out, in any order', () => {
    fc.assert(
      fc.property(fc.array(minor), (postings) => {
        const texts = postings.map((one) => formatDecimal(pounds(one)));
        const { imbalance, correction } = reconcile(texts);
        expect(compareDecimals(imbalance.value, hours(sum(postings)))).toBe(0);
        expect(plus(sumDecimals(texts), correction.value)).toBe('0');
        expect(reconcile([...texts, correction.value]).imbalance.value).toBe('0');
        expect(minus(reconcile([...texts].reverse()).imbalance.value, imbalance.value)).toBe('0');
      }),
    );
  });
});
