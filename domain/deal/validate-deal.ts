/**
 * The gate before anything is created (R28): a closed deal becomes a contract, or a list of everything that stands in
 * the way. Nothing is guessed and nothing is repaired here: a missing entity on a line is a question to sales, not the
 * lead entity.
 */
import type { Configuration } from '../configuration.ts';
import { lookup } from '../lookup.ts';
import { isCurrency } from '../money/currency.ts';
import { compareMoney, formatMoney, sumMoney } from '../money/money.ts';
import type { Contract, ContractCustomer, ContractLine } from './contract.ts';
import type { Deal, DealCustomer } from './deal.ts';
import { collectFindings, type Finding, type Findings, quoted } from './findings.ts';
import { readName } from './names.ts';
import { readAmount, readCurrency, readKnown, readRange, readText } from './read-terms.ts';
import { readLine } from './validate-line.ts';

export type { Finding, FindingClass } from './findings.ts';

/** The contract that a deal becomes, or all that is wrong with it. */
export type Validation = { ok: true; contract: Contract } | { ok: false; findings: Finding[] };

/**
 * Checks a deal whole and never stops at the first finding. `contractVersion` counts the versions of its contract from
 * 1.
 */
export function validateDeal(deal: Deal, configuration: Configuration, contractVersion: number): Validation {
  const findings = collectFindings();
  if (deal.stage !== 'won') {
    findings.conflict(
      'DEAL_NOT_WON',
      'stage',
      `Deal ${quoted(deal.name)} is ${deal.stage} in the CRM; only a won deal is set up`,
      'ops',
    );
  }
  readName(findings, 'DEAL_NAME', { field: 'name', label: 'Deal: name' }, deal.name);
  const customer = readCustomer(findings, deal);
  const header = readHeader(findings, deal, configuration);
  const context = { configuration, within: header.range, contractVersion };
  const lines = deal.lines
    .map((line, index) => readLine(findings, line, index, context))
    .filter((line) => line !== undefined);
  if (deal.lines.length === 0)
    findings.missing('LINES_MISSING', 'lines', `Deal ${quoted(deal.name)} has no lines: there is nothing to deliver`);
  checkTaxProfile(findings, deal, configuration);
  checkEntityCurrencies(findings, lines);
  checkDealAmount(findings, deal, lines);

  const { range, leadLegalEntityId, serviceLine, contractTemplate, deliveryTemplate } = header;
  const complete = range && customer && leadLegalEntityId && serviceLine && contractTemplate && deliveryTemplate;
  if (findings.list.length > 0) return { ok: false, findings: [...findings.list] };
  if (!complete) throw new Error(`deal ${deal.dealId} cannot become a contract and no finding says why`);
  const { dealId, version: dealVersion, name, purchaseOrder } = deal;
  const terms = { leadLegalEntityId, serviceLine, contractTemplate, deliveryTemplate, purchaseOrder };
  return {
    ok: true,
    contract: { version: contractVersion, dealId, dealVersion, name, ...terms, ...range, customer, lines },
  };
}

function readHeader(findings: Findings, deal: Deal, configuration: Configuration) {
  const entities = Object.keys(configuration.legalEntities);
  const templates = Object.keys(configuration.deliveryTemplates);
  const term = (field: keyof Deal, words: string) => ({ field, label: `Deal: ${words}` });
  const lead = readKnown(findings, 'LEGAL_ENTITY', term('legalEntityId', 'legal entity'), deal.legalEntityId, entities);
  const serviceTerm = term('serviceLine', 'service line');
  const serviceLine = readKnown(findings, 'SERVICE_LINE', serviceTerm, deal.serviceLine, configuration.serviceLines);
  const contractTerm = term('contractTemplate', 'contract template');
  const deliveryTerm = term('deliveryTemplate', 'delivery template');
  return {
    leadLegalEntityId: lead,
    serviceLine,
    contractTemplate: readKnown(
      findings,
      'CONTRACT_TEMPLATE',
      contractTerm,
      deal.contractTemplate,
      configuration.contractTemplates,
    ),
    deliveryTemplate: readKnown(
      findings,
      'DELIVERY_TEMPLATE',
      deliveryTerm,
      deal.deliveryTemplate,
      templates,
      'delivery',
    ),
    range: readRange(findings, { field: '', label: 'Deal:' }, deal),
  };
}

function readCustomer(findings: Findings, deal: Deal): ContractCustomer | undefined {
  const { customer } = deal;
  if (!customer) {
    findings.missing('CUSTOMER_MISSING', 'customer', `Deal ${quoted(deal.name)} has no customer`);
    return undefined;
  }
  const label = `Customer ${quoted(customer.name)}:`;
  if (customer.parentAccountId !== null && customer.parentAccountId === customer.accountId) {
    const message = `${label} it is its own parent in the account hierarchy`;
    findings.invalid('CUSTOMER_OWN_PARENT', 'customer.parentAccountId', message);
  }
  if (customer.currency !== null && !isCurrency(customer.currency)) {
    readCurrency(findings, { field: 'customer.currency', label: `${label} currency` }, customer.currency);
  }
  const name = readName(findings, 'CUSTOMER_NAME', { field: 'customer.name', label: 'Customer: name' }, customer.name);
  const countryCode = readCountry(findings, customer, label);
  const taxTerm = { field: 'customer.taxProfile', label: `${label} tax profile` };
  const taxProfile = readText(findings, 'TAX_PROFILE', taxTerm, customer.taxProfile, 'fin-preparer');
  const paymentTermsDays = readPaymentTerms(findings, customer, label);
  if (name === undefined || countryCode === undefined || taxProfile === undefined || paymentTermsDays === undefined)
    return undefined;
  const { accountId, parentAccountId, street, city, postalCode, vatNumber } = customer;
  const customerKey = `${deal.connectionId}-${accountId}`;
  const address = { street, city, postalCode, countryCode };
  return { customerKey, accountId, name, parentAccountId, ...address, taxProfile, vatNumber, paymentTermsDays };
}

function readCountry(findings: Findings, customer: DealCustomer, label: string): string | undefined {
  const term = { field: 'customer.countryCode', label: `${label} country` };
  const code = readText(findings, 'COUNTRY', term, customer.countryCode);
  if (code === undefined || /^[A-Z]{2}$/.test(code)) return code;
  findings.invalid(
    'COUNTRY_INVALID',
    term.field,
    `${term.label} ${quoted(code)} is not a two-letter country code of ISO 3166`,
  );
  return undefined;
}

function readPaymentTerms(findings: Findings, customer: DealCustomer, label: string): number | undefined {
  const [field, words] = ['customer.paymentTermsDays', `${label} payment terms`];
  const days = customer.paymentTermsDays;
  if (days === null) {
    findings.missing('PAYMENT_TERMS_MISSING', field, `${words} are missing`, 'fin-preparer');
    return undefined;
  }
  if (Number.isInteger(days) && days >= 0 && days <= 365) return days;
  findings.invalid(
    'PAYMENT_TERMS_INVALID',
    field,
    `${words} must be 0 to 365 days and are ${String(days)}`,
    'fin-preparer',
  );
  return undefined;
}

/**
 * Each entity that bills must know how to tax this customer; reverse charge also needs the customer's VAT number (B22).
 */
function checkTaxProfile(findings: Findings, deal: Deal, { legalEntities }: Configuration): void {
  const { customer } = deal;
  const profile = customer?.taxProfile ?? '';
  if (!customer || profile.trim() === '') return;
  const entities = [...new Set(deal.lines.map((line) => line.legalEntityId))]
    .map((id) => (id === null ? undefined : lookup(legalEntities, id)))
    .filter((entity) => entity !== undefined);
  let reverseCharge = false;
  for (const { name, taxProfiles } of entities) {
    const known = lookup(taxProfiles, profile);
    reverseCharge ||= known?.reverseCharge === true;
    if (known) continue;
    const expected = `expected one of ${Object.keys(taxProfiles).join(', ')}`;
    const unknown = `tax profile ${quoted(profile)} is not known for ${name}`;
    const message = `Customer ${quoted(customer.name)}: ${unknown}: ${expected}`;
    findings.unmapped('TAX_PROFILE_UNKNOWN', 'customer.taxProfile', message, 'fin-preparer');
  }
  if (!reverseCharge || (customer.vatNumber ?? '').trim() !== '') return;
  const because = `tax profile "${profile}" (reverse charge) needs it`;
  const message = `Customer ${quoted(customer.name)}: the VAT number is missing, and ${because}`;
  findings.missing('VAT_NUMBER_MISSING', 'customer.vatNumber', message, 'fin-preparer');
}

/** A legal entity has one project and one ERP contract of an engagement, and each of them has one currency. */
function checkEntityCurrencies(findings: Findings, lines: readonly ContractLine[]): void {
  for (const id of new Set(lines.map((line) => line.legalEntityId))) {
    const currencies = new Set(lines.filter((line) => line.legalEntityId === id).map((line) => line.value.currency));
    if (currencies.size <= 1) continue;
    const several = [...currencies].join(' and ');
    const message = `Deal: the lines of legal entity ${id} are in ${several}; expected one currency per entity`;
    findings.conflict('ENTITY_CURRENCIES_MIXED', 'lines', message);
  }
}

/**
 * In one currency the lines must make up the deal; lines in other currencies cannot be added to it and are left alone.
 */
function checkDealAmount(findings: Findings, deal: Deal, lines: readonly ContractLine[]): void {
  const currency = readCurrency(findings, { field: 'currency', label: 'Deal: currency' }, deal.currency);
  if (deal.amount === null) findings.missing('AMOUNT_MISSING', 'amount', 'Deal: amount is missing');
  if (currency === undefined || deal.amount === null) return;
  const amount = readAmount(findings, { field: 'amount', label: 'Deal: amount' }, deal.amount, currency);
  const comparable =
    lines.length > 0 && lines.length === deal.lines.length && lines.every((line) => line.value.currency === currency);
  if (!amount || !comparable) return;
  const sum = sumMoney(
    lines.map((line) => line.value),
    currency,
  );
  if (compareMoney(sum, amount) === 0) return;
  const message = `Deal: the lines sum to ${formatMoney(sum)}, the deal is ${formatMoney(amount)}`;
  findings.conflict('DEAL_AMOUNT_DIFFERS', 'amount', message);
}
