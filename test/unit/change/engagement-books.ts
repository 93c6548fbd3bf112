/** A contract of three lines in its fourth month, with its books: the worked example of domain/change/README.md. */
import type { Amendment } from '../../../domain/change/amendment.ts';
import type { ChangeOrder } from '../../../domain/change/change-order.ts';
import type { ContractBooks } from '../../../domain/change/contract-books.ts';
import type { PricedWork, Standing } from '../../../domain/change/rerate-work.ts';
import type { Obligation, ObligationChange } from '../../../domain/change/revenue-change.ts';
import type { Contract, ContractLine, RateLine } from '../../../domain/deal/contract.ts';
import { openingBalance } from '../../../domain/ledger/balances.ts';
import { parseMoney } from '../../../domain/money/money.ts';
import type { ScheduleRow } from '../../../domain/revenue/revenue-schedule.ts';

export const gbp = (amount: string) => parseMoney(amount, 'GBP');

const line = { legalEntityId: 'UK', startOn: '2026-01-01', endOn: '2026-12-31', roles: [] };

export const BUILD: ContractLine = {
  ...line,
  lineId: 'build',
  name: 'Build',
  endOn: '2026-06-30',
  value: gbp('100000'),
  pricing: {
    model: 'fixed-fee',
    milestones: [
      { milestoneId: 'M1', name: 'Design', amount: gbp('30000'), dueOn: '2026-01-31' },
      { milestoneId: 'M2', name: 'Go-live', amount: gbp('70000'), dueOn: '2026-06-30' },
    ],
  },
};

export const CARE: ContractLine = {
  ...line,
  lineId: 'care',
  name: 'Care',
  value: gbp('12000'),
  pricing: { model: 'retainer', periodFee: gbp('1000'), timing: 'advance' },
};

export const RATES: RateLine[] = [{ role: 'Consultant', hourlyRate: '100', validFrom: '2026-01-01', validTo: null }];
export const DEARER: RateLine[] = [
  ...RATES,
  { role: 'Consultant', hourlyRate: '110', validFrom: '2026-03-01', validTo: null },
];

export const ADVICE: ContractLine = {
  ...line,
  lineId: 'advice',
  name: 'Advice',
  value: gbp('20000'),
  roles: [{ roleId: 'r', role: 'Consultant', budgetMinutes: 12_000, startOn: '2026-01-01', endOn: '2026-12-31' }],
  pricing: {
    model: 'time-and-materials',
    rateCardId: 'card',
    rateCardVersion: 1,
    rates: RATES,
    expenseMarkupPercent: '0',
    ceiling: gbp('25000'),
  },
};

export const CONTRACT: Contract = {
  version: 1,
  dealId: 'D-1',
  dealVersion: '1',
  name: 'Programme',
  leadLegalEntityId: 'UK',
  serviceLine: 'consulting',
  contractTemplate: 'standard',
  deliveryTemplate: 'standard',
  purchaseOrder: 'PO-1',
  startOn: '2026-01-01',
  endOn: '2026-12-31',
  customer: {
    customerKey: 'crm:A-1',
    accountId: 'A-1',
    name: 'Acme',
    parentAccountId: null,
    street: null,
    city: null,
    postalCode: null,
    countryCode: 'GB',
    taxProfile: 'standard',
    vatNumber: null,
    paymentTermsDays: 30,
  },
  lines: [BUILD, CARE, ADVICE],
};

/** Ten hours of a consultant at 100.00. */
export function tenHours(entryId: string, workedOn: string, standing: Standing): PricedWork {
  return {
    contractLineId: 'advice',
    entry: { kind: 'time', entryId, workedOn, role: 'Consultant', minutes: 600, billable: true },
    amount: gbp('1000'),
    standing,
    limitIds: [],
    admittedBefore: gbp('1000'),
  };
}

const row = (month: string, amount: string, state: ScheduleRow['state']): ScheduleRow => {
  return { month, amount: gbp(amount), state, reason: 'plan' };
};

/** Recognised to March, planned from April. */
export function obligation(
  obligationId: string,
  recognised: readonly string[],
  planned: readonly string[],
  price: string,
): Obligation {
  const monthAt = (index: number) => `2026-${String(index + 1).padStart(2, '0')}`;
  const rows = [
    ...recognised.map((amount, index) => row(monthAt(index), amount, 'recognised')),
    ...planned.map((amount, index) => row(monthAt(index + recognised.length), amount, 'planned')),
  ];
  const schedule = { obligationId, version: 1, price: gbp(price), rows };
  const asInvoiced = obligationId === 'advice';
  return { obligationId, lineIds: [obligationId], schedule, convention: 'daily', asInvoiced };
}

const months = (count: number, amount: string) => Array.from({ length: count }, () => amount);

export const BOOKS: ContractBooks = {
  contract: CONTRACT,
  work: [
    tenHours('E1', '2026-02-10', { status: 'billed', invoiceId: 'INV-3' }),
    tenHours('E2', '2026-03-05', { status: 'unbilled' }),
    tenHours('E3', '2026-03-12', { status: 'billed', invoiceId: 'INV-4' }),
    tenHours('E4', '2026-04-02', { status: 'on-draft', invoiceId: 'DRAFT-1' }),
  ],
  posted: [
    { contractLineId: 'build', sourceId: 'M1', amount: gbp('30000'), invoiceId: 'INV-1', invoiceOn: '2026-01-31' },
    ...['01', '02', '03', '04'].map((month) => ({
      contractLineId: 'care',
      sourceId: `2026-${month}`,
      amount: gbp('1000'),
      invoiceId: `INV-C${month}`,
      invoiceOn: `2026-${month}-01`,
    })),
    { contractLineId: 'advice', sourceId: '2026-02', amount: gbp('1000'), invoiceId: 'INV-3', invoiceOn: '2026-03-01' },
    { contractLineId: 'advice', sourceId: '2026-03', amount: gbp('1000'), invoiceId: 'INV-4', invoiceOn: '2026-04-01' },
  ],
  drafts: [],
  limits: [],
  obligations: [
    obligation('build', ['10000', '20000', '20000'], ['20000', '20000', '10000'], '100000'),
    obligation('care', months(3, '1000'), months(9, '1000'), '12000'),
    obligation('advice', ['0', '1000', '2000'], [...months(8, '1888.88'), '1888.96'], '20000'),
  ],
  balances: [
    {
      ...openingBalance('build', 'fixed-fee', 'GBP'),
      billed: gbp('30000'),
      recognised: gbp('50000'),
      contractAsset: gbp('20000'),
    },
    {
      ...openingBalance('care', 'retainer', 'GBP'),
      billed: gbp('4000'),
      recognised: gbp('3000'),
      contractLiability: gbp('1000'),
    },
    {
      ...openingBalance('advice', 'time-and-materials', 'GBP'),
      billed: gbp('2000'),
      recognised: gbp('3000'),
      unbilledReceivable: gbp('1000'),
    },
  ],
  advance: null,
  entities: { UK: { mode: 'half-away-from-zero', firstOpenMonth: '2026-04' } },
};

/** An assessment of one obligation: one with what was delivered, unless said otherwise. */
export function assessed(obligationId: string, change: Partial<ObligationChange> = {}): ObligationChange {
  return {
    obligationId,
    addsLineIds: [],
    assessment: { addsDistinct: false, atStandAlonePrice: false, remainingDistinct: false },
    transactionPrice: null,
    remainingAlone: null,
    measure: null,
    creditForDelivered: null,
    convention: 'daily',
    ...change,
  };
}

/** A change agreed on 10 April 2026. */
export function changeOf(amendments: readonly Amendment[], more: Partial<ChangeOrder> = {}): ChangeOrder {
  return {
    changeOrderId: 'CO-1',
    approvedOn: '2026-04-10',
    agreement: { status: 'agreed' },
    amendments,
    obligations: [],
    settle: 'next-invoice',
    billedWork: 'report',
    ...more,
  };
}
