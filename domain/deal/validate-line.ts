/**
 * One line of a deal, checked and turned into a line of the contract. Terms must be complete for their pricing model
 * and must not contradict it: a retainer with milestones is not repaired by ignoring one of the two, it is asked back
 * (R28).
 */
import { retainerPeriods } from '../billing/retainer.ts';
import type { Configuration } from '../configuration.ts';
import { lookup } from '../lookup.ts';
import type { CurrencyCode } from '../money/currency.ts';
import { round, times } from '../money/decimal.ts';
import { add, compareMoney, formatMoney, type Money, sumMoney } from '../money/money.ts';
import type {
  ContractLine,
  ContractMilestone,
  FixedFee,
  Pricing,
  RateLine,
  Retainer,
  RoleDemand,
  TimeAndMaterials,
} from './contract.ts';
import type { DealLine, DealMilestone, DealRole } from './deal.ts';
import { type Findings, quoted } from './findings.ts';
import { labelOf, readName } from './names.ts';
import {
  type DateRange,
  readAmount,
  readCurrency,
  readDate,
  readKnown,
  readNumber,
  readRange,
  type Term,
} from './read-terms.ts';

/** What a line is checked against. */
export interface LineContext {
  configuration: Configuration;
  /** The deal's dates, where they could be read. */
  within: DateRange | undefined;
  contractVersion: number;
}

/** What could be read of a line before its pricing; a part that was wrong is undefined and already reported. */
interface Basis {
  line: DealLine;
  field: string;
  label: string;
  contractVersion: number;
  legalEntity: Configuration['legalEntities'][string] | undefined;
  currency: CurrencyCode | undefined;
  range: DateRange | undefined;
  value: Money | undefined;
}

type Model = Pricing['model'];

/** Pricing models as the CRM's people write them. */
const MODELS: Readonly<Record<string, Model>> = {
  'Time and Materials': 'time-and-materials',
  'Fixed Fee Milestone': 'fixed-fee',
  Retainer: 'retainer',
};

/** Billing timings that a model admits; the first one may be left out where nothing else is possible. */
const TIMINGS: Readonly<Record<Model, readonly string[]>> = {
  'time-and-materials': ['Arrears'],
  'fixed-fee': ['On Milestone'],
  retainer: ['Advance', 'Arrears'],
};

/** The contract line, or undefined when something is wrong with it; all that is wrong is in the findings. */
export function readLine(
  findings: Findings,
  line: DealLine,
  index: number,
  context: LineContext,
): ContractLine | undefined {
  const basis = readBasis(findings, line, index, context);
  const { field, label, legalEntity, currency, range, value } = basis;
  const modelText = readKnown(
    findings,
    'PRICING_MODEL',
    term(basis, 'pricingModel', 'pricing model'),
    line.pricingModel,
    Object.keys(MODELS),
  );
  const model = modelText === undefined ? undefined : lookup(MODELS, modelText);
  const roles = line.roles.map((role, at) =>
    readRole(findings, role, at, { field: `${field}.roles[${String(at)}]`, label }, range),
  );
  const pricing = model === undefined ? undefined : readPricing(findings, basis, model);
  if (!legalEntity || currency === undefined || !range || !value || !pricing) return undefined;
  return {
    lineId: line.lineId,
    name: line.name,
    legalEntityId: legalEntity.legalEntityId,
    value,
    ...range,
    pricing,
    roles: roles.filter((role) => role !== undefined),
  };
}

function term(basis: Pick<Basis, 'field' | 'label'>, name: string, words: string): Term {
  return { field: `${basis.field}.${name}`, label: `${basis.label}: ${words}` };
}

function readBasis(findings: Findings, line: DealLine, index: number, context: LineContext): Basis {
  const at = { field: `lines[${String(index)}]`, label: labelOf('Line', line.name, index) };
  readName(findings, 'LINE_NAME', term(at, 'name', 'name'), line.name);
  const { legalEntities } = context.configuration;
  const entityTerm = term(at, 'legalEntityId', 'legal entity');
  const legalEntityId = readKnown(findings, 'LEGAL_ENTITY', entityTerm, line.legalEntityId, Object.keys(legalEntities));
  const currency = readCurrency(findings, term(at, 'currency', 'currency'), line.currency);
  const within = context.within && { ...context.within, label: "the deal's dates" };
  const range = readRange(findings, { field: `${at.field}.`, label: `${at.label}:` }, line, within);
  const value = readOptionalAmount(findings, term(at, 'amount', 'amount'), line.amount, currency);
  if (line.amount === null) findings.missing('AMOUNT_MISSING', `${at.field}.amount`, `${at.label}: amount is missing`);
  const legalEntity = legalEntityId === undefined ? undefined : lookup(legalEntities, legalEntityId);
  return { ...at, line, contractVersion: context.contractVersion, legalEntity, currency, range, value };
}

function readOptionalAmount(
  findings: Findings,
  at: Term,
  value: string | null,
  currency: CurrencyCode | undefined,
): Money | undefined {
  return value === null || currency === undefined ? undefined : readAmount(findings, at, value, currency);
}

/** Sold effort. Minutes are a plan, so an hour's fraction is brought to the nearest minute. */
function readRole(
  findings: Findings,
  role: DealRole,
  index: number,
  at: Term,
  range: DateRange | undefined,
): RoleDemand | undefined {
  const label = `${at.label}: ${labelOf('role', role.role, index)}`;
  readName(findings, 'ROLE_NAME', { field: `${at.field}.role`, label: `${label} name` }, role.role, 'delivery');
  const dates = { startOn: role.startOn ?? range?.startOn ?? null, endOn: role.endOn ?? range?.endOn ?? null };
  const within = range && { ...range, label: "the line's dates" };
  const ownRange = range && readRange(findings, { field: `${at.field}.`, label }, dates, within, 'delivery');
  const hoursTerm = { field: `${at.field}.hours`, label: `${label} hours` };
  const hours = readNumber(findings, 'HOURS_INVALID', hoursTerm, role.hours, 'above', 'delivery');
  if (hours === undefined || !ownRange) return undefined;
  const budgetMinutes = Number(round(times(hours, '60'), 0, 'half-away-from-zero'));
  return { roleId: role.roleId, role: role.role, budgetMinutes, ...ownRange };
}

function readPricing(findings: Findings, basis: Basis, model: Model): Pricing | undefined {
  refuseForeignTerms(findings, basis, model);
  const timing = readTiming(findings, basis, model);
  switch (model) {
    case 'time-and-materials':
      return readTimeAndMaterials(findings, basis);
    case 'fixed-fee':
      return readFixedFee(findings, basis);
    case 'retainer':
      return readRetainer(findings, basis, timing);
  }
}

/** Terms of another model. They are not ignored: somebody meant something by them. */
function refuseForeignTerms(findings: Findings, basis: Basis, model: Model): void {
  const { line } = basis;
  const foreign: [there: boolean, owner: Model, name: string, words: string][] = [
    [line.milestones.length > 0, 'fixed-fee', 'milestones', 'milestones'],
    [line.periodFee !== null, 'retainer', 'periodFee', 'a fee per period'],
    [line.ceilingAmount !== null, 'time-and-materials', 'ceilingAmount', 'a not-to-exceed amount'],
  ];
  for (const [there, owner, name, words] of foreign) {
    if (!there || owner === model) continue;
    const sold = `${basis.label} is sold as ${String(line.pricingModel)}`;
    const message = `${sold} and has ${words}, which belongs to another pricing model`;
    findings.conflict('TERMS_CONTRADICTORY', `${basis.field}.${name}`, message);
  }
}

/** When and how often is billed; undefined when missing or not possible with the model. */
function readTiming(findings: Findings, basis: Basis, model: Model): string | undefined {
  const { line } = basis;
  const frequency = term(basis, 'billingFrequency', 'billing frequency');
  if (model !== 'fixed-fee') readKnown(findings, 'BILLING_FREQUENCY', frequency, line.billingFrequency, ['Monthly']);
  else if (line.billingFrequency !== null) {
    const message = `${frequency.label} is ${quoted(line.billingFrequency)}, but the line is billed by milestones`;
    findings.conflict('TERMS_CONTRADICTORY', frequency.field, message);
  }
  const timingTerm = term(basis, 'billingTiming', 'billing timing');
  if (line.billingTiming === null && model !== 'retainer') return TIMINGS[model][0];
  const timing = readKnown(findings, 'BILLING_TIMING', timingTerm, line.billingTiming, Object.values(TIMINGS).flat());
  if (timing === undefined || TIMINGS[model].includes(timing)) return timing;
  const contradicts = `contradicts ${String(line.pricingModel)}: expected ${TIMINGS[model].join(' or ')}`;
  const message = `${timingTerm.label} ${quoted(timing)} ${contradicts}`;
  findings.conflict('TERMS_CONTRADICTORY', timingTerm.field, message);
  return undefined;
}

function readTimeAndMaterials(findings: Findings, basis: Basis): TimeAndMaterials | undefined {
  const { line, currency, range, value } = basis;
  const rates = readRates(findings, basis);
  const ceilingTerm = term(basis, 'ceilingAmount', 'not-to-exceed amount');
  const ceiling = readOptionalAmount(findings, ceilingTerm, line.ceilingAmount, currency) ?? null;
  if (value && ceiling && compareMoney(value, ceiling) > 0) {
    const above = `above its not-to-exceed amount of ${formatMoney(ceiling)}`;
    const message = `${basis.label} is sold for ${formatMoney(value)}, ${above}`;
    findings.conflict('CEILING_BELOW_VALUE', ceilingTerm.field, message);
  }
  const markupTerm = term(basis, 'expenseMarkupPercent', 'mark-up on expenses');
  const markup = readNumber(findings, 'MARKUP_INVALID', markupTerm, line.expenseMarkupPercent ?? '0', 'orMore');
  if (!rates || !range || markup === undefined) return undefined;
  return {
    model: 'time-and-materials',
    rateCardId: `card-${line.lineId}`,
    rateCardVersion: basis.contractVersion,
    rates,
    expenseMarkupPercent: markup,
    ceiling,
  };
}

/**
 * The rate card: a role's first rate holds from the start of the line, a later one takes over on its own start date.
 */
function readRates(findings: Findings, basis: Basis): RateLine[] | undefined {
  const { line, range } = basis;
  if (line.roles.length === 0) {
    const message = `${basis.label} is billed by time and has no role with a rate`;
    findings.missing('RATES_MISSING', `${basis.field}.roles`, message);
    return undefined;
  }
  const rates: RateLine[] = [];
  const byStart = line.roles
    .map((role, index) => ({
      ...role,
      field: `${basis.field}.roles[${String(index)}]`,
      from: role.startOn ?? range?.startOn ?? '',
    }))
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  for (const { role, billRate, field, from } of byStart) {
    const at = { field: `${field}.billRate`, label: `${basis.label}: rate of role ${quoted(role)}` };
    const hourlyRate = readNumber(findings, 'RATE_INVALID', at, billRate, 'above');
    if (hourlyRate === undefined) continue;
    const latest = rates.findLast((rate) => rate.role === role);
    const validFrom = latest ? from : (range?.startOn ?? from);
    if (latest?.hourlyRate === hourlyRate) continue;
    if (latest && from <= latest.validFrom) {
      const message = `${at.label} is both ${latest.hourlyRate} and ${hourlyRate} from the same day`;
      findings.conflict('RATE_AMBIGUOUS', at.field, message);
      continue;
    }
    rates.push({ role, hourlyRate, validFrom, validTo: null });
  }
  return rates;
}

function readFixedFee(findings: Findings, basis: Basis): FixedFee | undefined {
  const { line, value } = basis;
  if (line.milestones.length === 0) {
    const message = `${basis.label} is billed by milestones and has none`;
    findings.missing('MILESTONES_MISSING', `${basis.field}.milestones`, message);
    return undefined;
  }
  const milestones = line.milestones
    .map((milestone, index) => ({ milestone, index }))
    .sort((a, b) => a.milestone.sequence - b.milestone.sequence)
    .map(({ milestone, index }) => readMilestone(findings, basis, milestone, index))
    .filter((milestone) => milestone !== undefined);
  if (milestones.length < line.milestones.length || !value) return undefined;
  const sum = sumMoney(
    milestones.map((milestone) => milestone.amount),
    value.currency,
  );
  if (compareMoney(sum, value) !== 0) {
    const message = `${basis.label}: milestones sum to ${formatMoney(sum)}, the line is ${formatMoney(value)}`;
    findings.conflict('MILESTONES_NOT_SUMMING', `${basis.field}.milestones`, message);
  }
  return { model: 'fixed-fee', milestones };
}

function readMilestone(
  findings: Findings,
  basis: Basis,
  milestone: DealMilestone,
  index: number,
): ContractMilestone | undefined {
  const at = {
    field: `${basis.field}.milestones[${String(index)}]`,
    label: `${basis.label}: ${labelOf('milestone', milestone.name, index)}`,
  };
  const name = readName(findings, 'MILESTONE_NAME', term(at, 'name', 'name'), milestone.name);
  const amount = readOptionalAmount(findings, term(at, 'amount', 'amount'), milestone.amount, basis.currency);
  const dueTerm = term(at, 'dueOn', 'due date');
  const dueOn = readDate(findings, dueTerm, milestone.dueOn);
  if (dueOn !== undefined && basis.range && (dueOn < basis.range.startOn || dueOn > basis.range.endOn)) {
    const { startOn, endOn } = basis.range;
    const message = `${dueTerm.label} ${dueOn} is outside the line's dates: ${startOn} to ${endOn}`;
    findings.invalid('DATES_OUTSIDE', dueTerm.field, message);
  }
  if (!amount || dueOn === undefined || name === undefined) return undefined;
  return { milestoneId: milestone.milestoneId, name, amount, dueOn };
}

function readRetainer(findings: Findings, basis: Basis, timing: string | undefined): Retainer | undefined {
  const { line, currency, range, value, legalEntity } = basis;
  const feeTerm = term(basis, 'periodFee', 'fee per month');
  if (line.periodFee === null) findings.missing('PERIOD_FEE_MISSING', feeTerm.field, `${feeTerm.label} is missing`);
  const periodFee = readOptionalAmount(findings, feeTerm, line.periodFee, currency);
  if (!periodFee) return undefined;
  const pricing: Retainer = { model: 'retainer', periodFee, timing: timing === 'Advance' ? 'advance' : 'arrears' };
  if (range && value && legalEntity) {
    const periods = retainerPeriods({ ...range, pricing }, legalEntity.rounding.mode);
    const total = periods.map((period) => period.amount).reduce(add);
    if (compareMoney(total, value) !== 0) {
      const months = `${String(periods.length)} month${periods.length === 1 ? '' : 's'}`;
      const fees = `${formatMoney(periodFee)} for ${months} is ${formatMoney(total)}`;
      const message = `${basis.label}: ${fees}, the line is ${formatMoney(value)}`;
      findings.conflict('RETAINER_NOT_SUMMING', `${basis.field}.amount`, message);
    }
  }
  return timing === undefined ? undefined : pricing;
}
