/**
 * What stands between billed and recognised, per contract line: revenue ahead of billing is an asset (a contract asset,
 * or an unbilled receivable where the right to bill is unconditional as in time and materials), billing ahead of
 * revenue is a contract liability (IFRS 15.105-108; domain.md, Postings). Each event uses up the opposite balance
 * first, so the identity billed + contract asset + unbilled receivable - contract liability = recognised holds after
 * every one, in any legal order.
 */
import type { AccountRole } from '../configuration.ts';
import type { Pricing } from '../deal/contract.ts';
import { add, type CurrencyCode, isZero, lesserOf, type Money, negate, subtract, zero } from '../money/money.ts';

/** The balances of one contract line. Billed is without tax. */
export interface LineBalance {
  contractLineId: string;
  model: Pricing['model'];
  billed: Money;
  recognised: Money;
  contractAsset: Money;
  contractLiability: Money;
  unbilledReceivable: Money;
}

/** One side of a balance-sheet account that an event touches; the amount is above zero. */
export interface Movement {
  accountRole: AccountRole;
  side: 'debit' | 'credit';
  amount: Money;
}

/** A line of which nothing is billed or recognised. */
export function openingBalance(contractLineId: string, model: Pricing['model'], currency: CurrencyCode): LineBalance {
  const none = zero(currency);
  const nothing = {
    billed: none,
    recognised: none,
    contractAsset: none,
    contractLiability: none,
    unbilledReceivable: none,
  };
  return { contractLineId, model, ...nothing };
}

/** True when billed + contract asset + unbilled receivable - contract liability = recognised. */
export function identityHolds(balance: LineBalance): boolean {
  const { billed, contractAsset, unbilledReceivable, contractLiability, recognised } = balance;
  const left = subtract(add(add(billed, contractAsset), unbilledReceivable), contractLiability);
  return isZero(subtract(left, recognised));
}

/** The balance after recognising an amount (negative takes back), and the balance-sheet side of it. */
export function afterRecognition(
  before: LineBalance,
  recognised: Money,
): { balance: LineBalance; movements: Movement[] } {
  const total = add(before.recognised, recognised);
  return shift({ ...before, recognised: total }, recognised);
}

/** The balance after billing a net amount (negative credits), and the balance-sheet side of it. */
export function afterBilling(before: LineBalance, net: Money): { balance: LineBalance; movements: Movement[] } {
  const total = add(before.billed, net);
  return shift({ ...before, billed: total }, negate(net));
}

/**
 * Moves recognised minus billed by an amount: up debits the liability first and then the asset, down the other way
 * round.
 */
function shift(before: LineBalance, amount: Money): { balance: LineBalance; movements: Movement[] } {
  const assetRole = before.model === 'time-and-materials' ? 'unbilled-receivable' : 'contract-asset';
  const assetBefore = assetRole === 'unbilled-receivable' ? before.unbilledReceivable : before.contractAsset;
  const up = amount.amountMinor >= 0;
  const size = up ? amount : negate(amount);
  const first = lesserOf(size, up ? before.contractLiability : assetBefore);
  const rest = subtract(size, first);
  const [toLiability, toAsset] = up ? [negate(first), rest] : [rest, negate(first)];
  const asset = add(assetBefore, toAsset);
  const balance: LineBalance = {
    ...before,
    contractLiability: add(before.contractLiability, toLiability),
    ...(assetRole === 'unbilled-receivable' ? { unbilledReceivable: asset } : { contractAsset: asset }),
  };
  const side = up ? ('debit' as const) : ('credit' as const);
  const movements: Movement[] = [
    { accountRole: up ? 'contract-liability' : assetRole, side, amount: first },
    { accountRole: up ? assetRole : 'contract-liability', side, amount: rest },
  ];
  return { balance, movements: movements.filter((movement) => !isZero(movement.amount)) };
}
