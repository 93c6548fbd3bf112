/**
 * Salesforce as it is on the wire: the fields we read and the few we write. Numbers arrive as decimal text
 * (http/decimal-text.ts). Custom fields end in `__c`; docs of the integration package list them for the administrator
 * of the org.
 */

/** Field lists by object, as asked for in SOQL. */
export const FIELDS = {
  opportunity: [
    'Id',
    'Name',
    'AccountId',
    'IsWon',
    'IsClosed',
    'Amount',
    'CurrencyIsoCode',
    'CloseDate',
    'SystemModstamp',
    'Legal_Entity__c',
    'Service_Line__c',
    'Region__c',
    'Start_Date__c',
    'End_Date__c',
    'Contract_Template__c',
    'Delivery_Template__c',
    'PO_Number__c',
  ],
  account: [
    'Id',
    'Name',
    'ParentId',
    'BillingStreet',
    'BillingCity',
    'BillingPostalCode',
    'BillingCountryCode',
    'CurrencyIsoCode',
    'Tax_Profile__c',
    'VAT_Number__c',
    'Payment_Terms_Days__c',
    'SystemModstamp',
  ],
  line: [
    'Id',
    'Name',
    'Legal_Entity__c',
    'Line_Currency__c',
    'Line_Amount__c',
    'TotalPrice',
    'Pricing_Model__c',
    'Billing_Frequency__c',
    'Billing_Timing__c',
    'Start_Date__c',
    'End_Date__c',
    'Ceiling_Amount__c',
    'Period_Fee__c',
    'Expense_Markup_Percent__c',
    'SystemModstamp',
  ],
  role: ['Id', 'Line__c', 'Role__c', 'Hours__c', 'Bill_Rate__c', 'Start_Date__c', 'End_Date__c', 'SystemModstamp'],
  milestone: ['Id', 'Line__c', 'Name', 'Sequence__c', 'Amount__c', 'Due_Date__c', 'SystemModstamp'],
} as const;

type Nullable<Fields extends readonly string[]> = { [Field in Fields[number]]: string | null };

/** The booleans of an opportunity stay booleans; the rest is text or null. */
export type WireOpportunity = Omit<Nullable<typeof FIELDS.opportunity>, 'Id' | 'IsWon' | 'IsClosed'> & {
  Id: string;
  IsWon: boolean;
  IsClosed: boolean;
};
export type WireAccount = Nullable<typeof FIELDS.account> & { Id: string };
export type WireLine = Nullable<typeof FIELDS.line> & { Id: string };
export type WireRole = Nullable<typeof FIELDS.role> & { Id: string };
export type WireMilestone = Nullable<typeof FIELDS.milestone> & { Id: string };

/** Our own fields on an opportunity by their name in the port: all that we ever write. */
export const OUR_FIELDS = {
  engagementId: 'Throughline_Id__c',
  stage: 'Throughline_Stage__c',
  projectRef: 'Throughline_Project_Ref__c',
  contractRef: 'Throughline_Contract_Ref__c',
  billedAmount: 'Throughline_Billed__c',
  paidAmount: 'Throughline_Paid__c',
} as const;

/** Our fields as they are on the deal, with the currency that the amounts are in. */
export type WireWriteBack = { [Field in (typeof OUR_FIELDS)[keyof typeof OUR_FIELDS]]: string | null } & {
  CurrencyIsoCode: string | null;
};

/** A page of a query. */
export interface WireQueryPage<R> {
  records: R[];
  done: boolean;
  nextRecordsUrl?: string | null;
}

/** What a token request answers. */
export interface WireToken {
  access_token: string;
}

/** One entry of Salesforce's error list. */
export interface WireError {
  message?: string;
  errorCode?: string;
}

/** Every object and field that this adapter writes (checked against the ownership table). */
export const WRITES: { object: string; fields: readonly string[] }[] = [
  { object: 'Opportunity', fields: Object.values(OUR_FIELDS) },
];
