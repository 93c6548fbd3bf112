/**
 * Why an amount is what it is, over HTTP: from the total of an invoice to its lines, from a line to its entries, from
 * an entry to the rate card and the rounding; and the rule behind recognised revenue. Deal 1 of the sandbox is played
 * (GBP, Principal 180.00, Consultant 95.00 an hour, expenses with 5 % on top, VAT 20 %); what it does not have, a limit
 * and a thousand entries, comes from books of their own in the same database.
 */
import type {
  DerivationView,
  InvoiceListView,
  InvoiceView,
  PricedEntriesView,
  PricedEntryView,
  RevenueView,
} from '../../../apps/api/derivations/derivations.views.ts';
import { createBillingActivities } from '../../../activities/billing.activities.ts';
import { createRevenueActivities } from '../../../activities/revenue.activities.ts';
import type { ContractLine } from '../../../domain/deal/contract.ts';
import { money } from '../../../domain/money/money.ts';
import { approveInvoice, logTime } from '../../support/people.ts';
import { testAddress } from '../../support/temporal.ts';
import { World } from '../../support/world.ts';
import {
  configuration,
  engage,
  envelope,
  PSA,
  retainer,
  time,
  timeAndMaterials,
} from '../persistence/books-of-test.ts';
import { Api, expectProblem, type Reply, UNKNOWN_ENGAGEMENT } from './api-of-test.ts';

const DEAL = '006TL00000000001AA';
const YEN_DEAL = '006TL00000000010AA';
const gbp = (amountMinor: string) => ({ amountMinor, currency: 'GBP' });
const sum = (amounts: { amountMinor: string | null }[]): number =>
  amounts.reduce((total, { amountMinor }) => total + Number(amountMinor), 0);

let world: World;
let api: Api;

beforeAll(async () => {
  world = await World.start();
  api = await Api.start({
    databaseUrl: world.databaseUrl,
    temporal: { address: testAddress(), namespace: world.namespace },
    configuration: world.configuration,
    environment: world.environment,
  });
}, 60_000);
afterAll(async () => {
  await api.close();
  await world.close();
});

/** All pages of a list, one after the other. */
async function pages<P extends { nextCursor: string | null }>(path: string, limit: number): Promise<P[]> {
  const read: P[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body }: Reply<P> = await api.get<P>('auditor', `${path}?limit=${String(limit)}${more}`);
    expect(status).toBe(200);
    read.push(body);
    cursor = body.nextCursor;
  }
  return read;
}

describe('the invoice of a month of time and materials', () => {
  let path: string;
  let invoicePath: string;
  let invoice: InvoiceView;
  let card: { id: string; version: string };

  beforeAll(async () => {
    const { state } = await world.activate(DEAL);
    const entry = { workspaceId: state.entities[0]?.refs.projectId ?? '', status: 'approved' };
    await world.sandbox.act('log-time', {
      entries: [
        { ...entry, userId: '101', role: 'Principal', date: '2031-01-13', minutes: 600 },
        { ...entry, userId: '111', role: 'Consultant', date: '2031-01-15', minutes: 1_000 },
        { ...entry, userId: '111', role: 'Consultant', date: '2031-01-16', minutes: 1_000 },
      ],
    });
    const expense = { ...entry, userId: '101', category: 'Travel', date: '2031-01-15', amountInCents: 40_000 };
    await world.sandbox.act('log-expense', expense);
    await world.job({ job: 'poll', connectionId: 'kt-main' });
    await world.advance(DEAL, '2031-02-01');
    // 10 h x 180.00 = 1,800.00; twice 16 h 40 min x 95.00 = 1,583.33; 400.00 + 5 % = 420.00
    // net 5,386.66; VAT 20 % = 1,077.332 = 1,077.33; total 6,463.99
    await approveInvoice(world, DEAL, 646_399);
    path = `/v1/engagements/${state.engagementId}`;
    const pricing = (await world.books.contracts.get(state.engagementId, 1)).lines[0]?.pricing;
    if (pricing?.model !== 'time-and-materials') throw new Error('the first line is not time and materials');
    card = { id: pricing.rateCardId, version: String(pricing.rateCardVersion) };
    const list = await api.get<InvoiceListView>('fin-preparer', `${path}/invoices`);
    expect(list.body.data).toHaveLength(1);
    invoicePath = `${path}/invoices/${list.body.data[0]?.invoiceId ?? ''}`;
    invoice = (await api.get<InvoiceView>('fin-preparer', invoicePath)).body;
  }, 60_000);

  test('is listed with its state, its number in the ERP and its amounts', async () => {
    const { body } = await api.get<InvoiceListView>('delivery', `${path}/invoices`);
    const inErp = (await world.sandbox.objects('netsuite', 'invoice'))[0];
    expect(body).toMatchObject({
      data: [
        {
          ...{ legalEntityId: 'TL-UK', contractVersion: 1, state: 'posted', erpConnectionId: 'ns-main' },
          ...{ number: inErp?.object.tranId, erpId: inErp?.id, invoiceOn: '2031-02-01', postedOn: '2031-02-01' },
          ...{ net: gbp('538666'), tax: gbp('107733'), total: gbp('646399'), unpaid: gbp('646399'), held: gbp('0') },
        },
      ],
      nextCursor: null,
    });
  });

  test('has a total that is the sum of its lines and taxes', () => {
    expect(invoice.lines.map(({ lineNo, unit, quantity, amount }) => [lineNo, quantity, unit, amount])).toEqual([
      [1, '10', 'hour', gbp('180000')],
      [2, '33.3333', 'hour', gbp('316666')],
      [3, '1', 'item', gbp('42000')],
    ]);
    expect(sum(invoice.lines.map(({ amount }) => amount))).toBe(Number(invoice.net.amountMinor));
    expect(sum([...invoice.lines.map(({ amount }) => amount), ...invoice.taxes.map(({ tax }) => tax)])).toBe(646_399);
  });

  test('has lines that lead back to the rate card, its version and the rounding', () => {
    // Twice 1,583.333... rounded: 3,166.66, not 33 h 20 min x 95.00 = 3,166.67.
    expect(invoice.lines[1]?.derivation).toEqual({
      rule: 'sum of the rounded entries',
      inputs: {
        ...{ entries: '2', minutes: '2000', hourlyRate: '95', role: 'Consultant' },
        ...{ rateCardId: card.id, rateCardVersion: card.version },
        entriesRounded: 'half-away-from-zero to 2 digits',
      },
      ...{ exact: '3166.66', rounding: null },
    });
    expect(invoice.lines[2]).toMatchObject({ kind: 'expense', sources: 1, derivation: { exact: '420' } });
  });

  test('has taxes that lead back to base, rate, rounding and the lines', () => {
    expect(invoice.taxes).toMatchObject([
      {
        ...{ ratePercent: '20', base: gbp('538666'), tax: gbp('107733'), reverseCharge: false },
        derivation: {
          ...{ rule: 'base x rate / 100', inputs: { base: '5386.66', ratePercent: '20' }, exact: '1077.332' },
          rounding: { mode: 'half-away-from-zero', scale: 2 },
          parts: [{ parts: ['1', '2', '3'].map((lineNo) => ({ inputs: { lineNo } })) }],
        },
      },
    ]);
  });

  test('stands beside what the ERP made of it, figure by figure, with the policy that both follow', async () => {
    const { object } = (await world.sandbox.objects('netsuite', 'invoice'))[0] ?? {};
    expect(invoice.rounding).toEqual({ mode: 'half-away-from-zero', tax: 'per-rate', taxMode: 'half-away-from-zero' });
    const same = (amountMinor: string) => ({
      ...{ ours: gbp(amountMinor), erp: gbp(amountMinor), difference: gbp('0') },
    });
    expect(invoice.inErp).toMatchObject({
      ...{ erpConnectionId: 'ns-main', erpId: invoice.erpId, number: object?.tranId, agrees: true, otherLines: [] },
      ...{ net: same('538666'), tax: same('107733'), total: same('646399') },
    });
    expect(invoice.lines.map(({ inErp }) => inErp)).toEqual([same('180000'), same('316666'), same('42000')]);
  });

  test('has entries behind a line that sum to it, each with its price, rate card and one rounding', async () => {
    const read = await pages<PricedEntriesView>(`${invoicePath}/lines/2/entries`, 1);
    expect(read.map(({ data }) => data.length)).toEqual([1, 1]);
    const entries = read.flatMap(({ data }) => data);
    expect(sum(entries.map(({ amount }) => amount))).toBe(Number(invoice.lines[1]?.amount.amountMinor));
    const rounding = { mode: 'half-away-from-zero', scale: 2 };
    expect(entries.map(({ effectiveOn }) => effectiveOn).sort()).toEqual(['2031-01-15', '2031-01-16']);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        ...{ kind: 'time', part: 1, rate: '95', rateCard: card, rounding },
        ...{ price: gbp('158333'), amount: gbp('158333'), held: gbp('0') },
        derivation: { rule: 'minutes x hourly rate / 60', inputs: { minutes: '1000', hourlyRate: '95' }, rounding },
      });
      expect(entry.sourceKey).toMatch(/^kt-main:/);
      expect(entry.derivation.exact).toMatch(/^1583\.3333/);
    }
    const { body } = await api.get<PricedEntriesView>('auditor', `${invoicePath}/lines/3/entries`);
    expect(body.data).toMatchObject([{ kind: 'expense', rate: null, rateCard: null, amount: gbp('42000') }]);
  });

  test('and the revenue of its month tells method and rule', async () => {
    const { body } = await api.get<RevenueView>('auditor', `${path}/revenue`);
    expect(body).toMatchObject({
      data: [
        {
          ...{ legalEntityId: 'TL-UK', month: '2031-01', kind: 'recognised', method: 'as-invoiced' },
          ...{ amount: gbp('538666'), cumulative: gbp('538666') },
          derivation: {
            rule: 'value of approved work',
            inputs: { entries: '4', rateCardId: card.id, rateCardVersion: card.version, recognisedBefore: '0.00' },
            rounding: null,
          },
        },
      ],
      nextCursor: null,
    });
    expect(body.data[0]?.recordedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  test('is not there for other legal entities, and closed to a role that may not see amounts', async () => {
    const token = await api.issue(['auditor'], ['TL-JP'], 'tokyo@test.example');
    const paths = [`${path}/invoices`, invoicePath, `${invoicePath}/lines/2/entries`, `${path}/revenue`];
    for (const each of paths) {
      expectProblem(await api.call('GET', each, { token }), 404, 'ENGAGEMENT_UNKNOWN');
      expectProblem(await api.get('admin', each), 403, 'FORBIDDEN');
      expectProblem(await api.get('auditor', `${each}?cursor=%20`), 400, 'VALIDATION');
    }
    expectProblem(
      await api.get('auditor', `/v1/engagements/${UNKNOWN_ENGAGEMENT}/invoices`),
      404,
      'ENGAGEMENT_UNKNOWN',
    );
  });
});

test('an invoice that the ERP taxes otherwise shows both figures, their difference and our policy', async () => {
  // Tokyo as if its ERP rounded tax like London's; it drops fractions of a yen instead.
  const tokyo = world.configuration.legalEntities['TL-JP'];
  if (!tokyo) throw new Error('unreachable');
  tokyo.rounding = { mode: 'half-away-from-zero', tax: 'per-line' };
  const { dealId } = await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: YEN_DEAL, name: 'Otherwise' });
  const { state } = await world.activate(dealId);
  const workspaceId = state.entities[0]?.refs.projectId ?? '';
  await logTime(world, { workspaceId, role: 'Consultant', date: '2031-01-14', minutes: 61 });
  await world.advance(dealId, '2031-02-01');
  await world.decidePending(dealId, 'invoice');
  const parked = await world.until(dealId, 'parked', ({ summary }) => summary.parkedReason === 'TOTALS_DIFFER');
  expect(parked.summary.obstacles[0]?.message).toContain('our tax is rounded per-line, half-away-from-zero');
  const path = `/v1/engagements/${state.engagementId}/invoices`;
  const [listed] = (await api.get<InvoiceListView>('fin-preparer', path)).body.data;
  const { body } = await api.get<InvoiceView>('fin-preparer', `${path}/${listed?.invoiceId ?? ''}`);
  const yen = (amountMinor: string) => ({ amountMinor, currency: 'JPY' });
  const beside = (ours: string, erp: string, difference: string) => ({
    ...{ ours: yen(ours), erp: yen(erp), difference: yen(difference) },
  });
  // 61 min x 12,500 / 60 = 12,708.33: 12,708; 10 % = 1,270.8: 1,271 half up, 1,270 dropped
  expect(body).toMatchObject({
    ...{ state: 'draft', number: null, total: yen('13979') },
    rounding: { mode: 'half-away-from-zero', tax: 'per-line', taxMode: 'half-away-from-zero' },
    inErp: {
      ...{ agrees: false, net: beside('12708', '12708', '0'), otherLines: [] },
      ...{ tax: beside('1271', '1270', '-1'), total: beside('13979', '13978', '-1') },
    },
    lines: [{ inErp: beside('12708', '12708', '0') }],
    taxes: [{ derivation: { exact: '1271', parts: [{ exact: '1270.8' }] } }],
  });
}, 60_000);

/** Books of an engagement of the legal entity `uk`: Consulting at 150.00 an hour and lines of choice. */
async function booked(dealId: string, entries: number, hours: number, ...lines: ContractLine[]) {
  const { engagementId, projectId } = await engage(world.books, dealId, ...lines);
  const work = Array.from({ length: entries }, (_, at) => {
    return time(`${dealId}-${String(at + 1)}`, projectId, '2026-01-12', hours);
  });
  await world.books.work.appendTime(PSA, work);
  const asked = (key: string, scope: object) => envelope(engagementId, `${dealId}-${key}`, '2026-07-01', scope);
  const billing = createBillingActivities({ books: world.books, configuration });
  const revenue = createRevenueActivities({ books: world.books, configuration });
  return {
    path: `/v1/engagements/${engagementId}`,
    draft: async (key: string): Promise<string> => {
      const { draft } = await billing.draftInvoice(asked(key, { untilExclusive: '2026-02-01' }));
      return draft?.invoiceId ?? '';
    },
    voidDraft: (key: string, invoiceId: string) => billing.voidDraftInvoice(asked(key, { invoiceId })),
    recognise: (month: string) => revenue.recogniseRevenue(asked(`r-${month}`, { month })),
  };
}

function upTo(limitMinor: number): ContractLine {
  const pricing = { ...timeAndMaterials.pricing, ceiling: money(limitMinor, 'GBP') };
  return { ...timeAndMaterials, pricing };
}

describe('an invoice up to a not-to-exceed amount', () => {
  test('says of the entry that crosses it what is billed and what is held, and leads to its rate card', async () => {
    // 8 h x 150.00 = 1,200.00 each; of the second one 2,000.00 - 1,200.00 = 800.00 are billed, 400.00 held.
    const { path, draft } = await booked('capped', 2, 8, upTo(200_000));
    const invoicePath = `${path}/invoices/${await draft('1')}`;
    const { body } = await api.get<InvoiceView>('ops', invoicePath);
    expect(body).toMatchObject({ state: 'draft', number: null, erpId: null, net: gbp('200000'), held: gbp('40000') });
    expect(body.lines[1]?.derivation).toMatchObject({
      rule: 'entry - billed before - held above the limit',
      inputs: { entry: '1200.00', billedBefore: '0.00', held: '400.00' },
      exact: '800.00',
      parts: [{ rule: 'minutes x hourly rate / 60', inputs: { rateCardId: 'rc-1', rateCardVersion: '1' } }],
    } satisfies Partial<Record<keyof DerivationView, unknown>>);
    const { data } = (await api.get<PricedEntriesView>('ops', `${invoicePath}/lines/2/entries`)).body;
    const amounts = { price: gbp('120000'), amount: gbp('80000'), held: gbp('40000') };
    expect(data).toMatchObject([{ ...amounts, part: 1, rateCard: { id: 'rc-1', version: '1' } }]);
  });
});

describe('lists', () => {
  test('a line of a thousand entries is read in pages, without gap or repetition, and they sum to it', async () => {
    // 20 min x 150.00 = 50.00; a thousand of them are 50,000.00
    const { path, draft } = await booked('many', 1_000, 1 / 3, timeAndMaterials);
    const invoicePath = `${path}/invoices/${await draft('1')}`;
    const { body } = await api.get<InvoiceView>('auditor', invoicePath);
    expect(body.lines).toMatchObject([{ sources: 1_000, amount: gbp('5000000') }]);
    expect(JSON.stringify(body).length).toBeLessThan(4_000); // It counts the entries and does not list them.
    const read = await pages<PricedEntriesView>(`${invoicePath}/lines/1/entries`, 200);
    expect(read.map(({ data }) => data.length)).toEqual([200, 200, 200, 200, 200]);
    const entries: PricedEntryView[] = read.flatMap(({ data }) => data);
    expect(new Set(entries.map(({ sourceKey }) => sourceKey)).size).toBe(1_000);
    expect(sum(entries.map(({ amount }) => amount))).toBe(5_000_000);
  });

  test('invoices, lines and revenue are paged, void drafts and their entries stay readable', async () => {
    const { path, draft, voidDraft, recognise } = await booked('paged', 1, 8, timeAndMaterials, retainer);
    const first = await draft('1');
    await voidDraft('1', first);
    const second = await draft('2');
    const invoices = await pages<InvoiceListView>(`${path}/invoices`, 1);
    expect(invoices.map(({ data }) => data.map(({ invoiceId, state }) => [invoiceId, state]))).toEqual([
      [[first, 'void']],
      [[second, 'draft']],
    ]);
    // 8 h x 150.00 = 1,200.00, and the fee of January in advance
    const ofSecond = await pages<InvoiceView>(`${path}/invoices/${second}`, 1);
    const lines = ofSecond.flatMap((page) => page.lines);
    expect(lines.slice(0, 2)).toMatchObject([
      { lineNo: 1, kind: 'time', amount: gbp('120000') },
      { lineNo: 2, kind: 'retainer', unit: 'month', derivation: { rule: 'fee of a full month' } },
    ]);
    expect(ofSecond).toHaveLength(lines.length);
    expect(sum(lines.map(({ amount }) => amount))).toBe(Number(ofSecond[0]?.net.amountMinor));
    const entriesOf = (invoiceId: string, lineNo: string): Promise<Reply<PricedEntriesView>> =>
      api.get<PricedEntriesView>('auditor', `${path}/invoices/${invoiceId}/lines/${lineNo}/entries`);
    expect((await entriesOf(first, '1')).body.data).toMatchObject([{ amount: gbp('120000') }]);
    expect((await entriesOf(second, '2')).body).toEqual({ data: [], nextCursor: null });
    for (const lineNo of ['0', '99', 'x']) expectProblem(await entriesOf(second, lineNo), 404, 'INVOICE_LINE_UNKNOWN');

    for (const month of ['2026-01', '2026-02']) await recognise(month);
    const revenue = await pages<RevenueView>(`${path}/revenue`, 3);
    const rows = revenue.flatMap(({ data }) => data);
    expect(revenue.map(({ data }) => data.length)).toEqual([3, 1]);
    // 1,000.00 a month of support; 1,200.00 of work in January and none in February
    expect(rows.map((row) => [row.contractLineId, row.month, row.method, row.amount, row.derivation.rule])).toEqual([
      ['l-re', '2026-01', 'straight-line', gbp('100000'), 'fees of the months to date'],
      ['l-re', '2026-02', 'straight-line', gbp('100000'), 'fees of the months to date'],
      ['l-tm', '2026-01', 'as-invoiced', gbp('120000'), 'value of approved work'],
      ['l-tm', '2026-02', 'as-invoiced', gbp('0'), 'value of approved work'],
    ]);
  });

  test('leave out what belongs to another legal entity of the same engagement, or to another engagement', async () => {
    const { path, draft, recognise } = await booked('entities', 1, 8, timeAndMaterials);
    const invoiceId = await draft('1');
    await recognise('2026-01');
    const token = await api.issue(['auditor'], ['jp'], 'osaka@test.example');
    for (const list of ['invoices', 'revenue']) {
      expect((await api.call('GET', `${path}/${list}`, { token })).body).toEqual({ data: [], nextCursor: null });
      expect((await api.get<RevenueView>('auditor', `${path}/${list}`)).body.data).toHaveLength(1);
    }
    const invoicePath = `${path}/invoices/${invoiceId}`;
    const other = await booked('neighbour', 0, 0, timeAndMaterials);
    for (const end of ['', '/lines/1/entries']) {
      expectProblem(await api.call('GET', `${invoicePath}${end}`, { token }), 404, 'INVOICE_UNKNOWN');
      expectProblem(await api.get('auditor', `${other.path}/invoices/${invoiceId}${end}`), 404, 'INVOICE_UNKNOWN');
    }
  });
});

test('an invoice that was stored before taxes had a way to them says so', async () => {
  const { path, draft } = await booked('old', 1, 8, timeAndMaterials);
  await world.dataSource.query(
    `INSERT INTO invoice SELECT (jsonb_populate_record(i, jsonb_build_object('invoice_id', 'inv_old', 'key', 'old',
       'document', i.document #- '{taxes,0,derivation}'))).* FROM invoice i WHERE invoice_id = $1`,
    [await draft('1')],
  );
  const { body } = await api.get<InvoiceView>('auditor', `${path}/invoices/inv_old`);
  expect(body.taxes).toMatchObject([{ tax: gbp('24000'), derivation: null }]); // 1,200.00 x 20 %
});
