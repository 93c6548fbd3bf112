/**
 * Objects and fields of the simulated Salesforce org. Names ending in __c are custom fields that the customer's
 * administrator added; the Throughline_ ones are written by the integration.
 */
export type FieldType = 'id' | 'reference' | 'string' | 'double' | 'currency' | 'date' | 'datetime' | 'boolean';

export interface Field {
  name: string;
  type: FieldType;
  required?: boolean;
  readOnly?: boolean;
  externalId?: boolean;
}

export interface SObject {
  name: string;
  /** Key prefix of its ids. */
  prefix: string;
  fields: readonly Field[];
}

const COMMON: readonly Field[] = [
  { name: 'Id', type: 'id', readOnly: true },
  { name: 'SystemModstamp', type: 'datetime', readOnly: true },
  { name: 'CreatedDate', type: 'datetime', readOnly: true },
  { name: 'IsDeleted', type: 'boolean', readOnly: true },
];

function fields(type: FieldType, names: string): Field[] {
  return names.split(' ').map((name) => ({ name, type }));
}

function required(type: FieldType, names: string): Field[] {
  return fields(type, names).map((field) => ({ ...field, required: true }));
}

function readOnly(type: FieldType, names: string): Field[] {
  return fields(type, names).map((field) => ({ ...field, readOnly: true }));
}

const OBJECTS: readonly SObject[] = [
  {
    name: 'Account',
    prefix: '001',
    fields: [
      ...required('string', 'Name'),
      ...fields('reference', 'ParentId'),
      ...fields('string', 'BillingStreet BillingCity BillingPostalCode BillingCountryCode CurrencyIsoCode'),
      ...fields('string', 'Tax_Profile__c VAT_Number__c'),
      ...fields('double', 'Payment_Terms_Days__c'),
    ],
  },
  {
    name: 'Opportunity',
    prefix: '006',
    fields: [
      ...required('string', 'Name StageName'),
      ...required('date', 'CloseDate'),
      ...fields('reference', 'AccountId'),
      ...readOnly('boolean', 'IsWon IsClosed'),
      ...fields('currency', 'Amount'),
      ...fields('string', 'CurrencyIsoCode Legal_Entity__c Service_Line__c Region__c'),
      ...fields('date', 'Start_Date__c End_Date__c'),
      ...fields('string', 'Contract_Template__c Delivery_Template__c PO_Number__c Owner_Email__c'),
      { name: 'Throughline_Id__c', type: 'string', externalId: true },
      ...fields('string', 'Throughline_Stage__c Throughline_Project_Ref__c Throughline_Contract_Ref__c'),
      ...fields('currency', 'Throughline_Billed__c Throughline_Paid__c'),
    ],
  },
  {
    name: 'OpportunityLineItem',
    prefix: '00k',
    fields: [
      ...required('reference', 'OpportunityId'),
      ...fields('string', 'Name Legal_Entity__c Line_Currency__c Pricing_Model__c'),
      ...fields('string', 'Billing_Frequency__c Billing_Timing__c'),
      ...fields('double', 'Quantity Sort_Order__c Expense_Markup_Percent__c'),
      ...fields('currency', 'UnitPrice TotalPrice Line_Amount__c Ceiling_Amount__c Period_Fee__c'),
      ...fields('date', 'Start_Date__c End_Date__c'),
    ],
  },
  {
    name: 'Quote_Role__c',
    prefix: 'a01',
    fields: [
      ...required('reference', 'Opportunity__c Line__c'),
      ...fields('string', 'Role__c'),
      ...fields('double', 'Hours__c Bill_Rate__c'),
      ...fields('date', 'Start_Date__c End_Date__c'),
    ],
  },
  {
    name: 'Contract_Milestone__c',
    prefix: 'a02',
    fields: [
      ...required('reference', 'Opportunity__c Line__c'),
      ...fields('string', 'Name'),
      ...fields('double', 'Sequence__c'),
      ...fields('currency', 'Amount__c'),
      ...fields('date', 'Due_Date__c'),
    ],
  },
].map((object) => ({ ...object, fields: [...COMMON, ...object.fields] }) as SObject);

/** The object of that name, in any case of letters. */
export function sobjectOf(name: string): SObject | undefined {
  return OBJECTS.find((object) => object.name.toLowerCase() === name.toLowerCase());
}

/** The field of that name, in any case of letters. */
export function fieldOf(object: SObject, name: string): Field | undefined {
  return object.fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
}
