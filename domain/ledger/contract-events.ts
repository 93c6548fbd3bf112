/**
 * The life of a contract's balances, event by event: rights that fall due, performance, money, accrual and invoice
 * (IFRS 15.105-108, Examples 38 to 40; B45-B47). A right is a receivable only when nothing but time stands before
 * payment; what is conditional on more is a contract asset; what came before performance is a contract liability.
 */
import type { AccountRole } from '../configuration.ts';
import { DomainError } from '../errors.ts';
import { absoluteMoney, add, compareMoney, type CurrencyCode, formatMoney, isZero } from '../money/money.ts';
import { lesserOf, type Money, negate, subtract, zero } from '../money/money.ts';
import type { JournalLine } from './journal.ts';

/** What stands open of one contract. No balance is below zero; tax is in the receivable and apart. */
export interface ContractPosition {
  receivable: Money;
  contractAsset: Money;
  contractLiability: Money;
  refundLiability: Money;
  /** Accrued and not yet invoiced. */
  unbilled: Money;
}

/** Something that happens to a contract. Amounts are above zero unless it says otherwise. */
export type ContractEvent =
  /**
   * Performance. `revenue` may be below zero (taken back); `unconditional` is the right to payment that arises with it
   * beyond rights that fell due before; `refund` is the part of the price expected to be given back, below zero when
   * less is expected than before.
   */
  | { type: 'transfer'; revenue: Money; unconditional: Money; refund: Money }
  /** A right to payment falls due whatever happens, before or after performance: a non-cancellable advance. */
  | { type: 'due'; amount: Money }
  | { type: 'receipt'; amount: Money }
  /** Time and materials: approved work is accrued. */
  | { type: 'accrue'; amount: Money }
  /** Time and materials: the invoice, and how much of the accrual it takes back (tax and accrued may be nothing). */
  | { type: 'invoice'; net: Money; tax: Money; accrued: Money };

/** How each event is booked, in words. */
export const EVENT_RULES: Readonly<Record<ContractEvent['type'], string>> = {
  transfer: 'performance: receivable for what is unconditional, then contract liability first, then contract asset',
  due: 'right to payment due: receivable against contract asset first, then contract liability',
  receipt: 'money: receivable first, then contract liability',
  accrue: 'approved work: unbilled receivable against accrued revenue',
  invoice: 'invoice: receivable against tax and invoiced revenue; the accrual is reversed',
};

/** A contract of which nothing happened. */
export function openingPosition(currency: CurrencyCode): ContractPosition {
  const none = zero(currency);
  return { receivable: none, contractAsset: none, contractLiability: none, refundLiability: none, unbilled: none };
}

/** The lines of an event and the position after it. Lines balance; those of nothing are left out. */
export interface Booked {
  lines: JournalLine[];
  position: ContractPosition;
}

/**
 * Books one event. Money beyond the receivable is held for the customer; performance uses it up before it makes an
 * asset. Presentation nets asset and liability per contract (IFRS 15.105).
 * @throws EVENT_INVALID when an amount is not above zero, or more is taken back than is accrued or expected to be
 *   refunded; CURRENCY_MISMATCH, AMOUNT_OVERFLOW
 */
export function bookEvent(before: ContractPosition, event: ContractEvent): Booked {
  if (event.type === 'transfer') return transfer(before, event);
  if (event.type === 'invoice') return invoice(before, event);
  const { type, amount } = event;
  if (amount.amountMinor <= 0) throw invalid(type, `${formatMoney(amount)} is not above zero`);
  if (type === 'due') {
    const { moved, position } = shift(before, negate(amount));
    const receivable = add(position.receivable, amount);
    return booked([['receivable', amount], ...moved], { ...position, receivable });
  }
  if (type === 'receipt') {
    const settled = lesserOf(amount, before.receivable);
    const held = subtract(amount, settled);
    const receivable = subtract(before.receivable, settled);
    const contractLiability = add(before.contractLiability, held);
    return booked(
      [
        ['cash', amount],
        ['receivable', negate(settled)],
        ['contract-liability', negate(held)],
      ],
      { ...before, receivable, contractLiability },
    );
  }
  return booked(
    [
      ['unbilled-receivable', amount],
      ['accrued-revenue', negate(amount)],
    ],
    { ...before, unbilled: add(before.unbilled, amount) },
  );
}

/** An account and the amount that it is debited with, below zero credited. */
type Signed = [role: AccountRole, amount: Money];

function booked(signed: readonly Signed[], position: ContractPosition): Booked {
  const lines = signed.flatMap(([accountRole, amount]): JournalLine[] =>
    isZero(amount)
      ? []
      : [
          {
            ...{ accountRole, side: amount.amountMinor > 0 ? 'debit' : 'credit' },
            ...{ amount: absoluteMoney(amount), contractLineId: null },
          },
        ],
  );
  return { lines, position };
}

function transfer(before: ContractPosition, event: Extract<ContractEvent, { type: 'transfer' }>): Booked {
  const { revenue, unconditional, refund } = event;
  const refundLiability = add(before.refundLiability, refund);
  if (unconditional.amountMinor < 0 || refundLiability.amountMinor < 0) {
    const message = `${formatMoney(unconditional)} unconditional and ${formatMoney(refund)} to refund do not fit`;
    throw invalid('transfer', message);
  }
  const { moved, position } = shift(before, subtract(add(revenue, refund), unconditional));
  const receivable = add(before.receivable, unconditional);
  return booked(
    [['receivable', unconditional], ...moved, ['revenue', negate(revenue)], ['refund-liability', negate(refund)]],
    { ...position, receivable, refundLiability },
  );
}

function invoice(before: ContractPosition, event: Extract<ContractEvent, { type: 'invoice' }>): Booked {
  const { net, tax, accrued } = event;
  const fits = net.amountMinor > 0 && Math.min(tax.amountMinor, accrued.amountMinor) >= 0;
  if (!fits || compareMoney(accrued, before.unbilled) > 0) {
    const open = formatMoney(before.unbilled);
    const stated = `net ${formatMoney(net)}, tax ${formatMoney(tax)}, accrued ${formatMoney(accrued)}`;
    const message = `${stated} do not fit; ${open} stands accrued`;
    throw invalid('invoice', message);
  }
  const total = add(net, tax);
  const position = {
    ...before,
    receivable: add(before.receivable, total),
    unbilled: subtract(before.unbilled, accrued),
  };
  return booked(
    [
      ['receivable', total],
      ['tax-payable', negate(tax)],
      ['invoiced-revenue', negate(net)],
      ['unbilled-receivable', negate(accrued)],
      ['accrued-revenue', accrued],
    ],
    position,
  );
}

/** Moves performance less rights to payment: up takes the liability first and then the asset, down the other way. */
function shift(before: ContractPosition, amount: Money): { moved: Signed[]; position: ContractPosition } {
  const isUp = amount.amountMinor >= 0;
  const size = absoluteMoney(amount);
  const first = lesserOf(size, isUp ? before.contractLiability : before.contractAsset);
  const rest = subtract(size, first);
  const [lessLiability, moreAsset] = isUp ? [first, rest] : [negate(rest), negate(first)];
  const position = {
    ...before,
    contractLiability: subtract(before.contractLiability, lessLiability),
    contractAsset: add(before.contractAsset, moreAsset),
  };
  const liability: Signed = ['contract-liability', lessLiability];
  const asset: Signed = ['contract-asset', moreAsset];
  return { moved: isUp ? [liability, asset] : [asset, liability], position };
}

function invalid(type: string, why: string): DomainError {
  return new DomainError('EVENT_INVALID', `a contract's ${type} cannot be booked: ${why}`, { type });
}
