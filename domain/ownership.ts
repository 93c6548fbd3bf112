/**
 * Which system owns which field, for everything that Throughline can see of the connected systems, and what it may
 * write there (R15, decisions.md 24). A write outside this table is refused before it is sent: none of the systems may
 * find its own truth overwritten. Objects and fields have the names of the ports, never a vendor's.
 */
import { DomainError } from './errors.ts';
import { lookup } from './lookup.ts';

/** The kinds of connected systems. */
export type SystemKind = 'crm' | 'psa' | 'erp';

/** Where the truth of a field is. */
export type Owner = SystemKind | 'throughline';

/**
 * What Throughline may do with a field: keep it up to date, give it once when the object is made (from then on it
 * belongs to the system that has it), or only read it.
 */
export type WriteRule = 'keep' | 'create' | 'read';

/** Ownership of one field. */
export interface FieldOwnership {
  owner: Owner;
  write: WriteRule;
}

type Fields = Readonly<Record<string, FieldOwnership>>;

function fields(owner: Owner, write: WriteRule, names: string): Fields {
  return Object.fromEntries(names.split(' ').map((name) => [name, { owner, write }]));
}

/** The table: system, object, field. */
export const OWNERSHIP: Readonly<Record<SystemKind, Readonly<Record<string, Fields>>>> = {
  crm: {
    deal: {
      ...fields('throughline', 'keep', 'engagementId stage'),
      ...fields('psa', 'keep', 'projectRef'),
      // Copies, so that sales sees them where it works.
      ...fields('erp', 'keep', 'contractRef billedAmount paidAmount'),
      ...fields(
        'crm',
        'read',
        'name amount currency closedOn startOn endOn legalEntityId serviceLine region customer lines',
      ),
      ...fields('crm', 'read', 'contractTemplate deliveryTemplate purchaseOrder'),
    },
    customer: fields(
      'crm',
      'read',
      'name parentAccountId street city postalCode countryCode currency taxProfile vatNumber paymentTermsDays',
    ),
  },
  psa: {
    project: {
      ...fields('psa', 'create', 'title startOn endOn currency budgetMinor templateRef tasks milestones'),
      // Taken out of use when set-up is undone, closed when the engagement completes.
      ...fields('throughline', 'keep', 'archived'),
    },
    link: fields('throughline', 'keep', 'engagementId contractRef status'),
    demand: {
      ...fields('throughline', 'create', 'demandKey role minutes startOn endOn'),
      ...fields('throughline', 'keep', 'withdrawn'),
    },
    timeEntry: fields('psa', 'read', 'resourceId role workedOn minutes billable state'),
    expense: fields('psa', 'read', 'resourceId category incurredOn amountMinor currency billable state'),
    milestone: fields('psa', 'read', 'title state'),
  },
  erp: {
    customer: {
      ...fields('crm', 'keep', 'name currency taxProfile vatNumber paymentTermsDays countryCode'),
      ...fields('throughline', 'keep', 'erpEntityRef active'),
    },
    contract: {
      ...fields(
        'throughline',
        'create',
        'customerId erpEntityRef currency title engagementId projectRef startOn endOn lines schedule',
      ),
      ...fields('throughline', 'keep', 'active'),
    },
    invoice: {
      ...fields(
        'throughline',
        'create',
        'customerId contractId erpEntityRef currency invoiceOn dueOn purchaseOrder memo taxCode lines',
      ),
      ...fields('erp', 'read', 'number netMinor taxMinor totalMinor unpaidMinor state'),
    },
    creditNote: {
      ...fields('throughline', 'create', 'customerId invoiceId erpEntityRef currency creditedOn memo taxCode lines'),
      ...fields('erp', 'read', 'number netMinor taxMinor totalMinor'),
    },
    journal: fields('throughline', 'create', 'erpEntityRef currency postedOn memo lines'),
    payment: fields('erp', 'read', 'totalMinor unpaidMinor paidOn state'),
    exchangeRate: fields('erp', 'read', 'rateType base currency validFrom rate quote'),
    period: fields('erp', 'read', 'name startOn endOn state'),
  },
};

/** Who owns a field; undefined when the table does not have it. */
export function ownershipOf(system: SystemKind, object: string, field: string): FieldOwnership | undefined {
  const fieldsOfObject = lookup(OWNERSHIP[system], object);
  return fieldsOfObject && lookup(fieldsOfObject, field);
}

/**
 * Passes when Throughline may write all the fields of an object, when it is made (`create`) or afterwards (`update`).
 * @throws OWNERSHIP_VIOLATION naming each field and its owner
 */
export function assertMayWrite(
  system: SystemKind,
  object: string,
  fieldNames: readonly string[],
  moment: 'create' | 'update' = 'update',
): void {
  const violations = fieldNames.flatMap((field) => {
    const ownership = ownershipOf(system, object, field);
    if (ownership?.write === 'keep' || (ownership?.write === 'create' && moment === 'create')) return [];
    if (!ownership) return [`${field} (not in the ownership table)`];
    return [
      `${field} (${ownership.write === 'create' ? 'given once, at creation' : `owned by the ${ownership.owner}`})`,
    ];
  });
  if (violations.length === 0) return;
  const message = `Throughline may not ${moment} these fields of ${object} in the ${system}: ${violations.join(', ')}`;
  throw new DomainError('OWNERSHIP_VIOLATION', message, { system, object, fields: fieldNames, moment });
}
