/**
 * The billing of a contract as it stands: what is posted, and what is still to come. The plan is a function of the
 * contract version and the posted rows alone: so it is regenerated, never patched, a posted row never changes, and per
 * line everything sums to the value of the line (domain.md, Tie-outs: billing schedule + invoiced + credited = contract
 * value).
 */
import { billingSchedule, type ScheduleItem } from '../billing/schedule.ts';
import { type Contract, type ContractLine, entitiesOf, isTimeLine } from '../deal/contract.ts';
import { DomainError } from '../errors.ts';
import { allocate } from '../money/allocate.ts';
import { compareMoney, formatDecimal, isZero, type Money, negate, subtract, sumMoney } from '../money/money.ts';
import type { RoundingMode } from '../money/rounding.ts';
import type { PlainDate } from '../time/plain-date.ts';

/** What an invoice (or, negative, a credit memo) has of a source: a milestone or a month of a line. */
export interface InvoicedRow {
  contractLineId: string;
  sourceId: string;
  amount: Money;
  invoiceId: string;
  invoiceOn: PlainDate;
}

/** A row of the plan. `overrun` is what was billed of time and materials beyond the line's value, negative. */
export interface PlanRow {
  contractLineId: string;
  kind: ScheduleItem['kind'] | 'invoice' | 'credit' | 'rebill' | 'adjustment' | 'overrun';
  sourceId: string;
  title: string;
  dueOn: PlainDate;
  amount: Money;
  status: 'posted' | 'open' | 'held';
  /** The invoices that billed it, or that it corrects. */
  invoiceIds: readonly string[];
}

/** A source that is billed at another amount than the contract now gives it. */
export interface Correction {
  contractLineId: string;
  sourceId: string;
  invoiceIds: readonly string[];
  billed: Money;
  due: Money;
  /** Due less billed. */
  difference: Money;
}

/** How what is billed wrongly is settled: by a credit and a new bill, or by the difference on the next invoice. */
export type Settlement = 'credit-and-rebill' | 'next-invoice';

/** What a plan is made by. */
export interface PlanTerms {
  mode: (legalEntityId: string) => RoundingMode;
  settle: Settlement;
  /** When corrections fall due. */
  correctOn: PlainDate;
  /** Billed work that is to be settled at a new price. */
  work: readonly Correction[];
}

/**
 * The plan of a contract by line and due date, with what must be corrected. Months of time and materials are estimates:
 * what the value leaves is spread over the months not billed yet, by the sold roles.
 * @throws LINE_UNKNOWN when an invoice billed a line that the contract does not have, CURRENCY_MISMATCH
 */
export function billingPlan(
  contract: Contract,
  posted: readonly InvoicedRow[],
  terms: PlanTerms,
): { rows: PlanRow[]; corrections: Correction[] } {
  const stray = posted.find(({ contractLineId }) => !contract.lines.some((line) => line.lineId === contractLineId));
  if (stray) {
    const message = `invoice ${stray.invoiceId} billed line ${stray.contractLineId}, which the contract does not have`;
    throw new DomainError('LINE_UNKNOWN', message, { lineId: stray.contractLineId, invoiceId: stray.invoiceId });
  }
  const items = entitiesOf(contract).flatMap((id) => billingSchedule(contract, id, terms.mode(id)));
  const plans = contract.lines.map((line) => {
    const [own, billed] = [items.filter((item) => isOf(item, line)), posted.filter((row) => isOf(row, line))];
    return isTimeLine(line) ? timePlan(line, own, billed, terms) : sourcePlan(line, own, billed, terms);
  });
  return { rows: plans.flatMap(({ rows }) => rows), corrections: plans.flatMap(({ corrections }) => corrections) };
}

function isOf({ contractLineId }: { contractLineId: string }, { lineId }: ContractLine): boolean {
  return contractLineId === lineId;
}

type LinePlan = ReturnType<typeof billingPlan>;

/** Milestones and months of a fee: each source is billed once, at its amount. */
function sourcePlan(
  line: ContractLine,
  items: readonly ScheduleItem[],
  posted: readonly InvoicedRow[],
  terms: PlanTerms,
): LinePlan {
  const { currency } = line.value;
  const sources = [...new Set([...posted, ...items].map(({ sourceId }) => sourceId))];
  const corrections: Correction[] = [];
  const open: PlanRow[] = [];
  for (const sourceId of sources) {
    const own = items.filter((item) => item.sourceId === sourceId);
    const before = posted.filter((row) => row.sourceId === sourceId);
    const billed = sumMoney(amountsOf(before), currency);
    const due = sumMoney(amountsOf(own), currency);
    // What was credited in full is to be billed like what never was.
    if (isZero(billed)) open.push(...own.map(openRow));
    else if (compareMoney(billed, due) !== 0) corrections.push(correctionOf(line, sourceId, before, billed, due));
  }
  const settled = corrections.flatMap((one) => settlementRows(one, terms));
  return { rows: inOrder([...posted.map(postedRow), ...settled, ...open]), corrections };
}

function timePlan(
  line: ContractLine,
  estimates: readonly ScheduleItem[],
  posted: readonly InvoicedRow[],
  terms: PlanTerms,
): LinePlan {
  const corrections = terms.work.filter((one) => isOf(one, line));
  const settled = corrections.flatMap((one) => settlementRows(one, terms));
  const { currency } = line.value;
  const left = subtract(line.value, sumMoney([...amountsOf(posted), ...amountsOf(settled)], currency));
  const last = posted.map(({ sourceId }) => sourceId).reduce((a, b) => (a > b ? a : b), '');
  const ahead = estimates.filter(({ sourceId }) => sourceId > last);
  const months = ahead.length > 0 ? ahead : estimates.slice(-1);
  const rest = left.amountMinor < 0 ? [overrun(line, left)] : estimatedRows(months, left);
  return { rows: inOrder([...posted.map(postedRow), ...settled, ...rest]), corrections };
}

function estimatedRows(months: readonly ScheduleItem[], left: Money): PlanRow[] {
  const weights = months.map(({ amount }) => formatDecimal(amount));
  const usable = months.some(({ amount }) => amount.amountMinor > 0) ? weights : months.map(() => '1');
  const amounts = isZero(left) ? [] : allocate(left, usable);
  return months.flatMap((month, index) => {
    const amount = amounts[index];
    return amount && !isZero(amount) ? [openRow({ ...month, amount })] : [];
  });
}

function overrun({ lineId, name, endOn }: ContractLine, amount: Money): PlanRow {
  const title = `${name}: billed beyond the value`;
  const row = { contractLineId: lineId, kind: 'overrun', sourceId: 'overrun', title, dueOn: endOn, amount } as const;
  return { ...row, status: 'open', invoiceIds: [] };
}

function correctionOf(
  { lineId }: ContractLine,
  sourceId: string,
  rows: readonly InvoicedRow[],
  billed: Money,
  due: Money,
): Correction {
  const invoiceIds = [...new Set(rows.map(({ invoiceId }) => invoiceId))];
  return { contractLineId: lineId, sourceId, invoiceIds, billed, due, difference: subtract(due, billed) };
}

function settlementRows(correction: Correction, { settle, correctOn }: PlanTerms): PlanRow[] {
  const { contractLineId, sourceId, invoiceIds, billed, due, difference } = correction;
  const row = (kind: 'credit' | 'rebill' | 'adjustment', amount: Money): PlanRow => {
    const title = `${TITLES[kind]} ${invoiceIds.join(', ')}: ${sourceId}`;
    return { contractLineId, kind, sourceId, title, dueOn: correctOn, amount, status: 'open', invoiceIds };
  };
  if (settle === 'next-invoice') return [row('adjustment', difference)];
  return [row('credit', negate(billed)), ...(isZero(due) ? [] : [row('rebill', due)])];
}

const TITLES = { credit: 'Credit of', rebill: 'In place of', adjustment: 'Difference to' } as const;

function openRow({ contractLineId, kind, sourceId, title, dueOn, amount }: ScheduleItem): PlanRow {
  return { contractLineId, kind, sourceId, title, dueOn, amount, status: 'open', invoiceIds: [] };
}

function postedRow({ contractLineId, sourceId, amount, invoiceId, invoiceOn }: InvoicedRow): PlanRow {
  const kind = amount.amountMinor < 0 ? 'credit' : 'invoice';
  const title = `Invoice ${invoiceId}: ${sourceId}`;
  const row = { contractLineId, kind, sourceId, title, dueOn: invoiceOn, amount } as const;
  return { ...row, status: 'posted', invoiceIds: [invoiceId] };
}

function amountsOf(rows: readonly { amount: Money }[]): Money[] {
  return rows.map(({ amount }) => amount);
}

/** By due date; rows of one day keep their order, which is posted, corrections, open. */
function inOrder(rows: readonly PlanRow[]): PlanRow[] {
  return [...rows].sort((a, b) => (a.dueOn < b.dueOn ? -1 : a.dueOn > b.dueOn ? 1 : 0));
}
