import fc from 'fast-check';
import { invoicePostings } from '../../../domain/ledger/invoice-posting.ts';
import { add, formatMoney, money, type Money, negate, zero } from '../../../domain/money/money.ts';
import {
  afterBilling,
  afterRecognition,
  identityHolds,
  type LineBalance,
  openingBalance,
} from '../../../domain/ledger/balances.ts';
import {
  assertBalanced,
  type JournalDraft,
  reversal,
  revenueJournal,
  sideTotal,
} from '../../../domain/ledger/journal.ts';
import { code } from '../money/domain-error.ts';

const gbp = (pounds: number): Money => money(pounds * 100, 'GBP');
const told = (journal: JournalDraft | null) =>
  journal?.lines.map(({ side, accountRole, amount }) => `${side} ${accountRole} ${formatMoney(amount)}`);
const run = (...rows: { balance: LineBalance; recognised: Money }[]) =>
  revenueJournal({ legalEntityId: 'TL-UK', currency: 'GBP', month: '2026-01', postedOn: '2026-01-31', rows });

describe('balances of a contract line', () => {
  test('a fee billed in advance is earned out of the contract liability', () => {
    // 300 billed, 100 earned: 200 owed; 250 more earned: the liability is gone and 50 are ahead of billing.
    const billed = afterBilling(openingBalance('r', 'retainer', 'GBP'), gbp(300)).balance;
    const first = afterRecognition(billed, gbp(100)).balance;
    expect([first.contractLiability, first.contractAsset]).toEqual([gbp(200), gbp(0)]);
    const second = afterRecognition(first, gbp(250));
    expect([second.balance.contractLiability, second.balance.contractAsset]).toEqual([gbp(0), gbp(50)]);
    expect(second.movements).toEqual([
      { accountRole: 'contract-liability', side: 'debit', amount: gbp(200) },
      { accountRole: 'contract-asset', side: 'debit', amount: gbp(50) },
    ]);
  });

  test('an identity that does not hold is seen', () => {
    expect(identityHolds({ ...openingBalance('r', 'retainer', 'GBP'), billed: gbp(1) })).toBe(false);
  });

  const event = fc.record({
    type: fc.constantFrom('bill', 'recognise'),
    minor: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  });
  const model = fc.constantFrom<LineBalance['model']>('time-and-materials', 'fixed-fee', 'retainer');

  test('the identity holds after every event, no balance is negative, and only one side is open', () => {
    fc.assert(
      fc.property(fc.array(event), model, fc.constantFrom('JPY', 'GBP', 'KWD'), (events, pricing, currency) => {
        let balance = openingBalance('x', pricing, currency);
        for (const { type, minor } of events) {
          const amount = money(minor, currency);
          balance = (type === 'bill' ? afterBilling(balance, amount) : afterRecognition(balance, amount)).balance;
          const { contractAsset, contractLiability, unbilledReceivable } = balance;
          const asset = add(contractAsset, unbilledReceivable);
          expect(identityHolds(balance)).toBe(true);
          expect(
            Math.min(contractAsset.amountMinor, contractLiability.amountMinor, unbilledReceivable.amountMinor),
          ).toBe(0);
          expect(asset.amountMinor === 0 || contractLiability.amountMinor === 0).toBe(true);
        }
      }),
    );
  });

  test('the order of events does not matter for where the line ends', () => {
    fc.assert(
      fc.property(fc.array(event), model, (events, pricing) => {
        const end = (list: typeof events) =>
          list.reduce(
            (balance, { type, minor }) => {
              const amount = money(minor, 'GBP');
              return (type === 'bill' ? afterBilling(balance, amount) : afterRecognition(balance, amount)).balance;
            },
            openingBalance('x', pricing, 'GBP'),
          );
        expect(end([...events].reverse())).toEqual(end(events));
      }),
    );
  });

  test('journals of invoices and revenue runs, added up by account, are the balances', () => {
    fc.assert(
      fc.property(fc.array(event), model, (events, pricing) => {
        let balance = openingBalance('x', pricing, 'GBP');
        const ledger = new Map<string, Money>();
        for (const { type, minor } of events) {
          const amount = money(type === 'bill' ? Math.abs(minor) + 1 : minor, 'GBP');
          const result = type === 'bill' ? bill(balance, amount) : run({ balance, recognised: amount });
          balance = result.balances[0] ?? balance;
          for (const { accountRole, side, amount: posted } of result.journal?.lines ?? []) {
            ledger.set(
              accountRole,
              add(ledger.get(accountRole) ?? zero('GBP'), side === 'debit' ? posted : negate(posted)),
            );
          }
        }
        const of = (role: string) => ledger.get(role) ?? zero('GBP');
        expect(of('contract-asset')).toEqual(balance.contractAsset);
        expect(of('unbilled-receivable')).toEqual(balance.unbilledReceivable);
        expect(negate(of('contract-liability'))).toEqual(balance.contractLiability);
        expect(negate(of('revenue'))).toEqual(balance.recognised);
        expect(of('receivable')).toEqual(balance.billed);
      }),
    );
  });
});

function bill(balance: LineBalance, amount: Money): ReturnType<typeof invoicePostings> {
  const document = {
    invoiceId: 'i',
    legalEntityId: 'TL-UK',
    currency: 'GBP',
    invoiceOn: '2026-01-01',
    tax: zero('GBP'),
    total: amount,
  };
  return invoicePostings({ ...document, lines: [{ contractLineId: 'x', amount }] }, [balance]);
}

describe('the journal of a revenue run', () => {
  test('uses the liability first, then the asset; time and materials has an unbilled receivable', () => {
    const advance = afterBilling(openingBalance('r', 'retainer', 'GBP'), gbp(60)).balance;
    const { journal, balances } = run(
      { balance: advance, recognised: gbp(100) },
      { balance: openingBalance('t', 'time-and-materials', 'GBP'), recognised: gbp(40) },
      { balance: openingBalance('f', 'fixed-fee', 'GBP'), recognised: gbp(0) },
    );
    expect(told(journal)).toEqual([
      'debit contract-liability 60.00 GBP',
      'debit contract-asset 40.00 GBP',
      'credit revenue 100.00 GBP',
      'debit unbilled-receivable 40.00 GBP',
      'credit revenue 40.00 GBP',
    ]);
    expect(balances.map((balance) => balance.recognised)).toEqual([gbp(100), gbp(40), gbp(0)]);
  });

  test('takes revenue back out of the asset, and owes the rest', () => {
    // 50 ahead of billing, 80 taken back: asset 50 away, 30 owed.
    const ahead = afterRecognition(openingBalance('f', 'fixed-fee', 'GBP'), gbp(50)).balance;
    expect(told(run({ balance: ahead, recognised: gbp(-80) }).journal)).toEqual([
      'credit contract-asset 50.00 GBP',
      'credit contract-liability 30.00 GBP',
      'debit revenue 80.00 GBP',
    ]);
  });

  test('is none when nothing is recognised, and refuses another currency', () => {
    expect(run({ balance: openingBalance('f', 'fixed-fee', 'GBP'), recognised: gbp(0) }).journal).toBeNull();
    const yen = { balance: openingBalance('f', 'fixed-fee', 'JPY'), recognised: money(1, 'JPY') };
    expect(code(() => run(yen))).toBe('CURRENCY_MISMATCH');
  });

  test('reversed, it cancels out to nothing on every account', () => {
    const { journal } = run({ balance: openingBalance('f', 'fixed-fee', 'GBP'), recognised: gbp(70) });
    if (!journal) throw new Error('nothing was recognised');
    const back = reversal(journal, 'jrn_1', '2026-02-28');
    expect(back).toMatchObject({
      source: { kind: 'reversal', id: 'jrn_1' },
      postedOn: '2026-02-28',
      memo: 'Reversal: Revenue of 2026-01',
    });
    expect(told(back)).toEqual(['credit contract-asset 70.00 GBP', 'debit revenue 70.00 GBP']);
    expect(sideTotal(back, 'debit')).toEqual(sideTotal(journal, 'credit'));
  });

  test('an entry that does not balance, has no lines or a negative one is refused', () => {
    const { journal } = run({ balance: openingBalance('f', 'fixed-fee', 'GBP'), recognised: gbp(70) });
    if (!journal) throw new Error('nothing was recognised');
    expect(code(() => assertBalanced({ ...journal, lines: journal.lines.slice(1) }))).toBe('JOURNAL_UNBALANCED');
    expect(code(() => assertBalanced({ ...journal, lines: [] }))).toBe('JOURNAL_INVALID');
    const negative = journal.lines.map((line) => ({ ...line, amount: negate(line.amount) }));
    expect(code(() => assertBalanced({ ...journal, lines: negative }))).toBe('JOURNAL_INVALID');
  });
});
