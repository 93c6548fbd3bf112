/**
 * A small firm and its deals, as unit tests of the domain use them: four legal entities whose currencies have none, two
 * and three decimals, and one good deal per pricing model, to be bent by each test.
 */
import { type Accounts, type Configuration, DEFAULT_POLICY, type LegalEntity } from '../../../domain/configuration.ts';
import type { Deal, DealLine } from '../../../domain/deal/deal.ts';

const ACCOUNTS: Accounts = {
  receivable: '1100',
  'unbilled-receivable': '1110',
  'contract-asset': '1120',
  'contract-liability': '2300',
  revenue: '4000',
  'tax-payable': '2200',
  cash: '1000',
  'project-cost': '5000',
  'payroll-clearing': '2100',
};

export function legalEntity(changes: Partial<LegalEntity> = {}): LegalEntity {
  return {
    legalEntityId: 'TL-UK',
    name: 'Throughline UK',
    countryCode: 'GB',
    functionalCurrency: 'GBP',
    timeZone: 'Europe/London',
    psaConnectionId: 'psa-1',
    erpConnectionId: 'erp-1',
    erpEntityRef: '1',
    rounding: { mode: 'half-away-from-zero', tax: 'per-rate' },
    accounts: ACCOUNTS,
    taxProfiles: {
      'GB-STD': { ratePercent: '20', code: 'GB-STD', reverseCharge: false },
      'EU-RC': { ratePercent: '0', code: 'EU-RC', reverseCharge: true },
    },
    holidays: [],
    ...changes,
  };
}

export const CONFIGURATION: Configuration = {
  connections: {},
  legalEntities: {
    'TL-UK': legalEntity(),
    'TL-DE': legalEntity({
      legalEntityId: 'TL-DE',
      name: 'Throughline Deutschland',
      countryCode: 'DE',
      functionalCurrency: 'EUR',
      taxProfiles: {
        'DE-STD': { ratePercent: '19', code: 'DE-STD', reverseCharge: false },
        'EU-RC': { ratePercent: '0', code: 'EU-RC', reverseCharge: true },
      },
    }),
    'TL-JP': legalEntity({
      legalEntityId: 'TL-JP',
      name: 'Throughline Japan',
      countryCode: 'JP',
      functionalCurrency: 'JPY',
      taxProfiles: { 'GB-STD': { ratePercent: '10', code: 'JP-STD', reverseCharge: false } },
    }),
    'TL-KW': legalEntity({
      legalEntityId: 'TL-KW',
      name: 'Throughline Kuwait',
      countryCode: 'KW',
      functionalCurrency: 'KWD',
      rounding: { mode: 'half-even', tax: 'per-line' },
      taxProfiles: { 'GB-STD': { ratePercent: '5', code: 'KW-5', reverseCharge: false } },
    }),
  },
  deliveryTemplates: { 'TM-STANDARD': { templateId: 'TM-STANDARD', psaTemplateRef: '1' } },
  contractTemplates: ['MSA-2025'],
  serviceLines: ['Advisory'],
  policy: DEFAULT_POLICY,
};

/** 80 h x 180 + 300 h x 140 = 14,400 + 42,000 = 56,400.00 GBP over three months. */
export function timeLine(changes: Partial<DealLine> = {}): DealLine {
  const demand = { startOn: null, endOn: null };
  return {
    lineId: 'line-t',
    name: 'Review',
    legalEntityId: 'TL-UK',
    currency: 'GBP',
    amount: '56400.00',
    pricingModel: 'Time and Materials',
    billingFrequency: 'Monthly',
    billingTiming: 'Arrears',
    startOn: '2026-01-01',
    endOn: '2026-03-31',
    periodFee: null,
    ceilingAmount: '60000',
    expenseMarkupPercent: '5',
    roles: [
      { roleId: 'r1', role: 'Principal', hours: '80', billRate: '180', ...demand },
      { roleId: 'r2', role: 'Senior Consultant', hours: '300', billRate: '140', ...demand },
    ],
    milestones: [],
    ...changes,
  };
}

/** 30,000 + 36,000 + 24,000 = 90,000.00 GBP. */
export function fixedLine(changes: Partial<DealLine> = {}): DealLine {
  return timeLine({
    lineId: 'line-f',
    name: 'Platform',
    amount: '90000.00',
    pricingModel: 'Fixed Fee Milestone',
    billingFrequency: null,
    billingTiming: 'On Milestone',
    ceilingAmount: null,
    expenseMarkupPercent: null,
    milestones: [
      { milestoneId: 'm2', name: 'Build', sequence: 2, amount: '36000', dueOn: '2026-02-27' },
      { milestoneId: 'm1', name: 'Blueprint', sequence: 1, amount: '30000', dueOn: '2026-01-30' },
      { milestoneId: 'm3', name: 'Go-live', sequence: 3, amount: '24000', dueOn: '2026-03-31' },
    ],
    ...changes,
  });
}

/** 3 x 4,000 = 12,000.00 GBP. */
export function retainerLine(changes: Partial<DealLine> = {}): DealLine {
  return timeLine({
    lineId: 'line-r',
    name: 'Support',
    amount: '12000.00',
    pricingModel: 'Retainer',
    billingTiming: 'Advance',
    periodFee: '4000',
    ceilingAmount: null,
    expenseMarkupPercent: null,
    roles: [],
    ...changes,
  });
}

/** A deal of one T&M line, unless other lines are given; the amount is the sum of lines in GBP. */
export function deal(changes: Partial<Deal> = {}): Deal {
  const lines = changes.lines ?? [timeLine()];
  return {
    connectionId: 'crm-1',
    dealId: '006A',
    version: '7',
    name: 'Store review',
    stage: 'won',
    closedOn: '2025-12-19',
    amount: String(lines.reduce((sum, line) => sum + Number(line.amount), 0)),
    currency: 'GBP',
    legalEntityId: 'TL-UK',
    serviceLine: 'Advisory',
    region: 'EMEA',
    startOn: '2026-01-01',
    endOn: '2026-12-31',
    contractTemplate: 'MSA-2025',
    deliveryTemplate: 'TM-STANDARD',
    purchaseOrder: 'PO-1',
    customer: {
      accountId: '001A',
      name: 'Northwind Retail Ltd',
      parentAccountId: '001P',
      street: '4 Mill Street',
      city: 'Leeds',
      postalCode: 'LS1 4AP',
      countryCode: 'GB',
      currency: 'GBP',
      taxProfile: 'GB-STD',
      vatNumber: 'GB300000002',
      paymentTermsDays: 30,
    },
    ...changes,
    lines,
  };
}
