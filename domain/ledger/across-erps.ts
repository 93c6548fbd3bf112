/**
 * The ledger of an engagement whose legal entity moved from one ERP to another (R67, ADR 0014): what was billed in the
 * old one is recognised there, and what is earned and not billed goes along to the new one. Each journal balances by
 * itself, so the books of each ERP do; billed + contract asset + unbilled receivable - contract liability = recognised
 * holds over all of them together.
 */
import { add, type CurrencyCode, isZero, lesserOf, type Money, subtract } from '../money/money.ts';
import type { PlainDate } from '../time/plain-date.ts';
import type { LineBalance } from './balances.ts';
import { assertBalanced, type JournalDraft, type JournalLine } from './journal.ts';

/** What stands of one contract line in one ERP's ledger. */
export interface Standing {
  erpConnectionId: string;
  balance: LineBalance;
}

/** The part of what a line recognises that one ERP's ledger books. */
export interface RecognisedIn extends Standing {
  recognised: Money;
}

/**
 * Divides what a contract line recognises among the ledgers. `left` are the ERPs that the engagement has left, oldest
 * first: a contract liability there is released there; the rest, and what takes revenue back, is booked in `current`.
 * The parts add up to the amount; nothing for an amount of zero.
 * @throws CURRENCY_MISMATCH
 */
export function recognitionByErp(left: readonly Standing[], current: Standing, recognised: Money): RecognisedIn[] {
  const parts: RecognisedIn[] = [];
  let rest = recognised;
  for (const standing of recognised.amountMinor > 0 ? left : []) {
    const released = lesserOf(rest, standing.balance.contractLiability);
    parts.push({ ...standing, recognised: released });
    rest = subtract(rest, released);
  }
  return [...parts, { ...current, recognised: rest }].filter((part) => !isZero(part.recognised));
}

/**
 * The pair of entries that hands contract assets and unbilled receivables over to the next ERP: in the old one debit
 * `erp-transfer`, credit the asset; in the new one the other way round, so that the clearing account is even over both.
 * Null when nothing stands in the old one.
 * @throws CURRENCY_MISMATCH
 */
export function transferJournals(of: {
  legalEntityId: string;
  currency: CurrencyCode;
  postedOn: PlainDate;
  from: string;
  to: string;
  /** The entity's lines in this currency, as they stand in the old ERP. */
  balances: readonly LineBalance[];
}): { out: JournalDraft; into: JournalDraft } | null {
  const { legalEntityId, currency, postedOn, from, to, balances } = of;
  const entry = (memo: string, assetSide: JournalLine['side']): JournalDraft => ({
    ...{ legalEntityId, currency, postedOn, memo, source: { kind: 'transfer', id: `${from}>${to}` } },
    lines: balances.flatMap((balance) => linesOf(balance, assetSide)),
  });
  const out = entry(`Unbilled work moves to ${to}`, 'credit');
  if (out.lines.length === 0) return null;
  return { out: assertBalanced(out), into: assertBalanced(entry(`Unbilled work comes from ${from}`, 'debit')) };
}

function linesOf(balance: LineBalance, assetSide: JournalLine['side']): JournalLine[] {
  const { contractLineId, contractAsset, unbilledReceivable } = balance;
  const assets: JournalLine[] = [
    { accountRole: 'contract-asset', side: assetSide, amount: contractAsset, contractLineId },
    { accountRole: 'unbilled-receivable', side: assetSide, amount: unbilledReceivable, contractLineId },
  ];
  const moved = add(contractAsset, unbilledReceivable);
  const clearing = assetSide === 'credit' ? ('debit' as const) : ('credit' as const);
  const lines: JournalLine[] = [
    ...assets,
    { accountRole: 'erp-transfer', side: clearing, amount: moved, contractLineId },
  ];
  return lines.filter((line) => !isZero(line.amount));
}
