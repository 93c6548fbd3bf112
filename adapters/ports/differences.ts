/** How what was read differs from what was wanted, in words for people: adapters and verify steps say it alike. */

/** One line for each field of `expected` that differs in `actual`; other fields are not looked at. */
export function differencesOf(expected: object, actual: object): string[] {
  const seen = actual as Readonly<Record<string, unknown>>;
  return Object.entries(expected)
    .filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(seen[field]))
    .map(([field, value]) => `${field} is ${JSON.stringify(seen[field])}, expected ${JSON.stringify(value)}`);
}
