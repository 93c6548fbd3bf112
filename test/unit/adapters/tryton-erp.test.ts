// What the ERP port on Tryton decides without Tryton: how a line is written, whose turn it is, and what it writes.
import { setTimeout as delay } from 'node:timers/promises';
import { claimsInProcess } from '../../../adapters/ports/claims.ts';
import { lineKeyOf, noteOf, pricedLine, toMinor } from '../../../adapters/tryton/convert.ts';
import { createWrites, theOne } from '../../../adapters/tryton/once.ts';
import { WRITES } from '../../../adapters/tryton/wire.ts';
import { RIGHTS } from '../../../scripts/tryton/rights.ts';

const context = { correlationId: 'cor_1', actorSubject: 'system:test' };
const place = { connectionId: 'tr-1', operation: 'create account.invoice' };
const line = (quantity: string, amountMinor: number) => ({
  ...{ lineKey: 'l1', title: 'Analyst', quantity, amountMinor, account: '1150' },
});

describe('a line', () => {
  test.each([
    // 688.75 / 7.25 = 95
    ['7.25', 68_875, 'EUR', { quantity: 7.25, unitPrice: '95' }],
    // 1,000.00 / 3 = 333.3333; 3 x 333.3333 = 999.9999, less than half a cent away
    ['3', 100_000, 'EUR', { quantity: 3, unitPrice: '333.3333' }],
    // 77,777.77 / 333.33 = 233.3356; 333.33 x 233.3356 = 77,777.755548, further than half a cent
    ['333.33', 7_777_777, 'EUR', { quantity: 1, unitPrice: '77777.77', description: 'Analyst (333.33)' }],
    ['1', 1, 'EUR', { quantity: 1, unitPrice: '0.01', description: 'Analyst' }],
    // dinars have three decimals, yen none
    ['2', 12_155_125, 'KWD', { quantity: 2, unitPrice: '6077.5625' }],
    ['8', 98_765, 'JPY', { quantity: 8, unitPrice: '12345.625' }],
    ['0', 100, 'EUR', { quantity: 1, unitPrice: '1.00', description: 'Analyst (0)' }],
  ])('of %s for %i %s is written so that Tryton comes to that amount', (quantity, amountMinor, currency, expected) => {
    expect(pricedLine(line(quantity, amountMinor), currency, 1)).toMatchObject(expected);
  });

  test('has the digits of a quantity that series 6.0 takes, or is one piece there', () => {
    // 33 h 20 min at 95.00 = 3,166.67
    const hours = line('33.3333', 316_667);
    expect(pricedLine(hours, 'EUR', 1, '8.2')).toMatchObject({ quantity: 33.3333 });
    expect(pricedLine(hours, 'EUR', 1, '6.0')).toEqual({
      ...{ quantity: 1, unitPrice: '3166.67', description: 'Analyst (33.3333)' },
    });
    // More digits than a number of JSON holds.
    expect(pricedLine(line('33.33333333333333333', 316_667), 'EUR', 1, '8.2')).toMatchObject({ quantity: 1 });
    expect(pricedLine(line('7.25', 68_875), 'EUR', 1, '6.0')).toMatchObject({ quantity: 7.25, unitPrice: '95' });
  });

  test('that gives back has a negative quantity and the same price', () => {
    expect(pricedLine(line('7.25', 68_875), 'EUR', -1)).toMatchObject({ quantity: -7.25, unitPrice: '95' });
  });

  test('keeps its key in the note, also where people wrote around it', () => {
    expect(lineKeyOf(noteOf('l1'))).toBe('l1');
    expect(lineKeyOf(`as agreed\n${noteOf('l1')}\nthanks`)).toBe('l1');
    expect(lineKeyOf('as agreed')).toBeNull();
    expect(lineKeyOf(null)).toBeNull();
  });
});

test('an amount with more decimals than its currency is not understood', () => {
  expect(toMinor('12.5000', 'EUR')).toBe(1_250);
  expect(() => toMinor('12.505', 'EUR')).toThrow('more than the 2 decimal digits');
});

describe('writes', () => {
  const newWrites = () =>
    createWrites({ connectionId: 'tr-1', timeoutMs: 1_000, claims: claimsInProcess(), warn: () => undefined });

  test('on the same books go one after the other, also after one that failed; on others at once', async () => {
    const writes = newWrites();
    const seen: string[] = [];
    const work =
      (name: string, ms: number, fails = false) =>
      async () => {
        seen.push(`${name} begins`);
        await delay(ms);
        seen.push(`${name} ends`);
        if (fails) throw new Error(name);
      };
    const first = writes.alone('company 1', context, work('a', 40, true)).catch(() => undefined);
    const second = writes.alone('company 1', context, work('b', 1));
    const other = writes.alone('company 2', context, work('c', 1));
    await Promise.all([first, second, other]);
    expect(seen).toEqual(['a begins', 'c begins', 'c ends', 'a ends', 'b begins', 'b ends']);
  });

  test('whose time is up before their turn are not begun', async () => {
    const writes = newWrites();
    const giveUp = new AbortController();
    const first = writes.alone('company 1', context, () => delay(20));
    const late = writes.alone('company 1', { ...context, signal: giveUp.signal }, () => Promise.resolve('begun'));
    giveUp.abort(new Error('time is up'));
    await expect(late).rejects.toMatchObject({ kind: 'unavailable' });
    await first;
  });

  test('of which two came to be are told with both ids', () => {
    expect(theOne(place, 'k', [])).toBeUndefined();
    expect(theOne(place, 'k', [{ id: '7' }])).toEqual({ id: '7' });
    const two = (): unknown => theOne(place, 'k', [{ id: '7' }, { id: '9' }]);
    expect(two).toThrow('k is there 2 times in Tryton (7, 9)');
    expect(two).toThrow(expect.objectContaining({ kind: 'conflict', vendorCode: 'DUPLICATE' }) as Error);
  });
});

test('what is written, the technical user has the right to make and to change', () => {
  for (const model of Object.keys(WRITES)) {
    const right = RIGHTS.find(({ models }) => models.includes(model));
    expect([model, right?.may]).toEqual([model, expect.arrayContaining(['read', 'create', 'write'])]);
  }
});
