// What the technical user of Throughline may do in Tryton, model by model, and why. Tryton lets every user do what no
// rule speaks of; so every other model of the business is closed to this user by rows of its own group, and a right
// that is missing here is a refusal, not an accident. docs/tryton.md shows the same in words.

import type { Series } from './tools.ts';

/** The technical user's login and the name of its group. */
export const TECHNICAL_USER = 'throughline';

export const TECHNICAL_GROUP = 'Throughline';

export interface Right {
  models: string[];
  /** Never to delete: what was made by mistake is deactivated, cancelled or credited. */
  may: ('read' | 'create' | 'write')[];
  why: string;
}

/** The rights of the technical user's group: whole, nothing else is open. */
export const RIGHTS: readonly Right[] = [
  {
    models: ['party.party', 'party.party.payment_term', 'party.address', 'party.identifier', 'party.contact_mechanism'],
    may: ['read', 'create', 'write'],
    why: 'customers under our key, their terms, address and VAT number; taken out of use by deactivating',
  },
  {
    models: ['party.party.account', 'party.party.lang'],
    may: ['read'],
    why: 'the receivable account and the language that a customer gets by default',
  },
  {
    models: ['sale.sale', 'sale.line'],
    may: ['read', 'create', 'write'],
    why: 'the contract as information: an order that is quoted and never confirmed, so that nothing bills from it',
  },
  {
    models: ['account.invoice', 'account.invoice.line', 'account.invoice.line-account.tax'],
    may: ['read', 'create', 'write'],
    why: 'invoices: made as a draft under our key and posted; `write` is what Tryton asks for pressing "post"',
  },
  {
    models: ['account.invoice.tax', 'account.invoice-account.move.line', 'account.invoice.alternative_payee'],
    may: ['read'],
    why: "Tryton's own tax of an invoice, to compare it with ours, and what paid it",
  },
  {
    models: ['account.move', 'account.move.line'],
    may: ['read', 'create', 'write'],
    why: 'journal entries of revenue and cost: made balanced under our key and posted',
  },
  {
    models: ['account.move.reconciliation', 'account.payment', 'account.payment.journal'],
    may: ['read'],
    why: 'whether and when an invoice was paid, and whether a payment is on its way',
  },
  {
    models: ['project.work', 'timesheet.work'],
    may: ['read', 'create', 'write'],
    why: 'projects with tasks and milestones under our key, on which time can be entered; archived by their status',
  },
  {
    models: ['timesheet.line', 'company.employee'],
    may: ['read'],
    why: 'who worked how long on what; hours are entered and changed by people only',
  },
  {
    models: ['product.product', 'product.template', 'product.category', 'product.list_price'],
    may: ['read'],
    why: 'the service products that lines of orders, invoices and tasks refer to',
  },
  {
    models: [
      ...['currency.currency.rate', 'account.tax.line'],
      ...['account.invoice.payment_term.line', 'account.invoice.payment_term.line.delta'],
    ],
    may: ['read'],
    why: 'what a document was converted at, its tax in the ledger, and when it is due',
  },
  {
    models: ['ir.model.data', 'ir.sequence.type'],
    may: ['read'],
    why: 'to find records by the names that modules give them',
  },
];

/** Fields that Tryton keeps for a group of its own although the right to their model is there. */
export const FIELDS: readonly { model: string; name: string; why: string }[] = [
  {
    model: 'party.party',
    name: 'customer_tax_rule',
    why: "the tax profile of a customer; the other accounting fields of a party stay finance's",
  },
];

/** Something that Tryton lets everybody press, kept for the members of one of its groups. */
export interface Withheld {
  group: string;
  /** By model. */
  buttons?: Record<string, string[]>;
  wizards?: string[];
  why: string;
}

/**
 * Buttons that the rights above would open, and wizards, which run without rights: each is shown to the members of a
 * group of Tryton's own alone, which the technical user is not in.
 */
export const WITHHELD: readonly Withheld[] = [
  {
    group: 'Accounting',
    buttons: { 'account.invoice': ['cancel', 'draft'] },
    wizards: ['account.invoice.credit', 'account.move.cancel'],
    why: 'what is posted is credited or reversed by finance, or by an entry of ours; it is never undone',
  },
  {
    group: 'Accounting',
    buttons: { 'account.invoice': ['pay', 'delegate_lines_to_pay', 'reschedule_lines_to_pay'] },
    wizards: [
      ...['account.invoice.pay', 'account.invoice.lines_to_pay.delegate', 'account.invoice.lines_to_pay.reschedule'],
      ...['account.move.line.delegate', 'account.move.line.group', 'account.move.line.reschedule'],
      ...['account.move.reconcile_lines', 'account.move.unreconcile_lines', 'account.reconcile'],
    ],
    why: 'money that came in is booked and matched by finance; we read whether an invoice was paid',
  },
  {
    group: 'Payment',
    wizards: ['account.payment.process', 'account.payment.succeed'],
    why: 'payments are made by finance',
  },
  {
    group: 'Accounting Administration',
    wizards: [
      ...['account.create_chart', 'account.update_chart', 'account.move.template.create'],
      ...['account.fiscalyear.balance_non_deferral', 'account.fiscalyear.create_periods'],
    ],
    why: 'the chart of accounts and the years',
  },
  {
    group: 'Sales',
    buttons: { 'sale.sale': ['confirm', 'modify_header', 'handle_invoice_exception', 'handle_shipment_exception'] },
    wizards: [
      'sale.return_sale',
      'sale.modify_header',
      'sale.handle.invoice.exception',
      'sale.handle.shipment.exception',
    ],
    why: 'a confirmed order makes an invoice by itself: two engines would bill the same work',
  },
  { group: 'Company Administration', wizards: ['company.company.config'], why: 'companies are not ours to make' },
  { group: 'Project Administration', wizards: ['project_plan.work.leveling'], why: 'plans are made by people' },
];

/** Buttons that we press: where Tryton keeps one for members of a group of its own, ours is let in beside it. */
export const PRESSED: Readonly<Record<string, string[]>> = {
  'account.invoice': ['validate_invoice', 'post'],
  'account.move': ['post'],
  'sale.sale': ['quote', 'cancel'],
};

/** Models, buttons and wizards of the rows above that series 6.0 does not have. */
const NEW_SINCE_6_0 = new Set([
  ...['account.invoice.alternative_payee', 'delegate_lines_to_pay', 'reschedule_lines_to_pay'],
  ...['account.invoice.lines_to_pay.delegate', 'account.invoice.lines_to_pay.reschedule'],
  ...['account.move.line.delegate', 'account.move.line.reschedule'],
]);

/** What only series 6.0 asks for. */
const RIGHTS_IN_6_0: readonly Right[] = [
  {
    models: ['country.country'],
    may: ['read'],
    why: 'the countries of addresses, which everybody reads in 8.2',
  },
  {
    models: ['account.journal.period'],
    may: ['read', 'create'],
    why: 'the first entry of a journal in a period begins its page, which 8.2 does by itself',
  },
  {
    models: ['res.user.warning'],
    may: ['read', 'create'],
    why: 'a warning that was decided on beforehand is passed over by a record of the user, where 8.2 has a method',
  },
];

/** The technical user as the set-up of a series makes it. */
export function technicalUserOf(series: Series) {
  const isThere = (name: string) => series === '8.2' || !NEW_SINCE_6_0.has(name);
  const rights = [...RIGHTS, ...(series === '6.0' ? RIGHTS_IN_6_0 : [])];
  return {
    ...{ login: TECHNICAL_USER, group: TECHNICAL_GROUP, fields: FIELDS, pressed: PRESSED },
    rights: rights.map((right) => ({ ...right, models: right.models.filter(isThere) })),
    withheld: WITHHELD.map(({ group, buttons, wizards, why }) => ({
      group: groupName(group, series),
      ...(buttons && {
        buttons: Object.fromEntries(Object.entries(buttons).map(([model, names]) => [model, names.filter(isThere)])),
      }),
      ...(wizards && { wizards: wizards.filter(isThere) }),
      why,
    })),
  };
}

/** A group of Tryton's own by the name that it has in a series. */
export function groupName(name: string, series: Series): string {
  const names = { Accounting: 'Account', 'Accounting Administration': 'Account Administration' };
  return series === '6.0' ? ((names as Record<string, string>)[name] ?? name) : name;
}
