/**
 * A deal as a CRM tells it: canonical names, nothing checked yet. Amounts are decimal strings and codes are plain text,
 * because a deal with an unknown currency or a missing tax profile must be readable before it can be refused (R27,
 * R28).
 */
import type { PlainDate } from '../time/plain-date.ts';

/** The customer of a deal, as its CRM account states it. */
export interface DealCustomer {
  accountId: string;
  name: string;
  parentAccountId: string | null;
  street: string | null;
  city: string | null;
  postalCode: string | null;
  countryCode: string | null;
  currency: string | null;
  taxProfile: string | null;
  vatNumber: string | null;
  paymentTermsDays: number | null;
}

/** A role of the quote: what resource demand, budget and rate card are made of. */
export interface DealRole {
  roleId: string;
  role: string;
  /** Quoted hours, a decimal string. */
  hours: string;
  /** Price of one hour in the line's currency, a decimal string. */
  billRate: string;
  startOn: PlainDate | null;
  endOn: PlainDate | null;
}

/** A milestone of the contract as sold. */
export interface DealMilestone {
  milestoneId: string;
  name: string;
  sequence: number;
  amount: string;
  dueOn: PlainDate | null;
}

/** One line of the deal; each line may belong to another legal entity and currency (R114). */
export interface DealLine {
  lineId: string;
  name: string;
  legalEntityId: string | null;
  currency: string | null;
  amount: string | null;
  pricingModel: string | null;
  billingFrequency: string | null;
  billingTiming: string | null;
  startOn: PlainDate | null;
  endOn: PlainDate | null;
  periodFee: string | null;
  ceilingAmount: string | null;
  expenseMarkupPercent: string | null;
  roles: DealRole[];
  milestones: DealMilestone[];
}

/** A deal read from a CRM. `version` is the CRM's own change stamp; a later change has a greater one. */
export interface Deal {
  connectionId: string;
  dealId: string;
  version: string;
  name: string;
  stage: 'open' | 'won' | 'lost';
  closedOn: PlainDate | null;
  amount: string | null;
  currency: string | null;
  legalEntityId: string | null;
  serviceLine: string | null;
  region: string | null;
  startOn: PlainDate | null;
  endOn: PlainDate | null;
  contractTemplate: string | null;
  deliveryTemplate: string | null;
  purchaseOrder: string | null;
  customer: DealCustomer | null;
  lines: DealLine[];
}
