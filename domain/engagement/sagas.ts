/**
 * The sagas as data: one table of steps per kind, in order. A step is `prepare` (read what undo needs), `do`, `verify`
 * (read back), with its undo declared beside it, so that a reviewer sees a missing undo at once (architecture.md 1.4;
 * domain.md, opportunity-to-project). The list of steps is frozen in the state when a saga begins; rows are found by
 * name ever
 * after, so a row may be added or changed, and is removed only when no open engagement has it.
 */

/** Task queues: one per outside capability, so that one throttled vendor cannot starve the rest. */
export type Queue = 'crm' | 'psa' | 'erp' | 'books';

/** Kinds of saga. */
export type SagaKind = 'validation' | 'projectSetup' | 'billing' | 'payment' | 'revenue' | 'completion' | 'erpMove';

/** One row of a saga's table. */
export interface StepRow {
  name: string;
  /** Once for the engagement, or once for each legal entity of the saga. */
  per: 'engagement' | 'entity';
  /** What it is, for people. */
  title: string;
  queue: Queue;
  prepare?: CallName;
  do?: CallName;
  verify?: CallName;
  /** A wait for a person instead of a call. */
  approval?: 'activation' | 'invoice';
  /** `keep`: compensated forward, never undone; nothing: the step changes nothing outside. */
  undo?: CallName | 'keep';
  /** Proof that the step, though begun, did nothing: asked for before what came before it is undone. */
  lookUp?: CallName;
  /** Only for engagements that began before this was there: a mark in their state (ADR 0013). */
  until?: 'reportsByJob';
}

/** Names of the calls: activities of the same names. */
export type CallName =
  | 'validateDeal'
  | 'readErpCustomer'
  | 'putErpCustomer'
  | 'verifyErpCustomer'
  | 'restoreErpCustomer'
  | 'createPsaProject'
  | 'verifyPsaProject'
  | 'archivePsaProject'
  | 'createErpContract'
  | 'verifyErpContract'
  | 'cancelErpContract'
  | 'linkPsaProject'
  | 'verifyPsaLink'
  | 'unlinkPsaProject'
  | 'readCrmLink'
  | 'writeCrmLink'
  | 'verifyCrmLink'
  | 'restoreCrmLink'
  | 'publishDemand'
  | 'verifyDemand'
  | 'withdrawDemand'
  | 'activateEngagement'
  | 'suspendEngagement'
  | 'draftInvoice'
  | 'voidDraftInvoice'
  | 'postErpInvoice'
  | 'proveNoErpInvoice'
  | 'bookInvoice'
  | 'bookPayment'
  | 'reportToCrm'
  | 'reportToPsa'
  | 'recogniseRevenue'
  | 'postErpJournal'
  | 'transferBalances'
  | 'postErpTransfer'
  | 'checkCompletion'
  | 'closePsaProject'
  | 'closeCrmDeal';

/** What tells PSA and CRM where the records in the ERP are: after set-up, and again after a move. */
const LINKS: readonly StepRow[] = [
  {
    name: 'psaLink',
    per: 'entity',
    title: 'References in the PSA',
    queue: 'psa',
    do: 'linkPsaProject',
    verify: 'verifyPsaLink',
    undo: 'unlinkPsaProject',
  },
  {
    name: 'crmLink',
    per: 'engagement',
    title: 'References in the CRM',
    queue: 'crm',
    prepare: 'readCrmLink',
    do: 'writeCrmLink',
    verify: 'verifyCrmLink',
    undo: 'restoreCrmLink',
  },
];

/** The step tables. */
export const SAGAS: Readonly<Record<SagaKind, readonly StepRow[]>> = {
  validation: [{ name: 'deal', per: 'engagement', title: 'Deal checked', queue: 'crm', do: 'validateDeal' }],

  projectSetup: [
    {
      name: 'erpCustomer',
      per: 'entity',
      title: 'Customer in the ERP',
      queue: 'erp',
      prepare: 'readErpCustomer',
      do: 'putErpCustomer',
      verify: 'verifyErpCustomer',
      undo: 'restoreErpCustomer',
    },
    {
      name: 'psaProject',
      per: 'entity',
      title: 'Project and work breakdown in the PSA',
      queue: 'psa',
      do: 'createPsaProject',
      verify: 'verifyPsaProject',
      undo: 'archivePsaProject',
    },
    {
      name: 'erpContract',
      per: 'entity',
      title: 'Contract and billing schedule in the ERP',
      queue: 'erp',
      do: 'createErpContract',
      verify: 'verifyErpContract',
      undo: 'cancelErpContract',
    },
    ...LINKS,
    {
      name: 'demand',
      per: 'entity',
      title: 'Resource demand',
      queue: 'psa',
      do: 'publishDemand',
      verify: 'verifyDemand',
      undo: 'withdrawDemand',
    },
    { name: 'activation', per: 'engagement', title: 'Activation approved', queue: 'books', approval: 'activation' },
    {
      name: 'activate',
      per: 'engagement',
      title: 'Engagement active',
      queue: 'crm',
      do: 'activateEngagement',
      undo: 'suspendEngagement',
    },
  ],

  billing: [
    {
      name: 'draft',
      per: 'engagement',
      title: 'Invoice drafted',
      queue: 'books',
      do: 'draftInvoice',
      undo: 'voidDraftInvoice',
    },
    { name: 'approval', per: 'engagement', title: 'Invoice approved', queue: 'books', approval: 'invoice' },
    {
      name: 'post',
      per: 'engagement',
      title: 'Invoice posted and read back',
      queue: 'erp',
      do: 'postErpInvoice',
      undo: 'keep',
      lookUp: 'proveNoErpInvoice',
    },
    { name: 'book', per: 'engagement', title: 'Invoice in our books', queue: 'books', do: 'bookInvoice', undo: 'keep' },
    {
      name: 'reportToCrm',
      per: 'engagement',
      title: 'Billing status in the CRM',
      queue: 'crm',
      do: 'reportToCrm',
      undo: 'keep',
      until: 'reportsByJob',
    },
    {
      name: 'reportToPsa',
      per: 'engagement',
      title: 'Billing status in the PSA',
      queue: 'psa',
      do: 'reportToPsa',
      undo: 'keep',
      until: 'reportsByJob',
    },
  ],

  payment: [
    { name: 'book', per: 'engagement', title: 'Payment in our books', queue: 'books', do: 'bookPayment', undo: 'keep' },
    {
      name: 'reportToCrm',
      per: 'engagement',
      title: 'Payment status in the CRM',
      queue: 'crm',
      do: 'reportToCrm',
      undo: 'keep',
      until: 'reportsByJob',
    },
    {
      name: 'reportToPsa',
      per: 'engagement',
      title: 'Payment status in the PSA',
      queue: 'psa',
      do: 'reportToPsa',
      undo: 'keep',
      until: 'reportsByJob',
    },
  ],

  revenue: [
    {
      name: 'recognise',
      per: 'engagement',
      title: 'Revenue recognised',
      queue: 'books',
      do: 'recogniseRevenue',
      undo: 'keep',
    },
    {
      name: 'journal',
      per: 'engagement',
      title: 'Journal posted and read back',
      queue: 'erp',
      do: 'postErpJournal',
      undo: 'keep',
    },
  ],

  // Its undo runs before that of set-up. The hand-over has none: what it moves is earned, past the point of no return.
  erpMove: [
    {
      name: 'erpCustomer',
      per: 'entity',
      title: 'Customer in the new ERP',
      queue: 'erp',
      prepare: 'readErpCustomer',
      do: 'putErpCustomer',
      verify: 'verifyErpCustomer',
      undo: 'restoreErpCustomer',
    },
    {
      name: 'erpContract',
      per: 'entity',
      title: 'Contract in the new ERP, over what is not billed',
      queue: 'erp',
      do: 'createErpContract',
      verify: 'verifyErpContract',
      undo: 'cancelErpContract',
    },
    {
      name: 'transfer',
      per: 'entity',
      title: 'Unbilled work handed over in our books',
      queue: 'books',
      do: 'transferBalances',
    },
    {
      name: 'transferJournals',
      per: 'entity',
      title: 'Hand-over posted in both ERPs and read back',
      queue: 'erp',
      do: 'postErpTransfer',
    },
    ...LINKS,
  ],

  completion: [
    { name: 'check', per: 'engagement', title: 'Nothing left open', queue: 'books', do: 'checkCompletion' },
    {
      name: 'psa',
      per: 'entity',
      title: 'Project closed in the PSA',
      queue: 'psa',
      do: 'closePsaProject',
      undo: 'keep',
    },
    {
      name: 'crm',
      per: 'engagement',
      title: 'Deal closed out in the CRM',
      queue: 'crm',
      do: 'closeCrmDeal',
      undo: 'keep',
    },
  ],
};

/** What an outsider's eyes call a saga. */
export const SAGA_TITLES: Readonly<Record<SagaKind, string>> = {
  validation: 'Validation',
  projectSetup: 'Project set-up',
  billing: 'Billing run',
  payment: 'Payment',
  revenue: 'Revenue run',
  completion: 'Completion',
  erpMove: 'Move to another ERP',
};

/**
 * The row of a step. A name that the table no longer has is a bug of the deployment (a row was removed too early), so
 * it is a plain error: the workflow task fails and waits, unharmed, for code that knows the step.
 */
export function rowOf(kind: SagaKind, name: string): StepRow {
  const row = SAGAS[kind].find((candidate) => candidate.name === name);
  if (!row) throw new Error(`saga ${kind} has no step "${name}": an open engagement still has it`);
  return row;
}
