// What a Tryton of ours holds before anything happens, as data: modules, companies, accounts, taxes, years, people.
// Companies are legal entities of the sandbox profile, with the same account numbers and tax codes, so that one
// configuration fits both ERPs. seed.py carries it out and knows nothing of the business.
import { ACCOUNT_ROLES, type AccountRole, type LegalEntity } from '../../domain/configuration.ts';
import { sandboxConfiguration } from '../up/sandbox-profile.ts';
import type { Series } from './tools.ts';
import { groupName, technicalUserOf } from './rights.ts';

/** Of both series; requirements.txt pins the packages of 8.2. */
export const MODULES: readonly string[] = [
  ...['party', 'company', 'currency', 'country', 'product'],
  ...['account', 'account_product', 'account_invoice', 'account_payment', 'account_payment_clearing'],
  // An invoice line may name an account of the balance sheet only where its type is one of deposits.
  'account_deposit',
  ...['timesheet', 'timesheet_cost', 'project', 'project_revenue', 'project_invoice', 'project_plan'],
  ...['sale', 'sale_opportunity'],
];

/**
 * The legal entities that are companies in Tryton: two currencies, one with taxes and one without. The first is the one
 * that people see when they log in.
 */
const ENTITIES = ['TL-DE', 'TL-US'];

/** How an account of ours is told to Tryton: which of its account types it has. */
type AccountKind =
  | ('receivable' | 'payable' | 'asset' | 'liability' | 'revenue' | 'expense')
  // Of the balance sheet, and named by invoice lines: what is billed was recognised before, or is owed.
  | ('billed-asset' | 'billed-liability');

/** The roles of everyday postings. */
const KINDS: Readonly<Record<(typeof ACCOUNT_ROLES)[number], [kind: AccountKind, title: string]>> = {
  cash: ['asset', 'Cash at bank'],
  receivable: ['receivable', 'Trade receivables'],
  'unbilled-receivable': ['billed-asset', 'Unbilled receivables'],
  'contract-asset': ['billed-asset', 'Contract assets'],
  'tax-payable': ['liability', 'Tax payable'],
  'contract-liability': ['billed-liability', 'Contract liabilities'],
  'payroll-clearing': ['liability', 'Payroll clearing'],
  revenue: ['revenue', 'Revenue from services'],
  'project-cost': ['expense', 'Project cost'],
};

/** Later roles that have an account of their own; the others share one of those above (sandbox-profile.ts). */
const LATER_KINDS = {
  'exchange-gain': ['revenue', 'Exchange differences'],
  'erp-transfer': ['asset', 'Balances from other systems'],
} as const satisfies Partial<Record<AccountRole, [kind: AccountKind, title: string]>>;

/** Accounts that Tryton needs and our postings do not. */
const FURTHER_ACCOUNTS = [
  { role: 'payable', kind: 'payable', title: 'Trade payables', code: '2000' },
  { role: 'payment-clearing', kind: 'asset', title: 'Payments in transit', code: '1090', reconcile: true },
  { role: 'differences', kind: 'expense', title: 'Small differences', code: '5900' },
];

/** Hourly cost is not a whole number on purpose: a cost that was rounded somewhere shows. */
const EMPLOYEES: Readonly<Record<string, [name: string, role: string, cost: string][]>> = {
  'TL-DE': [
    ['Jonas Weber', 'PRINCIPAL', '95.75'],
    ['Lena Vogt', 'SENIOR-CONSULTANT', '71.25'],
    ['Tom Becker', 'ANALYST', '43.15'],
  ],
  'TL-US': [
    ['Grace Miller', 'SENIOR-CONSULTANT', '88.40'],
    ['Ethan Cole', 'CONSULTANT', '66.85'],
  ],
};

const PRODUCTS = [
  { code: 'PRINCIPAL', name: 'Principal, hour', unit: 'hour', price: '260' },
  { code: 'SENIOR-CONSULTANT', name: 'Senior Consultant, hour', unit: 'hour', price: '210' },
  { code: 'CONSULTANT', name: 'Consultant, hour', unit: 'hour', price: '170' },
  { code: 'ANALYST', name: 'Analyst, hour', unit: 'hour', price: '120' },
  { code: 'PROJECT-MANAGER', name: 'Project Manager, hour', unit: 'hour', price: '190' },
  { code: 'MILESTONE', name: 'Milestone', unit: 'fee', price: '1000' },
  { code: 'RETAINER', name: 'Retainer, month', unit: 'fee', price: '5000' },
];

/** People of the customer's house, for what is not ours to do. Their groups are Tryton's own. */
const PEOPLE = [
  {
    login: 'accountant',
    name: 'Accountant',
    groups: [
      ...['Accounting', 'Accounting Administration', 'Account Product Administration', 'Payment', 'Payment Approval'],
      ...['Party Administration', 'Sales'],
    ],
  },
  {
    login: 'project-lead',
    name: 'Project lead',
    groups: ['Project Administration', 'Project Invoice', 'Timesheet Administration', 'Employee Administration'],
  },
];

/** Accounting settings of products are for everybody who may change products in 6.0. */
function hasGroup(name: string, series: Series): boolean {
  return series === '8.2' || name !== 'Account Product Administration';
}

function companyOf(entity: LegalEntity) {
  const accounts = ACCOUNT_ROLES.map((role) => {
    const [kind, title] = KINDS[role];
    return { role, code: entity.accounts[role], kind, title, reconcile: kind === 'receivable' };
  });
  const later = (['exchange-gain', 'erp-transfer'] as const).map((role) => {
    const [kind, title] = LATER_KINDS[role];
    return { role, code: entity.accounts[role], kind, title, reconcile: false };
  });
  return {
    legalEntityId: entity.legalEntityId,
    name: entity.name,
    country: entity.countryCode,
    currency: entity.functionalCurrency,
    timeZone: entity.timeZone,
    // Tryton rounds once per tax of a document or once per line, as the entity has agreed with its ERP.
    taxRounding: entity.rounding.tax === 'per-rate' ? 'document' : 'line',
    accounts: [...accounts, ...later, ...FURTHER_ACCOUNTS],
    taxes: Object.values(entity.taxProfiles),
    // A customer has a tax profile by having its rule.
    taxRules: Object.entries(entity.taxProfiles).map(([name, { code }]) => ({ name, tax: code })),
    employees: (EMPLOYEES[entity.legalEntityId] ?? []).map(([name, role, cost]) => ({ name, role, cost })),
  };
}

/**
 * All that seed.py needs. Years begin before the sandbox's own January 2026 and reach to where tests and the demo go:
 * 2031, and three years after the given one.
 */
export function seedPlan(thisYear: number, series: Series = '8.2') {
  const { legalEntities } = sandboxConfiguration({ sandboxUrl: '' });
  return {
    technicalUser: technicalUserOf(series),
    people: PEOPLE.map((person) => ({
      ...person,
      groups: person.groups.filter((name) => hasGroup(name, series)).map((name) => groupName(name, series)),
    })),
    years: { first: 2025, last: Math.max(2034, thisYear + 3) },
    // Rates to the euro of a day long ago: what is converted is plausible, and the same every time.
    currencies: [
      { code: 'EUR', number: '978', name: 'Euro', symbol: '€', digits: 2, rate: '1' },
      { code: 'USD', number: '840', name: 'US Dollar', symbol: '$', digits: 2, rate: '1.10' },
      { code: 'GBP', number: '826', name: 'Pound Sterling', symbol: '£', digits: 2, rate: '0.85' },
      { code: 'JPY', number: '392', name: 'Yen', symbol: '¥', digits: 0, rate: '160' },
      { code: 'KWD', number: '414', name: 'Kuwaiti Dinar', symbol: 'KD', digits: 3, rate: '0.335' },
    ],
    countries: [
      ...[
        ['Germany', 'DE'],
        ['United States', 'US'],
        ['United Kingdom', 'GB'],
        ['Japan', 'JP'],
        ['Kuwait', 'KW'],
      ],
      ...[
        ['Austria', 'AT'],
        ['Belgium', 'BE'],
        ['Switzerland', 'CH'],
        ['Spain', 'ES'],
        ['France', 'FR'],
      ],
      ...[
        ['Ireland', 'IE'],
        ['Italy', 'IT'],
        ['Luxembourg', 'LU'],
        ['Netherlands', 'NL'],
        ['Poland', 'PL'],
      ],
    ].map(([name, code]) => ({ name, code })),
    paymentTermsDays: [0, 14, 30, 45, 60, 90],
    products: PRODUCTS,
    companies: ENTITIES.map((id) => companyOf(legalEntities[id] as LegalEntity)),
  };
}
