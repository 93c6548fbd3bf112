/**
 * Which ERP serves a legal entity (R67). The date of a document decides, once: what was made stays where it was made
 * and is asked there ever after, so a change of the table routes what comes and never what was (ADR 0014).
 */
import type { ErpAssignment, LegalEntity } from './configuration.ts';
import { DomainError } from './errors.ts';
import { lookup } from './lookup.ts';
import type { PlainDate } from './time/plain-date.ts';

/** A row of an entity's table: the ERP that it began with has no `from`. */
export type ErpRow = ErpAssignment & { from?: PlainDate };

function tableOf({ erpConnectionId, erpEntityRef, erpChanges = [] }: LegalEntity): [ErpRow, ...ErpRow[]] {
  return [{ erpConnectionId, erpEntityRef }, ...erpChanges];
}

/** @throws ERP_NOT_ASSIGNED */
function rowOf(entity: LegalEntity, connectionId: string): ErpRow {
  const row = tableOf(entity).find(({ erpConnectionId }) => erpConnectionId === connectionId);
  if (row) return row;
  const { legalEntityId } = entity;
  const message = `legal entity ${legalEntityId} has documents in ERP ${connectionId}, which its table does not name`;
  throw new DomainError('ERP_NOT_ASSIGNED', `${message}: put it back`, { legalEntityId, connectionId });
}

/** The ERP that the table names for documents of a date. */
export function erpOf(entity: LegalEntity, on: PlainDate): ErpRow {
  const [first, ...changes] = tableOf(entity);
  return changes.findLast(({ from = '' }) => from <= on) ?? first;
}

/**
 * The ERP for a new document of an engagement whose documents are made in `current` so far: that of the date, but never
 * one that the engagement has left.
 * @throws ERP_NOT_ASSIGNED when the table does not name `current`
 */
export function nextErpOf(entity: LegalEntity, on: PlainDate, current: string): ErpRow {
  const [here, there] = [rowOf(entity, current), erpOf(entity, on)];
  return (there.from ?? '') > (here.from ?? '') ? there : here;
}

/**
 * The legal entity as one of its ERPs knows it: with the id, accounts, tax codes and rounding of tax that it has there.
 * No connection named: the ERP that it began with.
 * @throws ERP_NOT_ASSIGNED when the table does not name the ERP
 */
export function inErp(entity: LegalEntity, connectionId: string = entity.erpConnectionId): LegalEntity {
  const { accounts, accountChanges = {}, taxProfiles } = entity;
  const { erpConnectionId, erpEntityRef, ...own } = rowOf(entity, connectionId);
  // A change of a number holds in every ERP that uses it, so not where the role has a number of its own.
  const shared = Object.entries(accountChanges).filter(([role]) => lookup(own.accounts ?? {}, role) === undefined);
  const profiles = Object.entries(taxProfiles).map(([name, profile]) => {
    return [name, { ...profile, code: lookup(own.taxCodes ?? {}, name) ?? profile.code }] as const;
  });
  const known: LegalEntity = {
    ...entity,
    ...{ erpConnectionId, erpEntityRef, accounts: { ...accounts, ...own.accounts } },
    accountChanges: { ...Object.fromEntries(shared), ...own.accountChanges },
    rounding: { ...entity.rounding, ...own.taxRounding },
    taxProfiles: Object.fromEntries(profiles),
  };
  delete known.erpChanges; // It knows of no other.
  return known;
}

/** The posting dates for which an ERP serves an entity by the table; undefined where it never does. */
export function servedBy(
  entity: LegalEntity,
  connectionId: string,
): { from: PlainDate | null; untilExclusive: PlainDate | null } | undefined {
  const table = tableOf(entity);
  const index = table.findIndex(({ erpConnectionId }) => erpConnectionId === connectionId);
  if (index < 0) return undefined;
  return { from: table[index]?.from ?? null, untilExclusive: table[index + 1]?.from ?? null };
}

/** The ERPs of an entity by the table, in the order in which they serve it. */
export function erpsOf(entity: LegalEntity): string[] {
  return tableOf(entity).map(({ erpConnectionId }) => erpConnectionId);
}
