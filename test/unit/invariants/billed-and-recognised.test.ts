// Per contract line, after every event of a random life: billed + contract asset + unbilled receivable - contract
// liability = recognised. The four are read off the journals, account by account, and compared with what the events
// themselves come to; so a wrong balance, a wrong journal and a difference between the two are all seen.
import fc from 'fast-check';
import { catchUpJournals } from '../../../domain/change/catch-up-journals.ts';
import type { RevenueChange } from '../../../domain/change/revenue-change.ts';
import type { AccountRole } from '../../../domain/configuration.ts';
import type { ContractLine, Pricing } from '../../../domain/deal/contract.ts';
import { identityHolds, type LineBalance, openingBalance } from '../../../domain/ledger/balances.ts';
import { invoicePostings, paymentPostings } from '../../../domain/ledger/invoice-posting.ts';
import { type JournalDraft, revenueJournal } from '../../../domain/ledger/journal.ts';
import { catchUpPosting, creditMemoPosting, writeDownPosting } from '../../../domain/ledger/postings.ts';
import { contractPositionBreaks } from '../../../domain/ledger/tie-outs.ts';
import { type Money, money } from '../../../domain/money/money.ts';
import { fixedLine } from '../billing/fixtures.ts';
import { CONTRACT } from '../change/engagement-books.ts';

const LINES = ['a', 'b', 'c'] as const;
const MODELS: Record<(typeof LINES)[number], Pricing['model']> = {
  a: 'time-and-materials',
  b: 'fixed-fee',
  c: 'retainer',
};
/** Minor units as a plain number: sums are made beside the engine, not with it. */
const minorOf = ({ amountMinor }: Money): number => amountMinor;

const OF = { legalEntityId: 'TL-UK', postedOn: '2026-02-28' };

/** What the events come to, in minor units, worked out beside the books. */
interface Told {
  billed: number;
  recognised: number;
}

/** A contract of three lines with everything that was posted for it. */
class Life {
  balances: LineBalance[];
  readonly journals: JournalDraft[] = [];
  readonly told: Record<string, Told> = {};
  unpaid = 0;

  constructor(readonly currency: string) {
    this.balances = LINES.map((id) => openingBalance(id, MODELS[id], currency));
    for (const id of LINES) this.told[id] = { billed: 0, recognised: 0 };
  }

  money(minor: number): Money {
    return money(minor, this.currency);
  }

  balance(id: string): LineBalance {
    const found = this.balances.find(({ contractLineId }) => contractLineId === id);
    if (!found) throw new Error(`line ${id}`);
    return found;
  }

  post(journal: JournalDraft | null, balances: readonly LineBalance[], changes: Record<string, Partial<Told>>): void {
    if (journal) this.journals.push(journal);
    this.balances = this.balances.map(
      (before) => balances.find(({ contractLineId }) => contractLineId === before.contractLineId) ?? before,
    );
    for (const [id, change] of Object.entries(changes)) {
      const before = this.told[id] ?? { billed: 0, recognised: 0 };
      const after = { billed: before.billed + (change.billed ?? 0), recognised: before.recognised };
      this.told[id] = { ...after, recognised: after.recognised + (change.recognised ?? 0) };
    }
  }

  /** Debits less credits of an account, of one line. */
  account(id: string, ...roles: AccountRole[]): number {
    const lines = this.journals.flatMap((journal) => journal.lines);
    return lines
      .filter(({ contractLineId, accountRole }) => contractLineId === id && roles.includes(accountRole))
      .reduce((sum, { side, amount }) => sum + (side === 'debit' ? amount.amountMinor : -amount.amountMinor), 0);
  }
}

const line = fc.constantFrom(...LINES);
const size = fc.integer({ min: 1, max: 1_000_000 });
const percent = fc.integer({ min: 1, max: 100 });
const event = fc.oneof(
  fc.record({
    type: fc.constant('invoice' as const),
    nets: fc.array(fc.tuple(line, size), { minLength: 1 }),
    tax: size,
  }),
  fc.record({
    type: fc.constant('revenue' as const),
    rows: fc.array(fc.tuple(line, fc.integer({ min: -500_000, max: 1_000_000 }))),
  }),
  fc.record({ type: fc.constant('pay' as const), percent }),
  fc.record({ type: fc.constant('credit' as const), line, percent, up: fc.nat(100) }),
  fc.record({ type: fc.constant('write-down' as const), line, percent, contra: fc.boolean() }),
  fc.record({ type: fc.constant('catch-up' as const), line, amount: fc.integer({ min: -500_000, max: 500_000 }) }),
  fc.record({ type: fc.constant('change' as const), amount: fc.integer({ min: -500_000, max: 500_000 }) }),
);
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

function invoice(life: Life, { nets, tax }: Extract<Event, { type: 'invoice' }>, id: string): void {
  const total = nets.reduce((sum, [, net]) => sum + net, tax);
  const document = {
    ...{ invoiceId: id, legalEntityId: 'TL-UK', currency: life.currency, invoiceOn: OF.postedOn },
    ...{ tax: life.money(tax), total: life.money(total) },
    lines: nets.map(([contractLineId, net]) => ({ contractLineId, amount: life.money(net) })),
  };
  const { journal, balances } = invoicePostings(document, life.balances);
  life.post(journal, balances, {});
  for (const [contractLineId, net] of nets) life.post(null, [], { [contractLineId]: { billed: net } });
  life.unpaid += total;
}

function revenue(life: Life, { rows }: Extract<Event, { type: 'revenue' }>): void {
  // One row of a line in a run, as in production.
  const own = [...new Map(rows)];
  const run = { ...OF, currency: life.currency, month: '2026-02' };
  const { journal, balances } = revenueJournal({
    ...run,
    rows: own.map(([id, amount]) => ({ balance: life.balance(id), recognised: life.money(amount) })),
  });
  life.post(journal, balances, Object.fromEntries(own.map(([id, recognised]) => [id, { recognised }])));
}

function credit(life: Life, one: Extract<Event, { type: 'credit' }>, sourceId: string): void {
  const before = life.balance(one.line);
  const net = Math.floor((minorOf(before.billed) * one.percent) / 100);
  if (net <= 0) return;
  const up = Math.max(0, Math.min(Math.floor((net * one.up) / 100), before.recognised.amountMinor));
  const lines = [{ contractLineId: one.line, net: life.money(net), ofRevenue: life.money(up) }];
  const memo = { lines, tax: life.money(0) };
  const { journal, balances } = creditMemoPosting({ ...OF, sourceId }, memo, life.balances);
  life.post(journal, balances, { [one.line]: { billed: 0 - net, recognised: 0 - up } });
}

function writeDown(life: Life, one: Extract<Event, { type: 'write-down' }>, sourceId: string): void {
  const before = life.balance(one.line);
  const unbilled = minorOf(before.contractAsset) + minorOf(before.unbilledReceivable);
  const amount = Math.floor((unbilled * one.percent) / 100);
  if (amount === 0) return;
  const write = { amount: life.money(amount), against: one.contra ? 'contra-revenue' : 'revenue' } as const;
  const { journal, balances } = writeDownPosting({ ...OF, sourceId }, write, before);
  life.post(journal, balances, { [one.line]: { recognised: 0 - amount } });
}

/** The entry of a change that catches up what two lines paid for together, 1 to 2 by their value. */
function change(life: Life, amount: number, id: string): void {
  const valued = (lineId: string, minor: number): ContractLine => ({
    ...fixedLine(life.currency),
    ...{ lineId, value: life.money(minor) },
  });
  const contract = { ...CONTRACT, leadLegalEntityId: 'TL-UK', lines: [valued('b', 1000), valued('c', 2000)] };
  const caughtUp = { obligationId: 'o', lineIds: ['b', 'c'], catchUp: life.money(amount) } as unknown as RevenueChange;
  const books = { balances: life.balances, entities: { 'TL-UK': { firstOpenMonth: '2026-02' } } };
  const journals = catchUpJournals(id, OF.postedOn, contract, [caughtUp], books);
  const [journal = null] = journals;
  const before = Object.fromEntries(LINES.map((lineId) => [lineId, life.account(lineId, 'revenue')]));
  if (journal) life.journals.push(journal);
  // The balances of an entry that was made elsewhere follow from the revenue that it has of each line.
  const moved = ['b', 'c'].map((lineId) => [lineId, (before[lineId] ?? 0) - life.account(lineId, 'revenue')] as const);
  expect(moved.reduce((sum, [, one]) => sum + one, 0)).toBe(amount);
  for (const [lineId, recognised] of moved) {
    const rows = [{ balance: life.balance(lineId), recognised: life.money(recognised) }];
    const { balances } = catchUpPosting({ ...OF, sourceId: id }, rows);
    life.post(null, balances, { [lineId]: { recognised } });
  }
}

function happen(life: Life, one: Event, id: string): void {
  if (one.type === 'invoice') invoice(life, one, id);
  else if (one.type === 'revenue') revenue(life, one);
  else if (one.type === 'credit') credit(life, one, id);
  else if (one.type === 'write-down') writeDown(life, one, id);
  else if (one.type === 'change') change(life, one.amount, id);
  else if (one.type === 'catch-up') {
    const rows = [{ balance: life.balance(one.line), recognised: life.money(one.amount) }];
    const { journal, balances } = catchUpPosting({ ...OF, sourceId: id }, rows);
    life.post(journal, balances, { [one.line]: { recognised: one.amount } });
  } else {
    const amount = Math.ceil((life.unpaid * one.percent) / 100);
    if (amount === 0) return;
    const payment = { paymentId: id, invoiceId: 'i', legalEntityId: 'TL-UK', paidOn: OF.postedOn };
    const unpaid = life.money(life.unpaid);
    life.post(paymentPostings({ ...payment, amount: life.money(amount), unpaid }), [], {});
    life.unpaid -= amount;
  }
}

test('billed + contract asset + unbilled receivable - contract liability = recognised, after every event', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), fc.constantFrom('GBP', 'JPY', 'KWD'), (events, currency) => {
      const life = new Life(currency);
      for (const [index, one] of events.entries()) {
        happen(life, one, `e${String(index)}`);
        for (const id of LINES) {
          const { billed, recognised } = life.told[id] ?? { billed: 0, recognised: 0 };
          const asset = life.account(id, 'contract-asset', 'unbilled-receivable');
          const liability = 0 - life.account(id, 'contract-liability');
          expect(billed + asset - liability).toBe(recognised);
          expect(0 - life.account(id, 'revenue', 'contra-revenue')).toBe(recognised);

          const balance = life.balance(id);
          expect(balance).toMatchObject({ billed: life.money(billed), recognised: life.money(recognised) });
          expect(minorOf(balance.contractAsset) + minorOf(balance.unbilledReceivable)).toBe(asset);
          expect(balance.contractLiability.amountMinor).toBe(liability);
          // Asset or liability, never both, and neither below zero.
          expect([Math.min(asset, liability), Math.min(asset, 0)]).toEqual([0, 0]);
        }
        expect(life.balances.every(identityHolds)).toBe(true);
        expect(contractPositionBreaks(life.balances)).toEqual([]);
      }
    }),
  );
});

test('time and materials has an unbilled receivable and other lines a contract asset, never the other one', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), (events) => {
      const life = new Life('GBP');
      events.forEach((one, index) => {
        happen(life, one, `e${String(index)}`);
      });
      expect(life.account('a', 'contract-asset')).toBe(0);
      expect(life.account('b', 'unbilled-receivable') + life.account('c', 'unbilled-receivable')).toBe(0);
    }),
  );
});

test('a balance that an event was lost of is seen by the tie-out', () => {
  const life = new Life('GBP');
  happen(life, { type: 'revenue', rows: [['b', 1000]] }, 'e0');
  const before = life.balance('b');
  happen(life, { type: 'invoice', nets: [['b', 400]], tax: 80 }, 'e1');
  // Asset 10.00 where 6.00 is right: 10 - (10 - 4) = 4.00 off.
  const lost = { ...life.balance('b'), contractAsset: before.contractAsset };
  expect(contractPositionBreaks([lost])).toMatchObject([{ identity: 'contract-position', amount: '4' }]);
});
