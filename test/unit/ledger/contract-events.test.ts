import fc from 'fast-check';
import { bookEvent, type ContractEvent, openingPosition } from '../../../domain/ledger/contract-events.ts';
import type { JournalLine } from '../../../domain/ledger/journal.ts';
import { add, formatDecimal, money, type Money, negate, sumMoney, zero } from '../../../domain/money/money.ts';
import { code } from '../money/domain-error.ts';

const gbp = (minor: number): Money => money(minor, 'GBP');
const none = zero('GBP');
const transfer = (revenue: number, unconditional = 0, refund = 0): ContractEvent => {
  return { type: 'transfer', revenue: gbp(revenue), unconditional: gbp(unconditional), refund: gbp(refund) };
};
const due = (amount: number): ContractEvent => ({ type: 'due', amount: gbp(amount) });
const receipt = (amount: number): ContractEvent => ({ type: 'receipt', amount: gbp(amount) });
const accrue = (amount: number): ContractEvent => ({ type: 'accrue', amount: gbp(amount) });
const invoice = (net: number, tax: number, accrued: number): ContractEvent => {
  return { type: 'invoice', net: gbp(net), tax: gbp(tax), accrued: gbp(accrued) };
};

function book(...events: ContractEvent[]) {
  let position = openingPosition('GBP');
  const lines: JournalLine[] = [];
  const told = events.map((event) => {
    const booked = bookEvent(position, event);
    position = booked.position;
    lines.push(...booked.lines);
    return booked.lines.map((line) => `${line.side} ${line.accountRole} ${formatDecimal(line.amount)}`);
  });
  return { position, told, lines };
}

describe('the events of a contract', () => {
  test('a receivable arises with the right to payment, not with the performance', () => {
    // Half of 10.00 is done and conditional: asset 4.00. The rest makes all 10.00 payable: the asset goes.
    expect(book(transfer(400), transfer(600, 1000)).told).toEqual([
      ['debit contract-asset 4.00', 'credit revenue 4.00'],
      ['debit receivable 10.00', 'credit contract-asset 4.00', 'credit revenue 6.00'],
    ]);
  });

  test('money ahead of performance is owed, and performance uses it up before it makes an asset', () => {
    // 3.00 paid early, 10.00 done of which 5.00 is payable now: 3.00 of the liability, 2.00 are conditional.
    expect(book(receipt(300), transfer(1000, 500)).told).toEqual([
      ['debit cash 3.00', 'credit contract-liability 3.00'],
      ['debit receivable 5.00', 'debit contract-liability 3.00', 'debit contract-asset 2.00', 'credit revenue 10.00'],
    ]);
  });

  test('money clears the receivable first', () => {
    // 7.00 due, 9.00 paid: 2.00 more are held for the customer.
    const { told, position } = book(due(700), receipt(900));
    expect(told[1]).toEqual(['debit cash 9.00', 'credit receivable 7.00', 'credit contract-liability 2.00']);
    expect(position).toMatchObject({ receivable: none, contractLiability: gbp(900) });
  });

  test('a milestone that falls due after performance clears the contract asset', () => {
    expect(book(transfer(500), due(800)).told[1]).toEqual([
      'debit receivable 8.00',
      'credit contract-asset 5.00',
      'credit contract-liability 3.00',
    ]);
  });

  test('a rebate expected is a refund liability, and revenue when it is no longer expected', () => {
    // IFRS 15 Example 40: 100 units at 150.00, of which 125.00 is expected; later the volume is not reached.
    expect(book(transfer(12_500, 15_000, 2500), transfer(2500, 0, -2500)).told).toEqual([
      ['debit receivable 150.00', 'credit revenue 125.00', 'credit refund-liability 25.00'],
      ['credit revenue 25.00', 'debit refund-liability 25.00'],
    ]);
  });

  test('time and materials: the invoice takes the accrual back', () => {
    const { told, position } = book(accrue(10_000), invoice(10_000, 2000, 10_000), receipt(12_000));
    expect(told).toEqual([
      ['debit unbilled-receivable 100.00', 'credit accrued-revenue 100.00'],
      [
        'debit receivable 120.00',
        'credit tax-payable 20.00',
        'credit invoiced-revenue 100.00',
        'credit unbilled-receivable 100.00',
        'debit accrued-revenue 100.00',
      ],
      ['debit cash 120.00', 'credit receivable 120.00'],
    ]);
    expect(position).toEqual(openingPosition('GBP'));
  });

  test('revenue is taken back out of the asset first', () => {
    expect(book(transfer(500), transfer(-700)).told[1]).toEqual([
      'credit contract-asset 5.00',
      'credit contract-liability 2.00',
      'debit revenue 7.00',
    ]);
  });

  test('what cannot be is refused', () => {
    expect(code(() => book(due(0)))).toBe('EVENT_INVALID');
    expect(code(() => book(receipt(-1)))).toBe('EVENT_INVALID');
    expect(code(() => book(transfer(1, -1)))).toBe('EVENT_INVALID');
    expect(code(() => book(transfer(100, 0, -1)))).toBe('EVENT_INVALID');
    expect(code(() => book(accrue(99), invoice(100, 0, 100)))).toBe('EVENT_INVALID');
    expect(code(() => bookEvent(openingPosition('JPY'), due(1)))).toBe('CURRENCY_MISMATCH');
    const most = due(Number.MAX_SAFE_INTEGER);
    expect(code(() => book(most, due(1)))).toBe('AMOUNT_OVERFLOW');
  });

  const amount = fc.integer({ min: 1, max: 1_000_000 });
  const anyEvent = fc.oneof(
    fc
      .record({ revenue: fc.integer({ min: -9999, max: 1_000_000 }), unconditional: fc.nat(9999), refund: fc.nat(999) })
      .map(({ revenue, unconditional, refund }) => transfer(revenue, unconditional, refund)),
    amount.map(due),
    amount.map(receipt),
    amount.map(accrue),
  );

  test('after any events debits are credits and the position is the sum of the entries, never below zero', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const { lines, position } = book(...events);
        const of = (role: string) =>
          sumMoney(
            lines
              .filter((line) => line.accountRole === role)
              .map((line) => (line.side === 'debit' ? line.amount : negate(line.amount))),
            'GBP',
          );
        const all = new Set(lines.map((line) => line.accountRole));
        expect(sumMoney([...all].map(of), 'GBP')).toEqual(none);
        expect(of('receivable')).toEqual(position.receivable);
        expect(of('contract-asset')).toEqual(position.contractAsset);
        expect(negate(of('contract-liability'))).toEqual(position.contractLiability);
        expect(negate(of('refund-liability'))).toEqual(position.refundLiability);
        expect(of('unbilled-receivable')).toEqual(position.unbilled);
        expect(Math.min(...Object.values(position).map((one: Money) => one.amountMinor))).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('as long as no money comes before the right to it, the order does not matter for the end', () => {
    const kind = fc.constantFrom('transfer', 'due');
    const plan = fc.array(fc.record({ kind, size: amount, at: fc.nat(1000), paidAfter: fc.nat(1000) }));
    fc.assert(
      fc.property(plan, fc.array(fc.nat(1000)), (rights, otherTimes) => {
        // Each right is paid at some time after it arises; in the other order the times of the rights are others.
        const timeline = (times: readonly number[]) =>
          rights
            .flatMap(({ kind: type, size, at, paidAfter }, index) => {
              const on = times[index] ?? at;
              const right = type === 'due' ? due(size) : transfer(size, size);
              return [
                { on, right: true, event: right },
                { on: on + paidAfter, right: false, event: receipt(size) },
              ];
            })
            .sort((a, b) => a.on - b.on || Number(b.right) - Number(a.right))
            .map(({ event }) => event);
        expect(book(...timeline(otherTimes)).position).toEqual(book(...timeline([])).position);
      }),
    );
  });

  test('rights + contract asset - liability = recognised + to be refunded, after every event', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const { lines, position } = book(...events);
        const debits = (role: string, side: string) =>
          sumMoney(
            lines.filter((line) => line.accountRole === role && line.side === side).map((line) => line.amount),
            'GBP',
          );
        const receivedAhead = add(debits('cash', 'debit'), negate(debits('receivable', 'credit')));
        const billed = add(debits('receivable', 'debit'), receivedAhead);
        const recognised = add(debits('revenue', 'credit'), negate(debits('revenue', 'debit')));
        const left = add(billed, add(position.contractAsset, negate(position.contractLiability)));
        expect(left).toEqual(add(recognised, position.refundLiability));
      }),
    );
  });
});
