/**
 * The state of one engagement: one plain, versioned JSON value. It holds what decisions need (what is due, what waits,
 * what was begun) and ids of everything else: time lines, documents and journals stay in PostgreSQL (decisions.md 1, 2,
 * 9).
 */
import type { Actor, Role } from '../actor.ts';
import type { Policy, RecordType } from '../configuration.ts';
import type { EngagementStage, InvoiceState, MilestoneState } from '../lifecycle.ts';
import type { Money } from '../money/money.ts';
import type { EntityCalendar } from '../time/calendar.ts';
import type { Month } from '../time/period.ts';
import type { PlainDate } from '../time/plain-date.ts';
import type { SagaKind } from './sagas.ts';

/** The version of the state's shape; an older value is lifted by `upgradeState`. */
export const STATE_VERSION = 1;

/** An instant in milliseconds since 1970-01-01T00:00Z. */
export type InstantMs = number;

/** Values that survive JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Something that stands in the way, in words a finance person understands. */
export interface Finding {
  code: string;
  message: string;
  ownerRole: Role;
  /** It passes without anybody: a system comes back, or a later run of ours clears it. Absent: a person repairs it. */
  passes?: boolean;
}

/** News for people that came too late or fits nothing: nothing waits for it, and somebody acknowledges it. */
export interface AttentionNote extends Finding {
  /** What an acknowledgement names. */
  noteId: string;
  /** Null where a state of 0.1.0's first builds did not keep it. */
  since: InstantMs | null;
}

/** A failed call as the workflow sees it. */
export interface Failure {
  code: string;
  /** outage: nothing happened, try again; unknown: it may have happened; refused: no further try can help. */
  kind: 'outage' | 'unknown' | 'refused';
  message: string;
  /** An earlier attempt of the same call failed: what that one did is not known. */
  repeated?: boolean;
  /** The system asked not to be called again before this time has passed, milliseconds. */
  retryAfterMs?: number;
}

/** A system or a missing fact stands in the way; tried again by itself. */
export interface Blocked {
  findings: Finding[];
  since: InstantMs;
  attempts: number;
  nextAttemptAt: InstantMs;
}

/** A person must act. */
export interface Parked {
  reason: string;
  message: string;
  ownerRole: Role;
  since: InstantMs;
  allowed: ('retry' | 'redraft' | 'cancel')[];
}

/** One phase of one step. */
export type Phase = 'prepare' | 'do' | 'verify' | 'undo' | 'lookUp';

/** A step of a saga; `name` finds its row in the step table, `legalEntityId` tells which entity it is for. */
export interface StepState {
  name: string;
  legalEntityId: string | null;
  key: string;
  status: 'pending' | 'verified' | 'undone';
  /** The phase that is due or in flight. */
  phase: Phase;
  inFlight: boolean;
  /** From here on the outside world may have changed. */
  begun: boolean;
  ref: string | null;
  /** What `prepare` read: what undo puts back. */
  prepared: Json;
  blocked: Blocked | null;
  /** Until then a write of this step that got no answer may take effect. States of 0.1.0's first builds lack it. */
  openUntil?: InstantMs;
}

/** What a saga is about; which fields are set depends on its kind. */
export interface SagaScope {
  legalEntityIds: string[];
  currency?: string;
  /** Bill work done before this date. */
  untilExclusive?: PlainDate;
  milestoneIds?: string[];
  month?: Month;
  /** The last month of the entity's lines: revenue is completed in it. */
  isLast?: boolean;
  invoiceId?: string;
  payment?: { version: string; unpaidMinor: number; paidOn: PlainDate };
}

/** How many entries of work wait for approval. */
export interface WaitingEntries {
  time: number;
  expenses: number;
}

/** A saga in progress: its frozen list of steps and how far each is. */
export interface SagaState {
  id: string;
  kind: SagaKind;
  number: number;
  scope: SagaScope;
  status: 'running' | 'undoing' | 'undone' | 'done';
  /** Who asked for it first, else `system:...`; never the approver. */
  preparer: string;
  /** Who asked for it too: no approver either. */
  alsoAsked?: string[];
  openedAt: InstantMs;
  steps: StepState[];
  /** All who asked for a new draft of what it bills: they prepare the run that drafts it. */
  redraftAskers?: string[];
  /** Work of its period that waits for approval and is therefore not in its draft; absent: none. */
  waiting?: WaitingEntries;
  /** Why it is being undone. */
  cause: { code: string; message: string; ownerRole: Role } | null;
  parked: Parked | null;
}

/** A wait for a person's decision. */
export interface Approval {
  approvalId: string;
  kind: 'activation' | 'invoice';
  sagaId: string;
  legalEntityId: string;
  title: string;
  amount: Money | null;
  /** Hash of exactly what is approved; a decision on another hash is refused. */
  versionHash: string;
  preparer: string;
  /** Who approved, in Throughline, work that the invoice bills: as barred as the preparer. */
  workApprovers?: string[];
  /** Who asked for it besides the preparer: no approver either. */
  alsoAsked?: string[];
  roles: Role[];
  requestedAt: InstantMs;
  dueAt: InstantMs;
  reminded: boolean;
}

/** A contract line as decisions need it. */
export interface LineSummary {
  lineId: string;
  name: string;
  legalEntityId: string;
  value: Money;
  startOn: PlainDate;
  endOn: PlainDate;
  model: 'time-and-materials' | 'fixed-fee' | 'retainer';
  inAdvance: boolean;
}

/** The contract as decisions need it; the document is in PostgreSQL. */
export interface ContractSummary {
  version: number;
  hash: string;
  name: string;
  customerId: string;
  customerName: string;
  leadLegalEntityId: string;
  startOn: PlainDate;
  endOn: PlainDate;
  lines: LineSummary[];
}

/** A milestone of the contract and where it stands. */
export interface MilestoneSummary {
  milestoneId: string;
  lineId: string;
  name: string;
  amount: Money;
  state: MilestoneState;
}

/** An invoice as decisions need it. */
export interface InvoiceSummary {
  invoiceId: string;
  legalEntityId: string;
  total: Money;
  net: Money;
  unpaidMinor: number;
  /** Milestones that it bills: paid with it. */
  milestoneIds?: string[];
  /** Who approved, in Throughline, work that it bills. */
  workApprovers?: string[];
  state: InvoiceState;
  erpRef: string | null;
  number: string | null;
  dueOn: PlainDate;
}

/** Per legal entity: its project, its books and what is next. */
export interface EntityState {
  legalEntityId: string;
  calendar: EntityCalendar;
  /** Templates of addresses where a person opens the entity's records. States of 0.1.0's first builds lack it. */
  recordUrls?: Partial<Record<RecordType, string>>;
  refs: { customerId: string | null; projectId: string | null; contractId: string | null };
  /** The next accounting month to recognise; null when all are done. */
  nextRevenueMonth: Month | null;
  recognised: Money[];
}

/** Per legal entity and currency: what is billed next. */
export interface BillingGroup {
  legalEntityId: string;
  currency: string;
  /** The next date on which a billing run is due; null when none is left. */
  nextRunOn: PlainDate | null;
  /** A run for work before this date is due now (a draft was voided, or work was found at completion). */
  rerunUntil: PlainDate | null;
  /** All who asked for a voided draft to be drafted anew: they prepare the next run, so none of them approves it. */
  rerunAskers?: string[];
  billed: Money;
  paid: Money;
  /** Approved work above a not-to-exceed amount: on hold until the limit changes. */
  heldMinor: number;
}

/** Work of a month that waits for approval in Throughline. */
export interface WorkToApprove {
  legalEntityId: string;
  month: Month;
  since: InstantMs;
}

/** A line of the timeline, on its way to PostgreSQL. */
export interface TimelineEntry {
  seq: number;
  at: InstantMs;
  kind: string;
  title: string;
  actor: string;
  sagaId: string | null;
  amount: Money | null;
}

/** The whole state. */
export interface EngagementState {
  v: typeof STATE_VERSION;
  engagementId: string;
  connectionId: string;
  dealId: string;
  correlationId: string;
  /** Number of facts recorded: two equal turns mean that nothing happened between. */
  turn: number;
  stage: EngagementStage;
  /** Who asked for the start that began; among several, the first who acts for a legal entity of the deal. */
  requestedBy: Actor;
  /** Who asked for the same start by command too, while nobody was answered yet. */
  alsoRequestedBy?: Actor[];
  refuseIfInvalid: boolean;
  receivedAt: InstantMs;
  /** Status reports to CRM and PSA are made by jobs of the connections; absent where the sagas still make them. */
  reportsByJob?: true;
  policy: Policy;
  dealUrl: string | null;
  contract: ContractSummary | null;
  entities: EntityState[];
  groups: BillingGroup[];
  milestones: MilestoneSummary[];
  invoices: InvoiceSummary[];
  /** Payments seen and not yet booked. */
  payments: { invoiceId: string; version: string; unpaidMinor: number; paidOn: PlainDate }[];
  sagas: SagaState[];
  approvals: Approval[];
  /** Approved work or a posted invoice exists: from here the only way is forward. */
  pastNoReturn: boolean;
  cancelRequested: boolean;
  /** Absent as long as no PSA of the engagement lacks approval. */
  workToApprove?: WorkToApprove[];
  /** Notes that nobody has acknowledged yet, e.g. a deal reopened after posting. */
  attention: AttentionNote[];
  inbox: {
    announced: boolean;
    unacknowledged: string[];
    /** Read, but left to the next run should this one end: then it begins that one (`apply-inbox.ts`). */
    kept?: string | null;
    blocked: Blocked | null;
  };
  /** Last version seen per source object, so that duplicates and late copies are ignored (decisions.md 22). */
  versions: Record<string, string>;
  /** Continues across runs, because the engine forgets update ids at continue-as-new (decisions.md 5). */
  lastDecisions: { updateId: string; answer: string }[];
  counters: { saga: number; timeline: number; note: number };
  unpublished: TimelineEntry[];
}
