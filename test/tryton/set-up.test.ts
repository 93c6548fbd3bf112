// What `npm run tryton` makes: companies that fit the configuration, and a technical user who can do what Throughline
// does and nothing else. People of the customer's house act with rights of their own.
import { ACCOUNT_ROLES } from '../../domain/configuration.ts';
import { sandboxConfiguration } from '../../scripts/up/sandbox-profile.ts';
import { date, decimal, logIn, type TrytonSession } from '../../scripts/tryton/rpc.ts';
import { technicalUserOf } from '../../scripts/tryton/rights.ts';
import type { Tryton } from '../../scripts/tryton/server.ts';
import { freshTryton } from './fresh-tryton.ts';

let tryton: Tryton;
let throughline: TrytonSession;
let accountant: TrytonSession;

const as = (login: string, server = tryton): Promise<TrytonSession> =>
  logIn(server, login, server.passwords[login] ?? '');
type Company = Tryton['companies'][number];
const company = (legalEntityId: string): Company => {
  const found = tryton.companies.find((each) => each.legalEntityId === legalEntityId);
  if (!found) throw new Error(`no company ${legalEntityId}`);
  return found;
};
const isEveryday = (role: string): boolean => (ACCOUNT_ROLES as readonly string[]).includes(role);
const account = ({ accounts }: Company, role: string): number => accounts[role]?.id ?? 0;
type Row = Record<string, unknown>;
const found = (session: TrytonSession, model: string, domain: unknown[], fields: string[], companyId?: number) =>
  session.model<Row[]>(model, 'search_read', [domain, 0, null, null, fields], companyId);
const created = async (session: TrytonSession, model: string, values: object, companyId?: number): Promise<number> => {
  const [id = 0] = await session.model<number[]>(model, 'create', [[values]], companyId);
  return id;
};

beforeAll(async () => {
  tryton = await freshTryton();
  throughline = await as('throughline');
  accountant = await as('accountant');
});
afterAll(() => tryton?.stop());

describe('the companies', () => {
  const { legalEntities } = sandboxConfiguration({ sandboxUrl: '' });

  test.each(['TL-DE', 'TL-US'])('%s is there with its currency and every account that we post to', async (id) => {
    const { companyId, name, currency, accounts } = company(id);
    expect({ name, currency }).toEqual({
      name: legalEntities[id]?.name,
      currency: legalEntities[id]?.functionalCurrency,
    });
    const rows = await found(throughline, 'account.account', [['company', '=', companyId]], ['code'], companyId);
    const codes = rows.map(({ code }) => code);
    for (const [role, code] of Object.entries(legalEntities[id]?.accounts ?? {})) {
      // A later role shares the account of an everyday one: its number is there under another role.
      const listed = isEveryday(role) ? accounts[role]?.code : code;
      expect([role, listed, codes.includes(code)]).toEqual([role, code, true]);
    }
  });

  test('have the taxes of the configuration, reverse charge with what the invoice must say', async () => {
    const fields = ['name', 'rate', 'legal_notice', 'company'];
    const taxes = await found(throughline, 'account.tax', [], fields);
    // 19 percent is a rate of 0.19
    expect(taxes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'DE-STD', rate: decimal('0.19'), legal_notice: '' }),
        expect.objectContaining({
          name: 'EU-RC',
          rate: decimal('0'),
          legal_notice: expect.stringContaining('owes') as string,
        }),
        expect.objectContaining({ name: 'US-EXEMPT', rate: decimal('0'), company: company('TL-US').companyId }),
      ]),
    );
    expect(taxes).toHaveLength(3);
  });

  test.each(['TL-DE', 'TL-US'])('%s has a period for every month of 2025 to 2034, all open', async (id) => {
    const { companyId } = company(id);
    const domain = [['company', '=', companyId]];
    const periods = await found(throughline, 'account.period', domain, ['start_date', 'state'], companyId);
    const open = periods.filter(({ state }) => state === 'open').map(({ start_date: start }) => start);
    const months = Array.from({ length: 10 * 12 }, (_, index) =>
      date(`${2025 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-01`),
    );
    expect(open).toEqual(expect.arrayContaining(months));
  });

  test('have employees with a cost per hour, which finance sees and we do not', async () => {
    const people = await found(throughline, 'company.employee', [], ['rec_name', 'company']);
    expect(people.map((each) => each.rec_name)).toEqual(expect.arrayContaining(['Jonas Weber', 'Ethan Cole']));
    await expect(found(throughline, 'company.employee_cost_price', [], ['cost_price'])).rejects.toThrow(/not allowed/);
    const lead = await as('project-lead');
    const costs = await found(lead, 'company.employee_cost_price', [], ['cost_price']);
    expect(costs).toContainEqual(expect.objectContaining({ cost_price: decimal('95.75') }));
  });

  test('sell services by the hour and at a price', async () => {
    const products = await found(throughline, 'product.product', [], ['code', 'type', 'default_uom.symbol']);
    expect(products.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['PRINCIPAL', 'CONSULTANT', 'MILESTONE', 'RETAINER']),
    );
    expect(new Set(products.map(({ type }) => type))).toEqual(new Set(['service']));
  });
});

const customerOf = (key: string) =>
  created(throughline, 'party.party', {
    name: 'Alpenwerk AG',
    code: key,
    customer_payment_term: tryton.paymentTerms['30'],
    addresses: [['create', [{ street: 'Isarring 20', city: 'München', postal_code: '80805', invoice: true }]]],
  });

/** A draft of one line of 1,000.00 with the company's first tax. */
const draftOf = async (customer: number, seller: Company, invoiceOn: string): Promise<number> => {
  const [party] = await throughline.model<Row[]>('party.party', 'read', [[customer], ['addresses']]);
  const [tax] = Object.values(seller.taxes);
  const line = {
    ...{ type: 'line', description: 'January', currency: tryton.currencies[seller.currency] },
    ...{ company: seller.companyId, account: account(seller, 'revenue') },
    ...{ quantity: 1, unit_price: decimal('1000.00'), taxes: [['add', [tax]]] },
  };
  const invoice = {
    ...{ company: seller.companyId, type: 'out', party: customer, reference: `key-${customer}-${seller.currency}` },
    ...{ invoice_address: (party?.addresses as number[])[0], account: account(seller, 'receivable') },
    ...{ currency: tryton.currencies[seller.currency], journal: tryton.journals.REV },
    ...{ payment_term: tryton.paymentTerms['30'], invoice_date: date(invoiceOn), lines: [['create', [line]]] },
  };
  return created(throughline, 'account.invoice', invoice, seller.companyId);
};
/** Dates of the demo are in the future, which Tryton warns of; the warning is passed over once. */
const posted = async (invoice: number, { companyId }: Company): Promise<Row> => {
  const post = () => throughline.model('account.invoice', 'post', [[invoice]], companyId);
  await post().catch(async (error: Error) => {
    const [, name] = /^UserWarning: \["([^"]+)"/.exec(error.message) ?? [];
    if (name === undefined) throw error;
    await throughline.model('res.user.warning', 'skip', [name, false], companyId);
    return post();
  });
  const fields = ['number', 'state', 'tax_amount', 'total_amount'];
  const [row = {}] = await throughline.model<Row[]>('account.invoice', 'read', [[invoice], fields], companyId);
  return row;
};

describe('the technical user', () => {
  test('makes a customer and posts invoices, which each company numbers by itself', async () => {
    const customer = await customerOf('eng-1');
    const invoice = await posted(await draftOf(customer, company('TL-DE'), '2031-01-31'), company('TL-DE'));
    // 19 % of 1,000.00 = 190.00; 1,000.00 + 190.00 = 1,190.00
    expect(invoice).toMatchObject({ number: 'TL-DE-2031-I00001', state: 'posted' });
    expect(invoice).toMatchObject({ tax_amount: decimal('190.00'), total_amount: decimal('1190.00') });
    const exempt = await posted(await draftOf(customer, company('TL-US'), '2031-01-31'), company('TL-US'));
    expect(exempt).toMatchObject({ number: 'TL-US-2031-I00001', total_amount: decimal('1000.00') });
  });

  test('posts a balanced journal entry; one that does not balance is refused by the ledger', async () => {
    const seller = company('TL-DE');
    const { companyId } = seller;
    const [period] = await found(
      throughline,
      'account.period',
      [
        ['company', '=', companyId],
        ['start_date', '=', date('2031-02-01')],
      ],
      ['id'],
      companyId,
    );
    const entry = (credit: string) => ({
      ...{ company: companyId, journal: tryton.journals.RREC, period: period?.id, date: date('2031-02-28') },
      lines: [
        [
          'create',
          [
            { account: account(seller, 'unbilled-receivable'), debit: decimal('250.00'), credit: decimal('0') },
            { account: account(seller, 'revenue'), debit: decimal('0'), credit: decimal(credit) },
          ],
        ],
      ],
    });
    const balanced = await created(throughline, 'account.move', entry('250.00'), companyId);
    await throughline.model('account.move', 'post', [[balanced]], companyId);
    const number = tryton.series === '6.0' ? 'post_number' : 'number';
    const [row] = await throughline.model<Row[]>('account.move', 'read', [[balanced], ['state', number]], companyId);
    expect(row).toMatchObject({ state: 'posted', [number]: expect.stringMatching(/^TL-DE-2031-J\d+$/) as string });
    const crooked = await created(throughline, 'account.move', entry('249.99'), companyId);
    await expect(throughline.model('account.move', 'post', [[crooked]], companyId)).rejects.toThrow(/balance/);
  });

  test('makes a project with tasks and changes it', async () => {
    const { companyId } = company('TL-DE');
    const task = { name: 'Analysis', type: 'task', company: companyId, timesheet_available: true };
    const project = { name: 'Rollout', type: 'project', company: companyId, comment: 'ext:eng-1' };
    const values = { ...project, children: [['create', [task]]] };
    const id = await created(throughline, 'project.work', values, companyId);
    const [row] = await throughline.model<Row[]>('project.work', 'read', [[id], ['children']], companyId);
    expect(row?.children).toHaveLength(1);
    await throughline.model('project.work', 'write', [[id], { comment: 'ext:eng-1 withdrawn' }], companyId);
    const [changed] = await throughline.model<Row[]>('project.work', 'read', [[id], ['comment']], companyId);
    expect(changed).toMatchObject({ comment: 'ext:eng-1 withdrawn' });
  });

  test('is let in with its password and, on 8.2, its application key, and nobody is without one', async () => {
    await expect(logIn(tryton, 'throughline', 'guessed')).rejects.toThrow(/HTTP401/);
    if (tryton.series === '6.0') {
      expect(tryton.applicationKey).toBeNull();
      return;
    }
    const url = `${tryton.url}/${tryton.database}/rest/model/company.company`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${tryton.applicationKey}` } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toHaveLength(2);
    expect((await fetch(url, { headers: { authorization: 'Bearer guessed' } })).status).toBe(401);
  });
});

describe('the technical user is refused', () => {
  // 6.0 looks at the state of a document before the right, and has a sentence of which it knows the name only.
  const refused = /not allowed|HTTP403|msg_access|it is posted|modify posted move/i;
  const call = (model: string, method: string, args: unknown[]) => () => throughline.model(model, method, args);
  const first = (model: string, method: string) => async () => {
    const [id] = await throughline.model<number[]>(model, 'search', [[], 0, 1, null]);
    return throughline.model(model, method, [[id]]);
  };
  const wizard = (name: string) => () => throughline.call(`wizard.${name}.create`, [{}]);

  const attempts: [what: string, attempt: () => Promise<unknown>][] = [
    ['users: a new one', call('res.user', 'create', [[{ name: 'X', login: 'x' }]])],
    ['users: a right for itself', call('res.user', 'write', [[2], { groups: [['add', [1]]] }])],
    ['rights: a row of its own', call('ir.model.access', 'create', [[{ model: 'res.user', perm_write: true }]])],
    ['rights: a place in the group of administrators', call('res.user-res.group', 'create', [[{ user: 2, group: 1 }]])],
    ['a further application key', call('res.user.application', 'create', [[{ application: 'rest' }]])],
    ['settings of the system', call('ir.configuration', 'write', [[1], { language: 'de' }])],
    ['modules: another one', call('ir.module', 'activate', [[1]])],
    ['years: to close one', first('account.fiscalyear', 'close')],
    ['periods: to close one', first('account.period', 'close')],
    ['periods: to lock one', first('account.period', 'lock_')],
    ['the chart: another account', call('account.account', 'create', [[{ name: 'X', code: '9' }]])],
    ['the chart: another tax rate', call('account.tax', 'write', [[1], { rate: decimal('0.5') }])],
    ['numbers: to set one back', call('ir.sequence.strict', 'write', [[1], { number_next: 1 }])],
    ['customers: to delete one', call('party.party', 'delete', [[1]])],
    ['invoices: to delete one', call('account.invoice', 'delete', [[1]])],
    ['journal entries: to delete one', call('account.move', 'delete', [[1]])],
    ['people: to assign them', call('project.allocation', 'create', [[{ work: 1, employee: 1 }]])],
    ['time: to enter it', call('timesheet.line', 'create', [[{ employee: 1 }]])],
    ['employees: another one', call('company.employee', 'create', [[{ party: 1 }]])],
    ['prices of services', call('product.template', 'write', [[1], { list_price: decimal('1') }])],
    ['payments: to make one', call('account.payment', 'create', [[{ amount: decimal('1') }]])],
    ['payments: to book one', wizard('account.invoice.pay')],
    ['credit notes', wizard('account.invoice.credit')],
    ['the reversal of entries', wizard('account.move.cancel')],
    ['matching of what was paid', wizard('account.reconcile')],
    ['another company', wizard('company.company.config')],
    ['the chart anew', wizard('account.create_chart')],
    ['attachments of records', call('ir.attachment', 'create', [[{ name: 'x', resource: 'party.party,1' }]])],
  ];

  test.each(attempts)('%s', async (_what, attempt) => {
    await expect(attempt()).rejects.toThrow(refused);
  });

  test('everything but what is on the list: it writes and makes what the list says, and deletes nothing', async () => {
    const admin = await as('admin');
    const field = tryton.series === '6.0' ? 'model' : 'name';
    const models = (await found(admin, 'ir.model', [], [field])).map((row) => String(row[field]));
    const access = await throughline.model<Record<string, Record<string, boolean>>>('ir.model.access', 'get_access', [
      models,
    ]);
    const open = (verb: string) => models.filter((model) => access[model]?.[verb]).sort();
    // Tryton opens the parts of a document with the document, and lets every user write e-mail and tick off notices.
    const parts = [
      ...['account.invoice.payment.mean', 'account.invoice.report.revision', 'account.invoice.tax', 'account.tax.line'],
    ];
    const there = (some: string[]) => some.filter((model) => models.includes(model));
    const { rights } = technicalUserOf(tryton.series);
    const listed = (verb: 'create' | 'write') =>
      rights.filter(({ may }) => may.includes(verb)).flatMap((right) => right.models);
    expect(open('write')).toEqual([...listed('write'), ...there([...parts, 'res.notification'])].sort());
    expect(open('create')).toEqual([...listed('create'), ...there([...parts, 'ir.email'])].sort());
    expect(open('delete')).toEqual([]);
  });

  test('the cancelling of an invoice that it posted itself, and the keys of others', async () => {
    const seller = company('TL-DE');
    const invoice = await draftOf(await customerOf('eng-2'), seller, '2031-01-31');
    await posted(invoice, seller);
    await expect(throughline.model('account.invoice', 'cancel', [[invoice]], seller.companyId)).rejects.toThrow(
      refused,
    );
    const keys = await found(throughline, 'res.user.application', [], ['key']).catch(() => []);
    expect(keys.filter(({ key }) => key !== tryton.applicationKey)).toEqual([]);
  });

  test('the confirmation of an order, because a confirmed one makes an invoice by itself', async () => {
    const { companyId, currency } = company('TL-DE');
    const customer = await customerOf('eng-3');
    const [party] = await throughline.model<Row[]>('party.party', 'read', [[customer], ['addresses']]);
    const [address] = party?.addresses as number[];
    const line = { type: 'line', product: tryton.products.RETAINER, quantity: 1, unit: tryton.units.fee };
    const order = {
      ...{ company: companyId, party: customer, reference: 'eng-3', invoice_address: address },
      ...{ shipment_address: address, currency: tryton.currencies[currency], sale_date: date('2031-01-01') },
      ...{ payment_term: tryton.paymentTerms['30'] },
      lines: [['create', [{ ...line, unit_price: decimal('5000.00') }]]],
    };
    const sale = await created(throughline, 'sale.sale', order, companyId);
    await throughline.model('sale.sale', 'quote', [[sale]], companyId);
    const [row] = await throughline.model<Row[]>('sale.sale', 'read', [[sale], ['state']], companyId);
    expect(row).toMatchObject({ state: 'quotation' });
    await expect(throughline.model('sale.sale', 'confirm', [[sale]], companyId)).rejects.toThrow(refused);
  });

  test('a period that finance has closed, to finance itself it is open for closing', async () => {
    const seller = company('TL-US');
    const domain = [
      ['company', '=', seller.companyId],
      ['start_date', '=', date('2025-01-01')],
      ['type', '=', 'standard'],
    ];
    const [period] = await found(accountant, 'account.period', domain, ['id'], seller.companyId);
    await accountant.model('account.period', 'close', [[period?.id]], seller.companyId);
    const invoice = await draftOf(await customerOf('eng-4'), seller, '2025-01-15');
    await expect(posted(invoice, seller)).rejects.toThrow(/period/);
  });
});

describe('two at once', () => {
  test('are apart: a customer of one is not in the other, though both began as the same copy', async () => {
    const other = await freshTryton();
    try {
      await customerOf('only-here');
      const domain = [['code', '=', 'only-here']];
      expect(await found(throughline, 'party.party', domain, ['name'])).toHaveLength(1);
      const there = await as('throughline', other);
      expect(await found(there, 'party.party', domain, ['name'])).toEqual([]);
      expect(other.companies).toEqual(tryton.companies);
      expect([other.url, other.database]).not.toContain(tryton.url);
    } finally {
      await other.stop();
    }
  });
});

describe('a server that is killed', () => {
  test('comes back at the same address with what was answered, and without what was not', async () => {
    const kept = await customerOf('kept');
    const underway = customerOf('lost').then(
      () => 'answered',
      () => 'no answer',
    );
    await tryton.kill();
    const outcome = await underway;
    await expect(fetch(tryton.url)).rejects.toThrow();
    await tryton.restart();
    throughline = await as('throughline');
    const codes = (await found(throughline, 'party.party', [['code', 'in', ['kept', 'lost']]], ['code'])).map(
      ({ code }) => code,
    );
    expect(codes).toContain('kept');
    expect(kept).toBeGreaterThan(0);
    if (outcome === 'answered') expect(codes).toContain('lost');
  });
});
