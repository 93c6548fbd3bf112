/** The board's figures from books that the test writes: each measure against its arithmetic, and per legal entity. */
import type { MeasureView } from '../../../apps/api/board/board.views.ts';
import { Api, bareGround } from './api-of-test.ts';

let api: Api;

beforeAll(async () => {
  api = await Api.start(await bareGround());
  const engagementId = await api.anEngagement('D-board');
  await published(engagementId);
  await booked(engagementId);
});
afterAll(() => api.close());

const at = (instant: string): number => Date.parse(instant);

/** Closed 2031-01-01, active 36 hours later; a contract of 1,000.00 GBP whose activation waits for delivery. */
async function published(engagementId: string): Promise<void> {
  await api.books.inbox.receive({
    ...{ connectionId: 'sf-emea', eventId: 'won', type: 'dealWon', objectKey: 'deal:D-board', version: '1' },
    ...{ effectiveOn: null, occurredAt: '2031-01-01T00:00:00Z', correlationId: 'c', origin: { dealId: 'D-board' } },
    ...{ actor: { subject: 'system:sf-emea', roles: [], legalEntities: ['*'] }, data: {}, engagementId },
  });
  const gbp = (amountMinor: number) => [{ amountMinor, currency: 'GBP' }];
  const line = { actor: 'system:throughline', sagaId: null, amount: null, kind: 'stage' };
  await api.books.projection.publish({
    ...{ engagementId, turn: 1, acknowledge: [] },
    summary: {
      ...{ engagementId, connectionId: 'sf-emea', dealId: 'D-board', stage: 'active', contractName: 'A contract' },
      ...{ customerId: 'c', customerName: 'C', legalEntityIds: ['TL-UK'], currencies: ['GBP'] },
      ...{ contractValue: gbp(100_000), billed: gbp(0), paid: gbp(0), recognised: gbp(0) },
      obstacles: [
        {
          ...{ kind: 'approval', sagaId: 's-1', code: 'APPROVAL_INVOICE', message: 'waits', ownerRole: 'fin-approver' },
          ...{ since: null, nextAttemptAt: null, amount: { amountMinor: 40_000, currency: 'GBP' }, needsHuman: true },
          ...{ approvalId: 'a-1', noteId: null, actions: ['approve', 'reject'], roles: ['fin-approver'] },
        },
      ],
      ...{ blockedBy: null, parkedReason: null, ownerRole: 'fin-approver', needsHuman: true },
      ...{ decisionDueAt: null, nextAt: null },
    },
    timeline: [
      { ...line, seq: 1, at: at('2031-01-01T01:00:00Z'), title: 'Engagement is validating' },
      { ...line, seq: 2, at: at('2031-01-02T12:00:00Z'), title: 'Engagement is active' },
    ],
  });
}

/** 3 hours approved on the 10th, 2 posted on the 12th: 500.00 net, 600.00 with tax, 450.00 paid, 300.00 recognised. */
async function booked(engagementId: string): Promise<void> {
  const pricing = { model: 'time-and-materials', rates: [{ role: 'Consultant' }] };
  const run = (statement: string, ...values: unknown[]): Promise<unknown> => api.dataSource.query(statement, values);
  await run(
    `INSERT INTO contract_version (engagement_id, version, hash, effective_on, document)
     VALUES ($1, 1, repeat('a', 64), '2031-01-01', $2)`,
    engagementId,
    JSON.stringify({ lines: [{ legalEntityId: 'TL-UK', pricing }] }),
  );
  for (const [entry, minutes] of [
    ['t-1', 120],
    ['t-2', 60],
  ]) {
    await run(
      `INSERT INTO time_line (connection_id, entry_id, version, project_id, engagement_id, legal_entity_id,
         resource_id, role, worked_on, minutes, billable, state, occurred_at)
       VALUES ('kt-main', $2, '1', 'p', $1, 'TL-UK',
         'r', 'Consultant', '2031-01-09', $3, true, 'approved', '2031-01-10T09:00Z')`,
      ...[engagementId, entry, minutes],
    );
  }
  await run(
    `INSERT INTO invoice (invoice_id, engagement_id, legal_entity_id, contract_version, currency, net_minor, tax_minor,
       total_minor, invoice_on, due_on, hash, key, document, state, unpaid_minor,
       erp_connection_id, erp_id, number, posted_on)
     VALUES ('inv_1', $1, 'TL-UK', 1, 'GBP', 50000, 10000, 60000, '2031-01-12', '2031-02-11',
       repeat('b', 64), 'k', '{}',
       'part-paid', 15000, 'ns-main', '1', 'INV-1', '2031-01-12')`,
    engagementId,
  );
  await run(`INSERT INTO invoice_line (invoice_id, line_no, contract_line_id, description, quantity, unit, amount_minor,
       currency) VALUES ('inv_1', 1, 'l', 'Work', 2, 'hour', 50000, 'GBP')`);
  await run(
    `INSERT INTO invoice_source (invoice_id, line_no, kind, source_key) VALUES ('inv_1', 1, 'time', 'kt-main:t-1')`,
  );
  await run(`INSERT INTO rated_line (invoice_id, kind, source_key, version, contract_line_id, effective_on, rate,
       amount_minor, currency, derivation)
     VALUES ('inv_1', 'time', 'kt-main:t-1', '1', 'l', '2031-01-09', 250, 50000, 'GBP', '{}')`);
  await run(`INSERT INTO payment (payment_id, invoice_id, key, version, amount_minor, unpaid_minor, currency, paid_on)
     VALUES ('pay_1', 'inv_1', 'k', '1', 45000, 15000, 'GBP', '2031-01-20')`);
  await run(
    `INSERT INTO revenue_event (engagement_id, legal_entity_id, contract_line_id, month, amount_minor, cumulative_minor,
       currency, key, derivation) VALUES ($1, 'TL-UK', 'l', '2031-01', 30000, 30000, 'GBP', 'k', '{}')`,
    engagementId,
  );
}

async function board(token: string): Promise<Record<string, MeasureView>> {
  const { status, body } = await api.call<{ measures: MeasureView[] }>('GET', '/v1/board', { token });
  expect(status).toBe(200);
  return Object.fromEntries(body.measures.map((measure) => [measure.key, measure]));
}

test('each measure says what the books say', async () => {
  const measures = await board(api.tokens.auditor);
  // 2031-01-02T12:00 - 2031-01-01T00:00 = 36 h
  expect(measures.closedWonToActive?.value).toBe('median 36.0 h, 90 % within 36.0 h');
  expect(measures.fieldsKeyedAgain?.value).toBe('0');
  // posted on the 12th, approved on the 10th: 2 days
  expect(measures.approvedToInvoiced?.value).toBe('median 2.0 days, 90 % within 2.0 days');
  // 120 of 120 + 60 minutes = 66.7 %
  expect(measures.invoicedAgainstApproved).toMatchObject({
    value: '66.7 %',
    basis: '2.0 of 3.0 approved billable hours are on posted invoices',
  });
  // 300.00 of 500.00 net = 60 %
  expect(measures.recognisedAgainstBilled).toMatchObject({
    value: 'GBP 60.0 %',
    basis: '300.00 GBP recognised of 500.00 GBP billed net',
  });
  // 450.00 of 450.00 + 150.00 = 75 % of what is due
  expect(measures.cash).toMatchObject({
    value: 'GBP 75.0 %',
    basis: '450.00 GBP collected of 600.00 GBP due',
    figures: [
      { name: 'collected', value: '45000', unit: 'GBP' },
      { name: 'due', value: '60000', unit: 'GBP' },
    ],
  });
  expect(measures.moneyBlocked).toMatchObject({
    value: '400.00 GBP with fin-approver',
    basis: 'APPROVAL_INVOICE: 1 engagements',
  });
});

test('a reader of another legal entity sees none of it', async () => {
  const measures = await board(await api.issue(['ops'], ['TL-JP'], 'tokyo@test.example'));
  for (const key of ['closedWonToActive', 'approvedToInvoiced', 'invoicedAgainstApproved', 'cash']) {
    expect({ key, value: measures[key]?.value }).toEqual({ key, value: 'nothing yet' });
  }
  expect(measures.moneyBlocked?.value).toBe('none');
});
