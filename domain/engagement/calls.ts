/**
 * What goes into a call and what comes back. The input is the recorded intent: Temporal writes it down before the call
 * is made, so everything that an undo or a later look-up needs is in it. Ids travel, documents stay in PostgreSQL.
 */
import type { Actor } from '../actor.ts';
import type { RecordType } from '../configuration.ts';
import type { Money } from '../money/money.ts';
import type { EntityCalendar } from '../time/calendar.ts';
import type { Month } from '../time/period.ts';
import type { PlainDate } from '../time/plain-date.ts';
import type { ContractSummary, ErpMove, Finding, Json, MilestoneSummary, SagaScope, WaitingEntries } from './state.ts';

/** The envelope of every payload (decisions.md 19). */
export interface Envelope<T> {
  v: 1;
  correlationId: string;
  actor: Actor;
  data: T;
}

/** Refs of the set-up that later calls need. */
export interface EntityRefs {
  customerId: string | null;
  projectId: string | null;
  contractId: string | null;
  /** The ERP that the step's work is in. Absent in 0.1.0's first builds: the one that the entity began with. */
  erpConnectionId?: string;
}

/** The input of every call of a saga. */
export interface CallInput {
  engagementId: string;
  connectionId: string;
  dealId: string;
  sagaId: string;
  /** The number of the set-up saga, from which the keys of project and contract derive; 0 before set-up. */
  setUpNumber: number;
  /** All legal entities of the engagement, in contract order. */
  legalEntityIds: string[];
  /** The idempotency key of the step's write. */
  key: string;
  /** The business date, in the calendar of the step's (or lead) legal entity. */
  asOf: PlainDate;
  /** The step's entity; the saga's first where the step is for the whole engagement. */
  legalEntityId: string;
  scope: SagaScope;
  contractVersion: number;
  /** Per legal entity. */
  refs: Record<string, EntityRefs>;
  /** The ref that the step itself has so far. */
  ref?: string;
  /** What `prepare` read. */
  prepared?: Json;
  /** For validation: who asked for the start, the first one first, and whether findings refuse it. */
  start?: { askers: Actor[]; isRefusable: boolean };
  /** Where the ERP has the saga's invoice, once it was posted. */
  posted?: { erpRef: string; number: string };
}

/**
 * What a call answers. Findings mean: not done, for reasons that a fact or a person may remove; tried again by itself.
 */
export interface CallResult {
  ref?: string;
  /** An earlier attempt of the same call failed: what that one did is not known. */
  repeated?: boolean;
  prepared?: Json;
  findings?: Finding[];
  /** Set-up: the ERP that the legal entity's records are made in from here on. */
  erpConnectionId?: string;
  /** The document cannot be made before this legal entity has moved to its next ERP; comes with findings. */
  erpMove?: ErpMove & { legalEntityId: string };
  /** A move: templates of addresses of records in the new ERP. */
  recordUrls?: Partial<Record<RecordType, string>>;
  /** There was nothing to do: the rest of the saga is skipped. */
  nothing?: boolean;
  validated?: Validated;
  draft?: DraftedInvoice;
  invoice?: { erpRef: string; number: string };
  revenue?: { recognised: Money[] };
  /**
   * What is recognised later than the contract's months: work approved after its month, a fixed fee whose milestones
   * are open beyond its end. The next month to recognise, per legal entity.
   */
  unrecognised?: { legalEntityId: string; month: Month }[];
  /** Approved work that no invoice has yet was found at completion. */
  unbilled?: { legalEntityId: string; currency: string; untilExclusive: PlainDate }[];
  /** Entries of the period of a billing run that wait for approval: it leaves them out. */
  waiting?: WaitingEntries;
}

/** The outcome of a successful validation. */
export interface Validated {
  contract: ContractSummary;
  calendars: EntityCalendar[];
  /** Per legal entity: templates of addresses of its records. Results of 0.1.0's first builds lack it. */
  recordUrls?: Record<string, Partial<Record<RecordType, string>>>;
  milestones: MilestoneSummary[];
}

/** A drafted invoice, as decisions need it. */
export interface DraftedInvoice {
  invoiceId: string;
  hash: string;
  net: Money;
  total: Money;
  dueOn: PlainDate;
  /** The ERP that it was drafted for. Results of 0.1.0's first builds lack it. */
  erpConnectionId?: string;
  title: string;
  /** Approved work above the not-to-exceed amount, minor units. */
  heldMinor: number;
  milestoneIds: string[];
  /** Subjects of those who approved, in Throughline, work that it bills: they do not approve the invoice. */
  workApprovers?: string[];
}

/** A fact from outside, read from the inbox. `objectKey` and `version` make late and repeated copies harmless. */
export interface InboxFact {
  inboxId: string;
  type: InboxFactType;
  objectKey: string;
  version: string;
  effectiveOn: PlainDate | null;
  data: {
    milestoneId?: string;
    invoiceId?: string;
    /** Of an invoice: what no money came in for, minor units. */
    unpaidMinor?: number;
    /** Of a note about an invoice: what credits took off it in the ERP so far, minor units. */
    creditedMinor?: number;
    paidOn?: PlainDate;
    note?: string;
    /** Of what was noticed: the code of the note. */
    code?: string;
    /** It happened on this project, which an undo archived: it counts for nothing. */
    archivedProjectId?: string;
    /** Which work began or ceased to wait for approval in Throughline. */
    work?: { legalEntityId: string; month: Month };
  };
}

/** Kinds of facts that change the state of an engagement. Time lines are not among them (decisions.md 8). */
export type InboxFactType =
  | 'dealWon'
  | 'dealChanged'
  | 'dealReopened'
  | 'dealLost'
  | 'firstTimeApproved'
  | 'milestoneStarted'
  | 'milestoneDelivered'
  | 'milestoneAccepted'
  | 'milestoneRejected'
  | 'invoicePaid'
  /** A job of a connection saw something that people must know and that changes nothing else: a note. */
  | 'noticed'
  | 'workSubmitted'
  | 'workDecided';

/** Fact types that systems report, for the edge to check against. */
export const REPORTED_FACT_TYPES: readonly InboxFactType[] = [
  'dealWon',
  'dealChanged',
  'dealReopened',
  'dealLost',
  'firstTimeApproved',
  'milestoneStarted',
  'milestoneDelivered',
  'milestoneAccepted',
  'milestoneRejected',
  'invoicePaid',
];

/** All fact types: our own books tell what waits for approval here. */
export const INBOX_FACT_TYPES: readonly InboxFactType[] = [
  ...REPORTED_FACT_TYPES,
  'noticed',
  'workSubmitted',
  'workDecided',
];

/** What `readInbox` answers. */
export interface InboxPage {
  facts: InboxFact[];
  more: boolean;
}

/** What a person decides. `updateId` makes a repetition harmless. */
export interface Decision {
  updateId: string;
  actor: Actor;
  reason: string | null;
  command:
    | { type: 'approve' | 'reject'; approvalId: string; versionHash: string }
    | { type: 'retry' | 'redraft'; sagaId: string }
    | { type: 'acknowledge'; noteId: string }
    | { type: 'cancel' };
}

/** A refusal, told to the person who asked. */
export interface Refusal {
  code: string;
  message: string;
}
