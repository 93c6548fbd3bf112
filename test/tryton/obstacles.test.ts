/**
 * What gets in the way of one engagement on a real Tryton, in the order of its dates: events that come twenty times,
 * people who edit at the same time, a customer without terms or tax rule, a closed period, a server that is killed in
 * the middle of a post. Each ends with the reason or goes on, and nothing is doubled.
 */
import { startFaultProxy, type FaultProxy } from '../../apps/fault-proxy/proxy.ts';
import { readTrytonBooks } from '../../scripts/tryton/books.ts';
import { date, logIn } from '../../scripts/tryton/rpc.ts';
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import type { EngagementSnapshot } from '../../workflows/engagement/contract.ts';
import { signedHeaders } from '../integration/api/api-of-test.ts';
import { advanceToClose } from '../support/people.ts';
import { soundBooks } from './books-of-tryton.ts';
import { startTrytonWorld, type TrytonWorld } from './tryton-world.ts';

let on: TrytonWorld;
let proxy: FaultProxy;
let dealId: string;
let ready: EngagementSnapshot;

beforeAll(async () => {
  on = await startTrytonWorld({
    timeoutMs: 5_000,
    through: async (target) => {
      proxy = await startFaultProxy({ target });
      return proxy.url;
    },
    policy: { probeDelayMs: 500, probeDelayMaxMs: 2_000 },
  });
});
afterAll(async () => {
  await on?.close();
  await proxy?.close();
});

const projectId = (): string => ready.state.entities[0]?.refs.projectId ?? '';
const customerId = (): number => Number(ready.state.entities[0]?.refs.customerId);
const companyId = (): number => on.company('TL-DE').companyId;
const as = (login: string) => logIn(on.tryton, login, on.tryton.passwords[login] ?? '');

async function once(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a deal told twenty times at once, and read twenty times, is set up once, while a person edits', async () => {
  // Deal 1 of the sandbox in euros, 19 %.
  const german = { Legal_Entity__c: 'TL-DE', CurrencyIsoCode: 'EUR', AccountId: '001TL00000000009AA' };
  const lines = { Legal_Entity__c: 'TL-DE', Line_Currency__c: 'EUR' };
  dealId = await on.dealLike('006TL00000000001AA', 'Store operations, told often', german, lines);
  const { world, api } = on;
  // The project's lines are written a moment later than they were read: the lead is faster.
  const link = proxy.add({ fault: 'slow', delayMs: 2_500, body: ['"model.project.work.write"', 'engagement: eng_'] });
  await world.sandbox.act('close-deal', { dealId });
  const event = { eventId: 'evt_twenty', systemModstamp: '2031-01-05T10:00:00.000+0000' };
  const body = JSON.stringify({ ...event, object: 'Opportunity', objectId: dealId, changeType: 'closed-won' });
  const headers = signedHeaders('evt_twenty', body, world.environment.THROUGHLINE_SF_EMEA_NOTICE ?? '');
  const twenty = Array.from({ length: 20 }, () => undefined);
  const told = twenty.map(() =>
    api.call('POST', `/v1/notices/${SANDBOX_CRM}`, {
      raw: body,
      headers: { ...headers, 'content-type': 'application/json' },
    }),
  );
  const read = twenty.map(() => world.job({ job: 'poll', connectionId: SANDBOX_CRM }));
  expect(new Set((await Promise.all(told)).map(({ status }) => status))).toEqual(new Set([202]));
  await Promise.all(read);
  await world.job({ job: 'dispatch' });

  await once(() => link.hits > 0);
  const lead = await as('project-lead');
  const [project] = await lead.model<{ id: number; comment: string }[]>(
    'project.work',
    'search_read',
    [[['type', '=', 'project']], 0, null, null, ['comment']],
    companyId(),
  );
  const comment = `${project?.comment ?? ''}\nThe customer wants weekly reports.`;
  await lead.model('project.work', 'write', [[project?.id], { comment }], companyId());

  ready = await world.until(dealId, 'ready', ({ state }) => state.stage === 'ready');
  const books = await readTrytonBooks(on.tryton);
  expect([books.customers.length, books.orders.length, books.projects.length]).toEqual([1, 1, 1]);
  const [after] = await lead.model<{ comment: string }[]>(
    'project.work',
    'read',
    [[project?.id], ['comment']],
    companyId(),
  );
  expect(after?.comment).toContain('The customer wants weekly reports.');
  expect(after?.comment).toContain(`engagement: ${ready.state.engagementId}`);
  await world.decidePending(dealId, 'activation');
  await world.until(dealId, 'active', ({ state }) => state.stage === 'active');
});

/** The invoice is stopped with these words; a person repairs, and asks again. */
async function stoppedWith(words: RegExp): Promise<string> {
  const { state } = await on.world.until(dealId, `stopped with ${String(words)}`, (seen) =>
    seen.state.sagas.some((saga) =>
      words.test(JSON.stringify([saga.parked, saga.steps.map(({ blocked }) => blocked)])),
    ),
  );
  return state.sagas.find((saga) => words.test(JSON.stringify(saga)))?.id ?? '';
}

test('without terms, without a tax rule and in a closed period nothing is posted, each with its reason', async () => {
  await on.work('TL-DE', ready.state.engagementId, [
    { projectId: projectId(), role: 'Principal', on: '2031-01-13', minutes: 600 },
  ]);
  const accountant = await as('accountant');
  const party = (values: object) => accountant.model('party.party', 'write', [[customerId()], values], companyId());
  const [period] = await accountant.model<{ id: number }[]>(
    'account.period',
    'search_read',
    [
      [
        ['company', '=', companyId()],
        ['start_date', '=', date('2031-02-01')],
      ],
      0,
      null,
      null,
      ['name'],
    ],
    companyId(),
  );
  const [asItWas] = await accountant.model<{ customer_payment_term: number; customer_tax_rule: number }[]>(
    'party.party',
    'read',
    [[customerId()], ['customer_payment_term', 'customer_tax_rule']],
    companyId(),
  );
  await party({ customer_payment_term: null, customer_tax_rule: null });
  await accountant.model('account.period', 'close', [[period?.id]], companyId());

  await on.world.advance(dealId, '2031-02-01');
  await on.world.decidePending(dealId, 'invoice');
  const closed = await stoppedWith(/period .* is closed in Tryton/);
  await accountant.model('account.period', 'reopen', [[period?.id]], companyId());
  await on.world.retry(dealId, closed);
  const withoutTerms = await stoppedWith(/has no payment terms in Tryton/);
  await party({ customer_payment_term: asItWas?.customer_payment_term });
  await on.world.retry(dealId, withoutTerms);
  const withoutRule = await stoppedWith(/has no customer tax rule in Tryton/);
  expect((await readTrytonBooks(on.tryton)).invoices).toEqual([]);
  await party({ customer_tax_rule: asItWas?.customer_tax_rule });
  await on.world.retry(dealId, withoutRule);
  const posted = await on.world.until(dealId, 'posted', ({ state }) => state.invoices[0]?.state === 'posted');
  // 10 h x 180.00 = 1,800.00 + 19 % = 2,142.00
  expect(posted.summary.billed).toEqual([{ amountMinor: 214_200, currency: 'EUR' }]);
  await on.pay(dealId, '2031-02-15');
});

test('a Tryton killed in the middle of a post and started again has the invoice once, in sequence', async () => {
  await on.work('TL-DE', ready.state.engagementId, [
    { projectId: projectId(), role: 'Senior Consultant', on: '2031-02-14', minutes: 630 },
  ]);
  await on.world.advance(dealId, '2031-03-01');
  const post = proxy.add({ fault: 'slow', delayMs: 1, body: '"model.account.invoice.post"' });
  await on.world.decidePending(dealId, 'invoice');
  await once(() => post.hits > 0);
  await on.tryton.kill();
  await on.tryton.restart();
  const posted = await on.world.until(dealId, 'posted', ({ state }) => state.invoices[1]?.state === 'posted');
  // 10.5 h x 140.00 = 1,470.00 + 19 % = 1,749.30
  expect(posted.state.invoices[1]).toMatchObject({ unpaidMinor: 174_930, number: 'TL-DE-2031-I00002' });
  await on.pay(dealId, '2031-03-15');
  const closed = await advanceToClose(on.world, dealId, '2031-04-02');
  await soundBooks(on.tryton, [closed]);
  expect(closed.summary).toMatchObject({ obstacles: [], billed: closed.summary.paid });
});
