// Customers and contracts in a real Tryton, through the ERP port.
import type { ContractOrder } from '../../adapters/ports/index.ts';
import { decimal } from '../../scripts/tryton/rpc.ts';
import {
  americanCustomer,
  context,
  contractOrder as orderOf,
  errorOf,
  germanCustomer,
  startGround,
  type Ground,
  type Row,
} from './erp-support.ts';

let ground: Ground;
let germany: string;
let america: string;

beforeAll(async () => {
  ground = await startGround();
  germany = ground.company('TL-DE');
  america = ground.company('TL-US');
});
afterAll(() => ground?.tryton.stop());

const partiesOf = (key: string) =>
  ground.accountant.model<Record<string, unknown>[]>('party.party', 'search_read', [
    [
      ['code', '=', key],
      ['active', 'in', [true, false]],
    ],
    0,
    null,
    null,
    ['name', 'active', 'customer_payment_term.name', 'tax_identifier.code', 'customer_tax_rule.name', 'lang'],
  ]);

describe('a customer', () => {
  test('is put under our key with terms and tax, read back whole, changed, and taken out of use', async () => {
    const { erp, newKey } = ground;
    const key = newKey('customer');
    const customer = germanCustomer(germany);
    expect(await erp.findCustomer(key, context)).toBeUndefined();
    const customerId = await erp.putCustomer(key, customer, context);
    expect(await erp.findCustomer(key, context)).toEqual({ customerId, record: customer });
    expect(await partiesOf(key)).toEqual([
      expect.objectContaining({
        ...{ id: Number(customerId), name: 'Alpenwerk AG', active: true },
        'customer_payment_term.': expect.objectContaining({
          name: expect.stringContaining('30 days') as string,
        }) as unknown,
        'tax_identifier.': expect.objectContaining({ code: 'DE111111125' }) as unknown,
      }),
    ]);
    const changed = { ...customer, name: 'Alpenwerk SE', paymentTermsDays: 60, taxProfile: 'EU-RC', countryCode: 'AT' };
    const moved = { ...changed, vatNumber: null, currency: 'USD' };
    if (ground.tryton.series === '6.0') {
      // It has no way to take a number out of use, and we delete nothing: finance does.
      const error = await errorOf(erp.putCustomer(key, moved, context));
      expect([error.kind, error.message]).toEqual(['rejected', expect.stringMatching(/finance removes DE111111125/)]);
      const [{ id }] = (await ground.rows('party.identifier', [['party', '=', Number(customerId)]], ['id'])) as [Row];
      await ground.accountant.model('party.identifier', 'delete', [[id]]);
    }
    expect(await erp.putCustomer(key, moved, context)).toBe(customerId);
    expect((await erp.findCustomer(key, context))?.record).toEqual(moved);
    expect(await erp.putCustomer(key, customer, context)).toBe(customerId);
    expect((await erp.findCustomer(key, context))?.record).toEqual(customer);
    await erp.deactivateCustomer(key, context);
    await erp.deactivateCustomer(key, context);
    await erp.deactivateCustomer(newKey('customer'), context);
    expect(await partiesOf(key)).toEqual([expect.objectContaining({ active: false })]);
    expect((await erp.findCustomer(key, context))?.record.active).toBe(false);
  });

  test('that eight put at once, by workers that share nothing, is one party', async () => {
    const key = ground.newKey('customer');
    const ports = Array.from({ length: 8 }, () => ground.another());
    const ids = await Promise.allSettled(ports.map((erp) => erp.putCustomer(key, germanCustomer(germany), context)));
    const made = ids.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const parties = await partiesOf(key);
    expect(parties).toHaveLength(1);
    expect(new Set(made)).toEqual(new Set([String(parties[0]?.id)]));
  });

  test.each([
    [
      'a tax profile without a rule',
      { taxProfile: 'FR-STD' },
      /Throughline Beratung GmbH has no customer tax rule FR-STD/,
    ],
    ['terms that Tryton does not have', { paymentTermsDays: 37 }, /no payment term of 37 days/],
    ['a country that is not there', { countryCode: 'NZ' }, /no country NZ/],
    ['a currency that Tryton does not have', { currency: 'CHF' }, /no currency CHF/],
    ['a company of nobody', { erpEntityRef: '77' }, /no company "77"/],
  ])('with %s is refused in words that say who adds it, and nothing is created', async (_what, changes, words) => {
    const key = ground.newKey('customer');
    const error = await errorOf(ground.erp.putCustomer(key, germanCustomer(germany, changes), context));
    expect([error.kind, error.message]).toEqual(['rejected', expect.stringMatching(words)]);
    expect(await partiesOf(key)).toEqual([]);
  });

  test('with a VAT number whose check digit is wrong is refused in the words of Tryton', async () => {
    const key = ground.newKey('customer');
    const wrong = germanCustomer(germany, { vatNumber: 'DE123456789' });
    const error = await errorOf(ground.erp.putCustomer(key, wrong, context));
    expect([error.kind, error.message]).toEqual(['rejected', expect.stringContaining('DE123456789')]);
    expect(await partiesOf(key)).toEqual([]);
  });

  test('that somebody edits between our look and our write is not overwritten blindly', async () => {
    const key = ground.newKey('customer');
    const id = Number(await ground.erp.putCustomer(key, germanCustomer(germany), context));
    // Writes of both arrive in either order; whichever is second sees the first.
    const edits = Array.from({ length: 6 }, (_, index) =>
      ground.accountant.model('party.party', 'write', [[id], { name: `Edited ${String(index)}` }]),
    );
    const put = ground.erp.putCustomer(key, germanCustomer(germany, { paymentTermsDays: 14 }), context).then(
      () => 'put',
      (error: { kind: string }) => error.kind,
    );
    await Promise.allSettled(edits);
    expect(['put', 'unavailable', 'differs']).toContain(await put);
    await ground.erp.putCustomer(key, germanCustomer(germany, { paymentTermsDays: 14 }), context);
    expect((await ground.erp.findCustomer(key, context))?.record).toMatchObject({
      ...{ name: 'Alpenwerk AG', paymentTermsDays: 14 },
    });
  });

  test('of one company has its tax rule there and nowhere else', async () => {
    const key = ground.newKey('customer');
    const customerId = await ground.erp.putCustomer(key, americanCustomer(america), context);
    const rulesIn = async (companyId: string) =>
      ground.rows('party.party', [['id', '=', Number(customerId)]], ['customer_tax_rule.name'], Number(companyId));
    expect(await rulesIn(america)).toEqual([
      expect.objectContaining({ 'customer_tax_rule.': expect.objectContaining({ name: 'US-EXEMPT' }) as unknown }),
    ]);
    expect(await rulesIn(germany)).toEqual([expect.objectContaining({ 'customer_tax_rule.': null })]);
  });
});

const contractOrder = (customerId: string, changes: Partial<ContractOrder> = {}): ContractOrder =>
  orderOf({ customerId, companyId: germany }, changes);
const salesOf = (key: string) =>
  ground.rows('sale.sale', [['reference', '=', key]], ['state', 'untaxed_amount', 'comment', 'invoices', 'company']);
const newCustomer = () => ground.erp.putCustomer(ground.newKey('customer'), germanCustomer(germany), context);

describe('a contract', () => {
  test('is a quoted order with its schedule as information, once per key, and bills nothing', async () => {
    const { erp, newKey } = ground;
    const customerId = await newCustomer();
    const key = newKey('contract');
    expect(await erp.findContract(key, context)).toBeUndefined();
    const contractId = await erp.createContract(key, contractOrder(customerId), context);
    expect(await erp.createContract(key, contractOrder(customerId), context)).toBe(contractId);
    expect(await erp.findContract(key, context)).toEqual({
      ...{ contractId, currency: 'EUR', totalMinor: 9_440_010, scheduleTotalMinor: 9_440_010 },
      ...{ lineKeys: ['l1', 'l2'], active: true },
    });
    expect(await salesOf(key)).toEqual([
      expect.objectContaining({
        ...{ id: Number(contractId), state: 'quotation', untaxed_amount: decimal('94400.10'), invoices: [] },
        ...{ company: Number(germany), comment: expect.stringContaining('2031-03-01 | 44400.05 | February') as string },
      }),
    ]);
  });

  test('that eight ask for at once is one order', async () => {
    const customerId = await newCustomer();
    const key = ground.newKey('contract');
    const calls = Array.from({ length: 8 }, () => ground.erp.createContract(key, contractOrder(customerId), context));
    expect(new Set(await Promise.all(calls)).size).toBe(1);
    expect(await salesOf(key)).toHaveLength(1);
  });

  test('that was made and not quoted is gone on with', async () => {
    const customerId = await newCustomer();
    const key = ground.newKey('contract');
    const contractId = await ground.erp.createContract(key, contractOrder(customerId), context);
    await ground.accountant.model('sale.sale', 'draft', [[Number(contractId)]], Number(germany));
    expect(await ground.erp.createContract(key, contractOrder(customerId), context)).toBe(contractId);
    expect(await salesOf(key)).toEqual([expect.objectContaining({ state: 'quotation' })]);
  });

  test('is cancelled, however often, and made anew under the same key', async () => {
    const { erp } = ground;
    const customerId = await newCustomer();
    const key = ground.newKey('contract');
    const first = await erp.createContract(key, contractOrder(customerId), context);
    await erp.cancelContract(key, context);
    await erp.cancelContract(key, context);
    await erp.cancelContract(ground.newKey('contract'), context);
    expect(await erp.findContract(key, context)).toMatchObject({ contractId: first, active: false });
    const second = await erp.createContract(key, contractOrder(customerId), context);
    expect(second).not.toBe(first);
    expect((await salesOf(key)).map(({ state }) => state).sort()).toEqual(['cancelled', 'quotation']);
  });

  test('that sales confirmed makes no invoice, and its cancellation is told to be theirs', async () => {
    const key = ground.newKey('contract');
    const contractId = await ground.erp.createContract(key, contractOrder(await newCustomer()), context);
    await ground.accountant.model('sale.sale', 'confirm', [[Number(contractId)]], Number(germany));
    const error = await errorOf(ground.erp.cancelContract(key, context));
    expect([error.kind, error.message]).toEqual(['conflict', expect.stringMatching(/sales closes it/)]);
    expect(await salesOf(key)).toEqual([expect.objectContaining({ invoices: [] })]);
  });

  test('of a customer that is not there is refused, and so is a start that is no date', async () => {
    const key = ground.newKey('contract');
    expect((await errorOf(ground.erp.createContract(key, contractOrder('999999'), context))).kind).toBe('rejected');
    const undated = contractOrder(await newCustomer(), { startOn: 'soon' });
    expect((await errorOf(ground.erp.createContract(key, undated, context))).kind).toBe('rejected');
    expect(await salesOf(key)).toEqual([]);
  });
});
