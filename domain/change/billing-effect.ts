/**
 * What a change does to billing: the plan before and after, what is billed otherwise than the contract now says, drafts
 * to make anew, and what is held while the parties have not agreed (domain.md, Late and out-of-order events).
 */
import type { Contract } from '../deal/contract.ts';
import { type Money, sumMoney } from '../money/money.ts';
import { monthOf } from '../time/period.ts';
import type { PlainDate } from '../time/plain-date.ts';
import { same } from './amendment.ts';
import {
  billingPlan,
  type Correction,
  type InvoicedRow,
  type PlanRow,
  type PlanTerms,
  type Settlement,
} from './billing-plan.ts';
import type { ContractBooks } from './contract-books.ts';
import { type PricedWork, type Rerating, workedOn } from './rerate-work.ts';

/** How a change wants billed things settled. */
export interface BillingTerms {
  /** Corrections fall due on it. */
  approvedOn: PlainDate;
  /** How milestones and months billed at another amount are settled. */
  settle: Settlement;
  /** What becomes of billed work that the new rates price differently: reported only, or settled like the rest. */
  billedWork: 'report' | 'settle';
}

/** What a change does to billing. */
export interface BillingEffect {
  before: PlanRow[];
  after: PlanRow[];
  /** What is billed at another amount than the contract now gives it. */
  corrections: Correction[];
  /** Drafts to void and draft anew. */
  redraft: string[];
  /** Work that is not billed until the parties agree, by entry id. */
  heldWork: string[];
}

/**
 * The billing of the contract before and after a change. `covered` are lines that a change without agreement is about:
 * what they have to bill is held.
 * @throws LINE_UNKNOWN, CURRENCY_MISMATCH
 */
export function billingEffect(
  order: BillingTerms,
  books: ContractBooks,
  after: Contract,
  reratings: readonly Rerating[],
  covered: ReadonlySet<string>,
  mode: PlanTerms['mode'],
): BillingEffect {
  const { contract, posted, drafts, work } = books;
  const terms = { mode, settle: order.settle, correctOn: order.approvedOn };
  const settled = order.billedWork === 'settle' ? workCorrections(reratings, work) : [];
  const before = billingPlan(contract, posted, { ...terms, work: [] }).rows;
  const { rows, corrections } = billingPlan(after, posted, { ...terms, work: settled });
  const held = (row: PlanRow) => row.status === 'open' && covered.has(row.contractLineId);
  const redrafted = [
    ...reratings.flatMap(({ entryId }) => work.filter(({ entry }) => entry.entryId === entryId)).flatMap(draftOf),
    ...drafts.filter((row) => covered.has(row.contractLineId) || !isStillDue(row, rows)).map((row) => row.invoiceId),
    ...(isBilledOtherwise(contract, after) ? [...drafts.map((row) => row.invoiceId), ...work.flatMap(draftOf)] : []),
    ...work.filter(({ contractLineId }) => covered.has(contractLineId)).flatMap(draftOf),
  ];
  return {
    before,
    after: rows.map((row) => (held(row) ? { ...row, status: 'held' } : row)),
    corrections,
    redraft: [...new Set(redrafted)].sort(),
    heldWork: work
      .filter(({ contractLineId, standing }) => covered.has(contractLineId) && standing.status !== 'billed')
      .map(({ entry }) => entry.entryId),
  };
}

function draftOf({ standing }: PricedWork): string[] {
  return standing.status === 'on-draft' ? [standing.invoiceId] : [];
}

/** A milestone or month on a draft is still due at the drafted amount. Estimates are no source of drafts. */
function isStillDue(draft: InvoicedRow, rows: readonly PlanRow[]): boolean {
  const own = rows.filter((row) => row.contractLineId === draft.contractLineId && row.status === 'open');
  if (own.some(({ kind }) => kind === 'time-estimate' || kind === 'overrun')) return true;
  const due = own.filter((row) => row.sourceId === draft.sourceId).map(({ amount }) => amount);
  return sumMoney(due, draft.amount.currency).amountMinor === draft.amount.amountMinor;
}

/** Another customer or purchase order: every draft names the old one. */
function isBilledOtherwise(before: Contract, after: Contract): boolean {
  return before.purchaseOrder !== after.purchaseOrder || !same(before.customer, after.customer);
}

/** Billed work at a new price, by line and invoice. */
function workCorrections(reratings: readonly Rerating[], work: readonly PricedWork[]): Correction[] {
  const exposed = reratings.flatMap((one) => (one.outcome === 'exposure' ? [one] : []));
  const keys = [...new Set(exposed.map((one) => JSON.stringify([one.contractLineId, one.invoiceId])))].sort();
  return keys.map((key) => {
    const [contractLineId, invoiceId] = JSON.parse(key) as [string, string];
    const own = exposed.filter((one) => one.contractLineId === contractLineId && one.invoiceId === invoiceId);
    const currency = own[0]?.before.currency ?? '';
    const sum = (pick: (one: (typeof own)[number]) => Money) => sumMoney(own.map(pick), currency);
    const dates = work.filter(({ entry }) => own.some(({ entryId }) => entryId === entry.entryId)).map(workedOn);
    const sourceId = [...new Set(dates.map(monthOf))].sort().join(' ');
    const figures = { billed: sum((one) => one.before), due: sum((one) => one.after) };
    return { contractLineId, sourceId, invoiceIds: [invoiceId], ...figures, difference: sum((one) => one.difference) };
  });
}
