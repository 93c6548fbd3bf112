/**
 * A contract version: what a validated deal becomes. Immutable once written; an amendment is another version
 * (decisions.md 17). Every line carries its own legal entity, currency and pricing model: projects, invoices and
 * revenue hang on the line's entity, never on the engagement (R25, R114).
 */
import type { Money } from '../money/money.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** Price of one hour of a role, dated. */
export interface RateLine {
  role: string;
  /** Price per hour, decimal string in the line's currency. */
  hourlyRate: string;
  validFrom: PlainDate;
  /** Last day on which it applies; null = open. */
  validTo: PlainDate | null;
}

/** Sold effort of a role: budget and resource demand. */
export interface RoleDemand {
  roleId: string;
  role: string;
  budgetMinutes: number;
  startOn: PlainDate;
  endOn: PlainDate;
}

/** A milestone that bills its amount when the customer accepts it. */
export interface ContractMilestone {
  milestoneId: string;
  name: string;
  amount: Money;
  dueOn: PlainDate;
}

/** Approved time and expenses of a month are billed in the next. */
export interface TimeAndMaterials {
  model: 'time-and-materials';
  /** The rate card id and version that prices carry with them. */
  rateCardId: string;
  rateCardVersion: number;
  rates: RateLine[];
  /** Mark-up on expenses in percent, decimal string. */
  expenseMarkupPercent: string;
  /** Not-to-exceed amount of the line, or null. */
  ceiling: Money | null;
}

/** A fixed price, billed by milestones and recognised by hours worked against hours sold. */
export interface FixedFee {
  model: 'fixed-fee';
  milestones: ContractMilestone[];
}

/** A fixed fee per calendar month, billed in advance or arrears and recognised evenly over its month. */
export interface Retainer {
  model: 'retainer';
  periodFee: Money;
  timing: 'advance' | 'arrears';
}

/** How a line is priced. */
export type Pricing = TimeAndMaterials | FixedFee | Retainer;

/** One line of the contract. Dates are inclusive. */
export interface ContractLine {
  lineId: string;
  name: string;
  legalEntityId: string;
  /** The value of the line; its currency is the line's currency. */
  value: Money;
  startOn: PlainDate;
  endOn: PlainDate;
  pricing: Pricing;
  roles: RoleDemand[];
}

/** A line of one pricing model. */
export type LineOf<P extends Pricing> = ContractLine & { pricing: P };
export type TimeLine = LineOf<TimeAndMaterials>;
export type FixedFeeLine = LineOf<FixedFee>;
export type RetainerLine = LineOf<Retainer>;

/** True for a line billed by time and expenses. */
export function isTimeLine(line: ContractLine): line is TimeLine {
  return line.pricing.model === 'time-and-materials';
}

/** True for a line billed by milestones. */
export function isFixedFeeLine(line: ContractLine): line is FixedFeeLine {
  return line.pricing.model === 'fixed-fee';
}

/** True for a line billed by a fee per month. */
export function isRetainerLine(line: ContractLine): line is RetainerLine {
  return line.pricing.model === 'retainer';
}

/** The customer's terms as frozen in the contract. */
export interface ContractCustomer {
  /** Our stable key of the customer: CRM connection and account. */
  customerKey: string;
  accountId: string;
  name: string;
  parentAccountId: string | null;
  street: string | null;
  city: string | null;
  postalCode: string | null;
  countryCode: string;
  taxProfile: string;
  vatNumber: string | null;
  paymentTermsDays: number;
}

/** A contract version, as stored and hashed. */
export interface Contract {
  version: number;
  dealId: string;
  dealVersion: string;
  name: string;
  leadLegalEntityId: string;
  serviceLine: string;
  contractTemplate: string;
  deliveryTemplate: string;
  purchaseOrder: string | null;
  startOn: PlainDate;
  endOn: PlainDate;
  customer: ContractCustomer;
  lines: ContractLine[];
}

/** The contract's lines of one legal entity, in contract order. */
export function linesOf(contract: Contract, legalEntityId: string): ContractLine[] {
  return contract.lines.filter((line) => line.legalEntityId === legalEntityId);
}

/** The currency of the lead entity, in which the deal is sold; that of the first line where the lead has none. */
export function leadCurrency(contract: Contract): string {
  const line = linesOf(contract, contract.leadLegalEntityId)[0] ?? contract.lines[0];
  if (line) return line.value.currency;
  throw new Error(`contract of deal ${contract.dealId} has no lines`);
}

/** The legal entities that the contract touches, the lead entity first, the others in contract order. */
export function entitiesOf(contract: Contract): string[] {
  return [...new Set([contract.leadLegalEntityId, ...contract.lines.map((line) => line.legalEntityId)])].filter(
    (id) => linesOf(contract, id).length > 0,
  );
}

/** The contract under another version number; the rate cards that it brings count with it. */
export function renumbered(contract: Contract, version: number): Contract {
  const lines = contract.lines.map((line) =>
    isTimeLine(line) ? { ...line, pricing: { ...line.pricing, rateCardVersion: version } } : line,
  );
  return { ...contract, version, lines };
}
