/**
 * The deals that wait in the CRM, stage Committed: every pricing model, four currencies and more, two legal entities in
 * one deal, and a few that must be stopped. Ids are readable: deal 1, line 1, role 1 = `a01TL00000010101AA`.
 */
import type { JsonObject } from '../core/json.ts';
import type { SeedObject } from '../core/store.ts';

/** Hours and rate per hour in currency units. */
type Role = [role: string, hours: number, rate: number];
/** Amount in currency units. */
type Milestone = [name: string, amount: number, due: string];

interface Line {
  model: 'Time and Materials' | 'Fixed Fee Milestone' | 'Retainer';
  /** In the line's currency, currency units. */
  amount: number;
  /** In the deal's currency, where that differs. */
  dealAmount?: number;
  entity?: string;
  currency?: string;
  roles?: Role[];
  milestones?: Milestone[];
  ceiling?: number;
  markupPercent?: number;
  periodFee?: number;
  advance?: boolean;
}

interface Deal {
  number: number;
  name: string;
  account: number;
  entity: string;
  currency: string;
  start: string;
  end: string;
  lines: Line[];
}

const timeAndMaterials = (amount: number, roles: Role[], terms: Partial<Line> = {}): Line => ({
  model: 'Time and Materials',
  amount,
  roles,
  ...terms,
});
const fixedFee = (amount: number, milestones: Milestone[], terms: Partial<Line> = {}): Line => ({
  model: 'Fixed Fee Milestone',
  amount,
  milestones,
  ...terms,
});
const retainer = (amount: number, terms: Partial<Line>): Line => ({ model: 'Retainer', amount, ...terms });

const deal = (
  [number, account]: [number, number],
  name: string,
  [entity, currency]: [string, string],
  [start, end]: [string, string],
  ...lines: Line[]
): Deal => ({ number, account, name, entity, currency, start, end, lines });

const UK: [string, string] = ['TL-UK', 'GBP'];
const DE: [string, string] = ['TL-DE', 'EUR'];
const US: [string, string] = ['TL-US', 'USD'];
const JP: [string, string] = ['TL-JP', 'JPY'];
const SENIOR = 'Senior Consultant';

const DEALS: readonly Deal[] = [
  deal(
    [1, 2],
    'Store operations review',
    UK,
    ['2026-01-01', '2026-03-31'],
    timeAndMaterials(
      94_400,
      [
        ['Principal', 80, 180],
        [SENIOR, 300, 140],
        ['Consultant', 400, 95],
      ],
      { ceiling: 100_000, markupPercent: 5 },
    ),
  ),
  deal(
    [2, 3],
    'Plant maintenance platform',
    DE,
    ['2026-01-15', '2026-05-31'],
    fixedFee(
      90_000,
      [
        ['Blueprint', 30_000, '2026-02-27'],
        ['Build', 36_000, '2026-04-15'],
        ['Go-live', 24_000, '2026-05-29'],
      ],
      { roles: [[SENIOR, 600, 150]] },
    ),
  ),
  deal(
    [3, 6],
    'Analytics managed service',
    US,
    ['2026-01-01', '2027-02-28'],
    retainer(175_000, { periodFee: 12_500, advance: true }),
  ),
  deal(
    [4, 8],
    'Robot fleet diagnostics',
    UK,
    ['2026-01-01', '2026-03-31'],
    timeAndMaterials(40_000, [
      [SENIOR, 200, 140],
      ['Analyst', 160, 75],
    ]),
  ),
  deal(
    [5, 2],
    'Loyalty programme relaunch',
    UK,
    ['2026-02-01', '2026-07-31'],
    fixedFee(24_000, [
      ['Design', 10_000, '2026-03-31'],
      ['Delivery', 14_000, '2026-06-30'],
    ]),
    timeAndMaterials(11_400, [['Consultant', 120, 95]]),
    retainer(12_000, { periodFee: 2_000, advance: true }),
  ),
  deal(
    [6, 7],
    'Grid forecasting rollout',
    DE,
    ['2026-02-01', '2026-06-30'],
    fixedFee(60_000, [
      ['Concept', 25_000, '2026-03-31'],
      ['Rollout', 35_000, '2026-06-15'],
    ]),
    timeAndMaterials(21_000, [[SENIOR, 150, 140]], { entity: 'TL-UK', currency: 'GBP', dealAmount: 24_150 }),
  ),
  deal(
    [7, 4],
    'Warehouse control support',
    JP,
    ['2026-02-01', '2027-01-31'],
    retainer(10_200_000, { periodFee: 850_000 }),
  ),
  deal(
    [8, 5],
    'Refinery turnaround planning',
    ['TL-KW', 'KWD'],
    ['2026-02-01', '2026-04-30'],
    timeAndMaterials(
      12_155,
      [
        ['Principal', 60, 75.5],
        ['Consultant', 200, 38.125],
      ],
      { ceiling: 12_500.5 },
    ),
  ),
  deal(
    [9, 10],
    'Claims platform migration',
    US,
    ['2026-02-15', '2026-06-30'],
    fixedFee(75_000, [
      ['Assess', 15_000, '2026-03-13'],
      ['Design', 20_000, '2026-04-17'],
      ['Migrate', 25_000, '2026-05-29'],
      ['Handover', 15_000, '2026-06-26'],
    ]),
  ),
  deal(
    [10, 4],
    'Port scheduling study',
    JP,
    ['2026-01-05', '2026-02-27'],
    timeAndMaterials(4_880_000, [
      [SENIOR, 160, 18_000],
      ['Consultant', 160, 12_500],
    ]),
  ),
  deal(
    [11, 9],
    'Sensor data platform',
    DE,
    ['2026-02-01', '2026-07-31'],
    timeAndMaterials(31_200, [[SENIOR, 240, 130]]),
    retainer(21_000, { periodFee: 3_500 }),
  ),
  deal([12, 2], 'Merchandising advisory', UK, ['2026-01-01', '2026-06-30'], retainer(24_000, { periodFee: 4_000 })),
  deal(
    [13, 6],
    'Patient intake automation',
    US,
    ['2026-01-01', '2026-02-28'],
    timeAndMaterials(42_000, [[SENIOR, 200, 210]], { ceiling: 45_000 }),
  ),
  deal(
    [14, 1],
    'Group finance transformation',
    UK,
    ['2026-01-12', '2026-11-30'],
    fixedFee(250_000, [
      ['Phase 1', 50_000, '2026-03-31'],
      ['Phase 2', 50_000, '2026-05-29'],
      ['Phase 3', 50_000, '2026-07-31'],
      ['Phase 4', 50_000, '2026-09-30'],
      ['Phase 5', 50_000, '2026-11-27'],
    ]),
  ),
  deal([21, 2], 'Bad: retainer without a fee', UK, ['2026-01-01', '2026-12-31'], retainer(24_000, { advance: true })),
  deal(
    [22, 3],
    'Bad: unknown currency',
    ['TL-DE', 'ZZZ'],
    ['2026-01-01', '2026-03-31'],
    timeAndMaterials(13_000, [[SENIOR, 100, 130]]),
  ),
  deal(
    [23, 3],
    'Bad: milestones do not sum',
    DE,
    ['2026-02-01', '2026-05-31'],
    fixedFee(50_000, [
      ['First half', 20_000, '2026-03-31'],
      ['Second half', 20_000, '2026-05-29'],
    ]),
  ),
  deal(
    [24, 6],
    'Bad: unknown legal entity',
    ['TL-XX', 'USD'],
    ['2026-01-01', '2026-03-31'],
    timeAndMaterials(21_000, [[SENIOR, 100, 210]]),
  ),
  deal(
    [25, 2],
    'Bad: ends before it starts',
    UK,
    ['2026-06-01', '2026-03-31'],
    timeAndMaterials(9_500, [['Consultant', 100, 95]]),
  ),
];

const TEMPLATES = {
  'Time and Materials': { delivery: 'TM-STANDARD', service: 'Advisory' },
  'Fixed Fee Milestone': { delivery: 'FIXED-STANDARD', service: 'Implementation' },
  Retainer: { delivery: 'RETAINER-STANDARD', service: 'Managed Services' },
};
const REGIONS: Record<string, string> = { 'TL-JP': 'APAC', 'TL-US': 'AMER' };

const pad = (number: number, digits: number): string => String(number).padStart(digits, '0');
const idOf = (prefix: string, ...parts: number[]): string =>
  `${prefix}TL${parts
    .map((part) => pad(part, 2))
    .join('')
    .padStart(11, '0')}AA`;

/** Opportunities with their lines, roles and milestones. */
export function dealObjects(): SeedObject[] {
  return DEALS.flatMap((source) => [
    seedObject('Opportunity', opportunityOf(source)),
    ...source.lines.flatMap((line, index) => lineObjects(source, line, index + 1)),
  ]);
}

function seedObject(type: string, object: JsonObject): SeedObject {
  return { type, id: object['Id'] as string, object };
}

function opportunityOf({ number, name, account, entity, currency, start, end, lines }: Deal): JsonObject {
  const template = TEMPLATES[(lines[0] as Line).model];
  return {
    Id: idOf('006', number),
    Name: name,
    AccountId: idOf('001', account),
    StageName: 'Committed',
    IsWon: false,
    IsClosed: false,
    Amount: lines.reduce((sum, line) => sum + (line.dealAmount ?? line.amount), 0),
    CurrencyIsoCode: currency,
    CloseDate: start < '2026-02' ? '2025-12-19' : '2026-01-23',
    Legal_Entity__c: entity,
    Service_Line__c: template.service,
    Region__c: REGIONS[entity] ?? 'EMEA',
    Start_Date__c: start,
    End_Date__c: end,
    Contract_Template__c: 'MSA-2025',
    Delivery_Template__c: template.delivery,
    PO_Number__c: `PO-${1000 + number}`,
    Owner_Email__c: 'sales@throughline.example',
    Throughline_Id__c: null,
    Throughline_Stage__c: null,
    Throughline_Project_Ref__c: null,
    Throughline_Contract_Ref__c: null,
    Throughline_Billed__c: null,
    Throughline_Paid__c: null,
  };
}

function lineObjects(source: Deal, line: Line, lineNumber: number): SeedObject[] {
  const dealId = idOf('006', source.number);
  const lineId = idOf('00k', source.number, lineNumber);
  const dates = { Start_Date__c: source.start, End_Date__c: source.end };
  const timing = line.model === 'Fixed Fee Milestone' ? 'On Milestone' : line.advance === true ? 'Advance' : 'Arrears';
  const item: JsonObject = {
    Id: lineId,
    OpportunityId: dealId,
    Name: `${source.name}: ${line.model}`,
    Quantity: 1,
    UnitPrice: line.dealAmount ?? line.amount,
    TotalPrice: line.dealAmount ?? line.amount,
    Sort_Order__c: lineNumber,
    Legal_Entity__c: line.entity ?? source.entity,
    Line_Currency__c: line.currency ?? source.currency,
    Line_Amount__c: line.amount,
    Pricing_Model__c: line.model,
    Billing_Frequency__c: line.model === 'Fixed Fee Milestone' ? null : 'Monthly',
    Billing_Timing__c: timing,
    ...dates,
    Ceiling_Amount__c: line.ceiling ?? null,
    Period_Fee__c: line.periodFee ?? null,
    Expense_Markup_Percent__c: line.markupPercent ?? null,
  };
  const roles = (line.roles ?? []).map(([Role__c, Hours__c, Bill_Rate__c], index) => {
    const Id = idOf('a01', source.number, lineNumber, index + 1);
    return { Id, Opportunity__c: dealId, Line__c: lineId, Role__c, Hours__c, Bill_Rate__c, ...dates };
  });
  const milestones = (line.milestones ?? []).map(([Name, Amount__c, Due_Date__c], index) => {
    const Id = idOf('a02', source.number, lineNumber, index + 1);
    return { Id, Opportunity__c: dealId, Line__c: lineId, Name, Sequence__c: index + 1, Amount__c, Due_Date__c };
  });
  return [
    seedObject('OpportunityLineItem', item),
    ...roles.map((role) => seedObject('Quote_Role__c', role)),
    ...milestones.map((milestone) => seedObject('Contract_Milestone__c', milestone)),
  ];
}
