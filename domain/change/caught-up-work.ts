/**
 * Revenue of time and materials that a change of rates or limits catches up: approved work of closed months is worth
 * something else now (IFRS 15.B16; domain.md, Late and out-of-order events: adjustment row).
 */
import { type Contract, isTimeLine } from '../deal/contract.ts';
import { type Figure, figure } from '../money/derivation.ts';
import { formatDecimal, subtract, sumMoney } from '../money/money.ts';
import { recognise } from '../revenue/recognise.ts';
import { monthOf } from '../time/period.ts';
import { addDays } from '../time/plain-date.ts';
import { lineOf } from './amendment.ts';
import type { ContractBooks, EntityBooks } from './contract-books.ts';
import { type PricedWork, workedOn } from './rerate-work.ts';

/** What the re-rated work of closed months, up to the limit of its line, adds to what was recognised for it. */
export function caughtUpByWork(
  lineIds: readonly string[],
  { work: old, contract }: ContractBooks,
  after: Contract,
  work: readonly PricedWork[],
  entityOf: (legalEntityId: string) => EntityBooks,
): Figure {
  const worth = (version: Contract, pieces: readonly PricedWork[]) =>
    version.lines
      .filter((line) => lineIds.includes(line.lineId) && isTimeLine(line))
      .map((line) => {
        const { mode, firstOpenMonth } = entityOf(line.legalEntityId);
        const month = monthOf(addDays(`${firstOpenMonth}-01`, -1));
        const own = pieces.filter(({ contractLineId }) => contractLineId === line.lineId);
        const charges = own.map((piece) => ({ workedOn: workedOn(piece), amount: piece.amount }));
        const facts = { charges, work: [], acceptedMilestones: [], completed: false };
        const none = sumMoney([], line.value.currency);
        return recognise(line, month, facts, none, mode).cumulative;
      });
  const currency =
    lineOf(after, lineIds[0] ?? '')?.value.currency ?? lineOf(contract, lineIds[0] ?? '')?.value.currency;
  if (currency === undefined) return figure('no line', {}, '0', null);
  const [before, now] = [sumMoney(worth(contract, old), currency), sumMoney(worth(after, work), currency)];
  const inputs = { before: formatDecimal(before), after: formatDecimal(now) };
  const difference = subtract(now, before);
  return figure('approved work of closed months at new prices - at old ones', inputs, formatDecimal(difference), null);
}
