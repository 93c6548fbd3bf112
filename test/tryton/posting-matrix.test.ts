/**
 * A retainer on a real Tryton, with our fault proxy in front of it: in every month another write of an
 * invoice and, while there are some left, of a revenue entry meets another fault. Nobody helps; after each month and at
 * the end Tryton's books have everything once.
 */
import { FAULTS, startFaultProxy, type ActiveRule, type FaultProxy } from '../../apps/fault-proxy/proxy.ts';
import { readTrytonBooks } from '../../scripts/tryton/books.ts';
import { ourLedger } from '../support/ledger.ts';
import { advanceToClose } from '../support/people.ts';
import { ledgerOf, soundBooks } from './books-of-tryton.ts';
import { startTrytonWorld, type TrytonWorld } from './tryton-world.ts';

/** A call of Tryton may take this long; a create without an answer is in doubt for four times as long. */
const TIMEOUT_MS = 3_000;

const timesFaults = (calls: string[]) => calls.flatMap((call) => FAULTS.map((fault) => ({ call, fault })));
const OF_INVOICES = timesFaults(['account.invoice.create', 'account.invoice.validate_invoice', 'account.invoice.post']);
const OF_ENTRIES = timesFaults(['account.move.create', 'account.move.post']);

let on: TrytonWorld;
let proxy: FaultProxy;
let dealId: string;

beforeAll(async () => {
  on = await startTrytonWorld({
    timeoutMs: TIMEOUT_MS,
    through: async (target) => {
      proxy = await startFaultProxy({ target });
      return proxy.url;
    },
    policy: { probeDelayMs: 500, probeDelayMaxMs: 2_000 },
  });
  // Deal 3 of the sandbox for thirteen months in euros: 1,000.01 a month, 19 %.
  const term = { Start_Date__c: '2031-01-01', End_Date__c: '2032-01-31' };
  const german = { Legal_Entity__c: 'TL-DE', CurrencyIsoCode: 'EUR', AccountId: '001TL00000000009AA' };
  const line = {
    Legal_Entity__c: 'TL-DE',
    Line_Currency__c: 'EUR',
    Line_Amount__c: 13_000.13,
    Period_Fee__c: 1_000.01,
  };
  dealId = await on.dealLike(
    '006TL00000000003AA',
    'Service desk, all faults',
    { ...german, ...term, Amount: 13_000.13 },
    { ...line, ...term, UnitPrice: 13_000.13, TotalPrice: 13_000.13 },
  );
  await on.world.activate(dealId);
});
afterAll(async () => {
  await on?.close();
  await proxy?.close();
});

function provoke(place: { call: string; fault: (typeof FAULTS)[number] } | undefined): ActiveRule | undefined {
  return place && proxy.add({ fault: place.fault, body: `"model.${place.call}"`, delayMs: TIMEOUT_MS + 1_000 });
}

const MONTHS = OF_INVOICES.map((invoice, index) => {
  const first = `2031-${String(index + 1).padStart(2, '0')}-01`;
  return { first, invoice, entry: OF_ENTRIES[index], what: `${invoice.call} ${invoice.fault}` };
});

test.each(MONTHS)('$first, $what: billed once, to the cent, and paid', async ({ first, invoice, entry }) => {
  await on.world.advance(dealId, first);
  const ofInvoice = provoke(invoice);
  // 1,000.01 x 19 % = 190.0019, rounded 190.00; total 1,190.01
  await on.invoice(dealId, 119_001);
  expect(ofInvoice?.hits).toBe(1);
  await on.pay(dealId, first);
  const month = first.slice(0, 7);
  const ofEntry = provoke(entry);
  await on.world.advance(dealId, nextMonth(first));
  await on.world.until(dealId, `${month} recognised`, ({ summary }) => {
    return summary.recognised[0]?.amountMinor === 100_001 * Number(month.slice(5));
  });
  expect(ofEntry?.hits ?? 1).toBe(1);
  proxy.clear();
  const { invoices, moves } = await readTrytonBooks(on.tryton);
  expect(invoices.filter(({ state }) => state !== 'paid')).toEqual([]);
  expect(moves.filter(({ state }) => state !== 'posted')).toEqual([]);
});

test('the books of the year: everything once, in sequence, to the cent, and nothing is owed', async () => {
  await on.invoice(dealId, 119_001);
  await on.pay(dealId, '2032-01-01');
  const end = await advanceToClose(on.world, dealId, '2032-02-02');
  const books = await soundBooks(on.tryton, [end]);
  expect(ledgerOf(on.tryton, books, 'TL-DE')).toEqual(await ourLedger(on.world, end.state.engagementId, 'TL-DE'));
  expect(ledgerOf(on.tryton, books, 'TL-DE')).not.toHaveProperty('1100');
  // 13 x 1,190.01 = 15,470.13; 13 x 1,000.01 = 13,000.13
  const total = [{ amountMinor: 1_547_013, currency: 'EUR' }];
  const net = [{ amountMinor: 1_300_013, currency: 'EUR' }];
  expect(end.summary).toMatchObject({ billed: total, paid: total, recognised: net, obstacles: [] });
  const numbers = end.state.invoices.map(({ number }) => number?.replace(/^TL-DE-(\d{4})-I0*/, '$1/'));
  expect(numbers).toEqual([...MONTHS.map((_, index) => `2031/${String(index + 1)}`), '2032/1']);
});

function nextMonth(first: string): string {
  const month = Number(first.slice(5, 7));
  return month === 12 ? '2032-01-01' : `2031-${String(month + 1).padStart(2, '0')}-01`;
}
