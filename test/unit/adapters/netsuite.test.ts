// NetSuite's records into ours: exact amounts in every currency, and no status taken for paid that is not.
import {
  fromWireCustomer,
  fromWireInvoice,
  fromWireJournal,
  fromWirePayment,
  instantOf,
  toMinor,
  toUnits,
  toWireInvoice,
  toWireJournal,
} from '../../../adapters/netsuite/convert.ts';
import type { WireInvoice } from '../../../adapters/netsuite/wire.ts';

const warnings: string[] = [];
const warn = (message: string) => void warnings.push(message);
beforeEach(() => warnings.splice(0));

test.each([
  ['2026.51', 'GBP', 202_651],
  ['12155.125', 'KWD', 12_155_125],
  ['12155.1', 'KWD', 12_155_100],
  ['987654321090', 'JPY', 987_654_321_090],
  ['9.8765432109E11', 'JPY', 987_654_321_090],
  ['0', 'EUR', 0],
  ['-0.07', 'EUR', -7],
])('%s %s is %i in minor units', (amount, currency, minor) => {
  expect(toMinor(amount, currency)).toBe(minor);
});

test('an amount with more decimals than its currency has is refused, and so is one that would not arrive exact', () => {
  expect(() => toMinor('1.005', 'GBP')).toThrow('more than the 2 decimal digits');
  expect(() => toMinor('0.5', 'JPY')).toThrow('more than the 0 decimal digits');
  expect(toUnits(12_155_125, 'KWD')).toBe(12_155.125);
  expect(toUnits(987_654_321_090, 'JPY')).toBe(987_654_321_090);
  // 9,007,199,254,740,991 fils: 16 digits, beyond the 15 that every double keeps.
  expect(() => toUnits(9_007_199_254_740_991, 'KWD')).toThrow('more digits than a JSON number holds');
});

const invoice = (changes: Partial<WireInvoice>): WireInvoice => ({
  id: '1',
  tranId: 'INV-UK-000001',
  currency: { id: '1', refName: 'GBP' },
  subtotal: '1688.76',
  taxTotal: '337.75',
  total: '2026.51',
  amountRemaining: '2026.51',
  status: { id: 'Open', refName: 'Open' },
  item: { items: [{ item: { id: '101' }, amount: '1688.76', custcol_line_key: '1' }] },
  ...changes,
});

test.each([
  ['Open', '2026.51', 'open'],
  ['Open', '0.01', 'part-paid'],
  ['Paid In Full', '0', 'paid'],
  ['Voided', '0', 'voided'],
])('an invoice that is "%s" with %s unpaid is %s', (refName, amountRemaining, state) => {
  expect(fromWireInvoice(invoice({ status: { refName }, amountRemaining }), warn).state).toBe(state);
  expect(warnings).toEqual([]);
});

test('lines keep our key; one that somebody added in NetSuite has none', () => {
  const item = { items: [...(invoice({}).item.items ?? []), { item: { id: '9' }, amount: '0.07' }] };
  expect(fromWireInvoice(invoice({ item }), warn).lines).toEqual([
    { lineKey: '1', amountMinor: 168_876 },
    { lineKey: null, amountMinor: 7 },
  ]);
});

test('a status that nobody knows is open, with a warning', () => {
  expect(fromWireInvoice(invoice({ status: { refName: 'Settled elsewhere' } }), warn).state).toBe('open');
  const row = {
    id: '1',
    externalid: 'k',
    status: 'Z',
    currency: '1',
    foreigntotal: '5',
    changed: '2026-01-01T00:00:00',
  };
  expect(
    fromWirePayment({ ...row, foreignamountunpaid: '5' }, 'GBP', { paidOn: null, credits: [] }, warn),
  ).toMatchObject({ state: 'open' });
  expect(warnings).toHaveLength(2);
});

test('an unpaid amount that the query leaves out is nothing', () => {
  const row = {
    id: '1',
    externalid: 'k',
    status: 'B',
    currency: '1',
    foreigntotal: '5',
    changed: '2026-01-01T00:00:00',
  };
  expect(fromWirePayment(row, 'GBP', { paidOn: '2026-01-01', credits: [] }, warn)).toMatchObject({
    state: 'paid',
    unpaidMinor: 0,
  });
  expect(instantOf('2026-01-01T10:00:00')).toBe('2026-01-01T10:00:00.000Z');
});

test.each([
  ['nothing', [], '10', 'A', 0],
  // 2.50 + 0.25
  ['two credit memos', ['2.50', '0.25'], '5', 'A', 275],
  ['more than is not open: it settled others as well', ['9'], '5', 'A', 500],
  ['all of it', ['10'], '0', 'B', 1_000],
  ['something of an invoice that was voided', ['10'], '0', 'V', 0],
  ['something whose amount the query leaves out', ['0'], '5', 'A', 0],
])('credits of an invoice of 10.00 are: %s', (_what, credits, foreignamountunpaid, status, creditedMinor) => {
  const row = { id: '1', externalid: 'k', status, currency: '1', foreigntotal: '10', changed: '2026-01-01T00:00:00' };
  expect(fromWirePayment({ ...row, foreignamountunpaid }, 'GBP', { paidOn: null, credits }, warn).creditedMinor).toBe(
    creditedMinor,
  );
});

test('a customer without optional fields is readable', () => {
  const customer = {
    id: '1',
    companyName: 'A',
    subsidiary: { id: '1' },
    currency: { refName: 'GBP' },
    isInactive: true,
  };
  expect(fromWireCustomer(customer)).toEqual({
    erpEntityRef: '1',
    name: 'A',
    currency: 'GBP',
    taxProfile: '',
    vatNumber: null,
    paymentTermsDays: 0,
    countryCode: '',
    active: false,
  });
});

test('a journal is sent with one side per line and read back with its sums', () => {
  const lines = [
    { account: '1150', debitMinor: 1000, creditMinor: 0, memo: 'a' },
    { account: '4000', debitMinor: 0, creditMinor: 1000, memo: 'b' },
  ];
  const order = { erpEntityRef: '1', currency: 'KWD', postedOn: '2026-01-31', memo: 'm', lines };
  expect(toWireJournal('k', order, ['41150', '44000'])).toMatchObject({
    externalId: 'k',
    line: {
      items: [
        { account: { id: '41150' }, debit: 1, memo: 'a' },
        { account: { id: '44000' }, credit: 1, memo: 'b' },
      ],
    },
  });
  const wire = { id: '9', tranDate: '2026-01-31', currency: { refName: 'KWD' } };
  const items = [{ debit: '0.7' }, { debit: '0.3' }, { credit: '1' }];
  expect(fromWireJournal({ ...wire, line: { items } })).toMatchObject({ debitMinor: 1000, creditMinor: 1000 });
});

test('an invoice carries our key, its contract, and a quantity that stays exact', () => {
  const line = { lineKey: 'l1', title: 'T', quantity: '7.25', amountMinor: 68_875, account: '1150' };
  const order = {
    customerId: '5',
    contractId: '6',
    erpEntityRef: '1',
    currency: 'GBP',
    invoiceOn: '2026-02-01',
    dueOn: '2026-03-03',
    purchaseOrder: null,
    memo: 'm',
    taxCode: 'GB-STD',
    lines: [line],
  };
  expect(toWireInvoice('k', order, ['101'])).toMatchObject({
    externalId: 'k',
    createdFrom: { id: '6' },
    item: { items: [{ item: { id: '101' }, quantity: 7.25, amount: 688.75, custcol_line_key: 'l1' }] },
  });
  const endless = { ...order, lines: [{ ...line, quantity: '0.12345678901234567891' }] };
  expect(() => toWireInvoice('k', endless, ['101'])).toThrow('more digits than a JSON number holds');
});
