// What every CRM adapter must do, run over HTTP against the simulated Salesforce.
import type { CrmPort } from '../../adapters/ports/index.ts';
import { createSalesforceCrm } from '../../adapters/salesforce/adapter.ts';
import { context, errorOf, startWorld, type World } from './support.ts';

const DEAL = '006TL00000000001AA';
const CUSTOMER = '001TL00000000002AA';
let world: World;
let crm: CrmPort;

beforeAll(async () => {
  world = await startWorld();
  crm = world.systems.crm('sf-emea');
});
afterAll(() => world.close());
beforeEach(() => world.mark());
afterEach(() => world.clearFaults());

describe('reading a deal', () => {
  test('gives customer, lines, roles and terms, with amounts as exact text', async () => {
    const deal = await crm.readDeal(DEAL, context);
    expect(deal).toMatchObject({
      connectionId: 'sf-emea',
      dealId: DEAL,
      stage: 'open',
      amount: '94400',
      currency: 'GBP',
      legalEntityId: 'TL-UK',
      startOn: '2026-01-01',
      endOn: '2026-03-31',
      contractTemplate: 'MSA-2025',
      deliveryTemplate: 'TM-STANDARD',
      purchaseOrder: 'PO-1001',
      customer: { accountId: CUSTOMER, currency: 'GBP', taxProfile: 'GB-STD', paymentTermsDays: 30 },
    });
    expect(deal.lines).toHaveLength(1);
    expect(deal.lines[0]).toMatchObject({
      amount: '94400',
      currency: 'GBP',
      pricingModel: 'Time and Materials',
      ceilingAmount: '100000',
      expenseMarkupPercent: '5',
    });
    // 80 h x 180 + 300 h x 140 + 400 h x 95 = 14,400 + 42,000 + 38,000 = 94,400
    expect(deal.lines[0]?.roles.map(({ role, hours, billRate }) => `${role} ${hours} x ${billRate}`)).toEqual([
      'Principal 80 x 180',
      'Senior Consultant 300 x 140',
      'Consultant 400 x 95',
    ]);
  });

  test('keeps the three decimals of dinars and the milestones in their order', async () => {
    const kuwait = await crm.readDeal('006TL00000000008AA', context);
    expect(kuwait.lines[0]?.ceilingAmount).toBe('12500.5');
    expect(kuwait.lines[0]?.roles.map((role) => role.billRate)).toEqual(['75.5', '38.125']);
    const fixed = await crm.readDeal('006TL00000000002AA', context);
    expect(fixed.lines[0]?.milestones.map(({ name, amount, dueOn }) => [name, amount, dueOn])).toEqual([
      ['Blueprint', '30000', '2026-02-27'],
      ['Build', '36000', '2026-04-15'],
      ['Go-live', '24000', '2026-05-29'],
    ]);
  });

  test('each line of a deal over two entities has its own currency', async () => {
    const deal = await crm.readDeal('006TL00000000006AA', context);
    expect(deal.lines.map(({ legalEntityId, currency, amount }) => [legalEntityId, currency, amount])).toEqual([
      ['TL-DE', 'EUR', '60000'],
      ['TL-UK', 'GBP', '21000'],
    ]);
  });

  test('reads a deal that is not fit to be set up, so that somebody can be told why', async () => {
    expect((await crm.readDeal('006TL00000000004AA', context)).customer?.taxProfile).toBeNull();
    expect((await crm.readDeal('006TL00000000022AA', context)).currency).toBe('ZZZ');
  });

  test('says that there is no such deal, also for an id that tries to be a query', async () => {
    expect(await errorOf(crm.readDeal('006XX', context))).toMatchObject({ kind: 'not_found', operation: 'read deal' });
    const sly = await errorOf(crm.readDeal(`x' OR Id != '`, context));
    expect(sly.kind).toBe('not_found');
  });
});

describe('writing back', () => {
  test('sets our fields and nothing else; the same again is looked up and not sent', async () => {
    const fields = { engagementId: 'eng_1', stage: 'Active', billedAmount: '1234.50', paidAmount: '0.00' };
    await crm.writeBack(DEAL, fields, context);
    await crm.writeBack(DEAL, fields, context);
    expect((await world.rows()).map(({ operation, effect }) => [operation, effect])).toEqual([
      ['PATCH /sobjects/:object/:id', 'changed'],
    ]);
    expect(await crm.readWriteBack(DEAL, context)).toEqual({
      engagementId: 'eng_1',
      stage: 'Active',
      projectRef: null,
      contractRef: null,
      billedAmount: '1234.50',
      paidAmount: '0.00',
    });
  });

  test('null clears a field, an absent field stays', async () => {
    await crm.writeBack(DEAL, { engagementId: 'eng_1', stage: 'Active', billedAmount: '10.00' }, context);
    await crm.writeBack(DEAL, { stage: null, billedAmount: null }, context);
    expect(await crm.readWriteBack(DEAL, context)).toMatchObject({
      engagementId: 'eng_1',
      stage: null,
      billedAmount: null,
    });
  });

  test('an amount that a JSON number would change is refused before anything is sent', async () => {
    const error = await errorOf(crm.writeBack(DEAL, { billedAmount: '90071992547409931.25' }, context));
    expect(error.kind).toBe('rejected');
    expect(await world.rows()).toEqual([]);
  });

  test('done but unanswered: the outcome is unknown, and the next attempt finds it done', async () => {
    const fault = { system: 'salesforce', operation: 'PATCH *', fault: 'fail-after' };
    await world.fault(fault);
    const error = await errorOf(crm.writeBack(DEAL, { projectRef: 'p-after' }, context));
    expect([error.kind, error.connectionId, error.message]).toEqual(['timeout', 'sf-emea', 'no answer in time']);
    await crm.writeBack(DEAL, { projectRef: 'p-after' }, context);
    expect((await world.rows('Opportunity')).map((row) => row.effect)).toEqual(['changed']);
  });

  test('answered but not kept, as by a rule of the org: the read-back says which field differs', async () => {
    await world.fault({ system: 'salesforce', operation: 'PATCH *', fault: 'swallow' });
    const error = await errorOf(crm.writeBack(DEAL, { stage: 'Closed' }, context));
    expect(error).toMatchObject({ kind: 'differs', operation: 'write back to deal' });
    expect(error.message).toMatch(/Throughline_Stage__c is .*, expected "Closed"/);
  });

  test('answered but not to be read back leaves the outcome unknown, with the time to wait', async () => {
    // The look passes, the read-back meets a limit.
    const limit = { fault: 'throttle', skip: 1, retryAfterSeconds: 4 };
    await world.fault({ system: 'salesforce', operation: 'GET *query*', ...limit });
    const error = await errorOf(crm.writeBack(DEAL, { projectRef: 'p-unread' }, context));
    expect(error).toMatchObject({ kind: 'timeout', retryAfterMs: 4000 });
    expect((await crm.readWriteBack(DEAL, context)).projectRef).toBe('p-unread');
  });

  test('amounts are compared as figures, whatever decimals they are written with', async () => {
    await crm.writeBack(DEAL, { billedAmount: '12.5' }, context);
    await crm.writeBack(DEAL, { billedAmount: '12.500' }, context);
    expect(await world.rows('Opportunity')).toHaveLength(1);
  });
});

describe('changed deals', () => {
  test('a deal that is won appears, then only what changed since, then a change of its customer', async () => {
    const start = await crm.changedDeals(null, context);
    expect(start.deals.map((deal) => deal.dealId)).not.toContain('006TL00000000012AA');
    await world.act('close-deal', { dealId: '006TL00000000012AA', closedOn: '2026-01-02' });
    const won = await crm.changedDeals(start.watermark, context);
    const deal = won.deals.find(({ dealId }) => dealId === '006TL00000000012AA');
    expect(deal?.accountId).toBe(CUSTOMER);
    expect((await crm.readDeal('006TL00000000012AA', context)).version >= (deal?.version ?? '~')).toBe(true);
    await world.act('change-customer', { accountId: CUSTOMER, fields: { Payment_Terms_Days__c: 45 } });
    const changed = await crm.changedDeals(won.watermark, context);
    const after = changed.deals.find(({ dealId }) => dealId === '006TL00000000012AA');
    expect((after?.version ?? '') > (deal?.version ?? '~')).toBe(true);
    expect((changed.watermark ?? '') > (won.watermark ?? '~')).toBe(true);
  });

  test('more changes than fit on a page come page by page, each deal once', async () => {
    const { watermark } = await crm.changedDeals(null, context);
    const made: unknown[] = [];
    for (let n = 0; n < 60; n += 1) {
      const { dealId } = await world.act('clone-deal', { dealId: DEAL });
      await world.act('close-deal', { dealId, closedOn: '2026-01-02' });
      made.push(dealId);
    }
    const first = await crm.changedDeals(watermark, context);
    const second = await crm.changedDeals(first.watermark, context);
    // 60 deals, 50 to a page
    expect([first.more, second.more]).toEqual([true, false]);
    expect([first.deals.length, second.deals.length]).toEqual([50, 10]);
    expect([...first.deals, ...second.deals].map((deal) => deal.dealId)).toEqual(made);
  });

  test('what was won before the connection began is never told, however recent it is', async () => {
    const dealId = '006TL00000000014AA';
    await world.act('close-deal', { dealId, closedOn: '2026-01-02' });
    const start = await crm.changedDeals(null, context);
    expect(start).toMatchObject({ deals: [], more: false });
    expect(await crm.changedDeals(start.watermark, context)).toMatchObject({ deals: [], more: false });
  });

  test('a deal of ours that was reopened is told, although it is not won any more', async () => {
    const dealId = '006TL00000000013AA';
    await world.act('close-deal', { dealId, closedOn: '2026-01-02' });
    await crm.writeBack(dealId, { engagementId: 'eng_13' }, context);
    const before = await crm.changedDeals(null, context);
    await world.act('reopen-deal', { dealId });
    const after = await crm.changedDeals(before.watermark, context);
    expect(after.deals.map((deal) => deal.dealId)).toContain(dealId);
  });
});

describe('trouble', () => {
  test('a limit is throttling, with the time to wait where the system tells one', async () => {
    await world.fault({ system: 'salesforce', operation: 'GET *query*', fault: 'throttle' });
    const silent = await errorOf(crm.readDeal(DEAL, context));
    expect(silent).toMatchObject({ kind: 'throttled', vendorCode: 'REQUEST_LIMIT_EXCEEDED', retryAfterMs: undefined });
    await world.fault({ system: 'salesforce', operation: 'GET *query*', fault: 'throttle', retryAfterSeconds: 7 });
    expect(await errorOf(crm.readDeal(DEAL, context))).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 });
  });

  test('an expired sign-in is renewed once, however many calls wait for it', async () => {
    await crm.readDeal(DEAL, context);
    const tokens = { operation: 'POST */oauth2/token', fault: 'delay', delayMs: 50, times: 'always' };
    const watch = await world.fault({ system: 'salesforce', ...tokens });
    await world.act('revoke-tokens', { system: 'salesforce' });
    const deals = await Promise.all(['1', '2', '3'].map((n) => crm.readDeal(`006TL0000000000${n}AA`, context)));
    expect(deals.map((deal) => deal.currency)).toEqual(['GBP', 'EUR', 'USD']);
    expect(await world.hitsOf(watch)).toBe(1);
  });

  test('credentials that stay refused are told as such', async () => {
    await world.fault({ system: 'salesforce', operation: 'GET *', fault: 'reject', status: 401, times: 'always' });
    const error = await errorOf(crm.readDeal(DEAL, context));
    expect(error).toMatchObject({ kind: 'unauthorised', vendorCode: 'INVALID_SESSION_ID' });
  });

  test('a refusal carries the reason in words of the system', async () => {
    await world.fault({ system: 'salesforce', operation: 'PATCH *', fault: 'reject' });
    const error = await errorOf(crm.writeBack(DEAL, { stage: 'Refused' }, context));
    expect(error).toMatchObject({ kind: 'rejected', vendorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' });
    expect(error.message).toContain('A validation rule of this org refuses the record');
  });

  test('a server error leaves a write in doubt, but not a read', async () => {
    await world.fault({ system: 'salesforce', operation: 'GET *', fault: 'fail-before' });
    expect((await errorOf(crm.readDeal(DEAL, context))).kind).toBe('unavailable');
    await world.fault({ system: 'salesforce', operation: 'PATCH *', fault: 'fail-before' });
    expect((await errorOf(crm.writeBack(DEAL, { stage: 'In doubt' }, context))).kind).toBe('timeout');
  });

  test('a broken connection leaves the outcome unknown, and nothing is sent a second time', async () => {
    const reset = await world.fault({ system: 'salesforce', operation: 'PATCH *', fault: 'reset', times: 'always' });
    expect((await errorOf(crm.writeBack(DEAL, { stage: 'Reset' }, context))).kind).toBe('timeout');
    expect(await world.hitsOf(reset)).toBe(1);
  });
});

test('the client credentials flow signs in as well', async () => {
  const response = await fetch(`${world.url}/_sandbox/credentials`);
  const { salesforce } = (await response.json()) as { salesforce: { clientId: string; clientSecret: string } };
  const { clientId, clientSecret } = salesforce;
  const connection = {
    connectionId: 'sf-apac',
    capability: 'crm',
    vendor: 'salesforce',
    baseUrl: `${world.url}/salesforce`,
    credentialsVariable: 'unused',
    timeoutMs: 2000,
  } as const;
  const other = createSalesforceCrm(connection, { clientId, clientSecret });
  expect((await other.readDeal(DEAL, context)).connectionId).toBe('sf-apac');
  const wrong = createSalesforceCrm(connection, { clientId, clientSecret: 'wrong' });
  const error = await errorOf(wrong.readDeal(DEAL, context));
  expect(error).toMatchObject({ kind: 'unauthorised', operation: 'sign in', vendorCode: 'invalid_client' });
});
