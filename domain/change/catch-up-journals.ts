/**
 * The journals of what a change catches up: contract asset or liability against revenue, either sign, per legal entity
 * (domain.md, Postings: modification catch-up). Billing has no entry here: credits, rebills and adjustments are posted
 * by their own documents.
 */
import { type Contract, entitiesOf, linesOf } from '../deal/contract.ts';
import { DomainError } from '../errors.ts';
import type { LineBalance } from '../ledger/balances.ts';
import { type JournalDraft, revenueJournal, type RevenueRow } from '../ledger/journal.ts';
import { allocate } from '../money/allocate.ts';
import { formatDecimal, isZero } from '../money/money.ts';
import { monthOf } from '../time/period.ts';
import type { PlainDate } from '../time/plain-date.ts';
import type { RevenueChange } from './revenue-change.ts';

/**
 * One entry per legal entity that has something to catch up. What an obligation catches up is shared among the lines
 * that paid for it before the change, by their value. `postedOn` must lie in an open month of the entity.
 * @throws BALANCE_MISSING for a line whose balance is not known, PERIOD_CLOSED when the date is before the open months,
 *   CURRENCY_MISMATCH
 */
export function catchUpJournals(
  changeOrderId: string,
  postedOn: PlainDate,
  contract: Contract,
  changes: readonly RevenueChange[],
  books: { balances: readonly LineBalance[]; entities: Readonly<Record<string, { firstOpenMonth: string }>> },
): JournalDraft[] {
  const rows = changes.filter(({ catchUp }) => !isZero(catchUp)).flatMap((change) => rowsOf(change, contract, books));
  return entitiesOf(contract).flatMap((legalEntityId) => {
    const lines = linesOf(contract, legalEntityId);
    const own = rows.filter(({ balance }) => lines.some(({ lineId }) => lineId === balance.contractLineId));
    const currency = lines[0]?.value.currency;
    if (own.length === 0 || currency === undefined) return [];
    const open = books.entities[legalEntityId]?.firstOpenMonth ?? '';
    const month = monthOf(postedOn);
    if (month < open) {
      const message = `the change is dated ${postedOn}, and the first open month of ${legalEntityId} is ${open}`;
      throw new DomainError('PERIOD_CLOSED', message, { legalEntityId, postedOn, firstOpenMonth: open });
    }
    const { journal } = revenueJournal({ legalEntityId, currency, month, postedOn, rows: own });
    if (!journal) return [];
    const memo = `Change order ${changeOrderId}: revenue caught up`;
    return [{ ...journal, memo, source: { kind: 'revenue', id: changeOrderId } }];
  });
}

function rowsOf(
  { obligationId, lineIds, catchUp }: RevenueChange,
  contract: Contract,
  { balances }: { balances: readonly LineBalance[] },
): RevenueRow[] {
  const lines = contract.lines.filter(({ lineId }) => lineIds.includes(lineId));
  const paid = lines.flatMap(({ lineId, value }) => {
    const balance = balances.find((one) => one.contractLineId === lineId);
    return balance ? [{ balance, value }] : [];
  });
  if (paid.length === 0) {
    const message = `obligation "${obligationId}" catches up, and no balance of its lines is known`;
    throw new DomainError('BALANCE_MISSING', message, { obligationId, lineIds });
  }
  const weights = paid.map(({ value }) => formatDecimal(value));
  const usable = paid.some(({ value }) => value.amountMinor > 0) ? weights : paid.map(() => '1');
  const shares = allocate(catchUp, usable);
  return paid.flatMap(({ balance }, index) => {
    const recognised = shares[index];
    return recognised ? [{ balance, recognised }] : [];
  });
}
