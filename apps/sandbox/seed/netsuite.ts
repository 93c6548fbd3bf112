/**
 * What the NetSuite account holds before anything happens: subsidiaries, currencies, tax codes, items, terms, a chart
 * of accounts per subsidiary, and accounting periods of which those before December 2025 are closed.
 */
import type { JsonObject } from '../core/json.ts';
import { monthsTo } from './base-month.ts';
import type { SeedObject } from '../core/store.ts';

const SEEDED_AT = '2025-12-01T09:00:00.000Z';
const FIRST_PERIOD = { year: 2025, month: 10 };
const PERIODS = 39; // October 2025 to December 2028
const CLOSED_PERIODS = 2; // October and November 2025

const SUBSIDIARIES = [
  { name: 'Throughline UK Ltd', code: 'UK', currency: '1', timeZone: 'Europe/London', taxRounding: 'total-half-up' },
  { name: 'Throughline GmbH', code: 'DE', currency: '2', timeZone: 'Europe/Berlin', taxRounding: 'total-half-up' },
  { name: 'Throughline KK', code: 'JP', currency: '3', timeZone: 'Asia/Tokyo', taxRounding: 'line-down' },
  { name: 'Throughline Kuwait WLL', code: 'KW', currency: '4', timeZone: 'Asia/Kuwait', taxRounding: 'total-half-up' },
  { name: 'Throughline Inc', code: 'US', currency: '5', timeZone: 'America/New_York', taxRounding: 'total-half-up' },
];
const CURRENCIES = ['GBP', 'EUR', 'JPY', 'KWD', 'USD'];
const TAX_CODES: [name: string, rate: number][] = [
  ['GB-STD', 20],
  ['DE-STD', 19],
  ['JP-STD', 10],
  ['KW-NONE', 0],
  ['US-EXEMPT', 0],
  ['EU-RC', 0],
];
const TERMS: [name: string, days: number][] = [
  ['Net 14', 14],
  ['Net 30', 30],
  ['Net 45', 45],
  ['Net 60', 60],
];
const ITEMS: Record<string, string> = {
  101: 'Time and materials',
  102: 'Milestone',
  103: 'Retainer',
  104: 'Expense rebill',
};
const ACCOUNTS: Record<string, string> = {
  1000: 'Cash',
  1100: 'Receivable',
  1150: 'Unbilled receivable',
  1160: 'Contract asset',
  1990: 'Clearing between ledgers',
  2200: 'Tax payable',
  2300: 'Contract liability',
  2400: 'Payroll clearing',
  4000: 'Revenue',
  5000: 'Project cost',
  7000: 'Exchange differences',
};

export function netsuiteSeed(baseMonth: string): SeedObject[] {
  const subsidiaryIds = SUBSIDIARIES.map((_, index) => String(index + 1));
  return [
    ...SUBSIDIARIES.map((subsidiary, index) => seeded('subsidiary', String(index + 1), subsidiary)),
    ...CURRENCIES.map((name, index) => seeded('currency', String(index + 1), { name })),
    ...TAX_CODES.map(([name, rate], index) => seeded('taxCode', String(index + 1), { name, rate })),
    ...TERMS.map(([name, daysUntilNetDue], index) => seeded('term', String(index + 1), { name, daysUntilNetDue })),
    ...Object.entries(ITEMS).map(([id, name]) => seeded('item', id, { name })),
    ...subsidiaryIds.flatMap((subsidiary) => [
      ...accountsOf(subsidiary),
      ...periodsOf(subsidiary, monthsTo(baseMonth)),
    ]),
  ];
}

function seeded(type: string, id: string, object: JsonObject): SeedObject {
  return { type, id, object: { id, ...object, createdDate: SEEDED_AT, lastModifiedDate: SEEDED_AT } };
}

function accountsOf(subsidiary: string): SeedObject[] {
  return Object.entries(ACCOUNTS).map(([acctNumber, fullName]) =>
    seeded('account', `${subsidiary}${acctNumber}`, { acctNumber, fullName, subsidiary }),
  );
}

function periodsOf(subsidiary: string, shiftMonths: number): SeedObject[] {
  return Array.from({ length: PERIODS }, (_, index) => {
    const months = FIRST_PERIOD.year * 12 + FIRST_PERIOD.month - 1 + index + shiftMonths;
    const [year, month] = [Math.floor(months / 12), (months % 12) + 1];
    const periodName = `${year}-${String(month).padStart(2, '0')}`;
    const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
    return seeded('accountingPeriod', `${subsidiary}${periodName.replace('-', '')}`, {
      periodName,
      startDate: `${periodName}-01`,
      endDate: `${periodName}-${lastDay}`,
      closed: index < CLOSED_PERIODS,
      subsidiary,
    });
  });
}
