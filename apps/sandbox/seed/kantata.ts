/**
 * What the Kantata account holds before anything happens: roles and the roster of consultants.
 */
import type { SeedObject } from '../core/store.ts';

const SEEDED_AT = '2025-12-01T09:00:00.000Z';

const ROLES: Record<string, string> = {
  11: 'Principal',
  12: 'Senior Consultant',
  13: 'Consultant',
  14: 'Analyst',
  15: 'Project Manager',
};

const CONSULTANTS: [name: string, roleId: string][] = [
  ['Amelia Hart', '11'],
  ['Jonas Weber', '11'],
  ['Haruka Sato', '12'],
  ['Omar Al-Sabah', '11'],
  ['Grace Miller', '12'],
  ['Oliver Reed', '12'],
  ['Lena Vogt', '12'],
  ['Kenji Mori', '13'],
  ['Fatima Nasser', '13'],
  ['Ethan Cole', '13'],
  ['Priya Shah', '13'],
  ['Tom Becker', '14'],
  ['Nora Quinn', '15'],
];

export function kantataSeed(): SeedObject[] {
  const stamps = { created_at: SEEDED_AT, updated_at: SEEDED_AT };
  const roles = Object.entries(ROLES).map(([id, name]) => ({ type: 'roles', id, object: { id, name, ...stamps } }));
  const users = CONSULTANTS.map(([fullName, roleId], index) => {
    const id = String(101 + index);
    const email = `${fullName.toLowerCase().replaceAll(' ', '.')}@throughline.example`;
    const role = { role_id: roleId, role_name: ROLES[roleId] ?? null, headline: ROLES[roleId] ?? null };
    return { type: 'users', id, object: { id, full_name: fullName, email_address: email, ...role, ...stamps } };
  });
  return [...roles, ...users];
}
