/**
 * What an issued invoice and its payment do to our books. The credit side follows the contract line: what was
 * recognised before is used up first (unbilled receivable for time and materials, contract asset otherwise), the rest
 * is owed to the customer as a contract liability; so an invoice is never revenue by itself (domain.md, Postings;
 * B45-B47).
 */
import { DomainError } from '../errors.ts';
import { add, compareMoney, formatMoney, isZero, type Money, zero } from '../money/money.ts';
import { afterBilling, type LineBalance } from './balances.ts';
import { assertBalanced, type JournalDraft, type JournalLine } from './journal.ts';
import type { PlainDate } from '../time/plain-date.ts';
import type { InvoiceDraft } from '../billing/build-invoice.ts';

/** The part of an invoice that its posting needs. */
export type PostedInvoice = Pick<InvoiceDraft, 'legalEntityId' | 'currency' | 'invoiceOn' | 'tax' | 'total'> & {
  invoiceId: string;
  lines: readonly { contractLineId: string; amount: Money }[];
};

/**
 * The entry of an issued invoice, and the balances of its contract lines after it. `balances` are those before it, at
 * least of the lines that the invoice bills; the others come back unchanged.
 * @throws BALANCE_MISSING, JOURNAL_UNBALANCED, CURRENCY_MISMATCH
 */
export function invoicePostings(
  invoice: PostedInvoice,
  balances: readonly LineBalance[],
): { journal: JournalDraft; balances: LineBalance[] } {
  const { invoiceId, legalEntityId, currency, invoiceOn, tax, total } = invoice;
  const billed = new Map<string, Money>();
  for (const { contractLineId, amount } of invoice.lines) {
    billed.set(contractLineId, add(billed.get(contractLineId) ?? zero(currency), amount));
  }
  const credits: JournalLine[] = [];
  const after = new Map(balances.map((balance) => [balance.contractLineId, balance]));
  for (const [contractLineId, net] of billed) {
    const before = after.get(contractLineId);
    if (!before) {
      const message = `invoice ${invoiceId} bills contract line ${contractLineId}, of which no balance is known`;
      throw new DomainError('BALANCE_MISSING', message, { invoiceId, contractLineId });
    }
    const { balance, movements } = afterBilling(before, net);
    after.set(contractLineId, balance);
    credits.push(...movements.map((movement) => ({ ...movement, contractLineId })));
  }
  const lines: JournalLine[] = [
    { accountRole: 'receivable', side: 'debit', amount: total, contractLineId: null },
    ...credits,
    ...(isZero(tax)
      ? []
      : [{ accountRole: 'tax-payable', side: 'credit', amount: tax, contractLineId: null } as const]),
  ];
  const source = { kind: 'invoice' as const, id: invoiceId };
  const memo = `Invoice ${invoiceId}`;
  const journal = assertBalanced({ legalEntityId, currency, postedOn: invoiceOn, memo, source, lines });
  return { journal, balances: [...after.values()] };
}

/**
 * The entry of a payment that clears (part of) an invoice.
 * @throws PAYMENT_INVALID when it is not above zero or more than is unpaid, CURRENCY_MISMATCH
 */
export function paymentPostings(payment: {
  paymentId: string;
  invoiceId: string;
  legalEntityId: string;
  amount: Money;
  unpaid: Money;
  paidOn: PlainDate;
}): JournalDraft {
  const { paymentId, invoiceId, legalEntityId, amount, unpaid, paidOn } = payment;
  if (amount.amountMinor <= 0 || compareMoney(amount, unpaid) > 0) {
    const open = formatMoney(unpaid);
    const message = `a payment of ${formatMoney(amount)} does not fit invoice ${invoiceId}, of which ${open} is unpaid`;
    throw new DomainError('PAYMENT_INVALID', message, { paymentId, invoiceId });
  }
  const source = { kind: 'payment' as const, id: paymentId };
  const lines: JournalLine[] = [
    { accountRole: 'cash', side: 'debit', amount, contractLineId: null },
    { accountRole: 'receivable', side: 'credit', amount, contractLineId: null },
  ];
  const memo = `Payment of invoice ${invoiceId}`;
  return assertBalanced({ legalEntityId, currency: amount.currency, postedOn: paidOn, memo, source, lines });
}
