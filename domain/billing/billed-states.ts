/**
 * Where an entry of work and a billing event stand, derived from what is stored of them, and the moves that an invoice
 * makes with all that it bills: each is one that the tables list (domain.md, states of time and of billing events).
 */
import { type StateOf, transition } from '../lifecycle.ts';

/** States of an invoice in our books; what lies between draft and posted is in the engagement's state. */
export type StoredInvoiceState = 'draft' | 'void' | 'posted' | 'part-paid' | 'paid';

/** An entry as it is stored: what the PSA says of its latest revision, and the invoice that bills it, if one does. */
export interface WorkStanding {
  told: 'draft' | 'submitted' | 'approved' | 'rejected';
  billable: boolean;
  invoice: StoredInvoiceState | null;
}

/** The state of an entry. What an invoice has stays there whatever the PSA says afterwards. */
export function workStateOf({ told, billable, invoice }: WorkStanding): StateOf<'timeEntry'> {
  if (invoice !== null && invoice !== 'void') return invoice === 'draft' ? 'on-invoice' : 'invoiced';
  if (told !== 'approved') return told;
  return billable ? 'billable' : 'non-billable';
}

/** Something whose gates are passed: whether a limit holds back all of it, and the invoice that bills it. */
export interface EventStanding {
  held: boolean;
  invoice: StoredInvoiceState | null;
}

/** The state of a billing event. */
export function billingEventStateOf({ held, invoice }: EventStanding): StateOf<'billingEvent'> {
  if (invoice !== null && invoice !== 'void') return invoice === 'draft' ? 'on-draft' : 'invoiced';
  return held ? 'held' : 'approved';
}

/** What is wholly above a limit goes on no draft. @throws TRANSITION_REFUSED */
export function putOnDraft(standing: EventStanding): void {
  transition('billingEvent', billingEventStateOf(standing), 'on-draft');
}

/**
 * The invoice goes from one state to another, and with it all that it bills; null = it is drafted now.
 * @throws TRANSITION_REFUSED when that is not listed, e.g. off a posted invoice
 */
export function moveBilled(from: StoredInvoiceState | null, to: StoredInvoiceState): void {
  const entry = (invoice: typeof from) => workStateOf({ told: 'approved', billable: true, invoice });
  const event = (invoice: typeof from) => billingEventStateOf({ held: false, invoice });
  if (entry(from) !== entry(to)) transition('timeEntry', entry(from), entry(to));
  if (event(from) !== event(to)) transition('billingEvent', event(from), event(to));
}

/**
 * A revision says something else than what an invoice bills, so the entry would have to come off it: off a draft it
 * does, which is void then.
 * @throws TRANSITION_REFUSED off a posted invoice: that is corrected, never changed
 */
export function comeOffInvoice(standing: WorkStanding): void {
  transition('timeEntry', workStateOf(standing), 'billable');
}
