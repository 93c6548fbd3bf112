/**
 * What the Salesforce org holds before anything happens.
 */
import type { SeedObject } from '../core/store.ts';
import { customerObjects } from './customers.ts';
import { dealObjects } from './deals.ts';

const SEEDED_AT = '2025-12-01T09:00:00.000+0000';

export function salesforceSeed(): SeedObject[] {
  const stamps = { IsDeleted: false, CreatedDate: SEEDED_AT, SystemModstamp: SEEDED_AT };
  return [...customerObjects(), ...dealObjects()].map(({ type, id, object }) => ({
    type,
    id,
    object: { ...object, ...stamps },
  }));
}
