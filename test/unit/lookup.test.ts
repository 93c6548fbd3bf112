/** Tables keyed by text from outside hold what was entered and nothing that every object inherits. */
import { enter, lookup } from '../../domain/lookup.ts';
import { ownershipOf } from '../../domain/ownership.ts';

const NAMES = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];

describe('a table keyed by text from outside', () => {
  test.each(NAMES)('does not have "%s" before it was entered, and has it afterwards, also through JSON', (name) => {
    const table: Record<string, string> = {};
    expect(lookup(table, name)).toBeUndefined();
    enter(table, name, 'one');
    enter(table, name, 'two');
    expect(lookup(table, name)).toBe('two');
    const copy = JSON.parse(JSON.stringify(table)) as Record<string, string>;
    expect(lookup(copy, name)).toBe('two');
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  test.each(NAMES)('nobody owns the field "%s" of any object, nor an object of that name', (name) => {
    expect(ownershipOf('crm', 'deal', name)).toBeUndefined();
    expect(ownershipOf('crm', name, name)).toBeUndefined();
  });
});
