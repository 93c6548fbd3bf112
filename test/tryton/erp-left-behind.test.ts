// Invoices that a crash or a person left behind in a real Tryton: gone on with where they have our content, a conflict
// where they have not.
import { decimal } from '../../scripts/tryton/rpc.ts';
import { context, errorOf, germanCustomer, invoiceOrder, startGround, type Ground, type Row } from './erp-support.ts';

let ground: Ground;
let germany: { customerId: string; companyId: string };

beforeAll(async () => {
  ground = await startGround();
  const companyId = ground.company('TL-DE');
  const customer = germanCustomer(companyId);
  germany = { companyId, customerId: await ground.erp.putCustomer(ground.newKey('customer'), customer, context) };
});
afterAll(() => ground?.tryton.stop());

const invoicesOf = (key: string) =>
  ground.rows('account.invoice', [['reference', '=', key]], ['state', 'number', 'total_amount']);

describe('what a crash or a person left behind', () => {
  /** Made as by a worker that died before it posted: by the technical user, with our key. */
  async function leaveDraft(key: string, changes: Parameters<typeof invoiceOrder>[1] = {}): Promise<number> {
    const posted = ground.newKey('invoice');
    const model = await ground.erp.createInvoice(posted, invoiceOrder(germany, changes), context);
    const fields = [
      ...['company', 'type', 'party', 'invoice_address', 'currency', 'account', 'journal', 'payment_term'],
      ...['invoice_date', 'description', 'comment', 'party_tax_identifier'],
    ];
    const throughline = await ground.as('throughline');
    const companyId = Number(germany.companyId);
    const read = (name: string, ids: number[], names: string[]) =>
      throughline.model<Row[]>(name, 'read', [ids, names], companyId);
    const [row] = await read('account.invoice', [Number(model.invoiceId)], [...fields, 'lines']);
    const names = ['type', 'currency', 'company', 'account', 'quantity', 'unit_price', 'description', 'note', 'taxes'];
    const lines = (await read('account.invoice.line', row?.lines as number[], names)).map((line) => ({
      ...without(line, 'id'),
      taxes: [['add', line.taxes]],
    }));
    const values = { ...without(row ?? {}, 'id'), reference: key, lines: [['create', lines]] };
    const [draft = 0] = await throughline.model<number[]>('account.invoice', 'create', [[values]], companyId);
    return draft;
  }

  test('a draft with our content is gone on with, not made a second time', async () => {
    const key = ground.newKey('invoice');
    const draft = await leaveDraft(key);
    expect(await ground.erp.findInvoice(key, context)).toMatchObject({
      number: `draft ${String(draft)}`,
      state: 'open',
    });
    const invoice = await ground.erp.createInvoice(key, invoiceOrder(germany), context);
    expect(invoice.invoiceId).toBe(String(draft));
    expect(await invoicesOf(key)).toEqual([expect.objectContaining({ id: draft, state: 'posted' })]);
  });

  test.each<[what: string, change: (draft: number) => Promise<object>, told: RegExp]>([
    [
      'its price',
      async (draft) => {
        const [line] = await ground.rows('account.invoice.line', [['invoice', '=', draft]], ['id']);
        return { lines: [['write', [line?.id], { unit_price: decimal('90.00') }]] };
      },
      /lines/,
    ],
    [
      'its terms',
      () => Promise.resolve({ payment_term: ground.tryton.paymentTerms['90'] }),
      /days until due is 90, expected 30/,
    ],
    ['its text', () => Promise.resolve({ description: 'Something else' }), /text is Something else/],
    [
      'its tax',
      () => {
        const [{ taxes, accounts }] = ground.tryton.companies as [(typeof ground.tryton.companies)[number]];
        const amounts = { base: decimal('0.00'), amount: decimal('7.00') };
        const byHand = {
          manual: true,
          description: 'By hand',
          tax: taxes['DE-STD'],
          account: accounts['tax-payable']?.id,
        };
        return Promise.resolve({ taxes: [['create', [{ ...byHand, ...amounts }]]] });
      },
      /tax is entered by hand/,
    ],
  ])('a draft of which the accountant changed %s is a conflict, and is not posted', async (_what, change, told) => {
    const key = ground.newKey('invoice');
    const draft = await leaveDraft(key);
    const values = await change(draft);
    await ground.accountant.model('account.invoice', 'write', [[draft], values], Number(germany.companyId));
    const { kind, message } = await errorOf(ground.erp.createInvoice(key, invoiceOrder(germany), context));
    expect([kind, message]).toEqual(['conflict', expect.stringMatching(/is there \(draft\) with other content/)]);
    expect(message).toMatch(told);
    expect(await invoicesOf(key)).toEqual([expect.objectContaining({ state: 'draft', number: null })]);
  });

  test('two drafts under one key are told with their ids, and none is posted', async () => {
    const key = ground.newKey('invoice');
    const drafts = [await leaveDraft(key), await leaveDraft(key)];
    const error = await errorOf(ground.erp.createInvoice(key, invoiceOrder(germany), context));
    expect(error.kind).toBe('conflict');
    for (const draft of drafts) expect(error.message).toContain(String(draft));
    expect((await invoicesOf(key)).map(({ state }) => state)).toEqual(['draft', 'draft']);
  });

  test('a draft that finance cancelled never was an invoice: the key is free', async () => {
    const key = ground.newKey('invoice');
    const draft = await leaveDraft(key);
    await ground.accountant.model('account.invoice', 'cancel', [[draft]], Number(germany.companyId));
    expect(await ground.erp.findInvoice(key, context)).toBeUndefined();
    const invoice = await ground.erp.createInvoice(key, invoiceOrder(germany), context);
    expect(invoice.invoiceId).not.toBe(String(draft));
  });

  test('an invoice with another amount under the key is a conflict and stays as it is', async () => {
    const key = ground.newKey('invoice');
    const posted = await ground.erp.createInvoice(key, invoiceOrder(germany), context);
    const lines = [{ lineKey: 'l1', title: 'Fee', quantity: '1', amountMinor: 1, account: '2300' }];
    const error = await errorOf(ground.erp.createInvoice(key, invoiceOrder(germany, { lines }), context));
    expect([error.kind, error.message]).toEqual(['conflict', expect.stringContaining(posted.number)]);
    expect(await invoicesOf(key)).toEqual([expect.objectContaining({ total_amount: decimal('2009.62') })]);
  });
});

function without(row: Row, name: string): Row {
  return Object.fromEntries(Object.entries(row).filter(([key]) => key !== name));
}
