import { afterRecognition, openingBalance } from '../../../domain/ledger/balances.ts';
import {
  approvedHoursBreaks,
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
import { money, parseMoney } from '../../../domain/money/money.ts';
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
