/**
 * What events of a contract do to the books, where no issued invoice is involved: cost, rebates, credit memos,
 * write-downs, losses, settlement at another rate, modifications (domain.md, Postings). Invoices and payments are in
 * invoice-posting.ts, revenue runs in journal.ts; README.md has the whole table.
 */
import { DomainError } from '../errors.ts';
import { absoluteMoney, add, compareMoney, formatMoney, isZero } from '../money/money.ts';
import { type Money, negate, subtract, zero } from '../money/money.ts';
import type { PlainDate } from '../time/plain-date.ts';
import { afterBilling, type LineBalance } from './balances.ts';
import { assertBalanced, type JournalDraft, type JournalLine, recognitionLines, type RevenueRow } from './journal.ts';
import type { EntryLine } from './ledger.ts';

/** Whose posting it is, when it counts, and the id of what it is about. */
export interface PostingOf {
  legalEntityId: string;
  postedOn: PlainDate;
  sourceId: string;
}

/** A journal and the balances of its contract lines after it. */
export interface Posting {
  journal: JournalDraft;
  balances: LineBalance[];
}

function draft(
  { legalEntityId, postedOn, sourceId }: PostingOf,
  kind: JournalDraft['source']['kind'],
  memo: string,
  lines: JournalLine[],
): JournalDraft {
  const currency = lines[0]?.amount.currency ?? '';
  const filled = lines.filter((line) => !isZero(line.amount));
  return assertBalanced({ legalEntityId, currency, postedOn, memo, source: { kind, id: sourceId }, lines: filled });
}

/** A debit and a credit of one amount; below zero the sides change and the accounts keep their places. */
function pair(
  debit: JournalLine['accountRole'],
  credit: JournalLine['accountRole'],
  amount: Money,
  contractLineId: string | null,
): JournalLine[] {
  const size = absoluteMoney(amount);
  const [first, second] = amount.amountMinor >= 0 ? (['debit', 'credit'] as const) : (['credit', 'debit'] as const);
  return [
    { accountRole: debit, side: first, amount: size, contractLineId },
    { accountRole: credit, side: second, amount: size, contractLineId },
  ];
}

/**
 * Approved time or cost: debit project cost, credit payroll clearing (own people) or payable (expenses,
 * subcontractors). An amount below zero takes cost back.
 * @throws JOURNAL_INVALID when it is nothing
 */
export function costPosting(
  of: PostingOf,
  cost: { amount: Money; against: 'payroll-clearing' | 'payable'; contractLineId: string | null },
): JournalDraft {
  const lines = pair('project-cost', cost.against, cost.amount, cost.contractLineId);
  return draft(of, 'cost', `Cost ${of.sourceId}`, lines);
}

/**
 * Performance at a price of which a part is expected to be given back: the customer owes the whole, the rebate is a
 * refund liability (IFRS 15.55, Example 40: units at 150 of which 125 is expected give 15,000 receivable, 12,500
 * revenue and 2,500 refund liability for 100).
 * @throws REBATE_INVALID unless the rebate is from nothing to the whole price, CURRENCY_MISMATCH
 */
export function rebatePosting(
  of: PostingOf,
  sale: { price: Money; rebate: Money; contractLineId: string | null },
): JournalDraft {
  const { price, rebate, contractLineId } = sale;
  if (rebate.amountMinor < 0 || compareMoney(rebate, price) > 0) {
    const message = `a rebate of ${formatMoney(rebate)} does not fit a price of ${formatMoney(price)}`;
    throw new DomainError('REBATE_INVALID', message, { price, rebate });
  }
  return draft(of, 'rebate', `Performance ${of.sourceId} with a rebate expected`, [
    { accountRole: 'receivable', side: 'debit', amount: price, contractLineId },
    { accountRole: 'revenue', side: 'credit', amount: subtract(price, rebate), contractLineId },
    { accountRole: 'refund-liability', side: 'credit', amount: rebate, contractLineId },
  ]);
}

/** One contract line of a credit memo; amounts above zero, without tax. */
export interface CreditLine {
  contractLineId: string;
  net: Money;
  /** The part that is given up for good: it takes revenue back. The rest may be billed again. */
  ofRevenue: Money;
}

/**
 * A credit memo: debit what the invoice had credited (revenue for what is given up, otherwise contract liability first
 * and then the asset, because the work is unbilled again) and tax, credit receivable.
 * @throws CREDIT_INVALID when a line credits more than was billed or takes back more than was recognised,
 *   BALANCE_MISSING, CURRENCY_MISMATCH
 */
export function creditMemoPosting(
  of: PostingOf,
  memo: { lines: readonly CreditLine[]; tax: Money },
  balances: readonly LineBalance[],
): Posting {
  const after = new Map(balances.map((balance) => [balance.contractLineId, balance]));
  const debits: JournalLine[] = [];
  let total = memo.tax;
  for (const { contractLineId, net, ofRevenue } of memo.lines) {
    const before = after.get(contractLineId);
    if (!before) {
      const message = `credit memo ${of.sourceId} credits line ${contractLineId}, of which no balance is known`;
      throw new DomainError('BALANCE_MISSING', message, { contractLineId });
    }
    assertCreditable(of, { contractLineId, net, ofRevenue }, before);
    const givenUp = {
      ...before,
      billed: subtract(before.billed, ofRevenue),
      recognised: subtract(before.recognised, ofRevenue),
    };
    const { balance, movements } = afterBilling(givenUp, negate(subtract(net, ofRevenue)));
    after.set(contractLineId, balance);
    debits.push({ accountRole: 'revenue', side: 'debit', amount: ofRevenue, contractLineId });
    debits.push(...movements.map((movement) => ({ ...movement, contractLineId })));
    total = add(total, net);
  }
  const journal = draft(of, 'credit-memo', `Credit memo ${of.sourceId}`, [
    ...debits,
    { accountRole: 'tax-payable', side: 'debit', amount: memo.tax, contractLineId: null },
    { accountRole: 'receivable', side: 'credit', amount: total, contractLineId: null },
  ]);
  return { journal, balances: [...after.values()] };
}

function assertCreditable(of: PostingOf, { contractLineId, net, ofRevenue }: CreditLine, before: LineBalance): void {
  const fits =
    ofRevenue.amountMinor >= 0 &&
    compareMoney(ofRevenue, net) <= 0 &&
    compareMoney(net, before.billed) <= 0 &&
    (isZero(ofRevenue) || compareMoney(ofRevenue, before.recognised) <= 0);
  if (fits) return;
  const message =
    `credit memo ${of.sourceId} credits ${formatMoney(net)} of line ${contractLineId} and takes back ` +
    `${formatMoney(ofRevenue)}: ${formatMoney(before.billed)} is billed, ${formatMoney(before.recognised)} recognised`;
  throw new DomainError('CREDIT_INVALID', message, { contractLineId, net, ofRevenue });
}

/**
 * A write-down before the invoice: debit revenue (or contra revenue, where it is shown apart), credit the unbilled
 * receivable or contract asset of the line.
 * @throws WRITE_DOWN_INVALID unless the amount is above zero and at most what the line has unbilled, CURRENCY_MISMATCH
 */
export function writeDownPosting(
  of: PostingOf,
  write: { amount: Money; against: 'revenue' | 'contra-revenue' },
  before: LineBalance,
): Posting {
  const { amount, against } = write;
  const { contractLineId } = before;
  const unbilled = add(before.contractAsset, before.unbilledReceivable);
  if (amount.amountMinor <= 0 || compareMoney(amount, unbilled) > 0) {
    const open = formatMoney(unbilled);
    const message = `${formatMoney(amount)} cannot be written off line ${contractLineId}: ${open} is unbilled`;
    throw new DomainError('WRITE_DOWN_INVALID', message, { contractLineId, amount, unbilled });
  }
  const { lines, balances } = recognitionLines([{ balance: before, recognised: negate(amount) }]);
  const shown = lines.map((line) => (line.accountRole === 'revenue' ? { ...line, accountRole: against } : line));
  const byDebit = [...shown].sort((a, b) => (a.side === b.side ? 0 : a.side === 'debit' ? -1 : 1));
  return { journal: draft(of, 'write-down', `Write-down ${of.sourceId}`, byDebit), balances };
}

/**
 * The provision for an expected loss moved to what it should be: raised (debit cost of revenue, credit provision) or
 * released with progress (the other way). Null when it stays. The amounts come from cost-to-cost.ts.
 * Source: ASC 605-35-25-45 to 25-47, IAS 37.66; B42.
 * @throws LOSS_INVALID when a provision is below zero, CURRENCY_MISMATCH
 */
export function lossPosting(
  of: PostingOf,
  provision: { before: Money; after: Money; contractLineId: string | null },
): JournalDraft | null {
  const { before, after, contractLineId } = provision;
  if (Math.min(before.amountMinor, after.amountMinor) < 0) {
    const message = `a provision for a loss is not below zero: ${formatMoney(before)} to ${formatMoney(after)}`;
    throw new DomainError('LOSS_INVALID', message, { before, after });
  }
  const change = subtract(after, before);
  if (isZero(change)) return null;
  return draft(
    of,
    'loss',
    `Expected loss ${of.sourceId}`,
    pair('cost-of-revenue', 'loss-provision', change, contractLineId),
  );
}

/**
 * The lines of a payment at another rate than the receivable was booked at: cash and receivable are the same in their
 * own currency and differ in the functional one; the difference is realised, a gain when more came in than was booked
 * (IAS 21.28; B29). The functional amounts are those of `settle` (domain/currency).
 * @throws SETTLEMENT_INVALID unless all amounts are above zero, CURRENCY_MISMATCH
 */
export function settlementLines(payment: { amount: Money; booked: Money; settled: Money }): EntryLine[] {
  const { amount, booked, settled } = payment;
  if (Math.min(amount.amountMinor, booked.amountMinor, settled.amountMinor) <= 0) {
    const stated = `${formatMoney(amount)}, booked at ${formatMoney(booked)}, settled at ${formatMoney(settled)}`;
    const message = `a settlement is above zero, not ${stated}`;
    throw new DomainError('SETTLEMENT_INVALID', message, { amount, booked, settled });
  }
  const difference = subtract(settled, booked);
  const cash = { accountRole: 'cash', side: 'debit', amount, functional: settled, contractLineId: null } as const;
  const receivable = { ...cash, accountRole: 'receivable', side: 'credit', functional: booked } as const;
  if (isZero(difference)) return [cash, receivable];
  const exchange = { amount: zero(amount.currency), functional: absoluteMoney(difference), contractLineId: null };
  return difference.amountMinor > 0
    ? [cash, receivable, { ...exchange, accountRole: 'exchange-gain', side: 'credit' }]
    : [cash, { ...exchange, accountRole: 'exchange-loss', side: 'debit' }, receivable];
}

/**
 * The cumulative catch-up of a modification, of either sign: contract asset or liability against revenue, at the date
 * of the modification (IFRS 15.21(b); B36). Null when nothing changes.
 * @throws CURRENCY_MISMATCH
 */
export function catchUpPosting(
  of: PostingOf,
  rows: readonly RevenueRow[],
): { journal: JournalDraft | null; balances: LineBalance[] } {
  const { lines, balances } = recognitionLines(rows);
  if (lines.length === 0) return { journal: null, balances };
  return { journal: draft(of, 'modification', `Catch-up of change ${of.sourceId}`, lines), balances };
}
