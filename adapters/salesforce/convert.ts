/**
 * From Salesforce's words to ours and back, without calls. Nothing is judged here: a deal with an unknown currency or
 * without a tax profile must be readable, so that validation can say what is wrong with it.
 */
import type { Deal, DealCustomer, DealLine, DealMilestone, DealRole } from '../../domain/deal/deal.ts';
import { isCurrency } from '../../domain/money/currency.ts';
import { formatDecimal, parseMoney } from '../../domain/money/money.ts';
import { exactNumber, plainDecimal } from '../http/decimal-text.ts';
import type { DealWriteBack } from '../ports/crm.port.ts';
import {
  OUR_FIELDS,
  type WireAccount,
  type WireLine,
  type WireMilestone,
  type WireOpportunity,
  type WireRole,
  type WireWriteBack,
} from './wire.ts';

/** All records of one deal. */
export interface WireDeal {
  opportunity: WireOpportunity;
  account: WireAccount | undefined;
  lines: WireLine[];
  roles: WireRole[];
  milestones: WireMilestone[];
}

/**
 * The instant that Salesforce writes as `2026-01-31T09:30:00.000+0000`, in the form that sorts as text. @throws
 * RangeError
 */
export function instantOf(stamp: string | null): string {
  return new Date((stamp ?? '').replace(/([+-]\d{2})(\d{2})$/, '$1:$2')).toISOString();
}

/**
 * The whole deal. Its version is the latest change stamp of its records, so that a changed role or milestone counts
 * too.
 */
export function fromWireDeal(connectionId: string, wire: WireDeal): Deal {
  const { opportunity, account, lines, roles, milestones } = wire;
  const records = [opportunity, ...(account === undefined ? [] : [account]), ...lines, ...roles, ...milestones];
  const version = records.map((record) => instantOf(record.SystemModstamp)).reduce((a, b) => (a > b ? a : b));
  return {
    connectionId,
    dealId: opportunity.Id,
    version,
    name: opportunity.Name ?? '',
    stage: opportunity.IsWon ? 'won' : opportunity.IsClosed ? 'lost' : 'open',
    closedOn: opportunity.CloseDate,
    amount: decimalOrNull(opportunity.Amount),
    currency: opportunity.CurrencyIsoCode,
    legalEntityId: opportunity.Legal_Entity__c,
    serviceLine: opportunity.Service_Line__c,
    region: opportunity.Region__c,
    startOn: opportunity.Start_Date__c,
    endOn: opportunity.End_Date__c,
    contractTemplate: opportunity.Contract_Template__c,
    deliveryTemplate: opportunity.Delivery_Template__c,
    purchaseOrder: opportunity.PO_Number__c,
    customer: account === undefined ? null : fromWireAccount(account),
    lines: lines.map((line) =>
      fromWireLine(
        line,
        opportunity.CurrencyIsoCode,
        roles.filter((role) => role.Line__c === line.Id),
        milestones.filter((milestone) => milestone.Line__c === line.Id),
      ),
    ),
  };
}

function fromWireAccount(account: WireAccount): DealCustomer {
  const terms = account.Payment_Terms_Days__c;
  return {
    accountId: account.Id,
    name: account.Name ?? '',
    parentAccountId: account.ParentId,
    street: account.BillingStreet,
    city: account.BillingCity,
    postalCode: account.BillingPostalCode,
    countryCode: account.BillingCountryCode,
    currency: account.CurrencyIsoCode,
    taxProfile: account.Tax_Profile__c,
    vatNumber: account.VAT_Number__c,
    paymentTermsDays: terms === null ? null : Number(terms),
  };
}

/** A line without its own currency and amount is in the deal's currency at its total price. */
function fromWireLine(
  line: WireLine,
  dealCurrency: string | null,
  roles: WireRole[],
  milestones: WireMilestone[],
): DealLine {
  return {
    lineId: line.Id,
    name: line.Name ?? '',
    legalEntityId: line.Legal_Entity__c,
    currency: line.Line_Currency__c ?? dealCurrency,
    amount: decimalOrNull(line.Line_Amount__c ?? (line.Line_Currency__c === null ? line.TotalPrice : null)),
    pricingModel: line.Pricing_Model__c,
    billingFrequency: line.Billing_Frequency__c,
    billingTiming: line.Billing_Timing__c,
    startOn: line.Start_Date__c,
    endOn: line.End_Date__c,
    periodFee: decimalOrNull(line.Period_Fee__c),
    ceilingAmount: decimalOrNull(line.Ceiling_Amount__c),
    expenseMarkupPercent: decimalOrNull(line.Expense_Markup_Percent__c),
    roles: roles.map(fromWireRole),
    milestones: milestones.map(fromWireMilestone).sort((a, b) => a.sequence - b.sequence),
  };
}

/** Hours and rate that are missing become '0', which validation refuses as not positive. */
function fromWireRole(role: WireRole): DealRole {
  return {
    roleId: role.Id,
    role: role.Role__c ?? '',
    hours: decimalOrNull(role.Hours__c) ?? '0',
    billRate: decimalOrNull(role.Bill_Rate__c) ?? '0',
    startOn: role.Start_Date__c,
    endOn: role.End_Date__c,
  };
}

function fromWireMilestone(milestone: WireMilestone): DealMilestone {
  return {
    milestoneId: milestone.Id,
    name: milestone.Name ?? '',
    sequence: Number(milestone.Sequence__c ?? 0),
    amount: decimalOrNull(milestone.Amount__c) ?? '0',
    dueOn: milestone.Due_Date__c,
  };
}

/** Our fields as they are; amounts with the decimals of the deal's currency, so that equal amounts are equal text. */
export function fromWireWriteBack(wire: WireWriteBack): Required<DealWriteBack> {
  return {
    engagementId: wire[OUR_FIELDS.engagementId],
    stage: wire[OUR_FIELDS.stage],
    projectRef: wire[OUR_FIELDS.projectRef],
    contractRef: wire[OUR_FIELDS.contractRef],
    billedAmount: amountIn(wire.CurrencyIsoCode, wire[OUR_FIELDS.billedAmount]),
    paidAmount: amountIn(wire.CurrencyIsoCode, wire[OUR_FIELDS.paidAmount]),
  };
}

/** The given fields as Salesforce wants them. @throws TypeError for an amount that a JSON number would not hold */
export function toWireWriteBack(fields: DealWriteBack): Record<string, string | number | null> {
  const wire: Record<string, string | number | null> = {};
  for (const name of ['engagementId', 'stage', 'projectRef', 'contractRef'] as const) {
    const value = fields[name];
    if (value !== undefined) wire[OUR_FIELDS[name]] = value;
  }
  for (const name of ['billedAmount', 'paidAmount'] as const) {
    const value = fields[name];
    if (value !== undefined) wire[OUR_FIELDS[name]] = value === null ? null : exactNumber(value);
  }
  return wire;
}

function amountIn(currency: string | null, text: string | null): string | null {
  if (text === null) return null;
  const decimal = plainDecimal(text);
  return currency !== null && isCurrency(currency) ? formatDecimal(parseMoney(decimal, currency)) : decimal;
}

function decimalOrNull(text: string | null): string | null {
  return text === null ? null : plainDecimal(text);
}
