/**
 * What the Salesforce org holds before anything happens.
 */
import type { SeedObject } from '../core/store.ts';
import { monthsTo, movedBy } from './base-month.ts';
import { customerObjects } from './customers.ts';
import { dealObjects } from './deals.ts';

const SEEDED_AT = '2025-12-01T09:00:00.000+0000';

export function salesforceSeed(baseMonth: string): SeedObject[] {
  const stamps = { IsDeleted: false, CreatedDate: SEEDED_AT, SystemModstamp: SEEDED_AT };
  return movedBy(monthsTo(baseMonth), [...customerObjects(), ...dealObjects()]).map(({ type, id, object }) => ({
    type,
    id,
    object: { ...object, ...stamps },
  }));
}
