// The ledger of an engagement over two ERPs (R67, ADR 0014): who recognises what, and what is handed over.
import fc from 'fast-check';
import { recognitionByErp, type Standing, transferJournals } from '../../../domain/ledger/across-erps.ts';
import { afterBilling, afterRecognition, type LineBalance, openingBalance } from '../../../domain/ledger/balances.ts';
import { sideTotal } from '../../../domain/ledger/journal.ts';
import { add, money, sumMoney, zero } from '../../../domain/money/money.ts';

const eur = (amountMinor: number) => money(amountMinor, 'EUR');

function standing(erpConnectionId: string, amounts: Partial<Record<keyof LineBalance, number>> = {}): Standing {
  const set = Object.entries(amounts).map(([name, amountMinor]) => [name, eur(amountMinor)] as const);
  const balance: LineBalance = { ...openingBalance('l1', 'fixed-fee', 'EUR'), ...Object.fromEntries(set) };
  return { erpConnectionId, balance };
}

function parts(left: Standing[], current: Standing, recognisedMinor: number) {
  return recognitionByErp(left, current, eur(recognisedMinor)).map(({ erpConnectionId, recognised }) => {
    return [erpConnectionId, recognised.amountMinor];
  });
}

test('what was billed in the old ERP is recognised there first, and only the rest in the new one', () => {
  const old = standing('old', { contractLiability: 300_000 });
  expect(parts([old], standing('new'), 200_000)).toEqual([['old', 200_000]]);
  expect(parts([old], standing('new'), 1_350_000)).toEqual([
    ['old', 300_000], // 3,000.00 owed there
    ['new', 1_050_000], // 13,500.00 - 3,000.00
  ]);
});

test('of two ERPs that were left, the older one is used up first', () => {
  const [a, b] = [standing('a', { contractLiability: 100 }), standing('b', { contractLiability: 50 })];
  expect(parts([a, b], standing('c'), 130)).toEqual([
    ['a', 100],
    ['b', 30],
  ]);
});

test('revenue that is taken back is taken back in the new ERP: nothing new is owed in the old one', () => {
  const old = standing('old', { contractLiability: 300_000 });
  expect(parts([old], standing('new', { contractAsset: 500 }), -700)).toEqual([['new', -700]]);
});

test('nothing recognised is no part at all', () => {
  expect(parts([standing('old', { contractLiability: 1 })], standing('new'), 0)).toEqual([]);
});

const move = { legalEntityId: 'TL-DE', currency: 'EUR', postedOn: '2031-04-01', from: 'old', to: 'new' };

test('contract asset and unbilled receivable are handed over line by line; what is owed stays where it is', () => {
  const balances = [
    standing('old', { contractAsset: 1_950_000 }).balance,
    { ...standing('old', { unbilledReceivable: 75_500, contractLiability: 40 }).balance, contractLineId: 'l2' },
    { ...standing('old', { contractLiability: 300_000 }).balance, contractLineId: 'l3' },
  ];
  const journals = transferJournals({ ...move, balances });
  expect(journals?.out.lines.map((line) => [line.contractLineId, line.accountRole, line.side])).toEqual([
    ['l1', 'contract-asset', 'credit'],
    ['l1', 'erp-transfer', 'debit'],
    ['l2', 'unbilled-receivable', 'credit'],
    ['l2', 'erp-transfer', 'debit'],
  ]);
  expect(journals?.into.lines.map(({ side }) => side)).toEqual(['debit', 'credit', 'debit', 'credit']);
  // 19,500.00 + 755.00 leave the one and come to the other: the clearing account is even over both.
  const clearing = [journals?.out, journals?.into].map((journal) =>
    sumMoney(
      (journal?.lines ?? []).filter((line) => line.accountRole === 'erp-transfer').map((line) => line.amount),
      'EUR',
    ),
  );
  expect(clearing).toEqual([eur(2_025_500), eur(2_025_500)]);
});

test('where nothing is earned and not billed, there is nothing to hand over', () => {
  expect(transferJournals({ ...move, balances: [standing('old', { contractLiability: 5 }).balance] })).toBeNull();
});

test('over both ledgers billed + asset - liability = recognised, whatever happens before and after the move', () => {
  const amount = fc.integer({ min: 1, max: 10_000 });
  const event = fc.record({ what: fc.constantFrom('bill', 'recognise', 'take-back'), minor: amount });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), fc.array(event, { maxLength: 8 }), (before, after) => {
      let [old, next] = [standing('old'), standing('new')];
      const apply = (on: Standing, what: string, minor: number): Standing => {
        const change = what === 'bill' ? afterBilling : afterRecognition;
        return { ...on, balance: change(on.balance, eur(what === 'take-back' ? -minor : minor)).balance };
      };
      for (const { what, minor } of before) old = apply(old, what, minor);
      const moved = transferJournals({ ...move, balances: [old.balance] });
      const asset = moved ? sideTotal(moved.out, 'credit') : zero('EUR');
      old = { ...old, balance: { ...old.balance, contractAsset: zero('EUR') } };
      next = { ...next, balance: { ...next.balance, contractAsset: asset } };
      for (const { what, minor } of after) {
        if (what === 'bill') next = apply(next, what, minor);
        else {
          const total = eur(what === 'recognise' ? minor : -minor);
          for (const part of recognitionByErp([old], next, total)) {
            const { balance } = afterRecognition(part.balance, part.recognised);
            if (part.erpConnectionId === 'old') old = { ...old, balance };
            else next = { ...next, balance };
          }
        }
        expect(old.balance.contractAsset.amountMinor).toBe(0); // Nothing unbilled comes back to the old ledger.
      }
      const both = (of: (balance: LineBalance) => LineBalance['billed']): number =>
        add(of(old.balance), of(next.balance)).amountMinor;
      const net = both((b) => b.contractAsset) - both((b) => b.contractLiability);
      expect(both((b) => b.billed) + net).toBe(both((b) => b.recognised));
    }),
  );
});
