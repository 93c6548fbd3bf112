/**
 * The simulated Salesforce: authentication, query, records, errors, notices and the sums of the seeded deals.
 */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { assertion, base64url, call, clientsOf, type Clients } from './client.ts';

const DEAL = '006TL00000000001AA';

describe('Salesforce in the sandbox', () => {
  let sandbox: Sandbox;
  let clients: Clients;
  beforeAll(async () => {
    sandbox = await startSandbox();
    clients = await clientsOf(sandbox);
  });
  afterAll(() => sandbox.close());

  const query = (soql: string) => clients.salesforce(`/query?q=${encodeURIComponent(soql)}`);

  test('a JWT assertion of the right user opens the door, that of another client does not', async () => {
    const url = `${sandbox.url}/salesforce/services/oauth2/token`;
    const { clientId, username } = sandbox.credentials.salesforce;
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' };
    const claims = { iss: clientId, sub: username, aud: url };
    const good = await call(url, { form: { ...grant, assertion: assertion({ alg: 'RS256' }, claims) } });
    expect(good).toMatchObject({
      status: 200,
      body: { token_type: 'Bearer', instance_url: `${sandbox.url}/salesforce` },
    });
    const bad = await call(url, { form: { ...grant, assertion: assertion({}, { ...claims, iss: 'x' }) } });
    expect(bad).toMatchObject({ status: 400, body: { error: 'invalid_client_id' } });
    const stale = await call(url, { form: { ...grant, assertion: assertion({}, { ...claims, exp: 1 }) } });
    expect(stale).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('where a public key is known, an assertion that it did not sign is refused', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const strict = await startSandbox({ credentials: { salesforce: { publicKey: pem } } });
    const url = `${strict.url}/salesforce/services/oauth2/token`;
    const { clientId, username } = strict.credentials.salesforce;
    const exp = Math.floor(Date.now() / 1000) + 60;
    const content = `${base64url({ alg: 'RS256' })}.${base64url({ iss: clientId, sub: username, aud: url, exp })}`;
    const signature = createSign('sha256').update(content).sign(privateKey, 'base64url');
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' };
    const good = await call(url, { form: { ...grant, assertion: `${content}.${signature}` } });
    const forged = await call(url, { form: { ...grant, assertion: `${content}.${base64url({})}` } });
    expect([good.status, forged.status]).toEqual([200, 400]);
    await strict.close();
  });

  test('a call without a token, or with a revoked one, is told so in the vendor’s words', async () => {
    const fresh = await clientsOf(sandbox);
    await fresh.act('revoke-tokens', { system: 'salesforce' });
    expect(await fresh.salesforce('/limits')).toMatchObject({
      status: 401,
      body: [{ errorCode: 'INVALID_SESSION_ID' }],
    });
    clients = await clientsOf(sandbox);
  });

  test('a query filters, orders and limits, and every answer says how much of the daily limit is used', async () => {
    const answer = await query(
      `SELECT Id, Amount FROM Opportunity WHERE Legal_Entity__c IN ('TL-UK','TL-DE') AND Amount >= 90000
       ORDER BY Amount DESC LIMIT 2`,
    );
    expect(answer.body).toMatchObject({ totalSize: 2, done: true });
    expect(answer.body.records.map((row) => row['Amount'])).toEqual([250_000, 94_400]);
    expect(answer.headers.get('sforce-limit-info')).toMatch(/^api-usage=\d+\/100000$/);
  });

  test.each([
    ['SELECT Colour FROM Account', 400, 'INVALID_FIELD'],
    ['SELECT Id FROM Invoice', 400, 'INVALID_TYPE'],
    ['SELECT Id FROM Account WHERE Name = 1 OR Name = 2', 400, 'MALFORMED_QUERY'],
    ['DROP TABLE Account', 400, 'MALFORMED_QUERY'],
  ])('%s is refused with its error code', async (soql, status, errorCode) => {
    expect(await query(soql)).toMatchObject({ status, body: [{ errorCode }] });
  });

  test('writing back to a deal moves its time stamp and is journalled; the same again changes nothing', async () => {
    const before = await clients.salesforce(`/sobjects/Opportunity/${DEAL}`);
    const body = { Throughline_Id__c: 'eng_1', Throughline_Stage__c: 'Provisioning' };
    const write = () => clients.salesforce(`/sobjects/Opportunity/${DEAL}`, { method: 'PATCH', body });
    expect((await write()).status).toBe(204);
    expect((await write()).status).toBe(204);
    const after = await clients.salesforce(`/sobjects/Opportunity/${DEAL}`);
    expect(after.body).toMatchObject(body);
    expect(after.body.SystemModstamp > before.body.SystemModstamp).toBe(true);
    expect(await clients.journal()).toMatchObject([
      { operation: 'PATCH /sobjects/:object/:id', objectId: DEAL, effect: 'changed', key: 'eng_1', outcome: 'done' },
      { effect: 'none', outcome: 'unchanged' },
    ]);
  });

  test('upsert by external id updates the one that has it, creates when none, says 300 when several', async () => {
    const path = '/sobjects/Opportunity/Throughline_Id__c';
    const upsert = (key: string, body: object, query = '') =>
      clients.salesforce(`${path}/${key}${query}`, { method: 'PATCH', body });
    expect(await upsert('eng_1', { Throughline_Billed__c: 12.5 })).toMatchObject({
      status: 200,
      body: { id: DEAL, success: true, created: false },
    });
    const deal = { Name: 'New', StageName: 'Committed', CloseDate: '2026-01-31' };
    expect(await upsert('eng_2', deal)).toMatchObject({ status: 201, body: { created: true, errors: [] } });
    expect(await upsert('eng_3', deal, '?updateOnly=true')).toMatchObject({ status: 404 });
    const other = { method: 'PATCH', body: { Throughline_Id__c: 'eng_1' } };
    await clients.salesforce('/sobjects/Opportunity/006TL00000000002AA', other);
    expect((await upsert('eng_1', {})).status).toBe(300);
  });

  test('unknown, read-only, missing and wrong fields are refused and leave a row with effect none', async () => {
    const since = (await clients.journal()).length;
    const patch = (body: object) => clients.salesforce(`/sobjects/Opportunity/${DEAL}`, { method: 'PATCH', body });
    expect((await patch({ Nope__c: 1 })).body).toMatchObject([{ errorCode: 'INVALID_FIELD', fields: ['Nope__c'] }]);
    expect((await patch({ IsWon: true })).body).toMatchObject([{ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE' }]);
    expect((await patch({ Amount: '12' })).body).toMatchObject([{ errorCode: 'JSON_PARSER_ERROR' }]);
    const created = await clients.salesforce('/sobjects/Account', { body: { ParentId: null } });
    expect(created.body).toMatchObject([{ errorCode: 'REQUIRED_FIELD_MISSING', fields: ['Name'] }]);
    expect((await clients.salesforce('/sobjects/Account/001x')).status).toBe(404);
    const rows = await clients.journal(since);
    expect(rows.map((row) => [row.effect, row.outcome])).toEqual([
      ['none', '400 INVALID_FIELD'],
      ['none', '400 INVALID_FIELD_FOR_INSERT_UPDATE'],
      ['none', '400 JSON_PARSER_ERROR'],
      ['none', '400 REQUIRED_FIELD_MISSING'],
    ]);
  });

  test('composite carries out each part and reports each by itself', async () => {
    const url = `/services/data/v67.0/sobjects/Opportunity/${DEAL}`;
    const part = (referenceId: string, body: object) => ({ method: 'PATCH', url, referenceId, body });
    const compositeRequest = [part('good', { Throughline_Paid__c: 1 }), part('bad', { Nope__c: 1 })];
    const { body } = await clients.salesforce('/composite', { body: { compositeRequest } });
    expect(body.compositeResponse).toMatchObject([
      { referenceId: 'good', httpStatusCode: 204 },
      { referenceId: 'bad', httpStatusCode: 400, body: [{ errorCode: 'INVALID_FIELD' }] },
    ]);
  });

  test('every good deal adds up: roles and milestones to the line, lines to the deal', async () => {
    await clients.control('/reset', { method: 'POST' });
    clients = await clientsOf(sandbox);
    const all = async (soql: string) => (await query(soql)).body.records;
    const deals = await all('SELECT Id, Amount FROM Opportunity');
    const lines = await all(
      `SELECT Id, OpportunityId, TotalPrice, Line_Amount__c, Pricing_Model__c, Period_Fee__c, Start_Date__c, End_Date__c
       FROM OpportunityLineItem`,
    );
    const roles = await all('SELECT Line__c, Hours__c, Bill_Rate__c FROM Quote_Role__c');
    const milestones = await all('SELECT Line__c, Amount__c FROM Contract_Milestone__c');
    const sum = (values: number[]) => Number(values.reduce((total, value) => total + value, 0).toFixed(3));
    const good = deals.filter(({ Id = '' }) => Id < '006TL00000000020AA');
    expect(good).toHaveLength(14);
    for (const deal of good) {
      const own = lines.filter((line) => line['OpportunityId'] === deal['Id']);
      expect(sum(own.map((line) => Number(line['TotalPrice'])))).toBe(deal['Amount']);
      for (const line of own) {
        const ofLine = (parts: typeof roles) => parts.filter((part) => part['Line__c'] === line['Id']);
        const months = monthsBetween(line['Start_Date__c'] ?? '', line['End_Date__c'] ?? '');
        const expected = {
          'Time and Materials': sum(
            ofLine(roles).map((role) => Number(role['Hours__c']) * Number(role['Bill_Rate__c'])),
          ),
          'Fixed Fee Milestone': sum(ofLine(milestones).map((milestone) => Number(milestone['Amount__c']))),
          Retainer: Number(line['Period_Fee__c']) * months,
        }[line['Pricing_Model__c'] ?? ''];
        expect(line['Line_Amount__c']).toBe(expected);
      }
    }
  });

  test('a page of 200 leads to the next until all 238 milestones are read once', async () => {
    // Seed: 3 + 2 + 2 + 4 + 5 + 2 = 18 milestones; 44 copies of the deal with five = 220; 238 in all.
    for (let copy = 0; copy < 44; copy += 1) await clients.act('clone-deal', { dealId: '006TL00000000014AA' });
    const headers = { 'sforce-query-options': 'batchSize=200' };
    const soql = encodeURIComponent('SELECT Id FROM Contract_Milestone__c');
    const first = await clients.salesforce(`/query?q=${soql}`, { headers });
    expect(first.body).toMatchObject({ done: false, nextRecordsUrl: expect.stringContaining('/query/01g') as string });
    const next = first.body.nextRecordsUrl.replace('/services/data/v67.0', '');
    const second = await clients.salesforce(next, { headers });
    expect(second.body.done).toBe(true);
    const ids = [...first.body.records, ...second.body.records].map(({ Id }) => Id);
    expect([first.body.totalSize, new Set(ids).size]).toEqual([238, 238]);
  });
});

function monthsBetween(start: string, end: string): number {
  const [fromYear = 0, fromMonth = 0] = start.split('-').map(Number);
  const [toYear = 0, toMonth = 0] = end.split('-').map(Number);
  return (toYear - fromYear) * 12 + toMonth - fromMonth + 1;
}

describe('Notices of Salesforce', () => {
  const SECRET = `whsec_${Buffer.from('a secret of the test').toString('base64')}`;
  let sandbox: Sandbox;
  let clients: Clients;
  let received: { headers: IncomingHttpHeaders; body: string; url: string }[] = [];
  let refuse = 0;
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString(), url: request.url ?? '' });
      response.writeHead(refuse-- > 0 ? 503 : 202).end();
    });
  });

  beforeAll(async () => {
    await new Promise<void>((ready) => receiver.listen(0, '127.0.0.1', ready));
    const noticeUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in/{connectionId}`;
    sandbox = await startSandbox({ noticeUrl, noticeSecret: SECRET });
    clients = await clientsOf(sandbox);
  });
  afterAll(async () => {
    await sandbox.close();
    receiver.closeAllConnections();
    await new Promise((closed) => receiver.close(closed));
  });
  beforeEach(async () => {
    await clients.control('/reset', { method: 'POST' });
    received = [];
    refuse = 0;
  });

  const arrived = async (count: number) => {
    for (let wait = 0; wait < 150 && received.length < count; wait += 1) await new Promise((go) => setTimeout(go, 20));
    await new Promise((go) => setTimeout(go, 30));
    return received.map(({ body }) => JSON.parse(body) as Record<string, string>);
  };

  test('closing a deal sends one signed notice that names the deal and its modification time', async () => {
    const { result } = await clients.act('close-deal', { dealId: DEAL, closedOn: '2025-12-22' });
    const [notice] = await arrived(1);
    const systemModstamp = result.SystemModstamp;
    expect(notice).toMatchObject({ object: 'Opportunity', objectId: DEAL, changeType: 'closed-won', systemModstamp });
    const [{ headers, body, url } = { headers: {} as IncomingHttpHeaders, body: '', url: '' }] = received;
    expect(url).toBe('/in/sf-emea');
    expect(headers['webhook-id']).toBe(notice?.['eventId']);
    const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const signature = createHmac('sha256', 'a secret of the test').update(content).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  });

  test('a refused notice is sent again with the same id until it is accepted', async () => {
    refuse = 2;
    await clients.act('change-customer', { accountId: '001TL00000000008AA', fields: { Tax_Profile__c: 'GB-STD' } });
    const notices = await arrived(3);
    expect(notices).toHaveLength(3);
    expect(new Set(notices.map(({ eventId }) => eventId)).size).toBe(1);
    expect((await clients.control('/notices')).body).toEqual({ pending: 0, delivered: 1, failed: 0, dropped: 0 });
  });

  test('notices can be doubled, dropped and put out of order', async () => {
    await clients.fault({ fault: 'duplicate-notice', copies: 3, match: DEAL });
    await clients.fault({ fault: 'drop-notice', match: '006TL00000000002AA' });
    await clients.fault({ fault: 'reorder-notices', match: '006TL00000000003AA', delayMs: 3000 });
    for (const number of [1, 2, 3, 4]) await clients.act('close-deal', { dealId: `006TL0000000000${number}AA` });
    const notices = await arrived(5);
    expect(notices.map(({ objectId }) => objectId?.slice(-3, -2)).sort()).toEqual(['1', '1', '1', '3', '4']);
    expect(notices.at(-1)?.['objectId']).toBe('006TL00000000003AA');
  });

  test('what the integration writes through the API comes back as no notice', async () => {
    const body = { Throughline_Stage__c: 'Active' };
    await clients.salesforce(`/sobjects/Opportunity/${DEAL}`, { method: 'PATCH', body });
    await new Promise((go) => setTimeout(go, 100));
    expect(received).toHaveLength(0);
  });
});
