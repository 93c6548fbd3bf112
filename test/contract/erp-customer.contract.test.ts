// What every ERP adapter must do with customers, which may be edited, run over HTTP against the simulated NetSuite.
import type { ErpPort } from '../../adapters/ports/index.ts';
import { context, errorOf, startWorld, UK, type World } from './support.ts';

let world: World;
let erp: ErpPort;
let count = 0;

beforeAll(async () => {
  world = await startWorld();
  erp = world.systems.erp('ns-main');
});
afterAll(() => world.close());
beforeEach(() => world.mark());
afterEach(() => world.clearFaults());

const newKey = (step: string) => `eng_customer-${step}-${String((count += 1))}`;
const effectsOf = async (type: string) => (await world.rows(type)).map((row) => row.effect);

describe('a customer', () => {
  test('is put under our key, read back whole, changed, and taken out of use', async () => {
    const key = newKey('customer');
    expect(await erp.findCustomer(key, context)).toBeUndefined();
    const customerId = await erp.putCustomer(key, UK, context);
    expect(await erp.findCustomer(key, context)).toEqual({ customerId, record: UK });
    expect(await erp.putCustomer(key, { ...UK, vatNumber: null, paymentTermsDays: 60 }, context)).toBe(customerId);
    expect((await erp.findCustomer(key, context))?.record).toEqual({ ...UK, vatNumber: null, paymentTermsDays: 60 });
    await erp.deactivateCustomer(key, context);
    await erp.deactivateCustomer(key, context);
    await erp.deactivateCustomer(newKey('customer'), context);
    expect((await erp.findCustomer(key, context))?.record.active).toBe(false);
    expect(await effectsOf('customer')).toEqual(['created', 'changed', 'changed']);
    expect((await world.rows()).filter((row) => row.effect === 'none')).toEqual([]);
  });

  test('put, or taken out of use, and not kept by the ERP is told field by field', async () => {
    const key = newKey('customer');
    await erp.putCustomer(key, UK, context);
    const swallow = { system: 'netsuite', operation: 'P* */customer/*', writesOnly: true, fault: 'swallow', times: 2 };
    await world.fault(swallow);
    const put = await errorOf(erp.putCustomer(key, { ...UK, paymentTermsDays: 60 }, context));
    expect([put.kind, put.message]).toEqual([
      'differs',
      'it was written, but reads back differently: paymentTermsDays is 30, expected 60',
    ]);
    expect((await errorOf(erp.deactivateCustomer(key, context))).kind).toBe('differs');
  });

  test('put without an answer and again is one customer', async () => {
    const key = newKey('customer');
    await world.fault({ system: 'netsuite', operation: `PUT */customer/eid:${key}`, fault: 'fail-after' });
    expect((await errorOf(erp.putCustomer(key, UK, context))).kind).toBe('timeout');
    await erp.putCustomer(key, UK, context);
    expect(await effectsOf('customer')).toEqual(['created']);
  });

  test('with terms that the ERP does not have is refused', async () => {
    const error = await errorOf(erp.putCustomer(newKey('customer'), { ...UK, paymentTermsDays: 37 }, context));
    expect([error.kind, error.vendorCode]).toEqual(['rejected', 'INVALID_KEY_OR_REF']);
  });
});
