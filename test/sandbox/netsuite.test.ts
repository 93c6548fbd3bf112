/**
 * The simulated NetSuite: authentication, upsert by external id, tax and totals, ledger, periods, SuiteQL.
 */
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { assertion, call, clientsOf, type Clients } from './client.ts';

const STRICT = { 'x-netsuite-propertynamevalidation': 'Error' };

describe('NetSuite in the sandbox', () => {
  let sandbox: Sandbox;
  let clients: Clients;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());
  beforeEach(async () => {
    await call(`${sandbox.url}/_sandbox/reset`, { method: 'POST' });
    clients = await clientsOf(sandbox);
  });

  const put = (path: string, body: object) =>
    clients.netsuite(`/record/v1/${path}`, { method: 'PUT', body, headers: STRICT });
  const read = async (path: string) => (await clients.netsuite(`/record/v1/${path}?expandSubResources=true`)).body;
  const suiteql = (q: string, page = '') =>
    clients.netsuite(`/query/v1/suiteql${page}`, { body: { q }, headers: { prefer: 'transient' } });
  const detail = { 'o:errorDetails': [{ 'o:errorCode': 'USER_ERROR' }] };

  const customer = async (key: string, subsidiary: string, taxProfile: string) => {
    const body = { companyName: `Customer ${key}`, subsidiary: { id: subsidiary }, custentity_tax_profile: taxProfile };
    expect((await put(`customer/eid:${key}`, body)).status).toBe(204);
  };
  const orderBody = (entity: string, subsidiary: string, currency: string, amounts: number[]) => ({
    entity: { externalId: entity },
    subsidiary: { id: subsidiary },
    currency: { refName: currency },
    item: {
      items: amounts.map((amount, index) => ({ item: { id: '101' }, amount, custcol_line_key: `L${index + 1}` })),
    },
  });

  const invoiceBody = (...order: Parameters<typeof orderBody>) => ({
    ...orderBody(...order),
    tranDate: '2026-01-31',
    dueDate: '2026-03-02',
  });

  test('a token is given for an assertion of the known certificate and client only', async () => {
    const url = `${sandbox.url}/netsuite/services/rest/auth/oauth2/v1/token`;
    const { clientId, certificateId } = sandbox.credentials.netsuite;
    const ask = (kid: string, iss: string) =>
      call(url, {
        form: {
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion({ kid }, { iss, aud: url }),
        },
      });
    expect(await ask(certificateId, clientId)).toMatchObject({ status: 200, body: { expires_in: '3600' } });
    expect(await ask('other', clientId)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await ask(certificateId, 'other')).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    await clients.act('revoke-tokens', { system: 'netsuite' });
    expect(await clients.netsuite('/record/v1/customer')).toMatchObject({ status: 401, body: { status: 401 } });
  });

  test('a customer is created once by its external id; the second time it is edited or nothing happens', async () => {
    const body = { companyName: 'Northwind', subsidiary: { id: '1' }, terms: { refName: 'Net 30' } };
    const first = await put('customer/eid:cus_1', body);
    expect(first.headers.get('location')).toMatch(/\/record\/v1\/customer\/5001$/);
    expect((await put('customer/eid:cus_1', body)).status).toBe(204);
    expect((await put('customer/eid:cus_1', { ...body, email: 'ap@northwind.example' })).status).toBe(204);
    expect(await read('customer/eid:cus_1')).toMatchObject({
      id: '5001',
      externalId: 'cus_1',
      terms: { id: '2', refName: 'Net 30' },
      isInactive: false,
      email: 'ap@northwind.example',
    });
    expect((await clients.journal()).map((row) => row.effect)).toEqual(['created', 'none', 'changed']);
    const post = await clients.netsuite('/record/v1/customer', { body: { ...body, externalId: 'cus_1' } });
    expect(post.body['o:errorDetails'][0]?.detail).toContain('This entity already exists.');
  });

  test('an unknown property is refused when asked to, and dropped silently when not', async () => {
    const body = { companyName: 'x', subsidiary: { id: '1' }, taxProfil: 'GB-STD' };
    const code = { 'o:errorDetails': [{ 'o:errorCode': 'INVALID_CONTENT', 'o:errorPath': 'taxProfil' }] };
    expect(await put('customer/eid:cus_2', body)).toMatchObject({ status: 400, body: code });
    const lax = await clients.netsuite('/record/v1/customer/eid:cus_2', { method: 'PUT', body });
    expect(lax.status).toBe(204);
    expect(await read('customer/eid:cus_2')).not.toHaveProperty('taxProfil');
    expect(await clients.netsuite('/record/v1/customer/eid:none')).toMatchObject({ status: 404 });
  });

  test.each([
    // 10.01 + 20.02 = 30.03; 20 % on the sum = 6.006, half up 6.01
    ['1', 'GBP', 'GB-STD', [10.01, 20.02], { subtotal: 30.03, taxTotal: 6.01, total: 36.04 }, 'INV-UK-000001'],
    // JP rounds each line down: 10 % of 105 = 10.5 -> 10, of 209 = 20.9 -> 20
    ['3', 'JPY', 'JP-STD', [105, 209], { subtotal: 314, taxTotal: 30, total: 344 }, 'INV-JP-000001'],
    ['4', 'KWD', 'KW-NONE', [7625.125], { subtotal: 7625.125, taxTotal: 0, total: 7625.125 }, 'INV-KW-000001'],
    ['2', 'EUR', 'EU-RC', [100], { subtotal: 100, taxTotal: 0, total: 100 }, 'INV-DE-000001'],
  ])(
    'an invoice of subsidiary %s in %s with tax %s is totalled by its rules',
    async (sub, currency, tax, amounts, totals, tranId) => {
      await customer('cus', sub, tax);
      expect((await put('invoice/eid:inv_1', invoiceBody('cus', sub, currency, amounts))).status).toBe(204);
      expect(await read('invoice/eid:inv_1')).toMatchObject({
        ...totals,
        tranId,
        amountRemaining: totals.total,
        status: { id: 'Open' },
        postingPeriod: { id: `${sub}202601` },
        taxDetails: { items: [{ taxCode: { refName: tax }, taxAmount: totals.taxTotal }] },
      });
    },
  );

  test('a second PUT of an invoice edits it, and the journal tells the two apart', async () => {
    await customer('cus', '1', 'GB-STD');
    const body = invoiceBody('cus', '1', 'GBP', [100]);
    await put('invoice/eid:inv_1', body);
    await put('invoice/eid:inv_1', body);
    await put('invoice/eid:inv_1', invoiceBody('cus', '1', 'GBP', [200]));
    const rows = (await clients.journal()).filter((row) => row.objectType === 'invoice');
    expect(rows.map((row) => [row.effect, row.key])).toEqual([
      ['created', 'inv_1'],
      ['none', 'inv_1'],
      ['changed', 'inv_1'],
    ]);
    expect(await read('invoice/eid:inv_1')).toMatchObject({ total: 240, tranId: 'INV-UK-000001' }); // 200 + 20 %
  });

  test('payments reduce what is open until the invoice is paid in full; more than is open is refused', async () => {
    await customer('cus', '1', 'GB-STD');
    await put('invoice/eid:inv_1', invoiceBody('cus', '1', 'GBP', [100]));
    const since = (await read('invoice/eid:inv_1')).lastModifiedDate;
    const pay = (fields: object) =>
      clients.act('pay-invoice', { externalId: 'inv_1', paidOn: '2026-02-20', ...fields });
    const part = (await pay({ amount: 50.5 })).result.invoice;
    expect(part).toMatchObject({ amountRemaining: 69.5, status: 'Open' }); // 120 - 50.50
    expect((await pay({ amount: 70 })).error).toContain('more than what is open');
    expect((await pay({})).result.invoice).toMatchObject({ amountRemaining: 0, status: 'Paid In Full' });
    const { body } = await suiteql(
      `SELECT t.id, t.externalid, t.status, BUILTIN.DF(t.status) AS state, t.foreignamountunpaid FROM transaction t
       WHERE t.type = 'CustInvc' AND t.lastmodifieddate > '${since}' ORDER BY t.lastmodifieddate`,
    );
    expect(body.items).toEqual([
      expect.objectContaining({
        externalid: 'inv_1',
        status: 'B',
        state: 'Invoice : Paid In Full',
        foreignamountunpaid: '0',
      }),
    ]);
  });

  test('a credit memo takes back one line with its tax, and never more than the invoice', async () => {
    await customer('cus', '1', 'GB-STD');
    await put('invoice/eid:inv_1', invoiceBody('cus', '1', 'GBP', [100, 50]));
    const transform = (body: object) =>
      clients.netsuite('/record/v1/invoice/eid:inv_1/!transform/creditMemo', { body, headers: STRICT });
    const line = { item: { items: [{ custcol_line_key: 'L2', amount: 50 }] } };
    const made = await transform({ externalId: 'cm_1', tranDate: '2026-02-01', ...line });
    expect(made.headers.get('location')).toMatch(/\/creditMemo\/\d+$/);
    expect(await read('creditMemo/eid:cm_1')).toMatchObject({ subtotal: 50, taxTotal: 10, total: 60 });
    expect(await read('invoice/eid:inv_1')).toMatchObject({ amountRemaining: 120 }); // 180 - 60
    expect(await transform({ externalId: 'cm_2', tranDate: '2026-02-01' })).toMatchObject({
      status: 400,
      body: detail,
    });
  });

  test('what payments and credits were applied is told by invoice, and no more when it is unapplied', async () => {
    await customer('cus', '1', 'GB-STD');
    await put('invoice/eid:inv_1', invoiceBody('cus', '1', 'GBP', [100, 50]));
    await clients.act('pay-invoice', { externalId: 'inv_1', amount: 70, paidOn: '2026-02-20' });
    const credit = { externalId: 'inv_1', creditedOn: '2026-02-21' };
    const { result } = await clients.act('credit-invoice', { ...credit, net: 20 });
    const applied = () =>
      suiteql(
        'SELECT nexttype, foreignamount FROM previoustransactionlinelink ' +
          "WHERE linktype = 'Payment' ORDER BY foreignamount",
      ).then(({ body }) => body.items.map(({ nexttype, foreignamount }) => [nexttype, foreignamount]));
    // 20.00 + 20 % = 24.00; 180.00 - 70.00 - 24.00 = 86.00
    expect(await applied()).toEqual([
      ['CustCred', '24'],
      ['CustPymt', '70'],
    ]);
    expect(await read('invoice/eid:inv_1')).toMatchObject({ amountRemaining: 86 });
    const unapply = () => clients.act('unapply-credit', { creditMemoId: result.creditMemoId });
    expect((await unapply()).error).toBeUndefined();
    expect(await applied()).toEqual([['CustPymt', '70']]);
    expect(await read('invoice/eid:inv_1')).toMatchObject({ amountRemaining: 110, status: { id: 'Open' } });
    expect((await unapply()).error).toBe('nothing of the credit memo is applied');
    expect((await clients.act('credit-invoice', { ...credit, net: 500 })).error).toContain('larger than what is left');
  });

  test('a journal must balance, stay in its subsidiary and in an open period', async () => {
    const journal = (lines: [string, number, number][], tranDate = '2026-01-31') => ({
      subsidiary: { id: '1' },
      currency: { refName: 'GBP' },
      tranDate,
      line: { items: lines.map(([id, debit, credit]) => ({ account: { id }, debit, credit })) },
    });
    const balanced: [string, number, number][] = [
      ['11150', 94.4, 0],
      ['14000', 0, 94.4],
    ];
    expect(
      await put(
        'journalEntry/eid:je_1',
        journal([
          ['11150', 10, 0],
          ['14000', 0, 9.99],
        ]),
      ),
    ).toMatchObject({ status: 400, body: detail });
    expect(
      await put(
        'journalEntry/eid:je_1',
        journal([
          ['21150', 10, 0],
          ['14000', 0, 10],
        ]),
      ),
    ).toMatchObject({
      status: 400,
      body: { 'o:errorDetails': [{ 'o:errorCode': 'INVALID_KEY_OR_REF', 'o:errorPath': 'line.items[0].account' }] },
    });
    expect(await put('journalEntry/eid:je_1', journal(balanced, '2025-11-30'))).toMatchObject({
      status: 400,
      body: detail,
    });
    await clients.act('close-period', { subsidiary: '1', period: '2026-01' });
    expect(await put('journalEntry/eid:je_1', journal(balanced))).toMatchObject({ status: 400, body: detail });
    await clients.act('open-period', { subsidiary: '1', period: '2026-01' });
    expect((await put('journalEntry/eid:je_1', journal(balanced))).status).toBe(204);
    const periods = await suiteql(
      "SELECT periodname, closed FROM accountingperiod WHERE subsidiary = 1 AND periodname = '2026-01'",
    );
    expect(periods.body.items).toMatchObject([{ periodname: '2026-01', closed: 'F' }]);
  });

  test('the ledger is in balance after invoice, payment, credit and journal', async () => {
    await customer('cus', '3', 'JP-STD');
    await put('invoice/eid:inv_1', invoiceBody('cus', '3', 'JPY', [1000]));
    await clients.netsuite('/record/v1/invoice/eid:inv_1/!transform/creditMemo', {
      body: { item: { items: [{ custcol_line_key: 'L1', amount: 100 }] } },
    });
    await clients.act('pay-invoice', { externalId: 'inv_1', paidOn: '2026-02-20' });
    const { body } = await suiteql(
      'SELECT acctnumber, debit, credit FROM transactionaccountingline WHERE subsidiary = 3',
    );
    const balances: Record<string, number> = {};
    for (const { acctnumber, debit = '0', credit = '0' } of body.items) {
      balances[acctnumber ?? ''] = (balances[acctnumber ?? ''] ?? 0) + Number(debit) - Number(credit);
    }
    // 1000 + 10 % = 1100 invoiced, 110 credited, 990 received
    expect(balances).toEqual({ '1000': 990, '1100': 0, '1150': -900, '2200': -90 });
  });

  test('an order is deleted only while nothing is billed from it, a posted document never', async () => {
    await customer('cus', '1', 'GB-STD');
    const order = orderBody('cus', '1', 'GBP', [100]);
    await put('salesOrder/eid:so_1', order);
    expect(await read('salesOrder/eid:so_1')).toMatchObject({ total: 100, status: { id: 'Pending Billing' } });
    expect((await clients.netsuite('/record/v1/salesOrder/eid:so_1', { method: 'DELETE' })).status).toBe(204);
    await put('salesOrder/eid:so_2', order);
    await put('invoice/eid:inv_1', { ...invoiceBody('cus', '1', 'GBP', [100]), createdFrom: { externalId: 'so_2' } });
    for (const path of ['salesOrder/eid:so_2', 'invoice/eid:inv_1', 'customer/eid:cus']) {
      expect(await clients.netsuite(`/record/v1/${path}`, { method: 'DELETE' })).toMatchObject({
        status: 400,
        body: detail,
      });
    }
    const links = await suiteql('SELECT previousdoc, nextdoc FROM previoustransactionlink');
    expect(links.body.items).toHaveLength(1);
  });

  test('a billing schedule hangs on an order line and cannot be deleted from under it', async () => {
    await customer('cus', '2', 'DE-STD');
    const milestone = { items: [{ milestoneAmount: 30_000, milestoneDate: '2026-02-27', comments: 'Blueprint' }] };
    await put('billingSchedule/eid:bs_1', { name: 'Deal 2', scheduleType: { id: 'FIXEDMILESTONE' }, milestone });
    expect(await read('billingSchedule/eid:bs_1')).toMatchObject({
      milestone: { items: [{ milestoneAmount: 30_000 }] },
    });
    const order = orderBody('cus', '2', 'EUR', [30_000]);
    await put('salesOrder/eid:so_1', { ...order, billingSchedule: { externalId: 'bs_1' } });
    const remove = () => clients.netsuite('/record/v1/billingSchedule/eid:bs_1', { method: 'DELETE' });
    expect((await remove()).status).toBe(400);
    await clients.netsuite('/record/v1/salesOrder/eid:so_1', { method: 'DELETE' });
    expect((await remove()).status).toBe(204);
  });

  test.each([
    ['a customer of another subsidiary', { subsidiary: { id: '2' } }, 'INVALID_KEY_OR_REF'],
    ['an unknown currency', { currency: { refName: 'ZZZ' } }, 'INVALID_KEY_OR_REF'],
    ['half a penny', { item: { items: [{ item: { id: '101' }, amount: 0.005 }] } }, 'INVALID_CONTENT'],
    ['no lines', { item: { items: [] } }, 'USER_ERROR'],
    ['a closed month', { tranDate: '2025-10-31' }, 'USER_ERROR'],
  ])('an invoice with %s is refused and nothing is kept', async (_what, change, code) => {
    await customer('cus', '1', 'GB-STD');
    const answer = await put('invoice/eid:inv_1', { ...invoiceBody('cus', '1', 'GBP', [100]), ...change });
    expect(answer).toMatchObject({ status: 400, body: { 'o:errorDetails': [{ 'o:errorCode': code }] } });
    expect((await clients.journal()).at(-1)).toMatchObject({ effect: 'none', key: 'inv_1', outcome: `400 ${code}` });
    expect((await clients.netsuite('/record/v1/invoice/eid:inv_1')).status).toBe(404);
  });

  test('a customer on hold gets no new invoice until released', async () => {
    await customer('cus', '1', 'GB-STD');
    await clients.act('put-customer-on-hold', { externalId: 'cus' });
    expect((await put('invoice/eid:inv_1', invoiceBody('cus', '1', 'GBP', [100]))).status).toBe(400);
    await clients.act('release-customer', { externalId: 'cus' });
    expect((await put('invoice/eid:inv_1', invoiceBody('cus', '1', 'GBP', [100]))).status).toBe(204);
  });

  test('SuiteQL needs its header, refuses unknown columns, and pages', async () => {
    const q = 'SELECT id, acctnumber FROM account ORDER BY id';
    expect((await clients.netsuite('/query/v1/suiteql', { body: { q } })).status).toBe(400);
    const bad = await suiteql('SELECT colour FROM account');
    expect(bad).toMatchObject({ status: 400, body: { 'o:errorDetails': [{ 'o:errorCode': 'INVALID_PARAMETER' }] } });
    const page = await suiteql(q, '?limit=20&offset=40');
    expect(page.body).toMatchObject({ count: 15, hasMore: false, offset: 40, totalResults: 55 }); // 11 accounts x 5
  });

  test('more than five requests in flight are throttled without Retry-After', async () => {
    await clients.fault({ system: 'netsuite', fault: 'delay', delayMs: 200, times: 'always' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => clients.netsuite('/record/v1/subsidiary')));
    const throttled = answers.filter(({ status }) => status === 429);
    expect(throttled).toHaveLength(3);
    expect(throttled[0]?.headers.get('retry-after')).toBeNull();
    expect(throttled[0]?.body).toMatchObject({ status: 429, title: 'Bad Request' });
  });
});
