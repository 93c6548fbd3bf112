// What every ERP adapter must do, over HTTP against the simulated NetSuite, which would edit a posted invoice.
import type { ContractOrder, CustomerRecord, ErpPort, InvoiceOrder, JournalOrder } from '../../adapters/ports/index.ts';
import { describeErp } from './erp-suite.ts';
import { context, errorOf, financeOf, startWorld, UK, type World } from './support.ts';

let world: World;
let erp: ErpPort;
let count = 0;

beforeAll(async () => {
  world = await startWorld();
  erp = world.systems.erp('ns-main');
});
afterAll(() => world.close());
beforeEach(() => world.mark());
afterEach(() => world.clearFaults());

const newKey = (step: string) => `eng_erp-${step}-${String((count += 1))}`;

const KUWAIT: CustomerRecord = {
  ...UK,
  erpEntityRef: '4',
  name: 'Gulf Meridian Petroleum KSC',
  currency: 'KWD',
  taxProfile: 'KW-NONE',
  vatNumber: null,
  paymentTermsDays: 45,
  countryCode: 'KW',
};
const JAPAN: CustomerRecord = {
  ...KUWAIT,
  erpEntityRef: '3',
  name: 'Sakura Logistics KK',
  currency: 'JPY',
  taxProfile: 'JP-STD',
  paymentTermsDays: 60,
  countryCode: 'JP',
};

function contractOrder(customerId: string, changes: Partial<ContractOrder> = {}): ContractOrder {
  return {
    customerId,
    erpEntityRef: '1',
    currency: 'GBP',
    title: 'Store roll-out',
    engagementId: 'eng_erp',
    projectRef: '500123',
    startOn: '2026-01-01',
    endOn: '2026-03-31',
    lines: [
      { lineKey: 'l1', title: 'Design', amountMinor: 1_000_010 },
      { lineKey: 'l2', title: 'Delivery', amountMinor: 8_440_000 },
    ],
    // 10,000.10 + 84,400.00 = 94,400.10 = 50,000.05 + 44,400.05
    schedule: [
      { dueOn: '2026-02-01', title: 'January', amountMinor: 5_000_005 },
      { dueOn: '2026-03-01', title: 'February', amountMinor: 4_440_005 },
    ],
    ...changes,
  };
}

async function contracted(customer: CustomerRecord = UK) {
  const customerId = await erp.putCustomer(newKey('customer'), customer, context);
  const { erpEntityRef, currency } = customer;
  const key = newKey('contract');
  const order = contractOrder(customerId, { erpEntityRef, currency });
  return { key, customerId, contractId: await erp.createContract(key, order, context) };
}

function invoiceOrder(
  { customerId, contractId }: { customerId: string; contractId: string },
  changes: Partial<InvoiceOrder> = {},
): InvoiceOrder {
  return {
    customerId,
    contractId,
    erpEntityRef: '1',
    currency: 'GBP',
    invoiceOn: '2026-02-01',
    dueOn: '2026-03-03',
    purchaseOrder: 'PO-1001',
    memo: 'January 2026',
    taxCode: 'GB-STD',
    lines: [
      { lineKey: 'l1', title: 'Consultant', quantity: '7.25', amountMinor: 68_875, account: '1150' },
      { lineKey: 'l2', title: 'Milestone', quantity: '1', amountMinor: 100_001, account: '1160' },
    ],
    ...changes,
  };
}

function journalOrder(changes: Partial<JournalOrder> = {}): JournalOrder {
  return {
    erpEntityRef: '1',
    currency: 'GBP',
    postedOn: '2026-01-31',
    memo: 'Revenue January 2026',
    lines: [
      { account: '1150', debitMinor: 168_876, creditMinor: 0, memo: 'unbilled' },
      { account: '4000', debitMinor: 0, creditMinor: 168_876, memo: 'revenue' },
    ],
    ...changes,
  };
}

describeErp('NetSuite', {
  ...{ erp: () => erp, newKey, customer: () => UK },
  ...{ contractOrder: (customerId) => contractOrder(customerId), invoiceOrder: (of) => invoiceOrder(of) },
  journalOrder: () => journalOrder(),
  finance: () => financeOf(world),
});

const effectsOf = async (type: string) => (await world.rows(type)).map((row) => row.effect);

describe('a contract', () => {
  test('is kept with its schedule as information, once per key', async () => {
    const { key, customerId, contractId } = await contracted();
    expect(await erp.findContract(key, context)).toEqual({
      contractId,
      currency: 'GBP',
      totalMinor: 9_440_010,
      scheduleTotalMinor: 9_440_010,
      lineKeys: ['l1', 'l2'],
      active: true,
    });
    expect(await erp.createContract(key, contractOrder(customerId), context)).toBe(contractId);
    expect(await effectsOf('salesOrder')).toEqual(['created']);
    expect(await effectsOf('billingSchedule')).toEqual(['created']);
  });

  test('whose second half got no answer is completed by the next attempt', async () => {
    const customerId = await erp.putCustomer(newKey('customer'), UK, context);
    const key = newKey('contract');
    await world.fault({ system: 'netsuite', operation: 'POST */salesOrder', fault: 'fail-after', mode: 'reset' });
    expect((await errorOf(erp.createContract(key, contractOrder(customerId), context))).kind).toBe('timeout');
    await erp.createContract(key, contractOrder(customerId), context);
    expect(await effectsOf('salesOrder')).toEqual(['created']);
    expect(await effectsOf('billingSchedule')).toEqual(['created']);
  });

  test('that was not billed is removed with its schedule, however often', async () => {
    const { key } = await contracted();
    await erp.cancelContract(key, context);
    await erp.cancelContract(key, context);
    expect(await erp.findContract(key, context)).toBeUndefined();
    expect(await effectsOf('salesOrder')).toEqual(['created', 'removed']);
    expect(await effectsOf('billingSchedule')).toEqual(['created', 'removed']);
  });

  test('that the ERP keeps open although it was removed and closed is told', async () => {
    const { key } = await contracted();
    const swallow = { fault: 'swallow', writesOnly: true, times: 'always' };
    await world.fault({ system: 'netsuite', operation: '* */salesOrder/*', ...swallow });
    const error = await errorOf(erp.cancelContract(key, context));
    expect([error.kind, error.message]).toEqual(['differs', expect.stringMatching(/order \d+ is open/)]);
    await world.clearFaults();
    await erp.cancelContract(key, context);
    expect(await erp.findContract(key, context)).toBeUndefined();
  });

  test('that was billed is closed instead, and keeps its amounts', async () => {
    const contract = await contracted();
    await erp.createInvoice(newKey('invoice'), invoiceOrder(contract), context);
    await erp.cancelContract(contract.key, context);
    await erp.cancelContract(contract.key, context);
    expect(await erp.findContract(contract.key, context)).toMatchObject({ active: false, totalMinor: 9_440_010 });
  });
});

describe('an invoice', () => {
  test('is posted once per key and read back with the tax of the ERP', async () => {
    const contract = await contracted();
    const key = newKey('invoice');
    expect(await erp.findInvoice(key, context)).toBeUndefined();
    const invoice = await erp.createInvoice(key, invoiceOrder(contract), context);
    // 688.75 + 1,000.01 = 1,688.76; 20 % = 337.752, rounded 337.75; total 2,026.51
    expect(invoice).toMatchObject({
      currency: 'GBP',
      netMinor: 168_876,
      taxMinor: 33_775,
      totalMinor: 202_651,
      unpaidMinor: 202_651,
      state: 'open',
      lines: [
        { lineKey: 'l1', amountMinor: 68_875 },
        { lineKey: 'l2', amountMinor: 100_001 },
      ],
    });
    expect(invoice.number).toMatch(/^INV-UK-\d{6}$/);
    expect(await erp.createInvoice(key, invoiceOrder(contract), context)).toEqual(invoice);
    expect(await erp.findInvoice(key, context)).toEqual(invoice);
    expect(await effectsOf('invoice')).toEqual(['created']);
  });

  test('posts to the accounts that its lines name', async () => {
    const contract = await contracted();
    const key = newKey('invoice');
    await erp.createInvoice(key, invoiceOrder(contract), context);
    const [row] = await world.rows('invoice');
    expect((row?.object['item'] as { item: string }[]).map((line) => line.item)).toEqual(['101', '102']);
    const lines = [{ lineKey: 'l1', title: 'Rent', quantity: '1', amountMinor: 100, account: '9999' }];
    const error = await errorOf(erp.createInvoice(newKey('invoice'), invoiceOrder(contract, { lines }), context));
    expect([error.kind, error.message]).toEqual(['rejected', 'subsidiary 1 has no account 9999']);
  });

  test('in dinars keeps three decimals, in yen large whole amounts', async () => {
    const line = { lineKey: 'l1', title: 'Fee', quantity: '1', account: '2300' };
    const kuwait = invoiceOrder(await contracted(KUWAIT), {
      erpEntityRef: '4',
      currency: 'KWD',
      taxCode: 'KW-NONE',
      lines: [{ ...line, amountMinor: 12_155_125 }],
    });
    // 12,155.125 KWD, no tax
    expect(await erp.createInvoice(newKey('invoice'), kuwait, context)).toMatchObject({
      netMinor: 12_155_125,
      taxMinor: 0,
      totalMinor: 12_155_125,
    });
    const japan = invoiceOrder(await contracted(JAPAN), {
      erpEntityRef: '3',
      currency: 'JPY',
      taxCode: 'JP-STD',
      lines: [{ ...line, amountMinor: 987_654_321_090 }],
    });
    // 987,654,321,090 JPY + 10 % = 98,765,432,109 JPY
    expect(await erp.createInvoice(newKey('invoice'), japan, context)).toMatchObject({
      netMinor: 987_654_321_090,
      taxMinor: 98_765_432_109,
      totalMinor: 1_086_419_753_199,
    });
  });

  test('posted without an answer: unknown, then found by key, never posted or edited a second time', async () => {
    const contract = await contracted();
    const key = newKey('invoice');
    await world.fault({ system: 'netsuite', operation: 'POST */invoice', fault: 'fail-after' });
    expect((await errorOf(erp.createInvoice(key, invoiceOrder(contract), context))).kind).toBe('timeout');
    expect((await erp.createInvoice(key, invoiceOrder(contract), context)).totalMinor).toBe(202_651);
    expect(await effectsOf('invoice')).toEqual(['created']);
  });

  test('posted by two at the same moment is one invoice', async () => {
    const contract = await contracted();
    const key = newKey('invoice');
    const both = await Promise.all([1, 2].map(() => erp.createInvoice(key, invoiceOrder(contract), context)));
    expect(both[0]).toEqual(both[1]);
    expect((await effectsOf('invoice')).filter((effect) => effect !== 'none')).toEqual(['created']);
  });

  test('that is there with another amount is a conflict and stays as it is', async () => {
    const contract = await contracted();
    const key = newKey('invoice');
    await erp.createInvoice(key, invoiceOrder(contract), context);
    const lines = [{ lineKey: 'l1', title: 'Fee', quantity: '1', amountMinor: 1, account: '2300' }];
    const error = await errorOf(erp.createInvoice(key, invoiceOrder(contract, { lines }), context));
    expect([error.kind, error.message]).toEqual([
      'conflict',
      `${key} is there with GBP, 168876 (minor units) instead of GBP, 1`,
    ]);
    expect(await effectsOf('invoice')).toEqual(['created']);
  });

  test('into a closed period or for a customer on hold is refused in words of the ERP', async () => {
    const contract = await contracted();
    const early = invoiceOrder(contract, { invoiceOn: '2025-11-15' });
    const closed = await errorOf(erp.createInvoice(newKey('invoice'), early, context));
    expect(closed).toMatchObject({ kind: 'rejected', vendorCode: 'USER_ERROR' });
    expect(closed.message).toContain('The posting period 2025-11 is closed');
    await world.act('put-customer-on-hold', { customerId: contract.customerId });
    const held = await errorOf(erp.createInvoice(newKey('invoice'), invoiceOrder(contract), context));
    expect(held.message).toContain('The customer is on credit hold');
  });
});

describe('a journal', () => {
  test('is posted once per key and read back balanced', async () => {
    const key = newKey('journal');
    const journal = await erp.createJournal(key, journalOrder(), context);
    expect(journal).toMatchObject({
      currency: 'GBP',
      debitMinor: 168_876,
      creditMinor: 168_876,
      postedOn: '2026-01-31',
    });
    expect(await erp.createJournal(key, journalOrder(), context)).toEqual(journal);
    expect(await erp.findJournal(key, context)).toEqual(journal);
    expect(await erp.findJournal(newKey('journal'), context)).toBeUndefined();
    expect(await effectsOf('journalEntry')).toEqual(['created']);
  });

  test('that does not balance or names an unknown account is refused', async () => {
    const [debit, credit] = journalOrder().lines;
    if (debit === undefined || credit === undefined) throw new Error('the order has two lines');
    const uneven = journalOrder({ lines: [debit, { ...credit, creditMinor: 1 }] });
    const error = await errorOf(erp.createJournal(newKey('journal'), uneven, context));
    expect([error.kind, error.vendorCode]).toEqual(['rejected', 'USER_ERROR']);
    const unknown = journalOrder({ lines: [debit, { ...credit, account: '4001' }] });
    expect((await errorOf(erp.createJournal(newKey('journal'), unknown, context))).message).toContain('4001');
    expect((await effectsOf('journalEntry')).filter((effect) => effect === 'created')).toEqual([]);
  });
});

describe('a credit note', () => {
  const back = (lineKey: string, amountMinor: number) => ({
    ...{ lineKey, title: 'Given back', quantity: '1', amountMinor, account: '1150' },
  });
  async function credited(key: string, lines = [back('l1', 8_875)]) {
    const contract = await contracted();
    const invoice = await erp.createInvoice(newKey('invoice'), invoiceOrder(contract), context);
    const order = {
      ...{ customerId: contract.customerId, invoiceId: invoice.invoiceId, erpEntityRef: '1', currency: 'GBP' },
      ...{ creditedOn: '2026-02-10', memo: 'January 2026, corrected', taxCode: 'GB-STD', lines },
    };
    return { order, note: await erp.createCreditNote(key, order, context) };
  }

  test('gives part of an invoice back with its tax, once per key', async () => {
    const key = newKey('credit');
    expect(await erp.findCreditNote(key, context)).toBeUndefined();
    const { order, note } = await credited(key);
    // 88.75 + 20 % = 17.75; 106.50
    expect(note).toMatchObject({ currency: 'GBP', netMinor: 8_875, taxMinor: 1_775, totalMinor: 10_650 });
    expect(await erp.createCreditNote(key, order, context)).toEqual(note);
    expect(await erp.findCreditNote(key, context)).toEqual(note);
    expect((await effectsOf('creditMemo')).filter((effect) => effect !== 'none')).toEqual(['created']);
  });

  test('without an answer is found by key; with another amount it is a conflict', async () => {
    const key = newKey('credit');
    await world.fault({ system: 'netsuite', operation: 'POST */creditMemo', fault: 'fail-after' });
    expect((await errorOf(credited(key))).kind).toBe('timeout');
    expect((await erp.findCreditNote(key, context))?.netMinor).toBe(8_875);
    expect((await errorOf(credited(key, [back('l1', 1)]))).kind).toBe('conflict');
    expect(await effectsOf('creditMemo')).toEqual(['created']);
  });

  test('of more than the invoice is refused', async () => {
    const error = await errorOf(credited(newKey('credit'), [back('l1', 900_000_00)]));
    expect([error.kind, error.vendorCode]).toEqual(['rejected', 'USER_ERROR']);
  });
});

describe('a period', () => {
  test('is open or closed in the books of its entity, or not there', async () => {
    expect(await erp.periodState('1', '2026-01-31', context)).toEqual({
      ...{ name: '2026-01', startOn: '2026-01-01', endOn: '2026-01-31', state: 'open' },
    });
    expect((await erp.periodState('1', '2025-11-15', context))?.state).toBe('closed');
    expect(await erp.periodState('1', '1999-01-01', context)).toBeUndefined();
    expect((await errorOf(erp.periodState("1' OR 1", '2026-01-01', context))).kind).toBe('rejected');
  });
});

test('what the ERP cannot do is declared in words for a person, and refused before anything is sent', async () => {
  const error = await errorOf(erp.exchangeRates(['GBP'], '2026-01-31', context));
  expect([error.kind, error.message]).toEqual(['unsupported', erp.cannot.exchangeRates]);
  expect(await world.rows()).toEqual([]);
});

describe('changed payments', () => {
  test('tell what is unpaid, part paid, paid and credited, each change once more', async () => {
    const contract = await contracted();
    const [partly, fully, both, credited, unpaid] = [1, 2, 3, 4, 5].map(() => newKey('invoice'));
    for (const key of [partly, fully, both, credited, unpaid])
      await erp.createInvoice(key ?? '', invoiceOrder(contract), context);
    const start = await erp.changedPayments(null, context);
    expect(start.payments.find((payment) => payment.invoiceKey === unpaid)).toMatchObject({
      state: 'open',
      currency: 'GBP',
      totalMinor: 202_651,
      unpaidMinor: 202_651,
      paidOn: null,
    });
    await world.act('pay-invoice', { externalId: partly, amount: 1000.5, paidOn: '2026-03-01' });
    await world.act('pay-invoice', { externalId: fully, paidOn: '2026-03-02' });
    await world.act('credit-invoice', { externalId: both, net: 100, creditedOn: '2026-03-05' });
    await world.act('pay-invoice', { externalId: both, paidOn: '2026-03-03' });
    await world.act('credit-invoice', { externalId: credited, creditedOn: '2026-03-05' });
    const next = await erp.changedPayments(start.watermark, context);
    const settled = [both, credited].map((key) => next.payments.find(({ invoiceKey }) => invoiceKey === key));
    expect(settled).toMatchObject([
      { state: 'paid', unpaidMinor: 0, creditedMinor: 12_000, paidOn: '2026-03-03' }, // 100.00 + 20 %
      { state: 'paid', unpaidMinor: 0, creditedMinor: 202_651, paidOn: null },
    ]);
    // 2,026.51 - 1,000.50 = 1,026.01
    expect(next.payments.find((payment) => payment.invoiceKey === partly)).toMatchObject({
      state: 'part-paid',
      unpaidMinor: 102_601,
      paidOn: '2026-03-01',
    });
    const paid = next.payments.find((payment) => payment.invoiceKey === fully);
    expect(paid).toMatchObject({ state: 'paid', unpaidMinor: 0, paidOn: '2026-03-02' });
    const before = start.payments.find((payment) => payment.invoiceKey === fully);
    expect((paid?.version ?? '') > (before?.version ?? '~')).toBe(true);
    expect(next.more).toBe(false);
  });
});
