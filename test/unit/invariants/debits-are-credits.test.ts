// Every journal that any function makes has equal debits and credits, whatever the amounts; and in the books that take
// them it stays so, per legal entity, book and currency, in the currency of the transaction and in the functional one.
// Sums are made here in whole numbers of any size, not by the functions that check themselves.
import fc from 'fast-check';
import * as catchUpJournals from '../../../domain/change/catch-up-journals.ts';
import type { RevenueChange } from '../../../domain/change/revenue-change.ts';
import { toBase } from '../../../domain/currency/convert.ts';
import { perBase } from '../../../domain/currency/exchange-rates.ts';
import { settle } from '../../../domain/currency/settlement.ts';
import { afterBilling, afterRecognition, type LineBalance, openingBalance } from '../../../domain/ledger/balances.ts';
import {
  bookEvent,
  type ContractEvent,
  type ContractPosition,
  openingPosition,
} from '../../../domain/ledger/contract-events.ts';
import * as invoicePosting from '../../../domain/ledger/invoice-posting.ts';
import { type JournalDraft, type JournalLine, reversal, revenueJournal } from '../../../domain/ledger/journal.ts';
import {
  append,
  EMPTY_LEDGER,
  type Entry,
  type EntryLine,
  type Ledger,
  reversalOf,
  translated,
  trialBalance,
} from '../../../domain/ledger/ledger.ts';
import * as postings from '../../../domain/ledger/postings.ts';
import { formatDecimal, type Money, money } from '../../../domain/money/money.ts';
import { amountOf } from '../../../domain/money/rounding.ts';
import { fixedLine } from '../billing/fixtures.ts';
import { CONTRACT } from '../change/engagement-books.ts';

const CURRENCY = 'EUR';
const OF = { legalEntityId: 'TL-UK', postedOn: '2026-02-10', sourceId: 's' };
/** Minor units as a plain number: sums are made beside the engine, not with it. */
const minorOf = ({ amountMinor }: Money): number => amountMinor;
const eur = (minor: number): Money => money(minor, CURRENCY);

const size = fc.integer({ min: 1, max: 10_000_000_000 });
const part = fc.integer({ min: 0, max: 1000 });
const either = fc.integer({ min: -10_000_000_000, max: 10_000_000_000 });
const shareOf = (whole: number, thousandths: number) => Math.floor((whole * thousandths) / 1000);
const line = fc.record({
  model: fc.constantFrom('time-and-materials' as const, 'fixed-fee' as const, 'retainer' as const),
  billed: fc.nat(1_000_000_000),
  recognised: fc.nat(1_000_000_000),
});
const balances = fc.array(line, { minLength: 1, maxLength: 4 }).map((all) =>
  all.map(({ model, billed, recognised }, index): LineBalance => {
    const before = afterBilling(openingBalance(`l${String(index)}`, model, CURRENCY), eur(billed)).balance;
    return afterRecognition(before, eur(recognised)).balance;
  }),
);

function journalOf(lines: JournalLine[]): JournalDraft {
  const source = { kind: 'contract-event', id: 'e' } as const;
  return { legalEntityId: 'TL-UK', currency: CURRENCY, postedOn: OF.postedOn, memo: 'Event', source, lines };
}

/** Journals by the function that makes them; what a function makes of nothing is left out. */
const makers: Record<string, fc.Arbitrary<readonly JournalDraft[]>> = {
  invoicePostings: fc
    .tuple(balances, fc.array(fc.tuple(fc.nat(3), size), { minLength: 1 }), fc.nat(9_999))
    .map(([open, nets, tax]) => {
      const lines = nets.map(([at, net]) => ({
        contractLineId: open[at % open.length]?.contractLineId ?? '',
        amount: eur(net),
      }));
      const total = nets.reduce((sum, [, net]) => sum + net, tax);
      const invoice = { ...OF, currency: CURRENCY, invoiceId: 'i', invoiceOn: OF.postedOn, lines };
      return [invoicePosting.invoicePostings({ ...invoice, tax: eur(tax), total: eur(total) }, open).journal];
    }),
  paymentPostings: fc.tuple(size, part).map(([unpaid, thousandths]) => {
    const amount = eur(Math.max(1, shareOf(unpaid, thousandths)));
    const of = { paymentId: 'p', invoiceId: 'i', legalEntityId: 'TL-UK', paidOn: OF.postedOn };
    return [invoicePosting.paymentPostings({ ...of, amount, unpaid: eur(unpaid) })];
  }),
  revenueJournal: fc.tuple(balances, fc.array(either, { minLength: 4 })).map(([open, amounts]) => {
    const rows = open.map((balance, index) => ({ balance, recognised: eur(amounts[index] ?? 0) }));
    const { journal } = revenueJournal({ ...OF, currency: CURRENCY, month: '2026-02', rows });
    return journal ? [journal] : [];
  }),
  reversal: fc
    .tuple(size, fc.constantFrom('payable' as const, 'payroll-clearing' as const))
    .map(([amount, against]) => {
      const cost = postings.costPosting(OF, { amount: eur(amount), against, contractLineId: null });
      return [reversal(cost, 'j', '2026-02-11')];
    }),
  costPosting: either
    .filter((amount) => amount !== 0)
    .map((amount) => [postings.costPosting(OF, { amount: eur(amount), against: 'payable', contractLineId: null })]),
  rebatePosting: fc.tuple(size, part).map(([price, thousandths]) => {
    const sale = { price: eur(price), rebate: eur(shareOf(price, thousandths)), contractLineId: null };
    return [postings.rebatePosting(OF, sale)];
  }),
  creditMemoPosting: fc.tuple(balances, part, part, fc.nat(9_999)).map(([open, netPart, upPart, tax]) => {
    const lines = open.map(({ contractLineId, billed, recognised }) => {
      const net = shareOf(billed.amountMinor, netPart);
      return { contractLineId, net: eur(net), ofRevenue: eur(Math.min(shareOf(net, upPart), recognised.amountMinor)) };
    });
    if (lines.every(({ net }) => net.amountMinor === 0)) return [];
    return [postings.creditMemoPosting(OF, { lines, tax: eur(tax) }, open).journal];
  }),
  writeDownPosting: fc
    .tuple(balances, part, fc.constantFrom('revenue' as const, 'contra-revenue' as const))
    .map(([open, thousandths, against]) =>
      open.flatMap((before) => {
        const unbilled = minorOf(before.contractAsset) + minorOf(before.unbilledReceivable);
        const amount = shareOf(unbilled, thousandths);
        return amount === 0 ? [] : [postings.writeDownPosting(OF, { amount: eur(amount), against }, before).journal];
      }),
    ),
  lossPosting: fc.tuple(fc.nat(1_000_000), fc.nat(1_000_000)).map(([before, after]) => {
    const journal = postings.lossPosting(OF, { before: eur(before), after: eur(after), contractLineId: 'l' });
    return journal ? [journal] : [];
  }),
  catchUpPosting: fc.tuple(balances, either).map(([open, amount]) => {
    const rows = open.map((balance) => ({ balance, recognised: eur(amount) }));
    const { journal } = postings.catchUpPosting(OF, rows);
    return journal ? [journal] : [];
  }),
  catchUpJournals: fc.tuple(balances, either).map(([open, amount]) => {
    const lines = open.map(({ contractLineId, billed }) => {
      return { ...fixedLine(CURRENCY), lineId: contractLineId, value: billed };
    });
    const contract = { ...CONTRACT, leadLegalEntityId: 'TL-UK', lines };
    const change = { obligationId: 'o', lineIds: lines.map(({ lineId }) => lineId), catchUp: eur(amount) };
    const books = { balances: open, entities: { 'TL-UK': { firstOpenMonth: '2026-02' } } };
    return catchUpJournals.catchUpJournals('CO', OF.postedOn, contract, [change as unknown as RevenueChange], books);
  }),
  bookEvent: fc.array(contractEvents(), { maxLength: 12 }).map((events) => {
    let position: ContractPosition = openingPosition(CURRENCY);
    return events.flatMap((event) => {
      const accrued = event.type === 'invoice' ? Math.min(event.accrued.amountMinor, position.unbilled.amountMinor) : 0;
      const booked = bookEvent(position, event.type === 'invoice' ? { ...event, accrued: eur(accrued) } : event);
      position = booked.position;
      return booked.lines.length === 0 ? [] : [journalOf(booked.lines)];
    });
  }),
};

function contractEvents(): fc.Arbitrary<ContractEvent> {
  const amount = size.map(eur);
  const some = fc.nat(1_000_000).map(eur);
  return fc.oneof(
    fc.record({ type: fc.constant('transfer' as const), revenue: either.map(eur), unconditional: some, refund: some }),
    fc.record({ type: fc.constantFrom('due' as const, 'receipt' as const, 'accrue' as const), amount }),
    fc.record({ type: fc.constant('invoice' as const), net: amount, tax: some, accrued: some }),
  );
}

/** Debits less credits by currency, for amounts of any size. */
function differences(amounts: readonly { side: JournalLine['side']; amount: Money }[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { side, amount } of amounts) {
    const signed = BigInt(amount.amountMinor) * (side === 'debit' ? 1n : -1n);
    sums[amount.currency] = (sums[amount.currency] ?? 0n) + signed;
  }
  return sums;
}

const inFunctional = (lines: readonly EntryLine[]) =>
  lines.map(({ side, functional }) => ({ side, amount: functional }));

test('every function of the postings is tried', () => {
  const names = [postings, invoicePosting, catchUpJournals].flatMap((file) => Object.keys(file));
  // Lines in two currencies are tried with the books below.
  const tried = [...Object.keys(makers), 'settlementLines'];
  expect(names.filter((name) => !tried.includes(name))).toEqual([]);
});

test.each(Object.entries(makers))(
  '%s: debits are credits, and no line is below zero or of another currency',
  (_, journals) => {
    let made = 0;
    fc.assert(
      fc.property(journals, (all) => {
        for (const { lines, currency } of all) {
          made += 1;
          expect(differences(lines)).toEqual({ [currency]: 0n });
          expect(lines.every(({ amount }) => amount.amountMinor > 0)).toBe(true);
        }
      }),
    );
    expect(made).toBeGreaterThan(20);
  },
);

describe('in the books', () => {
  const rate = fc
    .integer({ min: 1, max: 5_000_000 })
    .map((micro) => perBase((micro / 1_000_000).toFixed(6), 'base-per-fc'));
  const BOOKS = ['ifrs', 'us-gaap', 'tax'] as const;
  const LOCKS = BOOKS.map((book) => ({ legalEntityId: 'TL-UK', book, month: '2026-02', state: 'open' as const }));
  const anyJournals = fc.array(fc.oneof(...Object.values(makers)), { maxLength: 5 }).map((all) => all.flat());
  const functionals = fc.constantFrom('GBP', 'JPY', 'KWD', CURRENCY);

  function entryOf(
    journal: JournalDraft,
    entryId: string,
    book: string,
    functionalCurrency: string,
    lines: EntryLine[],
  ): Entry {
    const { legalEntityId, currency, postedOn, memo, source } = journal;
    const of = { legalEntityId, book, currency, functionalCurrency, rateId: 'r', effectiveOn: postedOn, postedOn };
    return { entryId, ...of, memo, source, lines, reverses: null };
  }

  function expectTrue(ledger: Ledger): void {
    for (const { difference } of trialBalance(ledger)) expect(difference.amountMinor).toBe(0);
    for (const book of BOOKS) {
      const lines = ledger.entries.filter((one) => one.book === book).flatMap((one) => one.lines);
      for (const amounts of [lines, inFunctional(lines)]) {
        for (const difference of Object.values(differences(amounts))) expect(difference).toBe(0n);
      }
    }
  }

  test('translated at any rate, every entry balances in both currencies, and so does each book after each entry', () => {
    fc.assert(
      fc.property(
        anyJournals,
        functionals,
        fc.array(rate, { minLength: 3, maxLength: 3 }),
        (journals, currency, rates) => {
          let ledger = EMPTY_LEDGER;
          for (const [index, journal] of journals.entries()) {
            for (const [at, book] of BOOKS.entries()) {
              const found = { rateId: 'r', perBase: rates[at] ?? perBase('1', 'fc-per-base') };
              const lines = translated(journal, { functionalCurrency: currency, rate: found, mode: 'half-even' });
              expect(differences(inFunctional(lines))).toEqual({ [currency]: 0n });
              ledger = append(ledger, entryOf(journal, `${book} ${String(index)}`, book, currency, lines), LOCKS);
            }
            expectTrue(ledger);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('a payment at another rate balances in both currencies: the difference is gain or loss', () => {
    const cents = { mode: 'half-even', scale: 2 } as const;
    fc.assert(
      fc.property(size, part, rate, rate, (open, thousandths, bookedAt, paidAt) => {
        const paid = eur(Math.max(1, shareOf(open, thousandths)));
        // What is open was booked at its amount x the rate of the booking, in whole pence.
        const fcOpen = formatDecimal(eur(open));
        const { value: base } = toBase(fcOpen, bookedAt, cents);
        const { bookedBase, settledBase } = settle({ fc: fcOpen, base }, formatDecimal(paid), paidAt, cents);
        const [booked, settled] = [amountOf(bookedBase, 'GBP'), amountOf(settledBase, 'GBP')];
        fc.pre(booked.amountMinor > 0 && settled.amountMinor > 0);
        const lines = postings.settlementLines({ amount: paid, booked, settled });
        expect(Object.values(differences(lines))).toEqual([0n]);
        expect(differences(inFunctional(lines))).toEqual({ GBP: 0n });
        const ledger = append(EMPTY_LEDGER, entryOf(journalOf([]), 'e', 'ifrs', 'GBP', lines), LOCKS);
        expectTrue(ledger);
      }),
    );
  });

  test('reversed in any order, everything comes back to nothing', () => {
    fc.assert(
      fc.property(anyJournals, functionals, rate, fc.nat(9), (journals, currency, found, turn) => {
        const entries = journals.map((journal, index) => {
          const to = {
            functionalCurrency: currency,
            rate: { rateId: 'r', perBase: found },
            mode: 'half-even',
          } as const;
          return entryOf(journal, `e${String(index)}`, 'ifrs', currency, translated(journal, to));
        });
        let ledger = entries.reduce((books, one) => append(books, one, LOCKS), EMPTY_LEDGER);
        for (const { entryId } of [...entries.slice(turn), ...entries.slice(0, turn)]) {
          ledger = append(ledger, reversalOf(ledger, entryId, `${entryId} back`, '2026-02-11'), LOCKS);
          expectTrue(ledger);
        }
        const left = ledger.entries.flatMap(({ lines }) => lines);
        for (const role of new Set(left.map(({ accountRole }) => accountRole))) {
          const own = left.filter(({ accountRole }) => accountRole === role);
          for (const amounts of [own, inFunctional(own)]) {
            for (const difference of Object.values(differences(amounts))) expect(difference).toBe(0n);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
