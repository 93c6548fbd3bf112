/**
 * Which state may follow which, as data: one small table per thing that has a life (domain.md, Canonical model and
 * states, with the additions of decisions.md). A step that is not listed is refused, so a missing one shows at once
 * instead of corrupting books. The first state of each table is where that life begins; a state that nothing follows is
 * final.
 */
import { DomainError } from './errors.ts';

/**
 * Engagement. Blocked is a flag beside the stage, not a stage. Beyond domain.md: an undo may begin until the point of
 * no return, so also from `ready`, `active` and `suspended`; what was undone is parked for a person, who has it
 * validated again or cancels.
 */
const ENGAGEMENT = {
  received: ['validating', 'cancelled'],
  validating: ['provisioning', 'cancelled'],
  provisioning: ['ready', 'compensating'],
  ready: ['active', 'compensating'],
  active: ['suspended', 'completing', 'terminating', 'compensating'],
  suspended: ['active', 'terminating', 'compensating'],
  completing: ['closed'],
  terminating: ['closed'],
  closed: [],
  compensating: ['cancelled', 'parked'],
  cancelled: [],
  parked: ['validating', 'cancelled', 'compensating'],
} as const;

/**
 * Project in the PSA. `cancelled` is the undo of set-up (domain.md, saga step 4), which may still begin when it is
 * active; completed > active needs an approval.
 */
const PROJECT = {
  proposed: ['provisioned', 'cancelled'],
  provisioned: ['active', 'cancelled'],
  active: ['on-hold', 'completed', 'cancelled'],
  'on-hold': ['active'],
  completed: ['active', 'closed'],
  closed: [],
  cancelled: [],
} as const;

/** Milestone; invoiced > ready-to-invoice follows a credit memo. */
const MILESTONE = {
  planned: ['in-progress'],
  'in-progress': ['delivered'],
  delivered: ['accepted', 'rejected'],
  rejected: ['in-progress'],
  accepted: ['ready-to-invoice'],
  'ready-to-invoice': ['on-hold', 'invoiced'],
  'on-hold': ['ready-to-invoice'],
  invoiced: ['ready-to-invoice', 'paid'],
  paid: [],
} as const;

/**
 * Time or expense entry. It may be recalled until it is on an invoice; once invoiced it changes only by a reversal
 * pair. Its cost reaches the ERP in windows of its own, so it may be billed before that.
 */
const TIME_ENTRY = {
  draft: ['submitted'],
  submitted: ['approved', 'rejected'],
  rejected: ['draft'],
  approved: ['costed', 'billable', 'non-billable', 'recalled'],
  costed: ['billable', 'non-billable', 'recalled'],
  billable: ['on-invoice', 'recalled'],
  'non-billable': ['recalled'],
  recalled: ['draft'],
  'on-invoice': ['invoiced', 'billable'],
  invoiced: ['corrected'],
  corrected: [],
} as const;

/** Billing event: something that may be billed once its gates are passed. Off a draft when that is voided. */
const BILLING_EVENT = {
  pending: ['eligible'],
  eligible: ['approved', 'held', 'written-off'],
  held: ['eligible'],
  approved: ['on-draft'],
  'on-draft': ['invoiced', 'approved', 'held'],
  invoiced: ['credited'],
  credited: ['eligible'],
  'written-off': [],
} as const;

/**
 * Invoice. An unknown outcome of posting is looked up in the ERP, never sent again blindly. A posted one is never
 * edited. An approved one that was never sent is void when its engagement is cancelled.
 */
const INVOICE = {
  draft: ['in-approval', 'void'],
  'in-approval': ['approved', 'draft'],
  approved: ['posting', 'void'],
  posting: ['posted', 'post-unknown'],
  'post-unknown': ['posted', 'failed'],
  failed: ['approved', 'void'],
  posted: ['part-paid', 'disputed'],
  'part-paid': ['paid'],
  disputed: ['posted', 'credited'],
  paid: [],
  credited: [],
  void: [],
} as const;

/**
 * Revenue schedule; recognised rows change only by an adjustment in an open period. A change order replaces a fully
 * recognised one too: by a version that keeps its rows and adds what the new price brings (IFRS 15.88).
 */
const REVENUE_SCHEDULE = {
  planned: ['open', 'replaced'],
  open: ['partly-recognised', 'held', 'replaced'],
  held: ['open', 'replaced'],
  'partly-recognised': ['recognised', 'replaced'],
  recognised: ['replaced'],
  replaced: [],
} as const;

/** Journal. Inside policy it is released by the policy's id instead of approved by a person (decisions.md 17). */
const JOURNAL = {
  proposed: ['approved', 'released'],
  approved: ['posted'],
  released: ['posted'],
  posted: ['reversed'],
  reversed: [],
} as const;

/**
 * Accounting period of one legal entity and book. Soft-closed takes postings of the controller only; a closed one is
 * reopened by two persons and can then only be closed again.
 */
const PERIOD = {
  future: ['open'],
  open: ['soft-closed'],
  'soft-closed': ['closed'],
  closed: ['reopened'],
  reopened: ['closed'],
} as const;

/**
 * Change order. Its impact is computed before anybody approves it; what applying has done is undone as a whole, and the
 * approved order may be applied again. It may be withdrawn until applying begins.
 */
const CHANGE_ORDER = {
  draft: ['impact-computed', 'withdrawn'],
  'impact-computed': ['in-approval', 'withdrawn'],
  'in-approval': ['approved', 'rejected', 'withdrawn'],
  approved: ['applying', 'withdrawn'],
  applying: ['applied', 'compensating'],
  compensating: ['approved'],
  applied: [],
  rejected: [],
  withdrawn: [],
} as const;

const TABLES = {
  engagement: ENGAGEMENT,
  project: PROJECT,
  milestone: MILESTONE,
  timeEntry: TIME_ENTRY,
  billingEvent: BILLING_EVENT,
  invoice: INVOICE,
  revenueSchedule: REVENUE_SCHEDULE,
  journal: JOURNAL,
  period: PERIOD,
  changeOrder: CHANGE_ORDER,
} as const;

/** Something that has a life. */
export type Machine = keyof typeof TABLES;
/** The states of one machine. */
export type StateOf<M extends Machine> = keyof (typeof TABLES)[M] & string;

export type EngagementStage = StateOf<'engagement'>;
export type MilestoneState = StateOf<'milestone'>;
export type InvoiceState = StateOf<'invoice'>;
export type PeriodState = StateOf<'period'>;

/** For each machine and state, the states that may follow. */
export const TRANSITIONS: Readonly<Record<Machine, Readonly<Record<string, readonly string[]>>>> = TABLES;

/** The states that may follow; none for a final state and for a state that the machine does not have. */
export function allowedFrom<M extends Machine>(machine: M, from: StateOf<M>): readonly StateOf<M>[] {
  const table = TRANSITIONS[machine];
  return Object.hasOwn(table, from) ? (table[from] as readonly StateOf<M>[]) : [];
}

/** `to`, when it may follow `from`. @throws TRANSITION_REFUSED naming what is allowed instead */
export function transition<M extends Machine, T extends StateOf<M>>(machine: M, from: StateOf<M>, to: T): T {
  const allowed = allowedFrom(machine, from);
  if (allowed.includes(to)) return to;
  const instead = allowed.length === 0 ? 'nothing follows it' : `it may become ${allowed.join(', ')}`;
  throw new DomainError('TRANSITION_REFUSED', `${machine} is ${from} and cannot become ${to}: ${instead}`, {
    machine,
    from,
    to,
    allowed,
  });
}
