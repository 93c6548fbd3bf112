/**
 * Tryton's warnings and what we answer. A warning is a question to a person; those in this table were decided
 * beforehand, with the reason, and each time one is passed over it is told with its document. Every other is a refusal
 * with its text: nothing is confirmed blindly.
 */

/** A warning that is passed over when this method is called. */
export interface AcceptedWarning {
  /** Model and method, `account.invoice.post`. */
  call: string;
  /** Of the warning: in 8.2 behind a hash of its records and a point, in 6.0 before the id of its record. */
  name: string;
  why: string;
}

/** All that are passed over. */
export const ACCEPTED_WARNINGS: readonly AcceptedWarning[] = [
  {
    call: 'account.invoice.post',
    name: 'invoice_date_future',
    why: 'the date of the invoice is the one that was approved',
  },
  {
    call: 'account.invoice.post',
    name: 'invoice_payment_term',
    why: 'the due date follows from the agreed terms, also where it is over when the invoice is posted',
  },
  {
    call: 'account.invoice.post',
    name: 'invoice_taxes',
    why: 'the tax of the customer was approved with the invoice; that of the product is a default',
  },
];

/** The row for a warning, or undefined: then it is a refusal. */
export function acceptedWarning(call: string, name: string): AcceptedWarning | undefined {
  const own = name.replace(/^[0-9a-f]+\./, '').replace(/_\d+$/, '');
  return ACCEPTED_WARNINGS.find((each) => each.call === call && each.name === own);
}
