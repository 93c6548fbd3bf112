import fc from 'fast-check';
import { capCharges, billableOnly, heldTotal } from '../../../domain/billing/capped-charges.ts';
import { add, money, parseMoney, sumMoney, zero } from '../../../domain/money/money.ts';
import { code } from '../money/domain-error.ts';
import { charge } from './fixtures.ts';

const told = (capped: ReturnType<typeof capCharges>) =>
  capped.map(({ charge: { entryId }, billable, held }) => [entryId, billable.amountMinor, held.amountMinor]);

describe('a not-to-exceed amount', () => {
  const charges = [
    charge('c', '2026-01-20', '400'),
    charge('a', '2026-01-10', '300'),
    charge('b', '2026-01-15', '500'),
  ];

  test('takes the oldest work first and splits the entry at the limit', () => {
    // 1,000 - 300 - 500 = 200 left of c's 400; 200 on hold.
    const capped = capCharges(charges, parseMoney('1000', 'GBP'), zero('GBP'));
    expect(told(capped)).toEqual([
      ['a', 30_000, 0],
      ['b', 50_000, 0],
      ['c', 20_000, 20_000],
    ]);
    expect(heldTotal(capped, 'GBP')).toEqual(money(20_000, 'GBP'));
  });

  test('counts what was billed before, and holds what is wholly above', () => {
    // 1,000 - 700 billed = 300: a whole, b and c on hold.
    const capped = capCharges(charges, parseMoney('1000', 'GBP'), parseMoney('700', 'GBP'));
    expect(told(capped)).toEqual([
      ['a', 30_000, 0],
      ['b', 0, 50_000],
      ['c', 0, 40_000],
    ]);
    expect(billableOnly(capped).map((one) => one.charge.entryId)).toEqual(['a']);
  });

  test('a limit that was lowered below what is billed frees nothing and takes nothing back', () => {
    expect(told(capCharges(charges, parseMoney('100', 'GBP'), parseMoney('700', 'GBP'))).map((row) => row[1])).toEqual([
      0, 0, 0,
    ]);
  });

  test('no limit holds nothing; a limit in another currency is refused', () => {
    expect(heldTotal(capCharges(charges, null, zero('GBP')), 'GBP')).toEqual(zero('GBP'));
    expect(code(() => capCharges(charges, parseMoney('1', 'EUR'), zero('GBP')))).toBe('CURRENCY_MISMATCH');
  });

  test('yen and dinars are split to their last unit', () => {
    const yen = capCharges([charge('a', '2026-01-10', '1000', 'JPY')], money(999, 'JPY'), zero('JPY'));
    expect(told(yen)).toEqual([['a', 999, 1]]);
    const dinars = capCharges([charge('a', '2026-01-10', '1.000', 'KWD')], money(999, 'KWD'), zero('KWD'));
    expect(told(dinars)).toEqual([['a', 999, 1]]);
  });

  test('what is left of a split entry is due when the limit is raised, and no more than that', () => {
    // 400 entered, 200 billed when the limit was 1,000; now it is 1,150 with 1,000 used: 150 more, 50 still on hold.
    const rest = { ...charge('c', '2026-01-20', '400'), billedBefore: parseMoney('200', 'GBP') };
    expect(told(capCharges([rest], parseMoney('1150', 'GBP'), parseMoney('1000', 'GBP')))).toEqual([
      ['c', 15_000, 5_000],
    ]);
    expect(told(capCharges([rest], null, parseMoney('1000', 'GBP')))).toEqual([['c', 20_000, 0]]);
  });

  test('nothing is lost and the limit is never passed', () => {
    const some = fc.record({ id: fc.uuid(), day: fc.integer({ min: 10, max: 28 }), pence: fc.nat(100_000) });
    fc.assert(
      fc.property(fc.array(some), fc.nat(500_000), fc.nat(100_000), (entries, limit, used) => {
        const all = entries.map(({ id, day, pence }) => ({
          ...charge(id, `2026-01-${String(day)}`, '0'),
          amount: money(pence, 'GBP'),
        }));
        const capped = capCharges(all, money(limit, 'GBP'), money(used, 'GBP'));
        const billed = sumMoney(
          capped.map((one) => one.billable),
          'GBP',
        );
        expect(add(billed, heldTotal(capped, 'GBP'))).toEqual(
          sumMoney(
            all.map((one) => one.amount),
            'GBP',
          ),
        );
        expect(billed.amountMinor).toBeLessThanOrEqual(Math.max(0, limit - used));
      }),
    );
  });
});

describe('runs in any order', () => {
  interface Entry {
    id: string;
    day: number;
    pence: number;
  }
  interface Invoice {
    isPosted: boolean;
    parts: { id: string; pence: number }[];
  }

  /** The books as far as a limit cares: approved work, and the parts of it that living invoices bill. */
  class Ledger {
    readonly work: Entry[] = [];
    invoices: Invoice[] = [];
    limit: number | null = null;

    billedOf(id?: string): number {
      const parts = this.invoices.flatMap((invoice) => invoice.parts);
      return parts.filter((part) => id === undefined || part.id === id).reduce((sum, { pence }) => sum + pence, 0);
    }

    /** What a run for work before a day would bill, and hold. */
    due(untilDay: number) {
      const charges = this.work
        .filter(({ id, day, pence }) => day < untilDay && this.billedOf(id) < pence)
        .map(({ id, day, pence }) => {
          const priced = { ...charge(id, `2026-01-${String(day)}`, '0'), amount: money(pence, 'GBP') };
          const billed = this.billedOf(id);
          return billed === 0 ? priced : { ...priced, billedBefore: money(billed, 'GBP') };
        });
      const limit = this.limit === null ? null : money(this.limit, 'GBP');
      return capCharges(charges, limit, money(this.billedOf(), 'GBP'));
    }

    run(untilDay: number): void {
      const before = this.billedOf();
      const parts = billableOnly(this.due(untilDay)).map(({ charge: { entryId }, billable }) => {
        return { id: entryId, pence: billable.amountMinor };
      });
      if (parts.length > 0) this.invoices.push({ isPosted: false, parts });
      const after = this.billedOf();
      if (after > before && this.limit !== null) expect(after).toBeLessThanOrEqual(this.limit);
    }
  }

  const act = fc.oneof(
    fc.record({
      type: fc.constant('work' as const),
      id: fc.uuid(),
      day: fc.integer({ min: 10, max: 28 }),
      pence: fc.integer({ min: 1, max: 100_000 }),
    }),
    fc.record({ type: fc.constant('run' as const), untilDay: fc.integer({ min: 11, max: 29 }) }),
    fc.record({ type: fc.constant('limit' as const), pence: fc.option(fc.nat(400_000)) }),
    fc.record({ type: fc.constant('post' as const), which: fc.nat(5) }),
    fc.record({ type: fc.constant('void' as const), which: fc.nat(5) }),
  );

  test('billed + held is the approved value, never above the limit, and all is billed once when it is freed', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const ledger = new Ledger();
        for (const one of acts) {
          if (one.type === 'work') ledger.work.push(one);
          if (one.type === 'run') ledger.run(one.untilDay);
          if (one.type === 'limit') ledger.limit = one.pence;
          const invoice = one.type === 'post' || one.type === 'void' ? ledger.invoices[one.which] : undefined;
          if (invoice && one.type === 'post') invoice.isPosted = true;
          if (one.type === 'void' && invoice && !invoice.isPosted) {
            ledger.invoices = ledger.invoices.filter((other) => other !== invoice);
          }
          ledger.run(0); // A run for nothing changes nothing.
          const value = ledger.work.map(({ pence }) => money(pence, 'GBP'));
          const rest = ledger.due(29);
          const accounted = [
            money(ledger.billedOf(), 'GBP'),
            ...rest.map(({ billable }) => billable),
            heldTotal(rest, 'GBP'),
          ];
          expect(sumMoney(accounted, 'GBP')).toEqual(sumMoney(value, 'GBP'));
          for (const { id, pence } of ledger.work) expect(ledger.billedOf(id)).toBeLessThanOrEqual(pence);
        }
        ledger.limit = null;
        ledger.run(29);
        expect(heldTotal(ledger.due(29), 'GBP')).toEqual(zero('GBP'));
        for (const { id, pence } of ledger.work) expect(ledger.billedOf(id)).toBe(pence);
      }),
    );
  });
});
