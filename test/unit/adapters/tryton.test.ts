// The words of Tryton in ours, and what its refusals mean, against a server that answers as Tryton 8.2 does.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseJson } from '../../../adapters/http/decimal-text.ts';
import { AdapterError } from '../../../adapters/ports/errors.ts';
import { createTrytonClient, type TrytonCredentials } from '../../../adapters/tryton/client.ts';
import { refusalOf } from '../../../adapters/tryton/refusals.ts';
import { date, datetime, decimal, duration, float, fromWire, refOf } from '../../../adapters/tryton/values.ts';
import { acceptedWarning } from '../../../adapters/tryton/warnings.ts';

const context = { correlationId: 'cor_1', actorSubject: 'system:test' };

describe('values', () => {
  test('an answer keeps every digit of an amount, and dates are text', () => {
    const json = `{"id": 7, "total": {"__class__": "Decimal", "decimal": "987654321098765.1230"},
      "zero": {"__class__": "Decimal", "decimal": "0E-8"}, "quantity": 7.25, "party.": {"id": 3, "code": "A"},
      "on": {"__class__": "date", "year": 2031, "month": 1, "day": 5}, "none": null, "paid": false,
      "at": {"__class__": "datetime", "year": 2031, "month": 1, "day": 5, "hour": 9, "minute": 4, "second": 0,
        "microsecond": 120},
      "took": {"__class__": "timedelta", "seconds": 5400.0}, "lines": [1, 2]}`;
    expect(fromWire(parseJson(json))).toEqual({
      ...{ id: '7', total: '987654321098765.1230', zero: '0', quantity: '7.25', 'party.': { id: '3', code: 'A' } },
      ...{ on: '2031-01-05', none: null, paid: false, at: '2031-01-05T09:04:00.000120Z' },
      ...{ took: '5400', lines: ['1', '2'] },
    });
  });

  test('what is sent comes back as it was', () => {
    const values = { amount: decimal('12.50'), on: date('2028-02-29'), at: datetime('2031-01-05T09:04:00.00012Z') };
    expect(fromWire(parseJson(JSON.stringify({ ...values, took: duration(900), quantity: float('0.1') })))).toEqual({
      ...{ amount: '12.50', on: '2028-02-29', at: '2031-01-05T09:04:00.000120Z', took: '900', quantity: '0.1' },
    });
  });

  test.each([
    ['an amount that is no decimal', () => decimal('1,5')],
    ['a date that is none', () => date('5.1.2031')],
    ['an instant of another zone', () => datetime('2031-01-05T09:04:00+01:00')],
    ['half a second', () => duration(0.5)],
    ['more digits than a JSON number holds', () => float('0.1234567890123456789')],
    ['an id that Tryton never gave', () => refOf('eng_1')],
    ['a tagged value that nobody knows', () => fromWire({ __class__: 'set', values: '1' })],
    ['a date without a day', () => fromWire({ __class__: 'date', year: '2031', month: '1' })],
  ])('%s is refused', (_what, convert) => {
    expect(convert).toThrow(TypeError);
  });
});

describe('a refusal', () => {
  test.each([
    ['UserError', ['The code on party must be unique.', '', null], 'conflict', 'DUPLICATE'],
    ['UserError', ['You can create only one journal per period.', ''], 'unavailable', 'COLLISION'],
    ['UserError', ['You can not call "post" on "5" of "Invoice".', ''], 'conflict', 'BUTTON_NOT_OFFERED'],
    ['UserError', ['You are not allowed to access "Invoice".', ''], 'unauthorised', 'RIGHT_MISSING'],
    ['UserError', ['Calling button "confirm on "Sale" is not allowed.', ''], 'unauthorised', 'RIGHT_MISSING'],
    [
      'UserError',
      ['You are not allowed to read records "6" of "User" because of at least one of these rules:\nUser in companies'],
      'not_found',
      'RECORD_NOT_YOURS',
    ],
    ['UserError', ['You are trying to read records "6" of "Party" that don\'t exist.'], 'not_found', 'RECORD_MISSING'],
    [
      'UserError',
      ['To continue, you must reopen the period "2031-01" of company "TL" for the date "01/15/2031".'],
      'rejected',
      'PERIOD_CLOSED',
    ],
    ['UserError', ['You cannot modify posted move "J00001".', ''], 'conflict', 'POSTED'],
    ['UserError', ['To post move "4", you must balance all its lines debits and credits.'], 'rejected', 'USER_ERROR'],
    ['UserWarning', ['1f.invoice_similar', 'The invoice "5" is similar to invoice "4".', ''], 'rejected', 'WARNING'],
    ['ConcurrencyException', 'Records were modified in the meanwhile', 'unavailable', 'CHANGED_MEANWHILE'],
    ['LoginException', ['code', 'A code is needed', 'char'], 'unauthorised', 'LOGIN'],
    ['could not serialize access due to concurrent update\n', '', 'unavailable', 'COLLISION'],
    ['could not obtain lock on row in relation "ir_sequence_strict"', '', 'unavailable', 'COLLISION'],
    ['duplicate key value violates unique constraint "ext_key_invoice"', '', 'conflict', 'DUPLICATE'],
    ["'int' object has no attribute 'id'", '', 'contract_broken', 'FAULT'],
  ])('%s %j is %s, %s', (kind, detail, expectedKind, code) => {
    expect(refusalOf([kind, detail])).toMatchObject({ kind: expectedKind, code });
  });

  test('is told in its first line, without the domain behind it', () => {
    const text = 'The value "9" for field "Tax" in record "-1" of "Line" is not valid according to its domain.';
    const { message } = refusalOf(['UserError', [`${text}\nTry another.`, '', 'x'.repeat(30_000)]]);
    expect(message).toBe(text);
  });

  test('by a warning is passed over only where the table says so', () => {
    expect(acceptedWarning('account.invoice.post', '1f.invoice_date_future')?.why).toContain('approved');
    expect(acceptedWarning('account.invoice.post', '1f.invoice_similar')).toBeUndefined();
    expect(acceptedWarning('account.invoice.cancel', '1f.invoice_date_future')).toBeUndefined();
    // Of 6.0, with the id of the invoice behind its name.
    expect(acceptedWarning('account.invoice.post', 'invoice_payment_term_12')?.why).toContain('agreed terms');
    expect(acceptedWarning('account.invoice.post', 'other_invoice_payment_term_12')).toBeUndefined();
  });
});

describe('a call', () => {
  interface Seen {
    url: string | undefined;
    authorization: string | undefined;
    body: Record<string, unknown>;
  }
  let seen: Seen[] = [];
  let replies: [status: number, body: string][] = [];
  const warnings: Record<string, string>[] = [];
  const server = createServer((request, response) => void answer(request, response));
  let baseUrl = '';
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { url } = request;
    const body = JSON.parse(text) as Record<string, unknown>;
    seen.push({ url, authorization: request.headers.authorization, body });
    const [status, reply] =
      body.method === 'common.db.login' && replies.length > 0 && !replies[0]?.[1].startsWith('login:')
        ? [200, `{"id": 1, "result": [5, "session-${String(seen.length)}", null]}`]
        : (replies.shift() ?? [200, '{"id": 1, "result": null}']);
    const headers = reply.startsWith('retry-after:') ? { 'retry-after': '1' } : {};
    response.writeHead(status, headers).end(reply.replace(/^(login|retry-after):/, ''));
  }
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    baseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => new Promise((done) => server.close(done)));
  beforeEach(() => {
    seen = [];
    warnings.length = 0;
  });

  const client = (credentials: Partial<TrytonCredentials> = { database: 'books' }, base = baseUrl) =>
    createTrytonClient(
      {
        ...{ connectionId: 'tr-1', capability: 'erp', vendor: 'netsuite', baseUrl: base, timeoutMs: 2_000 },
        credentialsVariable: 'THROUGHLINE_TR',
      },
      { login: 'throughline', password: 'p', ...credentials },
      (_message, details) => warnings.push(details),
    );
  async function failureOf(call: Promise<unknown>): Promise<AdapterError> {
    const error: unknown = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof AdapterError) return error;
    throw new Error(`an AdapterError was expected, not ${String(error)}`);
  }
  const create = () => client().create('party.party', { name: 'X' }, { companyId: '2' }, context);
  const read = () => client().searchRead('party.party', { domain: [], fields: ['name'] }, {}, context);

  test('has exactly three keys, a session, and the company in its context', async () => {
    replies = [[200, '{"id": 1, "result": [9]}']];
    expect(await create()).toBe('9');
    const [login, call] = seen;
    expect(login).toMatchObject({ url: '/books/rpc/', authorization: undefined });
    expect(call?.body).toEqual({
      id: 1,
      method: 'model.party.party.create',
      params: [[{ name: 'X' }], { language: 'en', company: 2 }],
    });
    const session = Buffer.from('throughline:5:session-1').toString('base64');
    expect(call?.authorization).toBe(`Session ${session}`);
  });

  test('goes to the database that the base URL ends with where the credentials name none', async () => {
    replies = [[200, '{"id": 1, "result": []}']];
    const whole = client({}, `${baseUrl}/production/`);
    expect(await whole.searchRead('party.party', { domain: [], fields: [] }, {}, context)).toEqual([]);
    expect(seen.map(({ url }) => url)).toEqual(['/production/rpc/', '/production/rpc/']);
  });

  test('with an ended session signs in anew, once', async () => {
    replies = [
      [401, '<!doctype html>'],
      [200, '{"id": 1, "result": [9]}'],
    ];
    expect(await create()).toBe('9');
    expect(seen.map(({ body }) => body.method)).toEqual([
      ...['common.db.login', 'model.party.party.create', 'common.db.login', 'model.party.party.create'],
    ]);
    replies = [
      [401, ''],
      [401, ''],
    ];
    expect((await failureOf(create())).kind).toBe('unauthorised');
  });

  test('passes a warning of the table over, and tells it with its document', async () => {
    const warning = '["1f.invoice_date_future", "The invoices \\"5\\" have an invoice date in the future.", ""]';
    replies = [
      [200, `{"id": 1, "error": ["UserWarning", ${warning}]}`],
      [200, '{"id": 1, "result": null}'],
      [200, '{"id": 1, "result": null}'],
    ];
    await client().press('account.invoice', 'post', '5', { companyId: '2' }, context);
    expect(seen.map(({ body }) => body.method).slice(1)).toEqual([
      ...['model.account.invoice.post', 'model.res.user.warning.skip', 'model.account.invoice.post'],
    ]);
    expect(seen[2]?.body.params).toEqual(['1f.invoice_date_future', false, { language: 'en', company: 2 }]);
    expect(warnings).toEqual([expect.objectContaining({ document: 'account.invoice,[5]', connectionId: 'tr-1' })]);
  });

  const NOT_HERE: [number, string] = [405, 'login:<!doctype html>'];
  const SIGNED_IN: [number, string] = [200, 'login:{"id": 1, "result": [5, "s"]}'];

  test('to a server of series 6.0, which takes none at the address of 8.2, goes to the address of 6.0', async () => {
    replies = [NOT_HERE, SIGNED_IN, [200, '{"id": 1, "result": []}'], [200, '{"id": 1, "result": [9]}']];
    const old = client();
    expect(await old.searchRead('party.party', { domain: [], fields: [] }, {}, context)).toEqual([]);
    expect(await old.create('party.party', {}, {}, context)).toBe('9');
    expect(await old.series(context)).toBe('6.0');
    expect(seen.map(({ url }) => url)).toEqual(['/books/rpc/', '/books/', '/books/', '/books/']);
  });

  test('to a server that takes calls at neither address, or refuses the user of 6.0, is not sent', async () => {
    replies = [NOT_HERE, NOT_HERE];
    expect((await failureOf(create())).message).toContain('takes no calls at this address');
    replies = [NOT_HERE, [401, 'login:<!doctype html>']];
    expect((await failureOf(create())).kind).toBe('unauthorised');
    expect(seen.map(({ body }) => body.method)).toEqual(Array(4).fill('common.db.login'));
  });

  test('to a Tryton that was upgraded meanwhile fails for now, and the next one signs in anew', async () => {
    replies = [
      NOT_HERE,
      SIGNED_IN,
      [200, '{"id": 1, "result": []}'],
      [405, ''],
      SIGNED_IN,
      [200, '{"id": 1, "result": [9]}'],
    ];
    const worker = client();
    await worker.searchRead('party.party', { domain: [], fields: [] }, {}, context);
    expect((await failureOf(worker.create('party.party', {}, {}, context))).kind).toBe('unavailable');
    expect(await worker.create('party.party', {}, {}, context)).toBe('9');
    expect(seen.map(({ url }) => url).slice(3)).toEqual(['/books/', '/books/rpc/', '/books/rpc/']);
  });

  test('passes a warning of 6.0 over by a record of the user, which counts once', async () => {
    const warning = '["invoice_payment_term_5", "The due date is over.", ""]';
    replies = [
      ...[NOT_HERE, SIGNED_IN],
      [200, `{"id": 1, "error": ["UserWarning", ${warning}]}`],
      [200, '{"id": 1, "result": [1]}'],
      [200, '{"id": 1, "result": null}'],
    ];
    await client().press('account.invoice', 'post', '5', { companyId: '2' }, context);
    expect(seen[3]?.body).toMatchObject({
      method: 'model.res.user.warning.create',
      params: [[{ user: 5, name: 'invoice_payment_term_5', always: false }], { language: 'en', company: 2 }],
    });
    expect(warnings).toEqual([expect.objectContaining({ document: 'account.invoice,[5]' })]);
  });

  test('stops at a warning that is not in the table', async () => {
    replies = [[200, '{"id": 1, "error": ["UserWarning", ["1f.invoice_similar", "The invoice is similar.", ""]]}']];
    const error = await failureOf(client().press('account.invoice', 'post', '5', {}, context));
    expect([error.kind, error.vendorCode, error.message]).toEqual([
      ...['rejected', 'WARNING', 'Tryton asks a person: The invoice is similar.'],
    ]);
    expect(warnings).toEqual([]);
  });

  test.each([
    [403, '', 'unauthorised', 'unauthorised'],
    [404, '', 'unavailable', 'unavailable'],
    [408, '', 'unavailable', 'timeout'],
    [423, '', 'unavailable', 'unavailable'],
    [429, '', 'throttled', 'throttled'],
    [500, '', 'unavailable', 'timeout'],
    // Tryton lost its database: whether the commit arrived is not known.
    [503, '<p>server closed the connection unexpectedly</p>', 'unavailable', 'timeout'],
    // Who asks to come again later stands in front of Tryton, and may have passed the call on.
    [503, 'retry-after:<p>busy</p>', 'unavailable', 'timeout'],
    [503, '<p>could not obtain lock on row in relation &#34;ir_sequ</p>', 'unavailable', 'unavailable'],
    [504, '', 'unavailable', 'timeout'],
    [200, '{"id": 1}', 'contract_broken', 'timeout'],
    [200, '{"id": 1, "res', 'contract_broken', 'timeout'],
    [200, '{"id": 1, "result": ["x"]}', 'ok', 'timeout'],
    [200, '{"id": 1, "error": ["UserError", ["No.", "", null]]}', 'rejected', 'rejected'],
  ])('answered %i %s is %s for a read and %s for a write', async (status, body, ofRead, ofWrite) => {
    if (ofRead !== 'ok') {
      replies = [[status, body]];
      expect((await failureOf(read())).kind).toBe(ofRead);
    }
    replies = [[status, body]];
    expect((await failureOf(create())).kind).toBe(ofWrite);
  });

  test('to a server that is not there was not sent', async () => {
    const nobody = client({ database: 'books' }, 'http://127.0.0.1:9');
    expect((await failureOf(nobody.create('party.party', {}, {}, context))).kind).toBe('unavailable');
  });

  test('for a company that is none of Tryton is refused before it is sent', async () => {
    const error = await failureOf(client().create('party.party', {}, { companyId: 'TL-DE' }, context));
    expect(error.kind).toBe('rejected');
    expect(seen).toEqual([]);
  });
});
