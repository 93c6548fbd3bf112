import type { Contract } from '../../../domain/deal/contract.ts';
import type { Deal, DealCustomer, DealLine } from '../../../domain/deal/deal.ts';
import { type Finding, validateDeal } from '../../../domain/deal/validate-deal.ts';
import { money } from '../../../domain/money/money.ts';
import { CONFIGURATION, deal, fixedLine, retainerLine, timeLine } from './fixtures.ts';

function findingsOf(value: Deal): readonly Finding[] {
  const validation = validateDeal(value, CONFIGURATION, 1);
  return validation.ok ? [] : validation.findings;
}

function contractOf(value: Deal): Contract {
  const validation = validateDeal(value, CONFIGURATION, 1);
  if (!validation.ok) throw new Error(validation.findings.map((finding) => finding.message).join('\n'));
  return validation.contract;
}

const codesOf = (value: Deal): string[] => findingsOf(value).map((finding) => finding.code);
const withCustomer = (changes: Partial<DealCustomer>): Deal => {
  const base = deal();
  return { ...base, customer: base.customer && { ...base.customer, ...changes } };
};
const withLine = (line: DealLine): Deal => deal({ lines: [line] });

describe('a deal with everything in place becomes a contract', () => {
  test('time and materials: rates from the start of the line, effort in minutes, ceiling and mark-up', () => {
    const contract = contractOf(deal());
    expect(contract).toMatchObject({
      version: 1,
      dealId: '006A',
      dealVersion: '7',
      leadLegalEntityId: 'TL-UK',
      customer: { customerKey: 'crm-1-001A', taxProfile: 'GB-STD', paymentTermsDays: 30 },
    });
    expect(contract.lines[0]).toMatchObject({
      legalEntityId: 'TL-UK',
      value: money(5_640_000, 'GBP'),
      // 80 h x 60 = 4,800 and 300 h x 60 = 18,000 minutes.
      roles: [{ budgetMinutes: 4800 }, { budgetMinutes: 18_000, startOn: '2026-01-01', endOn: '2026-03-31' }],
      pricing: {
        model: 'time-and-materials',
        rateCardVersion: 1,
        expenseMarkupPercent: '5',
        ceiling: money(6_000_000, 'GBP'),
        rates: [
          { role: 'Principal', hourlyRate: '180', validFrom: '2026-01-01', validTo: null },
          { role: 'Senior Consultant', hourlyRate: '140', validFrom: '2026-01-01', validTo: null },
        ],
      },
    });
  });

  test('a role quoted twice with another rate later has a dated rate', () => {
    const role = { role: 'Principal', hours: '10', endOn: null };
    const roles = [
      { ...role, roleId: 'b', billRate: '190', startOn: '2026-02-01' },
      { ...role, roleId: 'a', billRate: '180', startOn: '2026-01-15' },
    ];
    expect(contractOf(withLine(timeLine({ roles }))).lines[0]?.pricing).toMatchObject({
      rates: [
        { hourlyRate: '180', validFrom: '2026-01-01' },
        { hourlyRate: '190', validFrom: '2026-02-01' },
      ],
    });
  });

  test('fixed fee: milestones in their sequence', () => {
    expect(contractOf(withLine(fixedLine())).lines[0]?.pricing).toMatchObject({
      model: 'fixed-fee',
      milestones: [
        { milestoneId: 'm1', amount: money(3_000_000, 'GBP'), dueOn: '2026-01-30' },
        { milestoneId: 'm2', amount: money(3_600_000, 'GBP') },
        { milestoneId: 'm3', amount: money(2_400_000, 'GBP') },
      ],
    });
  });

  test('retainer over part months: days of the month, rounded as the entity rounds', () => {
    // January from the 16th: 16 of 31 days x 100,000 yen = 51,612.9.. = 51,613. February whole: 100,000. Sum 151,613.
    const line = retainerLine({
      legalEntityId: 'TL-JP',
      currency: 'JPY',
      periodFee: '100000',
      amount: '151613',
      startOn: '2026-01-16',
      endOn: '2026-02-28',
    });
    const contract = contractOf(deal({ lines: [line], amount: '9999' }));
    expect(contract.lines[0]).toMatchObject({ value: money(151_613, 'JPY'), pricing: { timing: 'advance' } });
    // Half-even in Kuwait: 1 day of 30 x 0.015 KWD = 0.0005 = 0.000, so the line is worth May alone.
    const kuwait = {
      legalEntityId: 'TL-KW',
      currency: 'KWD',
      periodFee: '0.015',
      startOn: '2026-04-30',
      endOn: '2026-05-31',
    };
    expect(codesOf(deal({ amount: '9', lines: [retainerLine({ ...kuwait, amount: '0.015' })] }))).toEqual([]);
    expect(codesOf(deal({ amount: '9', lines: [retainerLine({ ...kuwait, amount: '0.016' })] }))).toEqual([
      'RETAINER_NOT_SUMMING',
    ]);
  });

  test('lines of several entities and currencies stand side by side, and are not added up', () => {
    const abroad = timeLine({
      lineId: 'b',
      legalEntityId: 'TL-KW',
      currency: 'KWD',
      amount: '100.125',
      ceilingAmount: null,
    });
    const contract = contractOf(deal({ lines: [timeLine(), abroad], amount: '60000' }));
    expect(contract.lines.map((line) => line.value)).toEqual([money(5_640_000, 'GBP'), money(100_125, 'KWD')]);
  });
});

describe('what is missing is asked for', () => {
  const cases: [string, Deal, string][] = [
    ['no customer', deal({ customer: null }), 'CUSTOMER_MISSING'],
    ['no country', withCustomer({ countryCode: null }), 'COUNTRY_MISSING'],
    ['no tax profile', withCustomer({ taxProfile: null }), 'TAX_PROFILE_MISSING'],
    ['an empty tax profile', withCustomer({ taxProfile: ' ' }), 'TAX_PROFILE_MISSING'],
    ['no payment terms', withCustomer({ paymentTermsDays: null }), 'PAYMENT_TERMS_MISSING'],
    [
      'reverse charge without a VAT number',
      withCustomer({ taxProfile: 'EU-RC', vatNumber: null }),
      'VAT_NUMBER_MISSING',
    ],
    ['no service line', deal({ serviceLine: null }), 'SERVICE_LINE_MISSING'],
    ['no contract template', deal({ contractTemplate: null }), 'CONTRACT_TEMPLATE_MISSING'],
    ['no delivery template', deal({ deliveryTemplate: null }), 'DELIVERY_TEMPLATE_MISSING'],
    ['no start date', deal({ startOn: null }), 'DATE_MISSING'],
    ['no lines', deal({ lines: [], amount: '1' }), 'LINES_MISSING'],
    ['no deal amount', deal({ amount: null }), 'AMOUNT_MISSING'],
    ['no deal currency', deal({ currency: null }), 'CURRENCY_MISSING'],
    ['a line without entity', withLine(timeLine({ legalEntityId: null })), 'LEGAL_ENTITY_MISSING'],
    ['a line without currency', withLine(timeLine({ currency: null })), 'CURRENCY_MISSING'],
    ['a line without pricing model', withLine(timeLine({ pricingModel: null })), 'PRICING_MODEL_MISSING'],
    ['time without rates', withLine(timeLine({ roles: [] })), 'RATES_MISSING'],
    ['fixed fee without milestones', withLine(fixedLine({ milestones: [] })), 'MILESTONES_MISSING'],
    ['a retainer without fee', withLine(retainerLine({ periodFee: null })), 'PERIOD_FEE_MISSING'],
    ['a retainer without timing', withLine(retainerLine({ billingTiming: null })), 'BILLING_TIMING_MISSING'],
    ['no billing frequency', withLine(retainerLine({ billingFrequency: null })), 'BILLING_FREQUENCY_MISSING'],
  ];
  test.each(cases)('%s', (_, value, code) => {
    expect(codesOf(value)).toEqual([code]);
    expect(findingsOf(value)[0]?.class).toBe('DATA_MISSING');
  });
});

describe('what cannot be is refused', () => {
  const role = { roleId: 'a', role: 'Principal', hours: '1', billRate: '10', startOn: null, endOn: null };
  const milestone = { milestoneId: 'm', name: 'Blueprint', sequence: 1, amount: '90000', dueOn: '2026-01-30' };
  const cases: [string, Deal, string[]][] = [
    ['a deal that is not won', deal({ stage: 'open' }), ['DEAL_NOT_WON']],
    ['a customer above itself', withCustomer({ parentAccountId: '001A' }), ['CUSTOMER_OWN_PARENT']],
    ['a country in words', withCustomer({ countryCode: 'England' }), ['COUNTRY_INVALID']],
    ['a tax profile of another entity', withCustomer({ taxProfile: 'DE-STD' }), ['TAX_PROFILE_UNKNOWN']],
    ['a tax profile named like a property', withCustomer({ taxProfile: 'constructor' }), ['TAX_PROFILE_UNKNOWN']],
    ['negative payment terms', withCustomer({ paymentTermsDays: -1 }), ['PAYMENT_TERMS_INVALID']],
    ['a customer currency that does not exist', withCustomer({ currency: 'ZZZ' }), ['CURRENCY_UNKNOWN']],
    ['a lead entity that is not ours', deal({ legalEntityId: 'TL-XX' }), ['LEGAL_ENTITY_UNKNOWN']],
    ['a line entity that is not ours', withLine(timeLine({ legalEntityId: 'toString' })), ['LEGAL_ENTITY_UNKNOWN']],
    ['a currency unknown to ISO 4217', withLine(timeLine({ currency: 'ZZZ' })), ['CURRENCY_UNKNOWN']],
    ['a line before the deal', withLine(timeLine({ startOn: '2025-12-31' })), ['DATES_OUTSIDE']],
    ['an end before the start', withLine(timeLine({ startOn: '2026-06-01', endOn: '2026-03-31' })), ['DATES_REVERSED']],
    ['30 February', withLine(timeLine({ endOn: '2026-02-30' })), ['DATE_INVALID']],
    ['a negative amount', deal({ lines: [timeLine({ amount: '-1' })], amount: '1' }), ['AMOUNT_INVALID']],
    ['half a penny', deal({ lines: [timeLine({ amount: '1.005' })], amount: '1' }), ['AMOUNT_INVALID']],
    ['a rate of zero', withLine(timeLine({ roles: [{ ...role, billRate: '0' }] })), ['RATE_INVALID']],
    ['hours in words', withLine(timeLine({ roles: [{ ...role, hours: 'ten' }] })), ['HOURS_INVALID']],
    ['two rates from one day', withLine(timeLine({ roles: [role, { ...role, billRate: '11' }] })), ['RATE_AMBIGUOUS']],
    ['work sold after the line', withLine(timeLine({ roles: [{ ...role, endOn: '2026-04-01' }] })), ['DATES_OUTSIDE']],
    ['a mark-up below zero', withLine(timeLine({ expenseMarkupPercent: '-5' })), ['MARKUP_INVALID']],
    ['a ceiling below the price', withLine(timeLine({ ceilingAmount: '56399.99' })), ['CEILING_BELOW_VALUE']],
    ['a pricing model nobody knows', withLine(timeLine({ pricingModel: 'Barter' })), ['PRICING_MODEL_UNKNOWN']],
    ['time billed in advance', withLine(timeLine({ billingTiming: 'Advance' })), ['TERMS_CONTRADICTORY']],
    ['time with milestones', withLine(timeLine({ milestones: [milestone] })), ['TERMS_CONTRADICTORY']],
    ['a retainer with milestones', withLine(retainerLine({ milestones: [milestone] })), ['TERMS_CONTRADICTORY']],
    ['a fixed fee per month', withLine(fixedLine({ billingFrequency: 'Monthly' })), ['TERMS_CONTRADICTORY']],
    ['a fixed fee with a ceiling', withLine(fixedLine({ ceilingAmount: '1' })), ['TERMS_CONTRADICTORY']],
    [
      'milestones that do not sum',
      withLine(fixedLine({ milestones: [{ ...milestone, amount: '89999.99' }] })),
      ['MILESTONES_NOT_SUMMING'],
    ],
    [
      'a milestone after the line',
      withLine(fixedLine({ milestones: [{ ...milestone, dueOn: '2026-04-01' }] })),
      ['DATES_OUTSIDE'],
    ],
    ['a retainer billed weekly', withLine(retainerLine({ billingFrequency: 'Weekly' })), ['BILLING_FREQUENCY_UNKNOWN']],
    ['fees that do not make the line', withLine(retainerLine({ amount: '12000.01' })), ['RETAINER_NOT_SUMMING']],
    [
      'an entity in two currencies',
      deal({ lines: [timeLine(), retainerLine({ currency: 'EUR' })], amount: '1' }),
      ['ENTITY_CURRENCIES_MIXED'],
    ],
    ['lines that do not make the deal', deal({ amount: '56400.01' }), ['DEAL_AMOUNT_DIFFERS']],
  ];
  test.each(cases)('%s', (_, value, codes) => {
    expect(codesOf(value)).toEqual(codes);
  });
});

describe('findings', () => {
  test('all of them are told at once, also within one line', () => {
    const line = retainerLine({ legalEntityId: 'TL-XX', periodFee: null, startOn: '2026-06-01', endOn: '2026-03-31' });
    const value = {
      ...withCustomer({ countryCode: null, taxProfile: null }),
      lines: [line],
      amount: '12000',
      serviceLine: 'Magic',
    };
    expect(codesOf(value).sort()).toEqual([
      'COUNTRY_MISSING',
      'DATES_REVERSED',
      'LEGAL_ENTITY_UNKNOWN',
      'PERIOD_FEE_MISSING',
      'SERVICE_LINE_UNKNOWN',
      'TAX_PROFILE_MISSING',
    ]);
  });

  test('name the thing, what is expected, what is there, and who should act', () => {
    expect(findingsOf(withLine(fixedLine({ amount: '100000' })))).toEqual([
      {
        code: 'MILESTONES_NOT_SUMMING',
        class: 'RULE_CONFLICT',
        field: 'lines[0].milestones',
        message: 'Line "Platform": milestones sum to 90,000.00 GBP, the line is 100,000.00 GBP',
        ownerRole: 'fin-preparer',
      },
    ]);
    expect(findingsOf(withCustomer({ taxProfile: 'DE-STD' }))).toEqual([
      {
        code: 'TAX_PROFILE_UNKNOWN',
        class: 'MAPPING',
        field: 'customer.taxProfile',
        message:
          'Customer "Northwind Retail Ltd": tax profile "DE-STD" is not known for Throughline UK: ' +
          'expected one of GB-STD, EU-RC',
        ownerRole: 'fin-preparer',
      },
    ]);
  });
});
