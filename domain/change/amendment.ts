/**
 * The terms of a contract as a change wants them, and the contract version that they make. Each amendment states one
 * thing as it shall be, not by how much it moves: so amendments of one change can come in any order, and its opposite
 * is stated in the same words (R41; decisions.md 17).
 */
import { retainerPeriods } from '../billing/retainer.ts';
import {
  type Contract,
  type ContractLine,
  type ContractMilestone,
  isFixedFeeLine,
  isRetainerLine,
  isTimeLine,
  type Pricing,
  type RateLine,
  renumbered,
  type RoleDemand,
} from '../deal/contract.ts';
import { DomainError } from '../errors.ts';
import { compareMoney, formatMoney, type Money, sumMoney } from '../money/money.ts';
import type { RoundingMode } from '../money/rounding.ts';
import type { PlainDate } from '../time/plain-date.ts';

/**
 * One thing as it shall be. A line has one price from start to end: a new fee, frequency or model from a date on ends
 * it (`dates`, `value`) and adds its successor (`add-line`). `pricing` is for a line as a whole. The value of a
 * retainer follows from its fee and dates.
 */
export type Amendment =
  | { amend: 'add-line'; line: ContractLine }
  | { amend: 'remove-line'; lineId: string }
  | { amend: 'value'; lineId: string; value: Money }
  | { amend: 'dates'; lineId: string; startOn: PlainDate; endOn: PlainDate }
  | { amend: 'roles'; lineId: string; roles: RoleDemand[] }
  /** All rates of the line; a price from a date on, past or future, is one more of them. */
  | { amend: 'rates'; lineId: string; rates: RateLine[] }
  /** The not-to-exceed amount. */
  | { amend: 'ceiling'; lineId: string; ceiling: Money | null }
  | { amend: 'milestones'; lineId: string; milestones: ContractMilestone[] }
  | { amend: 'pricing'; lineId: string; pricing: Pricing }
  /** Terms of the whole contract: who is billed, on which purchase order, its dates. */
  | { amend: 'terms'; terms: Partial<ContractTerms> };

/** What a change may set of a contract as a whole. */
export type ContractTerms = Pick<Contract, 'name' | 'purchaseOrder' | 'customer' | 'startOn' | 'endOn'>;

/**
 * The contract under its amended terms and the next version number, with added lines after the others by line id; the
 * contract itself when nothing differs. The order of the amendments does not matter.
 * @throws AMENDMENT_INVALID when two amendments contradict, or one does not fit its line; DATES_REVERSED,
 *   DATES_OUTSIDE, MILESTONES_NOT_SUMMING, RETAINER_NOT_SUMMING, CEILING_BELOW_VALUE, AMOUNT_INVALID,
 *   ENTITY_CURRENCIES_MIXED, CURRENCY_MISMATCH
 */
export function amendContract(
  contract: Contract,
  amendments: readonly Amendment[],
  mode: (legalEntityId: string) => RoundingMode,
): Contract {
  checkApart(amendments);
  const byLine = new Map<string, Amendment[]>();
  const added: ContractLine[] = [];
  let terms: Partial<ContractTerms> = {};
  for (const amendment of amendments) {
    if (amendment.amend === 'terms') terms = amendment.terms;
    else if (amendment.amend === 'add-line') added.push(amendment.line);
    else byLine.set(amendment.lineId, [...(byLine.get(amendment.lineId) ?? []), amendment]);
  }
  const ids = contract.lines.map(({ lineId }) => lineId);
  const unknown = [...byLine.keys()].find((lineId) => !ids.includes(lineId));
  if (unknown !== undefined) throw invalid(`line ${unknown} is not in the contract`, { lineId: unknown });
  const again = added.find(({ lineId }) => ids.includes(lineId));
  if (again) throw invalid(`line ${again.lineId} is in the contract already`, { lineId: again.lineId });

  const kept = contract.lines.flatMap((line) => {
    const own = byLine.get(line.lineId) ?? [];
    return own.some(({ amend }) => amend === 'remove-line') ? [] : [own.reduce(amendLine, line)];
  });
  const lines = [...kept, ...added.sort((a, b) => (a.lineId < b.lineId ? -1 : 1))].map((line) => {
    const stated = byLine.get(line.lineId)?.some(({ amend }) => amend === 'value') ?? added.includes(line);
    return stated ? line : withValueOfPeriods(line, mode(line.legalEntityId));
  });
  const after = { ...contract, ...terms, lines };
  if (same(contract, after)) return contract;
  checkContract(after, mode);
  return renumbered(after, contract.version + 1);
}

/** True when two plain values are the same, whatever the order of their fields. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** The lines that differ between two versions, by id; the version of a rate card alone is no difference. */
export function touchedLines(before: Contract, after: Contract): Set<string> {
  const ids = new Set([...before.lines, ...after.lines].map(({ lineId }) => lineId));
  return new Set([...ids].filter((lineId) => !same(bare(lineOf(before, lineId)), bare(lineOf(after, lineId)))));
}

/** A line without the version of its rate card, which moves with every contract version. */
function bare(line: ContractLine | undefined): unknown {
  return line && isTimeLine(line) ? { ...line, pricing: { ...line.pricing, rateCardVersion: 0 } } : (line ?? null);
}

/** The line, or undefined. */
export function lineOf(contract: Contract, lineId: string): ContractLine | undefined {
  return contract.lines.find((line) => line.lineId === lineId);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** No two amendments say something about the same thing. */
function checkApart(amendments: readonly Amendment[]): void {
  const partsOfPricing = ['pricing', 'rates', 'ceiling', 'milestones'];
  const lineOf = (one: Amendment) =>
    one.amend === 'terms' ? null : one.amend === 'add-line' ? one.line.lineId : one.lineId;
  amendments.forEach((one, index) => {
    const rival = amendments.find((other, at) => {
      if (at === index || lineOf(one) !== lineOf(other)) return false;
      const whole = one.amend === 'add-line' || one.amend === 'remove-line';
      return whole || one.amend === other.amend || (one.amend === 'pricing' && partsOfPricing.includes(other.amend));
    });
    if (!rival) return;
    const where = lineOf(one) === null ? 'the contract' : `line ${lineOf(one) ?? ''}`;
    const [first, second] = [one.amend, rival.amend].sort();
    throw invalid(`"${first ?? ''}" and "${second ?? ''}" of ${where} contradict each other`, { lineId: lineOf(one) });
  });
}

function amendLine(line: ContractLine, amendment: Amendment): ContractLine {
  switch (amendment.amend) {
    case 'value':
      return { ...line, value: amendment.value };
    case 'dates':
      return { ...line, startOn: amendment.startOn, endOn: amendment.endOn };
    case 'roles':
      return { ...line, roles: amendment.roles };
    case 'pricing':
      return { ...line, pricing: amendment.pricing };
    case 'rates':
      if (isTimeLine(line)) return { ...line, pricing: { ...line.pricing, rates: amendment.rates } };
      break;
    case 'ceiling':
      if (isTimeLine(line)) return { ...line, pricing: { ...line.pricing, ceiling: amendment.ceiling } };
      break;
    case 'milestones':
      if (isFixedFeeLine(line)) return { ...line, pricing: { ...line.pricing, milestones: amendment.milestones } };
      break;
    case 'add-line':
    case 'remove-line':
    case 'terms':
      return line;
  }
  const message = `line ${line.lineId} is ${line.pricing.model}: "${amendment.amend}" does not fit it`;
  throw invalid(message, { lineId: line.lineId, amend: amendment.amend, model: line.pricing.model });
}

function withValueOfPeriods(line: ContractLine, mode: RoundingMode): ContractLine {
  return isRetainerLine(line) && line.startOn <= line.endOn ? { ...line, value: valueOfPeriods(line, mode) } : line;
}

function valueOfPeriods(line: Parameters<typeof retainerPeriods>[0] & ContractLine, mode: RoundingMode): Money {
  const fees = retainerPeriods(line, mode).map(({ amount }) => amount);
  return sumMoney(fees, line.value.currency);
}

function checkContract(contract: Contract, mode: (legalEntityId: string) => RoundingMode): void {
  checkDates('the contract', contract);
  const currencies = new Map<string, string>();
  for (const line of contract.lines) {
    const { lineId, legalEntityId, value } = line;
    checkDates(`line ${lineId}`, line);
    if (line.startOn < contract.startOn || line.endOn > contract.endOn) {
      const message = `line ${lineId} (${line.startOn} to ${line.endOn}) is outside the contract`;
      throw new DomainError('DATES_OUTSIDE', message, { lineId, startOn: contract.startOn, endOn: contract.endOn });
    }
    if (value.amountMinor < 0) {
      throw new DomainError('AMOUNT_INVALID', `line ${lineId} is worth ${formatMoney(value)}`, { lineId, value });
    }
    if ((currencies.get(legalEntityId) ?? value.currency) !== value.currency) {
      const message = `${legalEntityId} would have lines in two currencies`;
      throw new DomainError('ENTITY_CURRENCIES_MIXED', message, { legalEntityId, lineId });
    }
    currencies.set(legalEntityId, value.currency);
    checkParts(line, mode(legalEntityId));
  }
}

function checkDates(what: string, { startOn, endOn }: { startOn: PlainDate; endOn: PlainDate }): void {
  if (startOn <= endOn) return;
  throw new DomainError('DATES_REVERSED', `${what} would run from ${startOn} to ${endOn}`, { startOn, endOn });
}

/** The parts of a line's price sum to its value. */
function checkParts(line: ContractLine, mode: RoundingMode): void {
  const { lineId, value } = line;
  const refuse = (code: 'MILESTONES_NOT_SUMMING' | 'RETAINER_NOT_SUMMING', what: string, sum: Money) => {
    if (compareMoney(sum, value) === 0) return;
    const message = `${what} of line ${lineId} sum to ${formatMoney(sum)}, its value is ${formatMoney(value)}`;
    throw new DomainError(code, message, { lineId, sum, value });
  };
  if (isFixedFeeLine(line)) {
    const amounts = line.pricing.milestones.map(({ amount }) => amount);
    refuse('MILESTONES_NOT_SUMMING', 'the milestones', sumMoney(amounts, value.currency));
  }
  if (isRetainerLine(line)) refuse('RETAINER_NOT_SUMMING', 'the months', valueOfPeriods(line, mode));
  if (isTimeLine(line) && line.pricing.ceiling && compareMoney(line.pricing.ceiling, value) < 0) {
    const { ceiling } = line.pricing;
    const message = `line ${lineId} would be worth ${formatMoney(value)} with a limit of ${formatMoney(ceiling)}`;
    throw new DomainError('CEILING_BELOW_VALUE', message, { lineId, value, ceiling });
  }
}

function invalid(message: string, details: Readonly<Record<string, unknown>>): DomainError {
  return new DomainError('AMENDMENT_INVALID', message, details);
}
