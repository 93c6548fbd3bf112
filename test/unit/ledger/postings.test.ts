// One test per row of the table "Postings (Dr / Cr)" of the domain rules; invoices, payments and revenue runs are also
// in invoice-posting.test.ts and balances.test.ts.
import fc from 'fast-check';
import { afterBilling, afterRecognition, identityHolds, openingBalance } from '../../../domain/ledger/balances.ts';
import { invoicePostings } from '../../../domain/ledger/invoice-posting.ts';
import { type JournalDraft, type JournalLine, revenueJournal } from '../../../domain/ledger/journal.ts';
import {
  catchUpPosting,
  costPosting,
  creditMemoPosting,
  lossPosting,
  rebatePosting,
  settlementLines,
  writeDownPosting,
} from '../../../domain/ledger/postings.ts';
import { formatDecimal, type Money, money, parseMoney } from '../../../domain/money/money.ts';
import { code } from '../money/domain-error.ts';

const gbp = (amount: string) => parseMoney(amount, 'GBP');
const of = { legalEntityId: 'TL-UK', postedOn: '2026-02-28', sourceId: 's1' };
const told = (journal: Pick<JournalDraft, 'lines'> | null) =>
  journal?.lines.map(({ side, accountRole, amount }) => `${side} ${accountRole} ${formatDecimal(amount)}`);
const run = (balance: ReturnType<typeof openingBalance>, recognised: string) =>
  revenueJournal({
    ...{ legalEntityId: 'TL-UK', currency: 'GBP', month: '2026-02', postedOn: '2026-02-28' },
    rows: [{ balance, recognised: gbp(recognised) }],
  });
const bill = (balance: ReturnType<typeof openingBalance>, net: string, tax: string, total: string) =>
  invoicePostings(
    {
      ...{ invoiceId: 'i', legalEntityId: 'TL-UK', currency: 'GBP', invoiceOn: '2026-02-28' },
      ...{ tax: gbp(tax), total: gbp(total), lines: [{ contractLineId: 'x', amount: gbp(net) }] },
    },
    [balance],
  );
const timeLine = openingBalance('x', 'time-and-materials', 'GBP');
const feeLine = openingBalance('x', 'fixed-fee', 'GBP');

describe('postings, row by row', () => {
  test('time or cost approved: project cost / payroll clearing or payable', () => {
    const cost = (amount: string, against: 'payroll-clearing' | 'payable') =>
      told(costPosting(of, { amount: gbp(amount), against, contractLineId: 'x' }));
    expect(cost('800', 'payroll-clearing')).toEqual(['debit project-cost 800.00', 'credit payroll-clearing 800.00']);
    expect(cost('-50', 'payable')).toEqual(['credit project-cost 50.00', 'debit payable 50.00']);
    expect(code(() => cost('0', 'payable'))).toBe('JOURNAL_INVALID');
  });

  test('time and materials performance before invoice: unbilled receivable / revenue', () => {
    expect(told(run(timeLine, '100').journal)).toEqual(['debit unbilled-receivable 100.00', 'credit revenue 100.00']);
  });

  test('time and materials invoice: receivable / unbilled receivable, tax', () => {
    const { balances } = run(timeLine, '100');
    expect(told(bill(balances[0] ?? timeLine, '100', '20', '120').journal)).toEqual([
      'debit receivable 120.00',
      'credit unbilled-receivable 100.00',
      'credit tax-payable 20.00',
    ]);
  });

  test('advance or early schedule invoice: receivable / contract liability, tax', () => {
    expect(told(bill(feeLine, '500', '100', '600').journal)).toEqual([
      'debit receivable 600.00',
      'credit contract-liability 500.00',
      'credit tax-payable 100.00',
    ]);
  });

  test('performance under fixed fee: contract liability first, then contract asset / revenue', () => {
    // 500 billed, 700 earned: 500 out of the liability, 200 ahead of billing.
    const { balances } = bill(feeLine, '500', '0', '500');
    expect(told(run(balances[0] ?? feeLine, '700').journal)).toEqual([
      'debit contract-liability 500.00',
      'debit contract-asset 200.00',
      'credit revenue 700.00',
    ]);
  });

  test('invoice after performance: receivable / contract asset, tax', () => {
    const { balances } = run(feeLine, '300');
    expect(told(bill(balances[0] ?? feeLine, '300', '60', '360').journal)).toEqual([
      'debit receivable 360.00',
      'credit contract-asset 300.00',
      'credit tax-payable 60.00',
    ]);
  });

  test('rebate expected: receivable / revenue, refund liability', () => {
    // 100 units at 150 of which 125 is expected: 15,000 = 12,500 + 2,500.
    const rebate = (amount: string) =>
      told(rebatePosting(of, { price: gbp('15000'), rebate: gbp(amount), contractLineId: 'x' }));
    expect(rebate('2500')).toEqual([
      'debit receivable 15000.00',
      'credit revenue 12500.00',
      'credit refund-liability 2500.00',
    ]);
    expect(rebate('0')).toHaveLength(2);
    expect(code(() => rebate('15000.01'))).toBe('REBATE_INVALID');
    expect(code(() => rebate('-1'))).toBe('REBATE_INVALID');
  });

  test('credit memo: what the invoice had credited, tax / receivable', () => {
    // 500 billed, 200 earned: liability 300. Credit 400 of which 100 is given up: 300 of the liability, revenue 100.
    const before = afterRecognition(afterBilling(feeLine, gbp('500')).balance, gbp('200')).balance;
    const credit = (net: string, ofRevenue: string) =>
      creditMemoPosting(
        of,
        { lines: [{ contractLineId: 'x', net: gbp(net), ofRevenue: gbp(ofRevenue) }], tax: gbp('80') },
        [before],
      );
    const { journal, balances } = credit('400', '100');
    expect(told(journal)).toEqual([
      'debit revenue 100.00',
      'debit contract-liability 300.00',
      'debit tax-payable 80.00',
      'credit receivable 480.00',
    ]);
    expect(balances[0]).toMatchObject({ billed: gbp('100'), recognised: gbp('100'), contractLiability: gbp('0') });
    expect(balances.every(identityHolds)).toBe(true);
    // More than the liability holds: the work is unbilled again.
    expect(told(credit('400', '0').journal)?.slice(0, 2)).toEqual([
      'debit contract-liability 300.00',
      'debit contract-asset 100.00',
    ]);
    expect(code(() => credit('500.01', '0'))).toBe('CREDIT_INVALID');
    expect(code(() => credit('400', '200.01'))).toBe('CREDIT_INVALID');
    expect(code(() => credit('100', '101'))).toBe('CREDIT_INVALID');
    // 500 billed, and 10 taken back of revenue that never was: what gives up nothing may still be credited.
    const below = afterRecognition(afterBilling(feeLine, gbp('500')).balance, gbp('-10')).balance;
    const giving = (ofRevenue: string) => {
      const lines = [{ contractLineId: 'x', net: gbp('500'), ofRevenue: gbp(ofRevenue) }];
      return creditMemoPosting(of, { lines, tax: gbp('0') }, [below]).balances[0];
    };
    expect(giving('0')).toMatchObject({ billed: gbp('0'), recognised: gbp('-10'), contractLiability: gbp('10') });
    expect(code(() => giving('0.01'))).toBe('CREDIT_INVALID');
    const unknown = { contractLineId: 'y', net: gbp('1'), ofRevenue: gbp('0') };
    expect(code(() => creditMemoPosting(of, { lines: [unknown], tax: gbp('0') }, [before]))).toBe('BALANCE_MISSING');
  });

  test('write-down before invoice: revenue or contra revenue / unbilled or contract asset', () => {
    const before = afterRecognition(timeLine, gbp('100')).balance;
    const write = (amount: string, against: 'revenue' | 'contra-revenue') =>
      writeDownPosting(of, { amount: gbp(amount), against }, before);
    expect(told(write('40', 'contra-revenue').journal)).toEqual([
      'debit contra-revenue 40.00',
      'credit unbilled-receivable 40.00',
    ]);
    expect(write('100', 'revenue').balances[0]).toEqual(timeLine);
    expect(code(() => write('100.01', 'revenue'))).toBe('WRITE_DOWN_INVALID');
    expect(code(() => write('0', 'revenue'))).toBe('WRITE_DOWN_INVALID');
  });

  test('loss contract: cost of revenue / provision, released with progress', () => {
    const move = (from: string, to: string) =>
      lossPosting(of, { before: gbp(from), after: gbp(to), contractLineId: 'x' });
    // Expected loss 20, of which 8.33 is incurred: 11.67 provided; a year later 5 is left.
    expect(told(move('0', '11.67'))).toEqual(['debit cost-of-revenue 11.67', 'credit loss-provision 11.67']);
    expect(told(move('11.67', '5'))).toEqual(['credit cost-of-revenue 6.67', 'debit loss-provision 6.67']);
    expect(move('5', '5')).toBeNull();
    expect(code(() => move('5', '-1'))).toBe('LOSS_INVALID');
  });

  test('settlement at another rate: cash, exchange loss / receivable, exchange gain', () => {
    const settle = (settled: string) =>
      settlementLines({ amount: parseMoney('100', 'EUR'), booked: gbp('85'), settled: gbp(settled) }).map(
        ({ side, accountRole, amount, functional }) =>
          `${side} ${accountRole} ${formatDecimal(amount)} ${formatDecimal(functional)}`,
      );
    // 100 EUR booked at 0.85, paid at 0.87 and 0.84.
    expect(settle('87')).toEqual([
      'debit cash 100.00 87.00',
      'credit receivable 100.00 85.00',
      'credit exchange-gain 0.00 2.00',
    ]);
    expect(settle('84')).toEqual([
      'debit cash 100.00 84.00',
      'debit exchange-loss 0.00 1.00',
      'credit receivable 100.00 85.00',
    ]);
    expect(settle('85')).toHaveLength(2);
    expect(code(() => settle('0'))).toBe('SETTLEMENT_INVALID');
  });

  test('modification catch-up: contract asset or liability / revenue, either sign', () => {
    const catchUp = (recognised: string) => catchUpPosting(of, [{ balance: feeLine, recognised: gbp(recognised) }]);
    expect(told(catchUp('91.2').journal)).toEqual(['debit contract-asset 91.20', 'credit revenue 91.20']);
    expect(told(catchUp('-10').journal)).toEqual(['credit contract-liability 10.00', 'debit revenue 10.00']);
    expect(catchUp('1').journal?.source).toEqual({ kind: 'modification', id: 's1' });
    expect(catchUp('0').journal).toBeNull();
    const yen = { balance: feeLine, recognised: parseMoney('1', 'JPY') };
    expect(code(() => catchUpPosting(of, [yen]))).toBe('CURRENCY_MISMATCH');
  });
});

describe('whatever the amounts', () => {
  const pence = fc.integer({ min: 1, max: 10_000_000 });
  const pounds = (amountMinor: number) => money(amountMinor, 'GBP');
  const minorOf = ({ amountMinor }: Money) => amountMinor;
  const models = fc.constantFrom('fixed-fee' as const, 'time-and-materials' as const, 'retainer' as const);
  /** Debits less credits of an account, in pence. */
  const moved = (journal: Pick<JournalDraft, 'lines'> | null, accountRole: JournalLine['accountRole']): number =>
    (journal?.lines ?? [])
      .filter((one) => one.accountRole === accountRole)
      .reduce((sum, { side, amount }) => sum + (side === 'debit' ? amount.amountMinor : -amount.amountMinor), 0);
  const lineAt = (model: 'fixed-fee' | 'time-and-materials' | 'retainer', billed: number, recognised: number) =>
    afterRecognition(afterBilling(openingBalance('x', model, 'GBP'), pounds(billed)).balance, pounds(recognised))
      .balance;

  test('a credit memo in parts gives back what was billed, and takes back the revenue that is given up', () => {
    fc.assert(
      fc.property(models, pence, fc.nat(10_000_000), fc.array(fc.tuple(fc.nat(100), fc.nat(100))), (...drawn) => {
        const [model, billed, recognised, parts] = drawn;
        let balance = lineAt(model, billed, recognised);
        let [receivable, givenUp] = [0, 0];
        for (const [netPart, upPart] of [...parts, [100, 0] as const]) {
          const net = Math.floor((minorOf(balance.billed) * netPart) / 100);
          const up = Math.min(Math.floor((net * upPart) / 100), balance.recognised.amountMinor);
          if (net === 0) continue;
          const lines = [{ contractLineId: 'x', net: pounds(net), ofRevenue: pounds(up) }];
          const { journal, balances } = creditMemoPosting(of, { lines, tax: pounds(0) }, [balance]);
          balance = balances[0] ?? balance;
          receivable -= moved(journal, 'receivable');
          givenUp += moved(journal, 'revenue');
          expect(identityHolds(balance)).toBe(true);
        }
        expect([receivable, balance.billed.amountMinor]).toEqual([billed, 0]);
        expect(balance.recognised.amountMinor).toBe(recognised - givenUp);
        // Nothing is billed any more: what stays recognised is unbilled, and nothing is owed.
        expect(minorOf(balance.contractAsset) + minorOf(balance.unbilledReceivable)).toBe(recognised - givenUp);
        expect(balance.contractLiability.amountMinor).toBe(0);
      }),
    );
  });

  test('write-downs end with nothing unbilled, by exactly what was, and none goes further', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 6 });
    const where = fc.constantFrom('revenue' as const, 'contra-revenue' as const);
    fc.assert(
      fc.property(models, fc.nat(1_000_000), pence, parts, where, (model, billed, ahead, percents, against) => {
        let balance = lineAt(model, billed, billed + ahead);
        let written = 0;
        for (const percent of [...percents, 100]) {
          const unbilled = minorOf(balance.contractAsset) + minorOf(balance.unbilledReceivable);
          const amount = Math.ceil((unbilled * percent) / 100);
          if (amount === 0) continue;
          const { journal, balances } = writeDownPosting(of, { amount: pounds(amount), against }, balance);
          balance = balances[0] ?? balance;
          written += moved(journal, against);
          expect(identityHolds(balance)).toBe(true);
        }
        expect([written, balance.recognised.amountMinor]).toEqual([ahead, billed]);
        expect(code(() => writeDownPosting(of, { amount: pounds(1), against }, balance))).toBe('WRITE_DOWN_INVALID');
      }),
    );
  });

  test('a provision is at the end what it was last moved to, whatever the way there', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000)), (targets) => {
        const steps = targets.map((after, index) => {
          const before = pounds(targets[index - 1] ?? 0);
          return lossPosting(of, { before, after: pounds(after), contractLineId: 'x' });
        });
        const total = (role: JournalLine['accountRole']) => steps.reduce((sum, one) => sum + moved(one, role), 0);
        // 0 - x is 0 for x = 0, where -x would be minus zero.
        expect([0 - total('loss-provision'), total('cost-of-revenue')]).toEqual([
          targets.at(-1) ?? 0,
          targets.at(-1) ?? 0,
        ]);
      }),
    );
  });

  test('a price with a rebate is receivable whole, and revenue and refund liability share it', () => {
    fc.assert(
      fc.property(pence, fc.nat(100), (price, percent) => {
        const rebate = Math.floor((price * percent) / 100);
        const sale = { price: pounds(price), rebate: pounds(rebate), contractLineId: 'x' };
        const journal = rebatePosting(of, sale);
        expect(moved(journal, 'receivable')).toBe(price);
        expect([0 - moved(journal, 'revenue'), 0 - moved(journal, 'refund-liability')]).toEqual([
          price - rebate,
          rebate,
        ]);
        expect(code(() => rebatePosting(of, { ...sale, rebate: pounds(price + 1) }))).toBe('REBATE_INVALID');
      }),
    );
  });

  test('a settlement clears what was booked, and the difference alone is gain or loss', () => {
    fc.assert(
      fc.property(pence, pence, pence, (paid, booked, settled) => {
        const amounts = { booked: pounds(booked), settled: pounds(settled) };
        const lines = settlementLines({ amount: money(paid, 'EUR'), ...amounts });
        const sum = (pick: (line: (typeof lines)[number]) => Money, role?: string) =>
          lines
            .filter((one) => role === undefined || one.accountRole === role)
            .reduce((total, one) => total + (one.side === 'debit' ? minorOf(pick(one)) : -minorOf(pick(one))), 0);
        expect([sum(({ amount }) => amount), sum(({ functional }) => functional)]).toEqual([0, 0]);
        expect(sum(({ functional }) => functional, 'cash')).toBe(settled);
        expect(sum(({ functional }) => functional, 'receivable')).toBe(-booked);
        expect(sum(({ functional }) => functional, 'exchange-gain')).toBe(0 - Math.max(0, settled - booked));
        expect(sum(({ functional }) => functional, 'exchange-loss')).toBe(Math.max(0, booked - settled));
      }),
    );
  });

  test('what is caught up and taken back again leaves the line as it was', () => {
    fc.assert(
      fc.property(
        models,
        fc.nat(1_000_000),
        fc.nat(1_000_000),
        fc.integer({ min: -500_000, max: 500_000 }),
        (...drawn) => {
          const [model, billed, recognised, change] = drawn;
          const before = lineAt(model, billed, recognised);
          const up = catchUpPosting(of, [{ balance: before, recognised: pounds(change) }]);
          expect(0 - moved(up.journal, 'revenue')).toBe(change);
          const back = catchUpPosting(of, [{ balance: up.balances[0] ?? before, recognised: pounds(0 - change) }]);
          expect(back.balances).toEqual([before]);
        },
      ),
    );
  });

  test('cost taken back is the opposite of cost', () => {
    const against = fc.constantFrom('payable' as const, 'payroll-clearing' as const);
    fc.assert(
      fc.property(pence, against, (amount, role) => {
        const cost = (minor: number) => costPosting(of, { amount: pounds(minor), against: role, contractLineId: null });
        expect([moved(cost(amount), 'project-cost'), moved(cost(amount), role)]).toEqual([amount, -amount]);
        expect([moved(cost(-amount), 'project-cost'), moved(cost(-amount), role)]).toEqual([-amount, amount]);
      }),
    );
  });
});
