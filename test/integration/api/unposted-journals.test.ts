/** Journals that the ERP refused: seen with its words by those who may, until they are posted. */
import { Api, bareGround, expectProblem } from './api-of-test.ts';

interface Listed {
  data: { journalId: string; amount: { amountMinor: string; currency: string }; reason: string; attempts: number }[];
}

let api: Api;

beforeAll(async () => {
  api = await Api.start(await bareGround());
});
afterAll(() => api.close());

const list = async (): Promise<Listed> => (await api.get<Listed>('ops', '/v1/unposted-journals')).body;

test('a refused journal is listed with amount and reason, and gone when the ERP has it', async () => {
  const line = { contractLineId: null, accountRole: 'project-cost' as const };
  const of = { engagementId: null, legalEntityId: 'TL-UK', erpEntityRef: '1', currency: 'GBP', erpId: null };
  const cost = { sourceKind: 'cost' as const, sourceId: 'cst_1', key: 'cst_1', memo: 'Cost of approved time 2031-01' };
  const journalId = await api.books.transaction((inOne) =>
    inOne.journals.add({
      ...{ ...of, ...cost, book: 'primary', month: '2031-01', postedOn: '2031-01-31' },
      lines: [
        { ...line, account: '5000', debitMinor: 6_000, creditMinor: 0 },
        { ...line, account: '2100', debitMinor: 0, creditMinor: 6_000 },
      ],
    }),
  );
  expect(await list()).toEqual({ data: [] });
  for (const reason of ['the period is locked', 'the account is inactive']) {
    await api.books.journals.refuse(journalId, reason);
  }
  expect(await list()).toMatchObject({
    data: [
      {
        ...{ journalId, legalEntityId: 'TL-UK', engagementId: null, postedOn: '2031-01-31', attempts: 2 },
        ...{ amount: { amountMinor: '6000', currency: 'GBP' }, reason: 'the account is inactive' },
      },
    ],
  });
  expectProblem(await api.get('delivery', '/v1/unposted-journals'), 403, 'FORBIDDEN');
  await api.books.journals.release(journalId);
  await api.books.journals.markPosted(journalId, 'ns-9');
  expect(await list()).toEqual({ data: [] });
});
