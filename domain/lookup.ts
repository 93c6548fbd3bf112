/**
 * Tables keyed by text from outside: codes, ids and object keys that other systems and people choose. A plain object
 * also answers for what every object inherits ("constructor", "toString") and swallows "__proto__"; these two functions
 * see and make own members only, and the table stays plain JSON.
 */

/** The table's own value for a key, or undefined. */
export function lookup<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Writes a value under a key, whatever the key is called. */
export function enter<T>(table: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(table, key, { value, writable: true, enumerable: true, configurable: true });
}
