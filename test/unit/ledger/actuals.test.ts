import fc from 'fast-check';
import { type Actual, actualBalances, type ActualEvent, afterActualEvent } from '../../../domain/ledger/actuals.ts';
import { code } from '../money/domain-error.ts';

// The rates of the source: 100 cost and 200 sales an hour.
const rates = { cost: '100', bill: '200' };
const chain = (...events: ActualEvent[]) =>
  events.reduce((before, event) => afterActualEvent(before, event, rates, null), [] as Actual[]);
const told = (entries: readonly Actual[]) =>
  entries.map(({ type, quantity, amount }) => `${type} ${quantity} ${amount.value}`);
const approve = (submitted: string, billable = submitted): ActualEvent => ({ type: 'approve', submitted, billable });
const invoice: ActualEvent = { type: 'invoice' };
const correct = (billable: string): ActualEvent => ({ type: 'correct-invoiced', billable });

describe('the chain of actuals', () => {
  test('approving what was submitted costs and earns all of it', () => {
    expect(told(chain(approve('8')))).toEqual(['cost 8 800', 'unbilled 8 1600']);
  });

  test('approving less keeps the rest in sight, not chargeable; approving more bills more', () => {
    expect(told(chain(approve('8', '6')))).toEqual(['cost 8 800', 'unbilled 6 1200', 'unbilled-nonchargeable 2 400']);
    expect(told(chain(approve('8', '10')))).toEqual(['cost 8 800', 'unbilled 10 2000']);
    expect(told(chain(approve('8', '0')))).toEqual(['cost 8 800', 'unbilled-nonchargeable 8 1600']);
  });

  test('an invoice takes back what is unbilled, then bills it', () => {
    expect(told(chain(approve('8'), approve('3'), invoice).slice(4))).toEqual([
      'unbilled -8 -1600',
      'unbilled -3 -600',
      'billed 8 1600',
      'billed 3 600',
    ]);
  });

  test('correcting an invoice downwards bills the right hours, and the rest waits for the next invoice', () => {
    const corrected = chain(approve('8'), invoice, correct('6'));
    expect(told(corrected.slice(4))).toEqual([
      'billed -8 -1600',
      'unbilled 6 1200',
      'unbilled 2 400',
      'unbilled -6 -1200',
      'billed 6 1200',
    ]);
    const balances = actualBalances(corrected);
    expect([balances.cost.value, balances.unbilled.value, balances.billed.value]).toEqual(['800', '400', '1200']);
    const next = afterActualEvent(corrected, invoice, rates, null);
    expect(told(next.slice(9))).toEqual(['unbilled -2 -400', 'billed 2 400']);
    // A second correction takes back both of what is billed now.
    expect(told(afterActualEvent(next, correct('5'), rates, null).slice(11))).toEqual([
      'billed -6 -1200',
      'billed -2 -400',
      'unbilled 5 1000',
      'unbilled 3 600',
      'unbilled -5 -1000',
      'billed 5 1000',
    ]);
  });

  test('correcting upwards bills more, correcting to nothing credits everything', () => {
    expect(told(chain(approve('8'), invoice, correct('10')).slice(4))).toEqual([
      'billed -8 -1600',
      'unbilled 10 2000',
      'unbilled -10 -2000',
      'billed 10 2000',
    ]);
    expect(told(chain(approve('8'), invoice, correct('0')).slice(4))).toEqual(['billed -8 -1600', 'unbilled 8 1600']);
  });

  test('is refused for negative hours, an invoice of nothing, a correction of nothing billed', () => {
    expect(code(() => chain(approve('-1')))).toBe('QUANTITY_INVALID');
    expect(code(() => chain(approve('8'), invoice, correct('-1')))).toBe('QUANTITY_INVALID');
    expect(code(() => chain(invoice))).toBe('INVOICE_EMPTY');
    expect(code(() => chain(approve('8', '0'), invoice))).toBe('INVOICE_EMPTY');
    expect(code(() => chain(approve('8'), correct('6')))).toBe('CORRECTION_INVALID');
  });

  test('only grows, no type goes below zero, and every entry is taken back at most once', () => {
    const hours = fc.nat(24).map(String);
    const event = fc.oneof(
      fc.record({ type: fc.constant('approve' as const), submitted: hours, billable: hours }),
      fc.constant(invoice),
      hours.map(correct),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let entries: Actual[] = [];
        for (const one of events) {
          let next = entries;
          if (code(() => (next = afterActualEvent(entries, one, rates, null))) !== 'nothing refused') continue;
          expect(next.slice(0, entries.length)).toEqual(entries);
          entries = next;
        }
        const { unbilled, billed } = actualBalances(entries);
        expect(Math.min(Number(unbilled.value), Number(billed.value))).toBeGreaterThanOrEqual(0);
        const backs = entries.flatMap((entry) => (entry.reverses === null ? [] : [entry.reverses]));
        expect(new Set(backs).size).toBe(backs.length);
      }),
    );
  });
});
