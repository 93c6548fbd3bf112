/**
 * Record types of the simulated NetSuite account: fields that can be written, what refers to what, sublists. Custom
 * fields (cust...) are those that the integration's bundle would install.
 */
export interface RecordType {
  name: string;
  fields: readonly string[];
  required: readonly string[];
  /** Name of the sublist and the fields of its lines. */
  sublists: Readonly<Record<string, readonly string[]>>;
  /** Prefix of document numbers; absent where the record is not a transaction. */
  numbering?: string;
  /** `type` in SuiteQL's transaction table. */
  suiteqlType?: string;
  /** Created by transform or by nobody, not by POST and PUT. */
  closed?: boolean;
}

const words = (text: string): string[] => text.split(' ');

const ITEM = words('item quantity rate amount description taxCode custcol_line_key billingSchedule isClosed');
const COMMON = 'entity subsidiary currency tranDate otherRefNum memo custbody_engagement_id custbody_line_id';

export const RECORD_TYPES: readonly RecordType[] = [
  {
    name: 'customer',
    required: ['companyName', 'subsidiary'],
    fields: words(
      'companyName subsidiary entityId currency terms email vatRegNumber custentity_tax_profile parent isInactive ' +
        'creditHoldOverride comments defaultAddress custentity_crm_id',
    ),
    sublists: {},
  },
  {
    name: 'billingSchedule',
    required: ['name', 'scheduleType'],
    fields: words('name scheduleType currency frequency initialAmount isInactive memo custrecord_engagement_id'),
    sublists: {
      milestone: words('milestoneAmount milestoneDate comments custrecord_line_key'),
      recurrence: words('amount recurrenceDate comments'),
    },
  },
  {
    name: 'salesOrder',
    required: ['entity', 'subsidiary', 'currency', 'item'],
    fields: words(`${COMMON} startDate endDate billingSchedule`),
    sublists: { item: ITEM },
    numbering: 'SO',
    suiteqlType: 'SalesOrd',
  },
  {
    name: 'invoice',
    required: ['entity', 'subsidiary', 'currency', 'tranDate', 'item'],
    fields: words(`${COMMON} dueDate terms createdFrom custbody_billing_key`),
    sublists: { item: ITEM },
    numbering: 'INV',
    suiteqlType: 'CustInvc',
  },
  {
    name: 'creditMemo',
    required: [],
    fields: words(`${COMMON} createdFrom custbody_billing_key`),
    sublists: { item: ITEM },
    numbering: 'CM',
    suiteqlType: 'CustCred',
    closed: true,
  },
  {
    name: 'customerPayment',
    required: ['customer', 'subsidiary', 'currency', 'tranDate', 'payment'],
    fields: words('customer subsidiary currency tranDate payment memo'),
    sublists: { apply: ['doc', 'amount', 'apply'] },
    numbering: 'PAY',
    suiteqlType: 'CustPymt',
  },
  {
    name: 'journalEntry',
    required: ['subsidiary', 'currency', 'tranDate', 'line'],
    fields: words(
      'subsidiary currency tranDate memo exchangeRate reversalDate custbody_engagement_id custbody_book ' +
        'custbody_source_event custbody_reverses',
    ),
    sublists: { line: words('account debit credit memo entity custcol_line_key') },
    numbering: 'JE',
    suiteqlType: 'Journal',
  },
  ...['subsidiary', 'account', 'accountingPeriod', 'taxCode', 'item', 'currency', 'term'].map((name) => ({
    name,
    required: [],
    fields: [],
    sublists: {},
    closed: true,
  })),
];

export function recordTypeOf(name: string): RecordType | undefined {
  return RECORD_TYPES.find((type) => type.name === name);
}

/** Field -> record types that it may point to. */
export const REFERENCES: Readonly<Record<string, readonly string[]>> = {
  entity: ['customer'],
  customer: ['customer'],
  parent: ['customer'],
  subsidiary: ['subsidiary'],
  currency: ['currency'],
  terms: ['term'],
  item: ['item'],
  taxCode: ['taxCode'],
  account: ['account'],
  billingSchedule: ['billingSchedule'],
  createdFrom: ['salesOrder', 'invoice'],
  postingPeriod: ['accountingPeriod'],
  doc: ['invoice'],
};

export const DATES = words('tranDate dueDate startDate endDate reversalDate milestoneDate recurrenceDate');
export const NUMBERS = words('quantity rate amount debit credit payment milestoneAmount initialAmount exchangeRate');
export const FLAGS = words('isInactive isClosed apply');
/** Choices that come and go as `{id}`. */
export const CHOICES = words('scheduleType frequency creditHoldOverride status');
