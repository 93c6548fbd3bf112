/** Who uses a shared ERP customer, and what the last of them has to put back (ADR 0008). */
import type { DataSource } from 'typeorm';
import { SYSTEM } from '../../../domain/actor.ts';
import { type Books, createBooks } from '../../../persistence/books.ts';
import { createDataSource } from '../../../persistence/data-source.ts';
import { freshDatabase } from '../../support/database.ts';

const FIRST = { name: 'as it was' };

describe('uses of a customer', () => {
  let dataSource: DataSource;
  let books: Books;
  beforeAll(async () => {
    dataSource = await createDataSource(await freshDatabase()).initialize();
    books = createBooks(dataSource);
  });
  afterAll(() => dataSource.destroy());

  async function useOf(dealId: string, customerKey: string) {
    const deal = { connectionId: 'sf-emea', dealId, correlationId: 'cor', requestedBy: SYSTEM };
    const { engagement } = await books.engagements.forDeal(deal);
    return { connectionId: 'ns', customerKey, engagementId: engagement.engagementId };
  }

  test('who ends first hands on what it found; what was not there stays not there', async () => {
    const [a, b] = [await useOf('d-1', 'k-1'), await useOf('d-2', 'k-1')];
    await books.customerUses.begin(a, null);
    await books.customerUses.begin(b, FIRST);
    const [next] = await books.customerUses.others(a);
    expect(next).toEqual({ ...b, isNewer: true });
    await books.customerUses.end(a, next);
    expect(await books.customerUses.find(b)).toEqual({ found: null, living: true });
    expect(await books.customerUses.find(a)).toEqual({ found: null, living: false });
    expect(await books.customerUses.others(b)).toEqual([]);
  });

  test('who came last and ends first hands nothing on', async () => {
    const [a, b] = [await useOf('d-3', 'k-2'), await useOf('d-4', 'k-2')];
    await books.customerUses.begin(a, FIRST);
    await books.customerUses.begin(b, { name: 'as a has it' });
    expect(await books.customerUses.others(b)).toEqual([{ ...a, isNewer: false }]);
    await books.customerUses.end(b, undefined);
    expect(await books.customerUses.find(a)).toEqual({ found: FIRST, living: true });
  });

  test('a use that is begun or ended again stays as it was; after its end it begins anew', async () => {
    const [a, b] = [await useOf('d-5', 'k-3'), await useOf('d-6', 'k-3')];
    await books.customerUses.begin(a, FIRST);
    await books.customerUses.begin(a, { name: 'as a has it' });
    expect(await books.customerUses.find(a)).toEqual({ found: FIRST, living: true });
    await books.customerUses.begin(b, { name: 'as a has it' });
    await books.customerUses.end(a, b);
    await books.customerUses.begin(b, null);
    await books.customerUses.end(a, b);
    expect(await books.customerUses.find(b)).toEqual({ found: FIRST, living: true });
    await books.customerUses.begin(a, { name: 'as b has it' });
    expect(await books.customerUses.find(a)).toEqual({ found: { name: 'as b has it' }, living: true });
    expect(await books.customerUses.others(b)).toEqual([{ ...a, isNewer: true }]);
  });

  test('one at a time: the second is told at once, and goes on when the first has ended, even badly', async () => {
    let told: unknown;
    const first = books.alone('customer k', async () => {
      told = await books.alone('customer k', () => Promise.resolve('in'));
      throw new Error('the ERP is away');
    });
    await expect(first).rejects.toThrow('the ERP is away');
    expect(told).toBeUndefined();
    expect(await books.alone('customer k', () => Promise.resolve('in'))).toEqual({ value: 'in' });
  });

  test('what was written while alone stays when the work fails afterwards', async () => {
    const a = await useOf('d-7', 'k-4');
    const failing = books.alone('customer k-4', async (inOne) => {
      await inOne.customerUses.begin(a, null);
      throw new Error('the ERP gave no answer');
    });
    await expect(failing).rejects.toThrow('the ERP gave no answer');
    expect(await books.customerUses.find(a)).toEqual({ found: null, living: true });
  });
});
