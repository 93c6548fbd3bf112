// Salesforce's records into deals: exact amounts, versions that grow, pages followed, nothing judged.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSalesforceClient, soqlText } from '../../../adapters/salesforce/client.ts';
import {
  fromWireDeal,
  fromWireWriteBack,
  instantOf,
  toWireWriteBack,
  type WireDeal,
} from '../../../adapters/salesforce/convert.ts';
import { FIELDS, OUR_FIELDS, WRITES } from '../../../adapters/salesforce/wire.ts';

const blank = (fields: readonly string[]) => Object.fromEntries(fields.map((name) => [name, null]));
const STAMP = '2026-01-02T10:00:00.000+0000';

function wireDeal(changes: Record<string, unknown> = {}, line: Record<string, unknown> = {}): WireDeal {
  const common = { SystemModstamp: STAMP };
  return {
    opportunity: { ...blank(FIELDS.opportunity), Id: 'd1', IsWon: true, IsClosed: true, ...common, ...changes },
    account: { ...blank(FIELDS.account), Id: 'a1', Payment_Terms_Days__c: '30', ...common },
    lines: [{ ...blank(FIELDS.line), Id: 'l1', ...common, ...line }],
    roles: [
      { ...blank(FIELDS.role), Id: 'r1', Line__c: 'l1', Hours__c: '7.50', Bill_Rate__c: '38.125', ...common },
      { ...blank(FIELDS.role), Id: 'r2', Line__c: 'other', ...common },
    ],
    milestones: [
      { ...blank(FIELDS.milestone), Id: 'm2', Line__c: 'l1', Sequence__c: '2', Amount__c: '1.0E4', ...common },
      { ...blank(FIELDS.milestone), Id: 'm1', Line__c: 'l1', Sequence__c: '1', Amount__c: '500', ...common },
    ],
  } as unknown as WireDeal;
}

describe('a deal', () => {
  test('keeps amounts as exact plain decimals, whatever form the number had', () => {
    const deal = fromWireDeal('sf', wireDeal({ Amount: '1.02E7', CurrencyIsoCode: 'JPY' }, { TotalPrice: '12500.50' }));
    expect(deal.amount).toBe('10200000');
    expect(deal.lines[0]).toMatchObject({ amount: '12500.5', currency: 'JPY' });
    expect(deal.lines[0]?.roles).toMatchObject([{ roleId: 'r1', hours: '7.5', billRate: '38.125' }]);
    expect(deal.lines[0]?.milestones.map(({ milestoneId, amount }) => [milestoneId, amount])).toEqual([
      ['m1', '500'],
      ['m2', '10000'],
    ]);
  });

  test('a line in another currency without an amount of its own has none: the deal price is no substitute', () => {
    const deal = fromWireDeal(
      'sf',
      wireDeal({ CurrencyIsoCode: 'EUR' }, { Line_Currency__c: 'GBP', TotalPrice: '10' }),
    );
    expect(deal.lines[0]).toMatchObject({ currency: 'GBP', amount: null });
  });

  test.each([
    [true, true, 'won'],
    [false, true, 'lost'],
    [false, false, 'open'],
  ])('won %s and closed %s is %s', (IsWon, IsClosed, stage) => {
    expect(fromWireDeal('sf', wireDeal({ IsWon, IsClosed })).stage).toBe(stage);
  });

  test('has the version of the record of it that changed last', () => {
    const wire = wireDeal({}, { SystemModstamp: '2026-01-02T10:00:01.000+0000' });
    expect(fromWireDeal('sf', wire).version).toBe('2026-01-02T10:00:01.000Z');
    expect(instantOf('2026-01-02T11:00:00.000+0100')).toBe('2026-01-02T10:00:00.000Z');
    expect(() => instantOf(null)).toThrow(RangeError);
  });
});

describe('our fields', () => {
  test('are the only ones written, absent ones not at all', () => {
    const wire = toWireWriteBack({ stage: 'Active', projectRef: null, billedAmount: '12155.125' });
    expect(wire).toEqual({
      Throughline_Stage__c: 'Active',
      Throughline_Project_Ref__c: null,
      Throughline_Billed__c: 12155.125,
    });
    expect(WRITES).toEqual([{ object: 'Opportunity', fields: Object.values(OUR_FIELDS) }]);
  });

  test('come back with the decimals of the currency, so that equal amounts are equal text', () => {
    const wire = { ...blank(Object.values(OUR_FIELDS)), Throughline_Billed__c: '12.5', CurrencyIsoCode: 'KWD' };
    expect(fromWireWriteBack(wire as never)).toMatchObject({ billedAmount: '12.500', paidAmount: null });
    const unknown = { ...wire, CurrencyIsoCode: 'ZZZ' };
    expect(fromWireWriteBack(unknown as never).billedAmount).toBe('12.5');
  });
});

test('a text in a query cannot end it', () => {
  expect(soqlText(`O'Neil \\ Co`)).toBe(`'O\\'Neil \\\\ Co'`);
});

describe('a query', () => {
  const pages: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    const token = { access_token: 't' };
    response.end(JSON.stringify(request.url?.includes('token') === true ? token : pages[request.url ?? '']));
  });
  const first = '/services/data/v67.0/query?q=SELECT+Id+FROM+Account';
  let read: () => Promise<unknown>;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const client = createSalesforceClient(
      {
        connectionId: 'sf',
        capability: 'crm',
        vendor: 'salesforce',
        baseUrl: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
        credentialsVariable: 'unused',
        timeoutMs: 1000,
      },
      { clientId: 'c', clientSecret: 's' },
    );
    read = () => client.query('read', 'SELECT Id FROM Account', { correlationId: 'c', actorSubject: 's' });
  });
  afterAll(() => void server.close());

  test('is followed to its last page', async () => {
    pages[first] = { done: false, records: [{ Id: '1' }], nextRecordsUrl: '/services/data/v67.0/query/01g-2000' };
    pages['/services/data/v67.0/query/01g-2000'] = { done: true, records: [{ Id: '2' }] };
    expect(await read()).toEqual([{ Id: '1' }, { Id: '2' }]);
  });

  test('does not follow an address elsewhere, and does not take a missing list for an empty one', async () => {
    pages[first] = { done: false, records: [], nextRecordsUrl: 'https://elsewhere.example/x' };
    await expect(read()).rejects.toMatchObject({ kind: 'contract_broken' });
    pages[first] = { size: 0 };
    await expect(read()).rejects.toMatchObject({ kind: 'contract_broken' });
  });
});
