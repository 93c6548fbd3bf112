/** Roles that must not meet in one person (operations.md, section 5: static conflicts, refused at grant time). */

const CONFLICTS: readonly [a: string, b: string, why: string][] = [
  ['fin-preparer', 'fin-approver', 'who prepares an invoice does not approve it'],
  ...['ops', 'delivery', 'fin-preparer', 'fin-approver', 'integration'].flatMap((role): [string, string, string][] => [
    ['admin', role, 'an administrator does no business'],
    ['auditor', role, 'an auditor changes nothing'],
  ]),
  ['integration', 'delivery', 'a machine approves nothing'],
  ['integration', 'fin-approver', 'a machine approves nothing'],
  ['integration', 'fin-preparer', 'a machine approves nothing'],
];

/** Why these roles cannot be granted together, or undefined. */
export function conflictOf(roles: readonly string[]): string | undefined {
  const found = CONFLICTS.find(([a, b]) => roles.includes(a) && roles.includes(b));
  return found && `the roles ${found[0]} and ${found[1]} cannot be granted together: ${found[2]}`;
}
